"""The rows of the tickets de corrección, for the services that open, close, print and tell of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import CorreccionRow, PersonaRow, UsuarioRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.correccion import Correccion, DatoErrado
from agencia_app.models.domain.errors import KnownError
from agencia_app.services.tramite_rows import persona

_OPEN = CorreccionRow.cerrada_en.is_(None)


def find(session: Session, numero: str, *, lock: bool = False) -> CorreccionRow:
    """Return the row of a ticket; ``lock`` it to close it. Raises KnownError ``correccion.not_found``."""
    query = select(CorreccionRow).where(CorreccionRow.numero == numero)
    row = session.scalars(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise KnownError("correccion.not_found", numero=numeros.shown(numero))
    return row


def open_of(session: Session, cedula: str, dato: DatoErrado) -> CorreccionRow | None:
    """Return the ticket that is open for a datum of a person, or None."""
    query = select(CorreccionRow).where(
        CorreccionRow.cedula == cedula, CorreccionRow.dato == dato, CorreccionRow.cerrada_en.is_(None)
    )
    return session.scalars(query).one_or_none()


def tell(session: Session, cedula: str, now: datetime) -> tuple[Correccion, ...]:
    """Return a person's open tickets, and those closed since a window was last told, which it is by this."""
    untold = and_(CorreccionRow.cerrada_en.is_not(None), CorreccionRow.avisada_en.is_(None))
    rows = session.scalars(
        select(CorreccionRow)
        .where(CorreccionRow.cedula == cedula, or_(_OPEN, untold))
        .order_by(CorreccionRow.id)
        .with_for_update(key_share=True)
    ).all()
    told = tuple(value(session, row) for row in rows)
    for row in rows:
        if row.cerrada_en is not None:
            row.avisada_en = now
    session.flush()
    return told


def value(session: Session, row: CorreccionRow) -> Correccion:
    """Return the value of a row, with the name as the padrón has it now."""
    closer = session.get_one(UsuarioRow, row.cerrada_por).usuario if row.cerrada_por is not None else ""
    return Correccion(
        numero=row.numero,
        cedula=row.cedula,
        nombre=persona(session.get_one(PersonaRow, row.cedula)).nombre_completo,
        dato=row.dato,
        dice=row.dice,
        debe_decir=row.debe_decir,
        evidencia=row.evidencia,
        abierta_por=session.get_one(UsuarioRow, row.abierta_por).usuario,
        abierta_en=row.abierta_en,
        ventanilla=row.ventanilla,
        cerrada_por=closer,
        cerrada_en=row.cerrada_en,
        resolucion=row.resolucion,
        avisada_en=row.avisada_en,
    )
