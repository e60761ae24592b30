"""What plain SQL says differently on each engine, a fragment each.

Moments are columns of UTC, or SQL that gives one. Nothing may rest on the order that a server's
locale gives to texts: ``bytewise`` is the order of SQLite.
"""

from __future__ import annotations

from agencia_app.models.db.session import Database

# SQL of our own names.
# ruff: noqa: S608


class SqliteDialect:
    """The fragments of SQLite."""

    is_postgres = False
    # The agencies' zone keeps no summer time: five hours behind UTC all year.
    _HERE = "'-5 hours'"

    def local_day(self, moment: str) -> str:
        """Return the day that a moment is at the agency."""
        return f"date({moment}, {self._HERE})"

    def local_hour(self, moment: str) -> str:
        """Return the hour of the day likewise, from 0 to 23."""
        return f"CAST(strftime('%H', {moment}, {self._HERE}) AS INTEGER)"

    def seconds_between(self, start: str, end: str) -> str:
        """Return the seconds from one moment to another."""
        return f"(julianday({end}) - julianday({start})) * 86400.0"

    def array_of(self, column: str) -> str:
        """Return the aggregate that makes one JSON array of a column's whole numbers, of none too."""
        return f"json_group_array({column})"

    def numbers_in(self, array: str) -> str:
        """Return the SELECT of the whole numbers of a JSON array."""
        return f"SELECT value FROM json_each({array})"

    def pairs_in(self, array: str) -> str:
        """Return the table whose ``value`` is each element of a JSON array, to be taken apart by ``->>``."""
        return f"json_each({array})"

    def people_in(self, detalle: str) -> str:
        """Return the table whose ``value`` is each cédula that a detail of the bitácora names."""
        return f"json_each({detalle}, '$.cedulas')"

    def as_bytes(self, column: str) -> str:
        """Return a column's value as bytes, whatever it is."""
        return f"CAST({column} AS BLOB)"

    def bytewise(self, text: str) -> str:
        """Return a text that is compared and put in order byte by byte."""
        return text

    def aside(self, column: str) -> str:
        """Return a column that the planner is not to look up in an index: another one is the better."""
        return f"+{column}"


class PostgresDialect(SqliteDialect):
    """Those of PostgreSQL, whose planner knows by its statistics which index is the better."""

    is_postgres = True
    _HERE = "interval '5 hours'"

    def local_day(self, moment: str) -> str:
        """Return the day that a moment is at the agency."""
        return f"({moment} - {self._HERE})::date"

    def local_hour(self, moment: str) -> str:
        """Return the hour of the day likewise, from 0 to 23."""
        return f"EXTRACT(HOUR FROM {moment} - {self._HERE})::integer"

    def seconds_between(self, start: str, end: str) -> str:
        """Return the seconds from one moment to another."""
        return f"EXTRACT(EPOCH FROM {end} - {start})::float8"

    def array_of(self, column: str) -> str:
        """Return the aggregate that makes one JSON array of a column's whole numbers, of none too."""
        return f"'[' || COALESCE(string_agg({column}::text, ','), '') || ']'"

    def numbers_in(self, array: str) -> str:
        """Return the SELECT of the whole numbers of a JSON array."""
        return f"SELECT value::bigint FROM json_array_elements_text({array}::json)"

    def pairs_in(self, array: str) -> str:
        """Return the table whose ``value`` is each element of a JSON array, to be taken apart by ``->>``."""
        return f"json_array_elements({array}::json)"

    def people_in(self, detalle: str) -> str:
        """Return the table whose ``value`` is each cédula that a detail of the bitácora names."""
        return f"json_array_elements_text(NULLIF({detalle}, '')::json -> 'cedulas')"

    def as_bytes(self, column: str) -> str:
        """Return a column's value as bytes, whatever it is."""
        return f"convert_to({column}::text, 'UTF8')"

    def bytewise(self, text: str) -> str:
        """Return a text that is compared and put in order byte by byte."""
        return f'{text} COLLATE "C"'

    def aside(self, column: str) -> str:
        """Return a column as it is: the planner is left to choose."""
        return column


def dialect_of(database: Database) -> SqliteDialect:
    """Return the fragments for a database."""
    return PostgresDialect() if database.is_postgres else SqliteDialect()
