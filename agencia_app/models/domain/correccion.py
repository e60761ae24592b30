"""The ticket de corrección: a datum of the padrón that is wrong, as seen at the window.

It asks whoever keeps the padrón to mend it, and never mends it by itself. Source: El Universo, 2005: a
pensioner sent back four times over a misspelt name.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.persona import EstadoPersona, Persona, age

OLDEST = 120  # years: an older birth date is a slip of the fingers
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
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


class Abiertas(StrEnum):
    """Which tickets a list shows."""

    ABIERTAS = "abiertas"
    CERRADAS = "cerradas"
    TODAS = "todas"


@dataclass(frozen=True, slots=True)
class Filtro:
    """Which tickets a list shows: how they stand, and the days on which they were opened, both in it."""

    cuales: Abiertas = Abiertas.ABIERTAS
    desde: date | None = None
    hasta: date | None = None


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


def says(persona: Persona, dato: DatoErrado) -> str:
    """Return what the padrón says of a datum."""
    if dato is DatoErrado.NOMBRE:
        return persona.nombre_completo
    if dato is DatoErrado.FECHA_NACIMIENTO:
        return day(persona.fecha_nacimiento)
    if persona.fecha_defuncion is not None:
        how = f"fallecimiento el {day(persona.fecha_defuncion)}"
    else:
        how = "suspendido" if persona.estado is EstadoPersona.SUSPENDIDO else "activo"
    return f"{persona.prestacion} · {how}"


def checked(dato: DatoErrado, dice: str, debe_decir: str, today: date) -> str:
    """Return what a datum should say as it is kept: single spaces, a date as dd/mm/aaaa.

    Raises KnownError ``correccion.text``, ``fecha.invalid``, ``correccion.future``, ``correccion.age`` and
    ``correccion.same`` where the padrón says that already. Accents and ñ make a name another one.
    """
    text = written(debe_decir)
    if dato is DatoErrado.FECHA_NACIMIENTO:
        text = day(_born(text, today))
    if text.casefold() == unicodedata.normalize("NFC", dice).casefold():
        raise KnownError("correccion.same")
    return text


def written(text: str) -> str:
    """Return a text of a ticket as it is kept. Raises KnownError ``correccion.text``."""
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    if not plain or not plain.isprintable() or len(plain) > TEXT_LENGTH:
        raise KnownError("correccion.text", maximum=TEXT_LENGTH)
    return plain


def _born(text: str, today: date) -> date:
    match = _DAY_FIRST.fullmatch(text)
    try:
        born = date(*(int(part) for part in reversed(match.groups()))) if match else None
    except ValueError:
        born = None
    if born is None:
        raise KnownError("fecha.invalid")
    if born > today:
        raise KnownError("correccion.future")
    if age(born, today) > OLDEST:
        raise KnownError("correccion.age", maximum=OLDEST)
    return born
