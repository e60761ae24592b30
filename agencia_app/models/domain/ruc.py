"""The RUC of an employer: its shape, and whether its check digits come out.

Source: python-stdnum ``stdnum.ec.ruc``. Valid RUCs are known to fail that check (its issue 497), so a
failure is a doubt to look into and never a refusal.
"""

from __future__ import annotations

from stdnum.ec import ruc

from agencia_app.models.domain.cedula import clean
from agencia_app.models.domain.errors import KnownError

LENGTH = 13


def validate_shape(text: str) -> str:
    """Return the thirteen digits of a RUC as typed. Raises KnownError ``ruc.shape``."""
    digits = clean(text)
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        raise KnownError("ruc.shape")
    return digits


def is_doubtful(digits: str) -> bool:
    """Tell whether thirteen digits fail the check of a RUC."""
    return not ruc.is_valid(digits)
