"""The rows of *Para revisar*: time, reason, and the way to review it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from agencia_app.models.domain.fechas import local
from agencia_app.ui.side_screen import ENTER_KEYS
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from agencia_app.models.domain.revision import Revision
    from agencia_app.ui.widgets.two_lines import Index

REVIEW, ELSEWHERE = "Revisar", "Otro supervisor"
_REVISION = Qt.ItemDataRole.UserRole
_WHEN = Qt.ItemDataRole.UserRole + 1
_SIDE, _GAP = 10, 12  # pixels at 100 %
_ABOVE = 8
_LEAST_ROWS = 3


class RevisarList(QListWidget):
    """What is to be reviewed. ``opened`` carries the Revision that somebody wants to."""

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("revisar")
        self.setAccessibleName("Para revisar")
        self.setItemDelegate(_Row(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.itemClicked.connect(self._open)

    def show_revisiones(self, found: Sequence[Revision], *, dated: bool) -> None:
        """Show these; what is chosen stays chosen, or its place is, and what is in sight stays there."""
        if found == [self._revision(row) for row in range(self.count())]:
            return
        chosen, place = self.chosen, self.currentRow()
        above = self.verticalScrollBar().value()
        self.clear()
        for each in found:
            when = f"{local(each.en):%d/%m %H:%M}" if dated else f"{local(each.en):%H:%M}"
            item = QListWidgetItem(each.texto)
            item.setData(_REVISION, each)
            item.setData(_WHEN, when)
            action = ELSEWHERE if each.de_otro else REVIEW
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{when}, {each.texto}. {action}")
            self.addItem(item)
            if chosen is not None and each.id == chosen.id:
                self.setCurrentItem(item)
        if self.currentRow() < 0 and self.count():
            self.setCurrentRow(min(max(place, 0), self.count() - 1))
        self.verticalScrollBar().setValue(above)

    @property
    def chosen(self) -> Revision | None:
        """The one that is chosen."""
        return self._revision(self.currentRow())

    def row_words(self, row: int) -> str:
        """Return what a row says, as a screen reader does."""
        return str(self.item(row).data(Qt.ItemDataRole.AccessibleTextRole))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens what is chosen; the keys of a list are its own."""
        if event.key() in ENTER_KEYS:
            self._open(self.currentItem())
        else:
            super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Return room for a few rows."""
        return QSize(look.px(260), _LEAST_ROWS * (self.fontMetrics().lineSpacing() + 2 * look.px(_ABOVE)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the reasons anew."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _open(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.opened.emit(item.data(_REVISION))

    def _revision(self, row: int) -> Revision | None:
        item = self.item(row) if row >= 0 else None
        found: Revision | None = item.data(_REVISION) if item is not None else None
        return found


class _Row(QStyledItemDelegate):
    """Draws a row; a reason that is longer than a line takes two."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height that the reason needs at the list's width."""
        view = cast("RevisarList", self.parent())
        width, metrics = view.viewport().width(), QFontMetrics(option.font)
        lines = 1
        if metrics.horizontalAdvance(index.data()) > _room(option.font, width, index):
            lines = self._layout(option.font, width, index)[0]
        return QSize(0, lines * metrics.lineSpacing() + 2 * look.px(_ABOVE))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw time, reason and action over a line."""
        painter.save()
        view = cast("RevisarList", self.parent())
        if option.state & QStyle.StateFlag.State_Selected and view.hasFocus():
            painter.fillRect(option.rect, look.color("selected"))
            bar = QRect(option.rect)
            bar.setWidth(look.px(4))
            painter.fillRect(bar, look.color("primary"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, look.color("hover"))
        area = option.rect.adjusted(look.px(_SIDE), look.px(_ABOVE), -look.px(_SIDE), -look.px(_ABOVE))
        metrics = QFontMetrics(option.font)
        painter.setFont(option.font)
        painter.setPen(look.color("text"))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, index.data(_WHEN))
        _lines, layout = self._layout(option.font, option.rect.width(), index)
        left = area.left() + _when_width(metrics, index) + look.px(_GAP)
        layout.draw(painter, QPointF(left, area.top()))
        de_otro = index.data(_REVISION).de_otro
        painter.setFont(_bold(option.font) if not de_otro else option.font)
        painter.setPen(look.color("muted" if de_otro else "text"))
        painter.drawText(
            area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, ELSEWHERE if de_otro else REVIEW
        )
        painter.setPen(QPen(look.color("border")))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()

    @staticmethod
    def _layout(font: QFont, width: int, index: Index) -> tuple[int, QTextLayout]:
        """Return the reason broken into lines between the time and the action, and how many they are."""
        metrics = QFontMetrics(font)
        room = _room(font, width, index)
        layout = QTextLayout(index.data(), font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        count = 0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(room, metrics.averageCharWidth()))
            line.setPosition(QPointF(0, count * metrics.lineSpacing()))
            count += 1
        layout.endLayout()
        return max(count, 1), layout


def _room(font: QFont, width: int, index: Index) -> int:
    """Return the width between the time and the action."""
    action = ELSEWHERE if index.data(_REVISION).de_otro else REVIEW
    taken = _when_width(QFontMetrics(font), index) + QFontMetrics(_bold(font)).horizontalAdvance(action)
    return width - taken - look.px(2 * (_SIDE + _GAP))


def _when_width(metrics: QFontMetrics, index: Index) -> int:
    """Return the width of the widest time, so that the reasons stand below each other."""
    return metrics.horizontalAdvance("".join("0" if each.isdigit() else each for each in index.data(_WHEN)))


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold
