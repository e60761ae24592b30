"""Bringing print jobs to their printers, and following them until they came out.

Before anything can print, two commits are made: the job is taken (``imprimiendo``), and the
printer's handle is recorded. Whoever finds it there after a crash knows what may have happened:
no handle, nothing was sent; a handle, the printer is asked. What nobody can know is ``fallido``
with ``printer.doubtful``, and a person who looks decides: a paper never prints twice by itself.

Where an agency has many machines a job is of the one that made it, whose printers they are: no other
hands it over or asks about it, until a supervisor takes it over from a machine that died.

The hoja de clave goes the same way but from memory, handed over by who issued it, and once.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select
from sqlalchemy.sql import ColumnElement

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ClaveRow, ImpresionRow, TramiteRow
from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import (
    DOUBTFUL,
    SLIP,
    UNTOLD,
    EstadoImpresion,
    Impresion,
    PaperKind,
)
from agencia_app.services import impresion_rows
from agencia_app.services.printers.base import TRANSIENT, Answer, JobState, Paper

if TYPE_CHECKING:
    from agencia_app.services.papeles import Papeles
    from agencia_app.services.printing import Printing
    from agencia_app.services.tramites import Tramites

LOG = logging.getLogger(__name__)

_ROUND = 0.25  # seconds after which a round hands over no more
_MESSAGE = ImpresionRow.mensaje.type.length  # characters
_WAITS = (1.0, 2.0, 4.0, 8.0)  # seconds before a printer that did not take a paper is tried again

EN_COLA, IMPRIMIENDO = EstadoImpresion.EN_COLA, EstadoImpresion.IMPRIMIENDO
IMPRESO, CONFIRMADO, FALLIDO = EstadoImpresion.IMPRESO, EstadoImpresion.CONFIRMADO, EstadoImpresion.FALLIDO

_IS_SLIP = ImpresionRow.papel == SLIP
# A recibo prints once its slip was confirmed: before that the clave may still be annulled.
_DUE = and_(
    ImpresionRow.estado == EN_COLA,
    ~_IS_SLIP,
    or_(
        ImpresionRow.papel != PaperKind.RECIBO,
        select(ClaveRow.id)
        .where(ClaveRow.tramite_id == ImpresionRow.tramite_id, ClaveRow.hoja == EstadoHoja.ENTREGADA)
        .exists(),
    ),
)
# Of one that never says that it finished, a person says whether the paper came out.
_AT_A_PRINTER = and_(ImpresionRow.estado == IMPRIMIENDO, ImpresionRow.error != UNTOLD)
# What the spooler may keep of slips whose fate is known.
_TO_PURGE = and_(
    _IS_SLIP,
    ImpresionRow.referencia != "",
    ImpresionRow.estado.in_((IMPRESO, CONFIRMADO, FALLIDO)),
)


class Dispatcher:
    """The work on the table of print jobs. One thread at a time goes over it."""

    def __init__(
        self,
        database: Database,
        printing: Printing,
        tramites: Tramites,
        papeles: Papeles,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what composes papers and what prints them."""
        self._database = database
        self._printing = printing
        self._tramites = tramites
        self._papeles = papeles
        self._clock = clock
        self._equipo = printing.settings.equipo if database.is_postgres else ""
        self.settled = 0  # how often a job's state was recorded: whether a round brought anything
        self._working = threading.Lock()
        self._in_hand: set[int] = set()  # the jobs that are being sent right now
        self._dropped: set[int] = set()  # taken here, and left before their printer heard of them
        # When a printer that took nothing is tried again (monotonic seconds), and how often it was.
        self._rest: dict[str, tuple[float, int]] = {}

    def take_up(self) -> None:
        """Settle what a stopped application took and never announced. Once, before the first ``work``.

        Nothing of it was sent, so it is sent anew; but the clave of a slip was in memory and is
        gone. What has a handle is asked about, like any other job.
        """
        unannounced = ImpresionRow.referencia == ""
        for row in self._rows(ImpresionRow.estado == IMPRIMIENDO, ~_IS_SLIP, unannounced):
            self._settle(row, EN_COLA, None)
        for row in self._rows(ImpresionRow.estado.in_((EN_COLA, IMPRIMIENDO)), _IS_SLIP, unannounced):
            if row.id not in self._in_hand:
                self._settle(row, FALLIDO, self._lost(row))

    def work(self) -> bool:
        """Go once over the jobs: ask about those at a printer, hand over those that wait.

        Returns whether something still waits for a printer. Not to be called in a loop without
        a pause. Where another thread is at it already, this one returns at once.
        """
        if not self._working.acquire(blocking=False):
            return True
        try:
            for row in self._rows(_AT_A_PRINTER):
                self._apart(row, self._follow)
            for row in self._rows(_TO_PURGE):
                self._apart(row, self._forget_slip)
            began = time.monotonic()
            # Behind a printer that did not take a paper, those of one that does must not wait.
            for row in sorted(self._rows(_DUE), key=self._tries):
                self._apart(row, self._dispatch)
                if time.monotonic() - began > _ROUND:
                    break  # a slow printer: what it did so far is told before it goes on
            return bool(self._rows(or_(_DUE, _AT_A_PRINTER, _TO_PURGE)))
        finally:
            self._working.release()

    def wake(self) -> None:
        """Try every printer again at once: somebody is waiting."""
        self._rest.clear()

    def hand_over(self, impresion: int, paper: Paper) -> None:
        """Give a paper to its printer now. A refusal is recorded with the job, and not raised."""
        self._in_hand.add(impresion)
        try:
            self._hand_over(impresion, paper)
        finally:
            self._in_hand.discard(impresion)

    def call_back(self, job: Impresion) -> bool:
        """Cancel a job at its printer, for somebody who wants it elsewhere.

        Returns whether it had come out already, which is recorded. Raises KnownError
        ``impresion.busy`` for one that is being sent, ``impresion.elsewhere`` for one at a printer of
        another machine, and ``printer.*`` when it cannot be asked.
        """
        row = self._row(job.id)
        if row.estado is IMPRIMIENDO and row.error != UNTOLD and row.equipo != self._equipo:
            raise KnownError("impresion.elsewhere", equipo=row.equipo)
        if job.id in self._in_hand or row.intentos != job.intentos:
            raise KnownError("impresion.busy")
        if row.estado is not IMPRIMIENDO or row.error == UNTOLD:
            return False
        if not row.referencia:
            raise KnownError("impresion.busy")
        if not self._printing.printer(row.impresora).call_back(row.referencia):
            return False
        self._settle(row, IMPRESO, None)
        return True

    def call_back_slip(self, tramite: str, intento: int) -> None:
        """Take back from the printer what it still has of a slip, as far as it can."""
        of_it = select(TramiteRow.id).where(TramiteRow.numero == tramite).scalar_subquery()
        for row in self._rows(
            _IS_SLIP,
            ImpresionRow.tramite_id == of_it,
            ImpresionRow.ejemplar == intento,
            ImpresionRow.referencia != "",
        ):
            self._forget_slip(row)

    # -- one job -----------------------------------------------------------------------

    def _apart(self, row: ImpresionRow, work: Callable[[ImpresionRow], None]) -> None:
        """Work on one job so that whatever is wrong with it holds up no other."""
        if row.id in self._in_hand:
            return  # by another thread: a slip on its way
        try:
            work(row)
        except KnownError as error:
            if error.code.startswith("base."):
                raise  # the database: nothing can be recorded now
            LOG.warning("paper not worked on", extra={"code": error.code, "printer": row.impresora})
        except Exception:
            report = secrets.token_hex(3).upper()
            LOG.exception("paper not worked on", extra={"report": report})
            self._settle(
                row, FALLIDO, KnownError(DOUBTFUL, printer=row.impresora, message=f"informe {report}")
            )

    def _dispatch(self, row: ImpresionRow) -> None:
        name = self._printer_of(row)
        rest, _ = self._rest.get(name, (0.0, 0))
        if time.monotonic() < rest:
            return
        try:
            paper = self._compose(row, name)
        except Exception as error:  # nothing was sent: it is no doubt, but a fault to report
            report = secrets.token_hex(3).upper()
            LOG.exception("paper not composed", extra={"report": report})
            words = error.code if isinstance(error, KnownError) else report
            self._settle(row, FALLIDO, KnownError("impresion.broken", printer=name, message=words))
            return
        self.hand_over(row.id, paper)

    def _compose(self, row: ImpresionRow, name: str) -> Paper:
        if row.papel is PaperKind.PRUEBA:
            return self._papeles.prueba(name)
        if row.papel is PaperKind.CORRECCION:
            return self._papeles.correccion(row.numero)
        if row.tramite_id is None:
            person, stop = self._tramites.stop_of(row.cedula or "")
            return self._papeles.stopped(person, row.cedula or "", stop)
        with self._database.reading() as session:
            numero = session.get_one(TramiteRow, row.tramite_id).numero
        tramite = self._tramites.reload(numero)
        if row.papel is PaperKind.RECIBO:
            return self._papeles.recibo(tramite, row.ejemplar)
        if row.papel is PaperKind.SOLICITUD:
            return self._papeles.solicitud(tramite, row.ejemplar)
        return self._papeles.pendientes(tramite, row.ejemplar)

    def _hand_over(self, impresion: int, paper: Paper) -> None:
        row = self._take(impresion)
        if row is None:
            return
        name = row.impresora
        try:
            printer = self._printing.taking(name, row.papel)
            handle = printer.open(paper, row.copias)
            if not self._announce(row, handle):
                printer.forget(handle)  # somebody else has the job now
                return
            answer = printer.send(handle, paper, row.copias)
        except KnownError as error:
            self._refused(row, error)
        except BaseException:
            # A bug: nobody knows how far it came. The job must not be sent again by itself.
            self._settle(row, FALLIDO, KnownError(DOUBTFUL, printer=name, message=""))
            raise
        else:
            self._rest.pop(name, None)
            if printer.tells:
                self._heard(row, answer)
            else:
                self._settle(row, IMPRIMIENDO, KnownError(UNTOLD, printer=name, message=""))

    def _take(self, impresion: int) -> ImpresionRow | None:
        """Take a job for this process; return it as it is then, or None when it is not to be had."""
        with self._database.unit_of_work(shared=True) as session:
            row = impresion_rows.locked(session, impresion)
            if row.estado is not EN_COLA or (row.papel is not SLIP and row.equipo != self._equipo):
                return None
            row.estado, row.impresora, row.referencia = IMPRIMIENDO, self._printer_of(row), ""
            row.intentos += 1
            if row.papel is not SLIP and not row.ejemplar:
                row.copias = self._printing.settings.copies(row.papel.value)
            row.actualizado_en = self._clock()
            self._dropped.add(impresion)  # before: that it was recorded may not be answered
            session.commit()
            return row

    def _announce(self, taken: ImpresionRow, handle: str) -> bool:
        """Record the printer's handle, if the job is still this try's: then it may be sent."""
        with self._database.unit_of_work(shared=True) as session:
            row = impresion_rows.locked(session, taken.id)
            if row.estado is not IMPRIMIENDO or row.intentos != taken.intentos:
                return False
            row.referencia = handle
            row.actualizado_en = self._clock()
            session.commit()
        self._dropped.discard(taken.id)
        return True

    def _follow(self, row: ImpresionRow) -> None:
        if not row.referencia:
            # Taken and never announced: by this process, which stumbled, or by another one.
            if row.id in self._dropped:
                self._settle(row, FALLIDO if row.papel is SLIP else EN_COLA, self._lost(row))
            return
        try:
            answer = self._printing.printer(row.impresora).ask(row.referencia)
        except KnownError as error:
            # Who cannot be asked now may have printed it: it is asked again.
            self._settle(row, IMPRIMIENDO, error)
            return
        self._heard(row, answer)

    def _heard(self, row: ImpresionRow, answer: Answer) -> None:
        """Record what a printer says of a job it was given."""
        name, message = row.impresora, answer.message
        if answer.state is JobState.WAITING:
            self._settle(
                row,
                IMPRIMIENDO,
                KnownError("printer.waiting", printer=name, message=message) if message else None,
            )
        elif answer.state is JobState.DONE:
            self._settle(row, IMPRESO, None)
        elif answer.state is JobState.EMPTY:
            # Nothing of it was ever sent. A slip's clave is gone from memory by now.
            self._settle(row, FALLIDO if row.papel is SLIP else EN_COLA, self._lost(row))
        elif answer.state is JobState.UNKNOWN:
            self._settle(row, FALLIDO, KnownError(DOUBTFUL, printer=name, message=message))
        else:
            self._settle(row, FALLIDO, KnownError("printer.failed", printer=name, message=message))

    def _refused(self, row: ImpresionRow, error: KnownError) -> None:
        if error.code in TRANSIENT and row.papel is not SLIP:
            _, tries = self._rest.get(row.impresora, (0.0, 0))
            self._rest[row.impresora] = (time.monotonic() + _WAITS[min(tries, len(_WAITS) - 1)], tries + 1)
            self._settle(row, EN_COLA, error)
        elif error.code.startswith("base.") and row.papel is not SLIP:
            self._settle(row, EN_COLA, None)  # not announced, so nothing was sent
        else:
            self._settle(row, FALLIDO, error)

    def _forget_slip(self, row: ImpresionRow) -> None:
        try:
            self._printing.printer(row.impresora).forget(row.referencia)
        except KnownError as error:
            LOG.warning("slip not forgotten", extra={"code": error.code})
            return  # tried again with the next round
        with self._database.unit_of_work(shared=True) as session:
            impresion_rows.locked(session, row.id).referencia = ""
            session.commit()

    # -- rows --------------------------------------------------------------------------

    def _tries(self, row: ImpresionRow) -> int:
        return self._rest.get(self._printer_of(row), (0.0, 0))[1]

    def _printer_of(self, row: ImpresionRow) -> str:
        return row.impresora or self._printing.settings.printer(row.papel.value)

    def _lost(self, row: ImpresionRow) -> KnownError | None:
        return KnownError("printer.lost", printer=row.impresora, message="") if row.papel is SLIP else None

    def _row(self, impresion: int) -> ImpresionRow:
        with self._database.reading() as session:
            return session.get_one(ImpresionRow, impresion)

    def _rows(self, *conditions: ColumnElement[bool]) -> list[ImpresionRow]:
        with self._database.reading() as session:
            of_here = ImpresionRow.equipo == self._equipo
            query = select(ImpresionRow).where(of_here, *conditions).order_by(ImpresionRow.id)
            return list(session.scalars(query))

    def _settle(self, seen: ImpresionRow, estado: EstadoImpresion, error: KnownError | None) -> None:
        """Record a state and why, unless it is recorded, or the job went on from what was seen."""
        code, words = "", ""
        if error is not None:
            code, words = error.code, str(error.data.get("message", ""))[:_MESSAGE]
        with self._database.unit_of_work(shared=True) as session:
            row = impresion_rows.locked(session, seen.id)
            if (row.estado, row.intentos) != (seen.estado, seen.intentos):
                return
            if (row.estado, row.error, row.mensaje) == (estado, code, words):
                return
            row.estado, row.error, row.mensaje = estado, code, words
            if estado is EN_COLA:
                row.referencia = ""
            row.actualizado_en = self._clock()
            session.commit()
        self.settled += 1
        self._dropped.discard(seen.id)
        if estado is FALLIDO:
            LOG.warning("paper failed", extra={"code": code, "printer": row.impresora})
