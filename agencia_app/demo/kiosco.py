"""The kiosk in the demonstration: a visit by keys, and what it says when something is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from agencia_app import app
from agencia_app.services import demostracion
from agencia_app.ui.kiosco.pages import BringPage, CedulaEntry, ConsiderPage, MessagePage, PlanillaPage

if TYPE_CHECKING:
    from agencia_app.demo.driver import Driver
    from agencia_app.settings import Settings
    from agencia_app.ui.tasks import Tasks

FOLDER = "kiosco"  # of its papers
_CEDULA, _BORN, _NOT_BORN = "2459999047", "12081955", "12081956"
_WRONG_CEDULA = "2459999074"


def visit(drive: Driver, config: Settings, tasks: Tasks) -> None:
    """Show every screen of the kiosk, print both its papers, and close it as an administrador would."""
    demostracion.prepare_kiosk(config)
    window = app.kiosk_window(replace(config, papers_folder=config.papers / FOLDER), tasks)
    drive.turn_to(window)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()

    def at(kind: type[object], what: str) -> None:
        drive.wait(lambda: isinstance(window.page, kind) and not tasks.busy, what)

    def answer(born: str) -> None:
        drive.write(_CEDULA)
        drive.press(Qt.Key.Key_Return)
        drive.write(born)

    at(CedulaEntry, "kiosco")
    drive.picture("kiosco-inicio")
    drive.write(_WRONG_CEDULA)
    drive.press(Qt.Key.Key_Return)
    drive.picture("kiosco-cedula-mal")
    window.start()
    answer(_NOT_BORN)
    drive.press(Qt.Key.Key_Return)
    at(MessagePage, "kiosco, sin coincidencia")
    drive.picture("kiosco-no-coincide")
    drive.press(Qt.Key.Key_Return)
    answer(_BORN)
    drive.picture("kiosco-nacimiento")
    drive.press(Qt.Key.Key_Return)
    at(ConsiderPage, "kiosco, consideraciones")
    drive.picture("kiosco-consideraciones")
    drive.press(Qt.Key.Key_Return)
    page = window.page
    if isinstance(page, PlanillaPage):
        drive.picture("kiosco-planilla")
        page.choices["luz"].click()
    at(BringPage, "kiosco, qué traer")
    drive.picture("kiosco-traer")
    bring = window.page
    assert isinstance(bring, BringPage)  # noqa: S101 - for the type checker
    for button, paper in ((bring.list_button, "lista"), (bring.solicitud_button, "solicitud")):
        button.click()
        drive.wait(lambda: bring.notice.kind == "done" and not tasks.busy, f"kiosco, {paper}")
    drive.picture("kiosco-impreso")
    window.leave_button.click()
    drive.picture("kiosco-cerrar")
    window.shut()
