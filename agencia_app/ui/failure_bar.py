"""An error that no screen took, above whatever screen there is."""

from __future__ import annotations

import logging
import secrets
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import bug_sentence, sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton

LOG = logging.getLogger(__name__)


class FailureBar(QWidget):
    """Says what failed until it is dismissed; the screen below stays as it is."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice = Notice()
        self.dismiss: QAbstractButton = KeyButton("Entendido")
        self.dismiss.clicked.connect(self._dismiss)
        row = look.spaced(QHBoxLayout(self), (24, 12, 24, 0), 14)
        row.addWidget(self._notice, 1)
        row.addWidget(self.dismiss)

    @property
    def text(self) -> str:
        """What it says, without markup."""
        return self._notice.text

    def show_error(self, error: Exception) -> None:
        """Show a known error as its sentence, and a bug by the number it is logged under."""
        if isinstance(error, KnownError):
            self._notice.show_text("error", escape(sentence(error)))
        else:
            report = secrets.token_hex(3).upper()
            LOG.error("unexpected error", exc_info=error, extra={"report": report})
            self._notice.show_text("error", escape(bug_sentence(report)))
        self.show()

    def clear(self) -> None:
        """Say nothing."""
        self._notice.clear()
        self.hide()

    def _dismiss(self) -> None:
        self.clear()
        self.dismissed.emit()
