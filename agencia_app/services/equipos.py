"""The machines of an agency of many windows: each joins with an administrador's word, and can be taken out.

A machine is its name and the key that it seals recibos with (``services.llaves``): taken out, it seals
no more, and its windows open no more.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import LlaveRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.permisos import Permiso
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, llaves
from agencia_app.services.llaves import Llaves
from agencia_app.services.usuario_rows import acting
from agencia_app.settings import MAX_NAME, Settings


@dataclass(frozen=True, slots=True)
class Equipo:
    """A machine that works in the agency, since when, and the id of its key."""

    nombre: str
    llave: str
    desde: datetime


class Equipos:
    """Adding machines, taking them out, and listing them."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the clock (aware)."""
        self._database = database
        self._clock = clock

    def listed(self) -> tuple[Equipo, ...]:
        """Return the machines that work in the agency, by name."""
        wanted = select(LlaveRow).where(LlaveRow.retirada_en.is_(None)).order_by(LlaveRow.equipo)
        with self._database.reading() as session:
            return tuple(Equipo(row.equipo, row.id, row.creada_en) for row in session.scalars(wanted))

    def join(self, sesion: Sesion, config: Settings, keep: Callable[[], None]) -> None:
        """Let the machine of some settings work in the agency, with a key that it makes.

        ``keep`` writes those settings, before it is committed. Raises KnownError ``equipo.name``,
        ``equipo.taken`` for a name that another machine has, ``llave.folder``, ``usuario.role`` and
        ``usuario.inactive``.
        """
        name = checked_name(config.equipo)
        with acting(self._database, sesion, Permiso.ADMINISTRAR_USUARIOS) as session:
            if llaves.in_use(session, name) is not None:
                raise KnownError("equipo.taken", equipo=name)
            Llaves(self._database, config.data, self._clock, name).create(session, sesion)
            bitacora.record(session, sesion, Evento.EQUIPO_UNIDO, en=self._clock(), equipo=name)
            keep()
            session.commit()

    def retire(self, sesion: Sesion, config: Settings, nombre: str) -> None:
        """Take a machine out: it seals nothing more, and its windows open no more.

        What it printed stays good. Raises KnownError ``equipo.not_found``, ``usuario.role`` and
        ``usuario.inactive``.
        """
        with acting(self._database, sesion, Permiso.ADMINISTRAR_USUARIOS) as session:
            if llaves.in_use(session, nombre) is None:
                raise KnownError("equipo.not_found", equipo=nombre)
            Llaves(self._database, config.data, self._clock, nombre).retire(session, sesion)
            bitacora.record(session, sesion, Evento.EQUIPO_RETIRADO, en=self._clock(), equipo=nombre)
            session.commit()


def own_name() -> str:
    """Return what this machine is called on the network."""
    return socket.gethostname()[:MAX_NAME] or "equipo"


def checked_name(name: str) -> str:
    """Return what a machine may be called. Raises KnownError ``equipo.name``."""
    if not name or name != name.strip() or not name.isprintable() or len(name) > MAX_NAME:
        raise KnownError("equipo.name", maximum=MAX_NAME)
    return name
