"""The screens are tested in Spanish, with the real theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from agencia_app.ui.spanish import speak
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Theme:
    speak(qapp)
    return Theme(qapp)


@pytest.fixture
def theme(dressed: Theme) -> Iterator[Theme]:
    """The theme at 100 %, light; whatever a test changes is changed back."""
    dressed.set_scheme("light")
    dressed.set_zoom(1.0)
    yield dressed
    dressed.set_scheme("light")
    dressed.set_zoom(1.0)


@pytest.fixture
def tasks(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[Tasks]:
    if "services" in request.fixturenames:
        request.getfixturevalue("services")  # made before and so closed after what still reads them
    made = Tasks()
    yield made
    made.close()
    delete(made)  # in this thread, not in one of the next test's that happens to collect it
