"""Whether a database has the guards that this version gave it: none taken away, changed or switched off."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from agencia_app.models.db import schema
from agencia_app.models.db.guards_postgres import GUARDS
from agencia_app.models.db.session import Database

_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
# What a trigger does, in parts that every version of the server gives alike. Those behind foreign keys are
# the server's own; all that can be done to them is to switch them off.
_POSTGRES = (
    "SELECT t.tgname, t.tgenabled, t.tgisinternal, c.relname, t.tgtype, p.prosrc, ARRAY(SELECT a.attname::text "
    "FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY(t.tgattr) ORDER BY 1), t.tgqual IS NULL "
    "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'bitacora'::regclass)"
)
_ON = "O"  # it works, as pg_trigger says it
_DIGEST_LENGTH = 16  # hexadecimal digits


def changed(database: Database) -> tuple[list[str], int]:
    """Return the names of the guards that are not as they should be, and how many there should be."""
    found = of_postgres(database) if database.is_postgres else _of_sqlite(database)
    wanted = GUARDS if database.is_postgres else _of_new_sqlite()
    return sorted(name for name in wanted | found if wanted.get(name) != found.get(name)), len(wanted)


def of_postgres(database: Database) -> dict[str, str]:
    """Return the guards of a PostgreSQL database by name, each as the digest of what it does."""
    guards: dict[str, str] = {}
    for name, enabled, internal, *does in database.rows(_POSTGRES):
        if internal and enabled == _ON:
            continue
        digest = sha256(json.dumps(does).encode()).hexdigest()[:_DIGEST_LENGTH] if enabled == _ON else enabled
        guards[name] = guards.get(name, "") + digest  # two of a name, on two tables, are not one
    return guards


def _of_sqlite(database: Database) -> dict[str, str]:
    return dict(database.rows(_SQLITE))


def _of_new_sqlite() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder, closing(Database(Path(folder) / "nueva.db")) as new:
        schema.prepare(new, Path(folder))
        return _of_sqlite(new)
