"""*Cierre del día*: what still blocks it, what it comes to, closing it, and its papers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QHBoxLayout, QLabel

from agencia_app.models.domain.cierre import Bloqueo, Cierre, Dias, EstadoDia, TipoBloqueo
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import long_day
from agencia_app.ui import cierre_words
from agencia_app.ui.cierre_export_card import ExportCard
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.short_list import ShortList

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from agencia_app.ui.sides import SideDesk

POLL_MS = 3_000
_LINE = "Lo que llegue después de cerrar cuenta para el día siguiente, marcado como tardío."
_ASKED = (
    "¿Cerrar el {day}? Un día cerrado no se abre otra vez. Las ventanillas pueden seguir: lo que emitan cuenta "
    "para el día siguiente."
)


class CierreScreen(SideScreen):
    """One day at a time: today, one that was left open, or one closed lately."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Cierre del día", _LINE)
        self._desk = desk
        self._dias: Dias | None = None
        self._estado: EstadoDia | None = None
        self._running = False
        self._asking = ""  # cerrar or cancelar, while a question is up
        self._make_day()
        self._make_blockers()
        self._make_figures()
        self.exports = ExportCard(desk)
        for widget in (self.day, self.notice, self.blockers_card, self.figures_card, self.exports):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self._make_foot()
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._read)
        self._show_state()

    # -- how it is made ----------------------------------------------------------------

    def _make_day(self) -> None:
        self.day = QComboBox()
        self.day.setAccessibleName("Día")
        self.day.setMinimumContentsLength(24)
        self.day.currentIndexChanged.connect(self._day_changed)
        self.notice = Notice()

    def _make_blockers(self) -> None:
        self.blockers_card = Card()
        self.state = QLabel()
        self.state.setProperty("role", "strong")
        self.state.setWordWrap(True)
        self.blockers = ShortList("Trámites que faltan terminar", 5)
        self.blockers.itemActivated.connect(self._open_blocker)
        self.blockers.currentRowChanged.connect(self._show_state)
        self.take = KeyButton("Abrir el trámite", "A")
        self.cancel_tramite = KeyButton("Cancelar el trámite", "C", "danger")
        self.take.clicked.connect(self._open_blocker)
        self.cancel_tramite.clicked.connect(lambda: self._ask("cancelar"))
        row = look.spaced(QHBoxLayout(), spacing=12)
        row.addWidget(self.take)
        row.addWidget(self.cancel_tramite)
        row.addStretch(1)
        for widget in (self.state, self.blockers):
            self.blockers_card.box.addWidget(widget)
        self.blockers_card.box.addLayout(row)

    def _make_figures(self) -> None:
        self.figures, self.operators = QLabel(), QLabel()
        for label in (self.figures, self.operators):
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setWordWrap(True)
        self.figures_card = Card()
        heading = QLabel("El día, en números")
        heading.setProperty("role", "strong")
        row = look.spaced(QHBoxLayout(), spacing=36)
        row.addWidget(self.figures, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.operators, 1, Qt.AlignmentFlag.AlignTop)
        self.figures_card.box.addWidget(heading)
        self.figures_card.box.addLayout(row)

    def _make_foot(self) -> None:
        self.certificate = KeyButton("Abrir el certificado", "F6")
        self.no = KeyButton("No", "Esc")
        self.yes = KeyButton("", "S", "danger")
        self.close_day = KeyButton("Cerrar el día", drawing.ENTER, "primary")
        for button, act in (
            (self.certificate, self._open_certificate),
            (self.no, self._answer_no),
            (self.yes, self._answer_yes),
            (self.close_day, lambda: self._ask("cerrar")),
        ):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(act)
            self.foot.addWidget(button)

    # -- what is shown -----------------------------------------------------------------

    def focus_first(self) -> None:
        """Look the days up, with the focus at what blocks the day, else at the day."""
        self._read()
        (self.blockers if self.blockers.isVisible() else self.day).setFocus()

    def cancel(self) -> None:
        """Stop an export, because the session ends."""
        self.exports.cancel()

    def showEvent(self, event: QShowEvent) -> None:
        """Stay current while it is looked at."""
        super().showEvent(event)
        self._poll.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask nothing that nobody sees."""
        super().hideEvent(event)
        self._poll.stop()

    @property
    def _chosen_day(self) -> date | None:
        return cast("date | None", self.day.currentData())

    def _read(self) -> None:
        cierres, sesion, dia = self._desk.services.cierres, self._desk.sesion, self._chosen_day

        def look_up() -> tuple[Dias, EstadoDia]:
            days = cierres.days(sesion)
            return days, cierres.status(sesion, dia or days.hoy)

        self._desk.tasks.latest("cierre", look_up, self._show, self._failed)

    def _show(self, found: tuple[Dias, EstadoDia]) -> None:
        dias, estado = found
        if dias != self._dias:
            self._dias = dias
            self._offer_days(estado.dia)
        if estado != self._estado:
            had_focus = self.blockers.hasFocus()
            if self._estado is None or estado.dia != self._estado.dia:
                self.exports.set_day(estado.dia)
            self._estado = estado
            self.state.setText(cierre_words.state(estado))
            self.blockers.show_rows([cierre_words.blocker(each, estado.dia) for each in estado.bloqueos])
            self.figures.setText(cierre_words.figures(estado.totales))
            self.operators.setText(cierre_words.operators(estado.totales))
            self.operators.setVisible(bool(self.operators.text()))
            self.figures_card.setAccessibleName(look.plain(f"{self.figures.text()} {self.operators.text()}"))
            if had_focus and not estado.bloqueos:
                self.day.setFocus()
            elif self.day.hasFocus() and estado.bloqueos and not had_focus:
                self.blockers.setFocus()
        self._show_state()

    def _offer_days(self, chosen: date) -> None:
        dias = self._dias
        if dias is None:
            return
        self.day.blockSignals(True)
        self.day.clear()
        for dia, closed in dias.choices:
            self.day.addItem(cierre_words.day_name(dia, dias.hoy, closed=closed), dia)
        self.day.setCurrentIndex(max(self.day.findData(chosen), 0))
        self.day.blockSignals(False)

    def _day_changed(self) -> None:
        self.notice.clear()
        self._end_asking()
        self._estado = None
        self._read()

    def _show_state(self) -> None:
        estado = self._estado
        closed = estado is not None and estado.cierre is not None
        blocked = estado is not None and bool(estado.bloqueos)
        chosen = cast("Bloqueo | None", self.blockers.chosen) if blocked else None
        asking = bool(self._asking)
        self.take.setVisible(blocked)
        self.cancel_tramite.setVisible(chosen is not None and chosen.tipo is TipoBloqueo.BORRADOR)
        self.certificate.setVisible(closed and not asking)
        self.close_day.setVisible(not closed and not asking)
        self.close_day.setEnabled(estado is not None and not blocked and not self._running)
        self.back.setVisible(not asking)
        for button in (self.yes, self.no):
            button.setVisible(asking)

    # -- keys --------------------------------------------------------------------------

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter presses what has the focus, opens a trámite, or asks whether to close."""
        if event.key() in ENTER_KEYS:
            focused = QApplication.focusWidget()
            if isinstance(focused, QAbstractButton):
                focused.click()
            elif self.blockers.hasFocus():
                self._open_blocker()
            elif self.exports.has_focus():
                self.exports.start.click()
            elif not self._asking:
                self.close_day.click()
            return True
        for key, button in (
            (Qt.Key.Key_A, self.take),
            (Qt.Key.Key_C, self.cancel_tramite),
            (Qt.Key.Key_S, self.yes),
            (Qt.Key.Key_F6, self.certificate),
            (Qt.Key.Key_F7, self.exports.start),
        ):
            if event.key() == key and button.isVisible():
                button.click()
                return True
        return False

    def go_back(self) -> None:
        """Do what Esc does: stop an export, say no to a question, or go back."""
        if self.exports.running:
            self.exports.cancel()
        elif self._asking:
            self._answer_no()
        else:
            self.closed.emit()

    # -- what a person does ------------------------------------------------------------

    def _open_blocker(self) -> None:
        chosen = cast("Bloqueo | None", self.blockers.chosen)
        if chosen is not None:
            self._desk.ways.tramite.emit(chosen.tramite)

    def _ask(self, what: str) -> None:
        estado, chosen = self._estado, cast("Bloqueo | None", self.blockers.chosen)
        if estado is None or self._running or (what == "cancelar" and chosen is None):
            return
        self._asking = what
        if what == "cerrar":
            text = _ASKED.format(day=long_day(estado.dia))
            self.yes.set_text("Sí, cerrar el día")
        else:
            text = f"¿Cancelar el trámite de {chosen.persona if chosen else ''}? No se emitió nada."
            self.yes.set_text("Sí, cancelar el trámite")
        self.notice.show_text("missing", escape(text))
        self._show_state()
        self.no.setFocus()
        self.area.ensureWidgetVisible(self.notice)

    def _end_asking(self) -> None:
        if self._asking:
            self._asking = ""
            self.notice.clear()
        self._show_state()

    def _answer_no(self) -> None:
        self._end_asking()
        self.focus_first()

    def _answer_yes(self) -> None:
        asked, estado = self._asking, self._estado
        chosen = cast("Bloqueo | None", self.blockers.chosen)
        self._end_asking()
        if estado is None:
            return
        services, sesion, dia = self._desk.services, self._desk.sesion, estado.dia
        self._running = True
        self._show_state()
        if asked == "cerrar":
            self.notice.show_text("info", "Cerrando el día…")
            self._desk.tasks.run(lambda: services.cierres.close(sesion, dia), self._closed, self._failed)
        elif chosen is not None:
            numero = chosen.tramite
            self._desk.tasks.run(
                lambda: services.tramites.cancel(sesion, numero), self._cancelled, self._failed
            )

    def _closed(self, cierre: Cierre) -> None:
        self._running = False
        self.notice.show_text(
            "done",
            f"El {long_day(cierre.dia)} quedó cerrado. Imprima su certificado <kbd>F6</kbd> y fírmenlo.",
        )
        self._read()
        self.certificate.show()
        self.certificate.setFocus()

    def _cancelled(self, _done: None) -> None:
        self._running = False
        self.notice.show_text("done", "Trámite cancelado. No se emitió nada.")
        self.focus_first()

    def _open_certificate(self) -> None:
        estado = self._estado
        if estado is None:
            return
        cierres, dia = self._desk.services.cierres, estado.dia
        folder = self._desk.services.settings.papers / "cierres"
        self._desk.tasks.run(lambda: cierres.save_certificate(dia, folder), self._saved, self._failed)

    def _saved(self, path: Path) -> None:
        self.notice.show_text("done", f"Certificado guardado en {escape(str(path))}")
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _failed(self, error: Exception) -> None:
        self._running = False
        self._show_state()
        if not isinstance(error, KnownError):
            raise error
        self.notice.show_text("error", escape(sentence(error)))
        self.area.ensureWidgetVisible(self.notice)
        if error.code in {"cierre.blocked", "cierre.closed", "tramite.issued", "tramite.ended"}:
            self._read()
