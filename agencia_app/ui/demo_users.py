"""The users of a demonstration, listed on its login with a key each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card

if TYPE_CHECKING:
    from agencia_app.services.demostracion import DemoUser


class DemoUsersCard(Card):
    """Names and passwords, shown on purpose. ``chosen`` carries the DemoUser taken."""

    chosen = Signal(object)

    def __init__(self, users: Sequence[DemoUser], screen: QWidget) -> None:
        """List the users; their keys work while ``screen`` is shown."""
        super().__init__()
        grid = look.spaced(QGridLayout(), spacing=8)
        self.box.addLayout(grid)
        title = QLabel("Usuarios de demostración")
        title.setProperty("role", "strong")
        grid.addWidget(title, 0, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        for place, user in enumerate(users, start=1):
            words = QLabel(
                f"{user.nombre} · {user.rol.value}<br><b>{user.usuario}</b> / <b>{user.password}</b>"
            )
            words.setProperty("role", "muted")
            button = KeyButton("Usar", f"F{place}")
            button.setAccessibleName(f"Usar {user.usuario}")
            button.clicked.connect(lambda _=False, each=user: self.chosen.emit(each))
            QShortcut(f"F{place}", screen, lambda each=user: self.chosen.emit(each))
            grid.addWidget(words, place, 0)
            grid.addWidget(button, place, 1)
