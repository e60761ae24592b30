"""Step 6: the recibo, printed once the slip was confirmed, and shown; Enter calls the next person."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.impresion import MAL_IMPRESO, PERDIDO, Impresion, PaperKind
from agencia_app.models.domain.tramite import Tramite
from agencia_app.ui.job_words import TO_BE_SEEN
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.wizard.paper_words import OUT, nothing_came_out
from agencia_app.ui.wizard.step import Desk, StepPage

PREVIEW_WIDTH = 380  # pixels at 100 %
SMALLEST_PREVIEW = 200  # pixels at any zoom
_SHARE = 0.45  # of the page's width
_AROUND = 44  # pixels at 100 %: the card's margins and border
_SHARPNESS = 2.0  # drawn larger than shown, so that a larger zoom or a dense screen stays sharp
_NEXT = "Siguiente persona"
# Why a recibo that came out is printed again, by key: the duplicate and the bitácora carry it.
MOTIVOS = {"M": MAL_IMPRESO, "P": PERDIDO}


class ReciboPage(StepPage):
    """Shows what is printed. ``finished`` carries the sentence about the attention that ended."""

    finished = Signal(str)

    primary = _NEXT
    papel = PaperKind.RECIBO

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._image = QImage()
        self._job: Impresion | None = None
        self.preview = QLabel()
        self.preview.setObjectName("paper")
        self.number = QLabel()
        self.number.setProperty("role", "large")
        self.number.setWordWrap(True)
        self.again = KeyButton("Imprimir otra vez", "F7", "secondary")
        self.again.clicked.connect(lambda: self._ask(on=True))
        self.motivos = self._build_motivos()
        words = look.spaced(QVBoxLayout(), spacing=14)
        words.addWidget(self.number)
        words.addWidget(self.notice)
        words.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        words.addWidget(self.motivos)
        words.addStretch(1)
        card = Card()
        row = look.spaced(QHBoxLayout(), spacing=24)
        card.box.addLayout(row)
        row.addWidget(self.preview, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.column.addWidget(card)
        self.column.addStretch(1)

    def _build_motivos(self) -> QWidget:
        asking = QWidget()
        column = look.spaced(QVBoxLayout(asking), spacing=10)
        question = QLabel("¿Por qué se imprime otra vez? Saldrá marcado como duplicado.")
        question.setWordWrap(True)
        column.addWidget(question)
        self._buttons: dict[str, KeyButton] = {}
        for key, motivo in MOTIVOS.items():
            button = self._buttons[key] = KeyButton(motivo, key, "secondary")
            button.clicked.connect(lambda _=False, motivo=motivo: self._print_duplicate(motivo))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        asking.hide()
        return asking

    def prepare(self, tramite: Tramite) -> object:
        """Draw the preview."""
        from agencia_app.services import pdf_pages  # noqa: PLC0415 - pdfium loads with the first preview

        paper = self.desk.services.papeles.recibo(tramite)
        return pdf_pages.preview(paper.pdf, round(PREVIEW_WIDTH * _SHARPNESS))

    def show_tramite(self, tramite: Tramite, prepared: object) -> None:
        """Show the preview; the recibo is already on its way."""
        super().show_tramite(tramite, prepared)
        width, height, pixels = cast("tuple[int, int, bytes]", prepared)
        # The bytes die with this call; a copy stays.
        self._image = QImage(pixels, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        self.redraw()
        recibo = tramite.emision.recibo if tramite.emision is not None else ""
        self.number.setText(
            f"Recibo <b>{numeros.shown(recibo)}</b><br>Firman la persona y usted. Entréguele el recibo."
        )
        self.preview.setAccessibleName(f"Vista previa del recibo {numeros.shown(recibo)}")
        self._show_question(on=False)

    def show_job(self, job: Impresion | None) -> None:
        """Offer another once it came out; before that, the line under the page says how it goes."""
        self._job = job
        if self._asking and not self._is_out:
            self._show_question(on=False)
        self.again.setVisible(self._is_out and not self._asking)
        self.changed.emit()

    def tail(self) -> str:
        """Say that the attention is done but for the handing over."""
        job = self._job
        if job is None or job.estado in OUT:
            return "Entregue el recibo"
        if job.error in TO_BE_SEEN:
            return "Compruebe si el recibo salió"
        return "El recibo no ha salido" if nothing_came_out(job) else "El recibo está por salir"

    def proceed(self) -> None:
        """End the trámite and call the next person, whatever the printer does; or print no other."""
        tramite, desk = self.tramite, self.desk
        if tramite is None:
            return
        if self._asking:
            self._ask(on=False)
            return

        def ended(_: Tramite) -> None:
            desk.papers.watch()
            self.finished.emit(
                f"Terminado: {tramite.persona.nombre_completo}. Atienda a la siguiente persona."
            )

        desk.run(lambda: desk.services.tramites.finish(desk.sesion, tramite.numero), ended, self.show_error)

    def take_key(self, event: QKeyEvent) -> bool:
        """Ask with F7 why another is printed, and take the answer's letter."""
        if event.key() == Qt.Key.Key_F7 and self.again.isVisible():
            self._ask(on=True)
            return True
        if not self._asking or event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        for key, button in self._buttons.items():
            if event.key() == getattr(Qt.Key, f"Key_{key}"):
                button.click()
                return True
        return False

    # -- printing again ----------------------------------------------------------------

    @property
    def _asking(self) -> bool:
        return not self.motivos.isHidden()

    @property
    def _is_out(self) -> bool:
        # None: it was printed before jobs were kept.
        return self._job is None or self._job.estado in OUT

    def _ask(self, *, on: bool) -> None:
        """Put up the question why, or take it down; it settles like a page of its own."""
        self._show_question(on=on)
        self.updated.emit(self.tramite)
        # A turn later it has its place.
        QTimer.singleShot(0, self, lambda: self.looked_at.emit(self.motivos))

    def _show_question(self, *, on: bool) -> None:
        self.motivos.setVisible(on)
        self.again.setVisible(self._is_out and not on)
        self.primary = "No imprimir otro" if on else _NEXT

    def _print_duplicate(self, motivo: str) -> None:
        tramite, desk = self.tramite, self.desk
        if tramite is None:
            return
        self._ask(on=False)
        desk.run(
            lambda: desk.services.duplicados.print_again(desk.sesion, self.papel, tramite.numero, motivo),
            desk.papers.queued,
            self.show_error,
        )

    def redraw(self) -> None:
        """Draw the preview, whole on the screen at the present zoom and size."""
        if self._image.isNull():
            return
        view = self.parentWidget() or self
        tall = self._image.height() / self._image.width()
        width = min(
            look.px(PREVIEW_WIDTH),
            round(_SHARE * view.width()),
            round((view.height() - look.px(_AROUND)) / tall),
        )
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap.fromImage(
            self._image.scaledToWidth(
                round(max(width, SMALLEST_PREVIEW) * ratio), Qt.TransformationMode.SmoothTransformation
            )
        )
        pixmap.setDevicePixelRatio(ratio)
        self.preview.setPixmap(pixmap)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the preview to the room there is now."""
        super().resizeEvent(event)
        self.redraw()
