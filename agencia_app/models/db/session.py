"""The database: how it is opened, the unit of work, and the reader.

SQLite runs in WAL with ``synchronous=FULL``: what was committed survives a power cut.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine, ExceptionContext
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 5.0

# What SQLite says, and the code of the sentence that helps. The driver gives no other hold.
_TROUBLES = (
    ("locked", "base.locked"),
    ("busy", "base.locked"),
    ("disk is full", "base.disk_full"),
    ("disk i/o", "base.disk_full"),
    ("readonly", "base.read_only"),
    ("unable to open", "base.cannot_open"),
    ("malformed", "base.damaged"),
    ("not a database", "base.damaged"),
)


class Database:
    """One database and its connections. Opening it is the migrations' business."""

    def __init__(self, path: Path) -> None:
        """Prepare the engine of a SQLite file; nothing is touched yet."""
        self.path = path
        self.engine: Engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
        event.listen(self.engine, "connect", _configure)
        event.listen(self.engine, "begin", _begin)
        event.listen(self.engine, "handle_error", _translate)
        self._readers = threading.local()
        self._opened: list[Connection] = []

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """Yield a session for one user action.

        It takes the write lock at once, so what was read stays true until ``commit()``, which
        the caller says. Leaving without it rolls back.
        """
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def reader(self) -> Connection:
        """Return this thread's connection for single reads: no transaction, nothing to close.

        Kept open because checking one out costs several times what a lookup does.
        """
        connection: Connection | None = getattr(self._readers, "connection", None)
        if connection is None or connection.closed:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._readers.connection = connection
            self._opened.append(connection)
        return connection

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session over this thread's reader, for reads of several rows."""
        with Session(self.reader()) as session:
            yield session

    def close(self) -> None:
        """Close every connection."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self.engine.dispose()


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


def _translate(context: ExceptionContext) -> None:
    error = context.sqlalchemy_exception
    known = known_trouble(error) if isinstance(error, DBAPIError) else None
    if known is not None:
        raise known from context.original_exception


def known_trouble(error: DBAPIError) -> KnownError | None:
    """Return the foreseen trouble behind a driver's error (``base.*``), or None for a bug."""
    if isinstance(error, OperationalError) or "database" in str(error.orig):
        message = str(error.orig).lower()
        for sign, code in _TROUBLES:
            if sign in message:
                return KnownError(code)
    return None
