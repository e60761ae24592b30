"""Working on the print jobs while a window is open."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.errors import KnownError
from agencia_app.services.registry import Services
from agencia_app.ui.print_monitor import PrintMonitor
from agencia_app.ui.tasks import Tasks


def test_what_was_left_is_taken_up_once_the_database_answers(
    qtbot: QtBot, services: Services, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def take_up() -> None:
        done.append("take up")
        if len(done) == 1:
            raise KnownError("base.away")

    monkeypatch.setattr(services.dispatcher, "take_up", take_up)
    monitor = PrintMonitor(services.dispatcher, services.impresiones, tasks)
    with qtbot.waitSignal(tasks.failed):
        monitor.start()
    for _ in range(2):
        with qtbot.waitSignal(tasks.idle):
            monitor.poke()
    assert done == ["take up", "take up"]
