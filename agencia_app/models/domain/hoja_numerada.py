"""Pre-numbered hojas de clave: received = issued + spoiled + remaining, always."""

from __future__ import annotations

from enum import StrEnum

MAX_LOTE = 20_000  # slips received at once


class EstadoHojaNumerada(StrEnum):
    """What became of one numbered slip. It never comes back to ``disponible``."""

    DISPONIBLE = "disponible"
    EMITIDA = "emitida"
    DANADA = "danada"
