"""What the kiosk shows beside its words, drawn by hand: a card, a bill, a ballot box."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from agencia_app.ui.widgets import drawing, look

_SIDE = 100.0  # of the square that each is drawn in


class Pictogram(QWidget):
    """One picture; ``size`` is in pixels at 100 %. What it means is said beside it."""

    def __init__(self, kind: str, size: int = 64, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draw = _PICTURES.get(kind, _sheet)
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(look.px(self._size), look.px(self._size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it in the colour of structure."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / _SIDE, self.height() / _SIDE)
        painter.setPen(drawing.round_pen(look.color("structure"), 5))
        self._draw(painter)
        painter.end()


def _line(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(*each) for each in points]))


def _sheet(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(22, 8, 56, 84), 6, 6)
    for y in (28, 44, 60):
        _line(painter, (34, y), (66, y))


def _signed(painter: QPainter) -> None:
    _sheet(painter)
    _line(painter, (34, 80), (42, 72), (48, 82), (56, 74), (66, 78))


def _card(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(6, 20, 88, 60), 8, 8)
    painter.drawEllipse(QPointF(30, 42), 9, 9)
    painter.drawArc(QRectF(15, 54, 30, 30), 0, 180 * 16)
    for y in (38, 50, 62):
        _line(painter, (56, y), (82, y))


def _ballot(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(10, 46, 80, 46), 6, 6)
    _line(painter, (28, 58), (72, 58))
    _line(painter, (34, 46), (34, 10), (66, 10), (66, 46))
    _line(painter, (42, 26), (48, 33), (59, 19))


def _drop(painter: QPainter) -> None:
    painter.drawArc(QRectF(24, 38, 52, 52), 205 * 16, 130 * 16)
    _line(painter, (26, 75), (50, 10), (74, 75))


def _bulb(painter: QPainter) -> None:
    painter.drawArc(QRectF(22, 8, 56, 56), -55 * 16, 290 * 16)
    _line(painter, (34, 59), (38, 72), (62, 72), (66, 59))
    _line(painter, (40, 82), (60, 82))
    _line(painter, (44, 92), (56, 92))


def _phone(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(28, 6, 44, 88), 8, 8)
    _line(painter, (28, 74), (72, 74))
    painter.drawEllipse(QPointF(50, 84), 2, 2)


def _bill(painter: QPainter) -> None:
    _line(painter, (22, 92), (22, 8), (78, 8), (78, 92), (64, 82), (50, 92), (36, 82), (22, 92))
    _line(painter, (36, 28), (64, 28))
    _line(painter, (36, 44), (64, 44))
    _line(painter, (50, 60), (64, 60))


def _person(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(50, 26), 16, 16)
    painter.drawArc(QRectF(20, 50, 60, 60), 0, 180 * 16)
    _line(painter, (6, 80), (94, 80))
    _line(painter, (14, 80), (14, 96))
    _line(painter, (86, 80), (86, 96))


def _clock(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(50, 50), 40, 40)
    _line(painter, (50, 26), (50, 52), (68, 62))


def _plug(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _line(painter, (34, 8), (34, 30))
    _line(painter, (66, 8), (66, 30))
    painter.drawRoundedRect(QRectF(22, 30, 56, 30), 8, 8)
    _line(painter, (50, 60), (50, 92))


_PICTURES: dict[str, Callable[[QPainter], None]] = {
    "solicitud": _signed,
    "cedula": _card,
    "votacion": _ballot,
    "planilla": _bill,
    "agua": _drop,
    "luz": _bulb,
    "telefono": _phone,
    "persona": _person,
    "reloj": _clock,
    "espera": _plug,
}
