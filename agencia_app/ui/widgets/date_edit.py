"""A date as it is typed at a counter: digits alone, the separators come by themselves."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_SHAPE = "dd/mm/aaaa"
_SHORT = 6  # ddmmaa
_FULL = 8  # ddmmaaaa
_CENTURY = 2000  # expiries and papers of an election are all of this century


class DateEdit(QLineEdit):
    """A dd/mm/aaaa field that also takes six digits, ddmmaa.

    ``changed`` follows every edit that changes ``date``; ``problem`` is a sentence while what is
    typed can be no date. The six digits are spelt out when Enter or the focus leaves the field.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(_SHAPE)
        self.setAccessibleDescription("Fecha: día, mes y año, solo dígitos")
        self._known: dt.date | None = None
        self._problem = ""
        self.textEdited.connect(self._edited)

    def minimumSizeHint(self) -> QSize:
        """Return the room of a whole date: one is never clipped."""
        hint, font = super().minimumSizeHint(), self.fontMetrics()
        return QSize(hint.width() - font.maxWidth() + font.horizontalAdvance(f"{_SHAPE} "), hint.height())

    @property
    def date(self) -> dt.date | None:
        """The date typed, or None while there is none."""
        return _date(_digits(self.text()))

    @property
    def problem(self) -> str:
        """What is wrong with what was typed, empty when nothing is."""
        return self._problem

    def set_date(self, value: dt.date | None) -> None:
        """Show a date, without ``changed``."""
        self._known = value
        self.setText(day(value) if value else "")
        self._judge(leaving=False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Spell the date out on Enter, which then goes on to the screen; so does a letter."""
        if event.text() in {"\r", "\n"}:
            self._spell_out()
        if event.text().isalpha():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Spell the date out, and say what is wrong with it."""
        self._spell_out()
        super().focusOutEvent(event)

    def _edited(self, text: str) -> None:
        before = len(_digits(text[: self.cursorPosition()]))
        digits = _digits(text)[:_FULL]
        shown = _grouped(digits)
        if shown != text:
            self.setText(shown)
            at = len(_grouped(digits[:before]))
            self.setCursorPosition(at)
        self._judge(leaving=False)
        self._tell(_date(digits) if len(digits) == _FULL else None)

    def _spell_out(self) -> None:
        value = self.date
        if value is not None:
            self.setText(day(value))
        self._judge(leaving=True)
        self._tell(value)

    def _tell(self, value: dt.date | None) -> None:
        if value != self._known:
            self._known = value
            self.changed.emit()

    def _judge(self, *, leaving: bool) -> None:
        digits = _digits(self.text())
        wrong = self.date is None and bool(digits) and (leaving or len(digits) == _FULL)
        self._problem = sentence(KnownError("fecha.invalid")) if wrong else ""
        state = "error" if wrong else ""
        if (self.property("state") or "") != state:
            self.setProperty("state", state)
            self.setToolTip(self._problem)
            look.restyle(self)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isdigit())


def _grouped(digits: str) -> str:
    return "/".join(part for part in (digits[:2], digits[2:4], digits[4:]) if part)


def _date(digits: str) -> dt.date | None:
    if len(digits) not in {_SHORT, _FULL}:
        return None
    year = int(digits[4:]) + (_CENTURY if len(digits) == _SHORT else 0)
    try:
        return dt.date(year, int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None
