"""Print jobs (*impresiones*) as people see them: queued, retried, confirmed, listed.

A job is written in the transaction of its paper and carries no paper: that is drawn again from
what is recorded, so nothing is ever repeated or undone by a printer. The way of one job, which
``dispatcher`` brings it:

    en_cola → imprimiendo → impreso → confirmado
                    └→ fallido → en_cola (again, elsewhere, or as PDF), or confirmado
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ImpresionRow, TramiteRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.impresion import (
    CLOSED,
    DOUBTFUL,
    OPEN,
    SLIP,
    UNTOLD,
    EstadoImpresion,
    Impresion,
    PaperKind,
)
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.impresion_rows import add, locked, new, value_of, values
from agencia_app.services.tramite_rows import row_of
from agencia_app.services.usuario_rows import acting

if TYPE_CHECKING:
    from agencia_app.services.dispatcher import Dispatcher
    from agencia_app.services.printing import Printing

SHOWN = 30  # jobs in a list

EN_COLA, IMPRIMIENDO = EstadoImpresion.EN_COLA, EstadoImpresion.IMPRIMIENDO
IMPRESO, CONFIRMADO, FALLIDO = EstadoImpresion.IMPRESO, EstadoImpresion.CONFIRMADO, EstadoImpresion.FALLIDO


# What somebody waits for, or must decide about.
_UNSETTLED = (ImpresionRow.estado.in_((*OPEN, FALLIDO)), ImpresionRow.error != CLOSED)
# Each window has a connection that is called by its machine's name (``enlace``).
_CONNECTED = "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"


class Impresiones:
    """What people do with print jobs."""

    def __init__(
        self,
        database: Database,
        printing: Printing,
        dispatcher: Dispatcher,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the database, the printers, what works on the jobs, and the clock (aware)."""
        self._database = database
        self._printing = printing
        self._dispatcher = dispatcher
        self._clock = clock
        self._equipo = printing.settings.equipo if database.is_postgres else ""

    # -- what a person does ------------------------------------------------------------

    def print_solicitud(self, sesion: Sesion, tramite: str) -> Impresion:
        """Queue the solicitud of a trámite again, by its number: it is not signed yet."""
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = row_of(session, tramite, lock=True)
            now = self._clock()
            job = add(session, new(sesion, PaperKind.SOLICITUD, now, tramite_id=row.id))
            bitacora.record(session, sesion, Evento.SOLICITUD_REIMPRESA, tramite=tramite, en=now)
            return self._saved(session, job)

    def print_stop(self, sesion: Sesion, cedula: str) -> Impresion:
        """Queue the sheet that tells somebody without a trámite why they were not attended."""
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = add(session, new(sesion, PaperKind.PENDIENTES, self._clock(), cedula=cedula))
            return self._saved(session, row)

    def print_test(self, sesion: Sesion, impresora: str) -> Impresion:
        """Queue the test page of a printer."""
        with acting(self._database, sesion, Permiso.CUIDAR_IMPRESORAS, shared=True) as session:
            now = self._clock()
            row = add(session, new(sesion, PaperKind.PRUEBA, now, impresora=impresora))
            bitacora.record(session, sesion, Evento.IMPRESORA_PROBADA, en=now, impresora=impresora)
            return self._saved(session, row)

    def retry(self, sesion: Sesion, impresion: int, impresora: str = "") -> Impresion:
        """Queue a job again, at the printer of the settings or at another one.

        One that is still at a printer is called back from there first; if meanwhile it came out,
        that is recorded and nothing is sent. Raises KnownError ``impresion.slip`` for a hoja de
        clave, ``impresion.done`` for one that came out, ``impresion.busy`` for one that is being
        sent right now, ``impresion.elsewhere`` for one at a printer of another machine, and ``printer.*`` when the other printer does not take this paper or the
        first one cannot give it back.
        """
        require(sesion, Permiso.CUIDAR_IMPRESORAS)
        job = self.get(impresion)
        if job.papel is SLIP:
            raise KnownError("impresion.slip")
        if impresora:
            self._printing.taking(impresora, job.papel)
        if self._dispatcher.call_back(job):
            return self.get(impresion)
        with acting(self._database, sesion, Permiso.CUIDAR_IMPRESORAS, shared=True) as session:
            row = locked(session, impresion)
            # Between the look and this lock the printer may have taken it, or it may have come out.
            if row.intentos != job.intentos or row.estado not in {job.estado, FALLIDO}:
                raise KnownError("impresion.busy")
            if row.estado not in {EN_COLA, IMPRIMIENDO, FALLIDO} or row.error == CLOSED:
                raise KnownError("impresion.done")
            bitacora.record(
                session,
                sesion,
                Evento.PAPEL_REINTENTADO,
                en=self._clock(),
                tramite=_tramite_number(session, row),
                papel=row.papel.value,
                estaba=row.error or row.estado.value,
                impresora=impresora or row.impresora,
            )
            row.estado, row.impresora, row.referencia = EN_COLA, impresora, ""
            row.equipo = sesion.equipo
            row.error = row.mensaje = ""
            self._dispatcher.wake()
            return self._saved(session, row)

    def came_out(self, sesion: Sesion, impresion: int) -> Impresion:
        """Record that somebody looked and has the paper. Raises KnownError ``impresion.done``."""
        with acting(self._database, sesion, Permiso.CUIDAR_IMPRESORAS, shared=True) as session:
            row = locked(session, impresion)
            if row.estado not in {IMPRIMIENDO, IMPRESO, FALLIDO} or row.error == CLOSED:
                raise KnownError("impresion.done")
            row.estado, row.error, row.mensaje = CONFIRMADO, "", ""
            bitacora.record(
                session,
                sesion,
                Evento.PAPEL_CONFIRMADO,
                en=self._clock(),
                tramite=_tramite_number(session, row),
                papel=row.papel.value,
            )
            return self._saved(session, row)

    def left_behind(self, sesion: Sesion) -> tuple[tuple[str, int], ...]:
        """Return the machines that are not there now and left papers, by name, and how many each."""
        require(sesion, Permiso.RELEVAR_EQUIPO)
        waiting = (
            select(ImpresionRow.equipo, func.count())
            .where(ImpresionRow.equipo != self._equipo, *_UNSETTLED)
            .group_by(ImpresionRow.equipo)
            .order_by(ImpresionRow.equipo)
        )
        with self._database.reading() as session:
            found = session.execute(waiting).all()
        there = self._connected() if found else frozenset()
        return tuple((equipo, count) for equipo, count in found if equipo not in there)

    def take_over(self, sesion: Sesion, equipo: str) -> int:
        """Bring the papers that a machine left here; return how many.

        What was not sent comes out here by itself. Of what may have, somebody must look at that
        machine's printer and say so: it never prints twice by itself, and a hoja de clave never again.
        Raises KnownError ``impresion.machine_there`` for a machine that is.
        """
        with acting(self._database, sesion, Permiso.RELEVAR_EQUIPO) as session:
            if equipo in self._connected():
                raise KnownError("impresion.machine_there", equipo=equipo)
            rows = session.scalars(
                select(ImpresionRow)
                .where(ImpresionRow.equipo == equipo, *_UNSETTLED)
                .with_for_update(key_share=True)
            ).all()
            now = self._clock()
            for row in rows:
                _bring_here(row, sesion)
                row.actualizado_en = now
            bitacora.record(
                session, sesion, Evento.PAPELES_RELEVADOS, en=now, equipo=equipo, papeles=len(rows)
            )
            session.commit()
        self._dispatcher.wake()
        return len(rows)

    def _connected(self) -> frozenset[str]:
        """Return the machines that have a window open now."""
        if not self._database.is_postgres:
            return frozenset()
        return frozenset(name for (name,) in self._database.rows(_CONNECTED))

    # -- reading -----------------------------------------------------------------------

    def get(self, impresion: int) -> Impresion:
        """Return a job."""
        with self._database.reading() as session:
            return value_of(session, session.get_one(ImpresionRow, impresion))

    def of_tramite(self, numero: str) -> tuple[Impresion, ...]:
        """Return the jobs of a trámite, the newest first."""
        of_it = (
            select(ImpresionRow.id)
            .join(TramiteRow, TramiteRow.id == ImpresionRow.tramite_id)
            .where(TramiteRow.numero == numero)
        )
        with self._database.reading() as session:
            return values(session, of_it)

    def recent(self) -> tuple[Impresion, ...]:
        """Return the last jobs, and of the older ones those that still wait, the newest first.

        Without those that nobody waits for any more, and those of other machines.
        """
        waits = ImpresionRow.estado.in_((*OPEN, FALLIDO))
        shown = (
            select(ImpresionRow.id)
            .where(ImpresionRow.error != CLOSED, ImpresionRow.equipo == self._equipo)
            .order_by(waits.desc(), ImpresionRow.id.desc())
            .limit(SHOWN)
        )
        with self._database.reading() as session:
            return values(session, shown)

    def _saved(self, session: Session, row: ImpresionRow) -> Impresion:
        row.actualizado_en = self._clock()
        session.flush()
        value = value_of(session, row)
        session.commit()
        return value


def _bring_here(row: ImpresionRow, sesion: Sesion) -> None:
    """Make a job of another machine one of this, as far as it came there."""
    sent = bool(row.referencia)
    if row.estado in OPEN and row.papel is SLIP:
        row.estado, row.error = FALLIDO, DOUBTFUL if sent else "printer.lost"
    elif row.estado is IMPRIMIENDO and sent and row.error != UNTOLD:
        row.estado, row.error = FALLIDO, DOUBTFUL
    elif row.estado is IMPRIMIENDO and not sent:
        row.estado, row.error = EN_COLA, ""
    if row.estado is EN_COLA:
        row.impresora = row.mensaje = ""  # a printer of that name is another one here
    row.equipo, row.referencia = sesion.equipo, ""


def _tramite_number(session: Session, row: ImpresionRow) -> str:
    return session.get_one(TramiteRow, row.tramite_id).numero if row.tramite_id is not None else ""
