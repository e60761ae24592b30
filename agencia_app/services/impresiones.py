"""Print jobs (*impresiones*): recorded with what they print, and followed until they came out.

A job is written in the transaction of its paper and carries no paper: that is drawn again from
what is recorded, so nothing is ever repeated or undone by a printer. The way of one job:

    en_cola → imprimiendo → impreso → confirmado
                    └→ fallido → en_cola (again, elsewhere, or as PDF), or confirmado

Before anything can print, the job is taken (``imprimiendo``) and the printer's handle recorded,
each in its own commit. Whoever finds it there after a crash knows what may have happened: no
handle, nothing was sent; a handle, the printer is asked. What nobody can know is ``fallido`` with
``printer.doubtful``, and a person who looks decides: a paper is never printed twice by itself.

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
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ClaveRow, ImpresionRow, TramiteRow
from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import OPEN, EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.impresion_rows import CLOSED, SLIP, UNTOLD, add, value_of, values
from agencia_app.services.printers.base import DOUBTFUL, TRANSIENT, Answer, JobState, Paper
from agencia_app.services.tramite_rows import row_of

if TYPE_CHECKING:
    from agencia_app.services.papeles import Papeles
    from agencia_app.services.printing import Printing
    from agencia_app.services.tramites import Tramites

LOG = logging.getLogger(__name__)

SHOWN = 30  # jobs in a list
_ROUND = 0.25  # seconds after which a round hands over no more
_MESSAGE = 200  # characters, what the column keeps
_WAITS = (1.0, 2.0, 4.0, 8.0)  # seconds before a printer that did not take a paper is tried again

EN_COLA, IMPRIMIENDO = EstadoImpresion.EN_COLA, EstadoImpresion.IMPRIMIENDO
IMPRESO, CONFIRMADO, FALLIDO = EstadoImpresion.IMPRESO, EstadoImpresion.CONFIRMADO, EstadoImpresion.FALLIDO

# A recibo prints once its slip was confirmed: before that the clave may still be annulled.
_DUE = and_(
    ImpresionRow.estado == EN_COLA,
    ImpresionRow.papel != SLIP,
    or_(
        ImpresionRow.papel != PaperKind.RECIBO,
        select(ClaveRow.id)
        .where(ClaveRow.tramite_id == ImpresionRow.tramite_id, ClaveRow.hoja == EstadoHoja.ENTREGADA)
        .exists(),
    ),
)
# Of one that never says that it finished, a person says whether the paper came out.
_AT_A_PRINTER = and_(ImpresionRow.estado == IMPRIMIENDO, ImpresionRow.error != UNTOLD)


class Impresiones:
    """The table of print jobs, and the work of bringing them to their printers."""

    def __init__(
        self,
        database: Database,
        printing: Printing,
        tramites: Tramites,
        papeles: Papeles,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what composes and what prints."""
        self._database = database
        self._printing = printing
        self._tramites = tramites
        self._papeles = papeles
        self._clock = clock
        self._working = threading.Lock()
        self._in_hand: set[int] = set()  # the jobs that are being sent right now
        # When a printer that took nothing is tried again (monotonic seconds), and how often it was.
        self._rest: dict[str, tuple[float, int]] = {}

    # -- what a person does ------------------------------------------------------------

    def print_paper(self, sesion: Sesion, papel: PaperKind, tramite: str) -> Impresion:
        """Queue the solicitud or the hoja de pendientes of a trámite, by its number."""
        with self._database.unit_of_work() as session:
            row = add(
                session,
                sesion,
                papel,
                self._clock(),
                tramite_id=row_of(session, tramite).id,
                copias=self._printing.settings.copies(papel.value),
            )
            return self._saved(session, row)

    def print_stop(self, sesion: Sesion, cedula: str) -> Impresion:
        """Queue the sheet that tells somebody without a trámite why they were not attended."""
        with self._database.unit_of_work() as session:
            copias = self._printing.settings.copies(PaperKind.PENDIENTES.value)
            row = add(session, sesion, PaperKind.PENDIENTES, self._clock(), cedula=cedula, copias=copias)
            return self._saved(session, row)

    def print_test(self, sesion: Sesion, impresora: str) -> Impresion:
        """Queue the test page of a printer."""
        with self._database.unit_of_work() as session:
            row = add(session, sesion, PaperKind.PRUEBA, self._clock(), impresora=impresora)
            bitacora.record(session, sesion, "impresora.probada", impresora=impresora)
            return self._saved(session, row)

    def retry(self, sesion: Sesion, impresion: int, impresora: str = "") -> Impresion:
        """Queue a job again, at the printer of the settings or at another one.

        One that is still at a printer is called back from there first; if meanwhile it came out,
        that is recorded and nothing is sent. Raises KnownError ``impresion.slip`` for a hoja de
        clave, ``impresion.done`` for one that came out, ``impresion.busy`` for one that is being
        sent right now, and ``printer.*`` when the other printer does not take this paper or the
        first one cannot give it back.
        """
        job = self.get(impresion)
        if job.papel is SLIP:
            raise KnownError("impresion.slip")
        if impresora and not self._printing.printer(impresora).takes(job.papel):
            raise KnownError("printer.wrong_paper", printer=impresora, message="")
        if impresion in self._in_hand:
            raise KnownError("impresion.busy")
        if job.estado is IMPRIMIENDO and self._call_back(impresion):
            return self.get(impresion)
        with self._database.unit_of_work() as session:
            row = session.get_one(ImpresionRow, impresion)
            # Between the look and this lock the printer may have taken it, or it may have come out.
            if row.intentos != job.intentos or row.estado not in {job.estado, FALLIDO}:
                raise KnownError("impresion.busy")
            if row.estado not in {EN_COLA, IMPRIMIENDO, FALLIDO} or row.error == CLOSED:
                raise KnownError("impresion.done")
            bitacora.record(
                session,
                sesion,
                "papel.reintentado",
                tramite=_tramite_number(session, row),
                papel=row.papel.value,
                estaba=row.error or row.estado.value,
                impresora=impresora or row.impresora,
            )
            row.estado, row.impresora, row.trabajo = EN_COLA, impresora, ""
            row.error = row.mensaje = ""
            self._rest.clear()  # somebody is waiting: no printer rests now
            return self._saved(session, row)

    def came_out(self, sesion: Sesion, impresion: int) -> Impresion:
        """Record that somebody looked and has the paper. Raises KnownError ``impresion.done``."""
        with self._database.unit_of_work() as session:
            row = session.get_one(ImpresionRow, impresion)
            if row.estado not in {IMPRIMIENDO, IMPRESO, FALLIDO} or row.error == CLOSED:
                raise KnownError("impresion.done")
            row.estado, row.error, row.mensaje = CONFIRMADO, "", ""
            bitacora.record(
                session,
                sesion,
                "papel.confirmado",
                tramite=_tramite_number(session, row),
                papel=row.papel.value,
            )
            return self._saved(session, row)

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

        Without those that nobody waits for any more.
        """
        waits = ImpresionRow.estado.in_((*OPEN, FALLIDO))
        shown = (
            select(ImpresionRow.id)
            .where(ImpresionRow.error != CLOSED)
            .order_by(waits.desc(), ImpresionRow.id.desc())
            .limit(SHOWN)
        )
        with self._database.reading() as session:
            return values(session, shown)

    # -- the work ----------------------------------------------------------------------

    def take_up(self) -> None:
        """Settle the slips that a stopped application left half way. Once, before the first ``work``.

        Their claves were in memory and are gone. What was handed over has a handle: its printer
        is asked, like about any other job.
        """
        lost = or_(ImpresionRow.estado == EN_COLA, ImpresionRow.estado == IMPRIMIENDO)
        for row in self._rows(lost, ImpresionRow.papel == SLIP, ImpresionRow.trabajo == ""):
            self._settle(row.id, FALLIDO, KnownError("printer.lost", printer=row.impresora, message=""))

    def work(self) -> bool:
        """Go once over the jobs: ask about those at a printer, hand over those that wait.

        Returns whether something still waits for a printer. Not to be called in a loop without
        a pause. One thread at a time does it; another returns at once.
        """
        if not self._working.acquire(blocking=False):
            return True
        try:
            # Taken and never announced: whoever took it stopped there, and nothing was sent.
            for row in self._rows(_AT_A_PRINTER, ImpresionRow.papel != SLIP, ImpresionRow.trabajo == ""):
                self._settle(row.id, EN_COLA, None)
            for row in self._rows(_AT_A_PRINTER, ImpresionRow.trabajo != ""):
                if row.id not in self._in_hand:  # a slip that is on its way by another thread
                    self._follow(row)
            self._purge_slips()
            began = time.monotonic()
            for row in self._rows(_DUE):
                self._dispatch(row)
                if time.monotonic() - began > _ROUND:
                    break  # a slow printer: what it did so far is told before it goes on
            return bool(self._rows(or_(_DUE, _AT_A_PRINTER)))
        finally:
            self._working.release()

    def hand_over(self, impresion: int, paper: Paper) -> Impresion:
        """Give a paper to its printer now. A refusal is recorded with the job, and not raised."""
        row = self._row(impresion)
        name = row.impresora or self._printing.settings.printer(row.papel.value)
        if not self._take(impresion, name):
            return self.get(impresion)
        try:
            answer = self._send(row, name, paper)
        except KnownError as error:
            self._refused(impresion, name, error, slip=row.papel is SLIP)
        except BaseException:
            # A bug: nobody knows how far it came. The job must not be sent again by itself.
            self._settle(impresion, FALLIDO, KnownError(DOUBTFUL, printer=name, message=""))
            raise
        else:
            self._rest.pop(name, None)
            if self._printing.printer(name).tells:
                self._heard(impresion, name, answer, slip=row.papel is SLIP)
            else:
                self._settle(impresion, IMPRIMIENDO, KnownError(UNTOLD, printer=name, message=""))
        return self.get(impresion)

    def _send(self, row: ImpresionRow, name: str, paper: Paper) -> Answer:
        printer = self._printing.printer(name)
        if not printer.takes(row.papel):
            raise KnownError("printer.wrong_paper", printer=name, message="")
        self._in_hand.add(row.id)
        try:
            handle = printer.open(paper, row.copias)
            self._update(row.id, trabajo=handle)
            return printer.send(handle, paper, row.copias)
        finally:
            self._in_hand.discard(row.id)

    def call_back_slip(self, tramite: str, intento: int) -> None:
        """Take back from the printer what it still has of a slip, as far as it can."""
        for job in self.of_tramite(tramite):
            if job.papel is SLIP and job.ejemplar == intento:
                self._forget_slip(self._row(job.id))

    def _dispatch(self, row: ImpresionRow) -> None:
        name = row.impresora or self._printing.settings.printer(row.papel.value)
        rest, _ = self._rest.get(name, (0.0, 0))
        if time.monotonic() < rest:
            return
        try:
            paper = self._compose(row, name)
        except Exception as error:  # whatever broke must not hold up the papers behind it
            report = secrets.token_hex(3).upper()
            LOG.exception("paper not composed", extra={"report": report})
            words = error.code if isinstance(error, KnownError) else report
            self._settle(row.id, FALLIDO, KnownError("impresion.broken", printer=name, message=words))
            return
        self.hand_over(row.id, paper)

    def _compose(self, row: ImpresionRow, name: str) -> Paper:
        if row.papel is PaperKind.PRUEBA:
            return self._papeles.prueba(name)
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

    def _take(self, impresion: int, name: str) -> bool:
        with self._database.unit_of_work() as session:
            row = session.get_one(ImpresionRow, impresion)
            if row.estado is not EN_COLA:
                return False  # somebody else did, or it was closed meanwhile
            row.estado, row.impresora, row.trabajo = IMPRIMIENDO, name, ""
            row.intentos += 1
            self._saved(session, row)
        return True

    def _follow(self, row: ImpresionRow) -> None:
        try:
            answer = self._printing.printer(row.impresora).ask(row.trabajo)
        except KnownError as error:
            # Who cannot be asked now may have printed it: it is asked again.
            self._update(row.id, error=error.code, mensaje=_words(error))
            return
        self._heard(row.id, row.impresora, answer, slip=row.papel is SLIP)

    def _heard(self, impresion: int, name: str, answer: Answer, *, slip: bool) -> None:
        """Record what a printer says of a job it was given."""
        message = answer.message
        if answer.state is JobState.WAITING:
            error = KnownError("printer.waiting", printer=name, message=message) if message else None
            self._settle(impresion, IMPRIMIENDO, error)
        elif answer.state is JobState.DONE:
            self._settle(impresion, IMPRESO, None)
        elif answer.state is JobState.EMPTY:
            # Nothing of it was ever sent. A slip's clave is gone from memory by now.
            lost = KnownError("printer.lost", printer=name, message="")
            self._settle(impresion, FALLIDO if slip else EN_COLA, lost if slip else None)
        elif answer.state is JobState.UNKNOWN:
            self._settle(impresion, FALLIDO, KnownError(DOUBTFUL, printer=name, message=message))
        else:
            self._settle(impresion, FALLIDO, KnownError("printer.failed", printer=name, message=message))

    def _refused(self, impresion: int, name: str, error: KnownError, *, slip: bool) -> None:
        if error.code in TRANSIENT and not slip:
            _, tries = self._rest.get(name, (0.0, 0))
            self._rest[name] = (time.monotonic() + _WAITS[min(tries, len(_WAITS) - 1)], tries + 1)
            self._settle(impresion, EN_COLA, error)
        else:
            self._settle(impresion, FALLIDO, error)

    def _call_back(self, impresion: int) -> bool:
        """Cancel a job at its printer; tell whether it had come out already."""
        row = self._row(impresion)
        printer = self._printing.printer(row.impresora)
        if row.error == UNTOLD:
            return False
        if printer.ask(row.trabajo).state is JobState.DONE:
            self._settle(impresion, IMPRESO, None)
            return True
        printer.forget(row.trabajo)
        return False

    def _purge_slips(self) -> None:
        """Remove from the spooler what it may keep of slips that are settled."""
        settled = ImpresionRow.estado.in_((IMPRESO, CONFIRMADO, FALLIDO))
        for row in self._rows(settled, ImpresionRow.papel == SLIP, ImpresionRow.trabajo != ""):
            self._forget_slip(row)

    def _forget_slip(self, row: ImpresionRow) -> None:
        if not row.trabajo:
            return
        try:
            self._printing.printer(row.impresora).forget(row.trabajo)
        except KnownError as error:
            LOG.warning("slip not forgotten", extra={"code": error.code})
            return  # tried again with the next round
        self._update(row.id, trabajo="")

    # -- rows --------------------------------------------------------------------------

    def _row(self, impresion: int) -> ImpresionRow:
        with self._database.reading() as session:
            return session.get_one(ImpresionRow, impresion)

    def _rows(self, *conditions: object) -> list[ImpresionRow]:
        with self._database.reading() as session:
            found = session.scalars(
                select(ImpresionRow).where(*conditions).order_by(ImpresionRow.id)  # type: ignore[arg-type]
            )
            return list(found)

    def _settle(self, impresion: int, estado: EstadoImpresion, error: KnownError | None) -> None:
        """Record a state and why, if it differs from what is recorded."""
        code, words = (error.code, _words(error)) if error is not None else ("", "")
        with self._database.unit_of_work() as session:
            row = session.get_one(ImpresionRow, impresion)
            if row.estado is CONFIRMADO or (row.estado, row.error, row.mensaje) == (estado, code, words):
                return
            row.estado, row.error, row.mensaje = estado, code, words
            if estado is EN_COLA:
                row.trabajo = ""
            self._saved(session, row)
        if estado is FALLIDO:
            LOG.warning("paper failed", extra={"code": code, "printer": row.impresora})

    def _update(self, impresion: int, **values: str) -> None:
        with self._database.unit_of_work() as session:
            row = session.get_one(ImpresionRow, impresion)
            if all(getattr(row, name) == value for name, value in values.items()):
                return
            for name, value in values.items():
                setattr(row, name, value)
            self._saved(session, row)

    def _saved(self, session: Session, row: ImpresionRow) -> Impresion:
        row.actualizado_en = self._clock()
        session.flush()
        value = value_of(session, row)
        session.commit()
        return value


def _words(error: KnownError) -> str:
    return str(error.data.get("message", ""))[:_MESSAGE]


def _tramite_number(session: Session, row: ImpresionRow) -> str:
    return session.get_one(TramiteRow, row.tramite_id).numero if row.tramite_id is not None else ""
