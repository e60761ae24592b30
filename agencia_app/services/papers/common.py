"""What every paper shares: the font, the barcode, wrapped text and the sheet itself.

Measures are points (1/72 inch), written from the top of the sheet down. Everything is drawn
straight on reportlab's canvas, and the same content gives the same bytes.
"""

from __future__ import annotations

import io
import threading
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby
from typing import TypeVar

import fontpkg_atkinson_hyperlegible
import segno
from barcode.codex import Code128
from reportlab import rl_config
from reportlab.lib.pagesizes import A4, A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from agencia_app.models.domain.numero import shown

__all__ = ["A4", "A5", "BOLD", "REGULAR", "Sheet", "bars", "wrap"]

REGULAR = "AtkinsonHyperlegible"
BOLD = "AtkinsonHyperlegible-Bold"
_FILES = {REGULAR: "AtkinsonHyperlegible-Regular.ttf", BOLD: "AtkinsonHyperlegible-Bold.ttf"}

LEADING = 1.3  # line height over type size
SMALL = 11.0  # points of a label, the smallest type of any paper
MODULE = 1.44  # points of the narrowest bar: 0.51 mm, a whole number of dots at 150, 300 and 600 dpi
QUIET = 10  # modules left white on each side (ISO/IEC 15417)
QR_QUIET = 4  # modules left white around a QR code (ISO/IEC 18004)

INK = (0.0, 0.0, 0.0)
BLUE = (0x0B / 255, 0x3C / 255, 0x6F / 255)  # structure; prints nearly black without colour
GREY = (0.25, 0.25, 0.25)
HAIR = (0.55, 0.55, 0.55)
WATERMARK = (0.9, 0.9, 0.9)
DEMOSTRACION = "DEMOSTRACIÓN"
DUPLICADO = "DUPLICADO"
SIN_VALIDEZ = f"{DEMOSTRACION} · sin validez"
TO_INSTITUTE = "Al Instituto Ecuatoriano de Seguridad Social:"

_Size = TypeVar("_Size")
# Of the test pages: neither as long as a recibo's number nor as a trámite's, so no scanner takes
# it for one.
SAMPLE = "1234567890"
# Points from the top: the band of a duplicate lies in the margin, where printers still reach.
_BAND_TOP, _BAND_HEIGHT = 12.0, 20.0

_registering = threading.Lock()
# reportlab cuts each paper's part out of a font with one reader for all, which keeps its place.
_embedding = threading.Lock()


def register_fonts() -> None:
    """Make the two faces known to reportlab, once a process; papers render in any thread."""
    # Binary streams: the text encoding that reportlab prefers costs a fifth of a slip's time.
    rl_config.useA85 = 0
    with _registering:
        known = pdfmetrics.getRegisteredFontNames()
        for name, file in _FILES.items():
            if name not in known:
                path = fontpkg_atkinson_hyperlegible.ROOT / "files" / file
                pdfmetrics.registerFont(TTFont(name, str(path)))


def text_width(text: str, font: str, size: float) -> float:
    """Return the width of a line of text."""
    return float(pdfmetrics.stringWidth(text, font, size))


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Return the lines a text takes within a width; a word wider than that is cut."""
    text = unicodedata.normalize("NFC", text)
    if text_width(text, font, size) <= width:
        return [text]
    space = text_width(" ", font, size)
    lines: list[str] = []
    line: list[str] = []
    used = 0.0
    for word in _pieces(text.split(), font, size, width):
        wide = text_width(word, font, size)
        if line and used + space + wide > width:
            lines.append(" ".join(line))
            line, used = [], 0.0
        used += wide + (space if line else 0.0)
        line.append(word)
    return [*lines, " ".join(line)]


def _pieces(words: Iterable[str], font: str, size: float, width: float) -> Iterable[str]:
    for word in words:
        rest = word
        while len(rest) > 1 and text_width(rest, font, size) > width:
            cut = len(rest) - 1
            while cut > 1 and text_width(rest[:cut], font, size) > width:
                cut -= 1
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


class _Digits(Code128):  # type: ignore[misc]  # python-barcode has no types here
    """Code 128 of digits alone, which begins in code set C and has nothing to shorten there.

    python-barcode 0.16 takes a first pair 99 for the change to set C and leaves it out, which
    agencies from 990 on would meet (its issue 251, mended after that release).
    """

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        return encoded


def bars(digits: str) -> list[tuple[int, int]]:
    """Return the bars of a Code 128 barcode as (first module, modules wide), and no spaces.

    Digits go two a symbol (code set C). Source of the pattern: python-barcode.
    """
    result = []
    at = 0
    for module, run in groupby(_Digits(digits).build()[0]):
        width = len(list(run))
        if module == "1":
            result.append((at, width))
        at += width
    return result


@lru_cache(maxsize=8)  # one recibo is drawn to look at, to print and to compare, 20 ms each
def squares(payload: str) -> tuple[tuple[int, int, int], ...]:
    """Return a QR code's dark runs as (column, row, modules wide), rows from the top.

    Alphanumeric mode; error level M, which reads with a seventh of it folded or stamped over.
    Source of the pattern: segno, after ISO/IEC 18004.
    """
    code = segno.make_qr(payload, error="m", mode="alphanumeric", boost_error=False)
    result = []
    for row, modules in enumerate(code.matrix):
        at = 0
        for dark, run in groupby(modules):
            width = len(list(run))
            if dark:
                result.append((at, row, width))
            at += width
    return tuple(result)


class Sheet:
    """A paper being written: a canvas and ``y``, the distance from the top already used."""

    def __init__(  # noqa: PLR0913 - what tells one paper from another
        self,
        size: tuple[float, float],
        title: str,
        *,
        margin: float,
        agencia: str,
        demostracion: bool,
        small: float = SMALL,
        ejemplar: int = 0,
        total: int = 0,
    ) -> None:
        """Begin the first page. The title names the paper and never a person.

        ``small`` is the size of labels, the smallest type on the paper. ``ejemplar`` above 0
        marks every page as DUPLICADO of that number. With ``total``, how many pages there are, each
        says at its foot which of them it is.
        """
        register_fonts()
        self._bytes = io.BytesIO()
        # invariant: neither the hour of printing nor a random identity gets into the file.
        self.canvas = Canvas(self._bytes, pagesize=size, invariant=1, pageCompression=1, lang="es-EC")
        self.canvas.setTitle(title)
        self.canvas.setAuthor("Ventanilla de claves")
        self.canvas.setSubject(DEMOSTRACION if demostracion else title)
        self.canvas.setCreator("agencia-app")
        self.width, self.height = size
        self.margin = margin
        self.agencia = agencia
        self.title = title
        self.demostracion = demostracion
        self.small = small
        self.ejemplar = ejemplar
        self._total = total
        self._pages = 0
        self.y = margin
        self._begin_page()

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.width - 2 * self.margin

    def _begin_page(self) -> None:
        self._pages += 1
        self.y = self.margin
        if self.demostracion:
            self._mark()
        if self.ejemplar:
            self._band()
        if self._total:
            self._number()
        elif self._pages > 1:
            self.line(f"{self.title} · página {self._pages}", self.small, color=GREY)
            self.y += 8

    def _number(self) -> None:
        """Say under the margin which page of how many this is."""
        canvas = self.canvas
        canvas.setFillColorRGB(*GREY)
        canvas.setFont(REGULAR, self.small)
        text = f"{self.title} · página {self._pages} de {self._total}"
        canvas.drawString(self.margin, self.margin - 2 * self.small, text)

    def _mark(self) -> None:
        """Mark the page as a demonstration: a light watermark, and a black line in its corner."""
        canvas = self.canvas
        canvas.saveState()
        canvas.setFillColorRGB(*WATERMARK)
        canvas.translate(self.width / 2, self.height / 2)
        canvas.rotate(55)
        size = self.height / 9.5
        canvas.setFont(BOLD, size)
        canvas.drawCentredString(0, -size / 3, DEMOSTRACION)
        canvas.restoreState()
        canvas.setFont(BOLD, 11)
        canvas.setFillColorRGB(*INK)
        # At the head of the page, unless the band of a duplicate is there.
        baseline = self.margin - 14 if self.ejemplar else self.height - self.margin + 3
        canvas.drawRightString(self.width - self.margin, baseline, SIN_VALIDEZ)

    def _band(self) -> None:
        """Say on a black band at the head of the page that this is no original."""
        canvas = self.canvas
        size = 15.0
        canvas.setFillColorRGB(*INK)
        bottom = self.height - _BAND_TOP - _BAND_HEIGHT
        canvas.rect(self.margin, bottom, self.inner, _BAND_HEIGHT, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.setFont(BOLD, size)
        canvas.drawCentredString(
            self.width / 2, bottom + _BAND_HEIGHT / 2 - size * 0.35, f"{DUPLICADO} {self.ejemplar}"
        )
        self.y = max(self.margin, _BAND_TOP + _BAND_HEIGHT + 3)

    def header(self, heading: str, size: float) -> None:
        """Write the agency over the paper's heading, and a rule under both."""
        self.text(self.agencia, self.small, color=GREY)
        self.text(heading, size, bold=True, color=BLUE)
        self.y += 3
        self.rule(2, color=BLUE)
        self.y += 12

    def line(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        color: tuple[float, float, float] = INK,
        x: float | None = None,
    ) -> None:
        """Write one line that is known to fit, and move below it."""
        canvas = self.canvas
        canvas.setFillColorRGB(*color)
        canvas.setFont(BOLD if bold else REGULAR, size)
        # The baseline leaves room for accents above and tails below within the leading.
        canvas.drawString(
            self.margin if x is None else x, self.height - self.y - size, unicodedata.normalize("NFC", text)
        )
        self.y += size * LEADING

    def text(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        color: tuple[float, float, float] = INK,
        x: float | None = None,
        width: float | None = None,
    ) -> None:
        """Write a paragraph, wrapped, and move below it; a line without room goes to a new page."""
        left = self.margin if x is None else x
        room = self.width - self.margin - left if width is None else width
        for line in wrap(text, BOLD if bold else REGULAR, size, room):
            self.need(size * LEADING)
            self.line(line, size, bold=bold, color=color, x=left)

    def field(self, label: str, value: str, size: float, *, x: float, width: float) -> None:
        """Write a small label and its value under it, and move below both."""
        self.line(label, self.small, color=GREY, x=x)
        self.text(value, size, bold=True, x=x, width=width)

    def row(self, fields: Iterable[tuple[str, str]], size: float, *, shares: tuple[float, ...] = ()) -> None:
        """Write labelled values side by side, the tallest giving the height.

        The columns are equal, or as wide as their ``shares`` of the room.
        """
        cells = list(fields)
        gap = 12.0
        room = self.inner - gap * (len(cells) - 1)
        widths = [room * share / sum(shares) for share in shares] or [room / len(cells)] * len(cells)
        lines = max(
            len(wrap(value, BOLD, size, width)) for (_, value), width in zip(cells, widths, strict=True)
        )
        self.need((self.small + size * lines) * LEADING)
        top = bottom = self.y
        x = self.margin
        for (label, value), width in zip(cells, widths, strict=True):
            self.y = top
            self.field(label, value, size, x=x, width=width)
            bottom = max(bottom, self.y)
            x += width + gap
        self.y = bottom + size / 3

    def rule(self, weight: float, *, color: tuple[float, float, float] = HAIR) -> None:
        """Draw a rule from margin to margin at the present height."""
        canvas = self.canvas
        canvas.setStrokeColorRGB(*color)
        canvas.setLineWidth(weight)
        canvas.line(self.margin, self.height - self.y, self.width - self.margin, self.height - self.y)
        self.y += weight

    def section(self, heading: str, size: float) -> None:
        """Write the heading of a part of the paper."""
        self.need(size * LEADING * 2)
        self.y += 6
        self.text(heading, size, bold=True, color=BLUE)
        self.y += 1

    def item(self, text: str, size: float, *, mark: str = "•", bold: bool = False) -> None:
        """Write one item of a list, its mark hanging at the left."""
        hang = size * (1.0 if mark == "•" else 1.6)
        lines = wrap(text, BOLD if bold else REGULAR, size, self.inner - hang)
        self.need(size * LEADING * min(len(lines), 2))
        top = self.y
        self.line(mark, size, bold=True)
        self.y = top
        self.text(text, size, bold=bold, x=self.margin + hang)

    def need(self, height: float) -> None:
        """Begin a new page when less than this height is left: nothing is ever clipped."""
        if self.y + height > self.height - self.margin:
            self.canvas.showPage()
            self._begin_page()

    def barcode(
        self,
        digits: str,
        label: str,
        *,
        height: float,
        module: float = MODULE,
        size: float,
        below: bool = False,
    ) -> None:
        """Draw a number as bars with the number shown beside it, or below; move below both."""
        canvas = self.canvas
        pattern = bars(digits)
        wide = (pattern[-1][0] + pattern[-1][1]) * module
        quiet = QUIET * module
        self.need(height)
        bottom = self.height - self.y - height
        # The white ground keeps the watermark out of the bars and of their quiet zone. The left
        # quiet zone lies partly in the margin, which is white, so the bars align with the text.
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(self.margin - quiet, bottom, wide + 2 * quiet, height, stroke=0, fill=1)
        canvas.setFillColorRGB(*INK)
        path = canvas.beginPath()
        for at, modules in pattern:
            path.rect(self.margin + at * module, bottom, modules * module, height)
        canvas.drawPath(path, stroke=0, fill=1)
        if below:
            self.y += height + 2
            top = self.y
            self.y += (size - self.small) * 0.9  # on the same baseline as the number
            self.line(label, self.small, color=GREY)
            self.y = top
            beside = self.margin + text_width(label, REGULAR, self.small) + 5
            self.line(shown(digits), size, bold=True, x=beside)
            return
        top = self.y
        x = self.margin + wide + quiet + 6
        block = (self.small + size) * LEADING
        self.y = top + (height - block) / 2
        self.line(label, self.small, color=GREY, x=x)
        self.line(shown(digits), size, bold=True, x=x)
        self.y = top + height

    def qr(self, payload: str, label: str, *, top: float, label_width: float) -> float:
        """Draw a QR code at the right margin, its label at its left; ``top`` is from the top.

        What is written stays where it is; returns how far down the code and its quiet zone reach.
        """
        runs = squares(payload)
        modules = max(row for _, row, _ in runs) + 1
        side = modules * MODULE
        quiet = QR_QUIET * MODULE
        left = self.width - self.margin - side
        canvas = self.canvas
        canvas.setFillColorRGB(1, 1, 1)  # no watermark in the code or its quiet zone
        canvas.rect(left - quiet, self.height - top - side - quiet, side + 2 * quiet, side + 2 * quiet,
                    stroke=0, fill=1)  # fmt: skip
        canvas.setFillColorRGB(*INK)
        path = canvas.beginPath()
        for column, row, wide in runs:
            path.rect(left + column * MODULE, self.height - top - (row + 1) * MODULE, wide * MODULE, MODULE)
        canvas.drawPath(path, stroke=0, fill=1)
        lines = wrap(label, REGULAR, self.small, label_width)
        before = self.y
        self.y = top + (side - len(lines) * self.small * LEADING) / 2
        for line in lines:
            self.line(line, self.small, x=left - quiet - 2 - text_width(line, REGULAR, self.small))
        self.y = before
        return top + side + quiet

    @property
    def pages(self) -> int:
        """How many pages there are by now."""
        return self._pages

    def signatures(self, signers: Iterable[tuple[str, ...]], *, height: float, width: float) -> float:
        """Draw lines to sign on at the foot of the page, with what stands under each.

        ``height`` is the room left for the hand above the lines, ``width`` their length. Returns
        the distance of the lines from the top.
        """
        size = 11.0
        blocks = [
            [line for text in signer for line in wrap(text, REGULAR, size, width)] for signer in signers
        ]
        under = max(map(len, blocks)) * size * LEADING + 3
        self.need(height + under)
        top = self.height - self.margin - under
        canvas = self.canvas
        canvas.setStrokeColorRGB(*INK)
        canvas.setLineWidth(0.8)
        for column, block in enumerate(blocks):
            x = self.margin + column * (self.inner - width)
            canvas.line(x, self.height - top, x + width, self.height - top)
            self.y = top + 3
            for line in block:
                self.line(line, size, x=x)
        self.y = self.height - self.margin
        return top

    def box(self, label: str, *, bottom: float, width: float, height: float) -> None:
        """Draw an empty box at the right margin, its label under it; ``bottom`` is from the top."""
        left = self.width - self.margin - width
        self.canvas.setStrokeColorRGB(*INK)
        self.canvas.setLineWidth(0.8)
        self.canvas.rect(left, self.height - bottom, width, height)
        self.y = bottom + 3
        self.line(label, self.small, x=left)

    def finish(self) -> bytes:
        """Close the paper and return the PDF."""
        self.canvas.showPage()
        with _embedding:
            self.canvas.save()
        return self._bytes.getvalue()


def on_one_page(sizes: Iterable[_Size], write: Callable[[_Size], Sheet]) -> bytes:
    """Return the PDF of a paper in the first size, largest first, that leaves it on one page; else in the last."""
    for size in sizes:
        sheet = write(size)
        if sheet.pages == 1:
            break
    return sheet.finish()
