"""Who saw or touched a person: what is told to who asks for it by the LOPDP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

DEPURADO = "Detalle depurado"
"""What stands in the place of a detail whose time to be kept is over."""


@dataclass(frozen=True, slots=True)
class Acceso:
    """One event that shows or touches a person. ``en`` is aware, in UTC.

    ``texto`` says what was done, ``detalle`` what is recorded of it in words, or that it was purged.
    ``tramite`` is the printed number of the attention it belongs to, or empty.
    """

    seq: int
    en: datetime
    usuario: str
    nombre: str
    ventanilla: int
    texto: str
    detalle: str
    tramite: str


@dataclass(frozen=True, slots=True)
class InformeAccesos:
    """The accesses to a person in a range of days, first to last. ``nombre`` is empty for a stranger."""

    cedula: str
    nombre: str
    desde: date
    hasta: date
    pedido_por: str
    pedido_en: datetime
    accesos: tuple[Acceso, ...]
