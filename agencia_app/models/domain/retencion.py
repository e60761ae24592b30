"""Retention: how long each kind of data is kept, what is due, and who is held back from purging."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

DEPURADO = "depurado"
"""What stands in the place of a reason that was purged and may not be empty."""


class Clase(StrEnum):
    """The kinds of data with a time of their own; the values are the keys of the setting."""

    BITACORA = "bitacora"  # what its events tell of people; the chain itself is never purged
    DOCUMENTOS = "documentos"  # papers shown in attentions that ended without a recibo
    CONTACTO = "contacto"
    IMPRESIONES = "impresiones"  # whose papers were printed, and why again


CLASE_TEXT = {
    Clase.BITACORA: "Detalles de la bitácora",
    Clase.DOCUMENTOS: "Documentos presentados en trámites sin recibo",
    Clase.CONTACTO: "Datos de contacto",
    Clase.IMPRESIONES: "Datos de los papeles impresos",
}


@dataclass(frozen=True, slots=True)
class Vencido:
    """What is due of a kind: what is of before ``hasta``, kept ``dias`` days.

    ``cuantos`` are to be purged, ``exceptuados`` are held back.
    """

    clase: Clase
    dias: int
    hasta: date
    cuantos: int
    exceptuados: int


@dataclass(frozen=True, slots=True)
class Excepcion:
    """A cédula held back from purging. ``nombre`` is empty for somebody not in the padrón."""

    cedula: str
    nombre: str
    motivo: str
    puesta_por: str
    puesta_en: datetime
