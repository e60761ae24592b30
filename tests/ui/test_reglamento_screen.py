"""The rules' screen by keys: what each version asks, a file with faults, and putting one from a day on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.reglamento import Vigencia
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services.registry import Services
from agencia_app.ui.reglamento_screen import ReglamentoScreen
from agencia_app.ui.sides import Side, SideDesk, allowed
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import SHORTER, signed_in
from tests.ui.windows import focus, focused, idle, notices, press, scan, show, unclipped, words, working

WRONG = SHORTER.replace('copia = "color"', 'copia = "azul"', 1).replace('tecla = "P"', 'tecla = "C"')


@pytest.fixture
def desk(services: Services, tasks: Tasks) -> Iterator[SideDesk]:
    with working(services, tasks, signed_in(services, "admin")) as made:
        yield made


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks) -> ReglamentoScreen:
    made = ReglamentoScreen(desk)
    show(qtbot, made)
    idle(qtbot, tasks)
    return made


def _checked(qtbot: QtBot, screen: ReglamentoScreen, tasks: Tasks, path: Path, text: str) -> None:
    """Choose a version's file by its path, and have it checked."""
    path.write_text(text, "utf-8")
    press(Qt.Key.Key_Return)
    assert focused() == "Archivo TOML de la versión nueva"
    scan(str(path))
    idle(qtbot, tasks)


def _cells(screen: ReglamentoScreen) -> list[list[str]]:
    table = screen.card.contenido
    rows, columns = range(table.rowCount()), range(table.columnCount())
    cells = [[table.item(row, column) for column in columns] for row in rows]
    return [[each.text() if each else "" for each in row] for row in cells]


def test_the_profile_in_use_is_shown_with_what_each_calidad_owes(screen: ReglamentoScreen) -> None:
    assert focused() == "Versiones de las reglas"
    assert screen.table.version is not None
    assert (screen.table.version.nombre, screen.table.version.usada) == ("documento-fuente", True)
    assert "Vigente, en uso, desde el 01/06/2005; con el programa. Fuente: Qué hacer" in words(screen)
    cells = _cells(screen)
    assert [row[0] for row in cells] == [
        "Solicitud calificada",
        "Cédula",
        "Certificado de votación",
        "Planilla de servicio básico",
        "La solicitud",
    ]
    assert cells[0][1:] == ["—", "—", "Original.", "—", "—"]
    assert set(cells[3][1:]) == {"Original y copia. A elegir: agua, luz, teléfono."}
    assert cells[4][3] == "Por el empleador. Firma: la persona y el empleador."


def test_arrows_go_through_elections_and_agencies(screen: ReglamentoScreen) -> None:
    press(Qt.Key.Key_End)
    press(Qt.Key.Key_Down)
    screen.table.setCurrentCell(screen.table.rowCount() - 1, 0)
    last = screen.table.version
    assert last is not None
    assert (last.titulo, _cells(screen)) == ("Agencias", [["017", "Agencia Quito Norte", "PICHINCHA"]])
    press(Qt.Key.Key_Up)
    assert _cells(screen)[-1] == ["14/02/2027"]
    press(Qt.Key.Key_Tab)
    assert focused() == "Lo que dice la versión"


def test_every_fault_is_said_with_its_line_and_the_file_is_checked_again(
    qtbot: QtBot, screen: ReglamentoScreen, tasks: Tasks, tmp_path: Path
) -> None:
    path = tmp_path / "nuevo.toml"
    _checked(qtbot, screen, tasks, path, WRONG)
    assert "El archivo tiene 2 errores" in notices(screen)
    assert "Línea 19" in words(screen)
    assert "no «azul»" in words(screen)
    assert "la tecla «C»" in words(screen)
    assert focused() == "Archivo TOML de la versión nueva"
    path.write_text(SHORTER, "utf-8")
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert focused() == "Rige desde"
    assert "Se quita el requisito «Planilla de servicio básico»." in words(screen)
    press(Qt.Key.Key_Escape)
    assert focused() == "Archivo TOML de la versión nueva"
    press(Qt.Key.Key_Escape)
    assert focused() == "Versiones de las reglas"


def test_a_version_is_put_by_keys_alone(
    qtbot: QtBot, screen: ReglamentoScreen, services: Services, tasks: Tasks, tmp_path: Path
) -> None:
    _checked(qtbot, screen, tasks, tmp_path / "nuevo.toml", SHORTER)
    assert screen.put.desde.date == date(2026, 11, 23)
    focus().selectAll()  # type: ignore[attr-defined]
    scan("011226")
    idle(qtbot, tasks)
    assert "rige desde el 01/12/2026" in notices(screen)
    assert focused() == "Versiones de las reglas"
    chosen = screen.table.version
    assert chosen is not None
    assert (chosen.desde, chosen.vigencia) == (date(2026, 12, 1), Vigencia.FUTURA)
    assert len(services.database.rows("SELECT id FROM reglamento")) == 1


def test_another_day_is_compared_with_what_holds_then(
    qtbot: QtBot, screen: ReglamentoScreen, services: Services, tasks: Tasks, tmp_path: Path
) -> None:
    ending = SHORTER.replace("desde = 2005-06-01", "desde = 2005-06-01\nhasta = 2026-12-31")
    services.reglamentos.put(signed_in(services, "admin"), ending, date(2026, 12, 1))
    _checked(qtbot, screen, tasks, tmp_path / "nuevo.toml", SHORTER)
    assert "Se quita el requisito" in words(screen)
    focus().selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(focus(), "01012027")
    idle(qtbot, tasks)
    assert "Rige hasta: de «31/12/2026» a «que haya otra versión»." in words(screen)


def test_a_day_that_is_gone_is_refused_where_it_was_typed(
    qtbot: QtBot, screen: ReglamentoScreen, tasks: Tasks, tmp_path: Path
) -> None:
    _checked(qtbot, screen, tasks, tmp_path / "nuevo.toml", SHORTER)
    focus().selectAll()  # type: ignore[attr-defined]
    scan("22112026")
    idle(qtbot, tasks)
    assert "no rige hacia atrás" in notices(screen)
    assert focused() == "Rige desde"


def test_a_file_that_is_not_there_is_said_and_one_can_be_chosen(
    qtbot: QtBot, screen: ReglamentoScreen, tasks: Tasks, tmp_path: Path
) -> None:
    press(Qt.Key.Key_Return)
    scan(str(tmp_path / "no-hay.toml"))
    idle(qtbot, tasks)
    assert "No se pudo leer no-hay.toml" in notices(screen)
    press(Qt.Key.Key_F3)
    dialog = screen.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit("/otro.toml")
    dialog.reject()
    assert screen.file.path.text() == "/otro.toml"


def test_only_an_administrador_has_it() -> None:
    having = {rol for rol in Rol if Side.REGLAMENTO in allowed(Sesion(1, "x", "X", rol, 1))}
    assert having == {Rol.ADMINISTRADOR}


@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_nothing_is_cut(
    qtbot: QtBot, screen: ReglamentoScreen, theme: Theme, tasks: Tasks, tmp_path: Path, zoom: float
) -> None:
    theme.set_zoom(zoom)
    unclipped(qtbot, screen)
    path = tmp_path / "nuevo.toml"
    _checked(qtbot, screen, tasks, path, WRONG)
    unclipped(qtbot, screen)
    path.write_text(SHORTER.replace("documento-fuente", "otros"), "utf-8")
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    unclipped(qtbot, screen)
