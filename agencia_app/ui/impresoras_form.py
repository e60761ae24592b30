"""What the administrador sets: which printer takes each paper, and the thermal printers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
)

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PAPERS, PaperKind
from agencia_app.settings import CONNECTIONS, MAX_COPIES, MAX_NAME, WIDTHS, Settings, Termica
from agencia_app.ui import job_words
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.segmented import Segmented

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROLE = "Solo un administrador cambia estos ajustes."
_SAID = {"red": "Red", "usb": "USB", "serie": "Serie"}
_EXAMPLE = {"red": "192.168.0.20:9100", "usb": "04b8:0202", "serie": "/dev/ttyS0:9600"}

Papers = dict[PaperKind, tuple[str, int]]


class PapersForm(Card):
    """A printer and copies for each kind of paper. ``changed`` follows every edit."""

    changed = Signal()

    def __init__(self, *, may_change: bool) -> None:
        super().__init__()
        self._may = may_change
        self._saved: Papers = {}
        self.printers: dict[PaperKind, QComboBox] = {}
        self.copies: dict[PaperKind, QSpinBox] = {}
        self.notice = Notice()
        heading = QLabel("Qué impresora para cada papel")
        heading.setProperty("role", "strong")
        grid = look.spaced(QGridLayout(), spacing=10)
        grid.setColumnStretch(1, 1)
        for column, text in enumerate(("Papel", "Impresora", "Copias")):
            title = QLabel(text)
            title.setProperty("role", "small")
            grid.addWidget(title, 0, column)
        for row, papel in enumerate(PAPERS, 1):
            self._add(grid, row, papel)
        self.box.addWidget(heading)
        if not may_change:
            note = QLabel(_ROLE)
            note.setProperty("role", "small")
            note.setWordWrap(True)
            self.box.addWidget(note)
        self.box.addLayout(grid)
        self.box.addWidget(self.notice)
        self.box.addStretch(1)

    def edits(self) -> Papers:
        """Return what was changed and not saved: printer and copies by paper."""
        return {
            papel: chosen
            for papel in self._saved
            if (chosen := self._chosen(papel)) != self._saved[papel] and chosen[0]
        }

    def show_settings(self, settings: Settings, takes: Mapping[PaperKind, Sequence[str]]) -> None:
        """Offer for each paper the printers that take it; what is being edited stays."""
        edits = self.edits()
        self._saved = {
            papel: (settings.printer(papel.value), settings.copies(papel.value)) for papel in PAPERS
        }
        for papel, combo in self.printers.items():
            name, copies = edits.get(papel, self._saved[papel])
            combo.blockSignals(True)  # filling it is no edit
            combo.clear()
            for each in takes[papel]:
                combo.addItem(job_words.printer(each), each)
            combo.setCurrentIndex(combo.findData(name))
            combo.blockSignals(False)
            self.copies[papel].blockSignals(True)
            self.copies[papel].setValue(copies)
            self.copies[papel].blockSignals(False)
            combo.setEnabled(self._may)
            self.copies[papel].setEnabled(self._may and papel is not PaperKind.HOJA_CLAVE)
        self.changed.emit()

    def show_error(self, error: KnownError) -> None:
        """Say what was refused, in the card it is about."""
        self.notice.show_text("error", escape(sentence(error)))

    def _chosen(self, papel: PaperKind) -> tuple[str, int]:
        name = self.printers[papel].currentData()
        return (name if isinstance(name, str) else ""), self.copies[papel].value()

    def _add(self, grid: QGridLayout, row: int, papel: PaperKind) -> None:
        combo = _Combo()
        combo.setPlaceholderText("Elija una impresora")
        combo.setAccessibleName(f"Impresora para: {job_words.PAPER[papel]}")
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(8)
        spin = _Spin()
        spin.setRange(1, 1 if papel is PaperKind.HOJA_CLAVE else MAX_COPIES)
        spin.setAlignment(Qt.AlignmentFlag.AlignCenter)
        spin.setAccessibleName(f"Copias de: {job_words.PAPER[papel]}")
        combo.currentIndexChanged.connect(self._edited)
        spin.valueChanged.connect(self._edited)
        label = QLabel(job_words.PAPER[papel])
        label.setBuddy(combo)
        self.printers[papel], self.copies[papel] = combo, spin
        grid.addWidget(label, row, 0)
        grid.addWidget(combo, row, 1)
        grid.addWidget(spin, row, 2)

    def _edited(self) -> None:
        self.notice.clear()
        self.changed.emit()


class TermicaForm(Card):
    """A thermal printer to add. ``wanted`` carries it as a Termica, ``left`` says never mind."""

    wanted = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        heading = QLabel("Agregar una impresora térmica")
        heading.setProperty("role", "strong")
        note = QLabel("Con el nombre de una que ya está, se cambia esa.")
        note.setProperty("role", "small")
        note.setWordWrap(True)
        self.name = QLineEdit()
        self.name.setMaxLength(MAX_NAME)
        self.name.setPlaceholderText("Caja")
        self.name.setAccessibleName("Nombre de la impresora térmica")
        self.conexion = Segmented([(each, _SAID[each]) for each in CONNECTIONS])
        self.conexion.setAccessibleName("Conexión")
        self.conexion.changed.connect(self._show_example)
        self.direccion = QLineEdit()
        self.direccion.setMaxLength(120)
        self.direccion.setAccessibleName("Dirección")
        self.ancho = Segmented([(str(each), f"{each} mm") for each in WIDTHS])
        self.ancho.setAccessibleName("Ancho del papel")
        self.notice = Notice()
        self.add = KeyButton("Agregar", role="primary")
        self.add.clicked.connect(self.submit)
        self.cancel = KeyButton("Cancelar")
        self.cancel.clicked.connect(self.left)
        fields = look.spaced(QGridLayout(), spacing=10)
        fields.setColumnStretch(1, 1)
        for row, (text, widget) in enumerate(
            (
                ("Nombre", self.name),
                ("Conexión", self.conexion),
                ("Dirección", self.direccion),
                ("Ancho", self.ancho),
            )
        ):
            fields.addWidget(QLabel(text), row, 0)
            fields.addWidget(widget, row, 1)
        buttons = look.spaced(QHBoxLayout(), spacing=10)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.add)
        for widget in (heading, note):
            self.box.addWidget(widget)
        self.box.addLayout(fields)
        self.box.addWidget(self.notice)
        self.box.addLayout(buttons)
        self.clear()

    def clear(self) -> None:
        """Be ready for another printer."""
        self.name.clear()
        self.direccion.clear()
        self.conexion.set_value(CONNECTIONS[0])
        self.ancho.set_value(str(WIDTHS[0]))
        self._show_example()
        self.show_error(None)

    def submit(self) -> None:
        """Ask for the printer as it is written."""
        self.show_error(None)
        self.wanted.emit(
            Termica(
                self.name.text().strip(),
                self.conexion.value,
                self.direccion.text().strip(),
                int(self.ancho.value),
            )
        )

    def show_error(self, error: KnownError | None) -> None:
        """Say what was refused, and lead to the field that caused it."""
        fields = {"impresora.name": self.name, "printer.address": self.direccion}
        wrong = fields.get(error.code) if error is not None else None
        for field in fields.values():
            field.setProperty("state", "error" if field is wrong else "")
            look.restyle(field)
        if error is None:
            self.notice.clear()
            return
        self.notice.show_text("error", escape(sentence(error)))
        if wrong is not None:
            wrong.setFocus()
            wrong.selectAll()

    def _show_example(self) -> None:
        self.direccion.setPlaceholderText(_EXAMPLE[self.conexion.value])


class _Combo(QComboBox):
    """One that the wheel does not change: who scrolls the page means the page."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()


class _Spin(QSpinBox):
    """Likewise."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()
