"""The pensioner's lock: put in person, lifted in person and by a supervisor, and what it holds up."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.tramite import Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from tests.db.test_autorizaciones import CON_APODERADO, RAZON, events, identified, uncovered, with_papers
from tests.factories import CEDULAS, IDENTIDAD, Clock, authorised, ready_to_issue, signed_in


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return signed_in(services, "a.ejemplo", 4)


@pytest.fixture
def supervisor(services: Services) -> Sesion:
    return signed_in(services, "s.ejemplo")


def locked(services: Services, sesion: Sesion, clock: Clock) -> Tramite:
    """Put a lock in a visit that ends there, and let the person come back the next month."""
    tramite = identified(services, sesion)
    services.candados.put(sesion, tramite.numero)
    services.tramites.cancel(sesion, tramite.numero)
    clock.move(days=31)
    return with_papers(services, sesion)


def test_a_lock_is_for_later_issuances_and_holds_them_up(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    first = ready_to_issue(services, sesion)
    put = services.candados.put(sesion, first.numero)
    assert services.candados.in_force(CEDULAS[0]) == put.candado
    assert uncovered(services, first) == []  # the person stands there: this one is their own
    services.claves.issue(sesion, first.numero)
    services.claves.confirm_slip(sesion, first.numero, 1)
    services.tramites.finish(sesion, first.numero)
    clock.move(days=31)
    tramite = with_papers(services, sesion)
    assert uncovered(services, tramite) == [Asunto.CANDADO]
    with pytest.raises(KnownError, match=r"autorizacion\.needed"):
        services.tramites.accept(sesion, tramite.numero)
    (request,) = services.autorizaciones.request(sesion, tramite.numero, [Asunto.CANDADO], RAZON)
    assert "23/11/2026" in request.texto
    services.autorizaciones.approve(supervisor, [request.id])
    assert uncovered(services, tramite) == []
    assert services.candados.in_force(CEDULAS[0]) == put.candado  # one issuance does not lift it


def test_a_lock_put_in_a_visit_that_goes_on_another_day_holds_it_up(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    tramite = ready_to_issue(services, sesion)
    services.candados.put(sesion, tramite.numero)
    clock.move(days=1)
    assert uncovered(services, tramite) == [Asunto.CANDADO]
    with pytest.raises(KnownError, match=r"autorizacion\.needed"):
        services.claves.issue(sesion, tramite.numero)


def test_a_lock_is_lifted_as_it_is_approved(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    tramite = locked(services, sesion, clock)
    (request,) = services.autorizaciones.request(sesion, tramite.numero, [Asunto.LEVANTAR_CANDADO], RAZON)
    assert services.candados.in_force(CEDULAS[0]) is not None
    services.autorizaciones.approve(supervisor, [request.id])
    assert services.candados.in_force(CEDULAS[0]) is None
    assert uncovered(services, tramite) == []
    assert events(services, tramite.numero)[-2:] == ["autorizacion.aprobada", "candado.levantado"]
    again = services.candados.put(sesion, tramite.numero)  # it may be wished for again
    assert again.candado is not None
    with pytest.raises(KnownError, match=r"candado\.already"):
        services.candados.put(sesion, tramite.numero)


def test_denying_leaves_it_in_force(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    tramite = locked(services, sesion, clock)
    (request,) = services.autorizaciones.request(sesion, tramite.numero, [Asunto.LEVANTAR_CANDADO], RAZON)
    services.autorizaciones.deny(supervisor, [request.id], "No es la persona")
    assert services.candados.in_force(CEDULAS[0]) is not None


def test_only_the_person_puts_it_and_lifts_it(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    opened = services.tramites.attend(sesion, CEDULAS[0]).tramite
    assert opened is not None
    with pytest.raises(KnownError, match=r"candado\.identity"):
        services.candados.put(sesion, opened.numero)
    services.tramites.save_identidad(sesion, opened.numero, CON_APODERADO)
    with pytest.raises(KnownError, match=r"candado\.in_person"):
        services.candados.put(sesion, opened.numero)
    services.tramites.suspend(sesion, opened.numero)
    with pytest.raises(KnownError, match=r"candado\.ended"):
        services.candados.put(sesion, opened.numero)
    services.tramites.cancel(sesion, opened.numero)
    tramite = locked(services, sesion, clock)
    (request,) = services.autorizaciones.request(sesion, tramite.numero, [Asunto.LEVANTAR_CANDADO], RAZON)
    services.tramites.save_identidad(sesion, tramite.numero, CON_APODERADO)  # and then another came
    with pytest.raises(KnownError, match=r"candado\.in_person"):
        services.autorizaciones.approve(supervisor, [request.id])
    with pytest.raises(KnownError, match=r"candado\.in_person"):
        services.autorizaciones.request(sesion, tramite.numero, [Asunto.LEVANTAR_CANDADO], RAZON)
    assert services.candados.in_force(CEDULAS[0]) is not None


def test_what_is_not_put_is_not_lifted(services: Services, sesion: Sesion) -> None:
    tramite = identified(services, sesion)
    with pytest.raises(KnownError, match=r"candado\.none"):
        services.autorizaciones.request(sesion, tramite.numero, [Asunto.LEVANTAR_CANDADO], RAZON)


def test_an_approval_to_issue_is_none_to_lift(services: Services, sesion: Sesion, clock: Clock) -> None:
    tramite = locked(services, sesion, clock)
    authorised(services, sesion, tramite.numero)
    with services.database.unit_of_work() as session, pytest.raises(IntegrityError, match="autorizado"):
        session.connection().exec_driver_sql(
            "UPDATE candado SET levantado_en = '2026-12-24', levantado_por = 1, autorizacion_id = "
            "(SELECT max(id) FROM autorizacion)"
        )


def test_a_lock_lifted_meanwhile_is_not_lifted_again_by_an_older_request(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    tramite = locked(services, sesion, clock)
    (older,) = services.autorizaciones.request(sesion, tramite.numero, [Asunto.LEVANTAR_CANDADO], RAZON)
    services.autorizaciones.withdraw(sesion, [older.id])
    (newer,) = services.autorizaciones.request(sesion, tramite.numero, [Asunto.LEVANTAR_CANDADO], RAZON)
    services.autorizaciones.approve(supervisor, [newer.id])
    with pytest.raises(KnownError, match=r"autorizacion\.settled"):
        services.autorizaciones.approve(supervisor, [older.id])
    assert services.tramites.reload(tramite.numero).identidad == IDENTIDAD
