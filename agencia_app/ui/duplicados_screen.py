"""Printing a paper again for somebody who lost it: which trámite, which paper, and why."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import (
    MAL_IMPRESO,
    MOTIVO_LENGTH,
    OTRA_COPIA,
    PERDIDO,
    Impresion,
    PaperKind,
)
from agencia_app.ui import job_words
from agencia_app.ui.job_bar import JobBar
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.segmented import Segmented
from agencia_app.ui.widgets.two_lines import DETAIL, TwoLines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agencia_app.services.duplicados import Reprintable
    from agencia_app.ui.sides import SideDesk

_FOUND = Qt.ItemDataRole.UserRole
_KEYS = {PaperKind.RECIBO: "R", PaperKind.SOLICITUD: "S", PaperKind.PENDIENTES: "P"}
REASONS = (("1", PERDIDO), ("2", MAL_IMPRESO), ("3", OTRA_COPIA))
_ROWS_SHOWN = 8
_AROUND = 150  # pixels at 100 %: margins and gaps beside the reasons
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class DuplicadosScreen(SideScreen):
    """First the trámite, from the last ones or by its number; then the paper; then the reason."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__(
            "Reimprimir",
            f"El papel sale marcado DUPLICADO y queda registrado que lo pidió {desk.sesion.nombre}, y por qué.",
        )
        self._desk = desk
        self._chosen: Reprintable | None = None
        self._job: int | None = None
        self._others: dict[str, tuple[str, ...]] = {}  # by the printer in trouble
        self._running = False
        self._make_finder()
        self._make_request()
        self._make_job()
        self.go_on = KeyButton("Continuar", drawing.ENTER, "primary")
        self.go_on.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.go_on.clicked.connect(self._proceed)
        self.foot.addWidget(self.go_on)
        for card in (self.bar, self.finder, self.request):
            self.column.addWidget(card)
        self.column.addStretch(1)
        desk.monitor.changed.connect(self._follow)
        self._show_chosen(None)

    # -- how it is made ----------------------------------------------------------------

    def _make_finder(self) -> None:
        self.number = QLineEdit()
        self.number.setProperty("large", True)
        self.number.setMaxLength(60)
        self.number.setPlaceholderText("Pase el papel por el lector o escriba su número")
        self.number.setAccessibleName("Número del trámite o del recibo")
        self.number.installEventFilter(self)
        self.number.textChanged.connect(self._show_state)
        self.find_notice = Notice()
        self.heading = QLabel("Los últimos de esta ventanilla")
        self.heading.setProperty("role", "field")
        self.last = QListWidget()
        self.last.setAccessibleName("Últimos trámites de esta ventanilla")
        self.last.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.last.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.last.setItemDelegate(TwoLines(self.last))
        self.last.itemActivated.connect(self._take_item)
        self.last.itemClicked.connect(self._take_item)
        self.finder = QWidget()
        column = look.spaced(QVBoxLayout(self.finder), spacing=12)
        for widget in (self.number, self.find_notice, self.heading, self.last):
            column.addWidget(widget)

    def _make_request(self) -> None:
        self.who = QLabel()
        self.who.setProperty("role", "heading")
        self.who.setWordWrap(True)
        self.which = QLabel()
        self.which.setProperty("role", "muted")
        self.which.setWordWrap(True)
        self._papers: Segmented | None = None
        self._paper_row = QHBoxLayout()
        self.reasons: list[KeyButton] = []
        self._reason_row = reasons = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=10)
        for key, text in REASONS:
            button = KeyButton(text, key)
            button.clicked.connect(self._reason_pressed)
            self.reasons.append(button)
            reasons.addWidget(button)
        reasons.addStretch(1)
        self.reason = QLineEdit()
        self.reason.setMaxLength(MOTIVO_LENGTH)
        self.reason.setPlaceholderText("Otro motivo: escríbalo y pulse Entrar")
        self.reason.setAccessibleName("Otro motivo")
        self.reason.textChanged.connect(self._show_state)
        self.request_notice = Notice()
        self.request = Card()
        box = self.request.box
        box.addWidget(self.who)
        box.addWidget(self.which)
        box.addSpacing(look.px(6))
        box.addWidget(_field("¿Qué papel?"))
        box.addLayout(self._paper_row)
        box.addSpacing(look.px(6))
        box.addWidget(_field("¿Por qué se imprime otra vez?"))
        box.addLayout(reasons)
        box.addWidget(self.reason)
        box.addWidget(self.request_notice)

    def _make_job(self) -> None:
        self.bar = JobBar(self._desk)
        self.bar.left.connect(self.focus_first)

    # -- what is shown -----------------------------------------------------------------

    def focus_first(self) -> None:
        """Look up the last trámites, with the focus in the field or in the question that is up."""
        duplicados, sesion = self._desk.services.duplicados, self._desk.sesion
        self._desk.tasks.latest(
            "duplicados", lambda: duplicados.last(sesion), self._show_last, self._last_failed
        )
        if self._chosen is None:
            self.number.setFocus()
            self.number.selectAll()
        elif self._papers is not None:
            self._papers.setFocus()

    def _show_last(self, found: Sequence[Reprintable]) -> None:
        before = self.last.currentRow()
        self.last.clear()
        for each in found:
            item = QListWidgetItem(each.tramite.persona.nombre_completo)
            detail = _detail(each)
            item.setData(_FOUND, each)
            item.setData(DETAIL, detail)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"{each.tramite.persona.nombre_completo}, {detail}"
            )
            self.last.addItem(item)
        self.last.setCurrentRow(min(max(before, 0), len(found) - 1))
        self.heading.setText(
            "Los últimos de esta ventanilla" if found else "Esta ventanilla todavía no ha impreso nada."
        )
        self._fit()
        self._show_state()

    def _last_failed(self, error: Exception) -> None:
        self._say_known(self.find_notice, error)

    def _fit(self) -> None:
        rows = min(self.last.count(), _ROWS_SHOWN)
        self.last.setVisible(bool(rows))
        height = rows * self.last.sizeHintForRow(0) + 2 * self.last.frameWidth() + 2 if rows else 0
        self.last.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the reasons side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wanted = sum(button.sizeHint().width() for button in self.reasons) + look.px(_AROUND)
        self._reason_row.setDirection(
            QBoxLayout.Direction.LeftToRight if wanted <= self.width() else QBoxLayout.Direction.TopToBottom
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()
            self._arrange()

    def _show_chosen(self, chosen: Reprintable | None) -> None:
        self._chosen = chosen
        self.finder.setVisible(chosen is None)
        self.request.setVisible(chosen is not None)
        self.find_notice.clear()
        self.request_notice.clear()
        self.reason.clear()
        if chosen is not None:
            self.who.setText(chosen.tramite.persona.nombre_completo)
            self.which.setText(_detail(chosen))
            self._offer(chosen.papeles)
        self.focus_first()
        self._show_state()

    def _offer(self, papeles: Sequence[PaperKind]) -> None:
        if self._papers is not None:
            self._paper_row.removeWidget(self._papers)
            self._papers.deleteLater()
        self._papers = Segmented(
            [(each.value, job_words.PAPER[each]) for each in papeles],
            {each.value: _KEYS[each] for each in papeles},
        )
        self._papers.setAccessibleName("Papel")
        self._papers.set_value(papeles[0].value)
        self._paper_row.addWidget(self._papers)

    def _show_state(self) -> None:
        choosing = self._chosen is None
        self.go_on.set_text("Continuar" if choosing else "Imprimir")
        ready = bool(self.number.text().strip()) or self.last.currentRow() >= 0
        if not choosing:
            ready = bool(self.reason.text().strip())
        self.go_on.setEnabled(ready and not self._running)
        self.back.set_text("Volver" if choosing else "Otro trámite")

    # -- keys --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows in the field choose in the list below it."""
        if watched is self.number and event.type() == QEvent.Type.KeyPress:
            key = cast("QKeyEvent", event).key()
            if key in _MOVES and self.last.count():
                by = 1 if key in {Qt.Key.Key_Down, Qt.Key.Key_PageDown} else -1
                row = min(max(self.last.currentRow() + by, 0), self.last.count() - 1)
                self.last.setCurrentRow(row)
                return True
        return super().eventFilter(watched, event)

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter goes on; R, S and P choose the paper; 1, 2 and 3 are reasons."""
        if event.key() in ENTER_KEYS:
            focused = QApplication.focusWidget()
            pressed = isinstance(focused, QAbstractButton) and not focused.isCheckable()
            cast("QAbstractButton", focused).click() if pressed else self.go_on.click()
            return True
        if self.bar.take_key(event):
            return True
        return self._chosen is not None and self._key_of_request(event.text().upper())

    def _key_of_request(self, text: str) -> bool:
        for button in self.reasons:
            if button.key_text == text:
                button.click()
                return True
        chosen = self._chosen
        for papel, key in _KEYS.items():
            if key == text and chosen is not None and papel in chosen.papeles and self._papers is not None:
                self._papers.set_value(papel.value)
                self._papers.setFocus()
                return True
        return False

    def go_back(self) -> None:
        """Go back by one: from the questions to the trámites, and from there to the window."""
        if self._chosen is not None:
            self._show_chosen(None)
        else:
            self.closed.emit()

    # -- what a person does ------------------------------------------------------------

    def _proceed(self) -> None:
        if self._running:
            return
        if self._chosen is not None:
            self._print(self.reason.text())
        elif self.number.text().strip():
            self._find(self.number.text())
        elif self.last.currentItem() is not None:
            self._take_item(self.last.currentItem())

    def _take_item(self, item: QListWidgetItem) -> None:
        self._show_chosen(cast("Reprintable", item.data(_FOUND)))

    def _find(self, text: str) -> None:
        duplicados, sesion = self._desk.services.duplicados, self._desk.sesion
        self.number.selectAll()  # what is scanned meanwhile takes its place
        self._hold(running=True)
        self._desk.tasks.run(lambda: duplicados.find(sesion, text), self._found, self._not_found)

    def _found(self, found: Reprintable) -> None:
        self._hold(running=False)
        self.number.clear()
        self._show_chosen(found)

    def _not_found(self, error: Exception) -> None:
        self._hold(running=False)
        self._say_known(self.find_notice, error)
        self.number.setFocus()
        self.number.selectAll()

    def _reason_pressed(self) -> None:
        button = self.sender()
        if isinstance(button, KeyButton):
            self._print(button.text())

    def _print(self, motivo: str) -> None:
        chosen, papers = self._chosen, self._papers
        if chosen is None or papers is None or self._running:
            return
        papel = PaperKind(papers.value)
        duplicados, sesion, numero = self._desk.services.duplicados, self._desk.sesion, chosen.tramite.numero
        self._hold(running=True)
        self._desk.tasks.run(
            lambda: duplicados.print_again(sesion, papel, numero, motivo), self._queued, self._refused
        )

    def _queued(self, job: Impresion) -> None:
        self._hold(running=False)
        self._job = job.id
        self._others.clear()
        self._desk.monitor.poke()
        self._show_chosen(None)
        self._show_job(job)

    def _refused(self, error: Exception) -> None:
        self._hold(running=False)
        self._say_known(self.request_notice, error)

    def _hold(self, *, running: bool) -> None:
        self._running = running
        self._show_state()

    @staticmethod
    def _say_known(notice: Notice, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        notice.show_text("error", escape(sentence(error)))

    # -- what became of it -------------------------------------------------------------

    def _follow(self, jobs: Sequence[Impresion]) -> None:
        for job in jobs:
            if job.id == self._job:
                self._show_job(job)

    def _show_job(self, job: Impresion) -> None:
        self.bar.show_job(job, self._others.get(job.impresora, ()), named=True)
        if job_words.needs_somebody(job) and job.impresora not in self._others:
            self._look_elsewhere(job)

    def _look_elsewhere(self, job: Impresion) -> None:
        impresoras = self._desk.services.impresoras

        def show(others: tuple[str, ...]) -> None:
            self._others[job.impresora] = others
            self._follow(self._desk.monitor.jobs)
            self._focus_choice()

        self._desk.tasks.latest("otras impresoras", lambda: impresoras.others(job.papel, job.impresora), show)

    def _focus_choice(self) -> None:
        """Offer the sensible choice to the next key, unless somebody is at something else."""
        if self._chosen is None and self.number.hasFocus() and not self.number.text():
            self.bar.focus_sensible()


def _field(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "field")
    return label


def _detail(found: Reprintable) -> str:
    tramite = found.tramite
    papers = ", ".join(job_words.PAPER[each].lower() for each in found.papeles)
    if tramite.emision is not None:
        return (
            f"{job_words.hour(tramite.emision.emitido_en)} · recibo {numeros.shown(tramite.emision.recibo)} · "
            f"{papers}"
        )
    return f"{job_words.hour(tramite.abierto_en)} · trámite {numeros.shown(tramite.numero)} · {papers}"
