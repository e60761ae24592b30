"""The rail of steps on the left."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from agencia_app.services.flow import STEP_TITLES, Step
from agencia_app.ui.widgets import drawing, look

_WIDTH = 248
_STEP_HEIGHT = 50
_DISC = 28


class Rail(QFrame):
    """Where the trámite is: what is done, what is now and what comes, and a few words below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Pasos del trámite")
        self._steps = {step: _RailStep(step, self) for step in Step}
        self._footer = QLabel(self)
        self._footer.setWordWrap(True)
        column = look.spaced(QVBoxLayout(self), (20, 28, 21, 28), 0)
        for each in self._steps.values():
            column.addWidget(each)
        column.addStretch(1)
        column.addWidget(self._footer)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def set_state(self, current: Step, done: frozenset[Step]) -> None:
        """Show a step as the present one and others as done."""
        for step, widget in self._steps.items():
            widget.set_state("current" if step is current else "done" if step in done else "ahead")

    def set_footer(self, lines: Sequence[str]) -> None:
        """Show lines of plain text at the bottom."""
        self._footer.setText("\n".join(lines))

    def sizeHint(self) -> QSize:
        """Return the fixed width at the present zoom."""
        return QSize(look.px(_WIDTH), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the same width."""
        return QSize(look.px(_WIDTH), super().minimumSizeHint().height())


_SPOKEN = {"current": "paso actual", "done": "hecho", "ahead": "por hacer"}


class _RailStep(QWidget):
    def __init__(self, step: Step, parent: QWidget) -> None:
        super().__init__(parent)
        self._step = step
        self._state = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_state("ahead")

    def set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.setAccessibleName(
                f"Paso {self._step} de {len(Step)}, {STEP_TITLES[self._step]}: {_SPOKEN[state]}"
            )
            self.update()

    def sizeHint(self) -> QSize:
        words = QFontMetrics(look.font(bold=True)).horizontalAdvance(STEP_TITLES[self._step])
        return QSize(words + look.px(60), look.px(_STEP_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = self._state == "current"
        if current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("selected"))
            painter.drawRoundedRect(QRectF(self.rect()), look.px(9), look.px(9))
        side = look.px(_DISC)
        disc = QRectF(look.px(10), (self.height() - side) / 2, side, side)
        if self._state == "ahead":
            painter.setPen(QPen(look.color("soft_border"), look.px(2)))
            painter.setBrush(look.color("card"))
            painter.drawEllipse(disc.adjusted(1, 1, -1, -1))
            ink = look.color("rail_text")
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("primary" if current else "done"))
            painter.drawEllipse(disc)
            ink = look.color("on_primary")
        if self._state == "done":
            inset = side * 0.16
            drawing.draw_check(painter, disc.adjusted(inset, inset, -inset, -inset), ink)
        else:
            painter.setPen(ink)
            painter.setFont(look.font(15, bold=True))
            painter.drawText(
                disc.translated(QPointF(0, 0)), Qt.AlignmentFlag.AlignCenter, str(int(self._step))
            )
        names = {"current": "structure", "done": "text", "ahead": "rail_text"}
        painter.setPen(look.color(names[self._state]))
        painter.setFont(look.font(bold=current))
        words = QRect(look.px(50), 0, self.width() - look.px(50), self.height())
        painter.drawText(
            words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, STEP_TITLES[self._step]
        )
        painter.end()
