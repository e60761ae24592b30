"""Issues per hour, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agencia_app.models.domain.fechas import number
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEIGHT = 150
_LABEL = 15
_SHARE = 0.7  # of its place that a bar takes
_WIDEST = 64  # pixels at 100 %


class HourChart(QWidget):
    """One bar an hour, with its count above and the hour below."""

    def __init__(self, opens: int, closes: int) -> None:
        """Show at least the hours from ``opens`` to before ``closes``."""
        super().__init__()
        self._hours = (opens, max(closes - 1, opens))
        self._counts: dict[int, int] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.show_counts({})

    def show_counts(self, counts: Mapping[int, int]) -> None:
        """Show how many were issued in each hour of the day."""
        self._counts = dict(counts)
        told = ", ".join(f"{hour} h: {number(count)}" for hour, count in sorted(self._counts.items()))
        self.setAccessibleName(f"Emisiones por hora. {told or 'Todavía ninguna'}")
        self.setToolTip(told)
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for bars that can be told apart."""
        return QSize(look.px(320), look.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return the least that still shows them."""
        return QSize(look.px(220), look.px(_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = look.font(_LABEL)
        painter.setFont(face)
        line = QFontMetrics(face).lineSpacing()
        base = self.height() - line - look.px(8)
        room = base - line - look.px(4)
        first = min([self._hours[0], *self._counts])
        last = max([self._hours[1], *self._counts])
        place = self.width() / (last - first + 1)
        width = min(place * _SHARE, look.px(_WIDEST))
        most = max(self._counts.values(), default=0)
        for hour in range(first, last + 1):
            middle = (hour - first + 0.5) * place
            box = QRect(round(middle - place / 2), 0, round(place), line)
            count = self._counts.get(hour, 0)
            if count:
                tall = max(room * count / most, look.px(2))
                painter.fillRect(QRectF(middle - width / 2, base - tall, width, tall), look.color("primary"))
                painter.setPen(look.color("muted"))
                above = box.translated(0, round(base - tall - line - look.px(2)))
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, number(count))
            painter.setPen(look.color("muted"))
            painter.drawText(
                box.translated(0, base + look.px(6)), Qt.AlignmentFlag.AlignCenter, f"{hour:02d}"
            )
        painter.fillRect(QRectF(0, base, self.width(), max(1, look.px(1.5))), look.color("soft_border"))
        painter.end()
