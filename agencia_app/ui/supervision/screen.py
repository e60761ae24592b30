"""*Supervisión*: the day's board, and in its place the trámite that was opened on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from agencia_app.ui.supervision.board import Board

if TYPE_CHECKING:
    from agencia_app.models.domain.tablero import Fila
    from agencia_app.ui.sides import SideDesk
    from agencia_app.ui.supervision.detail import Detail


class SupervisionScreen(QStackedWidget):
    """The supervisor's home. ``closed`` says to go on to the wizard."""

    closed = Signal()

    def __init__(self, desk: SideDesk) -> None:
        super().__init__()
        self._desk = desk
        self.board = Board(desk)
        self.detail: Detail | None = None
        self._from_review = False
        self.addWidget(self.board)
        self.board.closed.connect(self.closed)
        self.board.opened.connect(self._open_row)
        self.board.revisar.tramite_wanted.connect(self._open_reviewed)

    def focus_first(self) -> None:
        """Put the focus where the next key goes, on the board or in the trámite that is open."""
        current = self.currentWidget()
        if current is self.detail and self.detail is not None:
            self.detail.focus_first()
        else:
            self.board.focus_first()

    def cancel(self) -> None:
        """Stop what runs long, because the session ends."""
        self.board.cancel()

    def _open_row(self, fila: Fila) -> None:
        self._from_review = False
        self._open(fila.numero)

    def _open_reviewed(self, numero: str) -> None:
        self._from_review = True
        self._open(numero)

    def _open(self, numero: str) -> None:
        if self.detail is None:
            from agencia_app.ui.supervision.detail import Detail  # noqa: PLC0415 - the board opens without it

            self.detail = Detail(self._desk)
            self.detail.closed.connect(self._back)
            self.addWidget(self.detail)
        self.detail.open(numero)
        self.setCurrentWidget(self.detail)
        self.detail.focus_first()

    def _back(self) -> None:
        self.setCurrentWidget(self.board)
        if self._from_review:
            self.board.revisar.focus_first()
        else:
            self.board.return_focus()
