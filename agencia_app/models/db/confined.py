"""A connection to an embedded database that may do what the kiosk does, and nothing else.

SQLite asks at each statement whether it may touch a table and a column. Who holds the machine's account
holds the file and its key: this keeps the kiosk's program, whatever it is given to read, to its own part.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy import event

from agencia_app.models.db.session import Database

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_ALL = "*"
_READ: dict[str, tuple[str, ...]] = {
    "agencia": ("codigo", "nombre", "demostracion"),
    "alembic_version": (_ALL,),
    # The triggers of what it writes look at these, and those of a solicitud at claves.
    "acceso": ("cedula", "seq"),
    "bitacora": ("seq", "en", "accion", "hash_previo", "hash"),
    "bitacora_cabeza": (_ALL,),
    "clave": ("tramite_id",),
    "kiosco_pregunta": (_ALL,),
    "persona": (
        "cedula",
        "apellidos",
        "nombres",
        "fecha_nacimiento",
        "tipo_prestacion",
        "estado",
        "fecha_defuncion",
        "discapacidad",
        "ruc_empleador",
    ),
    "reglamento": (_ALL,),
    "secuencia": (_ALL,),
    "solicitud": (_ALL,),
    "sqlite_master": (_ALL,),
    "tramite": ("id", "cedula"),  # what foreign keys and the guards of a solicitud lead to
    "usuario": ("id",),
}
_INSERT = frozenset({"acceso", "bitacora", "kiosco_pregunta", "secuencia", "solicitud"})
_UPDATE = frozenset({("secuencia", "ultimo"), ("solicitud", "planilla")})
_DELETE = frozenset({"kiosco_pregunta"})
_HEAD = "bitacora_sigue_cabeza"  # the trigger that moves it
_PRAGMA = frozenset({"read_uncommitted", "table_info", "table_xinfo"})
_FUNCTIONS = frozenset({"count", "max", "coalesce"})
_ALWAYS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT})


def open_confined(path: Path) -> Database:
    """Return an embedded database whose connections are the kiosk's. Raises what ``Database`` does."""
    database = Database(path)
    event.listen(database.engine, "connect", _confine)
    return database


def _confine(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.set_authorizer(_may)


def _may(
    action: int, first: str | None, second: str | None, _database: str | None, within: str | None
) -> int:
    """Answer SQLite: ``within`` is the trigger, or the name of the subquery, that does it."""
    if action in _ALWAYS:
        return sqlite3.SQLITE_OK
    table, column = first or "", second or ""
    columns = _READ.get(table, ())
    allowed = {
        sqlite3.SQLITE_READ: bool(columns) and (column in {"", *columns} or _ALL in columns),
        sqlite3.SQLITE_INSERT: table in _INSERT,
        sqlite3.SQLITE_UPDATE: (table, column) in _UPDATE or (table == "bitacora_cabeza" and within == _HEAD),
        sqlite3.SQLITE_DELETE: table in _DELETE,
        sqlite3.SQLITE_PRAGMA: table in _PRAGMA,
        sqlite3.SQLITE_FUNCTION: column in _FUNCTIONS,
    }
    return sqlite3.SQLITE_OK if allowed.get(action, False) else sqlite3.SQLITE_DENY
