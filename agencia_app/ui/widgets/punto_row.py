"""One thing that a second person is asked for: what, and how it stands, with a sign besides the colour."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.sign import Sign


class PuntoRow(QWidget):
    """A sign, a heading, the facts in words, and a line below: who was asked, or who answered."""

    def __init__(self, kind: str, title: str, texto: str, below: str = "") -> None:
        """Take the kind of the Sign and the words, which are plain text."""
        super().__init__()
        row = look.spaced(QHBoxLayout(self), (0, 4, 0, 4), spacing=14)
        row.addWidget(_mark(kind), 0, Qt.AlignmentFlag.AlignTop)
        column = look.spaced(QVBoxLayout(), spacing=2)
        for text, role in ((title, "strong"), (texto, ""), (below, "muted")):
            if text:
                label = QLabel(text)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setWordWrap(True)
                label.setProperty("role", role)
                column.addWidget(label)
        row.addLayout(column, 1)
        self.setAccessibleName(". ".join(text.rstrip(".") for text in (title, texto, below) if text))


def _mark(kind: str) -> Sign:
    sign = Sign()
    sign.set_kind(kind)
    return sign
