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
from agencia_app.models.domain.autorizacion import Asunto, EstadoAutorizacion
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.impresion import CLOSED, PaperKind
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import anulacion_rows, recibos
from agencia_app.services.registry import Services
from tests.factories import Clock, ready_to_issue, sign_in, sign_in_as


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


def annul(services: Services, sesion: Sesion, supervisor: Sesion, numero: str, clock: Clock) -> None:
    with services.database.unit_of_work() as session:
        tramite = session.scalars(select(TramiteRow).where(TramiteRow.numero == numero)).one()
        row = AutorizacionRow(
            asunto=Asunto.ANULACION, tramite_id=tramite.id, alcance="{}", texto="Anular", razon="Era otra persona",
            estado=EstadoAutorizacion.PEDIDA, pedida_por=sesion.usuario_id, pedida_en=clock(), ventanilla=4,
        )  # fmt: skip
        session.add(row)
        session.flush()
        row.estado = EstadoAutorizacion.APROBADA
        row.resuelta_por, row.resuelta_en = supervisor.usuario_id, clock()
        anulacion_rows.annul(session, supervisor, row, clock())
        session.commit()


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
    annul(services, sesion, supervisor, numero, clock)
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


def test_a_later_clave_of_the_person_stays(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    first, recibo = issued(services, sesion)
    later, good = issued(services, sesion)
    annul(services, sesion, supervisor, first, clock)
    assert claves(services, first) == [(EstadoClave.DESACTIVADA, EstadoHoja.ENTREGADA)]
    assert claves(services, later) == [(EstadoClave.VIGENTE, EstadoHoja.ENTREGADA)]
    assert services.verificacion.verify(recibo).estado is EstadoRecibo.ANULADO
    assert services.verificacion.verify(good).estado is EstadoRecibo.AUTENTICO
    with pytest.raises(KnownError, match=r"impresion\.nothing"):
        services.duplicados.print_again(sesion, PaperKind.RECIBO, first, "Se perdió")


def test_a_tramite_still_open_ends_and_its_papers_with_it(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    numero, _ = issued(services, sesion, finished=False)
    annul(services, sesion, supervisor, numero, clock)
    assert services.tramites.reload(numero).estado is EstadoTramite.CANCELADO
    assert claves(services, numero) == [(EstadoClave.ANULADA, EstadoHoja.DANADA)]
    assert services.tramites.unfinished(sesion) == ()
    with services.database.reading() as session:
        job = session.scalars(select(ImpresionRow).where(ImpresionRow.papel == PaperKind.RECIBO)).one()
        assert job.error == CLOSED
    with pytest.raises(KnownError, match=r"clave\.slip_changed"):
        services.claves.confirm_slip(sesion, numero, 1)
    # The person is attended anew.
    issued(services, sesion)


def test_twice_is_refused(services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock) -> None:
    numero, _ = issued(services, sesion)
    annul(services, sesion, supervisor, numero, clock)
    with pytest.raises(KnownError, match=r"anulacion\.done"):
        annul(services, sesion, supervisor, numero, clock)


def test_a_clave_that_its_slip_annulled_is_not_voided_too(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    numero, _ = issued(services, sesion, finished=False)
    clock.move(days=1)
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, numero, 1)
    with pytest.raises(KnownError, match=r"anulacion\.done"):
        annul(services, sesion, supervisor, numero, clock)
