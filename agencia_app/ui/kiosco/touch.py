"""Buttons for fingers: a wide one, and the keypad."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from agencia_app.ui.widgets import look

ERASE, CLEAR = "borrar", "limpiar"
_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", CLEAR, "0", ERASE)


class TouchButton(QPushButton):
    """A large button; ``primary`` is what most people do next."""

    def __init__(self, text: str, *, primary: bool = False) -> None:
        super().__init__(text)
        self.setObjectName("touch")
        self.setProperty("primary", primary)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)


class Keypad(QWidget):
    """Ten digits, and two keys that take back. ``pressed`` carries a digit, ``ERASE`` or ``CLEAR``."""

    pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = look.spaced(QGridLayout(self), spacing=12)
        for index, key in enumerate(_KEYS):
            button = QPushButton(key.capitalize() if key in {ERASE, CLEAR} else key, self)
            button.setObjectName("digit")
            button.setProperty("small", key in {ERASE, CLEAR})
            button.setAccessibleName("Borrar todo" if key == CLEAR else key.capitalize())
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a keyboard types the digits themselves
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
            button.clicked.connect(lambda _=False, each=key: self.pressed.emit(each))
            grid.addWidget(button, index // 3, index % 3)


def words(text: str, name: str = "kioskText") -> QLabel:
    """Return a label of the kiosk's, wrapped, that nothing can be copied from."""
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    return label
