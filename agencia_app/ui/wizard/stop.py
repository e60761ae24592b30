"""The end of the way for somebody who cannot be attended: why, and what they can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel

from agencia_app.models.domain.correccion import DatoErrado
from agencia_app.models.domain.impresion import Impresion, PaperKind
from agencia_app.models.domain.persona import Persona
from agencia_app.services.flow import Stop
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.wizard.correccion import KEY, KEY_TEXT, OPENS
from agencia_app.ui.wizard.paper_words import OUT
from agencia_app.ui.wizard.step import Desk, StepPage

if TYPE_CHECKING:
    from agencia_app.services.tramites import Attention


class StopPage(StepPage):
    """A red card; F6 prints it large, F10 opens a ticket about it, Enter calls the next person."""

    finished = Signal(str)

    primary = "Siguiente persona"
    papel = PaperKind.PENDIENTES

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._attention: Attention | None = None
        self._job: Impresion | None = None
        self._cedula = ""
        self.title, self.action = QLabel(), QLabel()
        self.title.setProperty("role", "stop")
        self.action.setProperty("role", "large")
        for label in (self.title, self.action):
            label.setWordWrap(True)
        card = Card()
        card.set_kind("stop")
        card.box.addWidget(self.title)
        card.box.addWidget(self.action)
        self.correct = KeyButton(OPENS, KEY_TEXT)
        self.correct.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.correct.clicked.connect(lambda: self.wrong_datum.emit(DatoErrado.ESTADO))
        self.column.addWidget(card)
        self.column.addWidget(self.correct, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self.notice)
        self.column.addStretch(1)

    def show_stop(self, attention: Attention, cedula: str) -> None:
        """Show why ``cedula`` cannot be attended."""
        self._attention, self._cedula = attention, cedula
        self.notice.clear()
        self.correct.setVisible(attention.persona is not None)
        if attention.stop is not None:
            self.title.setText(attention.stop.title)
            self.action.setText(attention.stop.action)

    @property
    def stop(self) -> Stop | None:
        """Why, or None before the first."""
        return self._attention.stop if self._attention is not None else None

    @property
    def persona(self) -> Persona | None:
        """The person stopped, or None when nobody has the number."""
        return self._attention.persona if self._attention is not None else None

    @property
    def cedula(self) -> str:
        """The number that was asked for."""
        return self._cedula

    def show_job(self, job: Impresion | None) -> None:
        """Take what is known of the sheet."""
        # A ticket de corrección goes its own way.
        self._job = job if job is not None and job.papel is self.papel else None

    def take_key(self, event: QKeyEvent) -> bool:
        """F10 says that the padrón has a datum wrong."""
        if event.key() != KEY or not self.correct.isVisible():
            return False
        self.correct.click()
        return True

    def tail(self) -> str:
        """Say it in the title too."""
        return "No se puede atender"

    def proceed(self) -> None:
        """Call the next person."""
        self.finished.emit("")

    def print_sheet(self) -> None:
        """Print the hoja de pendientes, which says the same in large type; again once it came out."""
        attention, cedula, desk = self._attention, self._cedula, self.desk
        if attention is None or attention.stop is None:
            return
        if self._job is not None and self._job.estado not in OUT:
            desk.papers.take_focus(anyway=True)  # it is on its way, or the line below says what to do
            return
        desk.run(
            lambda: desk.services.impresiones.print_stop(desk.sesion, cedula),
            lambda job: desk.papers.queued(job, watch=True),
            self.show_error,
        )
