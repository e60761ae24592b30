"""Work off the UI thread: where it runs, what is delivered, and that nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.tasks import Tasks


def test_the_call_runs_elsewhere_and_its_result_comes_back_here(qtbot: QtBot, tasks: Tasks) -> None:
    heard: list[tuple[int, int]] = []
    with qtbot.waitSignal(tasks.idle):
        tasks.run(threading.get_ident, lambda ran: heard.append((ran, threading.get_ident())))
        busy = tasks.busy
    assert busy
    assert tasks.busy is not busy
    ((ran, delivered),) = heard
    assert delivered == threading.get_ident() != ran


def test_a_thread_remembers_between_calls(qtbot: QtBot, tasks: Tasks) -> None:
    """The database keeps one reading connection a thread: it must not be made anew each time."""
    kept = threading.local()
    made: list[bool] = []

    def call() -> None:
        made.append(not hasattr(kept, "connection"))
        kept.connection = True

    for _ in range(6):
        with qtbot.waitSignal(tasks.idle):
            tasks.run(call, lambda _: None)
    assert sum(made) <= 2  # one a thread


def test_an_error_nobody_takes_reaches_the_window(qtbot: QtBot, tasks: Tasks) -> None:
    def fail() -> None:
        raise KnownError("base.locked")

    with qtbot.waitSignal(tasks.failed) as failed:
        tasks.run(fail, lambda _: None)
    assert failed.args is not None
    assert failed.args[0].code == "base.locked"


def test_a_handler_hands_on_what_it_does_not_know(qtbot: QtBot, tasks: Tasks) -> None:
    taken: list[Exception] = []

    def only_known(error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        taken.append(error)

    def fail(error: Exception) -> Callable[[], None]:
        def call() -> None:
            raise error

        return call

    with qtbot.waitSignal(tasks.idle):
        tasks.run(fail(KnownError("base.locked")), lambda _: None, only_known)
    assert len(taken) == 1
    with qtbot.waitSignal(tasks.failed) as failed:
        tasks.run(fail(ZeroDivisionError()), lambda _: None, only_known)
    assert failed.args is not None
    assert isinstance(failed.args[0], ZeroDivisionError)


def test_an_error_in_a_callback_is_not_lost(qtbot: QtBot, tasks: Tasks) -> None:
    def divide(zero: int) -> None:
        assert 1 // zero

    with qtbot.waitSignals([tasks.failed, tasks.idle]):
        tasks.run(lambda: 0, divide)


def test_nothing_is_delivered_to_what_was_destroyed(qtbot: QtBot, tasks: Tasks) -> None:
    owner = QObject()
    heard: list[int] = []
    gate = threading.Event()
    tasks.run(lambda: gate.wait(10), lambda _: heard.append(1), None, owner)
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    with qtbot.waitSignal(tasks.idle):
        gate.set()
    assert heard == []


def test_only_the_newest_search_is_delivered(qtbot: QtBot, tasks: Tasks) -> None:
    gate = threading.Event()
    ran: list[str] = []
    heard: list[str] = []

    def search(text: str) -> Callable[[], str]:
        def call() -> str:
            ran.append(text)
            gate.wait(10)
            return text

        return call

    with qtbot.waitSignal(tasks.idle):
        for text in ("m", "mu", "muñ", "muño", "muñoz"):
            tasks.latest("search", search(text), heard.append)
        tasks.latest("other", search("otra"), heard.append)
        gate.set()
    assert sorted(heard) == ["muñoz", "otra"]
    assert len(ran) <= 4  # at most two had begun; the rest in between never run


def test_closing_finishes_and_delivers_what_was_begun(tasks: Tasks) -> None:
    heard: list[int] = []
    for number in range(5):
        tasks.run(partial(int, number), heard.append)
    tasks.close()
    assert sorted(heard) == [0, 1, 2, 3, 4]
    assert not tasks.busy


def test_nothing_begins_once_it_is_closed(tasks: Tasks) -> None:
    """What a result would begin would still read a database that is closed next."""
    ran: list[str] = []
    tasks.run(lambda: ran.append("first"), lambda _: tasks.run(lambda: ran.append("second"), print))
    tasks.close()
    tasks.run(lambda: ran.append("third"), print)
    tasks.close()
    assert ran == ["first"]
    assert not tasks.busy
