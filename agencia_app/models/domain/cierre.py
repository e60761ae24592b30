"""The close of a day (*cierre*): what still blocks it, and what its certificate says.

A day closes once. What happens after it, on the same date, counts to the next day and is told
there as *tardío*; windows may go on working while their supervisor closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.hoja_numerada import Conteo


class TipoBloqueo(StrEnum):
    """Why a trámite keeps its day open."""

    BORRADOR = "borrador"  # open, nothing issued
    HOJA_POR_CONFIRMAR = "hoja_por_confirmar"  # nobody said what became of the slip
    SIN_TERMINAR = "sin_terminar"  # the slip is out, the recibo was not handed over


@dataclass(frozen=True, slots=True)
class Bloqueo:
    """One trámite that must end before its day closes. ``abierto_en`` is aware, in UTC."""

    tramite: str
    tipo: TipoBloqueo
    persona: str
    operador: str
    ventanilla: int
    dia: date
    abierto_en: datetime


@dataclass(frozen=True, slots=True)
class FilaOperador:
    """What one operator issued that day, by calidad."""

    usuario: str
    nombre: str
    jubilacion: int
    montepio: int
    afiliado: int

    @property
    def total(self) -> int:
        """All that this operator issued."""
        return self.jubilacion + self.montepio + self.afiliado


@dataclass(frozen=True, slots=True)
class Anulada:
    """An issuance voided that day, whatever the day it was made (``emitido``)."""

    recibo: str
    emitido: date
    motivo: str
    pidio: str
    autorizo: str


@dataclass(frozen=True, slots=True)
class Excepcion:
    """How often a second person was asked about one thing, and what they said."""

    asunto: Asunto
    aprobadas: int
    negadas: int


@dataclass(frozen=True, slots=True)
class Emergencia:
    """An exception that a lone supervisor approved. ``tramite`` is None for the clock."""

    asunto: Asunto
    tramite: str | None
    usuario: str
    motivo: str


@dataclass(frozen=True, slots=True)
class Totales:
    """The figures of a day.

    ``tardios`` are the recibos made on the date of a day that was closed already. ``cancelados``
    and ``pendientes`` are trámites of the day without a recibo. Slips: ``entregadas`` and
    ``danadas`` of all that were printed; ``numeradas`` counts the numbered ones, None where there
    are none. ``por_revisar`` is what of the day nobody has reviewed yet.
    """

    operadores: tuple[FilaOperador, ...]
    tardios: int
    cancelados: int
    pendientes: int
    duplicados: int
    entregadas: int
    danadas: int
    numeradas: Conteo | None
    anuladas: tuple[Anulada, ...]
    excepciones: tuple[Excepcion, ...]
    emergencias: tuple[Emergencia, ...]
    por_revisar: int

    @property
    def emitidos(self) -> int:
        """The recibos of the day."""
        return sum(each.total for each in self.operadores)

    @property
    def impresas(self) -> int:
        """The hojas de clave of the day."""
        return self.entregadas + self.danadas


@dataclass(frozen=True, slots=True)
class Cierre:
    """A day that was closed, as its certificate says it. Moments are aware, in UTC.

    ``cabeza`` is the hash of row ``cabeza_seq`` of the bitácora, the last before the close.
    """

    agencia_codigo: str
    agencia_nombre: str
    demostracion: bool
    dia: date
    cerrado_en: datetime
    cerrado_por: str
    totales: Totales
    cabeza_seq: int
    cabeza: str


@dataclass(frozen=True, slots=True)
class EstadoDia:
    """How a day stands: closed with its ``cierre``, or what blocks it and its figures so far."""

    dia: date
    cierre: Cierre | None
    bloqueos: tuple[Bloqueo, ...]
    totales: Totales


@dataclass(frozen=True, slots=True)
class Dias:
    """The days that may be chosen, newest first: not closed yet, and closed lately."""

    hoy: date
    abiertos: tuple[date, ...]
    cerrados: tuple[date, ...]

    @property
    def choices(self) -> tuple[tuple[date, bool], ...]:
        """Every day to offer, and whether it is closed: today, those left open, those closed."""
        left = {self.hoy, *self.abiertos} - set(self.cerrados)
        closed = ((each, True) for each in self.cerrados)
        return (*((each, False) for each in sorted(left, reverse=True)), *closed)
