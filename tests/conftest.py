"""Fixtures for every kind of test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agencia_app.services.registry import Services
from tests.factories import Clock, make_services


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(tmp_path: Path, clock: Clock) -> Iterator[Services]:
    """The services of a demonstration folder with one person in the padrón."""
    made = make_services(tmp_path / "datos", clock)
    yield made
    made.database.close()
