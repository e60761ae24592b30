"""Everything known of one trámite (*expediente*), as a supervisor reads it. Never a clave.

Moments are aware, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agencia_app.models.domain.autorizacion import Autorizacion
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.impresion import Impresion
from agencia_app.models.domain.revision import Regla
from agencia_app.models.domain.tablero import Fila
from agencia_app.models.domain.tramite import Tramite


@dataclass(frozen=True, slots=True)
class Suceso:
    """One event of the bitácora about the trámite.

    ``accion`` is the Evento's value; ``detalle`` holds what was recorded with it, without people, None
    once that was purged.
    """

    seq: int
    en: datetime
    actor: str
    ventanilla: int
    accion: str
    detalle: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class HojaEmitida:
    """One slip and its clave; ``numerada`` is the number printed on the slip, where slips have one."""

    intento: int
    estado: EstadoClave
    hoja: EstadoHoja
    emitida_en: datetime
    fin_en: datetime | None
    numerada: int | None


@dataclass(frozen=True, slots=True)
class Anulada:
    """Why, when and by whom the issuance was voided, and who approved it."""

    motivo: str
    anulada_en: datetime
    operador: str
    autorizada_por: str


@dataclass(frozen=True, slots=True)
class Observacion:
    """Something of *Para revisar* about the trámite, and what became of it."""

    regla: Regla
    texto: str
    en: datetime
    revisada_por: str | None
    comentario: str


@dataclass(frozen=True, slots=True)
class Expediente:
    """A trámite with all that happened to it, oldest first.

    ``documentos`` says of each requisito what was presented, and how.
    """

    fila: Fila
    tramite: Tramite
    documentos: tuple[str, ...]
    hojas: tuple[HojaEmitida, ...]
    anulada: Anulada | None
    autorizaciones: tuple[Autorizacion, ...]
    impresiones: tuple[Impresion, ...]
    observaciones: tuple[Observacion, ...]
    sucesos: tuple[Suceso, ...]
