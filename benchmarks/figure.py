"""One row of the table of figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, ours beside the baseline of the same run, and what it should reach."""

    name: str
    ours: float
    baseline: float | None
    ratio: float | None
    reach: str
    unit: str
