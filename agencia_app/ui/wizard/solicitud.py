"""Step 4: the considerations read and accepted, the solicitud printed and signed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel

from agencia_app.models.domain.consideraciones import CONSIDERACIONES
from agencia_app.models.domain.impresion import Impresion, PaperKind
from agencia_app.models.domain.tramite import Tramite
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.wizard.paper_words import OUT, nothing_came_out
from agencia_app.ui.wizard.step import Desk, StepPage


class SolicitudPage(StepPage):
    """First Enter: accepted, and the solicitud prints. Second Enter: it is signed."""

    papel = PaperKind.SOLICITUD

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._job: Impresion | None = None
        self.reading = _considerations()
        self.signing = Card()
        self.instruction = QLabel()
        self.instruction.setProperty("role", "large")
        self.instruction.setWordWrap(True)
        self.again = KeyButton("Imprimir otra vez", "F7", "secondary")
        self.again.clicked.connect(self._print)
        row = look.spaced(QHBoxLayout(), spacing=14)
        row.addWidget(self.again)
        row.addStretch(1)
        self.signing.box.addWidget(self.instruction)
        self.signing.box.addLayout(row)
        self.column.addWidget(self.reading)
        self.column.addWidget(self.signing)
        self.column.addWidget(self.notice)
        self.column.addStretch(1)

    def show_tramite(self, tramite: Tramite, prepared: object) -> None:
        """Show the considerations, or, once accepted, what is to be signed."""
        super().show_tramite(tramite, prepared)
        self.reading.setVisible(not self._accepted)
        self.signing.setVisible(self._accepted)
        self.instruction.setText(
            "Entregue la solicitud impresa. La persona la revisa y la <b>firma</b>; si no puede firmar, "
            "pone su <b>huella</b>."
        )

    def show_job(self, job: Impresion | None) -> None:
        """Ask for the signature unless there is certainly nothing to sign."""
        self._job = job
        self.primary = "Está firmada" if self._accepted else "Aceptar e imprimir"
        # None: it was accepted before print jobs were recorded.
        self.again.setVisible(job is None or job.estado in OUT)
        self.changed.emit()

    def can_continue(self) -> bool:
        """Tell whether there may be a paper to sign, if it is time to sign."""
        return not (self._accepted and self._job is not None and nothing_came_out(self._job))

    def tail(self) -> str:
        """Say what to do with the page."""
        if not self._accepted:
            return "Léale en voz alta"
        return "Falta la firma" if self.can_continue() else "La solicitud no ha salido"

    def proceed(self) -> None:
        """Accept and print, or record the signature."""
        tramite, desk = self.tramite, self.desk
        if tramite is None:
            return
        if not self.can_continue():
            desk.papers.take_focus(anyway=True)
        elif not self._accepted:
            self._accept(tramite)
        else:
            desk.run(
                lambda: desk.services.tramites.sign(desk.sesion, tramite.numero),
                self.advanced.emit,
                self.show_error,
            )

    def take_key(self, event: QKeyEvent) -> bool:
        """Print again with F7: it came out, but badly."""
        if event.key() != Qt.Key.Key_F7 or not self.again.isVisible():
            return False
        self._print()
        return True

    @property
    def _accepted(self) -> bool:
        return self.tramite is not None and self.tramite.aceptado_en is not None

    def _accept(self, tramite: Tramite) -> None:
        desk = self.desk

        def accept() -> tuple[Tramite, Impresion]:
            accepted = desk.services.tramites.accept(desk.sesion, tramite.numero)
            return accepted, desk.services.impresiones.of_tramite(tramite.numero)[0]

        def show(answer: tuple[Tramite, Impresion]) -> None:
            accepted, printing = answer
            self.show_tramite(accepted, None)
            self.updated.emit(accepted)
            desk.papers.queued(printing)

        desk.run(accept, show, self.show_error)

    def _print(self) -> None:
        tramite, desk = self.tramite, self.desk
        if tramite is not None:
            self.notice.clear()
            desk.run(
                lambda: desk.services.impresiones.print_solicitud(desk.sesion, tramite.numero),
                desk.papers.queued,
                self.show_error,
            )


def _considerations() -> Card:
    card = Card()
    grid = look.spaced(QGridLayout(), spacing=14)
    card.box.addLayout(grid)
    for place, text in enumerate(CONSIDERACIONES):
        number, words = QLabel(str(place + 1)), QLabel(text)
        number.setProperty("role", "number")
        words.setProperty("role", "large")
        words.setWordWrap(True)
        grid.addWidget(number, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(words, place, 1)
    grid.setColumnStretch(1, 1)
    return card
