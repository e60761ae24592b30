"""Simulated windows: what a window does for one person after another, through the real services.

Over a demonstration's data only. The people are synthetic, the papers go to a printer that takes them
without drawing them, as each window's machine draws its own, and the claves are hashed with
``hashing.cheap``: with the real profile a few cores would do nothing but hash.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice

from sqlalchemy import insert, select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import PersonaRow, UsuarioRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.persona import EstadoPersona, Persona, TipoPrestacion
from agencia_app.models.domain.requisitos import Documento, FormatoCedula
from agencia_app.models.domain.tramite import Identidad, Tramite
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services import demostracion, hashing, padron_sintetico
from agencia_app.services.claves import Claves
from agencia_app.services.printers.base import Answer, JobState, Paper
from agencia_app.services.registry import Services
from agencia_app.services.usuarios import Usuarios

LOG = logging.getLogger(__name__)

PASSWORD = demostracion.USERS[0].password  # of every simulated operator
EXPIRES = date(2035, 1, 1)  # every cédula shown
_TOGETHER = 100  # people added to the padrón at once
_PLENTY = 900_000  # synthetic people there can be


class _Printer:
    """Takes every paper, and draws none."""

    name = "simulada"
    tells = True

    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def printer(self, _name: str) -> _Printer:
        return self

    def takes(self, _kind: PaperKind) -> bool:
        return True

    def check(self) -> None:
        """Accept always."""

    def open(self, paper: Paper, _copies: int) -> str:
        return paper.stem

    def send(self, _handle: str, _paper: Paper, _copies: int) -> Answer:
        return Answer(JobState.DONE)

    def ask(self, _handle: str) -> Answer:
        return Answer(JobState.DONE)

    def call_back(self, _handle: str) -> bool:
        return True

    def forget(self, _handle: str) -> None:
        """Nothing is kept."""


@dataclass(slots=True)
class Medidas:
    """What one window measured: seconds of each step, people who left with their clave, and errors."""

    pasos: dict[str, list[float]] = field(default_factory=dict)
    emitidas: int = 0
    errores: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def paso(self, name: str) -> Iterator[None]:
        """Measure a step that goes well."""
        begun = time.perf_counter()
        yield
        self.pasos.setdefault(name, []).append(time.perf_counter() - begun)

    def add(self, other: Medidas) -> None:
        """Take another window's in."""
        for name, seconds in other.pasos.items():
            self.pasos.setdefault(name, []).extend(seconds)
        self.emitidas += other.emitidas
        self.errores += other.errores

    def percentil(self, percent: int) -> dict[str, float]:
        """Return the milliseconds that so many per cent of each step took at most."""
        return {
            name: round(sorted(seconds)[(len(seconds) * percent - 1) // 100] * 1000, 1)
            for name, seconds in self.pasos.items()
        }


def check(services: Services) -> None:
    """Raise KnownError ``simular.real`` unless the agency is a demonstration's."""
    if not services.settings.demostracion:
        raise KnownError("simular.real")


def add_operators(database: Database, ventanillas: int, now: datetime) -> None:
    """Add an operator for each simulated window, where there is none yet."""
    hashed = hashing.cheap().hash(PASSWORD)
    with database.unit_of_work() as session:
        known = set(session.scalars(select(UsuarioRow.usuario)))
        session.add_all(
            UsuarioRow(
                usuario=operator(each),
                nombre=f"Simulación {each}",
                rol=Rol.OPERADOR,
                clave_hash=hashed,
                creado_en=now,
            )
            for each in range(1, ventanillas + 1)
            if operator(each) not in known
        )
        session.commit()


def operator(ventanilla: int) -> str:
    """Return the name of the operator of a simulated window."""
    return f"simulacion.{ventanilla}"


def people(database: Database) -> Iterator[str]:
    """Yield cédulas of synthetic people who are new to the padrón, adding them as they are wanted."""
    generated = padron_sintetico.generate(_PLENTY, random.SystemRandom().randrange(2**32))
    while several := list(islice(generated, _TOGETHER)):
        with database.unit_of_work(shared=True) as session:
            wanted = PersonaRow.cedula.in_([each.cedula for each in several])
            known = set(session.scalars(select(PersonaRow.cedula).where(wanted)))
            new = [_welcome(each) for each in several if each.cedula not in known]
            if new:
                session.execute(insert(PersonaRow), new)
            session.commit()
        yield from (str(each["cedula"]) for each in new)


def _welcome(person: Persona) -> dict[str, object]:
    """Return a person's row, with nothing that would keep them from their clave."""
    may_come = replace(
        person,
        tipo_prestacion=TipoPrestacion.JUBILACION_VEJEZ,
        estado=EstadoPersona.ACTIVO,
        fecha_defuncion=None,
        ruc_empleador="",
    )
    return {name: getattr(may_come, name) for name in Persona.__slots__}


class Ventanilla:
    """One simulated window."""

    def __init__(
        self, services: Services, ventanilla: int, clock: Callable[[], datetime], pausa: float = 0
    ) -> None:
        """Sign its operator in, who takes about ``pausa`` seconds before each step.

        Raises KnownError ``simular.real`` or ``usuario.*``.
        """
        check(services)
        printing = services.printing
        printing.queues = _Printer()
        printing.settings = replace(
            printing.settings,
            hojas_numeradas=False,
            impresoras={kind.value: _Printer.name for kind in PaperKind},
        )
        self._services = services
        self._claves = Claves(
            services.database,
            services.tramites,
            services.papeles,
            printing,
            services.dispatcher,
            services.llaves,
            clock,
        )
        self._claves.hasher = hashing.cheap
        usuarios = Usuarios(services.database, clock, ventanilla)
        self._sesion: Sesion = usuarios.sign_in(operator(ventanilla), PASSWORD, ventanilla)
        self._pausa = pausa
        self.medidas = Medidas()

    def attend(self, cedula: str) -> None:
        """Attend one person, from their cédula to the end, and measure each step."""
        try:
            self._attend(cedula)
        except KnownError as error:
            self.medidas.errores[error.code] += 1
        except Exception as error:  # the next person is attended all the same
            LOG.exception("simulated attention failed")
            self.medidas.errores[type(error).__name__] += 1

    def forget(self) -> None:
        """Forget what was measured so far, but for the errors."""
        self.medidas = Medidas(errores=self.medidas.errores)

    @contextmanager
    def _paso(self, name: str) -> Iterator[None]:
        """Take the operator's time, no two alike, and measure the step."""
        if self._pausa:
            time.sleep(random.SystemRandom().uniform(self._pausa / 2, self._pausa * 3 / 2))
        with self.medidas.paso(name):
            yield

    def _attend(self, cedula: str) -> None:
        paso, sesion, tramites = self._paso, self._sesion, self._services.tramites
        with paso("consulta"):
            self._services.padron.find(sesion, cedula)
        with paso("cedula"):
            tramite = tramites.attend(sesion, cedula).tramite
        if tramite is None:
            raise KnownError("tramite.not_ready")
        with paso("identidad"):
            known = tramites.suggested_identidad(tramite)
            identidad = Identidad(FormatoCedula.ELECTRONICA, EXPIRES, known.correo, known.celular)
            tramite = tramites.save_identidad(sesion, tramite.numero, identidad)
        numero = tramite.numero
        with paso("requisitos"):
            tramites.save_requisitos(sesion, numero, self._papers(tramite), done=True)
        with paso("solicitud"):
            tramites.accept(sesion, numero)
        with paso("firma"):
            tramites.sign(sesion, numero)
        with paso("emision"):
            self._claves.issue(sesion, numero)
        self.medidas.emitidas += 1
        with paso("hoja"):
            self._claves.confirm_slip(sesion, numero, 1)
        with paso("recibo"):
            tramites.finish(sesion, numero)

    def _papers(self, tramite: Tramite) -> tuple[Documento, ...]:
        """Return the checklist of somebody who brought everything."""
        checklist = self._services.tramites.checklist(tramite)
        first = {each.id: next((it.id for it in each.alternativas), "") for each in checklist.requisitos}
        return tuple(
            each
            if each.motivo
            else replace(each.ticked(on=True), alternativa=each.alternativa or first[each.requisito])
            for each in checklist.documentos
        )
