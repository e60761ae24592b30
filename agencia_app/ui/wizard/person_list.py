"""The people a name search found: name in bold, and below it what tells namesakes apart."""

from __future__ import annotations

from datetime import date
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.persona import Persona
from agencia_app.ui.widgets.two_lines import DETAIL, TwoLines

ROWS_SHOWN = 6
_PERSONA = Qt.ItemDataRole.UserRole


class PersonList(QListWidget):
    """A list that the field above it drives: it never takes the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("personList")
        self.setAccessibleName("Personas encontradas")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(TwoLines(self))
        self.hide()

    def show_people(self, people: tuple[Persona, ...], today: date) -> None:
        """Show these people as old as they are today, the first one chosen."""
        self.clear()
        for persona in people:
            detail = (
                f"{persona.prestacion} · {persona.age(today)} años "
                f"({persona.fecha_nacimiento.year}) · cédula {cedulas.mask(persona.cedula)}"
            )
            item = QListWidgetItem(persona.nombre_completo)
            item.setData(_PERSONA, persona)
            item.setData(DETAIL, detail)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{persona.nombre_completo}, {detail}")
            self.addItem(item)
        self.setCurrentRow(0 if people else -1)
        self.fit()
        self.setVisible(bool(people))

    def show_nobody(self) -> None:
        """Show nobody, and no list."""
        self.clear()
        self.hide()

    def has_people(self) -> bool:
        """Tell whether there is somebody to choose."""
        return self.count() > 0

    def go(self, by: int) -> None:
        """Choose the next or the one before, stopping at the ends."""
        self.setCurrentRow(min(max(self.currentRow() + by, 0), self.count() - 1))

    def chosen(self) -> Persona | None:
        """Return the person chosen, or None."""
        return cast("Persona", self.currentItem().data(_PERSONA)) if self.currentRow() >= 0 else None

    def fit(self) -> None:
        """Take the height of the people shown, a few at most."""
        rows = min(self.count(), ROWS_SHOWN)
        self.setFixedHeight(rows * self.sizeHintForRow(0) + 2 * self.frameWidth() + 2 if rows else 0)
