"""Tickets de corrección: what the padrón has wrong, opened at a window and closed by a supervisor.

None of it writes the padrón: whoever keeps that mends it, and the next import brings the mended row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import CorreccionRow, PersonaRow
from agencia_app.models.domain import correccion as rules
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.correccion import Abiertas, Correccion, DatoErrado, Filtro
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import ZONE, local_date
from agencia_app.models.domain.impresion import Impresion, PaperKind
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, correccion_rows, impresion_rows
from agencia_app.services.tramite_rows import next_number, persona
from agencia_app.services.usuario_rows import acting

MOST = 500  # tickets in a list; the days narrow it


@dataclass(frozen=True, slots=True)
class Abierta:
    """A ticket just opened, and the job that prints it."""

    correccion: Correccion
    impresion: Impresion


class Correcciones:
    """Opening, closing, listing and exporting tickets."""

    def __init__(self, database: Database, folder: Path, clock: Callable[[], datetime]) -> None:
        """Take the database, the folder of papers, and the clock (aware)."""
        self._database = database
        self._folder = folder
        self._clock = clock

    def open(self, sesion: Sesion, cedula: str, dato: DatoErrado, debe_decir: str, evidencia: str) -> Abierta:
        """Open a ticket for somebody at the window and queue its paper; ``evidencia`` is what was seen.

        What the padrón says is taken from it here. Raises KnownError ``correccion.*`` and
        ``fecha.invalid``: ``correccion.open`` carries the number of the one that is open already.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            now = self._clock()
            # Who opens one for the same person at another window waits here, and then finds it.
            row = session.get(PersonaRow, cedula, with_for_update={"key_share": True})
            if row is None:
                raise KnownError("cedula.name")
            dice = rules.says(persona(row), dato)
            debe_decir = rules.checked(dato, dice, debe_decir, local_date(now))
            evidencia = rules.written(evidencia)
            known = correccion_rows.open_of(session, cedula, dato)
            if known is not None:
                raise KnownError("correccion.open", numero=numeros.shown(known.numero))
            numero, _, _ = next_number(session, numeros.Kind.CORRECCION, now)
            ticket = CorreccionRow(
                numero=numero,
                cedula=cedula,
                dato=dato,
                dice=dice,
                debe_decir=debe_decir,
                evidencia=evidencia,
                abierta_por=sesion.usuario_id,
                abierta_en=now,
                ventanilla=sesion.ventanilla,
                resolucion="",
            )
            session.add(ticket)
            job = impresion_rows.add(
                session,
                impresion_rows.new(sesion, PaperKind.CORRECCION, now, cedula=cedula, numero=numero),
            )
            bitacora.record(
                session,
                sesion,
                Evento.CORRECCION_ABIERTA,
                en=now,
                cedulas=[cedula],
                numero=numero,
                dato=dato.value,
            )
            opened = Abierta(correccion_rows.value(session, ticket), impresion_rows.value_of(session, job))
            session.commit()
        return opened

    def close(self, sesion: Sesion, numero: str, resolucion: str) -> Correccion:
        """Close a ticket with what became of it; the next window that looks the person up is told.

        Raises KnownError ``usuario.role``, ``correccion.text``, ``correccion.not_found`` and
        ``correccion.closed``.
        """
        with acting(self._database, sesion, Permiso.REVISAR) as session:
            row = correccion_rows.find(session, numero, lock=True)
            if row.cerrada_en is not None:
                raise KnownError("correccion.closed", numero=numeros.shown(numero))
            row.resolucion = rules.written(resolucion)
            row.cerrada_por, row.cerrada_en = sesion.usuario_id, self._clock()
            bitacora.record(
                session,
                sesion,
                Evento.CORRECCION_CERRADA,
                en=row.cerrada_en,
                cedulas=[row.cedula],
                numero=numero,
            )
            closed = correccion_rows.value(session, row)
            session.commit()
        return closed

    def listed(self, sesion: Sesion, filtro: Filtro) -> tuple[Correccion, ...]:
        """Return up to MOST tickets, the open ones first and each kind with the oldest on top.

        Raises KnownError ``usuario.role`` and ``export.order`` for days that end before they begin.
        """
        require(sesion, Permiso.REVISAR)
        with self._database.reading() as session:
            return _found(session, filtro, MOST)

    def export(self, sesion: Sesion, filtro: Filtro) -> Path:
        """Write the tickets of a filter to a CSV in the folder of papers, and return its path.

        It carries whole cédulas, for whoever keeps the padrón to find the people, and is its owner's
        alone. Raises KnownError ``usuario.role``, ``correccion.nothing``, ``export.order`` and
        ``export.folder``.
        """
        from agencia_app.services import correccion_export  # noqa: PLC0415 - with the first export

        with acting(self._database, sesion, Permiso.EXPORTAR) as session:
            now = self._clock()
            found = _found(session, filtro, None)
            if not found:
                raise KnownError("correccion.nothing")
            bitacora.record(
                session,
                sesion,
                Evento.CORRECCIONES_EXPORTADAS,
                en=now,
                cedulas=sorted({each.cedula for each in found}),
                cuales=filtro.cuales.value,
                filas=len(found),
            )
            path = correccion_export.write(self._folder, found, now)
            try:
                session.commit()
            except BaseException:
                path.unlink(missing_ok=True)  # what is on no record was not exported
                raise
        return path


def _found(session: Session, filtro: Filtro, most: int | None) -> tuple[Correccion, ...]:
    desde, hasta = filtro.desde, filtro.hasta
    if desde is not None and hasta is not None and desde > hasta:
        raise KnownError("export.order")
    query = select(CorreccionRow).order_by(CorreccionRow.cerrada_en.is_not(None), CorreccionRow.id)
    if filtro.cuales is not Abiertas.TODAS:
        still = CorreccionRow.cerrada_en.is_(None)
        query = query.where(still if filtro.cuales is Abiertas.ABIERTAS else ~still)
    if desde is not None:
        query = query.where(CorreccionRow.abierta_en >= _midnight(desde))
    if hasta is not None:
        query = query.where(CorreccionRow.abierta_en < _midnight(hasta + timedelta(days=1)))
    return tuple(correccion_rows.value(session, row) for row in session.scalars(query.limit(most)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC)
