"""The five figures of the day, each on its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from agencia_app.models.domain.fechas import number
from agencia_app.ui.supervision import words
from agencia_app.ui.supervision.grid import Reflow
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.card import Card

if TYPE_CHECKING:
    from agencia_app.models.domain.tablero import Resumen

_MARGINS = (18, 12, 18, 12)
_SMALL_MARGINS = (12, 6, 12, 6)
# The small cards break their titles.
_WAYS, _SMALL_WAYS = ((5, 1150), (3, 640), (2, 430), (1, 0)), ((5, 640), (3, 400), (2, 0))


class Figure(Card):
    """A title, a large figure, and a line that says more."""

    def __init__(self, title: str) -> None:
        super().__init__()
        look.spaced(self.box, _MARGINS, 2)
        self._title = QLabel(title)
        self.value = QLabel("—")
        self.value.setProperty("role", "figure")
        self.line = QLabel(" ")
        self.line.setProperty("role", "muted")
        for label in (self._title, self.value, self.line):
            self.box.addWidget(label)

    def tell(self, value: str, line: str) -> None:
        """Show the figure and its line."""
        self.value.setText(value)
        self.line.setText(line)
        self.setAccessibleName(f"{self._title.text()}: {value}, {line}")

    def set_small(self, *, small: bool) -> None:
        """Show the title and the figure alone, or the line too."""
        look.spaced(self.box, _SMALL_MARGINS if small else _MARGINS, 0 if small else 2)
        self.line.setVisible(not small)
        self._title.setProperty("role", "small" if small else "")
        self._title.setWordWrap(small)
        self.value.setProperty("role", "figureSmall" if small else "figure")
        for label in (self._title, self.value):
            look.restyle(label)

    def set_alarm(self, *, alarm: bool) -> None:
        """Frame the card in red, or no longer."""
        kind = "stop" if alarm else ""
        if (self.property("kind") or "") != kind:
            self.set_kind(kind)
            self.value.setProperty("kind", kind)
            look.restyle(self.value)


class Figures(Reflow):
    """The five cards."""

    def __init__(self) -> None:
        self.emitidas = Figure("Claves emitidas")
        self.atencion = Figure("Atención mediana")
        self.regresan = Figure("Regresan por pendientes")
        self.anuladas = Figure("Anuladas")
        self.revisar = Figure("Para revisar")
        self.cards = (self.emitidas, self.atencion, self.regresan, self.anuladas, self.revisar)
        super().__init__(self.cards, _WAYS)

    def set_small(self, *, small: bool) -> None:
        """Make room for what is below where there is little."""
        for card in self.cards:
            card.set_small(small=small)
        self.set_ways(_SMALL_WAYS if small else _WAYS)

    def show_resumen(self, resumen: Resumen, *, today: bool, one_day: bool, looked: bool) -> None:
        """Show the figures.

        ``today`` tells that the present hour is among them, ``looked`` that the rules of *Para revisar*
        looked at these days: none is only then a figure.
        """
        recent = f"{number(resumen.ultima_hora)} en la última hora"
        attended = words.plural(resumen.tramites, "atención", "atenciones")
        self.emitidas.tell(number(resumen.emitidas), recent if today else attended)
        self.atencion.tell(words.duration(resumen.mediana), f"p90 {words.duration(resumen.p90)}")
        self.regresan.tell(number(resumen.regresan), words.shares(resumen, one_day=one_day))
        self.anuladas.tell(
            number(resumen.anuladas), words.plural(resumen.danadas, "hoja dañada", "hojas dañadas")
        )
        open_reviews = sum(resumen.por_revisar.values())
        if open_reviews or looked:
            self.revisar.tell(number(open_reviews), words.review_line(resumen.por_revisar))
        else:
            self.revisar.tell("—", "buscando…")
        self.revisar.set_alarm(alarm=bool(open_reviews))
