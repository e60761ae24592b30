"""The dark bar on top: where one is, who is signed in, the time, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTime, QTimer, Signal
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
        self._padron.setVisible(may_import)
        self._lock.show()
        self._fit()

    def show_signed_out(self, place: str = "") -> None:
        """Show the bar of the login screen."""
        self._place.setText(place)
        self._user.clear()
        self._padron.hide()
        self._lock.hide()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for: the place first, who is signed in last."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit again when the zoom changed."""
        super().changeEvent(event)
        if event.type() in {event.Type.FontChange, event.Type.StyleChange}:
            QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        givers = (self._place, self._clock, self._title, self._user)
        for label in givers:
            label.setVisible(bool(label.text()))
        layout = self.layout()
        for label in givers:
            if layout is not None and self.isVisible() and layout.sizeHint().width() > self.width():
                label.hide()

    def _show_time(self) -> None:
        now = QTime.currentTime()
        self._clock.setText(now.toString("HH:mm"))
        self._timer.start(_MINUTE_MS - now.msecsSinceStartOfDay() % _MINUTE_MS)
