"""Step 4: the solicitud, read and printed here or brought already, qualified where it must be, and signed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from agencia_app.models.domain import solicitud as solicitudes
from agencia_app.models.domain.consideraciones import CONSIDERACIONES
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import Impresion, PaperKind
from agencia_app.models.domain.requisitos import Via
from agencia_app.models.domain.solicitud import EstadoSolicitud, OrigenSolicitud, Solicitud
from agencia_app.models.domain.tramite import Tramite
from agencia_app.services.flow import Ask
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.empleador_form import EmpleadorForm
from agencia_app.ui.wizard.paper_words import OUT, nothing_came_out
from agencia_app.ui.wizard.step import Desk, StepPage

_PRINTED = (
    "Entregue la solicitud impresa. La persona la revisa y la <b>firma</b>; si no puede firmar, "
    "pone su <b>huella</b>."
)
_BROUGHT = (
    "La persona trae la solicitud {numero}, hecha en el {origen}. Compruebe que esté <b>firmada</b>; si no lo está, "
    "la firma ahora o pone su <b>huella</b>."
)
_FROM = {OrigenSolicitud.KIOSCO: "kiosco", OrigenSolicitud.PORTAL: "portal"}


class SolicitudPage(StepPage):
    """First Enter: accepted, and the solicitud prints. Second Enter: it is signed.

    One that was brought is only to be signed. With an employer the block is written down, and one Enter
    says that the solicitud is qualified and signed.
    """

    papel = PaperKind.SOLICITUD

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._job: Impresion | None = None
        self._ask = Ask.ACEPTAR
        self._employer = False
        self.told = QLabel()
        self.told.setProperty("role", "muted")
        self.told.setWordWrap(True)
        self.reading = _considerations()
        self.empleador = EmpleadorForm()
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
        for part in (self.told, self.reading, self.empleador, self.signing, self.notice):
            self.column.addWidget(part)
        self.column.addStretch(1)

    def show_tramite(self, tramite: Tramite, prepared: object) -> None:
        """Show what the step asks for: the considerations, the employer's block, or the signature."""
        super().show_tramite(tramite, prepared)
        tramites = self.desk.services.tramites
        condicion = tramites.condicion(tramite)
        self._ask = tramites.ask(tramite)
        self._employer = condicion.solicitud is Via.EMPLEADOR
        self.told.setText(condicion.texto)
        self.reading.setVisible(self._ask is Ask.ACEPTAR)
        self.empleador.setVisible(self._employer)
        self.signing.setVisible(self._ask is Ask.FIRMAR and not self._employer)
        if self._employer:
            made, padron = tramite.solicitud, tramite.persona.ruc_empleador
            block = made.calificacion if made is not None and self._ask is Ask.FIRMAR else None
            self.empleador.show_block(block, made.ruc if made is not None else padron, padron)
            of, draft = self.desk.drafts.blocks.pop(tramite.numero, ("", None))
            if draft is not None and of == (made.numero if made is not None else ""):
                self.empleador.show_draft(draft)
            if made is not None and made.estado_on(self.desk.services.today()) is EstadoSolicitud.VENCIDA:
                self.show_error(solicitudes.expired(made.numero, made.vence_el, employer=True))

    def show_job(self, job: Impresion | None) -> None:
        """Ask for the signature unless there is certainly nothing to sign."""
        self._job = job
        self.instruction.setText(self._instruction())
        if self._employer:
            self.primary = "Está calificada y firmada"
        else:
            self.primary = "Aceptar e imprimir" if self._ask is Ask.ACEPTAR else "Está firmada"
        # None: it was brought, or accepted before print jobs were recorded.
        self.again.setVisible(job is None or job.estado in OUT)
        self.changed.emit()

    def can_continue(self) -> bool:
        """Tell whether there may be a paper to sign, if it is time to sign."""
        printed = self._ask is Ask.FIRMAR and not self._employer and not self._brought
        return not (printed and self._job is not None and nothing_came_out(self._job))

    def tail(self) -> str:
        """Say what to do with the page."""
        if self._ask is Ask.CALIFICAR:
            return "Falta la calificación"
        if self._ask is Ask.ACEPTAR:
            return "Léale en voz alta"
        return "Falta la firma" if self.can_continue() else "La solicitud no ha salido"

    def first_focus(self) -> QWidget:
        """Return the first field of the employer's block that is empty; else the page."""
        return self.empleador.first_empty() if self._employer else self

    def proceed(self) -> None:
        """Accept and print, or record the block and the signature."""
        tramite, desk = self.tramite, self.desk
        if tramite is None:
            return
        if self._employer:
            self._qualify(tramite)
        elif not self.can_continue():
            desk.papers.take_focus(anyway=True)
        elif self._ask is Ask.ACEPTAR:
            self._accept(tramite)
        else:
            desk.run(
                lambda: desk.services.tramites.sign(desk.sesion, tramite.numero),
                self.advanced.emit,
                self.show_error,
            )

    def kept(self) -> Callable[[], Tramite] | None:
        """Hold the employer's block as it is typed: it is recorded whole, with the signature."""
        if self.tramite is not None and self._employer:
            made = self._made
            of = made.numero if made is not None else ""
            self.desk.drafts.blocks[self.tramite.numero] = of, self.empleador.draft()
        return None

    def take_key(self, event: QKeyEvent) -> bool:
        """Print again with F7: it came out, but badly. With an employer F7 ticks their signature and stamp."""
        if event.key() != Qt.Key.Key_F7:
            return False
        if self.empleador.isVisible():
            self.empleador.seen.click()
        elif self.again.isVisible():
            self._print()
        else:
            return False
        return True

    def show_error(self, error: KnownError) -> None:
        """Say what is wrong beside its field, or below."""
        if not self.empleador.show_error(error):
            super().show_error(error)

    @property
    def _made(self) -> Solicitud | None:
        return self.tramite.solicitud if self.tramite is not None else None

    @property
    def _brought(self) -> bool:
        """Whether what is signed is what the person brought, and not printed here."""
        return self._made is not None and self._made.origen in _FROM and self._job is None

    def _instruction(self) -> str:
        if self._made is None or not self._brought:
            return _PRINTED
        return _BROUGHT.format(numero=solicitudes.shown(self._made.numero), origen=_FROM[self._made.origen])

    def _qualify(self, tramite: Tramite) -> None:
        block, desk = self.empleador.typed(), self.desk
        if block is not None:
            desk.run(
                lambda: desk.services.solicitudes.qualify(desk.sesion, tramite.numero, block, seen=True),
                self.advanced.emit,
                self.show_error,
            )

    def _accept(self, tramite: Tramite) -> None:
        desk = self.desk

        def accept() -> tuple[Tramite, Impresion | None]:
            accepted = desk.services.tramites.accept(desk.sesion, tramite.numero)
            jobs = desk.services.impresiones.of_tramite(tramite.numero)
            return accepted, next((job for job in jobs if job.papel is PaperKind.SOLICITUD), None)

        def show(answer: tuple[Tramite, Impresion | None]) -> None:
            accepted, printing = answer
            self.show_tramite(accepted, None)
            self.updated.emit(accepted)
            if printing is not None:  # None: another window took up what the person brought
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
