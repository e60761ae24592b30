"""The supervisor's list of tickets: open ones first, narrowed, closed with a resolution, exported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.correccion import DatoErrado
from agencia_app.models.domain.numero import shown
from agencia_app.services.registry import Services
from agencia_app.ui.correcciones_screen import NOTHING, CorreccionesScreen
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import CEDULAS, Clock, signed_in
from tests.ui.windows import focus, focused, idle, notices, press, show, unclipped, words, working


@pytest.fixture
def numbers(services: Services, clock: Clock) -> list[str]:
    """Three tickets of as many days, the second closed."""
    operador, made = signed_in(services, "a.ejemplo", 4), []
    for dato, text in (
        (DatoErrado.NOMBRE, "FICTICIA NUNES <b>MARIA</b>"),
        (DatoErrado.ESTADO, "Montepío (cónyuge) · activo"),
        (DatoErrado.FECHA_NACIMIENTO, "16/01/1955"),
    ):
        made.append(
            services.correcciones.open(operador, CEDULAS[0], dato, text, "Cédula original").correccion.numero
        )
        clock.move(days=1)
    services.correcciones.close(signed_in(services, "t.ejemplo"), made[1], "No procede")
    return made


@pytest.fixture
def desk(services: Services, tasks: Tasks, numbers: list[str]) -> Iterator[SideDesk]:
    assert numbers
    with working(services, tasks, signed_in(services, "s.ejemplo")) as made:
        yield made


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks) -> CorreccionesScreen:
    made = CorreccionesScreen(desk)
    show(qtbot, made)
    idle(qtbot, tasks)
    return made


def rows(screen: CorreccionesScreen) -> list[str]:
    return [
        screen.list.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(screen.list.count())
    ]


def choose(number: int) -> None:
    QTest.keyClick(focus(), Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.AltModifier)


def test_the_open_ones_are_shown_and_closed_by_keys(
    qtbot: QtBot, screen: CorreccionesScreen, services: Services, tasks: Tasks, numbers: list[str]
) -> None:
    assert [each.split(", ")[1] for each in rows(screen)] == [
        "Apellidos y nombres · 23/11/2026",
        "Fecha de nacimiento · 25/11/2026",
    ]
    assert focused() == "Tickets de corrección"
    assert shown(numbers[0]) in words(screen)
    assert "24•••••005" in words(screen)
    assert CEDULAS[0] not in words(screen)
    press(Qt.Key.Key_Down)
    assert shown(numbers[2]) in words(screen)
    press(Qt.Key.Key_Return)
    assert focused() == "En qué quedó"
    press(Qt.Key.Key_Return)
    assert "Escriba en qué quedó" in notices(screen)
    QTest.keyClicks(focus(), "Corregido")
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert f"El ticket {shown(numbers[2])} quedó cerrado" in notices(screen)
    assert len(rows(screen)) == 1
    closed = services.database.rows("SELECT resolucion FROM correccion WHERE numero = ?", (numbers[2],))
    assert [tuple(each) for each in closed] == [("Corregido",)]


def test_it_is_narrowed_by_state_and_by_days(
    qtbot: QtBot, screen: CorreccionesScreen, tasks: Tasks, numbers: list[str]
) -> None:
    choose(2)
    idle(qtbot, tasks)
    assert len(rows(screen)) == 1
    assert "No procede" in words(screen)
    assert "falta decírselo" in words(screen)
    assert not screen.go_on.isVisible()
    choose(3)
    idle(qtbot, tasks)
    assert len(rows(screen)) == 3
    screen.desde.setFocus()
    QTest.keyClicks(focus(), "25112026")
    idle(qtbot, tasks)
    assert len(rows(screen)) == 1
    assert shown(numbers[2]) in words(screen)
    screen.desde.selectAll()
    QTest.keyClicks(focus(), "25112030")
    idle(qtbot, tasks)
    assert NOTHING in words(screen)
    assert not screen.detail.isVisible()


def test_what_another_supervisor_closed_meanwhile_is_said(
    qtbot: QtBot, screen: CorreccionesScreen, services: Services, tasks: Tasks, numbers: list[str]
) -> None:
    services.correcciones.close(signed_in(services, "t.ejemplo"), numbers[0], "Ya")
    press(Qt.Key.Key_Return)
    QTest.keyClicks(focus(), "Yo tampoco")
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "ya se cerró" in notices(screen)
    assert screen.resolution.text() == "Yo tampoco"


def test_the_export_says_where_it_is(
    qtbot: QtBot, screen: CorreccionesScreen, services: Services, tasks: Tasks
) -> None:
    press(Qt.Key.Key_F7)
    idle(qtbot, tasks)
    (path,) = services.settings.papers.glob("correcciones-*.csv")
    assert str(path) in notices(screen)
    assert len(path.read_text("utf-8-sig").splitlines()) == 3


@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_nothing_is_cut(qtbot: QtBot, screen: CorreccionesScreen, theme: Theme, zoom: float) -> None:
    theme.set_zoom(zoom)
    unclipped(qtbot, screen)
