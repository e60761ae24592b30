"""Nobody at the keyboard: a warning, and then the window locks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from agencia_app.services.steady import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QWindow

WARNING = 30  # seconds before the lock
_WORK = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.TouchBegin,
    QEvent.Type.Wheel,
}


class IdleWatch(QObject):
    """Watches the keys and the mouse of every window of the application, and takes none of them away.

    ``warned`` carries the seconds left, once a second; ``worked`` says that somebody is there after
    all; ``expired`` that nobody is. The clock is steady and goes on while the machine sleeps: what
    moves after a sleep longer than the limit is somebody else, perhaps.
    """

    warned = Signal(int)
    worked = Signal()
    expired = Signal()

    def __init__(self, parent: QObject, clock: Callable[[], float] | None = None) -> None:
        super().__init__(parent)
        self._clock = clock or seconds
        self._limit = 0.0
        self._last = 0.0
        self._running = False
        self._warning = False
        # A coarse timer comes early by up to a twentieth, and a second would be told twice.
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.check)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._watch)

    def start(self, limit: float) -> None:
        """Begin to watch; ``limit`` is how many seconds without work lock."""
        self._limit = limit
        self._last = self._clock()
        self._running = True
        self._warning = False
        self._watch(QGuiApplication.focusWindow())
        self.check()

    def stop(self) -> None:
        """Watch no more, until the next start."""
        self._running = self._warning = False
        self._timer.stop()

    def check(self) -> None:
        """Warn or expire if it is time, and look again when it may be."""
        if not self._running:
            return
        left = self._last + self._limit - self._clock()
        if left <= 0:
            self._running = False
            self.expired.emit()
            return
        before = left - min(WARNING, self._limit / 2)
        if before <= 0:
            self._warning = True
            self.warned.emit(math.ceil(left))
        # To the next whole second of the countdown, or to its beginning.
        wait = before if before > 0 else left - (math.ceil(left) - 1)
        self._timer.start(max(20, math.ceil(wait * 1000)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that somebody works; the event goes on to whom it is for."""
        if self._running and event.type() in _WORK:
            self._work()
        return super().eventFilter(watched, event)

    def _work(self) -> None:
        if self._clock() - self._last >= self._limit:  # the timer slept with the machine
            self.check()
            return
        self._last = self._clock()
        if self._warning:
            self._warning = False
            self.worked.emit()
            self.check()

    def _watch(self, window: QWindow | None) -> None:
        # Windows get the events of the system before any widget does; a dialog is a window of its own.
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)
