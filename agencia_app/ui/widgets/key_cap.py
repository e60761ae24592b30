"""A key cap by itself, as before a line of the checklist."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agencia_app.ui.widgets import drawing, look

_WIDTH = 34


class KeyCap(QWidget):
    """Shows which key acts on what stands beside it."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setAccessibleName(f"Tecla {key}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of a cap."""
        size = drawing.key_size(self._key)
        return QSize(max(size.width(), look.px(_WIDTH)), size.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cap."""
        painter = QPainter(self)
        drawing.draw_key(painter, QRect(0, 0, self.width(), self.height()), self._key)
        painter.end()
