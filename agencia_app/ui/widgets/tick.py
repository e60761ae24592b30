"""The green rounded check box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy

from agencia_app.ui.widgets import drawing, look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_BOX = 26
_GAP = 10


class Tick(QCheckBox):
    """A check box that is drawn large; Space or a click ticks it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the room of box and words."""
        metrics = QFontMetrics(look.font())
        return QSize(
            look.px(_BOX + _GAP + 6) + metrics.horizontalAdvance(self.text()),
            max(look.px(_BOX + 6), metrics.height()),
        )

    def minimumSizeHint(self) -> QSize:
        """Return the same: the words are never clipped."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave an arrow with Alt to the screen: Qt would move to the next box."""
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def hitButton(self, pos: QPoint) -> bool:  # noqa: N802 - Qt's name
        """Take a click on the words too."""
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw box, check and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = look.px(_BOX)
        box = QRectF(look.px(3), (self.height() - side) / 2, side, side)
        inner = box.adjusted(1, 1, -1, -1)
        radius = look.px(5)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("done" if self.isEnabled() else "disabled_text"))
            painter.drawRoundedRect(box, radius, radius)
            drawing.draw_check(painter, box, look.color("on_done"))
        else:
            edge = "structure" if self.underMouse() and self.isEnabled() else "control_border"
            painter.setPen(QPen(look.color(edge), look.px(2)))
            painter.setBrush(look.color("card"))
            painter.drawRoundedRect(inner, radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(look.color("structure"), look.px(2)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), radius + 2, radius + 2)
        painter.setFont(look.font())
        painter.setPen(look.color("text" if self.isEnabled() else "disabled_text"))
        words = QRect(look.px(_BOX + _GAP + 3), 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()
