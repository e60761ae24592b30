"""Who may sign in, who is signed in, and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MIN_PASSWORD = 8  # characters


class Rol(StrEnum):
    """What a user may do."""

    OPERADOR = "operador"
    SUPERVISOR = "supervisor"
    ADMINISTRADOR = "administrador"


class EstadoUsuario(StrEnum):
    """Whether somebody may sign in. Of two that hold, the one that must be dealt with first."""

    ACTIVO = "activo"
    DEBE_CAMBIAR = "debe cambiar"  # the temporary password at the first entry
    BLOQUEADO = "bloqueado"  # five wrong passwords
    DESACTIVADO = "desactivado"  # by an administrador


@dataclass(frozen=True, slots=True)
class Usuario:
    """A user as an administrador sees them. ``hasta`` is when a lock ends, as this moment's clock says."""

    usuario: str
    nombre: str
    rol: Rol
    estado: EstadoUsuario
    creado_en: datetime
    hasta: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sesion:
    """A user at a window, from sign-in to lock. Every service that records takes one.

    ``equipo`` is the machine that they sit at, where an agency has many.
    """

    usuario_id: int
    usuario: str
    nombre: str
    rol: Rol
    ventanilla: int
    equipo: str = ""


def folded(usuario: str) -> str:
    """Return a user's name without what is overlooked: two users of one folded name are refused."""
    return usuario.strip().lower().translate({ord(each): None for each in "._-"})
