"""What is drawn by hand: key caps, the arrows on them, and the check mark.

The typeface has no glyphs for ↵, arrows and ✓, and a machine may have no other.
"""

from __future__ import annotations

import re
from html import unescape

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPainterPath, QPen, QPolygonF

from agencia_app.ui.widgets import look

ENTER = "↵"
_ARROWS = {"←": (-1, 0), "→": (1, 0), "↑": (0, -1), "↓": (0, 1)}
_KBD = re.compile(r"<kbd>(.*?)</kbd>")


def key_size(text: str, size: float = 14) -> QSize:
    """Return the size of a key cap with this text."""
    metrics = QFontMetrics(look.font(size))
    return QSize(
        max(_key_text_width(text, metrics) + look.px(15), look.px(20)), metrics.height() + look.px(3)
    )


def draw_key(painter: QPainter, rect: QRect, text: str, size: float = 14, *, bold: bool = False) -> None:
    """Draw a key cap: a small rounded box with the key's name."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(look.color("key_border"), 1))
    painter.setBrush(look.color("key"))
    box = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(box, look.px(4), look.px(4))
    # The lower edge is heavier, as a key's is.
    painter.drawLine(
        QPointF(box.left() + look.px(3), box.bottom() - 1),
        QPointF(box.right() - look.px(3), box.bottom() - 1),
    )
    painter.setPen(look.color("muted"))
    painter.setFont(look.font(size, bold=bold))
    draw_key_text(painter, rect, text)
    painter.restore()


def draw_words(painter: QPainter, left: float, rect: QRect, text: str) -> None:
    """Draw one line of text from ``left`` on, in the middle of a box's height."""
    metrics = painter.fontMetrics()
    base = rect.top() + (rect.height() + metrics.ascent() - metrics.descent()) / 2
    painter.drawText(QPointF(left, base), text)


def fill_rounded(painter: QPainter, box: QRectF, radius: float, fill: QColor) -> None:
    """Fill a box with round corners."""
    path = QPainterPath()
    path.addRoundedRect(box, radius, radius)
    painter.fillPath(path, fill)


def round_pen(ink: QColor, width: float) -> QPen:
    """Return a pen whose lines end and meet round."""
    pen = QPen(ink, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def draw_key_text(painter: QPainter, rect: QRect, text: str) -> None:
    """Draw a key's name centred, its arrows as lines: the typeface has no glyphs for them."""
    metrics = painter.fontMetrics()
    left = rect.left() + (rect.width() - _key_text_width(text, metrics)) / 2
    pen = round_pen(painter.pen().color(), max(1.3, metrics.height() / 13))
    middle = rect.center().y() + 0.5
    for char in text:
        width = _char_width(char, metrics)
        if char == ENTER or char in _ARROWS:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            _draw_arrow(painter, char, QPointF(left + width / 2, middle), width * 0.36)
            painter.restore()
        else:
            draw_words(painter, left, rect, char)
        left += width


def draw_check(painter: QPainter, rect: QRectF, ink: QColor) -> None:
    """Draw a check mark inside a square."""
    side = rect.width()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(round_pen(ink, max(1.6, side / 10)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    points = ((0.28, 0.53), (0.44, 0.69), (0.73, 0.33))
    painter.drawPolyline(
        QPolygonF([QPointF(rect.left() + x * side, rect.top() + y * side) for x, y in points])
    )
    painter.restore()


def with_keys(text: str, ratio: float) -> str:
    """Return rich text with every ``<kbd>F6</kbd>`` as a drawn key cap.

    ``ratio`` is the screen's device pixel ratio. The cap travels inside the text as an image.
    """
    return _KBD.sub(lambda match: _key_image(unescape(match[1]), ratio), text)


def _key_image(key: str, ratio: float) -> str:
    size = key_size(key)
    image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    draw_key(painter, QRect(0, 0, size.width(), size.height()), key)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs know only a file's name
    encoded = bytes(data.toBase64().data()).decode("ascii")
    return (
        f'<img src="data:image/png;base64,{encoded}" width="{size.width()}" height="{size.height()}" '
        f'style="vertical-align: middle">'
    )


def _key_text_width(text: str, metrics: QFontMetrics) -> int:
    return sum(_char_width(char, metrics) for char in text)


def _char_width(char: str, metrics: QFontMetrics) -> int:
    if char == ENTER or char in _ARROWS:
        return round(metrics.height() * 0.72)
    return metrics.horizontalAdvance(char)


def _draw_arrow(painter: QPainter, char: str, center: QPointF, reach: float) -> None:
    x, y = center.x(), center.y()
    head = reach * 0.62
    if char == ENTER:
        painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(x + reach, y - reach),
                    QPointF(x + reach, y + head / 3),
                    QPointF(x - reach, y + head / 3),
                ]
            )
        )
        tip = QPointF(x - reach, y + head / 3)
        dx, dy = -1, 0
    else:
        dx, dy = _ARROWS[char]
        tip = QPointF(x + dx * reach, y + dy * reach)
        painter.drawLine(QPointF(x - dx * reach, y - dy * reach), tip)
    for side in (-1, 1):
        painter.drawLine(
            tip,
            QPointF(
                tip.x() - dx * head + (side * head if dx == 0 else 0),
                tip.y() - dy * head + (side * head if dy == 0 else 0),
            ),
        )
