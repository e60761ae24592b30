"""An agency's rows from its embedded database to a server's: copied as they are, and compared.

The guards are those of new rows, and stand aside while old ones come in; that is part of the
transaction, which is the owner's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, CursorResult, Select, String, Table, collate, func, literal, select, text

from agencia_app.models.db import engine_postgres
from agencia_app.models.db.tables import Base, PersonaRow
from agencia_app.models.domain.errors import KnownError

_CHUNK = 5_000  # rows read at once
# Its only triggers fill the search by name, which has another form on each engine.
_FILLING = {PersonaRow.__tablename__}
_SERIAL = text("SELECT pg_get_serial_sequence(:table, :column)")

Given = Mapping[str, Mapping[str, str]]


def tables() -> list[Table]:
    """Return every table of an agency, each after those that it refers to."""
    return Base.metadata.sorted_tables


def copy(source: Connection, target: Connection, given: Given, tell: Callable[[str], None]) -> None:
    """Copy every row into a new database on a server.

    ``given`` are values by table and column that take the place of what was there. ``tell`` is told each table
    as it begins. Raises KnownError ``migracion.row`` for what the server does not take, and ``base.*``.
    """
    guarded = [each.name for each in tables() if each.name not in _FILLING]
    for name in guarded:
        target.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    for each in tables():
        tell(each.name)
        target.execute(each.delete())  # what a new one begins with
        columns = ", ".join(each.columns.keys())
        try:
            with source.execute(_rows(each, given)) as found:
                # The driver's own rows: SQLite keeps moments and truth values as the server reads them.
                rows: Any = found.cursor
                engine_postgres.copy_rows(target, f"COPY {each.name} ({columns}) FROM STDIN", rows)
        except target.dialect.loaded_dbapi.Error as error:
            message = str(error).splitlines()[0]
            raise KnownError("migracion.row", tabla=each.name, message=message) from error
        _number_on(target, each)
    for name in guarded:
        target.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    target.exec_driver_sql("ANALYZE")  # or its first readers would go by guesses


def compare(source: Connection, target: Connection, given: Given) -> dict[str, int]:
    """Compare every row; return how many rows each table has. Raises KnownError ``migracion.different``."""
    counts = {}
    for each in tables():
        rows = 0
        with _ordered(source, each, given) as here, _ordered(target, each, {}) as there:
            for row, other in zip_longest(here, there):
                if row is None or other is None or tuple(row) != tuple(other):
                    raise KnownError("migracion.different", tabla=each.name)
                rows += 1
        counts[each.name] = rows
    return counts


def _rows(table: Table, given: Given) -> Select[Any]:
    fixed = given.get(table.name, {})
    return select(
        *(
            literal(fixed[each.name], each.type).label(each.name) if each.name in fixed else each
            for each in table.columns
        )
    )


def _ordered(connection: Connection, table: Table, given: Given) -> CursorResult[Any]:
    # Byte by byte, as SQLite has it, whatever the order of the server's language.
    server = connection.dialect.name == "postgresql"
    order = [
        collate(each, "C") if server and isinstance(each.type, String) else each for each in table.primary_key
    ]
    statement = _rows(table, given).order_by(*order).execution_options(yield_per=_CHUNK)
    return connection.execute(statement)


def _number_on(target: Connection, table: Table) -> None:
    """Have the server number new rows after those that came."""
    for column in table.primary_key:
        sequence = target.execute(_SERIAL, {"table": table.name, "column": column.name}).scalar()
        last = target.execute(select(func.max(column))).scalar() if sequence else None
        if last is not None:
            target.execute(
                text("SELECT setval(CAST(:sequence AS regclass), :last)"),
                {"sequence": sequence, "last": last},
            )
