"""A sentence beside what caused it, with a sign besides its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.sign import Sign

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

Kind = Literal["missing", "error", "done", "info"]

_SPOKEN = {"missing": "Falta", "error": "Error", "done": "Listo", "info": "Aviso"}


class Notice(QFrame):
    """A coloured box with a sign and rich text; invisible while it says nothing.

    ``<kbd>F6</kbd>`` in the text is drawn as a key cap.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._html = ""
        self._sign = Sign(parent=self)
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = look.spaced(QHBoxLayout(self), (16, 12, 16, 12), 12)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._label, 1)
        self.hide()

    @property
    def kind(self) -> str:
        """The kind shown, empty when nothing is."""
        return self._sign.kind if self._html else ""

    @property
    def text(self) -> str:
        """What it says, without markup."""
        return look.plain(self._html)

    def show_text(self, kind: Kind, html: str) -> None:
        """Say something, on the screen and to a screen reader."""
        self._html = html
        self._sign.kind = kind
        self.setProperty("kind", kind)
        self.setAccessibleName(f"{_SPOKEN[kind]}: {self.text}")
        look.restyle(self)
        for child in (self._sign, self._label):
            look.restyle(child)
        self._render()
        self.show()
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.accessibleName()))

    def clear(self) -> None:
        """Say nothing."""
        self._html = ""
        self._label.clear()
        self.setAccessibleName("")
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the key caps again in the new colours and size."""
        if event.type() in {event.Type.StyleChange, event.Type.FontChange, event.Type.PaletteChange}:
            self._sign.updateGeometry()
            self._render()
        super().changeEvent(event)

    def _render(self) -> None:
        if self._html:
            self._label.setText(drawing.with_keys(self._html, self.devicePixelRatioF()))
