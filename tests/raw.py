"""Plain SQL of somebody who holds the database itself: past the services, and past the guards if they like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, CursorResult, Engine, make_url
from sqlalchemy.pool import NullPool

from agencia_app.models.db import engine_postgres
from agencia_app.models.db.session import Database
from tests.postgres_server import ADMIN


class Raw:
    """A connection as the owner has it. Values are marked ``?``."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection

    @property
    def is_postgres(self) -> bool:
        return self._database.is_postgres

    def execute(self, statement: str, values: Sequence[object] = ()) -> CursorResult[Any]:
        return self._connection.exec_driver_sql(self._database.marked(statement), tuple(values))

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        return [dict(each) for each in self.execute(statement, values).mappings()]

    def one(self, statement: str, values: Sequence[object] = ()) -> Any:
        """Return the one row there is, or its value where it has but one."""
        (row,) = self.execute(statement, values).all()
        return row[0] if len(row) == 1 else tuple(row)

    def many(self, statement: str, values: Sequence[Sequence[object]]) -> None:
        for each in values:
            self.execute(statement, each)

    def drop_trigger(self, name: str) -> None:
        """Take one guard away for everybody."""
        if self.is_postgres:
            table = self.one("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = ?", (name,))
            self.execute(f"DROP TRIGGER {name} ON {table}")
        else:
            self.execute(f"DROP TRIGGER {name}")

    def set_aside(self, tables: Sequence[str]) -> None:
        """Copy tables beside themselves."""
        for each in tables:
            self.execute(f"CREATE TABLE antes_{each} AS SELECT * FROM {each}")  # noqa: S608 - a test's own

    def bring_back(self, tables: Sequence[str]) -> None:
        """Make them again what they were; without guards."""
        for each in tables:
            self.execute(f"DELETE FROM {each}")  # noqa: S608 - a test's own
            self.execute(f"INSERT INTO {each} SELECT * FROM antes_{each}")  # noqa: S608 - a test's own

    def without_guards(self, keep: str = "") -> None:
        """Go on as if there were neither triggers nor foreign keys; on SQLite, for everybody but for one kept."""
        if self.is_postgres:
            self.execute("SET session_replication_role = replica")
            return
        self.execute("PRAGMA foreign_keys = OFF")
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name <> ?"
        for name in self.execute(triggers, (keep,)).scalars().all():
            self.execute(f"DROP TRIGGER {name}")


def read(database: Database, statement: str, values: Sequence[object] = ()) -> CursorResult[Any]:
    """Return the rows of a plain statement, its values marked ``?``."""
    return Raw(database, database.reader()).execute(statement, values)


@contextmanager
def raw_of(database: Database) -> Iterator[Raw]:
    """Open such a connection of its own; each statement is kept at once."""
    with owners(database).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # what is set on it is nobody else's
        yield Raw(database, connection)


def admins(address: str, database: str | None = None) -> str:
    """Return the address that the test server's own account has for a database: the application's may tamper with nothing."""
    url = make_url(address).set(username=ADMIN, password=None)
    return (url.set(database=database) if database else url).render_as_string(hide_password=False)


def owners(database: Database) -> Engine:
    """Return an engine that may do anything to a database."""
    if not database.is_postgres:
        return database.engine
    address = database.engine.url.render_as_string(hide_password=False)
    return create_engine(
        make_url(admins(address)), poolclass=NullPool, connect_args=engine_postgres.connect_args()
    )
