"""SQLite, for a window of its own.

It runs in WAL with ``synchronous=FULL``: what was committed survives a power cut. There is one writer
at a time, from the beginning of its transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 5.0

# What SQLite says, and the code of the sentence that helps. The driver gives no other hold.
TROUBLES = (
    ("locked", "base.locked"),
    ("busy", "base.locked"),
    ("disk is full", "base.disk_full"),
    ("disk i/o", "base.disk_full"),
    ("readonly", "base.read_only"),
    ("unable to open", "base.cannot_open"),
    ("malformed", "base.damaged"),
    ("not a database", "base.damaged"),
)


def create(path: Path) -> Engine:
    """Return the engine of a file."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver's own transaction guesses are switched off: "begin" below says when.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def trouble(error: DBAPIError) -> str | None:
    """Return the code of a foreseen trouble, or None."""
    if isinstance(error, OperationalError) or "database" in str(error.orig):
        message = str(error.orig).lower()
        for sign, code in TROUBLES:
            if sign in message:
                return code
    return None
