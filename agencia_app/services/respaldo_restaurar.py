"""Restoring a backup into an empty place: nothing is there, or the whole agency is.

The file is read to its end before anything is touched, and once more to restore it. What was restored
must have the rows and the bitácora that the manifest says, and every invariant must hold, before it
becomes the agency's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import func, inspect, select, table
from sqlalchemy.engine import make_url

from agencia_app import settings
from agencia_app.models.db import engine_sqlite, guards_check, llave_base, schema
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import AgenciaRow, BitacoraCabezaRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.services import bitacora, instalacion, invariantes, llaves, respaldo_archivo
from agencia_app.services.llaves import Llaves
from agencia_app.services.respaldo_archivo import Manifiesto
from agencia_app.services.respaldos import DATABASE, DUMP, KEY, SETTINGS
from agencia_app.settings import Settings

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

_PARTIAL = ".nuevo"
_RECEIVED = "base.db.recibida"  # as it was taken, until it is encrypted anew
_SMALL = 1 << 20  # bytes of a key or of settings at most


@dataclass(frozen=True, slots=True)
class Restaurado:
    """What was restored: what the backup says of itself, and the key that recibos are sealed with from now on.

    ``ajustes`` are those of this machine, as the next start has them.
    """

    manifiesto: Manifiesto
    llave: str
    ajustes: Settings


def check(archive: Path, identity: Path) -> Manifiesto:
    """Read a backup to its end and return what it says of itself; nothing is written.

    Raises KnownError ``respaldo.identity``, ``respaldo.unreadable``, ``respaldo.key``, ``respaldo.damaged``,
    ``respaldo.later``, and ``base.newer`` for one of a later version.
    """
    manifest = _read(archive, _identity(identity), lambda _name, _piece: None)
    if manifest.revision not in schema.REVISIONS:
        raise KnownError("base.newer")
    return manifest


def restore(archive: Path, identity: Path, config: Settings, clock: Callable[[], datetime]) -> Restaurado:
    """Make of a backup the agency of an empty data folder, or of an empty PostgreSQL database.

    ``config.base`` is an administrator's address of that database, as for ``agencia iniciar``; it gets the same
    two accounts. Raises what ``check`` does, ``data.exists`` or ``servidor.*``, ``respaldo.engine`` for a backup of
    the other engine, ``respaldo.rows`` and ``respaldo.broken`` for one that is not what it says or does not
    hold, ``data.rights`` and ``base.*``: the place is then as empty as it was.
    """
    manifest = check(archive, identity)
    if manifest.motor != ("postgres" if config.base else "sqlite"):
        raise KnownError("respaldo.engine", motor="PostgreSQL" if manifest.motor == "postgres" else "SQLite")
    # The log of a damaged database that was put aside would be taken for that of the restored one.
    if any(config.database.with_name(config.database.name + suffix).exists() for suffix in ("", "-wal")):
        raise KnownError("data.exists", path=config.data)
    source = _Source(archive, _identity(identity), manifest)
    with _folder(config) as undo:
        return _postgres(source, config, clock, undo) if config.base else _sqlite(source, config, clock, undo)


@dataclass(frozen=True, slots=True)
class _Source:
    archive: Path
    identity: Identity
    manifest: Manifiesto

    def read(self, take: Callable[[str, bytes], object]) -> None:
        """Hand on the parts. Raises KnownError ``respaldo.damaged`` when it is not what was checked."""
        if _read(self.archive, self.identity, take) != self.manifest:
            raise KnownError("respaldo.damaged")


def _sqlite(source: _Source, config: Settings, clock: Callable[[], datetime], undo: ExitStack) -> Restaurado:
    partial = config.database.with_name(config.database.name + _PARTIAL)
    received = config.data / _RECEIVED
    small = {KEY: bytearray(), SETTINGS: bytearray()}
    for path in (partial, received):
        _remove(path)  # what a restoration that was cut off left
        undo.callback(_remove, path)
    with _create(received) as file:

        def take(name: str, piece: bytes) -> None:
            if name == DATABASE:
                file.write(piece)
            elif name in small and len(small[name]) + len(piece) <= _SMALL:
                small[name] += piece
            else:
                raise KnownError("respaldo.damaged")

        source.read(take)
    own = config.data / settings.FILE_NAME
    if small[SETTINGS] and not own.exists():
        undo.callback(own.unlink, missing_ok=True)
        with _create(own) as file:
            file.write(small[SETTINGS])
        received_settings = _settings_of(config)
        if received_settings is not None and (received_settings.base or received_settings.equipo):
            raise KnownError("respaldo.damaged")  # an agency with an embedded database has neither
    if small[KEY]:
        _encrypt_anew(received, small[KEY].decode("ascii", "replace"), partial, config, undo)
    else:
        received.rename(partial)
    database = Database(partial)
    try:
        done = _take_over(database, source, config, clock, undo)
    finally:
        database.close()
    partial.rename(config.database)
    _remove(received)
    undo.pop_all()
    return done


def _encrypt_anew(received: Path, key: str, partial: Path, config: Settings, undo: ExitStack) -> None:
    """Copy what was received under a key of this machine's own: who has the old one reads it no more.

    Raises KnownError ``base.no_cipher`` and ``respaldo.damaged``.
    """
    if not llave_base.possible():
        raise KnownError("base.no_cipher")
    if not llave_base.KEY.fullmatch(key):
        raise KnownError("respaldo.damaged")
    if llave_base.lugar(config.data) is None:
        kept = _settings_of(config)
        undo.callback(llave_base.forget, config.data)
        llave_base.ensure(config.data, keyring=kept is None or not kept.demostracion)
    _create(partial).close()
    try:
        with (
            closing(engine_sqlite.connect(received, key)) as old,
            closing(engine_sqlite.connect(partial)) as new,
        ):
            old.backup(new)
    except engine_sqlite.driver(encrypted=True).Error as error:
        raise KnownError("respaldo.damaged") from error
    _remove(received)


def _settings_of(config: Settings) -> Settings | None:
    """Return what the data folder's file says, or None where it cannot be read: whoever opens it is told."""
    try:
        return settings.load(config.data)
    except settings.SettingsError:
        return None


def _postgres(
    source: _Source, config: Settings, clock: Callable[[], datetime], undo: ExitStack
) -> Restaurado:
    from agencia_app.models.db import accounts, dump_postgres, grants  # noqa: PLC0415 - PostgreSQL alone needs it

    def take(name: str, piece: bytes) -> None:
        if name != DUMP:
            raise KnownError("respaldo.damaged")
        into(piece)

    with accounts.made(config.base) as new:
        here = instalacion.of_machine(config, new.application)
        with dump_postgres.restoring(new.owner) as into:
            source.read(take)
        with closing(Database(new.owner)) as database:
            done = _take_over(database, source, here, clock, undo)
            with database.engine.begin() as connection:
                grants.give(connection, str(make_url(new.application).username))
        undo.callback((config.data / settings.OWNER_NAME).unlink, missing_ok=True)
        instalacion.keep_owner(here, new)
        settings.write(here)
    undo.pop_all()
    return done


def _take_over(
    database: Database, source: _Source, config: Settings, clock: Callable[[], datetime], undo: ExitStack
) -> Restaurado:
    """Verify what was restored, bring it to this version, give it a key, and record it."""
    manifest = source.manifest
    _compare(database, manifest)
    if manifest.revision != schema.REVISIONS[-1]:
        schema.upgrade(database, "head")
    broken = (*invariantes.check(database).rotos, *guards_check.changed(database)[0])
    if broken:
        raise KnownError("respaldo.broken", cuales=", ".join(broken))
    bitacora.check_stayed(database)
    keys = config.data / llaves.FOLDER
    if not keys.exists():
        undo.callback(shutil.rmtree, keys, ignore_errors=True)
    llave = Llaves(database, config.data, clock, config.equipo).rotate()
    with database.unit_of_work() as session:
        bitacora.record(
            session,
            None,
            Evento.RESPALDO_RESTAURADO,
            en=clock(),
            archivo=source.archive.name,
            tomado_en=manifest.tomado_en.isoformat(timespec="seconds"),
            registro=manifest.cabeza_seq,
            version=manifest.version,
        )
        session.commit()
    return Restaurado(manifest, llave, config)


def _compare(database: Database, manifest: Manifiesto) -> None:
    with database.snapshot() as connection:
        there = set(inspect(connection).get_table_names())
        # Only what is there is counted: the names come from the file.
        rows = {
            name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in manifest.filas
            if name in there
        }
        head = connection.execute(select(BitacoraCabezaRow.seq, BitacoraCabezaRow.hash)).first()
        agency = connection.execute(select(AgenciaRow.codigo)).scalars().all()
        same = schema.revision(connection) == manifest.revision and agency == [manifest.agencia]
    wrong = sorted(name for name, count in manifest.filas.items() if rows.get(name) != count)
    if wrong or not same or head is None or tuple(head) != (manifest.cabeza_seq, manifest.cabeza):
        raise KnownError("respaldo.rows", cuales=", ".join(wrong) or "bitacora_cabeza")


def _read(archive: Path, identity: Identity, take: Callable[[str, bytes], object]) -> Manifiesto:
    try:
        file = archive.open("rb")
    except OSError as error:
        raise KnownError("respaldo.unreadable", path=archive) from error
    with file:
        return respaldo_archivo.read(file, identity, take)


def _identity(path: Path) -> Identity:
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError("respaldo.identity") from error
    return respaldo_archivo.read_identity(text)


@contextmanager
def _folder(config: Settings) -> Iterator[ExitStack]:
    """Yield the data folder's undoing, which is done unless it was called off."""
    with ExitStack() as undo:
        try:
            if not config.data.exists():
                config.data.mkdir(parents=True, mode=0o700)
                undo.callback(shutil.rmtree, config.data, ignore_errors=True)
            yield undo
        except OSError as error:
            raise KnownError("data.rights", path=config.data) from error


def _create(path: Path) -> IO[bytes]:
    """Open a new file that its owner alone reads."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
