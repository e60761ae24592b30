"""Widgets side by side in as many columns as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QResizeEvent


class Reflow(QWidget):
    """Lays its widgets out in as many columns as there is room for.

    ``ways`` are numbers of columns, each with the width it needs in pixels at 100 %, the largest first;
    ``shares`` is how the columns of the largest divide the room.
    """

    def __init__(
        self, widgets: Sequence[QWidget], ways: Sequence[tuple[int, int]], shares: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self._widgets = tuple(widgets)
        self._ways = tuple(ways)
        self._shares = tuple(shares)
        self._columns = 0
        self._grid = look.spaced(QGridLayout(self), spacing=14)
        # Not held up by the columns of before: the width is the page's, and the columns follow it.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._arrange()

    @property
    def columns(self) -> int:
        """How many columns there are now."""
        return self._columns

    def set_ways(self, ways: Sequence[tuple[int, int]]) -> None:
        """Change what width a number of columns needs."""
        self._ways = tuple(ways)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the columns that fit the new width."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() == event.Type.StyleChange:
            self._arrange()

    def _arrange(self) -> None:
        room = self.width()
        columns = next((count for count, width in self._ways if look.px(width) <= room), self._ways[-1][0])
        if columns == self._columns:
            return
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        for number, widget in enumerate(self._widgets):
            self._grid.addWidget(widget, number // columns, number % columns)
        for column in range(columns):
            widest = columns == len(self._shares)
            self._grid.setColumnStretch(column, self._shares[column] if widest else 1)
