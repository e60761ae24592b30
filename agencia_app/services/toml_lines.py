"""In which line of a TOML each key stands, and what is wrong with one that is none.

``tomllib`` tells the place of an error of syntax alone; who wrote a file wants that of every other one too.
"""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from typing import Any

from agencia_app.models.domain.reglamento import Fallo

Path = tuple[str | int, ...]

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SYNTAX = (
    ("Cannot overwrite a value", "esta clave ya tiene un valor más arriba"),
    ("Cannot declare", "esta tabla ya está más arriba"),
    ("Cannot mutate", "esta tabla ya está más arriba"),
    ("Unclosed array", "falta cerrar la lista con «]»"),
    ("Expected ']", "falta cerrar el título de la tabla con «]»"),
    ("Expected '=' after a key", "falta el signo «=» después de la clave"),
    ("Unterminated string", "falta cerrar el texto con comillas"),
    ("Expected \"'", "hay un texto sin cerrar: revise sus comillas"),
    ("Found invalid character", "hay un texto sin cerrar: revise sus comillas"),
    ("Illegal character", "hay un carácter que no va ahí: revise las comillas del texto"),
    ("Expected newline", "sobra algo al final de la línea"),
    ("Invalid date", "la fecha no existe"),
    ("Invalid value", "el valor no se entiende: un texto va entre comillas y una fecha como 2026-11-23"),
    ("Invalid initial character", "la clave no se entiende"),
    ("Invalid statement", "la línea no se entiende: va «clave = valor» o «[tabla]»"),
)
_CLOSING = ("]", '"""', "'''")
_MOST_ELEMENTS = 200  # of a list whose lines are told apart
_TITLE = re.compile(r"\s*\[")


class Lines:
    """The lines of a TOML's keys, tables and elements of lists, by their path; the first one is 1.

    They are looked for when one is asked for: what is shipped has no faults.
    """

    def __init__(self, text: str) -> None:
        """Take a text that is known to be TOML."""
        self._text = text

    def of(self, path: Path) -> int:
        """Return the line of something, or of the nearest thing that holds it."""
        while path not in self._at:
            path = path[:-1]
        return self._at[path]

    @cached_property
    def _at(self) -> dict[Path, int]:
        return _lines(self._text.replace("\r\n", "\n").split("\n"))


def parse(text: str) -> tuple[dict[str, Any], Lines] | Fallo:
    """Return what a TOML says and where, or the fault that makes it none."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also digits or lists without end
        return _fault(str(error), text)
    return raw, Lines(text)


def _fault(said: str, text: str) -> Fallo:
    found = _AT.search(said)
    line, column = (int(found[1]), found[2]) if found and found[1] else (text.count("\n") + 1, "")
    reason = next((words for begin, words in _SYNTAX if said.startswith(begin)), "el TOML no se entiende")
    return Fallo(line, f"{reason} (columna {column})" if column else reason)


def _lines(rows: list[str]) -> dict[Path, int]:
    lines: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}  # of each list of tables, its tables so far
    table: Path = ()
    number = 0
    while number < len(rows):
        row = rows[number]
        if not row.strip() or row.lstrip().startswith("#"):
            number += 1
        elif _TITLE.match(row):
            table = _titled(row, counts)
            for length in range(1, len(table) + 1):
                lines.setdefault(table[:length], number + 1)  # the first place counts
            number += 1
        else:
            number = _valued(rows, number, table, lines)
    return lines


def _titled(row: str, counts: dict[Path, int]) -> Path:
    path: Path = ()
    value: Any = tomllib.loads(row)
    while isinstance(value, dict) and value:
        ((key, value),) = value.items()
        path = (*path, key)
        if isinstance(value, list):
            counts[path] = counts.get(path, 0) + 1
            value = value[0]
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _valued(rows: list[str], number: int, table: Path, lines: dict[Path, int]) -> int:
    """Note the key that begins in a row, and the elements of its list; return the row after its value."""
    key, begun = _key(rows[number])
    path = (*table, *key)
    lines.setdefault(path, number + 1)
    known = 0
    is_list = begun.lstrip().startswith("[")
    for last in range(number, len(rows)):
        # Reading a value again costs as much as all its rows so far: only where a row may close it, or while
        # its elements are told apart; a fault further down is told by the line where the list begins.
        closes = last == number or any(each in rows[last] for each in _CLOSING)
        counts = is_list and known < _MOST_ELEMENTS
        if not (closes or counts):
            continue
        value = "\n".join((begun, *rows[number + 1 : last + 1]))
        whole = _parsed(value) if closes else None
        if counts:
            elements = _elements(whole or _parsed(f"{value}\n]"))
            for position in range(known, elements):
                lines.setdefault((*path, position), last + 1)
            known = max(known, elements)
        if whole is not None:
            return last + 1
    return len(rows)


def _key(row: str) -> tuple[Path, str]:
    """Split a row at the equals sign that ends its key: one in quotes does not."""
    for found in re.finditer("=", row):
        parsed: Any = _parsed("0", row[: found.start()])
        if parsed is not None:
            path: Path = ()
            while isinstance(parsed, dict):
                ((key, parsed),) = parsed.items()
                path = (*path, key)
            return path, row[found.end() :]
    raise ValueError(f"no key in {row!r}")  # the text is known to be TOML


def _elements(parsed: dict[str, Any] | None) -> int:
    return len(parsed["x"]) if parsed is not None and isinstance(parsed["x"], list) else 0


def _parsed(value: str, key: str = "x") -> dict[str, Any] | None:
    try:
        return tomllib.loads(f"{key} = {value}")
    except tomllib.TOMLDecodeError:
        return None
