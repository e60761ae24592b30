"""*Por autorizar*: what waits, what exactly is approved, and how it stays current."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.autorizacion import Autorizacion, EstadoAutorizacion
from agencia_app.models.domain.requisitos import FormatoCedula
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.ui import autorizar_screen
from agencia_app.ui.autorizar_screen import AutorizarScreen
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import CEDULAS, IDENTIDAD, Clock, add_people, person, signed_in
from tests.ui import windows
from tests.ui.windows import WAIT, focused, notices, press, working

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def screen(
    qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AutorizarScreen]:
    monkeypatch.setattr(autorizar_screen, "SETTLE_MS", 0)  # a test has no fingers to slip
    with working(services, tasks, signed_in(services, "s.ejemplo")) as desk:
        made = AutorizarScreen(desk)
        made.watch.timer.setInterval(20)
        windows.show(qtbot, made)
        yield made
        made.cancel()


def ask(
    services: Services, cedula: str = CEDULAS[0], usuario: str = "a.ejemplo", razon: str = "Viene de lejos"
) -> tuple[Autorizacion, ...]:
    """Ask about an antigua that was not checked, and the papers that are missing."""
    sesion = signed_in(services, usuario, 4)
    tramite = services.tramites.attend(sesion, cedula).tramite
    assert tramite is not None
    services.tramites.save_identidad(
        sesion, tramite.numero, replace(IDENTIDAD, formato=FormatoCedula.ANTIGUA)
    )
    documentos = services.tramites.checklist(tramite).documentos
    services.tramites.save_requisitos(sesion, tramite.numero, documentos, done=False)
    asuntos = [each.asunto for each in services.autorizaciones.exigencias(tramite.numero)]
    return services.autorizaciones.request(sesion, tramite.numero, asuntos, razon)


def states(services: Services, asked: tuple[Autorizacion, ...]) -> set[EstadoAutorizacion]:
    return {each.estado for each in services.autorizaciones.get([one.id for one in asked])}


def shown(qtbot: QtBot, screen: AutorizarScreen, count: int = 1) -> None:
    qtbot.waitUntil(lambda: screen.list.count() == count and screen.detail.isVisible(), timeout=WAIT)
    qtbot.waitUntil(lambda: "Motivo" in windows.words(screen), timeout=WAIT)


def alt(key: Qt.Key) -> None:
    QTest.keyClick(windows.focus(), key, ALT)


def test_nobody_waits(screen: AutorizarScreen) -> None:
    assert "Nadie espera una autorización" in windows.words(screen)
    assert focused() == "Volver"
    assert not screen.approve.isVisible()


def test_what_is_asked_comes_by_itself_and_says_exactly_what(
    qtbot: QtBot, screen: AutorizarScreen, services: Services
) -> None:
    ask(services)
    shown(qtbot, screen)
    said = windows.words(screen)
    assert "FICTICIA NÚÑEZ MARÍA JOSÉ · 24•••••005" in said
    assert CEDULAS[0] not in said
    assert "Lo pide a.ejemplo en la ventanilla 4 desde el 23/11/2026 10:42" in said
    assert "Falta un documento" in said
    assert "La cédula es antigua y sus datos no se comprobaron" in said
    assert "Motivo: Viene de lejos" in said
    assert focused() == "Comentario"


def test_enter_approves_everything_that_is_shown(
    qtbot: QtBot, screen: AutorizarScreen, services: Services
) -> None:
    asked = ask(services)
    shown(qtbot, screen)
    QTest.keyClicks(windows.focus(), "Vi los originales")
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: "Autorizado" in notices(screen), timeout=WAIT)
    assert states(services, asked) == {EstadoAutorizacion.APROBADA}
    assert {each.comentario for each in services.autorizaciones.get([asked[0].id])} == {"Vi los originales"}
    assert "Nadie espera una autorización" in windows.words(screen)


def test_no_needs_a_comment(qtbot: QtBot, screen: AutorizarScreen, services: Services) -> None:
    asked = ask(services)
    shown(qtbot, screen)
    alt(Key.Key_N)
    assert "Escriba por qué no la autoriza" in windows.words(screen)
    assert states(services, asked) == {EstadoAutorizacion.PEDIDA}
    QTest.keyClicks(windows.focus(), "No es la titular")
    alt(Key.Key_N)
    qtbot.waitUntil(lambda: "No autorizado" in notices(screen), timeout=WAIT)
    assert states(services, asked) == {EstadoAutorizacion.NEGADA}


def test_who_waits_longest_is_first_and_arrows_choose(
    qtbot: QtBot, screen: AutorizarScreen, services: Services, clock: Clock
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], nombres="ZOILA"))
    first = ask(services)
    clock.move(minutes=3)
    second = ask(services, CEDULAS[1], "b.ejemplo")
    shown(qtbot, screen, 2)
    assert "MARÍA JOSÉ" in screen.who.text()
    QTest.keyClicks(windows.focus(), "de la primera")
    press(Key.Key_Down)
    assert "ZOILA" in screen.who.text()
    assert not screen.comment.text()
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: screen.list.count() == 1, timeout=WAIT)
    assert states(services, first) == {EstadoAutorizacion.PEDIDA}
    assert states(services, second) == {EstadoAutorizacion.APROBADA}


def test_an_enter_meant_for_what_stood_there_is_not_taken(
    qtbot: QtBot, screen: AutorizarScreen, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autorizar_screen, "SETTLE_MS", 1_000_000)
    asked = ask(services)
    shown(qtbot, screen)
    press(Key.Key_Return)
    windows.idle(qtbot, screen._desk.tasks)
    assert states(services, asked) == {EstadoAutorizacion.PEDIDA}


def test_what_is_typed_stays_while_others_come(
    qtbot: QtBot, screen: AutorizarScreen, services: Services, clock: Clock
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], nombres="ZOILA"))
    ask(services)
    shown(qtbot, screen)
    QTest.keyClicks(windows.focus(), "a medio")
    clock.move(minutes=1)
    ask(services, CEDULAS[1], "b.ejemplo")
    qtbot.waitUntil(lambda: screen.list.count() == 2, timeout=WAIT)
    assert screen.comment.text() == "a medio"
    assert "MARÍA JOSÉ" in screen.who.text()


def test_ones_own_is_for_somebody_else(qtbot: QtBot, screen: AutorizarScreen, services: Services) -> None:
    asked = ask(services, usuario="s.ejemplo")
    shown(qtbot, screen)
    assert "Lo pidió usted: tiene que autorizarlo otra persona" in notices(screen)
    assert not screen.approve.isEnabled()
    assert not screen.deny.isEnabled()
    alt(Key.Key_N)
    press(Key.Key_Return)
    windows.idle(qtbot, screen._desk.tasks)
    assert states(services, asked) == {EstadoAutorizacion.PEDIDA}


def test_a_lone_supervisor_breaks_the_glass(
    qtbot: QtBot, screen: AutorizarScreen, services: Services
) -> None:
    asked = ask(services, usuario="s.ejemplo")
    shown(qtbot, screen)
    alt(Key.Key_E)
    QTest.keyClicks(windows.focus(), "sola en la agencia hoy")
    press(Key.Key_Return)
    assert screen.glass.asking
    press(Key.Key_Escape)
    assert states(services, asked) == {EstadoAutorizacion.PEDIDA}
    press(Key.Key_Return)
    press(Key.Key_S)
    qtbot.waitUntil(lambda: "sin otra persona" in notices(screen), timeout=WAIT)
    assert all(each.emergencia for each in services.autorizaciones.get([one.id for one in asked]))


def test_answered_elsewhere_it_goes_away(qtbot: QtBot, screen: AutorizarScreen, services: Services) -> None:
    asked = ask(services)
    shown(qtbot, screen)
    other: Sesion = signed_in(services, "t.ejemplo")
    services.autorizaciones.approve(other, [each.id for each in asked])
    qtbot.waitUntil(lambda: screen.list.count() == 0, timeout=WAIT)


def test_what_changed_meanwhile_is_said(qtbot: QtBot, screen: AutorizarScreen, services: Services) -> None:
    asked = ask(services)
    shown(qtbot, screen)
    screen.cancel()
    services.autorizaciones.withdraw(signed_in(services, "a.ejemplo", 4), [each.id for each in asked])
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: "ya fue respondido o retirado" in notices(screen), timeout=WAIT)


@pytest.mark.parametrize(("zoom", "size"), [(1.0, (1280, 720)), (1.5, (1280, 720)), (1.5, (900, 540))])
def test_everything_has_room(
    qtbot: QtBot,
    screen: AutorizarScreen,
    services: Services,
    theme: Theme,
    zoom: float,
    size: tuple[int, int],
) -> None:
    ask(services)
    shown(qtbot, screen)
    theme.set_zoom(zoom)
    screen.resize(*size)
    windows.unclipped(qtbot, screen)
