"""The one Argon2id hasher, for claves and passwords alike."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY


@cache
def hasher() -> PasswordHasher:
    """Return a hasher with the RFC 9106 low-memory profile (64 MiB, about 0.1 s)."""
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
