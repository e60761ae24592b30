"""A thermal printer on loopback: it reads ESC/POS as strictly as a printer, and fails on order.

``ThermalListener`` listens on a port and collects the papers that were printed and cut.
``EscPos`` is the machine behind it, which the tests of the layouts feed directly.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import segno
import zxingcpp
from barcode.charsets import code128 as charset
from PIL import Image, ImageOps

_PAGES = {0: "cp437", 2: "cp850", 3: "cp860", 16: "cp1252", 19: "cp858"}
_COLUMNS = {80: 48, 58: 32}
_FONT_DOTS = 12
_BYTES_AT_M = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450)
_MARGIN_DOTS = 40  # of the roll, where nothing prints: 5 mm on each side of the narrow one
_READY = 0x12


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    bold: bool
    width: int
    height: int
    inverse: bool


@dataclass(slots=True)
class Line:
    """A printed line."""

    align: str
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)

    @property
    def height(self) -> int:
        return max((span.height for span in self.spans), default=1)


@dataclass(slots=True)
class Printed:
    """What came out of the printer up to a cut."""

    lines: list[Line] = field(default_factory=list)
    barcodes: list[str] = field(default_factory=list)
    qrs: list[str] = field(default_factory=list)
    symbols: list[Callable[[], Image.Image]] = field(default_factory=list, repr=False)
    codepage: str = ""
    cut: bool = False

    @property
    def text(self) -> str:
        """All its text as one line."""
        return " ".join(" ".join(line.text for line in self.lines).split())

    def scanned(self) -> list[str]:
        """What a reader finds in the bars and squares, drawn dot by dot, from the top down."""
        return [
            code.text
            for draw in self.symbols
            for code in zxingcpp.read_barcodes(ImageOps.expand(draw(), _MARGIN_DOTS, fill=255))
        ]

    def drawn(self, columns: int) -> str:
        """Return it as monospaced text, for a person to look at."""
        rows = []
        for line in self.lines:
            text = "".join(" ".join(span.text) if span.width > 1 else span.text for span in line.spans)
            rows.append(text.center(columns).rstrip() if line.align == "center" else text)
        return "\n".join(rows)


def _code128(content: bytes) -> tuple[str, tuple[int, ...]]:
    """Return the digits of the data of a Code 128, and the values of its symbols."""
    values: list[int] = []
    digits = code_set = ""
    at = 0
    while at < len(content):
        if content[at] == ord("{"):
            code_set = chr(content[at + 1])
            values.append({"C": 99, "B": 100}[code_set] if values else {"C": 105, "B": 104}[code_set])
            at += 2
            continue
        digits += f"{content[at]:02d}" if code_set == "C" else chr(content[at])
        values.append(content[at] - 32 * (code_set == "B"))
        at += 1
    return digits, tuple(values)


def _bars(modules: str, dots: int, height: int) -> Image.Image:
    picture = Image.new("L", (len(modules), 1))
    picture.putdata([255 * (module == "0") for module in modules])
    return picture.resize((len(modules) * dots, height), Image.Resampling.NEAREST)


def _squares(text: str, dots: int) -> Image.Image:
    matrix = segno.make(text, mode="byte", error="m", micro=False, boost_error=False).matrix
    picture = Image.new("L", (len(matrix), len(matrix)))
    picture.putdata([255 * (not dark) for row in matrix for dark in row])
    return picture.resize((len(matrix) * dots, len(matrix) * dots), Image.Resampling.NEAREST)


class PrinterStreamError(AssertionError):
    """A command this printer does not know, or that it would print wrong."""


class EscPos:
    """A printer's mind. Feed it bytes in any pieces; it answers through ``reply``."""

    def __init__(self, reply: Callable[[bytes], None], ancho_mm: int = 80) -> None:
        self.papers: list[Printed] = []
        self.halted = False  # out of paper or open: it takes bytes and prints nothing
        self.cover_open = False
        self.no_paper = False
        self._reply = reply
        self._columns = _COLUMNS[ancho_mm]
        self._buffer = bytearray()
        self._seen = b""  # the end of what was looked through for real-time commands
        self._paper = Printed()
        self._reset()

    def _reset(self) -> None:
        self._page = ""
        self._kanji = True  # the worst of factory settings
        self._bold = self._inverse = False
        self._width = self._height = 1
        self._align = "left"
        self._bar = 3
        self._bar_height = 162
        self._qr = ""
        self._qr_module = 3
        self._spans: list[Span] = []

    @property
    def unfinished(self) -> bool:
        """Whether something was printed that no cut followed."""
        return bool(self._paper.lines or self._paper.barcodes or self._paper.qrs or self._spans)

    def feed(self, data: bytes) -> None:
        """Take bytes. Real-time commands are answered at once, even inside other data."""
        seen = self._seen + data
        for at in range(len(seen) - 2):
            if seen[at : at + 2] == b"\x10\x04" and at + 3 > len(self._seen):
                self._reply(bytes([self._status(seen[at + 2])]))
        self._seen = seen[-2:]
        self._buffer += data
        self.run()

    def run(self) -> None:
        """Carry out what can be carried out."""
        while self._buffer and not self.halted:
            used = self._command(bytes(self._buffer[:4096]))
            if not used:
                return
            del self._buffer[:used]

    def _status(self, which: int) -> int:
        trouble = self.cover_open or self.no_paper
        bits = {
            1: 0x08 * trouble,
            2: 0x04 * self.cover_open | 0x20 * self.no_paper,
            3: 0,
            4: 0x60 * self.no_paper,
        }
        return _READY | bits[which]

    def _command(self, data: bytes) -> int:
        """Carry out the command at the start and return its length; 0 while it is not all there."""
        if data[0] >= 0x20:
            return self._text(data)
        if data[0] == 0x0A:
            self._end_line()
            return 1
        if data[:2] == b"\x1d(":
            return self._two_dimensions(data)
        if data[:2] == b"\x1dk":
            return self._bars(data)
        if self._without_value(data[:2]):
            return 2
        if len(data) > 2:
            self._with_value(data[:2], data[2])
        return 3 if len(data) > 2 else 0

    def _text(self, data: bytes) -> int:
        end = next((at for at, byte in enumerate(data) if byte < 0x20), len(data))
        if max(data[:end]) >= 0x80 and (self._kanji or not self._page):
            raise PrinterStreamError(f"letters without a code page: {data[:end]!r}")
        text = data[:end].decode(self._page or "ascii")
        self._spans.append(Span(text, self._bold, self._width, self._height, self._inverse))
        if sum(len(span.text) * span.width for span in self._spans) > self._columns:
            raise PrinterStreamError(f"wider than the roll: {text!r}")
        return end

    def _end_line(self) -> None:
        self._paper.lines.append(Line(self._align, tuple(self._spans)))
        self._spans = []

    def _without_value(self, command: bytes) -> bool:
        if command == b"\x1b@":
            self._reset()
        elif command == b"\x1c.":
            self._kanji = False
        else:
            return False
        return True

    def _with_value(self, command: bytes, value: int) -> None:  # noqa: C901, PLR0912 - a table of commands
        match command:
            case b"\x1bt":
                self._page = self._paper.codepage = _PAGES[value]
            case b"\x1bE":
                self._bold = bool(value & 1)
            case b"\x1ba":
                if self._spans:
                    raise PrinterStreamError("alignment in mid line does nothing")
                self._align = ("left", "center", "right")[value]
            case b"\x1d!":
                self._width, self._height = (value >> 4) + 1, (value & 7) + 1
            case b"\x1dB":
                self._inverse = bool(value & 1)
            case b"\x1bd":
                self._paper.lines += [Line("left", ())] * value
            case b"\x1dw":
                self._bar = value
            case b"\x1dh":
                self._bar_height = value
            case b"\x1dV":
                self._paper.cut = True
                self.papers.append(self._paper)
                self._paper = Printed(codepage=self._page)
            case b"\x1dr":
                self._reply(b"\x00")
            case b"\x10\x04" | b"\x1da" | b"\x1dH":
                pass
            case _:
                raise PrinterStreamError(f"unknown command {command!r}")

    def _bars(self, data: bytes) -> int:
        if len(data) < 4 or len(data) < 4 + data[3]:
            return 0
        if data[2] != 73 or self._spans:
            raise PrinterStreamError("only Code 128, at the start of a line")
        digits, values = _code128(data[4 : 4 + data[3]])
        checked = (*values, (values[0] + sum(at * value for at, value in enumerate(values))) % 103)
        modules = "".join(charset.CODES[value] for value in checked) + charset.STOP + "11"
        self._fits(len(modules) * self._bar, digits)
        self._paper.barcodes.append(digits)
        self._paper.symbols.append(partial(_bars, modules, self._bar, self._bar_height))
        return 4 + data[3]

    def _two_dimensions(self, data: bytes) -> int:
        if len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5], "little"):
            return 0
        end = 5 + int.from_bytes(data[3:5], "little")
        if data[2:3] != b"k" or data[5:6] != b"1":
            raise PrinterStreamError(f"unknown function {data[:7]!r}")
        function, content = data[6], data[7:end]
        if function == 67:
            self._qr_module = content[0]
        elif function == 80:
            self._qr = content[1:].decode()
        elif function == 81:
            version = next(at for at, room in enumerate(_BYTES_AT_M, 1) if len(self._qr.encode()) <= room)
            self._fits((17 + 4 * version) * self._qr_module, self._qr)
            self._paper.qrs.append(self._qr)
            self._paper.symbols.append(partial(_squares, self._qr, self._qr_module))
        return end

    def _fits(self, dots: int, what: str) -> None:
        if dots > self._columns * _FONT_DOTS:
            raise PrinterStreamError(f"{what} takes {dots} dots: the printer would draw nothing")


class ThermalListener:
    """A thermal printer on a port of loopback, for one connection at a time.

    The faults are attributes: ``deaf`` swallows everything and answers nothing; ``endless``
    answers its status and never that it finished; ``drop_after`` closes the connection once
    after so many bytes; ``cover_open`` and ``no_paper`` say so and print nothing; ``runs_out_after``
    is after how many bytes of a connection the paper ends.
    """

    def __init__(self, ancho_mm: int = 80) -> None:
        self.papers: list[Printed] = []
        self.errors: list[PrinterStreamError] = []
        self.torn = 0  # connections that ended with something printed and not cut
        self.connections = 0
        self.deaf = False
        self.endless = False
        self.cover_open = False
        self.no_paper = False
        self.drop_after: int | None = None
        self.runs_out_after: int | None = None
        self._ancho_mm = ancho_mm
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def port(self) -> int:
        return self._port

    @property
    def address(self) -> str:
        """Its ``direccion`` in the settings."""
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, on the same port as before where there was one."""
        self._server = socket.socket()
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._server.bind(("127.0.0.1", self._port))
        self._server.listen()
        self._port = self._server.getsockname()[1]
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="thermal-listener")
        self._thread.start()

    def stop(self) -> None:
        """Be gone: the next connection is refused, and one under way is cut."""
        if self._thread is None:
            return
        self._wake.send(b"\0")
        self._thread.join()
        self._thread = None
        for each in (self._server, self._wake, self._woken):
            each.close()

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._server, self._woken], [], [])
            if self._woken in ready:
                return
            connection, _ = self._server.accept()
            self.connections += 1
            with connection:
                if not self._attend(connection):
                    return

    def _attend(self, connection: socket.socket) -> bool:
        """Serve a connection to its end. False when the printer was switched off meanwhile."""
        machine = EscPos(lambda answer: self._answer(connection, answer), self._ancho_mm)
        machine.papers = self.papers  # a paper is there before anybody is told that it is
        taken = 0
        try:
            while True:
                ready, _, _ = select.select([connection, self._woken], [], [])
                if self._woken in ready:
                    return False
                data = connection.recv(65536)
                if not data:
                    return True
                if self.deaf:
                    continue
                dropped = self.drop_after is not None and taken + len(data) > self.drop_after
                if dropped:
                    data, self.drop_after = data[: (self.drop_after or 0) - taken], None
                self._take(machine, data, taken)
                taken += len(data)
                if dropped:
                    return True
        except PrinterStreamError as error:
            self.errors.append(error)
            return True
        except OSError:  # the other side went away without a word
            return True
        finally:
            self.torn += machine.unfinished

    def _take(self, machine: EscPos, data: bytes, taken: int) -> None:
        machine.cover_open, machine.no_paper = self.cover_open, self.no_paper
        machine.halted = self.cover_open or self.no_paper
        if self.runs_out_after is not None and taken + len(data) > self.runs_out_after:
            machine.feed(data[: max(0, self.runs_out_after - taken)])
            data = data[max(0, self.runs_out_after - taken) :]
            machine.no_paper = machine.halted = self.no_paper = True
            self.runs_out_after = None
        machine.feed(data)

    def _answer(self, connection: socket.socket, answer: bytes) -> None:
        if not (self.endless and answer == b"\x00"):
            connection.sendall(answer)
