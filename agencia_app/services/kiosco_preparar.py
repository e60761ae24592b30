"""Preparing the machine of a kiosk, and who may close one.

A kiosk on a server reads no user, so there an administrador leaves a password of the kiosk's own, kept
on its machine as an Argon2id hash. Beside an embedded database it is the administrador's name and password.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from agencia_app import settings
from agencia_app.models.db import accounts
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.kiosco import wait_after
from agencia_app.models.domain.permisos import Permiso
from agencia_app.models.domain.usuario import MIN_PASSWORD
from agencia_app.services import bitacora, hora, instalacion
from agencia_app.services.hashing import hasher
from agencia_app.services.kiosco_puerta import PuertaServidor
from agencia_app.services.steady import steady
from agencia_app.services.usuarios import Usuarios
from agencia_app.settings import Settings

FILE_NAME = "kiosco.toml"
_FILE = """\
# Con qué se cierra este kiosco: la huella de su contraseña. Otra, con «agencia kiosco preparar».
salida = "{hashed}"
"""


def prepare(config: Settings, password: str, admin: str = "") -> Settings:
    """Write the settings of a kiosk's machine, and the hash of the password that closes it.

    ``admin`` is an administrator's address of the agency's server, which is not kept: with it the kiosks'
    account is made, or given another password. Without it ``config.base`` is that account's. Return the
    settings as they were written. Raises KnownError ``data.exists`` for a machine with an agency of its
    own, ``usuario.password_short``, ``migracion.address``, ``servidor.admin``, ``servidor.base``,
    ``kiosco.account``, ``kiosco.version``, ``data.rights`` and ``base.*``.
    """
    if config.database.exists():
        raise KnownError("data.exists", path=config.data)
    if len(password) < MIN_PASSWORD:
        raise KnownError("usuario.password_short", minimum=MIN_PASSWORD)
    if admin and not (admin.startswith("postgresql://") and settings.base_is_plain(admin)):
        raise KnownError("migracion.address")
    if not admin and not config.base:
        raise KnownError("servidor.base")
    with instalacion.preparing(config):
        if not admin:
            return _written(config, config.base, password)
        with (
            accounts.preparing_kiosk(admin) as (connection, address),
            Session(connection) as session,
            closing(Database(admin)) as database,
        ):
            name, now = make_url(address).username, hora.Hora(database)()
            bitacora.record(session, None, Evento.KIOSCO_PREPARADO, en=now, cuenta=name)
            session.commit()  # its part: the transaction is the connection's
        return _written(config, address, password)


def _written(config: Settings, address: str, password: str) -> Settings:
    with closing(Database(address)) as database:
        PuertaServidor(database, config).check()
    here = replace(config, base=address, base_escrita=None, equipo="")
    settings.write_private(config.data / FILE_NAME, _FILE.format(hashed=hasher().hash(password)))
    settings.write(here)
    return here


class SalidaPropia:
    """Beside an embedded database: an administrador, as at any window."""

    named = True

    def __init__(self, config: Settings) -> None:
        """Take the settings of the folder: its users are read by a connection of that moment."""
        self._config = config

    def check(self, usuario: str, password: str) -> None:
        """Raise what ``Usuarios.authenticate`` does for whoever is no administrador."""
        with closing(Database(self._config.database)) as database:
            usuarios = Usuarios(database, hora.own, self._config.ventanillas, steady)
            usuarios.authenticate(usuario, password, None, Permiso.ADMINISTRAR_USUARIOS)


class SalidaServidor:
    """On a server: the password that was left when the kiosk was prepared; guessing it is slowed."""

    named = False

    def __init__(self, data: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the hash in a data folder. Raises KnownError ``kiosco.unprepared``."""
        try:
            self._hash = str(tomllib.loads((data / FILE_NAME).read_text("utf-8"))["salida"])
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
            raise KnownError("kiosco.unprepared") from error
        self._clock = clock
        self._misses = 0
        self._last = clock()

    def check(self, usuario: str, password: str) -> None:
        """Raise KnownError ``kiosco.exit``, or ``kiosco.exit_wait`` after many wrong ones."""
        _ = usuario
        left = self._last + wait_after(self._misses) - self._clock()
        if left > 0:
            raise KnownError("kiosco.exit_wait", segundos=round(left) or 1)
        try:
            hasher().verify(self._hash, password)
        except (VerificationError, InvalidHashError):
            self._misses += 1
            self._last = self._clock()
            raise KnownError("kiosco.exit") from None
        self._misses = 0
