"""Garbage is collected on the thread of the window alone.

Python collects on whichever thread happens to allocate: on a worker, that would destroy widgets
and other objects of Qt outside their thread, and end the process.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500


class Collector(QObject):
    """Does by a timer what Python's own collector, which it turns off, does by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._limits = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation that is due, and the younger ones with it."""
        due = [limit and count > limit for count, limit in zip(gc.get_count(), self._limits, strict=True)]
        for generation in reversed(range(len(due))):
            if due[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()
