"""The strip that warns before an idle window locks."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.notice import Notice


class IdleBar(QWidget):
    """Counts down, without taking the focus from anything."""

    def __init__(self) -> None:
        super().__init__()
        self.notice = Notice()
        row = look.spaced(QHBoxLayout(self), (24, 12, 24, 0))
        row.addWidget(self.notice, 1)
        self.hide()

    def show_left(self, seconds: int) -> None:
        """Say in how many seconds the window locks."""
        self.notice.show_text(
            "missing", f"La ventanilla se bloquea en <b>{seconds} s</b>. Siga trabajando para quedarse."
        )
        self.show()

    def show_due(self) -> None:
        """Say that it locks once what runs is done."""
        self.notice.show_text("missing", "La ventanilla se bloquea en cuanto termine lo que está en curso.")
        self.show()

    def clear(self) -> None:
        """Say nothing."""
        self.notice.clear()
        self.hide()
