"""One trámite whole: what was presented, its slips, who let what pass, and everything that happened."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QGridLayout, QLabel, QVBoxLayout, QWidget

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento_texto import words as event_words
from agencia_app.models.domain.fechas import local, moment
from agencia_app.models.domain.permisos import Permiso, may
from agencia_app.ui import job_words
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.supervision import detail_words, words
from agencia_app.ui.supervision.anular import AnularPane
from agencia_app.ui.supervision.grid import Reflow
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agencia_app.models.domain.expediente import Expediente
    from agencia_app.ui.sides import SideDesk

POLL_MS = 1_000
_WAYS = ((2, 880), (1, 0))
_SCROLLS = {
    Qt.Key.Key_Down: 60,
    Qt.Key.Key_Up: -60,
    Qt.Key.Key_PageDown: 400,
    Qt.Key.Key_PageUp: -400,
    Qt.Key.Key_Home: -1_000_000,
    Qt.Key.Key_End: 1_000_000,
}


class Detail(SideScreen):
    """Shows a trámite until ``closed``; opening one is recorded by the service."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("", "")
        self._desk = desk
        self._mark = -1
        self._numero = ""
        self.expediente: Expediente | None = None
        self.notice = Notice()
        self._body = QWidget()
        self._stack = look.spaced(QVBoxLayout(self._body), spacing=14)
        self.column.addWidget(self.notice)
        self.pane = AnularPane(desk, second=True)
        self.pane.hide()
        self.pane.settled.connect(self._voided)
        self.pane.left.connect(self._leave_pane)
        self.column.addWidget(self.pane)
        self.column.addWidget(self._body)
        self.column.addStretch(1)
        self.back.set_text("Volver al tablero")
        self.annul = KeyButton("Anular la emisión", "F7", "danger")
        self.annul.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.annul.clicked.connect(self._open_pane)
        self.annul.hide()
        self.foot.addWidget(self.annul)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)

    def open(self, numero: str) -> None:
        """Read a trámite and show it."""
        expedientes, sesion = self._desk.services.expedientes, self._desk.sesion
        self._numero = numero
        self.expediente = None
        self._mark = -1
        self.pane.hide()
        self.annul.hide()
        self.title.show_person("Trámite " + numeros.shown(numero), "Abriendo…")
        self._clear()
        self._desk.tasks.latest(
            "expediente", lambda: expedientes.open(sesion, numero), self._opened, self._failed
        )

    def focus_first(self) -> None:
        """Put the focus on the way back, or in the question that is up."""
        (self.pane.motivo if self.pane.isVisible() else self.back).setFocus()

    def take_key(self, event: QKeyEvent) -> bool:
        """Arrows and pages scroll; Enter presses what has the focus."""
        if event.key() in ENTER_KEYS:
            focused = QApplication.focusWidget()
            if isinstance(focused, QAbstractButton):
                focused.click()
            elif self.pane.isVisible():
                self.pane.take_enter()
            return True
        if event.key() == Qt.Key.Key_F7 and self.annul.isVisible():
            self.annul.click()
            return True
        by = _SCROLLS.get(Qt.Key(event.key()))
        if by is not None:
            bar = self.area.verticalScrollBar()
            bar.setValue(bar.value() + (look.px(by) if by > 0 else -look.px(-by)))
        return by is not None

    def go_back(self) -> None:
        """Leave the question that is up, or the trámite."""
        if self.pane.isVisible():
            self._leave_pane()
        else:
            self.closed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Stay current while it is looked at."""
        super().showEvent(event)
        self._poll.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask nothing that nobody sees."""
        super().hideEvent(event)
        self._poll.stop()

    # -- voiding it --------------------------------------------------------------------

    def _open_pane(self) -> None:
        told = self.expediente
        if told is not None and told.tramite.emision is not None:
            self.notice.clear()
            self.annul.hide()
            self.pane.open(told.tramite.emision.recibo)
            self.area.ensureWidgetVisible(self.pane)

    def _leave_pane(self) -> None:
        self.pane.hide()
        self.annul.setVisible(self._voidable())
        self.back.setFocus()

    def _voidable(self) -> bool:
        """Tell whether there is an issuance here that this person may void."""
        told = self.expediente
        there = told is not None and told.tramite.emision is not None and told.anulada is None
        return there and may(self._desk.sesion, Permiso.ANULAR)

    def _voided(self, said: str) -> None:
        self._leave_pane()
        self.notice.show_text("done", escape(said))
        self._look()

    # -- what is read ------------------------------------------------------------------

    def _opened(self, expediente: Expediente) -> None:
        self.notice.clear()
        self.area.verticalScrollBar().setValue(0)
        self._show(expediente)

    def _look(self) -> None:
        tablero, sesion = self._desk.services.tablero, self._desk.sesion
        if self.expediente is not None:
            self._desk.tasks.latest(
                "expediente marca", lambda: tablero.mark(sesion), self._marked, self._failed
            )

    def _marked(self, mark: int) -> None:
        known = self.expediente
        if known is None or mark == self._mark:
            return
        self._mark = mark
        expedientes, sesion = self._desk.services.expedientes, self._desk.sesion
        self._desk.tasks.latest(
            "expediente", lambda: expedientes.again(sesion, known), self._show, self._failed
        )

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self.notice.show_text("error", escape(sentence(error)))

    # -- what is shown -----------------------------------------------------------------

    def _show(self, told: Expediente) -> None:
        if told == self.expediente:
            return
        self.expediente = told
        tramite = told.tramite
        who = tramite.persona
        self.title.show_person(
            who.nombre_completo,
            f"{who.prestacion} · cédula {cedulas.mask(who.cedula)} · trámite {numeros.shown(tramite.numero)}",
            words.estado(told.fila),
        )
        self.annul.setVisible(self._voidable() and self.pane.isHidden())
        self._clear()
        self._stack.addWidget(Reflow([_issuance(told), _documents(told)], _WAYS))
        if told.autorizaciones:
            self._stack.addWidget(
                _pairs("Autorizaciones", [detail_words.authorisation(each) for each in told.autorizaciones])
            )
        if told.observaciones:
            self._stack.addWidget(
                _lines("Para revisar", [detail_words.review(each) for each in told.observaciones])
            )
        self._stack.addWidget(_timeline(told))
        if told.impresiones:
            papers = [
                f"{job_words.hour(job.creado_en)} · {job_words.paper(job)} · {job_words.state(job)[1]}"
                for job in told.impresiones
                if not job_words.closed(job)
            ]
            self._stack.addWidget(_lines("Papeles", papers))

    def _clear(self) -> None:
        while self._stack.count():
            item = self._stack.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def _issuance(told: Expediente) -> Card:
    tramite, emision = told.tramite, told.tramite.emision
    lines = [f"Abierto el {moment(tramite.abierto_en)}, ventanilla {tramite.ventanilla}."]
    if emision is None:
        lines.append("No se ha emitido ninguna clave.")
    else:
        lines.append(f"Recibo {numeros.shown(emision.recibo)}, del {moment(emision.emitido_en)}.")
        lines.append(f"Emitió {emision.operador}, en la ventanilla {emision.ventanilla}.")
        if told.fila.tardia:
            lines.append("Llegó después del cierre: cuenta para el día siguiente.")
    lines += [detail_words.slip(each) for each in told.hojas]
    if told.anulada is not None:
        lines.append(detail_words.voided(told.anulada))
    return _lines("Emisión", lines)


def _documents(told: Expediente) -> Card:
    return _lines("Documentos", told.documentos or ["Todavía no se registra ninguno."])


def _timeline(told: Expediente) -> Card:
    card = _titled("Lo que pasó")
    grid = look.spaced(QGridLayout(), spacing=8)
    grid.setColumnStretch(1, 1)
    first = local(told.sucesos[0].en).date() if told.sucesos else local(told.tramite.abierto_en).date()
    for row, each in enumerate(told.sucesos):
        beside = detail_words.event(each)
        text = event_words(each.accion) + (f" · {beside}" if beside else "")
        for column, (words_, role) in enumerate(
            ((detail_words.time_of(each.en, first), "muted"), (text, ""), (detail_words.where(each), "muted"))
        ):
            grid.addWidget(_label(words_, role), row, column, Qt.AlignmentFlag.AlignTop)
    card.box.addLayout(grid)
    return card


def _lines(title: str, lines: Sequence[str]) -> Card:
    card = _titled(title)
    for line in lines:
        card.box.addWidget(_label(line))
    card.box.addStretch(1)
    return card


def _pairs(title: str, pairs: Sequence[tuple[str, str]]) -> Card:
    card = _titled(title)
    for head, line in pairs:
        card.box.addWidget(_label(head, "field"))
        card.box.addWidget(_label(line, "muted"))
    return card


def _titled(title: str) -> Card:
    card = Card()
    card.box.addWidget(_label(title, "strong"))
    return card


def _label(text: str, role: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label
