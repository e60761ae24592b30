"""A second person at the window: over the operator's screen, from another, or with nobody else there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from agencia_app import app
from agencia_app.models.domain.autorizacion import Asunto, EstadoAutorizacion
from agencia_app.services.registry import Services
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.wizard.autorizacion import AutorizacionPage, Way
from tests.factories import CEDULAS, PASSWORD, Clock, add_people, person, ready_to_issue, sign_in, signed_in
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
    delete(made)
    assert not failures


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme) -> Iterator[WizardDriver]:
    with watching(qtbot, services, tasks, theme) as made:
        yield made


@pytest.fixture
def lone(qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme) -> Iterator[WizardDriver]:
    """A wizard at which a supervisor attends."""
    with watching(qtbot, services, tasks, theme, "s.ejemplo") as made:
        yield made


@contextmanager
def watching(
    qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme, usuario: str = "a.ejemplo"
) -> Iterator[WizardDriver]:
    made = WizardDriver(qtbot, services, signed_in(services, usuario, 4), tasks, theme)
    made.host.watch.timer.setInterval(20)
    yield made
    made.host.watch.set_on(on=False)  # before the database is closed


def attend(wizard: WizardDriver, identidad: str = "e04012035") -> None:
    wizard.write(CEDULAS[0])
    wizard.enter()
    wizard.write(identidad)
    wizard.enter()


def ask(wizard: WizardDriver) -> AutorizacionPage:
    """Come with everything but the planilla, and press F7."""
    attend(wizard)
    wizard.write("1")
    wizard.press(Key.Key_F7)
    wizard.settle()
    return wizard.autorizacion


def sign(wizard: WizardDriver, usuario: str, password: str = PASSWORD) -> None:
    QTest.keyClicks(wizard.autorizacion.second.usuario, usuario)
    wizard.press(Key.Key_Return)
    wizard.settle()
    QTest.keyClicks(wizard.autorizacion.second.password, password)
    wizard.enter()


def pending(services: Services) -> list[Asunto]:
    return [each.asunto for each in services.autorizaciones.pending(signed_in(services, "s.ejemplo"))]


def approve(services: Services) -> None:
    supervisor = signed_in(services, "s.ejemplo")
    ids = [each.id for each in services.autorizaciones.pending(supervisor)]
    services.autorizaciones.approve(supervisor, ids)


# -- over the operator's screen -----------------------------------------------------------


def test_a_supervisor_signs_over_the_screen_and_the_tramite_goes_on(
    wizard: WizardDriver, services: Services
) -> None:
    page = ask(wizard)
    assert wizard.focused == "Por qué pide la autorización"
    assert "Falta una planilla" in wizard.words
    wizard.letter("2")
    reason = page.reasons[1].text()
    assert reason
    assert page.reason.text() == reason
    wizard.press(Key.Key_F7)
    wizard.settle()
    assert wizard.focused == "Usuario de quien autoriza"
    sign(wizard, "S.Ejemplo")
    assert wizard.at == "Solicitud"
    tramite = wizard.solicitud.tramite
    assert tramite is not None
    assert tramite.requisitos_en is not None
    (asked,) = services.autorizaciones.of_tramite(tramite.numero)
    assert (asked.pedida_por, asked.resuelta_por) == ("a.ejemplo", "s.ejemplo")
    assert asked.razon == reason


def test_a_wrong_password_is_said_beside_it_and_asked_again(wizard: WizardDriver) -> None:
    page = ask(wizard)
    wizard.letter("1")
    wizard.press(Key.Key_F7)
    wizard.settle()
    sign(wizard, "s.ejemplo", "no es")
    assert (wizard.at, page.way) == ("Autorizacion", Way.SIGN)
    assert wizard.focused == "Contraseña de quien autoriza"
    assert "no son correctos" in wizard.words
    assert not page.second.password.text()
    QTest.keyClicks(page.second.password, PASSWORD)
    wizard.enter()
    assert wizard.at == "Solicitud"


@pytest.mark.parametrize(
    ("usuario", "said"), [("a.ejemplo", "no puede hacer esto"), ("b.ejemplo", "no puede hacer esto")]
)
def test_who_may_not_authorise_is_told(wizard: WizardDriver, usuario: str, said: str) -> None:
    ask(wizard)
    wizard.letter("1")
    wizard.press(Key.Key_F7)
    wizard.settle()
    sign(wizard, usuario)
    assert said in wizard.words
    assert wizard.focused == "Usuario de quien autoriza"


def test_a_supervisor_says_no_over_the_screen_and_why(wizard: WizardDriver) -> None:
    page = ask(wizard)
    wizard.letter("1")
    wizard.press(Key.Key_F7)
    wizard.settle()
    QTest.keyClicks(page.second.usuario, "s.ejemplo")
    QTest.keyClicks(page.second.password, PASSWORD)
    wizard.press(Key.Key_N, ALT)
    assert "Escriba por qué no la autoriza" in wizard.words
    assert wizard.focused == "Comentario"
    wizard.write("Que traiga la planilla")
    wizard.press(Key.Key_N, ALT)
    wizard.wait(lambda: "No lo autorizó s.ejemplo: Que traiga la planilla" in wizard.words)
    wizard.settle()
    assert (page.way, wizard.focused) == (Way.ASK, "Por qué pide la autorización")


def test_esc_leaves_the_signing_and_not_the_tramite(wizard: WizardDriver, services: Services) -> None:
    page = ask(wizard)
    wizard.letter("1")
    wizard.press(Key.Key_F7)
    wizard.settle()
    QTest.keyClicks(page.second.password, "a medias")
    wizard.press(Key.Key_Escape)
    wizard.settle()
    assert page.way is Way.WAIT
    assert not page.second.password.text()
    assert not wizard.asking()
    assert pending(services) == [Asunto.DOCUMENTO_FALTANTE]


# -- from another screen -------------------------------------------------------------------


def test_sent_it_waits_and_goes_on_by_itself_when_approved(wizard: WizardDriver, services: Services) -> None:
    page = ask(wizard)
    wizard.letter("1")
    wizard.enter()
    assert page.way is Way.WAIT
    assert "Por autorizar" in wizard.notices
    approve(services)
    wizard.wait(lambda: wizard.at == "Solicitud")


def test_denied_it_says_who_and_why_and_may_be_asked_again(wizard: WizardDriver, services: Services) -> None:
    page = ask(wizard)
    wizard.letter("1")
    wizard.enter()
    supervisor = signed_in(services, "s.ejemplo")
    (asked,) = services.autorizaciones.pending(supervisor)
    services.autorizaciones.deny(supervisor, [asked.id], "No es la titular")
    wizard.wait(lambda: page.way is Way.ASK)
    wizard.wait(lambda: "No lo autorizó s.ejemplo: No es la titular" in wizard.words)
    wizard.settle()
    wizard.write("Trajo otro papel")
    wizard.enter()
    assert page.way is Way.WAIT
    approve(services)
    wizard.wait(lambda: wizard.at == "Solicitud")


def test_a_reason_is_asked_for_beside_the_field(wizard: WizardDriver, services: Services) -> None:
    ask(wizard)
    wizard.enter()
    assert "Escriba por qué pide la autorización" in wizard.words
    assert not pending(services)


def test_what_is_asked_may_be_taken_back(wizard: WizardDriver, services: Services) -> None:
    page = ask(wizard)
    wizard.letter("1")
    wizard.enter()
    wizard.press(Key.Key_R, ALT)
    wizard.settle()
    assert page.way is Way.ASK
    assert not pending(services)


def test_meanwhile_somebody_else_is_attended_and_the_answer_is_told(
    wizard: WizardDriver, services: Services
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], nombres="ZOILA"))
    ask(wizard)
    wizard.letter("1")
    wizard.enter()
    wizard.enter()
    assert wizard.at == "Cedula"
    assert "espera la autorización" in wizard.notices
    wizard.wait(lambda: "Espera una autorización" in wizard.words)
    approve(services)
    wizard.wait(lambda: "Ya está autorizado" in wizard.words)
    wizard.press(Key.Key_1, ALT)
    wizard.settle()
    assert wizard.at == "Requisitos"
    assert "Está autorizado: Falta una planilla" in wizard.notices
    wizard.enter()
    assert wizard.at == "Solicitud"


def test_taken_up_while_it_waits_it_waits_on(wizard: WizardDriver, services: Services) -> None:
    ask(wizard)
    wizard.letter("1")
    wizard.enter()
    wizard.enter()
    wizard.write(CEDULAS[0])
    wizard.enter()
    assert wizard.autorizacion.way is Way.WAIT
    approve(services)
    wizard.wait(lambda: wizard.at == "Solicitud")


def test_set_aside_the_request_stays(wizard: WizardDriver, services: Services) -> None:
    ask(wizard)
    wizard.letter("1")
    wizard.enter()
    wizard.press(Key.Key_F6)
    wizard.settle()
    assert wizard.at == "Cedula"
    assert pending(services) == [Asunto.DOCUMENTO_FALTANTE]


def test_what_changes_meanwhile_is_asked_no_more(wizard: WizardDriver, services: Services) -> None:
    ask(wizard)
    wizard.letter("1")
    wizard.enter()
    wizard.press(Key.Key_Left, ALT)
    wizard.settle()
    assert wizard.at == "Requisitos"
    wizard.letter("l")
    wizard.enter()
    assert wizard.at == "Solicitud"
    assert not pending(services)


# -- nobody else there ---------------------------------------------------------------------


def test_a_lone_supervisor_breaks_the_glass_after_being_asked_once_more(
    lone: WizardDriver, services: Services
) -> None:
    wizard = lone
    ask(wizard)
    wizard.press(Key.Key_E, ALT)
    wizard.settle()
    wizard.write("sola")
    wizard.enter()
    assert "10 letras" in wizard.words
    wizard.write(" en la agencia hoy")
    wizard.enter()
    assert wizard.primary == "No, volver"
    wizard.enter()
    assert wizard.primary == "Continuar"
    wizard.enter()
    wizard.letter("s")
    wizard.settle()
    assert wizard.at == "Solicitud"
    tramite = wizard.solicitud.tramite
    assert tramite is not None
    (asked,) = services.autorizaciones.of_tramite(tramite.numero)
    assert asked.emergencia
    assert (asked.pedida_por, asked.resuelta_por) == ("s.ejemplo", "s.ejemplo")
    assert asked.comentario == "sola en la agencia hoy"


def test_an_operador_has_no_such_way(wizard: WizardDriver) -> None:
    page = ask(wizard)
    assert page.alone.isHidden()
    wizard.press(Key.Key_E, ALT)
    assert page.way is Way.ASK


# -- what else needs a second person ---------------------------------------------------------


def test_an_antigua_needs_nobody_once_it_was_checked(wizard: WizardDriver) -> None:
    wizard.write(CEDULAS[0])
    wizard.enter()
    assert not wizard.identidad.check.isVisible()
    wizard.write("a04012035v")
    assert wizard.identidad.check.isChecked()
    wizard.enter()
    wizard.write("1l")
    wizard.enter()
    assert wizard.at == "Solicitud"


def test_an_antigua_unchecked_stops_after_the_papers(wizard: WizardDriver) -> None:
    attend(wizard, "a04012035")
    wizard.write("1l")
    wizard.enter()
    assert wizard.autorizacion.way is Way.ASK
    assert "antigua" in wizard.words
    wizard.press(Key.Key_Left, ALT)
    wizard.settle()
    wizard.press(Key.Key_Left, ALT)
    wizard.settle()
    wizard.press(Key.Key_V)
    wizard.enter()
    wizard.enter()
    assert wizard.at == "Solicitud"


def test_everything_open_is_asked_at_once(wizard: WizardDriver, services: Services) -> None:
    attend(wizard, "a04012020")  # expired as well
    wizard.write("1")
    wizard.press(Key.Key_F7)
    wizard.settle()
    wizard.letter("1")
    wizard.enter()
    assert set(pending(services)) == {
        Asunto.DOCUMENTO_FALTANTE,
        Asunto.CEDULA_VENCIDA,
        Asunto.CEDULA_ANTIGUA,
    }
    wizard.press(Key.Key_F7)
    wizard.settle()
    sign(wizard, "s.ejemplo")
    assert wizard.at == "Solicitud"


def test_the_field_that_a_page_gives_the_focus_comes_in_sight(wizard: WizardDriver) -> None:
    wizard.host.resize(1280, 560)
    wizard.write(CEDULAS[0])
    wizard.enter()
    wizard.write("a04012035p")  # the longest page
    field = wizard.identidad.apoderado.cedula
    wizard.identidad.vencimiento.setFocus()
    wizard.wait(lambda: field.visibleRegion().isEmpty())
    wizard.enter()

    def in_sight() -> bool:
        return field.hasFocus() and field.visibleRegion().boundingRect() == field.rect()

    wizard.wait(in_sight)


def test_an_apoderado_is_written_down_and_authorised(wizard: WizardDriver, services: Services) -> None:
    wizard.write(CEDULAS[0])
    wizard.enter()
    wizard.write("e04012035p")
    assert wizard.focused == "Cédula del apoderado"
    wizard.enter()
    assert wizard.words.count("Escriba ") >= 4
    wizard.write(CEDULAS[0])
    wizard.enter()
    assert "Esa es la cédula de la misma persona" in wizard.words
    form = wizard.identidad.apoderado
    form.cedula.clear()
    wizard.write(CEDULAS[1])
    for field, text in (
        (form.nombre, "prueba alarcon luis"),
        (form.documento, "2026-17-01-P0001"),
        (form.notaria, "Notaria 5 de Quito"),
        (form.fecha, "01122026"),
    ):
        QTest.keyClicks(field, text)
    wizard.enter()
    assert "La fecha del poder es futura" in wizard.words
    form.fecha.clear()
    QTest.keyClicks(form.fecha, "01102026")
    wizard.enter()
    wizard.write("1l")
    wizard.enter()
    assert "PRUEBA ALARCON LUIS" in wizard.words
    assert CEDULAS[1] not in wizard.words
    tramite = wizard.autorizacion.tramite
    assert tramite is not None
    wizard.letter("1")
    wizard.enter()
    approve(services)
    wizard.wait(lambda: wizard.at == "Solicitud")
    (asked,) = services.autorizaciones.of_tramite(tramite.numero)
    assert (asked.asunto, asked.estado) == (Asunto.APODERADO, EstadoAutorizacion.APROBADA)


# -- the candado -----------------------------------------------------------------------------


def test_the_candado_is_put_after_being_asked_once_more(wizard: WizardDriver, services: Services) -> None:
    wizard.write(CEDULAS[0])
    wizard.enter()
    wizard.write("e04012035")
    wizard.press(Key.Key_C)
    wizard.settle()
    assert wizard.identidad.candado.asking
    wizard.enter()  # no
    assert services.candados.in_force(CEDULAS[0]) is None
    wizard.press(Key.Key_C)
    wizard.settle()
    wizard.letter("s")
    wizard.settle()
    assert "El candado quedó puesto" in wizard.notices
    assert services.candados.in_force(CEDULAS[0]) is not None
    assert wizard.primary == "Continuar"
    wizard.enter()
    wizard.write("1l")
    wizard.enter()
    assert wizard.at == "Solicitud"  # the person who asked for it stands there


def test_the_candado_is_lifted_with_a_supervisor(wizard: WizardDriver, services: Services) -> None:
    done = ready_to_issue(services, sign_in(services))
    services.candados.put(sign_in(services), done.numero)
    wizard.write(CEDULAS[0])
    wizard.enter()
    for _ in range(3):
        wizard.press(Key.Key_Left, ALT)
        wizard.settle()
    assert "La persona pidió un candado el 23/11/2026" in wizard.words
    wizard.press(Key.Key_L)
    wizard.settle()
    assert "Levantar el candado" in wizard.words
    wizard.letter("1")
    wizard.press(Key.Key_F7)
    wizard.settle()
    sign(wizard, "s.ejemplo")
    assert services.candados.in_force(CEDULAS[0]) is None
    assert wizard.at == "Clave"


def test_an_apoderado_puts_no_candado(wizard: WizardDriver) -> None:
    wizard.write(CEDULAS[0])
    wizard.enter()
    wizard.write("e04012035p")
    assert not wizard.identidad.candado.isVisible()


# -- the clock, and numbered hojas -----------------------------------------------------------


def to_clave(wizard: WizardDriver) -> None:
    attend(wizard)
    wizard.write("1l")
    for _ in range(3):
        wizard.enter()
    assert wizard.at == "Clave"


def test_a_clock_set_back_stops_and_a_supervisor_accepts_the_hour(
    wizard: WizardDriver, services: Services, clock: Clock
) -> None:
    to_clave(wizard)
    assert wizard.clave.clock.isHidden()
    clock.move(hours=-1)
    wizard.enter()
    assert "El reloj marca 23/11/2026 09:42" in wizard.notices
    wizard.press(Key.Key_F7)
    wizard.settle()
    assert "lo último se registró el 23/11/2026 10:42" in wizard.words
    wizard.letter("1")
    wizard.press(Key.Key_F7)
    wizard.settle()
    sign(wizard, "s.ejemplo")
    assert wizard.at == "Clave"
    wizard.enter()
    tramite = wizard.clave.tramite
    assert tramite is not None
    assert tramite.emision is not None


@pytest.fixture
def numbered(
    qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme, clock: Clock
) -> Iterator[WizardDriver]:
    """A wizard whose hojas are numbered: 101 to 103 lie at its window, 900 at another."""
    services.database.close()
    made = app.open_services(replace(services.settings, hojas_numeradas=True), clock)
    supervisor = signed_in(made, "s.ejemplo")
    made.hojas.receive(supervisor, 101, 103)
    made.hojas.receive(supervisor, 900, 900)
    made.hojas.assign(supervisor, 101, 103, 4)
    made.hojas.assign(supervisor, 900, 900, 2)
    with watching(qtbot, made, tasks, theme) as wizard:
        yield wizard
    made.database.close()


def test_a_numbered_hoja_is_asked_for_and_only_the_next_is_taken(numbered: WizardDriver) -> None:
    wizard = numbered
    to_clave(wizard)
    assert wizard.focused == "Número de la hoja"
    assert "La siguiente de esta ventanilla es la 101." in wizard.words
    wizard.enter()
    assert "Pase por el lector el número de la hoja" in wizard.words
    wizard.write("900")
    wizard.enter()
    assert "es de la ventanilla 2" in wizard.words
    assert wizard.clave.hoja.number.selectedText() == "900"
    wizard.write("101")
    wizard.enter()
    tramite = wizard.clave.tramite
    assert tramite is not None
    assert tramite.emision is not None
    assert wizard.clave.hoja.isHidden()


def test_another_hoja_takes_the_next_number(numbered: WizardDriver) -> None:
    wizard = numbered
    to_clave(wizard)
    wizard.scan("101")
    wizard.settle()
    wizard.press(Key.Key_D)
    wizard.settle()
    assert "La siguiente de esta ventanilla es la 102." in wizard.words
    wizard.scan("102")  # its Enter is no answer to the question
    wizard.settle()
    assert wizard.primary == "No, está bien"
    wizard.letter("a")
    wizard.settle()
    tramite = wizard.clave.tramite
    assert tramite is not None
    assert tramite.emision is not None
    assert tramite.emision.intento == 2


@pytest.mark.parametrize(("zoom", "size"), [(1.0, (1280, 744)), (1.5, (1280, 744)), (1.5, (900, 544))])
def test_what_is_asked_has_room(lone: WizardDriver, theme: Theme, zoom: float, size: tuple[int, int]) -> None:
    page = ask(lone)
    theme.set_zoom(zoom)
    lone.host.resize(*size)
    lone.unclipped()
    viewport = page.parentWidget()
    assert viewport is not None
    lone.wait(lambda: page.width() <= viewport.width())  # nothing to scroll sideways
    lone.letter("1")
    lone.press(Key.Key_F7)
    lone.settle()
    lone.unclipped()
    lone.wait(lambda: page.width() <= viewport.width())
