"""Four eyes: what needs a second person, what an approval covers, and who may give it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from agencia_app import app
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.autorizacion import Asunto, EstadoAutorizacion
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.requisitos import Documento, FormatoCedula
from agencia_app.models.domain.tramite import Identidad, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.flow import Step
from agencia_app.services.registry import Services
from tests.factories import (
    CEDULAS,
    IDENTIDAD,
    PASSWORD,
    Clock,
    authorised,
    full_papers,
    ready_to_issue,
    sign_in_as,
    signed_in,
)
from tests.raw import Raw, read

APODERADO = Apoderado(
    CEDULAS[1], "JUAN FICTICIO", "2026-17-01-P00123", "Notaría 17 de Quito", date(2026, 2, 1)
)
ANTIGUA = replace(IDENTIDAD, formato=FormatoCedula.ANTIGUA)
VENCIDA = replace(IDENTIDAD, vencimiento=date(2026, 11, 20))
OTRO_CORREO = replace(IDENTIDAD, correo="otra@ejemplo.ec")
CON_APODERADO = replace(IDENTIDAD, apoderado=APODERADO)
RAZON = "La persona está presente"

# By asunto: a trámite that needs it, and another fact that no approval of the first covers.
IDENTIDADES: dict[Asunto, tuple[Identidad, Identidad]] = {
    Asunto.CEDULA_VENCIDA: (VENCIDA, replace(VENCIDA, vencimiento=date(2026, 11, 19))),
    Asunto.CEDULA_ANTIGUA: (ANTIGUA, replace(ANTIGUA, vencimiento=date(2031, 1, 1))),
    Asunto.CONTACTO_CAMBIADO: (OTRO_CORREO, replace(OTRO_CORREO, correo="tercera@ejemplo.ec")),
    Asunto.APODERADO: (
        CON_APODERADO,
        replace(CON_APODERADO, apoderado=replace(APODERADO, documento="2026-17-01-P00124")),
    ),
}


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return signed_in(services, "a.ejemplo", 4)


@pytest.fixture
def supervisor(services: Services) -> Sesion:
    return signed_in(services, "s.ejemplo")


def identified(services: Services, sesion: Sesion, identidad: Identidad = IDENTIDAD) -> Tramite:
    tramite = services.tramites.attend(sesion, CEDULAS[0]).tramite
    assert tramite is not None
    return services.tramites.save_identidad(sesion, tramite.numero, identidad)


def with_papers(services: Services, sesion: Sesion, identidad: Identidad = IDENTIDAD) -> Tramite:
    tramite = identified(services, sesion, identidad)
    papers = full_papers(tramite, services)
    done = not services.tramites.judge(tramite, papers)
    return services.tramites.save_requisitos(sesion, tramite.numero, papers, done=done)


def asked(services: Services, sesion: Sesion, tramite: Tramite) -> list[int]:
    needed = [each.asunto for each in services.autorizaciones.exigencias(tramite.numero)]
    return [each.id for each in services.autorizaciones.request(sesion, tramite.numero, needed, RAZON)]


def uncovered(services: Services, tramite: Tramite) -> list[Asunto]:
    return [each.asunto for each in services.autorizaciones.exigencias(tramite.numero) if not each.cubierta]


def without_planilla(tramite: Tramite, services: Services) -> tuple[Documento, ...]:
    return tuple(
        Documento("planilla") if each.requisito == "planilla" else each
        for each in full_papers(tramite, services)
    )


def signed(services: Services, sesion: Sesion, tramite: Tramite) -> Tramite:
    services.tramites.save_requisitos(sesion, tramite.numero, tramite.documentos, done=True)
    services.tramites.accept(sesion, tramite.numero)
    return services.tramites.sign(sesion, tramite.numero)


def events(services: Services, tramite: str) -> list[str]:
    rows = read(services.database, "SELECT accion FROM bitacora WHERE tramite = ? ORDER BY seq", (tramite,))
    return list(rows.scalars())


# -- what needs one, and what an approval covers ---------------------------------------


def test_an_ordinary_attention_needs_nobody(services: Services, sesion: Sesion) -> None:
    tramite = ready_to_issue(services, sesion)
    assert services.autorizaciones.exigencias(tramite.numero) == ()
    assert services.autorizaciones.of_tramite(tramite.numero) == ()
    assert services.claves.issue(sesion, tramite.numero).tramite == services.tramites.reload(tramite.numero)


@pytest.mark.parametrize("asunto", IDENTIDADES)
def test_what_identidad_tells_holds_up_the_solicitud_until_these_very_facts_are_approved(
    services: Services, sesion: Sesion, supervisor: Sesion, asunto: Asunto
) -> None:
    facts, others = IDENTIDADES[asunto]
    tramites, autorizaciones = services.tramites, services.autorizaciones
    tramite = with_papers(services, sesion, facts)
    assert uncovered(services, tramite) == [asunto]
    assert tramites.step(tramite) is Step.REQUISITOS
    with pytest.raises(KnownError) as refused:
        tramites.accept(sesion, tramite.numero)
    expired = asunto is Asunto.CEDULA_VENCIDA  # that one is missing from the checklist as well
    assert refused.value.code == ("requisitos.missing" if expired else "autorizacion.needed")
    autorizaciones.approve(supervisor, asked(services, sesion, tramite))
    assert uncovered(services, tramite) == []
    tramite = signed(services, sesion, tramites.reload(tramite.numero))
    assert tramites.step(tramite) is Step.CLAVE
    # Other facts are not those.
    tramite = tramites.save_identidad(sesion, tramite.numero, others)
    assert uncovered(services, tramite) == [asunto]
    assert tramites.step(tramite) is Step.REQUISITOS
    with pytest.raises(KnownError, match=r"autorizacion\.needed"):
        services.claves.issue(sesion, tramite.numero)
    # Back to those that were approved, there is nothing more to ask.
    tramite = tramites.save_identidad(sesion, tramite.numero, facts)
    assert tramites.step(tramite) is Step.SOLICITUD
    tramites.accept(sesion, tramite.numero)
    tramites.sign(sesion, tramite.numero)
    assert services.claves.issue(sesion, tramite.numero).tramite.emision is not None


def test_an_antigua_with_its_extra_check_and_an_expired_one_on_its_last_day_need_nobody(
    services: Services, sesion: Sesion
) -> None:
    last_day = replace(ANTIGUA, comprobada=True, vencimiento=date(2026, 11, 23))
    tramite = with_papers(services, sesion, last_day)
    assert uncovered(services, tramite) == []
    electronic = services.tramites.save_identidad(
        sesion, tramite.numero, replace(last_day, formato=FormatoCedula.ELECTRONICA)
    )
    assert electronic.identidad is not None
    assert not electronic.identidad.comprobada  # or it would pass for an antigua's, later


@pytest.mark.parametrize(
    ("identidad", "needs"),
    [
        (replace(IDENTIDAD, correo=""), True),
        (replace(IDENTIDAD, celular="0911111111"), True),
        (IDENTIDAD, False),
    ],
)
def test_contact_data_that_were_known_and_are_replaced_or_removed(
    services: Services, sesion: Sesion, identidad: Identidad, *, needs: bool
) -> None:
    tramite = with_papers(services, sesion, identidad)
    assert uncovered(services, tramite) == ([Asunto.CONTACTO_CAMBIADO] if needs else [])


def test_contact_data_where_none_were_known_are_no_change(services: Services, sesion: Sesion) -> None:
    with services.database.unit_of_work() as session:
        session.connection().exec_driver_sql("UPDATE persona SET correo = ''")
        session.commit()
    assert uncovered(services, with_papers(services, sesion, OTRO_CORREO)) == []


def test_contact_data_of_a_cancelled_tramite_are_not_known_to_the_next(
    services: Services, sesion: Sesion
) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    services.tramites.cancel(sesion, tramite.numero)
    assert services.tramites.suggested_identidad(identified(services, sesion)).correo == "maria@ejemplo.ec"
    assert uncovered(services, with_papers(services, sesion, OTRO_CORREO)) == [Asunto.CONTACTO_CAMBIADO]


def test_contact_data_are_kept_at_the_issuance(services: Services, sesion: Sesion, clock: Clock) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    tramite = signed(services, sesion, authorised(services, sesion, tramite.numero))
    services.claves.issue(sesion, tramite.numero)
    assert "contacto.cambiado" in events(services, tramite.numero)
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    services.tramites.finish(sesion, tramite.numero)
    clock.move(days=31)
    later = services.tramites.attend(sesion, CEDULAS[0]).tramite
    assert later is not None
    assert (later.correo_antes, later.persona.correo) == ("otra@ejemplo.ec", "maria@ejemplo.ec")
    assert services.tramites.suggested_identidad(later).correo == "otra@ejemplo.ec"


def test_a_missing_document_is_approved_as_it_is_and_no_other(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    tramites, autorizaciones = services.tramites, services.autorizaciones
    tramite = identified(services, sesion)
    papers = without_planilla(tramite, services)
    tramite = tramites.save_requisitos(sesion, tramite.numero, papers, done=False)
    (exigencia,) = autorizaciones.exigencias(tramite.numero)
    assert exigencia.asunto is Asunto.DOCUMENTO_FALTANTE
    assert "planilla" in exigencia.texto
    autorizaciones.approve(supervisor, asked(services, sesion, tramite))
    tramite = tramites.reload(tramite.numero)
    assert tramites.judge(tramite, papers) == ()
    assert tramites.checklist(tramite).faltas == ()
    # One more that lacks, or the same paper shown in part, is another thing.
    fewer = tuple(replace(each, copia=False) if each.requisito == "cedula" else each for each in papers)
    assert len(tramites.judge(tramite, fewer)) == 2
    part = tuple(
        Documento("planilla", "luz", original=True) if each.requisito == "planilla" else each
        for each in papers
    )
    assert [each.text for each in tramites.judge(tramite, part)] == ["la copia de la planilla de luz"]
    tramite = signed(services, sesion, tramite)
    issued = services.claves.issue(sesion, tramite.numero).tramite
    said = services.papeles.recibo_content(issued).documentos
    assert "Planilla de servicio básico: sin presentar, con autorización" in said


def test_the_parts_of_an_expired_cedula_are_still_asked_for(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    tramite = identified(services, sesion, VENCIDA)
    papers = tuple(
        replace(each, copia=False) if each.requisito == "cedula" else each
        for each in full_papers(tramite, services)
    )
    tramite = services.tramites.save_requisitos(sesion, tramite.numero, papers, done=False)
    assert "venció el 20/11/2026" in services.tramites.judge(tramite, papers)[0].text
    (expired,) = services.autorizaciones.request(sesion, tramite.numero, [Asunto.CEDULA_VENCIDA], RAZON)
    services.autorizaciones.approve(supervisor, [expired.id])
    lacks = services.tramites.judge(services.tramites.reload(tramite.numero), papers)
    assert [each.text for each in lacks] == ["la copia a color de la cédula"]


@pytest.mark.parametrize(("days", "needs"), [(29, True), (30, False)])
def test_another_clave_within_the_days_of_the_setting(
    services: Services, sesion: Sesion, clock: Clock, days: int, *, needs: bool
) -> None:
    first = ready_to_issue(services, sesion)
    services.claves.issue(sesion, first.numero)
    services.claves.confirm_slip(sesion, first.numero, 1)
    services.tramites.finish(sesion, first.numero)
    clock.move(days=days)
    second = with_papers(services, sesion)
    assert uncovered(services, second) == ([Asunto.SEGUNDA_CLAVE] if needs else [])


def test_a_slip_said_to_be_spoiled_is_an_earlier_clave_too(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    """Who alone says so could hand over the first, and issue another for themself."""
    first = ready_to_issue(services, sesion)
    services.claves.issue(sesion, first.numero)
    clock.move(days=1)
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, first.numero, 1)
    assert uncovered(services, with_papers(services, sesion)) == [Asunto.SEGUNDA_CLAVE]


def test_the_days_are_a_setting(services: Services, sesion: Sesion, clock: Clock) -> None:
    first = ready_to_issue(services, sesion)
    services.claves.issue(sesion, first.numero)
    services.claves.confirm_slip(sesion, first.numero, 1)
    services.tramites.finish(sesion, first.numero)
    second = with_papers(services, sesion)
    assert uncovered(services, second) == [Asunto.SEGUNDA_CLAVE]
    if services.database.is_postgres:  # there it is not the machine's to say
        services.ajustes.put(signed_in(services, "admin"), "dias_segunda_clave", "0")
    none = app.open_services(replace(services.settings, dias_segunda_clave=0), clock)
    assert uncovered(none, second) == []
    none.database.close()


# -- asking ----------------------------------------------------------------------------


def test_asking_twice_is_one_request_and_changed_facts_withdraw_it(
    services: Services, sesion: Sesion
) -> None:
    autorizaciones = services.autorizaciones
    tramite = with_papers(services, sesion, OTRO_CORREO)
    before = autorizaciones.version()
    first = asked(services, sesion, tramite)
    assert asked(services, sesion, tramite) == first
    made = autorizaciones.version()
    assert made > before
    services.tramites.save_identidad(
        sesion, tramite.numero, replace(OTRO_CORREO, correo="tercera@ejemplo.ec")
    )
    (gone,) = autorizaciones.get(first)
    assert gone.estado is EstadoAutorizacion.RETIRADA
    assert autorizaciones.version() > made
    assert events(services, tramite.numero).count("autorizacion.pedida") == 1
    assert events(services, tramite.numero)[-1] == "autorizacion.retirada"


def test_what_waits_is_listed_with_who_asked_and_a_masked_cedula(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    tramite = with_papers(services, sesion, CON_APODERADO)
    (request,) = services.autorizaciones.get(asked(services, sesion, tramite))
    assert services.autorizaciones.pending(supervisor) == (request,)
    assert (request.pedida_por, request.ventanilla, request.razon) == ("a.ejemplo", 4, RAZON)
    assert request.persona == "FICTICIA NÚÑEZ MARÍA JOSÉ · 24•••••005"
    assert "JUAN FICTICIO, con cédula 24•••••013" in request.texto
    assert services.autorizaciones.of_tramite(tramite.numero) == (request,)


@pytest.mark.parametrize("razon", ["", "   ", "x" * 201])
def test_a_request_says_why(services: Services, sesion: Sesion, razon: str) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    with pytest.raises(KnownError) as refused:
        services.autorizaciones.request(sesion, tramite.numero, [Asunto.CONTACTO_CAMBIADO], razon)
    assert refused.value.code == ("autorizacion.too_long" if razon.strip() else "autorizacion.reason")


def test_what_is_not_needed_is_not_asked(services: Services, sesion: Sesion) -> None:
    tramite = with_papers(services, sesion)
    for asunto in (Asunto.SEGUNDA_CLAVE, Asunto.ANULACION, Asunto.RELOJ):
        with pytest.raises(KnownError, match=r"autorizacion\.changed"):
            services.autorizaciones.request(sesion, tramite.numero, [asunto], RAZON)
    services.tramites.cancel(sesion, tramite.numero)
    with pytest.raises(KnownError, match=r"tramite\.ended"):
        services.autorizaciones.request(sesion, tramite.numero, [Asunto.APODERADO], RAZON)


def test_a_request_is_taken_back_by_who_asked_or_attends(services: Services, sesion: Sesion) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    ids = asked(services, sesion, tramite)
    other = signed_in(services, "b.ejemplo", 5)
    with pytest.raises(KnownError, match=r"autorizacion\.not_yours"):
        services.autorizaciones.withdraw(other, ids)
    services.tramites.attend(other, CEDULAS[0])
    services.autorizaciones.withdraw(other, ids)
    services.autorizaciones.withdraw(sesion, ids)  # safe to repeat
    assert services.autorizaciones.get(ids)[0].estado is EstadoAutorizacion.RETIRADA


def test_a_tramite_that_ends_takes_its_requests_along_and_one_set_aside_keeps_them(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    ids = asked(services, sesion, tramite)
    services.tramites.suspend(sesion, tramite.numero)
    assert len(services.autorizaciones.pending(supervisor)) == 1
    services.tramites.cancel(sesion, tramite.numero)
    assert services.autorizaciones.get(ids)[0].estado is EstadoAutorizacion.RETIRADA
    with pytest.raises(KnownError, match=r"autorizacion\.settled"):
        services.autorizaciones.approve(supervisor, ids)


# -- answering -------------------------------------------------------------------------


def test_an_approval_says_who_and_what_and_is_given_once(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    ids = asked(services, sesion, tramite)
    clock.move(minutes=1)
    (given,) = services.autorizaciones.approve(supervisor, ids, "Vi su cédula")
    assert (given.estado, given.resuelta_por, given.resuelta_en, given.comentario) == (
        EstadoAutorizacion.APROBADA,
        "s.ejemplo",
        clock(),
        "Vi su cédula",
    )
    for answer in (services.autorizaciones.approve, services.autorizaciones.deny):
        with pytest.raises(KnownError, match=r"autorizacion\.settled"):
            answer(signed_in(services, "t.ejemplo"), ids, "Otra vez")
    with pytest.raises(KnownError, match=r"autorizacion\.not_found"):
        services.autorizaciones.approve(supervisor, [999])


def test_a_refusal_says_why(services: Services, sesion: Sesion, supervisor: Sesion) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    ids = asked(services, sesion, tramite)
    with pytest.raises(KnownError, match=r"autorizacion\.comment"):
        services.autorizaciones.deny(supervisor, ids, " ")
    (refused,) = services.autorizaciones.deny(supervisor, ids, "No es su correo")
    assert (refused.estado, refused.comentario) == (EstadoAutorizacion.NEGADA, "No es su correo")
    assert uncovered(services, tramite) == [Asunto.CONTACTO_CAMBIADO]
    assert "autorizacion.negada" in events(services, tramite.numero)
    assert asked(services, sesion, tramite) != ids  # and may be asked again


def test_facts_that_changed_under_the_supervisors_eyes_are_not_approved(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    tramite = with_papers(services, sesion, VENCIDA)
    ids = asked(services, sesion, tramite)
    with services.database.unit_of_work() as session:  # as no service does: none leaves it pending
        session.connection().exec_driver_sql("UPDATE tramite SET vencimiento_cedula = '2026-01-01'")
        session.commit()
    with pytest.raises(KnownError, match=r"autorizacion\.changed"):
        services.autorizaciones.approve(supervisor, ids)
    assert services.autorizaciones.get(ids)[0].estado is EstadoAutorizacion.RETIRADA


def test_approval_holds_for_that_tramite_alone(services: Services, sesion: Sesion) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    authorised(services, sesion, tramite.numero)
    services.tramites.cancel(sesion, tramite.numero)
    assert uncovered(services, with_papers(services, sesion, OTRO_CORREO)) == [Asunto.CONTACTO_CAMBIADO]


# -- who -------------------------------------------------------------------------------

Act = Callable[[Services, Sesion, list[int]], Any]
ANSWERS: list[Act] = [
    lambda services, who, ids: services.autorizaciones.approve(who, ids),
    lambda services, who, ids: services.autorizaciones.deny(who, ids, "No"),
    lambda services, who, ids: services.autorizaciones.emergency(who, ids, "No hay nadie más aquí"),
    lambda services, who, _: services.autorizaciones.pending(who),
]


@pytest.mark.parametrize("act", ANSWERS)
def test_only_a_supervisor_answers(services: Services, sesion: Sesion, act: Act) -> None:
    ids = asked(services, sesion, with_papers(services, sesion, OTRO_CORREO))
    for usuario in ("b.ejemplo", "admin"):
        with pytest.raises(KnownError, match=r"usuario\.role"):
            act(services, signed_in(services, usuario), ids)


@pytest.mark.parametrize("act", ANSWERS[:2])
def test_nobody_answers_what_they_asked(services: Services, supervisor: Sesion, act: Act) -> None:
    ids = asked(services, supervisor, with_papers(services, supervisor, OTRO_CORREO))
    with pytest.raises(KnownError, match=r"autorizacion\.self"):
        act(services, supervisor, ids)


def test_nobody_approves_what_they_attend_or_attended(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    ids = asked(services, sesion, tramite)
    services.tramites.attend(supervisor, CEDULAS[0])
    with pytest.raises(KnownError, match=r"autorizacion\.self"):
        services.autorizaciones.approve(supervisor, ids)
    services.tramites.attend(sesion, CEDULAS[0])  # handed back: having looked is not having attended
    services.autorizaciones.approve(supervisor, ids)


def test_who_did_a_step_does_not_approve_it_once_another_attends(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    tramite = with_papers(services, supervisor, OTRO_CORREO)
    services.tramites.attend(sesion, CEDULAS[0])
    ids = asked(services, sesion, tramite)
    with pytest.raises(KnownError, match=r"autorizacion\.self"):
        services.autorizaciones.approve(supervisor, ids)


def test_who_approved_neither_takes_it_up_nor_issues_nor_replaces_the_slip(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    tramite = signed(services, sesion, authorised(services, sesion, tramite.numero))
    for act in (
        lambda: services.tramites.attend(supervisor, CEDULAS[0]),
        lambda: services.tramites.resume(supervisor, tramite.numero),
        lambda: services.claves.issue(supervisor, tramite.numero),
    ):
        with pytest.raises(KnownError, match=r"autorizacion\.approver"):
            act()
    services.claves.issue(sesion, tramite.numero)
    with pytest.raises(KnownError, match=r"autorizacion\.approver"):
        services.claves.replace_slip(supervisor, tramite.numero, 1)
    assert services.tramites.attend(supervisor, CEDULAS[0]).tramite is not None  # to confirm the slip


@pytest.mark.parametrize("spelling", ["s.ejemplo", "S.EJEMPLO", "  S.Ejemplo ", "s.Ejemplo\n"])
def test_no_spelling_of_ones_own_name_makes_another_person(
    services: Services, supervisor: Sesion, spelling: str
) -> None:
    ids = asked(services, supervisor, with_papers(services, supervisor, OTRO_CORREO))
    with pytest.raises(KnownError, match=r"autorizacion\.self"):
        services.autorizaciones.approve_here(supervisor, spelling, PASSWORD, ids)


@pytest.mark.parametrize("spelling", ["sejemplo", "s ejemplo", "s..ejemplo", "s-ejemplo", "s_ejemplo"])
def test_a_name_that_looks_alike_is_nobody_and_cannot_be_made(
    services: Services, supervisor: Sesion, spelling: str
) -> None:
    ids = asked(services, supervisor, with_papers(services, supervisor, OTRO_CORREO))
    with pytest.raises(KnownError, match=r"usuario\.wrong"):
        services.autorizaciones.approve_here(supervisor, spelling, PASSWORD, ids)
    with pytest.raises(IntegrityError), services.database.unit_of_work() as session:
        Raw(services.database, session.connection()).execute(
            "INSERT INTO usuario (usuario, nombre, rol, clave_hash, intentos, creado_en) "
            "VALUES (lower(?), 'x', 'supervisor', '', 0, '2026-01-01')",
            (spelling.replace(" ", ""),),
        )


def test_the_supervisor_signs_over_the_operators_screen(services: Services, sesion: Sesion) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    ids = asked(services, sesion, tramite)
    for usuario, password, code in (
        ("s.ejemplo", "otra-cosa", "usuario.wrong"),
        ("b.ejemplo", PASSWORD, "usuario.role"),
    ):
        with pytest.raises(KnownError) as refused:
            services.autorizaciones.approve_here(sesion, usuario, password, ids)
        assert refused.value.code == code
    (given,) = services.autorizaciones.approve_here(sesion, "s.ejemplo", PASSWORD, ids, "Bien")
    assert (given.resuelta_por, given.estado) == ("s.ejemplo", EstadoAutorizacion.APROBADA)
    other = with_papers(services, sesion, replace(OTRO_CORREO, correo="x@ejemplo.ec"))
    (no,) = services.autorizaciones.deny_here(
        sesion, "s.ejemplo", PASSWORD, asked(services, sesion, other), "No es su correo"
    )
    assert no.estado is EstadoAutorizacion.NEGADA


def test_somebody_deactivated_meanwhile_approves_nothing(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    ids = asked(services, sesion, with_papers(services, sesion, OTRO_CORREO))
    services.usuarios.deactivate(signed_in(services, "admin"), "s.ejemplo")
    with pytest.raises(KnownError, match=r"usuario\.inactive"):
        services.autorizaciones.approve(supervisor, ids)


@pytest.mark.parametrize(
    ("who", "and_also"),
    [
        ("b.ejemplo", ""),  # an operador
        ("a.ejemplo", ""),  # who asked
        (
            "s.ejemplo",
            "UPDATE tramite SET operador_id = (SELECT id FROM usuario WHERE usuario = 's.ejemplo')",
        ),
        ("s.ejemplo", "UPDATE usuario SET activo = false WHERE usuario = 's.ejemplo'"),
    ],
)
def test_the_database_itself_refuses_such_an_approval(
    services: Services, sesion: Sesion, who: str, and_also: str
) -> None:
    asked(services, sesion, with_papers(services, sesion, OTRO_CORREO))
    with services.database.unit_of_work() as session:
        connection = Raw(services.database, session.connection())
        if and_also:
            connection.execute(and_also)
        with pytest.raises(IntegrityError):
            connection.execute(
                "UPDATE autorizacion SET estado = 'aprobada', resuelta_en = '2026-11-23', resuelta_por = "
                "(SELECT id FROM usuario WHERE usuario = ?)",
                (who,),
            )


def test_the_database_itself_refuses_a_recibo_of_who_approved(
    services: Services, sesion: Sesion, supervisor: Sesion, monkeypatch: pytest.MonkeyPatch
) -> None:
    tramite = with_papers(services, sesion, OTRO_CORREO)
    tramite = signed(services, sesion, authorised(services, sesion, tramite.numero))
    monkeypatch.setattr("agencia_app.services.autorizacion_rows.require_other", lambda *_: None)
    with pytest.raises(IntegrityError, match="quien autoriza no emite"):
        services.claves.issue(supervisor, tramite.numero)


# -- the break-glass -------------------------------------------------------------------


def test_a_lone_supervisor_breaks_the_glass_with_a_reason_and_it_is_marked(
    services: Services, supervisor: Sesion
) -> None:
    tramite = with_papers(services, supervisor, OTRO_CORREO)
    ids = asked(services, supervisor, tramite)
    with pytest.raises(KnownError, match=r"autorizacion\.motivo"):
        services.autorizaciones.emergency(supervisor, ids, "  urgente ")
    (given,) = services.autorizaciones.emergency(supervisor, ids, "No hay nadie más en la agencia")
    assert given.emergencia
    assert given.comentario == "No hay nadie más en la agencia"
    assert events(services, tramite.numero)[-1] == "autorizacion.emergencia"
    tramite = signed(services, supervisor, services.tramites.reload(tramite.numero))
    assert services.claves.issue(supervisor, tramite.numero).tramite.emision is not None


def test_an_emergency_marks_what_another_asked_as_well(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    ids = asked(services, sesion, with_papers(services, sesion, OTRO_CORREO))
    assert services.autorizaciones.emergency(supervisor, ids, "Se cayó el sistema central")[0].emergencia


# -- what an apoderado must be ---------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cedula": CEDULAS[0]}, "apoderado.same"),
        ({"cedula": "2459999006"}, "cedula.check_digit"),
        ({"nombre": " "}, "apoderado.incomplete"),
        ({"notaria": ""}, "apoderado.incomplete"),
        ({"documento": "9" * 41}, "apoderado.too_long"),
        ({"fecha": date(2026, 11, 24)}, "apoderado.future"),
    ],
)
def test_an_apoderado_that_cannot_be(
    services: Services, sesion: Sesion, changes: dict[str, Any], code: str
) -> None:
    tramite = identified(services, sesion)
    wrong = replace(IDENTIDAD, apoderado=replace(APODERADO, **changes))
    with pytest.raises(KnownError) as refused:
        services.tramites.save_identidad(sesion, tramite.numero, wrong)
    assert refused.value.code == code


def test_an_apoderado_is_recorded_kept_and_taken_off_again(services: Services, sesion: Sesion) -> None:
    written = replace(APODERADO, cedula="245999901-3", nombre=" Juan  Ficticio ")
    tramite = identified(services, sesion, replace(IDENTIDAD, apoderado=written))
    assert tramite.identidad is not None
    assert tramite.identidad.apoderado == APODERADO
    assert services.tramites.suggested_identidad(tramite).apoderado == APODERADO
    seen = read(
        services.database,
        "SELECT accion FROM acceso JOIN bitacora USING (seq) WHERE cedula = ?",
        (APODERADO.cedula,),
    )
    assert list(seen.scalars()) == ["apoderado.registrado"]
    tramite = services.tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    assert tramite.identidad == IDENTIDAD


def test_the_papers_say_who_acted(services: Services, sesion: Sesion, clock: Clock) -> None:
    tramite = with_papers(services, sesion, CON_APODERADO)
    tramite = signed(services, sesion, authorised(services, sesion, tramite.numero))
    issued = services.claves.issue(sesion, tramite.numero).tramite
    assert services.papeles.recibo_content(issued).apoderado == APODERADO.masked
    clock.move(days=1)
    assert issued.emision is not None
    assert services.verificacion.verify(issued.emision.recibo).motivo == "recibo.authentic_number"
    with services.database.unit_of_work() as session:  # another document, afterwards
        session.connection().exec_driver_sql("UPDATE apoderado SET documento = 'P00999'")
        session.commit()
    assert services.verificacion.verify(issued.emision.recibo).motivo == "recibo.altered_content"


def test_sign_in_as_a_second_person_leaves_the_first_signed_in(services: Services) -> None:
    first = sign_in_as(services, "a.ejemplo")
    tramite = with_papers(services, first, OTRO_CORREO)
    services.autorizaciones.approve_here(first, "s.ejemplo", PASSWORD, asked(services, first, tramite))
    entries = services.database.reader().exec_driver_sql(
        "SELECT actor FROM bitacora WHERE accion = 'ingreso'"
    )
    assert "s.ejemplo" not in set(entries.scalars())
