"""The pensioner's screen: the second monitor of a window, in large type.

It shows what the wizard tells of the person attended and asks no service. It takes no key and no focus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont, QGuiApplication, QResizeEvent, QScreen
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import SignalInstance

    from agencia_app.ui.persona_words import Vista

WELCOME = "Bienvenido"
SMALLEST = 40  # pixels of the smallest type, on whatever screen
# The height of a screen over the type of each line.
_LINE, _TEXT, _NAME = 24, 15, 17


class PersonaWindow(QWidget):
    """What the person sees. Without a person it welcomes whoever comes."""

    def __init__(self, agencia: str) -> None:
        super().__init__(
            None,
            Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowDoesNotAcceptFocus,
        )
        self.setObjectName("screen")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setWindowTitle("Pantalla de la persona")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._agencia = agencia
        self.agency, self.step, self.name, self.number, self.text = (QLabel() for _ in range(5))
        band = QFrame()
        band.setObjectName("personaBand")
        self._band = QVBoxLayout(band)
        self._body = QVBoxLayout()
        self.agency.setObjectName("personaAgency")
        self.text.setObjectName("personaText")
        self.number.setProperty("role", "muted")
        self._band.addWidget(self.agency)
        for label in (self.step, self.name, self.number):
            self._body.addWidget(label)
        self._body.addStretch(1)
        self._body.addWidget(self.text)
        self._body.addStretch(2)
        for label in (self.agency, self.step, self.name, self.number, self.text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(band)
        whole.addLayout(self._body, 1)
        self.show_view(None)

    def show_view(self, vista: Vista | None) -> None:
        """Show an attention, or welcome the next person: nothing of the one before is left."""
        self.agency.setText(self._agencia)
        self.step.setText(vista.paso if vista is not None else "")
        self.name.setText(vista.nombre if vista is not None else "")
        self.number.setText(f"Cédula {vista.cedula}" if vista is not None else "")
        self.text.setText(vista.texto if vista is not None else WELCOME)
        for label in (self.step, self.name, self.number):
            label.setVisible(vista is not None)
        self.setAccessibleName(self.text.text())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the type that the screen has room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # By the screen, and not by the zoom: that is the operator's.
        height = self.height()
        edge = max(SMALLEST // 2, height // 24)
        self._band.setContentsMargins(edge * 2, edge // 2, edge * 2, edge // 2)
        self._body.setContentsMargins(edge * 2, edge, edge * 2, edge)
        self._body.setSpacing(edge // 2)
        for label, share, bold in (
            (self.agency, _LINE, True),
            (self.step, _LINE, False),
            (self.name, _NAME, True),
            (self.number, _LINE, False),
            (self.text, _TEXT, True),
        ):
            label.setFont(_face(max(SMALLEST, height // share), bold=bold))


class PersonaScreen(QObject):
    """Puts the window on a monitor that the main window is not on, for as long as there is one."""

    def __init__(self, main: QWidget, agencia: str) -> None:
        super().__init__(main)
        self._main = main
        self.window = PersonaWindow(agencia)
        application = cast("QGuiApplication", QGuiApplication.instance())
        changes: tuple[SignalInstance, ...] = (application.screenAdded, application.screenRemoved)
        for each in changes:
            each.connect(self._look, Qt.ConnectionType.QueuedConnection)
        handle = main.windowHandle()
        if handle is not None:
            handle.screenChanged.connect(self._look, Qt.ConnectionType.QueuedConnection)
        self._look()

    def show_view(self, vista: Vista | None) -> None:
        """Show an attention, or nobody's."""
        self.window.show_view(vista)

    def close(self) -> None:
        """Take the window away for good."""
        self.window.show_view(None)
        self.window.close()
        self.window.deleteLater()

    def _look(self) -> None:
        self.arrange(QGuiApplication.screens(), self._main.screen())

    def arrange(self, screens: Sequence[QScreen], own: QScreen) -> None:
        """Show the window on the first of the screens beside the operator's own, or nowhere.

        One that mirrors the operator's is no other: the window would cover theirs.
        """
        other = next((each for each in screens if not each.geometry().intersects(own.geometry())), None)
        if other is None:
            self.window.hide()
            return
        self.window.setScreen(other)
        self.window.setGeometry(other.geometry())
        # Not showFullScreen(): that would take the keyboard from the operator's window.
        self.window.setWindowState(Qt.WindowState.WindowFullScreen)
        self.window.show()


def _face(size: int, *, bold: bool) -> QFont:
    face = look.font(bold=bold)
    face.setPixelSize(size)
    return face
