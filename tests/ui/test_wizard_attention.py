"""The wizard from cédula to recibo, by keys, over the real services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from agencia_app.models.domain.clave import ALPHABET
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.services.registry import Services
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.wizard.host import SETTLE_MS
from agencia_app.ui.wizard.requisitos import missing_text
from tests.factories import (
    CEDULAS,
    MRZ,
    add_people,
    authorised,
    person,
    ready_to_issue,
    sign_in,
    signed_in,
)
from tests.ui.pages import WizardDriver

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    made = Tasks()
    failures: list[Exception] = []
    made.failed.connect(failures.append)
    yield made
    made.close()
    delete(made)  # in this thread, not in one of the next test's that happens to collect it
    assert not failures


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme) -> WizardDriver:
    return WizardDriver(qtbot, services, sign_in(services), tasks, theme)


def attend(wizard: WizardDriver, cedula: str = CEDULAS[0]) -> None:
    wizard.write(cedula)
    wizard.enter()


def to_requisitos(wizard: WizardDriver) -> None:
    attend(wizard)
    wizard.write("e04012035")
    wizard.enter()
    assert wizard.at == "Requisitos"


def to_clave(wizard: WizardDriver) -> Tramite:
    to_requisitos(wizard)
    wizard.write("1l")
    for _ in range(3):
        wizard.enter()
    tramite = wizard.clave.tramite
    assert tramite is not None
    return tramite


def papers(services: Services, kind: str) -> list[Path]:
    return sorted(services.settings.papers.glob(f"{kind}-*.pdf"))


# -- cédula -----------------------------------------------------------------------------


def test_a_wrong_number_is_said_beside_the_field_and_left_to_be_typed_over(wizard: WizardDriver) -> None:
    wizard.write("2459999050")
    wizard.press(Key.Key_Return)
    assert "intercambiados los dígitos" in wizard.notices
    assert wizard.cedula.cedula.selectedText() == "2459999050"
    attend(wizard)
    assert wizard.at == "Identidad"
    assert wizard.title == "FICTICIA NÚÑEZ MARÍA JOSÉ"


def test_a_name_finds_people_and_the_arrow_chooses(wizard: WizardDriver, services: Services) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], nombres="ZOILA"))
    wizard.write("ficticia nunez")
    wizard.wait(wizard.cedula.found.has_people)
    wizard.press(Key.Key_Down)
    wizard.enter()
    assert (wizard.at, wizard.title) == ("Identidad", "FICTICIA NÚÑEZ ZOILA")


def test_nobody_of_that_name_is_said(wizard: WizardDriver) -> None:
    wizard.write("nadie")
    wizard.wait(lambda: "Nadie en el padrón" in wizard.notices)
    wizard.press(Key.Key_Return)
    assert "Elija a la persona" in wizard.notices


def test_a_recibo_is_told_from_a_tramite(wizard: WizardDriver) -> None:
    to_clave(wizard)
    wizard.enter()
    wizard.enter()
    numero = wizard.recibo.tramite
    assert numero is not None
    assert numero.emision is not None
    wizard.enter()
    wizard.scan(numero.emision.recibo)
    assert wizard.at == "Cedula"
    assert "recibo" in wizard.notices


def test_a_scanned_zone_leaves_one_key_on_identidad(wizard: WizardDriver, services: Services) -> None:
    add_people(services.database, person(cedula="2459999997", fecha_nacimiento=date(1945, 1, 15)))
    wizard.scan(*MRZ.split("\n"))
    wizard.settle()
    assert wizard.at == "Identidad"
    assert wizard.identidad.vencimiento.date == date(2035, 1, 1)
    assert not wizard.notices
    wizard.enter()
    assert wizard.at == "Requisitos"


def test_a_zone_of_somebody_else_warns(wizard: WizardDriver, services: Services) -> None:
    add_people(
        services.database, person(cedula="2459999997", fecha_nacimiento=date(1945, 1, 15), nombres="ROSA")
    )
    wizard.scan(*MRZ.split("\n"))
    wizard.settle()
    assert "Compruebe que es la misma persona" in wizard.notices


@pytest.mark.parametrize(
    ("cedula", "changes", "title"),
    [
        (CEDULAS[1], {"fecha_defuncion": date(2024, 5, 6)}, "Consta su fallecimiento el 06/05/2024"),
        (CEDULAS[2], {"tipo_prestacion": TipoPrestacion.MONTEPIO_HIJO}, "solo al cónyuge"),
        (CEDULAS[3], None, "no consta en el padrón"),
    ],
)
def test_a_stop_prints_and_the_next_person_comes(
    wizard: WizardDriver, services: Services, cedula: str, changes: dict[str, object] | None, title: str
) -> None:
    if changes is not None:
        add_people(services.database, person(cedula=cedula, **changes))
    attend(wizard, cedula)
    assert wizard.at == "Stop"
    assert title in wizard.words
    assert cedula not in wizard.title + wizard.subtitle + wizard.words
    assert ("años" in wizard.subtitle) is (changes is not None and "fecha_defuncion" not in changes)
    wizard.press(Key.Key_F6)
    wizard.settle()
    assert wizard.line == "Hoja de pendientes: guardada como PDF."
    assert len(papers(services, "pendientes")) == 1
    wizard.enter()
    assert wizard.at == "Cedula"
    assert wizard.cedula.cedula.text() == ""


# -- identidad --------------------------------------------------------------------------


def test_identidad_says_beside_each_field_what_it_lacks(wizard: WizardDriver) -> None:
    attend(wizard)
    page = wizard.identidad
    page.correo.setText("maria@ejemplo")
    page.celular.setText("099 123 456")
    wizard.enter()
    assert wizard.at == "Identidad"
    for words in ("Elija el formato", "fecha completa", "Revise el correo", "diez dígitos"):
        assert words in wizard.words
    page.correo.setText("")
    page.celular.setText("099 123 4567")
    wizard.write("a31022035")
    wizard.enter()
    assert "Esa fecha no existe" in wizard.words
    page.vencimiento.clear()
    wizard.write("040135")
    wizard.enter()
    assert wizard.at == "Requisitos"
    assert wizard.requisitos.tramite is not None
    assert wizard.requisitos.tramite.identidad is not None
    assert wizard.requisitos.tramite.identidad.celular == "0991234567"


# -- requisitos -------------------------------------------------------------------------


def test_what_is_missing_is_counted_and_named_until_all_is_met(wizard: WizardDriver) -> None:
    to_requisitos(wizard)
    assert "Faltan 2 documentos" in wizard.subtitle
    wizard.enter()
    wizard.write("1")
    assert "Falta 1 documento" in wizard.subtitle
    assert not wizard.can_continue()
    wizard.write("l")
    assert wizard.can_continue()
    assert not wizard.notices
    wizard.enter()
    assert wizard.at == "Solicitud"


def test_the_notice_reads_as_a_sentence(wizard: WizardDriver) -> None:
    to_requisitos(wizard)
    wizard.write("1l")
    card = wizard.requisitos.checklist.cards[2]
    card.copy.click()
    assert "Falta la copia de la planilla de luz. Puede completar ahora" in wizard.notices


def test_a_ticked_planilla_asks_the_clerk_which_it_is(wizard: WizardDriver) -> None:
    to_requisitos(wizard)
    wizard.write("13")
    assert "Elija cuál se presenta en «Planilla de servicio básico»." in wizard.notices
    wizard.write("3")  # nothing seen of it: the person lacks it, and there is nothing to choose
    assert "Elija cuál" not in wizard.notices
    assert "una planilla de agua, luz o teléfono (original y copia)" in wizard.notices


def test_back_and_forward_keeps_the_ticks(wizard: WizardDriver) -> None:
    to_requisitos(wizard)
    wizard.write("1")
    ticked = wizard.requisitos.checklist.documentos()
    wizard.press(Key.Key_Left, ALT)
    wizard.settle()
    assert wizard.identidad.vencimiento.date == date(2035, 1, 4)
    wizard.enter()
    assert wizard.requisitos.checklist.documentos() == ticked
    wizard.write("l")
    wizard.enter()
    wizard.press(Key.Key_Left, ALT)
    wizard.settle()
    assert wizard.can_continue()


def test_the_sheet_brings_the_draft_back(wizard: WizardDriver, services: Services) -> None:
    to_requisitos(wizard)
    wizard.write("1")
    numero = wizard.requisitos.tramite
    assert numero is not None
    wizard.press(Key.Key_F6)
    wizard.settle()
    assert wizard.at == "Cedula"
    assert wizard.line == "Hoja de pendientes · FICTICIA NÚÑEZ MARÍA JOSÉ: guardada como PDF."
    assert len(papers(services, "pendientes")) == 1
    wizard.scan(numero.numero)
    wizard.settle()
    assert wizard.at == "Requisitos"
    assert [each.original for each in wizard.requisitos.checklist.documentos()] == [True, False, False]


# -- cancelling -------------------------------------------------------------------------


def test_escape_asks_and_only_s_cancels(wizard: WizardDriver, services: Services) -> None:
    to_requisitos(wizard)
    numero = _numero(wizard)
    for no in (Key.Key_Escape, Key.Key_Return):
        wizard.press(Key.Key_Escape)
        assert wizard.asking()
        wizard.press(no)
        assert not wizard.asking()
        wizard.write("1")  # the keys are the checklist's again
    assert wizard.at == "Requisitos"
    wizard.press(Key.Key_Escape)
    wizard.letter("s")
    wizard.settle()
    assert wizard.at == "Cedula"
    assert services.tramites.reload(numero).estado is EstadoTramite.CANCELADO


# -- clave ------------------------------------------------------------------------------


def test_enter_twice_issues_once_and_confirms_nothing(wizard: WizardDriver, services: Services) -> None:
    numero = to_clave(wizard).numero
    wizard.host.settle.setInterval(SETTLE_MS)
    wizard.press(Key.Key_Return)
    wizard.press(Key.Key_Return)  # while the hash runs
    wizard.wait(lambda: not wizard.tasks.busy)
    wizard.press(Key.Key_Return)  # before the next question can have been read
    wizard.settle()
    emision = services.tramites.reload(numero).emision
    assert emision is not None
    assert (emision.intento, emision.hoja.value) == (1, "por_confirmar")
    assert len(papers(services, "hoja-clave")) == 1


def test_a_held_enter_is_one_press(wizard: WizardDriver) -> None:
    to_requisitos(wizard)
    wizard.write("1l")
    held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
    QApplication.sendEvent(wizard.host, held)
    assert wizard.host.is_ready()
    assert wizard.at == "Requisitos"


def test_over_a_recorded_clave_there_is_no_way_back(wizard: WizardDriver, services: Services) -> None:
    to_clave(wizard)
    wizard.enter()
    for key, modifiers in ((Key.Key_Left, ALT), (Key.Key_Escape, Qt.KeyboardModifier.NoModifier)):
        wizard.press(key, modifiers)
        assert wizard.at == "Clave"
    assert not wizard.asking()
    assert "no se puede cancelar" in wizard.notices
    wizard.press(Key.Key_F6)
    assert "No queda nada pendiente" in wizard.notices
    assert not papers(services, "pendientes")


def test_a_spoiled_slip_is_asked_once_more(wizard: WizardDriver, services: Services) -> None:
    numero = to_clave(wizard).numero
    wizard.enter()
    wizard.letter("d")
    wizard.settle()
    wizard.enter()  # "no, it is well"
    assert wizard.primary == "Sí, salió bien"
    wizard.letter("d")
    wizard.letter("d")  # a doubled key is no second answer
    wizard.letter("a")
    wizard.settle()
    emision = services.tramites.reload(numero).emision
    assert emision is not None
    assert emision.intento == 2
    assert len(papers(services, "hoja-clave")) == 2
    wizard.enter()
    assert wizard.at == "Recibo"


def test_the_confirmation_says_that_the_old_clave_dies(wizard: WizardDriver, services: Services) -> None:
    to_clave(wizard)
    for _ in range(3):
        wizard.enter()
    attend(wizard)
    assert "Clave vigente desde" in wizard.words
    wizard.enter()
    again = wizard.requisitos.tramite
    assert again is not None
    authorised(services, signed_in(services, "a.ejemplo", 4), again.numero)
    wizard.write("1l")
    for _ in range(3):
        wizard.enter()
    assert "la anterior dejará de funcionar" in wizard.words


def test_the_clave_is_never_on_the_screen(wizard: WizardDriver, services: Services) -> None:
    to_clave(wizard)
    wizard.enter()
    (slip,) = papers(services, "hoja-clave")
    document = pypdfium2.PdfDocument(slip)
    printed = document[0].get_textpage().get_text_range()
    document.close()
    groups = [word for word in printed.split() if len(word) == 4 and set(word) <= set(ALPHABET)]
    assert groups
    for _ in range(2):
        shown = " ".join(label.text() for label in wizard.host.findChildren(QLabel))
        assert not [group for group in groups if group in shown]
        wizard.enter()


# -- taken up again ---------------------------------------------------------------------


def test_after_a_crash_the_card_says_how_it_stands_and_f2_takes_it_up(
    qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme
) -> None:
    sesion = sign_in(services)
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    wizard = WizardDriver(qtbot, services, sesion, tasks, theme)
    wizard.wait(lambda: "La clave nueva quedó registrada, falta confirmar la hoja." in wizard.words)
    wizard.press(Key.Key_1, ALT)
    wizard.settle()
    assert wizard.at == "Clave"
    assert "La clave nueva quedó registrada, falta confirmar la hoja." in wizard.notices
    wizard.enter()
    assert wizard.at == "Recibo"


def test_a_lock_keeps_the_ticks(
    wizard: WizardDriver, qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme
) -> None:
    to_requisitos(wizard)
    wizard.write("1")
    wizard.host.keep()
    wizard.wait(lambda: not tasks.busy)
    wizard.host.close()
    again = WizardDriver(qtbot, services, sign_in(services, 5), tasks, theme)
    again.press(Key.Key_1, ALT)
    again.settle()
    assert again.requisitos.checklist.documentos()[0].original


# -- recibo and the papers --------------------------------------------------------------


def test_missing_text_names_original_and_copy_together(services: Services) -> None:
    sesion = sign_in(services)
    tramite = services.tramites.attend(sesion, CEDULAS[0]).tramite
    assert tramite is not None
    planilla = Documento("planilla", "luz", original=True, copia=True)
    (whole,) = services.tramites.judge(
        tramite, (Documento("votacion", "certificado", original=True, copia=True), planilla)
    )
    assert missing_text((whole,)) == "Faltan el <b>original y la copia a color de la cédula</b>"
    copies = services.tramites.judge(
        tramite,
        (Documento("cedula", original=True), Documento("votacion", "certificado", original=True), planilla),
    )
    assert missing_text(copies[:1]) == "Falta la <b>copia a color de la cédula</b>"
    assert missing_text(copies) == (
        "Faltan: <b>la copia a color de la cédula</b>; <b>la copia a color del certificado de votación</b>"
    )


# -- the look ---------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_nothing_is_clipped_on_any_page(wizard: WizardDriver, theme: Theme, zoom: float) -> None:
    theme.set_zoom(zoom)
    attend(wizard)
    wizard.unclipped()
    wizard.write("e04012035")
    wizard.enter()
    wizard.unclipped()
    wizard.write("j")
    wizard.unclipped()
    wizard.press(Key.Key_Tab)
    wizard.host.page.first_focus().setFocus()
    wizard.write("n1l")
    for _ in range(5):
        wizard.press(Key.Key_Escape)
        wizard.unclipped()
        wizard.press(Key.Key_Escape)
        wizard.settle()
        wizard.enter()
        wizard.unclipped()
    assert wizard.at == "Recibo"


def _numero(wizard: WizardDriver) -> str:
    tramite = wizard.host.page.tramite
    assert tramite is not None
    return tramite.numero
