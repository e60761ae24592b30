"""What an administrador does about one user: read how they stand, make one, reset one, stop one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QLineEdit

from agencia_app.models.domain import fechas
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import EstadoUsuario, Rol
from agencia_app.ui.messages import sentence
from agencia_app.ui.new_password import NewPassword
from agencia_app.ui.usuario_table import state_words
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.segmented import Segmented

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from agencia_app.models.domain.usuario import Usuario

_TEMPORARY = "Contraseña temporal"
_NARROW = 660  # px at 100 %: below that the buttons stand one above the other


class UserCard(Card):
    """The user chosen, and what may be done about them."""

    def __init__(self) -> None:
        super().__init__()
        self._name = QLabel()
        self._name.setProperty("role", "heading")
        self._name.setWordWrap(True)
        self._facts = QLabel()
        self._facts.setWordWrap(True)
        self.reset = KeyButton(_TEMPORARY, "F7")
        self.unlock = KeyButton("Quitar bloqueo", "F6")
        self.stop = KeyButton("Desactivar", "Supr", "danger")
        self.start = KeyButton("Reactivar", "Supr")
        self._line = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), (0, 8, 0, 0), 10)
        for button in self.buttons:
            self._line.addWidget(button)
        self._line.addStretch(1)
        self.box.addWidget(self._name)
        self.box.addWidget(self._facts)
        self.box.addLayout(self._line)

    @property
    def buttons(self) -> tuple[KeyButton, ...]:
        """The buttons, shown or not."""
        return self.reset, self.unlock, self.stop, self.start

    def show_usuario(self, usuario: Usuario, *, oneself: bool) -> None:
        """Show a user; about oneself there is nothing to do here."""
        self._name.setText(usuario.nombre)
        facts = (
            f"<b>{escape(usuario.usuario)}</b> · {usuario.rol.value} · {state_words(usuario)} · "
            f"creado el {fechas.day(fechas.local_date(usuario.creado_en))}"
        )
        if oneself:
            facts += ". Es usted: su contraseña la cambia en la pantalla de ingreso, con F4."
        self._facts.setText(facts)
        stopped = usuario.estado is EstadoUsuario.DESACTIVADO
        self.reset.setVisible(not oneself and not stopped)
        self.unlock.setVisible(usuario.estado is EstadoUsuario.BLOQUEADO)
        self.stop.setVisible(not oneself and not stopped)
        self.start.setVisible(stopped)
        self.setAccessibleName(f"{usuario.nombre}. {look.plain(facts)}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the buttons side by side where there is room."""
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        self._line.setDirection(ways.TopToBottom if self.width() < look.px(_NARROW) else ways.LeftToRight)


class _Form(Card):
    """A card with something to fill in. Enter is the screen's."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = QLabel(title)
        self._title.setProperty("role", "heading")
        self._title.setWordWrap(True)
        self.notice = Notice()
        self.box.addWidget(self._title)

    def show_error(self, error: KnownError) -> None:
        """Say what was refused, where it was typed."""
        self.notice.show_text("error", escape(sentence(error)))


class NewUserForm(_Form):
    """A user to make: their name for it, who they are, their role and a temporary password."""

    def __init__(self) -> None:
        super().__init__("Usuario nuevo")
        self.usuario = QLineEdit()
        self.usuario.setPlaceholderText("por ejemplo m.ejemplo")
        self.nombre = QLineEdit()
        self.rol = Segmented([(rol.value, rol.value.capitalize()) for rol in Rol])
        self.password = NewPassword(_TEMPORARY)
        grid = look.spaced(QGridLayout(), (0, 4, 0, 0), 10)
        grid.setColumnStretch(1, 1)
        fields = (("Nombre y apellidos", self.nombre), ("Usuario", self.usuario), ("Rol", self.rol))
        for row, (text, field) in enumerate(fields):
            label = QLabel(text)
            label.setProperty("role", "field")
            label.setBuddy(field)
            field.setAccessibleName(text)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        self.box.addLayout(grid)
        self.box.addWidget(self.password)
        self.box.addWidget(self.notice)
        self.clear()

    def clear(self) -> None:
        """Empty the form."""
        self.usuario.clear()
        self.nombre.clear()
        self.rol.set_value(Rol.OPERADOR.value)
        self.password.clear()
        self.notice.clear()

    @property
    def filled(self) -> bool:
        """Whether nothing was left empty."""
        return bool(self.nombre.text().strip() and self.usuario.text().strip()) and self.password.filled

    def focus_next(self) -> None:
        """Put the focus in the first empty field; where the name is given next comes the role."""
        for field in (self.nombre, self.usuario):
            if not field.text().strip():
                field.setFocus()
                return
        if self.usuario.hasFocus():
            self.rol.setFocus()
        else:
            self.password.focus_first()

    def show_error(self, error: KnownError) -> None:
        """Say what was refused, with the focus where it is put right."""
        super().show_error(error)
        if "password" in error.code:
            self.password.clear()
            self.password.focus_first()
        else:
            self.usuario.setFocus()
            self.usuario.selectAll()


class ResetForm(_Form):
    """A temporary password for somebody."""

    def __init__(self) -> None:
        super().__init__("")
        self.password = NewPassword(_TEMPORARY)
        self.box.addWidget(self.password)
        self.box.addWidget(self.notice)

    def ask(self, usuario: Usuario) -> None:
        """Ask for the password of somebody."""
        self._title.setText(f"Contraseña temporal de {usuario.nombre}")
        self.password.clear()
        self.notice.clear()

    def show_error(self, error: KnownError) -> None:
        """Say what was refused; it is typed again."""
        super().show_error(error)
        self.password.clear()
        self.password.focus_first()


class StopQuestion(_Form):
    """Whether to deactivate somebody."""

    def __init__(self) -> None:
        super().__init__("")
        words = QLabel(
            "No podrá ingresar, y donde esté trabajando ahora ya no podrá emitir ni guardar nada. Lo que hizo "
            "queda en la bitácora."
        )
        words.setWordWrap(True)
        self.box.addWidget(words)
        self.box.addWidget(self.notice)

    def ask(self, usuario: Usuario) -> None:
        """Ask about somebody."""
        self._title.setText(f"¿Desactivar a {usuario.nombre} ({usuario.usuario})?")
        self.notice.clear()
