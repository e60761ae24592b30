"""The clave personal: how it is drawn, grouped and hashed.

Source: RFC 9106 (Argon2id, the low-memory profile). The alphabet leaves out look-alikes
(0 O 1 I L), so that an old person reads it right.
"""

from __future__ import annotations

import secrets
from enum import StrEnum

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
GROUP = 4


class EstadoClave(StrEnum):
    """What became of a clave."""

    VIGENTE = "vigente"
    DESACTIVADA = "desactivada"  # a later clave took its place
    ANULADA = "anulada"  # its slip came out spoiled, or it was voided


class EstadoHoja(StrEnum):
    """What is known of the sealed slip of a clave."""

    POR_CONFIRMAR = "por_confirmar"
    ENTREGADA = "entregada"
    DANADA = "danada"


def generate() -> str:
    """Return a new clave from the operating system's secure random source."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(clave: str) -> str:
    """Return the clave as printed: two groups of four."""
    return f"{clave[:GROUP]} {clave[GROUP:]}"
