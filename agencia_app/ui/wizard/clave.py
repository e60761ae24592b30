"""Step 5: one confirmation, one issuance, and what became of the sealed slip."""

from __future__ import annotations

from enum import Enum, auto
from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.impresion import EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.tramite import Tramite
from agencia_app.services import flow
from agencia_app.ui import job_words
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.hoja_field import HojaField
from agencia_app.ui.wizard.paper_words import nothing_came_out
from agencia_app.ui.wizard.pedido import PedidoDeReloj
from agencia_app.ui.wizard.step import Desk, StepPage

if TYPE_CHECKING:
    from agencia_app.services.claves import Issued


class Question(Enum):
    """What the page asks now."""

    ISSUE = auto()
    SLIP_WELL = auto()  # did the slip come out well and sealed?
    SLIP_SPOILED = auto()  # asked once more before the clave of a spoiled slip is annulled
    DOUBT = auto()  # the server did not say whether it was recorded: asked again, and nothing repeated
    SLIP_UNPRINTED = auto()  # it did not print: nobody knows that clave, another must be issued


_PRIMARY = {
    Question.ISSUE: "Emitir la clave",
    Question.SLIP_WELL: "Sí, salió bien",
    Question.SLIP_SPOILED: "No, está bien",
    Question.SLIP_UNPRINTED: "Emitir otra hoja",
    Question.DOUBT: "Averiguar ahora",
}


# What takes another hoja from the printer.
_NUMBERED = frozenset({Question.ISSUE, Question.SLIP_SPOILED, Question.SLIP_UNPRINTED})
_SPOILED_ONE = "En este trámite ya se anuló una hoja que se dañó o no salió."
_SPOILED = "En este trámite ya se anularon {} hojas que se dañaron o no salieron."


class ClavePage(StepPage):
    """Issues the clave. It never sees it: the services hand the slip to the printer.

    A slip cannot be printed again: one that did not come out is annulled and another issued.
    """

    finished = Signal(str)  # the trámite ended here: its slip was annulled, and no other issued

    papel = PaperKind.HOJA_CLAVE

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.question = Question.ISSUE
        self._job: Impresion | None = None
        self.title, self.detail, self.before = QLabel(), QLabel(), QLabel()
        self.before.setProperty("role", "muted")
        self.title.setProperty("role", "heading")
        self.detail.setProperty("role", "large")
        for label in (self.title, self.detail, self.before):
            label.setWordWrap(True)
        self.spoiled = KeyButton("La hoja se dañó", "D", "secondary")
        self.annul = KeyButton("Anularla y emitir otra", "A", "danger")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Emitiendo la clave")
        self.progress.hide()
        self.hoja = HojaField()
        self._due: int | None = None
        self._reloj = ""  # what is wrong with the clock
        self.clock = KeyButton("Revisar la hora", "F7")
        row = look.spaced(QHBoxLayout(), spacing=14)
        row.addWidget(self.clock)
        row.addWidget(self.spoiled)
        row.addWidget(self.annul)
        row.addStretch(1)
        card = Card()
        for widget in (self.title, self.detail, self.before, self.hoja, self.progress):
            card.box.addWidget(widget)
        card.box.addLayout(row)
        self.column.addWidget(card)
        self.column.addWidget(self.notice)
        self.column.addStretch(1)
        self.spoiled.clicked.connect(lambda: self._turn_to(Question.SLIP_SPOILED))
        self.annul.clicked.connect(self._replace)
        self.clock.clicked.connect(self._ask_about_clock)

    def prepare(self, tramite: Tramite) -> object:
        """Fetch which numbered hoja this window takes next, where they are numbered."""
        _ = tramite
        return self._next_hoja()

    def _next_hoja(self) -> int | None:
        hojas = self.desk.services.hojas
        return hojas.next_for(self.desk.sesion.ventanilla) if hojas.numeradas else None

    def show_tramite(self, tramite: Tramite, prepared: object) -> None:
        """Ask for the confirmation; over a recorded clave, what became of its slip."""
        super().show_tramite(tramite, prepared)
        self._due = cast("int | None", prepared)
        self.progress.hide()
        self._job = None
        if tramite.emision is None:
            self._ask(Question.ISSUE)
            return
        self._ask(Question.SLIP_WELL)
        # Shown on entering: this window, or another, was left in the middle.
        self.notice.show_text(
            "missing",
            f"{flow.truth_of(tramite)} Si la hoja no salió de la impresora, indique que se dañó: "
            "se anula y se emite otra.",
        )

    def show_job(self, job: Impresion | None) -> None:
        """Ask for another slip once this one failed; where nobody can know, say so beside the question."""
        before, self._job = self._job, job
        if job is None or job == before or self.question in {Question.ISSUE, Question.DOUBT}:
            return
        if job.estado is not EstadoImpresion.FALLIDO or self.question is Question.SLIP_UNPRINTED:
            return
        if nothing_came_out(job):
            self._turn_to(Question.SLIP_UNPRINTED)
            self.notice.show_text("error", escape(job_words.problem(job), quote=False))
        else:
            self.notice.show_text(
                "missing",
                f"No se sabe si la hoja salió de {escape(job_words.printer(job.impresora), quote=False)}. "
                "Mire en la impresora: si no salió completa, indique que se dañó.",
            )

    def tail(self) -> str:
        """Say what the slip waits for."""
        return "" if self.question in {Question.ISSUE, Question.DOUBT} else "Falta confirmar la hoja"

    def first_focus(self) -> QWidget:
        """Return the field for the number of the hoja, where one is asked for."""
        return self.hoja.number if not self.hoja.isHidden() else self

    def proceed(self) -> None:
        """Answer yes to the question asked; the Enter of a scanned number is none."""
        if self.question is Question.SLIP_SPOILED and self.hoja.number.hasFocus() and self.hoja.value:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.question is Question.ISSUE:
            self._issue()
        elif self.question is Question.SLIP_WELL:
            self._confirm()
        elif self.question is Question.SLIP_SPOILED:
            self._turn_to(Question.SLIP_WELL)
        elif self.question is Question.DOUBT:
            self._settle()
        else:
            self._replace()

    def take_key(self, event: QKeyEvent) -> bool:
        """Say with D that the slip is spoiled, and with A, asked once more, that it is annulled."""
        if event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        for key, button in (
            (Qt.Key.Key_D, self.spoiled),
            (Qt.Key.Key_A, self.annul),
            (Qt.Key.Key_F7, self.clock),
        ):
            if event.key() == key and button.isVisible():
                button.click()
                return True
        return False

    def server_back(self) -> None:
        """Find out by itself what the server did not say."""
        super().server_back()
        if self.question is Question.DOUBT:
            self._settle()

    # -- actions -----------------------------------------------------------------------

    def _issue(self) -> None:
        tramite, desk = self.tramite, self.desk
        if tramite is not None:
            self._start_progress()
            hoja = self.hoja.value
            desk.run(
                lambda: (desk.services.claves.issue(desk.sesion, tramite.numero, hoja), self._next_hoja()),
                self._issued,
                self._refused,
            )

    def _replace(self) -> None:
        tramite, desk = self.tramite, self.desk
        if tramite is not None:
            self._start_progress()
            hoja, slip = self.hoja.value, _slip(tramite)
            desk.run(
                lambda: (
                    desk.services.claves.replace_slip(desk.sesion, tramite.numero, slip, hoja),
                    self._next_hoja(),
                ),
                self._issued,
                self._refused,
            )

    def _settle(self) -> None:
        tramite, desk = self.tramite, self.desk
        if tramite is not None:
            self._start_progress()
            desk.run(
                lambda: (
                    desk.services.claves.settle(desk.sesion, tramite.numero),
                    desk.services.tramites.reload(tramite.numero),
                    self._next_hoja(),
                ),
                self._settled,
                self._refused,
            )

    def _settled(self, answer: tuple[Issued | None, Tramite, int | None]) -> None:
        issued, tramite, due = answer
        if issued is not None:
            self._issued((issued, due))
            return
        self.show_tramite(tramite, due)
        self.updated.emit(tramite)
        self.notice.show_text("missing", f"{flow.truth_of(tramite)} Puede seguir desde aquí.")

    def _confirm(self) -> None:
        tramite, desk = self.tramite, self.desk
        if tramite is not None:
            desk.run(
                lambda: desk.services.claves.confirm_slip(desk.sesion, tramite.numero, _slip(tramite)),
                self._confirmed,
                self._refused,
            )

    def _confirmed(self, tramite: Tramite) -> None:
        self.desk.papers.poke()  # the recibo waited for this
        self.advanced.emit(tramite)

    def _ask_about_clock(self) -> None:
        tramite, desk = self.tramite, self.desk
        if tramite is not None:
            self.second_person.emit(PedidoDeReloj(desk.services, desk.sesion, tramite.numero, self._reloj))

    def _start_progress(self) -> None:
        self.notice.clear()
        self.clock.hide()
        self.progress.show()

    def _issued(self, answer: tuple[Issued, int | None]) -> None:
        issued, self._due = answer
        self.progress.hide()
        self.tramite = issued.tramite
        self._job = None
        if issued.hoja is None:  # it was issued before
            self.show_tramite(issued.tramite, self._due)
        else:
            self._ask(Question.SLIP_WELL)
        self.updated.emit(issued.tramite)
        if issued.hoja is not None:
            self.desk.papers.queued(issued.hoja)  # a slip that failed changes the question

    def _refused(self, error: KnownError) -> None:
        self.progress.hide()
        if error.code == "clave.annulled":
            self.finished.emit(sentence(error))
        elif error.code.startswith("hoja."):
            self.hoja.show_error(error)
        elif error.code == "clave.in_doubt":
            self._turn_to(Question.DOUBT)
            self._settle()  # perhaps that one connection broke; otherwise again when the server is back
        else:
            if error.code == "reloj.back":
                ahora, registrado = error.data["ahora"], error.data["registrado"]
                self._reloj = f"El reloj marca {ahora} y lo último se registró el {registrado}."
                self.clock.show()
            self.show_error(error)

    # -- what it asks ------------------------------------------------------------------

    def _turn_to(self, question: Question) -> None:
        """Change the question within the page; it settles like a new one."""
        self._ask(question)
        self.updated.emit(self.tramite)

    def _ask(self, question: Question) -> None:
        self.question = question
        self.primary = _PRIMARY[question]
        self.notice.clear()
        self.spoiled.setVisible(question is Question.SLIP_WELL)
        self.annul.setVisible(question is Question.SLIP_SPOILED)
        self.clock.hide()
        self.hoja.show_next(self._due)
        self.hoja.setVisible(self.desk.services.hojas.numeradas and question in _NUMBERED)
        title, detail = self._words(question)
        self.title.setText(title)
        self.detail.setText(detail)
        spoiled = _slip(self.tramite) - 1 if self.tramite is not None else 0
        self.before.setText(_SPOILED_ONE if spoiled == 1 else _SPOILED.format(spoiled))
        self.before.setVisible(spoiled > 0)
        self.changed.emit()

    def _words(self, question: Question) -> tuple[str, str]:
        since = self.tramite.clave_vigente_desde if self.tramite is not None else None
        if question is Question.ISSUE and since is not None:
            return (
                "Emitir la clave nueva: la anterior dejará de funcionar",
                f"La anterior está vigente desde {day(local_date(since))}. La hoja la toma la persona: usted no la lee.",
            )
        return {
            Question.ISSUE: (
                "Emitir la clave",
                "No tiene clave vigente. La hoja la toma la persona de la impresora: usted no la lee.",
            ),
            Question.SLIP_WELL: (
                "¿La hoja salió bien?",
                "Pida a la persona que la tome de la impresora, la doble por las marcas y la selle.",
            ),
            Question.SLIP_SPOILED: (
                "¿Anular la hoja dañada y emitir otra?",
                "La clave de la hoja dañada deja de funcionar. Rómpala delante de la persona.",
            ),
            Question.DOUBT: (
                "Se está averiguando si la clave quedó registrada",
                (
                    "Se perdió la conexión justo al registrarla. En cuanto vuelva, esta pantalla dice cómo quedó: "
                    "nada se emite dos veces."
                ),
            ),
            Question.SLIP_UNPRINTED: (
                "La hoja no salió",
                (
                    "La clave quedó registrada, pero nadie la conoce. Arregle la impresora y emita otra hoja: "
                    "la que no salió se anula."
                ),
            ),
        }[question]


def _slip(tramite: Tramite) -> int:
    """Return which slip the screen asks about."""
    return tramite.emision.intento if tramite.emision is not None else 0
