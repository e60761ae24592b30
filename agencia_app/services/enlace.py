"""A window's tie (*enlace*) to the server of an agency of many: what happens elsewhere, and whether it is there.

The server tells each window that something was recorded (``NOTIFY``, by a trigger of the bitácora);
several times a second it is asked the hour, and one that does not answer is gone. The same connection
holds the ventanilla: it is free again the moment that its machine, or the way to it, dies.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum, auto

from agencia_app.models.db.link import Link
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.services.hora import TOLERANCE, Hora
from agencia_app.services.steady import seconds

CHANNEL = "agencia"  # as the trigger has it
PULSE = 0.5  # seconds between two questions
_AGAIN = 0.5  # seconds before the next try to connect
_ENOUGH = 8.0  # seconds of silence after which nobody waits for an answer any more
_VENTANILLA = 0x76_65_6E_74  # of the advisory locks, those of ventanillas
_TRIES = 4  # to take a ventanilla from a connection of this machine's that is dying

_PULSE = "SELECT extract(epoch FROM clock_timestamp())::text"
_TAKE = f"SELECT pg_try_advisory_lock({_VENTANILLA}, {{}})"
_FREE = f"SELECT pg_advisory_unlock({_VENTANILLA}, {{}})"
_HOLDER = f"""
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = {_VENTANILLA} AND objid = {{}} AND objsubid = 2 AND granted
"""  # noqa: S608 - of numbers alone


class Suceso(Enum):
    """What a window is told."""

    AVISO = auto()  # something was recorded, here or elsewhere; or may have been, unheard
    PERDIDA = auto()  # the server does not answer
    RECUPERADA = auto()
    HORA = auto()  # the machine's own clock is off, or no longer: see ``desfase``
    OCUPADA = auto()  # the ventanilla was taken by another machine while the server was away


class Enlace:
    """The tie of one window. ``follow`` runs on a thread of its own for as long as the window is open."""

    def __init__(self, database: Database, address: str, equipo: str, hora: Hora) -> None:
        """Take the database, its address, this machine's name, and the clock to keep right."""
        self._database = database
        self.equipo = equipo
        self._hora = hora
        self._link = Link(address, equipo)
        self._held: Counter[int] = Counter()  # ventanillas, and how many sign-ins of this window are at each
        self._locked: set[int] = set()  # of those, what the present connection has
        self._holding = threading.Lock()  # whoever connects, or takes a ventanilla
        self._over = threading.Event()
        database.also_close(self.close)
        self.desfase: timedelta | None = None  # how far the own clock goes before the server's, where too far

    def hour(self) -> datetime:
        """Return the moment it is (aware) by the last that the server said: nothing is asked, or waited for."""
        return self._hora.glance()

    # -- what is told --------------------------------------------------------------------

    def follow(self, tell: Callable[[Suceso], None]) -> None:
        """Tell what happens until ``close``. A bug alone is raised."""
        lost: float | None = None  # since when
        while not self._over.is_set():
            try:
                self._tie()
                if lost is not None:
                    lost = None
                    tell(Suceso.RECUPERADA)
                tell(Suceso.AVISO)  # what was said meanwhile was said to nobody
                self._listen(tell)
            except KnownError as error:
                if self._over.is_set() or (lost is None and self._tied_again(error)):
                    continue
                if lost is None:
                    lost = time.monotonic()
                    tell(Suceso.PERDIDA)
                elif time.monotonic() - lost > _ENOUGH:
                    self._database.break_off()
                self._over.wait(_AGAIN)

    def close(self) -> None:
        """End ``follow``, and free the ventanilla."""
        self._over.set()
        self._link.close()

    def _tie(self) -> None:
        with self._holding:
            if not self._link.is_open:
                self._open()

    def _open(self) -> None:
        self._locked.clear()
        self._link.open(CHANNEL)

    def _tied_again(self, error: KnownError) -> bool:
        """Tell whether only this connection broke: then there is nothing to say."""
        with self._holding:
            self._link.drop()
            if error.data.get("silent"):
                return False
            try:
                self._open()
            except KnownError:
                return False
        return True

    def _listen(self, tell: Callable[[Suceso], None]) -> None:
        self._hold_again(tell)
        while not self._over.is_set():
            sent = seconds()
            ((epoch,),) = self._link.ask(_PULSE)
            self._hora.take(epoch, sent)
            self._look_at_clock(tell)
            until = time.monotonic() + PULSE
            while (left := until - time.monotonic()) > 0 and not self._over.is_set():
                if self._link.told(left):
                    tell(Suceso.AVISO)

    def _look_at_clock(self, tell: Callable[[Suceso], None]) -> None:
        off = self._hora.off_by()
        found = off if abs(off) > TOLERANCE else None
        if (found is None) != (self.desfase is None):
            self.desfase = found
            tell(Suceso.HORA)

    # -- the ventanilla ------------------------------------------------------------------

    def take(self, ventanilla: int) -> str | None:
        """Hold a ventanilla for this machine; return the name of the one that holds it already, or None.

        Each ``take`` is undone by one ``free``. Raises KnownError ``base.*``.
        """
        with self._holding:
            if not self._held[ventanilla]:
                holder = self._try(ventanilla)
                if holder is not None:
                    return holder
            self._held[ventanilla] += 1
        return None

    def free(self, ventanilla: int) -> None:
        """Give a ventanilla up; where the server is away, it has done so itself."""
        with self._holding:
            if self._held[ventanilla]:
                self._held[ventanilla] -= 1
            if not self._held[ventanilla]:
                del self._held[ventanilla]
                self._locked.discard(ventanilla)
                with suppress(KnownError):
                    self._link.ask(_FREE.format(ventanilla))

    def _try(self, ventanilla: int) -> str | None:
        """Take a ventanilla's lock; return who has it, where that is another machine."""
        if not self._link.is_open:
            self._open()
        holder = ""
        for _ in range(_TRIES):
            ((got,),) = self._link.ask(_TAKE.format(ventanilla))
            if got == "t":
                self._locked.add(ventanilla)
                return None
            found = self._link.ask(_HOLDER.format(ventanilla))
            holder = found[0][0] if found else holder
            if holder not in {"", self.equipo}:
                return holder
            self._over.wait(_AGAIN)  # of this machine's own: the server has not yet seen that it broke
        return holder or self.equipo

    def _hold_again(self, tell: Callable[[Suceso], None]) -> None:
        with self._holding:
            lost = [each for each in self._held if each not in self._locked and self._try(each) is not None]
            for each in lost:
                del self._held[each]
        if lost:
            tell(Suceso.OCUPADA)
