"""The trámites as a table of any length: ids in order, and rows fetched as they are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from agencia_app.models.domain.tablero import Columna
from agencia_app.ui.supervision import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agencia_app.models.domain.tablero import Fila

Index = QModelIndex | QPersistentModelIndex

COLUMNS = tuple(Columna)
AROUND = 40  # rows fetched beyond those looked at, each way
MOST_KEPT = 4_000  # rows in memory
WAITING = "…"


class TramiteModel(QAbstractTableModel):
    """Knows every id and a few rows. ``wanted`` carries the ids whose rows are looked at and not known.

    A row that may have changed is shown as it was until the new one comes.
    """

    wanted = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dated = False
        self._ids: Sequence[int] = ()
        self._filas: dict[int, Fila] = {}
        self._stale: set[int] = set()
        self._looked: set[int] = set()  # row numbers
        self._asking = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)

    @property
    def ids(self) -> Sequence[int]:
        """The trámites, in order."""
        return self._ids

    def fila(self, row: int) -> Fila | None:
        """Return a row, None while it is on its way."""
        return self._filas.get(self._ids[row]) if 0 <= row < len(self._ids) else None

    def show_ids(self, ids: Sequence[int], known: Mapping[int, Fila], *, dated: bool) -> None:
        """Show these trámites; ``known`` are the rows of some, and those known before may have changed."""
        self._stale = set(self._filas) - set(known)
        if ids == self._ids and dated == self.dated:
            self.take(known)
            return
        self.beginResetModel()
        self._ids = ids
        self.dated = dated
        self._filas.update(known)
        self._looked.clear()
        self._asking = False
        self.endResetModel()

    def take(self, known: Mapping[int, Fila]) -> None:
        """Take rows that were wanted."""
        self._asking = False
        if len(self._filas) > MOST_KEPT:
            self._filas.clear()
        self._filas.update(known)
        self._stale.difference_update(known)
        self._looked.clear()
        if self._ids:
            # All of them: what is in sight is drawn again, and asks for what it lacks.
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))

    def give_up(self) -> None:
        """Forget what was asked for, because it could not be read: looking again asks again."""
        self._asking = False
        self._looked.clear()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many trámites there are."""
        return 0 if parent is not None and parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return how many things are told of each."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a column's title, and for a screen reader the key that sorts by it."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return words.TITLES[COLUMNS[section]]
        if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole}:
            return f"Tecla {section + 1}: ordenar por {words.TITLES[COLUMNS[section]].lower()}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell says; a tool tip says it whole where it is cut."""
        if role not in {
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        }:
            return None
        fila = self.look_at(index.row())
        if fila is None:
            return WAITING if index.column() == 0 else ""
        return words.cell(fila, COLUMNS[index.column()], dated=self.dated)

    def look_at(self, row: int) -> Fila | None:
        """Return a row that is being drawn, and have it fetched if it is not known as it is now."""
        number = self._ids[row]
        fila = self._filas.get(number)
        if fila is None or number in self._stale:
            self._looked.add(row)
            if not self._asking and not self._timer.isActive():
                self._timer.start(0)
        return fila

    def _ask(self) -> None:
        if self._asking or not self._looked:
            return
        first, last = min(self._looked), max(self._looked)
        ids = self._ids[max(first - AROUND, 0) : last + AROUND + 1]
        lacking = [each for each in ids if each not in self._filas or each in self._stale]
        self._looked.clear()
        if lacking:
            self._asking = True
            self.wanted.emit(lacking)
