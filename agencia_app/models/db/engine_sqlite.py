"""SQLite, for a window of its own.

It runs in WAL with ``synchronous=FULL``: what was committed survives a power cut. There is one writer
at a time, from the beginning of its transaction. A file that is encrypted, and a new one beside a
key (``llave_base``), is SQLCipher's; it is otherwise the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from agencia_app.models.db import llave_base

if TYPE_CHECKING:
    import sqlite3
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
    """Return the engine of a file. Raises KnownError ``base.key``, ``base.key_open`` or ``base.no_cipher``."""
    key = llave_base.key_of(path)
    module = driver(encrypted=bool(key))
    engine = create_engine(f"sqlite:///{path}", module=module, creator=lambda: _open(module, path, key))
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def connect(path: Path, key: str | None = None, *, to_export: bool = False) -> sqlite3.Connection:
    """Return a connection of the driver's own, outside any engine, with the file's key or the given one.

    Raises what ``create`` does, and the driver's errors (``driver``); ``to_export``, SQLCipher's.
    """
    key = llave_base.key_of(path) if key is None else key
    return _open(driver(encrypted=to_export or bool(key)), path, key)


def export(connection: sqlite3.Connection, target: Path, key: str) -> None:
    """Copy what a connection ``to_export`` sees into an empty file under another key, or under none.

    The copy stays attached as ``copia``, and the transaction of both open. Raises SQLCipher's errors.
    """
    connection.execute("ATTACH ? AS copia KEY ?", (str(target), f"x'{key}'" if key else ""))
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("SELECT sqlcipher_export('copia')")


def driver(*, encrypted: bool) -> Any:  # noqa: ANN401 - two modules with one interface
    """Return the module that opens encrypted files, or the one for the others."""
    # Only the one of the two that is needed is loaded.
    if encrypted:
        from sqlcipher3 import dbapi2  # noqa: PLC0415

        return dbapi2
    import sqlite3  # noqa: PLC0415

    return sqlite3


def _open(module: Any, path: Path, key: str) -> sqlite3.Connection:  # noqa: ANN401 - see above
    # The driver's own transaction guesses are switched off: "begin" below says when.
    connection: sqlite3.Connection = module.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    if key:
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to the terminal
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
    return connection


def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
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
