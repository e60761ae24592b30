"""Preparing the machine of a kiosk, and who may close one.

An administrador leaves a password of the kiosk's own, kept on its machine as an Argon2id hash. No user's
will do: a kiosk on a server reads none, and whoever stands in a lobby could lock any of them by wrong tries.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
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
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import MIN_PASSWORD, Sesion
from agencia_app.services import bitacora, hora, instalacion
from agencia_app.services.hashing import hasher
from agencia_app.services.kiosco_puerta import PuertaServidor
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
    _check_length(password)
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


def prepare_own(
    database: Database, config: Settings, sesion: Sesion, password: str, clock: Callable[[], datetime]
) -> None:
    """Leave the password that closes the kiosk beside an embedded database.

    Raises KnownError ``usuario.role``, ``usuario.password_short`` and ``data.rights``.
    """
    require(sesion, Permiso.ADMINISTRAR_USUARIOS)
    _check_length(password)
    with database.unit_of_work() as session:
        bitacora.record(session, sesion, Evento.KIOSCO_PREPARADO, en=clock())
        try:
            leave_password(config.data, password)
        except OSError as error:
            raise KnownError("data.rights", path=config.data) from error
        session.commit()


def leave_password(data: Path, password: str) -> None:
    """Write the hash of the password that closes the kiosk of a data folder. Raises OSError."""
    settings.write_private(data / FILE_NAME, _FILE.format(hashed=hasher().hash(password)))


def _check_length(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise KnownError("usuario.password_short", minimum=MIN_PASSWORD)


def _written(config: Settings, address: str, password: str) -> Settings:
    with closing(Database(address)) as database:
        PuertaServidor(database, config).check()
    here = replace(config, base=address, base_escrita=None, equipo="")
    leave_password(config.data, password)
    settings.write(here)
    return here


class Salida:
    """The way out: the password that was left when the kiosk was prepared; guessing it is slowed."""

    def __init__(self, data: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the hash in a data folder. Raises KnownError ``kiosco.unprepared``."""
        try:
            self._hash = str(tomllib.loads((data / FILE_NAME).read_text("utf-8"))["salida"])
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
            raise KnownError("kiosco.unprepared") from error
        self._clock = clock
        self._misses = 0
        self._last = clock()

    def check(self, password: str) -> None:
        """Raise KnownError ``kiosco.exit``, or ``kiosco.exit_wait`` after many wrong ones."""
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
