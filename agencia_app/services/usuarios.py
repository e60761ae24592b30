"""Users: made by an administrator, signed in at a window, locked after five tries.

Source: RFC 9106 (Argon2id, low-memory profile). The lock is kept in the database, so closing
the application does not shorten it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import UsuarioRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services import bitacora
from agencia_app.services.hashing import hasher

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAX_TRIES = 5
LOCK = timedelta(minutes=15)
MIN_PASSWORD = 8
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
# A password checked when the user does not exist, so that both answers take as long.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


class Usuarios:
    """Creating users and signing them in."""

    def __init__(self, database: Database, clock: Callable[[], datetime], ventanillas: int) -> None:
        """Take the database, the clock (aware) and how many windows the agency has."""
        self._database = database
        self._clock = clock
        self._ventanillas = ventanillas

    def create(self, usuario: str, nombre: str, rol: Rol, password: str) -> None:
        """Add a user.

        Raises KnownError ``usuario.name``, ``usuario.exists``, ``usuario.password_short`` or
        ``usuario.password_same``.
        """
        name = usuario.strip().lower()
        if not _NAME.fullmatch(name):
            raise KnownError("usuario.name")
        if len(password) < MIN_PASSWORD:
            raise KnownError("usuario.password_short", minimum=MIN_PASSWORD)
        if password.lower() == name:
            raise KnownError("usuario.password_same")
        hashed = hasher().hash(password)
        with self._database.unit_of_work() as session:
            if _find(session, name) is not None:
                raise KnownError("usuario.exists", usuario=name)
            now = self._clock()
            session.add(
                UsuarioRow(
                    usuario=name,
                    nombre=nombre.strip() or name,
                    rol=rol,
                    clave_hash=hashed,
                    intentos=0,
                    creado_en=now,
                ),
            )
            bitacora.record(session, None, Evento.USUARIO_CREADO, en=now, usuario=name, rol=rol.value)
            session.commit()

    def sign_in(self, usuario: str, password: str, ventanilla: int) -> Sesion:
        """Check a password and open a session at a window.

        Raises KnownError ``usuario.wrong`` (with how many tries lock), ``usuario.locked`` (with the
        moment the lock ends) or ``usuario.ventanilla``. An unknown name is answered like a
        wrong password.
        """
        if not 1 <= ventanilla <= self._ventanillas:
            raise KnownError("usuario.ventanilla", maximum=self._ventanillas)
        name = usuario.strip().lower()
        with self._database.reading() as session:
            row = _find(session, name)
            stored = row.clave_hash if row else _NOBODY
            locked = row.bloqueado_hasta if row else None
        if locked is not None and locked > self._clock():
            raise KnownError("usuario.locked", until=locked)
        right = _verify(stored, password) and row is not None
        with self._database.unit_of_work() as session:
            row = _find(session, name)
            if row is None:
                bitacora.record(session, None, Evento.INGRESO_DESCONOCIDO, ventanilla_pedida=ventanilla)
                session.commit()
                raise KnownError("usuario.wrong", tries=MAX_TRIES)
            error = self._settle(session, row, ventanilla, right=right)
            session.commit()
        if error is not None:
            raise error
        return _sesion(row, ventanilla)

    def _settle(
        self, session: Session, row: UsuarioRow, ventanilla: int, *, right: bool
    ) -> KnownError | None:
        now = self._clock()
        if row.bloqueado_hasta is not None and row.bloqueado_hasta > now:
            return KnownError("usuario.locked", until=row.bloqueado_hasta)  # another window's fifth try
        if right:
            row.intentos = 0
            row.bloqueado_hasta = None
            bitacora.record(session, _sesion(row, ventanilla), Evento.INGRESO, en=now)
            return None
        row.intentos += 1
        bitacora.record(
            session, None, Evento.INGRESO_FALLIDO, en=now, usuario=row.usuario, ventanilla_pedida=ventanilla
        )
        if row.intentos < MAX_TRIES:
            return KnownError("usuario.wrong", tries=MAX_TRIES)
        row.intentos = 0
        row.bloqueado_hasta = now + LOCK
        bitacora.record(session, None, Evento.USUARIO_BLOQUEADO, en=now, usuario=row.usuario)
        return KnownError("usuario.locked", until=row.bloqueado_hasta)

    def sign_out(self, sesion: Sesion) -> None:
        """Record that a session was locked or ended."""
        with self._database.unit_of_work() as session:
            bitacora.record(session, sesion, Evento.SALIDA, en=self._clock())
            session.commit()


def _find(session: Session, name: str) -> UsuarioRow | None:
    return session.scalars(select(UsuarioRow).where(UsuarioRow.usuario == name)).one_or_none()


def _sesion(row: UsuarioRow, ventanilla: int) -> Sesion:
    return Sesion(row.id, row.usuario, row.nombre, row.rol, ventanilla)


def _verify(stored: str, password: str) -> bool:
    try:
        return hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
