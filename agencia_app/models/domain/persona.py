"""A person as the padrón knows them, and what follows from it.

Source: the procedure for the clave personal (who may ask) and the Ley Orgánica de las
Personas Adultas Mayores, art. 5 (65 years).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

PREFERENTE_AGE = 65  # years, Ley de las Personas Adultas Mayores art. 5


class TipoPrestacion(StrEnum):
    """What the person receives from, or pays to, the institute."""

    JUBILACION_VEJEZ = "jubilacion_vejez"
    JUBILACION_INVALIDEZ = "jubilacion_invalidez"
    JUBILACION_DISCAPACIDAD = "jubilacion_discapacidad"
    MONTEPIO_CONYUGE = "montepio_conyuge"
    MONTEPIO_CONVIVIENTE = "montepio_conviviente"
    MONTEPIO_HIJO = "montepio_hijo"
    MONTEPIO_PADRE = "montepio_padre"
    AFILIADO_DEPENDENCIA = "afiliado_dependencia"
    AFILIADO_CESANTE = "afiliado_cesante"
    AFILIADO_VOLUNTARIO = "afiliado_voluntario"


JUBILADOS = frozenset(
    {
        TipoPrestacion.JUBILACION_VEJEZ,
        TipoPrestacion.JUBILACION_INVALIDEZ,
        TipoPrestacion.JUBILACION_DISCAPACIDAD,
    },
)
MONTEPIOS = frozenset(
    {
        TipoPrestacion.MONTEPIO_CONYUGE,
        TipoPrestacion.MONTEPIO_CONVIVIENTE,
        TipoPrestacion.MONTEPIO_HIJO,
        TipoPrestacion.MONTEPIO_PADRE,
    },
)

PRESTACION_TEXT = {
    TipoPrestacion.JUBILACION_VEJEZ: "Jubilación por vejez",
    TipoPrestacion.JUBILACION_INVALIDEZ: "Jubilación por invalidez",
    TipoPrestacion.JUBILACION_DISCAPACIDAD: "Jubilación por discapacidad",
    TipoPrestacion.MONTEPIO_CONYUGE: "Montepío (cónyuge)",
    TipoPrestacion.MONTEPIO_CONVIVIENTE: "Montepío (conviviente)",
    TipoPrestacion.MONTEPIO_HIJO: "Montepío (hijo)",
    TipoPrestacion.MONTEPIO_PADRE: "Montepío (padre o madre)",
    TipoPrestacion.AFILIADO_DEPENDENCIA: "Afiliado con relación de dependencia",
    TipoPrestacion.AFILIADO_CESANTE: "Afiliado cesante",
    TipoPrestacion.AFILIADO_VOLUNTARIO: "Afiliado voluntario",
}


class EstadoPersona(StrEnum):
    """Whether the benefit or affiliation is running."""

    ACTIVO = "activo"
    SUSPENDIDO = "suspendido"


@dataclass(frozen=True, slots=True)
class Persona:
    """One row of the padrón."""

    cedula: str
    apellidos: str
    nombres: str
    fecha_nacimiento: date
    tipo_prestacion: TipoPrestacion
    provincia: str
    estado: EstadoPersona
    fecha_defuncion: date | None = None
    discapacidad: bool = False
    correo: str = ""
    celular: str = ""
    ruc_empleador: str = ""

    @property
    def nombre_completo(self) -> str:
        """The name as it is shown everywhere: APELLIDOS NOMBRES."""
        return f"{self.apellidos} {self.nombres}"

    @property
    def prestacion(self) -> str:
        """The benefit in words."""
        return PRESTACION_TEXT[self.tipo_prestacion]

    def age(self, on: date) -> int:
        """Return the completed years on a day."""
        return age(self.fecha_nacimiento, on)

    def preferente(self, on: date) -> str | None:
        """Return why the person is attended first (*atención preferente*), or None."""
        if self.age(on) >= PREFERENTE_AGE:
            return f"≥ {PREFERENTE_AGE}"
        if self.discapacidad or self.tipo_prestacion is TipoPrestacion.JUBILACION_DISCAPACIDAD:
            return "discapacidad"
        return None


def age(born: date, on: date) -> int:
    """Return the completed years between a birth date and a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def fold(text: str) -> str:
    """Return text for comparison: lower case, without accents, ñ as n, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.split())
