"""The kiosk's way to the database: one interface, and behind it what each engine lets its account do.

On a server that is four functions of the owner's; with an embedded database, statements under SQLite's
authorizer (``models/db/confined``).
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Protocol

from sqlalchemy import delete, func, select, update

from agencia_app import settings
from agencia_app.models.db import grants, schema
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import (
    AgenciaRow,
    KioscoPreguntaRow,
    PersonaRow,
    ReglamentoRow,
    SolicitudRow,
    table,
)
from agencia_app.models.domain import kiosco as rules
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.kiosco import Hechos, SolicitudHecha
from agencia_app.models.domain.persona import EstadoPersona, TipoPrestacion
from agencia_app.models.domain.reglamento import ClaseReglamento
from agencia_app.models.domain.solicitud import EstadoSolicitud, OrigenSolicitud
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services import bitacora, solicitud_rows
from agencia_app.services.hora import Hora
from agencia_app.services.rules import Version
from agencia_app.settings import Settings

_NOBODY = Sesion(0, rules.ACTOR, "", Rol.OPERADOR, 0)  # whom the bitácora names
_FICHA_BYTES = 16
_PREGUNTA, _REGLAMENTO, _AGENCIA = table(KioscoPreguntaRow), table(ReglamentoRow), table(AgenciaRow)
_PERSONA, _SOLICITUD = table(PersonaRow), table(SolicitudRow)
_VERSIONS = (
    _REGLAMENTO.c.id,
    _REGLAMENTO.c.clase,
    _REGLAMENTO.c.nombre,
    _REGLAMENTO.c.contenido,
    _REGLAMENTO.c.rige_desde,
    _REGLAMENTO.c.puesto_en,
)


@dataclass(frozen=True, slots=True)
class Marco:
    """What frames every visit: the agency, its settings as they hold, its rules, and the day it is there."""

    codigo: str
    nombre: str
    config: Settings
    versiones: tuple[Version, ...]
    hoy: date


class Puerta(Protocol):
    """What a kiosk may do with an agency's database. Each method may raise KnownError ``base.*``."""

    clock: Callable[[], datetime]

    def check(self) -> None:
        """Raise KnownError ``kiosco.account`` or ``kiosco.version`` where a kiosk must not open."""
        ...

    def frame(self) -> Marco:
        """Return whose it is, and its rules. Raises KnownError ``kiosco.version`` for an earlier version's."""
        ...

    def ask(self, cedula: str, nacimiento: date) -> tuple[str, int]:
        """Ask of a person: return the ficha of the answer, or an empty one and the seconds to wait."""
        ...

    def answer(self, ficha: str) -> Hechos | None:
        """Return the answer: None for a wrong cédula and a wrong birth date alike."""
        ...

    def request(self, ficha: str, planilla: str, *, por_calificar: bool) -> SolicitudHecha | None:
        """Make the person's solicitud, or return the one of this kiosk that still waits."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class PuertaServidor:
    """On a server, by the kiosk's own account."""

    def __init__(self, database: Database, config: Settings) -> None:
        """Take the database, opened with that account's address, and this machine's settings."""
        self._database = database
        self._config = config
        self.clock: Callable[[], datetime] = Hora(database)

    def check(self) -> None:
        """Refuse another account than the kiosk's, and another version's database."""
        if wrong := grants.wrong_of_kiosk(self._database.reader()):
            raise KnownError("kiosco.account", cuales=", ".join(wrong))
        self.frame()

    def frame(self) -> Marco:
        """Return whose it is, and its rules."""
        ((told,),) = self._database.rows("SELECT kiosco_marco()")
        raw: dict[str, Any] = json.loads(told)
        _check_revision(raw["revision"])
        plain = settings.with_agency(
            self._config, settings.agency_values(Settings(self._config.data)), self._config.data
        )
        config = settings.with_agency(plain, raw["ajustes"], self._config.data)
        versions = tuple(
            Version(
                number,
                ClaseReglamento(clase),
                nombre,
                contenido,
                date.fromisoformat(desde),
                datetime.fromisoformat(puesto).replace(tzinfo=UTC),
            )
            for number, clase, nombre, contenido, desde, puesto in raw["reglamento"]
        )
        config = replace(config, demostracion=raw["demostracion"])
        return Marco(raw["codigo"], raw["nombre"], config, versions, local_date(self.clock()))

    def ask(self, cedula: str, nacimiento: date) -> tuple[str, int]:
        """Ask of a person."""
        ((ficha, wait),) = self._database.rows(
            "SELECT ficha, espera FROM kiosco_pregunta(?, ?)", (cedula, nacimiento)
        )
        return ficha or "", wait or 0

    def answer(self, ficha: str) -> Hechos | None:
        """Return the answer."""
        rows = self._database.rows("SELECT * FROM kiosco_respuesta(?)", (ficha,))
        return next((_facts(*row) for row in rows), None)

    def request(self, ficha: str, planilla: str, *, por_calificar: bool) -> SolicitudHecha | None:
        """Make the person's solicitud."""
        rows = self._database.rows("SELECT * FROM kiosco_solicita(?, ?, ?)", (ficha, planilla, por_calificar))
        return next(
            (SolicitudHecha(numero, en.replace(tzinfo=UTC), hasta) for numero, en, hasta in rows), None
        )

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


class PuertaPropia:
    """With an embedded database, whose connections are confined."""

    def __init__(self, database: Database, config: Settings, clock: Callable[[], datetime]) -> None:
        """Take the database (``confined``), the machine's settings and the clock (aware)."""
        self._database = database
        self._config = config
        self.clock = clock

    def check(self) -> None:
        """Refuse another version's database."""
        self.frame()

    def frame(self) -> Marco:
        """Return whose it is, and its rules. Raises KnownError ``base.migrated`` too."""
        bitacora.check_stayed(self._database)
        with self._database.reading() as session:
            _check_revision(schema.revision(session.connection()))
            of_it = select(_AGENCIA.c.codigo, _AGENCIA.c.nombre, _AGENCIA.c.demostracion)
            codigo, nombre, demostracion = session.execute(of_it).one()
            rows = session.execute(select(*_VERSIONS).order_by(_REGLAMENTO.c.id)).all()
        versions = tuple(Version(*row) for row in rows)
        config = replace(self._config, demostracion=demostracion)
        return Marco(codigo, nombre, config, versions, local_date(self.clock()))

    def ask(self, cedula: str, nacimiento: date) -> tuple[str, int]:
        """Ask of a person: as the server's function does, and in its order."""
        q = _PREGUNTA.c
        with self._database.unit_of_work() as session:
            now = self.clock()
            today = local_date(now)
            session.execute(delete(_PREGUNTA).where(q.dia < today))
            late, wrong = q.en > now - rules.MEMORY, q.acierto.is_(False)
            counted = select(func.count(), func.max(q.en)).where(late)
            asked, last = session.execute(counted).one()
            misses, last_miss = session.execute(counted.where(wrong)).one()
            wait = 0
            if misses >= rules.FREE_MISSES:
                wait = math.ceil(rules.wait_after(misses) - (now - last_miss).total_seconds())
            if asked >= rules.FREE_QUESTIONS:
                wait = max(wait, math.ceil(rules.LONGEST_WAIT - (now - last).total_seconds()))
            if wait > 0:
                return "", wait
            missed = (q.cedula == cedula, q.dia == today, q.acierto.is_(False))
            missed_today = session.execute(select(func.count()).where(*missed)).scalar_one()
            theirs = select(_PERSONA.c.cedula).where(
                _PERSONA.c.cedula == cedula, _PERSONA.c.fecha_nacimiento == nacimiento
            )
            right = session.execute(theirs).first() is not None and missed_today < rules.MISSES_A_DAY
            ficha = secrets.token_hex(_FICHA_BYTES)
            session.execute(
                _PREGUNTA.insert().values(
                    id=ficha, equipo="", cedula=cedula, en=now, dia=today, transaccion="", acierto=right
                )
            )
            bitacora.record(session, _NOBODY, Evento.KIOSCO_CONSULTA, en=now, cedulas=[cedula], acierto=right)
            session.commit()
        return ficha, 0

    def answer(self, ficha: str) -> Hechos | None:
        """Return the answer."""
        p = _PERSONA.c
        with self._database.reading() as session:
            asked = session.execute(
                select(_PREGUNTA.c.cedula).where(*self._answerable(ficha))
            ).scalar_one_or_none()
            if asked is None:
                return None
            row = session.execute(
                select(
                    p.nombres, p.apellidos, p.tipo_prestacion, p.estado, p.fecha_defuncion, p.discapacidad
                ).where(p.cedula == asked)
            ).one()
        return Hechos(
            rules.iniciales(row.nombres, row.apellidos),
            row.tipo_prestacion,
            row.estado,
            row.fecha_defuncion is not None,
            row.discapacidad,
        )

    def request(self, ficha: str, planilla: str, *, por_calificar: bool) -> SolicitudHecha | None:
        """Make the person's solicitud, as the server's function does."""
        p, s = _PERSONA.c, _SOLICITUD.c
        estado = EstadoSolicitud.POR_CALIFICAR if por_calificar else EstadoSolicitud.GENERADA
        with self._database.unit_of_work() as session:
            person = session.execute(
                select(p.cedula, p.tipo_prestacion, p.ruc_empleador)
                .join(_PREGUNTA, _PREGUNTA.c.cedula == p.cedula)
                .where(
                    *self._answerable(ficha),
                    p.estado == EstadoPersona.ACTIVO,
                    p.fecha_defuncion.is_(None),
                    p.tipo_prestacion.not_in(self._refused()),
                )
            ).one_or_none()
            if person is None:
                return None
            now = self.clock()
            known = session.execute(
                select(s.id, s.numero, s.generada_en, s.vence_el)
                .where(
                    s.cedula == person.cedula,
                    s.origen == OrigenSolicitud.KIOSCO,
                    s.estado == estado,
                    s.tipo_prestacion == person.tipo_prestacion,
                    s.vence_el >= local_date(now),
                )
                .order_by(s.id.desc())
                .limit(1)
            ).one_or_none()
            if known is not None:
                session.execute(update(_SOLICITUD).where(s.id == known.id).values(planilla=planilla))
                made = SolicitudHecha(known.numero, known.generada_en, known.vence_el)
            else:
                row = solicitud_rows.add(
                    session,
                    cedula=person.cedula,
                    tipo=person.tipo_prestacion,
                    origen=OrigenSolicitud.KIOSCO,
                    en=now,
                    dias=self._config.dias_solicitud,
                    usuario_id=None,
                    ventanilla=0,
                    estado=estado,
                    planilla=planilla,
                    ruc=person.ruc_empleador if por_calificar else "",
                )
                made = SolicitudHecha(row.numero, row.generada_en, row.vence_el)
            bitacora.record(
                session,
                _NOBODY,
                Evento.KIOSCO_SOLICITUD,
                en=now,
                cedulas=[person.cedula],
                solicitud=made.numero,
            )
            session.commit()
        return made

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _answerable(self, ficha: str) -> Sequence[Any]:
        q = _PREGUNTA.c
        return q.id == ficha, q.acierto.is_(True), q.en > self.clock() - rules.MEMORY

    def _refused(self) -> tuple[TipoPrestacion, ...]:
        children = (TipoPrestacion.MONTEPIO_HIJO, TipoPrestacion.MONTEPIO_PADRE)
        return (
            children if self._config.admitir_conviviente else (*children, TipoPrestacion.MONTEPIO_CONVIVIENTE)
        )


def _facts(letters: str, tipo: str, estado: str, fallecido: bool, discapacidad: bool) -> Hechos:  # noqa: FBT001 - a row
    return Hechos(
        letters or "", TipoPrestacion(tipo), EstadoPersona(estado), fallecido, discapacidad=discapacidad
    )


def _check_revision(at: str | None) -> None:
    if at != schema.REVISIONS[-1]:
        raise KnownError("kiosco.version" if at in schema.REVISIONS else "base.newer")
