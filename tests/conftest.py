"""Fixtures for every kind of test. Windows are offscreen, and a Qt warning is a failure."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.services.registry import Services
from tests.attended import attend_day
from tests.factories import Clock, SteadyClock, make_services
from tests.machines import Machines, machines
from tests.postgres_server import PostgresServer, server
from tests.proxy import Proxy, proxy

_NUMBERS = count()
MUCH_GARBAGE = 20_000  # objects

# Before the application is made: a developer's display must not change what is tested.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
# Nor must a test write into their keyring.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The offscreen platform says this of every window with a smallest size.
    harmless = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
    for item in items:
        item.add_marker(harmless)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail in CI what a poorer machine may skip: there it would hide a missing part."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
    return report


@pytest.fixture(autouse=True)
def collected_here() -> Iterator[None]:
    """Collect garbage between tests: on a worker thread it would destroy what is Qt's."""
    gc.disable()
    yield
    if gc.get_count()[0] > MUCH_GARBAGE:
        gc.collect()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own."""
    with server() as made:
        yield made


@pytest.fixture
def several(postgres: PostgresServer, tmp_path: Path) -> Iterator[Machines]:
    """Machines of one agency on that server."""
    with machines(postgres, tmp_path) as made:
        yield made


@pytest.fixture
def between(several: Machines) -> Iterator[Proxy]:
    """What a machine may reach the server through, to be cut."""
    with proxy(several.server.port) as made:
        yield made


@pytest.fixture(scope="session")
def engine() -> str:
    """``sqlite`` or ``postgres``; those of tests/db run on both."""
    return "sqlite"


class Places:
    """Data folders of agencies, each with a database of its own."""

    def __init__(self, factory: pytest.TempPathFactory, server: Callable[[], PostgresServer]) -> None:
        self._factory = factory
        self._server = server

    def new(self, engine: str) -> settings.Settings:
        """Return the settings of a data folder with nothing in it, and an empty database where a server has it."""
        data = self._factory.mktemp("agencia") / "datos"
        base = "" if engine == "sqlite" else self._server().create_database(f"prueba_{next(_NUMBERS)}")
        return settings.Settings(data, base=base)

    def copy(self, place: Path, data: Path | None = None) -> Path:
        """Return a copy of a data folder that nobody has open."""
        data = data or self._factory.mktemp("agencia") / "datos"
        shutil.copytree(place, data)
        config = settings.load(data)
        if config.base:
            base = self._server().copy_database(config.base, f"prueba_{next(_NUMBERS)}")
            settings.write(replace(config, base=base))
        return data

    def drop(self, data: Path) -> None:
        """Take away the database of a data folder, where a server has it."""
        config = settings.load(data)
        if config.base:
            self._server().drop_database(database_of(config))


def database_of(config: settings.Settings) -> str:
    """Return the name of the database that a server has for a data folder."""
    return config.base.rpartition("/")[2]


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Places:
    return Places(tmp_path_factory, lambda: request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def agencies(places: Places) -> Callable[[str], Path]:
    """An agency on each engine, to be copied and not touched: a demonstration with one person in the padrón."""
    made: dict[str, Path] = {}

    def agency_on(engine: str) -> Path:
        if engine not in made:
            config = places.new(engine)
            make_services(config.data, base=config.base).database.close()
            made[engine] = config.data
        return made[engine]

    return agency_on


@pytest.fixture(scope="session")
def agency(agencies: Callable[[str], Path]) -> Path:
    """That agency with its embedded database."""
    return agencies("sqlite")


@pytest.fixture
def place(engine: str, agencies: Callable[[str], Path], places: Places, tmp_path: Path) -> Iterator[Path]:
    """A data folder of the test's own with that agency in it, on the engine that the test runs on."""
    yield places.copy(agencies(engine), tmp_path / "datos")
    places.drop(tmp_path / "datos")


@pytest.fixture
def steady() -> SteadyClock:
    return SteadyClock()


@pytest.fixture(scope="session")
def attendeds(places: Places, agencies: Callable[[str], Path]) -> Callable[[str], Path]:
    """That agency after a day with a trámite in each state of the supervisor's table; not to be touched."""
    made: dict[str, Path] = {}

    def attended_on(engine: str) -> Path:
        if engine not in made:
            made[engine] = places.copy(agencies(engine))
            attend_day(made[engine])
        return made[engine]

    return attended_on


@pytest.fixture(scope="session")
def attended(attendeds: Callable[[str], Path]) -> Path:
    """That day with its embedded database."""
    return attendeds("sqlite")


@pytest.fixture
def services(place: Path, clock: Clock, steady: SteadyClock) -> Iterator[Services]:
    """The services of a fresh copy of that agency."""
    made = app.open_services(settings.load(place), clock, steady)
    yield made
    made.database.close()
