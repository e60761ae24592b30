"""The pensioner's lock (*candado*): later issuances need a supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candado:
    """A lock in force. ``puesto_en`` is aware, in UTC; ``tramite`` is the one in which it was put."""

    id: int
    puesto_en: datetime
    puesto_por: str
    tramite: str
