"""The screens beside the wizard, of one session: made when first asked for, left as they were.

To add one: its name in ``Side``, what makes it, and its line in ``_PLACES``; where a role begins with
it, also a line in ``_HOMES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget
from shiboken6 import isValid

from agencia_app.models.domain.permisos import Permiso, may
from agencia_app.models.domain.usuario import Rol

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.registry import Services
    from agencia_app.ui.live import Live
    from agencia_app.ui.print_monitor import PrintMonitor
    from agencia_app.ui.tasks import Tasks
    from agencia_app.ui.wizard.host import WizardHost

# Each screen loads when somebody opens it.
# ruff: noqa: PLC0415


class Side(StrEnum):
    """A screen beside the wizard; the value is its word in the header."""

    SUPERVISION = "Supervisión"
    USUARIOS = "Usuarios"
    AUTORIZAR = "Por autorizar"
    HOJAS = "Hojas"
    CIERRE = "Cierre del día"
    CORRECCIONES = "Correcciones"
    BITACORA = "Bitácora"
    IMPRESORAS = "Impresoras"
    VERIFICAR = "Verificar"
    PADRON = "Padrón"
    REIMPRIMIR = "Reimprimir"
    REGLAMENTO = "Requisitos"


class Ways(QObject):
    """Where a screen leads besides back: ``side`` carries a Side, ``tramite`` the number of a trámite."""

    side = Signal(object)
    tramite = Signal(str)


@dataclass(frozen=True)
class SideDesk:
    """What a screen works with."""

    services: Services
    tasks: Tasks
    sesion: Sesion
    monitor: PrintMonitor
    live: Live | None = None
    ways: Ways = field(default_factory=Ways)


class _Screen(Protocol):
    @property
    def closed(self) -> SignalInstance: ...

    def focus_first(self) -> None: ...

    def cancel(self) -> None: ...


def _supervision(desk: SideDesk) -> QWidget:
    from agencia_app.ui.supervision.screen import SupervisionScreen

    return SupervisionScreen(desk)


def _autorizar(desk: SideDesk) -> QWidget:
    from agencia_app.ui.autorizar_screen import AutorizarScreen

    return AutorizarScreen(desk)


def _hojas(desk: SideDesk) -> QWidget:
    from agencia_app.ui.hojas_screen import HojasScreen

    return HojasScreen(desk)


def _bitacora(desk: SideDesk) -> QWidget:
    from agencia_app.ui.bitacora_screen import BitacoraScreen

    return BitacoraScreen(desk)


def _correcciones(desk: SideDesk) -> QWidget:
    from agencia_app.ui.correcciones_screen import CorreccionesScreen

    return CorreccionesScreen(desk)


def _cierre(desk: SideDesk) -> QWidget:
    from agencia_app.ui.cierre_screen import CierreScreen

    return CierreScreen(desk)


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


def _reglamento(desk: SideDesk) -> QWidget:
    from agencia_app.ui.reglamento_screen import ReglamentoScreen

    return ReglamentoScreen(desk)


def _usuarios(desk: SideDesk) -> QWidget:
    from agencia_app.ui.usuarios_screen import UsuariosScreen

    return UsuariosScreen(desk)


@dataclass(frozen=True)
class _Place:
    """How a screen is come by: who may, with what key, and with a button in the header or not."""

    permiso: Permiso
    key: str
    make: Callable[[SideDesk], QWidget]
    in_header: bool = True


_PLACES: dict[Side, _Place] = {
    Side.SUPERVISION: _Place(Permiso.VER_TABLERO, "F2", _supervision),
    Side.USUARIOS: _Place(Permiso.ADMINISTRAR_USUARIOS, "F2", _usuarios),
    Side.AUTORIZAR: _Place(Permiso.AUTORIZAR, "F3", _autorizar),
    Side.HOJAS: _Place(Permiso.ADMINISTRAR_HOJAS, "F4", _hojas, in_header=False),
    # The board leads to it.
    Side.CIERRE: _Place(Permiso.CERRAR_DIA, "Ctrl+D", _cierre, in_header=False),
    Side.CORRECCIONES: _Place(Permiso.REVISAR, "Ctrl+K", _correcciones, in_header=False),
    Side.BITACORA: _Place(Permiso.VERIFICAR_BITACORA, "F5", _bitacora),
    Side.IMPRESORAS: _Place(Permiso.CUIDAR_IMPRESORAS, "F8", _impresoras),
    Side.VERIFICAR: _Place(Permiso.CONSULTAR_PADRON, "F9", _verificar),
    Side.PADRON: _Place(Permiso.IMPORTAR_PADRON, "F10", _padron),
    Side.REIMPRIMIR: _Place(Permiso.REIMPRIMIR, "F11", _reimprimir),
    # The users' screen leads to it.
    Side.REGLAMENTO: _Place(Permiso.ADMINISTRAR_REGLAMENTO, "F11", _reglamento, in_header=False),
}
# Where a role begins, instead of the wizard.
_HOMES: dict[Rol, Side] = {Rol.SUPERVISOR: Side.SUPERVISION, Rol.ADMINISTRADOR: Side.USUARIOS}


def allowed(sesion: Sesion) -> tuple[Side, ...]:
    """Return the screens a person may open."""
    return tuple(side for side, place in _PLACES.items() if may(sesion, place.permiso))


def key_of(side: Side) -> str:
    """Return the key that opens a screen; two screens that nobody may both open can share one."""
    return _PLACES[side].key


def in_header(side: Side) -> bool:
    """Tell whether a screen has a button in the header."""
    return _PLACES[side].in_header


def home_of(sesion: Sesion) -> Side | None:
    """Return the screen that a person begins at, None for the wizard."""
    return _HOMES.get(sesion.rol)


class Sides(QObject):
    """Opens the screens in the window's stack, and leads back to where one came from as it was left.

    One comes from the wizard, or from the home of one's role; and from that to the wizard.
    """

    def __init__(self, stack: QStackedWidget, wizard: WizardHost | None, desk: SideDesk) -> None:
        """Take the stack, and the wizard of a session that has one: without it there must be a home."""
        # Guards the focus for as long as there is something to guard.
        super().__init__(wizard if wizard is not None else stack)
        self._stack = stack
        self._wizard = wizard
        self._desk = desk
        self._home = home_of(desk.sesion)
        self._from_home = wizard is None
        self._screens: dict[Side, QWidget] = {}
        self._left: QWidget | None = None  # what had the focus in the wizard
        desk.ways.side.connect(self.open)
        desk.ways.tramite.connect(self.attend)
        application = QApplication.instance()
        if wizard is not None and isinstance(application, QApplication):
            application.focusChanged.connect(self._guard)

    def get(self, side: Side) -> QWidget | None:
        """Return a screen that was opened in this session."""
        return self._screens.get(side)

    def begin(self) -> None:
        """Show what a session begins with."""
        if self._home is not None:
            self.open(self._home)
        else:
            self._show_wizard()

    def open(self, side: Side) -> None:
        """Show a screen with the focus where the next key goes."""
        if side not in allowed(self._desk.sesion):
            return
        current = self._stack.currentWidget()
        if current is self._wizard:
            self._left = QApplication.focusWidget()
            self._from_home = False
        elif self._is_home(current):
            self._from_home = True
        if side not in self._screens:
            made = _PLACES[side].make(self._desk)
            self._screens[side] = made
            cast("_Screen", made).closed.connect(self.back)
            self._stack.addWidget(made)
        self._stack.setCurrentWidget(self._screens[side])
        self.focus_current()

    def attend(self, numero: str) -> None:
        """Take up a trámite in the wizard; what is there is saved first, as a lock does."""
        if self._wizard is not None:
            self._left = None
            self._stack.setCurrentWidget(self._wizard)
            self._wizard.take_up(numero)

    def focus_current(self) -> bool:
        """Put the focus in the screen shown, if it is one of these; tell whether it is."""
        current = self._stack.currentWidget()
        if current not in self._screens.values():
            return False
        cast("_Screen", current).focus_first()
        return True

    def back(self) -> None:
        """Show where one came from; from the home that is the wizard, for who has one."""
        if self._home is not None and self._from_home and not self._is_home(self._stack.currentWidget()):
            self.open(self._home)
        else:
            self._show_wizard()

    def _is_home(self, screen: QWidget | None) -> bool:
        return self._home is not None and screen is not None and screen is self._screens.get(self._home)

    def _show_wizard(self) -> None:
        """Show the wizard, with the focus where it was unless the wizard went on meanwhile."""
        if self._wizard is None:
            return
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
        wizard = self._wizard
        if wizard is None or new is None or not (new is wizard or wizard.isAncestorOf(new)):
            return
        if self._stack.currentWidget() is wizard:
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
        if self._wizard is None:
            self.deleteLater()
        return list(self._screens.values())
