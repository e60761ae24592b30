"""What narrows the table: one field to search, the days, and four choices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from agencia_app.models.domain.calidad import CALIDAD_TEXT, Calidad
from agencia_app.models.domain.tablero import EstadoFila, Filtro
from agencia_app.ui.supervision import words
from agencia_app.ui.supervision.grid import Reflow
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.date_edit import DateEdit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agencia_app.models.domain.tablero import Operador

SETTLE_MS = 180  # after the last key, before it is looked for
_LONGEST = 60  # characters: a name, or a number with its hyphens
_EVERYTHING = Filtro(date.min, date.min)  # of a day that is yet to be told
_WAYS = ((6, 1060), (3, 730), (2, 480), (1, 0))


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for; ``today`` tells that the days are today, whatever day that is by now."""

    filtro: Filtro = _EVERYTHING
    today: bool = True

    def on(self, today: date) -> Filtro:
        """Return the filter, on the day it is."""
        return replace(self.filtro, desde=today, hasta=today) if self.today else self.filtro


class FilterBar(Reflow):
    """``changed`` says that something else is asked; what is typed is looked for once it settles.

    Until somebody chooses a day the table shows today, whatever day that becomes.
    """

    changed = Signal()

    def __init__(self, ventanillas: int) -> None:
        self.search = QLineEdit()
        self.search.setMaxLength(_LONGEST)
        self.search.setPlaceholderText("Recibo, nombre o cédula")
        self.search.setAccessibleName("Buscar por recibo, nombre o cédula")
        self.search.setAccessibleDescription("Entrar abre el primero; flecha abajo va a la lista")
        self.desde, self.hasta = DateEdit(), DateEdit()
        for edit in (self.desde, self.hasta):
            edit.setObjectName("day")
        self.desde.setAccessibleName("Desde el día")
        self.hasta.setAccessibleName("Hasta el día")
        self.operador = _choice("Operador")
        self.ventanilla = _choice("Ventanilla")
        self.calidad = _choice("Calidad")
        self.estado = _choice("Estado")
        for number in range(1, ventanillas + 1):
            self.ventanilla.addItem(f"Ventanilla {number}", number)
        for calidad, text in CALIDAD_TEXT.items():
            self.calidad.addItem(text, calidad)
        for estado in EstadoFila:
            self.estado.addItem(words.ESTADO[estado][0], estado)
        days = QWidget()
        row = look.spaced(QHBoxLayout(days), spacing=8)
        to = QLabel("a")
        row.addWidget(self.desde, 1)
        row.addWidget(to)
        row.addWidget(self.hasta, 1)
        choices = (self.operador, self.ventanilla, self.calidad, self.estado)
        super().__init__((self.search, days, *choices), _WAYS, (24, 24, 15, 15, 14, 19))
        self._today: date | None = None
        self._live = True
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.changed)
        self.search.textChanged.connect(self._typed)
        self.desde.changed.connect(self._first_day)
        self.hasta.changed.connect(self._last_day)
        for choice in choices:
            choice.currentIndexChanged.connect(self.changed)  # what is typed chooses without ``activated``

    @property
    def settled(self) -> bool:
        """Whether what is typed has been asked for."""
        return not self._settle.isActive()

    def hurry(self) -> None:
        """Ask for what is typed now."""
        if self._settle.isActive():
            self._settle.stop()
            self.changed.emit()

    def clear(self) -> bool:
        """Take away what was typed to search; tell whether there was something."""
        had = bool(self.search.text())
        self.search.clear()
        self.hurry()
        return had

    def set_operadores(self, operadores: Sequence[Operador]) -> None:
        """Offer these operators; the one chosen stays."""
        chosen = self.operador.currentData()
        with QSignalBlocker(self.operador):
            while self.operador.count() > 1:
                self.operador.removeItem(1)
            for each in operadores:
                self.operador.addItem(each.usuario, each.id)
            self.operador.setCurrentIndex(max(self.operador.findData(chosen), 0))

    def show_today(self, today: date) -> None:
        """Tell what day it is; shown unless somebody chose another."""
        self._today = today
        if self._live:
            for edit in (self.desde, self.hasta):
                if edit.date != today and not edit.hasFocus():
                    edit.set_date(today)

    def asked(self) -> Asked:
        """Return what is asked for."""
        desde = self.desde.date or self._today or date.min
        hasta = self.hasta.date or desde
        filtro = Filtro(
            min(desde, hasta),
            max(desde, hasta),
            self.operador.currentData(),
            self.ventanilla.currentData(),
            # Qt gives a text back, whatever text it was.
            Calidad(self.calidad.currentData()) if self.calidad.currentIndex() > 0 else None,
            EstadoFila(self.estado.currentData()) if self.estado.currentIndex() > 0 else None,
            self.search.text().strip(),
        )
        return Asked(filtro, today=self._live)

    def _typed(self) -> None:
        self._settle.start()

    def _first_day(self) -> None:
        """Take one day; a range is made with the second field, after it."""
        if self.desde.date is not None:
            self.hasta.set_date(self.desde.date)
            self._days_changed()

    def _last_day(self) -> None:
        if self.hasta.date is not None:
            self._days_changed()

    def _days_changed(self) -> None:
        self._live = self.desde.date == self.hasta.date == self._today
        self.changed.emit()


def _choice(name: str) -> QComboBox:
    """Return a choice that reads as its name while it narrows nothing."""
    box = QComboBox()
    box.addItem(name, None)
    box.setAccessibleName(name)
    box.setAccessibleDescription("La primera opción muestra todo")
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(5)
    return box
