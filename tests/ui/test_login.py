"""The window from its first paint to a lock: signing in, waiting, failing, and what every screen shares."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services.demostracion import USERS
from agencia_app.services.registry import Services
from agencia_app.ui.main_window import MainWindow
from agencia_app.ui.sides import allowed
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import PASSWORD, sign_in_as

TEMPORARY = "temporal-1"
WAIT = 20_000  # ms; a password takes its time on a slow machine


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tasks: Tasks) -> Iterator[MainWindow]:
    made = MainWindow(theme, tasks, Tasks(threads=1))
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.drawn), qtbot.waitActive(made):
        made.show()
    yield made
    made.close()


def _focus() -> QWidget:
    focus = QApplication.focusWidget()
    assert focus is not None
    return focus


def _type(text: str) -> None:
    """Type into whatever has the focus, and press Enter."""
    QTest.keyClicks(_focus(), text)
    QTest.keyClick(_focus(), Qt.Key.Key_Return)


def _sign_in(qtbot: QtBot, window: MainWindow, usuario: str = "a.ejemplo") -> None:
    for text in (usuario, PASSWORD, "4"):
        _type(text)
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)


def _words(window: QWidget) -> str:
    return " · ".join(each.text() for each in window.findChildren(QLabel) if each.isVisible())


def test_keys_are_taken_at_once_and_enter_goes_on_from_field_to_field(window: MainWindow) -> None:
    assert _focus() is window.login.user
    _type("a.ejemplo")
    assert _focus() is window.login.password
    _type("secreta-1")
    assert _focus() is window.login.ventanilla
    assert "secreta-1" not in _words(window)
    assert window.login.password.displayText() != "secreta-1"


def test_a_sign_in_before_the_services_waits_and_goes_on(
    qtbot: QtBot, window: MainWindow, services: Services
) -> None:
    window.resize(1280, 800)  # a narrower header leaves out the agency
    for text in ("a.ejemplo", PASSWORD, "4"):
        _type(text)
    assert "Preparando" in window.login.notice.text
    assert window.login.isVisible()
    window.set_services(services)
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)
    assert window.sesion is not None
    assert (window.sesion.usuario, window.sesion.ventanilla) == ("a.ejemplo", 4)
    words = _words(window)
    assert "Agencia Quito Norte · Ventanilla 4" in words
    assert "A. Ejemplo · operador" in words
    assert window.login.password.text() == ""
    wizard = window.wizard
    assert wizard is not None
    qtbot.waitUntil(lambda: wizard.isAncestorOf(_focus()), timeout=WAIT)


def test_a_wrong_password_is_asked_again_and_the_name_kept(
    qtbot: QtBot, window: MainWindow, services: Services
) -> None:
    window.set_services(services)
    for text in ("a.ejemplo", "equivocada-1", "4"):
        _type(text)
    qtbot.waitUntil(lambda: window.login.notice.kind == "error", timeout=WAIT)
    assert "no son correctos" in window.login.notice.text
    assert window.login.user.text() == "a.ejemplo"
    assert window.login.password.text() == ""
    assert _focus() is window.login.password
    _type(PASSWORD)  # and from here it is one field and Enter
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)


@pytest.mark.parametrize("ventanilla", ["0", "99"])
def test_a_window_the_agency_does_not_have(
    qtbot: QtBot, window: MainWindow, services: Services, ventanilla: str
) -> None:
    window.set_services(services)
    for text in ("a.ejemplo", PASSWORD, ventanilla):
        _type(text)
    qtbot.waitUntil(lambda: window.login.notice.kind == "error", timeout=WAIT)
    assert "ventanilla" in window.login.notice.text.lower()
    assert _focus() is window.login.ventanilla
    assert window.login.password.text() == PASSWORD


def test_trouble_with_the_database_is_told_with_what_to_do(window: MainWindow) -> None:
    for text in ("a.ejemplo", PASSWORD, "4"):
        _type(text)
    window.services_failed(KnownError("base.newer"))
    assert "Actualice" in window.login.notice.text
    assert not window.login.enter.isEnabled()


def test_capitals_are_noticed(window: MainWindow) -> None:
    window.login.password.setFocus()
    QTest.keyClicks(_focus(), "A")
    assert "mayúsculas" in _words(window)
    QTest.keyClicks(_focus(), "b")
    assert "mayúsculas" not in _words(window)
    QTest.keyClicks(_focus(), "C", Qt.KeyboardModifier.ShiftModifier)
    assert "mayúsculas" not in _words(window)


def test_a_demonstration_lists_its_users_and_one_key_signs_in(
    qtbot: QtBot, theme: Theme, tasks: Tasks
) -> None:
    window = MainWindow(theme, tasks, Tasks(threads=1), USERS, demostracion=True)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.drawn), qtbot.waitActive(window):
        window.show()
    qtbot.waitUntil(lambda: USERS[-1].password in _words(window))
    words = _words(window)
    assert all(user.usuario in words and user.password in words for user in USERS)
    assert "DEMOSTRACIÓN" in words
    with qtbot.waitSignal(window.login.submitted) as submitted:
        QTest.keyClick(_focus(), Qt.Key.Key_F2)
    assert submitted.args == [USERS[1].usuario, USERS[1].password, 4]


def test_f12_locks_and_the_next_session_begins_clean(
    qtbot: QtBot, window: MainWindow, services: Services, tasks: Tasks
) -> None:
    window.set_services(services)
    _sign_in(qtbot, window)
    before = window.wizard
    QTest.keyClick(_focus(), Qt.Key.Key_F12)
    assert (window.sesion, window.wizard) == (None, None)
    assert "A. Ejemplo" not in _words(window)
    assert _focus() is window.login.password
    assert window.login.user.text() == "a.ejemplo"
    qtbot.waitUntil(lambda: not tasks.busy, timeout=WAIT)
    _type(PASSWORD)
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)
    assert window.wizard is not before


@pytest.mark.parametrize(("usuario", "opens"), [("a.ejemplo", False), ("admin", True)])
def test_f10_opens_the_padron_for_the_administrator_alone(
    qtbot: QtBot, window: MainWindow, services: Services, usuario: str, *, opens: bool
) -> None:
    window.set_services(services)
    for text in (usuario, PASSWORD, "4"):
        _type(text)
    qtbot.waitUntil(lambda: window.sesion is not None and not window.login.isVisible(), timeout=WAIT)
    QTest.keyClick(_focus(), Qt.Key.Key_F10)
    assert ("Cargar el padrón" in _words(window)) is opens


def test_a_bug_is_shown_by_a_number_that_is_in_the_log(
    window: MainWindow, tasks: Tasks, caplog: pytest.LogCaptureFixture
) -> None:
    QTest.keyClicks(_focus(), "a.ejem")
    logger = logging.getLogger("agencia_app")
    logger.addHandler(caplog.handler)
    try:
        tasks.failed.emit(ZeroDivisionError("valor secreto"))
    finally:
        logger.removeHandler(caplog.handler)
    assert window.failure is not None
    (report,) = {getattr(record, "report", None) for record in caplog.records}
    assert report is not None
    assert report in window.failure.text
    assert "secreto" not in window.failure.text
    assert window.login.user.text() == "a.ejem"
    window.failure.dismiss.click()
    assert not window.failure.isVisible()


def test_a_known_error_nobody_took_is_a_sentence_without_a_report(window: MainWindow, tasks: Tasks) -> None:
    tasks.failed.emit(KnownError("base.locked"))
    assert window.failure is not None
    assert "Otro programa" in window.failure.text
    assert "informe" not in window.failure.text


def test_closing_waits_for_what_was_begun(qtbot: QtBot, theme: Theme, tasks: Tasks) -> None:
    window = MainWindow(theme, tasks, Tasks(threads=1))
    qtbot.addWidget(window)
    window.show()
    done: list[int] = []
    tasks.run(lambda: 1, done.append)
    window.close()
    assert done == [1]


def test_the_zoom_keys(window: MainWindow, theme: Theme) -> None:
    QTest.keyClick(_focus(), Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert theme.zoom == pytest.approx(1.1)
    QTest.keyClick(_focus(), Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(_focus(), Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert theme.zoom == pytest.approx(0.9)
    QTest.keyClick(_focus(), Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert theme.zoom == 1.0


@pytest.mark.parametrize("zoom", [1.0, 1.5, 2.0])
def test_nothing_of_the_login_is_clipped(
    qtbot: QtBot, theme: Theme, tasks: Tasks, services: Services, zoom: float
) -> None:
    window = MainWindow(theme, tasks, Tasks(threads=1), USERS, demostracion=True)
    qtbot.addWidget(window)
    window.show()
    theme.set_zoom(zoom)
    window.set_services(services)
    window.login.show_refused(KnownError("usuario.wrong", tries=5))

    def fits() -> None:
        assert _clipped(window) == []

    qtbot.waitUntil(fits)


@pytest.mark.parametrize("rol", list(Rol))
def test_a_long_place_gives_way_in_a_narrow_window(
    qtbot: QtBot, theme: Theme, window: MainWindow, rol: Rol
) -> None:
    sesion = Sesion(1, "m.ejemplo", "María Fernanda Ejemplo", rol, 12)
    window.header.show_signed_in(
        "Agencia San Miguel de los Bancos · Ventanilla 12",
        f"{sesion.nombre} · {rol.value}",
        allowed(sesion),
    )
    theme.set_zoom(2.0)
    window.resize(900, 700)

    def fits() -> None:
        assert window.width() == 900
        assert _clipped(window.header) == []

    qtbot.waitUntil(fits)


def _clipped(root: QWidget) -> list[str]:
    found: list[str] = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
            continue
        label: Any = widget
        wanted = widget.minimumSizeHint()
        height = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else wanted.height()
        parent = widget.parentWidget()
        inside = parent is None or parent.rect().contains(widget.geometry())
        if widget.width() < wanted.width() or widget.height() < height or not inside:
            found.append(f"{type(widget).__name__} «{label.text()}» {widget.geometry()} < {wanted}")
    return found


def _temporary(services: Services) -> None:
    admin = sign_in_as(services, "admin")
    services.usuarios.reset_password(admin, "a.ejemplo", TEMPORARY)


def test_a_temporary_password_is_changed_on_the_way_in(
    qtbot: QtBot, window: MainWindow, services: Services
) -> None:
    _temporary(services)
    window.set_services(services)
    for text in ("a.ejemplo", TEMPORARY, "4"):
        _type(text)
    qtbot.waitUntil(lambda: window.login.new_password is not None, timeout=WAIT)
    assert "temporal" in window.login.notice.text
    assert _focus().accessibleName() == "Contraseña nueva"
    assert not window.login.user.isVisible()
    _type("definitiva-1")
    assert _focus().accessibleName() == "Contraseña nueva, otra vez"
    _type("otra-cosa-1")
    assert "no son iguales" in window.login.notice.text
    for _ in range(2):
        _type("corta")
    qtbot.waitUntil(lambda: "al menos 8" in window.login.notice.text, timeout=WAIT)
    for _ in range(2):
        _type("definitiva-1")
    qtbot.waitUntil(lambda: window.wizard is not None and window.wizard.isVisible(), timeout=WAIT)
    assert "definitiva-1" not in _words(window)
    QTest.keyClick(_focus(), Qt.Key.Key_F12)
    assert window.login.new_password is None
    assert _focus() is window.login.password
    _type("definitiva-1")
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)


def test_ones_own_password_is_changed_with_f4(
    qtbot: QtBot, window: MainWindow, services: Services, tasks: Tasks
) -> None:
    window.set_services(services)
    login = window.login
    qtbot.waitUntil(lambda: "Cambiar mi contraseña" in _buttons(login))
    QTest.keyClick(_focus(), Qt.Key.Key_F4)
    assert "primero su usuario" in login.notice.text
    assert _focus() is login.user
    _type("a.ejemplo")
    _type("equivocada-1")
    QTest.keyClicks(_focus(), "4")
    QTest.keyClick(_focus(), Qt.Key.Key_F4)
    assert login.new_password is not None
    for _ in range(2):
        _type("definitiva-1")
    qtbot.waitUntil(lambda: login.new_password is None, timeout=WAIT)  # the old one was wrong
    assert "no son correctos" in login.notice.text
    assert _focus() is login.password
    QTest.keyClicks(_focus(), PASSWORD)
    QTest.keyClick(_focus(), Qt.Key.Key_F4)
    QTest.keyClick(_focus(), Qt.Key.Key_Escape)  # better not
    assert "Contraseña nueva" not in _words(login)
    assert (login.user.text(), login.password.text()) == ("a.ejemplo", "")
    QTest.keyClicks(_focus(), PASSWORD)
    QTest.keyClick(_focus(), Qt.Key.Key_F4)
    for _ in range(2):
        _type("definitiva-1")
    qtbot.waitUntil(lambda: window.wizard is not None and not tasks.busy, timeout=WAIT)
    assert services.usuarios.sign_in("a.ejemplo", "definitiva-1", 4).usuario == "a.ejemplo"


def test_after_a_lock_esc_lets_somebody_else_in_at_the_same_ventanilla(
    qtbot: QtBot, window: MainWindow, services: Services, tasks: Tasks
) -> None:
    window.set_services(services)
    _sign_in(qtbot, window)
    QTest.keyClick(_focus(), Qt.Key.Key_F12)
    assert "Otra persona" in _buttons(window.login)
    QTest.keyClick(_focus(), Qt.Key.Key_Escape)
    assert _focus() is window.login.user
    assert (window.login.user.text(), window.login.ventanilla.text()) == ("", "4")
    assert "Otra persona" not in _buttons(window.login)
    qtbot.waitUntil(lambda: not tasks.busy, timeout=WAIT)
    _type("b.ejemplo")
    _type(PASSWORD)
    qtbot.waitUntil(lambda: window.wizard is not None, timeout=WAIT)
    assert window.sesion is not None
    assert (window.sesion.usuario, window.sesion.ventanilla) == ("b.ejemplo", 4)


def _buttons(root: QWidget) -> set[str]:
    return {each.accessibleName() for each in root.findChildren(QAbstractButton) if each.isVisible()}


def test_tab_goes_round_the_fields_both_ways(window: MainWindow) -> None:
    login = window.login
    order: list[QWidget] = [login.user, login.password, login.ventanilla]
    for field in order[1:]:
        QTest.keyClick(_focus(), Qt.Key.Key_Tab)
        assert _focus() is field
    for field in reversed(order[:-1]):
        QTest.keyClick(_focus(), Qt.Key.Key_Backtab)
        assert _focus() is field
    QTest.keyClick(_focus(), Qt.Key.Key_Backtab)
    assert _focus() is not login.user  # nothing holds the focus fast


def test_nothing_heavy_is_loaded_before_the_login_is_drawn(tmp_path: Path) -> None:
    """The launch figure rests on this: what the first paint imports, in a process of its own."""
    heavy = ("sqlalchemy", "alembic", "reportlab", "barcode", "argon2", "pypdfium2", "python_calamine", "PIL")
    program = f"""
import sys
from pathlib import Path
from agencia_app import app, settings
shown = app.show_window(settings.load(Path({str(tmp_path)!r})), lambda: None)
shown.window.drawn.disconnect()
shown.window.drawn.connect(shown.app.quit)
shown.app.exec()
print([name for name in {heavy!r} if name in sys.modules])
print([name for name in sys.modules if name.startswith("agencia_app.ui.wizard")])
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert ran.stdout.split("\n")[:2] == ["[]", "[]"]
