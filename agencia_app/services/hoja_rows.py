"""The rows of numbered slips, for the transactions that use one: taking the next, and spoiling."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import ClaveRow, HojaNumeradaRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.hoja_numerada import EstadoHojaNumerada
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import reloj
from agencia_app.services.dias import business_day

NOT_OUT = "No salió bien de la impresora"  # why the slip of a clave that is replaced is spoiled


def next_of(session: Session, ventanilla: int) -> int | None:
    """Return the lowest number a window has left, or None."""
    return session.scalar(
        select(HojaNumeradaRow.numero)
        .where(
            HojaNumeradaRow.ventanilla == ventanilla,
            HojaNumeradaRow.estado == EstadoHojaNumerada.DISPONIBLE,
        )
        .order_by(HojaNumeradaRow.numero)
        .limit(1)
    )


def check(session: Session, ventanilla: int, hoja: int | None, *, lock: bool = False) -> HojaNumeradaRow:
    """Return the slip that an issuance at a window may take: its next one, and no other.

    Raises KnownError ``hoja.none_left`` for a window without slips, ``hoja.needed`` when no number
    was given, ``hoja.unknown``, ``hoja.used``, ``hoja.spoiled``, ``hoja.other_window``,
    ``hoja.unassigned`` or ``hoja.not_next``.
    """
    row = None if hoja is None else session.get(HojaNumeradaRow, hoja, with_for_update=lock)
    due = next_of(session, ventanilla)
    if row is not None and row.numero == due:
        return row
    if hoja is None:
        if due is None:
            raise KnownError("hoja.none_left", ventanilla=ventanilla)
        raise KnownError("hoja.needed", siguiente=due)
    if row is None:
        raise KnownError("hoja.unknown", hoja=hoja)
    if row.estado is not EstadoHojaNumerada.DISPONIBLE:
        used = row.estado is EstadoHojaNumerada.EMITIDA
        raise KnownError("hoja.used" if used else "hoja.spoiled", hoja=hoja)
    if row.ventanilla is None:
        raise KnownError("hoja.unassigned", hoja=hoja)
    if row.ventanilla != ventanilla:
        raise KnownError("hoja.other_window", hoja=hoja, ventanilla=row.ventanilla)
    raise KnownError("hoja.not_next", hoja=hoja, siguiente=due)


def take(session: Session, sesion: Sesion, clave: ClaveRow, hoja: int | None, now: datetime) -> None:
    """Record in the caller's transaction that the slip of a clave is printed on a numbered one.

    Raises what ``check`` does.
    """
    row = check(session, sesion.ventanilla, hoja, lock=True)
    session.flush()  # the clave gets its id
    dia = business_day(session, now)
    row.estado = EstadoHojaNumerada.EMITIDA
    row.clave_id = clave.id
    _used(session, sesion, row, dia, now)


def spoil(session: Session, sesion: Sesion, row: HojaNumeradaRow, motivo: str, now: datetime) -> None:
    """Record in the caller's transaction that a slip is spoiled.

    Raises KnownError ``reloj.back``: by such a clock it would count to a day before a closed one.
    """
    reloj.check(session, now)
    dia = business_day(session, now)
    row.estado = EstadoHojaNumerada.DANADA
    row.motivo = motivo
    _used(session, sesion, row, dia, now)


def spoil_of(session: Session, sesion: Sesion, clave: ClaveRow, motivo: str, now: datetime) -> int | None:
    """Spoil the numbered slip that a clave was printed on; return its number, None without one."""
    row = session.scalars(select(HojaNumeradaRow).where(HojaNumeradaRow.clave_id == clave.id)).one_or_none()
    if row is None:
        return None
    spoil(session, sesion, row, motivo, now)
    return row.numero


def _used(session: Session, sesion: Sesion, row: HojaNumeradaRow, dia: date, now: datetime) -> None:
    row.dia = dia
    row.actualizado_por = sesion.usuario_id
    row.actualizado_en = now
    session.flush()
