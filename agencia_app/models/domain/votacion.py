"""Who owes the certificado de votación, on the day of the last election.

Source: Constitución art. 62; Código de la Democracia art. 11 (facultative vote) and art. 277
(who is asked to show the certificate). Election dates: CNE calendar as published in the press,
in ``resources/elecciones.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.persona import Persona, TipoPrestacion

ARTICLE = "art. 11 C. Democracia"
OVER_AGE = 65  # years; "mayores de 65" read as 65 completed, as the CNE does (inference)
ADULT_AGE = 18
YOUNGEST_VOTER = 16
PRESENTATION_DAYS = 60  # a certificado de presentación is good for so long (press)


class MotivoExencion(StrEnum):
    """Why the vote was facultative."""

    MAYOR_65 = "mayor_65"
    MENOR_18 = "menor_18"
    EXTERIOR = "exterior"
    FUERZA_PUBLICA = "fuerza_publica"
    DISCAPACIDAD = "discapacidad"
    ANALFABETO = "analfabeto"
    EXTRANJERO = "extranjero"


MOTIVO_TEXT = {
    MotivoExencion.MAYOR_65: "mayor de 65",
    MotivoExencion.MENOR_18: "de 16 a 18 años",
    MotivoExencion.EXTERIOR: "domiciliado en el exterior",
    MotivoExencion.FUERZA_PUBLICA: "servicio activo militar o policial",
    MotivoExencion.DISCAPACIDAD: "persona con discapacidad",
    MotivoExencion.ANALFABETO: "persona analfabeta",
    MotivoExencion.EXTRANJERO: "extranjero con derecho al voto",
}

_OF_AGE = (MotivoExencion.MAYOR_65, MotivoExencion.MENOR_18)  # each on the day of the election
# What the padrón cannot tell, and the operator states after seeing proof.
DECLARED = (MotivoExencion.EXTERIOR, MotivoExencion.FUERZA_PUBLICA, MotivoExencion.ANALFABETO)


@dataclass(frozen=True, slots=True)
class Exencion:
    """A voting exemption with its reason and the election it was evaluated on."""

    motivo: MotivoExencion
    eleccion: date

    @property
    def text(self) -> str:
        """The exemption as the screen and the receipt say it."""
        on = f" el {day(self.eleccion)}" if self.motivo in _OF_AGE else ""
        return f"voto facultativo ({MOTIVO_TEXT[self.motivo]}{on}) · {ARTICLE}"

    @property
    def discreet_text(self) -> str:
        """The exemption where others read along: with no reason but an age."""
        return self.text if self.motivo in _OF_AGE else f"voto facultativo · {ARTICLE}"


def last_election(elections: tuple[date, ...], today: date) -> date:
    """Return the last election held up to and including today."""
    held = [each for each in elections if each <= today]
    return max(held) if held else min(elections)


def exemption(persona: Persona, election: date) -> Exencion | None:
    """Return the exemption that follows from the padrón, or None when the vote was owed."""
    years = persona.age(election)
    if years >= OVER_AGE:
        motivo = MotivoExencion.MAYOR_65
    elif YOUNGEST_VOTER <= years < ADULT_AGE:
        motivo = MotivoExencion.MENOR_18
    elif persona.discapacidad or persona.tipo_prestacion is TipoPrestacion.JUBILACION_DISCAPACIDAD:
        motivo = MotivoExencion.DISCAPACIDAD
    elif cedula_rules.is_foreign_resident(persona.cedula):
        motivo = MotivoExencion.EXTRANJERO
    else:
        return None
    return Exencion(motivo, election)


def presentation_valid(issued: date, today: date) -> bool:
    """Tell whether a certificado de presentación is still good."""
    return issued <= today <= issued + timedelta(days=PRESENTATION_DAYS)
