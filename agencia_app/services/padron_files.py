"""Reading the files a padrón arrives in: CSV as it comes, and spreadsheets.

A reader judges the file as a whole before anything is written, then hands over rows of text
with their line numbers. What it cannot understand it says; it never guesses.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import fold

REQUIRED = ("cedula", "apellidos", "nombres", "fecha_nacimiento", "tipo_prestacion", "estado")
OPTIONAL = ("provincia", "fecha_defuncion", "discapacidad", "correo", "celular", "ruc_empleador")
COLUMNS = REQUIRED + OPTIONAL

_DELIMITERS = (",", ";", "\t")
_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # the older .xls
_BLOCK = 1 << 18  # bytes: some 3 ms of parsing, so that the window's thread gets its turn
_LONGEST_LINE = 1 << 20
_SHEET_BYTES = 1 << 30  # a spreadsheet is unpacked in memory; beyond this only CSV is taken
_SHEET_ROWS = 2_000
_MANY_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


@dataclass(slots=True)
class Block:
    """Some rows: their cells as text, the line each stands on, and what could not be read."""

    lines: Sequence[int]
    rows: list[list[str]]
    rejected: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was accepted as a whole.

    ``positions`` tells at which cell each known column stands; ``width`` is how many cells the
    header has; ``rows`` is how many rows are to be expected.
    """

    positions: dict[str, int]
    width: int
    rows: int
    blocks: Iterator[Block]


def open_source(path: Path) -> Source:
    """Look at a whole file and return its rows, still unread.

    Raises KnownError ``padron.not_found_file``, ``padron.unreadable``, ``padron.empty``,
    ``padron.not_csv``, ``padron.nul``, ``padron.too_large`` (spreadsheets), ``padron.header``
    (``missing``) or ``padron.header_repeated`` (``column``).
    """
    try:
        with path.open("rb") as file:
            start = file.read(_LONGEST_LINE)
    except FileNotFoundError as error:
        raise KnownError("padron.not_found_file") from error
    except OSError as error:
        raise KnownError("padron.unreadable") from error
    if not start.removeprefix(_BOM).strip():
        raise KnownError("padron.empty")
    if start.startswith((_ZIP, _OLE)):
        return _open_sheet(path)
    return _open_csv(path, start)


# Header ---------------------------------------------------------------------------------------


def _header_key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(text))


_KEYS = {_header_key(column): column for column in COLUMNS}


def _positions(header: Sequence[str]) -> dict[str, int]:
    """Return where each known column stands; unknown columns are left aside."""
    found: dict[str, int] = {}
    for position, text in enumerate(header):
        column = _KEYS.get(_header_key(text))
        if column in found:
            raise KnownError("padron.header_repeated", column=column)
        if column is not None:
            found[column] = position
    return found


def _demand_required(positions: dict[str, int]) -> None:
    missing = [column for column in REQUIRED if column not in positions]
    if missing:
        raise KnownError("padron.header", missing=", ".join(missing))


# CSV ------------------------------------------------------------------------------------------


def _open_csv(path: Path, start: bytes) -> Source:
    if start.startswith(_UTF16_BOMS):
        raise KnownError("padron.utf16")
    survey = _survey(path)
    text = start.removeprefix(_BOM).decode(survey.encoding, "replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header_line = next((position for position, line in enumerate(lines) if line.strip()), None)
    if header_line is None:
        raise KnownError("padron.empty")
    header = lines[header_line]
    if "\0" in header:
        raise KnownError("padron.nul")
    if _MANY_CONTROLS.search(header) or header.startswith("%PDF"):
        raise KnownError("padron.not_csv")
    delimiter = max(_DELIMITERS, key=lambda each: len(_positions(_split(header, each))))
    cells = _split(header, delimiter)
    if len(cells) == 1:
        raise KnownError("padron.not_csv")
    positions = _positions(cells)
    _demand_required(positions)
    blocks = _csv_blocks(path, survey, delimiter, skip=header_line + 1)
    return Source(positions, len(cells), max(survey.lines - header_line - 1, 0), blocks)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


@dataclass(frozen=True, slots=True)
class _Survey:
    encoding: str
    other: str  # the encoding whose lines do not belong here
    mixed: bool
    lines: int


def _survey(path: Path) -> _Survey:
    """Read the file once for its encoding and its number of lines.

    UTF-8 proves itself: text in another encoding hardly ever decodes as UTF-8 by chance. So
    what decodes counts for UTF-8, what does not counts against, and the file is what most of
    its letters beyond ASCII say. The lines of the minority are rejected one by one.
    """
    for_utf8 = against = lines = 0
    unfinished = False
    with _open(path) as file:
        bom = file.read(len(_BOM)) == _BOM
        if not bom:
            file.seek(0)
        for block in _byte_blocks(file):
            lines += block.count(b"\n")
            unfinished = not block.endswith(b"\n")
            if block.isascii():
                continue
            try:
                for_utf8 += len(block) - len(block.decode())
            except UnicodeDecodeError:
                good, bad = _weigh(block)
                for_utf8 += good
                against += bad
    utf8 = bom or for_utf8 >= against
    return _Survey(
        encoding="utf-8" if utf8 else "cp1252",
        other="cp1252" if utf8 else "UTF-8",
        mixed=against > 0 and (utf8 or for_utf8 > 0),
        lines=lines + unfinished,
    )


def _weigh(block: bytes) -> tuple[int, int]:
    good = bad = 0
    for line in block.split(b"\n"):
        if not line.isascii():
            try:
                good += len(line) - len(line.decode())
            except UnicodeDecodeError:
                bad += sum(byte > 0x7F for byte in line)  # noqa: PLR2004 - the last of ASCII
    return good, bad


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise KnownError("padron.unreadable") from error


def _byte_blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file in blocks that end at a line's end, all line ends as a single LF."""
    rest = b""
    while True:
        try:
            block = file.read(_BLOCK)
        except OSError as error:
            raise KnownError("padron.unreadable") from error
        if not block:
            break
        block = rest + block
        # A CR that closes the block may be half of a CRLF: it waits for what follows.
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
        rest = block[cut:]
        if len(rest) > _LONGEST_LINE:
            raise KnownError("padron.not_csv")
        if cut:
            yield _single_ends(block[:cut])
    if rest:
        yield _single_ends(rest)


def _single_ends(block: bytes) -> bytes:
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block


def _csv_blocks(path: Path, survey: _Survey, delimiter: str, *, skip: int) -> Iterator[Block]:
    line = 1
    with _open(path) as file:
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        for raw in _byte_blocks(file):
            block, count = _csv_block(raw, line, survey, delimiter)
            if line <= skip:
                _drop_first(block, skip)
            line += count
            yield block


def _drop_first(block: Block, last: int) -> None:
    kept = [(line, row) for line, row in zip(block.lines, block.rows, strict=True) if line > last]
    block.lines = [line for line, _row in kept]
    block.rows = [row for _line, row in kept]
    block.rejected = [each for each in block.rejected if each[0] > last]


def _csv_block(raw: bytes, first: int, survey: _Survey, delimiter: str) -> tuple[Block, int]:
    """Return the rows of whole lines, and how many lines there were."""
    rejected: list[tuple[int, str]] = []
    try:
        suspect = survey.mixed and not raw.isascii()
        texts = None if suspect else raw.decode(survey.encoding).split("\n")
    except UnicodeDecodeError:
        texts = None
    numbers: Sequence[int]
    if texts is None:
        texts, numbers = _decode_lines(raw, first, survey, rejected)
        count = len(raw.split(b"\n"))
    else:
        count = len(texts)
        numbers = range(first, first + count)
    if raw.endswith(b"\n"):
        count -= 1  # what follows the last LF is no line
    if b'"' in raw:
        rows, numbers = _parse_lines(texts, numbers, delimiter, rejected)
    else:
        rows = [text.split(delimiter) for text in texts]
    return Block(numbers, rows, rejected), count


def _decode_lines(
    raw: bytes, first: int, survey: _Survey, rejected: list[tuple[int, str]]
) -> tuple[list[str], list[int]]:
    texts, numbers = [], []
    for number, line in enumerate(raw.split(b"\n"), first):
        text = _decode_line(line, survey)
        if text is None:
            reason = f"tiene letras en {survey.other} y el archivo está en {survey.encoding.upper()}"
            if survey.encoding == "cp1252":
                reason = "tiene letras en UTF-8 y el archivo está en cp1252 (Windows)"
            rejected.append((number, reason))
        else:
            texts.append(text)
            numbers.append(number)
    return texts, numbers


def _decode_line(line: bytes, survey: _Survey) -> str | None:
    """Return the line in the file's encoding, or None where it is in the other one."""
    try:
        text = line.decode(survey.encoding)
    except UnicodeDecodeError:
        return None
    if survey.encoding == "cp1252" and not line.isascii():
        try:
            line.decode()
        except UnicodeDecodeError:
            return text
        return None
    return text


def _parse_lines(
    texts: list[str], numbers: Sequence[int], delimiter: str, rejected: list[tuple[int, str]]
) -> tuple[list[list[str]], Sequence[int]]:
    """Parse quoted lines. A row is one line: a quote left open must not swallow what follows."""
    try:
        rows = list(csv.reader(texts, delimiter=delimiter, strict=True))
        if len(rows) == len(texts):
            return rows, numbers
    except csv.Error:
        pass
    rows, kept = [], []
    for number, text in zip(numbers, texts, strict=True):
        try:
            rows += csv.reader([text], delimiter=delimiter, strict=True)
            kept.append(number)
        except csv.Error:
            rejected.append((number, "las comillas no están bien cerradas"))
    return rows, kept


# Spreadsheets ---------------------------------------------------------------------------------


def _open_sheet(path: Path) -> Source:
    """Open the first sheet whose first row with anything in it is the header."""
    import python_calamine  # noqa: PLC0415 - only when a spreadsheet comes

    refusal: KnownError | None = None
    try:
        _refuse_huge(path)
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            for name in workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(name)
                rows = _numbered(sheet.iter_rows())
                header_line, header = next(rows, (0, []))
                if not header:
                    continue
                positions = _positions(header)
                try:
                    _demand_required(positions)
                except KnownError as error:
                    refusal = refusal or error
                    continue
                expected = max(sheet.total_height - header_line, 0)
                return Source(positions, len(header), expected, _sheet_blocks(rows, len(header)))
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise KnownError("padron.not_csv") from error
    raise refusal or KnownError("padron.empty")


def _refuse_huge(path: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > _SHEET_BYTES:
                raise KnownError("padron.too_large")


def _numbered(rows: Iterable[Sequence[object]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that have anything in them, with their numbers as the spreadsheet shows them."""
    for number, row in enumerate(rows, 1):
        cells = [each if type(each) is str else _cell(each) for each in row]
        if any(cells):
            yield number, cells


def _cell(value: object) -> str:
    """Return a cell as the text a CSV would have."""
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _sheet_blocks(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[Block]:
    while chunk := list(islice(rows, _SHEET_ROWS)):
        yield Block([number for number, _row in chunk], [row[:width] for _number, row in chunk])
