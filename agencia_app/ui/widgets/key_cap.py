"""A key cap by itself, as before a line of the checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

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
        size = look.key_size(self._key)
        return QSize(max(size.width(), look.px(_WIDTH)), size.height())

    def changeEvent(self, event: QEvent) -> None:
        """Ask for other room when the zoom changed."""
        if event.type() in {event.Type.FontChange, event.Type.StyleChange}:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cap."""
        painter = QPainter(self)
        look.draw_key(painter, QRect(0, 0, self.width(), self.height()), self._key)
        painter.end()
