"""PostgreSQL, for an agency of many windows.

Actions about one trámite go on side by side; whatever else writes waits until it is alone, as on
SQLite everything does. That is one advisory lock of the transaction, taken shared or exclusive
before anything is read, so that no two transactions wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.orm import Session

LOCK_SECONDS = 10  # how long a statement waits for another window
CONNECT_SECONDS = 2
_SILENT_SECONDS = 2  # a server that says nothing for so long is gone
_WORK = 0x61_67_65_6E  # the agency's work, among the advisory locks of the database
MIGRATING = _WORK + 1
IMPORTING = _WORK + 2

_ALONE = text(f"SELECT pg_advisory_xact_lock({_WORK})")
_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({_WORK})")

# SQLSTATE, or the class it begins with, and the code of the sentence that helps.
TROUBLES = (
    ("08", "base.away"),
    ("57P", "base.away"),
    ("53300", "base.full_house"),
    ("53", "base.disk_full"),
    ("58", "base.disk_full"),
    ("25006", "base.read_only"),
    ("28", "base.refused"),
    ("3D000", "base.refused"),
    ("42501", "base.rights"),
    ("40", "base.locked"),
    ("55P03", "base.locked"),
    ("XX", "base.damaged"),
)


def create(address: str) -> Engine:
    """Return the engine of a ``postgresql://`` address."""
    url = make_url(address).set(drivername="postgresql+psycopg")
    options = (
        f"-c timezone=UTC -c lock_timeout={LOCK_SECONDS * 1000} "
        f"-c idle_in_transaction_session_timeout={LOCK_SECONDS * 6000}"
    )
    return create_engine(
        url,
        # A server that was started anew: the first to ask finds out, and nobody is told.
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": options,
            "application_name": "agencia_app",
            "keepalives_idle": _SILENT_SECONDS,
            "keepalives_interval": 1,
            "keepalives_count": 2,
            "tcp_user_timeout": _SILENT_SECONDS * 1000,
        },
    )


def lock(session: Session, *, shared: bool) -> None:
    """Begin the transaction's work, beside that of others or alone."""
    session.execute(_SHARED if shared else _ALONE)


def lock_import(connection: Connection) -> bool:
    """Take the place of the agency's one import for as long as the connection lives; False if it is taken."""
    return bool(connection.execute(text(f"SELECT pg_try_advisory_lock({IMPORTING})")).scalar())


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


def trouble(error: DBAPIError) -> str | None:
    """Return the code of a foreseen trouble, or None."""
    return code_of(error.orig)


def code_of(error: BaseException | None) -> str | None:
    """Return likewise the code behind an error of the driver's own."""
    state = getattr(error, "sqlstate", None)
    if state is None:  # the driver's own word: the connection broke, or there was none
        return "base.away" if type(error).__name__ == "OperationalError" else None
    return next((code for sign, code in TROUBLES if state.startswith(sign)), None)
