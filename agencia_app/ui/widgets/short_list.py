"""A list of a few things, two lines each, as high as what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from agencia_app.ui.widgets.two_lines import DETAIL, TwoLines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

_VALUE = Qt.ItemDataRole.UserRole


class ShortList(QListWidget):
    """Shows rows of a name and what tells it apart; beyond ``most`` it scrolls. Hidden while empty."""

    def __init__(self, name: str, most: int = 6, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self.setAccessibleName(name)
        self.setItemDelegate(TwoLines(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hide()

    @property
    def chosen(self) -> object:
        """What the current row stands for, None without one."""
        row = self.currentRow()
        return self.item(row).data(_VALUE) if row >= 0 else None

    def show_rows(self, rows: Sequence[tuple[str, str, object]]) -> None:
        """Show names, details and what they stand for; the same place stays chosen."""
        before = max(self.currentRow(), 0)
        self.clear()
        for name, detail, value in rows:
            item = QListWidgetItem(name)
            item.setData(DETAIL, detail)
            item.setData(_VALUE, value)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {detail}")
            self.addItem(item)
        self.setCurrentRow(min(before, len(rows) - 1))
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrows; letters are the screen's, not a search for what begins with them."""
        if event.text().isalnum():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.StyleChange, QEvent.Type.FontChange}:
            self._fit()

    def _fit(self) -> None:
        rows = min(self.count(), self._most)
        self.setVisible(bool(rows))
        if rows:
            self.setFixedHeight(rows * self.sizeHintForRow(0) + 2 * self.frameWidth() + 2)
