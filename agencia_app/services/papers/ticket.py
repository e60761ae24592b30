"""What every thermal paper shares: a roll written line by line in ESC/POS.

Widths are columns of the printer's font A (12 dots) and dots of 1/8 mm. The same content gives
the same bytes. Sources: Epson's ESC/POS reference and, for widths and code pages, the printer
table of python-escpos.
"""

from __future__ import annotations

import textwrap
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

from agencia_app.models.domain.numero import shown
from agencia_app.services.papers.common import DUPLICADO, SIN_VALIDEZ
from agencia_app.services.printers import escpos_library

# Of the pages with every Spanish letter in both cases, the one that most printers have, always
# under the same number.
CODE_PAGE = "CP850"
_DOTS = {80: 576, 58: 384}
_FONT = 12
_BAR = 4  # dots of the narrowest bar where there is room: 0.5 mm, as on the other papers
_QUIET = 8  # modules around a QR, both sides together; the paper is wider than what prints
_QR_MODULE = 6
_LEVEL_M = 1  # QR_ECLEVEL_M: 15 % of the symbol may be spoiled
# Bytes that versions 1 to 20 hold at level M (ISO/IEC 18004, table 7).
_QR_BYTES = (
    14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
)  # fmt: skip
_NO_KANJI = b"\x1c."  # FS .: printers of the Chinese market begin with double-byte characters
_NO_DIGITS_UNDER = b"\x1dH\x00"  # GS H 0
_CODE128 = b"\x1dkI"  # GS k 73

# What the code page lacks, by what stands for it. Letters with an accent of another language
# lose the accent alone; these have none to lose.
_INSTEAD = str.maketrans(
    {
        **dict(zip("ĐđĦħıĸŁłŊŋŦŧ", "DdHhikLlNnTt", strict=True)),
        "Œ": "OE",
        "œ": "oe",
        "•": "*",
        "…": "...",
        "€": "EUR",
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_UNKNOWN = "■"


@dataclass(frozen=True, slots=True)
class _Style:
    bold: bool = False
    width: int = 1
    height: int = 1
    align: str = "left"
    inverse: bool = False


def plain(text: str) -> str:
    """Return a text as the code page can write it, on one line and letter for letter."""
    spaced = unicodedata.normalize("NFC", " ".join(text.split())).translate(_INSTEAD)
    return "".join(map(_nearest, spaced))


def _nearest(char: str) -> str:
    kind = unicodedata.category(char)
    if kind.startswith(("C", "M")):  # a command to the printer, or an accent that found no letter
        return ""
    if _printable(char):
        return char
    base = "".join(filter(_printable, unicodedata.normalize("NFKD", char)))
    return base or _UNKNOWN


def _printable(char: str) -> bool:
    try:
        char.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return False
    return True


def wrap(text: str, columns: int, *, first: str = "", rest: str = "") -> list[str]:
    """Return the lines a text takes, each after its indent; a word wider than a line is cut."""
    return textwrap.wrap(
        plain(text),
        columns,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )


class Ticket:
    """A thermal paper being written, from the top down to its cut."""

    def __init__(self, ancho_mm: int, *, demostracion: bool = False, ejemplar: int = 0) -> None:
        """Begin it: 80 or 58 mm wide, with its marks for a demonstration and a duplicate."""
        self._dots = _DOTS[ancho_mm]
        self.columns = self._dots // _FONT
        self._demostracion = demostracion
        self._ejemplar = ejemplar
        self._printer = escpos_library.load().Dummy()
        self._style = _Style()
        # Whatever an earlier job left behind is undone first.
        self._printer.hw("INIT")
        self._raw(_NO_KANJI)
        self._printer.charcode(CODE_PAGE)
        self._marks()

    def _marks(self) -> None:
        if self._demostracion:
            self.title(SIN_VALIDEZ, inverse=True)
        if self._ejemplar:
            self.title(f"{DUPLICADO} {self._ejemplar}", inverse=True)

    def header(self, agencia: str, heading: str) -> None:
        """Write the agency over the paper's heading, and a rule under both."""
        self.text(agencia, align="center")
        self.title(heading)
        self.rule()

    def title(self, text: str, *, align: str = "center", inverse: bool = False) -> None:
        """Write large and bold: double width where it fits on a line, double height always."""
        words = f" {plain(text)} " if inverse else plain(text)
        width = 2 if 2 * len(words) <= self.columns else 1
        style = _Style(bold=True, width=width, height=2, align=align, inverse=inverse)
        for line in [words] if len(words) * width <= self.columns else wrap(text, self.columns):
            self._line(line, style)

    def text(self, text: str, *, bold: bool = False, tall: bool = False, align: str = "left") -> None:
        """Write a paragraph."""
        style = _Style(bold=bold, height=1 + tall, align=align)
        for line in wrap(text, self.columns):
            self._line(line, style)

    def item(self, text: str, *, mark: str = "-", bold: bool = False, tall: bool = False) -> None:
        """Write one item of a list, its mark hanging at the left; an empty mark only indents."""
        indent = "   " if mark != "-" else "  "
        style = _Style(bold=bold, height=1 + tall)
        for line in wrap(text, self.columns, first=f"{mark} ".ljust(len(indent)), rest=indent):
            self._line(line, style)

    def field(self, label: str, value: str) -> None:
        """Write a label, and its value in bold beside it."""
        head = f"{plain(label)}: "
        first, *more = wrap(head + value, self.columns, rest="  ")
        self._set(_Style())
        self._printer.text(head)
        self._line(first[len(head) :], _Style(bold=True))
        for line in more:
            self._line(line, _Style(bold=True))

    def section(self, heading: str, *, tall: bool = False) -> None:
        """Write the heading of a part of the paper."""
        self.feed()
        if tall:
            self.title(heading, align="left")
        else:
            self.text(heading, bold=True)

    def rule(self) -> None:
        """Draw a rule across the roll."""
        self._line("─" * self.columns, _Style())

    def feed(self, lines: int = 1) -> None:
        """Leave empty lines."""
        self._printer.ln(lines)

    def barcode(self, digits: str, label: str, *, height: int = 80) -> None:
        """Let the printer draw a number as Code 128, ``height`` dots high, and write it below."""
        data, modules = code128(digits)
        self.feed()
        self.text(label, align="center")
        self._raw(
            b"\x1dh%c\x1dw%c" % (height, min(_BAR, self._dots // modules))
            + _NO_DIGITS_UNDER
            + _CODE128
            + bytes([len(data)])
            + data
        )
        self.title(shown(digits))
        self.feed()

    def qr(self, text: str, caption: str) -> None:
        """Let the printer draw a QR code as large as fits, up to 0.75 mm a module."""
        self._set(_Style(align="center"))
        self.feed()
        module = min(_QR_MODULE, self._dots // (qr_modules(text) + _QUIET))
        self._printer.qr(text, ec=_LEVEL_M, size=module, native=True)
        self.text(caption, align="center")

    def signature(self, under: str) -> None:
        """Leave room for a hand over a line to sign on, with who signs below."""
        self.feed(4)
        self._line("_" * (self.columns - 4), _Style(align="center"))
        self.text(under, align="center")

    def finish(self) -> bytes:
        """Repeat the marks, cut, and return the commands."""
        if self._demostracion or self._ejemplar:
            self.feed()
            self._marks()
        self._set(_Style())
        self._printer.cut()
        commands: bytes = self._printer.output
        return commands

    def _line(self, text: str, style: _Style) -> None:
        self._set(style)
        self._printer.textln(text)

    def _set(self, style: _Style) -> None:
        """Send what changed alone: an alignment in mid line does nothing, or worse."""
        before, self._style = self._style, style
        self._printer.set(
            custom_size=(style.width, style.height) != (before.width, before.height),
            width=style.width,
            height=style.height,
            bold=style.bold if style.bold != before.bold else None,
            invert=style.inverse if style.inverse != before.inverse else None,
            align=style.align if style.align != before.align else None,
        )

    def _raw(self, commands: bytes) -> None:
        # The library's own barcode() writes on standard output.
        self._printer._raw(commands)  # noqa: SLF001 - its only door for bytes as they are


def code128(digits: str) -> tuple[bytes, int]:
    """Return the data of a Code 128 for GS k 73, and how many modules wide it is.

    Digits go two a symbol (code set C); an odd last one changes to code set B.
    """
    pairs = len(digits) // 2
    data = b"{C" + bytes(int(digits[2 * at : 2 * at + 2]) for at in range(pairs))
    symbols = 2 + pairs  # with the start and the check
    if len(digits) % 2:
        data += b"{B" + digits[-1].encode("ascii")
        symbols += 2
    return data, symbols * 11 + 13


def qr_modules(text: str) -> int:
    """Return how many modules wide a printer draws a text as QR: as bytes, in the smallest version."""
    return 21 + 4 * bisect_left(_QR_BYTES, len(text.encode()))
