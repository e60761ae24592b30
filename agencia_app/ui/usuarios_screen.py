"""The users: who may sign in, making one, a temporary password, stopping one and taking them back."""

from __future__ import annotations

from enum import Enum, auto
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import Rol
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.sides import Side, key_of
from agencia_app.ui.usuario_cards import NewUserForm, ResetForm, StopQuestion, UserCard
from agencia_app.ui.usuario_table import UsuarioTable
from agencia_app.ui.widgets import drawing
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agencia_app.models.domain.usuario import Usuario
    from agencia_app.ui.sides import SideDesk

_LINE = "Quién puede ingresar en las ventanillas de esta agencia. Cada cambio queda en la bitácora."


class _Doing(Enum):
    LOOKING = auto()
    MAKING = auto()
    RESETTING = auto()
    STOPPING = auto()


_PRIMARY = {
    _Doing.LOOKING: "Usuario nuevo",
    _Doing.MAKING: "Crear usuario",
    _Doing.RESETTING: "Guardar contraseña",
    _Doing.STOPPING: "Sí, desactivar",
}


class UsuariosScreen(SideScreen):
    """The list, and below it the user chosen or what is being done. Esc leaves that undone."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Usuarios", _LINE)
        self._desk = desk
        self._doing = _Doing.LOOKING
        self._saving = False
        self.table = UsuarioTable()
        self.table.current.connect(self._show_chosen)
        self.notice = Notice()
        self.card = UserCard()
        self.making = NewUserForm()
        self.resetting = ResetForm()
        self.stopping = StopQuestion()
        self.primary = KeyButton(_PRIMARY[self._doing], drawing.ENTER, "primary")
        self.primary.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.column.addWidget(self.notice)
        self.column.addWidget(self.table, 1)
        for each in (self.card, self.making, self.resetting, self.stopping):
            self.column.addWidget(each)
        self._below = QWidget()  # takes the list's room from what is done instead
        self.column.addWidget(self._below, 1)
        self.rules = KeyButton(Side.REGLAMENTO.value, key_of(Side.REGLAMENTO))
        self.rules.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.foot.addWidget(self.rules)
        self.foot.addWidget(self.primary)
        self._connect()
        self._do(_Doing.LOOKING)

    def focus_first(self) -> None:
        """Bring the list up to date, with the focus where the next key goes."""
        if self._doing is _Doing.LOOKING:
            self._load()
        self._focus()

    def go_back(self) -> None:
        """Leave what is being done; without anything, the screen."""
        if self._doing is _Doing.LOOKING:
            self.closed.emit()
        else:
            self._do(_Doing.LOOKING)

    def take_key(self, event: QKeyEvent) -> bool:
        """Press the button of a key."""
        key = event.key()
        if key in ENTER_KEYS:
            buttons = (*self.card.buttons, self.rules)
            focused = next((each for each in buttons if each.hasFocus()), self.primary)
            focused.click()
            return True
        keys = {
            Qt.Key.Key_F7: (self.card.reset,),
            Qt.Key.Key_F6: (self.card.unlock,),
            Qt.Key.Key_Delete: (self.card.stop, self.card.start),
        }
        for button in keys.get(Qt.Key(key), ()):
            if button.isVisible():
                button.click()
                return True
        return False

    # -- how it is made ----------------------------------------------------------------

    def _connect(self) -> None:
        self.primary.clicked.connect(self._act)
        self.rules.clicked.connect(lambda: self._desk.ways.side.emit(Side.REGLAMENTO))
        self.card.reset.clicked.connect(lambda: self._do(_Doing.RESETTING))
        self.card.stop.clicked.connect(lambda: self._do(_Doing.STOPPING))
        self.card.start.clicked.connect(self._start)
        self.card.unlock.clicked.connect(self._unlock)

    def _do(self, doing: _Doing) -> None:
        """Show what is being done now."""
        chosen = self.table.usuario
        if chosen is not None and doing is _Doing.RESETTING:
            self.resetting.ask(chosen)
        elif chosen is not None and doing is _Doing.STOPPING:
            self.stopping.ask(chosen)
        elif doing is _Doing.MAKING:
            self.making.clear()
        self._doing = doing
        if doing is not _Doing.LOOKING:
            self.notice.clear()
        shown = {
            _Doing.MAKING: self.making,
            _Doing.RESETTING: self.resetting,
            _Doing.STOPPING: self.stopping,
        }.get(doing, self.card)
        for each in (self.card, self.making, self.resetting, self.stopping):
            each.setVisible(each is shown and (each is not self.card or chosen is not None))
        self.table.setVisible(doing is _Doing.LOOKING)
        self._below.setVisible(doing is not _Doing.LOOKING)
        self.rules.setVisible(doing is _Doing.LOOKING)
        self.primary.role = "danger" if doing is _Doing.STOPPING else "primary"
        self.primary.set_text(_PRIMARY[doing])
        self.back.setVisible(doing is not _Doing.LOOKING or self._desk.sesion.rol is not Rol.ADMINISTRADOR)
        self._focus()

    def _focus(self) -> None:
        {
            _Doing.LOOKING: self.table.setFocus,
            _Doing.MAKING: self.making.focus_next,
            _Doing.RESETTING: self.resetting.password.focus_first,
            _Doing.STOPPING: self.primary.setFocus,
        }[self._doing]()
        self._show_focus()

    def _show_focus(self) -> None:
        """Scroll to where the next key goes."""
        focus = QApplication.focusWidget()
        if focus is not None and self.area.isAncestorOf(focus):
            self.area.ensureWidgetVisible(focus)

    # -- the list ----------------------------------------------------------------------

    def _load(self, chosen: str = "") -> None:
        usuarios, sesion = self._desk.services.usuarios, self._desk.sesion
        self._desk.tasks.latest(
            "usuarios", lambda: usuarios.listed(sesion), lambda found: self._show(found, chosen), self._failed
        )

    def _show(self, usuarios: Sequence[Usuario], chosen: str) -> None:
        self.table.show_usuarios(usuarios, chosen)
        if self._doing is _Doing.LOOKING:
            self.card.setVisible(True)

    def _show_chosen(self) -> None:
        usuario = self.table.usuario
        if usuario is not None:
            self.card.show_usuario(usuario, oneself=usuario.usuario == self._desk.sesion.usuario)

    # -- acting ------------------------------------------------------------------------

    def _act(self) -> None:
        if self._saving:
            return
        {
            _Doing.LOOKING: lambda: self._do(_Doing.MAKING),
            _Doing.MAKING: self._make,
            _Doing.RESETTING: self._reset,
            _Doing.STOPPING: self._stop,
        }[self._doing]()
        self._show_focus()

    def _make(self) -> None:
        form, usuarios, sesion = self.making, self._desk.services.usuarios, self._desk.sesion
        if not form.filled:
            form.focus_next()
            return
        usuario, nombre, rol = form.usuario.text().strip().lower(), form.nombre.text(), Rol(form.rol.value)
        try:
            password = form.password.password
        except KnownError as error:
            form.show_error(error)
            return
        said = f"{escape(usuario)} ya puede ingresar; se le pedirá que cambie la contraseña temporal."
        self._run(lambda: usuarios.create(usuario, nombre, rol, password, sesion=sesion), usuario, said)

    def _reset(self) -> None:
        chosen, usuarios, sesion = self.table.usuario, self._desk.services.usuarios, self._desk.sesion
        if chosen is None or not self.resetting.password.filled:
            self.resetting.password.focus_first()
            return
        try:
            password = self.resetting.password.password
        except KnownError as error:
            self.resetting.show_error(error)
            return
        said = f"{escape(chosen.usuario)} tiene una contraseña temporal; se le pedirá que la cambie."
        self._run(lambda: usuarios.reset_password(sesion, chosen.usuario, password), chosen.usuario, said)

    def _stop(self) -> None:
        chosen, usuarios, sesion = self.table.usuario, self._desk.services.usuarios, self._desk.sesion
        if chosen is not None:
            said = f"{escape(chosen.usuario)} quedó desactivado."
            self._run(lambda: usuarios.deactivate(sesion, chosen.usuario), chosen.usuario, said)

    def _start(self) -> None:
        chosen, usuarios, sesion = self.table.usuario, self._desk.services.usuarios, self._desk.sesion
        if chosen is not None:
            said = f"{escape(chosen.usuario)} puede ingresar de nuevo."
            self._run(lambda: usuarios.reactivate(sesion, chosen.usuario), chosen.usuario, said)

    def _unlock(self) -> None:
        chosen, usuarios, sesion = self.table.usuario, self._desk.services.usuarios, self._desk.sesion
        if chosen is not None:
            said = f"{escape(chosen.usuario)} ya no está bloqueado."
            self._run(lambda: usuarios.unlock(sesion, chosen.usuario), chosen.usuario, said)

    def _run(self, call: Callable[[], None], usuario: str, said: str) -> None:
        self._saving = True
        self.primary.setEnabled(False)
        self._desk.tasks.run(call, lambda _: self._done(usuario, said), self._failed, self)

    def _done(self, usuario: str, said: str) -> None:
        self._ready()
        self._do(_Doing.LOOKING)
        self.notice.show_text("done", said)
        self._load(usuario)

    def _failed(self, error: Exception) -> None:
        self._ready()
        if not isinstance(error, KnownError):
            raise error
        form = {
            _Doing.MAKING: self.making,
            _Doing.RESETTING: self.resetting,
            _Doing.STOPPING: self.stopping,
        }.get(self._doing)
        if form is not None:
            form.show_error(error)
            self._show_focus()
        else:
            self.notice.show_text("error", escape(sentence(error)))
            self._load()

    def _ready(self) -> None:
        self._saving = False
        self.primary.setEnabled(True)
