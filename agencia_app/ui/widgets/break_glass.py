"""The way of a supervisor with nobody else there: a reason, asked once more, and reviewed later."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain.autorizacion import MIN_MOTIVO, REASON_LENGTH
from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton


class BreakGlass(QWidget):
    """Asks why nobody else can authorise, and then once more.

    ``confirmed`` carries the reason. The screen that owns it passes Enter on with ``go_on``, whose
    words are ``primary``, and Esc with ``step_back``; ``changed`` says that the words changed.
    """

    confirmed = Signal(str)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.asking = False
        heading = QLabel("¿Por qué no hay otra persona que autorice?")
        heading.setProperty("role", "field")
        heading.setWordWrap(True)
        self.motivo = QLineEdit()
        self.motivo.setMaxLength(REASON_LENGTH)
        self.motivo.setAccessibleName("Por qué no hay otra persona que autorice")
        heading.setBuddy(self.motivo)
        self._beside = QLabel()
        self._beside.setProperty("role", "problem")
        self.question = QLabel()
        self.question.setProperty("role", "strong")
        self.yes = KeyButton("Sí, autorizar", "S", "danger")
        for label in (self._beside, self.question):
            label.setWordWrap(True)
        column = look.spaced(QVBoxLayout(self), spacing=8)
        for widget in (heading, self.motivo, self._beside, self.question):
            column.addWidget(widget)
        column.addWidget(self.yes, 0, Qt.AlignmentFlag.AlignLeft)
        self.motivo.textEdited.connect(self._beside.hide)
        self.yes.clicked.connect(lambda: self.confirmed.emit(self.motivo.text().strip()))
        self._show(asking=False)

    @property
    def primary(self) -> str:
        """What Enter does now."""
        return "No, volver" if self.asking else "Continuar"

    def start(self) -> None:
        """Ask anew."""
        self.motivo.clear()
        self._show(asking=False)

    def first_focus(self) -> QWidget:
        """Return what takes the next key: the field, or nothing that a key could press by mistake."""
        return self if self.asking else self.motivo

    def go_on(self) -> None:
        """Take the reason and ask once more; asked, that is a no."""
        if self.asking:
            self._show(asking=False)
        elif len(" ".join(self.motivo.text().split())) < MIN_MOTIVO:
            self.show_error(KnownError("autorizacion.motivo", minimum=MIN_MOTIVO))
        else:
            self._show(asking=True)

    def step_back(self) -> bool:
        """Go back to the reason; tell whether the question was up."""
        was = self.asking
        if was:
            self._show(asking=False)
        return was

    def show_error(self, error: KnownError) -> None:
        """Say what was refused beside the reason."""
        self._show(asking=False)
        self._beside.setText(sentence(error))
        self._beside.show()

    def _show(self, *, asking: bool) -> None:
        self.asking = asking
        self._beside.hide()
        self.motivo.setReadOnly(asking)
        self.motivo.setFocusPolicy(Qt.FocusPolicy.NoFocus if asking else Qt.FocusPolicy.StrongFocus)
        self.question.setText(
            "¿Autorizar usted, sin otra persona? Queda en Para revisar con su nombre y este motivo, y lo "
            "revisa otro supervisor."
        )
        self.question.setVisible(asking)
        self.yes.setVisible(asking)
        if self.isVisible():
            self.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()
