"""The pensioner's screen: large, of the person attended alone, and empty at every other moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QScreen
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from agencia_app.models.domain.clave import grouped
from agencia_app.models.domain.persona import EstadoPersona
from agencia_app.models.domain.tramite import Tramite
from agencia_app.services.printers.base import Paper
from agencia_app.services.registry import Services
from agencia_app.ui.persona_screen import SMALLEST, WELCOME, PersonaScreen, PersonaWindow
from agencia_app.ui.persona_words import MOMENT, NONE_YET, SEALED, WILL_STOP, Vista
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import CEDULAS, add_people, person, ready_to_issue, sign_in, signed_in
from tests.ui.pages import WizardDriver
from tests.ui.windows import unclipped, words

VISTA = Vista(
    "DE LA TORRE FICTICIA NÚÑEZ DE LOS MONTEROS MARÍA JOSÉ DE LAS MERCEDES",
    "24•••••005",
    "Paso 5 de 6: su clave",
    WILL_STOP,
)


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[PersonaWindow]:
    assert theme.zoom == 1.0
    made = PersonaWindow("Agencia Quito Norte")
    qtbot.addWidget(made)
    yield made
    made.hide()


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme) -> WizardDriver:
    return WizardDriver(qtbot, services, sign_in(services), tasks, theme)


def luminance(color: QColor) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = (color.redF(), color.greenF(), color.blueF())
    r, g, b = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1024, 768), (1366, 768), (1920, 1080)])
def test_everything_is_large_readable_and_whole(
    qtbot: QtBot, theme: Theme, window: PersonaWindow, scheme: str, size: tuple[int, int]
) -> None:
    theme.set_scheme(scheme)  # type: ignore[arg-type]
    window.show_view(VISTA)
    window.resize(*size)
    window.show()
    unclipped(qtbot, window)
    for label in window.findChildren(QLabel):
        assert label.font().pixelSize() >= SMALLEST
        ground = "header" if label is window.agency else "background"
        light, dark = sorted(
            (
                luminance(label.palette().color(label.foregroundRole())),
                luminance(theme.color(ground)),
            ),
            reverse=True,
        )
        assert (light + 0.05) / (dark + 0.05) >= 4.5, label.text()
    theme.set_zoom(0.8)
    assert all(label.font().pixelSize() >= SMALLEST for label in window.findChildren(QLabel))


def test_nothing_of_the_person_before_is_left(window: PersonaWindow) -> None:
    window.show_view(VISTA)
    window.resize(1280, 800)
    window.show()
    assert VISTA.nombre in words(window)
    window.show_view(None)
    assert words(window) == f"Agencia Quito Norte {WELCOME}"
    assert all(VISTA.nombre not in label.text() for label in window.findChildren(QLabel))


def test_it_takes_no_key_and_holds_no_application_open(window: PersonaWindow) -> None:
    assert window.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    assert window.windowFlags() & Qt.WindowType.FramelessWindowHint
    assert not window.testAttribute(Qt.WidgetAttribute.WA_QuitOnClose)
    assert window.focusPolicy() is Qt.FocusPolicy.NoFocus


class _Screen:
    """A monitor at a place, as far as arranging asks it."""

    def __init__(self, *place: int) -> None:
        self._place = QRect(*place)

    def geometry(self) -> QRect:
        return self._place


@pytest.mark.usefixtures("theme")
def test_a_mirror_of_the_operators_monitor_is_no_second_one(qtbot: QtBot) -> None:
    main = QWidget()
    qtbot.addWidget(main)
    screen = PersonaScreen(main, "Agencia")
    own: QScreen = QGuiApplication.primaryScreen()
    for others in ((), (own,), (_Screen(0, 0, 640, 480),)):
        screen.arrange((own, *others), own)
        assert not screen.window.isVisible()
    screen.close()
    delete(screen)


def shown(wizard: WizardDriver) -> Vista | None:
    return wizard.host.vista


def texts(wizard: WizardDriver) -> tuple[str, str]:
    vista = wizard.host.vista
    assert vista is not None
    return vista.paso, vista.texto


def test_each_step_says_what_the_person_does_and_never_a_clave(
    wizard: WizardDriver, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    claves: list[str] = []
    compose = services.papeles.hoja_clave

    def noted(tramite: Tramite, clave: str) -> Paper:
        claves.append(clave)
        return compose(tramite, clave)

    monkeypatch.setattr(services.papeles, "hoja_clave", noted)
    said: list[Vista | None] = []
    wizard.host.told.connect(lambda: said.append(wizard.host.vista))
    assert shown(wizard) is None
    wizard.scan(CEDULAS[0])
    wizard.settle()
    vista = shown(wizard)
    assert vista is not None
    assert (vista.nombre, vista.cedula) == ("FICTICIA NÚÑEZ MARÍA JOSÉ", "24•••••005")
    assert texts(wizard)[0] == "Paso 2 de 6: su identidad"
    wizard.press(Qt.Key.Key_F10)
    wizard.settle()
    assert texts(wizard)[1] == MOMENT
    wizard.press(Qt.Key.Key_Escape)
    wizard.settle()
    wizard.letter("E")
    wizard.write("04012035")
    wizard.enter()
    assert texts(wizard)[0] == "Paso 3 de 6: sus documentos"
    wizard.write("1L")
    wizard.enter()
    assert "condiciones" in texts(wizard)[1]
    wizard.enter()
    assert "fírmela" in texts(wizard)[1]
    wizard.enter()
    assert texts(wizard) == ("Paso 5 de 6: su clave", NONE_YET)
    wizard.enter()
    assert texts(wizard)[1] == SEALED
    wizard.enter()
    assert "recibo" in texts(wizard)[0]
    wizard.enter()
    assert shown(wizard) is None
    assert said[-1] is None
    (clave,) = claves
    for each in said:
        assert clave not in str(each)
        assert grouped(clave) not in str(each)
        assert CEDULAS[0] not in str(each)


def test_who_has_a_clave_is_told_that_it_stops(wizard: WizardDriver, services: Services) -> None:
    operador = signed_in(services, "b.ejemplo", 2)
    first = ready_to_issue(services, operador)
    services.claves.issue(operador, first.numero)
    services.claves.confirm_slip(operador, first.numero, 1)
    services.tramites.finish(operador, first.numero)
    ready_to_issue(services, operador)
    wizard.scan(CEDULAS[0])
    wizard.settle()
    assert texts(wizard) == ("Paso 5 de 6: su clave", WILL_STOP)


def test_who_is_stopped_or_searched_is_shown_to_nobody(wizard: WizardDriver, services: Services) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], estado=EstadoPersona.SUSPENDIDO))
    wizard.scan(CEDULAS[1])
    wizard.settle()
    assert wizard.at == "Stop"
    assert wizard.host.vista is None
    wizard.enter()
    wizard.write("ficticia")
    wizard.settle()
    assert wizard.host.vista is None


_TWO = {
    "screens": [
        {"name": "uno", "x": 0, "y": 0, "width": 1280, "height": 800},
        {"name": "dos", "x": 1280, "y": 0, "width": 1024, "height": 768},
    ]
}


def test_with_two_monitors_it_is_on_the_second_and_empty_after_a_lock(tmp_path: Path) -> None:
    """The whole window in a process of its own, over a platform with two screens."""
    screens = tmp_path / "pantallas.json"
    screens.write_text(json.dumps(_TWO), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.ui.two_screens_child", str(tmp_path / "datos")],
        env=os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={screens}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == [
        ["login", True, [1280, 0, 1024, 768], None],
        ["attended", True, [1280, 0, 1024, 768], "FICTICIA NÚÑEZ MARÍA JOSÉ"],
        ["beside", True, [1280, 0, 1024, 768], None],
        ["back", True, [1280, 0, 1024, 768], "FICTICIA NÚÑEZ MARÍA JOSÉ"],
        ["locked", True, [1280, 0, 1024, 768], None],
        ["unplugged", False, None, None],
        ["plugged", True, [1280, 0, 1024, 768], None],
    ]
