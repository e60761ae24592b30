"""The ticket de corrección at the window: by keys, over the page it was asked from, and told on the next look."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.correccion import DatoErrado, Filtro
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.numero import shown
from agencia_app.models.domain.persona import EstadoPersona
from agencia_app.services.registry import Services
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.wizard.correccion import CorreccionPage
from tests.factories import CEDULAS, add_people, person, sign_in, signed_in
from tests.ui.pages import WizardDriver


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme) -> WizardDriver:
    return WizardDriver(qtbot, services, sign_in(services), tasks, theme)


def tickets(services: Services) -> list[tuple[DatoErrado, str, str]]:
    found = services.correcciones.listed(signed_in(services, "s.ejemplo"), Filtro())
    return [(each.dato, each.debe_decir, each.evidencia) for each in found]


def attend(wizard: WizardDriver, cedula: str = CEDULAS[0]) -> None:
    wizard.scan(cedula)
    wizard.settle()


def test_a_wrong_name_is_told_by_keys_and_the_attention_goes_on(
    wizard: WizardDriver, services: Services
) -> None:
    attend(wizard)
    wizard.letter("E")
    wizard.write("04012035")  # half of the step is done
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    assert wizard.at == "Correccion"
    assert "Ticket de corrección" in wizard.subtitle
    wizard.letter("N")
    assert wizard.focused == "Debe decir"
    assert "FICTICIA NÚÑEZ MARÍA JOSÉ" in wizard.words
    wizard.write("FICTICIA NUNES MARIA")
    wizard.enter()
    assert wizard.focused == "Documento que vio"
    wizard.write("Partida")
    wizard.unclipped()
    wizard.enter()
    assert wizard.at == "Identidad"
    assert wizard.identidad.vencimiento.text() == "04/01/2035"
    ((number,),) = services.database.rows("SELECT numero FROM correccion")
    assert shown(str(number)) in wizard.host.tickets.text
    assert tickets(services) == [(DatoErrado.NOMBRE, "FICTICIA NUNES MARIA", "Partida")]
    assert wizard.job.papel is PaperKind.CORRECCION
    wizard.enter()
    assert wizard.at == "Requisitos"


def test_a_ticket_half_written_is_there_after_a_lock_and_gone_when_it_is_left(wizard: WizardDriver) -> None:
    attend(wizard)
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    wizard.letter("F")
    wizard.write("0301")
    page = wizard.host.page
    assert isinstance(page, CorreccionPage)
    page.evidencia.setText("Partida")
    wizard.host.keep()
    wizard.press(Qt.Key.Key_Escape)  # the page of the next sign-in begins like this one
    wizard.settle()
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    assert (page.dato.value, page.date.text(), page.evidencia.text()) == (
        DatoErrado.FECHA_NACIMIENTO.value,
        "03/01",
        "Partida",
    )
    wizard.press(Qt.Key.Key_Escape)
    wizard.settle()
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    assert (page.dato.value, page.date.text(), page.evidencia.text()) == ("", "", "")


def test_what_will_not_do_is_said_and_nothing_typed_is_lost(wizard: WizardDriver, services: Services) -> None:
    attend(wizard)
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    wizard.enter()
    assert "Elija qué dato está mal" in wizard.notices
    wizard.letter("F")
    assert wizard.focused == "Debe decir: fecha de nacimiento"
    wizard.enter()
    assert "Escriba la fecha" in wizard.notices
    wizard.write("15011955")
    wizard.enter()
    wizard.write("Partida")
    wizard.enter()
    assert "ya dice eso mismo" in wizard.notices
    assert wizard.focused == "Debe decir: fecha de nacimiento"
    wizard.press(Qt.Key.Key_Escape)
    wizard.settle()
    assert wizard.at == "Identidad"
    assert tickets(services) == []


def test_a_second_one_of_the_same_datum_is_refused_with_the_number(
    wizard: WizardDriver, services: Services
) -> None:
    made = services.correcciones.open(
        signed_in(services, "b.ejemplo"), CEDULAS[0], DatoErrado.ESTADO, "Montepío (cónyuge)", "Acta"
    ).correccion
    attend(wizard)
    assert wizard.host.tickets.isVisible()
    assert shown(made.numero) in wizard.host.tickets.text
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    wizard.letter("E")
    wizard.write("Otro")
    wizard.enter()
    wizard.write("Acta")
    wizard.enter()
    assert wizard.at == "Correccion"
    assert shown(made.numero) in wizard.notices


def test_a_stopped_person_gets_one_and_is_told_when_it_was_closed(
    wizard: WizardDriver, services: Services
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], estado=EstadoPersona.SUSPENDIDO))
    attend(wizard, CEDULAS[1])
    assert wizard.at == "Stop"
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    assert wizard.title == "FICTICIA NÚÑEZ MARÍA JOSÉ"
    assert wizard.focused == "Debe decir"
    wizard.write("Activo")
    wizard.enter()
    wizard.write("Acta 123")
    wizard.enter()
    assert wizard.at == "Stop"
    assert "Se abrió el ticket" in wizard.host.tickets.text
    assert wizard.job.papel is PaperKind.CORRECCION
    ((number,),) = services.database.rows("SELECT numero FROM correccion")
    services.correcciones.close(signed_in(services, "s.ejemplo"), str(number), "Se <reactivó>")
    wizard.enter()
    assert wizard.at == "Cedula"
    for told in (True, False):
        attend(wizard, CEDULAS[1])
        assert wizard.host.tickets.isVisible() is told
        assert ("Se <reactivó>" in wizard.host.tickets.text) is told
        wizard.enter()
        assert not wizard.host.tickets.isVisible()


def test_nobody_is_in_the_padron_nothing_is_wrong_there(wizard: WizardDriver) -> None:
    attend(wizard, CEDULAS[5])
    assert wizard.at == "Stop"
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    assert wizard.at == "Stop"


def test_the_tickets_are_said_at_the_first_page_alone(wizard: WizardDriver, services: Services) -> None:
    services.correcciones.open(
        signed_in(services, "b.ejemplo"), CEDULAS[0], DatoErrado.NOMBRE, "FICTICIA NUNES", "Acta"
    )
    attend(wizard)
    assert "abierto desde el 23/11/2026" in wizard.host.tickets.text
    wizard.letter("E")
    wizard.write("04012035")
    wizard.enter()
    assert wizard.at == "Requisitos"
    assert not wizard.host.tickets.isVisible()


def test_the_form_has_room_at_every_zoom(wizard: WizardDriver, theme: Theme) -> None:
    attend(wizard)
    for zoom in (1.0, 1.5):
        theme.set_zoom(zoom)
        wizard.unclipped()
        wizard.press(Qt.Key.Key_F10)
        wizard.settle()
        wizard.letter("N")
        wizard.unclipped()
        wizard.press(Qt.Key.Key_Escape)
        wizard.settle()
