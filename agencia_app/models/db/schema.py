"""Bringing a database to the revision this version knows, with a copy made before.

Alembic is loaded only when there is something to migrate: it costs 0.3 s of start-up.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from agencia_app.models.db import engine_sqlite, llave_base
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
)  # oldest first; a test holds them equal to the scripts


def revision(connection: Connection) -> str | None:
    """Return the revision a database is at, or None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def prepare(database: Database, backups: Path) -> None:
    """Create or migrate the database; a copy of what was there goes to ``backups`` first.

    That of a server is the business of ``schema_postgres``. Raises KnownError ``base.newer`` for a
    database of a later version, ``base.copy`` when the copy cannot be made, and ``base.*`` for what keeps
    it from being opened.
    """
    at = known_revision(database)
    if at == REVISIONS[-1]:
        return
    if at is not None:
        copy(database.path, copy_before(backups))
    upgrade(database, "head")


def known_revision(database: Database) -> str | None:
    """Return the revision a database is at, None for an empty one. Raises KnownError ``base.newer``."""
    with database.engine.connect() as connection:
        at = revision(connection)
    if at is not None and at not in REVISIONS:
        raise KnownError("base.newer")
    return at


def copy_before(backups: Path, suffix: str = ".db") -> Path:
    """Return where the copy goes that is made before migrating."""
    return backups / f"antes-de-{REVISIONS[-1]}-{datetime.now(UTC):%Y%m%d-%H%M%S}{suffix}"


def upgrade(database: Database, target: str) -> None:
    """Run the migrations up to a revision, in one transaction."""
    with database.engine.begin() as connection:
        upgrade_within(connection, target)


def upgrade_within(connection: Connection, target: str) -> None:
    """Run the migrations up to a revision in the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - see the module's docstring

    command.upgrade(_config(connection), target)


def downgrade(database: Database, target: str) -> None:
    """Run the migrations back to a revision, in one transaction."""
    from alembic import command  # noqa: PLC0415 - see the module's docstring

    with database.engine.begin() as connection:
        command.downgrade(_config(connection), target)


def copy(source: Path, target: Path) -> None:
    """Copy a live database with SQLite's online backup, encrypted with its key where it is.

    Raises KnownError ``base.copy``, and what ``llave_base.key_of`` does.
    """
    key = llave_base.key_of(source)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(engine_sqlite.connect(source, key)) as live,
            closing(engine_sqlite.connect(target, key)) as backup,
        ):
            target.chmod(0o600)  # before there is anything to read
            live.backup(backup)
    except (OSError, engine_sqlite.driver(encrypted=bool(key)).Error) as error:
        raise KnownError("base.copy", path=target.parent) from error


def _config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see the module's docstring

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
