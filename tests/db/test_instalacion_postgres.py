"""A new agency on a server: its two accounts, what each may do, and nothing left of what failed."""

from __future__ import annotations

import os
import stat
import subprocess
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from agencia_app import app, settings
from agencia_app.models.db import grants, schema, schema_postgres
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import Rol
from agencia_app.services import instalacion, llaves
from agencia_app.services.registry import Services
from agencia_app.settings import Settings
from tests.factories import (
    PASSWORD,
    Clock,
    SteadyClock,
    add_people,
    add_users,
    person,
    ready_to_issue,
    sign_in,
)
from tests.postgres_server import PostgresServer

NUMBERS = count()


@pytest.fixture
def fresh(postgres: PostgresServer) -> Iterator[str]:
    """The administrator's address of a database that is not there."""
    name = f"nueva_{next(NUMBERS)}"
    yield postgres.address(name)
    postgres.drop_agency(name)


def initialise(config: Settings, codigo: str = "017", admin: str = "admin") -> Settings:
    return instalacion.initialise(config, codigo, "Agencia Quito Norte", admin, PASSWORD, Clock())


def databases(postgres: PostgresServer) -> set[str]:
    with psycopg.connect(postgres.address()) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def accounts(postgres: PostgresServer) -> set[str]:
    with psycopg.connect(postgres.address()) as connection:
        return {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}


@pytest.fixture(scope="module")
def prepared(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An agency prepared on a server, with a day in it that is closed."""
    data = tmp_path_factory.mktemp("preparada") / "datos"
    config = initialise(
        Settings(data, base=postgres.address("preparada"), equipo="CAJA-1", demostracion=True)
    )
    clock = Clock()
    services = app.open_services(config, clock, SteadyClock())
    services.usuarios.create("a.ejemplo", "A. Ejemplo", Rol.OPERADOR, PASSWORD, debe_cambiar=False)
    add_users(services, {"s.ejemplo": Rol.SUPERVISOR})
    add_people(services.database, person())
    attend(services)
    clock.move(days=1)
    services.cierres.close_into(None, Clock()().date(), data / "cierre")
    services.database.close()
    yield config
    postgres.drop_agency("preparada")


def attend(services: Services) -> None:
    sesion = sign_in(services)
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    services.tramites.finish(sesion, tramite.numero)


def psql(postgres: PostgresServer, address: str, *statements: str) -> subprocess.CompletedProcess[str]:
    """Run statements as somebody who has a machine's address and PostgreSQL's own program would."""
    return subprocess.run(
        [
            postgres.bin / "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            *(f"-c{each}" for each in statements),
            address,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=os.environ | {"LC_MESSAGES": "C"},
    )


# -- what is made ----------------------------------------------------------------------


def test_the_machine_keeps_the_applications_address_and_the_owners_apart(prepared: Settings) -> None:
    assert settings.load(prepared.data).base == prepared.base
    assert make_url(prepared.base).username == "preparada_aplicacion"
    owner = prepared.data / settings.OWNER_NAME
    told = tomllib.loads(owner.read_text("utf-8"))
    assert make_url(told["base"]).username == "preparada_propietario"
    assert "Guarde este archivo fuera" in owner.read_text("utf-8")
    for file in (owner, prepared.data / settings.FILE_NAME):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    passwords = {make_url(address).password for address in (prepared.base, told["base"])}
    assert len(passwords) == 2
    assert all(len(str(each)) >= 32 for each in passwords)


def test_the_servers_log_shows_no_password(postgres: PostgresServer, prepared: Settings) -> None:
    with psycopg.connect(postgres.address()) as connection:
        kept = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'preparada_aplicacion'")
        (password,) = kept.fetchone() or ("",)
    assert password.startswith("SCRAM-SHA-256$")
    log = (postgres.data.parent / "servidor.log").read_text("utf-8")
    assert str(make_url(prepared.base).password) not in log


def test_every_table_has_its_line_and_every_account_just_that(prepared: Settings) -> None:
    with closing(Database(prepared.base)) as database:
        assert set(grants.tables(database.reader())) - set(grants.GRANTS) == set()
        assert grants.wrong(database.reader()) == []
        assert not grants.owns(database.reader())
    with closing(
        Database(tomllib.loads((prepared.data / settings.OWNER_NAME).read_text())["base"])
    ) as owners:
        assert grants.owns(owners.reader())
        assert "DELETE bitacora" in grants.wrong(owners.reader())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bitacora SET actor = 'otro' WHERE seq = 2",
        "UPDATE bitacora SET hash = 'x', sal = '', detalle = '' WHERE seq = 2",
        "DELETE FROM bitacora WHERE seq = (SELECT max(seq) FROM bitacora)",
        "TRUNCATE bitacora CASCADE",
        "ALTER TABLE bitacora DISABLE TRIGGER ALL",
        "DROP TRIGGER bitacora_no_delete ON bitacora",
        "CREATE OR REPLACE FUNCTION bitacora_no_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "DROP FUNCTION bitacora_no_delete() CASCADE",
        "CREATE TRIGGER otro BEFORE INSERT ON bitacora FOR EACH ROW EXECUTE FUNCTION bitacora_no_delete()",
        "UPDATE bitacora_cabeza SET seq = 1",
        "UPDATE bitacora_cabeza SET id = id",
        "DELETE FROM bitacora_cabeza",
        "DELETE FROM acceso",
        "UPDATE cierre SET contenido = '{}'",
        "DELETE FROM cierre",
        "TRUNCATE cierre",
        "UPDATE clave SET hash = 'x'",
        "UPDATE clave SET cedula = '2459999013'",
        "DELETE FROM clave",
        "UPDATE recibo SET ventanilla = 9",
        "DELETE FROM recibo",
        "UPDATE secuencia SET ultimo = 0",
        "DELETE FROM secuencia",
        "UPDATE usuario SET rol = 'supervisor' WHERE usuario = 'a.ejemplo'",
        "DELETE FROM usuario",
        "UPDATE agencia SET semilla = 'x'",
        "UPDATE ajuste SET valor = '1'",
        "DELETE FROM ajuste",
        "INSERT INTO ajuste (nombre, valor, puesto_por, puesto_en) VALUES ('ventanillas', '1', 2, now())",
        "UPDATE llave SET retirada_en = NULL, publica = 'x'",
        "DELETE FROM llave",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP TABLE bitacora CASCADE",
        "ALTER TABLE bitacora OWNER TO CURRENT_USER",
        "SET session_replication_role = replica",
        "SET ROLE preparada_propietario",
        "SET SESSION AUTHORIZATION postgres",
        "CREATE TEMP TABLE cierre (dia date)",
        "CREATE TABLE cierre_mio (dia date)",
        "CREATE SCHEMA mio",
        "CREATE FUNCTION mia() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE otro",
        "SELECT setval('clave_id_seq', 1)",
        "COPY bitacora TO PROGRAM 'cat'",
        "SET search_path = pg_catalog; INSERT INTO public.recibo SELECT * FROM public.recibo",
    ],
)
def test_who_has_a_machines_address_cannot_undo_the_past(
    postgres: PostgresServer, prepared: Settings, statement: str
) -> None:
    ended = psql(postgres, prepared.base, statement)
    assert ended.returncode != 0, ended.stdout
    assert "ERROR" in ended.stderr


def test_others_of_the_server_have_nothing_there(postgres: PostgresServer, prepared: Settings) -> None:
    del prepared
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        connection.execute("CREATE ROLE ajeno LOGIN")
        ended = psql(postgres, postgres.address("preparada", "ajeno"), "SELECT 1")
        connection.execute("DROP ROLE ajeno")
    assert "permission denied for database" in ended.stderr


# -- what fails ------------------------------------------------------------------------


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(
    ("changes", "code"),
    [({"admin": "con espacio"}, "usuario.name"), ({"codigo": "17"}, "agencia.code"), ({}, "llave.folder")],
)
def test_what_fails_leaves_the_server_and_the_folder_as_they_were(
    postgres: PostgresServer, fresh: str, tmp_path: Path, changes: dict[str, str], code: str, *, there: bool
) -> None:
    config = Settings(tmp_path / "datos", base=fresh)
    if there:
        postgres.create_database(str(make_url(fresh).database))
    if not changes:  # late, when everything else is written
        config.data.mkdir()
        (config.data / llaves.FOLDER).write_text("aquí no cabe ninguna llave")
    before = databases(postgres), accounts(postgres), sorted(tmp_path.rglob("*"))
    with pytest.raises(KnownError, match=code):
        initialise(config, **changes)
    after = (
        databases(postgres),
        accounts(postgres),
        [each for each in sorted(tmp_path.rglob("*")) if each.name != "papeles"],
    )
    assert after == before
    if there:
        with closing(Database(fresh)) as database:
            assert grants.tables(database.reader()) == []


def test_a_database_with_something_in_it_is_refused(
    postgres: PostgresServer, fresh: str, tmp_path: Path
) -> None:
    postgres.create_database(str(make_url(fresh).database))
    with psycopg.connect(fresh) as connection:
        connection.execute("CREATE TABLE ajena (id int)")
    with pytest.raises(KnownError, match=r"servidor\.not_empty"):
        initialise(Settings(tmp_path / "datos", base=fresh))
    assert not (tmp_path / "datos").exists()


def test_an_account_that_may_not_install_is_told_so(
    postgres: PostgresServer, fresh: str, tmp_path: Path
) -> None:
    name = str(make_url(fresh).database)
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        connection.execute("CREATE ROLE sin_derechos LOGIN")
    for there in (False, True):
        if there:
            postgres.create_database(name)
        with pytest.raises(KnownError, match=r"servidor\.admin"):
            initialise(Settings(tmp_path / "datos", base=postgres.address(name, "sin_derechos")))
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        connection.execute("DROP ROLE sin_derechos")


def test_an_account_that_makes_databases_and_accounts_is_enough(
    postgres: PostgresServer, fresh: str, tmp_path: Path
) -> None:
    name = str(make_url(fresh).database)
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        connection.execute("CREATE ROLE informatica LOGIN CREATEDB CREATEROLE")
    config = initialise(Settings(tmp_path / "datos", base=postgres.address(name, "informatica")))
    with closing(Database(config.base)) as database:
        assert grants.wrong(database.reader()) == []
    with psycopg.connect(postgres.address(name), autocommit=True) as connection:
        member = connection.execute(
            "SELECT pg_has_role('informatica', %s, 'SET')", (f"{name}_propietario",)
        ).fetchone()
    assert member == (False,)
    postgres.drop_database(name)
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        for account in (f"{name}_propietario", f"{name}_aplicacion", "informatica"):
            connection.execute(f'DROP OWNED BY "{account}"')
            connection.execute(f'DROP ROLE "{account}"')


# -- an older database -----------------------------------------------------------------


def older(postgres: PostgresServer, prepared: Settings) -> tuple[str, Path]:
    """Return the application's address of a copy of an earlier version, and the file of its owner's."""
    name = f"anterior_{next(NUMBERS)}"
    postgres.create_database(name, "preparada")
    place = prepared.data.with_name(name)
    place.mkdir()
    owner = tomllib.loads((prepared.data / settings.OWNER_NAME).read_text("utf-8"))["base"]
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" OWNER TO preparada_propietario')
    with closing(Database(_in(owner, name))) as database:
        schema.downgrade(database, schema.REVISIONS[-2])
    (place / settings.OWNER_NAME).write_text(f'base = "{_in(owner, name)}"', "utf-8")
    return _in(prepared.base, name), place / settings.OWNER_NAME


def _in(address: str, name: str) -> str:
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def test_one_of_many_migrates_and_the_others_wait(
    postgres: PostgresServer, prepared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the server's version; the machine's own may be older, and would refuse.
    monkeypatch.setenv("PATH", f"{postgres.bin}{os.pathsep}{os.environ['PATH']}")
    address, owner = older(postgres, prepared)
    nobody = owner.with_name("no-esta.toml")
    waited: list[str] = []

    def start(who: str, file: Path) -> None:
        with closing(Database(address)) as database:
            schema_postgres.prepare(database, address, file, owner.parent, lambda: waited.append(who))
            assert grants.wrong(database.reader()) == []

    with ThreadPoolExecutor(6) as pool:
        clerks = [pool.submit(start, "ventanilla", nobody) for _ in range(3)]
        while not waited and not any(each.done() for each in clerks):
            time.sleep(0)  # nobody migrates yet
        owners = [pool.submit(start, "propietario", owner) for _ in range(3)]
        try:
            for each in (*owners, *clerks):
                each.result(60)
        except BaseException:
            postgres.drop_database(str(make_url(address).database))  # or the others waited for ever
            raise
    assert waited.count("ventanilla") == 3
    assert waited.count("propietario") < 3
    (copy,) = owner.parent.glob("antes-de-*.dump")
    assert copy.read_bytes().startswith(b"PGDMP")
    postgres.drop_database(str(make_url(address).database))


def test_a_command_does_not_wait_for_another_machine(postgres: PostgresServer, prepared: Settings) -> None:
    address, owner = older(postgres, prepared)
    with closing(Database(address)) as database, pytest.raises(KnownError, match=r"base\.older"):
        schema_postgres.prepare(database, address, owner.with_name("no-esta.toml"), owner.parent)
    postgres.drop_database(str(make_url(address).database))
