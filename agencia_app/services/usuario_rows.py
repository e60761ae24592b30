"""The rows of the users, and whether somebody signed in still may what they could then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import UsuarioRow, table
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import EstadoUsuario, Sesion, Usuario
from agencia_app.services.steady import Steady

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LOCK = timedelta(minutes=15)
_LOCK_SECONDS = LOCK.total_seconds()
_USUARIO = table(UsuarioRow)
_NOW = select(_USUARIO.c.rol, _USUARIO.c.activo).where(_USUARIO.c.id == bindparam("id"))


def find(session: Session, usuario: str, *, lock: bool = False) -> UsuarioRow | None:
    """Return a user's row by their name, folded to lower case already; ``lock`` it to change it."""
    query = select(UsuarioRow).where(UsuarioRow.usuario == usuario)
    return session.scalars(query.with_for_update(key_share=True) if lock else query).one_or_none()


def sesion_of(row: UsuarioRow, ventanilla: int, equipo: str = "") -> Sesion:
    """Return the session of a user at a window, of a machine where there are many."""
    return Sesion(row.id, row.usuario, row.nombre, row.rol, ventanilla, equipo)


def require_now(session: Session, sesion: Sesion, permiso: Permiso) -> None:
    """Raise unless the user of a session may do something still, inside the transaction that does it.

    What a session remembers is of its sign-in. Raises KnownError ``usuario.inactive`` for one that was
    deactivated since, ``usuario.role`` for one whose role may not.
    """
    rol, activo = session.execute(_NOW, {"id": sesion.usuario_id}).one()
    if not activo:
        raise KnownError("usuario.inactive")
    require(replace(sesion, rol=rol), permiso)


@contextmanager
def acting(
    database: Database, sesion: Sesion | None, permiso: Permiso, *, shared: bool = False
) -> Iterator[Session]:
    """Yield the unit of work of somebody who may do something, by their session and by the database.

    ``sesion`` is None for the command line: who runs that has the data folder. ``shared`` as for
    ``unit_of_work``. Raises what ``require_now`` raises.
    """
    if sesion is not None:
        require(sesion, permiso)
    with database.unit_of_work(shared=shared) as session:
        if sesion is not None:
            require_now(session, sesion, permiso)
        yield session


def lock(row: UsuarioRow, steady: Steady, now: datetime) -> None:
    """Lock a user from now on; also what a lock of before the machine started begins anew with."""
    row.intentos = 0
    row.bloqueado_hasta = now + LOCK
    row.bloqueo_arranque = steady.arranque
    row.bloqueo_segundos = steady.segundos + _LOCK_SECONDS


def unlock(row: UsuarioRow) -> None:
    """Forget a lock and the tries."""
    row.intentos = 0
    row.bloqueado_hasta = None
    row.bloqueo_arranque = ""
    row.bloqueo_segundos = 0


def begun_elsewhere(row: UsuarioRow, steady: Steady) -> bool:
    """Tell whether a user's lock was begun before the machine started, or on another.

    How long ago that was no clock here knows. A lock of before there were steady seconds has none.
    """
    if row.bloqueado_hasta is None:
        return False
    fits = 0 < row.bloqueo_segundos <= steady.segundos + _LOCK_SECONDS
    return row.bloqueo_arranque != steady.arranque or not fits


def left(row: UsuarioRow, steady: Steady) -> timedelta:
    """Return how long a user is locked still, by the steady clock; nothing when they are not."""
    if row.bloqueado_hasta is None:
        return timedelta(0)
    if begun_elsewhere(row, steady):
        return LOCK
    return timedelta(seconds=max(0.0, row.bloqueo_segundos - steady.segundos))


def shown(row: UsuarioRow, steady: Steady, now: datetime) -> Usuario:
    """Return a user as an administrador sees them."""
    locked = left(row, steady)
    if not row.activo:
        estado = EstadoUsuario.DESACTIVADO
    elif locked:
        estado = EstadoUsuario.BLOQUEADO
    elif row.debe_cambiar:
        estado = EstadoUsuario.DEBE_CAMBIAR
    else:
        estado = EstadoUsuario.ACTIVO
    return Usuario(row.usuario, row.nombre, row.rol, estado, row.creado_en, now + locked if locked else None)
