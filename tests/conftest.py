"""Fixtures for every kind of test. Windows are offscreen, and a Qt warning is a failure."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.services.registry import Services
from tests.attended import attend_day
from tests.factories import Clock, SteadyClock, make_services
from tests.postgres_server import PostgresServer, server

TEMPLATE = "plantilla"  # the database that each test's is a copy of
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
def engine() -> str:
    """``sqlite`` or ``postgres``; those of tests/db run on both."""
    return "sqlite"


@pytest.fixture(scope="session")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration data folder with one person in the padrón, to be copied and not touched."""
    data = tmp_path_factory.mktemp("agencia") / "datos"
    make_services(data).database.close()
    return data


@pytest.fixture(scope="session")
def postgres_agency(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That agency on PostgreSQL: a folder beside a database that is copied for each test."""
    data = tmp_path_factory.mktemp("agencia") / "datos"
    make_services(data, base=postgres.create_database(TEMPLATE)).database.close()
    return data


@pytest.fixture
def place(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A data folder of the test's own with that agency in it, on the engine that the test runs on."""
    data = tmp_path / "datos"
    if engine == "sqlite":
        shutil.copytree(request.getfixturevalue("agency"), data)
        yield data
        return
    shutil.copytree(request.getfixturevalue("postgres_agency"), data)
    here: PostgresServer = request.getfixturevalue("postgres")
    name = f"prueba_{next(_NUMBERS)}"
    settings.write(replace(settings.load(data), base=here.create_database(name, TEMPLATE)))
    yield data
    here.drop_database(name)


@pytest.fixture
def steady() -> SteadyClock:
    return SteadyClock()


@pytest.fixture(scope="session")
def attended(agency: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That agency after a day with a trámite in each state of the supervisor's table; not to be touched."""
    data = tmp_path_factory.mktemp("jornada") / "datos"
    shutil.copytree(agency, data)
    attend_day(data)
    return data


@pytest.fixture
def services(place: Path, clock: Clock, steady: SteadyClock) -> Iterator[Services]:
    """The services of a fresh copy of that agency."""
    made = app.open_services(settings.load(place), clock, steady)
    yield made
    made.database.close()
