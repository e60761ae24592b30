"""Voiding an issuance, inside the transaction in which a second person approves it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import AnulacionRow, AutorizacionRow, ClaveRow, ReciboRow, TramiteRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, hoja_rows, impresion_rows, reloj
from agencia_app.services.dias import business_day

_SLIP_VOIDED = "Se anuló la emisión"


def check(session: Session, recibo: ReciboRow) -> None:
    """Raise KnownError ``anulacion.done`` for an issuance that is void already.

    Void is one that was voided, and one whose last slip was spoiled without another in its place.
    """
    voided = session.scalar(select(exists().where(AnulacionRow.recibo_id == recibo.id)))
    states = set(session.scalars(select(ClaveRow.estado).where(ClaveRow.tramite_id == recibo.tramite_id)))
    if voided or states == {EstadoClave.ANULADA}:
        raise KnownError("anulacion.done", recibo=numeros.shown(recibo.numero))


def annul(session: Session, sesion: Sesion, autorizacion: AutorizacionRow, now: datetime) -> None:
    """Void the issuance that an approved autorización of asunto ANULACION is about.

    Its clave is annulled if it is still valid; a later clave of the person stays. A trámite that
    was not finished ends. Its papers that nobody has yet are not waited for any more, and the slip
    nobody confirmed is spoiled, with its number. It counts to the business day of ``now``, whatever
    the day of the issuance. ``sesion`` is who approved. Raises KnownError ``anulacion.done``, and
    ``reloj.back``: by such a clock it would count to a day before a closed one.
    """
    reloj.check(session, now)
    session.flush()  # the approval is there for the trigger that asks for it
    tramite = session.get_one(TramiteRow, autorizacion.tramite_id)
    recibo = session.scalars(select(ReciboRow).where(ReciboRow.tramite_id == tramite.id)).one()
    check(session, recibo)
    dia = business_day(session, now)
    valid = session.scalars(
        select(ClaveRow).where(ClaveRow.tramite_id == tramite.id, ClaveRow.estado == EstadoClave.VIGENTE)
    ).one_or_none()
    if valid is not None:
        valid.estado = EstadoClave.ANULADA
        valid.fin_en = now
        if valid.hoja is EstadoHoja.POR_CONFIRMAR:
            valid.hoja = EstadoHoja.DANADA
            hoja_rows.spoil_of(session, sesion, valid, _SLIP_VOIDED, now)
    if tramite.estado is EstadoTramite.EMITIDO:
        tramite.estado = EstadoTramite.CANCELADO
        tramite.cerrado_en = now
    impresion_rows.close(session, tramite.id, now, PaperKind.HOJA_CLAVE, PaperKind.RECIBO)
    session.add(
        AnulacionRow(
            recibo_id=recibo.id,
            autorizacion_id=autorizacion.id,
            motivo=autorizacion.razon,
            operador_id=autorizacion.pedida_por,
            ventanilla=autorizacion.ventanilla,
            dia=dia,
            anulada_en=now,
        )
    )
    session.flush()
    bitacora.record(
        session,
        sesion,
        Evento.RECIBO_ANULADO,
        tramite=tramite.numero,
        en=now,
        cedulas=[tramite.cedula],
        recibo=recibo.numero,
        motivo=autorizacion.razon,
        autorizacion=autorizacion.id,
        clave_anulada=valid is not None,
    )
