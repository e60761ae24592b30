"""The machine-readable zone on the back of the electronic cédula.

Source: ICAO Doc 9303 part 5, format TD1: three lines of thirty characters. The ten-digit
cédula number stands at the end of line 1; line 3 carries APELLIDOS<<NOMBRES without ñ or
accents, so names are compared folded and never overwrite the padrón's spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from agencia_app.models.domain import cedula
from agencia_app.models.domain.errors import KnownError

LINE = 30
LENGTH = 3 * LINE
_WEIGHTS = (7, 3, 1)
_CHARACTERS = re.compile(r"[A-Z0-9<]*")
_STARTS = re.compile(r"[IAC][A-Z<]")


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone says of its holder. Dates are calendar dates."""

    cedula: str
    fecha_nacimiento: date
    fecha_vencimiento: date
    sexo: str
    apellidos: str
    nombres: str


def compact(text: str) -> str:
    """Return the zone as one run: line ends and spaces removed, capitals."""
    return re.sub(r"\s", "", text).upper()


def looks_like(text: str) -> bool:
    """Tell whether a scan is, or begins, a machine-readable zone rather than a number."""
    return bool(_STARTS.match(compact(text)))


def is_partial(text: str) -> bool:
    """Tell whether more lines must follow: scanners send an Enter after each of the three."""
    run = compact(text)
    return looks_like(run) and len(run) < LENGTH and len(run) % LINE == 0


def check_digit(field: str) -> int:
    """Return the weighted 7-3-1 check digit of a field (Doc 9303 part 3, 4.9)."""
    return sum(_value(char) * _WEIGHTS[i % 3] for i, char in enumerate(field)) % 10


def parse(text: str, today: date) -> Mrz:
    """Read a TD1 zone of three lines or one run of ninety.

    Raises KnownError ``mrz.length``, ``mrz.characters``, ``mrz.country``, ``mrz.check_digit``
    (which names the field), ``mrz.date`` or ``mrz.birth_date``, or the cédula's own errors.
    """
    run = compact(text)
    if len(run) != LENGTH:
        raise KnownError("mrz.length", characters=len(run))
    if not _CHARACTERS.fullmatch(run):
        raise KnownError("mrz.characters")
    first, second, third = run[:LINE], run[LINE : 2 * LINE], run[2 * LINE :]
    if first[2:5] != "ECU":
        raise KnownError("mrz.country")
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    for field, digit, name in (
        (first[5:14], first[14], "documento"),
        (second[0:6], second[6], "fecha de nacimiento"),
        (second[8:14], second[14], "fecha de vencimiento"),
        (composite, second[29], "zona completa"),
    ):
        if not digit.isdigit() or check_digit(field) != int(digit):
            raise KnownError("mrz.check_digit", field=name)
    number = cedula.validate(first[20:30].replace("<", ""))
    born = _date(second[0:6], today.year // 100)
    if born > today:
        born = _date(second[0:6], today.year // 100 - 1)
    apellidos, _, nombres = third.partition("<<")
    return Mrz(
        cedula=number,
        fecha_nacimiento=born,
        # Documents live some ten years: a two-digit expiry is always of this century.
        fecha_vencimiento=_date(second[8:14], today.year // 100),
        sexo=second[7].replace("<", ""),
        apellidos=apellidos.replace("<", " ").strip(),
        nombres=nombres.replace("<", " ").strip(),
    )


def _value(char: str) -> int:
    if char == "<":
        return 0
    return int(char) if char.isdigit() else ord(char) - ord("A") + 10


def _date(yymmdd: str, century: int) -> date:
    try:
        return date(century * 100 + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:6]))
    except ValueError:
        raise KnownError("mrz.date") from None
