"""The one Argon2id hasher, for claves and passwords alike, and a cheap one for simulated windows."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY


@cache
def hasher() -> PasswordHasher:
    """Return a hasher with the RFC 9106 low-memory profile (64 MiB, about 0.1 s)."""
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def cheap() -> PasswordHasher:
    """Return a hasher that protects nothing: for ``simulacion`` alone, over a demonstration's data."""
    return PasswordHasher.from_parameters(CHEAPEST)


def cheap_profile() -> str:
    """Return the cheap profile in words, for the result of a simulation."""
    return f"barato: Argon2id, {CHEAPEST.memory_cost} KiB, {CHEAPEST.time_cost} vuelta, solo en la simulación"
