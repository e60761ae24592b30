"""A day with a trámite in each state of the supervisor's table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from agencia_app import app, settings
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services.registry import Services
from tests.factories import (
    CEDULAS,
    IDENTIDAD,
    Clock,
    add_people,
    full_papers,
    person,
    ready_to_issue,
    signed_in,
)

MARIA, LUIS, NIEVES, ANA, OMAR, ZOILA = CEDULAS
PEOPLE = (
    person(cedula=LUIS, apellidos="EJEMPLO ZÚÑIGA", nombres="LUIS", tipo_prestacion=TipoPrestacion.MONTEPIO_CONYUGE),
    person(cedula=NIEVES, apellidos="EJEMPLO NÚÑEZ", nombres="NIEVES"),
    person(cedula=ANA, apellidos="ÁLAMO PRUEBA", nombres="ANA"),
    person(cedula=OMAR, apellidos="EJEMPLO NÚNZIO", nombres="OMAR"),
    person(cedula=ZOILA, apellidos="ZAMORA", nombres="ZOILA"),
)  # fmt: skip


def attend_day(data: Path) -> None:
    """Write into an agency's folder six attentions from 10:42 of the clock's day, ten minutes apart."""
    clock = Clock()
    services = app.open_services(settings.load(data), clock)
    add_people(services.database, *PEOPLE)
    ana, beto = session_of(services, "a.ejemplo", 4), session_of(services, "b.ejemplo", 2)
    deliver(services, clock, ana, MARIA, seconds=60)  # 10:42
    clock.move(seconds=540)
    issue(services, beto, LUIS)  # 10:52, its slip is not confirmed
    clock.move(minutes=10)
    set_aside(services, ana, NIEVES)  # 11:02
    clock.move(minutes=10)
    services.tramites.attend(beto, ANA)  # 11:12
    clock.move(minutes=10)
    cancelled = services.tramites.attend(beto, OMAR).tramite  # 11:22
    assert cancelled is not None
    services.tramites.cancel(beto, cancelled.numero)
    clock.move(minutes=10)
    spoil_for_good(services, ana, ZOILA)  # 11:32
    services.database.close()


def session_of(services: Services, usuario: str, ventanilla: int) -> Sesion:
    """Return a session without its sign-in, which takes a tenth of a second."""
    return signed_in(services, usuario, ventanilla)


def session_in(database: Path, usuario: str, ventanilla: int) -> Sesion:
    """Return a session of a user of a database that nothing has opened."""
    with closing(sqlite3.connect(database)) as connection:
        number, nombre, rol = connection.execute(
            "SELECT id, nombre, rol FROM usuario WHERE usuario = ?", (usuario,)
        ).fetchone()
    return Sesion(number, usuario, nombre, Rol(rol), ventanilla)


def issue(services: Services, sesion: Sesion, cedula: str) -> str:
    tramite = ready_to_issue(services, sesion, cedula)
    services.claves.issue(sesion, tramite.numero)
    return tramite.numero


def deliver(services: Services, clock: Clock, sesion: Sesion, cedula: str, *, seconds: float) -> str:
    numero = issue(services, sesion, cedula)
    clock.move(seconds=seconds)
    services.claves.confirm_slip(sesion, numero, 1)
    services.tramites.finish(sesion, numero)
    return numero


def set_aside(services: Services, sesion: Sesion, cedula: str) -> str:
    tramite = services.tramites.attend(sesion, cedula).tramite
    assert tramite is not None
    services.tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    papers = full_papers(tramite, services)
    papers = tuple(Documento(each.requisito) if each.requisito == "planilla" else each for each in papers)
    services.tramites.save_requisitos(sesion, tramite.numero, papers, done=False)
    services.tramites.suspend(sesion, tramite.numero)
    return tramite.numero


def spoil_for_good(services: Services, sesion: Sesion, cedula: str) -> None:
    """Spoil one slip after another until the trámite ends with its clave annulled."""
    numero = issue(services, sesion, cedula)
    for intento in range(1, 10):
        try:
            services.claves.replace_slip(sesion, numero, intento)
        except KnownError as error:
            assert error.code == "clave.annulled"  # noqa: PT017 - the last of several tries
            return
    raise AssertionError("slips without end")
