"""Garbage is collected on the thread of the window alone.

Python collects on whichever thread happens to allocate: on a worker, that would destroy widgets
and other objects of Qt outside their thread, and end the process.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 100


class Collector(QObject):
    """Does by a timer what Python's own collector, which it turns off, does by itself.

    While somebody works only young objects are looked at, which takes a few milliseconds. All of
    them take as long as a keystroke is felt: that is for when nobody is signed in.
    """

    def __init__(self) -> None:
        super().__init__()
        self._young, self._middle, _ = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the young objects, if there are enough of them."""
        young, middle, _ = gc.get_count()
        if young > self._young:
            gc.collect(1 if middle > self._middle else 0)

    def collect_all(self) -> None:
        """Collect everything: nobody is waiting."""
        gc.collect()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()
