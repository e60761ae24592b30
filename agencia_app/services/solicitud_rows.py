"""The rows of the solicitudes, for the transactions of what makes them and what they serve."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import SolicitudRow, TramiteRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.solicitud import Calificacion, EstadoSolicitud, OrigenSolicitud, Solicitud
from agencia_app.services.tramite_rows import next_number, solicitud

_OF_TRAMITE = select(SolicitudRow).where(SolicitudRow.tramite_id == bindparam("tramite"))


def add(  # noqa: PLR0913 - what a solicitud says of itself
    session: Session,
    *,
    cedula: str,
    tipo: TipoPrestacion,
    origen: OrigenSolicitud,
    en: datetime,
    dias: int,
    usuario_id: int | None,
    ventanilla: int,
    estado: EstadoSolicitud = EstadoSolicitud.GENERADA,
    planilla: str = "",
    ruc: str = "",
    numero: str = "",
) -> SolicitudRow:
    """Record a new solicitud in the caller's transaction, good for ``dias`` days after today's.

    ``estado`` is ``POR_CALIFICAR`` for one that goes to the employer first. ``numero`` is the portal's;
    without one it takes the next of the agency's. ``usuario_id`` is nobody's at the kiosk.
    """
    row = SolicitudRow(
        numero=numero or next_number(session, numeros.Kind.SOLICITUD, en)[0],
        cedula=cedula,
        tipo_prestacion=tipo,
        origen=origen,
        estado=estado,
        planilla=planilla,
        generada_en=en,
        generada_por=usuario_id,
        ventanilla=ventanilla,
        vence_el=local_date(en) + timedelta(days=dias),
        ruc=ruc,
        razon_social="",
        calificada_por="",
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, numero: str, *, lock: bool = False) -> SolicitudRow | None:
    """Return the row of a number, or None; ``lock`` it to change it."""
    query = select(SolicitudRow).where(SolicitudRow.numero == numero)
    return session.scalars(query.with_for_update(key_share=True) if lock else query).one_or_none()


def value(session: Session, row: SolicitudRow) -> Solicitud:
    """Return the value of a solicitud."""
    tramite = select(TramiteRow.numero).where(TramiteRow.id == row.tramite_id)
    return solicitud(
        lambda name: getattr(row, name), "" if row.tramite_id is None else session.scalars(tramite).one()
    )


def of_tramite(session: Session, tramite_id: int) -> SolicitudRow | None:
    """Return the solicitud of a trámite, or None; its trámite's row is locked by who changes it."""
    return session.scalars(_OF_TRAMITE, {"tramite": tramite_id}).one_or_none()


def newest(session: Session, cedula: str, tipo: TipoPrestacion) -> SolicitudRow | None:
    """Return the last solicitud that a person had as they ask now, or None."""
    query = select(SolicitudRow).where(SolicitudRow.cedula == cedula, SolicitudRow.tipo_prestacion == tipo)
    return session.scalars(query.order_by(SolicitudRow.id.desc()).limit(1)).one_or_none()


def served(session: Session, tramite: TramiteRow, block: Calificacion) -> SolicitudRow | None:
    """Return a solicitud of the same person that served in another trámite with the same block, or None."""
    query = select(SolicitudRow).where(
        SolicitudRow.cedula == tramite.cedula,
        SolicitudRow.tramite_id != tramite.id,
        SolicitudRow.presentada_en.is_not(None),
        SolicitudRow.ruc == block.ruc,
        SolicitudRow.calificada_por == block.calificada_por,
        SolicitudRow.calificada_el == block.calificada_el,
    )
    return session.scalars(query.limit(1)).one_or_none()


def bind(session: Session, row: SolicitudRow, tramite: TramiteRow) -> None:
    """Bring a solicitud to a trámite, in place of any other: what was accepted was on another paper."""
    if row.tramite_id != tramite.id:
        release(session, tramite.id)
        tramite.aceptado_en = tramite.firmado_en = None
        row.tramite_id = tramite.id
        session.flush()


def release(session: Session, tramite_id: int) -> None:
    """Leave a trámite's solicitud free again: nothing was issued on it."""
    row = of_tramite(session, tramite_id)
    if row is not None:
        take_back(row)
        row.tramite_id = None
        session.flush()


def take_back_of(session: Session, tramite: TramiteRow) -> None:
    """Have what was signed in a trámite signed again."""
    if tramite.firmado_en is not None:
        tramite.firmado_en = None
        row = of_tramite(session, tramite.id)
        if row is not None:
            take_back(row)


def take_back(row: SolicitudRow) -> None:
    """Have a solicitud not presented any more: it must be signed again."""
    if row.estado is EstadoSolicitud.PRESENTADA:
        qualified = row.calificada_el is not None
        row.estado = EstadoSolicitud.CALIFICADA if qualified else EstadoSolicitud.GENERADA
        row.presentada_en = None
