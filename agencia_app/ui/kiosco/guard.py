"""What keeps a kiosk a kiosk: it sees every key and touch, and counts the seconds that nobody does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from agencia_app.models.domain.kiosco import MEMORY
from agencia_app.services.steady import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QApplication

LIMIT = 30  # seconds of nothing after which it is back at the start
WARNING = 10  # of them, those that are counted aloud
VISIT = MEMORY.total_seconds()  # that one visit may last, whatever is typed: its answer is good no longer
_WORK = {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.Wheel}


class Guard(QObject):
    """Counts while ``watching``. ``counted`` carries the seconds left, 0 when somebody is there after all."""

    counted = Signal(int)
    expired = Signal()

    def __init__(self, app: QApplication, clock: Callable[[], float] | None = None) -> None:
        super().__init__()
        self._app = app
        self._clock = clock or seconds
        self._last = self._arrived = self._clock()
        self._warned = False
        self.watching = True
        self._timer = QTimer(self, interval=1000, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        app.installEventFilter(self)

    def arrive(self) -> None:
        """Count a visit from now on."""
        self._arrived = self._clock()

    def begin(self) -> None:
        """Count from now on."""
        self._last = self._clock()
        if self._warned:
            self._warned = False
            self.counted.emit(0)

    def look(self) -> None:
        """Count, or say that it is over."""
        now = self._clock()
        if not self.watching:
            self._last = now
            return
        left = LIMIT - (now - self._last)
        if left <= 0 or now - self._arrived >= VISIT:
            self.begin()
            self.expired.emit()
        elif left <= WARNING:
            self._warned = True
            self.counted.emit(max(1, round(left)))

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()
        self._app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that somebody is there, which a key that is held does not tell; refuse a long press's menus."""
        kind = event.type()
        held = isinstance(event, QKeyEvent) and event.isAutoRepeat()
        if kind in _WORK and not held:
            self.begin()
        return kind == QEvent.Type.ContextMenu or super().eventFilter(watched, event)
