"""The line about a paper under a page: what became of it, and the choices when it did not come out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from agencia_app.settings import FOLDER
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from agencia_app.ui.widgets.notice import Kind

MOST_OTHERS = 3  # printers offered besides the one in trouble
_NAME = 24  # letters of a printer's name on a button
_GAP = 10
_MARGINS = (24, 4, 24, 4)
_BESIDE = 420  # pixels at 100 % that the sentence keeps when the buttons stand beside it


class Choice(Enum):
    """What may be done about a paper. ``OTHER`` is the first of the other printers."""

    CAME_OUT = auto()
    RETRY = auto()
    OTHER = auto()
    PDF = auto()


@dataclass(frozen=True, slots=True)
class Offers:
    """The choices there are now; ``others`` are printers by name."""

    came_out: bool = False
    retry: bool = False
    others: tuple[str, ...] = ()
    pdf: bool = False


class PrintBar(QFrame):
    """A strip above the footer, a sentence and its buttons; invisible while it says nothing.

    ``elsewhere`` carries the printer chosen, the folder for a PDF. ``left`` says that the focus
    was here and must go back to the page. ``focused`` tells when the focus comes and goes.
    """

    came_out = Signal()
    retry = Signal()
    elsewhere = Signal(str)
    left = Signal()
    focused = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = Notice()
        look.spaced(cast("QHBoxLayout", self.notice.layout()), (0, 5, 0, 5), 12)  # its box is the strip
        self._came_out = KeyButton("Sí salió", "", "secondary")
        self._retry = KeyButton("Reintentar", "F7", "secondary")
        self._others = [KeyButton("", "", "secondary") for _ in range(MOST_OTHERS)]
        self._pdf = KeyButton("Guardar como PDF", "", "secondary")
        self._buttons = (self._came_out, self._retry, *self._others, self._pdf)
        self._names: tuple[str, ...] = ()
        self._said = ("", "")
        self._arranged: list[list[KeyButton]] = []
        self._top = look.spaced(QHBoxLayout(), spacing=_GAP)
        self._top.addWidget(self.notice, 1, Qt.AlignmentFlag.AlignVCenter)
        self._rows = [look.spaced(QHBoxLayout(), spacing=_GAP) for _ in self._buttons]
        column = look.spaced(QVBoxLayout(self), _MARGINS)
        column.addLayout(self._top)
        for row in self._rows:
            row.addStretch(1)
            column.addLayout(row)
        for button in self._buttons:
            button.setParent(self)
            button.hide()
            button.installEventFilter(self)
        self._came_out.clicked.connect(self.came_out)
        self._retry.clicked.connect(self.retry)
        self._pdf.clicked.connect(lambda: self.elsewhere.emit(FOLDER))
        for place, button in enumerate(self._others):
            button.clicked.connect(lambda _=False, place=place: self.elsewhere.emit(self._names[place]))
        self.hide()

    @property
    def offers(self) -> tuple[str, ...]:
        """What the buttons shown say."""
        return tuple(button.text() for button in self._buttons if not button.isHidden())

    def show_line(self, kind: Kind, html: str, offers: Offers) -> None:
        """Say what became of a paper, in rich text, and offer what may be done."""
        self._names = offers.others[:MOST_OTHERS]
        shown = {
            self._came_out: offers.came_out,
            self._retry: offers.retry,
            self._pdf: offers.pdf,
        } | {button: place < len(self._names) for place, button in enumerate(self._others)}
        focus = QApplication.focusWidget()
        if isinstance(focus, KeyButton) and not shown.get(focus, True):
            self.left.emit()  # before Qt gives the focus to whatever comes next
        for button, name in zip(self._others, self._names, strict=False):
            button.set_text(name if len(name) <= _NAME else f"{name[:_NAME]}…")
            button.setAccessibleName(f"Imprimir en {name}")
        for button, is_shown in shown.items():
            button.setVisible(is_shown)
        if (kind, html) != self._said:  # a screen reader says it once
            self._said = (kind, html)
            self.notice.show_text(kind, html)
            self.setProperty("kind", kind)
            look.restyle(self)
        self.arrange()
        self.show()

    def clear(self) -> None:
        """Say nothing."""
        if self.has_focus():
            self.left.emit()
        self._said = ("", "")
        self.notice.clear()
        for button in self._buttons:
            button.hide()
        self.hide()

    def has_focus(self) -> bool:
        """Tell whether the next key goes to one of its buttons."""
        return QApplication.focusWidget() in self._buttons

    def focus_on(self, choice: Choice) -> None:
        """Give the next Enter to a choice; the PDF stands in where there is no other printer."""
        button = {
            Choice.CAME_OUT: self._came_out,
            Choice.RETRY: self._retry,
            Choice.OTHER: self._others[0] if self._names else self._pdf,
            Choice.PDF: self._pdf,
        }[choice]
        (self._retry if button.isHidden() else button).setFocus(Qt.FocusReason.OtherFocusReason)

    def take_key(self, event: QKeyEvent) -> bool:
        """Retry with F7, wherever the focus is."""
        if event.key() != Qt.Key.Key_F7 or self._retry.isHidden():
            return False
        self._retry.click()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave upwards and downwards to the page, and keep Alt+← for the wizard."""
        kind = event.type()
        if kind in {QEvent.Type.FocusIn, QEvent.Type.FocusOut}:
            self.focused.emit(kind == QEvent.Type.FocusIn)
        if kind != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()  # a button would move the focus with it
            return True
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.left.emit()
            return True
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find the buttons their rows in the room there is."""
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Stand the buttons beside the sentence, or below it in as many rows as they need."""
        shown = [button for button in self._buttons if not button.isHidden()]
        plan = self._plan(shown)
        if plan == self._arranged:
            return
        self._arranged = plan
        for layout in (self._top, *self._rows):
            for button in self._buttons:
                layout.removeWidget(button)
        for button in plan[0]:
            self._top.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        for row, buttons in zip(self._rows, plan[1:], strict=False):
            for place, button in enumerate(buttons):
                row.insertWidget(place, button)

    def _plan(self, shown: list[KeyButton]) -> list[list[KeyButton]]:
        """Return the buttons beside the sentence, and then those of each row below it."""
        gap = look.px(_GAP)
        widths = [button.sizeHint().width() + gap for button in shown]
        room = self.width() - 2 * look.px(_MARGINS[0])
        if sum(widths) + look.px(_BESIDE) <= room:
            return [shown]
        rows: list[list[KeyButton]] = [[]]
        used = room + 1
        for button, width in zip(shown, widths, strict=True):
            if used + width > room + gap:
                rows.append([])
                used = 0
            rows[-1].append(button)
            used += width
        return rows
