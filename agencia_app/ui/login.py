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

if TYPE_CHECKING:
    from agencia_app.models.domain.errors import KnownError
    from agencia_app.services.demostracion import DemoUser
    from agencia_app.ui.widgets.buttons import KeyButton
    from agencia_app.ui.widgets.notice import Notice

# What the login does not need to be drawn loads when it is needed.
# ruff: noqa: PLC0415

_MAX_VENTANILLA = 999
_CARD_WIDTH = 460  # px at 100 %
_DEMO_VENTANILLA = "4"


class LoginScreen(QWidget):
    """Takes keys from the moment it is drawn. ``submitted`` carries usuario, clave, ventanilla."""

    submitted = Signal(str, str, int)

    def __init__(self, demo_users: Sequence[DemoUser] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self.user = QLineEdit()
        self.password = _PasswordField()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.ventanilla = QLineEdit(_DEMO_VENTANILLA if demo_users else "")
        # From 0: an Enter on a number that will not do must be answered, not swallowed.
        self.ventanilla.setValidator(QIntValidator(0, _MAX_VENTANILLA, self.ventanilla))
        self._notice: Notice | None = None
        self._enter: KeyButton | None = None
        self._demo_users = demo_users
        self._lay_out()
        self._connect()

    def complete(self) -> None:
        """Add what is not needed to type: called once the fields are drawn and take keys."""
        self.enter.show()
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
            box.insertWidget(box.count() - 1, self._notice)
        return self._notice

    def focus_first(self) -> None:
        """Put the focus where the next key goes: the first empty field."""
        fields = (self.user, self.password, self.ventanilla)
        next((field for field in fields if not field.text()), self.password).setFocus()

    def reset(self, *, keep_user: bool = False) -> None:
        """Empty the screen for the next person; after a lock the user's name may stay."""
        if not keep_user:
            self.user.clear()
        self.password.clear()
        self.show_ready()
        self.focus_first()

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
        """Say why the sign-in failed. The name is kept; the password is asked again."""
        self.enter.setEnabled(True)
        self.notice.show_text("error", _said(error))
        if error.code == "usuario.ventanilla":
            self.ventanilla.setFocus()
            self.ventanilla.selectAll()
        else:
            self.password.clear()
            self.password.setFocus()

    def show_trouble(self, error: KnownError) -> None:
        """Say why nobody can sign in: the data could not be opened."""
        self.notice.show_text("error", _said(error))
        self.enter.setEnabled(False)

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
        title = QLabel("Ingreso a la ventanilla")
        title.setProperty("role", "heading")
        card.box.addWidget(title)
        for text, field in (
            ("Usuario", self.user),
            ("Contraseña", self.password),
            ("Ventanilla", self.ventanilla),
        ):
            label = QLabel(text)
            label.setProperty("role", "field")
            label.setBuddy(field)
            field.setAccessibleName(text)
            card.box.addWidget(label)
            card.box.addWidget(field)
        self._caps = QLabel("Las mayúsculas están activadas (Bloq Mayús).")
        self._caps.setProperty("role", "problem")
        self._caps.setWordWrap(True)
        self._caps.hide()
        card.box.insertWidget(card.box.indexOf(self.ventanilla) - 1, self._caps)
        foot = QWidget()
        foot.setObjectName("foot")  # its height is the button's, so that nothing moves when it comes
        self._enter_row = look.spaced(QHBoxLayout(foot), (0, 8, 0, 0))
        self._enter_row.addStretch(1)
        card.box.addWidget(foot)
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

    # -- what a person does ------------------------------------------------------------

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
        fields = (self.user, self.password, self.ventanilla)
        empty = next((field for field in fields if not field.text().strip()), None)
        if empty is not None:
            empty.setFocus()
            return
        if self._enter is not None and not self._enter.isEnabled():
            return
        self.submitted.emit(self.user.text().strip(), self.password.text(), int(self.ventanilla.text()))


def _said(error: KnownError) -> str:
    from html import escape

    from agencia_app.ui.messages import sentence

    return escape(sentence(error))


class _PasswordField(QLineEdit):
    """A password field that notices capitals typed without Shift; Qt has no other way to know."""

    caps_seen = Signal(bool)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        from PySide6.QtCore import Qt

        char = event.text()
        if char.isalpha():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_seen.emit(char.isupper() is not shift)
        super().keyPressEvent(event)
