"""The trámites of some days as CSV and XLSX, for a spreadsheet that must not be tricked.

The cédula is masked, numbers with leading zeros are text, and a cell that a spreadsheet could take
for a formula begins with an apostrophe. The CSV has semicolons and a byte order mark, which is what
Excel expects where the comma is the decimal sign, as in es_EC.

Source of what is taken for a formula: OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased
from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxFileError

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import (
    AnulacionRow,
    AutorizacionRow,
    ClaveRow,
    HojaNumeradaRow,
    PersonaRow,
    ReciboRow,
    TramiteRow,
    UsuarioRow,
)
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import ASUNTO_TEXT, EstadoAutorizacion
from agencia_app.models.domain.calidad import CALIDAD_TEXT, calidad_of
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import day, local, local_date, moment
from agencia_app.models.domain.permisos import Permiso
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.tramite_rows import persona
from agencia_app.services.usuario_rows import require_now

MAX_ROWS = 1_000_000  # a sheet of XLSX holds 1,048,576
_FORMULA = tuple("=+-@＝＋－＠")
_BREAKS = ("\t", "\r", "\n")
# What a spreadsheet may pass over before it reads: NUL, spaces of no width, marks of order.
_UNSEEN = "\0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

Cell = str | int | date | datetime | None

# What each column is called, and how wide it is, in characters.
COLUMNS = (
    ("Día", 11), ("Trámite", 19), ("Recibo", 19), ("Emitido", 16), ("Tardío", 7), ("Ventanilla", 10),
    ("Operador", 14), ("Cédula", 12), ("Apellidos y nombres", 40), ("Calidad", 12), ("Prestación", 30),
    ("Estado", 11), ("Hojas dañadas", 13), ("Hoja numerada", 14), ("Autorizaciones", 40), ("Anulado", 16),
    ("Motivo de anulación", 40),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rango:
    """Which days, both ends in it, and the folder the files go to."""

    desde: date
    hasta: date
    folder: Path

    @property
    def nombre(self) -> str:
        """The name of the files, without what tells the kind."""
        days = self.desde.isoformat()
        return (
            f"tramites-{days}" if self.desde == self.hasta else f"tramites-{days}-a-{self.hasta.isoformat()}"
        )

    @property
    def files(self) -> tuple[str, str]:
        """The names of both files."""
        return f"{self.nombre}.csv", f"{self.nombre}.xlsx"


@dataclass(frozen=True, slots=True)
class Progreso:
    """How far it is: rows written and rows there are, and the seconds left once they can be told."""

    escritas: int
    total: int
    segundos_restantes: float | None


@dataclass(frozen=True, slots=True)
class Exportado:
    """The files written. When ``cancelada``, there are none."""

    csv: Path
    xlsx: Path
    filas: int
    cancelada: bool = False


def write(
    database: Database,
    clock: Callable[[], datetime],
    sesion: Sesion | None,
    days: Rango,
    progress: Callable[[Progreso], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Exportado:
    """Write both files, and record each day with who is in it before its rows leave the database.

    Files that are there already stay as they are. Raises KnownError ``export.order``,
    ``export.too_many``, ``export.exists`` with the path, or ``export.folder``.
    """
    if days.desde > days.hasta:
        raise KnownError("export.order")
    with database.reading() as session:
        counts = session.execute(
            select(TramiteRow.dia, func.count())
            .where(TramiteRow.dia.between(days.desde, days.hasta))
            .group_by(TramiteRow.dia)
            .order_by(TramiteRow.dia)
        ).all()
    total = sum(rows for _, rows in counts)
    if total > MAX_ROWS:
        raise KnownError("export.too_many", maximum=MAX_ROWS)
    written = 0
    started = time.monotonic()
    with _files(days) as out:
        for dia, _ in counts:
            if cancelled is not None and cancelled():
                out.discard()
                return Exportado(out.csv, out.xlsx, 0, cancelada=True)
            rows = _record(database, clock, sesion, dia)
            out.add(rows)
            written += len(rows)
            if progress is not None:
                spent = time.monotonic() - started
                progress(Progreso(written, total, spent / written * (total - written) if written else None))
        out.close()
    return Exportado(out.csv, out.xlsx, written)


def make_folder(folder: Path) -> None:
    """Make a folder if there is none. Raises KnownError ``export.folder``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KnownError("export.folder", path=folder) from error


def try_folder(folder: Path, *names: str) -> None:
    """Make a folder if need be, and raise KnownError ``export.folder`` or ``export.exists`` if it won't do."""
    make_folder(folder)
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(b"prueba")
    except OSError as error:
        raise KnownError("export.folder", path=folder) from error
    for name in names:
        if (folder / name).exists():
            raise KnownError("export.exists", path=folder / name)


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe where it might."""
    seen = text.lstrip(_UNSEEN)
    return f"'{text}" if text.startswith(_BREAKS) or seen.lstrip().startswith(_FORMULA) else text


def _record(
    database: Database, clock: Callable[[], datetime], sesion: Sesion | None, dia: date
) -> list[tuple[Cell, ...]]:
    """Return the rows of a day, recorded as shown to who exports them."""
    with database.reading() as session:  # not under the lock: windows are at work
        found = list(_rows(session, dia))
    with database.unit_of_work() as session:
        if sesion is not None:
            require_now(session, sesion, Permiso.EXPORTAR)
        bitacora.record(
            session,
            sesion,
            Evento.DIA_EXPORTADO,
            en=clock(),
            cedulas=[cedula for cedula, _ in found],
            dia=dia.isoformat(),
            filas=len(found),
        )
        session.commit()
    return [cells for _, cells in found]


def _rows(session: Session, dia: date) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Yield the cédula and the cells of each trámite of a day, in the order they were opened."""
    asked, slips, spoiled = _approved(session, dia), _numbers(session, dia), _spoiled(session, dia)
    issuer = aliased(UsuarioRow)
    rows = session.execute(
        select(TramiteRow, PersonaRow, UsuarioRow.usuario, ReciboRow, issuer.usuario, AnulacionRow)
        .join(PersonaRow, PersonaRow.cedula == TramiteRow.cedula)
        .join(UsuarioRow, UsuarioRow.id == TramiteRow.operador_id)
        .outerjoin(ReciboRow, ReciboRow.tramite_id == TramiteRow.id)
        .outerjoin(issuer, issuer.id == ReciboRow.operador_id)
        .outerjoin(AnulacionRow, AnulacionRow.recibo_id == ReciboRow.id)
        .where(TramiteRow.dia == dia)
        .order_by(TramiteRow.id)
    )
    for tramite, who, operator, recibo, issued_by, voided in rows:
        person = persona(who)
        yield (
            tramite.cedula,
            (
                dia,
                numeros.shown(tramite.numero),
                *_issued(recibo, tramite.ventanilla),
                issued_by or operator,
                cedulas.mask(tramite.cedula),
                person.nombre_completo,
                CALIDAD_TEXT[calidad_of(person.tipo_prestacion)],
                person.prestacion,
                tramite.estado.value,
                spoiled.get(tramite.id),
                slips.get(tramite.id),
                asked.get(tramite.id),
                *_voided(voided),
            ),
        )


def _issued(recibo: ReciboRow | None, ventanilla: int) -> tuple[Cell, ...]:
    """Return number, moment, whether it came late, and window."""
    if recibo is None:
        return None, None, None, ventanilla
    late = local_date(recibo.emitido_en) != recibo.dia
    return numeros.shown(recibo.numero), recibo.emitido_en, "sí" if late else None, recibo.ventanilla


def _voided(voided: AnulacionRow | None) -> tuple[Cell, ...]:
    return (None, None) if voided is None else (voided.anulada_en, voided.motivo)


def _approved(session: Session, dia: date) -> dict[int, str]:
    """Return what a second person approved of each trámite of a day."""
    found: dict[int, list[str]] = {}
    rows = session.execute(
        select(TramiteRow.id, AutorizacionRow.asunto)
        .join(TramiteRow, TramiteRow.id == AutorizacionRow.tramite_id)
        .where(TramiteRow.dia == dia, AutorizacionRow.estado == EstadoAutorizacion.APROBADA)
        .order_by(AutorizacionRow.id)
    )
    for tramite, asunto in rows:
        found.setdefault(tramite, []).append(ASUNTO_TEXT[asunto])
    return {tramite: ", ".join(dict.fromkeys(asuntos)) for tramite, asuntos in found.items()}


def _numbers(session: Session, dia: date) -> dict[int, str]:
    """Return the numbered slip that each trámite's last clave was printed on."""
    rows = session.execute(
        select(ClaveRow.tramite_id, HojaNumeradaRow.numero)
        .join(ClaveRow, ClaveRow.id == HojaNumeradaRow.clave_id)
        .join(TramiteRow, TramiteRow.id == ClaveRow.tramite_id)
        .where(TramiteRow.dia == dia)
        .order_by(ClaveRow.intento)
    )
    return {tramite: str(numero) for tramite, numero in rows}


def _spoiled(session: Session, dia: date) -> dict[int, int]:
    """Return how many slips of each trámite came before the last."""
    rows = session.execute(
        select(ClaveRow.tramite_id, (func.max(ClaveRow.intento) - 1).label("slips"))
        .join(TramiteRow, and_(TramiteRow.id == ClaveRow.tramite_id, TramiteRow.dia == dia))
        .group_by(ClaveRow.tramite_id)
        .having(func.max(ClaveRow.intento) > 1)
    )
    return {row.tramite_id: row.slips for row in rows}


class _Files:
    """The two files while they are written. What is not closed whole is taken away again."""

    def __init__(self, csv_path: Path, xlsx_path: Path, csv_file: BinaryIO, xlsx_file: BinaryIO) -> None:
        self.csv, self.xlsx = csv_path, xlsx_path
        self._text = io.TextIOWrapper(csv_file, "utf-8-sig", newline="")
        self._csv = csv.writer(self._text, delimiter=";")
        self._csv.writerow([name for name, _ in COLUMNS])
        self._xlsx_file = xlsx_file
        # What it sets aside while it writes lies beside the files, not in a folder of everybody's.
        self._book = Workbook(
            xlsx_file,
            {"constant_memory": True, "tmpdir": str(csv_path.parent), "strings_to_formulas": False},
        )
        self._sheet = self._book.add_worksheet("Trámites")
        self._formats: dict[type, Any] = {
            date: self._book.add_format({"num_format": "dd/mm/yyyy"}),
            datetime: self._book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        }
        head = self._book.add_format({"bold": True, "bottom": 1})
        for column, (name, width) in enumerate(COLUMNS):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, name, head)
        self._sheet.freeze_panes(1, 0)
        self._at = 1

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write some rows to both."""
        for row in rows:
            self._csv.writerow([_text(cell) for cell in row])
            for column, cell in enumerate(row):
                self._put(column, cell)
            self._at += 1

    def _put(self, column: int, cell: Cell) -> None:
        if isinstance(cell, str):
            self._sheet.write_string(self._at, column, safe(cell))
        elif isinstance(cell, datetime):
            there = local(cell).replace(tzinfo=None)
            self._sheet.write_datetime(self._at, column, there, self._formats[datetime])
        elif isinstance(cell, date):
            self._sheet.write_datetime(self._at, column, cell, self._formats[date])
        elif cell is not None:
            self._sheet.write_number(self._at, column, cell)

    def close(self) -> None:
        """Finish both files."""
        if self._at > 1:
            self._sheet.autofilter(0, 0, self._at - 1, len(COLUMNS) - 1)
        with ExitStack() as always:
            always.callback(self._xlsx_file.close)
            always.callback(self._text.close)
            always.callback(self._book.close)  # the first of the three

    def discard(self) -> None:
        """Take both away, and what the spreadsheet writer set aside."""
        with suppress(OSError, ValueError, XlsxFileError):  # a full disk, or closed half way
            self.close()
        for path in (self.csv, self.xlsx):
            path.unlink(missing_ok=True)


@contextmanager
def _files(days: Rango) -> Iterator[_Files]:
    """Make both files, where there are none; take them away when anything goes wrong."""
    csv_name, xlsx_name = days.files
    make_folder(days.folder)
    try:
        out = _open(days.folder / csv_name, days.folder / xlsx_name)
        try:
            yield out
        except BaseException:
            out.discard()
            raise
    except FileExistsError as error:
        raise KnownError("export.exists", path=error.filename) from error
    except (OSError, XlsxFileError) as error:
        raise KnownError("export.folder", path=days.folder) from error


def _open(csv_path: Path, xlsx_path: Path) -> _Files:
    text = csv_path.open("xb")
    try:
        return _Files(csv_path, xlsx_path, text, xlsx_path.open("xb"))
    except OSError:
        text.close()
        csv_path.unlink()
        raise


def _text(cell: Cell) -> str:
    """Return a cell as the CSV has it: dates and moments as people here write them."""
    if isinstance(cell, str):
        return safe(cell)
    if isinstance(cell, datetime):
        return moment(cell)
    if isinstance(cell, date):
        return day(cell)
    return "" if cell is None else str(cell)
