"""What the panes of the screen *Bitácora* have in common."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QListWidget, QWidget

from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets.two_lines import TwoLines

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from agencia_app.ui.widgets.buttons import KeyButton, Role
    from agencia_app.ui.widgets.notice import Notice


class Pane(QWidget):
    """One thing to do, under the screen's title and over its footer.

    ``primary`` is the words, the role and whether the main button may be pressed; ``way_out`` the words
    of the one that Esc presses. ``changed`` says that either may have changed.
    """

    changed = Signal()
    title = ""
    line = ""

    @property
    def primary(self) -> tuple[str, Role, bool]:
        """The main button."""
        raise NotImplementedError

    @property
    def way_out(self) -> str:
        """The words of the button that leads back."""
        return "Volver"

    def focus_first(self) -> None:
        """Bring what is shown up to date, with the focus where the next key goes."""
        raise NotImplementedError

    def act(self) -> None:
        """Do what the main button says."""
        raise NotImplementedError

    def step_back(self) -> bool:
        """Leave what is being done; False when there is nothing to leave but the pane."""
        return False

    def cancel(self) -> None:
        """Stop what runs long."""

    def take_key(self, event: QKeyEvent) -> bool:
        """Act on a key of the pane's own; tell whether it was one."""
        _ = event
        return False


def field(text: str, buddy: QWidget | None = None) -> QLabel:
    """Return the label over a field."""
    label = QLabel(text)
    label.setProperty("role", "field")
    if buddy is not None:
        label.setBuddy(buddy)
    return label


def two_line_list(name: str) -> QListWidget:
    """Return an empty list of rows of two lines, read out by this name."""
    made = QListWidget()
    made.setAccessibleName(name)
    made.setItemDelegate(TwoLines(made))
    return made


def press(button: KeyButton) -> bool:
    """Click a button in sight; tell whether it was."""
    if button.isVisible() and button.isEnabled():
        button.click()
        return True
    return False


def say_known(notice: Notice, error: Exception) -> None:
    """Say what is wrong in its place. What is no KnownError is a bug, and is raised again."""
    if not isinstance(error, KnownError):
        raise error
    notice.show_text("error", escape(sentence(error)))


def duration(seconds: float) -> str:
    """Return a time left in words, at least a second: ``2 min 5 s``."""
    minutes, rest = divmod(max(round(seconds), 1), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
