"""A clock that was set back: nothing is issued until a supervisor accepts the hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.ui.messages import sentence
from tests.factories import CEDULAS, IDENTIDAD, Clock, ready_to_issue, signed_in

RAZON = "El reloj estaba mal"


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return signed_in(services, "a.ejemplo", 4)


@pytest.fixture
def supervisor(services: Services) -> Sesion:
    return signed_in(services, "s.ejemplo")


def test_two_minutes_are_what_setting_a_clock_may_take(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    tramite = ready_to_issue(services, sesion)
    clock.move(minutes=-2)
    assert services.claves.issue(sesion, tramite.numero).tramite.emision is not None


def test_a_clock_set_back_stops_issuing_and_nothing_else(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    tramite = ready_to_issue(services, sesion)
    clock.move(hours=-1)
    with pytest.raises(KnownError) as refused:
        services.claves.issue(sesion, tramite.numero)
    said = sentence(refused.value)
    assert "23/11/2026 09:42" in said
    assert "23/11/2026 10:42" in said
    assert "supervisor" in said
    assert services.tramites.reload(tramite.numero).emision is None
    # The bitácora's own writes go on.
    services.tramites.save_identidad(sesion, tramite.numero, replace(IDENTIDAD, correo="x@ejemplo.ec"))
    services.tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    services.tramites.accept(sesion, tramite.numero)
    services.tramites.sign(sesion, tramite.numero)
    request = services.autorizaciones.request_clock(sesion, RAZON)
    assert (request.asunto, request.tramite) == (Asunto.RELOJ, None)
    assert "10:42" in request.texto
    assert services.autorizaciones.request_clock(sesion, RAZON) == request
    with pytest.raises(KnownError, match=r"reloj\.back"):
        services.claves.issue(sesion, tramite.numero)
    services.autorizaciones.approve(supervisor, [request.id])
    assert services.claves.issue(sesion, tramite.numero).tramite.emision is not None
    assert services.auditoria.verify(supervisor).whole


def test_a_spoiled_slip_is_not_replaced_either(services: Services, sesion: Sesion, clock: Clock) -> None:
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    clock.move(minutes=-3)
    with pytest.raises(KnownError, match=r"reloj\.back"):
        services.claves.replace_slip(sesion, tramite.numero, 1)
    assert services.tramites.reload(tramite.numero).clave_vigente_desde is not None


def test_a_clock_that_ran_ahead_and_is_right_again_is_accepted_the_same_way(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    tramite = ready_to_issue(services, sesion)
    clock.move(days=365)
    services.tramites.suspend(sesion, tramite.numero)
    clock.move(days=-365)
    tramite = ready_to_issue(services, sesion)
    with pytest.raises(KnownError, match=r"reloj\.back"):
        services.claves.issue(sesion, tramite.numero)
    request = services.autorizaciones.request_clock(sesion, RAZON)
    services.autorizaciones.approve(supervisor, [request.id])
    assert services.claves.issue(sesion, tramite.numero).tramite.emision is not None
    clock.move(minutes=-3)  # and it is watched from there on
    with pytest.raises(KnownError, match=r"reloj\.back"):
        services.claves.replace_slip(sesion, tramite.numero, 1)


def test_an_emergency_of_a_clock_that_ran_ahead_is_reviewed_now(
    services: Services, supervisor: Sesion, clock: Clock
) -> None:
    clock.move(days=365)
    tramite = services.tramites.attend(supervisor, CEDULAS[0]).tramite
    assert tramite is not None
    services.tramites.save_identidad(supervisor, tramite.numero, replace(IDENTIDAD, correo="x@ejemplo.ec"))
    (asked,) = services.autorizaciones.request(
        supervisor, tramite.numero, [Asunto.CONTACTO_CAMBIADO], "Está presente"
    )
    services.autorizaciones.emergency(supervisor, [asked.id], "No hay nadie más en la agencia")
    clock.move(days=-365)
    assert services.revisiones.detect(date(2026, 11, 22)) == 1
    assert services.revisiones.detect(date(2026, 11, 23)) == 0  # once


def test_a_clock_that_is_right_needs_nobody(services: Services, sesion: Sesion) -> None:
    with pytest.raises(KnownError, match=r"reloj\.right"):
        services.autorizaciones.request_clock(sesion, RAZON)


def test_a_clock_set_back_again_since_is_not_the_one_that_was_shown(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    ready_to_issue(services, sesion)
    clock.move(hours=-1)
    request = services.autorizaciones.request_clock(sesion, RAZON)
    clock.move(hours=-1)
    with pytest.raises(KnownError, match=r"autorizacion\.changed"):
        services.autorizaciones.approve(supervisor, [request.id])


def test_who_asks_does_not_accept_the_hour_but_alone_in_an_emergency(
    services: Services, supervisor: Sesion, clock: Clock
) -> None:
    ready_to_issue(services, supervisor)
    clock.move(hours=-1)
    request = services.autorizaciones.request_clock(supervisor, RAZON)
    with pytest.raises(KnownError, match=r"autorizacion\.self"):
        services.autorizaciones.approve(supervisor, [request.id])
    services.autorizaciones.emergency(supervisor, [request.id], "No hay nadie más en la agencia")
    with pytest.raises(KnownError, match=r"reloj\.right"):
        services.autorizaciones.request_clock(supervisor, RAZON)
