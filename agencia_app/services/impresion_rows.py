"""The rows of print jobs, for the transactions of what they print: adding, closing, confirming."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import ImpresionRow, PersonaRow, ReciboRow, TramiteRow
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.impresion import CLOSED, SLIP, UNTOLD, EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.tramite_rows import persona

_WITH_NAMES = (
    select(ImpresionRow, TramiteRow.numero, ReciboRow.numero, PersonaRow)
    .outerjoin(TramiteRow, TramiteRow.id == ImpresionRow.tramite_id)
    .outerjoin(ReciboRow, ReciboRow.tramite_id == ImpresionRow.tramite_id)
    .outerjoin(PersonaRow, PersonaRow.cedula == TramiteRow.cedula)
)
_JOBS = select(ImpresionRow).where(
    ImpresionRow.tramite_id == bindparam("tramite"),
    ImpresionRow.papel.in_(bindparam("papeles", expanding=True)),
    ImpresionRow.estado.in_(bindparam("estados", expanding=True)),
    ImpresionRow.error != CLOSED,
)
_OF_ID = _WITH_NAMES.where(ImpresionRow.id == bindparam("impresion"))


def new(  # noqa: PLR0913 - what a job says of itself
    sesion: Sesion,
    papel: PaperKind,
    now: datetime,
    *,
    tramite_id: int | None = None,
    cedula: str | None = None,
    numero: str = "",
    ejemplar: int = 0,
    motivo: str = "",
    impresora: str = "",
) -> ImpresionRow:
    """Return a new job, which is nowhere yet: ``add`` records it."""
    return ImpresionRow(
        papel=papel,
        tramite_id=tramite_id,
        cedula=cedula,
        numero=numero,
        ejemplar=ejemplar,
        motivo=motivo,
        copias=1,  # the setting's number when it is handed over
        impresora=impresora,
        referencia="",
        estado=EstadoImpresion.EN_COLA,
        intentos=0,
        error="",
        mensaje="",
        operador_id=sesion.usuario_id,
        ventanilla=sesion.ventanilla,
        creado_en=now,
        actualizado_en=now,
        equipo=sesion.equipo,
    )


def add(session: Session, row: ImpresionRow) -> ImpresionRow:
    """Record a new job in the caller's transaction; an original closes the one before it."""
    if row.tramite_id is not None and not row.ejemplar:
        close(session, row.tramite_id, row.creado_en, row.papel)
    session.add(row)
    session.flush()
    return row


def locked(session: Session, impresion: int) -> ImpresionRow:
    """Return the row of a job as it is now, for the caller's transaction to change."""
    return session.get_one(ImpresionRow, impresion, with_for_update={"key_share": True})


def close(session: Session, tramite_id: int, now: datetime, *papeles: PaperKind) -> None:
    """End the jobs of a trámite that nobody waits for any more, in the caller's transaction.

    What a printer has already is followed to its end, but for a slip: that was called back.
    """
    waiting = [EstadoImpresion.EN_COLA, EstadoImpresion.FALLIDO]
    if SLIP in papeles:
        waiting.append(EstadoImpresion.IMPRIMIENDO)
    for row in _jobs(session, tramite_id, papeles, *waiting):
        row.estado, row.error, row.mensaje = EstadoImpresion.FALLIDO, CLOSED, ""
        row.actualizado_en = now


def bring(session: Session, sesion: Sesion, tramite_id: int, papel: PaperKind) -> None:
    """Have a paper that nobody printed yet come out where its trámite is attended now."""
    for row in _jobs(session, tramite_id, (papel,), EstadoImpresion.EN_COLA):
        if row.equipo != sesion.equipo:
            # A printer of that name is another one here: the settings say which.
            row.equipo, row.impresora = sesion.equipo, ""


def confirm(session: Session, tramite_id: int, now: datetime, papel: PaperKind) -> None:
    """Record in the caller's transaction that somebody has a paper in hand.

    Called when the solicitud is signed, a slip was seen, and an attention ends. A recibo may
    still be on its way then: it is confirmed only if its printer said that it finished, or is
    one that never says.
    """
    handed = (EstadoImpresion.IMPRIMIENDO, EstadoImpresion.IMPRESO, EstadoImpresion.FALLIDO)
    for row in _jobs(session, tramite_id, (papel,), *handed):
        if papel is not PaperKind.RECIBO or row.estado is EstadoImpresion.IMPRESO or row.error == UNTOLD:
            row.estado, row.error, row.mensaje = EstadoImpresion.CONFIRMADO, "", ""
            row.actualizado_en = now


def value_of(session: Session, row: ImpresionRow) -> Impresion:
    """Return the value of a job, with the number and the name its paper carries."""
    return of_id(session, row.id)


def of_id(session: Session, impresion: int) -> Impresion:
    """Return the value of a job by its id."""
    return _value(*session.execute(_OF_ID, {"impresion": impresion}).one())


def values(session: Session, jobs: Select[int]) -> tuple[Impresion, ...]:
    """Return the values of the jobs whose ids a query finds, the newest first."""
    rows = session.execute(_WITH_NAMES.where(ImpresionRow.id.in_(jobs)).order_by(ImpresionRow.id.desc()))
    return tuple(_value(*row) for row in rows)


def _value(
    row: ImpresionRow, tramite: str | None, recibo: str | None, person: PersonaRow | None
) -> Impresion:
    if person is not None:
        nombre = persona(person).nombre_completo
    else:
        nombre = f"Cédula {cedulas.mask(row.cedula)}" if row.cedula else ""
    return Impresion(
        id=row.id,
        papel=row.papel,
        numero=row.numero or (recibo if row.papel in {PaperKind.RECIBO, SLIP} else tramite) or "",
        nombre=nombre,
        ejemplar=row.ejemplar,
        copias=row.copias,
        impresora=row.impresora,
        ventanilla=row.ventanilla,
        estado=row.estado,
        intentos=row.intentos,
        error=row.error,
        mensaje=row.mensaje,
        creado_en=row.creado_en,
        actualizado_en=row.actualizado_en,
        equipo=row.equipo,
    )


def _jobs(
    session: Session, tramite_id: int, papeles: tuple[PaperKind, ...], *estados: EstadoImpresion
) -> list[ImpresionRow]:
    wanted = {"tramite": tramite_id, "papeles": papeles, "estados": estados}
    return list(session.scalars(_JOBS, wanted))
