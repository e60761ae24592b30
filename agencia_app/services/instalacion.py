"""Preparing a data folder: the agency, its settings and its first administrator."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agencia_app import settings
from agencia_app.models.db import llave_base, schema
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import AgenciaRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Rol
from agencia_app.services import bitacora, llaves
from agencia_app.services.llaves import Llaves
from agencia_app.services.usuarios import Usuarios
from agencia_app.settings import Settings

_PARTIAL = ".nuevo"
_CODE = re.compile(r"[0-9]{3}")


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
    clock: Callable[[], datetime],
    *,
    cifrada: bool = True,
) -> None:
    """Prepare the data folder of an agency, or leave nothing behind.

    The folder is readable by its owner alone, and the embedded database encrypted where that is
    possible; not ``cifrada`` is for measuring what it costs. A demonstration asks nothing of the
    system's keyring. Raises KnownError ``agencia.code``,
    ``agencia.name``, ``data.exists``, ``data.rights``, ``usuario.*`` or ``base.*``.
    """
    name = _checked(codigo, nombre)
    if not config.base and config.database.exists():
        raise KnownError("data.exists", path=config.data)
    existed = config.data.exists()
    keys = config.data / llaves.FOLDER
    had_keys = keys.exists()
    had_key = llave_base.lugar(config.data) is not None
    try:
        if not existed:
            config.data.mkdir(parents=True, mode=0o700)
        partial = config.database.with_name(config.database.name + _PARTIAL)
        if not config.base:
            _remove(partial)  # what a preparation that was cut off left
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
            _make_key(config, wanted=cifrada)
        config.papers.mkdir(exist_ok=True)
    except OSError as error:
        raise KnownError("data.rights", path=config.data) from error
    database = Database(config.base or partial)
    try:
        schema.prepare(database, config.backups)
        with database.unit_of_work() as session:
            session.add(
                AgenciaRow(
                    codigo=codigo,
                    nombre=name,
                    semilla=secrets.token_hex(32),
                    demostracion=config.demostracion,
                )
            )
            bitacora.record(session, None, Evento.AGENCIA_INICIADA, en=clock(), agencia=codigo)
            Llaves(database, config.data, clock, config.equipo).create(session)
            session.commit()
        # Typed by the administrador themselves.
        Usuarios(database, clock, config.ventanillas).create(
            admin, "", Rol.ADMINISTRADOR, password, debe_cambiar=False
        )
        settings.write(config)
        database.close()
        if not config.base:
            partial.rename(config.database)  # last: the folder is prepared when its database is there
    except BaseException as error:
        database.close()
        _undo(config, existed=existed, had_key=had_key)
        if not had_keys:
            shutil.rmtree(keys, ignore_errors=True)
        if isinstance(error, OSError):
            raise KnownError("data.rights", path=config.data) from error
        raise


def _checked(codigo: str, nombre: str) -> str:
    if not _CODE.fullmatch(codigo):
        raise KnownError("agencia.code")
    name = nombre.strip()
    if not name.isprintable() or not name or len(name) > AgenciaRow.nombre.type.length:
        raise KnownError("agencia.name", maximum=AgenciaRow.nombre.type.length)
    return name


def _make_key(config: Settings, *, wanted: bool) -> None:
    if wanted and llave_base.possible():
        llave_base.ensure(config.data, keyring=not config.demostracion)


def _undo(config: Settings, *, existed: bool, had_key: bool) -> None:
    if not had_key:
        llave_base.forget(config.data)
    if not existed:
        shutil.rmtree(config.data, ignore_errors=True)
        return
    _remove(config.database.with_name(config.database.name + _PARTIAL))


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
