"""The settings of an agency of many windows, and its machines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from agencia_app import app, cli, settings
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.models.domain.usuario import Rol
from agencia_app.services import hora, instalacion
from agencia_app.services.registry import Services
from agencia_app.services.usuarios import MAX_TRIES
from agencia_app.settings import Settings
from tests.factories import (
    CEDULAS,
    PASSWORD,
    Clock,
    SteadyClock,
    add_people,
    add_users,
    person,
    ready_to_issue,
    sign_in,
    signed_in,
)
from tests.postgres_server import PostgresServer

MODEL = "modelo_ajustes"


@pytest.fixture(scope="module")
def model(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An agency of many windows whose first machine had settings of its own; to be copied."""
    data = tmp_path_factory.mktemp("modelo") / "datos"
    base = postgres.address(MODEL)
    config = instalacion.initialise(
        Settings(data, base=base, equipo="CAJA-1", ventanillas=7, demostracion=True),
        "017",
        "Agencia Quito Norte",
        "admin",
        PASSWORD,
        Clock(),
    )
    services = app.open_services(config, Clock(), SteadyClock())
    services.usuarios.create("a.ejemplo", "A. Ejemplo", Rol.OPERADOR, PASSWORD, debe_cambiar=False)
    add_users(services, {"s.ejemplo": Rol.SUPERVISOR})
    add_people(services.database, person(), person(cedula=CEDULAS[1]))
    services.database.close()
    yield config
    postgres.drop_database(MODEL)
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        for account in ("propietario", "aplicacion"):
            connection.execute(f'DROP ROLE "{MODEL}_{account}"')


@pytest.fixture
def first(postgres: PostgresServer, model: Settings, tmp_path: Path) -> Iterator[Services]:
    """That agency's first machine, over a copy, with the application's account."""
    shutil.copytree(model.data, tmp_path / "datos")
    name = f"ajustes_{tmp_path.name}"[:60]
    postgres.create_database(name, MODEL)
    base = make_url(model.base).set(database=name).render_as_string(hide_password=False)
    config = replace(settings.load(tmp_path / "datos"), base=base)
    settings.write(config)
    services = app.open_services(config, Clock(), SteadyClock())
    yield services
    services.database.close()
    postgres.drop_database(name)


def told(services: Services, evento: Evento) -> list[dict[str, str]]:
    rows = services.database.rows(
        "SELECT detalle FROM bitacora WHERE accion = ? ORDER BY seq", (evento.value,)
    )
    return [json.loads(detalle) for (detalle,) in rows]


def reopened(services: Services) -> Services:
    return app.open_services(settings.load(services.settings.data), Clock(), SteadyClock())


def test_users_are_an_administradors_to_make_from_any_machine(first: Services) -> None:
    def make(typed: str, *admin: str) -> subprocess.CompletedProcess[str]:
        order = ("usuarios", "crear", "mio", "--rol", "administrador", *admin)
        return subprocess.run(
            [sys.executable, "-m", "agencia_app", *order],
            env=os.environ | {settings.ENV_DATA: str(first.settings.data)},
            input=typed, capture_output=True, text=True, check=False,
        )  # fmt: skip

    new = "otra-clave-1\n" * 2
    assert "--admin" in make(new).stderr
    assert make(f"{PASSWORD}\n{new}", "--admin", "a.ejemplo").returncode == cli.REFUSED
    assert [each.usuario for each in first.usuarios.listed(None)].count("mio") == 0
    made = make(f"{PASSWORD}\n{new}", "--admin", "admin")
    assert made.returncode == cli.OK, made.stderr
    assert [each.usuario for each in first.usuarios.listed(None)].count("mio") == 1


# -- settings --------------------------------------------------------------------------


def test_the_agencys_settings_are_those_of_the_machine_that_prepared_it(first: Services) -> None:
    assert first.settings.ventanillas == 7
    assert first.ajustes.shown()["ventanillas"] == "7"
    assert "ventanillas" not in (first.settings.data / settings.FILE_NAME).read_text("utf-8")


def test_no_machine_loosens_them_in_its_file(first: Services) -> None:
    file = first.settings.data / settings.FILE_NAME
    file.write_text("ventanillas = 99\nmuestra_por_ciento = 0\n" + file.read_text("utf-8"), "utf-8")
    again = reopened(first)
    assert (again.settings.ventanillas, again.settings.muestra_por_ciento) == (7, 2)
    again.database.close()


def test_an_administrador_changes_one_for_everybody_and_it_is_recorded(first: Services) -> None:
    admin = signed_in(first, "admin")
    first.ajustes.put(admin, "ventanillas", "9")
    first.ajustes.put(admin, "retencion.bitacora", "4000")
    first.ajustes.put(admin, "abre", "07:30:00")
    first.ajustes.put(admin, "perfil", "originales-a-la-vista")
    again = reopened(first)
    assert (again.settings.ventanillas, again.settings.retencion["bitacora"]) == (9, 4000)
    assert again.settings.abre.isoformat() == "07:30:00"
    again.database.close()
    changes = told(first, Evento.AJUSTE_CAMBIADO)
    assert changes[0] == {"nombre": "ventanillas", "antes": "7", "ahora": "9"}
    assert changes[-1]["ahora"] == '"originales-a-la-vista"'


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ventanillas", "0", "ajustes.value"),
        ("ventanillas", "diez", "ajustes.value"),
        ("cierra", "07:00:00", "ajustes.value"),
        ("base", "postgresql://otra", "ajustes.value"),
        ("perfil", "ninguno", "perfil.unknown"),
    ],
)
def test_what_will_not_do_is_refused(first: Services, name: str, value: str, code: str) -> None:
    before = first.ajustes.shown()
    with pytest.raises(KnownError, match=code):
        first.ajustes.put(signed_in(first, "admin"), name, value)
    assert first.ajustes.shown() == before


def test_only_an_administrador_changes_them(first: Services) -> None:
    for usuario in ("a.ejemplo", "s.ejemplo"):
        with pytest.raises(KnownError, match=r"usuario\.role"):
            first.ajustes.put(signed_in(first, usuario), "ventanillas", "9")


def test_an_agency_of_one_window_has_them_in_its_file(tmp_path: Path, agency: Path) -> None:
    shutil.copytree(agency, tmp_path / "datos")
    services = app.open_services(settings.load(tmp_path / "datos"), Clock(), SteadyClock())
    assert services.ajustes.shown()["ventanillas"] == "12"
    with pytest.raises(KnownError, match=r"ajustes\.in_file"):
        services.ajustes.put(signed_in(services, "admin"), "ventanillas", "9")
    services.database.close()


# -- machines --------------------------------------------------------------------------


def joined(first: Services, data: Path, equipo: str = "CAJA-2", base: str = "") -> Services:
    config = Settings(data, base=base or first.settings.base, equipo=equipo)
    app.join(config, "admin", PASSWORD, Clock())
    return app.open_services(settings.load(data), Clock(), SteadyClock())


def test_another_machine_joins_and_issues_with_a_key_of_its_own(first: Services, tmp_path: Path) -> None:
    second = joined(first, tmp_path / "otros")
    assert [each.nombre for each in first.equipos.listed()] == ["CAJA-1", "CAJA-2"]
    assert second.settings.ventanillas == 7
    assert (tmp_path / "otros").stat().st_mode & 0o077 == 0
    assert told(first, Evento.EQUIPO_UNIDO) == [{"equipo": "CAJA-2"}]
    for services, cedula, ventanilla in ((first, CEDULAS[0], 4), (second, CEDULAS[1], 5)):
        sesion = sign_in(services, ventanilla)
        numero = ready_to_issue(services, sesion, cedula).numero
        services.claves.issue(sesion, numero)
    numbers = first.database.rows("SELECT numero, llave FROM recibo ORDER BY id")
    assert len({llave for _, llave in numbers}) == 2
    for numero, _ in numbers:
        for services in (first, second):
            assert services.verificacion.verify(numero).estado is EstadoRecibo.AUTENTICO
    second.database.close()


def test_a_machine_that_was_taken_out_issues_nothing_and_opens_no_more(
    first: Services, tmp_path: Path
) -> None:
    second = joined(first, tmp_path / "otros")
    sesion = sign_in(second)
    numero = ready_to_issue(second, sesion, CEDULAS[1]).numero
    first.equipos.retire(signed_in(first, "admin"), first.settings, "CAJA-2")
    with pytest.raises(KnownError, match=r"llave\.missing"):
        second.claves.issue(sesion, numero)
    second.database.close()
    with pytest.raises(KnownError, match=r"equipo\.unknown"):
        reopened(second)
    assert [each.nombre for each in first.equipos.listed()] == ["CAJA-1"]
    assert told(first, Evento.EQUIPO_RETIRADO) == [{"equipo": "CAJA-2"}]
    again = joined(first, tmp_path / "otros")  # an administrador may take it in again
    again.claves.issue(sign_in(again), numero)
    again.database.close()


def test_a_machine_joins_at_the_servers_hour_and_a_lock_holds_there_too(
    postgres: PostgresServer, first: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = app.now() + timedelta(days=30)
    monkeypatch.setattr(app, "now", lambda: later)  # else nobody would issue until then
    monkeypatch.setattr(hora, "own", lambda: later)
    wrong = Settings(tmp_path / "otros", base=first.settings.base, equipo="CAJA-2")
    app.join(wrong, "admin", PASSWORD)
    with psycopg.connect(postgres.address(str(make_url(first.settings.base).database))) as connection:
        ((behind,),) = connection.execute(
            "SELECT clock_timestamp() - max(creada_en AT TIME ZONE 'UTC') FROM llave WHERE equipo = 'CAJA-2'"
        ).fetchall()
    assert timedelta(0) <= behind < timedelta(minutes=5)
    for _ in range(MAX_TRIES):
        with pytest.raises(KnownError):
            app.join(replace(wrong, data=tmp_path / "mas", equipo="CAJA-3"), "admin", "no es esa")
    window = app.open_services(first.settings)
    with closing(window.database), pytest.raises(KnownError, match=r"usuario\.locked"):
        window.usuarios.sign_in("admin", PASSWORD, 1)


@pytest.mark.parametrize(
    ("usuario", "password", "equipo", "code"),
    [
        ("admin", "no es esa", "CAJA-2", "usuario.wrong"),
        ("s.ejemplo", PASSWORD, "CAJA-2", "usuario.role"),
        ("admin", PASSWORD, "CAJA-1", "equipo.taken"),
        ("admin", PASSWORD, "x" * 61, "equipo.name"),
    ],
)
def test_what_keeps_a_machine_out_leaves_nothing_there(
    first: Services, tmp_path: Path, usuario: str, password: str, equipo: str, code: str
) -> None:
    config = Settings(tmp_path / "otros", base=first.settings.base, equipo=equipo)
    with pytest.raises(KnownError, match=code):
        app.join(config, usuario, password)
    assert not (tmp_path / "otros").exists()
    assert [each.nombre for each in first.equipos.listed()] == ["CAJA-1"]


def test_a_machine_does_not_join_with_the_owners_account(
    postgres: PostgresServer, first: Services, tmp_path: Path
) -> None:
    name = str(make_url(first.settings.base).database)
    with pytest.raises(KnownError, match=r"servidor\.application"):
        joined(first, tmp_path / "otros", base=postgres.address(name))


def test_who_is_not_let_in_is_told_so_and_not_that_the_server_is_away(
    postgres: PostgresServer, first: Services, tmp_path: Path
) -> None:
    name = str(make_url(first.settings.base).database)
    for address in (
        postgres.address(name, "nadie"),
        postgres.address("no_esta"),
    ):
        with pytest.raises(KnownError, match=r"base\.refused"):
            joined(first, tmp_path / "otros", base=address)
    with pytest.raises(KnownError, match=r"base\.away"):
        joined(first, tmp_path / "otros", base="postgresql://nadie@127.0.0.1:9/no_esta")


def test_a_copy_has_the_rights_that_were_given(first: Services) -> None:
    """As a restored database has them: what this file tests is what a machine may do."""
    with (
        closing(Database(first.settings.base)) as database,
        pytest.raises(KnownError, match=r"base\.rights"),
    ):
        database.rows("DELETE FROM bitacora RETURNING seq")
