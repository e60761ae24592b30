"""Hojas: slips are received, handed over, taken back and spoiled by keys, and counted at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.hoja_numerada import Conteo
from agencia_app.services.registry import Services
from agencia_app.ui.hojas_screen import HojasScreen
from agencia_app.ui.messages import sentence
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import Clock, make_services, sign_in_as
from tests.ui.windows import focus, focused, idle, notices, press, scan, show, unclipped, words, working


@pytest.fixture
def numbered(tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = make_services(tmp_path / "datos", clock, hojas_numeradas=True)
    yield made
    made.database.close()


@pytest.fixture
def desk(numbered: Services, tasks: Tasks) -> Iterator[SideDesk]:
    with working(numbered, tasks, sign_in_as(numbered, "s.ejemplo", 1)) as made:
        yield made


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks) -> HojasScreen:
    made = HojasScreen(desk)
    show(qtbot, made)
    idle(qtbot, tasks)
    return made


def choose(number: int) -> None:
    QTest.keyClick(focus(), Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.AltModifier)


def test_the_whole_way_by_keys(qtbot: QtBot, screen: HojasScreen, tasks: Tasks, numbered: Services) -> None:
    assert focused() == "Primera hoja"
    scan("1000")
    assert focused() == "Última hoja"
    scan("1099")
    idle(qtbot, tasks)
    assert "100 hojas recibidas" in notices(screen)
    assert "Recibidas 100 = usadas 0 + dañadas 0 + quedan 100" in words(screen)
    choose(2)
    for text in ("1000", "1049", "4"):
        scan(text)
    idle(qtbot, tasks)
    assert "50 hojas entregadas a la ventanilla 4" in notices(screen)
    choose(4)
    assert focused() == "Número de la hoja"
    scan("1000")
    assert focused() == "Por qué se dañó"
    scan("Rota al llegar")
    idle(qtbot, tasks)
    assert "La hoja 1000 quedó registrada como dañada" in notices(screen)
    choose(3)
    scan("1000")
    scan("1099")
    idle(qtbot, tasks)
    assert "49 hojas recogidas" in notices(screen)
    assert numbered.hojas.counts() == Conteo(0, 100, 0, 1)


def test_a_row_of_the_list_fills_in_the_numbers(
    qtbot: QtBot, screen: HojasScreen, tasks: Tasks, numbered: Services
) -> None:
    sesion = screen._desk.sesion
    numbered.hojas.receive(sesion, 1, 20)
    numbered.hojas.assign(sesion, 1, 5, 4)
    screen.focus_first()
    idle(qtbot, tasks)
    screen.tramos.setFocus()
    press(Qt.Key.Key_Return)  # with the supervisor: to be handed over
    assert (screen.action.value, screen.desde.text(), screen.hasta.text()) == ("entregar", "6", "20")
    assert focused() == "Ventanilla que las recibe"
    screen.tramos.setFocus()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)  # at a window: to be taken back
    assert (screen.action.value, screen.desde.text(), screen.hasta.text()) == ("recoger", "1", "5")
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "5 hojas recogidas" in notices(screen)


def test_what_is_refused_is_said_and_nothing_typed_is_lost(
    qtbot: QtBot, screen: HojasScreen, tasks: Tasks, numbered: Services
) -> None:
    numbered.hojas.receive(screen._desk.sesion, 1, 20)
    scan("15")
    scan("30")
    idle(qtbot, tasks)
    assert sentence(KnownError("hojas.overlap", desde=1, hasta=20)) in notices(screen)
    assert (screen.desde.text(), screen.hasta.text(), focused()) == ("15", "30", "Primera hoja")
    scan("ocho")
    assert "sin letras" in notices(screen)
    assert focus() is screen.desde


def test_where_slips_are_not_numbered_it_says_so(
    qtbot: QtBot, theme: Theme, services: Services, tasks: Tasks
) -> None:
    with working(services, tasks, sign_in_as(services, "s.ejemplo", 1)) as desk:
        made = HojasScreen(desk)
        show(qtbot, made)
        idle(qtbot, tasks)
        assert "no usa hojas numeradas" in notices(made)


@pytest.mark.parametrize(("zoom", "width"), [(1.0, 1280), (1.5, 1280), (1.5, 900)])
def test_nothing_is_clipped(
    qtbot: QtBot, screen: HojasScreen, theme: Theme, tasks: Tasks, numbered: Services, zoom: float, width: int
) -> None:
    theme.set_zoom(zoom)
    screen.resize(width, 720)
    numbered.hojas.receive(screen._desk.sesion, 1, 20)
    numbered.hojas.assign(screen._desk.sesion, 1, 5, 4)
    screen.focus_first()
    idle(qtbot, tasks)
    unclipped(qtbot, screen)


def test_esc_goes_back(qtbot: QtBot, screen: HojasScreen) -> None:
    with qtbot.waitSignal(screen.closed):
        press(Qt.Key.Key_Escape)
