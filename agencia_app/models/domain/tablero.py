"""The supervisor's board (*tablero*) as values: what is asked of it, and what it shows.

Durations are seconds. Moments are aware, in UTC; days are business days of the agency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from agencia_app.models.domain.calidad import Calidad
from agencia_app.models.domain.revision import Regla


class Columna(StrEnum):
    """What the table tells of a trámite, from left to right."""

    HORA = "hora"
    RECIBO = "recibo"
    PENSIONISTA = "pensionista"
    CALIDAD = "calidad"
    VENTANILLA = "ventanilla"
    OPERADOR = "operador"
    DOCUMENTOS = "documentos"
    ESTADO = "estado"


class EstadoFila(StrEnum):
    """How a trámite stands, as a supervisor counts it."""

    ATENDIENDO = "atendiendo"
    PENDIENTE = "pendiente"  # left with a hoja de pendientes
    SIN_CONFIRMAR = "sin_confirmar"  # issued; nobody said yet that the slip came out
    ENTREGADA = "entregada"
    ANULADA = "anulada"
    CANCELADO = "cancelado"  # ended with nothing issued


@dataclass(frozen=True, slots=True)
class Filtro:
    """Which trámites to show. None and the empty text are no filter.

    ``texto`` is a whole number of a recibo or trámite or a whole cédula, found on any day whatever
    else is filtered; or the beginning of a cédula, a recibo's sequence, or words of a name.
    """

    desde: date
    hasta: date
    operador: int | None = None
    ventanilla: int | None = None
    calidad: Calidad | None = None
    estado: EstadoFila | None = None
    texto: str = ""


@dataclass(frozen=True, slots=True)
class Orden:
    """By which column the table is sorted."""

    columna: Columna = Columna.HORA
    descendente: bool = True


@dataclass(frozen=True, slots=True)
class Fila:
    """One row of the table. The cédula comes masked.

    ``hora`` is when the clave was issued, or else when the trámite was opened. ``vistos`` of
    ``documentos`` were shown in full; ``sustituto`` is what was shown in place of the certificado de
    votación, ``autorizado`` tells that a second person let something of them pass. ``tardia``: it
    came after its day was closed.
    """

    id: int
    numero: str
    hora: datetime
    recibo: str | None
    cedula: str
    apellidos: str
    nombres: str
    calidad: Calidad
    ventanilla: int
    operador: str
    vistos: int
    documentos: int
    sustituto: str
    autorizado: bool
    estado: EstadoFila
    tardia: bool


@dataclass(frozen=True, slots=True)
class Resumen:
    """The figures of a range of days.

    ``por_hora`` maps the hour of the day (agency time) to the claves issued in it. ``mediana`` and
    ``p90`` are of attentions that ended without coming back, None while there is none. ``regresan``
    counts the trámites that were set aside with a hoja de pendientes, out of ``tramites``.
    ``por_revisar`` counts what is still to be reviewed, by its rule.
    """

    emitidas: int
    ultima_hora: int
    por_hora: dict[int, int]
    mediana: float | None
    p90: float | None
    tramites: int
    regresan: int
    anuladas: int
    danadas: int
    por_revisar: dict[Regla, int]


@dataclass(frozen=True, slots=True)
class Operador:
    """Somebody who attends, as a choice of the filter."""

    id: int
    usuario: str
    nombre: str
