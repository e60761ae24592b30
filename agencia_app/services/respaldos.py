"""Backups: the whole agency in one encrypted file, while its windows work.

A backup holds the database as it was committed at one moment, and of an agency of one window its
settings and the key of its encrypted database. The keys that recibos are signed with are in none
(docs/adr/0009); who restores makes another. It is encrypted to the recipient ``respaldo_recibe``, whose
identity the administrador keeps elsewhere: this machine cannot read its own backups.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import func, select

from agencia_app import settings
from agencia_app.models.db import llave_base, schema
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import Base, BitacoraCabezaRow, BitacoraRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.services import bitacora, respaldo_archivo
from agencia_app.services.respaldo_archivo import Manifiesto, Parte
from agencia_app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from agencia_app.services.papeles import Agencia

LOG = logging.getLogger(__name__)

SUFFIX = ".age"
DATABASE, DUMP, KEY, SETTINGS = "base.db", "base.dump", "base.llave", "ajustes.toml"  # the parts
_COPY = "copia-para-respaldo-"  # what the data folder holds while a backup is made
_PARTIAL = ".parcial"
_LEFT_SECONDS = 3600  # a copy so old is of a backup that was cut off
_EXPORT = "SELECT pg_export_snapshot()"


@dataclass(frozen=True, slots=True)
class Respaldo:
    """A backup that was made: its file, its size in bytes, and what it says of itself."""

    archivo: Path
    bytes: int
    manifiesto: Manifiesto


class Respaldos:
    """The backups of one agency."""

    def __init__(
        self, database: Database, config: Settings, agencia: Agencia, clock: Callable[[], datetime]
    ) -> None:
        """Take the database, the settings, whose agency it is, and the clock (aware)."""
        self._database = database
        self._config = config
        self._agencia = agencia
        self._clock = clock

    # -- the key -----------------------------------------------------------------------

    def make_key(self, target: Path) -> str:
        """Make the identity that opens backups from now on into a new file, and return its recipient.

        The file is the administrador's, to be kept off this machine. The recipient goes to this machine's
        settings; where those are in an agency's database, an administrador puts it there.
        Raises KnownError ``respaldo.here`` for a file in the data folder, ``respaldo.exists``,
        ``respaldo.write`` and ``base.*``.
        """
        if target.resolve().is_relative_to(self._config.data.resolve()):
            raise KnownError("respaldo.here", path=self._config.data)
        text, recipient = respaldo_archivo.new_identity()
        with _new_file(target) as file:
            file.write(text.encode())
        if not self._database.is_postgres:
            try:
                settings.write(replace(settings.load(self._config.data), respaldo_recibe=recipient))
            except (OSError, settings.SettingsError) as error:
                target.unlink()
                raise KnownError("respaldo.write", path=self._config.data) from error
        with self._database.unit_of_work() as session:
            bitacora.record(session, None, Evento.RESPALDO_LLAVE, en=self._clock(), recibe=recipient)
            session.commit()
        return recipient

    # -- making one --------------------------------------------------------------------

    def create(
        self, dest: Path, *, automatico: bool = False, cancelled: Callable[[], bool] | None = None
    ) -> Respaldo:
        """Make a backup, whole or not at all: into a folder under a name of its own, or as a new file.

        ``cancelled`` is asked between some megabytes. Raises KnownError ``respaldo.no_recipient``,
        ``respaldo.recipient``, ``respaldo.exists``, ``respaldo.write``, ``respaldo.cancelled``,
        ``respaldo.program``, ``respaldo.dump`` and ``base.*``.
        """
        recipient = self._config.respaldo_recibe
        if not recipient:
            raise KnownError("respaldo.no_recipient")
        moment = self._clock()
        target = dest / f"{self._prefix}{moment:%Y%m%d-%H%M%S}{SUFFIX}" if dest.is_dir() else dest
        with self._contents() as (parts, manifest), _new_file(target) as file:
            made = respaldo_archivo.write(file, recipient, _asking(parts, cancelled), manifest)
            size = file.tell()
        with self._database.unit_of_work() as session:
            bitacora.record(
                session,
                None,
                Evento.RESPALDO_CREADO,
                en=moment,
                archivo=target.name,
                bytes=size,
                registro=made.cabeza_seq,
                recibe=recipient,
                automatico=automatico,
            )
            session.commit()
        return Respaldo(target, size, made)

    @property
    def _prefix(self) -> str:
        return f"respaldo-{self._agencia.codigo}-"

    @contextmanager
    def _contents(
        self,
    ) -> Iterator[tuple[Iterable[tuple[str, Iterable[bytes]]], Callable[[Sequence[Parte]], Manifiesto]]]:
        """Yield the parts of a backup, and what makes its manifest, of one moment of the database."""
        if self._database.is_postgres:
            with self._database.snapshot() as connection:
                manifest = self._manifest(connection, "postgres")
                dump = self._dumping(str(connection.exec_driver_sql(_EXPORT).scalar_one()))
                first = next(dump)  # from here on the dump holds the moment itself
            with closing(dump):
                yield [(DUMP, chain([first], dump))], manifest
            return
        self._sweep()
        # Beside the database, so that its key opens it too.
        copy = self._config.data / f"{_COPY}{secrets.token_hex(8)}.db"
        try:
            schema.copy(self._database.path, copy)
            database = Database(copy)
            try:
                with database.snapshot() as connection:
                    manifest = self._manifest(connection, "sqlite")
            finally:
                database.close()
            parts: list[tuple[str, Iterable[bytes]]] = [(DATABASE, _pieces(copy))]
            if key := llave_base.key_of(self._database.path):
                parts.insert(0, (KEY, [key.encode()]))
            file = self._config.data / settings.FILE_NAME
            if file.exists():
                parts.insert(0, (SETTINGS, _pieces(file)))
            yield parts, manifest
        finally:
            _unlink(copy)

    def _dumping(self, snapshot: str) -> Generator[bytes]:
        # PostgreSQL alone needs it.
        from agencia_app.models.db import dump_postgres  # noqa: PLC0415

        return dump_postgres.dumping(self._config.base, snapshot)

    def _manifest(self, connection: Connection, motor: str) -> Callable[[Sequence[Parte]], Manifiesto]:
        head = connection.execute(select(BitacoraCabezaRow.seq, BitacoraCabezaRow.hash)).one()
        without = Manifiesto(
            version=version(settings.APP_NAME),
            agencia=self._agencia.codigo,
            nombre=self._agencia.nombre,
            motor=motor,
            revision=schema.revision(connection) or "",
            tomado_en=self._clock(),
            filas=rows_of(connection),
            cabeza_seq=head.seq,
            cabeza=head.hash,
        )
        return lambda parts: replace(without, partes=tuple(parts))

    def _sweep(self) -> None:
        """Delete the copies of backups that were cut off."""
        for path in self._config.data.glob(f"{_COPY}*"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFT_SECONDS:
                    path.unlink()

    # -- one a day ---------------------------------------------------------------------

    def newest(self) -> datetime | None:
        """Return when the last backup was made, by the bitácora; None when there was none."""
        with self._database.reading() as session:
            # Backwards, which ends at the last one: there is no index of events by their kind.
            en = session.scalar(
                select(BitacoraRow.en)
                .where(BitacoraRow.accion == Evento.RESPALDO_CREADO)
                .order_by(BitacoraRow.seq.desc())
                .limit(1)
            )
        return None if en is None else datetime.fromisoformat(en)

    def due(self) -> bool:
        """Tell whether the day's backup is still to be made, and can be."""
        if not self._config.respaldo_recibe:
            return False
        newest = self.newest()
        return newest is None or local_date(newest) < local_date(self._clock())

    def daily(self, cancelled: Callable[[], bool] | None = None) -> Respaldo | None:
        """Make the day's backup unless there is one, or another window is at it; keep the last ones.

        Raises what ``create`` does.
        """
        with self._alone() as alone:
            if not alone or not self.due():
                return None
            folder = self._config.respaldos
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise KnownError("respaldo.write", path=folder) from error
            made = self.create(folder, automatico=True, cancelled=cancelled)
            self._keep_last(folder, made.archivo)
        LOG.info("backup made")
        return made

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Yield whether no other window of the agency makes the day's backup meanwhile."""
        if not self._database.is_postgres:
            yield True  # one window works on a data folder
            return
        from agencia_app.models.db import engine_postgres  # noqa: PLC0415 - PostgreSQL alone needs it

        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            held = bool(
                connection.exec_driver_sql(
                    f"SELECT pg_try_advisory_lock({engine_postgres.BACKING_UP})"
                ).scalar()
            )
            try:
                yield held
            finally:
                if held:
                    connection.exec_driver_sql(f"SELECT pg_advisory_unlock({engine_postgres.BACKING_UP})")

    def _keep_last(self, folder: Path, made: Path) -> None:
        older = sorted(set(folder.glob(f"{self._prefix}*{SUFFIX}")) - {made}, reverse=True)
        for path in older[self._config.respaldos_guardados - 1 :]:
            with suppress(OSError):  # it is tried again tomorrow
                path.unlink()


def rows_of(connection: Connection) -> dict[str, int]:
    """Return how many rows each of our tables has."""
    count = func.count()
    return {
        name: connection.execute(select(count).select_from(table)).scalar_one()
        for name, table in sorted(Base.metadata.tables.items())
    }


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(respaldo_archivo.CHUNK):
            yield piece


def _asking(
    parts: Iterable[tuple[str, Iterable[bytes]]], cancelled: Callable[[], bool] | None
) -> Iterator[tuple[str, Iterable[bytes]]]:
    def asked(pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if cancelled is not None and cancelled():
                raise KnownError("respaldo.cancelled")
            yield piece

    for name, pieces in parts:
        yield name, asked(pieces)


@contextmanager
def _new_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a new file that its owner alone reads: there, whole and for good, or not at all.

    Raises KnownError ``respaldo.exists`` and ``respaldo.write``.
    """
    if target.exists():
        raise KnownError("respaldo.exists", path=target)
    partial = target.with_name(target.name + _PARTIAL)
    try:
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
    except OSError as error:
        _unlink(partial)
        raise KnownError("respaldo.write", path=target.parent) from error
    except BaseException:
        _unlink(partial)
        raise


def _unlink(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink()
