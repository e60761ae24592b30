"""Voiding an issuance: who may, what becomes of the clave and the papers, and what verifying says."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from agencia_app.models.db.tables import (
    AnulacionRow,
    AutorizacionRow,
    BitacoraRow,
    ClaveRow,
    ImpresionRow,
    ReciboRow,
    TramiteRow,
)
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.impresion import CLOSED, PaperKind
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import recibos
from agencia_app.services.registry import Services
from tests.factories import PASSWORD, Clock, ready_to_issue, sign_in, sign_in_as


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return sign_in(services)


@pytest.fixture
def supervisor(services: Services) -> Sesion:
    return sign_in_as(services, "s.ejemplo", 1)


def issued(services: Services, sesion: Sesion, *, finished: bool = True) -> tuple[str, str]:
    """Issue a clave to the one person there is; return the numbers of trámite and recibo."""
    numero = ready_to_issue(services, sesion).numero
    emision = services.claves.issue(sesion, numero).tramite.emision
    assert emision is not None
    if finished:
        services.claves.confirm_slip(sesion, numero, 1)
        services.tramites.finish(sesion, numero)
    return numero, emision.recibo


def annul(services: Services, sesion: Sesion, supervisor: Sesion, recibo: str) -> None:
    asked = services.anulaciones.request(sesion, recibo, "Era otra persona")
    services.autorizaciones.approve(supervisor, [asked.id])


def claves(services: Services, numero: str) -> list[tuple[EstadoClave, EstadoHoja]]:
    with services.database.reading() as session:
        rows = session.scalars(
            select(ClaveRow)
            .join(TramiteRow, TramiteRow.id == ClaveRow.tramite_id)
            .where(TramiteRow.numero == numero)
        )
        return [(row.estado, row.hoja) for row in rows]


def test_a_voided_issuance_verifies_as_anulado(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock, tmp_path: Path
) -> None:
    numero, recibo = issued(services, sesion)
    paper = tmp_path / "recibo.pdf"
    paper.write_bytes(services.papeles.recibo(services.tramites.reload(numero)).pdf)
    with services.database.reading() as session:
        sello = recibos.sello_of(session.scalars(select(ReciboRow)).one())
    assert sello is not None
    annul(services, sesion, supervisor, recibo)
    assert claves(services, numero) == [(EstadoClave.ANULADA, EstadoHoja.ENTREGADA)]
    assert services.tramites.reload(numero).estado is EstadoTramite.TERMINADO
    verificacion = services.verificacion
    answers = (
        verificacion.verify(recibo),
        verificacion.verify(sello.payload),
        verificacion.verify_pdf(paper),
    )
    assert {(each.estado, each.motivo) for each in answers} == {(EstadoRecibo.ANULADO, "recibo.voided")}
    with pytest.raises(KnownError, match=r"impresion\.nothing"):
        services.duplicados.print_again(sesion, PaperKind.RECIBO, numero, "Se perdió")
    with services.database.reading() as session:
        row = session.scalars(select(AnulacionRow)).one()
        assert (row.motivo, row.operador_id, row.ventanilla) == ("Era otra persona", sesion.usuario_id, 4)
        assert row.dia == local_date(clock())
        event = session.scalars(select(BitacoraRow).where(BitacoraRow.accion == Evento.RECIBO_ANULADO)).one()
    assert (event.actor, event.tramite) == ("s.ejemplo", numero)
    assert recibo in event.detalle


def test_a_later_clave_of_the_person_stays(services: Services, sesion: Sesion, supervisor: Sesion) -> None:
    first, recibo = issued(services, sesion)
    later, good = issued(services, sesion)
    annul(services, sesion, supervisor, recibo)
    assert claves(services, first) == [(EstadoClave.DESACTIVADA, EstadoHoja.ENTREGADA)]
    assert claves(services, later) == [(EstadoClave.VIGENTE, EstadoHoja.ENTREGADA)]
    assert services.verificacion.verify(recibo).estado is EstadoRecibo.ANULADO
    assert services.verificacion.verify(good).estado is EstadoRecibo.AUTENTICO
    with pytest.raises(KnownError, match=r"impresion\.nothing"):
        services.duplicados.print_again(sesion, PaperKind.RECIBO, first, "Se perdió")


def test_a_tramite_still_open_ends_and_its_papers_with_it(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    numero, recibo = issued(services, sesion, finished=False)
    annul(services, sesion, supervisor, recibo)
    assert services.tramites.reload(numero).estado is EstadoTramite.CANCELADO
    assert claves(services, numero) == [(EstadoClave.ANULADA, EstadoHoja.DANADA)]
    assert services.tramites.unfinished(sesion) == ()
    with services.database.reading() as session:
        job = session.scalars(select(ImpresionRow).where(ImpresionRow.papel == PaperKind.RECIBO)).one()
        assert job.error == CLOSED
    for what in (services.claves.confirm_slip, services.claves.replace_slip):
        with pytest.raises(KnownError, match=r"clave\.annulled"):
            what(sesion, numero, 1)
    # The person is attended anew.
    issued(services, sesion)


def test_an_attention_at_its_recibo_does_not_end_as_if_nothing_was(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    numero, recibo = issued(services, sesion, finished=False)
    services.claves.confirm_slip(sesion, numero, 1)
    annul(services, sesion, supervisor, recibo)
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.tramites.finish(sesion, numero)


def test_twice_is_refused(services: Services, sesion: Sesion, supervisor: Sesion) -> None:
    _, recibo = issued(services, sesion)
    annul(services, sesion, supervisor, recibo)
    with pytest.raises(KnownError, match=r"anulacion\.done"):
        services.anulaciones.request(sesion, recibo, "Otra vez")


def test_a_clave_that_its_slip_annulled_is_not_voided_too(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    numero, recibo = issued(services, sesion, finished=False)
    clock.move(days=1)
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, numero, 1)
    with pytest.raises(KnownError, match=r"anulacion\.done"):
        services.anulaciones.request(sesion, recibo, "Era otra persona")


def test_one_that_became_void_meanwhile_is_refused_when_approved(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    numero, recibo = issued(services, sesion, finished=False)
    asked = services.anulaciones.request(sesion, recibo, "Era otra persona")
    clock.move(days=1)
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, numero, 1)
    with pytest.raises(KnownError, match=r"anulacion\.done"):
        services.autorizaciones.approve(supervisor, [asked.id])
    # Refused whole: the request still waits, to be denied.
    assert [each.id for each in services.autorizaciones.pending(supervisor)] == [asked.id]


@pytest.mark.parametrize(
    ("recibo", "motivo", "code"),
    [
        ("", "Era otra", "numero.shape"),
        ("017-26-0000001-97", "Era otra", "numero.check_digit"),
        ("017-26-0000009-72", "Era otra", "recibo.unknown"),
        (None, "  ", "autorizacion.reason"),
        (None, "x" * 201, "autorizacion.too_long"),
    ],
)
def test_what_cannot_be_asked(
    services: Services, sesion: Sesion, recibo: str | None, motivo: str, code: str
) -> None:
    _, mine = issued(services, sesion)
    with pytest.raises(KnownError) as caught:
        services.anulaciones.request(sesion, mine if recibo is None else recibo, motivo)
    assert caught.value.code == code


def test_a_supervisor_voids_with_another_supervisors_password(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    _, recibo = issued(services, sesion)
    services.anulaciones.annul_here(supervisor, recibo, "Era otra persona", "T.Ejemplo", PASSWORD)
    assert services.verificacion.verify(recibo).estado is EstadoRecibo.ANULADO
    with services.database.reading() as session:
        row = session.scalars(select(AnulacionRow)).one()
        approved = session.get_one(AutorizacionRow, row.autorizacion_id)
        assert (row.operador_id, row.ventanilla) == (supervisor.usuario_id, 1)
        assert approved.resuelta_por == sign_in_as(services, "t.ejemplo").usuario_id


@pytest.mark.parametrize(
    ("usuario", "password", "code"),
    [
        ("s.ejemplo", PASSWORD, "autorizacion.self"),  # oneself, in another spelling too
        ("S.EJEMPLO ", PASSWORD, "autorizacion.self"),
        ("t.ejemplo", "otra-cosa-9", "usuario.wrong"),
        ("a.ejemplo", PASSWORD, "usuario.role"),
    ],
)
def test_without_a_second_supervisor_nothing_is_voided_or_left_waiting(
    services: Services, sesion: Sesion, supervisor: Sesion, usuario: str, password: str, code: str
) -> None:
    _, recibo = issued(services, sesion)
    with pytest.raises(KnownError) as caught:
        services.anulaciones.annul_here(supervisor, recibo, "Era otra persona", usuario, password)
    assert caught.value.code == code
    assert services.autorizaciones.pending(supervisor) == ()
    assert services.verificacion.verify(recibo).estado is EstadoRecibo.AUTENTICO


def test_who_asks_does_not_approve(services: Services, supervisor: Sesion, sesion: Sesion) -> None:
    _, recibo = issued(services, sesion)
    asked = services.anulaciones.request(supervisor, recibo, "Era otra persona")
    with pytest.raises(KnownError, match=r"autorizacion\.self"):
        services.autorizaciones.approve(supervisor, [asked.id])


def test_a_voided_day_may_be_closed_already(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    _, recibo = issued(services, sesion)
    first = services.cierres.close(supervisor, local_date(clock()))
    clock.move(hours=1)
    annul(services, sesion, supervisor, recibo)
    # On the same date, but late: the next day tells of it.
    clock.move(days=1)
    next_day = services.cierres.close(supervisor, local_date(clock()))
    assert first.totales.anuladas == ()
    (voided,) = next_day.totales.anuladas
    assert (voided.recibo, voided.emitido, voided.pidio, voided.autorizo) == (
        recibo, first.dia, "a.ejemplo", "s.ejemplo",
    )  # fmt: skip
    assert services.cierres.certificate(first.dia)  # what it said is what it says


def test_nothing_is_voided_by_a_clock_set_back(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    """It would count to a day that nobody closes any more, and be on no certificate."""
    numero, recibo = issued(services, sesion)
    clock.move(days=-2)
    with pytest.raises(KnownError, match=r"reloj\.back"):
        annul(services, sesion, supervisor, recibo)
    assert claves(services, numero) == [(EstadoClave.VIGENTE, EstadoHoja.ENTREGADA)]
