"""The database: how it is opened, the unit of work, and the reader.

A window of its own works on a SQLite file, an agency of many on PostgreSQL; what each engine needs
to keep the same promises is in ``engine_sqlite`` and ``engine_postgres``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from agencia_app.models.db import engine_sqlite
from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine, ExceptionContext


class Database:
    """One database and its connections. Opening it is the migrations' business."""

    def __init__(self, place: Path | str) -> None:
        """Prepare the engine of a SQLite file or of a ``postgresql://`` address; nothing is touched yet."""
        self._path = place if isinstance(place, Path) else None
        if isinstance(place, Path):
            self.engine: Engine = engine_sqlite.create(place)
        else:
            # Its driver takes 60 ms to load, which a window of its own need not wait for.
            from agencia_app.models.db import engine_postgres  # noqa: PLC0415

            self.engine = engine_postgres.create(place)
            self._alive = engine_postgres.is_alive
            self._breaker = engine_postgres.Breaker(self.engine)
        event.listen(self.engine, "handle_error", _translate)
        self._readers = threading.local()
        self._opened: set[Connection] = set()
        self._beside: list[Callable[[], None]] = []

    @property
    def is_postgres(self) -> bool:
        """Tell whether this is an agency's PostgreSQL."""
        return self._path is None

    @property
    def path(self) -> Path:
        """The file of a SQLite database. Raises TypeError on PostgreSQL, which has none of ours."""
        if self._path is None:
            raise TypeError("a server's database has no file")
        return self._path

    @contextmanager
    def unit_of_work(self, *, shared: bool = False) -> Iterator[Session]:
        """Yield a session for one user action.

        It takes the write lock at once, so what was read stays true until ``commit()``, which
        the caller says. Leaving without it rolls back. ``shared`` is for what is done at a window
        about one trámite: on PostgreSQL such actions go on side by side, each with its trámite
        locked (``tramite_rows.row_of``), and wait only for those that are not shared.
        """
        with Session(self.engine, expire_on_commit=False) as session:
            if self.is_postgres:
                from agencia_app.models.db import engine_postgres  # noqa: PLC0415 - see above

                engine_postgres.lock(session, shared=shared)
            yield session

    def reader(self) -> Connection:
        """Return this thread's connection for single reads: no transaction, nothing to close.

        Kept open because checking one out costs several times what a lookup does.
        """
        connection: Connection | None = getattr(self._readers, "connection", None)
        if connection is not None and not self._is_usable(connection):
            connection = None
        if connection is None:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._readers.connection = connection
            self._opened.add(connection)
        return connection

    def _is_usable(self, connection: Connection) -> bool:
        if connection.closed or connection.invalidated:
            self._opened.discard(connection)
            return False
        driver: Any = connection.connection.driver_connection
        if self.is_postgres and not self._alive(driver):
            connection.invalidate()
            connection.close()
            self._opened.discard(connection)
            return False
        return True

    def break_off(self) -> None:
        """End every wait for a server that does not answer: who waits is told ``base.away``."""
        if self.is_postgres:
            self._breaker.break_all()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session over this thread's reader, for reads of several rows."""
        with Session(self.reader()) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment of the database and holds nobody up."""
        level = "REPEATABLE READ" if self.is_postgres else "AUTOCOMMIT"
        with self.engine.connect().execution_options(isolation_level=level) as connection:
            if not self.is_postgres:
                connection.exec_driver_sql("BEGIN")  # deferred: the engine's own takes the write lock
            try:
                yield connection
            finally:
                if not self.is_postgres:
                    connection.exec_driver_sql("ROLLBACK")

    def rows(self, statement: str, values: Sequence[object] = ()) -> Sequence[Any]:
        """Return the driver's own rows of a plain statement, its values marked ``?`` on both engines."""
        return self.reader().exec_driver_sql(self.marked(statement), tuple(values)).cursor.fetchall()

    def marked(self, statement: str) -> str:
        """Return a plain statement with its values marked as the driver has them."""
        if not self.is_postgres:
            return statement
        return statement.replace("%", "%%").replace("?", "%s")

    def also_close(self, close: Callable[[], None]) -> None:
        """Have something closed with it: a connection of another kind."""
        self._beside.append(close)

    def close(self) -> None:
        """Close every connection."""
        for close in self._beside:
            close()
        for connection in tuple(self._opened):
            connection.close()
        self._opened.clear()
        self.engine.dispose()


def as_date(value: date | str) -> date:
    """Return a day of a plain statement's row: SQLite's driver gives it as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def as_moment(value: datetime | str) -> datetime:
    """Return a moment (UTC) of a plain statement's row likewise."""
    naive = datetime.fromisoformat(value) if isinstance(value, str) else value
    return naive.replace(tzinfo=UTC)


def _translate(context: ExceptionContext) -> None:
    error = context.sqlalchemy_exception
    known = known_trouble(error) if isinstance(error, DBAPIError) else None
    if known is not None:
        raise known from context.original_exception


def known_trouble(error: DBAPIError) -> KnownError | None:
    """Return the foreseen trouble behind a driver's error (``base.*``), or None for a bug."""
    code = engine_sqlite.trouble(error)
    if code is None and hasattr(error.orig, "sqlstate"):
        from agencia_app.models.db import engine_postgres  # noqa: PLC0415 - see above

        code = engine_postgres.trouble(error)
    return None if code is None else KnownError(code)
