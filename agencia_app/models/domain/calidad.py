"""In what quality (*calidad*) somebody asks, as the board and the close count it.

Source: the procedure for the clave personal: jubilados, montepío, afiliados.
"""

from __future__ import annotations

from enum import StrEnum

from agencia_app.models.domain.persona import JUBILADOS, MONTEPIOS, TipoPrestacion


class Calidad(StrEnum):
    """The three kinds of people who ask."""

    JUBILACION = "jubilacion"
    MONTEPIO = "montepio"
    AFILIADO = "afiliado"


CALIDAD_TEXT = {
    Calidad.JUBILACION: "Jubilación",
    Calidad.MONTEPIO: "Montepío",
    Calidad.AFILIADO: "Afiliado",
}


def calidad_of(tipo: TipoPrestacion) -> Calidad:
    """Return in what quality somebody with this benefit or affiliation asks."""
    if tipo in JUBILADOS:
        return Calidad.JUBILACION
    return Calidad.MONTEPIO if tipo in MONTEPIOS else Calidad.AFILIADO


def tipos_of(calidad: Calidad) -> tuple[TipoPrestacion, ...]:
    """Return the benefits and affiliations of a calidad."""
    return tuple(each for each in TipoPrestacion if calidad_of(each) is calidad)
