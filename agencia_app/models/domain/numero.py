"""The numbers printed on papers: the trámite's, the recibo's, the solicitud's, the ticket's.

A recibo is agency (3) · year (2) · gapless sequence (7) · check (2), shown as
``017-26-0004182-66``. A trámite has a sequence of six, shown as ``017-26-000042-31``, a solicitud one
of nine and a ticket de corrección one of eight, so that a scanner's digits tell them apart by length.
Barcodes carry the digits alone.

Source: check digits by ISO/IEC 7064 MOD 97-10, from python-stdnum.
"""

from __future__ import annotations

from enum import Enum

from stdnum.iso7064 import mod_97_10

from agencia_app.models.domain.cedula import clean
from agencia_app.models.domain.errors import KnownError

_AGENCY = 3
_YEAR = 2
_CHECK = 2


class Kind(Enum):
    """What a number names; the value is the width of its sequence."""

    TRAMITE = 6
    RECIBO = 7
    SOLICITUD = 9
    CORRECCION = 8

    @property
    def length(self) -> int:
        """How many digits the whole number has."""
        return _AGENCY + _YEAR + self.value + _CHECK


def build(kind: Kind, agencia: str, year: int, sequence: int) -> str:
    """Return the digits of a number. Raises KnownError ``numero.exhausted`` past the width."""
    if sequence >= 10**kind.value:
        raise KnownError("numero.exhausted", year=year)
    base = f"{agencia}{year % 100:02d}{sequence:0{kind.value}d}"
    return base + str(mod_97_10.calc_check_digits(base))


def kind_of(text: str) -> Kind | None:
    """Tell by its length what a run of digits could name, or None."""
    digits = clean(text)
    if not (digits.isascii() and digits.isdigit()):
        return None
    return next((kind for kind in Kind if kind.length == len(digits)), None)


def validate(text: str) -> str:
    """Return the digits of a number typed or scanned.

    Raises KnownError ``numero.shape`` or ``numero.check_digit``.
    """
    digits = clean(text)
    if kind_of(digits) is None:
        raise KnownError("numero.shape")
    if not mod_97_10.is_valid(digits):
        raise KnownError("numero.check_digit")
    return digits


def shown(digits: str) -> str:
    """Return a number grouped with hyphens, as people read it."""
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:-2]}-{digits[-2:]}"
