"""A dated version of the rules that an administrador put: requirement profiles, elections, agencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ClaseReglamento(StrEnum):
    """Which of the rules a version is of; the value names the file it takes the place of."""

    REQUISITOS = "requisitos"
    ELECCIONES = "elecciones"
    AGENCIAS = "agencias"


@dataclass(frozen=True, slots=True)
class Reglamento:
    """One version: its TOML, the first day it holds, and who put it. ``nombre`` is a profile's id."""

    id: int
    clase: ClaseReglamento
    nombre: str
    contenido: str
    rige_desde: date
    puesto_por: str
    puesto_en: datetime


@dataclass(frozen=True, slots=True)
class Fallo:
    """Why a TOML cannot be used: the line it is in, from 1, and the reason in words."""

    linea: int
    razon: str

    @property
    def text(self) -> str:
        """Both, as screen and command line say them."""
        return f"línea {self.linea}: {self.razon}"
