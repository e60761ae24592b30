"""The window on a server's database: it follows the other windows, and outlives the server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local, local_date
from agencia_app.models.domain.impresion import SLIP, EstadoImpresion
from agencia_app.services.registry import Services
from agencia_app.ui.autorizar_screen import AutorizarScreen
from agencia_app.ui.impresoras_screen import ImpresorasScreen
from agencia_app.ui.live import Live
from agencia_app.ui.main_window import MainWindow
from agencia_app.ui.sides import Side
from agencia_app.ui.supervision.screen import SupervisionScreen
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.wizard.clave import ClavePage, Question
from agencia_app.ui.wizard.host import WizardHost
from tests.factories import (
    CEDULAS,
    PASSWORD,
    Clock,
    add_people,
    person,
    ready_to_issue,
    sign_in,
    sign_in_as,
    signed_in,
)
from tests.machines import Machines
from tests.proxy import Proxy
from tests.ui.test_autorizar_screen import ask
from tests.ui.windows import WAIT, focus, idle, press, scan, show, unclipped, working

SAID = 2.0  # seconds until the window says that the server is away
BEHIND = 1.0  # seconds that the board may be behind


@pytest.fixture
def here(several: Machines, between: Proxy) -> Services:
    """This window's services, which reach the server through what can be cut."""
    return several.make("CAJA-1", Clock(), between.address(several.address))


@pytest.fixture
def there(several: Machines) -> Services:
    return several.make("CAJA-2", Clock())


@pytest.fixture
def empty(qtbot: QtBot, theme: Theme, tasks: Tasks) -> Iterator[MainWindow]:
    """A window at its login, before there are services."""
    printing = Tasks(threads=1)
    made = MainWindow(theme, tasks, printing)
    made.resize(1280, 800)
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.drawn), qtbot.waitActive(made):
        made.show()
    yield made
    made.close()
    for each in (made.monitor, made._live, printing):
        if each is not None:
            delete(each)  # in this thread, and with their timers


@pytest.fixture
def window(qtbot: QtBot, empty: MainWindow, here: Services, tasks: Tasks) -> MainWindow:
    empty.set_services(here)
    idle(qtbot, tasks)
    return empty


def _sign_in(qtbot: QtBot, window: MainWindow, usuario: str = "a.ejemplo") -> None:
    for text in (usuario, PASSWORD, "4"):
        scan(text)
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)
    wizard = window.wizard
    assert wizard is not None
    qtbot.waitUntil(lambda: not window.login.isVisible() and wizard.is_ready(), timeout=WAIT)


def _at_clave(qtbot: QtBot, window: MainWindow, here: Services) -> tuple[WizardHost, ClavePage]:
    """Bring the window to step 5 of a trámite that is ready for it."""
    tramite = ready_to_issue(here, signed_in(here, "a.ejemplo", 4))
    _sign_in(qtbot, window)
    wizard = window.wizard
    assert wizard is not None
    wizard.take_up(tramite.numero)
    qtbot.waitUntil(lambda: isinstance(wizard.page, ClavePage) and wizard.is_ready(), timeout=WAIT)
    page = wizard.page
    assert isinstance(page, ClavePage)
    return wizard, page


def _away(window: MainWindow) -> bool:
    return window.server is not None and "Se perdió la conexión" in window.server.connection.text


def _within(qtbot: QtBot, seconds: float, true: Callable[[], bool]) -> None:
    began = time.monotonic()
    qtbot.waitUntil(true, timeout=WAIT)
    assert time.monotonic() - began < seconds


@pytest.mark.parametrize("how", ["cut", "freeze"])
def test_a_server_that_goes_is_told_and_what_is_typed_stays(
    qtbot: QtBot, window: MainWindow, between: Proxy, tasks: Tasks, how: str
) -> None:
    _sign_in(qtbot, window)
    for each in "24599":
        press(Qt.Key(ord(each)))
    field = focus()
    getattr(between, how)()
    _within(qtbot, SAID, lambda: _away(window))
    unclipped(qtbot, window)
    assert focus() is field
    assert field.property("text") == "24599"
    between.mend() if how == "cut" else between.thaw()
    qtbot.waitUntil(lambda: not _away(window), timeout=WAIT)
    assert window.server is not None
    assert not window.server.isVisible()
    assert focus() is field
    for each in CEDULAS[0][5:]:
        press(Qt.Key(ord(each)))
    press(Qt.Key.Key_Return)
    wizard = window.wizard
    assert wizard is not None
    qtbot.waitUntil(lambda: wizard.tramite is not None, timeout=WAIT)
    idle(qtbot, tasks)
    assert window.failure is None


def test_what_is_asked_while_the_server_is_away_is_refused_and_can_be_asked_again(
    qtbot: QtBot, window: MainWindow, between: Proxy
) -> None:
    _sign_in(qtbot, window)
    wizard = window.wizard
    assert wizard is not None
    between.cut()
    qtbot.waitUntil(lambda: _away(window), timeout=WAIT)
    scan(CEDULAS[0])
    qtbot.waitUntil(lambda: "No se pudo llegar" in wizard.page.notice.text, timeout=WAIT)
    between.mend()
    qtbot.waitUntil(lambda: not _away(window) and wizard.is_ready(), timeout=WAIT)
    assert wizard.page.notice.text == ""
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: wizard.tramite is not None, timeout=WAIT)
    assert window.failure is None


def test_a_login_outlives_the_server_too(qtbot: QtBot, window: MainWindow, between: Proxy) -> None:
    between.cut()
    qtbot.waitUntil(lambda: _away(window), timeout=WAIT)
    for text in ("a.ejemplo", PASSWORD, "4"):
        scan(text)
    qtbot.waitUntil(lambda: "No se pudo llegar" in window.login.notice.text, timeout=WAIT)
    assert window.login.password.text() == PASSWORD
    between.mend()
    qtbot.waitUntil(lambda: not _away(window), timeout=WAIT)
    assert window.login.notice.text == ""
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)


def test_a_window_opened_without_its_server_waits_for_it(
    qtbot: QtBot, empty: MainWindow, here: Services
) -> None:
    for text in ("a.ejemplo", PASSWORD, "4"):
        scan(text)
    with qtbot.waitSignal(empty.wanted, timeout=WAIT):
        empty.services_failed(KnownError("base.away"))
        assert _away(empty)
    empty.set_services(here)
    assert not _away(empty)
    qtbot.waitUntil(lambda: empty.wizard is not None, timeout=WAIT)  # the sign-in had waited


def test_an_issuance_in_doubt_is_found_out_by_itself_and_printed(
    qtbot: QtBot, window: MainWindow, between: Proxy, here: Services
) -> None:
    wizard, page = _at_clave(qtbot, window, here)
    between.swallow()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(between.hit.is_set, timeout=WAIT)
    qtbot.waitUntil(lambda: page.question is Question.SLIP_WELL and wizard.is_ready(), timeout=WAIT)
    assert page.tramite is not None
    (slip,) = [each for each in here.impresiones.of_tramite(page.tramite.numero) if each.papel is SLIP]
    assert slip.intentos == 1


def test_an_issuance_lost_with_its_server_says_how_it_stands_once_it_is_back(
    qtbot: QtBot, window: MainWindow, between: Proxy, here: Services
) -> None:
    wizard, page = _at_clave(qtbot, window, here)
    between.drop()
    between.when_hit(between.cut)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.question is Question.DOUBT and wizard.is_ready(), timeout=WAIT)
    unclipped(qtbot, window)
    between.mend()
    qtbot.waitUntil(lambda: page.question is Question.ISSUE and wizard.is_ready(), timeout=WAIT)
    assert "No se emitió nada" in page.notice.text
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.question is Question.SLIP_WELL, timeout=WAIT)


def test_the_board_follows_another_window_at_once(
    qtbot: QtBot, window: MainWindow, there: Services, tasks: Tasks
) -> None:
    _sign_in(qtbot, window, "s.ejemplo")
    screen = window.side(Side.SUPERVISION)
    assert isinstance(screen, SupervisionScreen)
    qtbot.waitUntil(lambda: screen.board._mark >= 0, timeout=WAIT)
    operador = sign_in(there, 5)
    idle(qtbot, tasks)
    there.tramites.attend(operador, CEDULAS[0])
    _within(qtbot, BEHIND, lambda: screen.board.count.text() == "1 trámite")


def test_the_requests_follow_another_window_at_once(
    qtbot: QtBot, here: Services, there: Services, tasks: Tasks, theme: Theme
) -> None:
    assert here.enlace is not None
    live = Live(here.enlace)
    with qtbot.waitSignal(live.noticed):
        live.start()
    with working(here, tasks, signed_in(here, "s.ejemplo")) as desk:
        screen = AutorizarScreen(replace(desk, live=live))
        show(qtbot, screen)
        add_people(there.database, person(cedula=CEDULAS[1]))
        ask(there, CEDULAS[0])
        _within(qtbot, BEHIND, lambda: screen.list.count() == 1)
        ask(there, CEDULAS[1])
        _within(qtbot, BEHIND, lambda: screen.list.count() == 2)
        assert not screen.watch.timer.isActive()
        screen.cancel()
        idle(qtbot, tasks)
    live.close()
    delete(live)


def test_the_requests_say_nothing_of_a_server_that_is_back(
    qtbot: QtBot, here: Services, between: Proxy, tasks: Tasks
) -> None:
    assert here.enlace is not None
    live = Live(here.enlace)
    with qtbot.waitSignal(live.noticed):
        live.start()
    with working(here, tasks, signed_in(here, "s.ejemplo")) as desk:
        with qtbot.waitSignal(live.lost, timeout=WAIT):
            between.cut()
        screen = AutorizarScreen(replace(desk, live=live))
        show(qtbot, screen)
        qtbot.waitUntil(lambda: "No se pudo llegar" in screen.notice.text, timeout=WAIT)
        assert screen.nobody.isHidden()  # nobody knows
        between.mend()
        qtbot.waitUntil(lambda: screen.notice.text == "" and screen.nobody.isVisible(), timeout=WAIT)
        screen.cancel()
        idle(qtbot, tasks)
    live.close()
    delete(live)


def test_a_supervisor_brings_what_a_dead_machine_left(
    qtbot: QtBot, window: MainWindow, here: Services, there: Services, tasks: Tasks
) -> None:
    left = there.impresiones.print_stop(sign_in(there, 5), CEDULAS[3])
    assert there.enlace is not None
    there.enlace.close()
    supervisor = signed_in(here, "s.ejemplo")
    qtbot.waitUntil(lambda: bool(here.impresiones.left_behind(supervisor)), timeout=WAIT)
    for text in ("s.ejemplo", PASSWORD, "4"):
        scan(text)
    qtbot.waitUntil(lambda: window.sesion is not None and not window.login.isVisible(), timeout=WAIT)
    idle(qtbot, tasks)
    window._open_side(Side.IMPRESORAS)
    screen = window.side(Side.IMPRESORAS)
    assert isinstance(screen, ImpresorasScreen)
    qtbot.waitUntil(screen.bring.isVisible, timeout=WAIT)
    assert "CAJA-2" in screen.left.text
    unclipped(qtbot, window)
    QTest.keyClick(focus(), Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: here.impresiones.get(left.id).estado is EstadoImpresion.IMPRESO, timeout=WAIT)
    qtbot.waitUntil(screen.bring.isHidden, timeout=WAIT)
    assert window.side(Side.HOJAS) is None
    idle(qtbot, tasks)


def test_a_ventanilla_that_another_machine_has_is_refused_and_another_asked(
    qtbot: QtBot, window: MainWindow, there: Services
) -> None:
    sign_in_as(there, "b.ejemplo", 4)
    for text in ("a.ejemplo", PASSWORD, "4"):
        scan(text)
    qtbot.waitUntil(lambda: "ya trabaja el equipo CAJA-2" in window.login.notice.text, timeout=WAIT)
    unclipped(qtbot, window)
    assert focus() is window.login.ventanilla
    scan("5")
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)


def test_a_ventanilla_lost_to_another_machine_locks_the_window(
    qtbot: QtBot, window: MainWindow, between: Proxy, there: Services
) -> None:
    _sign_in(qtbot, window)
    between.cut()
    qtbot.waitUntil(lambda: _away(window), timeout=WAIT)
    sign_in_as(there, "b.ejemplo", 4)
    between.mend()
    qtbot.waitUntil(window.login.isVisible, timeout=WAIT)
    assert "otro equipo ocupó la ventanilla 4" in window.login.notice.text
    unclipped(qtbot, window)


def test_a_clock_that_was_off_from_the_start_is_never_gone_by(
    qtbot: QtBot, empty: MainWindow, here: Services
) -> None:
    assert here.enlace is not None
    here.enlace._hora._own = lambda: datetime.now(UTC) - timedelta(days=9000, hours=3)
    empty.set_services(here)
    qtbot.waitUntil(lambda: empty.server is not None and "atrasada" in empty.server.hour.text, timeout=WAIT)
    now = datetime.now(UTC)
    near = {f"{local(now + timedelta(minutes=each)):%H:%M}" for each in (-1, 0)}
    assert empty.header._clock.text() in near
    assert here.today() == local_date(now)


def test_a_clock_that_is_off_is_told_and_the_header_shows_the_servers(
    qtbot: QtBot, window: MainWindow, here: Services, qapp: QApplication
) -> None:
    assert here.enlace is not None
    here.enlace._hora._own = lambda: datetime.now(UTC) + timedelta(minutes=7)
    qtbot.waitUntil(lambda: window.server is not None and window.server.hour.isVisible(), timeout=WAIT)
    assert window.server is not None
    assert "adelantada 7 min" in window.server.hour.text
    here.enlace._hora._own = lambda: datetime.now(UTC)
    qtbot.waitUntil(lambda: not window.server.isVisible(), timeout=WAIT)  # type: ignore[union-attr]
