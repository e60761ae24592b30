"""Tells a screen when a request for a second person was made or answered, at this window or another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agencia_app.models.domain.autorizacion import Autorizacion
    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.autorizaciones import Autorizaciones
    from agencia_app.ui.live import Live
    from agencia_app.ui.tasks import Tasks

PERIOD_MS = 1000


class AutorizacionWatch(QObject):
    """Asks the database off the UI thread while it is on: every second, or when a server says so.

    ``changed`` comes once after each start, and whenever something is not what it was.
    """

    changed = Signal()

    def __init__(
        self,
        autorizaciones: Autorizaciones,
        tasks: Tasks,
        key: str,
        parent: QObject,
        live: Live | None = None,
    ) -> None:
        """Take what is watched; of the watches with one ``key`` the last answer counts.

        ``live`` tells when there is something to ask, where a server does.
        """
        super().__init__(parent)
        self._autorizaciones = autorizaciones
        self._tasks = tasks
        self._key = f"autorizacion.{key}"
        self._seen: int | None = None
        self._asked = False
        self._again = False  # something was done since it was asked
        self._on = False
        self._live = live
        self.timer = QTimer(self, interval=PERIOD_MS)
        self.timer.timeout.connect(self._ask)
        if live is not None:
            live.noticed.connect(self._noticed)

    def set_on(self, *, on: bool) -> None:
        """Watch, or no longer."""
        if on == self._on:
            return
        self._on = on
        if not on:
            self.timer.stop()
            return
        self._seen = None
        if self._live is None:
            self.timer.start()
        else:
            self._ask()

    def _noticed(self) -> None:
        if self._on:
            self._ask()

    def _ask(self) -> None:
        if self._asked:  # a database that takes its time is not asked twice
            self._again = self._live is not None
        else:
            self._asked, self._again = True, False
            self._tasks.latest(self._key, self._autorizaciones.version, self._told, self._failed)

    def _told(self, version: int) -> None:
        self._asked = False
        if self._on and version != self._seen:
            self._seen = version
            self.changed.emit()
        if self._on and self._again:
            self._ask()

    def _failed(self, error: Exception) -> None:
        self._asked = False
        if not isinstance(error, KnownError):  # one that a person can mend is asked again
            self.set_on(on=False)
            raise error


class PendingCount(QObject):
    """Counts what waits for a supervisor, while one is signed in. ``counted`` carries the number."""

    counted = Signal(int)

    def __init__(
        self,
        autorizaciones: Autorizaciones,
        tasks: Tasks,
        sesion: Sesion,
        parent: QObject,
        live: Live | None = None,
    ) -> None:
        super().__init__(parent)
        self._autorizaciones = autorizaciones
        self._tasks = tasks
        self._sesion = sesion
        self._watch = AutorizacionWatch(autorizaciones, tasks, "count", self, live)
        self._watch.changed.connect(self._count)
        self._watch.set_on(on=True)
        self._count()

    def stop(self) -> None:
        """Count no longer."""
        self._watch.set_on(on=False)
        self.deleteLater()

    def _count(self) -> None:
        autorizaciones, sesion = self._autorizaciones, self._sesion
        self._tasks.latest(
            "autorizacion.pending",
            lambda: len(grouped(autorizaciones.pending(sesion))),
            self._counted,
            self._failed,
        )

    def _counted(self, count: int) -> None:
        self.counted.emit(count)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error


def grouped(pending: Sequence[Autorizacion]) -> tuple[tuple[Autorizacion, ...], ...]:
    """Return requests with those together that were made together about one trámite."""
    groups: dict[tuple[object, ...], list[Autorizacion]] = {}
    for each in pending:
        groups.setdefault((each.tramite or each.id, each.pedida_por, each.pedida_en), []).append(each)
    return tuple(tuple(group) for group in groups.values())
