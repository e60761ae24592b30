"""The first screen: who works at which window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.password_edit import PasswordEdit

if TYPE_CHECKING:
    from agencia_app.models.domain.errors import KnownError
    from agencia_app.services.demostracion import DemoUser
    from agencia_app.ui.new_password import NewPassword
    from agencia_app.ui.widgets.buttons import KeyButton
    from agencia_app.ui.widgets.notice import Notice

# What the login does not need to be drawn loads when it is needed.
# ruff: noqa: PLC0415

_MAX_VENTANILLA = 999
_CARD_WIDTH = 460  # px at 100 %
_DEMO_VENTANILLA = "4"
_TITLE = "Ingreso a la ventanilla"
_TEMPORARY = "Su contraseña es temporal. Escriba dos veces una nueva, que solo usted conozca."
# What is wrong with a new password, not with the old one.
_NEW_REFUSED = {
    "usuario.password_differs",
    "usuario.password_repeated",
    "usuario.password_same",
    "usuario.password_short",
}


class LoginScreen(QWidget):
    """Takes keys from the moment it is drawn.

    ``submitted`` carries usuario, contraseña and ventanilla; ``changed`` the new contraseña after the
    old one.
    """

    submitted = Signal(str, str, int)
    changed = Signal(str, str, str, int)

    def __init__(self, demo_users: Sequence[DemoUser] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self.user = QLineEdit()
        self.password = PasswordEdit()
        self.ventanilla = QLineEdit(_DEMO_VENTANILLA if demo_users else "")
        # From 0: an Enter on a number that will not do must be answered, not swallowed.
        self.ventanilla.setValidator(QIntValidator(0, _MAX_VENTANILLA, self.ventanilla))
        self._notice: Notice | None = None
        self._enter: KeyButton | None = None
        self._other: KeyButton | None = None
        self._change: KeyButton | None = None
        self._new: NewPassword | None = None  # while a new password is asked
        self._demo_users = demo_users
        self._trouble = False  # the data could not be reached by the last sign-in
        self._lay_out()
        self._connect()

    def complete(self) -> None:
        """Add what is not needed to type: called once the fields are drawn and take keys."""
        from agencia_app.ui.widgets.buttons import KeyButton

        self.enter.show()
        if self._change is None:
            self._other = KeyButton("Otra persona", "Esc")
            self._other.clicked.connect(self._step_back)
            self._other.hide()
            self._enter_row.insertWidget(0, self._other)
            self._change = KeyButton("Cambiar mi contraseña", "F4")
            self._change.clicked.connect(self._want_new)
            self._change_row.insertWidget(0, self._change)
        if self._demo_users and len(self._cards) == 1:
            self._add_card(self._demo_card())
        self.fit()

    @property
    def enter(self) -> KeyButton:
        """The button; made after the first paint, for what is drawn by hand takes its time to load."""
        if self._enter is None:
            from agencia_app.ui.widgets import drawing
            from agencia_app.ui.widgets.buttons import KeyButton

            self._enter = KeyButton("Ingresar", drawing.ENTER, "primary")
            self._enter.clicked.connect(self._go_on)
            self._enter_row.addWidget(self._enter)
        return self._enter

    @property
    def notice(self) -> Notice:
        """What is said beside the fields; made when there is something to say."""
        if self._notice is None:
            from agencia_app.ui.widgets.notice import Notice

            self._notice = Notice()
            box = self._cards[0].box
            box.insertWidget(box.count() - 2, self._notice)
        return self._notice

    @property
    def new_password(self) -> NewPassword | None:
        """The fields of a new password, while one is asked."""
        return self._new

    def focus_first(self) -> None:
        """Put the focus where the next key goes: the first empty field."""
        if self._new is not None:
            self._new.focus_first()
            return
        fields = (self.user, self.password, self.ventanilla)
        next((field for field in fields if not field.text()), self.password).setFocus()

    def reset(self, *, keep_user: bool = False) -> None:
        """Empty the screen for the next person; after a lock the user's name may stay."""
        self._drop_new()
        if not keep_user:
            self.user.clear()
        self.password.clear()
        self.show_ready()
        if self._other is not None:
            self._other.setVisible(keep_user)
        self.focus_first()

    def ask_new(self, text: str) -> None:
        """Ask for a new password in place of the fields, saying why or after what."""
        from html import escape

        from agencia_app.ui.new_password import NewPassword

        if self._new is None:
            self._new = NewPassword("Contraseña nueva")
            self._new.done.connect(self._submit_new)
            box = self._cards[0].box
            box.insertWidget(box.indexOf(self._fields), self._new)
        self._fields.hide()
        self._title.setText("Contraseña nueva")
        self._show_buttons(asking=True)
        self.show_ready()
        self.notice.show_text("info", escape(text))
        self._new.focus_first()

    def show_waiting(self, text: str) -> None:
        """Say that the sign-in goes on by itself; nothing can be pressed twice meanwhile."""
        self.notice.show_text("info", text)
        self.enter.setEnabled(False)

    def show_ready(self) -> None:
        """Take a sign-in again, with nothing said."""
        if self._notice is not None:
            self._notice.clear()
        if self._enter is not None:
            self._enter.setEnabled(True)

    def show_refused(self, error: KnownError) -> None:
        """Say why the sign-in failed. The name is kept; the password is asked again.

        A temporary one that was right is asked to be changed instead; what is wrong with a new one is
        said where it was typed.
        """
        if error.code == "usuario.must_change":
            self.ask_new(_TEMPORARY)
            return
        self.enter.setEnabled(True)
        if self._new is not None:
            if error.code in _NEW_REFUSED:
                self._new.clear()
                self.notice.show_text("error", _said(error))
                self._new.focus_first()
                return
            self._drop_new()
        self.notice.show_text("error", _said(error))
        if error.code in {"usuario.ventanilla", "usuario.ventanilla_taken"}:  # the password may be right
            self.ventanilla.setFocus()
            self.ventanilla.selectAll()
        elif error.code.startswith("base."):
            self._trouble = True  # nothing is wrong with what was typed: it stays
            self.ventanilla.setFocus()
        else:
            self.password.clear()
            self.password.setFocus()

    def show_trouble(self, error: KnownError) -> None:
        """Say why nobody can sign in: the data could not be opened."""
        self.notice.show_text("error", _said(error))
        self.enter.setEnabled(False)

    def forget_trouble(self) -> None:
        """Take back what was said of data that could not be reached: they can now."""
        if self._trouble:
            self._trouble = False
            self.show_ready()

    # -- how it is made ----------------------------------------------------------------

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("scrolled")
        # The cards stand side by side, or one below the other where the window is narrow.
        self._middle = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), (24, 24, 24, 24), 24)
        self._cards: list[Card] = []
        self._add_card(self._fields_card())
        column = look.spaced(QVBoxLayout(inner))
        column.addStretch(1)
        row = look.spaced(QHBoxLayout())
        row.addStretch(1)
        row.addLayout(self._middle)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusProxy(self.user)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self.fit()

    def _fields_card(self) -> Card:
        card = Card()
        self._title = QLabel(_TITLE)
        self._title.setProperty("role", "heading")
        card.box.addWidget(self._title)
        self._fields = QWidget()
        fields = look.spaced(QVBoxLayout(self._fields), spacing=8)
        card.box.addWidget(self._fields)
        for text, field in (
            ("Usuario", self.user),
            ("Contraseña", self.password),
            ("Ventanilla", self.ventanilla),
        ):
            label = QLabel(text)
            label.setProperty("role", "field")
            label.setBuddy(field)
            field.setAccessibleName(text)
            fields.addWidget(label)
            fields.addWidget(field)
        self._caps = QLabel("Las mayúsculas están activadas (Bloq Mayús).")
        self._caps.setProperty("role", "problem")
        self._caps.setWordWrap(True)
        self._caps.hide()
        fields.insertWidget(fields.indexOf(self.ventanilla) - 1, self._caps)
        _, self._enter_row = _foot(card)
        self._change_foot, self._change_row = _foot(card)
        return card

    def _add_card(self, card: Card) -> None:
        self._cards.append(card)
        upward = look.spaced(QVBoxLayout())
        upward.addWidget(card)
        upward.addStretch(1)
        self._middle.addLayout(upward)

    def fit(self) -> None:
        """Take the widths of the present zoom."""
        for card in self._cards:
            card.setFixedWidth(look.px(_CARD_WIDTH))
        wanted = len(self._cards) * look.px(_CARD_WIDTH + 24) + look.px(48)
        direction = QBoxLayout.Direction
        self._middle.setDirection(direction.LeftToRight if wanted <= self.width() else direction.TopToBottom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the cards side by side where there is room."""
        super().resizeEvent(event)
        self.fit()

    def _demo_card(self) -> Card:
        from agencia_app.ui.demo_users import DemoUsersCard

        card = DemoUsersCard(self._demo_users, self)
        card.chosen.connect(self._use)
        return card

    def _connect(self) -> None:
        self.user.returnPressed.connect(self._go_on)
        self.password.returnPressed.connect(self._go_on)
        self.ventanilla.returnPressed.connect(self._go_on)
        self.password.caps_seen.connect(self._caps.setVisible)
        self.password.textChanged.connect(self._password_changed)

    # -- a new password ----------------------------------------------------------------

    def _want_new(self) -> None:
        """Ask for a new password of whoever gave their name and the old one."""
        if self._new is not None or self._empty() is not None:
            self.notice.show_text("info", "Escriba primero su usuario y su contraseña de ahora.")
            self.focus_first()
        elif self.enter.isEnabled():
            self.ask_new(f"Escriba dos veces la contraseña nueva de {self.user.text().strip()}.")

    def _submit_new(self) -> None:
        from agencia_app.models.domain.errors import KnownError

        if self._new is None or not self.enter.isEnabled():
            return
        try:
            new = self._new.password
        except KnownError as error:
            self.show_refused(error)
            return
        self.changed.emit(self.user.text().strip(), self.password.text(), new, int(self.ventanilla.text()))

    def _drop_new(self) -> None:
        if self._new is None:
            return
        self._new.deleteLater()
        self._cards[0].box.removeWidget(self._new)
        self._new.hide()
        self._new = None
        self._fields.show()
        self._title.setText(_TITLE)
        self._show_buttons(asking=False)

    def _show_buttons(self, *, asking: bool) -> None:
        self.enter.set_text("Cambiar e ingresar" if asking else "Ingresar")
        if self._change is not None and self._other is not None:
            self._change_foot.setVisible(not asking)
            self._other.set_text("Volver" if asking else "Otra persona")
            self._other.setVisible(asking)

    def _step_back(self) -> None:
        """Ask for the password again instead of a new one; for somebody else's name instead of that.

        The ventanilla stays.
        """
        self.reset(keep_user=self._new is not None)

    # -- what a person does ------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step back with Esc, to somebody else's name at last; ask for a new password with F4."""
        from PySide6.QtCore import Qt

        button = {Qt.Key.Key_Escape: self._other, Qt.Key.Key_F4: self._change}.get(Qt.Key(event.key()))
        if button is not None and not button.isHidden():
            button.click()
        else:
            super().keyPressEvent(event)

    def _use(self, user: DemoUser) -> None:
        if self.enter.isEnabled():
            self.user.setText(user.usuario)
            self.password.setText(user.password)
            self._go_on()

    def _password_changed(self, text: str) -> None:
        if not text:
            self._caps.hide()

    def _go_on(self) -> None:
        """Go to the next empty field, or sign in when all three are filled."""
        if self._new is not None:
            self._submit_new()
            return
        empty = self._empty()
        if empty is not None:
            empty.setFocus()
            return
        if self._enter is not None and not self._enter.isEnabled():
            return
        self.submitted.emit(self.user.text().strip(), self.password.text(), int(self.ventanilla.text()))

    def _empty(self) -> QLineEdit | None:
        fields = (self.user, self.password, self.ventanilla)
        return next((field for field in fields if not field.text().strip()), None)


def _foot(card: Card) -> tuple[QWidget, QHBoxLayout]:
    """Add a row for buttons; its height is a button's, so that nothing moves when one comes."""
    foot = QWidget()
    foot.setObjectName("foot")
    row = look.spaced(QHBoxLayout(foot), (0, 8, 0, 0))
    row.addStretch(1)
    card.box.addWidget(foot)
    return foot, row


def _said(error: KnownError) -> str:
    from html import escape

    from agencia_app.ui.messages import sentence

    return escape(sentence(error))
