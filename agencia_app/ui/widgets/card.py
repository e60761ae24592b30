"""The white rounded card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout

from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

MARGINS = (22, 18, 22, 18)


class Card(QFrame):
    """A card; put widgets in its ``box``.

    The property ``missing`` edges it in amber, ``kind`` ``stop`` or ``done`` in red or green.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = look.spaced(QVBoxLayout(self), MARGINS, 8)

    def set_missing(self, *, missing: bool) -> None:
        """Edge the card in amber, or no longer."""
        if bool(self.property("missing")) != missing:
            self.setProperty("missing", missing)
            self.setAccessibleDescription("Falta algo" if missing else "")
            look.restyle(self)

    def set_kind(self, kind: str) -> None:
        """Edge the card as ``stop`` or ``done``; an empty kind is the plain card."""
        self.setProperty("kind", kind)
        look.restyle(self)
