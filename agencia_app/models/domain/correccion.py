"""The ticket de corrección: a datum of the padrón that is wrong, as seen at the window.

It asks whoever keeps the padrón to mend it, and never mends it by itself. Source: El Universo, 2005: a
pensioner sent back four times over a misspelt name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TEXT_LENGTH = 250  # characters of what it should say, of the evidence and of the resolution


class DatoErrado(StrEnum):
    """What of a person the padrón has wrong."""

    NOMBRE = "nombre"
    FECHA_NACIMIENTO = "fecha_nacimiento"
    ESTADO = "estado"


DATO_TEXT = {
    DatoErrado.NOMBRE: "Apellidos y nombres",
    DatoErrado.FECHA_NACIMIENTO: "Fecha de nacimiento",
    DatoErrado.ESTADO: "Estado de la prestación",
}


@dataclass(frozen=True, slots=True)
class Correccion:
    """One ticket. ``dice`` is what the padrón said when it was opened; times are aware, in UTC.

    ``resolucion`` is what became of it, empty while it is open; ``avisada_en`` when a window was told.
    """

    numero: str
    cedula: str
    nombre: str
    dato: DatoErrado
    dice: str
    debe_decir: str
    evidencia: str
    abierta_por: str
    abierta_en: datetime
    ventanilla: int
    cerrada_por: str = ""
    cerrada_en: datetime | None = None
    resolucion: str = ""
    avisada_en: datetime | None = None
