"""In what quality (*calidad*) somebody asks.

Source: the procedure for the clave personal: jubilados, beneficiaries of montepío, and afiliados with
relación de dependencia, cesantes and voluntarios.
"""

from __future__ import annotations

from enum import StrEnum

from agencia_app.models.domain.persona import JUBILADOS, MONTEPIOS, TipoPrestacion


class Calidad(StrEnum):
    """The kinds of people who ask."""

    JUBILACION = "jubilacion"
    MONTEPIO = "montepio"
    DEPENDENCIA = "afiliado_dependencia"
    CESANTE = "afiliado_cesante"
    VOLUNTARIO = "afiliado_voluntario"


AFILIADOS = (Calidad.DEPENDENCIA, Calidad.CESANTE, Calidad.VOLUNTARIO)

CALIDAD_TEXT = {
    Calidad.JUBILACION: "Jubilación",
    Calidad.MONTEPIO: "Montepío",
    Calidad.DEPENDENCIA: "Afiliado con dependencia",
    Calidad.CESANTE: "Afiliado cesante",
    Calidad.VOLUNTARIO: "Afiliado voluntario",
}


def calidad_of(tipo: TipoPrestacion) -> Calidad:
    """Return in what quality somebody with this benefit or affiliation asks."""
    if tipo in JUBILADOS:
        return Calidad.JUBILACION
    return Calidad.MONTEPIO if tipo in MONTEPIOS else Calidad(tipo.value)


def tipos_of(calidad: Calidad) -> tuple[TipoPrestacion, ...]:
    """Return the benefits and affiliations of a calidad."""
    return tuple(each for each in TipoPrestacion if calidad_of(each) is calidad)
