"""One of a few, as joined segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

_PADDING = 14
_HEIGHT = 35
_ROW_GAP = 6


class Segmented(QWidget):
    """A choice of one; ``changed`` carries the id a person chose. Arrows move, a click chooses.

    ``keys`` names the letter that chooses an option, underlined in it; what the letter does is
    the screen's business. Options that do not fit side by side go on to another row.
    """

    changed = Signal(str)

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        keys: Mapping[str, str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._segments: dict[str, _Segment] = {}
        for number, (option, text) in enumerate(options):
            segment = _Segment(text, (keys or {}).get(option, ""), self)
            self._segments[option] = segment
            self._group.addButton(segment, number)
        self._group.idToggled.connect(self._toggled)
        self._quiet = False
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def value(self) -> str:
        """The id chosen, empty when none is."""
        return next((option for option, each in self._segments.items() if each.isChecked()), "")

    def set_value(self, option: str) -> None:
        """Choose without ``changed``; an id that is not there leaves nothing chosen."""
        self._quiet = True
        self._group.setExclusive(False)
        for each, segment in self._segments.items():
            segment.setChecked(each == option)
        self._group.setExclusive(True)
        self._quiet = False

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:  # noqa: N802 - Qt's name
        """Give the focus to the chosen segment, or the first."""
        chosen = self._segments.get(self.value) or next(iter(self._segments.values()))
        chosen.setFocus(reason)

    def sizeHint(self) -> QSize:
        """Return the room of one row."""
        return QSize(sum(each.sizeHint().width() for each in self._segments.values()), look.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return the room of the widest segment."""
        widest = max((each.sizeHint().width() for each in self._segments.values()), default=0)
        return QSize(widest, look.px(_HEIGHT))

    def hasHeightForWidth(self) -> bool:
        """Tell that narrow means more rows."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the rows that a width makes."""
        rows = len(self._rows(width))
        return rows * look.px(_HEIGHT) + (rows - 1) * look.px(_ROW_GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the segments."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Place the segments anew when the zoom changed."""
        if event.type() in {event.Type.FontChange, event.Type.StyleChange}:
            self.updateGeometry()
            self._place()
        super().changeEvent(event)

    def _rows(self, width: int) -> list[list[_Segment]]:
        rows: list[list[_Segment]] = []
        used = 0
        for segment in self._segments.values():
            need = segment.sizeHint().width()
            if not rows or used + need > width:
                rows.append([])
                used = 0
            rows[-1].append(segment)
            used += need
        return rows

    def _place(self) -> None:
        top = 0
        for row in self._rows(self.width()):
            left = 0
            for segment in row:
                width = segment.sizeHint().width()
                segment.setGeometry(left, top, width, look.px(_HEIGHT))
                segment.set_ends(first=segment is row[0], last=segment is row[-1])
                left += width
            top += look.px(_HEIGHT) + look.px(_ROW_GAP)

    def _toggled(self, number: int, checked: bool) -> None:  # noqa: FBT001 - Qt's signal
        if checked and not self._quiet:
            self.changed.emit(list(self._segments)[number])


class _Segment(QAbstractButton):
    def __init__(self, text: str, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        if key:
            self.setAccessibleDescription(f"Tecla {key}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._underlined = text.upper().find(key.upper()) if key else -1
        self._first = self._last = True

    def set_ends(self, *, first: bool, last: bool) -> None:
        self._first, self._last = first, last
        self.update()

    def sizeHint(self) -> QSize:
        # The bold width always: choosing another must not shift the row.
        width = QFontMetrics(look.font(bold=True)).horizontalAdvance(self.text())
        return QSize(width + 2 * look.px(_PADDING), look.px(_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, 0.5 if not self._last else -0.5, -0.5)
        if chosen and not self._last:
            box.setRight(self.width() - 0.5)
        path = _path(box, look.px(7), left=self._first, right=self._last)
        fill = "selected" if chosen else "hover" if self.underMouse() else "card"
        painter.fillPath(path, look.color(fill))
        painter.setPen(QPen(look.color("structure" if chosen else "soft_border"), 1.4 if chosen else 1))
        painter.drawPath(path)
        if self.hasFocus():
            painter.setPen(QPen(look.color("structure"), look.px(2)))
            painter.drawPath(
                _path(box.adjusted(1, 1, -1, -1), look.px(6), left=self._first, right=self._last)
            )
        face = look.font(bold=chosen)
        metrics = QFontMetrics(face)
        painter.setFont(face)
        painter.setPen(look.color("structure" if chosen else "text"))
        left = (self.width() - metrics.horizontalAdvance(self.text())) // 2
        area = QRect(left, 0, self.width(), self.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if self._underlined >= 0:
            start = left + metrics.horizontalAdvance(self.text()[: self._underlined])
            end = left + metrics.horizontalAdvance(self.text()[: self._underlined + 1])
            under = (self.height() + metrics.ascent() - metrics.descent()) / 2 + look.px(3)
            painter.drawLine(QPointF(start + 0.5, under), QPointF(end - 0.5, under))
        painter.end()


def _path(box: QRectF, radius: float, *, left: bool, right: bool) -> QPainterPath:
    """Return a box whose outer corners are round."""
    path = QPainterPath()
    path.moveTo(box.left() + (radius if left else 0), box.top())
    path.lineTo(box.right() - (radius if right else 0), box.top())
    if right:
        path.quadTo(box.topRight(), QPointF(box.right(), box.top() + radius))
    path.lineTo(box.right(), box.bottom() - (radius if right else 0))
    if right:
        path.quadTo(box.bottomRight(), QPointF(box.right() - radius, box.bottom()))
    path.lineTo(box.left() + (radius if left else 0), box.bottom())
    if left:
        path.quadTo(box.bottomLeft(), QPointF(box.left(), box.bottom() - radius))
    path.lineTo(box.left(), box.top() + (radius if left else 0))
    if left:
        path.quadTo(box.topLeft(), QPointF(box.left() + radius, box.top()))
    path.closeSubpath()
    return path
