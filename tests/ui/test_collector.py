"""Garbage of Qt's is destroyed on the window's thread, whichever thread made it."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from agencia_app.ui.collector import Collector
from agencia_app.ui.tasks import Tasks


class Cycle:
    """Something of Qt's in a circle that only the collector breaks."""

    def __init__(self) -> None:
        self.itself = self
        self.of_qt = QObject()


def litter() -> list[list[int]]:
    """Allocate so much that Python's own collector would run several times."""
    return [[index] for index in range(20_000)]


def test_a_worker_that_allocates_destroys_nothing(qtbot: QtBot, tasks: Tasks) -> None:
    gc.enable()
    collector = Collector()
    freed: list[int] = []
    weakref.finalize(Cycle(), lambda: freed.append(threading.get_ident()))
    done: list[list[list[int]]] = []
    for _ in range(5):
        tasks.run(litter, done.append)
    qtbot.waitUntil(lambda: len(done) == 5)
    qtbot.waitUntil(lambda: bool(freed))
    collector.stop()
    collector.deleteLater()
    assert freed == [threading.get_ident()]
    assert gc.isenabled()
