"""A mark drawn as a shape: what a colour says, said without it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from agencia_app.ui.widgets import drawing, look

_INK = {
    "missing": "missing_text",
    "error": "error_text",
    "wrong": "error_text",
    "done": "success_text",
    "info": "info_text",
    "unknown": "muted",
}


class Sign(QWidget):
    """A circle or triangle with a mark.

    ``done`` is a tick, ``wrong`` a cross, ``error`` and ``missing`` an exclamation mark, ``info``
    an i, ``unknown`` a question mark. ``size`` is in pixels at 100 %.
    """

    def __init__(self, size: int = 22, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self.kind: str = "info"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_kind(self, kind: str) -> None:
        """Show another mark."""
        self.kind = kind
        self.update()

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(look.px(self._size), look.px(self._size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the sign."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = look.color(_INK[self.kind])
        side = min(self.width(), self.height())
        painter.setPen(drawing.round_pen(ink, max(1.6, side / 12)))
        edge = max(1.5, side / 20)
        box = QRectF(edge, edge, side - 2 * edge, side - 2 * edge)
        middle = side / 2
        if self.kind == "missing":
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(middle, edge + 0.5),
                        QPointF(side - edge, side - edge - 1),
                        QPointF(edge, side - edge - 1),
                    ],
                )
            )
            self._mark(painter, middle, side * 0.40, side * 0.62, side * 0.77)
        else:
            painter.drawEllipse(box)
            self._draw_inside(painter, box, middle, side)
        painter.end()

    def _draw_inside(self, painter: QPainter, box: QRectF, middle: float, side: float) -> None:
        if self.kind == "done":
            drawing.draw_check(painter, box, painter.pen().color())
        elif self.kind == "wrong":
            near, far = side * 0.35, side * 0.65
            painter.drawLine(QPointF(near, near), QPointF(far, far))
            painter.drawLine(QPointF(near, far), QPointF(far, near))
        elif self.kind == "error":
            self._mark(painter, middle, side * 0.27, side * 0.56, side * 0.73)
        elif self.kind == "unknown":
            face = look.font(self._size * 0.6, bold=True)
            painter.setFont(face)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "?")
        else:
            self._mark(painter, middle, side * 0.46, side * 0.73, side * 0.29)

    @staticmethod
    def _mark(painter: QPainter, x: float, top: float, bottom: float, dot: float) -> None:
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.drawPoint(QPointF(x, dot))
