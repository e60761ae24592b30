"""The way out of the kiosk: an administrador's, with a keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from agencia_app.ui.kiosco.pages import Page
from agencia_app.ui.kiosco.touch import TouchButton, words
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.password_edit import PasswordEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from agencia_app.models.domain.errors import KnownError


class LeavePage(Page):
    """Asks for the password that closes this kiosk. ``tried`` carries what was typed."""

    tried = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = look.spaced(QVBoxLayout(self), (36, 24, 36, 24), 14)
        column.addWidget(words("Cerrar el kiosco", "kioskTitle"))
        column.addWidget(words("Solo un administrador, con el teclado."))
        self.password = PasswordEdit()
        self.password.setPlaceholderText("Contraseña de este kiosco")
        self.password.setProperty("large", True)
        self.password.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.password.setMaxLength(200)
        column.addWidget(self.password)
        self.notice = Notice()
        column.addWidget(self.notice)
        column.addStretch(1)
        foot = look.spaced(QHBoxLayout(), spacing=16)
        self.stay = TouchButton("Seguir en el kiosco")
        self.stay.clicked.connect(self.back)
        self.close_button = TouchButton("Cerrar el kiosco", primary=True)
        self.close_button.clicked.connect(self._try)
        foot.addWidget(self.stay)
        foot.addWidget(self.close_button, 1)
        column.addLayout(foot)
        self.setFocusProxy(self.password)

    def refused(self, error: KnownError) -> None:
        """Say why nobody leaves."""
        self.notice.show_text("error", sentence(error))
        self.close_button.setEnabled(True)

    def take(self, event: QKeyEvent) -> bool:
        """Take Enter."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._try()
            return True
        return False

    def _try(self) -> None:
        if self.close_button.isEnabled() and self.password.text():
            self.close_button.setEnabled(False)
            self.tried.emit(self.password.text())
            self.password.clear()
