"""Whose trámite this is: the name large, and a line about the person."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from agencia_app.ui.widgets import look


class PersonTitle(QWidget):
    """The title of a screen: a person, or the screen's question when there is none yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subtitle = ""
        self._name = QLabel(self)
        self._name.setProperty("role", "title")
        self._name.setWordWrap(True)
        self._line = QLabel(self)
        self._line.setProperty("role", "muted")
        self._line.setWordWrap(True)
        self._line.setTextFormat(Qt.TextFormat.RichText)
        column = look.spaced(QVBoxLayout(self), (0, 0, 0, 0), 4)
        column.addWidget(self._name)
        column.addWidget(self._line)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    @property
    def name(self) -> str:
        """The large text."""
        return self._name.text()

    @property
    def line(self) -> str:
        """The line below, without markup."""
        return look.plain(self._line.text())

    def show_person(self, name: str, subtitle: str = "", tail: str = "") -> None:
        """Show a name, the line below and its bold end, all plain text."""
        self._name.setText(name)
        self._subtitle = subtitle
        self.set_tail(tail)

    def set_tail(self, tail: str) -> None:
        """Change the bold end of the line."""
        whole = escape(tail).replace(" ", "&nbsp;")  # it goes to the next line in one piece
        bold = f"&nbsp;&nbsp; <b>{whole}</b>" if tail else ""
        self._line.setText(escape(self._subtitle) + bold)
        self._line.setVisible(bool(self._subtitle or tail))
        self.setAccessibleName(f"{self._name.text()}. {self._subtitle}. {tail}".rstrip(". "))
