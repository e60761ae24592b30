"""Encrypting the embedded database of an agency that was prepared without.

The encrypted one is made beside it, compared with it row by row, and takes its place in one step:
cut off at any moment, the agency opens with one or the other, whole. The old file is overwritten
with zeros; what a disk keeps of it underneath is the disk's business (docs/adr/0017).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agencia_app.models.db import engine_sqlite, llave_base
from agencia_app.models.db.llave_base import Lugar
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.services import bitacora
from agencia_app.settings import Settings

if TYPE_CHECKING:
    import sqlite3

_NEW, _OLD = ".cifrada", ".sin-cifrar"
_TABLES = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
_WORDS = "SELECT type, name, sql FROM {schema}.sqlite_master ORDER BY type, name"
_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Cifrada:
    """What was encrypted: how many rows, where the key is, and which old copies could not be."""

    filas: int
    llave: Lugar
    pendientes: tuple[Path, ...]


def left_in_clear(config: Settings) -> tuple[Path, ...]:
    """Return the files of a data folder in which the database, or a copy of it, can be read."""
    files = (config.database, config.database.with_name(config.database.name + _OLD), *_copies(config))
    return tuple(each for each in files if llave_base.is_plain(each))


def encrypt(config: Settings, clock: Callable[[], datetime]) -> Cifrada:
    """Encrypt the database of a data folder that no window works on, and the copies beside it.

    Raises KnownError ``cifrado.server``, ``cifrado.impossible``, ``cifrado.already``,
    ``cifrado.failed`` when the copy is not the same or cannot be made, ``base.locked``, and ``base.*``.
    """
    if config.base:
        raise KnownError("cifrado.server")
    if not llave_base.possible():
        raise KnownError("cifrado.impossible")
    database = config.database
    old = database.with_name(database.name + _OLD)
    if not llave_base.is_plain(database):
        if not left_in_clear(config):
            raise KnownError("cifrado.already")
        return Cifrada(0, llave_base.ensure(config.data, keyring=False), _encrypt_copies(config, old))
    try:
        old.unlink(missing_ok=True)  # of one that was cut off: another name of the same file
        lugar = llave_base.ensure(config.data, keyring=not config.demostracion)
        rows = _replace(database, old, clock)
    except (OSError, engine_sqlite.driver(encrypted=True).Error) as error:
        if "locked" in str(error):
            raise KnownError("base.locked") from error
        raise KnownError("cifrado.failed", path=config.data) from error
    return Cifrada(rows, lugar, _encrypt_copies(config, old))


def copy_key(config: Settings, target: Path, database: Database, clock: Callable[[], datetime]) -> None:
    """Write the database's key into a new file, to be put away.

    Raises KnownError ``cifrado.no_key`` where there is none, ``cifrado.copy`` when it cannot be written,
    ``base.key`` and ``base.key_open``.
    """
    if config.base or llave_base.lugar(config.data) is None:
        raise KnownError("cifrado.no_key")
    with database.unit_of_work() as session:
        bitacora.record(session, None, Evento.LLAVE_BASE_COPIADA, en=clock())
        try:
            llave_base.copy_to(config.data, target)
        except OSError as error:
            raise KnownError("cifrado.copy", path=target) from error
        session.commit()


def _replace(database: Path, old: Path, clock: Callable[[], datetime]) -> int:
    """Put the encrypted database in the place of the other; return how many rows it has."""
    new = database.with_name(database.name + _NEW)
    plain = engine_sqlite.connect(database, "", to_export=True)
    with closing(plain):
        # Refused while anybody else has it open; and nobody opens it from here on.
        plain.execute("PRAGMA journal_mode = DELETE")
        plain.execute("PRAGMA main.locking_mode = EXCLUSIVE")
        rows = _make(plain, new, llave_base.read(database.parent))
        made = Database(new)
        try:
            with made.unit_of_work() as session:
                bitacora.record(session, None, Evento.BASE_CIFRADA, en=clock(), filas=rows)
                session.commit()
        finally:
            made.close()
        if sys.platform == "win32":
            plain.close()  # there no open file gives its name away
        os.link(database, old)
        new.replace(database)
        _wipe(old)
    return rows


def _make(plain: sqlite3.Connection, new: Path, key: str) -> int:
    """Make the encrypted copy of what a connection sees, and compare them; return how many rows it has.

    Raises OSError and SQLCipher's errors.
    """
    for suffix in ("", "-wal", "-shm", "-journal"):
        new.with_name(new.name + suffix).unlink(missing_ok=True)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL, 0o600))
    engine_sqlite.export(plain, new, key)
    rows = 0
    same = _words(plain, "main") == _words(plain, "copia")
    for (table,) in plain.execute(_TABLES).fetchall():
        here, there = (
            plain.execute(f'SELECT COUNT(*) FROM {schema}."{table}"').fetchone()[0]  # noqa: S608 - our own names
            for schema in ("main", "copia")
        )
        different = plain.execute(
            f'SELECT EXISTS (SELECT * FROM main."{table}" EXCEPT SELECT * FROM copia."{table}")'  # noqa: S608
        ).fetchone()[0]
        same = same and here == there and not different
        rows += here
    if not same:
        raise OSError("the copy differs")
    plain.execute("COMMIT")
    plain.execute("DETACH copia")
    return rows


def _words(plain: sqlite3.Connection, schema: str) -> list[tuple[str, str, str]]:
    return plain.execute(_WORDS.format(schema=schema)).fetchall()


def _copies(config: Settings) -> tuple[Path, ...]:
    return tuple(sorted(config.backups.glob("*.db")))


def _encrypt_copies(config: Settings, old: Path) -> tuple[Path, ...]:
    """Encrypt what copies there are, wipe an old database that is still there; return what could not be."""
    left = []
    if old.exists():
        _wipe(old)
    for path in _copies(config):
        if not llave_base.is_plain(path):
            continue
        new = path.with_name(path.name + _NEW)
        try:
            with closing(engine_sqlite.connect(path, "", to_export=True)) as plain:
                _make(plain, new, llave_base.read(config.data))
            aside = path.with_name(path.name + _OLD)
            path.rename(aside)
            new.rename(path)
            _wipe(aside)
        except (OSError, engine_sqlite.driver(encrypted=True).Error):
            left.append(path)
    return tuple(left)


def _wipe(path: Path) -> None:
    """Overwrite a file with zeros and delete it."""
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(bytes(min(left, _CHUNK)))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
