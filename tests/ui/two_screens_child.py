"""A window with ``pantalla_persona`` on a platform of two screens; prints what the second shows at each moment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from agencia_app import app
from agencia_app.demo.driver import Driver
from agencia_app.ui.sides import Side
from tests.factories import CEDULAS, PASSWORD, make_services


def main(data: Path) -> None:
    """Sign in, attend, open a screen beside, lock, and take the second monitor away and back."""
    services = make_services(data, pantalla_persona=True)
    shown = app.show_window(services.settings, lambda: services)
    window, drive = shown.window, Driver(shown.window, shown.theme, None)
    seen: list[list[object]] = []

    def note(when: str) -> None:
        assert window.persona is not None
        second = window.persona.window
        at = second.geometry()
        place = [at.x(), at.y(), at.width(), at.height()] if second.isVisible() else None
        seen.append([when, second.isVisible(), place, second.name.text() or None])

    drive.wait(lambda: window.persona is not None and not shown.tasks.busy, "inicio")
    note("login")
    window.activateWindow()  # this platform gives the focus to whatever is shown
    drive.wait(window.isActiveWindow, "foco")
    window.login.reset()
    drive.write("a.ejemplo")
    drive.press(Qt.Key.Key_Return)
    drive.write(PASSWORD)
    drive.press(Qt.Key.Key_Return)
    drive.wait(lambda: window.wizard is not None and window.wizard.isVisible(), "ingreso")
    wizard = window.wizard
    assert wizard is not None
    drive.wait(lambda: wizard.is_ready() and not shown.tasks.busy, "asistente")
    drive.scan(CEDULAS[0])
    drive.wait(lambda: wizard.is_ready() and wizard.vista is not None, "persona")
    note("attended")
    drive.press(Qt.Key.Key_F9)
    drive.wait(lambda: window.side(Side.VERIFICAR) is not None and not shown.tasks.busy, "verificar")
    note("beside")
    drive.press(Qt.Key.Key_Escape)
    drive.wait(wizard.isVisible, "vuelta")
    note("back")
    drive.press(Qt.Key.Key_F12)
    note("locked")
    assert window.persona is not None
    first = window.screen()
    (second,) = (each for each in QGuiApplication.screens() if each is not first)
    window.persona.arrange([first], first)
    note("unplugged")
    window.persona.arrange([first, second], first)
    again = window.persona.window
    drive.wait(lambda: again.isVisible() and again.geometry() == second.geometry(), "de vuelta")
    note("plugged")
    drive.wait(lambda: not shown.tasks.busy, "salida")
    window.close()
    shown.collector.stop()
    services.database.close()
    QTest.qWait(0)
    sys.stdout.write(json.dumps(seen, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
