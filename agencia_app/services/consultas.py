"""Recording whom a list showed: looking people up is an event, whether or not anything follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from agencia_app.models.db.session import Database
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.permisos import Permiso
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.usuario_rows import acting

# Each key of a name shows much the same people: who was shown is recorded once in this time.
SHOWN_AGAIN = timedelta(minutes=10)


class Consultas:
    """Whom each user was shown at their window in the last minutes."""

    def __init__(self, database: Database, permiso: Permiso, clock: Callable[[], datetime]) -> None:
        """Take the database, what whoever looks must be allowed to do, and the clock (aware)."""
        self._database = database
        self._permiso = permiso
        self._clock = clock
        self._shown: dict[tuple[int, int], dict[str, datetime]] = {}  # by user and window

    def record(self, sesion: Sesion | None, text: str, cedulas: Sequence[str]) -> None:
        """Record what was typed and the people it showed, those of the last minutes once.

        ``sesion`` is None for the command line. Raises KnownError ``usuario.role`` and ``base.*``.
        """
        now = self._clock()
        who = (sesion.usuario_id, sesion.ventanilla) if sesion else (0, 0)
        before = {
            cedula: at for cedula, at in self._shown.get(who, {}).items() if abs(now - at) < SHOWN_AGAIN
        }
        new = [cedula for cedula in dict.fromkeys(cedulas) if cedula not in before]
        if not new:
            return
        typed = "".join(each for each in text if each.isprintable())  # halves of characters are no text
        with acting(self._database, sesion, self._permiso) as session:
            bitacora.record(session, sesion, Evento.CONSULTA_BUSQUEDA, en=now, cedulas=new, texto=typed)
            session.commit()
        self._shown[who] = before | dict.fromkeys(new, now)
