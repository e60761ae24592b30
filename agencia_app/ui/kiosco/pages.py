"""The kiosk's screens. Each is made for one moment of one visit, and destroyed after it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain import cedula, mrz
from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.kiosco.pictogram import Pictogram
from agencia_app.ui.kiosco.touch import CLEAR, ERASE, Keypad, TouchButton, words
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from agencia_app.services.kiosco import Traer, Visita

_MARGINS = (36, 24, 36, 24)
_EMPTY = "–"
_OLDEST = 1900  # the first year that somebody alive may have been born in
_DATE_DIGITS = 8


class Page(QWidget):
    """A screen. ``back`` asks for the start."""

    back = Signal()

    def take(self, _event: QKeyEvent) -> bool:
        """Take a key that no button took; return whether it was any use."""
        return False


class EntryPage(Page):
    """Digits on a large keypad, by hand or by scanner. ``entered`` carries them, once they are right."""

    entered = Signal(str)

    def __init__(self, title: str, hint: str, groups: tuple[int, ...], separator: str) -> None:
        super().__init__()
        self._groups = groups
        self._separator = separator
        self.digits = ""
        self.shown = words("", "kioskDigits")
        self.shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.notice = Notice()
        self.go_on = TouchButton("Seguir", primary=True)
        self.go_on.clicked.connect(self.enter)
        self.keypad = Keypad()
        self.keypad.pressed.connect(self.press)
        self.foot = look.spaced(QHBoxLayout(), spacing=16)
        self.foot.addWidget(self.go_on, 1)
        left = look.spaced(QVBoxLayout(), spacing=16)
        left.addWidget(words(title, "kioskTitle"))
        self.hint = words(hint)
        left.addWidget(self.hint)
        left.addWidget(self.shown)
        left.addWidget(self.notice)
        left.addStretch(1)
        left.addLayout(self.foot)
        row = look.spaced(QHBoxLayout(self), _MARGINS, 32)
        row.addLayout(left, 3)
        row.addWidget(self.keypad, 2)
        self._show()

    @property
    def length(self) -> int:
        """How many digits are wanted."""
        return sum(self._groups)

    def press(self, key: str) -> None:
        """Take a key of the keypad."""
        if key == CLEAR:
            self.digits = ""
        elif key == ERASE:
            self.digits = self.digits[:-1]
        elif len(self.digits) < self.length:
            self.digits += key
        self.notice.clear()
        self.hint.show()
        self._show()

    def enter(self) -> None:
        """Check what was typed and hand it over, or say what is wrong with it."""
        try:
            self.check()
        except KnownError as error:
            self.refuse(error)
        else:
            self.entered.emit(self.digits)

    def refuse(self, error: KnownError) -> None:
        """Say what is wrong, where the hint was."""
        self.hint.hide()
        self.notice.show_text("error", sentence(error))

    def check(self) -> None:
        """Raise the KnownError of what was typed."""

    def take(self, event: QKeyEvent) -> bool:
        """Take digits, the key that takes back, and Enter."""
        char = event.text()
        if char.isascii() and char.isdigit():
            self.press(char)
        elif event.key() == Qt.Key.Key_Backspace:
            self.press(ERASE)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.enter()
        else:
            return False
        return True

    def _show(self) -> None:
        digits = self.digits.ljust(self.length, _EMPTY)
        parts, at = [], 0
        for group in self._groups:
            parts.append(digits[at : at + group])
            at += group
        self.shown.setText(self._separator.join(parts))
        self.shown.setAccessibleName(f"Escrito: {' '.join(self.digits) or 'nada'}")


class CedulaEntry(EntryPage):
    """The start: the cédula, typed or scanned. ``scanned`` carries a machine-readable zone."""

    scanned = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            "Consulta y solicitud",
            "Para saber qué traer y pedir su clave personal, escriba el número de su cédula o pásela por el lector.",
            (4, 4, 2),
            " ",
        )
        self._zone = ""

    def check(self) -> None:
        """Raise ``kiosco.cedula``."""
        if not cedula.is_valid(self.digits):
            raise KnownError("kiosco.cedula")

    def take(self, event: QKeyEvent) -> bool:
        """Take a zone too, which a scanner types as a keyboard would."""
        char = event.text()
        if self._zone or (char.isalpha() and not self.digits):
            return self._take_zone(event, char)
        return super().take(event)

    def _take_zone(self, event: QKeyEvent, char: str) -> bool:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            zone = self._zone
            if not mrz.is_partial(zone):
                self._zone = ""
                self.scanned.emit(zone)
            return True
        if char.isascii() and char.isprintable() and len(self._zone) <= mrz.LENGTH:
            self._zone += char
        if not mrz.looks_like(self._zone) and len(self._zone) > 1:
            self._zone = ""
        return True

    def forget(self) -> None:
        """Forget what was typed and scanned."""
        self._zone = ""
        self.press(CLEAR)


class BirthEntry(EntryPage):
    """The birth date, day first. ``born`` carries it."""

    born = Signal(object)

    def __init__(self, today: date) -> None:
        super().__init__(
            "Escriba su fecha de nacimiento", "Día, mes y año. Por ejemplo: 05 03 1950.", (2, 2, 4), " / "
        )
        self._today = today
        self._born: date | None = None
        self.entered.connect(lambda _: self.born.emit(self._born))
        again = TouchButton("Empezar de nuevo")
        again.clicked.connect(self.back)
        self.foot.insertWidget(0, again)

    def check(self) -> None:
        """Raise ``kiosco.birth_date`` for what can be no birth date."""
        try:
            if len(self.digits) != _DATE_DIGITS:
                raise ValueError  # noqa: TRY301 - one refusal for both
            self._born = date(int(self.digits[4:]), int(self.digits[2:4]), int(self.digits[:2]))
        except ValueError:
            raise KnownError("kiosco.birth_date") from None
        if not self._born.year >= _OLDEST or self._born > self._today:
            raise KnownError("kiosco.birth_date")


class ConsiderPage(Page):
    """What everybody is told before asking. ``accepted`` goes on."""

    accepted = Signal()

    def __init__(self, visita: Visita) -> None:
        super().__init__()
        column = look.spaced(QVBoxLayout(self), _MARGINS, 16)
        column.addWidget(words("Antes de pedir su clave", "kioskTitle"))
        listed = look.spaced(QVBoxLayout(), spacing=14)
        for number, each in enumerate(visita.consideraciones, start=1):
            row = look.spaced(QHBoxLayout(), spacing=12)
            row.addWidget(words(f"{number}.", "kioskStrong"), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(words(each), 1, Qt.AlignmentFlag.AlignTop)
            listed.addLayout(row)
        listed.addStretch(1)
        column.addWidget(_scrolling(listed), 1)
        foot = look.spaced(QHBoxLayout(), spacing=16)
        self.no = TouchButton("No, terminar")
        self.no.clicked.connect(self.back)
        self.yes = TouchButton("Entiendo y acepto", primary=True)
        self.yes.clicked.connect(self.accepted)
        foot.addWidget(self.no)
        foot.addWidget(self.yes, 1)
        column.addLayout(foot)

    def take(self, event: QKeyEvent) -> bool:
        """Take Enter to accept."""
        return _enters(event, self.yes)


class PlanillaPage(Page):
    """Which bill they will bring. ``chosen`` carries its id, empty for who does not know yet."""

    chosen = Signal(str)

    def __init__(self, visita: Visita) -> None:
        super().__init__()
        column = look.spaced(QVBoxLayout(self), _MARGINS, 18)
        column.addWidget(words("¿Qué planilla va a traer?", "kioskTitle"))
        column.addWidget(words("Una de un servicio básico. No hace falta que esté a su nombre."))
        column.addStretch(1)
        row = look.spaced(QHBoxLayout(), spacing=24)
        self.choices: dict[str, TouchButton] = {}
        for key, title in visita.planillas:
            button = TouchButton(title)
            button.clicked.connect(lambda _=False, each=key: self.chosen.emit(each))
            self.choices[key] = button
            card = look.spaced(QVBoxLayout(), spacing=14)
            card.addWidget(Pictogram(key, 96), 0, Qt.AlignmentFlag.AlignHCenter)
            card.addWidget(button)
            row.addLayout(card, 1)
        column.addLayout(row)
        column.addStretch(1)
        foot = look.spaced(QHBoxLayout(), spacing=16)
        self.no = TouchButton("Terminar")
        self.no.clicked.connect(self.back)
        self.later = TouchButton("Todavía no sé", primary=True)
        self.later.clicked.connect(lambda: self.chosen.emit(""))
        foot.addWidget(self.no)
        foot.addWidget(self.later, 1)
        column.addLayout(foot)

    def take(self, event: QKeyEvent) -> bool:
        """Take Enter for who does not know yet."""
        return _enters(event, self.later)


class BringPage(Page):
    """What to bring. ``list_wanted`` and ``solicitud_wanted`` ask for the papers."""

    list_wanted = Signal()
    solicitud_wanted = Signal()

    def __init__(self, visita: Visita, columns: int) -> None:
        super().__init__()
        column = look.spaced(QVBoxLayout(self), _MARGINS, 14)
        column.addWidget(words("Qué debe traer a la ventanilla", "kioskTitle"))
        column.addWidget(
            words(f"{visita.iniciales} · Cédula {visita.cedula_mascara} · {visita.calidad}", "kioskNote")
        )
        listed = look.spaced(QVBoxLayout(), (0, 0, 8, 0), 12)
        listed.addWidget(words(visita.condicion.texto, "kioskStrong"))
        cards = look.spaced(QGridLayout(), spacing=12)
        for index, each in enumerate(visita.traer):
            cards.addWidget(_thing(each), index // columns, index % columns)
        for index in range(columns):
            cards.setColumnStretch(index, 1)
        listed.addLayout(cards)
        listed.addStretch(1)
        column.addWidget(_scrolling(listed), 1)
        self.notice = Notice()
        column.addWidget(self.notice)
        self.list_button = TouchButton("Imprimir la lista")
        self.solicitud_button = TouchButton("Imprimir la solicitud", primary=True)
        self.done = TouchButton("Terminar")
        self.list_button.clicked.connect(self.list_wanted)
        self.solicitud_button.clicked.connect(self.solicitud_wanted)
        self.done.clicked.connect(self.back)
        foot = look.spaced(QHBoxLayout(), spacing=16)
        foot.addWidget(self.done)
        foot.addWidget(self.list_button, 1)
        foot.addWidget(self.solicitud_button, 1)
        column.addLayout(foot)

    def set_busy(self, *, busy: bool) -> None:
        """Take no second order while a paper is on its way."""
        for each in (self.list_button, self.solicitud_button, self.done):
            each.setEnabled(not busy)
        if busy:
            self.notice.show_text("info", "Su papel está saliendo. Espere un momento.")

    def printed(self, text: str) -> None:
        """Say that a paper came out."""
        self.notice.show_text("done", text)

    def failed(self, text: str) -> None:
        """Say that it did not."""
        self.notice.show_text("error", text)


class MessagePage(Page):
    """One picture, one sentence, and at most one way on."""

    def __init__(self, picture: str, title: str, text: str, button: str = "Volver al inicio") -> None:
        super().__init__()
        column = look.spaced(QVBoxLayout(self), _MARGINS, 22)
        column.addStretch(1)
        column.addWidget(Pictogram(picture, 120), 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (words(title, "kioskTitle"), words(text)):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addStretch(1)
        self.button = TouchButton(button, primary=True)
        self.button.clicked.connect(self.back)
        if button:
            column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        else:
            self.button.setParent(self)
            self.button.hide()

    def take(self, event: QKeyEvent) -> bool:
        """Take Enter to go back to the start."""
        return self.button.isVisible() and _enters(event, self.button)


def _enters(event: QKeyEvent, button: TouchButton) -> bool:
    if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
        return False
    button.click()
    return True


def _thing(each: Traer) -> Card:
    card = Card()
    row = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=18)
    row.addWidget(Pictogram(each.id), 0, Qt.AlignmentFlag.AlignTop)
    column = look.spaced(QVBoxLayout(), spacing=4)
    column.addWidget(words(each.titulo, "kioskStrong"))
    column.addWidget(words(each.que))
    for note in filter(None, (each.nota, each.donde)):
        column.addWidget(words(note, "kioskNote"))
    row.addLayout(column, 1)
    card.box.addLayout(row)
    if not each.exigible:
        card.set_kind("done")
    card.setAccessibleName(f"{each.titulo}: {each.que}")
    return card


def _scrolling(layout: QVBoxLayout) -> QScrollArea:
    inside = QWidget()
    inside.setObjectName("scrolled")
    inside.setLayout(layout)
    area = QScrollArea()
    area.setObjectName("kioskScroll")
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
