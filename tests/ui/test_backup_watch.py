"""The day's backup waits for a quiet moment, and disturbs nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.backup_watch import QUIET_SECONDS, RETRY_SECONDS, BackupWatch
from tests.ui.windows import WAIT


class Seconds:
    """A steady clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Backups:
    """What ``Respaldos.daily`` does, as the test says."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Callable[[Callable[[], bool]], object] = lambda _cancelled: Path("uno.age")

    def daily(self, cancelled: Callable[[], bool]) -> object:
        self.asked += 1
        return self.answer(cancelled)


class Window(QObject):
    shown = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.busy = False

    def show_failure(self, error: Exception) -> None:
        self.shown.emit(error)


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def backups() -> Backups:
    return Backups()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    made = Window()
    yield made
    delete(made)


@pytest.fixture
def watch(window: Window, backups: Backups, seconds: Seconds) -> Iterator[BackupWatch]:
    made = BackupWatch(backups, lambda: window.busy, window, seconds)  # type: ignore[arg-type]
    made.start()
    yield made
    made.stop()


def later(watch: BackupWatch, seconds: Seconds, passed: float) -> None:
    seconds.now += passed
    watch._idle.check()


def test_it_is_made_after_a_quiet_minute(
    qtbot: QtBot, watch: BackupWatch, backups: Backups, seconds: Seconds
) -> None:
    later(watch, seconds, QUIET_SECONDS - 1)
    assert backups.asked == 0
    with qtbot.waitSignal(watch.made, timeout=WAIT) as made:
        later(watch, seconds, 1)
    assert made.args == [Path("uno.age")]


def test_not_while_the_window_is_at_something(
    qtbot: QtBot, watch: BackupWatch, backups: Backups, window: Window, seconds: Seconds
) -> None:
    window.busy = True
    later(watch, seconds, QUIET_SECONDS)
    window.busy = False
    assert backups.asked == 0
    with qtbot.waitSignal(watch.made, timeout=WAIT):
        later(watch, seconds, QUIET_SECONDS)


def test_one_that_cannot_be_made_is_tried_again_and_shown_to_nobody(
    qtbot: QtBot, watch: BackupWatch, backups: Backups, window: Window, seconds: Seconds
) -> None:
    def full(_cancelled: Callable[[], bool]) -> object:
        raise KnownError("respaldo.write", path="/x")

    backups.answer = full
    with qtbot.assertNotEmitted(window.shown):
        with qtbot.waitSignal(watch._tasks.idle, timeout=WAIT):
            later(watch, seconds, QUIET_SECONDS)
        later(watch, seconds, RETRY_SECONDS - 1)
        assert backups.asked == 1
    backups.answer = lambda _cancelled: Path("dos.age")
    with qtbot.waitSignal(watch.made, timeout=WAIT):
        later(watch, seconds, 1)


def test_a_bug_is_shown(
    qtbot: QtBot, watch: BackupWatch, backups: Backups, window: Window, seconds: Seconds
) -> None:
    def broken(_cancelled: Callable[[], bool]) -> object:
        raise ZeroDivisionError

    backups.answer = broken
    with qtbot.waitSignal(window.shown, timeout=WAIT) as shown:
        later(watch, seconds, QUIET_SECONDS)
    assert isinstance(shown.args[0], ZeroDivisionError)


def test_closing_the_window_ends_it(
    qtbot: QtBot, watch: BackupWatch, backups: Backups, window: Window, seconds: Seconds
) -> None:
    begun = threading.Event()

    def slow(cancelled: Callable[[], bool]) -> object:
        begun.set()
        while not cancelled():
            pass
        raise KnownError("respaldo.cancelled")

    backups.answer = slow
    later(watch, seconds, QUIET_SECONDS)
    assert begun.wait(WAIT / 1000)
    with qtbot.assertNotEmitted(window.shown):
        watch.stop()
