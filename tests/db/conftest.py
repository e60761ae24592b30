"""Every database test runs on both engines, but those marked ``sqlite``, which look into its file."""

from __future__ import annotations

import pytest

ENGINES = ("sqlite", "postgres")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" not in metafunc.fixturenames:
        return
    one = metafunc.definition.get_closest_marker("sqlite") is not None
    metafunc.parametrize("engine", ENGINES[:1] if one else ENGINES, indirect=False)
