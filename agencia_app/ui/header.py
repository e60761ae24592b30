"""The dark bar on top: where one is, who is signed in, the time, what may be opened, the way out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from agencia_app.ui.sides import Side
    from agencia_app.ui.widgets.buttons import KeyButton

_MARGINS = (24, 10, 16, 10)
_MINUTE_MS = 60_000
_PART = " · "  # between the agency and the window, the name and the role


class Header(QFrame):
    """The bar. Signed out it shows the title alone.

    ``asked`` carries the Side whose button was pressed.
    """

    lock = Signal()
    asked = Signal(object)

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
        self._whole = ("", "")  # place and user in full
        self._buttons: _Buttons | None = None
        row = look.spaced(QHBoxLayout(self), _MARGINS, 20)
        row.addWidget(self._title)
        row.addWidget(self._place)
        row.addStretch(1)
        row.addWidget(self._user)
        row.addWidget(self._clock)
        self._row = row
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

        self._hour: Callable[[], datetime] = _own_hour
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.start_clock)
        self.show_signed_out()

    def start_clock(self) -> None:
        """Show the time from now on."""
        # The zones load here, after the first paint.
        from agencia_app.models.domain.fechas import local  # noqa: PLC0415

        now = local(self._hour())
        self._clock.setText(f"{now:%H:%M}")
        self._timer.start(_MINUTE_MS - now.second * 1000 - now.microsecond // 1000)
        self.fit()

    def go_by(self, hour: Callable[[], datetime]) -> None:
        """Show another clock's time (aware) than the machine's."""
        self._hour = hour
        if self._timer.isActive():
            self.start_clock()

    def show_signed_in(self, place: str, user: str, sides: Sequence[Side]) -> None:
        """Show the agency and window, who is signed in, and what they may open."""
        self._whole = (place, user)
        if self._buttons is not None:
            self._row.removeWidget(self._buttons)
            self._buttons.deleteLater()
        self._buttons = _Buttons(self, sides)
        self._row.addWidget(self._buttons)
        self._buttons.show()  # a turn later by itself, and until then it would take no room
        self.fit()

    def show_signed_out(self, place: str = "") -> None:
        """Show the bar of the login screen."""
        self._whole = (place, "")
        if self._buttons is not None:
            self._buttons.hide()
        self.fit()

    def show_waiting(self, side: Side, count: int) -> None:
        """Show at a screen's button how many wait there for somebody: papers, or requests."""
        if self._buttons is not None:
            self._buttons.show_waiting(side, count)
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Show what has room in the present width and zoom.

        What is said elsewhere goes first: the agency's name and the role, then the time and the
        title. Where that is not enough the buttons show their keys alone, and then the window
        goes, and who is signed in last.
        """
        if not self.isVisible():
            self._show_all(brief=False)
            return
        if not self._give_way(brief=False):
            self._give_way(brief=True)

    def _give_way(self, *, brief: bool) -> bool:
        """Show everything, then less and less until it has room; tell whether it has."""
        self._show_all(brief=brief)
        place, user = self._whole
        ways: list[Callable[[], None]] = [
            lambda: self._place.setText(place.rpartition(_PART)[2]),
            lambda: self._user.setText(user.partition(_PART)[0]),
            self._clock.hide,
            self._title.hide,
        ]
        if brief:
            ways += [self._place.hide, self._user.hide]
        for give in ways:
            if self._has_room():
                return True
            give()
        return self._has_room()

    def _show_all(self, *, brief: bool) -> None:
        place, user = self._whole
        self._place.setText(place)
        self._user.setText(user)
        for label in (self._clock, self._title, self._place, self._user):
            label.setVisible(bool(label.text()))
        self._word(brief=brief)

    def _has_room(self) -> bool:
        self._row.invalidate()  # it remembers the sizes of before
        return self._row.sizeHint().width() <= self.width()

    def _word(self, *, brief: bool) -> None:
        if self._buttons is not None:
            self._buttons.word(brief=brief)


def _own_hour() -> datetime:
    return datetime.now(UTC)


class _Buttons(QWidget):
    """What somebody signed in may press; made when there is somebody."""

    def __init__(self, header: Header, sides: Sequence[Side]) -> None:
        from agencia_app.ui import sides as names  # noqa: PLC0415 - not for the login's first paint

        super().__init__(header)
        self._header = header
        row = look.spaced(QHBoxLayout(self), spacing=4)
        self._buttons: list[tuple[KeyButton, str]] = []
        self._waiting: dict[Side, _Badge] = {}
        said = {
            names.Side.IMPRESORAS: ("Un papel espera a alguien", "{} papeles esperan a alguien"),
            names.Side.AUTORIZAR: ("Un pedido espera autorización", "{} pedidos esperan autorización"),
        }
        for side in sides:
            if not names.in_header(side):
                continue
            key = names.key_of(side)
            button = self._add_side(side, key)
            if side in said:
                self._waiting[side] = _Badge(button, key, *said[side])
                row.addWidget(self._waiting[side])
        self._add("Bloquear", "F12").clicked.connect(header.lock)

    def word(self, *, brief: bool) -> None:
        """Show words and keys, or the keys alone."""
        for button, text in self._buttons:
            button.setText("" if brief else text)
            button.setToolTip(text if brief else "")
            button.updateGeometry()
        self.updateGeometry()

    def show_waiting(self, side: Side, count: int) -> None:
        """Show a number beside a screen's button; none for nought."""
        badge = self._waiting.get(side)
        if badge is not None:
            badge.show_count(count)

    def _add_side(self, side: Side, key: str) -> KeyButton:
        button = self._add(side.value, key)
        button.clicked.connect(lambda: self._header.asked.emit(side))
        return button

    def _add(self, text: str, key: str) -> KeyButton:
        from PySide6.QtCore import Qt  # noqa: PLC0415 - not for the login's first paint

        from agencia_app.ui.widgets.buttons import KeyButton  # noqa: PLC0415 - likewise

        button = KeyButton(text, key, "header")
        # A click must not take the focus away from the page.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._buttons.append((button, text))
        layout = self.layout()
        if layout is not None:
            layout.addWidget(button)
        return button


class _Badge(QLabel):
    """How many wait for somebody, beside the button that leads there; unseen when nobody does."""

    def __init__(self, button: KeyButton, key: str, one: str, many: str) -> None:
        super().__init__()
        self.setObjectName("badge")
        self._button = button
        self._key = key
        self._words = (one, many)
        self.hide()

    def show_count(self, count: int) -> None:
        one, many = self._words
        said = one if count == 1 else many.format(count)
        self.setText(str(count))
        self.setVisible(bool(count))
        self.setAccessibleName(said)
        self._button.setAccessibleDescription(f"Tecla {self._key}. {said}" if count else f"Tecla {self._key}")
