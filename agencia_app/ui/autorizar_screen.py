"""*Por autorizar*: what waits for a supervisor, the longest first, and what exactly would be approved."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import ASUNTO_TEXT, REASON_LENGTH
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import moment
from agencia_app.ui.autorizacion_watch import AutorizacionWatch, grouped
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.break_glass import BreakGlass
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.punto_row import PuntoRow
from agencia_app.ui.widgets.two_lines import DETAIL, TwoLines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agencia_app.models.domain.autorizacion import Autorizacion
    from agencia_app.ui.sides import SideDesk

Group = tuple["Autorizacion", ...]

SETTLE_MS = 400  # an Enter meant for what stood there before falls within this
_SIDE_BY_SIDE = 980  # pixels at 100 %: room for the list and what is chosen beside each other
_LIST_WIDTH = 430
_ROWS_BELOW = 4  # shown at once where the list stands above
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class AutorizarScreen(SideScreen):
    """The arrows choose, Enter authorises what is shown, and a comment says why not."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Por autorizar", "Lo que piden en las ventanillas. Se actualiza solo.")
        self._desk = desk
        self._groups: tuple[Group, ...] = ()
        self._shown: tuple[int, ...] = ()
        self._running = False
        self._away = False  # what the notice says is that the data could not be reached
        self._since = QElapsedTimer()
        self._since.start()
        self.watch = AutorizacionWatch(desk.services.autorizaciones, desk.tasks, "autorizar", self, desk.live)
        self._make_list()
        self._make_detail()
        self._make_foot()
        self._columns = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=18)
        self._columns.addWidget(self.list, 0, Qt.AlignmentFlag.AlignTop)
        self._columns.addWidget(self.detail, 1, Qt.AlignmentFlag.AlignTop)
        self.column.addWidget(self.nobody)
        self.column.addLayout(self._columns)
        self.column.addWidget(self.notice)
        self.column.addStretch(1)
        self.watch.changed.connect(self._load)
        self._show_groups(())

    # -- how it is made ----------------------------------------------------------------

    def _make_list(self) -> None:
        self.nobody = QLabel("Nadie espera una autorización.")
        self.nobody.setProperty("role", "large")
        self.list = QListWidget()
        self.list.setAccessibleName("Pedidos de autorización")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(TwoLines(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.currentRowChanged.connect(self._chosen)
        self.notice = Notice()

    def _make_detail(self) -> None:
        self.who, self.asked, self.why = QLabel(), QLabel(), QLabel()
        self.who.setProperty("role", "heading")
        self.asked.setProperty("role", "muted")
        for words in (self.who, self.asked, self.why):
            words.setTextFormat(Qt.TextFormat.PlainText)
            words.setWordWrap(True)
        self._rows = look.spaced(QVBoxLayout(), spacing=6)
        self.own = Notice()
        self.label = QLabel("Comentario")
        self.label.setProperty("role", "field")
        self.comment = QLineEdit()
        self.comment.setMaxLength(REASON_LENGTH)
        self.comment.setAccessibleName("Comentario")
        self.comment.setPlaceholderText("Solo si hace falta; para no autorizar, escriba por qué")
        self.comment.installEventFilter(self)
        self.label.setBuddy(self.comment)
        self.beside = QLabel()
        self.beside.setProperty("role", "problem")
        self.beside.setWordWrap(True)
        self.beside.hide()
        self.comment.textEdited.connect(self.beside.hide)
        self.glass = BreakGlass()
        self.glass.confirmed.connect(self._break_glass)
        self.glass.changed.connect(self._glass_changed)
        self.detail = Card()
        box = self.detail.box
        box.addWidget(self.who)
        box.addWidget(self.asked)
        box.addLayout(self._rows)
        for widget in (self.why, self.own, self.label, self.comment, self.beside, self.glass):
            box.addWidget(widget)
        self.glass.hide()

    def _make_foot(self) -> None:
        self.alone = KeyButton("No hay nadie más", "Alt E")
        self.deny = KeyButton("No autorizar", "Alt N", "danger")
        self.approve = KeyButton("Autorizar", drawing.ENTER, "primary")
        for button, act in (
            (self.alone, self._start_glass),
            (self.deny, self._deny),
            (self.approve, self._approve),
        ):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(act)
            self.foot.addWidget(button)
        for keys, act in (("Alt+E", self._start_glass), ("Alt+N", self._deny)):
            # In the field the key would be a letter of the comment.
            QShortcut(QKeySequence(keys), self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # -- staying current ---------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Follow what is asked while in sight."""
        super().showEvent(event)
        self.watch.set_on(on=True)
        self._load()

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow no longer."""
        super().hideEvent(event)
        self.watch.set_on(on=False)

    def cancel(self) -> None:
        """Follow no longer, because the session ends."""
        self.watch.set_on(on=False)

    def focus_first(self) -> None:
        """Put the focus in the field, whose arrows choose in the list; or on the way back."""
        if self.glass.isVisible():
            self.glass.first_focus().setFocus()
            # A turn later it has its place.
            QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(self.glass))
        elif self.comment.isVisible():
            self.comment.setFocus()
        else:
            self.back.setFocus()

    def _load(self) -> None:
        autorizaciones, sesion = self._desk.services.autorizaciones, self._desk.sesion
        self._desk.tasks.latest(
            "autorizar.pending",
            lambda: grouped(autorizaciones.pending(sesion)),
            self._loaded,
            self._say_known,
        )

    def _loaded(self, groups: tuple[Group, ...]) -> None:
        if self._away:  # what was said of it no longer holds
            self.notice.clear()
            self._away = False
        self._show_groups(groups)

    def _show_groups(self, groups: tuple[Group, ...]) -> None:
        self._groups = groups
        keep = self._shown
        self.list.blockSignals(True)
        self.list.clear()
        for group in groups:
            self.list.addItem(_item(group))
        at = next((row for row, group in enumerate(groups) if _ids(group) == keep), 0 if groups else -1)
        self.list.setCurrentRow(at)
        self.list.blockSignals(False)
        self.nobody.setVisible(not groups and not self._away)
        self.list.setVisible(bool(groups))
        self.detail.setVisible(bool(groups))
        self._chosen(at)
        self._arrange()

    @property
    def chosen(self) -> Group:
        """The requests shown, empty when there are none."""
        row = self.list.currentRow()
        return self._groups[row] if 0 <= row < len(self._groups) else ()

    def _chosen(self, row: int) -> None:
        group = self._groups[row] if 0 <= row < len(self._groups) else ()
        if _ids(group) != self._shown:
            self._shown = _ids(group)
            self._since.restart()  # what is pressed now was meant for what stood there before
            self.comment.clear()
            self.beside.hide()
            self.glass.start()
            self.glass.hide()
            self._show_detail(group)
            self.area.verticalScrollBar().setValue(0)
        self._show_state()
        focused = QApplication.focusWidget()
        if self.isVisible() and (focused is None or not focused.isVisible() or focused is self.back):
            self.focus_first()

    def _show_detail(self, group: Group) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        if not group:
            return
        first = group[0]
        self.who.setText(first.persona or ASUNTO_TEXT[first.asunto])
        tramite = f" · trámite {numeros.shown(first.tramite)}" if first.tramite else ""
        self.asked.setText(
            f"Lo pide {first.pedida_por} en la ventanilla {first.ventanilla} desde el "
            f"{moment(first.pedida_en)}{tramite}"
        )
        for each in group:
            row = PuntoRow("missing", ASUNTO_TEXT[each.asunto], each.texto)
            self._rows.addWidget(row)
            row.show()  # a turn later by itself
        self.why.setText("Motivo: " + " · ".join(dict.fromkeys(each.razon for each in group)))
        if self._is_own:
            self.own.show_text("info", "Lo pidió usted: tiene que autorizarlo otra persona.")
        else:
            self.own.clear()

    @property
    def _is_own(self) -> bool:
        return any(each.pedida_por == self._desk.sesion.usuario for each in self.chosen)

    def _show_state(self) -> None:
        glass = not self.glass.isHidden()
        free = bool(self.chosen) and not self._running
        own = self._is_own
        for widget in (self.label, self.comment):
            widget.setVisible(not own and not glass)
        self.alone.setVisible(own and not glass)
        self.deny.setVisible(not glass and bool(self.chosen))
        self.deny.setEnabled(free and not own)
        self.approve.setVisible(bool(self.chosen))
        self.approve.set_text(self.glass.primary if glass else "Autorizar")
        self.approve.setEnabled(free and (glass or not own))
        self.back.set_text("Volver" if not glass else "Dejarlo")

    # -- what it looks like ------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the list beside what is chosen where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            QTimer.singleShot(0, self, self._arrange)  # by then the list knows the height of its rows

    def _arrange(self) -> None:
        beside = self.width() >= look.px(_SIDE_BY_SIDE)
        rows = self.list.count() if beside else min(self.list.count(), _ROWS_BELOW)
        height = rows * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth() + 2 if rows else 0
        self.list.setMinimumHeight(min(height, look.px(520)))
        self.list.setMaximumHeight(max(height, 1))
        self.list.setMinimumWidth(look.px(_LIST_WIDTH) if beside else 0)
        self.list.setMaximumWidth(look.px(_LIST_WIDTH) if beside else self.width())
        self._columns.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )
        top = Qt.AlignmentFlag.AlignTop
        self._columns.setAlignment(self.list, top if beside else Qt.AlignmentFlag(0))
        self._columns.setAlignment(self.detail, top if beside else Qt.AlignmentFlag(0))

    # -- keys --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows in the field choose in the list."""
        if watched is self.comment and event.type() == QEvent.Type.KeyPress:
            return self._move(cast("QKeyEvent", event).key())
        return super().eventFilter(watched, event)

    def _move(self, key: int) -> bool:
        if key not in _MOVES or not self._groups:
            return False
        by = 1 if key in {Qt.Key.Key_Down, Qt.Key.Key_PageDown} else -1
        self.list.setCurrentRow(min(max(self.list.currentRow() + by, 0), len(self._groups) - 1))
        return True

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter authorises, or presses the button with the focus; S confirms that nobody else can."""
        if event.key() in ENTER_KEYS:
            focused = QApplication.focusWidget()
            pressed = isinstance(focused, QAbstractButton)
            cast("QAbstractButton", focused).click() if pressed else self.approve.click()
            return True
        if self.glass.isVisible():
            if self.glass.asking and event.key() == Qt.Key.Key_S:
                self.glass.yes.click()
                return True
            return False
        return self._move(event.key())

    def go_back(self) -> None:
        """Take down the question that is up, or go back."""
        if self.glass.isHidden():
            super().go_back()
        elif not self.glass.step_back():
            self.glass.hide()
            self._show_state()
            self.focus_first()

    # -- what a person does ------------------------------------------------------------

    def _approve(self) -> None:
        if not self.glass.isHidden():
            self.glass.go_on()
            return
        autorizaciones, sesion = self._desk.services.autorizaciones, self._desk.sesion
        ids, comment = _ids(self.chosen), self.comment.text()
        if ids and self._since.elapsed() >= SETTLE_MS:
            self._answer(lambda: autorizaciones.approve(sesion, ids, comment), "Autorizado")

    def _deny(self) -> None:
        if not self.deny.isVisible() or not self.deny.isEnabled():
            return
        autorizaciones, sesion = self._desk.services.autorizaciones, self._desk.sesion
        ids, comment = _ids(self.chosen), self.comment.text()
        if not comment.strip():
            self._say_beside(KnownError("autorizacion.comment"))
        else:
            self._answer(lambda: autorizaciones.deny(sesion, ids, comment), "No autorizado")

    def _start_glass(self) -> None:
        if not self.alone.isVisible():
            return
        self.glass.start()
        self.glass.show()
        self._show_state()
        self.focus_first()

    def _glass_changed(self) -> None:
        self._show_state()
        if self.glass.isVisible():
            self.focus_first()

    def _break_glass(self, motivo: str) -> None:
        autorizaciones, sesion = self._desk.services.autorizaciones, self._desk.sesion
        ids = _ids(self.chosen)
        if ids:
            self._answer(lambda: autorizaciones.emergency(sesion, ids, motivo), "Autorizado sin otra persona")

    def _answer(self, call: Callable[[], object], said: str) -> None:
        if self._running:
            return
        of = self.who.text()
        autorizaciones, sesion = self._desk.services.autorizaciones, self._desk.sesion
        self._running = True
        self._show_state()

        def act() -> tuple[Group, ...]:
            call()
            return grouped(autorizaciones.pending(sesion))

        def done(groups: tuple[Group, ...]) -> None:
            self._running = False
            self._away = False
            self.notice.show_text("done", f"<b>{said}</b>: {escape(of, quote=False)}.")
            self.glass.hide()
            self._show_groups(groups)
            self.focus_first()

        self._desk.tasks.run(act, done, self._refused, self)

    def _refused(self, error: Exception) -> None:
        self._running = False
        self._show_state()
        if isinstance(error, KnownError) and error.code in {"autorizacion.too_long", "autorizacion.comment"}:
            self._say_beside(error)
        elif isinstance(error, KnownError) and error.code == "autorizacion.motivo":
            self.glass.show_error(error)
        else:
            self._say_known(error)
            self._load()  # somebody else was quicker, or the facts are others now

    def _say_beside(self, error: KnownError) -> None:
        self.beside.setText(sentence(error))
        self.beside.show()
        self.comment.setFocus()

    def _say_known(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self._away = error.code == "base.away"
        self.nobody.setVisible(not self._groups and not self._away)
        self.notice.show_text("error", escape(sentence(error), quote=False))


def _ids(group: Sequence[Autorizacion]) -> tuple[int, ...]:
    return tuple(each.id for each in group)


def _item(group: Group) -> QListWidgetItem:
    first = group[0]
    what = ASUNTO_TEXT[first.asunto]
    if len(group) > 1:
        what += f" y {len(group) - 1} más"
    name = first.persona.partition(" · ")[0] if first.persona else what
    line = f"{moment(first.pedida_en)[-5:]} · ventanilla {first.ventanilla}"
    if first.persona:
        line = f"{line} · {what}"
    item = QListWidgetItem(name)
    item.setData(DETAIL, line)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {line}")
    return item
