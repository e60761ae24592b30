"""What tests of the screens beside the wizard share: a desk, the keyboard, and reading a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from agencia_app.models.domain.impresion import Impresion
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.ui.print_monitor import PrintMonitor
from agencia_app.ui.side_screen import SideScreen
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.notice import Notice

WAIT = 20_000  # ms; only a hung task ever waits so long
LAYOUT_WAIT = 2_000


@contextmanager
def working(services: Services, tasks: Tasks, sesion: Sesion) -> Iterator[SideDesk]:
    """Give a desk whose print jobs are worked on."""
    printing = Tasks(threads=1)
    monitor = PrintMonitor(services.dispatcher, services.impresiones, printing)
    monitor.start()
    yield SideDesk(services, tasks, sesion, monitor)
    printing.close()
    for each in (monitor, printing):
        delete(each)  # in this thread, and with their timers


def show(qtbot: QtBot, screen: SideScreen, size: tuple[int, int] = (1280, 720)) -> None:
    """Show a screen as the window does."""
    qtbot.addWidget(screen)
    screen.resize(*size)
    with qtbot.waitActive(screen):
        screen.show()
    screen.focus_first()


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None, "nothing has the focus"
    return found


def focused() -> str:
    """What a screen reader calls the widget with the focus."""
    return focus().accessibleName()


def press(key: Qt.Key) -> None:
    QTest.keyClick(focus(), key)


def scan(text: str) -> None:
    """Type into whatever has the focus, and press Enter."""
    QTest.keyClicks(focus(), text)
    press(Qt.Key.Key_Return)


def words(root: QWidget) -> str:
    """Every text in sight."""
    return " ".join(look.plain(each.text()) for each in root.findChildren(QLabel) if each.isVisible())


def notices(root: QWidget) -> str:
    return " ".join(each.text for each in root.findChildren(Notice) if each.isVisible())


def idle(qtbot: QtBot, tasks: Tasks) -> None:
    """Wait until nothing runs."""
    qtbot.waitUntil(lambda: not tasks.busy, timeout=WAIT)


def job_becomes(qtbot: QtBot, desk: SideDesk, number: int, wanted: Callable[[Impresion], bool]) -> Impresion:
    """Wait until the monitor tells of a job what is wanted, and return it."""
    found: list[Impresion] = []

    def told() -> bool:
        found[:] = [job for job in desk.monitor.jobs if job.id == number and wanted(job)]
        return bool(found)

    qtbot.waitUntil(told, timeout=WAIT)
    return found[0]


def unclipped(qtbot: QtBot, root: QWidget) -> None:
    """Wait until everything in sight has the room it asks for; fail naming what has not."""
    try:
        qtbot.waitUntil(lambda: not clipped(root), timeout=LAYOUT_WAIT)
    except qtbot.TimeoutError:
        raise AssertionError("\n".join(clipped(root))) from None


def clipped(root: QWidget) -> list[str]:
    """Name the labels and buttons that are cut, by their own size or their parent's."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
            continue
        if isinstance(widget, QAbstractButton) and not widget.text() and not widget.accessibleName():
            continue  # a corner of Qt's own
        wanted = widget.minimumSizeHint()
        height = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else wanted.height()
        parent = widget.parentWidget()
        inside = parent is None or parent.rect().contains(widget.geometry())
        if widget.width() < wanted.width() or widget.height() < height or not inside:
            found.append(
                f"{type(widget).__name__} «{widget.text()}» {widget.geometry()} < {wanted}, {height}, in {parent}"
            )
    return found
