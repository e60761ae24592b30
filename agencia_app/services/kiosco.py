"""*Consulta y solicitud*: what somebody in the lobby is told before they queue, and their solicitud.

Nothing here knows a name: the way to the database (``kiosco_puerta``) tells initials and what the
rules need. Of somebody's health no screen and no paper says anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import votacion
from agencia_app.models.domain.calidad import CALIDAD_TEXT, calidad_of
from agencia_app.models.domain.consideraciones import CONSIDERACIONES
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.kiosco import Hechos, SolicitudHecha
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import (
    PLANILLA,
    SOLICITUD,
    VOTACION,
    Condicion,
    Copia,
    Requisito,
    Via,
)
from agencia_app.models.domain.votacion import Exencion
from agencia_app.services.flow import stop_for
from agencia_app.services.kiosco_puerta import Marco, Puerta
from agencia_app.services.rules import Dated, Shipped

ANSWER_SECONDS = 0.6  # every question takes as long, whatever the answer


@dataclass(frozen=True, slots=True)
class Traer:
    """One thing to bring. ``copia`` says which copy with its article, empty for none.

    ``nota`` says why something else will do, or that it is not asked for (``exigible``).
    """

    id: str
    titulo: str
    copia: str
    donde: str
    nota: str = ""
    exigible: bool = True

    @property
    def que(self) -> str:
        """What of it is brought: ``Original y copia a color``."""
        if not self.exigible:
            return "No se le exige"
        return f"Original y {self.copia}" if self.copia else "El original"


@dataclass(frozen=True, slots=True)
class Visita:
    """Somebody who was found: what their screens and papers say of them.

    ``detenida`` sends them to a person and says nothing else. ``planillas`` are the ids and the titles of
    the bills to choose from.
    """

    ficha: str = field(repr=False)
    iniciales: str
    cedula_mascara: str
    calidad: str
    condicion: Condicion
    traer: tuple[Traer, ...]
    planillas: tuple[tuple[str, str], ...]
    consideraciones: tuple[str, ...]
    detenida: bool


@dataclass(frozen=True, slots=True)
class Espera:
    """Too many misses, or questions, came from this kiosk: nobody asks for so many seconds."""

    segundos: int


class Kiosco:
    """The kiosk's use cases."""

    def __init__(self, puerta: Puerta, shipped: Shipped, pause: Callable[[float], None] = time.sleep) -> None:
        """Take the way to the database, the rules that are shipped, and what lets time pass."""
        self._puerta = puerta
        self._shipped = shipped
        self._pause = pause
        self._checked = False

    def frame(self) -> Marco:
        """Return whose kiosk it is, and see that the database is there and lets this one in.

        Raises KnownError ``kiosco.account`` for another account than the kiosk's, ``kiosco.version`` and ``base.*``.
        """
        if not self._checked:
            self._puerta.check()
            self._checked = True
        return self._puerta.frame()

    def consult(self, cedula: str, nacimiento: date) -> Visita | Espera | None:
        """Ask of a person; None for a wrong cédula, a wrong birth date, and one asked of too often.

        Raises KnownError ``base.*`` and ``perfil.*``.
        """
        began = time.monotonic()
        marco = self._puerta.frame()
        ficha, wait = self._puerta.ask(cedula, nacimiento)
        facts = self._puerta.answer(ficha) if ficha else None
        self._pause(max(0.0, ANSWER_SECONDS - (time.monotonic() - began)))
        if wait:
            return Espera(wait)
        return None if facts is None else self._visit(marco, ficha, cedula, nacimiento, facts)

    def request(self, visita: Visita, planilla: str) -> SolicitudHecha:
        """Make the person's solicitud, or return the one that still waits.

        Raises KnownError ``kiosco.late`` when the answer is no longer good, and ``base.*``.
        """
        to_employer = visita.condicion.solicitud is Via.EMPLEADOR
        made = self._puerta.request(visita.ficha, planilla, por_calificar=to_employer)
        if made is None:
            raise KnownError("kiosco.late")
        return made

    def close(self) -> None:
        """Close the way to the database."""
        self._puerta.close()

    def _visit(self, marco: Marco, ficha: str, cedula: str, nacimiento: date, facts: Hechos) -> Visita:
        today = marco.hoy
        rules = Dated(self._shipped, marco.config.perfil, marco.versiones)
        perfil = rules.perfil_on(today)
        persona = _persona(cedula, nacimiento, facts, today)
        calidad = calidad_of(facts.tipo_prestacion)
        election = votacion.last_election(rules.elections_on(today), today)
        exempt = votacion.exemption(persona, election)
        owed = perfil.for_person(persona)
        bills = next((each.alternativas for each in owed if each.id == PLANILLA), ())
        stop = stop_for(persona, admitir_conviviente=marco.config.admitir_conviviente)
        return Visita(
            ficha,
            facts.iniciales,
            cedulas.mask(cedula),
            CALIDAD_TEXT[calidad],
            perfil.condicion(calidad),
            (_own(owed), *(_bring(each, exempt) for each in owed if each.id != SOLICITUD)),
            tuple((each.id, each.titulo) for each in bills),
            CONSIDERACIONES,
            stop is not None,
        )


def _own(owed: tuple[Requisito, ...]) -> Traer:
    """Return the solicitud, which everybody brings: signed, and of an employer where there is one."""
    employer = next((each for each in owed if each.id == SOLICITUD), None)
    if employer is not None:
        return Traer(SOLICITUD, employer.titulo, "", employer.donde, employer.detalle)
    return Traer(SOLICITUD, "Solicitud firmada", "", "La imprime en el kiosco de esta agencia.")


def _bring(requisito: Requisito, exempt: Exencion | None) -> Traer:
    copy = {Copia.COLOR: "copia a color", Copia.SIMPLE: "copia", Copia.OPCIONAL: "copia (opcional)"}
    which = copy.get(requisito.copia, "")
    if requisito.id == VOTACION and exempt is not None:
        text = exempt.discreet_text[:1].upper() + exempt.discreet_text[1:]
        return Traer(VOTACION, requisito.titulo, "", "", text, exigible=False)
    others = [each.nombre for each in requisito.alternativas[1:]] if requisito.id == VOTACION else []
    note = f"También sirve {_either(others)}." if others else requisito.detalle
    return Traer(requisito.id, requisito.titulo, which, requisito.donde, note)


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} o {names[-1]}"


def _persona(cedula: str, nacimiento: date, facts: Hechos, today: date) -> Persona:
    """Return what the rules ask of somebody whose name nobody here knows."""
    return Persona(
        cedula,
        "",
        "",
        nacimiento,
        facts.tipo_prestacion,
        "",
        facts.estado,
        fecha_defuncion=today if facts.fallecido else None,
        discapacidad=facts.discapacidad,
    )
