"""The rows of the solicitudes, for the transactions of what makes them and what they serve."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import SolicitudRow, TramiteRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.solicitud import Calificacion, EstadoSolicitud, OrigenSolicitud, Solicitud
from agencia_app.services.tramite_rows import next_number


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
    block = None
    if row.calificada_el is not None:
        block = Calificacion(row.ruc, row.razon_social, row.calificada_por, row.calificada_el)
    return Solicitud(
        row.numero,
        row.cedula,
        row.tipo_prestacion,
        row.origen,
        row.estado,
        row.generada_en,
        row.vence_el,
        row.planilla,
        row.ruc,
        block,
        "" if row.tramite_id is None else session.scalars(tramite).one(),
    )
