"""Who is signed in, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rol(StrEnum):
    """What a user may do."""

    OPERADOR = "operador"
    SUPERVISOR = "supervisor"
    ADMINISTRADOR = "administrador"


@dataclass(frozen=True, slots=True)
class Sesion:
    """A user at a window, from sign-in to lock. Every service that records takes one."""

    usuario_id: int
    usuario: str
    nombre: str
    rol: Rol
    ventanilla: int
