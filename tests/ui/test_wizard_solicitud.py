"""What people bring to the window: a solicitud of the kiosk, of the portal, or of their employer."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from stdnum.iso7064 import mod_97_10

from agencia_app.models.db.tables import PersonaRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.solicitud import EstadoSolicitud, OrigenSolicitud, shown
from agencia_app.services import solicitud_rows
from agencia_app.services.registry import Services
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import (
    CALIFICACION,
    CEDULAS,
    MRZ,
    Clock,
    add_people,
    person,
    sign_in,
    sign_in_as,
    solicitud_of,
    solicitud_of_kiosk,
)
from tests.ui.pages import WizardDriver

Key = Qt.Key
PORTAL = "2600418207" + mod_97_10.calc_check_digits("2600418207")
SCANNED = person(cedula="2459999997", fecha_nacimiento=date(1945, 1, 15))
WORKER = person(
    cedula=CEDULAS[1],
    nombres="ROSA ELENA",
    fecha_nacimiento=date(1990, 3, 9),
    tipo_prestacion=TipoPrestacion.AFILIADO_DEPENDENCIA,
    ruc_empleador="1790011674001",
)


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme) -> WizardDriver:
    add_people(services.database, SCANNED, WORKER)
    return WizardDriver(qtbot, services, sign_in(services), tasks, theme)


def scan(wizard: WizardDriver, *lines: str) -> None:
    wizard.scan(*lines)
    wizard.settle()


def to_employer(wizard: WizardDriver) -> None:
    """Bring the worker to step 4 with everything shown."""
    scan(wizard, WORKER.cedula)
    wizard.write("e04012035")
    wizard.enter()
    assert wizard.at == "Requisitos"
    wizard.write("123l")
    wizard.enter()
    assert wizard.at == "Solicitud"


def test_the_kiosks_paper_is_signed_and_nothing_is_printed(wizard: WizardDriver, services: Services) -> None:
    numero = solicitud_of_kiosk(services, SCANNED.cedula, "agua")
    scan(wizard, numero)
    scan(wizard, *MRZ.split("\n"))
    assert wizard.at == "Requisitos"
    wizard.write("13")
    assert "Está completo" in wizard.subtitle
    wizard.enter()
    assert shown(numero) in wizard.words
    assert wizard.host.vista is not None
    assert wizard.host.vista.texto == "Lea la solicitud y fírmela."  # the considerations were at the kiosk
    assert "kiosco" in wizard.words
    assert "La clave personal es universal" not in wizard.words
    assert wizard.primary.startswith("Está firmada")
    wizard.unclipped()
    wizard.enter()
    assert wizard.at == "Clave"
    assert solicitud_of(services, numero).estado is EstadoSolicitud.PRESENTADA
    assert not list(services.settings.papers.glob("solicitud-*.pdf"))


def test_what_was_printed_for_the_person_before_says_nothing_of_what_is_brought(
    wizard: WizardDriver, services: Services
) -> None:
    for cedula in (CEDULAS[0], SCANNED.cedula):
        scan(wizard, cedula if cedula == CEDULAS[0] else solicitud_of_kiosk(services, cedula))
        wizard.write("e04012035")
        wizard.enter()
        wizard.write("1l")
        wizard.enter()
        if cedula == CEDULAS[0]:
            wizard.enter()
            assert "Entregue la solicitud impresa" in wizard.words
            wizard.press(Key.Key_Escape)
            wizard.letter("s")
            wizard.settle()
    assert "hecha en el kiosco" in wizard.words


def test_a_kiosks_paper_that_will_not_do_is_printed_again(wizard: WizardDriver, services: Services) -> None:
    numero = solicitud_of_kiosk(services, SCANNED.cedula)
    scan(wizard, numero)
    scan(wizard, *MRZ.split("\n"))
    wizard.write("1a")
    wizard.enter()
    wizard.press(Key.Key_F7)
    wizard.settle()
    assert len(list(services.settings.papers.glob("solicitud-*.pdf"))) == 1
    wizard.enter()
    assert wizard.at == "Clave"
    assert solicitud_of(services, numero).estado is EstadoSolicitud.PRESENTADA


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("0172600000000199", "El número del papel no es correcto"),
        ("0172600000099914", "no consta en esta agencia"),
        ("260041820700", "El número del portal no es correcto"),
    ],
)
def test_a_number_that_is_none_is_said_beside_the_field(wizard: WizardDriver, number: str, says: str) -> None:
    scan(wizard, number)
    assert wizard.at == "Cedula"
    assert says in wizard.notices


def test_a_ticket_de_correccion_is_told_from_a_solicitud(wizard: WizardDriver) -> None:
    scan(wizard, numeros.build(numeros.Kind.CORRECCION, "017", 2026, 7))
    assert wizard.at == "Cedula"
    assert "ticket de corrección" in wizard.notices


def test_an_expired_paper_is_told_with_its_day(wizard: WizardDriver, services: Services) -> None:
    scan(wizard, solicitud_of_kiosk(services, SCANNED.cedula, dias=-1))
    assert wizard.at == "Cedula"
    assert "venció el 22/11/2026" in wizard.notices
    assert services.tramites.unfinished(sign_in(services)) == ()


def test_a_portal_number_asks_for_its_person(wizard: WizardDriver, services: Services) -> None:
    scan(wizard, shown(PORTAL))
    assert wizard.at == "Cedula"
    assert "Ahora pase la cédula" in wizard.notices
    wizard.press(Key.Key_Escape)
    assert "Ahora pase la cédula" not in wizard.notices
    scan(wizard, PORTAL)
    scan(wizard, *MRZ.split("\n"))
    assert wizard.at == "Identidad"
    tramite = wizard.identidad.tramite
    assert tramite is not None
    assert tramite.solicitud is not None
    assert (tramite.solicitud.numero, tramite.solicitud.origen) == (PORTAL, OrigenSolicitud.PORTAL)
    wizard.press(Key.Key_Escape)
    wizard.letter("s")
    wizard.settle()
    scan(wizard, PORTAL)
    scan(wizard, WORKER.cedula)
    assert wizard.at == "Cedula"
    assert "de otra persona" in wizard.notices


def test_a_portal_number_of_another_year_is_let_go_likewise(wizard: WizardDriver) -> None:
    scan(wizard, "0500418207" + mod_97_10.calc_check_digits("0500418207"))
    scan(wizard, SCANNED.cedula)
    assert wizard.at == "Cedula"
    assert "de este año ni del pasado" in wizard.notices
    scan(wizard, SCANNED.cedula)
    assert wizard.at == "Identidad"


def test_a_portal_number_that_expired_is_let_go_and_the_cedula_attends(
    wizard: WizardDriver, services: Services
) -> None:
    sesion = sign_in(services)
    with services.database.unit_of_work() as session:
        solicitud_rows.add(
            session,
            cedula=SCANNED.cedula,
            tipo=SCANNED.tipo_prestacion,
            origen=OrigenSolicitud.PORTAL,
            en=Clock().moment,
            dias=-1,
            usuario_id=sesion.usuario_id,
            ventanilla=1,
            numero=PORTAL,
        )
        session.commit()
    scan(wizard, PORTAL)
    scan(wizard, SCANNED.cedula)
    assert wizard.at == "Cedula"
    assert "venció el 22/11/2026" in wizard.notices
    assert "Ahora pase la cédula" not in wizard.notices
    scan(wizard, SCANNED.cedula)
    assert wizard.at == "Identidad"


@pytest.mark.parametrize("by_button", [False, True])
def test_a_portal_number_goes_with_the_tramite_that_is_taken_up(
    wizard: WizardDriver, services: Services, *, by_button: bool
) -> None:
    sesion = sign_in(services)
    left = services.tramites.attend(sesion, SCANNED.cedula).tramite
    assert left is not None
    if by_button:
        wizard.host._load_unfinished()
        wizard.settle()
    else:
        services.tramites.suspend(sesion, left.numero)
    scan(wizard, PORTAL)
    if by_button:
        wizard.press(Key.Key_1, Qt.KeyboardModifier.AltModifier)
        wizard.settle()
    else:
        scan(wizard, left.numero)
    assert wizard.at == "Identidad"
    made = services.tramites.reload(left.numero).solicitud
    assert made is not None
    assert made.numero == PORTAL


def test_a_portal_number_is_let_go_with_whom_one_may_not_attend(
    wizard: WizardDriver, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def approved(*_: object) -> None:
        raise KnownError("autorizacion.approver", usuario="s.ejemplo")

    scan(wizard, PORTAL)
    with monkeypatch.context() as patched:
        patched.setattr(services.solicitudes, "register", approved)
        scan(wizard, SCANNED.cedula)
    assert wizard.at == "Cedula"
    wizard.clear()
    scan(wizard, WORKER.cedula)
    tramite = wizard.host.tramite
    assert tramite is not None
    assert (tramite.persona.cedula, tramite.solicitud) == (WORKER.cedula, None)


def test_what_another_window_takes_up_meanwhile_is_not_printed_but_signed(
    wizard: WizardDriver, services: Services
) -> None:
    scan(wizard, SCANNED.cedula)
    wizard.write("e04012035")
    wizard.enter()
    wizard.write("1l")
    wizard.enter()
    assert wizard.primary.startswith("Aceptar e imprimir")
    brought = solicitud_of_kiosk(services, SCANNED.cedula)
    services.solicitudes.attend(sign_in(services, 7), brought)
    wizard.enter()
    assert shown(brought) in wizard.words
    wizard.enter()
    assert wizard.at == "Clave"


def test_the_cedula_of_somebody_else_does_not_confirm(wizard: WizardDriver, services: Services) -> None:
    scan(wizard, solicitud_of_kiosk(services, WORKER.cedula))
    scan(wizard, *MRZ.split("\n"))
    assert wizard.at == "Identidad"
    assert "Esa cédula es de otra persona" in wizard.notices
    assert wizard.identidad.formato.value == ""
    assert not wizard.identidad.candado.asking  # a letter of the zone is a key of the page


def test_a_zone_that_differs_from_the_padron_fills_in_and_waits(
    wizard: WizardDriver, services: Services
) -> None:
    with services.database.unit_of_work() as session:
        session.get_one(PersonaRow, SCANNED.cedula).nombres = "ROSA"
        session.commit()
    scan(wizard, SCANNED.cedula)
    scan(wizard, *MRZ.split("\n"))
    assert wizard.at == "Identidad"
    assert "Compruebe que es la misma persona" in wizard.notices
    assert wizard.identidad.vencimiento.date == date(2035, 1, 1)
    wizard.enter()
    assert wizard.at == "Requisitos"


def test_without_the_employers_paper_it_is_printed_and_the_person_comes_back(
    wizard: WizardDriver, services: Services
) -> None:
    scan(wizard, WORKER.cedula)
    wizard.write("e04012035")
    wizard.enter()
    assert "la solicitud calificada, firmada y sellada por su empleador" in wizard.notices
    card = wizard.requisitos.checklist.cards[0]
    assert (card.requisito.id, card.copy.isVisible()) == ("solicitud", False)
    wizard.write("23l")
    wizard.press(Key.Key_1, Qt.KeyboardModifier.AltModifier)  # there is no copy to tick
    assert not card.documento.copia
    wizard.unclipped()
    wizard.letter("e")
    wizard.settle()
    assert wizard.at == "Requisitos"
    assert "para que su empleador la califique" in wizard.notices
    assert len(list(services.settings.papers.glob("solicitud-*.pdf"))) == 1
    made = wizard.requisitos.tramite
    assert made is not None
    assert made.solicitud is not None
    assert made.solicitud.estado is EstadoSolicitud.POR_CALIFICAR
    wizard.press(Key.Key_F6)
    wizard.settle()
    scan(wizard, made.solicitud.numero)
    assert wizard.at == "Requisitos"
    assert [each.original for each in wizard.requisitos.checklist.documentos()] == [False, True, True, True]
    wizard.write("1")
    wizard.enter()
    assert wizard.at == "Solicitud"
    assert wizard.solicitud.empleador.ruc.text() == WORKER.ruc_empleador
    assert wizard.focused == "Razón social"


def test_the_employers_block_is_asked_for_whole_and_then_it_is_signed(
    wizard: WizardDriver, services: Services
) -> None:
    to_employer(wizard)
    assert "Su solicitud va primero a su empleador" in wizard.words
    assert wizard.host.vista is not None
    assert wizard.host.vista.texto == "Entregue la solicitud que su empleador firmó y selló."
    page = wizard.solicitud
    wizard.enter()
    for words in ("Escriba la razón social", "Escriba quién calificó", "día, mes y año", "firma y el sello"):
        assert words in wizard.words
    wizard.unclipped()
    page.empleador.ruc.setText("1790011674002")
    assert "En el padrón consta otro empleador" in wizard.words
    page.empleador.ruc.setText("179001167400")
    wizard.write("compania de ejemplo")
    wizard.enter()
    assert "El RUC tiene trece números" in wizard.words
    page.empleador.ruc.setText(WORKER.ruc_empleador)
    page.empleador.calificada_por.setText(CALIFICACION.calificada_por)
    page.empleador.calificada_el.setText("24/11/2026")
    wizard.press(Key.Key_F7)
    wizard.enter()
    assert wizard.at == "Solicitud"
    assert "es futura" in wizard.words
    page.empleador.calificada_el.setText("20/11/2026")
    wizard.enter()
    assert wizard.at == "Clave"
    tramite = wizard.clave.tramite
    assert tramite is not None
    assert tramite.solicitud is not None
    assert tramite.solicitud.calificacion is not None
    assert tramite.solicitud.calificacion.calificada_el == CALIFICACION.calificada_el
    assert tramite.solicitud.estado is EstadoSolicitud.PRESENTADA


def test_the_same_block_is_signed_when_the_person_comes_again(
    wizard: WizardDriver, services: Services
) -> None:
    to_employer(wizard)
    form = wizard.solicitud.empleador
    form.ruc.setText("1790011674001")
    form.razon_social.setText("COMPAÑÍA")
    form.calificada_por.setText("ROSA")
    form.calificada_el.set_date(services.today())
    form.seen.setChecked(True)
    wizard.enter()
    assert wizard.at == "Clave"
    for page in ("Solicitud", "Requisitos"):
        wizard.press(Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        wizard.settle()
        assert wizard.at == page  # though the tick has the focus, which has a use for arrows
    tramite = wizard.host.tramite
    assert tramite is not None
    assert tramite.solicitud is not None
    wizard.press(Key.Key_Escape)
    wizard.letter("s")
    wizard.settle()
    scan(wizard, tramite.solicitud.numero)
    wizard.write("e04012035")
    wizard.enter()
    wizard.write("123l")
    wizard.enter()
    wizard.enter()
    assert wizard.at == "Clave"


def test_a_block_half_copied_is_there_after_a_step_back_and_after_a_lock(
    qtbot: QtBot, wizard: WizardDriver, services: Services, tasks: Tasks, theme: Theme
) -> None:
    to_employer(wizard)
    page = wizard.solicitud
    wizard.write("COMPAÑÍA FICTICIA")
    page.empleador.calificada_el.setText("20/11")
    draft = page.empleador.draft()
    assert (draft.razon_social, draft.calificada_el) == ("COMPAÑÍA FICTICIA", "20/11")
    wizard.press(Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    wizard.settle()
    assert wizard.at == "Requisitos"
    wizard.enter()
    assert wizard.at == "Solicitud"
    assert page.empleador.draft() == draft
    wizard.host.keep()
    drafts = wizard.host.drafts
    wizard.host.hide()
    after = WizardDriver(qtbot, services, sign_in_as(services, "b.ejemplo", 2), tasks, theme, drafts=drafts)
    scan(after, WORKER.cedula)
    assert after.at == "Solicitud"
    assert after.solicitud.empleador.draft() == draft
    after.press(Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    after.settle()
    after.write("1")
    after.letter("e")  # another paper, for the employer: nothing of the one before is of it
    after.settle()
    after.write("1")
    after.enter()
    assert after.at == "Solicitud"
    assert after.solicitud.empleador.razon_social.text() == ""


def test_a_ruc_that_fails_its_check_warns_and_holds_nothing_up(
    wizard: WizardDriver, services: Services
) -> None:
    with services.database.unit_of_work() as session:
        session.get_one(PersonaRow, WORKER.cedula).ruc_empleador = ""
        session.commit()
    to_employer(wizard)
    assert wizard.focused == "RUC del empleador"
    form = wizard.solicitud.empleador
    wizard.write("1799999999001")
    assert "no pasa la comprobación" in wizard.words
    form.razon_social.setText("COMPAÑÍA FICTICIA")
    form.calificada_por.setText("ROSA MUESTRA")
    form.calificada_el.setText("20/11/2026")
    wizard.press(Key.Key_F7)
    wizard.enter()
    assert wizard.at == "Clave"
