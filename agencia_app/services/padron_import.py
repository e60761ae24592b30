"""Taking a padrón file in: read and check every row, put them in order, write them in batches.

The rows wait in a sorter (``padron_sort``) until the whole file has been read. So a file that turns out
to be no good, or a cancellation, leaves the padrón untouched; the first of two rows with one
cédula is known; and the table, kept in the order of the cédula, is written once from end to
end instead of a little everywhere in each batch.
"""

from __future__ import annotations

import csv
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local, local_date
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.padron_checks import Checks
from agencia_app.services.padron_files import open_source
from agencia_app.services.padron_sort import Bound, Sorter
from agencia_app.services.padron_sort_sqlite import SqliteSorter

if TYPE_CHECKING:
    from _csv import Writer

_BATCH = 20_000  # rows a transaction: the write lock is held for some 0.3 s
_READING = 0.65  # the share of the time that reading and checking takes
_PROGRESS_SECONDS = 0.1
_SURE_SECONDS = 0.5  # before this the time left is not worth saying
_REPORT_HEADER = ("archivo", "linea", "motivo", "cedula")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: rows read and rows written, of how many, and the seconds left.

    ``segundos_restantes`` is None while it cannot be told yet.
    """

    leidas: int
    total_estimado: int
    segundos_restantes: float | None
    guardadas: int = 0

    @property
    def fraccion(self) -> float:
        """The part that is done, from 0 to 1, by the time it takes."""
        total = max(self.total_estimado, self.leidas, 1)
        return min((_READING * self.leidas + (1 - _READING) * self.guardadas) / total, 1.0)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the rows of a file. ``informe`` is the report, None when it would be empty."""

    leidas: int = 0
    insertadas: int = 0
    actualizadas: int = 0
    sin_cambio: int = 0
    restauradas: int = 0
    rechazadas: int = 0
    segundos: float = 0.0
    informe: Path | None = None
    cancelada: bool = False


def import_file(
    db: Database,
    clock: Callable[[], datetime],
    path: Path,
    report_folder: Path,
    sesion: Sesion | None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportResult:
    """Take a file into the padrón; see ``Padron.import_file``."""
    if sesion is not None:
        require(sesion, Permiso.IMPORTAR_PADRON)
    source = open_source(path)
    today = local_date(clock())
    with (
        _short_collections(),
        closing(_Report(report_folder, path.name, clock())) as report,
        closing(_sorter(db)) as sorter,
    ):
        checks = Checks(source, today, report.reject, report.note)
        run = _Run(sorter, clock, sesion, report, checks, source.rows, progress)
        for block in source.blocks:
            if cancelled is not None and cancelled():
                return run.finish(cancelada=True)
            rows = checks.check(block)
            sorter.add(rows)
            run.read(len(rows))
        sorter.sort(report.reject)
        report.close()  # whole before the first row is written, or nothing is
        after = sorter.before_all
        while after != sorter.after_all:
            if cancelled is not None and cancelled():
                return run.finish(cancelada=True)
            end = sorter.batch_end(after, _BATCH)
            run.write(after, end)
            after = end
        return run.finish(cancelada=False)


def _sorter(db: Database) -> Sorter:
    if not db.is_postgres:
        return SqliteSorter(db)
    # It needs that server's driver, which a window of its own does not load.
    from agencia_app.services.padron_sort_postgres import PostgresSorter  # noqa: PLC0415

    return PostgresSorter(db)


@contextmanager
def _short_collections() -> Iterator[None]:
    """Keep the garbage collector from walking the whole application again and again.

    Millions of short-lived rows set it off, and each full walk stops every thread, the
    window's too, for 50 ms and more.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _Run:
    """The counts of one import, and its writing."""

    def __init__(
        self,
        sorter: Sorter,
        clock: Callable[[], datetime],
        sesion: Sesion | None,
        report: _Report,
        checks: Checks,
        total: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._sorter = sorter
        self._clock = clock
        self._sesion = sesion
        self._report = report
        self._checks = checks
        self._total = total
        self._progress = progress
        self._started = time.perf_counter()
        self._told = 0.0
        self._accepted = self._read = 0
        self._inserted = self._updated = self._unchanged = 0
        self._recorded = False

    def read(self, accepted: int) -> None:
        # Before the sorter finds the repeated ones, which were accepted until then.
        self._accepted += accepted
        self._read = self._accepted + self._report.rejected
        self._tell()

    def write(self, after: Bound, end: Bound) -> None:
        """Write one batch in its own transaction, with the audit row that says so."""
        last = end == self._sorter.after_all
        try:
            with self._sorter.unit_of_work() as session:
                seen, inserted, updated = self._sorter.copy(session.connection(), after, end)
                counted = self._result(inserted=inserted, updated=updated, seen=seen)
                self._record(session, counted, Evento.PADRON_IMPORTADO if last else Evento.PADRON_LOTE)
                session.commit()
        except KnownError as error:
            if after == self._sorter.before_all:
                raise
            # What earlier batches wrote stays, and the sentence must not deny it.
            saved = self._inserted + self._updated + self._unchanged
            raise KnownError("padron.interrupted", saved=saved) from error
        self._inserted, self._updated, self._unchanged = (
            counted.insertadas,
            counted.actualizadas,
            counted.sin_cambio,
        )
        self._recorded = last
        self._tell()

    def finish(self, *, cancelada: bool) -> ImportResult:
        """Leave the audit row, if the last batch has not, and return what became of the file."""
        self._report.close()
        if not self._recorded:
            self._finish_record(cancelada=cancelada)
        return replace(self._result(), cancelada=cancelada)

    def _finish_record(self, *, cancelada: bool) -> None:
        with self._sorter.unit_of_work() as session:
            self._record(session, replace(self._result(), cancelada=cancelada), Evento.PADRON_IMPORTADO)
            session.commit()

    def _record(self, session: Session, result: ImportResult, accion: Evento) -> None:
        bitacora.record(
            session,
            self._sesion,
            accion,
            en=self._clock(),
            archivo=self._report.source,
            leidas=result.leidas,
            insertadas=result.insertadas,
            actualizadas=result.actualizadas,
            sin_cambio=result.sin_cambio,
            restauradas=result.restauradas,
            rechazadas=result.rechazadas,
            cancelada=result.cancelada,
        )

    def _result(self, inserted: int = 0, updated: int = 0, seen: int = 0) -> ImportResult:
        """Return the counts so far, and those of a batch about to be committed."""
        return ImportResult(
            leidas=self._read,
            insertadas=self._inserted + inserted,
            actualizadas=self._updated + updated,
            sin_cambio=self._unchanged + seen - inserted - updated,
            restauradas=self._checks.restored,
            rechazadas=self._report.rejected,
            segundos=time.perf_counter() - self._started,
            informe=self._report.path,
        )

    def _tell(self) -> None:
        now = time.perf_counter() - self._started
        if self._progress is None or now - self._told < _PROGRESS_SECONDS:
            return
        self._told = now
        counts = self._result()
        written = counts.insertadas + counts.actualizadas + counts.sin_cambio
        state = Progress(counts.leidas, max(self._total, counts.leidas), None, written)
        if now > _SURE_SECONDS and state.fraccion > 0:
            state = replace(state, segundos_restantes=now * (1 / state.fraccion - 1))
        self._progress(state)


class _Report:
    """The report of an import: begun with its first line, so a clean file leaves none."""

    def __init__(self, folder: Path, source: str, at: datetime) -> None:
        self.source = source
        self.rejected = 0
        self.path: Path | None = None
        self._folder = folder
        self._stamp = f"{local(at):%Y%m%d-%H%M%S}"
        self._file: TextIO | None = None
        self._rows: Writer | None = None

    def reject(self, line: int, reason: str, cedula: str) -> None:
        """Note a row that was not taken."""
        self.rejected += 1
        self.note(line, f"rechazada: {reason}", cedula)

    def note(self, line: int, text: str, cedula: str) -> None:
        """Note something about a row. The cédula is masked; what is none is left out."""
        shown = cedula_rules.mask(cedula) if cedula_rules.is_valid(cedula) else ""
        try:
            if self._rows is None:
                self._rows = self._open()
            self._rows.writerow((self.source, line, text, shown))
        except OSError as error:
            raise KnownError("padron.report") from error

    def _open(self) -> Writer:
        self._folder.mkdir(parents=True, exist_ok=True)
        attempts = (self._folder / f"informe-padron-{self._stamp}-{attempt}.csv" for attempt in count(1))
        self.path = next(path for path in attempts if not path.exists())
        # With a byte-order mark, by which spreadsheets tell UTF-8.
        self._file = self.path.open("x", encoding="utf-8-sig", newline="")
        rows = csv.writer(self._file, lineterminator="\r\n")
        rows.writerow(_REPORT_HEADER)
        return rows

    def close(self) -> None:
        """Close the file. Raises KnownError ``padron.report`` when its last lines do not fit."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise KnownError("padron.report") from error
