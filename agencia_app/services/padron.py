"""The padrón: finding a person by cédula or by name, and taking in the file they come from.

Looking somebody up is an event, whether or not anything follows: the adversary has a valid login,
and LOPDP gives a person the right to know who looked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agencia_app.models.db.session import Database
from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, padron_import
from agencia_app.services.consultas import Consultas
from agencia_app.services.padron_import import ImportResult, Progress
from agencia_app.services.padron_search import LIMIT, PadronSearch
from agencia_app.services.usuario_rows import acting

__all__ = ["ImportResult", "Padron", "Progress"]


class Padron:
    """The people this agency may attend."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        """Work on a migrated database; ``clock`` says today, for dates that may not be future."""
        self._db = db
        self._clock = clock
        self._search = PadronSearch(db)
        self._consultas = Consultas(db, Permiso.CONSULTAR_PADRON, clock)

    def find(self, sesion: Sesion | None, cedula: str) -> Persona | None:
        """Return the person with these ten digits, or None, and record that they were looked up.

        ``sesion`` is None for the command line. Raises KnownError ``usuario.role`` and ``base.*``.
        """
        _check(sesion)
        found = self._search.find(cedula)
        evento = Evento.CONSULTA_SIN_PADRON if found is None else Evento.CONSULTA_PERSONA
        with acting(self._db, sesion, Permiso.CONSULTAR_PADRON) as session:
            bitacora.record(session, sesion, evento, en=self._clock(), cedulas=[cedula])
            session.commit()
        return found

    def search(self, sesion: Sesion | None, text: str, limit: int = LIMIT) -> tuple[Persona, ...]:
        """Return up to ``limit`` people by the beginning of their cédula or of their names.

        As ``PadronSearch.search``; who is shown is recorded, those of the last minutes once.
        Raises KnownError ``usuario.role`` and ``base.*``.
        """
        _check(sesion)
        digits = cedula_rules.clean(text)
        if cedula_rules.is_valid(digits):
            found = self.find(sesion, digits)
            return () if found is None else (found,)
        people = self._search.search(text, limit)
        self._consultas.record(sesion, text, [each.cedula for each in people])
        return people

    def import_file(
        self,
        path: Path,
        report_folder: Path,
        sesion: Sesion | None,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> ImportResult:
        """Take a CSV or XLSX file in: new people inserted, known ones updated, bad rows reported.

        ``cancelled`` is asked between batches; what was committed stays, and running the file
        again completes it. What the window corrected (contact data) is kept apart and stays.

        Raises KnownError ``padron.*`` for a file that cannot be taken, before anything is
        written; ``padron.report`` when the report cannot be written; ``base.*``.
        """
        return padron_import.import_file(
            self._db, self._clock, path, report_folder, sesion, progress, cancelled
        )


def _check(sesion: Sesion | None) -> None:
    if sesion is not None:
        require(sesion, Permiso.CONSULTAR_PADRON)
