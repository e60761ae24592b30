"""The solicitud, made before the queue or at the window: one serves once, for one person, for its days."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from stdnum.iso7064 import mod_97_10

from agencia_app.models.db.tables import BitacoraRow, PersonaRow
from agencia_app.models.domain import mrz
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.requisitos import Documento, FormatoCedula
from agencia_app.models.domain.retencion import DEPURADO, Clase
from agencia_app.models.domain.solicitud import EstadoSolicitud, OrigenSolicitud
from agencia_app.models.domain.tramite import Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.flow import Ask, Step
from agencia_app.services.registry import Services
from agencia_app.settings import RETENTION
from tests.factories import (
    CALIFICACION,
    CEDULAS,
    IDENTIDAD,
    MRZ,
    Clock,
    add_people,
    authorised,
    full_papers,
    person,
    ready_to_issue,
    sign_in,
    sign_in_as,
    solicitud_of,
    solicitud_of_kiosk,
)
from tests.raw import raw_of


def portal(year: str) -> str:
    return f"{year}00418207" + mod_97_10.calc_check_digits(f"{year}00418207")


PORTAL = portal("26")
WORKER = person(
    cedula=CEDULAS[1],
    fecha_nacimiento=date(1990, 3, 9),
    tipo_prestacion=TipoPrestacion.AFILIADO_DEPENDENCIA,
    ruc_empleador="1799999999001",
)
UNEMPLOYED = person(
    cedula=CEDULAS[2], fecha_nacimiento=date(1990, 3, 9), tipo_prestacion=TipoPrestacion.AFILIADO_CESANTE
)


@pytest.fixture
def sesion(services: Services) -> Sesion:
    add_people(services.database, WORKER, UNEMPLOYED)
    return sign_in(services)


def brought(services: Services, sesion: Sesion, numero: str) -> Tramite:
    tramite = services.solicitudes.attend(sesion, numero).tramite
    assert tramite is not None
    return tramite


def at_step_four(services: Services, sesion: Sesion, tramite: Tramite) -> Tramite:
    tramite = services.tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    papers = full_papers(tramite, services)
    tramite = services.tramites.save_requisitos(sesion, tramite.numero, papers, done=True)
    return authorised(services, sesion, tramite.numero)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(KnownError) as caught:
        call()
    return caught.value.code


def test_a_solicitud_has_a_number_of_its_own_and_its_days(services: Services, clock: Clock) -> None:
    solicitud = solicitud_of(services, solicitud_of_kiosk(services, CEDULAS[0], "luz"))
    assert numeros.kind_of(solicitud.numero) is numeros.Kind.SOLICITUD
    assert numeros.validate(solicitud.numero) == solicitud.numero
    assert (solicitud.planilla, solicitud.calificacion, solicitud.tramite) == ("luz", None, "")
    assert solicitud.vence_el == clock().date() + timedelta(days=30)
    assert solicitud.estado_on(solicitud.vence_el) is EstadoSolicitud.GENERADA
    assert solicitud.estado_on(solicitud.vence_el + timedelta(days=1)) is EstadoSolicitud.VENCIDA


def test_the_kiosks_paper_opens_with_what_is_known_and_is_only_to_be_signed(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    numero = solicitud_of_kiosk(services, CEDULAS[0], "luz")
    tramite = brought(services, sesion, numero)
    planilla = services.tramites.checklist(tramite).documentos[-1]
    assert (planilla.alternativa, planilla.original) == ("luz", False)
    tramite = at_step_four(services, sesion, tramite)
    assert services.tramites.ask(tramite) is Ask.FIRMAR
    tramite = services.tramites.sign(sesion, tramite.numero)
    assert services.tramites.step(tramite) is Step.CLAVE
    assert services.impresiones.of_tramite(tramite.numero) == ()
    issued = services.claves.issue(sesion, tramite.numero).tramite
    solicitud = solicitud_of(services, numero)
    assert (solicitud.estado, solicitud.tramite) == (EstadoSolicitud.PRESENTADA, issued.numero)
    assert issued.solicitud == solicitud


def test_at_the_window_it_is_made_when_the_considerations_are_accepted(
    services: Services, sesion: Sesion
) -> None:
    tramite = at_step_four(services, sesion, services.tramites.attend(sesion, CEDULAS[0]).tramite)  # type: ignore[arg-type]
    assert (services.tramites.ask(tramite), tramite.solicitud) == (Ask.ACEPTAR, None)
    made = services.tramites.accept(sesion, tramite.numero).solicitud
    assert made is not None
    assert (made.origen, made.estado) == (OrigenSolicitud.VENTANILLA, EstadoSolicitud.GENERADA)
    again = services.tramites.accept(sesion, tramite.numero)
    assert again.solicitud == made
    signed = services.tramites.sign(sesion, tramite.numero).solicitud
    assert signed is not None
    assert (signed.numero, signed.estado) == (made.numero, EstadoSolicitud.PRESENTADA)


def test_one_serves_once_and_is_free_again_where_nothing_was_issued(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    numero = solicitud_of_kiosk(services, CEDULAS[0], "luz")
    first = at_step_four(services, sesion, brought(services, sesion, numero))
    services.tramites.sign(sesion, first.numero)
    assert brought(services, sesion, numero).numero == first.numero  # its own trámite, taken up
    services.tramites.cancel(sesion, first.numero)
    assert (solicitud_of(services, numero).estado, solicitud_of(services, numero).tramite) == (
        EstadoSolicitud.GENERADA,
        "",
    )
    second = at_step_four(services, sesion, brought(services, sesion, numero))
    services.tramites.sign(sesion, second.numero)
    services.claves.issue(sesion, second.numero)
    services.claves.confirm_slip(sesion, second.numero, 1)
    services.tramites.finish(sesion, second.numero)
    assert refused(lambda: services.solicitudes.attend(sesion, numero)) == "solicitud.used"
    assert services.tramites.unfinished(sesion) == ()


def test_an_expired_one_is_refused_and_a_new_one_is_made_in_its_place(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    numero = solicitud_of_kiosk(services, CEDULAS[0], "luz")
    clock.move(days=30)
    tramite = at_step_four(services, sesion, brought(services, sesion, numero))
    assert services.tramites.ask(tramite) is Ask.FIRMAR
    clock.move(days=1)
    assert refused(lambda: services.solicitudes.attend(sesion, numero)) == "solicitud.expired"
    assert refused(lambda: services.tramites.sign(sesion, tramite.numero)) == "solicitud.expired"
    made = services.tramites.accept(sesion, tramite.numero).solicitud
    assert made is not None
    assert made.numero != numero
    assert services.tramites.step(services.tramites.sign(sesion, tramite.numero)) is Step.CLAVE


@pytest.mark.parametrize("cedula", [UNEMPLOYED.cedula, WORKER.cedula])
def test_a_signed_one_expires_too_while_nothing_was_issued_on_it(
    services: Services, sesion: Sesion, clock: Clock, cedula: str
) -> None:
    signed, tramites = ready_to_issue(services, sesion, cedula), services.tramites
    assert signed.solicitud is not None
    tramites.suspend(sesion, signed.numero)
    clock.move(days=30)
    good = tramites.resume(sesion, signed.numero).tramite
    assert good is not None
    assert tramites.step(good) is Step.CLAVE  # its last day
    clock.move(days=1)  # while the window was open
    assert refused(lambda: services.claves.issue(sesion, signed.numero)) == "solicitud.expired"
    taken_up = tramites.attend(sesion, cedula).tramite
    assert taken_up is not None
    assert (taken_up.aceptado_en, taken_up.firmado_en) == (None, None)
    assert tramites.step(taken_up) is Step.SOLICITUD
    if cedula == WORKER.cedula:  # another one goes to the employer first
        same = partial(services.solicitudes.qualify, sesion, signed.numero, CALIFICACION, seen=True)
        assert refused(same) == "solicitud.employer_expired"
        services.solicitudes.generate(sesion, signed.numero, taken_up.documentos)
        block = replace(CALIFICACION, calificada_el=clock().date())
        services.solicitudes.qualify(sesion, signed.numero, block, seen=True)
        again = tramites.sign(sesion, signed.numero)
    else:
        again = ready_to_issue(services, sesion, cedula)
    assert again.solicitud is not None
    assert again.solicitud.numero != signed.solicitud.numero
    assert services.claves.issue(sesion, signed.numero).tramite.emision is not None


def test_a_number_that_is_none_is_refused(services: Services, sesion: Sesion) -> None:
    attend, register = services.solicitudes.attend, services.solicitudes.register
    unknown = numeros.build(numeros.Kind.SOLICITUD, "017", 2026, 999)
    for typed, code in {
        "0172600000009999": "numero.check_digit",
        "017260000000": "numero.shape",
        unknown: "solicitud.not_found",
    }.items():
        assert refused(lambda typed=typed: attend(sesion, typed)) == code  # type: ignore[misc]
    for typed, code in {
        "26004182071": "portal.shape",
        "26004182O766": "portal.shape",
        "260041820700": "portal.check_digit",
        portal("05"): "portal.year",
        portal("24"): "portal.year",
        portal("27"): "portal.year",
        portal("99"): "portal.year",
    }.items():
        assert refused(lambda typed=typed: register(sesion, typed, CEDULAS[2])) == code  # type: ignore[misc]
    assert services.tramites.unfinished(sesion) == ()


def test_a_portal_number_is_one_persons_and_serves_once(services: Services, sesion: Sesion) -> None:
    tramite = services.solicitudes.register(sesion, PORTAL, CEDULAS[2]).tramite
    assert tramite is not None
    assert tramite.solicitud is not None
    assert (tramite.solicitud.numero, tramite.solicitud.origen) == (PORTAL, OrigenSolicitud.PORTAL)
    assert (
        refused(lambda: services.solicitudes.register(sesion, PORTAL, CEDULAS[0])) == "solicitud.other_person"
    )
    assert [each.numero for each in services.tramites.unfinished(sesion)] == [tramite.numero]
    at_step_four(services, sesion, tramite)
    services.tramites.sign(sesion, tramite.numero)
    services.claves.issue(sesion, tramite.numero)
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    services.tramites.finish(sesion, tramite.numero)
    assert refused(lambda: services.solicitudes.register(sesion, PORTAL, CEDULAS[2])) == "solicitud.used"


def test_trying_numbers_leaves_a_trace_of_whom_it_touched(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    kiosk = solicitud_of_kiosk(services, CEDULAS[0])
    issued = at_step_four(services, sesion, brought(services, sesion, kiosk)).numero
    services.tramites.sign(sesion, issued)
    services.claves.issue(sesion, issued)
    services.claves.confirm_slip(sesion, issued, 1)
    services.tramites.finish(sesion, issued)
    services.solicitudes.register(sesion, PORTAL, WORKER.cedula)
    expired = solicitud_of_kiosk(services, CEDULAS[0], dias=-1)
    tries: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: services.solicitudes.attend(sesion, kiosk), "solicitud.used"),
        (lambda: services.solicitudes.attend(sesion, expired), "solicitud.expired"),
        (
            lambda: services.solicitudes.register(sesion, PORTAL, UNEMPLOYED.cedula),
            "solicitud.other_person",
        ),
    )
    for call, code in tries:
        assert refused(call) == code
    with services.database.reading() as session:
        of_it = select(BitacoraRow).where(BitacoraRow.accion == Evento.SOLICITUD_RECHAZADA)
        rows = session.scalars(of_it.order_by(BitacoraRow.seq)).all()
        told = [json.loads(each.detalle) for each in rows]
        assert {each.actor for each in rows} == {sesion.usuario}
    assert [(each["solicitud"], each["motivo"], each["cedulas"]) for each in told] == [
        (kiosk, "usada", [CEDULAS[0]]),
        (expired, "vencida", [CEDULAS[0]]),
        (PORTAL, "de otra persona", [UNEMPLOYED.cedula, WORKER.cedula]),
    ]
    assert [each.persona.cedula for each in services.tramites.unfinished(sesion)] == [WORKER.cedula]


def test_a_solicitud_is_locked_before_anything_is_recorded(services: Services, sesion: Sesion) -> None:
    services.tramites.attend(sesion, CEDULAS[0])
    numero = solicitud_of_kiosk(services, CEDULAS[0])
    said: list[str] = []

    def keep(_c: object, _r: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", keep)
    services.solicitudes.attend(sesion, numero)
    event.remove(services.database.engine, "before_cursor_execute", keep)
    of_it = [place for place, each in enumerate(said) if "WHERE solicitud.numero" in each]
    recorded = [place for place, each in enumerate(said) if "bitacora" in each]
    assert len(of_it) == 2  # to know whose it is, and to lock it
    assert max(of_it) < min(recorded)
    if services.database.is_postgres:
        assert "FOR NO KEY UPDATE" in said[max(of_it)]


def test_a_portal_number_of_last_year_is_taken(services: Services, sesion: Sesion) -> None:
    tramite = services.solicitudes.register(sesion, portal("25"), UNEMPLOYED.cedula).tramite
    assert tramite is not None
    assert tramite.solicitud is not None


def test_a_portal_number_with_a_scanned_cedula_knows_both(services: Services, sesion: Sesion) -> None:
    zone = mrz.parse(MRZ, date(2026, 11, 23))
    add_people(services.database, replace(UNEMPLOYED, cedula=zone.cedula))
    attention = services.solicitudes.register(sesion, PORTAL, zone.cedula, zone)
    assert attention.tramite is not None
    assert attention.tramite.solicitud is not None
    known = services.tramites.suggested_identidad(attention.tramite)
    assert known.formato is FormatoCedula.ELECTRONICA
    assert attention.warning


def test_the_employer_qualifies_before_anybody_signs(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    tramites, solicitudes = services.tramites, services.solicitudes
    tramite = tramites.attend(sesion, WORKER.cedula).tramite
    assert tramite is not None
    lacking = [each.requisito for each in tramites.checklist(tramite).faltas]
    assert lacking[0] == "solicitud"
    tramite = tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    tramite, job = solicitudes.generate(sesion, tramite.numero, tramite.documentos)
    assert job.papel is PaperKind.SOLICITUD
    made = tramite.solicitud
    assert made is not None
    assert (made.estado, made.ruc) == (EstadoSolicitud.POR_CALIFICAR, WORKER.ruc_empleador)
    assert solicitudes.generate(sesion, tramite.numero, tramite.documentos)[0].solicitud == made
    tramites.suspend(sesion, tramite.numero)
    clock.move(days=3)
    tramite = brought(services, sesion, made.numero)  # qualified on paper
    tramite = at_step_four(services, sesion, tramite)
    assert tramites.ask(tramite) is Ask.CALIFICAR
    for call in (tramites.accept, tramites.sign):
        assert refused(lambda call=call: call(sesion, tramite.numero)) == "solicitud.unqualified"  # type: ignore[misc]
    before = partial(solicitudes.qualify, sesion, tramite.numero, CALIFICACION, seen=True)
    assert refused(before) == "calificacion.before"  # it was not printed yet
    block = replace(CALIFICACION, calificada_el=date(2026, 11, 23))
    tramite = solicitudes.qualify(sesion, tramite.numero, block, seen=True)
    assert tramite.solicitud is not None
    assert (tramite.solicitud.numero, tramite.solicitud.estado) == (made.numero, EstadoSolicitud.PRESENTADA)
    assert tramite.solicitud.calificacion == block
    tramite = tramites.sign(sesion, tramite.numero)
    assert tramites.step(tramite) is Step.CLAVE


def test_who_got_an_employer_since_they_signed_is_qualified_first(services: Services, sesion: Sesion) -> None:
    signed = ready_to_issue(services, sesion, UNEMPLOYED.cedula)
    with services.database.unit_of_work() as session:
        session.get_one(PersonaRow, UNEMPLOYED.cedula).tipo_prestacion = TipoPrestacion.AFILIADO_DEPENDENCIA
        session.commit()
    tramites, numero = services.tramites, signed.numero
    at = tramites.save_requisitos(
        sesion, numero, (Documento("solicitud", original=True), *signed.documentos), done=True
    )
    assert (tramites.step(at), tramites.ask(at)) == (Step.SOLICITUD, Ask.CALIFICAR)
    assert refused(lambda: services.claves.issue(sesion, numero)) == "tramite.not_ready"
    services.solicitudes.qualify(sesion, numero, CALIFICACION, seen=True)
    assert tramites.step(tramites.sign(sesion, numero)) is Step.CLAVE
    services.claves.issue(sesion, numero)


def test_an_employers_paper_that_expired_serves_by_no_way(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    numero = solicitud_of_kiosk(services, WORKER.cedula)
    first = at_step_four(services, sesion, brought(services, sesion, numero))
    clock.move(days=31)
    block = replace(CALIFICACION, calificada_el=date(2026, 11, 25))
    for_the_same = partial(services.solicitudes.qualify, sesion, first.numero, block, seen=True)
    assert refused(for_the_same) == "solicitud.employer_expired"
    services.tramites.cancel(sesion, first.numero)
    tramite = services.tramites.attend(sesion, WORKER.cedula).tramite  # its number left unsaid
    assert tramite is not None
    tramite = at_step_four(services, sesion, tramite)
    unsaid = partial(services.solicitudes.qualify, sesion, tramite.numero, block, seen=True)
    assert refused(unsaid) == "solicitud.employer_expired"
    made = services.solicitudes.generate(sesion, tramite.numero, tramite.documentos)[0].solicitud
    assert made is not None
    new = replace(block, calificada_el=clock().date())
    saved = services.solicitudes.qualify(sesion, tramite.numero, new, seen=True)
    assert saved.solicitud is not None
    assert saved.solicitud.numero == made.numero


def test_an_employers_paper_that_served_serves_no_more_and_a_later_one_does(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    first = ready_to_issue(services, sesion, WORKER.cedula)
    services.claves.issue(sesion, first.numero)
    services.claves.confirm_slip(sesion, first.numero, 1)
    services.tramites.finish(sesion, first.numero)
    clock.move(days=1)
    tramite = services.tramites.attend(sesion, WORKER.cedula).tramite
    assert tramite is not None
    at_step_four(services, sesion, tramite)
    qualify = partial(services.solicitudes.qualify, sesion, tramite.numero, seen=True)
    assert refused(lambda: qualify(CALIFICACION)) == "solicitud.employer_used"
    assert qualify(replace(CALIFICACION, calificada_el=clock().date())).solicitud is not None


def test_a_block_that_is_not_whole_is_refused(services: Services, sesion: Sesion) -> None:
    tramite = at_step_four(services, sesion, services.tramites.attend(sesion, WORKER.cedula).tramite)  # type: ignore[arg-type]
    qualify, numero = services.solicitudes.qualify, tramite.numero
    wrong = (
        ({"ruc": "179001167400"}, "ruc.shape"),
        ({"ruc": "179001167400A"}, "ruc.shape"),
        ({"razon_social": " "}, "calificacion.incomplete"),
        ({"calificada_por": ""}, "calificacion.incomplete"),
        ({"calificada_por": "X" * 121}, "calificacion.too_long"),
        ({"calificada_el": date(2026, 11, 24)}, "calificacion.future"),
        ({"calificada_el": date(2026, 10, 23)}, "calificacion.before"),
    )
    for changes, code in wrong:
        block = replace(CALIFICACION, **changes)
        assert refused(lambda block=block: qualify(sesion, numero, block, seen=True)) == code  # type: ignore[misc]
    assert refused(lambda: qualify(sesion, numero, CALIFICACION, seen=False)) == "calificacion.unseen"
    assert services.tramites.reload(numero).solicitud is None


def test_a_ruc_that_fails_its_check_is_written_down_all_the_same(services: Services, sesion: Sesion) -> None:
    tramite = at_step_four(services, sesion, services.tramites.attend(sesion, WORKER.cedula).tramite)  # type: ignore[arg-type]
    block = replace(CALIFICACION, ruc="1799999999001")
    saved = services.solicitudes.qualify(sesion, tramite.numero, block, seen=True)
    assert saved.solicitud is not None
    assert saved.solicitud.ruc == "1799999999001"


def test_a_block_written_again_is_signed_again(services: Services, sesion: Sesion, clock: Clock) -> None:
    signed = ready_to_issue(services, sesion, WORKER.cedula)
    assert services.tramites.step(signed) is Step.CLAVE
    other = replace(CALIFICACION, calificada_por="OTRA PERSONA")
    clock.move(minutes=1)
    saved = services.solicitudes.qualify(sesion, signed.numero, other, seen=True)
    assert saved.firmado_en == clock()
    assert services.tramites.step(saved) is Step.CLAVE


def test_the_same_block_is_signed_again_after_a_step_back(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    signed = ready_to_issue(services, sesion, WORKER.cedula)
    assert signed.solicitud is not None
    assert signed.solicitud.calificacion is not None
    identidad = replace(IDENTIDAD, vencimiento=date(2034, 1, 4))
    unsigned = services.tramites.save_identidad(sesion, signed.numero, identidad)
    assert unsigned.firmado_en is None
    services.tramites.save_requisitos(sesion, signed.numero, signed.documentos, done=True)
    clock.move(minutes=1)
    block = signed.solicitud.calificacion
    saved = services.solicitudes.qualify(sesion, signed.numero, block, seen=True)
    assert saved.firmado_en == clock()
    assert services.tramites.step(saved) is Step.CLAVE
    told = "SELECT count(*) FROM bitacora WHERE accion = 'solicitud.calificada'"
    assert services.database.reader().exec_driver_sql(told).scalar() == 1
    services.claves.issue(sesion, signed.numero)


def test_an_employers_paper_serves_once_by_whatever_number(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    first = ready_to_issue(services, sesion, WORKER.cedula)
    services.claves.issue(sesion, first.numero)
    services.claves.confirm_slip(sesion, first.numero, 1)
    services.tramites.finish(sesion, first.numero)
    clock.move(minutes=1)
    tramite = services.solicitudes.register(sesion, PORTAL, WORKER.cedula).tramite
    assert tramite is not None
    at_step_four(services, sesion, tramite)
    qualify = partial(services.solicitudes.qualify, sesion, tramite.numero, seen=True)
    assert refused(lambda: qualify(CALIFICACION)) == "solicitud.employer_used"
    other = replace(CALIFICACION, calificada_el=clock().date())
    assert qualify(other).solicitud is not None


def test_nobody_else_needs_an_employer(services: Services, sesion: Sesion) -> None:
    tramite = at_step_four(services, sesion, services.tramites.attend(sesion, CEDULAS[2]).tramite)  # type: ignore[arg-type]
    solicitudes = services.solicitudes
    assert (
        refused(lambda: solicitudes.generate(sesion, tramite.numero, tramite.documentos))
        == "solicitud.direct"
    )
    assert (
        refused(lambda: solicitudes.qualify(sesion, tramite.numero, CALIFICACION, seen=True))
        == "solicitud.direct"
    )


def test_other_data_make_what_was_signed_be_signed_again(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    numero = solicitud_of_kiosk(services, CEDULAS[0], "luz")
    tramite = at_step_four(services, sesion, brought(services, sesion, numero))
    services.tramites.sign(sesion, tramite.numero)
    apoderado = Apoderado(CEDULAS[4], "JUAN FICTICIO", "P00123", "Notaría 17 de Quito", date(2026, 2, 1))
    changed = replace(IDENTIDAD, apoderado=apoderado)
    tramite = services.tramites.save_identidad(sesion, tramite.numero, changed)
    assert solicitud_of(services, numero).estado is EstadoSolicitud.GENERADA
    # The kiosk's paper does not name who signs now: the window prints one that does.
    assert services.tramites.ask(tramite) is Ask.ACEPTAR
    authorised(services, sesion, tramite.numero)
    accepted = services.tramites.accept(sesion, tramite.numero)
    assert accepted.solicitud is not None
    assert accepted.solicitud.numero == numero


def test_another_paper_takes_the_place_of_the_one_that_was_brought(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    first, second = (
        solicitud_of_kiosk(services, CEDULAS[0], "luz"),
        solicitud_of_kiosk(services, CEDULAS[0], "luz"),
    )
    tramite = brought(services, sesion, first)
    again = brought(services, sesion, second)
    assert again.numero == tramite.numero
    assert again.solicitud is not None
    assert again.solicitud.numero == second
    assert solicitud_of(services, first).tramite == ""


def test_what_was_accepted_on_one_paper_is_not_accepted_on_another(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    numero, tramites = solicitud_of_kiosk(services, CEDULAS[0], "luz"), services.tramites
    tramite = at_step_four(services, sesion, tramites.attend(sesion, CEDULAS[0]).tramite)  # type: ignore[arg-type]
    apoderado = Apoderado(CEDULAS[4], "JUAN FICTICIO", "P00123", "Notaría 17 de Quito", date(2026, 2, 1))
    tramites.save_identidad(sesion, tramite.numero, replace(IDENTIDAD, apoderado=apoderado))
    authorised(services, sesion, tramite.numero)
    accepted = tramites.accept(sesion, tramite.numero)
    assert tramites.ask(accepted) is Ask.FIRMAR  # the paper that names the apoderado
    other = brought(services, sesion, numero)
    assert (other.aceptado_en, tramites.ask(other)) == (None, Ask.ACEPTAR)
    clock.move(minutes=1)
    again = tramites.accept(sesion, tramite.numero)
    assert again.solicitud is not None
    assert (again.solicitud.numero, again.aceptado_en) == (numero, clock())
    assert tramites.step(tramites.sign(sesion, tramite.numero)) is Step.CLAVE


def test_the_database_refuses_one_of_another_person_and_one_that_served(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    numero = solicitud_of_kiosk(services, CEDULAS[0], "luz")
    other = services.tramites.attend(sesion, CEDULAS[2]).tramite
    assert other is not None
    tramite = at_step_four(services, sesion, brought(services, sesion, numero))
    services.tramites.sign(sesion, tramite.numero)
    with raw_of(services.database) as raw, pytest.raises(IntegrityError, match="de una sola persona"):
        raw.execute(
            "UPDATE solicitud SET tramite_id = (SELECT id FROM tramite WHERE numero = ?)", (other.numero,)
        )
    services.claves.issue(sesion, tramite.numero)
    for change in (
        "UPDATE solicitud SET estado = 'generada', tramite_id = NULL, presentada_en = NULL",
        "UPDATE solicitud SET ruc = '1'",
    ):
        with raw_of(services.database) as raw, pytest.raises(IntegrityError, match="una sola vez"):
            raw.execute(change)


def test_who_qualified_one_is_forgotten_in_time_unless_a_clave_was_issued_on_it(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    left = ready_to_issue(services, sesion, WORKER.cedula)
    services.tramites.cancel(sesion, left.numero)
    issued = ready_to_issue(services, sesion, WORKER.cedula)
    services.claves.issue(sesion, issued.numero)
    services.claves.confirm_slip(sesion, issued.numero, 1)
    services.tramites.finish(sesion, issued.numero)
    clock.move(days=RETENTION["documentos"] + 1)
    supervisor = sign_in_as(services, "s.ejemplo", 1)
    (due,) = (each for each in services.retencion.due() if each.clase is Clase.DOCUMENTOS)
    assert services.retencion.purge(supervisor, due) == 1
    kept = [each.solicitud for each in (left, services.tramites.reload(issued.numero))]
    blocks = [solicitud_of(services, each.numero).calificacion for each in kept if each is not None]
    assert [each.calificada_por for each in blocks if each is not None] == [DEPURADO, "ROSA MUESTRA"]
