"""One more connection of a window to the server: it hears what happens elsewhere, and that the server is there.

It waits only as long as it says, so a server that is silent without being gone is noticed as well;
the driver itself would wait for good.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from agencia_app.models.db import engine_postgres
from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGresult

PATIENCE = 1.2  # seconds that a server that is well may take to answer this connection


class Link:
    """The connection. One thread waits on it; others may ask something meanwhile."""

    def __init__(self, address: str, name: str) -> None:
        """Prepare it; ``name`` is what the server's list of connections says of it."""
        url = make_url(address).set(drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        self._name = name
        self._connection: psycopg.Connection | None = None
        self._speaking = threading.Lock()
        self._bell: tuple[socket.socket, socket.socket] | None = None  # wakes who waits

    def open(self, channel: str = "") -> None:
        """Connect anew, and listen to a channel. Raises KnownError ``base.*``."""
        import psycopg  # noqa: PLC0415 - a window of its own never needs it

        self.drop()
        try:
            self._connection = psycopg.connect(
                self._address,
                autocommit=True,
                **engine_postgres.connect_args() | {"application_name": self._name},
            )
        except psycopg.OperationalError as error:
            raise KnownError(engine_postgres.code_of(error) or "base.away") from error
        if channel:
            self.ask(f"LISTEN {channel}")

    @property
    def is_open(self) -> bool:
        """Tell whether it is connected, as far as is known."""
        return self._connection is not None

    def ask(self, statement: str) -> list[tuple[str, ...]]:
        """Return the rows of a statement, as text.

        Raises KnownError ``base.away`` when the connection is broken, and with ``silent`` when there is
        no answer; that connection is of no more use then.
        """
        with self._speaking:
            connection = self._speaking_to()
            found = self._asked(connection, statement)
        return [
            tuple((found.get_value(row, column) or b"").decode() for column in range(found.nfields))
            for row in range(found.ntuples)
        ]

    def told(self, seconds: float) -> bool:
        """Wait so long at most, or until ``close``; return whether the channel said anything.

        Raises KnownError ``base.away`` when the connection is broken.
        """
        with self._speaking:
            handle = self._speaking_to().pgconn.socket
            if self._bell is None:
                self._bell = socket.socketpair()
            woken, _ = self._bell
            heard = self._heard()
        if heard:
            return True
        try:
            ready, _, _ = select.select((handle, woken.fileno()), (), (), seconds)
        except (OSError, ValueError) as error:  # closed meanwhile
            raise KnownError("base.away") from error
        if handle not in ready:
            return False
        with self._speaking:
            self._consume()
            return self._heard()

    def close(self) -> None:
        """End every wait, and the connection, for good."""
        with self._speaking:
            bell, self._bell = self._bell, None
        if bell is not None:
            for each in bell:
                each.shutdown(socket.SHUT_RDWR)
        self.drop()
        if bell is not None:
            for each in bell:
                each.close()

    def drop(self) -> None:
        """Break the connection, without a word to the server."""
        with self._speaking:
            if self._connection is not None:
                self._connection.pgconn.finish()
                self._connection = None

    def _speaking_to(self) -> psycopg.Connection:
        if self._connection is None:
            raise KnownError("base.away")
        return self._connection

    def _asked(self, connection: psycopg.Connection, statement: str) -> PGresult:
        import psycopg  # noqa: PLC0415 - see ``open``

        pgconn = connection.pgconn
        until = time.monotonic() + PATIENCE
        try:
            pgconn.send_query(statement.encode())
            pgconn.flush()
            results: list[PGresult] = []
            while True:
                while pgconn.is_busy():
                    left = until - time.monotonic()
                    if left <= 0 or not select.select((pgconn.socket,), (), (), left)[0]:
                        raise KnownError("base.away", silent=True)
                    pgconn.consume_input()
                result = pgconn.get_result()
                if result is None:
                    break
                results.append(result)
        except (psycopg.OperationalError, OSError, ValueError) as error:
            raise KnownError("base.away") from error
        if results[-1].status not in {psycopg.pq.ExecStatus.TUPLES_OK, psycopg.pq.ExecStatus.COMMAND_OK}:
            state = results[-1].error_field(psycopg.pq.DiagnosticField.SQLSTATE) or b"XX000"
            raise KnownError(engine_postgres.code_of_state(state.decode()) or "base.away")
        return results[-1]

    def _consume(self) -> None:
        import psycopg  # noqa: PLC0415 - see ``open``

        try:
            self._speaking_to().pgconn.consume_input()
        except psycopg.OperationalError as error:
            raise KnownError("base.away") from error

    def _heard(self) -> bool:
        pgconn = self._speaking_to().pgconn
        heard = False
        while pgconn.notifies() is not None:
            heard = True
        return heard
