"""The rows of a padrón file in temporary tables on disk, on the connection that writes the padrón."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import lt

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.services.padron_checks import COLUMNS, Reject, Row
from agencia_app.services.padron_sort import LIST, Bound

# Of our own column names.
# ruff: noqa: S608

_READ_TABLE = f"CREATE TEMPORARY TABLE leida ({LIST}, linea INTEGER PRIMARY KEY)"
_READ = f"INSERT INTO leida VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"
# And in order without the repeated ones, unless that is how they came.
_ORDER_TABLE = f"CREATE TEMPORARY TABLE ordenada ({LIST}, linea INTEGER, PRIMARY KEY (cedula)) WITHOUT ROWID"
_ORDER = "INSERT OR IGNORE INTO ordenada SELECT * FROM leida ORDER BY cedula, linea"
_REPEATED = (
    "SELECT leida.linea, ordenada.linea, cedula FROM leida JOIN ordenada USING (cedula) "
    "WHERE leida.linea <> ordenada.linea ORDER BY leida.linea"
)
_BATCH_END = "SELECT {key} FROM {table} WHERE {key} > ? ORDER BY {key} LIMIT 1 OFFSET ?"
_BATCH_SIZE = "SELECT COUNT(*) FROM {table} WHERE {key} > ? AND {key} <= ?"
# One statement a batch: the name indexes write to disk what they hold at every statement, so
# row by row would take sixty times as long.
_COPY = (
    f"INSERT INTO persona ({LIST}) SELECT {LIST} FROM {{table}} WHERE {{key}} > ? AND {{key}} <= ? "
    "ORDER BY {key} "
)
_INSERT = f"{_COPY} ON CONFLICT (cedula) DO NOTHING"
_UPDATE = (
    f"{_COPY} ON CONFLICT (cedula) DO UPDATE SET "
    f"{', '.join(f'{column} = excluded.{column}' for column in COLUMNS[1:])} "
    f"WHERE ({', '.join(f'persona.{column}' for column in COLUMNS[1:])}) "
    f"IS NOT ({', '.join(f'excluded.{column}' for column in COLUMNS[1:])})"
)


class SqliteSorter:
    """See ``Sorter``."""

    before_all: Bound = -1  # of lines as well as of cédulas: SQLite puts text after numbers
    after_all: Bound = ":"

    def __init__(self, db: Database) -> None:
        """Make the first table."""
        # Transactions are begun by hand: what is temporary must not lock the padrón.
        self._connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._added = 0
        self._last = ""
        self._in_order = True
        self._place = {"table": "leida", "key": "linea"}
        self._run(_READ_TABLE, "BEGIN")

    def _run(self, *statements: str) -> None:
        for statement in statements:
            self._connection.exec_driver_sql(statement)

    def add(self, rows: list[Row]) -> None:
        """Take rows in, and see whether they come in order."""
        if rows:
            self._connection.exec_driver_sql(_READ, rows)
            self._added += len(rows)
            cedulas = [self._last, *(row[0] for row in rows)]
            self._last = cedulas[-1]
            self._in_order = self._in_order and all(map(lt, cedulas, cedulas[1:]))

    def sort(self, reject: Reject) -> None:
        """Copy the rows into the second table, in order, unless they came so."""
        if not self._in_order:
            self._run(_ORDER_TABLE)
            ordered = self._connection.exec_driver_sql(_ORDER).rowcount
            if ordered < self._added:
                for line, first, cedula in self._connection.exec_driver_sql(_REPEATED):
                    reject(line, f"la cédula ya está en la línea {first} del mismo archivo", cedula)
            self._run("DROP TABLE leida")
            self._place = {"table": "ordenada", "key": "cedula"}
        self._connection.commit()

    def batch_end(self, after: Bound, size: int) -> Bound:
        """Return the last row's key."""
        statement = _BATCH_END.format(**self._place)
        found: Bound | None = self._connection.exec_driver_sql(statement, (after, size - 1)).scalar()
        self._connection.commit()
        return found or self.after_all

    def copy(self, connection: Connection, after: Bound, end: Bound) -> tuple[int, int, int]:
        """Insert who is new, then update who differs."""
        bounds = (after, end)
        seen = connection.exec_driver_sql(_BATCH_SIZE.format(**self._place), bounds).scalar_one()
        inserted = connection.exec_driver_sql(_INSERT.format(**self._place), bounds).rowcount
        if inserted == seen:
            return seen, inserted, 0
        # What was just put in is equal to itself, so only older rows count as updated.
        return seen, inserted, connection.exec_driver_sql(_UPDATE.format(**self._place), bounds).rowcount

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """Yield a session that holds the write lock; leaving without ``commit()`` rolls back."""
        self._connection.rollback()  # of what is still being read, when it was cancelled
        with Session(self._connection) as session:
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield session

    def close(self) -> None:
        """Throw the connection away instead of giving it back: its temporary tables go with it."""
        self._connection.invalidate()
        self._connection.close()
