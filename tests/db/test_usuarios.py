"""Signing in, and the lock after five tries."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from agencia_app import app
from agencia_app.models.db.tables import BitacoraRow, UsuarioRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.permisos import Permiso
from agencia_app.models.domain.usuario import EstadoUsuario, Rol
from agencia_app.services.registry import Services
from agencia_app.services.steady import Steady
from agencia_app.services.steady import steady as real_steady
from tests.factories import PASSWORD, Clock, SteadyClock, sign_in, sign_in_as


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


def lock_out(services: Services) -> None:
    assert [refused(services) for _ in range(5)] == ["usuario.wrong"] * 4 + ["usuario.locked"]
    assert refused(services, password=PASSWORD) == "usuario.locked"


@pytest.mark.parametrize("days", [1, -1])
def test_five_tries_lock_a_quarter_of_an_hour_whatever_the_clock_says(
    services: Services, clock: Clock, steady: SteadyClock, days: int
) -> None:
    lock_out(services)
    clock.move(days=days)
    assert refused(services, password=PASSWORD) == "usuario.locked"
    steady.move(minutes=14, seconds=59)
    assert refused(services, password=PASSWORD) == "usuario.locked"
    steady.move(seconds=2)
    assert sign_in(services).usuario == "a.ejemplo"


def test_a_lock_lasts_over_a_restart_of_the_application(
    services: Services, clock: Clock, steady: SteadyClock
) -> None:
    lock_out(services)
    services.database.close()
    again = app.open_services(services.settings, clock, steady)
    assert refused(again, password=PASSWORD) == "usuario.locked"
    steady.move(minutes=15, seconds=1)
    assert sign_in(again).usuario == "a.ejemplo"
    again.database.close()


def test_a_restart_of_the_machine_begins_a_lock_anew(
    services: Services, clock: Clock, steady: SteadyClock
) -> None:
    lock_out(services)
    steady.move(minutes=14)
    steady.restart()
    assert refused(services, password=PASSWORD) == "usuario.locked"
    steady.move(minutes=14)
    assert refused(services, password=PASSWORD) == "usuario.locked"
    assert len(events(services, Evento.USUARIO_BLOQUEADO)) == 2
    steady.move(minutes=1, seconds=1)
    assert sign_in(services).usuario == "a.ejemplo"


def test_seconds_that_do_not_fit_are_another_start_where_starts_have_no_name(
    services: Services, steady: SteadyClock
) -> None:
    steady.moment = Steady("", 50_000)
    lock_out(services)
    steady.moment = Steady("", 30)
    assert refused(services, password=PASSWORD) == "usuario.locked"
    steady.move(minutes=15, seconds=1)
    assert sign_in(services).usuario == "a.ejemplo"


def test_the_real_steady_clock_goes_forward_in_one_start() -> None:
    first, second = real_steady(), real_steady()
    assert first.arranque == second.arranque
    assert first.segundos <= second.segundos


def test_a_lock_of_before_steady_seconds_begins_anew(services: Services, steady: SteadyClock) -> None:
    lock_out(services)
    with services.database.unit_of_work() as session:
        session.execute(update(UsuarioRow).values(bloqueo_arranque="", bloqueo_segundos=0))
        session.commit()
    assert refused(services, password=PASSWORD) == "usuario.locked"
    steady.move(minutes=15, seconds=1)
    assert sign_in(services).usuario == "a.ejemplo"


def test_after_a_lock_five_tries_lock_again(services: Services, steady: SteadyClock) -> None:
    lock_out(services)
    steady.move(minutes=16)
    lock_out(services)


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


@pytest.mark.parametrize("usuario", ["aejemplo", "a-ejemplo", "a_ejemplo", "A.E.Jemplo"])
def test_a_name_that_reads_like_another_is_refused(services: Services, usuario: str) -> None:
    with pytest.raises(KnownError) as caught:
        services.usuarios.create(usuario, "", Rol.SUPERVISOR, PASSWORD)
    assert (caught.value.code, caught.value.data["usuario"]) == ("usuario.similar", "a.ejemplo")


def test_a_temporary_password_must_be_changed_before_anything_else(services: Services) -> None:
    admin = sign_in_as(services, "admin")
    services.usuarios.create("n.nuevo", "Nuevo", Rol.SUPERVISOR, "temporal-1", sesion=admin)
    assert refused(services, "n.nuevo", "temporal-1") == "usuario.must_change"
    assert second_person(services, "n.nuevo", "temporal-1") == "usuario.must_change"
    assert changed(services, "n.nuevo", "temporal-1", "corta") == "usuario.password_short"
    assert changed(services, "n.nuevo", "temporal-1", "temporal-1") == "usuario.password_repeated"
    assert changed(services, "n.nuevo", "equivocada", "definitiva-1") == "usuario.wrong"
    sesion = services.usuarios.change_password("N.Nuevo", "temporal-1", "definitiva-1", 3)
    assert (sesion.usuario, sesion.rol, sesion.ventanilla) == ("n.nuevo", Rol.SUPERVISOR, 3)
    assert [each.accion for each in events(services)[-2:]] == ["contrasena.cambiada", "ingreso"]
    assert refused(services, "n.nuevo", "temporal-1") == "usuario.wrong"
    assert services.usuarios.sign_in("n.nuevo", "definitiva-1", 4).usuario == "n.nuevo"


def test_a_second_person_signs_nothing_in_and_is_locked_out_alike(services: Services) -> None:
    before = events(services)
    sesion = services.usuarios.authenticate(" S.Ejemplo ", PASSWORD, 4, Permiso.AUTORIZAR)
    assert (sesion.usuario, sesion.ventanilla) == ("s.ejemplo", 4)
    assert len(events(services)) == len(before)
    assert second_person(services, "b.ejemplo", PASSWORD) == "usuario.role"
    assert second_person(services, "nadie", PASSWORD) == "usuario.wrong"
    assert [each.accion for each in events(services)[len(before) :]] == [
        "ingreso.fallido",
        "ingreso.desconocido",
    ]
    codes = [second_person(services, "s.ejemplo", "mala") for _ in range(5)]
    assert codes == ["usuario.wrong"] * 4 + ["usuario.locked"]
    assert refused(services, "s.ejemplo", PASSWORD) == "usuario.locked"


def test_an_administrador_resets_unlocks_deactivates_and_reactivates(services: Services) -> None:
    admin = sign_in_as(services, "admin")
    usuarios = services.usuarios
    lock_out(services)
    assert states(services)["a.ejemplo"] is EstadoUsuario.BLOQUEADO
    usuarios.unlock(admin, "a.ejemplo")
    assert states(services)["a.ejemplo"] is EstadoUsuario.ACTIVO
    sign_in(services)
    lock_out(services)
    usuarios.reset_password(admin, "A.Ejemplo", "temporal-1")
    assert states(services)["a.ejemplo"] is EstadoUsuario.DEBE_CAMBIAR
    assert refused(services, "a.ejemplo", "temporal-1") == "usuario.must_change"
    usuarios.deactivate(admin, "b.ejemplo")
    assert states(services)["b.ejemplo"] is EstadoUsuario.DESACTIVADO
    assert refused(services, "b.ejemplo", PASSWORD) == "usuario.inactive"
    assert refused(services, "b.ejemplo", "mala") == "usuario.wrong"
    usuarios.reactivate(admin, "b.ejemplo")
    assert sign_in_as(services, "b.ejemplo").usuario == "b.ejemplo"
    done = [each.accion for each in events(services) if each.actor == "admin"]
    assert done[-4:] == [
        "usuario.desbloqueado",
        "contrasena.restablecida",
        "usuario.desactivado",
        "usuario.reactivado",
    ]


def test_what_an_administrador_is_refused(services: Services) -> None:
    admin = sign_in_as(services, "admin")
    usuarios = services.usuarios
    for act, code in (
        (lambda: usuarios.deactivate(admin, "admin"), "usuario.self"),
        (lambda: usuarios.reset_password(admin, "admin", "temporal-1"), "usuario.self"),
        (lambda: usuarios.deactivate(None, "admin"), "usuario.last_admin"),
        (lambda: usuarios.deactivate(admin, "nadie"), "usuario.unknown"),
        (lambda: usuarios.reactivate(admin, "b.ejemplo"), "usuario.already"),
        (lambda: usuarios.unlock(admin, "b.ejemplo"), "usuario.already"),
        (lambda: usuarios.reset_password(admin, "b.ejemplo", "B.Ejemplo"), "usuario.password_same"),
        (lambda: usuarios.listed(sign_in(services)), "usuario.role"),
    ):
        with pytest.raises(KnownError) as caught:
            act()
        assert caught.value.code == code
    usuarios.deactivate(admin, "b.ejemplo")
    with pytest.raises(KnownError, match=r"usuario\.already"):
        usuarios.deactivate(admin, "b.ejemplo")


def test_an_administrador_deactivated_while_signed_in_does_nothing_more(services: Services) -> None:
    admin = sign_in_as(services, "admin")
    services.usuarios.create("o.otro", "Otro", Rol.ADMINISTRADOR, PASSWORD, sesion=admin, debe_cambiar=False)
    services.usuarios.deactivate(sign_in_as(services, "o.otro"), "admin")
    with pytest.raises(KnownError) as caught:
        services.usuarios.create("p.prueba", "", Rol.OPERADOR, PASSWORD, sesion=admin)
    assert caught.value.code == "usuario.inactive"
    assert "p.prueba" not in states(services)


def second_person(services: Services, usuario: str, password: str) -> str:
    with pytest.raises(KnownError) as caught:
        services.usuarios.authenticate(usuario, password, 4, Permiso.AUTORIZAR)
    return caught.value.code


def changed(services: Services, usuario: str, password: str, new: str) -> str:
    with pytest.raises(KnownError) as caught:
        services.usuarios.change_password(usuario, password, new, 4)
    return caught.value.code


def states(services: Services) -> dict[str, EstadoUsuario]:
    return {each.usuario: each.estado for each in services.usuarios.listed(None)}


def events(services: Services, evento: Evento | None = None) -> list[BitacoraRow]:
    with services.database.reading() as session:
        rows = session.scalars(select(BitacoraRow).order_by(BitacoraRow.seq)).all()
        session.expunge_all()
    return [row for row in rows if evento is None or row.accion == evento.value]
