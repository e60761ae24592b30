"""Signing in, and the lock after five tries."""

from __future__ import annotations

import pytest

from agencia_app import app
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import Rol
from agencia_app.services.registry import Services
from tests.factories import PASSWORD, Clock, sign_in


def refused(
    services: Services, usuario: str = "a.ejemplo", password: str = "mala", ventanilla: int = 4
) -> str:
    with pytest.raises(KnownError) as caught:
        services.usuarios.sign_in(usuario, password, ventanilla)
    return caught.value.code


def test_sign_in_at_a_window_in_any_spelling(services: Services) -> None:
    sesion = services.usuarios.sign_in(" A.Ejemplo ", PASSWORD, 4)
    assert (sesion.usuario, sesion.nombre, sesion.rol, sesion.ventanilla) == (
        "a.ejemplo",
        "A. Ejemplo",
        Rol.OPERADOR,
        4,
    )


def test_unknown_user_and_wrong_password_read_alike(services: Services) -> None:
    assert refused(services) == refused(services, usuario="nadie") == "usuario.wrong"
    assert refused(services, ventanilla=13, password=PASSWORD) == "usuario.ventanilla"


def test_five_tries_lock_until_a_quarter_of_an_hour_has_passed_also_over_a_restart(
    services: Services,
    clock: Clock,
) -> None:
    assert [refused(services) for _ in range(5)] == ["usuario.wrong"] * 4 + ["usuario.locked"]
    assert refused(services, password=PASSWORD) == "usuario.locked"
    services.database.close()
    again = app.open_services(services.settings, clock)
    assert refused(again, password=PASSWORD) == "usuario.locked"
    clock.move(minutes=15, seconds=1)
    assert sign_in(again).usuario == "a.ejemplo"
    again.database.close()


def test_a_right_password_forgets_the_tries(services: Services) -> None:
    for _ in range(4):
        refused(services)
    sign_in(services)
    assert [refused(services) for _ in range(4)] == ["usuario.wrong"] * 4


@pytest.mark.parametrize(
    ("usuario", "password", "code"),
    [
        ("con espacio", PASSWORD, "usuario.name"),
        ("x", PASSWORD, "usuario.name"),
        ("nuevo", "corta", "usuario.password_short"),
        ("ventanilla", "Ventanilla", "usuario.password_same"),
        ("A.EJEMPLO", PASSWORD, "usuario.exists"),
    ],
)
def test_users_that_are_refused(services: Services, usuario: str, password: str, code: str) -> None:
    with pytest.raises(KnownError) as caught:
        services.usuarios.create(usuario, "", Rol.OPERADOR, password)
    assert caught.value.code == code
