"""A dated version of the rules that an administrador put: requirement profiles, elections, agencies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ClaseReglamento(StrEnum):
    """Which of the rules a version is of; the value names the file it takes the place of."""

    REQUISITOS = "requisitos"
    ELECCIONES = "elecciones"
    AGENCIAS = "agencias"


CLASE_TEXT = {
    ClaseReglamento.REQUISITOS: "Requisitos",
    ClaseReglamento.ELECCIONES: "Elecciones",
    ClaseReglamento.AGENCIAS: "Agencias",
}


class Vigencia(StrEnum):
    """How a version stands on a day; the value is the word for it."""

    VIGENTE = "vigente"
    FUTURA = "todavía no rige"
    TERMINADA = "ya no rige"


@dataclass(frozen=True, slots=True)
class Fallo:
    """Why a TOML cannot be used: the line it is in, from 1, and the reason in words."""

    linea: int
    razon: str

    @property
    def text(self) -> str:
        """Both, as screen and command line say them."""
        return f"línea {self.linea}: {self.razon}"
