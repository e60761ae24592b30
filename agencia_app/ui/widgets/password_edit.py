"""A field for a password, which notices capitals typed without Shift."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit


class PasswordEdit(QLineEdit):
    """What is typed is not shown. ``caps_seen`` tells of Bloq Mayús; Qt has no other way to know."""

    caps_seen = Signal(bool)

    def __init__(self, name: str = "Contraseña") -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setAccessibleName(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell whether a letter was typed as a capital without Shift."""
        from PySide6.QtCore import Qt  # noqa: PLC0415 - its enumerations are not for the first paint

        char = event.text()
        if char.isalpha():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_seen.emit(char.isupper() is not shift)
        super().keyPressEvent(event)
