"""The checklist of what a person brought, ticked by keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.requisito_card import RequisitoCard

if TYPE_CHECKING:
    from agencia_app.models.domain.requisitos import Documento, Requisito
    from agencia_app.models.domain.votacion import Exencion

_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class ChecklistView(QWidget):
    """One card a requisito; ``changed`` follows what a person ticks, chooses or writes.

    A number ticks original and copy of that document, or unticks both; a letter chooses an
    alternative and ticks it; Alt and a number ticks the copy alone. Keys typed in a field are
    text and do neither.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[RequisitoCard] = []
        self._requisitos: tuple[Requisito, ...] = ()
        self._column = look.spaced(QVBoxLayout(self), spacing=14)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Requisitos. Los números marcan cada documento")

    @property
    def cards(self) -> tuple[RequisitoCard, ...]:
        """The cards, in the order of the screen."""
        return tuple(self._cards)

    def set_checklist(
        self,
        requisitos: tuple[Requisito, ...],
        documentos: tuple[Documento, ...],
        details: dict[str, str],
        exencion: Exencion | None,
    ) -> None:
        """Show what is asked for and what was shown; ``details`` is the grey line by requisito id."""
        if requisitos != self._requisitos:
            for _ in self.make_cards(requisitos):
                pass
        shown = {documento.requisito: documento for documento in documentos}
        for card in self._cards:
            documento = shown.get(card.requisito.id, card.documento)
            card.show_documento(documento, details.get(card.requisito.id, ""), exencion)

    def make_cards(self, requisitos: tuple[Requisito, ...]) -> Iterator[None]:
        """Make a card for each of these, one at each step: together they would stall the window."""
        for card in self._cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = []
        self._requisitos = requisitos
        for place, each in enumerate(requisitos, start=1):
            card = RequisitoCard(place, each)
            self._cards.append(card)
            self._column.addWidget(card)
            card.changed.connect(self.changed)
            card.left.connect(self.setFocus)
            yield

    def documentos(self) -> tuple[Documento, ...]:
        """Return what was shown, one document a requisito."""
        return tuple(card.documento for card in self._cards)

    def mark_missing(self, requisitos: frozenset[str]) -> None:
        """Edge the cards of these requisitos in amber, and no others."""
        for card in self._cards:
            card.set_missing(missing=card.requisito.id in requisitos)

    def take_key(self, event: QKeyEvent) -> bool:
        """Act on a key; tell whether it was one of the checklist's. A held key acts once."""
        if event.modifiers() & _MODIFIERS or isinstance(QApplication.focusWidget(), QLineEdit):
            return self._take_copy_key(event)
        key = event.text().upper()
        if key.isascii() and key.isdigit() and 1 <= int(key) <= len(self._cards):
            if not event.isAutoRepeat():
                self._cards[int(key) - 1].toggle()
            return True
        for card in self._cards:
            if key and key in card.letters():
                if not event.isAutoRepeat():
                    card.choose(card.letters()[key])
                return True
        return False

    def _take_copy_key(self, event: QKeyEvent) -> bool:
        """Tick the copy alone with Alt and the number of its document."""
        place = event.key() - Qt.Key.Key_1
        if event.modifiers() & _MODIFIERS != Qt.KeyboardModifier.AltModifier or not 0 <= place < len(
            self._cards
        ):
            return False
        if not event.isAutoRepeat() and not self._cards[place].copy.isHidden():
            self._cards[place].copy.click()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the checklist's keys, and leave the rest to the screen."""
        if not self.take_key(event):
            event.ignore()
