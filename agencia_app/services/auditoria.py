"""Verifying the bitácora on somebody's behalf: who did it, and what they found, is an event too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from agencia_app.models.db.session import Database
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.bitacora_verify import Verification, verify
from agencia_app.services.usuario_rows import acting


class Auditoria:
    """The verification of the bitácora, from the window or the command line."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the clock (aware)."""
        self._database = database
        self._clock = clock

    def verify(
        self,
        sesion: Sesion | None,
        cabeza: str | None = None,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Verification:
        """Walk the chain and record what came of it; a walk that was stopped leaves no event.

        ``cabeza`` is the head of a printed certificate, to be found in the chain. ``sesion`` is None
        for the command line. Raises KnownError ``usuario.role``, ``bitacora.head`` and ``base.*``.
        """
        if sesion is not None:
            require(sesion, Permiso.VERIFICAR_BITACORA)
        found = verify(self._database, cabeza=cabeza, progress=progress, cancelled=cancelled)
        if not found.stopped:
            with acting(self._database, sesion, Permiso.VERIFICAR_BITACORA) as session:
                bitacora.record(
                    session,
                    sesion,
                    Evento.BITACORA_VERIFICADA,
                    en=self._clock(),
                    eventos=found.rows,
                    integra=found.whole,
                    primera_rota=found.broken,
                    cabeza=found.head,
                )
                session.commit()
        return found
