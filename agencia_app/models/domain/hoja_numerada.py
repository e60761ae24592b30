"""Pre-numbered hojas de clave: received = issued + spoiled + remaining, always.

The numbers are printed on the paper; the supervisor receives them in ranges (*lotes*) and hands
them to the windows, and each issuance takes the lowest that its window has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_LOTE = 20_000  # slips received at once
MAX_NUMERO = 999_999_999_999  # twelve digits, what the number on a slip has at most


class EstadoHojaNumerada(StrEnum):
    """What became of one numbered slip. It never comes back to ``disponible``."""

    DISPONIBLE = "disponible"
    EMITIDA = "emitida"
    DANADA = "danada"


@dataclass(frozen=True, slots=True)
class Conteo:
    """The slips of a day, or of all time: ``anteriores + recibidas = emitidas + danadas + quedan``.

    ``anteriores`` are those that remained of the days before.
    """

    anteriores: int
    recibidas: int
    emitidas: int
    danadas: int

    @property
    def quedan(self) -> int:
        """How many remain, at the windows and with the supervisor."""
        return self.anteriores + self.recibidas - self.emitidas - self.danadas


@dataclass(frozen=True, slots=True)
class Lote:
    """A range that was received, and what became of its slips. The moment is aware, in UTC."""

    desde: int
    hasta: int
    recibido_por: str
    recibido_en: datetime
    emitidas: int
    danadas: int
    quedan: int


@dataclass(frozen=True, slots=True)
class Tramo:
    """Consecutive slips that can be used, at one window; None is with the supervisor."""

    desde: int
    hasta: int
    ventanilla: int | None

    @property
    def cantidad(self) -> int:
        """How many slips it has."""
        return self.hasta - self.desde + 1


@dataclass(frozen=True, slots=True)
class Existencia:
    """The slips there are: the ranges with some left, newest first, and where those lie."""

    total: Conteo
    lotes: tuple[Lote, ...]
    tramos: tuple[Tramo, ...]
