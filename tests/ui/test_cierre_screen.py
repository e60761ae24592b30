"""Cierre del día: what blocks it is a key away, it is asked once more, and its papers come after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.ui.cierre_screen import CierreScreen
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.db.test_cierres import issue
from tests.factories import CEDULAS, Clock, add_people, person, ready_to_issue, sign_in, sign_in_as
from tests.ui.windows import focus, focused, idle, notices, press, show, unclipped, words, working

HOY = date(2026, 11, 23)


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return sign_in(services)


@pytest.fixture
def desk(services: Services, tasks: Tasks) -> Iterator[SideDesk]:
    with working(services, tasks, sign_in_as(services, "s.ejemplo", 1)) as made:
        yield made


def opened(qtbot: QtBot, desk: SideDesk, tasks: Tasks) -> CierreScreen:
    made = CierreScreen(desk)
    show(qtbot, made)
    idle(qtbot, tasks)
    return made


def closed_now(services: Services) -> bool:
    return services.cierres.status(sign_in_as(services, "s.ejemplo", 1), HOY).cierre is not None


def test_a_day_is_closed_by_keys_and_asked_once_more(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, services: Services, sesion: Sesion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    shown: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(QUrl.toLocalFile(url)))
    issue(services, sesion)
    screen = opened(qtbot, desk, tasks)
    assert focused() == "Día"
    assert "No falta nada" in words(screen)
    assert "A. Ejemplo" in words(screen)
    press(Qt.Key.Key_Return)
    assert "¿Cerrar el lunes 23 de noviembre de 2026?" in notices(screen)
    assert focused() == "No"
    press(Qt.Key.Key_Return)  # who presses Enter twice has closed nothing
    idle(qtbot, tasks)
    assert not closed_now(services)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Escape)
    idle(qtbot, tasks)
    assert not closed_now(services)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_S)
    idle(qtbot, tasks)
    assert closed_now(services)
    assert "quedó cerrado" in notices(screen)
    assert "Cerrado el 23/11/2026 a las 10:42 por s.ejemplo" in words(screen)
    assert screen.close_day.isHidden()
    assert focused() == "Abrir el certificado"
    for _ in range(2):  # the same file is there already the second time
        press(Qt.Key.Key_F6)
        idle(qtbot, tasks)
    (path, again) = shown
    assert path == again
    assert Path(path).read_bytes() == services.cierres.certificate(HOY)


def test_what_blocks_is_one_key_away(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, services: Services, sesion: Sesion
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], apellidos="OTRA"))
    draft = services.tramites.attend(sesion, CEDULAS[0]).tramite
    assert draft is not None
    slip = ready_to_issue(services, sesion, CEDULAS[1]).numero
    services.claves.issue(sesion, slip)
    screen = opened(qtbot, desk, tasks)
    assert focus() is screen.blockers
    assert "Falta terminar 2 trámites" in words(screen)
    assert not screen.close_day.isEnabled()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_A):
        with qtbot.waitSignal(desk.ways.tramite) as asked:
            press(key)
        assert asked.args == [draft.numero]
    # A draft may be cancelled right here, asked once more; an issuance may not.
    press(Qt.Key.Key_C)
    assert "No se emitió nada" in notices(screen)
    press(Qt.Key.Key_S)
    idle(qtbot, tasks)
    assert "Trámite cancelado" in notices(screen)
    assert screen.blockers.count() == 1
    assert screen.cancel_tramite.isHidden()
    with qtbot.waitSignal(desk.ways.tramite) as asked:
        press(Qt.Key.Key_Return)
    assert asked.args == [slip]
    services.claves.confirm_slip(sesion, slip, 1)
    services.tramites.finish(sesion, slip)
    screen.focus_first()
    idle(qtbot, tasks)
    assert screen.close_day.isEnabled()


def test_it_stays_current_by_itself(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, services: Services, sesion: Sesion
) -> None:
    screen = opened(qtbot, desk, tasks)
    services.tramites.attend(sesion, CEDULAS[0])
    screen._poll.timeout.emit()
    qtbot.waitUntil(lambda: screen.blockers.count() == 1)
    assert not screen.close_day.isEnabled()


def test_a_day_left_open_can_be_chosen_and_a_closed_one_looked_at(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, services: Services, sesion: Sesion, clock: Clock
) -> None:
    issue(services, sesion)
    clock.move(days=2)
    services.cierres.close(None, date(2026, 11, 24))
    screen = opened(qtbot, desk, tasks)
    names = [screen.day.itemText(at) for at in range(screen.day.count())]
    assert names == [
        "Miércoles 25 de noviembre de 2026 · hoy",
        "Lunes 23 de noviembre de 2026",
        "Martes 24 de noviembre de 2026 · cerrado",
    ]
    press(Qt.Key.Key_Down)
    idle(qtbot, tasks)
    assert "Claves emitidas 1" in " ".join(words(screen).split()).replace("emitidas1", "emitidas 1")
    press(Qt.Key.Key_Down)
    idle(qtbot, tasks)
    assert screen.certificate.isVisible()
    assert screen.close_day.isHidden()


def test_an_export_goes_to_a_folder_that_is_chosen(
    qtbot: QtBot,
    theme: Theme,
    desk: SideDesk,
    tasks: Tasks,
    services: Services,
    sesion: Sesion,
    tmp_path: Path,
) -> None:
    issue(services, sesion)
    screen = opened(qtbot, desk, tasks)
    out = tmp_path / "salida"
    out.mkdir()
    for said in ("1 trámite en", "Ya existe"):
        press(Qt.Key.Key_F7)
        qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        dialog.fileSelected.emit(str(out))
        with qtbot.waitSignal(dialog.finished):
            dialog.reject()
        idle(qtbot, tasks)
        assert said in notices(screen)
        with qtbot.waitActive(screen):
            screen.activateWindow()
        assert screen.focusWidget() is screen.exports.start
    assert sorted(each.suffix for each in out.iterdir()) == [".csv", ".xlsx"]


def test_a_wrong_date_is_said_beside_its_field(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks
) -> None:
    screen = opened(qtbot, desk, tasks)
    screen.exports.desde.setText("31/02/2026")
    press(Qt.Key.Key_F7)
    assert "Esa fecha no existe" in notices(screen)
    assert focus() is screen.exports.desde


@pytest.mark.parametrize(("zoom", "width"), [(1.0, 1280), (1.5, 1280), (1.5, 900)])
def test_nothing_is_clipped(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, services: Services, sesion: Sesion, zoom: float,
    width: int,
) -> None:  # fmt: skip
    add_people(services.database, person(cedula=CEDULAS[1], apellidos="OTRA"))
    issue(services, sesion)
    services.tramites.attend(sesion, CEDULAS[1])
    theme.set_zoom(zoom)
    screen = opened(qtbot, desk, tasks)
    screen.resize(width, 720)
    unclipped(qtbot, screen)
    press(Qt.Key.Key_C)
    unclipped(qtbot, screen)


def test_esc_goes_back(qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks) -> None:
    screen = opened(qtbot, desk, tasks)
    with qtbot.waitSignal(screen.closed):
        press(Qt.Key.Key_Escape)
