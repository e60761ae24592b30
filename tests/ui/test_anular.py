"""Voiding by keys: from a trámite on the board with a second person, and asked for from a recibo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.services.registry import Services
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.supervision.detail import Detail
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.verificar_screen import VerificarScreen
from tests.db.test_anulaciones import issued
from tests.factories import PASSWORD, sign_in, sign_in_as
from tests.ui.windows import focus, focused, idle, notices, press, scan, show, unclipped, words, working


@pytest.fixture
def numeros(services: Services) -> tuple[str, str]:
    """The numbers of the one trámite and its recibo."""
    return issued(services, sign_in(services))


@pytest.fixture
def detail(
    qtbot: QtBot, theme: Theme, services: Services, tasks: Tasks, numeros: tuple[str, str]
) -> Iterator[Detail]:
    with working(services, tasks, sign_in_as(services, "s.ejemplo", 1)) as desk:
        made = Detail(desk)
        show(qtbot, made)
        made.open(numeros[0])
        idle(qtbot, tasks)
        yield made


@pytest.fixture
def operator_desk(services: Services, tasks: Tasks, numeros: tuple[str, str]) -> Iterator[SideDesk]:
    with working(services, tasks, sign_in(services)) as made:
        yield made


def test_two_supervisors_void_an_issuance(
    qtbot: QtBot, detail: Detail, tasks: Tasks, services: Services, numeros: tuple[str, str]
) -> None:
    press(Qt.Key.Key_F7)
    assert focused() == "Motivo de la anulación"
    press(Qt.Key.Key_Return)  # nothing is done without a reason
    assert focused() == "Motivo de la anulación"
    scan("Era otra persona")
    assert focused() == "Usuario de quien autoriza"
    scan("s.ejemplo")  # oneself
    scan(PASSWORD)
    idle(qtbot, tasks)
    assert services.verificacion.verify(numeros[1]).estado is EstadoRecibo.AUTENTICO
    assert focused() == "Usuario de quien autoriza"
    detail.pane.second.usuario.clear()  # type: ignore[union-attr]
    scan("t.ejemplo")
    scan(PASSWORD)
    idle(qtbot, tasks)
    assert services.verificacion.verify(numeros[1]).estado is EstadoRecibo.ANULADO
    assert "Emisión anulada" in notices(detail)
    qtbot.waitUntil(lambda: "Anulada el" in words(detail))
    assert detail.annul.isHidden()
    assert detail.pane.isHidden()


def test_it_can_be_asked_for_and_left_waiting_or_left_alone(
    qtbot: QtBot, detail: Detail, tasks: Tasks, services: Services
) -> None:
    press(Qt.Key.Key_F7)
    press(Qt.Key.Key_Escape)
    assert detail.pane.isHidden()
    assert focus() is detail.back
    press(Qt.Key.Key_F7)
    scan("Era otra persona")
    detail.pane.ask.click()
    idle(qtbot, tasks)
    assert "Anulación pedida" in notices(detail)
    (asked,) = services.autorizaciones.pending(detail._desk.sesion)
    assert (asked.asunto, asked.razon) == (Asunto.ANULACION, "Era otra persona")


def test_an_operator_asks_from_the_recibo_that_was_verified(
    qtbot: QtBot,
    theme: Theme,
    operator_desk: SideDesk,
    tasks: Tasks,
    services: Services,
    numeros: tuple[str, str],
) -> None:
    screen = VerificarScreen(operator_desk)
    show(qtbot, screen)
    assert screen.annul.isHidden()
    scan(numeros[1])
    idle(qtbot, tasks)
    press(Qt.Key.Key_F7)
    assert focused() == "Motivo de la anulación"
    scan("Era otra persona")
    idle(qtbot, tasks)
    assert "Anulación pedida" in notices(screen)
    assert focus() is screen.field
    (asked,) = services.autorizaciones.pending(sign_in_as(services, "s.ejemplo", 1))
    services.autorizaciones.approve(sign_in_as(services, "s.ejemplo", 1), [asked.id])
    scan(numeros[1])
    idle(qtbot, tasks)
    assert screen.answer.word == "ANULADO"
    assert screen.annul.isHidden()


@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_nothing_is_clipped(
    qtbot: QtBot, theme: Theme, detail: Detail, operator_desk: SideDesk, tasks: Tasks, numeros: tuple[str, str],
    zoom: float,
) -> None:  # fmt: skip
    theme.set_zoom(zoom)
    press(Qt.Key.Key_F7)
    unclipped(qtbot, detail)
    screen = VerificarScreen(operator_desk)
    show(qtbot, screen)
    scan(numeros[1])
    idle(qtbot, tasks)
    press(Qt.Key.Key_F7)
    unclipped(qtbot, screen)
