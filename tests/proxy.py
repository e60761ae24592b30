"""What lies between a window and its server: a relay on the loopback that can be cut, frozen, or told to lie.

One thread a connection. It knows nothing of what passes, but for the bytes it is told to look for.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum

COMMIT = b"COMMIT\0"  # as the simple query of the protocol has it
_SLICE = 0.05  # seconds between two looks at what it was told
_BYTES = 1 << 16


class _At(Enum):
    """Where the connection is broken that says what is looked for."""

    BEFORE = "the server never hears it"
    AFTER = "the server did it, and the answer is lost"


class Proxy:
    """A relay to a port of this machine. Made by ``proxy``."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._listening: socket.socket | None = None
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._guard = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self._wanted: tuple[bytes, _At] | None = None
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self.hit = threading.Event()  # what was looked for came by
        self._then: Callable[[], None] | None = None
        self.port = self._open(0)

    def address(self, direct: str) -> str:
        """Return a ``postgresql://`` address of the server's as it is through here."""
        return direct.replace(f":{self._server}/", f":{self.port}/")

    # -- what goes wrong -----------------------------------------------------------------

    def cut(self) -> None:
        """Break every connection, and take no other until ``mend``."""
        self._flows.set()
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        self._break_all()

    def mend(self) -> None:
        """Take connections again, at the same port."""
        if self._listening is None:
            self._open(self.port)

    def freeze(self) -> None:
        """Let nothing through any more, and break nothing: a server that says nothing."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let through what waited."""
        self._flows.set()

    def swallow(self, what: bytes = COMMIT) -> None:
        """Pass on the next ``what``, let the server answer, and break that connection instead of answering."""
        self.hit.clear()
        self._wanted = (what, _At.AFTER)

    def drop(self, what: bytes = COMMIT) -> None:
        """Break the connection that says the next ``what``, before the server hears of it."""
        self.hit.clear()
        self._wanted = (what, _At.BEFORE)

    def when_hit(self, then: Callable[[], None]) -> None:
        """Do something more the moment that what is looked for came by: cut everything, say."""
        self._then = then

    def close(self) -> None:
        """End it and its threads."""
        self._over.set()
        self.cut()
        for each in self._threads:
            each.join()

    # -- how it goes ---------------------------------------------------------------------

    def _open(self, port: int) -> int:
        listening = socket.create_server(("127.0.0.1", port))
        self._listening = listening
        self._start(self._accept, listening)
        found: int = listening.getsockname()[1]
        return found

    def _start(self, work: object, *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listening: socket.socket) -> None:
        listening.settimeout(_SLICE)
        while self._listening is listening and not self._over.is_set():
            with suppress(TimeoutError):
                try:
                    window, _ = listening.accept()
                except OSError as error:
                    if isinstance(error, TimeoutError):
                        raise
                    return  # cut
                try:
                    server = socket.create_connection(("127.0.0.1", self._server))
                except OSError:
                    window.close()  # there is no server
                    continue
                for each in (window, server):
                    each.setblocking(True)
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._guard:
                    self._pairs.add((window, server))
                if self._listening is not listening:
                    self._break_all()  # cut meanwhile
                self._start(self._relay, window, server)

    def _relay(self, window: socket.socket, server: socket.socket) -> None:
        try:
            while not self._over.is_set():
                if not self._flows.wait(_SLICE):
                    continue
                ready, _, _ = select.select((window, server), (), (), _SLICE)
                if not self._flows.is_set():
                    continue
                for each in ready:
                    data = each.recv(_BYTES)
                    if not data:
                        return
                    if each is server:
                        window.sendall(data)
                    elif not self._say(data, server):
                        return
        except (OSError, ValueError):
            pass  # broken, by either side or from here
        finally:
            with self._guard:
                self._pairs.discard((window, server))
            window.close()
            server.close()

    def _say(self, data: bytes, server: socket.socket) -> bool:
        """Pass on what a window says; return False where that breaks the connection."""
        wanted = self._wanted
        if wanted is None or wanted[0] not in data:
            server.sendall(data)
            return True
        self._wanted = None
        if wanted[1] is _At.AFTER:
            server.sendall(data)
            server.recv(_BYTES)  # the answer: it is done by now
        if self._then is not None:
            self._then()
            self._then = None
        self.hit.set()
        return False

    def _break_all(self) -> None:
        with self._guard:
            pairs = list(self._pairs)
        for pair in pairs:
            for each in pair:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    """Make a relay to a port of this machine, and end it."""
    made = Proxy(port)
    try:
        yield made
    finally:
        made.close()
