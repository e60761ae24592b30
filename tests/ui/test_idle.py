"""Nobody at the keyboard: the warning, the countdown and the lock, by a clock that the test moves."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete
from sqlalchemy import select

from agencia_app.models.db.tables import BitacoraRow
from agencia_app.services.registry import Services
from agencia_app.ui.idle import IdleWatch
from agencia_app.ui.main_window import MainWindow
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.wizard.identidad import IdentidadPage
from tests.factories import CEDULAS, PASSWORD
from tests.ui.windows import WAIT, focus, idle, notices, press, scan

LIMIT = 300.0  # seconds, the setting's first value


class Seconds:
    """A steady clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    made = Seconds()
    monkeypatch.setattr("agencia_app.ui.idle.seconds", made)
    return made


@pytest.fixture
def window(
    qtbot: QtBot, theme: Theme, tasks: Tasks, services: Services, seconds: Seconds
) -> Iterator[MainWindow]:
    printing = Tasks(threads=1)
    made = MainWindow(theme, tasks, printing)
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.drawn), qtbot.waitActive(made):
        made.show()
    made.set_services(services)
    for text in ("a.ejemplo", PASSWORD, "4"):
        scan(text)
    qtbot.waitUntil(lambda: made.wizard is not None and made.wizard.isVisible(), timeout=WAIT)
    idle(qtbot, tasks)
    yield made
    made.close()
    assert made.monitor is not None
    for each in (made.monitor, printing):
        delete(each)  # in this thread, and with their timers


def _watch(window: MainWindow) -> IdleWatch:
    assert window.idle is not None
    return window.idle


def _press(window: MainWindow, key: Qt.Key) -> None:
    """Press a key as the system tells of it: to the window, which gives it to what has the focus."""
    handle = window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, key)


def test_half_a_minute_before_it_warns_and_a_key_keeps_it_and_is_not_lost(
    window: MainWindow, seconds: Seconds
) -> None:
    watch = _watch(window)
    seconds.now += LIMIT - 31
    watch.check()
    assert "se bloquea" not in notices(window)
    seconds.now += 1
    watch.check()
    assert "se bloquea en 30 s" in notices(window)
    seconds.now += 12.5
    watch.check()
    assert "se bloquea en 18 s" in notices(window)
    field = focus()
    _press(window, Qt.Key.Key_7)
    assert field.property("text") == "7"
    assert "se bloquea" not in notices(window)
    seconds.now += LIMIT - 31
    watch.check()
    assert "se bloquea" not in notices(window)
    assert window.sesion is not None


def test_the_mouse_keeps_it_too(window: MainWindow, seconds: Seconds) -> None:
    watch = _watch(window)
    seconds.now += LIMIT - 10
    watch.check()
    handle = window.windowHandle()
    assert handle is not None
    QTest.mouseMove(handle, window.rect().center())
    QTest.mouseMove(handle, window.rect().center() / 2)
    assert "se bloquea" not in notices(window)


def test_then_it_locks_and_the_draft_stays(
    qtbot: QtBot, window: MainWindow, seconds: Seconds, services: Services, tasks: Tasks
) -> None:
    scan(CEDULAS[0])
    wizard = window.wizard
    assert wizard is not None
    qtbot.waitUntil(lambda: wizard.is_ready() and isinstance(wizard.page, IdentidadPage), timeout=WAIT)
    idle(qtbot, tasks)
    page = wizard.page
    assert isinstance(page, IdentidadPage)
    page.correo.setText("a.medias@ejemplo.ec")
    seconds.now += LIMIT
    _watch(window).check()
    assert window.login.isVisible()
    assert window.wizard is not wizard
    assert "se bloquea" not in notices(window)
    assert focus() is window.login.password
    assert window.login.user.text() == "a.ejemplo"
    idle(qtbot, tasks)
    with services.database.reading() as session:
        last = session.scalars(select(BitacoraRow).order_by(BitacoraRow.seq.desc()).limit(1)).one()
        assert (last.accion, last.detalle) == ("salida", '{"inactiva": true}')
    scan(PASSWORD)
    qtbot.waitUntil(lambda: window.wizard is not None and window.wizard.isVisible(), timeout=WAIT)
    assert window.sesion is not None
    (left,) = services.tramites.unfinished(window.sesion)
    assert services.tramites.suggested_identidad(left).correo == "a.medias@ejemplo.ec"


def test_what_runs_goes_on_to_its_end_first(
    qtbot: QtBot, window: MainWindow, seconds: Seconds, tasks: Tasks
) -> None:
    go_on = threading.Event()
    ended: list[bool] = []
    tasks.run(lambda: go_on.wait(WAIT / 1000), ended.append)
    seconds.now += LIMIT + 5
    _watch(window).check()
    assert window.sesion is not None
    assert "en cuanto termine" in notices(window)
    go_on.set()
    qtbot.waitUntil(lambda: window.sesion is None, timeout=WAIT)
    assert ended == [True]


def test_what_moves_after_the_machine_slept_is_not_the_same_person(
    window: MainWindow, seconds: Seconds
) -> None:
    seconds.now += 3600  # the timers slept with the machine
    _press(window, Qt.Key.Key_7)
    assert window.sesion is None


def test_a_dialog_goes_with_it(qtbot: QtBot, window: MainWindow, seconds: Seconds, tasks: Tasks) -> None:
    press(Qt.Key.Key_F9)
    press(Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None, timeout=WAIT)
    seconds.now += LIMIT
    _watch(window).check()
    assert QApplication.activeModalWidget() is None
    assert window.login.isVisible()
    idle(qtbot, tasks)


def test_the_login_does_not_lock(window: MainWindow, seconds: Seconds) -> None:
    window.lock()
    seconds.now += LIMIT * 2
    _watch(window).check()
    assert "se bloquea" not in notices(window)
    assert window.login.isVisible()


def test_the_timer_comes_by_itself(qtbot: QtBot) -> None:
    owner = QObject()
    real = IdleWatch(owner)
    with qtbot.waitSignals([real.warned, real.expired], timeout=WAIT, order="strict"):
        real.start(2.0)  # late by a second it would lock without having warned
    delete(owner)
