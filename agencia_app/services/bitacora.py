"""The audit log (*bitácora*): one sealed row per action, in the action's own transaction.

Each row's hash is a SHA-256 over its fields and the hash of the row before it, so that a row
changed, removed or put in between is found by walking the chain. What the row tells of people, its
``detalle``, is in the hash by a salted digest (``compromiso``): purging it after its time leaves the
chain whole, and the digest cannot be tried out on cédulas. Rows of before revision 0005 carry none.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import AccesoRow, BitacoraCabezaRow, BitacoraRow, table
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora_seal
from agencia_app.services.bitacora_seal import commitment
from agencia_app.services.bitacora_verify import Verification, verify

if TYPE_CHECKING:
    from agencia_app.models.db.session import Database

__all__ = ["SYSTEM", "Verification", "commitment", "record", "seal", "verify"]

SYSTEM = "sistema"
_ACTOR_LENGTH = 40  # characters, what the column keeps
_SALT_BYTES = 16
# Where many write, the head is held until the commit: nobody else's row comes in between.
_HEAD = table(BitacoraCabezaRow)
_LAST = select(_HEAD.c.seq, _HEAD.c.hash).with_for_update()
_SEALED = ("seq", "en", "actor", "ventanilla", "accion", "tramite", "compromiso", "hash_previo")
_APPEND, _SHOW = insert(table(BitacoraRow)), insert(table(AccesoRow))


def seal(row: BitacoraRow) -> str:
    """Return the hash that a row must carry."""
    told = row.compromiso or row.detalle
    return bitacora_seal.seal(
        (row.seq, row.en, row.actor, row.ventanilla, row.accion, row.tramite, told, row.hash_previo)
    )


def record(
    session: Session,
    sesion: Sesion | None,
    evento: Evento,
    *,
    en: datetime,
    tramite: str = "",
    cedulas: Sequence[str] = (),
    **detalle: str | float | bool | None,
) -> None:
    """Append one event to the log, inside the caller's transaction.

    ``sesion`` is who did it, None for the system itself. ``en`` is when, by the clock of the service. ``cedulas`` are the people it shows or
    touches beyond the trámite's own. Never pass a clave or a password.
    """
    session.flush()  # nothing else is written while the head is held
    last = session.execute(_LAST).one()
    told: dict[str, object] = dict(detalle)
    if cedulas:
        told["cedulas"] = list(cedulas)
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    sal = secrets.token_hex(_SALT_BYTES)
    sealed: bitacora_seal.Fields = (
        last.seq + 1,
        written(en),
        actor(sesion),
        sesion.ventanilla if sesion else 0,
        evento.value,
        tramite,
        commitment(sal, text),
        last.hash,
    )
    row = dict(zip(_SEALED, sealed, strict=True))
    session.execute(_APPEND, row | {"detalle": text, "sal": sal, "hash": bitacora_seal.seal(sealed)})
    if cedulas:
        shown = [{"cedula": each, "seq": last.seq + 1} for each in dict.fromkeys(cedulas)]
        session.execute(_SHOW, shown)


def check_stayed(database: Database) -> None:
    """Raise KnownError ``base.migrated`` for an embedded database whose agency moved: its last event says so."""
    if database.is_postgres:
        return  # there it is the first of what follows
    with database.reading() as session:
        last = session.scalar(select(BitacoraRow.accion).order_by(BitacoraRow.seq.desc()).limit(1))
    if last == Evento.AGENCIA_MIGRADA:
        raise KnownError("base.migrated")


def written(moment: datetime) -> str:
    """Return an aware moment as the log keeps it: UTC, to the microsecond, in order as text too."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def actor(sesion: Sesion | None) -> str:
    """Return whom the log names: the user, or without one the account of the operating system."""
    return sesion.usuario if sesion else _system_actor()


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
