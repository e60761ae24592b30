"""The strips about the server of an agency: that it does not answer, and that this machine's clock is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from datetime import timedelta

_AWAY = (
    "<b>Se perdió la conexión con la base de datos.</b> Lo que ve y lo que escribió se conserva. "
    "Se intenta de nuevo solo: espere, o avise al administrador."
)
_MINUTE = 60


class ServerBar(QWidget):
    """Says what holds now, takes no focus, and goes by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.connection, self.hour = Notice(), Notice()
        column = look.spaced(QVBoxLayout(self), (24, 12, 24, 0), 8)
        column.addWidget(self.connection)
        column.addWidget(self.hour)
        self.hide()

    def show_away(self, *, away: bool) -> None:
        """Say that the server does not answer, or nothing of it."""
        self.connection.show_text("error", _AWAY) if away else self.connection.clear()
        self._fit()

    def show_hour(self, off: timedelta | None) -> None:
        """Say how far the machine's clock goes before the server's, or nothing of it."""
        if off is None:
            self.hour.clear()
        else:
            minutes = round(abs(off.total_seconds()) / _MINUTE)
            said = f"{minutes} min" if minutes < 2 * _MINUTE else f"{minutes // _MINUTE} h"
            way = "adelantada" if off.total_seconds() > 0 else "atrasada"
            self.hour.show_text(
                "missing",
                f"La hora de este equipo está <b>{way} {said}</b>. Vale la del servidor, que es la que sale en los "
                "papeles. Pida al administrador que corrija la de este equipo.",
            )
        self._fit()

    def _fit(self) -> None:
        self.setVisible(bool(self.connection.kind or self.hour.kind))
