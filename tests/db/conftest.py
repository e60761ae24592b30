"""Every database test runs on both engines, but those marked for one, ``sqlite`` or ``postgres``."""

from __future__ import annotations

import os

import pytest

from tests.postgres_server import PostgresServer

ENGINES = ("sqlite", "postgres")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        only = [each for each in ENGINES if metafunc.definition.get_closest_marker(each)]
        metafunc.parametrize("engine", only or ENGINES, scope="module")


@pytest.fixture
def programs(engine: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of the tests' own PostgreSQL on the PATH, as its packages put them."""
    if engine == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        monkeypatch.setenv("PATH", f"{server.bin}{os.pathsep}{os.environ['PATH']}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A mark on one of a test's cases is known only now.
    items[:] = [each for each in items if not _is_of_another(each)]


def _is_of_another(item: pytest.Item) -> bool:
    engine = (
        item.callspec.params.get("engine")
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else None
    )
    return engine is not None and any(
        each != engine and item.get_closest_marker(each) is not None for each in ENGINES
    )
