"""The printers, one below the other: what each is, how it does, and its test page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from agencia_app.models.domain.impresion import Impresion
from agencia_app.settings import FOLDER
from agencia_app.ui import job_words
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.sign import Sign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agencia_app.services.impresoras import Impresora

CONNECTIONS = {"red": "red", "usb": "USB", "serie": "puerto serie"}


class PrinterList(QWidget):
    """A row a printer. ``tested`` and ``removed`` carry the printer's name.

    Up and Down go from row to row. Removing asks once more, in the row.
    """

    tested = Signal(str)
    removed = Signal(str)

    def __init__(self, *, may_remove: bool) -> None:
        super().__init__()
        self._may_remove = may_remove
        self._narrow = False
        self._rows: dict[str, PrinterRow] = {}
        self._column = look.spaced(QVBoxLayout(self), spacing=0)

    @property
    def rows(self) -> tuple[PrinterRow, ...]:
        """The rows, from top to bottom."""
        return tuple(self._rows.values())

    def row(self, name: str) -> PrinterRow | None:
        """Return the row of a printer."""
        return self._rows.get(name)

    def show_printers(self, printers: Sequence[Impresora]) -> None:
        """Show these printers; a row that stays keeps the focus and its test page."""
        names = [each.nombre for each in printers]
        for gone in [name for name in self._rows if name not in names]:
            row = self._rows.pop(gone)
            self._column.removeWidget(row)
            row.deleteLater()
        for place, each in enumerate(printers):
            if each.nombre not in self._rows:
                self._rows[each.nombre] = self._make(each.nombre)
            row = self._rows[each.nombre]
            row.show_printer(each, may_remove=self._may_remove and each.termica is not None)
            self._column.insertWidget(place, row)
        # Top to bottom, whenever each was made.
        self._rows = {name: self._rows[name] for name in names}
        for above, below in zip(self.rows, self.rows[1:], strict=False):
            QWidget.setTabOrder(above.last_stop, below.test)

    def set_narrow(self, *, narrow: bool) -> None:
        """Stand the buttons below the words, or beside them."""
        self._narrow = narrow
        for row in self.rows:
            row.set_narrow(narrow=narrow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go up and down between the rows; a button by itself would go to its neighbour."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is None:
            return super().eventFilter(watched, event)
        here = next(at for at, row in enumerate(self.rows) if watched in row.buttons)
        if 0 <= here + by < len(self.rows):
            self.rows[here + by].test.setFocus()
        return True

    def _make(self, name: str) -> PrinterRow:
        row = PrinterRow(name)
        row.set_narrow(narrow=self._narrow)
        for button in row.buttons:
            button.installEventFilter(self)
        row.test.clicked.connect(lambda: self.tested.emit(name))
        row.sure.clicked.connect(lambda: self.removed.emit(name))
        return row


class PrinterRow(QFrame):
    """One printer."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.setObjectName("printerRow")
        self._sign = Sign()
        self._name = QLabel(job_words.printer(name))
        self._name.setProperty("role", "strong")
        self._kind = QLabel()
        self._kind.setProperty("role", "small")
        self._kind.setWordWrap(True)
        self._state = QLabel()
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.setProperty("state", "missing")
        self._problem.hide()
        self._tested = QLabel()
        self._tested.setWordWrap(True)
        self._tested.hide()
        said = job_words.printer(name)
        self.test = KeyButton("Página de prueba")
        self.test.setAccessibleName(f"Página de prueba en {said}")
        self.remove = KeyButton("Quitar")
        self.remove.setAccessibleName(f"Quitar {said}")
        self.sure = KeyButton("Sí, quitar", role="danger")
        self.sure.setAccessibleName(f"Sí, quitar {said}")
        self.keep = KeyButton("No")
        self.remove.clicked.connect(self._ask)
        self.keep.clicked.connect(self._unask)
        head = look.spaced(QHBoxLayout(), spacing=12)
        head.addWidget(self._name)
        head.addWidget(self._state, 1)
        words = look.spaced(QVBoxLayout(), spacing=2)
        words.addLayout(head)
        words.addWidget(self._kind)
        buttons = look.spaced(QHBoxLayout(), spacing=8)
        for button in self.buttons:
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.line = line = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=8)
        line.addLayout(words, 1)
        line.addLayout(buttons)
        whole = look.spaced(QVBoxLayout(), spacing=4)
        whole.addLayout(line)
        whole.addWidget(self._problem)
        whole.addWidget(self._tested)
        row = look.spaced(QHBoxLayout(self), (0, 9, 0, 9), 12)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(whole, 1)
        self._removable = False
        self._unask()

    @property
    def buttons(self) -> tuple[KeyButton, ...]:
        """Its buttons, shown or not."""
        return self.test, self.remove, self.sure, self.keep

    @property
    def text(self) -> str:
        """Everything the row says."""
        return self.accessibleName()

    @property
    def last_stop(self) -> QWidget:
        """The last of its buttons that takes the focus now."""
        return self.test if self.remove.isHidden() else self.remove

    def has_focus(self) -> bool:
        """Tell whether one of its buttons has the focus."""
        return any(each.hasFocus() for each in self.buttons)

    def set_narrow(self, *, narrow: bool) -> None:
        """Stand the buttons below the words, or beside them."""
        ways = QBoxLayout.Direction
        self.line.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)

    def show_printer(self, printer: Impresora, *, may_remove: bool) -> None:
        """Show what the printer is and how it does."""
        self._removable = may_remove
        if self.sure.isHidden():
            self.remove.setVisible(may_remove)
        used = ", ".join(job_words.PAPER[each].lower() for each in printer.papeles)
        self._kind.setText(f"{_kind(printer)} · {used}" if used else _kind(printer))
        trouble = printer.trouble
        self._sign.set_kind("done" if trouble is None else "missing")
        self._state.setText("Lista" if trouble is None else "No está lista")
        self._problem.setText("" if trouble is None else escape(sentence(trouble)))
        self._problem.setVisible(trouble is not None)
        self._state.setProperty("state", "done" if trouble is None else "missing")
        look.restyle(self._state)
        self._name_all()

    def show_test(self, job: Impresion) -> None:
        """Show what became of the test page."""
        _, state = job_words.state(job)
        self._tested.setText(f"Página de prueba: {state.lower()}. {job_words.problem(job)}".strip())
        self._tested.show()
        self._name_all()

    def _name_all(self) -> None:
        labels = (self._name, self._state, self._kind, self._problem, self._tested)
        self.setAccessibleName(". ".join(each.text().rstrip(".") for each in labels if each.text()) + ".")

    def _ask(self) -> None:
        for each in (self.test, self.remove):
            each.hide()
        for each in (self.sure, self.keep):
            each.show()
        self.keep.setFocus()

    def _unask(self) -> None:
        focused = self.has_focus()
        self.sure.hide()
        self.keep.hide()
        self.test.show()
        self.remove.setVisible(self._removable)
        if focused:
            self.remove.setFocus()


def _kind(printer: Impresora) -> str:
    if printer.nombre == FOLDER:
        return "Archivos PDF"
    termica = printer.termica
    if termica is None:
        return "Cola del sistema"
    return f"Térmica por {CONNECTIONS[termica.conexion]}, {termica.ancho_mm} mm"
