"""A trámite as a value: what has been done, from which the step follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.autorizacion import Aprobada
from agencia_app.models.domain.candado import Candado
from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import Documento, FormatoCedula
from agencia_app.models.domain.solicitud import Solicitud


class EstadoTramite(StrEnum):
    """Where a trámite stands."""

    ABIERTO = "abierto"  # somebody is attending it
    PENDIENTE = "pendiente"  # a hoja de pendientes was handed over
    EMITIDO = "emitido"  # the clave is recorded; the slip may still wait for its confirmation
    TERMINADO = "terminado"  # slip confirmed, recibo given
    CANCELADO = "cancelado"


@dataclass(frozen=True, slots=True)
class Identidad:
    """What the Identidad step confirms.

    ``comprobada`` tells that an antigua cédula passed its extra check: the person's data were
    compared with the Registro Civil's. ``apoderado`` is who comes in the person's name.
    """

    formato: FormatoCedula
    vencimiento: date
    correo: str
    celular: str
    comprobada: bool = False
    apoderado: Apoderado | None = None


@dataclass(frozen=True, slots=True)
class IdentidadSugerida:
    """What is known, or was typed, for the Identidad step before it is confirmed."""

    formato: FormatoCedula | None
    vencimiento: date | None
    correo: str
    celular: str
    comprobada: bool = False
    apoderado: Apoderado | None = None


@dataclass(frozen=True, slots=True)
class ClaveAnterior:
    """The last clave handed over to a person in an earlier trámite, whatever became of it."""

    recibo: str
    emitida_en: datetime


@dataclass(frozen=True, slots=True)
class Emision:
    """The issuance of a trámite: its recibo, and what is known of the slip. Never the clave.

    ``intento`` counts the slips: 1 for the first, one more for each spoiled one.
    """

    recibo: str
    emitido_en: datetime
    ventanilla: int
    operador: str
    vence_en: datetime
    intento: int
    hoja: EstadoHoja
    anterior_desactivada_en: datetime | None


@dataclass(frozen=True, slots=True)
class Tramite:
    """One attention. Times are aware, in UTC.

    ``identidad`` may hold what was scanned or known from before; it counts once
    ``identidad_en`` says that it was confirmed. ``correo_antes`` and ``celular_antes`` are the contact
    data known when it was opened; ``anterior``, ``candado`` and ``aprobadas`` are what else decides
    whether a second person is needed. ``solicitud`` is the one brought, or made at the window.
    """

    numero: str
    persona: Persona
    perfil: str
    estado: EstadoTramite
    operador: str
    ventanilla: int
    abierto_en: datetime
    identidad: Identidad | None
    documentos: tuple[Documento, ...]
    identidad_en: datetime | None
    requisitos_en: datetime | None
    aceptado_en: datetime | None
    firmado_en: datetime | None
    clave_vigente_desde: datetime | None
    emision: Emision | None
    correo_antes: str = ""
    celular_antes: str = ""
    anterior: ClaveAnterior | None = None
    candado: Candado | None = None
    aprobadas: tuple[Aprobada, ...] = ()
    solicitud: Solicitud | None = None
