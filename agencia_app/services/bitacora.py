"""The audit log (*bitácora*): one sealed row per action, in the action's own transaction.

Each row's hash is a SHA-256 over its fields and the hash of the row before it, so that a row
changed, removed or put in between is found by walking the chain.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import BitacoraRow
from agencia_app.models.domain.usuario import Sesion

SYSTEM = "sistema"
_ACTOR_LENGTH = 40  # characters, what the column keeps
_LAST = select(BitacoraRow.seq, BitacoraRow.hash).order_by(BitacoraRow.seq.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Verification:
    """What walking the chain found: how many rows are whole, and the first broken one."""

    rows: int
    broken: int | None
    head: str


def seal(row: BitacoraRow) -> str:
    """Return the hash that a row must carry."""
    fields = [
        row.seq,
        row.en,
        row.actor,
        row.ventanilla,
        row.accion,
        row.tramite,
        row.detalle,
        row.hash_previo,
    ]
    canonical = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def record(
    session: Session,
    sesion: Sesion | None,
    accion: str,
    *,
    tramite: str = "",
    en: datetime | None = None,
    **detalle: str | float | bool | None,
) -> None:
    """Append one action to the log, inside the caller's transaction.

    ``sesion`` is who did it, None for the system itself. Never pass a clave or a password.
    """
    last = session.execute(_LAST).one_or_none()
    row = BitacoraRow(
        seq=last.seq + 1 if last else 1,
        en=(en or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds"),
        actor=sesion.usuario if sesion else _system_actor(),
        ventanilla=sesion.ventanilla if sesion else 0,
        accion=accion,
        tramite=tramite,
        detalle=json.dumps(detalle, ensure_ascii=False, sort_keys=True),
        hash_previo=last.hash if last else "",
    )
    row.hash = seal(row)
    session.add(row)
    session.flush()


def _system_actor() -> str:
    """Name who runs a command without signing in: the account of the operating system."""
    if sys.platform == "win32":
        return f"{SYSTEM}:{getpass.getuser()}"[:_ACTOR_LENGTH]
    import pwd  # noqa: PLC0415 - Unix alone has it

    # By number, not by name: the environment that getpass asks first is anybody's to set.
    try:
        return f"{SYSTEM}:{pwd.getpwuid(os.getuid()).pw_name}"[:_ACTOR_LENGTH]
    except KeyError:
        return f"{SYSTEM}:{os.getuid()}"


def verify(database: Database) -> Verification:
    """Walk the whole chain. ``broken`` is the sequence of the first row that does not hold."""
    previous = ""
    rows = 0
    with database.reading() as session:
        for row in session.scalars(
            select(BitacoraRow).order_by(BitacoraRow.seq).execution_options(yield_per=500)
        ):
            if row.seq != rows + 1 or row.hash_previo != previous or row.hash != seal(row):
                return Verification(rows, row.seq, previous)
            previous = row.hash
            rows += 1
    return Verification(rows, None, previous)
