"""Taking a padrón file in, with the real importer; and stopping it, with one that waits."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services.padron_import import ImportResult, Progress
from agencia_app.services.padron_search import PadronSearch
from agencia_app.services.registry import Services
from agencia_app.ui.padron_screen import PadronScreen
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.widgets import look

WAIT = 20_000  # ms
ADMIN = Sesion(1, "admin", "Administración", Rol.ADMINISTRADOR, 1)
HEADER = "cedula,apellidos,nombres,fecha_nacimiento,tipo_prestacion,estado\n"
ROWS = (
    "2459999013,EJEMPLO ZÚÑIGA,LUIS ALBERTO,1950-03-09,jubilacion_vejez,activo\n"
    "2459999021,PRUEBA ALARCÓN,JORGE,21/07/1951,jubilacion_vejez,activo\n"
    "2459999006,MALA,CÉDULA,1950-01-01,jubilacion_vejez,activo\n"
)


def _open(qtbot: QtBot, services: Services, tasks: Tasks) -> PadronScreen:
    screen = PadronScreen(services, tasks, ADMIN)
    qtbot.addWidget(screen)
    screen.resize(1000, 700)
    with qtbot.waitActive(screen):
        screen.show()
    screen.focus_first()
    qtbot.waitUntil(screen.path.hasFocus)
    return screen


def _focus() -> QWidget:
    focus = QApplication.focusWidget()
    assert focus is not None
    return focus


def _words(screen: QWidget) -> str:
    return " ".join(look.plain(each.text()) for each in screen.findChildren(QLabel) if each.isVisible())


def _counts(screen: PadronScreen) -> dict[str, str]:
    return dict(re.findall(r"<td[^>]*>([^<]+)</td><td[^>]*><b>([^<]+)</b>", screen.result.text()))


def _fake(
    import_file: Callable[..., ImportResult],
    papers: Path,
) -> Services:
    padron = SimpleNamespace(import_file=import_file)
    return cast("Services", SimpleNamespace(padron=padron, settings=SimpleNamespace(papers=papers)))


def test_a_file_goes_in_and_its_counts_are_told(
    qtbot: QtBot, theme: Theme, tasks: Tasks, services: Services, tmp_path: Path
) -> None:
    file = tmp_path / "padron.csv"
    file.write_text(HEADER + ROWS, "utf-8")
    screen = _open(qtbot, services, tasks)
    assert not screen.start.isEnabled()
    QTest.keyClicks(_focus(), str(file))
    with qtbot.waitSignal(tasks.idle, timeout=WAIT):
        QTest.keyClick(_focus(), Qt.Key.Key_Return)
        while_running = (screen.running, screen.path.isEnabled())
    assert while_running == (True, False)
    assert (screen.running, screen.path.isEnabled()) == (False, True)
    words = _words(screen)
    assert _counts(screen) == {
        "Filas leídas": "3",
        "Personas nuevas": "2",
        "Actualizadas": "0",
        "Sin cambio": "0",
        "Con el cero inicial restaurado": "0",
        "Rechazadas": "1",
    }
    assert PadronSearch(services.database).find("2459999013") is not None
    reports = list(services.settings.papers.glob("*.csv"))
    assert len(reports) == 1
    assert str(reports[0]) in words
    assert screen.open_report.isVisible()


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No existe"), (b"", "vacío"), (b"nombre,edad\nANA,3\n", "columna")],
)
def test_a_file_that_will_not_do_is_told_beside_its_name(
    qtbot: QtBot,
    theme: Theme,
    tasks: Tasks,
    services: Services,
    tmp_path: Path,
    content: bytes | None,
    says: str,
) -> None:
    file = tmp_path / "archivo.csv"
    if content is not None:
        file.write_bytes(content)
    screen = _open(qtbot, services, tasks)
    QTest.keyClicks(_focus(), str(file))
    with qtbot.waitSignal(tasks.idle, timeout=WAIT):
        QTest.keyClick(_focus(), Qt.Key.Key_Return)
    assert screen.notice.kind == "error"
    assert says in screen.notice.text
    assert screen.path.text() == str(file)
    assert screen.path.isEnabled()


def test_progress_is_shown_and_esc_stops(qtbot: QtBot, theme: Theme, tasks: Tasks, tmp_path: Path) -> None:
    def slow(
        _path: Path,
        _folder: Path,
        _sesion: Sesion,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> ImportResult:
        progress(Progress(12_345, 600_000, 75.0, 12_345))
        while not cancelled():
            threading.Event().wait(0.005)  # a batch
        return ImportResult(leidas=12_345, insertadas=12_345, segundos=1.0, cancelada=True)

    screen = _open(qtbot, _fake(slow, tmp_path), tasks)
    QTest.keyClicks(_focus(), "padron.csv")
    QTest.keyClick(_focus(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "12.345 de unas 600.000 filas · quedan 1 min 15 s" in _words(screen))
    assert 0 < screen.bar.value() < screen.bar.maximum()
    with qtbot.waitSignal(tasks.idle, timeout=WAIT):
        QTest.keyClick(_focus(), Qt.Key.Key_Escape)
    assert "se detuvo" in _words(screen)
    assert not screen.open_report.isVisible()
    with qtbot.waitSignal(screen.closed):
        QTest.keyClick(_focus(), Qt.Key.Key_Escape)


def test_a_bug_in_the_import_goes_to_the_window_and_frees_the_screen(
    qtbot: QtBot, theme: Theme, tasks: Tasks, tmp_path: Path
) -> None:
    def broken(*_: object) -> ImportResult:
        raise ZeroDivisionError

    screen = _open(qtbot, _fake(broken, tmp_path), tasks)
    QTest.keyClicks(_focus(), "padron.csv")
    with qtbot.waitSignal(tasks.failed, timeout=WAIT) as failed:
        QTest.keyClick(_focus(), Qt.Key.Key_Return)
    assert failed.args is not None
    assert not isinstance(failed.args[0], KnownError)
    assert screen.start.isEnabled()


def test_a_file_dropped_anywhere_is_the_one(
    qtbot: QtBot, theme: Theme, tasks: Tasks, services: Services, tmp_path: Path
) -> None:
    screen = _open(qtbot, services, tasks)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "p.csv"))])
    drop = QDropEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    screen.dropEvent(drop)
    assert screen.path.text() == str(tmp_path / "p.csv")
    assert screen.start.isEnabled()


def test_the_file_dialog_speaks_spanish(qtbot: QtBot, theme: Theme, tasks: Tasks, services: Services) -> None:
    screen = _open(qtbot, services, tasks)
    QTest.keyClick(screen.path, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QFileDialog)
    buttons = {each.text().replace("&", "") for each in dialog.findChildren(QPushButton) if each.isVisible()}
    assert buttons == {"Elegir", "Cancelar"}
    labels = {each.text().replace("&", "") for each in dialog.findChildren(QLabel) if each.isVisible()}
    assert labels == {"Carpeta", "Archivo", "Mostrar"}
    with qtbot.waitSignal(dialog.finished):
        dialog.reject()
