"""PostgreSQL, for an agency of many windows.

Actions about one trámite go on side by side; whatever else writes waits until it is alone, as on
SQLite everything does. That is one advisory lock of the transaction, taken shared or exclusive
before anything is read, so that no two transactions wait for each other.
"""

from __future__ import annotations

import select
import socket
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError

from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.orm import Session

LOCK_SECONDS = 10  # how long a statement waits for another window
CONNECT_SECONDS = 2
_SILENT_SECONDS = 2  # a server that says nothing for so long is gone
_WORK = 0x61_67_65_6E  # the agency's work, among the advisory locks of the database
MIGRATING = _WORK + 1
IMPORTING = _WORK + 2
BACKING_UP = _WORK + 3

_ALONE = text(f"SELECT pg_advisory_xact_lock({_WORK})")
_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({_WORK})")

# SQLSTATE, or the class it begins with, and the code of the sentence that helps.
TROUBLES = (
    ("08", "base.away"),
    ("57P", "base.away"),
    ("53300", "base.full_house"),
    ("53", "base.disk_full"),
    ("58P", "base.damaged"),  # a file of its own is not there
    ("58", "base.disk_full"),
    ("25006", "base.read_only"),
    ("28", "base.refused"),
    ("3D000", "base.refused"),
    ("42501", "base.rights"),
    ("40", "base.locked"),
    ("55P03", "base.locked"),
    ("XX", "base.damaged"),
)

# What a server says instead of letting somebody in: the driver gives no SQLSTATE of it. In English and
# Spanish; in another language it is ``base.away``.
_AT_THE_DOOR = (
    ("password authentication failed", "base.refused"),
    ("autentificación password falló", "base.refused"),
    ("does not exist", "base.refused"),
    ("no existe", "base.refused"),
    ("pg_hba.conf", "base.refused"),
    ("permission denied for database", "base.refused"),
    ("permiso denegado a la base de datos", "base.refused"),
    ("too many", "base.full_house"),
    ("demasiad", "base.full_house"),
    ("connection slots", "base.full_house"),
    ("conexiones restantes", "base.full_house"),
)


def create(address: str) -> Engine:
    """Return the engine of a ``postgresql://`` address."""
    url = make_url(address).set(drivername="postgresql+psycopg")
    engine = create_engine(url, connect_args=connect_args())
    event.listen(engine, "checkout", _refuse_dead)
    return engine


def connect_args() -> dict[str, Any]:
    """Return what every connection is made with: each side soon notices that the other is gone."""
    options = {
        "timezone": "UTC",
        "lock_timeout": LOCK_SECONDS * 1000,
        "idle_in_transaction_session_timeout": LOCK_SECONDS * 6000,
        # Of a window that lost its power the server would keep the locks for hours.
        "tcp_keepalives_idle": _SILENT_SECONDS,
        "tcp_keepalives_interval": 1,
        "tcp_keepalives_count": 2,
    }
    return {
        "connect_timeout": CONNECT_SECONDS,
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        "application_name": "agencia_app",
        "keepalives_idle": _SILENT_SECONDS,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "tcp_user_timeout": _SILENT_SECONDS * 1000,
    }


def is_alive(connection: psycopg.Connection) -> bool:
    """Tell whether a driver's connection that waits for nothing still is one, without asking the server.

    A server that ended it said so, or closed it: there is something to read where nothing was asked.
    """
    if connection.closed:
        return False
    with suppress(OSError, ValueError):
        return not select.select((connection.pgconn.socket,), (), (), 0)[0]
    return False


def _refuse_dead(connection: psycopg.Connection, _record: object, _proxy: object) -> None:
    # After a server was started anew: whoever comes next gets another connection, and nobody is told.
    if not is_alive(connection):
        raise DisconnectionError


class Breaker:
    """Knows an engine's connections, and breaks them where the server keeps everybody waiting."""

    def __init__(self, engine: Engine) -> None:
        self._connections: weakref.WeakSet[psycopg.Connection] = weakref.WeakSet()
        event.listen(engine, "connect", lambda connection, _record: self._connections.add(connection))

    def break_all(self) -> None:
        """Break every connection: who waits on one is told that the server is away."""
        for connection in tuple(self._connections):
            with suppress(Exception):  # closed by now
                # No thread may close what another waits on; shut down, it ends that wait.
                handle = socket.socket(fileno=connection.pgconn.socket)
                try:
                    handle.shutdown(socket.SHUT_RDWR)
                finally:
                    handle.detach()


def lock(session: Session | Connection, *, shared: bool) -> None:
    """Begin the transaction's work, beside that of others or alone."""
    session.execute(_SHARED if shared else _ALONE)


def lock_import(connection: Connection) -> bool:
    """Take the place of the agency's one import for as long as the connection lives; False if it is taken."""
    return bool(connection.execute(text(f"SELECT pg_try_advisory_lock({IMPORTING})")).scalar())


def unlock_import(connection: Connection) -> None:
    """Give that place back."""
    connection.execute(text(f"SELECT pg_advisory_unlock({IMPORTING})"))


def copy_in(connection: Connection, statement: str, rows: str) -> None:
    """Send rows to a COPY statement. Raises KnownError ``base.*``."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(rows)
    except connection.dialect.loaded_dbapi.Error as error:
        code = code_of(error)
        if code is None:
            raise
        raise KnownError(code) from error


def copy_rows(connection: Connection, statement: str, rows: Iterable[Sequence[object]]) -> None:
    """Send rows of values to a COPY statement. Raises KnownError ``base.*``, and the driver's errors."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        if (code := code_of(error)) is not None:
            raise KnownError(code) from error
        raise


def wait_long(connection: Connection) -> None:
    """Let a connection wait as long as it takes: for what is long, where nobody else is waiting."""
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # a server that writes to its disk meanwhile takes nothing
        driver: Any = connection.connection.driver_connection
        handle = socket.socket(fileno=driver.pgconn.socket)
        try:
            handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 0)
        finally:
            handle.detach()


def trouble(error: DBAPIError) -> str | None:
    """Return the code of a foreseen trouble, or None."""
    return code_of(error.orig)


def code_of(error: BaseException | None) -> str | None:
    """Return likewise the code behind an error of the driver's own."""
    state = getattr(error, "sqlstate", None)
    if state is None:  # the driver's own word: the connection broke, or there was none
        if type(error).__name__ not in {"OperationalError", "ConnectionTimeout"}:
            return None
        said = str(error)
        at_the_door = (code for words, code in _AT_THE_DOOR if words in said) if "FATAL:" in said else ()
        return next(iter(at_the_door), "base.away")
    return code_of_state(state)


def code_of_state(state: str) -> str | None:
    """Return the code of an SQLSTATE, or None."""
    return next((code for sign, code in TROUBLES if state.startswith(sign)), None)
