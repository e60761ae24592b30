"""The pensioner's lock (*candado*): at the person's wish, later issuances need a supervisor.

It is put in person, and lifted in person with an autorización of asunto LEVANTAR_CANDADO.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import CandadoRow
from agencia_app.models.domain.candado import Candado
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.permisos import Permiso
from agencia_app.models.domain.tramite import Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, candado_rows
from agencia_app.services.tramite_rows import candado, load, row_of
from agencia_app.services.usuario_rows import acting


class Candados:
    """Putting a lock, and telling whether there is one."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the clock (aware)."""
        self._database = database
        self._clock = clock

    def in_force(self, cedula: str) -> Candado | None:
        """Return the lock in force of a person, or None."""
        with self._database.reading() as session:
            return candado(session, cedula)

    def put(self, sesion: Sesion, numero: str) -> Tramite:
        """Put the lock that the person of a trámite asks for at the window.

        Raises KnownError ``candado.ended``, ``candado.identity``, ``candado.in_person`` or
        ``candado.already``.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = row_of(session, numero, lock=True)
            tramite = load(session, row)
            candado_rows.check_in_person(tramite)
            if tramite.candado is not None:
                raise KnownError("candado.already")
            now = self._clock()
            session.add(
                CandadoRow(
                    cedula=row.cedula, puesto_tramite_id=row.id, puesto_por=sesion.usuario_id, puesto_en=now
                )
            )
            session.flush()
            bitacora.record(session, sesion, Evento.CANDADO_PUESTO, tramite=numero, en=now)
            tramite = load(session, row)
            session.commit()
        return tramite
