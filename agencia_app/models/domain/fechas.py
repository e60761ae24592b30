"""Dates, times and whole numbers as people read them on screen and paper.

Moments are aware and kept in UTC; they are shown in America/Guayaquil, the zone of the
agencies. Dates print dd/mm/aaaa, times with 24 hours, thousands with a point (es_EC).
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = "America/Guayaquil"
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
    "noviembre", "diciembre",
)  # fmt: skip


def local(moment: datetime) -> datetime:
    """Return an aware moment in the agencies' zone. Raises ValueError when it has no zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone cannot be shown")
    return moment.astimezone(ZoneInfo(ZONE))


def local_date(moment: datetime) -> date:
    """Return the day it was at the agencies at an aware moment."""
    return local(moment).date()


def day(value: date) -> str:
    """Return a calendar date as ``22/11/2026``."""
    # A four-digit year by hand: strftime leaves years before 1000 unpadded on some systems.
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def moment(value: datetime) -> str:
    """Return an aware moment as ``22/11/2026 10:41``, agency time."""
    there = local(value)
    return f"{day(there)} {there.hour:02d}:{there.minute:02d}"


def long_day(value: date) -> str:
    """Return a calendar date in words: ``domingo 22 de noviembre de 2026``."""
    return f"{_DAYS[value.weekday()]} {value.day} de {_MONTHS[value.month - 1]} de {value.year}"


def number(value: int) -> str:
    """Return a whole number with its thousands apart: ``1.234``."""
    return f"{value:,}".replace(",", ".")
