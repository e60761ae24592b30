"""The screen *Bitácora*: verifying it, and the ways to the accesses to a person and to retention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from agencia_app.models.domain.permisos import Permiso, may
from agencia_app.ui.accesos_pane import AccesosPane
from agencia_app.ui.bitacora_pane import Pane, press
from agencia_app.ui.retencion_pane import RetencionPane
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.verify_pane import VerifyPane
from agencia_app.ui.widgets import drawing
from agencia_app.ui.widgets.buttons import KeyButton

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from agencia_app.ui.sides import SideDesk


class BitacoraScreen(SideScreen):
    """One pane at a time. Esc leads from the others back to verifying, and from there out."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__(VerifyPane.title, VerifyPane.line)
        self.verify = VerifyPane(desk)
        self.accesos = AccesosPane(desk)
        self.retencion = RetencionPane(desk)
        self.to_accesos = KeyButton(AccesosPane.title, "F6")
        self.to_retencion = KeyButton(RetencionPane.title, "F7")
        self._may_see = may(desk.sesion, Permiso.VER_ACCESOS)
        self._may_purge = may(desk.sesion, Permiso.DEPURAR)
        self.primary = KeyButton(self.verify.primary[0], drawing.ENTER, "primary")
        self._pane: Pane = self.verify
        for pane in (self.verify, self.accesos, self.retencion):
            self.column.addWidget(pane)
            pane.changed.connect(self._show_state)
        self.column.addStretch(1)
        for button in (self.to_accesos, self.to_retencion, self.primary):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.foot.addWidget(button)
        self.to_accesos.clicked.connect(lambda: self._open(self.accesos))
        self.to_retencion.clicked.connect(lambda: self._open(self.retencion))
        self.primary.clicked.connect(self._act)
        self._open(self.verify)

    def focus_first(self) -> None:
        """Put the focus where the pane wants it."""
        self._pane.focus_first()

    def go_back(self) -> None:
        """Leave what is being done, then the pane, then the screen."""
        if self._pane.step_back():
            self._show_state()
        elif self._pane is not self.verify:
            self._open(self.verify)
        else:
            self.closed.emit()

    def cancel(self) -> None:
        """Stop what runs long, because the session ends."""
        for pane in (self.verify, self.accesos, self.retencion):
            pane.cancel()

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter presses the button with the focus or the main one; F6 and F7 are the pane's, or its ways."""
        if event.key() in ENTER_KEYS:
            focused = QApplication.focusWidget()
            button = focused if isinstance(focused, QAbstractButton) else self.primary
            button.click()
            return True
        if self._pane.take_key(event):
            return True
        if event.key() == Qt.Key.Key_F6:
            return press(self.to_accesos)
        return event.key() == Qt.Key.Key_F7 and press(self.to_retencion)

    def _act(self) -> None:
        self._pane.act()

    def _open(self, pane: Pane) -> None:
        self._pane = pane
        for each in (self.verify, self.accesos, self.retencion):
            each.setVisible(each is pane)
        self.title.show_person(pane.title, pane.line)
        self._show_state()
        if self.isVisible():
            pane.focus_first()

    def _show_state(self) -> None:
        pane = self._pane
        text, role, ready = pane.primary
        self.primary.role = role
        self.primary.set_text(text)
        self.primary.setEnabled(ready)
        self.back.set_text(pane.way_out)
        at_first = pane is self.verify and ready
        self.to_accesos.setVisible(pane is self.verify and self._may_see)
        self.to_retencion.setVisible(pane is self.verify and self._may_purge)
        self.to_accesos.setEnabled(at_first)
        self.to_retencion.setEnabled(at_first)
