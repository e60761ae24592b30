"""*Para revisar*: what the rules found, and marking it revisado where it stands."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local_date, moment, number
from agencia_app.models.domain.revision import COMMENT_LENGTH
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS
from agencia_app.ui.supervision.revisar_list import RevisarList
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.key_cap import KeyCap
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from agencia_app.models.domain.revision import Revision
    from agencia_app.ui.sides import SideDesk

KEY, KEY_TEXT = Qt.Key.Key_F6, "F6"
DETECT_SECONDS = 10.0  # between two looks of the rules at the same days
FIRST_SECONDS = 0.5  # before the first
NOTHING = "Nada por revisar."
LOOKING = "Buscando qué revisar…"
MOST = 200  # rows in the list: who has more to review begins with these
_MARGINS = (22, 14, 22, 14)


class RevisarPanel(Card):
    """A list, and in its place the one that is being reviewed.

    ``changed`` says that the rules looked at other days or something was found or reviewed, ``focused`` that the focus was put here, ``left``
    that nothing here can have it; ``tramite_wanted`` carries the number of a trámite to show whole.
    """

    changed = Signal()
    focused = Signal()
    left = Signal()
    tramite_wanted = Signal(str)

    def __init__(self, desk: SideDesk) -> None:
        super().__init__()
        self._desk = desk
        self._days: tuple[date, date] | None = None
        self._due = 0.0  # when the rules should look again, by the steady clock
        self._detecting: tuple[date, date] | None = None  # the days the rules are looking at
        self._looked_at: tuple[date, date] | None = None  # the days they looked at last
        self._open: Revision | None = None
        self._running = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._detect)
        look.spaced(self.box, _MARGINS, 6)
        self._make_head()
        self._make_list()
        self._make_form()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._list_page)
        self._pages.addWidget(self.form)
        self.box.addWidget(self._pages, 1)
        for first, second in ((self.comment, self.done), (self.done, self.whole), (self.whole, self.leave)):
            QWidget.setTabOrder(first, second)

    # -- how it is made ----------------------------------------------------------------

    def _make_head(self) -> None:
        heading = QLabel("Para revisar")
        heading.setProperty("role", "strong")
        self.key = KeyCap(KEY_TEXT)
        self.whole = KeyButton("Ver el trámite")
        self.whole.clicked.connect(self._want_tramite)
        self.leave = KeyButton("Volver", "Esc")
        self.leave.clicked.connect(self.close_form)
        head = look.spaced(QHBoxLayout(), spacing=10)
        head.addWidget(heading)
        head.addWidget(self.key)
        head.addStretch(1)
        for button in (self.whole, self.leave):
            button.hide()
            head.addWidget(button)
        self.box.addLayout(head)

    def _make_list(self) -> None:
        self.list = RevisarList()
        self.list.opened.connect(self.open)
        self.nothing = QLabel(LOOKING)
        self.nothing.setProperty("role", "muted")
        self.list_notice = Notice()
        self._list_page = QWidget()
        column = look.spaced(QVBoxLayout(self._list_page), spacing=8)
        column.addWidget(self.list_notice)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 0, Qt.AlignmentFlag.AlignTop)

    def _make_form(self) -> None:
        self.reason = QLabel()
        self.reason.setProperty("role", "field")
        self.where = QLabel()
        self.where.setProperty("role", "small")
        for label in (self.reason, self.where):
            label.setWordWrap(True)
        self.comment = QLineEdit()
        self.comment.setMaxLength(COMMENT_LENGTH)
        self.comment.setPlaceholderText("Qué comprobó")
        self.comment.setAccessibleName("Comentario de la revisión: qué comprobó")
        self.comment.textChanged.connect(self._show_state)
        self.notice = Notice()
        self.done = KeyButton("Marcar revisado", drawing.ENTER, "primary")
        self.done.clicked.connect(self._mark)
        answer = look.spaced(QHBoxLayout(), spacing=10)
        answer.addWidget(self.comment, 1)
        answer.addWidget(self.done)
        self.form = QWidget()
        column = look.spaced(QVBoxLayout(self.form), spacing=6)
        for label in (self.reason, self.where):
            column.addWidget(label)
        column.addLayout(answer)
        column.addWidget(self.notice)
        column.addStretch(1)

    # -- what is read ------------------------------------------------------------------

    def show_days(self, desde: date, hasta: date) -> None:
        """Show what is to be reviewed of these business days; called again whenever something was done.

        What is known is shown at once. The rules take longer: they look soon after, and not too often.
        """
        if self._days != (desde, hasta):
            self._days = (desde, hasta)
            self._due = time.monotonic() + FIRST_SECONDS
        self._read()
        self._plan()

    def looked_at(self, desde: date, hasta: date) -> bool:
        """Tell whether the rules looked at these days: before that, nothing found means nothing."""
        return self._looked_at == (desde, hasta)

    def _plan(self) -> None:
        """Have the rules look when it is time."""
        if self._detecting is None and not self._again.isActive():
            self._again.start(max(0, round((self._due - time.monotonic()) * 1000)))

    def _read(self) -> None:
        if self._days is None:
            return
        desde, hasta = self._days
        revisiones, sesion = self._desk.services.revisiones, self._desk.sesion
        self._desk.tasks.latest(
            "para revisar",
            lambda: revisiones.of_days(sesion, desde, hasta, only_open=True),
            self._show,
            self._failed,
        )

    def _detect(self) -> None:
        if self._days is None:
            return
        desde, hasta = self._days
        revisiones, sesion = self._desk.services.revisiones, self._desk.sesion
        self._detecting = self._days
        self._due = time.monotonic() + DETECT_SECONDS
        self._desk.tasks.run(
            lambda: revisiones.detect_shown(sesion, desde, hasta), self._looked, self._look_failed
        )

    def _looked(self, new: int) -> None:
        first = self._detecting != self._looked_at
        self._looked_at = self._detecting
        self._settled()
        if new or first:
            self._read()
            self.changed.emit()

    def _look_failed(self, error: Exception) -> None:
        self._settled()
        self.nothing.hide()
        self._failed(error)

    def _settled(self) -> None:
        looked_at, self._detecting = self._detecting, None
        if looked_at != self._days:  # others are shown by now
            self._plan()

    def _show(self, revisiones: Sequence[Revision]) -> None:
        days = self._days
        self.list_notice.clear()
        # One day's list may hold what is of another: an emergency is shown until it is reviewed.
        shown = revisiones[:MOST]
        dated = days is not None and any({local_date(each.en)} != set(days) for each in shown)
        self.list.show_revisiones(shown, dated=dated)
        self.list.setVisible(bool(shown))
        more = len(revisiones) - len(shown)
        nothing = NOTHING if days is not None and self.looked_at(*days) else LOOKING
        self.nothing.setText(f"Y {number(more)} más." if more else nothing)
        self.nothing.setVisible(not shown or more > 0)

    def _failed(self, error: Exception) -> None:
        _say(self.list_notice, error)

    # -- what a person does ------------------------------------------------------------

    def focus_first(self) -> None:
        """Put the focus in the list, or in the comment of the one that is open."""
        if self._open is not None:
            self._first_in_form().setFocus()
        elif self.list.isVisible():
            self.list.setFocus()
        else:
            self.left.emit()
            return
        self.focused.emit()

    def open(self, revision: Revision) -> None:
        """Show one in the list's place, ready for the comment."""
        self._open = revision
        self.reason.setText(revision.texto)
        where = [revision.usuario, f"ventanilla {revision.ventanilla}", moment(revision.en)]
        if revision.tramite is not None:
            where.append(f"trámite {numeros.shown(revision.tramite)}")
        self.where.setText(" · ".join(where))
        self.key.hide()
        self.whole.setVisible(revision.tramite is not None)
        self.leave.show()
        self.comment.clear()
        self.notice.clear()
        for widget in (self.comment, self.done):
            widget.setVisible(not revision.de_otro)
        if revision.de_otro:
            own = revision.usuario == self._desk.sesion.usuario
            error = KnownError("revision.own" if own else "revision.approved")
            self.notice.show_text("info", escape(sentence(error)))
        self._pages.setCurrentWidget(self.form)
        self._show_state()
        self.focus_first()

    def close_form(self) -> None:
        """Go back to the list, where one was."""
        self._open = None
        for button in (self.whole, self.leave):
            button.hide()
        self.key.show()
        self._pages.setCurrentWidget(self._list_page)
        self.focus_first()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """In the form Enter presses the focused button or marks, and Esc goes back to the list."""
        if self._open is None or event.isAutoRepeat():
            super().keyPressEvent(event)
        elif event.key() in ENTER_KEYS:
            focused = QApplication.focusWidget()
            pressed = isinstance(focused, QAbstractButton)
            cast("QAbstractButton", focused).click() if pressed else self.done.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_form()
        else:
            super().keyPressEvent(event)

    def _first_in_form(self) -> QWidget:
        if self._open is None or not self._open.de_otro:
            return self.comment
        return self.whole if self._open.tramite is not None else self.leave

    def _show_state(self) -> None:
        self.done.setEnabled(not self._running and bool(self.comment.text().strip()))

    def _want_tramite(self) -> None:
        if self._open is not None and self._open.tramite is not None:
            self.tramite_wanted.emit(self._open.tramite)

    def _mark(self) -> None:
        if self._open is None or self._running:
            return
        revisiones, sesion = self._desk.services.revisiones, self._desk.sesion
        number, comment = self._open.id, self.comment.text()
        self._running = True
        self._show_state()
        self._desk.tasks.run(lambda: revisiones.review(sesion, number, comment), self._marked, self._refused)

    def _marked(self, revision: Revision) -> None:
        self._running = False
        if self._open is not None and self._open.id == revision.id:
            self.close_form()
        self._read()
        self.changed.emit()

    def _refused(self, error: Exception) -> None:
        self._running = False
        self._show_state()
        _say(self.notice, error)
        self._read()


def _say(notice: Notice, error: Exception) -> None:
    if not isinstance(error, KnownError):
        raise error
    notice.show_text("error", escape(sentence(error)))
