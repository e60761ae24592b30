"""A screen beside the wizard: title, what scrolls, footer, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.person_title import PersonTitle

ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SideScreen(QWidget):
    """Put widgets in its ``column`` and buttons in its ``foot``. ``closed`` says to go back."""

    closed = Signal()

    def __init__(self, title: str, line: str) -> None:
        super().__init__()
        self.setObjectName("screen")
        self.title = PersonTitle()
        self.title.show_person(title, line)
        self.inner = QWidget()
        self.inner.setObjectName("scrolled")
        self.column = look.spaced(QVBoxLayout(self.inner), (36, 26, 36, 18), 14)
        self.column.addWidget(self.title)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.inner)
        footer = QFrame()
        footer.setObjectName("footer")
        self.back = KeyButton("Volver", "Esc")
        self.back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.back.clicked.connect(self.go_back)
        self.foot = look.spaced(QHBoxLayout(footer), (24, 6, 24, 6), 14)
        self.foot.addWidget(self.back)
        self.foot.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.area, 1)
        whole.addWidget(footer)

    def focus_first(self) -> None:
        """Put the focus where the next key goes; called each time the screen is opened."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Stop what runs long, because the session ends. Nothing of that here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go back with Esc; anything else is the screen's own."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape:
            self.back.click()
        elif not self.take_key(event):
            super().keyPressEvent(event)

    def go_back(self) -> None:
        """Do what Esc does: go back to the wizard."""
        self.closed.emit()

    def take_key(self, event: QKeyEvent) -> bool:
        """Act on a key that no field wanted; tell whether it was for this screen."""
        _ = event
        return False
