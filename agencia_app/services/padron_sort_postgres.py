"""The rows of a padrón file in ``padron_leido``, a table of the server that is not written to its log.

Not a temporary one: the application's role may make none, for a trigger would take it for ours.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from agencia_app.models.db import engine_postgres
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.services.padron_checks import COLUMNS, Reject, Row
from agencia_app.services.padron_sort import LIST, Bound

# Of our own column names.
# ruff: noqa: S608

_EMPTY = "DELETE FROM padron_leido"  # to truncate it would wait for a backup to end
_NULL = "\x01"  # a control character, which no cell has
_READ = f"COPY padron_leido ({LIST}, linea) FROM STDIN WITH (NULL '{_NULL}')"
_FIRST = (
    "(SELECT cedula, min(linea) AS linea FROM padron_leido GROUP BY cedula HAVING count(*) > 1) AS primera"
)
_REPEATED = (
    f"SELECT leida.linea, primera.linea, cedula FROM padron_leido AS leida JOIN {_FIRST} USING (cedula) "
    "WHERE leida.linea > primera.linea ORDER BY leida.linea"
)
_DROP_REPEATED = (
    f"DELETE FROM padron_leido AS leida USING {_FIRST} "
    "WHERE leida.cedula = primera.cedula AND leida.linea > primera.linea"
)
_BATCH_END = "SELECT cedula FROM padron_leido WHERE cedula > %s ORDER BY cedula LIMIT 1 OFFSET %s"
_OF_BATCH = "FROM padron_leido AS leida WHERE leida.cedula > %s AND leida.cedula <= %s"
_BATCH_SIZE = f"SELECT count(*) {_OF_BATCH}"
_INSERT = (
    f"INSERT INTO persona ({LIST}) SELECT {LIST} {_OF_BATCH} ORDER BY cedula ON CONFLICT (cedula) DO NOTHING"
)
# Only who differs is touched: an update writes the whole row anew, and its entries in the indexes.
_UPDATE = (
    f"UPDATE persona SET {', '.join(f'{column} = leida.{column}' for column in COLUMNS[1:])} "
    f"{_OF_BATCH} AND persona.cedula = leida.cedula "
    f"AND ({', '.join(f'persona.{column}' for column in COLUMNS[1:])}) "
    f"IS DISTINCT FROM ({', '.join(f'leida.{column}' for column in COLUMNS[1:])})"
)


class PostgresSorter:
    """See ``Sorter``. One import at a time in an agency: another raises KnownError ``padron.importing``."""

    before_all: Bound = ""
    after_all: Bound = "9999999999"  # no province is 99

    def __init__(self, db: Database) -> None:
        """Empty the table, which an import that was killed may have left full."""
        self._db = db
        self._connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not engine_postgres.lock_import(self._connection):
            self._connection.close()
            raise KnownError("padron.importing")
        self._connection.exec_driver_sql(_EMPTY)

    def add(self, rows: list[Row]) -> None:
        """Copy rows in."""
        if rows:
            text = "".join(map(_line, rows)).replace("\\", r"\\")
            engine_postgres.copy_in(self._connection, _READ, text)

    def sort(self, reject: Reject) -> None:
        """Take out the repeated ones: the others are in order by the table's key."""
        repeated = self._connection.exec_driver_sql(_REPEATED).all()
        for line, first, cedula in repeated:
            reject(line, f"la cédula ya está en la línea {first} del mismo archivo", cedula)
        if repeated:
            self._connection.exec_driver_sql(_DROP_REPEATED)

    def batch_end(self, after: Bound, size: int) -> Bound:
        """Return the last row's cédula."""
        found: str | None = self._connection.exec_driver_sql(_BATCH_END, (after, size - 1)).scalar()
        return found or self.after_all

    def copy(self, connection: Connection, after: Bound, end: Bound) -> tuple[int, int, int]:
        """Insert who is new, then update who differs."""
        bounds = (after, end)
        seen = connection.exec_driver_sql(_BATCH_SIZE, bounds).scalar_one()
        inserted = connection.exec_driver_sql(_INSERT, bounds).rowcount
        if inserted == seen:
            return seen, inserted, 0
        # What was just put in is equal to itself, so only older rows count as updated.
        return seen, inserted, connection.exec_driver_sql(_UPDATE, bounds).rowcount

    def unit_of_work(self) -> AbstractContextManager[Session]:
        """Yield a session beside those of the windows, which go on attending."""
        return self._db.unit_of_work(shared=True)

    def close(self) -> None:
        """Empty the table and give the lock back, if the server is there, and throw the connection away."""
        with suppress(KnownError):
            self._connection.exec_driver_sql(_EMPTY)
            engine_postgres.unlock_import(self._connection)  # not whenever the server sees that it is gone
        self._connection.invalidate()
        self._connection.close()


def _line(row: Row) -> str:
    """Return a row as COPY reads it. No cell has a tab or a line end: control characters were rejected."""
    return "\t".join([_NULL if cell is None else str(cell) for cell in row]) + "\n"
