"""An agency of several machines on one PostgreSQL, each with its services, and what they are told."""

from __future__ import annotations

import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from agencia_app import app, settings
from agencia_app.models.db.session import Database
from agencia_app.services.enlace import Suceso
from agencia_app.services.llaves import Llaves
from agencia_app.services.registry import Services
from tests.factories import Clock, make_services
from tests.postgres_server import PostgresServer

WAIT = 20.0  # seconds; only what hangs ever waits so long
_NUMBERS = count()
_TEMPLATE = "plantilla_de_equipos"  # the database that each test's is a copy of, made once a server
_TEMPLATES: dict[int, Path] = {}  # the data folder beside it


@dataclass
class Machines:
    """Makes machines of one agency, and closes them."""

    server: PostgresServer
    template: Path
    folder: Path
    address: str
    made: list[Services] = field(default_factory=list)

    def make(self, equipo: str, clock: Clock | None = None, address: str | None = None) -> Services:
        """Open the services of a machine; ``address`` is how it reaches the server."""
        data = self.folder / f"{equipo}-{next(_NUMBERS)}"
        shutil.copytree(self.template, data)
        config = replace(settings.load(data), base=self.address, equipo=equipo)
        _join(config)
        config = replace(config, base=address or self.address)
        services = app.open_services(config, clock)
        self.made.append(services)
        return services


def _join(config: settings.Settings) -> None:
    """Give a machine its key, as joining does."""
    database = Database(config.place)
    with database.unit_of_work() as session:
        Llaves(database, config.data, Clock(), config.equipo).create(session)
        session.commit()
    database.close()


@contextmanager
def machines(server: PostgresServer, folder: Path) -> Iterator[Machines]:
    """Make an agency for some machines, and take it away."""
    if server.port not in _TEMPLATES:
        data = folder / "plantilla"
        make_services(data, base=server.create_database(_TEMPLATE)).database.close()
        _TEMPLATES[server.port] = data
    name = f"equipos_{next(_NUMBERS)}"
    made = Machines(server, _TEMPLATES[server.port], folder, server.create_database(name, _TEMPLATE))
    try:
        yield made
    finally:
        for each in made.made:
            each.database.close()
        server.drop_database(name)


class Told:
    """What a machine is told, by a thread of its own, and when."""

    def __init__(self, services: Services) -> None:
        assert services.enlace is not None
        self._enlace = services.enlace
        self._said: queue.SimpleQueue[tuple[float, Suceso]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._enlace.follow, args=(self._tell,), daemon=True)
        self._thread.start()

    def _tell(self, suceso: Suceso) -> None:
        self._said.put((time.monotonic(), suceso))

    def wait(self, wanted: Suceso) -> float:
        """Wait until something was told, and return when (monotonic seconds)."""
        until = time.monotonic() + WAIT
        while True:
            at, said = self._said.get(timeout=max(0.01, until - time.monotonic()))
            if said is wanted:
                return at

    def forget(self) -> list[Suceso]:
        """Return what was told and not waited for, and forget it."""
        said = []
        while not self._said.empty():
            said.append(self._said.get()[1])
        return said

    def close(self) -> None:
        self._enlace.close()
        self._thread.join(WAIT)
        assert not self._thread.is_alive()


@contextmanager
def told(services: Services) -> Iterator[Told]:
    """Listen to what a machine is told; what it is told at first is forgotten."""
    made = Told(services)
    made.wait(Suceso.AVISO)
    try:
        yield made
    finally:
        made.close()


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, "it never was"
        time.sleep(0.01)
