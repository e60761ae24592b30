"""The dark bar on top: where one is, who is signed in, the time, and the way out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

_MARGINS = (24, 10, 16, 10)
_MINUTE_MS = 60_000


class Header(QFrame):
    """The bar. Signed out it shows the title alone."""

    lock = Signal()
    padron = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(title)
        self._title.setProperty("role", "title")
        self._place = QLabel()
        self._place.setProperty("role", "muted")
        self._user = QLabel()
        self._clock = QLabel()
        self._clock.setProperty("role", "muted")
        self._clock.setAccessibleDescription("Hora")
        self._buttons: _Buttons | None = None
        row = look.spaced(QHBoxLayout(self), _MARGINS, 24)
        row.addWidget(self._title)
        row.addWidget(self._place)
        row.addStretch(1)
        row.addWidget(self._user)
        row.addWidget(self._clock)
        self._row = row
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.start_clock)
        self.show_signed_out()

    def start_clock(self) -> None:
        """Show the time from now on."""
        # The zones load here, after the first paint.
        from agencia_app.models.domain.fechas import local  # noqa: PLC0415

        now = local(datetime.now(UTC))
        self._clock.setText(f"{now:%H:%M}")
        self._timer.start(_MINUTE_MS - now.second * 1000 - now.microsecond // 1000)
        self.fit()

    def show_signed_in(self, place: str, user: str, *, may_import: bool) -> None:
        """Show the agency and window, who is signed in, and what they may open."""
        self._place.setText(place)
        self._user.setText(user)
        if self._buttons is None:
            self._buttons = _Buttons(self)
            self._row.addWidget(self._buttons)
        self._buttons.padron.setVisible(may_import)
        self._buttons.show()
        self.fit()

    def show_signed_out(self, place: str = "") -> None:
        """Show the bar of the login screen."""
        self._place.setText(place)
        self._user.clear()
        if self._buttons is not None:
            self._buttons.hide()
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for: the place first, who is signed in last."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Show what has room in the present width and zoom."""
        givers = (self._place, self._clock, self._title, self._user)
        for label in givers:
            label.setVisible(bool(label.text()))
        layout = self.layout()
        for label in givers:
            if layout is not None and self.isVisible() and layout.sizeHint().width() > self.width():
                label.hide()


class _Buttons(QWidget):
    """What somebody signed in may press; made when there is somebody."""

    def __init__(self, header: Header) -> None:
        from PySide6.QtCore import Qt  # noqa: PLC0415 - not for the login's first paint

        from agencia_app.ui.widgets.buttons import KeyButton  # noqa: PLC0415 - likewise

        super().__init__(header)
        self.padron = KeyButton("Padrón", "F10", "header")
        self.padron.clicked.connect(header.padron)
        lock = KeyButton("Bloquear", "F12", "header")
        lock.clicked.connect(header.lock)
        row = look.spaced(QHBoxLayout(self), spacing=16)
        for button in (self.padron, lock):
            # A click must not take the focus away from the page.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
