"""The pensioner's lock on the screen: whether there is one, putting it, and asking to lift it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QWidget

from agencia_app.models.domain.candado import Candado
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card

_BESIDE = 640  # pixels at 100 %: room for the words and the button side by side


class CandadoCard(Card):
    """A sentence and one button. ``put`` is asked once more: ``asking`` says that the question is up."""

    put = Signal()
    lift = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.asking = False
        self._candado: Candado | None = None
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.begin = KeyButton("Poner un candado", "C")
        self.lifting = KeyButton("Levantar el candado", "L")
        self.confirm = KeyButton("Sí, poner el candado", "S")
        self._row = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=14)
        self._row.addWidget(self.words, 1)
        for button in (self.begin, self.lifting, self.confirm):
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.box.addLayout(self._row)
        self.lifting.clicked.connect(self.lift)
        self.confirm.clicked.connect(self.put)
        self.show_candado(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the button below the words where there is no room beside them."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._arrange()

    def _arrange(self) -> None:
        beside = self.width() >= look.px(_BESIDE)
        self._row.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )

    def show_candado(self, candado: Candado | None) -> None:
        """Show the lock in force, or that there is none."""
        self._candado = candado
        self.ask(on=False)

    def ask(self, *, on: bool) -> None:
        """Put up the question, or take it down."""
        self.asking = on
        locked = self._candado
        if on:
            text = (
                "¿Poner el candado? Desde la próxima vez, cada entrega de una clave a esta persona necesita a un "
                "supervisor. Lo levanta ella misma, aquí."
            )
        elif locked is not None:
            since = day(local_date(locked.puesto_en))
            text = f"La persona pidió un candado el {since}: cada entrega necesita a un supervisor."
        else:
            text = "Sin candado. Si la persona lo pide, sus próximas entregas necesitarán a un supervisor."
        self.words.setText(text)
        self.words.setProperty("role", "strong" if on or locked is not None else "muted")
        look.restyle(self.words)
        self.begin.setVisible(not on and locked is None)
        self.lifting.setVisible(not on and locked is not None)
        self.confirm.setVisible(on)
