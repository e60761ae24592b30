"""The screens beside the wizard in the window: their keys, the way back, the lock, the header."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.tramite import Tramite
from agencia_app.services.registry import Services
from agencia_app.settings import Termica
from agencia_app.ui.cierre_screen import CierreScreen
from agencia_app.ui.main_window import MainWindow
from agencia_app.ui.sides import Side, allowed, home_of, in_header, key_of
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.wizard.cedula import CedulaPage
from tests.factories import CEDULAS, PASSWORD, sign_in
from tests.ui.windows import WAIT, clipped, focus, focused, idle, press, scan, words

F_KEYS = {
    Side.IMPRESORAS: Qt.Key.Key_F8,
    Side.VERIFICAR: Qt.Key.Key_F9,
    Side.PADRON: Qt.Key.Key_F10,
    Side.REIMPRIMIR: Qt.Key.Key_F11,
}
TITLES = {
    Side.IMPRESORAS: "Impresoras",
    Side.VERIFICAR: "Verificar un recibo",
    Side.PADRON: "Cargar el padrón",
    Side.REIMPRIMIR: "Reimprimir",
}


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tasks: Tasks, services: Services) -> Iterator[MainWindow]:
    printing = Tasks(threads=1)
    made = MainWindow(theme, tasks, printing)
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.drawn), qtbot.waitActive(made):
        made.show()
    made.set_services(services)
    yield made
    made.close()
    assert made.monitor is not None
    for each in (made.monitor, printing):
        delete(each)  # in this thread, and with their timers


def _sign_in_admin(qtbot: QtBot, window: MainWindow) -> None:
    for text in ("admin", PASSWORD, "4"):
        scan(text)
    qtbot.waitUntil(lambda: _has_focus(window.side(Side.USUARIOS)), timeout=WAIT)


def _has_focus(screen: QWidget | None) -> bool:
    return screen is not None and screen.isVisible() and screen.isAncestorOf(focus())


def _sign_in(qtbot: QtBot, window: MainWindow, usuario: str = "a.ejemplo") -> None:
    for text in (usuario, PASSWORD, "4"):
        scan(text)
    qtbot.waitUntil(lambda: window.wizard is not None and window.wizard.isVisible(), timeout=WAIT)
    wizard = window.wizard
    assert wizard is not None
    qtbot.waitUntil(wizard.is_ready, timeout=WAIT)


def _shown(window: MainWindow) -> QWidget:
    """The screen in sight."""
    (found,) = [
        each
        for each in (window.login, window.wizard, *map(window.side, Side))
        if each is not None and each.isVisible()
    ]
    return found


def test_each_key_opens_its_screen_and_esc_leads_back_to_the_field(
    qtbot: QtBot, window: MainWindow, tasks: Tasks
) -> None:
    _sign_in(qtbot, window)
    QTest.keyClicks(focus(), "24599")
    field = focus()
    for side in (Side.IMPRESORAS, Side.VERIFICAR, Side.REIMPRIMIR):
        key = F_KEYS[side]
        press(key)
        assert _shown(window) is window.side(side)
        assert TITLES[side] in words(_shown(window))
        assert _shown(window).isAncestorOf(focus())
        press(key)  # again: nothing but the focus
        assert _shown(window) is window.side(side)
        idle(qtbot, tasks)
        press(Qt.Key.Key_Escape)
        assert _shown(window) is window.wizard
        assert focus() is field
    QTest.keyClicks(focus(), "99")
    assert isinstance(window.wizard and window.wizard.page, CedulaPage)
    assert field.property("text") == "2459999"


def test_from_screen_to_screen_the_way_back_is_to_the_wizard(
    qtbot: QtBot, window: MainWindow, tasks: Tasks
) -> None:
    _sign_in(qtbot, window)
    field = focus()
    press(Qt.Key.Key_F9)
    QTest.keyClicks(focus(), "017")
    press(Qt.Key.Key_F11)
    press(Qt.Key.Key_F9)
    verificar = window.side(Side.VERIFICAR)
    assert _shown(window) is verificar
    assert focus().property("text") == "017"  # as it was left
    press(Qt.Key.Key_Escape)
    assert focus() is field


def test_the_padron_is_the_administradors(qtbot: QtBot, window: MainWindow) -> None:
    _sign_in(qtbot, window)
    press(Qt.Key.Key_F10)
    assert _shown(window) is window.wizard
    assert window.padron is None
    assert "Padrón" not in _buttons(window)
    assert {"Impresoras", "Verificar", "Reimprimir", "Bloquear"} <= _buttons(window)


def test_an_administrador_begins_with_the_users_and_attends_nobody(
    qtbot: QtBot, window: MainWindow, tasks: Tasks
) -> None:
    _sign_in_admin(qtbot, window)
    usuarios = window.side(Side.USUARIOS)
    assert window.wizard is None
    press(Qt.Key.Key_Escape)  # from here there is nowhere else to go
    assert _shown(window) is usuarios
    press(Qt.Key.Key_F3)  # not theirs
    assert _shown(window) is usuarios
    press(Qt.Key.Key_F11)
    assert _shown(window) is window.side(Side.REGLAMENTO)
    press(Qt.Key.Key_Escape)
    assert _shown(window) is usuarios
    press(Qt.Key.Key_F10)
    assert _shown(window) is window.padron
    press(Qt.Key.Key_F9)
    press(Qt.Key.Key_Escape)
    assert _shown(window) is usuarios
    idle(qtbot, tasks)
    press(Qt.Key.Key_F12)
    idle(qtbot, tasks)
    assert window.side(Side.USUARIOS) is None
    scan(PASSWORD)
    qtbot.waitUntil(lambda: _has_focus(window.side(Side.USUARIOS)), timeout=WAIT)


@pytest.mark.parametrize("usuario", ["a.ejemplo", "s.ejemplo", "admin"])
def test_no_button_in_sight_shows_a_key_that_opens_another_screen(
    qtbot: QtBot, window: MainWindow, services: Services, tasks: Tasks, usuario: str
) -> None:
    services.tramites.attend(sign_in(services, 5), CEDULAS[0])  # offered in the first step
    for text in (usuario, PASSWORD, "4"):
        scan(text)
    qtbot.waitUntil(lambda: window.sesion is not None and not window.login.isVisible(), timeout=WAIT)
    idle(qtbot, tasks)
    sesion = window.sesion
    assert sesion is not None
    sides = {key_of(side): side for side in allowed(sesion)}
    assert len(sides) == len(allowed(sesion))
    # What has no button in the header has one on the screen that a session begins with.
    at_home = {key_of(side) for side in allowed(sesion) if not in_header(side)}
    at_home.add(key_of(Side.BITACORA))  # the board has its own button, and the header one for everybody
    taken: list[str] = []
    for side in (None, *allowed(sesion)):
        if side is None and window.wizard is None:
            continue
        if side is None:
            while _shown(window) is not window.wizard:
                press(Qt.Key.Key_Escape)
        else:
            window.header.asked.emit(side)
        idle(qtbot, tasks)
        taken += [
            f"{each.key_text} in {side}"
            for each in _shown(window).findChildren(KeyButton)
            if each.isVisible() and sides.get(each.key_text, side) is not side
            if side is not home_of(sesion) or each.key_text not in at_home
        ]
    assert taken == []


def _buttons(window: MainWindow) -> set[str]:
    return {each.accessibleName() for each in window.header.findChildren(QWidget) if each.isVisible()}


@pytest.mark.parametrize("side", [Side.IMPRESORAS, Side.VERIFICAR, Side.REIMPRIMIR])
def test_f12_locks_from_any_screen_and_frees_it(
    qtbot: QtBot, window: MainWindow, tasks: Tasks, side: Side
) -> None:
    _sign_in(qtbot, window)
    press(F_KEYS[side])
    left = window.side(side)
    assert left is not None
    press(Qt.Key.Key_F12)
    assert _shown(window) is window.login
    assert (window.sesion, window.side(side)) == (None, None)
    press(F_KEYS[side])  # over the login it opens nothing
    assert _shown(window) is window.login
    qtbot.waitUntil(lambda: not isValid(left), timeout=WAIT)
    scan(PASSWORD)
    qtbot.waitUntil(lambda: _shown(window) is window.wizard, timeout=WAIT)
    assert window.side(side) is None


def test_a_wizard_that_goes_on_out_of_sight_takes_no_key(
    qtbot: QtBot,
    window: MainWindow,
    services: Services,
    tasks: Tasks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()
    attend = type(services.tramites).attend

    def slowly(*args: object) -> object:
        go_on.wait(WAIT / 1000)
        return attend(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(type(services.tramites), "attend", slowly)
    _sign_in(qtbot, window)
    wizard = window.wizard
    assert wizard is not None
    scan(CEDULAS[0])
    assert not wizard.is_ready()
    press(Qt.Key.Key_F9)
    field = focus()
    QTest.keyClicks(field, "017")
    go_on.set()
    qtbot.waitUntil(wizard.is_ready, timeout=WAIT)
    assert isinstance(wizard.tramite, Tramite)  # it went on to the next page
    assert focus() is field
    QTest.keyClicks(focus(), "-26")
    assert field.property("text") == "017-26"
    press(Qt.Key.Key_Escape)
    assert wizard.page.isAncestorOf(focus())
    assert not isinstance(wizard.page, CedulaPage)


def test_neither_does_one_behind_the_login(
    qtbot: QtBot, window: MainWindow, services: Services, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    attend = type(services.tramites).attend

    def slowly(*args: object) -> object:
        go_on.wait(WAIT / 1000)
        return attend(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(type(services.tramites), "attend", slowly)
    _sign_in(qtbot, window)
    scan(CEDULAS[0])
    press(Qt.Key.Key_F12)
    assert focus() is window.login.password
    go_on.set()
    idle(qtbot, tasks)
    assert focus() is window.login.password


def test_the_header_counts_the_papers_that_need_somebody(
    qtbot: QtBot, window: MainWindow, services: Services
) -> None:
    _sign_in(qtbot, window)
    assert "Un papel espera a alguien" not in _buttons(window)
    printing = services.printing
    printing.settings = replace(
        printing.settings,
        termicas=(Termica("Apagada", "red", "127.0.0.1:9", 80), Termica("Otra", "red", "127.0.0.1:9", 58)),
        impresoras={"pendientes": "Apagada"},
    )
    sesion = sign_in(services)
    job = services.impresiones.print_stop(sesion, CEDULAS[3])
    services.impresiones.print_test(sesion, "Otra")
    monitor = window.monitor
    assert monitor is not None
    monitor.poke()
    qtbot.waitUntil(lambda: "2 papeles esperan a alguien" in _buttons(window), timeout=WAIT)
    services.impresiones.retry(sesion, job.id, "carpeta")
    monitor.poke()
    qtbot.waitUntil(lambda: "Un papel espera a alguien" in _buttons(window), timeout=WAIT)
    press(Qt.Key.Key_F12)
    qtbot.waitUntil(lambda: "Un papel espera a alguien" not in _buttons(window), timeout=WAIT)


@pytest.mark.parametrize(
    ("zoom", "width", "sees"),
    [
        (1.0, 1280, {"Ventanilla de claves", "Ventanilla 4", "Impresoras", "admin"}),
        (1.0, 1600, {"Agencia Quito Norte · Ventanilla 4", "Impresoras", "admin · administrador"}),
        (1.5, 1280, {"Ventanilla 4", "Impresoras", "admin"}),
        (1.0, 900, {"Ventanilla 4", "Impresoras", "admin"}),
        (1.5, 900, {"Ventanilla 4", "Impresoras", "admin"}),
        (2.0, 900, {"Impresoras"}),
    ],
)
def test_the_header_gives_way_and_keeps_its_keys(
    qtbot: QtBot, window: MainWindow, theme: Theme, zoom: float, width: int, sees: set[str]
) -> None:
    _sign_in_admin(qtbot, window)
    window.header.show_waiting(Side.IMPRESORAS, 12)
    theme.set_zoom(zoom)
    window.resize(width, 700)

    def fits() -> None:
        assert window.width() == width
        assert clipped(window.header) == []
        shown = _buttons(window) | {words(window.header)}
        for each in sees:
            assert any(each in text for text in shown), (each, shown)

    qtbot.waitUntil(fits)
    for side in (
        Side.USUARIOS,
        Side.IMPRESORAS,
        Side.VERIFICAR,
        Side.PADRON,
    ):  # however narrow, each is there with its key
        button = next(
            each
            for each in window.header.findChildren(QWidget)
            if each.accessibleName() == side.value and each.isVisible()
        )
        assert key_of(side) in button.accessibleDescription()


def test_a_click_on_the_header_takes_no_focus_from_where_one_returns(
    qtbot: QtBot, window: MainWindow, tasks: Tasks
) -> None:
    _sign_in(qtbot, window)
    field = focus()
    button = next(
        each for each in window.header.findChildren(QWidget) if each.accessibleName() == "Verificar"
    )
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert focused() == "Código o número del recibo"
    press(Qt.Key.Key_Escape)
    assert focus() is field


def test_a_recibo_that_prints_needs_nobody(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    _sign_in(qtbot, window)
    sesion = sign_in(services)
    monitor = window.monitor
    assert monitor is not None
    services.impresiones.print_test(sesion, "carpeta")
    with qtbot.waitSignal(monitor.changed, timeout=WAIT):
        monitor.poke()
    assert [job.papel for job in monitor.jobs] == [PaperKind.PRUEBA]
    assert not any("espera" in each for each in _buttons(window))


def test_what_blocks_the_close_is_opened_in_the_wizard(
    qtbot: QtBot, window: MainWindow, services: Services
) -> None:
    tramite = services.tramites.attend(sign_in(services), CEDULAS[0]).tramite
    assert tramite is not None
    for text in ("s.ejemplo", PASSWORD, "1"):
        scan(text)
    qtbot.waitUntil(lambda: _has_focus(window.side(Side.SUPERVISION)), timeout=WAIT)
    QTest.keyClick(focus(), Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    closing = window.side(Side.CIERRE)
    assert isinstance(closing, CierreScreen)
    qtbot.waitUntil(closing.blockers.hasFocus, timeout=WAIT)
    press(Qt.Key.Key_Return)
    wizard = window.wizard
    assert wizard is not None
    qtbot.waitUntil(lambda: wizard.tramite is not None and wizard.is_ready(), timeout=WAIT)
    assert wizard.isVisible()
    assert wizard.isAncestorOf(focus())
    assert wizard.tramite is not None
    assert wizard.tramite.numero == tramite.numero
