"""A machine-readable zone passed over the reader on a page that has no field for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from agencia_app.models.domain import mrz

STARTS = "I"  # the first character of the electronic cédula's zone
QUIET_MS = 1_000  # a reader types far quicker; after so long the rest does not come


class ZoneScan(QObject):
    """Takes every key from the first character of a zone to its end: half of them mean something to a page.

    ``scanned`` carries the whole zone, or what came of it before the reader fell silent.
    """

    scanned = Signal(str)

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._text = ""
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._end)

    def begin(self) -> None:
        """Take the keys from now on."""
        self._text = STARTS
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self._quiet.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Read a key press of the page as the reader's."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if not isinstance(watched, QWidget) or watched.window() is not self._page.window():
            return False
        self._text += event.text()
        self._quiet.start()
        # The Enter after the third line is the end, and must not press anything.
        if event.text() in {"\r", "\n"} and len(mrz.compact(self._text)) >= mrz.LENGTH:
            self._end()
        return True

    def _end(self) -> None:
        self._quiet.stop()
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        if self._text != STARTS:  # a key that somebody pressed says nothing
            self.scanned.emit(self._text)
