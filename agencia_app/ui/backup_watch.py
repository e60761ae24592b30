"""The day's backup, made at the first quiet moment of an open window."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.idle import IdleWatch
from agencia_app.ui.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from agencia_app.services.respaldos import Respaldo, Respaldos

LOG = logging.getLogger(__name__)

QUIET_SECONDS = 60  # without a key or the mouse, and nothing that runs
RETRY_SECONDS = 1800  # after one that could not be made: the doctor tells of its age meanwhile


class BackupWatch(QObject):
    """Makes the day's backup while nobody works at the window, on a thread of its own.

    ``made`` says that there is a new one. What keeps one from being made disturbs nobody who attends:
    it is logged, and tried again.
    """

    made = Signal(object)  # Respaldo

    def __init__(
        self,
        respaldos: Respaldos,
        busy: Callable[[], bool],
        parent: QObject,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Take the backups, what tells whether the window is at something, and a steady clock in seconds."""
        super().__init__(parent)
        self._respaldos = respaldos
        self._busy = busy
        self._tasks = Tasks(threads=1)
        self._tasks.failed.connect(parent.show_failure)  # type: ignore[attr-defined]
        self._stopped = threading.Event()
        self._idle = IdleWatch(self, clock)
        self._idle.expired.connect(self._quiet)

    def start(self) -> None:
        """Wait for a quiet moment."""
        self._idle.start(QUIET_SECONDS)

    def stop(self) -> None:
        """Give up what is half done, and wait until nothing of it is left."""
        self._stopped.set()
        self._idle.stop()
        self._tasks.close()

    def _quiet(self) -> None:
        if self._busy():
            self.start()
            return
        respaldos, stopped = self._respaldos, self._stopped
        self._tasks.run(lambda: respaldos.daily(stopped.is_set), self._done, self._failed)

    def _done(self, made: Respaldo | None) -> None:
        if made is not None:
            self.made.emit(made)
        self.start()

    def _failed(self, error: Exception) -> None:
        if self._stopped.is_set():
            return
        self._idle.start(RETRY_SECONDS)
        if not isinstance(error, KnownError):
            raise error
        LOG.warning("no backup", extra={"code": error.code})
