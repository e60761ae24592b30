"""The print queues of Windows, through Qt, which hands pages to its spooler.

Qt tells neither a job's number nor when it finished, so a person confirms each paper. Pages are
pictures at 300 dpi. A queue set to keep printed documents keeps them: agencies leave that off.
(Anywhere else Qt writes a temporary file on the way; there the application speaks to CUPS itself.)
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import DOUBTFUL, PaperKind

if TYPE_CHECKING:
    from agencia_app.services.printers.base import Answer, Paper

_LOG = logging.getLogger(__name__)
_DPI = 300
_PAGES = 20  # more than any paper of ours has
# What is loaded with the first use, and not with the window.
# ruff: noqa: PLC0415


class QtQueues:
    """The system's queues as Qt finds them."""

    def names(self) -> tuple[str, ...]:
        """Return every queue in order; none without a spooler."""
        return tuple(sorted(QPrinterInfo.availablePrinterNames()))

    def printer(self, name: str) -> QtPrinter:
        """Return a queue as a printer; whether it exists shows when it is used."""
        return QtPrinter(name)


@dataclass(frozen=True, slots=True)
class QtPrinter:
    """One queue. Any thread may call."""

    queue: str

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.queue

    @property
    def tells(self) -> bool:
        """Qt cannot say when a job finished."""
        return False

    def takes(self, kind: PaperKind) -> bool:
        """Take every paper: they are drawn."""
        _ = kind
        return True

    def check(self) -> None:
        """Raise KnownError when the queue is not there or reports an error."""
        state = self._info().state()
        if state in {QPrinter.PrinterState.Error, QPrinter.PrinterState.Aborted}:
            raise self._error("printer.stopped")

    def open(self, paper: Paper, copies: int) -> str:
        """Return the handle, which tells nothing: Qt numbers no jobs."""
        _ = paper, copies
        self._info()
        return "qt"

    def send(self, handle: str, paper: Paper, copies: int) -> Answer:
        """Draw the copies into one job named like the paper's file.

        Raises KnownError ``printer.failed`` when the spooler took no job, and ``printer.doubtful``
        when it broke off.
        """
        from agencia_app.services import pdf_pages
        from agencia_app.services.printers.base import Answer, JobState

        _ = handle
        info = self._info()
        pages = pdf_pages.pictures(paper.pdf, _DPI, _PAGES)
        printer = QPrinter(info, QPrinter.PrinterMode.HighResolution)
        printer.setDocName(paper.stem)
        printer.setResolution(_DPI)
        printer.setColorMode(QPrinter.ColorMode.GrayScale)
        printer.setDuplex(QPrinter.DuplexMode.DuplexNone)
        fits = printer.setPageSize(_sheet(info, paper.kind))
        printer.setFullPage(fits)
        painter = QPainter()
        if not painter.begin(printer):
            raise self._error("printer.failed")
        whole = True
        for index, page in enumerate(pages * copies):
            whole = whole and (index == 0 or printer.newPage())
            image = QImage(page.pixels, page.width, page.height, page.width, QImage.Format.Format_Grayscale8)
            # From the corner of the sheet: what cannot be printed on is margin on all our papers.
            room = QRect(0, 0, printer.width(), printer.height())
            size = QSize(page.width, page.height).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawImage(QRect(room.topLeft(), size), image)
        if not (painter.end() and whole):
            raise self._error(DOUBTFUL)
        _LOG.info("paper sent", extra={"paper": paper.kind.value, "printer": self.queue})
        return Answer(JobState.WAITING)

    def ask(self, handle: str) -> Answer:
        """Answer that nobody knows."""
        from agencia_app.services.printers.base import Answer, JobState

        _ = handle
        return Answer(JobState.UNKNOWN)

    def call_back(self, handle: str) -> bool:
        """Answer that it did not come out, as far as anybody knows: a job without a number stays."""
        _ = handle
        return False

    def forget(self, handle: str) -> None:
        """Do nothing: a job that has no number cannot be called back."""

    def _info(self) -> QPrinterInfo:
        info = QPrinterInfo.printerInfo(self.queue)
        if info.isNull():
            raise self._error("printer.unknown" if QtQueues().names() else "printer.no_spooler")
        return info

    def _error(self, code: str) -> KnownError:
        return KnownError(code, printer=self.queue, message="")


def _sheet(info: QPrinterInfo, kind: PaperKind) -> QPageSize:
    """Return the paper's own size where the queue has it, and A4 otherwise."""
    small = QPageSize(QPageSize.PageSizeId.A5)
    if kind.small and any(each.isEquivalentTo(small) for each in info.supportedPageSizes()):
        return small
    return QPageSize(QPageSize.PageSizeId.A4)
