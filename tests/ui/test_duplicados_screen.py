"""Reimprimir: a lost paper is printed again in a few keys, marked and with who and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from agencia_app.models.db.tables import BitacoraRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.settings import Termica
from agencia_app.ui.duplicados_screen import DuplicadosScreen
from agencia_app.ui.messages import sentence
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import CEDULAS, add_people, person, ready_to_issue, sign_in
from tests.ui.windows import (
    WAIT,
    focus,
    focused,
    idle,
    job_becomes,
    notices,
    press,
    scan,
    show,
    unclipped,
    words,
    working,
)

LUIS = person(cedula=CEDULAS[1], apellidos="EJEMPLO ZÚÑIGA", nombres="LUIS ALBERTO")


@pytest.fixture
def sesion(services: Services) -> Sesion:
    """A window that attended María, and then set Luis aside with his hoja de pendientes."""
    add_people(services.database, LUIS)
    made = sign_in(services)
    tramite = ready_to_issue(services, made)
    services.claves.issue(made, tramite.numero)
    services.claves.confirm_slip(made, tramite.numero, 1)
    services.tramites.finish(made, tramite.numero)
    other = services.tramites.attend(made, LUIS.cedula).tramite
    assert other is not None
    services.tramites.suspend(made, other.numero)
    return made


@pytest.fixture
def desk(services: Services, tasks: Tasks, sesion: Sesion) -> Iterator[SideDesk]:
    with working(services, tasks, sesion) as made:
        yield made


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks) -> DuplicadosScreen:
    made = DuplicadosScreen(desk)
    show(qtbot, made)
    idle(qtbot, tasks)
    return made


def _duplicates(desk: SideDesk) -> list[Impresion]:
    return [
        job
        for job in desk.services.impresiones.recent()
        if job.ejemplar and job.papel is not PaperKind.HOJA_CLAVE
    ]


def _printed(qtbot: QtBot, desk: SideDesk, count: int) -> Impresion:
    """Wait until as many duplicates are printed, and return the last."""
    qtbot.waitUntil(lambda: len(_duplicates(desk)) == count, timeout=WAIT)
    number = _duplicates(desk)[0].id
    return job_becomes(qtbot, desk, number, lambda job: job.estado is EstadoImpresion.IMPRESO)


def _audited(services: Services) -> list[tuple[str, dict[str, object]]]:
    with services.database.reading() as session:
        rows = session.scalars(select(BitacoraRow).where(BitacoraRow.accion == "papel.duplicado"))
        return [(row.actor, json.loads(row.detalle)) for row in rows]


def test_one_of_the_last_is_printed_again_with_three_keys(
    qtbot: QtBot, screen: DuplicadosScreen, desk: SideDesk, services: Services
) -> None:
    assert focus() is screen.number
    rows = [screen.last.item(row).text() for row in range(screen.last.count())]
    assert rows == ["EJEMPLO ZÚÑIGA LUIS ALBERTO", "FICTICIA NÚÑEZ MARÍA JOSÉ"]
    assert "A. Ejemplo" in screen.title.line
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert focused() == "Recibo"
    press(Qt.Key.Key_1)
    job = _printed(qtbot, desk, 1)
    assert (job.papel, job.ejemplar) == (PaperKind.RECIBO, 1)
    qtbot.waitUntil(lambda: "Recibo · DUPLICADO 1" in notices(screen))
    assert "guardado como PDF" in notices(screen)
    assert list(services.settings.papers.glob("recibo-*-duplicado-1.pdf"))
    assert focus() is screen.number  # ready for the next one
    ((actor, datos),) = _audited(services)
    assert actor == "a.ejemplo"
    assert datos["motivo"] == "Se perdió"


def test_a_scanned_number_another_paper_and_a_reason_of_ones_own(
    qtbot: QtBot, screen: DuplicadosScreen, desk: SideDesk, services: Services, tasks: Tasks
) -> None:
    recibo = services.duplicados.last(desk.sesion)[1].tramite.emision
    assert recibo is not None
    scan(numeros.shown(recibo.recibo))
    idle(qtbot, tasks)
    assert "FICTICIA NÚÑEZ MARÍA JOSÉ" in words(screen)
    press(Qt.Key.Key_S)
    assert focused() == "Solicitud"
    assert not screen.go_on.isEnabled()  # a reason is owed
    screen.reason.setFocus()
    scan("Lo arrugo la copiadora 2")  # letters and digits are the field's own
    job = _printed(qtbot, desk, 1)
    assert (job.papel, job.ejemplar) == (PaperKind.SOLICITUD, 1)
    assert [datos["motivo"] for _, datos in _audited(services)] == ["Lo arrugo la copiadora 2"]


def test_only_the_papers_of_that_tramite_are_offered(
    qtbot: QtBot, screen: DuplicadosScreen, desk: SideDesk
) -> None:
    press(Qt.Key.Key_Return)  # the newest: Luis, set aside
    assert focused() == "Hoja de pendientes"
    press(Qt.Key.Key_R)  # he has no recibo
    assert focused() == "Hoja de pendientes"
    press(Qt.Key.Key_3)
    assert _printed(qtbot, desk, 1).papel is PaperKind.PENDIENTES


@pytest.mark.parametrize(
    ("text", "code", "data"),
    [
        ("123", "numero.shape", {}),
        ("017-26-0000001-99", "numero.check_digit", {}),
        (
            numeros.shown(numeros.build(numeros.Kind.TRAMITE, "017", 2026, 77)),
            "tramite.not_found",
            {"numero": numeros.shown(numeros.build(numeros.Kind.TRAMITE, "017", 2026, 77))},
        ),
    ],
)
def test_a_number_that_will_not_do_is_told_beside_it(
    qtbot: QtBot, screen: DuplicadosScreen, tasks: Tasks, text: str, code: str, data: dict[str, object]
) -> None:
    scan(text)
    idle(qtbot, tasks)
    assert screen.find_notice.text == sentence(KnownError(code, **data))
    assert (focus(), screen.number.selectedText()) == (screen.number, text)


def test_a_tramite_without_papers_and_one_that_lost_them(
    qtbot: QtBot, screen: DuplicadosScreen, services: Services, desk: SideDesk, tasks: Tasks
) -> None:
    pending = services.duplicados.last(desk.sesion)[0].tramite
    press(Qt.Key.Key_Return)
    # Attended again at another window meanwhile: the sheet is no longer due.
    resumed = services.tramites.attend(sign_in(services, 5), LUIS.cedula).tramite
    assert resumed is not None
    press(Qt.Key.Key_1)
    idle(qtbot, tasks)
    assert screen.request_notice.text == sentence(KnownError("impresion.nothing"))
    assert _duplicates(desk) == []
    press(Qt.Key.Key_Escape)
    assert focus() is screen.number
    idle(qtbot, tasks)
    scan(numeros.shown(pending.numero))
    idle(qtbot, tasks)
    assert screen.find_notice.text == sentence(KnownError("impresion.nothing"))


def test_a_printer_that_does_not_take_it_leaves_the_choice_to_the_next_enter(
    qtbot: QtBot, screen: DuplicadosScreen, desk: SideDesk, services: Services
) -> None:
    # A thermal printer has no layout for a solicitud.
    services.printing.settings = replace(
        services.printing.settings,
        termicas=(Termica("Caja", "red", "127.0.0.1:9", 80),),
        impresoras={"solicitud": "Caja"},
    )
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_S)
    press(Qt.Key.Key_2)
    qtbot.waitUntil(lambda: "no imprime este papel" in notices(screen), timeout=WAIT)
    qtbot.waitUntil(lambda: focused() == "Guardar como PDF", timeout=WAIT)
    press(Qt.Key.Key_Return)
    job = _printed(qtbot, desk, 1)
    assert (job.papel, job.impresora) == (PaperKind.SOLICITUD, "carpeta")
    qtbot.waitUntil(lambda: "guardada como PDF" in notices(screen))
    assert focus() is screen.number


def test_two_presses_print_one_paper(qtbot: QtBot, screen: DuplicadosScreen, desk: SideDesk) -> None:
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_1)
    press(Qt.Key.Key_1)
    _printed(qtbot, desk, 1)
    assert [job.ejemplar for job in _duplicates(desk)] == [1]


def test_esc_goes_back_by_one(qtbot: QtBot, screen: DuplicadosScreen) -> None:
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Escape)
    assert focus() is screen.number
    with qtbot.waitSignal(screen.closed):
        press(Qt.Key.Key_Escape)


@pytest.mark.parametrize(("zoom", "width"), [(1.0, 1280), (1.5, 1280), (1.5, 900)])
def test_nothing_is_clipped(
    qtbot: QtBot, screen: DuplicadosScreen, theme: Theme, zoom: float, width: int
) -> None:
    theme.set_zoom(zoom)
    screen.resize(width, 640)
    unclipped(qtbot, screen)
    press(Qt.Key.Key_Return)
    unclipped(qtbot, screen)
