"""The screens are tested offscreen, in Spanish, with the real theme; a Qt warning is a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from agencia_app.ui.spanish import speak
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme

# Before the application is made: a developer's display must not change what is tested.
os.environ["QT_QPA_PLATFORM"] = "offscreen"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The offscreen platform says this of every window with a smallest size.
    harmless = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
    for item in items:
        item.add_marker(harmless)


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
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    made = Tasks()
    yield made
    made.close()
