"""A new password, typed twice: one's own at the login, a temporary one by an administrador."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import MIN_PASSWORD
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.password_edit import PasswordEdit

RULE = f"Al menos {MIN_PASSWORD} caracteres, y que no sea el nombre del usuario."


class NewPassword(QWidget):
    """Two fields. ``done`` says that Enter was pressed with both filled."""

    done = Signal()

    def __init__(self, name: str) -> None:
        """Make them; ``name`` is what the password is called."""
        super().__init__()
        self.first = PasswordEdit(name)
        self.again = PasswordEdit(f"{name}, otra vez")
        self._caps = QLabel("Las mayúsculas están activadas (Bloq Mayús).")
        self._caps.setProperty("role", "problem")
        self._caps.setWordWrap(True)
        self._caps.hide()
        rule = QLabel(RULE)
        rule.setProperty("role", "small")
        rule.setWordWrap(True)
        column = look.spaced(QVBoxLayout(self), spacing=8)
        for field in (self.first, self.again):
            label = QLabel(field.accessibleName())
            label.setProperty("role", "field")
            label.setBuddy(field)
            column.addWidget(label)
            column.addWidget(field)
            field.caps_seen.connect(self._caps.setVisible)
            field.returnPressed.connect(self._go_on)
        column.insertWidget(2, rule)
        column.addWidget(self._caps)

    @property
    def password(self) -> str:
        """What was typed. Raises KnownError ``usuario.password_differs``."""
        if self.first.text() != self.again.text():
            raise KnownError("usuario.password_differs")
        return self.first.text()

    @property
    def filled(self) -> bool:
        """Whether neither field is empty."""
        return bool(self.first.text() and self.again.text())

    def clear(self) -> None:
        """Empty both fields."""
        self.first.clear()
        self.again.clear()
        self._caps.hide()

    def focus_first(self) -> None:
        """Put the focus in the first empty field."""
        self._empty().setFocus()

    def _empty(self) -> QLineEdit:
        return self.again if self.first.text() and not self.again.text() else self.first

    def _go_on(self) -> None:
        if self.filled:
            self.done.emit()
        else:
            self.focus_first()
