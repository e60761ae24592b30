"""Bitácora: verified with its progress, who saw a person, and what is kept too long; all by keyboard."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sqlalchemy import Connection

from agencia_app.models.db.session import Database
from agencia_app.models.domain.retencion import Clase
from agencia_app.services import bitacora, retencion
from agencia_app.services.registry import Services
from agencia_app.ui.bitacora_screen import BitacoraScreen
from agencia_app.ui.sides import Side, SideDesk, allowed, key_of
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import CEDULAS, Clock, ready_to_issue, sign_in, sign_in_as
from tests.ui.windows import WAIT, focus, focused, idle, notices, press, show, unclipped, words, working


@contextmanager
def opened(qtbot: QtBot, services: Services, tasks: Tasks, usuario: str) -> Iterator[BitacoraScreen]:
    with working(services, tasks, sign_in_as(services, usuario, 1)) as desk:
        yield _screen(qtbot, desk, tasks)


def _screen(qtbot: QtBot, desk: SideDesk, tasks: Tasks) -> BitacoraScreen:
    made = BitacoraScreen(desk)
    show(qtbot, made)
    idle(qtbot, tasks)
    return made


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme, services: Services, tasks: Tasks) -> Iterator[BitacoraScreen]:
    assert theme is not None
    with opened(qtbot, services, tasks, "s.ejemplo") as made:
        yield made


def type_in(text: str) -> None:
    QTest.keyClicks(focus(), text)


def test_a_whole_bitacora_is_said_with_its_head(
    qtbot: QtBot, screen: BitacoraScreen, services: Services, tasks: Tasks
) -> None:
    head = bitacora.verify(services.database).head
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "Bitácora íntegra." in notices(screen)
    assert head in words(screen).replace(" ", "")
    type_in(head[:20])
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "La huella del certificado es la de la fila" in notices(screen)
    found = services.database.reader().exec_driver_sql(
        "SELECT actor FROM bitacora WHERE accion = 'bitacora.verificada'"
    )
    assert [row[0] for row in found] == ["s.ejemplo", "s.ejemplo"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("0" * 64, "No es la bitácora del certificado."), ("hola", "La huella del certificado son números")],
)
def test_a_head_that_is_not_there(
    qtbot: QtBot, screen: BitacoraScreen, tasks: Tasks, typed: str, said: str
) -> None:
    type_in(typed)
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert said in notices(screen)
    assert focus() is screen.verify.head


def test_a_broken_bitacora_is_named(
    qtbot: QtBot, screen: BitacoraScreen, services: Services, tasks: Tasks
) -> None:
    with closing(sqlite3.connect(services.database.path)) as raw:
        raw.execute("DROP TRIGGER bitacora_no_update")
        raw.execute("UPDATE bitacora SET actor = 'otro' WHERE seq = 2")
        raw.commit()
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "Bitácora rota. La fila 2 fue cambiada." in notices(screen)
    assert "Huella de ahora" not in words(screen)


def test_esc_stops_a_walk_and_then_leaves(
    qtbot: QtBot,
    screen: BitacoraScreen,
    services: Services,
    tasks: Tasks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()  # nine rows are walked before anybody could press a key
    snapshot = Database.snapshot

    def held(database: Database) -> AbstractContextManager[Connection]:
        assert go_on.wait(WAIT / 1000)
        return snapshot(database)

    monkeypatch.setattr(Database, "snapshot", held)
    for _ in range(2):
        services.usuarios.sign_out(sign_in(services))
    press(Qt.Key.Key_Return)
    assert screen.back.text() == "Detener"
    assert not screen.primary.isEnabled()
    screen.back.click()
    go_on.set()
    idle(qtbot, tasks)
    assert "Se detuvo." in notices(screen)
    with qtbot.waitSignal(screen.closed):
        press(Qt.Key.Key_Escape)


def test_who_saw_a_person_on_screen_and_as_a_file(
    qtbot: QtBot, screen: BitacoraScreen, services: Services, tasks: Tasks, clock: Clock
) -> None:
    services.padron.search(sign_in(services), "ficticia")
    press(Qt.Key.Key_F6)
    assert screen.title.name == "Accesos a una persona"
    assert not screen.primary.isEnabled()
    type_in(CEDULAS[0])
    screen.accesos.desde.set_date(clock().date())
    screen.accesos.hasta.set_date(clock().date())
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "24•••••005" in screen.accesos.heading.text()
    rows = [screen.accesos.list.item(at).text() for at in range(screen.accesos.list.count())]
    assert rows == ["Pidió el informe de accesos a la persona", "Vio a la persona en una búsqueda"]
    assert focused() == "Accesos"
    press(Qt.Key.Key_F6)
    idle(qtbot, tasks)
    (pdf,) = services.settings.papers.glob("accesos-*.pdf")
    assert pdf.name in notices(screen)
    press(Qt.Key.Key_Escape)
    assert screen.title.name == "Bitácora"


def test_a_wrong_cedula_is_said_in_its_place(qtbot: QtBot, screen: BitacoraScreen, tasks: Tasks) -> None:
    press(Qt.Key.Key_F6)
    type_in("2459999006")
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "El número de cédula no es correcto." in notices(screen)
    assert focused() == "Cédula de la persona"


@pytest.fixture
def old(services: Services, clock: Clock) -> Services:
    ready_to_issue(services, sign_in(services))
    clock.moment += timedelta(days=4000)
    return services


def test_purging_is_asked_once_more(
    qtbot: QtBot, old: Services, screen: BitacoraScreen, tasks: Tasks
) -> None:
    press(Qt.Key.Key_F7)
    idle(qtbot, tasks)
    assert focused() == "Datos y su tiempo"
    due = old.retencion.due()[0]
    assert due.cuantos > 0
    press(Qt.Key.Key_Return)
    assert "No se pueden recuperar." in words(screen)
    assert screen.primary.text() == "Sí, depurar"
    press(Qt.Key.Key_Escape)
    assert old.retencion.due()[0] == due
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert f"se depuraron {due.cuantos}" in notices(screen)
    assert old.retencion.due()[0].cuantos == 0
    assert not screen.primary.isEnabled()
    assert bitacora.verify(old.database).whole


def test_a_purge_can_be_stopped(
    qtbot: QtBot,
    old: Services,
    screen: BitacoraScreen,
    tasks: Tasks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retencion, "BATCH", 1)
    press(Qt.Key.Key_F7)
    idle(qtbot, tasks)
    due = old.retencion.due()[0].cuantos
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Return)
    assert screen.back.text() == "Detener"
    press(Qt.Key.Key_Escape)
    idle(qtbot, tasks)
    left = next(each for each in old.retencion.due() if each.clase is Clase.BITACORA).cuantos
    assert 0 < left < due
    assert "El resto queda para otra vez." in notices(screen)


def test_somebody_is_held_back_and_let_go(
    qtbot: QtBot, old: Services, screen: BitacoraScreen, tasks: Tasks
) -> None:
    press(Qt.Key.Key_F7)
    idle(qtbot, tasks)
    press(Qt.Key.Key_F6)
    assert focused() == "Cédula de la persona"
    type_in(CEDULAS[0])
    press(Qt.Key.Key_Tab)
    assert focused() == "Motivo"
    type_in("Juicio 123")
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "quedan exceptuados" in notices(screen)
    item = screen.retencion.held.item(0)
    assert item.text().startswith("FICTICIA NÚÑEZ MARÍA JOSÉ · 24•••••005")
    assert old.retencion.due()[0].exceptuados > 0
    press(Qt.Key.Key_F7)
    assert focused() == "Motivo"
    type_in("sentencia")
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "quedó levantada" in notices(screen)
    assert old.retencion.held(sign_in_as(old, "s.ejemplo")) == ()


def test_an_administrador_only_verifies(qtbot: QtBot, theme: Theme, services: Services, tasks: Tasks) -> None:
    assert theme is not None
    with opened(qtbot, services, tasks, "admin") as screen:
        press(Qt.Key.Key_F6)
        press(Qt.Key.Key_F7)
        assert screen.title.name == "Bitácora"
        assert not screen.to_accesos.isVisible()
        assert not screen.to_retencion.isVisible()


def test_it_is_opened_with_f5_by_who_may(services: Services) -> None:
    assert key_of(Side.BITACORA) == "F5"
    may = {usuario: Side.BITACORA in allowed(sign_in_as(services, usuario)) for usuario in
           ("a.ejemplo", "s.ejemplo", "admin")}  # fmt: skip
    assert may == {"a.ejemplo": False, "s.ejemplo": True, "admin": True}


@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_nothing_is_cut(
    qtbot: QtBot, theme: Theme, old: Services, screen: BitacoraScreen, tasks: Tasks, zoom: float
) -> None:
    theme.set_zoom(zoom)
    old.retencion.hold(sign_in_as(old, "s.ejemplo"), CEDULAS[0], "Juicio 123")
    unclipped(qtbot, screen)
    for way in (Qt.Key.Key_F6, Qt.Key.Key_F7):
        press(way)
        idle(qtbot, tasks)
        unclipped(qtbot, screen)
        press(Qt.Key.Key_Escape)
    press(Qt.Key.Key_F7)
    idle(qtbot, tasks)
    press(Qt.Key.Key_F6)
    unclipped(qtbot, screen)
