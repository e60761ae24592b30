"""From one window to many: an agency moves from its embedded database to a server's.

All of it goes in one transaction of the server's while nobody writes here. Before that is
committed every row is compared, and the bitácora walked on both sides; what fails, or is killed,
leaves the server empty and the agency working where it was. Afterwards the old file is kept, and its
bitácora ends with the move: no window opens it again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from agencia_app import settings
from agencia_app.models.db import schema
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import BitacoraRow, ImpresionRow, LlaveRow, UsuarioRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Rol
from agencia_app.services import ajustes, bitacora, equipos, instalacion, invariantes
from agencia_app.services.bitacora_verify import verify_within
from agencia_app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_OLD = "agencia-migrada-{moment:%Y%m%d-%H%M%S}.db"


@dataclass(frozen=True, slots=True)
class Migrada:
    """An agency that moved: its rows by table, the end of its bitácora, and where the old file is.

    ``ajustes`` are this machine's as they were written.
    """

    filas: dict[str, int]
    registro: int
    cabeza: str
    anterior: Path
    ajustes: Settings


def migrate(
    config: Settings,
    address: str,
    clock: Callable[[], datetime],
    tell: Callable[[str], None] = lambda _table: None,
) -> Migrada:
    """Move the agency of a data folder that no window works on, and that this version has opened.

    ``address`` is an administrator's of an empty database, or of one that is yet to be made; it is
    not kept. ``tell`` is told each table as it begins. Raises KnownError ``migracion.server`` for an agency that has one,
    ``migracion.address``, ``migracion.broken`` when the invariants do not hold here, ``migracion.row`` and
    ``migracion.different`` for what does not arrive as it was, ``equipo.name``, ``servidor.*``,
    ``data.rights`` and ``base.*``.
    """
    if config.base:
        raise KnownError("migracion.server")
    url = _checked(address)
    config = replace(config, equipo=equipos.checked_name(config.equipo or equipos.own_name()))
    with (
        closing(Database(config.database)) as source,
        instalacion.preparing(config),
        source.unit_of_work() as session,  # nobody else writes until it is over
    ):
        if broken := invariantes.check_within(source, session.connection()).rotos:
            raise KnownError("migracion.broken", cuales=", ".join(broken))
        done = _move(source, session, config, url, clock(), tell)
    return replace(done, anterior=_put_aside(config, clock()))


def _move(
    source: Database, session: Session, config: Settings, url: URL, en: datetime, tell: Callable[[str], None]
) -> Migrada:
    # The driver of a server, and Alembic: nothing that a command of an agency of one window waits for.
    from agencia_app.models.db import accounts, transfer  # noqa: PLC0415

    with accounts.installing(url.render_as_string(hide_password=False)) as new:
        target = new.connection
        here = instalacion.of_machine(config, new.accounts.application)
        # The last event here, and there the one that what follows begins after.
        bitacora.record(
            session,
            None,
            Evento.AGENCIA_MIGRADA,
            en=en,
            servidor=url.host,
            base=url.database,
            equipo=here.equipo,
        )
        schema.upgrade_within(target, "head")
        # All of them are this machine's.
        given = {row.__tablename__: {"equipo": here.equipo} for row in (LlaveRow, ImpresionRow)}
        transfer.copy(session.connection(), target, given, tell)
        rows = transfer.compare(session.connection(), target, given)
        walked = verify_within(source, session.connection())
        if walked != verify_within(new.database, target) or not walked.whole:
            raise KnownError("migracion.different", tabla=BitacoraRow.__tablename__)
        _keep_settings(target, config, en)
        accounts.finish(new)
        instalacion.keep_owner(here, new.accounts)
        target.commit()  # before it nothing is there, and this machine works on as it did
        settings.write(here)
        session.commit()
    return Migrada(rows, walked.rows, walked.head, config.database, here)


def _keep_settings(target: Connection, config: Settings, en: datetime) -> None:
    """Put the agency's own settings, which this machine's file had, in the name of its first administrador."""
    first = select(func.min(UsuarioRow.id)).where(UsuarioRow.rol == Rol.ADMINISTRADOR, UsuarioRow.activo)
    with Session(target) as session:
        ajustes.add(session, settings.agency_values(config), session.scalars(first).one(), en)
        session.commit()  # its part: the transaction is the connection's


def _put_aside(config: Settings, en: datetime) -> Path:
    """Give the old file another name, and return it; under its own it is refused just as well."""
    old = config.data / _OLD.format(moment=en)
    beside = [config.database.with_name(config.database.name + each) for each in ("-wal", "-shm")]
    if not any(each.exists() for each in beside):  # or somebody reads it still
        with suppress(OSError):
            config.database.rename(old)
            return old
    return config.database


def _checked(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise KnownError("migracion.address") from error
    if (
        url.drivername != "postgresql"
        or not url.host
        or not url.database
        or not settings.base_is_plain(address)
    ):
        raise KnownError("migracion.address")
    return url
