"""Bringing an agency's PostgreSQL to the revision this version knows, whoever starts first.

One migrates: who has the owner's address, in the environment or in the file that ``agencia iniciar``
left. The others wait until it is done.
"""

from __future__ import annotations

import logging
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from agencia_app.models.db import dump_postgres, engine_postgres, grants, schema
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError

LOG = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # between two looks at whether somebody migrated
_TRY = text(f"SELECT pg_try_advisory_xact_lock({engine_postgres.MIGRATING})")
_NO_HURRY = text("SET LOCAL lock_timeout = 0")


def prepare(
    database: Database, address: str, owner: Path, backups: Path, waiting: Callable[[], None] | None = None
) -> None:
    """Migrate an older database, or wait until another machine has.

    ``address`` is the database's, ``owner`` the file of the owner's, and ``backups`` where a copy goes
    first. ``waiting`` is called once, when there is something to wait for; without it nobody waits. Raises
    KnownError ``base.older`` for that, ``base.empty`` for a database that was never prepared,
    ``base.newer``, ``servidor.owner_file``, ``respaldo.dump`` and ``base.*``.
    """
    told = False
    while (at := schema.known_revision(database)) != schema.REVISIONS[-1]:
        if at is None:
            raise KnownError("base.empty")
        if _migrate(database, address, owner, backups):
            continue
        if waiting is None:
            raise KnownError("base.older")
        if not told:
            told = True
            waiting()
        time.sleep(LOOK_SECONDS)


def _migrate(database: Database, address: str, owner: Path, backups: Path) -> bool:
    """Migrate with the owner's account, unless nobody here has it or somebody else does it already."""
    with database.engine.connect() as connection:
        if grants.owns(connection):
            return _migrate_as_owner(database, address, backups)
    try:
        owners_address = str(tomllib.loads(owner.read_text("utf-8"))["base"])
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise KnownError("servidor.owner_file", path=owner) from error
    with closing(Database(owners_address)) as owners:
        return _migrate_as_owner(owners, owners_address, backups)


def _migrate_as_owner(database: Database, address: str, backups: Path) -> bool:
    with database.engine.begin() as connection:
        if not connection.execute(_TRY).scalar():
            return False
        # Again, now that nobody else may: whoever was quicker has done it.
        if schema.revision(connection) == schema.REVISIONS[-1]:
            return True
        _copy(address, backups)
        connection.execute(_NO_HURRY)
        engine_postgres.lock(connection, shared=False)  # what is being written is written first
        schema.upgrade_within(connection, "head")
        grants.give_again(connection)
    LOG.info("database migrated")
    return True


def _copy(address: str, backups: Path) -> None:
    try:
        dump_postgres.dump(address, schema.copy_before(backups, ".dump"))
    except KnownError as error:
        if error.code != "respaldo.program":
            raise
        LOG.warning("no pg_dump here: no copy was made before migrating")
