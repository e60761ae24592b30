"""The versions of the rules: reading them, checking a new one, and putting it from a date on.

A version never holds backwards, and none is changed or taken away: what was put wrongly is put right by
another. The bitácora keeps the SHA-256 of each one's text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ReglamentoRow, UsuarioRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.reglamento import CLASE_TEXT, ClaseReglamento, Fallo, Vigencia
from agencia_app.models.domain.requisitos import Perfil
from agencia_app.services import bitacora, reglamento_cambios, reloj
from agencia_app.services.agencias import Agencias, check_agencies
from agencia_app.services.elecciones import check_elections
from agencia_app.services.requisitos import check_profile
from agencia_app.services.rules import Rules
from agencia_app.services.toml_check import Checked
from agencia_app.services.toml_lines import Lines, parse
from agencia_app.services.usuario_rows import acting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from agencia_app.models.domain.usuario import Sesion

MAX_KILOS = 200
_DAY = timedelta(days=1)
_KILO = 1000

Contenido = Perfil | tuple[date, ...] | Agencias


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it stands today. ``id`` is 0 for what came with the program.

    ``desde`` is None for what held always, ``hasta`` for what holds until another does; ``usada`` tells the
    profile that trámites are opened under today. ``texto`` is the TOML of what was put.
    """

    clase: ClaseReglamento
    nombre: str
    id: int
    contenido: Contenido
    desde: date | None
    hasta: date | None = None
    vigencia: Vigencia = Vigencia.VIGENTE
    usada: bool = False
    texto: str = ""
    puesto_por: str = ""
    puesto_en: datetime | None = None

    @property
    def titulo(self) -> str:
        """What it is called."""
        return self.contenido.nombre if isinstance(self.contenido, Perfil) else CLASE_TEXT[self.clase]

    @property
    def fuente(self) -> str:
        """The source that it rests on, where it names one."""
        return self.contenido.fuente if isinstance(self.contenido, Perfil) else ""


@dataclass(frozen=True, slots=True)
class Revisado:
    """What a check says of a TOML: every fault of it, or what it changes from ``desde`` on.

    ``desde`` is the first day that it may hold when none was asked for. ``cambios`` are against what holds
    then, ``antes`` tells whether anything does.
    """

    clase: ClaseReglamento
    nombre: str
    titulo: str
    desde: date
    fallos: tuple[Fallo, ...]
    cambios: tuple[str, ...] = ()
    antes: bool = True
    usada: bool = True


class Reglamentos:
    """What an administrador does about the rules. Without a session it is the command line's."""

    def __init__(self, database: Database, rules: Rules, clock: Callable[[], datetime]) -> None:
        """Take the database, the rules and the clock (aware)."""
        self._database = database
        self._rules = rules
        self._clock = clock

    def listed(self, sesion: Sesion | None) -> tuple[Version, ...]:
        """Return every version there is, by kind and name, the one that began last first.

        Raises KnownError ``usuario.role``.
        """
        if sesion is not None:
            require(sesion, Permiso.ADMINISTRAR_REGLAMENTO)
        with self._database.reading() as session:
            return tuple(self._versions(session))

    def check(self, sesion: Sesion | None, text: str, desde: date | None = None) -> Revisado:
        """Check a TOML that would hold from a day on, the first one that it may when none is asked for.

        Raises KnownError ``usuario.role``.
        """
        if sesion is not None:
            require(sesion, Permiso.ADMINISTRAR_REGLAMENTO)
        with self._database.reading() as session:
            return self._checked(session, text, desde)[0]

    def put(self, sesion: Sesion, text: str, rige_desde: date) -> int:
        """Let a TOML hold from a day on, and return its number. Every window follows without a restart.

        Raises KnownError ``reglamento.past``, ``reglamento.taken`` where another version of it begins on
        that day, ``reglamento.invalid`` with its first fault, ``reloj.back``, ``usuario.role`` and
        ``usuario.inactive``.
        """
        with acting(self._database, sesion, Permiso.ADMINISTRAR_REGLAMENTO) as session:
            now = self._clock()
            reloj.check(session, now)  # or a clock set back would let rules hold backwards
            if rige_desde < local_date(now):
                raise KnownError("reglamento.past", hoy=day(local_date(now)))
            revisado, same = self._checked(session, text, rige_desde)
            if any(each.id and each.desde == rige_desde for each in same):
                raise KnownError("reglamento.taken", desde=day(rige_desde))
            if revisado.fallos:
                raise KnownError("reglamento.invalid", fallo=revisado.fallos[0].text)
            row = ReglamentoRow(
                clase=revisado.clase,
                nombre=revisado.nombre,
                contenido=text,
                rige_desde=rige_desde,
                puesto_por=sesion.usuario_id,
                puesto_en=now,
            )
            session.add(row)
            session.flush()
            bitacora.record(
                session,
                sesion,
                Evento.REGLAMENTO_PUESTO,
                en=now,
                clase=row.clase.value,
                nombre=row.nombre,
                version=row.id,
                huella=hashlib.sha256(text.encode()).hexdigest(),
                rige_desde=rige_desde.isoformat(),
            )
            session.commit()
        return row.id

    def _checked(self, session: Session, text: str, desde: date | None) -> tuple[Revisado, list[Version]]:
        today = local_date(self._clock())
        clase = clase_of(text)
        contenido, faults = _read(clase, text)
        if contenido is None:
            return Revisado(clase, "", CLASE_TEXT[clase], desde or today, faults), []
        perfil = contenido if isinstance(contenido, Perfil) else None
        nombre = perfil.id if perfil else ""
        same = [each for each in self._versions(session) if (each.clase, each.nombre) == (clase, nombre)]
        if desde is None:
            desde = _first_day(max(today, perfil.desde) if perfil else today, same)
        before = next((each for each in same if each.desde is None or each.desde <= desde), None)
        return Revisado(
            clase,
            nombre,
            perfil.nombre if perfil else CLASE_TEXT[clase],
            desde,
            tuple(sorted(_date_faults(text, contenido, desde, same), key=lambda each: each.linea)),
            reglamento_cambios.between(before.contenido if before else None, contenido),
            before is not None,
            perfil is None or nombre == self._rules.perfil,
        ), same

    def _versions(self, session: Session) -> Iterator[Version]:
        today, found = local_date(self._clock()), self._shipped()
        rows = session.execute(
            select(ReglamentoRow, UsuarioRow.usuario)
            .join(UsuarioRow, UsuarioRow.id == ReglamentoRow.puesto_por)
            .order_by(ReglamentoRow.id)
        )
        for row, usuario in rows:
            contenido, faults = _read(row.clase, row.contenido)
            if contenido is None:
                file, reason = f"{row.nombre or row.clase.value} (versión {row.id})", faults[0].text
                raise KnownError("perfil.invalid", file=file, reason=reason)
            found.append(
                Version(
                    row.clase, row.nombre, row.id, contenido, row.rige_desde,
                    texto=row.contenido, puesto_por=usuario, puesto_en=row.puesto_en,
                )
            )  # fmt: skip
        order = list(ClaseReglamento)
        found.sort(key=lambda each: each.desde or date.min, reverse=True)
        found.sort(key=lambda each: (order.index(each.clase), each.nombre))
        for _, group in groupby(found, key=lambda each: (each.clase, each.nombre)):
            newer: Version | None = None
            for each in group:
                yield self._standing(each, newer, today)
                newer = each

    def _shipped(self) -> list[Version]:
        first, clases = self._rules.shipped, ClaseReglamento
        return [
            *(Version(clases.REQUISITOS, each.id, 0, each, each.desde) for each in first.perfiles.values()),
            Version(clases.ELECCIONES, "", 0, first.elecciones, None),
            Version(clases.AGENCIAS, "", 0, first.agencias, None),
        ]

    def _standing(self, version: Version, newer: Version | None, today: date) -> Version:
        """Return a version with its last day, and how it stands today."""
        own = version.contenido.hasta if isinstance(version.contenido, Perfil) else None
        ends = [each for each in (own, newer.desde - _DAY if newer and newer.desde else None) if each]
        hasta = min(ends, default=None)
        if version.desde is not None and version.desde > today:
            vigencia = Vigencia.FUTURA
        else:
            vigencia = Vigencia.TERMINADA if hasta is not None and hasta < today else Vigencia.VIGENTE
        used = version.clase is ClaseReglamento.REQUISITOS and version.nombre == self._rules.perfil
        return replace(version, hasta=hasta, vigencia=vigencia, usada=used and vigencia is Vigencia.VIGENTE)


def read_file(path: Path) -> str:
    """Return the text of a file to check. Raises KnownError ``reglamento.file``."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_KILOS * _KILO:  # a pipe might never end
            raise KnownError("reglamento.file", file=path.name or path, kilos=MAX_KILOS)
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise KnownError("reglamento.file", file=path.name or path, kilos=MAX_KILOS) from error


def clase_of(text: str) -> ClaseReglamento:
    """Return what a TOML is of, by its keys; of requisitos what cannot be told."""
    parsed = parse(text)
    keys = set() if isinstance(parsed, Fallo) else set(parsed[0])
    if "fechas" in keys:
        return ClaseReglamento.ELECCIONES
    if keys & {"agencias", "provincias"}:
        return ClaseReglamento.AGENCIAS
    return ClaseReglamento.REQUISITOS


def _read(clase: ClaseReglamento, text: str) -> Checked[Contenido]:
    checks: dict[ClaseReglamento, Callable[[str], Checked[Contenido]]] = {
        ClaseReglamento.REQUISITOS: check_profile,
        ClaseReglamento.ELECCIONES: check_elections,
        ClaseReglamento.AGENCIAS: check_agencies,
    }
    return checks[clase](text)


def _first_day(day: date, same: list[Version]) -> date:
    """Return the first day, from one on, on which no version begins."""
    for each in reversed(same):  # the earliest first
        if each.id and each.desde == day:
            day += _DAY
    return day


def _date_faults(text: str, contenido: Contenido, desde: date, same: list[Version]) -> Iterator[Fallo]:
    """Tell where the dates of a version contradict the day it would hold from, or another version."""
    lines = Lines(text)
    if isinstance(contenido, tuple):
        if contenido[0] > desde:
            yield Fallo(lines.of(("fechas",)), f"ninguna elección es anterior al {day(desde)}")
        return
    if not isinstance(contenido, Perfil):
        return
    if contenido.desde > desde:
        reason = f"«desde» es el {day(contenido.desde)}, y regiría desde el {day(desde)}"
        yield Fallo(lines.of(("desde",)), reason)
    if contenido.hasta is not None and contenido.hasta < desde:
        reason = f"«hasta» es el {day(contenido.hasta)}, y regiría desde el {day(desde)}"
        yield Fallo(lines.of(("hasta",)), reason)
    for each in same:
        if (
            each.desde is not None
            and each.desde > desde
            and contenido.hasta is not None
            and contenido.hasta >= each.desde
        ):
            reason = f"«hasta» se cruza con la versión que rige desde el {day(each.desde)}"
            yield Fallo(lines.of(("hasta",)), reason)
