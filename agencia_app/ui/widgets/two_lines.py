"""A list's row of two lines: a name in bold, and below it what tells it apart."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from agencia_app.ui.widgets import look

DETAIL = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex


class TwoLines(QStyledItemDelegate):
    """Draws the text and the DETAIL of an item, the chosen row tinted with a bar at its left."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return room for two lines."""
        _ = index
        return QSize(0, 2 * QFontMetrics(option.font).lineSpacing() + look.px(18))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        px = look.px
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, look.color("selected"))
            bar = QRect(option.rect)
            bar.setWidth(px(4))
            painter.fillRect(bar, look.color("primary"))
        area = option.rect.adjusted(px(18), px(8), -px(18), -px(8))
        line = QFontMetrics(option.font).lineSpacing()
        bold = QFont(option.font)
        bold.setBold(True)
        above = QRect(area.left(), area.top(), area.width(), line)
        below = QRect(area.left(), area.top() + line + px(2), area.width(), line)
        _draw(painter, above, bold, look.color("text"), index.data())
        _draw(painter, below, option.font, look.color("muted"), index.data(DETAIL))
        painter.restore()


def _draw(painter: QPainter, area: QRect, font: QFont, ink: QColor, text: str) -> None:
    painter.setFont(font)
    painter.setPen(ink)
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
