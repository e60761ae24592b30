"""ESC/POS thermal printers that no spooler serves: on the network, on USB or on a serial line.

A paper is finished when the printer says so: after the last cut comes GS r, which the printer
answers only once it has processed everything before it. Before the first byte of a paper its
real-time status (DLE EOT) is asked; a printer that does not answer that is taken as ready. One
that never answers GS r cannot say that it finished, and each paper ends as doubtful.

Source: Epson's ESC/POS reference, DLE EOT and GS r.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import DOUBTFUL, PaperKind
from agencia_app.services.printers.base import Answer, JobState, Paper
from agencia_app.services.printers.thermal_links import Link, NetworkLink, SerialLink, UsbLink
from agencia_app.settings import Termica

_LOG = logging.getLogger(__name__)
STATUS_SECONDS = 1.0  # a printer that answers DLE EOT does so at once, whatever it is doing
FINISH_SECONDS = 20.0  # for each copy; the longest takes about five

_PAPERS = frozenset({PaperKind.RECIBO, PaperKind.PENDIENTES, PaperKind.CORRECCION, PaperKind.PRUEBA})
_HANDLE = "directo"
_PORT = 9100
_BAUD = 9600

# GS a 0: no status of its own accord, which could be taken for the answer to GS r.
_QUIET = b"\x1da\x00"
_TELL_WHEN_DONE = b"\x1dr\x01"
# Bits that every answer has fixed, and their values: the two cannot be taken for each other.
_STATUS_FIXED, _STATUS_VALUE = 0x93, 0x12  # DLE EOT
_DONE_FIXED, _DONE_VALUE = 0xF0, 0x00  # GS r; its two reserved bits are nought too
_DONE_NO_PAPER = 0x0C
_OFFLINE = 0x08  # DLE EOT 1
_COVER_OPEN, _STOPPED_FOR_PAPER, _ERROR = 0x04, 0x20, 0x40  # DLE EOT 2
_PAPER_END = 0x60  # DLE EOT 4

Address = tuple[str, int] | tuple[int, int]
_LINKS: dict[str, Callable[..., Link]] = {"red": NetworkLink, "usb": UsbLink, "serie": SerialLink}
_REASONS = {
    errno.ECONNREFUSED: "rechazó la conexión",
    errno.ECONNRESET: "cortó la conexión",
    errno.EPIPE: "cortó la conexión",
    errno.ETIMEDOUT: "no respondió",
    errno.EHOSTUNREACH: "no se llega a ella por la red",
    errno.ENETUNREACH: "no se llega a ella por la red",
    errno.ENOENT: "no está conectada",
    errno.ENODEV: "no está conectada",
    errno.EACCES: "falta permiso para usarla",
    errno.EPERM: "falta permiso para usarla",
    errno.EBUSY: "la está usando otro programa",
    errno.EAGAIN: "la está usando otro programa",
}


@dataclass(frozen=True, slots=True)
class ThermalPrinter:
    """A thermal printer. It takes the papers that have a layout for a roll."""

    termica: Termica

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self.termica.nombre

    @property
    def tells(self) -> bool:
        """It answers once it has printed."""
        return True

    def takes(self, kind: PaperKind) -> bool:
        """Take the recibo, the hoja de pendientes, the ticket de corrección and the test page."""
        return kind in _PAPERS

    def check(self) -> None:
        """Raise KnownError ``printer.address``, ``.refused``, ``.offline`` or ``.no_paper``."""
        with self._connected() as link, self._nothing_sent():
            self._refuse_trouble(link)

    def open(self, paper: Paper, copies: int) -> str:
        """Return the handle, which tells nothing: these printers keep no list of jobs.

        Raises KnownError ``printer.wrong_paper`` for a paper without a layout.
        """
        _ = copies
        if paper.ticket is None:
            raise self._error("printer.wrong_paper")
        return _HANDLE

    def send(self, handle: str, paper: Paper, copies: int) -> Answer:
        """Print the copies and wait until the printer says that it finished.

        Raises KnownError ``printer.address``, ``.refused``, ``.offline`` or ``.no_paper`` when
        nothing was sent, ``printer.doubtful`` when it was and no answer came.
        """
        _ = handle
        if paper.ticket is None:
            raise self._error("printer.wrong_paper")
        commands = paper.ticket(self.termica.ancho_mm)
        with self._connected() as link:
            with self._nothing_sent():
                self._refuse_trouble(link)
            try:
                link.write(_QUIET + commands * copies + _TELL_WHEN_DONE)
                answer = _finished(link, FINISH_SECONDS * copies)
            except OSError as error:
                raise self._error(DOUBTFUL, "se cortó la conexión") from error
            if answer is None:
                raise self._error(DOUBTFUL, self._why_silent(link))
            if answer & _DONE_NO_PAPER == _DONE_NO_PAPER:
                raise self._error(DOUBTFUL, "se acabó el papel")
        _LOG.info("paper printed", extra={"paper": paper.kind.value, "printer": self.name})
        return Answer(JobState.DONE)

    def ask(self, handle: str) -> Answer:
        """Answer that nobody knows: the printer forgets a job with its connection."""
        _ = handle
        return Answer(JobState.UNKNOWN)

    def call_back(self, handle: str) -> bool:
        """Answer that it did not come out, as far as anybody knows: what was sent is sent."""
        _ = handle
        return False

    def forget(self, handle: str) -> None:
        """Do nothing: what was sent is on paper, and nothing is kept."""

    def _error(self, code: str, message: str = "") -> KnownError:
        return KnownError(code, printer=self.name, message=message)

    @contextmanager
    def _connected(self) -> Iterator[Link]:
        try:
            address = parse_address(self.termica.conexion, self.termica.direccion)
        except KnownError as error:
            # Not one that a printer that is switched on would mend: nobody waits for it.
            raise self._error("printer.address", str(error.data["message"])) from error
        with self._nothing_sent():
            link = _LINKS[self.termica.conexion](*address)
        try:
            yield link
        finally:
            with contextlib.suppress(OSError):
                link.close()

    @contextmanager
    def _nothing_sent(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._error("printer.refused", _reason(error)) from error

    def _refuse_trouble(self, link: Link) -> None:
        trouble = _trouble(link)
        if trouble:
            raise self._error(*trouble)

    def _why_silent(self, link: Link) -> str:
        """Return the words for a job without an answer: the printer may still tell what ails it."""
        with contextlib.suppress(OSError):
            trouble = _trouble(link)
            if trouble:
                return trouble[1]
        return "no confirmó que terminó"


def parse_address(conexion: str, direccion: str) -> Address:
    """Return (host, port), (vendor, product) or (device, baud rate).

    ``red`` is host:port, 9100 where it says none; ``usb`` vendor:product in hexadecimal;
    ``serie`` device:baud rate, 9600 where it says none. Raises KnownError ``printer.address``,
    whose ``message`` says in Spanish what was expected.
    """
    text = direccion.strip() if direccion.isprintable() else ""
    if conexion == "usb":
        usb = re.fullmatch(r"(?:0x)?([0-9a-f]{4}):(?:0x)?([0-9a-f]{4})", text, re.ASCII | re.IGNORECASE)
        if usb:
            return int(usb[1], 16), int(usb[2], 16)
        wanted = "fabricante:producto, cuatro cifras hexadecimales cada uno, como 04b8:0e15"
    elif conexion == "serie":
        serie = re.fullmatch(r"([^\s:]+)(?::(\d{3,6}))?", text, re.ASCII)
        if serie:
            return serie[1], int(serie[2] or _BAUD)
        wanted = "dispositivo:velocidad, como /dev/ttyUSB0:9600 o COM3:9600"
    elif conexion == "red":
        # An IPv6 address has colons of its own and stands in brackets.
        red = re.fullmatch(
            r"(?:\[([0-9a-f:.]+)\]|([^\s:\[\]]+))(?::(\d{1,5}))?", text, re.ASCII | re.IGNORECASE
        )
        if red and 0 < int(red[3] or _PORT) <= 65535:  # noqa: PLR2004 - the last port
            return red[1] or red[2], int(red[3] or _PORT)
        wanted = "equipo:puerto, como 192.168.1.50:9100"
    else:
        wanted = "una conexión de red, usb o serie"
    raise KnownError("printer.address", printer=direccion, message=f"«{direccion}»: se espera {wanted}")


def _trouble(link: Link) -> tuple[str, str] | None:
    """Return the code and words of what keeps it from printing; None when ready or silent."""
    answers = []
    for status in (1, 2, 4):
        link.write(b"\x10\x04%c" % status)
        answer = _answer(link, _STATUS_FIXED, _STATUS_VALUE, STATUS_SECONDS)
        if answer is None:
            break
        answers.append(answer)
    state, cause, paper = [*answers, 0, 0, 0][:3]
    # The cover first: opened to change the roll, it finds no paper either.
    if cause & _COVER_OPEN:
        return "printer.offline", "la tapa está abierta"
    if cause & _STOPPED_FOR_PAPER or paper & _PAPER_END == _PAPER_END:
        return "printer.no_paper", "se acabó el papel"
    if cause & _ERROR:
        return "printer.offline", "la impresora avisa de una falla"
    if state & _OFFLINE:
        return "printer.offline", "está fuera de línea"
    return None


def _answer(link: Link, fixed: int, value: int, seconds: float) -> int | None:
    """Return the first byte whose fixed bits are right; None when none came in time."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        for byte in link.read(left):
            if byte & fixed == value:
                return byte
    return None


def _finished(link: Link, seconds: float) -> int | None:
    """Return the answer to ``GS r``; None when none came in time, or what came is no printer's.

    Something else that listens at that address, a web server say, must not pass for a printer
    that finished. A late answer to the status request is let by.
    """
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        for byte in link.read(left):
            if byte & _DONE_FIXED == _DONE_VALUE:
                return byte
            if byte & _STATUS_FIXED != _STATUS_VALUE:
                return None
    return None


def _reason(error: OSError) -> str:
    """Return in words why nothing could be sent."""
    if isinstance(error, TimeoutError):
        return "no respondió"
    if isinstance(error, socket.gaierror):
        return "no se encontró ese equipo en la red"
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
