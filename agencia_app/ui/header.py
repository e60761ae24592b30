"""The dark bar on top: where one is, who is signed in, the time, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTime, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

_MARGINS = (24, 10, 16, 10)
_MINUTE_MS = 60_000


class Header(QFrame):
    """The bar. Signed out it shows the title alone."""

    lock = Signal()
    padron = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(f"<b>{title}</b>")
        self._title.setProperty("role", "title")
        self._place = QLabel()
        self._place.setProperty("role", "muted")
        self._user = QLabel()
        self._clock = QLabel()
        self._clock.setProperty("role", "muted")
        self._clock.setAccessibleDescription("Hora")
        self._padron = KeyButton("Padrón", "F10", "header")
        self._padron.clicked.connect(self.padron)
        self._lock = KeyButton("Bloquear", "F12", "header")
        self._lock.clicked.connect(self.lock)
        for button in (self._padron, self._lock):
            # A click must not take the focus away from the page.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

        row = look.spaced(QHBoxLayout(self), _MARGINS, 24)
        row.addWidget(self._title)
        row.addWidget(self._place)
        row.addStretch(1)
        for widget in (self._user, self._clock, self._padron, self._lock):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._show_time)
        self._show_time()
        self.show_signed_out()

    def show_signed_in(self, place: str, user: str, *, may_import: bool) -> None:
        """Show the agency and window, who is signed in, and what they may open."""
        self._place.setText(place)
        self._user.setText(user)
        self._user.show()
        self._padron.setVisible(may_import)
        self._lock.show()
        self._fit()

    def show_signed_out(self, place: str = "") -> None:
        """Show the bar of the login screen."""
        self._place.setText(place)
        for widget in (self._user, self._padron, self._lock):
            widget.hide()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the place, then the clock, where the window is narrow for the zoom."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._place.setVisible(bool(self._place.text()))
        self._clock.show()
        for widget in (self._place, self._clock):
            layout = self.layout()
            if layout is not None and layout.sizeHint().width() > self.width() > 0 and self.isVisible():
                widget.hide()

    def _show_time(self) -> None:
        now = QTime.currentTime()
        self._clock.setText(now.toString("HH:mm"))
        self._timer.start(_MINUTE_MS - now.msecsSinceStartOfDay() % _MINUTE_MS)
