"""Reading the table of elections whose certificate is asked for."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from agencia_app.services.toml_check import Checked, Place, check


def check_elections(text: str) -> Checked[tuple[date, ...]]:
    """Return the election dates of a TOML, oldest first, or every fault of it."""
    return check(text, _fechas)


def _fechas(root: Place) -> tuple[date, ...] | None:
    root.known("fechas")
    days = root.raw.get("fechas")
    if not isinstance(days, list) or not days:
        root.fault("«fechas» debe ser una lista de fechas, como [2025-02-09, 2027-02-14]", "fechas")
        return None
    for position, each in enumerate(days):
        if type(each) is not date:
            root.fault(f"«{each}» no es una fecha, como 2026-11-23", "fechas", position)
    for position, (before, after) in enumerate(pairwise(days), start=1):
        if type(before) is date and type(after) is date and after <= before:
            reason = "está dos veces" if after == before else f"va antes de {before.isoformat()}"
            root.fault(
                f"{after.isoformat()} {reason}: escriba cada fecha una vez, en orden", "fechas", position
            )
    return tuple(days)
