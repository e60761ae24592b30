"""The agency's own settings: in its database where it has many windows, so that no machine loosens them.

Each change is a row with who made it, and the last of a name holds. An agency of one window has its
settings in its file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from agencia_app import settings
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import AjusteRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.permisos import Permiso
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.rules import Rules
from agencia_app.services.usuario_rows import acting
from agencia_app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_SOURCE = Path("ajuste")  # what a SettingsError is of: the table


class Ajustes:
    """Reading and changing them."""

    def __init__(
        self, database: Database, config: Settings, rules: Rules, clock: Callable[[], datetime]
    ) -> None:
        """Take the database, the settings of this machine, the rules, and the clock (aware)."""
        self._database = database
        self._config = config
        self._rules = rules
        self._clock = clock

    def shown(self) -> dict[str, str]:
        """Return every setting of the agency's that holds from the next start on, as TOML writes it."""
        return settings.agency_values(in_force(self._database, self._config))

    def put(self, sesion: Sesion, nombre: str, valor: str) -> None:
        """Change one, from each window's next start on.

        Raises KnownError ``ajustes.in_file`` for an agency of one window, ``ajustes.value`` for a name or
        a value that will not do, ``perfil.*``, ``usuario.role`` and ``usuario.inactive``.
        """
        if not self._database.is_postgres:
            raise KnownError("ajustes.in_file", path=self._config.data / settings.FILE_NAME)
        with acting(self._database, sesion, Permiso.ADMINISTRAR_USUARIOS) as session:
            before = _merged(session, self._config)
            try:
                after = settings.with_agency(before, {nombre: valor}, _SOURCE)
            except SettingsError as error:
                raise KnownError("ajustes.value", reason=error.reason) from error
            now = self._clock()
            if after.perfil != before.perfil:
                self._rules.refresh(session)
                self._rules.perfil_on(local_date(now), after.perfil)
            old, new = (settings.agency_values(each)[nombre] for each in (before, after))
            add(session, {nombre: new}, sesion.usuario_id, now)
            bitacora.record(
                session, sesion, Evento.AJUSTE_CAMBIADO, en=now, nombre=nombre, antes=old, ahora=new
            )
            session.commit()


def in_force(database: Database, config: Settings) -> Settings:
    """Return a machine's settings with the agency's own as they hold.

    Raises KnownError ``ajustes.invalid`` for a value that somebody put there behind the program.
    """
    if not database.is_postgres:
        return config
    with database.reading() as session:
        return _merged(session, config)


def add(session: Session, values: Mapping[str, str], usuario_id: int, en: datetime) -> None:
    """Put values in the caller's transaction, in the name of an administrador."""
    for nombre, valor in values.items():
        session.add(AjusteRow(nombre=nombre, valor=valor, puesto_por=usuario_id, puesto_en=en))
    session.flush()


def _merged(session: Session, config: Settings) -> Settings:
    rows = session.execute(select(AjusteRow.nombre, AjusteRow.valor).order_by(AjusteRow.id))
    values = {row.nombre: row.valor for row in rows}
    # What no row says is as at first, not as this machine's file has it.
    plain = settings.with_agency(config, settings.agency_values(Settings(config.data)), _SOURCE)
    try:
        return settings.with_agency(plain, values, _SOURCE)
    except SettingsError as error:
        raise KnownError("ajustes.invalid", path=error.path, reason=error.reason) from error
