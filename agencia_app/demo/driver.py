"""Hands and eyes for the demonstration: keys into the focused widget, pictures of the window."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from agencia_app.ui.theme import Scheme, Theme

PATIENCE = 60.0  # seconds; a slow machine is no failure
POLL_MS = 5
# Each screen is kept as it is and at the largest zoom most people choose, in both schemes.
LOOKS: tuple[tuple[str, float, Scheme], ...] = (
    ("", 1.0, "light"),
    ("-150", 1.5, "light"),
    ("-oscuro", 1.0, "dark"),
)


class StuckError(Exception):
    """The window did not come to where the script expected it."""


class Driver:
    """Types as a clerk does and waits for what the window shows."""

    def __init__(self, window: QWidget, theme: Theme, pictures: Path | None) -> None:
        """Take the window and where pictures go; None takes none."""
        self._window = window
        self._theme = theme
        self._pictures = pictures
        self._number = 0
        self._saving = ThreadPoolExecutor(1, thread_name_prefix="capturas")

    def turn_to(self, window: QWidget) -> None:
        """Look at another window from now on."""
        self._window = window

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window work until a condition holds. Raises StuckError when it never does."""
        if condition():
            return
        end = time.monotonic() + PATIENCE
        loop = QEventLoop()

        def look() -> None:
            if condition() or time.monotonic() > end:
                loop.quit()

        poll = QTimer(interval=POLL_MS)
        poll.timeout.connect(look)
        poll.start()
        loop.exec()
        poll.stop()
        if not condition():
            raise StuckError(what)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press one key where the focus is."""
        QTest.keyClick(self._focus(), key, modifier)

    def write(self, text: str) -> None:
        """Type a text where the focus is, each key an event of its own as a keyboard sends them."""
        for char in text:
            QTest.keyClicks(self._focus(), char)
            QApplication.processEvents()

    def scan(self, lines: str) -> None:
        """Do as a keyboard-wedge scanner: each line, then Enter."""
        for line in lines.splitlines():
            self.write(line)
            self.press(Qt.Key.Key_Return)

    @property
    def focused(self) -> str:
        """What the widget with the focus is called."""
        return self._focus().accessibleName()

    def picture(self, name: str, of: QWidget | None = None) -> None:
        """Keep the window as it looks now, or another one, in each of the looks."""
        if self._pictures is None:
            return
        self._number += 1
        for suffix, zoom, scheme in LOOKS:
            self._theme.set_scheme(scheme)
            self._theme.set_zoom(zoom)
            QApplication.processEvents()
            QApplication.processEvents()  # what the first turn left for the next: room measured anew
            image = (of or self._window).grab().toImage()
            path = self._pictures / f"pantalla-{self._number:02d}-{name}{suffix}.png"
            self._saving.submit(image.save, str(path))
        self._theme.set_scheme("light")
        self._theme.set_zoom(1.0)
        QApplication.processEvents()

    def close(self) -> None:
        """Wait until every picture is written."""
        self._saving.shutdown(wait=True)

    def _focus(self) -> QWidget:
        widget = QApplication.focusWidget()
        if widget is None:
            raise StuckError("no hay foco en la ventana")
        return widget
