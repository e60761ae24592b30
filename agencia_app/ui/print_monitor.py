"""Brings print jobs to their printers while the window is open, and tells what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from agencia_app.models.domain.impresion import Impresion
    from agencia_app.services.dispatcher import Dispatcher
    from agencia_app.services.impresiones import Impresiones
    from agencia_app.ui.tasks import Tasks

_PAUSE_MS = 250  # between two rounds while a printer has work,
_LONGEST_MS = 2000  # and twice as long each time that nothing moved, up to this
_TROUBLE_MS = 5000  # after a round that failed: a database in use, a full disk


class PrintMonitor(QObject):
    """Works on the jobs on a thread of its own: as long as something is open, and when poked.

    ``changed`` carries what ``Impresiones.recent`` returns, whenever it is not what it was.
    """

    changed = Signal(object)  # tuple[Impresion, ...]

    def __init__(self, dispatcher: Dispatcher, impresiones: Impresiones, tasks: Tasks) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._impresiones = impresiones
        self._tasks = tasks
        self._running = False
        self._taken_up = False
        self._poked = False
        self._pause_ms = _PAUSE_MS
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._run)
        self.jobs: tuple[Impresion, ...] = ()

    def start(self) -> None:
        """Take up what a stopped application left, and begin."""
        self._run()

    def poke(self) -> None:
        """Go over the jobs now: something was queued, confirmed or chosen."""
        self._pause_ms = _PAUSE_MS
        if self._running:
            self._poked = True
        else:
            self._run()

    def _run(self) -> None:
        dispatcher, impresiones = self._dispatcher, self._impresiones
        self._running, self._poked = True, False
        self._pause.stop()

        def work() -> tuple[bool, bool, tuple[Impresion, ...]]:
            if not self._taken_up:  # as often as the database does not answer
                dispatcher.take_up()
                self._taken_up = True
            before = dispatcher.settled
            busy = dispatcher.work()
            return busy, dispatcher.settled > before, impresiones.recent()

        self._tasks.run(work, self._worked, self._failed)

    def _worked(self, result: tuple[bool, bool, tuple[Impresion, ...]]) -> None:
        self._running = False
        busy, moved, jobs = result
        if moved:
            self._pause_ms = _PAUSE_MS
        if jobs != self.jobs:
            self.jobs = jobs
            self.changed.emit(jobs)
        if self._poked or (busy and moved):
            self._run()
        elif busy:
            self._pause.start(self._pause_ms)
            self._pause_ms = min(2 * self._pause_ms, _LONGEST_MS)

    def _failed(self, error: Exception) -> None:
        self._running = False
        self._pause.start(_TROUBLE_MS)  # the papers are still there to print
        raise error
