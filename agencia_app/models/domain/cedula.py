"""The number of the cédula: its check, its likely slips and its mask.

Source: modulo 10 as in python-stdnum ``stdnum.ec.ci``; provinces 01 to 24 and 30 (registered
abroad); third digit 0 to 6, where 6 is a foreign resident (python-stdnum pull request 228).
A cédula is text: the leading zero of provinces 01 to 09 is part of it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agencia_app.models.domain.errors import KnownError

LENGTH = 10
PROVINCES = frozenset({f"{number:02d}" for number in range(1, 25)} | {"30"})
FOREIGN_RESIDENT_DIGIT = "6"
MASK = "•••••"

_IGNORED = re.compile(r"[\s\-‐‑–—.]")  # what people put between groups of digits
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # 2·d, less 9 when over 9


def clean(text: str) -> str:
    """Return what was typed without spaces, hyphens and dots."""
    return _IGNORED.sub("", text)


def check_digit(first_nine: str) -> int:
    """Return the modulo-10 check digit of the first nine digits.

    The same sum as ``stdnum.ec.ci``, kept here by table because an import checks hundreds of
    thousands of numbers; a property test holds the two equal.
    """
    a, b, c, d, e, f, g, h, i = map(int, first_nine)
    doubled = _DOUBLED
    return -(doubled[a] + b + doubled[c] + d + doubled[e] + f + doubled[g] + h + doubled[i]) % 10


def is_valid(number: str) -> bool:
    """Tell whether ten clean digits are a cédula."""
    return (
        len(number) == LENGTH
        and number.isascii()
        and number.isdigit()
        and number[:2] in PROVINCES
        and number[2] <= FOREIGN_RESIDENT_DIGIT
        and check_digit(number[:9]) == int(number[9])
    )


def validate(text: str) -> str:
    """Return the ten digits of what was typed or scanned.

    Raises KnownError ``cedula.*`` with what the sentence needs: how many digits there are,
    the province that does not exist, or the neighbours that look swapped.
    """
    number = clean(text)
    if not number:
        raise KnownError("cedula.empty")
    if not (number.isascii() and number.isdigit()):
        raise KnownError("cedula.letters")
    if len(number) != LENGTH:
        raise KnownError("cedula.length", digits=len(number))
    if number[:2] not in PROVINCES:
        raise KnownError("cedula.province", province=number[:2])
    if number[2] > FOREIGN_RESIDENT_DIGIT:
        raise KnownError("cedula.third_digit", digit=number[2])
    if check_digit(number[:9]) != int(number[9]):
        raise KnownError("cedula.check_digit", swapped=swapped_neighbours(number))
    return number


def swapped_neighbours(number: str) -> tuple[int, ...]:
    """Return the positions (from 1) whose digit, swapped with the next, makes the number right."""
    return tuple(
        position + 1
        for position in range(LENGTH - 1)
        if number[position] != number[position + 1]
        and is_valid(
            number[:position] + number[position + 1] + number[position] + number[position + 2 :],
        )
    )


def restore_leading_zero(text: str) -> str | None:
    """Return the cédula of a nine-digit number whose leading zero a spreadsheet ate, or None.

    The zero goes back only when the check digit then agrees.
    """
    if len(text) == LENGTH - 1 and is_valid("0" + text):
        return "0" + text
    return None


@lru_cache(maxsize=256)
def mask(number: str) -> str:
    """Return the cédula as shown outside the step that needs it: ``24•••••997``."""
    return number[:2] + MASK + number[-3:]


def is_foreign_resident(number: str) -> bool:
    """Tell whether the number was given to a foreign resident (third digit 6)."""
    return number[2] == FOREIGN_RESIDENT_DIGIT
