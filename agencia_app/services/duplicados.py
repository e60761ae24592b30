"""Duplicates: a recibo, solicitud or hoja de pendientes printed again, numbered, with who and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import AnulacionRow, ImpresionRow, ReciboRow, SolicitudRow, TramiteRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.clave import EstadoClave
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.impresion import MOTIVO_LENGTH, Impresion, PaperKind
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.impresion_rows import add, new, value_of
from agencia_app.services.tramite_rows import latest_clave, load
from agencia_app.services.usuario_rows import acting

LAST = 8  # trámites offered without a number


@dataclass(frozen=True, slots=True)
class Reprintable:
    """A trámite and the papers of it that may be printed again."""

    tramite: Tramite
    papeles: tuple[PaperKind, ...]


class Duplicados:
    """Printing again what somebody lost. Every duplicate is marked and audited."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the clock (aware)."""
        self._database = database
        self._clock = clock

    def last(self, sesion: Sesion) -> tuple[Reprintable, ...]:
        """Return this window's last trámites with something to print again, newest first."""
        require(sesion, Permiso.REIMPRIMIR)
        with self._database.reading() as session:
            rows = session.scalars(
                select(TramiteRow)
                .where(
                    TramiteRow.ventanilla == sesion.ventanilla,
                    or_(TramiteRow.aceptado_en.is_not(None), TramiteRow.estado == EstadoTramite.PENDIENTE),
                )
                .order_by(TramiteRow.id.desc())
                .limit(LAST),
            )
            found = (Reprintable(load(session, row), _papers(session, row)) for row in rows)
            return tuple(each for each in found if each.papeles)

    def find(self, sesion: Sesion, numero: str) -> Reprintable:
        """Return the trámite that a scanned or typed number names: its own, its recibo's or its solicitud's.

        Raises KnownError ``numero.*``, ``tramite.not_found``, or ``impresion.nothing``.
        """
        require(sesion, Permiso.REIMPRIMIR)
        digits = numeros.validate(numero)
        with acting(self._database, sesion, Permiso.REIMPRIMIR, shared=True) as session:
            row = self._row(session, digits)
            bitacora.record(session, sesion, Evento.CONSULTA_TRAMITE, tramite=row.numero, en=self._clock())
            found = Reprintable(load(session, row), _papers(session, row))
            session.commit()
        if not found.papeles:
            raise KnownError("impresion.nothing")
        return found

    def print_again(self, sesion: Sesion, papel: PaperKind, tramite: str, motivo: str) -> Impresion:
        """Queue DUPLICADO n of a paper, by the trámite's number.

        Raises KnownError ``impresion.motivo`` without a reason, ``impresion.nothing`` for a paper
        this trámite has not, and ``tramite.not_found``.
        """
        require(sesion, Permiso.REIMPRIMIR)
        reason = " ".join(motivo.split())
        if not reason or not reason.isprintable() or len(reason) > MOTIVO_LENGTH:
            raise KnownError("impresion.motivo", maximum=MOTIVO_LENGTH)
        with acting(self._database, sesion, Permiso.REIMPRIMIR, shared=True) as session:
            row = self._row(session, tramite, lock=True)
            if papel not in _papers(session, row):
                raise KnownError("impresion.nothing")
            last = select(func.max(ImpresionRow.ejemplar)).where(
                ImpresionRow.tramite_id == row.id, ImpresionRow.papel == papel
            )
            ejemplar = (session.scalar(last) or 0) + 1
            now = self._clock()
            job = add(session, new(sesion, papel, now, tramite_id=row.id, ejemplar=ejemplar, motivo=reason))
            bitacora.record(
                session,
                sesion,
                Evento.PAPEL_DUPLICADO,
                tramite=row.numero,
                en=now,
                papel=papel.value,
                duplicado=ejemplar,
                motivo=reason,
            )
            value = value_of(session, job)
            session.commit()
        return value

    def _row(self, session: Session, digits: str, *, lock: bool = False) -> TramiteRow:
        query = (
            select(TramiteRow)
            .outerjoin(ReciboRow, ReciboRow.tramite_id == TramiteRow.id)
            .outerjoin(SolicitudRow, SolicitudRow.tramite_id == TramiteRow.id)
            .where(
                or_(TramiteRow.numero == digits, ReciboRow.numero == digits, SolicitudRow.numero == digits)
            )
        )
        if lock:
            query = query.with_for_update(of=TramiteRow, key_share=True)
        row = session.scalars(query).one_or_none()
        if row is None:
            raise KnownError("tramite.not_found", numero=numeros.shown(digits))
        return row


def _papers(session: Session, row: TramiteRow) -> tuple[PaperKind, ...]:
    """Return what may be printed again: never a paper that was not due in the first place."""
    clave = latest_clave(session, row.id)
    found = []
    # Of an annulled clave, or a voided issuance, no recibo goes out any more.
    void = select(AnulacionRow.id).join(ReciboRow).where(ReciboRow.tramite_id == row.id)
    if clave is not None and clave.estado is not EstadoClave.ANULADA and session.scalar(void) is None:
        found.append(PaperKind.RECIBO)
    if row.aceptado_en is not None and row.estado is not EstadoTramite.CANCELADO:
        found.append(PaperKind.SOLICITUD)
    if row.estado is EstadoTramite.PENDIENTE:
        found.append(PaperKind.PENDIENTES)
    return tuple(found)
