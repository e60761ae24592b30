"""What a kiosk in the lobby knows of a person, and how it slows down who guesses.

Our own rule: neither the procedure nor the law says anything of kiosks. The server's functions of
migration 0008 say the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agencia_app.models.domain.persona import EstadoPersona, TipoPrestacion

ACTOR = "sistema:kiosco"  # whom the bitácora names: no user can be called so
MISSES_A_DAY = 5  # after which a cédula gets no other answer that day
FREE_MISSES = 4  # of one kiosk, before which nobody waits
FREE_QUESTIONS = 60  # of one kiosk, right or wrong: more than a queue of people asks in ``MEMORY``
MEMORY = timedelta(minutes=15)  # how long a kiosk's questions count, and an answer is good for
_FIRST_WAIT, LONGEST_WAIT = 5, 60  # seconds; the longest follows FREE_QUESTIONS too


@dataclass(frozen=True, slots=True)
class Hechos:
    """What of the padrón a kiosk is told: no name, and no date."""

    iniciales: str
    tipo_prestacion: TipoPrestacion
    estado: EstadoPersona
    fallecido: bool
    discapacidad: bool


@dataclass(frozen=True, slots=True)
class SolicitudHecha:
    """A solicitud that the kiosk prints: its number, when it was made, and the last day it is good for."""

    numero: str
    generada_en: datetime
    vence_el: date


def iniciales(nombres: str, apellidos: str) -> str:
    """Return the first letters of a name, apart: ``M J F N``."""
    return " ".join(word[0] for word in f"{nombres} {apellidos}".split())


def wait_after(misses: int) -> int:
    """Return how many seconds nobody may ask after the last of so many misses at a kiosk."""
    if misses < FREE_MISSES:
        return 0
    return int(min(LONGEST_WAIT, _FIRST_WAIT * 2 ** min(misses - FREE_MISSES, 8)))
