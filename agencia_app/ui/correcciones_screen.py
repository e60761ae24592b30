"""*Correcciones*: the tickets of what the padrón has wrong, closing them, and their export."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
)

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.correccion import DATO_TEXT, TEXT_LENGTH, Abiertas, Correccion, Filtro
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import moment, number
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.segmented import Segmented
from agencia_app.ui.widgets.short_list import ShortList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agencia_app.ui.sides import SideDesk

_LINE = (
    "Lo que las personas dicen que el padrón tiene mal. Aquí no se corrige: se cierra cuando ya se resolvió."
)
_WHICH = ((Abiertas.ABIERTAS, "Abiertos"), (Abiertas.CERRADAS, "Cerrados"), (Abiertas.TODAS, "Todos"))
_ROWS = 9  # in sight; the rest scrolls
_SIDE_BY_SIDE = 1000  # pixels at 100 %: narrower than this the detail stands below the list
NOTHING = "Ningún ticket con ese filtro."


class CorreccionesScreen(SideScreen):
    """The list on the left, the ticket chosen on the right with the field that closes it."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Tickets de corrección", _LINE)
        self._desk = desk
        self._running = False
        self._to_list = False  # the focus goes there once there is one
        self._ticket: Correccion | None = None
        self.cards = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=14)
        self.cards.addWidget(self._make_list(), 5, Qt.AlignmentFlag.AlignTop)
        self.cards.addWidget(self._make_detail(), 6, Qt.AlignmentFlag.AlignTop)
        self.done = Notice()
        self.column.addWidget(self.done)
        self.column.addLayout(self.cards)
        self.column.addStretch(1)
        self.export = KeyButton("Exportar", "F7")
        self.go_on = KeyButton("Cerrar el ticket", drawing.ENTER, "primary")
        for button, act in ((self.export, self._export), (self.go_on, self._close)):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(act)
            self.foot.addWidget(button)
        # Not in keyPressEvent: a field would take the digit for its own.
        for place, (which, _) in enumerate(_WHICH, 1):
            shortcut = QShortcut(QKeySequence(f"Alt+{place}"), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._choose_which, which))
        self._show_ticket()

    # -- how it is made ----------------------------------------------------------------

    def _make_list(self) -> Card:
        self.which = Segmented([(each.value, text) for each, text in _WHICH])
        self.which.setAccessibleName("Qué tickets se muestran")
        self.which.set_value(Abiertas.ABIERTAS)
        self.which.changed.connect(self._read)
        self.desde, self.hasta = DateEdit(), DateEdit()
        days = look.spaced(QHBoxLayout(), spacing=10)
        for text, field, name in (
            ("Del", self.desde, "Abiertos desde el día"),
            ("al", self.hasta, "Abiertos hasta el día"),
        ):
            label = QLabel(text)
            label.setBuddy(field)
            field.setAccessibleName(name)
            field.changed.connect(self._read)
            days.addWidget(label)
            days.addWidget(field, 1)
        self.list = ShortList("Tickets de corrección", _ROWS)
        self.list.currentRowChanged.connect(self._chosen)
        self.list.itemActivated.connect(self._to_resolution)
        self.count = QLabel()
        self.count.setProperty("role", "small")
        self.count.setWordWrap(True)
        self.list_notice = Notice()
        card = Card()
        card.box.addWidget(self.which)
        card.box.addLayout(days)
        for widget in (self.list, self.count, self.list_notice):
            card.box.addWidget(widget)
        return card

    def _make_detail(self) -> Card:
        self.detail = Card()
        self.heading, self.where = QLabel(), QLabel()
        self.heading.setProperty("role", "heading")
        self.where.setProperty("role", "muted")
        grid = look.spaced(QGridLayout(), spacing=9)
        grid.setColumnStretch(1, 1)
        self._facts: dict[str, tuple[QLabel, QLabel]] = {}
        for row, name in enumerate(
            ("Dato", "El padrón dice", "Debe decir", "Documento visto", "Se resolvió")
        ):
            label, value = QLabel(name), QLabel()
            label.setProperty("role", "muted")
            value.setProperty("role", "strong")
            value.setWordWrap(True)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
            self._facts[name] = (label, value)
        self.resolution = QLineEdit()
        self.resolution.setAccessibleName("En qué quedó")
        self.resolution.setPlaceholderText("Se corrigió en el padrón, no procede…")
        self.resolution.setMaxLength(TEXT_LENGTH)
        self.resolution.textEdited.connect(self._edited)
        self._label = QLabel("En qué quedó")
        self._label.setProperty("role", "field")
        self._label.setBuddy(self.resolution)
        self.notice = Notice()
        for label in (self.heading, self.where):
            label.setWordWrap(True)
            self.detail.box.addWidget(label)
        self.detail.box.addLayout(grid)
        for widget in (self._label, self.resolution, self.notice):
            self.detail.box.addWidget(widget)
        return self.detail

    # -- what is shown -----------------------------------------------------------------

    def focus_first(self) -> None:
        """Read the tickets, with the focus in the list."""
        self.done.clear()
        self._go_to_list()

    def _go_to_list(self) -> None:
        """Read the tickets; until they are there, what is typed is of none."""
        self._to_list = True
        self.which.setFocus()
        self._read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the cards side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._arrange()

    def _arrange(self) -> None:
        ways = QBoxLayout.Direction
        wide = self.width() >= look.px(_SIDE_BY_SIDE)
        self.cards.setDirection(ways.LeftToRight if wide else ways.TopToBottom)

    def _filter(self) -> Filtro:
        return Filtro(Abiertas(self.which.value), self.desde.date, self.hasta.date)

    def _read(self) -> None:
        correcciones, sesion, filtro = self._desk.services.correcciones, self._desk.sesion, self._filter()
        self._desk.tasks.latest(
            "correcciones", lambda: correcciones.listed(sesion, filtro), self._show, self._refused_list
        )

    def _show(self, found: Sequence[Correccion]) -> None:
        self.list_notice.clear()
        before = self._ticket
        self.list.blockSignals(True)
        self.list.show_rows([(each.nombre, _line(each), each) for each in found])
        again = [
            place for place, each in enumerate(found) if before is not None and each.numero == before.numero
        ]
        if again:
            self.list.setCurrentRow(again[0])
        self.list.blockSignals(False)
        self.count.setText(_many(len(found)) if found else NOTHING)
        self._chosen()
        if self._to_list and found:
            self.list.setFocus()
        self._to_list = False

    def _chosen(self) -> None:
        ticket = cast("Correccion | None", self.list.chosen)
        if ticket is None or self._ticket is None or ticket.numero != self._ticket.numero:
            self.resolution.clear()
            self.notice.clear()
        self._ticket = ticket
        self._show_ticket()

    def _show_ticket(self) -> None:
        ticket = self._ticket
        self.detail.setVisible(ticket is not None)
        is_open = ticket is not None and ticket.cerrada_en is None
        for widget in (self._label, self.resolution, self.go_on):
            widget.setVisible(is_open)
        self.go_on.setEnabled(is_open and not self._running)
        self.export.setEnabled(not self._running)
        if ticket is None:
            return
        self.heading.setText(ticket.nombre)
        self.where.setText(
            f"Cédula {cedulas.mask(ticket.cedula)} · ticket {numeros.shown(ticket.numero)}\n"
            f"Abierto el {moment(ticket.abierta_en)} por {ticket.abierta_por}, ventanilla {ticket.ventanilla}"
        )
        texts = {
            "Dato": DATO_TEXT[ticket.dato],
            "El padrón dice": ticket.dice,
            "Debe decir": ticket.debe_decir,
            "Documento visto": ticket.evidencia,
            "Se resolvió": _resolved(ticket),
        }
        for name, text in texts.items():
            label, value = self._facts[name]
            value.setText(text)
            value.setAccessibleName(f"{name}: {text}")
            for widget in (label, value):
                widget.setVisible(bool(text))

    # -- keys --------------------------------------------------------------------------

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter goes to the resolution, then closes; F7 exports."""
        if event.key() in ENTER_KEYS:
            focused = QApplication.focusWidget()
            if isinstance(focused, QAbstractButton) and not focused.isCheckable():
                focused.click()
            elif focused is self.resolution:
                self.go_on.click()
            else:
                self._to_resolution()
            return True
        if event.key() == Qt.Key.Key_F7:
            self.export.click()
            return True
        return False

    def _choose_which(self, which: Abiertas) -> None:
        self.which.set_value(which)
        self._read()

    def _to_resolution(self) -> None:
        if self.resolution.isVisible():
            self.resolution.setFocus()

    def _edited(self) -> None:
        self.notice.clear()

    # -- what a person does ------------------------------------------------------------

    def _close(self) -> None:
        ticket = self._ticket
        if ticket is None or self._running:
            return
        if not self.resolution.text().strip():
            if self.resolution.hasFocus():
                self.notice.show_text("error", "Escriba en qué quedó, para que se le diga a la persona.")
            self.resolution.setFocus()
            return
        self._run(True)
        correcciones, sesion, text = (
            self._desk.services.correcciones,
            self._desk.sesion,
            self.resolution.text(),
        )
        self._desk.tasks.run(
            lambda: correcciones.close(sesion, ticket.numero, text), self._closed, self._refused
        )

    def _closed(self, ticket: Correccion) -> None:
        self._run(False)
        self.list_notice.clear()
        self._ticket = None
        self._go_to_list()
        self.done.show_text(
            "done",
            f"El ticket <b>{numeros.shown(ticket.numero)}</b> quedó cerrado. Se le dice a la persona la próxima vez "
            "que venga.",
        )

    def _export(self) -> None:
        if self._running:
            return
        self.done.clear()
        self._run(True)
        correcciones, sesion, filtro = self._desk.services.correcciones, self._desk.sesion, self._filter()
        self._desk.tasks.run(lambda: correcciones.export(sesion, filtro), self._exported, self._refused_list)

    def _exported(self, path: Path) -> None:
        self._run(False)
        self.done.show_text("done", f"Los tickets quedaron en {escape(str(path))}. Quedó registrado.")

    def _refused(self, error: Exception) -> None:
        self._run(False)
        _say(self.notice, error)
        self.resolution.setFocus()

    def _refused_list(self, error: Exception) -> None:
        self._run(False)
        _say(self.list_notice, error)

    def _run(self, on: bool) -> None:  # noqa: FBT001 - private, and the sense is in the name
        self._running = on
        self._show_ticket()


def _line(each: Correccion) -> str:
    when = moment(each.abierta_en)[:10]
    closed = "" if each.cerrada_en is None else f" · cerrado el {moment(each.cerrada_en)[:10]}"
    return f"{DATO_TEXT[each.dato]} · {when}{closed}"


def _resolved(ticket: Correccion) -> str:
    if ticket.cerrada_en is None:
        return ""
    told = "ya se le dijo a la persona" if ticket.avisada_en is not None else "falta decírselo a la persona"
    return f"{ticket.resolucion} ({moment(ticket.cerrada_en)}, {ticket.cerrada_por}; {told})"


def _many(count: int) -> str:
    return "1 ticket" if count == 1 else f"{number(count)} tickets"


def _say(notice: Notice, error: Exception) -> None:
    if not isinstance(error, KnownError):
        raise error
    notice.show_text("error", escape(sentence(error)))
