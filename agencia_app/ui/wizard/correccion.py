"""The ticket de corrección at the window: what is wrong, what it should say, and what was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from agencia_app.models.domain import correccion as rules
from agencia_app.models.domain.correccion import DATO_TEXT, TEXT_LENGTH, DatoErrado
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.tramite import Tramite
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.segmented import Segmented
from agencia_app.ui.wizard.drafts import TicketDraft
from agencia_app.ui.wizard.step import Desk, StepPage

if TYPE_CHECKING:
    from agencia_app.services.correcciones import Abierta

KEY, KEY_TEXT = Qt.Key.Key_F10, "F10"
OPENS = "Dato con error"
_KEYS = {
    Qt.Key.Key_N: DatoErrado.NOMBRE,
    Qt.Key.Key_F: DatoErrado.FECHA_NACIMIENTO,
    Qt.Key.Key_E: DatoErrado.ESTADO,
}
_WHAT = (
    "El ticket pide a quien lleva el padrón que corrija un dato. Aquí no se cambia nada, y la atención puede "
    "seguir."
)


class CorreccionPage(StepPage):
    """Opens a ticket over the page it was asked from, and leads back there.

    ``opened`` carries what the service answered, ``left`` that nothing was opened.
    """

    opened = Signal(object)
    left = Signal()

    primary = "Abrir el ticket"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.persona: Persona | None = None
        self.beneath: StepPage | None = None
        self.dato = Segmented(
            [(each.value, DATO_TEXT[each]) for each in DatoErrado],
            {DatoErrado.NOMBRE: "N", DatoErrado.FECHA_NACIMIENTO: "F", DatoErrado.ESTADO: "E"},
        )
        self.dato.setAccessibleName("Dato con error")
        self.dice = QLabel()
        self.dice.setProperty("role", "large")
        self.dice.setWordWrap(True)
        self.text, self.date, self.evidencia = QLineEdit(), DateEdit(), QLineEdit()
        self.text.setAccessibleName("Debe decir")
        self.date.setAccessibleName("Debe decir: fecha de nacimiento")
        self.evidencia.setAccessibleName("Documento que vio")
        self.evidencia.setPlaceholderText("Cédula original, partida de nacimiento…")
        self.back = KeyButton("Volver sin abrirlo", "Esc")
        self.back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._build()
        self.dato.changed.connect(self._chosen)
        self.back.clicked.connect(self.left)
        for field in (self.text, self.evidencia):
            field.setMaxLength(TEXT_LENGTH)
            field.textEdited.connect(self._edited)
        self.date.changed.connect(self._edited)

    def start(self, persona: Persona, beneath: StepPage, dato: DatoErrado | None) -> None:
        """Begin a ticket of a person, over a page; ``dato`` is what is likely wrong, if that is known."""
        self.persona, self.beneath = persona, beneath
        self.notice.clear()
        draft = self.desk.drafts.tickets.pop(persona.cedula, None)
        self.text.setText(draft.text if draft else "")
        self.evidencia.setText(draft.evidencia if draft else "")
        self.date.setText(draft.date if draft else "")
        self.dato.set_value(draft.dato if draft else dato.value if dato is not None else "")
        self._show_dato()

    def tail(self) -> str:
        """Say in the title what this is."""
        return "Ticket de corrección"

    def first_focus(self) -> QWidget:
        """Return the first field that needs something."""
        if not self.dato.value:
            return self.dato
        return self._debe_decir() if not self._debe_decir().text().strip() else self.evidencia

    def has_inner(self) -> bool:
        """Tell that Esc leads back to the page beneath."""
        return True

    def leave_inner(self) -> None:
        """Go back without a ticket."""
        self.left.emit()

    def kept(self) -> Callable[[], Tramite] | None:
        """Hold the ticket as it is typed, and return what the page beneath has half done."""
        if self.persona is not None:
            self.desk.drafts.tickets[self.persona.cedula] = TicketDraft(
                self.dato.value, self.text.text(), self.date.text(), self.evidencia.text()
            )
        return self.beneath.kept() if self.beneath is not None else None

    def take_key(self, event: QKeyEvent) -> bool:
        """N, F and E choose the datum."""
        dato = _KEYS.get(Qt.Key(event.key()))
        if dato is None or event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        self.dato.set_value(dato.value)
        self._chosen()
        return True

    def proceed(self) -> None:
        """Go to the first field that lacks something, or open the ticket."""
        persona, desk = self.persona, self.desk
        if persona is None:
            return
        if not self.dato.value:
            self._ask(self.dato, "Elija qué dato está mal: N, F o E.")
            return
        dato, debe_decir, evidencia = (
            DatoErrado(self.dato.value),
            self._debe_decir().text(),
            self.evidencia.text(),
        )
        if dato is DatoErrado.FECHA_NACIMIENTO and self.date.date is None:
            self._ask(self.date, self.date.problem or "Escriba la fecha que debe decir: día, mes y año.")
        elif not debe_decir.strip():
            self._ask(self.text, "Escriba cómo debe decir.")
        elif not evidencia.strip():
            self._ask(self.evidencia, "Escriba qué documento vio.")
        else:
            desk.run(
                lambda: desk.services.correcciones.open(
                    desk.sesion, persona.cedula, dato, debe_decir, evidencia
                ),
                self._done,
                self.show_error,
            )

    def show_error(self, error: KnownError) -> None:
        """Say what will not do, with the focus where it is put right."""
        super().show_error(error)
        field = self.dato if error.code == "correccion.open" else self._debe_decir()
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.looked_at.emit(self.notice)

    def _done(self, opened: Abierta) -> None:
        self.opened.emit(opened)

    def _ask(self, field: QWidget, text: str) -> None:
        if field.hasFocus() or field is self.dato:
            self.notice.show_text("error", text)
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _debe_decir(self) -> QLineEdit:
        return self.date if self.dato.value == DatoErrado.FECHA_NACIMIENTO.value else self.text

    def _chosen(self) -> None:
        self.notice.clear()
        self._show_dato()
        self._debe_decir().setFocus(Qt.FocusReason.OtherFocusReason)

    def _edited(self) -> None:
        self.notice.clear()

    def _show_dato(self) -> None:
        """Show what the padrón says of the datum chosen, and the field for what it should say."""
        chosen = bool(self.dato.value)
        dice = rules.says(self.persona, DatoErrado(self.dato.value)) if chosen and self.persona else ""
        self.dice.setText(dice)
        for widget in self._rest:
            widget.setVisible(chosen)
        if chosen:
            self.text.setVisible(self._debe_decir() is self.text)
            self.date.setVisible(self._debe_decir() is self.date)
            self.text.setPlaceholderText(dice)
        self.changed.emit()

    def _build(self) -> None:
        what = QLabel(_WHAT)
        what.setProperty("role", "muted")
        what.setWordWrap(True)
        card = Card()
        card.box.addWidget(what)
        card.box.addWidget(_label("¿Qué dato está mal?"))
        card.box.addWidget(self.dato)
        parts: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            ("El padrón dice", (self.dice,)),
            ("Debe decir", (self.text, self.date)),
            ("Documento que vio", (self.evidencia,)),
        )
        self._rest: list[QWidget] = []
        for text, fields in parts:
            label = _label(text)
            self._rest += [label, *fields]
            card.box.addWidget(label)
            for field in fields:
                card.box.addWidget(field)
        row = look.spaced(QHBoxLayout(), spacing=14)
        row.addWidget(self.back)
        row.addStretch(1)
        self.column.addWidget(card)
        self.column.addWidget(self.notice)
        self.column.addLayout(row)
        self.column.addStretch(1)


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "field")
    return label
