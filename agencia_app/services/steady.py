"""A clock that nobody sets: seconds since the machine started, and which start that was."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Steady:
    """A moment of the steady clock. ``arranque`` names the start of the machine that it counts from.

    Where the system gives a start no name it is empty; a start is told from another by seconds that
    do not fit.
    """

    arranque: str
    segundos: float


def steady() -> Steady:
    """Return the present moment of the steady clock."""
    arranque = _BOOT_ID.read_text("ascii").strip() if sys.platform == "linux" else ""
    return Steady(arranque, seconds())


def seconds() -> float:
    """Return the seconds of the steady clock; it goes on while the machine sleeps, where it can."""
    if sys.platform != "linux":
        return time.monotonic()
    return time.clock_gettime(time.CLOCK_BOOTTIME)
