"""The users' screen by keys: making one, a temporary password, a lock lifted, stopped and taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import EstadoUsuario, Rol
from agencia_app.services.registry import Services
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.usuarios_screen import UsuariosScreen
from tests.factories import PASSWORD, sign_in_as
from tests.ui.windows import WAIT, focus, focused, idle, notices, press, scan, show, unclipped, words, working


@pytest.fixture
def desk(services: Services, tasks: Tasks) -> Iterator[SideDesk]:
    with working(services, tasks, sign_in_as(services, "admin")) as made:
        yield made


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks) -> UsuariosScreen:
    made = UsuariosScreen(desk)
    show(qtbot, made)
    idle(qtbot, tasks)
    return made


def _choose(screen: UsuariosScreen, usuario: str) -> None:
    """Go down the list to somebody, by key."""
    press(Qt.Key.Key_Home)
    for _ in screen.table.usuarios:
        chosen = screen.table.usuario
        if chosen is not None and chosen.usuario == usuario:
            return
        press(Qt.Key.Key_Down)
    raise AssertionError(usuario)


def _buttons(screen: UsuariosScreen) -> set[str]:
    return {each.text() for each in screen.findChildren(QAbstractButton) if each.isVisible() and each.text()}


def test_the_list_says_who_may_sign_in(screen: UsuariosScreen) -> None:
    assert [each.usuario for each in screen.table.usuarios] == [
        "a.ejemplo",
        "b.ejemplo",
        "s.ejemplo",
        "t.ejemplo",
        "admin",
    ]
    assert focused() == "Usuarios"
    assert "a.ejemplo · operador · activo" in words(screen)
    assert {"Contraseña temporal", "Desactivar", "Usuario nuevo", "Requisitos"} <= _buttons(screen)
    assert "Volver" not in _buttons(screen)  # an administrador has no other place
    _choose(screen, "admin")
    assert "Es usted" in words(screen)
    assert not {"Contraseña temporal", "Desactivar"} & _buttons(screen)


def test_a_user_is_made_by_keys_alone(
    qtbot: QtBot, screen: UsuariosScreen, services: Services, tasks: Tasks
) -> None:
    press(Qt.Key.Key_Return)
    assert focused() == "Nombre y apellidos"
    scan("Marta Ejemplo")
    assert focused() == "Usuario"
    scan("aejemplo")
    assert focused() == "Operador"
    press(Qt.Key.Key_Right)
    press(Qt.Key.Key_Return)
    assert focused() == "Contraseña temporal"
    scan("temporal-1")
    scan("temporal-2")
    assert "no son iguales" in notices(screen)
    scan("temporal-1")
    scan("temporal-1")
    qtbot.waitUntil(lambda: "casi igual" in notices(screen), timeout=WAIT)  # as a.ejemplo
    assert focused() == "Usuario"
    scan("m.ejemplo")
    qtbot.waitUntil(lambda: "m.ejemplo ya puede ingresar" in notices(screen), timeout=WAIT)
    idle(qtbot, tasks)
    chosen = screen.table.usuario
    assert chosen is not None
    assert (chosen.usuario, chosen.nombre, chosen.rol, chosen.estado) == (
        "m.ejemplo",
        "Marta Ejemplo",
        Rol.SUPERVISOR,
        EstadoUsuario.DEBE_CAMBIAR,
    )
    with pytest.raises(KnownError, match=r"usuario\.must_change"):
        services.usuarios.sign_in("m.ejemplo", "temporal-1", 4)


def test_esc_leaves_a_form_with_nothing_done(screen: UsuariosScreen, services: Services) -> None:
    press(Qt.Key.Key_Return)
    scan("Marta Ejemplo")
    press(Qt.Key.Key_Escape)
    assert focus() is screen.table
    press(Qt.Key.Key_Delete)
    assert "¿Desactivar a A. Ejemplo" in words(screen)
    press(Qt.Key.Key_Escape)
    assert focus() is screen.table
    assert len(services.usuarios.listed(None)) == 5
    assert {each.estado for each in services.usuarios.listed(None)} == {EstadoUsuario.ACTIVO}


def test_somebody_is_stopped_and_taken_back(
    qtbot: QtBot, screen: UsuariosScreen, services: Services, tasks: Tasks
) -> None:
    _choose(screen, "b.ejemplo")
    press(Qt.Key.Key_Delete)
    assert focused() == "Sí, desactivar"
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "b.ejemplo quedó desactivado" in notices(screen), timeout=WAIT)
    idle(qtbot, tasks)
    with pytest.raises(KnownError, match=r"usuario\.inactive"):
        sign_in_as(services, "b.ejemplo")
    assert "Reactivar" in _buttons(screen)
    press(Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "puede ingresar de nuevo" in notices(screen), timeout=WAIT)
    assert sign_in_as(services, "b.ejemplo").usuario == "b.ejemplo"


def test_a_temporary_password_and_a_lock_lifted(
    qtbot: QtBot, screen: UsuariosScreen, services: Services, tasks: Tasks
) -> None:
    for _ in range(5):
        with pytest.raises(KnownError):
            services.usuarios.sign_in("s.ejemplo", "mala", 4)
    screen.focus_first()
    idle(qtbot, tasks)
    _choose(screen, "s.ejemplo")
    assert "bloqueado hasta las 10:57" in words(screen)
    press(Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: "ya no está bloqueado" in notices(screen), timeout=WAIT)
    idle(qtbot, tasks)
    assert sign_in_as(services, "s.ejemplo").usuario == "s.ejemplo"
    press(Qt.Key.Key_F7)
    assert "Contraseña temporal de S. Ejemplo" in words(screen)
    for _ in range(2):
        scan("corta")
    qtbot.waitUntil(lambda: "al menos 8" in notices(screen), timeout=WAIT)
    for _ in range(2):
        scan("temporal-1")
    qtbot.waitUntil(lambda: "s.ejemplo tiene una contraseña temporal" in notices(screen), timeout=WAIT)
    with pytest.raises(KnownError, match=r"usuario\.wrong"):
        services.usuarios.sign_in("s.ejemplo", PASSWORD, 4)


def test_what_somebody_else_did_meanwhile_is_told(
    qtbot: QtBot, screen: UsuariosScreen, services: Services, tasks: Tasks
) -> None:
    _choose(screen, "b.ejemplo")
    press(Qt.Key.Key_Delete)
    services.usuarios.deactivate(None, "b.ejemplo")
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "ya está desactivado" in notices(screen), timeout=WAIT)


@pytest.mark.parametrize("width", [900, 1280])
@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_nothing_is_clipped(
    qtbot: QtBot, screen: UsuariosScreen, theme: Theme, zoom: float, width: int
) -> None:
    theme.set_zoom(zoom)
    screen.resize(width, 720)
    unclipped(qtbot, screen)
    press(Qt.Key.Key_F7)
    unclipped(qtbot, screen)
    press(Qt.Key.Key_Escape)
    press(Qt.Key.Key_Delete)
    unclipped(qtbot, screen)
    press(Qt.Key.Key_Escape)
    press(Qt.Key.Key_Return)
    unclipped(qtbot, screen)
