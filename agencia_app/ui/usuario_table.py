"""The users of the agency, one a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from agencia_app.models.domain import fechas
from agencia_app.models.domain.usuario import EstadoUsuario, Usuario
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent

_TITLES = ("Nombre", "Usuario", "Rol", "Estado")
_WIDTHS = (0, 170, 140, 230)  # at 100 %; the name takes the rest
_ROW = 40


def state_words(usuario: Usuario) -> str:
    """Return how a user stands."""
    if usuario.estado is EstadoUsuario.BLOQUEADO and usuario.hasta is not None:
        return f"bloqueado hasta las {fechas.local(usuario.hasta):%H:%M}"
    if usuario.estado is EstadoUsuario.DEBE_CAMBIAR:
        return "con contraseña temporal"
    return usuario.estado.value


class UsuarioTable(QTableWidget):
    """The list. ``current`` says that another user is chosen, or the chosen one changed."""

    current = Signal()

    def __init__(self) -> None:
        super().__init__(0, len(_TITLES))
        self._usuarios: tuple[Usuario, ...] = ()
        self.setHorizontalHeaderLabels(list(_TITLES))
        self.setAccessibleName("Usuarios")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.currentItemChanged.connect(lambda *_: self.current.emit())

    @property
    def usuario(self) -> Usuario | None:
        """The user chosen."""
        row = self.currentRow()
        return self._usuarios[row] if 0 <= row < len(self._usuarios) else None

    @property
    def usuarios(self) -> tuple[Usuario, ...]:
        """The users shown."""
        return self._usuarios

    def show_usuarios(self, usuarios: Sequence[Usuario], chosen: str = "") -> None:
        """Show these users; the one named is chosen, else the one that was, else the first."""
        wanted = chosen or (self.usuario.usuario if self.usuario is not None else "")
        self.blockSignals(True)
        self._usuarios = tuple(usuarios)
        self.setRowCount(len(self._usuarios))
        for row, each in enumerate(self._usuarios):
            for column, text in enumerate((each.nombre, each.usuario, each.rol.value, state_words(each))):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.setItem(row, column, item)
        names = [each.usuario for each in self._usuarios]
        self.setCurrentCell(names.index(wanted) if wanted in names else 0, 0)
        self.blockSignals(False)
        self.fit()
        self.current.emit()

    def fit(self) -> None:
        """Share the width; where it is narrow the name goes on beside the user's alone."""
        self.verticalHeader().setDefaultSectionSize(look.px(_ROW))
        room = self.viewport().width()
        widths = [look.px(width) for width in _WIDTHS]
        narrow = room - sum(widths) < look.px(160)
        self.setColumnHidden(2, narrow)
        if narrow:
            widths[2] = 0
            widths[1], widths[3] = room // 4, room * 2 // 5
        widths[0] = max(room - sum(widths), look.px(60))
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width."""
        super().resizeEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() in {event.Type.StyleChange, event.Type.FontChange}:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter and the keys of the buttons to the screen."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete, Qt.Key.Key_Escape}:
            event.ignore()
        else:
            super().keyPressEvent(event)
