"""The number of the hoja that lies in the printer, where hojas are numbered."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look

_LONGEST = 9  # digits of a number


class HojaField(QWidget):
    """Scanned or typed; the next number stands below as a hint, and what is wrong in its place."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = QLabel("Número de la hoja")
        label.setProperty("role", "field")
        self.number = _Digits()
        self.number.setMaxLength(_LONGEST)
        self.number.setAccessibleName("Número de la hoja")
        label.setBuddy(self.number)
        self._hint, self._problem = QLabel(), QLabel()
        self._hint.setProperty("role", "muted")
        self._problem.setProperty("role", "problem")
        column = look.spaced(QVBoxLayout(self), spacing=4)
        for widget in (label, self.number, self._hint, self._problem):
            column.addWidget(widget)
        for words in (self._hint, self._problem):
            words.setWordWrap(True)
        self.number.textEdited.connect(self._edited)
        self.show_next(None)

    @property
    def value(self) -> int | None:
        """The number typed, or None."""
        return int(self.number.text()) if self.number.text() else None

    def show_next(self, due: int | None) -> None:
        """Empty the field, and show which number a window takes next."""
        self.number.clear()
        self._problem.hide()
        self._hint.setText(f"La siguiente de esta ventanilla es la {due}." if due is not None else "")
        self._hint.setVisible(due is not None)

    def show_error(self, error: KnownError) -> None:
        """Say what is wrong with the number, with the focus on it."""
        self._problem.setText(sentence(error))
        self._problem.show()
        self._hint.hide()
        self.number.setFocus(Qt.FocusReason.OtherFocusReason)
        self.number.selectAll()

    def _edited(self) -> None:
        self._problem.hide()
        self.edited.emit()


class _Digits(QLineEdit):
    """Takes digits; a letter is the screen's."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if text.isprintable() and text and not (text.isascii() and text.isdigit()):
            event.ignore()
        else:
            super().keyPressEvent(event)
