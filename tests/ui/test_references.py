"""Qt's bindings must give back only the references they took (docs/adr/0006-pyside-6-11.md)."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

CALLS = 500


class Watched(QPushButton):
    """A widget with an override, as most of ours have."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)


def test_none_is_not_used_up(qtbot: QtBot) -> None:
    widget = Watched("x")
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for call in range(CALLS):
        widget.setEnabled(call % 2 == 0)
    # Elsewhere in the interpreter a few come and go; the fault took one or more a call.
    assert sys.getrefcount(None) > before - CALLS / 2
