"""*Hojas*: the numbered slips that came in, where they are, and what is done with them."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain.autorizacion import REASON_LENGTH
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import moment, number
from agencia_app.models.domain.hoja_numerada import Existencia, Lote, Tramo
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.segmented import Segmented
from agencia_app.ui.widgets.short_list import ShortList

if TYPE_CHECKING:
    from collections.abc import Callable

    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.hojas import Hojas
    from agencia_app.ui.sides import SideDesk

_LINE = "Registre las que llegan, entréguelas a las ventanillas, y diga cuál se dañó. Con Alt y un número elige qué."
_NOT_NUMBERED = (
    "Esta agencia no usa hojas numeradas: las emisiones no piden el número. Se activa en los ajustes, con "
    "«hojas_numeradas»."
)
RECIBIR, ENTREGAR, RECOGER, DANADA = "recibir", "entregar", "recoger", "danada"
_ACTIONS = ((RECIBIR, "1 Recibir"), (ENTREGAR, "2 Entregar"), (RECOGER, "3 Recoger"), (DANADA, "4 Dañada"))
_WHAT = {
    RECIBIR: ("Recibir las hojas", "Un rango que llegó a la agencia."),
    ENTREGAR: ("Entregar las hojas", "A una ventanilla; pueden ser parte de un rango."),
    RECOGER: ("Recoger las hojas", "Las que una ventanilla no usó vuelven al supervisor."),
    DANADA: ("Registrar la hoja dañada", "Una hoja sin usar que ya no sirve."),
}
_DIGITS = 12
_SIDE_BY_SIDE = 1100  # pixels at 100 %: narrower than this the cards stand one below the other
_LOTES_SHOWN = 5


class HojasScreen(SideScreen):
    """One action at a time on the left, what there is on the right."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Hojas de clave numeradas", _LINE)
        self._desk = desk
        self._running = False
        self.cards = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=14)
        for card in (self._make_action(), self._make_stock()):
            side = look.spaced(QVBoxLayout(), spacing=0)
            side.addWidget(card)
            side.addStretch(1)
            self.cards.addLayout(side, 1)
        if not desk.services.hojas.numeradas:
            off = Notice()
            off.show_text("info", _NOT_NUMBERED)
            self.column.addWidget(off)
        self.column.addLayout(self.cards)
        self.column.addStretch(1)
        self.go_on = KeyButton("", drawing.ENTER, "primary")
        self.go_on.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.go_on.clicked.connect(self._proceed)
        self.foot.addWidget(self.go_on)
        # Not in keyPressEvent: a field would take the digit for its own.
        for place, (action, _) in enumerate(_ACTIONS, 1):
            shortcut = QShortcut(QKeySequence(f"Alt+{place}"), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._choose_action, action))
        self._show_action()

    # -- how it is made ----------------------------------------------------------------

    def _make_stock(self) -> Card:
        self.total = QLabel("Contando las hojas…")
        self.total.setWordWrap(True)
        self.tramos = ShortList("Dónde están las hojas que quedan", 5)
        self.tramos.itemActivated.connect(self._take_tramo)
        self.tramos.itemClicked.connect(self._take_tramo)
        self.lotes = QLabel()
        self.lotes.setProperty("role", "small")
        self.lotes.setWordWrap(True)
        card = Card()
        card.box.addWidget(_heading("Lo que hay"))
        card.box.addWidget(self.total)
        card.box.addWidget(self.tramos)
        card.box.addWidget(self.lotes)
        return card

    def _make_action(self) -> Card:
        self.action = Segmented(_ACTIONS)
        self.action.setAccessibleName("Qué va a registrar")
        self.action.set_value(RECIBIR)
        self.action.changed.connect(self._change_action)
        self.hint = QLabel()
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self.desde, self.hasta, self.ventanilla = QLineEdit(), QLineEdit(), QLineEdit()
        self.motivo = QLineEdit()
        self.motivo.setMaxLength(REASON_LENGTH)
        self._labels: dict[QLineEdit, QLabel] = {}
        grid = look.spaced(QGridLayout(), spacing=10)
        grid.setColumnStretch(1, 1)
        fields = (
            ("De la", self.desde, "Primera hoja"),
            ("A la", self.hasta, "Última hoja"),
            ("Ventanilla", self.ventanilla, "Ventanilla que las recibe"),
            ("Motivo", self.motivo, "Por qué se dañó"),
        )
        for row, (text, field, name) in enumerate(fields):
            label = QLabel(text)
            label.setProperty("role", "field")
            label.setBuddy(field)
            field.setAccessibleName(name)
            if field is not self.motivo:
                field.setMaxLength(_DIGITS)
            field.textEdited.connect(self._edited)
            self._labels[field] = label
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        self.notice = Notice()
        card = Card()
        card.box.addWidget(_heading("Registrar"))
        card.box.addWidget(self.action)
        card.box.addWidget(self.hint)
        card.box.addLayout(grid)
        card.box.addWidget(self.notice)
        return card

    # -- what is shown -----------------------------------------------------------------

    def focus_first(self) -> None:
        """Count the slips, with the focus in the first number."""
        self._read()
        self.desde.setFocus()
        self.desde.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the cards side by side where there is room."""
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        wide = self.width() >= look.px(_SIDE_BY_SIDE)
        self.cards.setDirection(ways.LeftToRight if wide else ways.TopToBottom)

    def _read(self) -> None:
        hojas, sesion = self._desk.services.hojas, self._desk.sesion
        self._desk.tasks.latest("hojas", lambda: hojas.stock(sesion), self._show_stock, self._say)

    def _show_stock(self, there: Existencia) -> None:
        total = there.total
        self.total.setText(
            f"Recibidas {number(total.recibidas)} = usadas {number(total.emitidas)} + dañadas "
            f"{number(total.danadas)} + <b>quedan {number(total.quedan)}</b>"
        )
        self.tramos.show_rows([(_where(each), _span(each), each) for each in there.tramos])
        lines = [_lote(each) for each in there.lotes[:_LOTES_SHOWN]]
        if len(there.lotes) > _LOTES_SHOWN:
            lines.append(f"y {len(there.lotes) - _LOTES_SHOWN} rangos anteriores con hojas")
        self.lotes.setText("<br>".join(lines))
        self.lotes.setVisible(bool(lines))

    def _change_action(self) -> None:
        self._show_action()
        self.desde.setFocus()

    def _show_action(self) -> None:
        action = self.action.value
        text, hint = _WHAT[action]
        self.go_on.set_text(text)
        self.hint.setText(hint)
        self._labels[self.desde].setText("Hoja" if action == DANADA else "De la")
        self.desde.setAccessibleName("Número de la hoja" if action == DANADA else "Primera hoja")
        shown = self._fields()
        for field, label in self._labels.items():
            field.setVisible(field in shown)
            label.setVisible(field in shown)
        self.notice.clear()

    def _fields(self) -> tuple[QLineEdit, ...]:
        """Return the fields of the action chosen, in the order they are filled."""
        return {
            ENTREGAR: (self.desde, self.hasta, self.ventanilla),
            DANADA: (self.desde, self.motivo),
        }.get(self.action.value, (self.desde, self.hasta))

    # -- keys --------------------------------------------------------------------------

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter goes to the next empty field, then does it."""
        if event.key() in ENTER_KEYS:
            if self.tramos.hasFocus():
                self._take_tramo()
            else:
                self._go_on()
            return True
        return False

    def _choose_action(self, action: str) -> None:
        self.action.set_value(action)
        self._change_action()

    def _go_on(self) -> None:
        for field in self._fields():
            if not field.text().strip():
                field.setFocus()
                return
        self.go_on.click()

    def _take_tramo(self) -> None:
        """Take the numbers of the row chosen, for what is usually done with those."""
        tramo = cast("Tramo | None", self.tramos.chosen)
        if tramo is None:
            return
        if self.action.value != DANADA:
            self.action.set_value(ENTREGAR if tramo.ventanilla is None else RECOGER)
            self._show_action()
        self.desde.setText(str(tramo.desde))
        self.hasta.setText(str(tramo.hasta))
        self._fields()[-1].setFocus()

    def _edited(self) -> None:
        self.notice.clear()

    # -- what a person does ------------------------------------------------------------

    def _proceed(self) -> None:
        call = None if self._running else self._call()
        if call is None:
            return
        self._running = True
        self.go_on.setEnabled(False)
        self._desk.tasks.run(call, self._done, self._refused)

    def _call(self) -> Callable[[], str] | None:
        """Return what is asked for, and what to say when it is done; None after leading to a mistake."""
        hojas, sesion = self._desk.services.hojas, self._desk.sesion
        action = self.action.value
        desde = self._number(self.desde)
        if action == DANADA:
            motivo = self.motivo.text()
            return None if desde is None else lambda: _spoil(hojas, sesion, desde, motivo)
        hasta = self._number(self.hasta)
        if desde is None or hasta is None:
            return None
        if action == RECIBIR:
            return lambda: f"{_many(hojas.receive(sesion, desde, hasta))} recibidas."
        if action == RECOGER:
            return lambda: f"{_many(hojas.assign(sesion, desde, hasta, None))} recogidas."
        window = self._number(self.ventanilla)
        if window is None:
            return None
        return lambda: (
            f"{_many(hojas.assign(sesion, desde, hasta, window))} entregadas a la ventanilla {window}."
        )

    def _number(self, field: QLineEdit) -> int | None:
        text = "".join(field.text().split()).replace(".", "")
        if text.isascii() and text.isdigit():
            return int(text)
        self.notice.show_text("error", "Escriba el número con sus dígitos, sin letras.")
        field.setFocus()
        field.selectAll()
        return None

    def _done(self, said: str) -> None:
        self._settle()
        for field in self._labels:
            field.clear()
        self.notice.show_text("done", said)
        self.focus_first()

    def _refused(self, error: Exception) -> None:
        self._settle()
        self._say(error)
        field = {"hoja.motivo": self.motivo, "usuario.ventanilla": self.ventanilla}.get(
            error.code if isinstance(error, KnownError) else "", self.desde
        )
        field.setFocus()
        field.selectAll()

    def _settle(self) -> None:
        self._running = False
        self.go_on.setEnabled(True)

    def _say(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self.notice.show_text("error", escape(sentence(error)))
        # A turn later: by then it has its place.
        QTimer.singleShot(0, self, partial(self.area.ensureWidgetVisible, self.notice))


def _heading(text: str) -> QWidget:
    label = QLabel(text)
    label.setProperty("role", "strong")
    return label


def _where(each: Tramo) -> str:
    place = "Con el supervisor" if each.ventanilla is None else f"Ventanilla {each.ventanilla}"
    return f"{place} · {_many(each.cantidad)}"


def _span(each: Tramo) -> str:
    return f"la {each.desde}" if each.desde == each.hasta else f"de la {each.desde} a la {each.hasta}"


def _lote(each: Lote) -> str:
    return (
        f"Recibidas el {moment(each.recibido_en)} por {escape(each.recibido_por)}, de la {each.desde} a la "
        f"{each.hasta}: usadas {number(each.emitidas)}, dañadas {number(each.danadas)}, quedan "
        f"{number(each.quedan)}."
    )


def _many(count: int) -> str:
    return "1 hoja" if count == 1 else f"{number(count)} hojas"


def _spoil(hojas: Hojas, sesion: Sesion, hoja: int, motivo: str) -> str:
    hojas.spoil(sesion, hoja, motivo)
    return f"La hoja {hoja} quedó registrada como dañada."
