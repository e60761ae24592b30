"""Step 4: the considerations read and accepted, the solicitud printed and signed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel

from agencia_app.models.domain.consideraciones import CONSIDERACIONES
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.tramite import Tramite
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.wizard.step import Desk, StepPage


class SolicitudPage(StepPage):
    """First Enter: accepted, and the solicitud prints. Second Enter: it is signed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._unprinted = False  # nothing to sign yet: Enter prints again
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
        accepted = tramite.aceptado_en is not None
        self.reading.setVisible(not accepted)
        self.signing.setVisible(accepted)
        self.instruction.setText(
            "Entregue la solicitud impresa. La persona la revisa y la <b>firma</b>; si no puede firmar, "
            "pone su <b>huella</b>."
        )
        self._unprinted = False
        self.primary = "Está firmada" if accepted else "Aceptar e imprimir"

    def tail(self) -> str:
        """Say what to do with the page."""
        accepted = self.tramite is not None and self.tramite.aceptado_en is not None
        return "Falta la firma" if accepted else "Léale en voz alta"

    def proceed(self) -> None:
        """Accept and print, or record the signature."""
        tramite, desk = self.tramite, self.desk
        if tramite is None:
            return
        if self._unprinted:
            self._print()
            return
        if tramite.aceptado_en is not None:
            desk.run(
                lambda: desk.services.tramites.sign(desk.sesion, tramite.numero),
                self.advanced.emit,
                self.show_error,
            )
            return

        def accept_and_print() -> tuple[Tramite, KnownError | None]:
            accepted = desk.services.tramites.accept(desk.sesion, tramite.numero)
            return accepted, self._printed(accepted)

        desk.run(accept_and_print, self._accepted, self.show_error)

    def take_key(self, event: QKeyEvent) -> bool:
        """Print again with F7."""
        if event.key() != Qt.Key.Key_F7 or not self.signing.isVisible():
            return False
        self._print()
        return True

    def _accepted(self, answer: tuple[Tramite, KnownError | None]) -> None:
        tramite, error = answer
        self.show_tramite(tramite, None)
        self.updated.emit(tramite)
        self._show_printed(error)

    def _print(self) -> None:
        tramite = self.tramite
        if tramite is not None:
            self.desk.run(lambda: self._printed(tramite), self._show_printed, self.show_error)

    def _printed(self, tramite: Tramite) -> KnownError | None:
        """Print the solicitud on a worker; return why it did not print, or None."""
        desk = self.desk
        try:
            desk.services.impresiones.print_paper(desk.sesion, PaperKind.SOLICITUD, tramite.numero)
        except KnownError as error:
            return error
        return None

    def _show_printed(self, error: KnownError | None) -> None:
        self._unprinted = error is not None
        self.primary = "Imprimir otra vez" if self._unprinted else "Está firmada"
        self.desk.monitor.poke()
        if error is None:
            self.notice.show_text("done", "Solicitud enviada a la impresora.")
        else:
            self.show_error(error)
        self.changed.emit()


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
