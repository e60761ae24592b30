"""``agencia simular``: many windows at once over a demonstration's data, a process each."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import signal
import sys
import time
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from queue import Empty, Full
from typing import TYPE_CHECKING, Any

from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Event

    from agencia_app.services.invariantes import Invariantes
    from agencia_app.services.registry import Services
    from agencia_app.services.simulacion import Medidas
    from agencia_app.settings import Settings

# The command loads what it needs: the window must not wait for it.
# ruff: noqa: PLC0415

MOST = 99  # windows, as in the settings of an agency
_PERCENTILES = (50, 95, 99)
_LONGEST_PAUSE = 600.0  # seconds
_TOGETHER = 8  # windows that open at the same time
_LOOK = 0.2  # seconds between two looks at whether the time is over
# What each window needs, loaded once for all of them.
_LOADED = (
    "agencia_app.app",
    "agencia_app.models.db.engine_postgres",
    "agencia_app.models.db.schema",
    "agencia_app.services.accesos",
    "agencia_app.services.cierres",
    "agencia_app.services.simulacion",
    "agencia_app.services.verificacion",
    "sqlalchemy.dialects.postgresql.psycopg",
    "cryptography.hazmat.primitives.serialization",
)
_TITLES = {
    "consulta": "Consulta",
    "cedula": "Cédula",
    "identidad": "Identidad",
    "requisitos": "Requisitos",
    "solicitud": "Solicitud",
    "firma": "Firma",
    "emision": "Emisión",
    "hoja": "Hoja de clave",
    "recibo": "Recibo",
}
_INVARIANTES = {
    "una_clave_vigente": "Una sola clave vigente por cédula",
    "recibos_sin_huecos": "Recibos sin huecos ni repetidos",
    "bitacora_integra": "Bitácora íntegra",
    "cuentas_iguales": "Tantas claves como recibos y registros de la bitácora",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument("--ventanillas", type=int, choices=range(1, MOST + 1), required=True, metavar="N")
    parser.add_argument("--segundos", type=int, choices=range(1, 3601), required=True, metavar="S")
    parser.add_argument(
        "--pausa",
        type=_seconds,
        default=0.0,
        metavar="S",
        help="segundos que tarda cada paso de una persona (0)",
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(command=_simular)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= _LONGEST_PAUSE:
        raise ValueError
    return value


def _simular(arguments: argparse.Namespace) -> int:
    from agencia_app.app import simulation_settings
    from agencia_app.services import hashing

    done = run(simulation_settings(), arguments.ventanillas, arguments.segundos, arguments.pausa)
    medidas, checked = done.medidas, asdict(done.invariantes)
    if arguments.json:
        values: dict[str, Any] = {
            "ventanillas": arguments.ventanillas,
            "segundos": arguments.segundos,
            "argon2": hashing.cheap_profile(),
            "emitidas": medidas.emitidas,
            "errores": medidas.errores.total(),
            "por_segundo": round(medidas.emitidas / done.segundos, 2),
        }
        values |= {f"p{each}_ms": medidas.percentil(each) for each in _PERCENTILES}
        print(json.dumps(values | {"invariantes": checked}, ensure_ascii=False))
    else:
        _tell(arguments.ventanillas, arguments.pausa, done)
    for code, times in medidas.errores.most_common():
        print(f"agencia: {times} × {code}", file=sys.stderr)
    return 0 if done.invariantes.todos else 1


def _tell(ventanillas: int, pausa: float, done: Simulacion) -> None:
    from agencia_app.models.domain.fechas import number
    from agencia_app.services import hashing

    medidas = done.medidas
    rate = f"{medidas.emitidas / done.segundos:.1f}".replace(".", ",")
    pace = f" · {pausa:g} s por paso" if pausa else ""
    print(
        f"{ventanillas} ventanillas durante {done.segundos:.0f} s{pace} · "
        f"resumen de claves {hashing.cheap_profile()}"
    )
    print(
        f"{number(medidas.emitidas)} claves emitidas, {rate} por segundo; {medidas.errores.total()} errores"
    )
    by_percent = {each: medidas.percentil(each) for each in _PERCENTILES}
    print(f"{'milisegundos':<16}" + "".join(f"{f'p{each}':>10}" for each in by_percent))
    for name, title in _TITLES.items():
        if name in medidas.pasos:
            figures = (f"{values[name]:.0f}" for values in by_percent.values())
            print(f"{title:<16}" + "".join(f"{figure:>10}" for figure in figures))
    for name, holds in asdict(done.invariantes).items():
        print(f"{'✓' if holds else '✗'} {_INVARIANTES[name]}{'' if holds else ': NO se cumple'}")


@dataclass(frozen=True, slots=True)
class Simulacion:
    """What a simulation measured, in how many seconds, and what held at its end."""

    medidas: Medidas
    segundos: float
    invariantes: Invariantes


def run(config: Settings, ventanillas: int, segundos: float, pausa: float = 0) -> Simulacion:
    """Attend with so many windows for so many seconds, and look at the whole database afterwards.

    Each window takes about ``pausa`` seconds before a step, as people do; without it a few cores are all
    that is measured.
    An agency that is not there yet is made. Raises KnownError ``simular.real`` over an agency
    that is no demonstration's, and what opening the services does.
    """
    from agencia_app.app import now
    from agencia_app.services import invariantes, simulacion

    services, config = _opened(config)
    with closing(services.database) as database:
        simulacion.check(services)
        simulacion.add_operators(database, ventanillas, now())
        people = simulacion.people(database)
        medidas, took = _attend(config, people, ventanillas, segundos, pausa)
        return Simulacion(medidas, took, invariantes.check(database))


def _opened(config: Settings) -> tuple[Services, Settings]:
    """Open the services of an agency, which is made where there is none."""
    from agencia_app.app import now, open_services
    from agencia_app.services import demostracion

    try:
        return open_services(config), config
    except KnownError as error:
        if error.code == "data.real":
            raise KnownError("simular.real") from error
        if error.code != "data.missing":
            raise
    config = demostracion.prepare(config, now)
    return open_services(config), config


def _attend(
    config: Settings, people: Iterator[str], ventanillas: int, segundos: float, pausa: float
) -> tuple[Medidas, float]:
    """Let so many windows attend for so long, and return what they measured and how long it took."""
    from agencia_app.services import simulacion

    context = _context()
    queue: Queue[str] = context.Queue(4 * ventanillas)
    begin = context.Event()
    medidas = simulacion.Medidas()
    windows: list[tuple[SpawnProcess, Connection]] = []
    try:
        for each in range(1, ventanillas + 1):
            mine, theirs = context.Pipe()
            window = context.Process(
                target=_window, args=(config, each, segundos, pausa, queue, begin, theirs), daemon=True
            )
            window.start()
            theirs.close()
            windows.append((window, mine))
            queue.put(next(people))
            if len(windows) >= _TOGETHER:  # all at once would wait for each other's connections
                _ready(windows[-_TOGETHER][1])
        for _, connection in windows[max(0, ventanillas - _TOGETHER + 1) :]:
            _ready(connection)
        begin.set()
        begun = time.monotonic()
        _feed(queue, people, begun + segundos)
        for _, connection in windows:
            _measured(connection, medidas)
        return medidas, time.monotonic() - begun
    finally:
        queue.cancel_join_thread()
        queue.close()
        for window, connection in windows:
            connection.close()
            window.terminate()
            window.join()


def _window(
    config: Settings,
    ventanilla: int,
    segundos: float,
    pausa: float,
    queue: Queue[str],
    begin: Event,
    parent: Connection,
) -> None:
    """Be one window: sign in, attend one person who is not measured, and then until the time is over."""
    from agencia_app.app import now, open_services
    from agencia_app.services import simulacion

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process ends it
    try:
        services = open_services(config)
        window = simulacion.Ventanilla(services, ventanilla, now, pausa)
    except KnownError as error:
        parent.send((error.code, error.data))
        return
    window.attend(queue.get())  # a window that has been open for a while knows its statements
    window.forget()
    parent.send(None)
    begin.wait()
    until = time.monotonic() + segundos
    while (left := until - time.monotonic()) > 0:
        with suppress(Empty):
            window.attend(queue.get(timeout=left))
    parent.send(window.medidas)
    services.database.close()


def _feed(queue: Queue[str], people: Iterator[str], until: float) -> None:
    """Keep people in the line until the time is over."""
    for cedula in people:
        while True:
            if time.monotonic() > until:
                return
            with suppress(Full):
                queue.put(cedula, timeout=_LOOK)
                break


def _ready(window: Connection) -> None:
    """Wait for a window to be ready. Raises the KnownError that it met instead."""
    trouble = window.recv()
    if trouble is not None:
        raise KnownError(trouble[0], **trouble[1])


def _measured(window: Connection, medidas: Medidas) -> None:
    """Take what a window measured; one that died is an error."""
    try:
        medidas.add(window.recv())
    except EOFError:
        medidas.errores["ventanilla"] += 1


def _context() -> Any:  # noqa: ANN401 - each kind has its own class
    """Return how processes are made: from one that has loaded the services already, where there is such."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LOADED))
    return context
