"""What a painted widget asks of the theme: a named colour, and pixels at the present zoom.

The theme leaves both on the application object, so that a widget needs nothing passed to be
drawn, and nothing of ours is global.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QIODevice,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPolygonF

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLayout, QWidget

BASE_PX = 17  # the text size at 100 %
COLOR_PROPERTY = "color-"  # + the colour's name, on the application object
ZOOM_PROPERTY = "zoom"

ENTER = "↵"
_ARROWS = {"←": (-1, 0), "→": (1, 0), "↑": (0, -1), "↓": (0, 1)}
_KBD = re.compile(r"<kbd>(.*?)</kbd>")
_Layout = TypeVar("_Layout", bound="QLayout")


def _application() -> QCoreApplication:
    application = QCoreApplication.instance()
    if application is None:  # pragma: no cover - a widget cannot exist without one
        raise RuntimeError("no application")
    return application


def zoom() -> float:
    """Return the present zoom; 1.0 is 100 %."""
    return cast("float", _application().property(ZOOM_PROPERTY) or 1.0)


def px(length: float) -> int:
    """Return a length given in pixels at 100 % in pixels of the present zoom, at least one."""
    return max(1, round(length * zoom())) if length > 0 else 0


def color(name: str) -> QColor:
    """Return a colour of the theme by its name. Raises KeyError for a name it does not have."""
    value = _application().property(COLOR_PROPERTY + name)
    if not isinstance(value, QColor):
        raise KeyError(name)
    return value


def font(size: float = BASE_PX, *, bold: bool = False) -> QFont:
    """Return the theme's typeface at a size given in pixels at 100 %."""
    family = cast("str", _application().property("font-family"))
    face = QFont(family)
    face.setPixelSize(px(size))
    face.setBold(bold)
    return face


def spaced(layout: _Layout, margins: tuple[int, int, int, int] = (0, 0, 0, 0), spacing: int = 0) -> _Layout:
    """Give a layout margins (left, top, right, bottom) and spacing in pixels at 100 %.

    They follow the zoom: the theme calls ``rescale`` on every layout when it changes.
    """
    layout.setProperty("scaled", [*margins, spacing])
    rescale(layout)
    return layout


def rescale(layout: QLayout) -> None:
    """Apply the present zoom to a layout that was ``spaced``."""
    values = cast("list[int] | None", layout.property("scaled"))
    if values is None:
        return
    left, top, right, bottom, spacing = (px(value) for value in values)
    layout.setContentsMargins(left, top, right, bottom)
    layout.setSpacing(spacing)


def restyle(widget: QWidget) -> None:
    """Have the style sheet looked at again, after a property it selects by was changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def key_size(text: str, size: float = 14) -> QSize:
    """Return the size of a key cap with this text."""
    metrics = QFontMetrics(font(size))
    return QSize(max(_key_text_width(text, metrics) + px(15), px(20)), metrics.height() + px(3))


def draw_key(painter: QPainter, rect: QRect, text: str, size: float = 14, *, bold: bool = False) -> None:
    """Draw a key cap: a small rounded box with the key's name."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color("key_border"), 1))
    painter.setBrush(color("key"))
    box = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(box, px(4), px(4))
    # The lower edge is heavier, as a key's is.
    painter.drawLine(
        QPointF(box.left() + px(3), box.bottom() - 1), QPointF(box.right() - px(3), box.bottom() - 1)
    )
    painter.setPen(color("muted"))
    painter.setFont(font(size, bold=bold))
    draw_key_text(painter, rect, text)
    painter.restore()


def draw_key_text(painter: QPainter, rect: QRect, text: str) -> None:
    """Draw a key's name centred, its arrows as lines: the typeface has no glyphs for them."""
    metrics = painter.fontMetrics()
    left = rect.left() + (rect.width() - _key_text_width(text, metrics)) / 2
    pen = QPen(painter.pen().color(), max(1.3, metrics.height() / 13))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
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
            cell = QRectF(left, rect.top(), width + 1, rect.height())
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, char)
        left += width


def draw_check(painter: QPainter, rect: QRectF, ink: QColor) -> None:
    """Draw a check mark inside a square."""
    side = rect.width()
    pen = QPen(ink, max(1.6, side / 10))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
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
    return _KBD.sub(lambda match: _key_image(_unescaped(match[1]), ratio), text)


def plain(text: str) -> str:
    """Return what a screen reader says of rich text."""
    return _unescaped(re.sub(r"<[^>]+>", "", re.sub(r"<br\s*/?>", " ", text)))


def _unescaped(text: str) -> str:
    from html import unescape  # noqa: PLC0415 - its table of entities is not for the first paint

    return unescape(text)


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
