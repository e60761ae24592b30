"""Page objects: the wizard as a clerk drives it, by keys, and as they read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from agencia_app.models.domain.impresion import Impresion
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.ui.print_monitor import PrintMonitor
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.wizard.autorizacion import AutorizacionPage
from agencia_app.ui.wizard.cedula import CedulaPage
from agencia_app.ui.wizard.clave import ClavePage
from agencia_app.ui.wizard.drafts import Drafts
from agencia_app.ui.wizard.host import WizardHost
from agencia_app.ui.wizard.identidad import IdentidadPage
from agencia_app.ui.wizard.recibo import ReciboPage
from agencia_app.ui.wizard.requisitos import RequisitosPage
from agencia_app.ui.wizard.solicitud import SolicitudPage
from agencia_app.ui.wizard.step import StepPage
from agencia_app.ui.wizard.stop import StopPage

TIMEOUT = 20_000  # ms; only a hung task ever waits so long
LAYOUT_TIMEOUT = 2_000

P = TypeVar("P", bound=StepPage)
Modifier = Qt.KeyboardModifier


class WizardDriver:
    """Sits at the keyboard of a wizard. ``presses`` counts key presses; a scan counts one."""

    def __init__(
        self,
        qtbot: QtBot,
        services: Services,
        sesion: Sesion,
        tasks: Tasks,
        theme: Theme,
        settle_ms: int = 20,
        drafts: Drafts | None = None,
    ) -> None:
        self.bot = qtbot
        self.tasks = tasks
        self.printing = Tasks(threads=1)
        self.monitor = PrintMonitor(services.dispatcher, services.impresiones, self.printing)
        self.monitor.start()
        self.failures: list[Exception] = []
        self.printing.failed.connect(self.failures.append)
        self.host = WizardHost(services, tasks, theme, sesion, self.monitor, drafts=drafts)
        self.host.settle.setInterval(settle_ms)  # a test has no fingers to slip
        self.presses = 0
        qtbot.addWidget(self.host, before_close_func=lambda _: self.stop_printing())
        self.host.resize(1280, 744)
        with qtbot.waitActive(self.host):
            self.host.show()
        self.settle()

    # -- keys --------------------------------------------------------------------------

    def press(self, key: Qt.Key, modifiers: Modifier = Modifier.NoModifier) -> None:
        """Press a key where the focus is, and nothing more."""
        self.presses += 1
        QTest.keyClick(self._focus(), key, modifiers)

    def letter(self, char: str) -> None:
        """Press the key of one character."""
        self.presses += 1
        QTest.keyClicks(self._focus(), char)

    def write(self, text: str) -> None:
        """Type text, one press a character."""
        for char in text:
            self.letter(char)

    def scan(self, *lines: str) -> None:
        """Send what a scanner sends: the lines, each with its Enter. One press for the clerk."""
        before = self.presses
        for line in lines:
            self.write(line)
            self.press(Qt.Key.Key_Return)
        self.presses = before + 1

    def enter(self) -> None:
        """Press Enter and wait until the wizard takes the next one."""
        self.press(Qt.Key.Key_Return)
        self.settle()

    def clear(self) -> None:
        """Empty the field of the first step."""
        self.cedula.cedula.clear()

    def settle(self) -> None:
        """Wait until nothing runs, what can print did, and Enter is taken."""
        self.wait(lambda: self.host.is_ready() and not self.tasks.busy and not self.printing.busy)

    def stop_printing(self) -> None:
        """Finish the round of the printers that runs, and begin no other."""
        if not isValid(self.printing):
            return
        self.printing.close()
        # Here, and not in whatever thread the collector finds them.
        delete(self.monitor)
        delete(self.printing)
        assert not self.failures

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition."""
        self.bot.waitUntil(condition, timeout=TIMEOUT)

    def _focus(self) -> QWidget:
        focus = QApplication.focusWidget()
        assert focus is not None, "nothing has the focus"
        assert self.host is focus or self.host.isAncestorOf(focus), f"the focus left the wizard: {focus}"
        return focus

    # -- what is on the screen ---------------------------------------------------------

    @property
    def focused(self) -> str:
        """What a screen reader calls the widget with the focus."""
        return self._focus().accessibleName()

    @property
    def title(self) -> str:
        return self.host.title.name

    @property
    def subtitle(self) -> str:
        return self.host.title.line.replace("\N{NO-BREAK SPACE}", " ")

    @property
    def at(self) -> str:
        """The page shown, by its name: Cedula, Identidad, …, Stop."""
        return type(self.host.page).__name__.removesuffix("Page")

    @property
    def notices(self) -> str:
        """Everything the page's coloured boxes say."""
        shown = self.host.page.findChildren(Notice)
        return " ".join(each.text for each in shown if each.isVisible())

    @property
    def words(self) -> str:
        """Every text on the page."""
        labels = self.host.page.findChildren(QLabel)
        return " ".join(look.plain(each.text()) for each in labels if each.isVisible())

    @property
    def line(self) -> str:
        """What the line about a paper says, empty without one."""
        return self.host.bar.notice.text if self.host.bar.isVisible() else ""

    @property
    def offers(self) -> tuple[str, ...]:
        """The choices about that paper."""
        return self.host.bar.offers if self.host.bar.isVisible() else ()

    @property
    def job(self) -> Impresion:
        """The print job that the line is about."""
        job = self.host.papers.shown
        assert job is not None, "no paper is in sight"
        return job

    @property
    def primary(self) -> str:
        return self.host.footer.primary.text()

    def can_continue(self) -> bool:
        return self.host.footer.primary.isEnabled()

    def asking(self) -> bool:
        """Tell whether the question is up whether to cancel."""
        return self.host.footer.asking

    def unclipped(self) -> None:
        """Wait until everything on the screen has the room it asks for; fail naming what has not."""
        try:
            self.bot.waitUntil(lambda: not self._clipped(), timeout=LAYOUT_TIMEOUT)
        except self.bot.TimeoutError:
            raise AssertionError("\n".join(self._clipped())) from None

    def _clipped(self) -> list[str]:
        found = []
        for widget in self.host.findChildren(QWidget):
            if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
                continue
            wanted = widget.minimumSizeHint()
            needs_height = (
                widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else wanted.height()
            )
            if widget.width() < wanted.width() or widget.height() < needs_height:
                found.append(
                    f"{type(widget).__name__} «{widget.text()}» {widget.size()} < {wanted}, {needs_height}"
                )
        return found

    @property
    def cedula(self) -> CedulaPage:
        return self._page(CedulaPage)

    @property
    def identidad(self) -> IdentidadPage:
        return self._page(IdentidadPage)

    @property
    def requisitos(self) -> RequisitosPage:
        return self._page(RequisitosPage)

    @property
    def autorizacion(self) -> AutorizacionPage:
        return self._page(AutorizacionPage)

    @property
    def solicitud(self) -> SolicitudPage:
        return self._page(SolicitudPage)

    @property
    def clave(self) -> ClavePage:
        return self._page(ClavePage)

    @property
    def recibo(self) -> ReciboPage:
        return self._page(ReciboPage)

    @property
    def stop(self) -> StopPage:
        return self._page(StopPage)

    def _page(self, kind: type[P]) -> P:
        page = self.host.page
        assert isinstance(page, kind), f"at {type(page).__name__}: {self.title} · {self.notices}"
        return page
