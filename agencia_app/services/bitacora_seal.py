"""What seals a row of the bitácora: the hash over its fields, and the digest of what it tells of people."""

from __future__ import annotations

from hashlib import sha256
from json.encoder import encode_basestring as quoted

# seq, en, actor, ventanilla, accion, tramite, the commitment (or the detail of a row without), hash_previo
Fields = tuple[int, str, str, int, str, str, str, str]


def seal(fields: Fields) -> str:
    """Return the hash that a row with these fields must carry: SHA-256 over them as canonical JSON.

    Raises TypeError for a row in which something is no text that should be.
    """
    seq, en, actor, ventanilla, accion, tramite, told, before = fields
    # Written out because verifying walks millions of rows: a JSON encoder takes twice as long.
    canonical = (
        f"[{seq},{quoted(en)},{quoted(actor)},{ventanilla},{quoted(accion)},{quoted(tramite)},"
        f"{quoted(told)},{quoted(before)}]"
    )
    return sha256(canonical.encode()).hexdigest()


def commitment(sal: str, detalle: str) -> str:
    """Return the salted digest that stands for a detail in the chain."""
    return sha256(f"[{quoted(sal)},{quoted(detalle)}]".encode()).hexdigest()
