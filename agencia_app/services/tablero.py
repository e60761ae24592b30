"""The supervisor's board: the day's figures, and its trámites as ids in order and rows by page.

Every answer is read by plain SQL on this thread's reader: the screen asks again each time the
bitácora has grown, and 100,000 trámites are a list of numbers until one of them is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from agencia_app.models.db.session import Database, as_moment
from agencia_app.models.db.tables import TramiteRow
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.calidad import calidad_of
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.revision import Regla
from agencia_app.models.domain.tablero import EstadoFila, Fila, Filtro, Operador, Orden, Resumen
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.consultas import Consultas
from agencia_app.services.dias import business_day
from agencia_app.services.padron_search import LIMIT
from agencia_app.services.rules import Rules
from agencia_app.services.sql_dialect import dialect_of
from agencia_app.services.tablero_sql import Statements

_HOUR = timedelta(hours=1)
_TIPOS = {each.value: calidad_of(each) for each in TipoPrestacion}
_ESTADOS = {each.value: each for each in EstadoFila}


class Tablero:
    """What a supervisor sees of the day. Every method needs Permiso.VER_TABLERO (``usuario.role``)."""

    def __init__(self, database: Database, rules: Rules, clock: Callable[[], datetime]) -> None:
        """Take the database, the rules and the clock (aware)."""
        self._database = database
        self._rules = rules
        self._written = (rules.mark, Statements(rules.perfiles(), dialect_of(database)))
        self._clock = clock
        self._consultas = Consultas(database, Permiso.VER_TABLERO, clock)

    def mark(self, sesion: Sesion) -> int:
        """Return a number that moves whenever something was done: cheap enough to ask every second."""
        require(sesion, Permiso.VER_TABLERO)
        return int(self._all(self._statements.mark)[0][0])

    def hoy(self, sesion: Sesion) -> date:
        """Return the business day that what happens now counts to."""
        require(sesion, Permiso.VER_TABLERO)
        with self._database.reading() as session:
            return business_day(session, self._clock())

    def operadores(self, sesion: Sesion) -> tuple[Operador, ...]:
        """Return who may have attended, by user name."""
        require(sesion, Permiso.VER_TABLERO)
        return tuple(Operador(*row) for row in self._all(self._statements.operadores))

    def resumen(self, sesion: Sesion, desde: date, hasta: date) -> Resumen:
        """Return the figures of a range of business days, both included."""
        require(sesion, Permiso.VER_TABLERO)
        days = (desde.isoformat(), hasta.isoformat())
        since = _stored(self._clock() - _HOUR)
        hours = self._all(self._statements.por_hora, since, *days)
        ((tramites, regresan),) = self._all(self._statements.tramites, *days)
        ((mediana, p90),) = self._all(self._statements.duraciones, *days)
        ((voided, ended),) = self._all(self._statements.anuladas, *days, *days)
        ((slips, numbered),) = self._all(self._statements.danadas, *days, *days)
        return Resumen(
            emitidas=sum(count for _, count, _ in hours),
            ultima_hora=sum(recent for *_, recent in hours),
            por_hora={hour: count for hour, count, _ in hours},
            mediana=mediana,
            p90=p90,
            tramites=tramites,
            regresan=regresan,
            anuladas=voided + ended,
            danadas=slips + numbered,
            por_revisar={
                Regla(regla): count for regla, count in self._all(self._statements.por_revisar, *days)
            },
        )

    def ids(self, sesion: Sesion, filtro: Filtro, orden: Orden) -> list[int]:
        """Return the trámites that a filter lets through, in order: their rows come by ``filas``.

        Whom a typed text shows first is recorded, as in a search of the padrón.
        """
        require(sesion, Permiso.VER_TABLERO)
        with self._database.reading() as session:
            self._rules.refresh(session)
        statement, values = self._statements.ids(filtro, orden)
        found: list[int] = json.loads(self._all(statement, *values)[0][0])
        if filtro.texto.strip():
            self._consultas.record(sesion, filtro.texto, self._cedulas(found[:LIMIT]))
        return found

    def filas(self, sesion: Sesion, ids: Sequence[int]) -> dict[int, Fila]:
        """Return the rows of some trámites by id."""
        require(sesion, Permiso.VER_TABLERO)
        return {row[0]: _fila(row) for row in self._all(self._statements.filas, json.dumps(list(ids)))}

    @property
    def _statements(self) -> Statements:
        """The statements, written anew when there is a profile that they do not know."""
        mark = self._rules.mark
        if self._written[0] != mark:
            self._written = (mark, Statements(self._rules.perfiles(), dialect_of(self._database)))
        return self._written[1]

    def _cedulas(self, ids: Sequence[int]) -> Sequence[str]:
        with self._database.reading() as session:
            found = session.scalars(select(TramiteRow.cedula).where(TramiteRow.id.in_(ids)))
            return found.all()

    def _all(self, statement: str, *values: object) -> Sequence[Any]:
        return self._database.rows(statement, values)


def _fila(row: Sequence[Any]) -> Fila:
    (number, numero, hora, recibo, cedula, apellidos, nombres, tipo, ventanilla, operador, vistos, documentos,
     sustituto, autorizado, estado, tardia) = row  # fmt: skip
    return Fila(
        number,
        numero,
        as_moment(hora),
        recibo,
        cedulas.mask(cedula),
        apellidos,
        nombres,
        _TIPOS[tipo],
        ventanilla,
        operador,
        vistos,
        documentos,
        sustituto,
        bool(autorizado),
        _ESTADOS[estado],
        bool(tardia),
    )


def _stored(moment: datetime) -> str:
    """Return a moment as the columns hold it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
