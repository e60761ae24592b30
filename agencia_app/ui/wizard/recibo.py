"""Step 6: the recibo, printed on entering and shown; Enter calls the next person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.tramite import Tramite
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.wizard.step import Desk, StepPage

PREVIEW_WIDTH = 380  # pixels at 100 %
SMALLEST_PREVIEW = 200  # pixels at any zoom
_SHARE = 0.45  # of the page's width
_AROUND = 44  # pixels at 100 %: the card's margins and border
_SHARPNESS = 2.0  # drawn larger than shown, so that a larger zoom or a dense screen stays sharp


@dataclass(frozen=True)
class _Printed:
    width: int
    height: int
    pixels: bytes
    error: KnownError | None


class ReciboPage(StepPage):
    """Shows what was printed. ``finished`` carries the sentence about the attention that ended."""

    finished = Signal(str)

    primary = "Siguiente persona"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._image = QImage()
        self.preview = QLabel()
        self.preview.setObjectName("paper")
        self.number = QLabel()
        self.number.setProperty("role", "large")
        self.number.setWordWrap(True)
        self.again = KeyButton("Imprimir otra vez", "F7", "secondary")
        self.again.clicked.connect(self._print)
        words = look.spaced(QVBoxLayout(), spacing=14)
        words.addWidget(self.number)
        words.addWidget(self.notice)
        words.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        words.addStretch(1)
        card = Card()
        row = look.spaced(QHBoxLayout(), spacing=24)
        card.box.addLayout(row)
        row.addWidget(self.preview, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.column.addWidget(card)
        self.column.addStretch(1)

    def prepare(self, tramite: Tramite) -> object:
        """Print the recibo and draw its preview; a printer's refusal does not lose the page."""
        from agencia_app.services import pdf_pages  # noqa: PLC0415 - pdfium loads with the first preview

        self.desk.monitor.poke()
        paper = self.desk.services.papeles.recibo(tramite)
        width, height, pixels = pdf_pages.first_page(paper.pdf, round(PREVIEW_WIDTH * _SHARPNESS))
        return _Printed(width, height, pixels, None)

    def show_tramite(self, tramite: Tramite, prepared: object) -> None:
        """Show the preview, and whether it went to the printer."""
        super().show_tramite(tramite, prepared)
        printed = cast("_Printed", prepared)
        # The bytes die with this call; a copy stays.
        self._image = QImage(
            printed.pixels, printed.width, printed.height, 4 * printed.width, QImage.Format.Format_RGB32
        ).copy()
        self.redraw()
        recibo = tramite.emision.recibo if tramite.emision is not None else ""
        self.number.setText(
            f"Recibo <b>{numeros.shown(recibo)}</b><br>Firman la persona y usted. Entréguele el recibo."
        )
        self.preview.setAccessibleName(f"Vista previa del recibo {numeros.shown(recibo)}")
        self._show_printed(printed.error)

    def tail(self) -> str:
        """Say that the attention is done but for the handing over."""
        return "Entregue el recibo"

    def proceed(self) -> None:
        """End the trámite and call the next person."""
        tramite, desk = self.tramite, self.desk
        if tramite is None:
            return
        desk.run(
            lambda: desk.services.tramites.finish(desk.sesion, tramite.numero),
            lambda _: self.finished.emit(
                f"Terminado: {tramite.persona.nombre_completo}. Atienda a la siguiente persona."
            ),
            self.show_error,
        )

    def take_key(self, event: QKeyEvent) -> bool:
        """Print again with F7: the printer refused, or the paper came out spoiled."""
        if event.key() != Qt.Key.Key_F7:
            return False
        self._print()
        return True

    def _print(self) -> None:
        tramite, services = self.tramite, self.desk.services
        if tramite is not None:
            self.desk.run(
                lambda: services.duplicados.print_again(
                    self.desk.sesion, PaperKind.RECIBO, tramite.numero, "Salió mal impreso"
                ),
                lambda _: self._show_printed(None),
                self._show_printed,
            )

    def _show_printed(self, error: KnownError | None) -> None:
        self.desk.monitor.poke()
        if error is None:
            self.notice.show_text("done", "Recibo enviado a la impresora.")
        else:
            self.show_error(error)

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
