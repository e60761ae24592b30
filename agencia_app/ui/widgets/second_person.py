"""Who signs over somebody else's screen: name, password, and a comment where one may be said."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain.autorizacion import REASON_LENGTH
from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.password_edit import PasswordEdit

LONGEST_NAME = 64  # characters, more than any user name has
_BESIDE_COMMENT = ("autorizacion.comment", "autorizacion.too_long")


class SecondPerson(QWidget):
    """The fields of a second person. The screen that owns it has the buttons, and decides their keys.

    The password is given out once, and cleared with it. A field in error is said beside it.
    """

    def __init__(self, *, comment: bool = False, parent: QWidget | None = None) -> None:
        """Make the fields; ``comment`` says whether there is one for a comment."""
        super().__init__(parent)
        self.usuario = QLineEdit()
        self.usuario.setMaxLength(LONGEST_NAME)
        self.password = PasswordEdit()
        self.comentario = QLineEdit()
        self.comentario.setMaxLength(REASON_LENGTH)
        self.comentario.setPlaceholderText("Solo si hace falta; para no autorizar, escriba por qué")
        self._caps = _sentence()
        self._caps.setText("Las mayúsculas están activadas (Bloq Mayús).")
        self._column = look.spaced(QVBoxLayout(self), spacing=6)
        self._beside = {
            self.usuario: self._add("Usuario de quien autoriza", self.usuario),
            self.password: self._add("Contraseña de quien autoriza", self.password),
        }
        self._column.addWidget(self._caps)
        if comment:
            self._beside[self.comentario] = self._add("Comentario", self.comentario)
        self.password.caps_seen.connect(self._caps.setVisible)
        self.password.textChanged.connect(self._password_changed)

    def _add(self, text: str, field: QLineEdit) -> QLabel:
        """Add a field under its label, and return the sentence beside it."""
        label, beside = QLabel(text), _sentence()
        label.setProperty("role", "field")
        label.setWordWrap(True)
        label.setBuddy(field)
        field.setAccessibleName(text)
        field.textEdited.connect(beside.hide)
        for widget in (label, field, beside):
            self._column.addWidget(widget)
        return beside

    def first_focus(self) -> QWidget:
        """Return the field that takes the next key."""
        return self.usuario if not self.usuario.text().strip() else self.password

    def go_on(self) -> bool:
        """Go to the first empty field that must be filled; tell whether there was one."""
        for field in (self.usuario, self.password):
            if not field.text().strip():
                if field.hasFocus():
                    what = "el usuario" if field is self.usuario else "la contraseña"
                    self._say(field, f"Escriba {what} de quien autoriza.")
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False

    def has_comment(self) -> bool:
        """Tell whether a comment was written; where not, ask for one beside its field."""
        if self.comentario.text().strip():
            return True
        self.show_error(KnownError("autorizacion.comment"))
        return False

    def take(self) -> tuple[str, str, str]:
        """Return the name, the password and the comment. The password is no longer in the field then."""
        password = self.password.text()
        self.password.clear()
        return self.usuario.text().strip(), password, self.comentario.text().strip()

    def show_error(self, error: KnownError) -> None:
        """Say beside the field concerned what was wrong, with the focus there."""
        field = self.comentario if error.code in _BESIDE_COMMENT else self.password
        if error.code in {"usuario.role", "autorizacion.self", "usuario.inactive"}:
            field = self.usuario
        self._say(field, sentence(error))
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    def clear(self) -> None:
        """Forget what was typed."""
        for field, beside in self._beside.items():
            field.clear()
            beside.hide()
        self._caps.hide()

    def _password_changed(self, text: str) -> None:
        if not text:
            self._caps.hide()

    def _say(self, field: QLineEdit, text: str) -> None:
        self._beside[field].setText(text)
        self._beside[field].show()


def _sentence() -> QLabel:
    label = QLabel()
    label.setProperty("role", "problem")
    label.setWordWrap(True)
    label.hide()
    return label
