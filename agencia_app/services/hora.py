"""The hour of an agency of many windows: the server's, whatever a machine's own clock says.

It is asked for once a minute; in between, the machine's steady clock, which nobody sets, counts on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.services.steady import Steady, seconds

EVERY = 60.0  # seconds of the steady clock
TOLERANCE = timedelta(minutes=2)  # that a machine's own clock may be off before it says so

_ASK = "SELECT extract(epoch FROM clock_timestamp())::text"


def own() -> datetime:
    """Return the moment it is by this machine's own clock."""
    return datetime.now(UTC)


class Hora:
    """A clock (aware) that goes by the server's."""

    def __init__(
        self,
        database: Database,
        own_clock: Callable[[], datetime] = own,
        steady_seconds: Callable[[], float] = seconds,
    ) -> None:
        """Take the server's database, and the machine's clocks; it is asked with the first use."""
        self._database = database
        self._own = own_clock
        self._seconds = steady_seconds
        self._asking = threading.Lock()
        self._offset: float | None = None  # the server's epoch seconds less the steady clock's
        self._asked = 0.0

    def __call__(self) -> datetime:
        """Return the moment it is, in UTC. Raises KnownError ``base.*`` where it was never asked."""
        return datetime.fromtimestamp(self._epoch(), UTC)

    def glance(self) -> datetime:
        """Return the same without asking the server; by the machine's own clock until it was asked once."""
        offset = self._offset
        return self._own() if offset is None else datetime.fromtimestamp(offset + self._seconds(), UTC)

    def steady(self) -> Steady:
        """Return the same as a steady moment, which is one for all machines: a lock goes by it."""
        return Steady("servidor", self._epoch())

    def take(self, epoch: str, sent: float) -> None:
        """Take the server's answer (epoch seconds) to a question that was ``sent`` then."""
        now = self._seconds()
        # It was that late somewhere between the question and its answer.
        self._offset = float(epoch) - (sent + now) / 2
        self._asked = now

    def off_by(self) -> timedelta:
        """Return how far the machine's own clock goes before the server's."""
        return timedelta(seconds=round((self._own() - self()).total_seconds()))

    def _epoch(self) -> float:
        offset, now = self._offset, self._seconds()
        if offset is None or now - self._asked > EVERY:
            offset = self._ask(offset)
            now = self._seconds()
        return offset + now

    def _ask(self, known: float | None) -> float:
        if known is not None and not self._asking.acquire(blocking=False):
            return known  # another thread is at it
        if known is None:
            self._asking.acquire()
        try:
            sent = self._seconds()
            ((epoch,),) = self._database.rows(_ASK)
            self.take(epoch, sent)
        except KnownError:
            if known is None:
                raise
            self._asked = self._seconds()  # away: the steady clock goes on
        finally:
            self._asking.release()
        return self._offset if self._offset is not None else 0.0
