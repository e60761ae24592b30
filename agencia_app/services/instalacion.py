"""Preparing an agency: its data folder and its database, its settings and its first administrator."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from agencia_app import settings
from agencia_app.models.db import llave_base, schema
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import AgenciaRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Rol
from agencia_app.services import ajustes, bitacora, equipos, hora, llaves
from agencia_app.services.llaves import Llaves
from agencia_app.services.usuarios import Nuevo
from agencia_app.settings import Settings

if TYPE_CHECKING:
    from agencia_app.models.db.accounts import Accounts

_PARTIAL = ".nuevo"
_CODE = re.compile(r"[0-9]{3}")
_OWNER_FILE = """\
# La cuenta propietaria de la base de datos. Solo hace falta para actualizarla a otra versión del programa.
# Guarde este archivo fuera de este equipo, con las demás contraseñas de la agencia, y bórrelo de aquí.
base = "{address}"
"""


@dataclass(frozen=True, slots=True)
class _Agencia:
    """What is written into a new database."""

    codigo: str
    nombre: str
    administrador: Nuevo

    def write(self, session: Session, database: Database, config: Settings, en: datetime) -> None:
        session.add(
            AgenciaRow(
                codigo=self.codigo,
                nombre=self.nombre,
                semilla=secrets.token_hex(32),
                demostracion=config.demostracion,
            )
        )
        bitacora.record(session, None, Evento.AGENCIA_INICIADA, en=en, agencia=self.codigo)
        Llaves(database, config.data, lambda: en, config.equipo).create(session)
        admin = self.administrador.add(session, None, en)
        if config.base:
            session.flush()
            ajustes.add(session, settings.agency_values(config), admin.id, en)


def known_name(codigo: str) -> str | None:
    """Return the name that ``agencias.toml`` gives an agency's code, or None."""
    with (settings.RESOURCES / "agencias.toml").open("rb") as file:
        names: dict[str, str] = tomllib.load(file)["agencias"]
    return names.get(codigo)


def initialise(
    config: Settings,
    codigo: str,
    nombre: str,
    admin: str,
    password: str,
    clock: Callable[[], datetime] | None = None,
    *,
    cifrada: bool = True,
) -> Settings:
    """Prepare the data folder of an agency and its database, or leave nothing behind.

    ``config.base`` may be an administrator's address of an empty database on a server; it is not kept.
    The folder is readable by its owner alone, and an embedded database encrypted where that is
    possible; not ``cifrada`` is for measuring what it costs. Without a clock it goes by the machine's, and by
    the server's where there is one. A demonstration asks nothing of the
    system's keyring. Return the settings as they were written. Raises KnownError
    ``agencia.code``, ``agencia.name``, ``data.exists``, ``data.rights``, ``usuario.*``, ``servidor.*`` or
    ``base.*``.
    """
    agencia = _Agencia(
        codigo,
        _checked(codigo, nombre),
        # Typed by the administrador themselves.
        Nuevo.checked(admin, "", Rol.ADMINISTRADOR, password, debe_cambiar=False),
    )
    if config.database.exists():
        raise KnownError("data.exists", path=config.data)
    with preparing(config):
        if config.base:
            return _on_server(config, agencia, clock)
        _embedded(config, agencia, clock or hora.own, cifrada=cifrada)
    return config


@contextmanager
def preparing(config: Settings) -> Iterator[None]:
    """Prepare a data folder: what fails leaves it as it was.

    Raises KnownError ``data.rights`` when it cannot be written.
    """
    data = config.data
    existed, had_keys = data.exists(), (data / llaves.FOLDER).exists()
    had_key = llave_base.lugar(data) is not None
    file = data / settings.FILE_NAME
    before = file.read_bytes() if file.exists() else None
    try:
        if not existed:
            data.mkdir(parents=True, mode=0o700)
        config.papers.mkdir(exist_ok=True)
        yield
    except BaseException as error:
        if not had_key:
            llave_base.forget(data)
        if not existed:
            shutil.rmtree(data, ignore_errors=True)
        else:
            with suppress(OSError):
                _restore(config, file, before, had_keys=had_keys)
        if isinstance(error, OSError):
            raise KnownError("data.rights", path=data) from error
        raise


def _restore(config: Settings, file: Path, before: bytes | None, *, had_keys: bool) -> None:
    if not had_keys:
        shutil.rmtree(config.data / llaves.FOLDER, ignore_errors=True)
    (config.data / settings.OWNER_NAME).unlink(missing_ok=True)
    _remove(_partial(config))
    if before is None:
        file.unlink(missing_ok=True)
    else:
        settings.write_private(file, before.decode("utf-8"))


def _embedded(config: Settings, agencia: _Agencia, clock: Callable[[], datetime], *, cifrada: bool) -> None:
    partial = _partial(config)
    _remove(partial)  # what a preparation that was cut off left
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
    if cifrada and llave_base.possible():
        llave_base.ensure(config.data, keyring=not config.demostracion)
    with closing(Database(partial)) as database:
        schema.prepare(database, config.backups)
        with database.unit_of_work() as session:
            agencia.write(session, database, config, clock())
            session.commit()
        settings.write(config)
    partial.rename(config.database)  # last: the folder is prepared when its database is there


def _on_server(config: Settings, agencia: _Agencia, clock: Callable[[], datetime] | None) -> Settings:
    # The driver of a server, which a window of its own does without.
    from agencia_app.models.db import accounts  # noqa: PLC0415

    with accounts.installing(config.base) as new:
        schema.upgrade_within(new.connection, "head")
        here = of_machine(config, new.accounts.application)
        with Session(new.connection) as session:
            agencia.write(session, new.database, here, (clock or hora.Hora(new.database))())
            session.commit()  # its part: the transaction is the connection's
        accounts.finish(new)
        keep_owner(here, new.accounts)
        settings.write(here)
        new.connection.commit()  # last: nothing is there before it, and nothing is missing after
    return here


def of_machine(config: Settings, application: str) -> Settings:
    """Return the settings of a machine that works with the application's account."""
    return replace(config, base=application, base_escrita=None, equipo=config.equipo or equipos.own_name())


def keep_owner(config: Settings, accounts: Accounts) -> None:
    """Write the owner's address into a file of its own."""
    settings.write_private(config.data / settings.OWNER_NAME, _OWNER_FILE.format(address=accounts.owner))


def _checked(codigo: str, nombre: str) -> str:
    if not _CODE.fullmatch(codigo):
        raise KnownError("agencia.code")
    name = nombre.strip()
    if not name.isprintable() or not name or len(name) > AgenciaRow.nombre.type.length:
        raise KnownError("agencia.name", maximum=AgenciaRow.nombre.type.length)
    return name


def _partial(config: Settings) -> Path:
    return config.database.with_name(config.database.name + _PARTIAL)


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
