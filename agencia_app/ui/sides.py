"""The screens beside the wizard, of one session: made when first asked for, left as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget
from shiboken6 import isValid

from agencia_app.models.domain.usuario import Rol

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.registry import Services
    from agencia_app.ui.print_monitor import PrintMonitor
    from agencia_app.ui.tasks import Tasks
    from agencia_app.ui.wizard.host import WizardHost

# Each screen loads when somebody opens it.
# ruff: noqa: PLC0415


class Side(StrEnum):
    """A screen beside the wizard; the value is its word in the header."""

    IMPRESORAS = "Impresoras"
    VERIFICAR = "Verificar"
    PADRON = "Padrón"
    REIMPRIMIR = "Reimprimir"


KEYS = {Side.IMPRESORAS: "F8", Side.VERIFICAR: "F9", Side.PADRON: "F10", Side.REIMPRIMIR: "F11"}


def allowed(sesion: Sesion) -> tuple[Side, ...]:
    """Return the screens a person may open: the padrón is the administrador's."""
    return tuple(each for each in Side if each is not Side.PADRON or sesion.rol is Rol.ADMINISTRADOR)


@dataclass(frozen=True)
class SideDesk:
    """What a screen works with."""

    services: Services
    tasks: Tasks
    sesion: Sesion
    monitor: PrintMonitor


class _Screen(Protocol):
    @property
    def closed(self) -> SignalInstance: ...

    def focus_first(self) -> None: ...

    def cancel(self) -> None: ...


def _impresoras(desk: SideDesk) -> QWidget:
    from agencia_app.ui.impresoras_screen import ImpresorasScreen

    return ImpresorasScreen(desk)


def _verificar(desk: SideDesk) -> QWidget:
    from agencia_app.ui.verificar_screen import VerificarScreen

    return VerificarScreen(desk)


def _padron(desk: SideDesk) -> QWidget:
    from agencia_app.ui.padron_screen import PadronScreen

    return PadronScreen(desk.services, desk.tasks, desk.sesion)


def _reimprimir(desk: SideDesk) -> QWidget:
    from agencia_app.ui.duplicados_screen import DuplicadosScreen

    return DuplicadosScreen(desk)


_MAKERS: dict[Side, Callable[[SideDesk], QWidget]] = {
    Side.IMPRESORAS: _impresoras,
    Side.VERIFICAR: _verificar,
    Side.PADRON: _padron,
    Side.REIMPRIMIR: _reimprimir,
}


class Sides(QObject):
    """Opens the screens in the window's stack, and leads back to the wizard as it was left."""

    def __init__(self, stack: QStackedWidget, wizard: WizardHost, desk: SideDesk) -> None:
        super().__init__(wizard)  # guards the focus for as long as there is something to guard
        self._stack = stack
        self._wizard = wizard
        self._desk = desk
        self._screens: dict[Side, QWidget] = {}
        self._left: QWidget | None = None  # what had the focus in the wizard
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._guard)

    def get(self, side: Side) -> QWidget | None:
        """Return a screen that was opened in this session."""
        return self._screens.get(side)

    def open(self, side: Side) -> None:
        """Show a screen with the focus where the next key goes."""
        if side not in allowed(self._desk.sesion):
            return
        if self._stack.currentWidget() is self._wizard:
            self._left = QApplication.focusWidget()
        if side not in self._screens:
            made = _MAKERS[side](self._desk)
            self._screens[side] = made
            cast("_Screen", made).closed.connect(self.back)
            self._stack.addWidget(made)
        self._stack.setCurrentWidget(self._screens[side])
        self.focus_current()

    def focus_current(self) -> bool:
        """Put the focus in the screen shown, if it is one of these; tell whether it is."""
        current = self._stack.currentWidget()
        if current not in self._screens.values():
            return False
        cast("_Screen", current).focus_first()
        return True

    def back(self) -> None:
        """Show the wizard, with the focus where it was unless the wizard went on meanwhile."""
        self._stack.setCurrentWidget(self._wizard)
        left, self._left = self._left, None
        same = left is not None and isValid(left) and left.isVisible() and left.isEnabled()
        if left is None or not same or not (left is self._wizard or self._wizard.isAncestorOf(left)):
            left = self._wizard.page.first_focus()
        left.setFocus()

    def _guard(self, old: QWidget | None, new: QWidget | None) -> None:
        """Keep the focus from a wizard out of sight.

        What it began goes on there, behind another screen or the login, and gives the focus to
        its next page: what is typed next would go blindly into an attention.
        """
        if new is None or not (new is self._wizard or self._wizard.isAncestorOf(new)):
            return
        if self._stack.currentWidget() is self._wizard:
            return
        self._left = new  # there, when it is back in sight
        if old is not None and isValid(old) and old.isVisible() and old.isEnabled():
            old.setFocus()
        else:
            self.focus_current()

    def leave(self) -> list[QWidget]:
        """Stop what runs and give the screens up."""
        for screen in self._screens.values():
            cast("_Screen", screen).cancel()
        return list(self._screens.values())
