"""One window in a process of its own: ``bare`` is a line of input in PySide6, ``ours`` the application.

It prints ``tecla`` when its first field had the focus and took a key, and ``listo`` when there
is nothing more to load: for ours, when the services are there and somebody is signed in.
Used by bench_window; imports only what its kind of window imports.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

# What is imported, and when, is what is being measured.
# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit

SETTLED_MS = 300  # after the last thing is shown, before its memory is looked at


def main() -> None:
    (bare if sys.argv[1] == "bare" else ours)()


def bare() -> None:
    from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

    app = QApplication(sys.argv[:1])
    window = QWidget()
    field = QLineEdit()
    QVBoxLayout(window).addWidget(field)
    window.resize(1280, 800)
    window.show()
    field.setFocus()
    _press(field, _ready)
    app.exec()


def ours() -> None:
    from pathlib import Path

    from agencia_app import app as root
    from agencia_app import settings

    config = settings.load(Path(sys.argv[2]))
    shown = root.show_window(config, lambda: root.open_services(config))
    login = shown.window.login

    def sign_in() -> None:
        login.user.clear()
        login.submitted.emit(sys.argv[3], sys.argv[4], 1)
        _when(lambda: shown.window.wizard is not None and not shown.tasks.busy, _ready)

    _press(login.user, sign_in)
    shown.app.exec()


def _press(field: QLineEdit, then: Callable[[], None]) -> None:
    """Type a letter, as an input method commits it, once the field has the focus and was shown.

    A QKeyEvent would have the bare window load the whole Qt namespace, which it does not need.
    """
    from PySide6.QtGui import QInputMethodEvent
    from PySide6.QtWidgets import QApplication

    def press() -> None:
        typed = QInputMethodEvent()
        typed.setCommitString("a")
        QApplication.sendEvent(field, typed)
        if field.text() != "a":
            raise SystemExit("the field took no key")
        sys.stdout.write("tecla\n")
        sys.stdout.flush()
        then()

    _when(lambda: field.hasFocus() and field.window().windowHandle().isExposed(), press)


def _ready() -> None:
    from PySide6.QtCore import QTimer

    def told() -> None:
        sys.stdout.write("listo\n")
        sys.stdout.flush()

    QTimer.singleShot(SETTLED_MS, told)


def _when(condition: Callable[[], bool], then: Callable[[], None]) -> None:
    from PySide6.QtCore import QTimer

    if condition():
        then()
    else:
        QTimer.singleShot(1, lambda: _when(condition, then))


if __name__ == "__main__":
    main()
