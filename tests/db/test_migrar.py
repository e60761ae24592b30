"""From one window to many: an encrypted agency with a day behind it moves to a server, whole or not at all."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import Connection, make_url

from agencia_app import app, cli, settings
from agencia_app.models.db import grants, guards_check, transfer
from agencia_app.models.db.session import Database
from agencia_app.models.domain.correccion import DatoErrado
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.services import bitacora, invariantes, jornada_sintetica, migracion
from agencia_app.services.migracion import Migrada
from agencia_app.services.registry import Services
from agencia_app.services.respaldos import rows_of
from tests.factories import CEDULAS, Clock, make_services, person, ready_to_issue, sign_in, signed_in
from tests.postgres_server import PostgresServer
from tests.raw import Raw, raw_of, read

DIA = date(2026, 11, 20)
NOW = datetime(2026, 11, 23, 15, 42, tzinfo=UTC)
NUMBERS = count()


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An encrypted agency with a synthetic day and one recibo sealed by its own key, and that recibo's number."""
    data = tmp_path_factory.mktemp("una") / "datos"
    people = person(), person(cedula=CEDULAS[1], apellidos="EJEMPLO")
    services = make_services(data, Clock(NOW), *people, cifrada=True, vigencia_clave_dias=20, ventanillas=9)
    jornada_sintetica.write(services, DIA)
    recibo = attended(services)
    _ask_and_close(services)
    services.database.close()
    return data, recibo


def _ask_and_close(services: Services) -> None:
    """Leave what is never new on the server: a closed ticket, a version of the rules."""
    ticket = services.correcciones.open(
        sign_in(services), CEDULAS[0], DatoErrado.NOMBRE, "FICTICIA NUÑES MARÍA JOSÉ", "Partida"
    )
    services.correcciones.close(signed_in(services, "s.ejemplo"), ticket.correccion.numero, "No procede")
    services.reglamentos.put(signed_in(services, "admin"), "fechas = [2025-02-09, 2025-11-16]", NOW.date())


@pytest.fixture
def data(behind: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(behind[0], tmp_path / "datos"))


@pytest.fixture
def address(postgres: PostgresServer) -> Iterator[str]:
    """The administrator's address of a database that is not there."""
    name = f"migrada_{next(NUMBERS)}"
    yield postgres.address(name)
    postgres.drop_agency(name)


def attended(services: Services, cedula: str = CEDULAS[0]) -> str:
    """Hand a clave out, and return the number of its recibo."""
    sesion = sign_in(services)
    numero = ready_to_issue(services, sesion, cedula).numero
    services.claves.issue(sesion, numero)
    services.claves.confirm_slip(sesion, numero, 1)
    services.tramites.finish(sesion, numero)
    emision = services.tramites.reload(numero).emision
    assert emision is not None
    return emision.recibo


def migrate(data: Path, address: str) -> Migrada:
    return migracion.migrate(replace(settings.load(data), equipo="CAJA-1"), address, Clock(NOW))


@contextmanager
def opened(data: Path) -> Iterator[Services]:
    services = app.open_services(settings.load(data), Clock(NOW))
    try:
        yield services
    finally:
        services.database.close()


def works(data: Path) -> None:
    """Look that an agency works on its own file as it did."""
    assert settings.load(data).base == ""
    assert not (data / settings.OWNER_NAME).exists()
    with opened(data) as services:
        assert not services.database.is_postgres
        attended(services, CEDULAS[1])
        assert invariantes.check(services.database).todos


def left_on(postgres: PostgresServer, address: str) -> tuple[list[str], list[str]]:
    """Return what a server has of an agency: the tables of its database, and its accounts."""
    name = str(make_url(address).database)
    with psycopg.connect(postgres.address()) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchall()
        roles = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", (f"{name}%",))
        accounts = [account for (account,) in roles]
    if not there:
        return [], accounts
    with closing(Database(address)) as database:
        return grants.tables(database.reader()), accounts


def test_a_day_moves_whole_and_goes_on(behind: tuple[Path, str], data: Path, address: str) -> None:
    _, recibo = behind
    with closing(Database(data / settings.DATABASE_NAME)) as old, old.snapshot() as connection:
        before = rows_of(connection)
    done = migrate(data, address)
    before["bitacora"] += 1  # the event of the move
    assert done.filas == before
    assert done.filas["recibo"] > 2_000
    with opened(data) as services:
        database = services.database
        assert make_url(services.settings.base).username == f"{make_url(address).database}_aplicacion"
        assert (services.settings.equipo, services.settings.vigencia_clave_dias) == ("CAJA-1", 20)
        assert services.settings.ventanillas == 9
        assert grants.wrong(database.reader()) == []
        assert guards_check.changed(database)[0] == []
        found = bitacora.verify(database)
        assert (found.rows, found.head, found.whole) == (done.registro, done.cabeza, True)
        ((event, detail),) = database.rows("SELECT accion, detalle FROM bitacora ORDER BY seq DESC LIMIT 1")
        assert event == Evento.AGENCIA_MIGRADA
        assert json.loads(detail)["equipo"] == "CAJA-1"
        assert invariantes.check(database).todos
        assert services.verificacion.verify(recibo).estado is EstadoRecibo.AUTENTICO
        assert [each.cedula for each in services.padron.search(None, "nunez ficticia")] == ["2459999005"]
        other = attended(services, CEDULAS[1])  # by the key that this machine had
        assert int(other[5:12]) == int(recibo[5:12]) + 1
        assert services.verificacion.verify(other).estado is EstadoRecibo.AUTENTICO
        assert {each.nombre for each in services.equipos.listed()} == {"CAJA-1"}
        assert invariantes.check(database).todos
    owner = tomllib.loads((data / settings.OWNER_NAME).read_text("utf-8"))["base"]
    assert make_url(owner).username == f"{make_url(address).database}_propietario"


def test_the_old_file_is_kept_and_refused(data: Path, address: str) -> None:
    done = migrate(data, address)
    assert not (data / settings.DATABASE_NAME).exists()
    assert done.anterior.exists()
    with closing(Database(done.anterior)) as old:  # still encrypted, by the same key
        assert bitacora.verify(old).head == done.cabeza
    with pytest.raises(KnownError, match=r"migracion\.server"):
        migrate(data, address)
    done.anterior.rename(data / settings.DATABASE_NAME)
    with pytest.raises(KnownError, match=r"base\.migrated"):
        app.open_services(replace(settings.load(data), base=""))
    kiosco, _ = app.open_kiosk(replace(settings.load(data), base=""))
    for work in (kiosco.frame, lambda: kiosco.consult(CEDULAS[0], date(1955, 1, 15))):
        with pytest.raises(KnownError, match=r"base\.migrated"):
            work()
    kiosco.close()


def test_the_command_says_where_everything_is(
    data: Path, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(settings.ENV_DATA, str(data))
    for name in ("ventana.lock", "kiosco.lock"):
        lock = app.lock_folder(settings.load(data), name)
        assert cli.main(["migrar", "--a", address, "--equipo", "CAJA-1", "--json"]) == cli.REFUSED
        lock.unlock()
    capsys.readouterr()
    assert cli.main(["migrar", "--a", address, "--equipo", "CAJA-1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["equipo"] == "CAJA-1"
    assert told["filas"]["recibo"] > 2_000
    assert Path(told["anterior"]).exists()
    with opened(data) as services:
        assert bitacora.verify(services.database, cabeza=told["cabeza"]).whole


# -- refused ---------------------------------------------------------------------------


def taken(postgres: PostgresServer, data: Path, address: str) -> str:
    del data
    postgres.create_database(str(make_url(address).database))
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE ajena (id int)")
    return address


def without_rights(postgres: PostgresServer, data: Path, address: str) -> str:
    del data
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        connection.execute('CREATE ROLE "sin_derechos_de_migrar" LOGIN')
    return postgres.address(str(make_url(address).database), "sin_derechos_de_migrar")


def broken(postgres: PostgresServer, data: Path, address: str) -> str:
    del postgres
    with closing(Database(data / settings.DATABASE_NAME)) as database, raw_of(database) as raw:
        raw.drop_trigger("bitacora_no_update")
        raw.execute("UPDATE bitacora SET actor = 'nadie' WHERE seq = 7")
    return address


def too_long(postgres: PostgresServer, data: Path, address: str) -> str:
    del postgres
    with closing(Database(data / settings.DATABASE_NAME)) as database, raw_of(database) as raw:
        raw.execute("UPDATE agencia SET nombre = ?", ("N" * 81,))
    return address


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (taken, "servidor.not_empty"),
        (without_rights, "servidor.admin"),
        (broken, "migracion.broken"),
        (too_long, "migracion.row"),
        (lambda _postgres, _data, address: address.rpartition("/")[0], "migracion.address"),
        (lambda *_: "sqlite:///otra.db", "migracion.address"),
        (lambda *_: "hola", "migracion.address"),
        (lambda _postgres, _data, address: f"{address}?user=postgres", "migracion.address"),
    ],
)
def test_what_is_refused_changes_nothing(
    postgres: PostgresServer,
    data: Path,
    address: str,
    prepare: Callable[[PostgresServer, Path, str], str],
    code: str,
) -> None:
    target = prepare(postgres, data, address)
    file = (data / settings.FILE_NAME).read_bytes()
    with pytest.raises(KnownError) as refusal:
        migrate(data, target)
    assert refusal.value.code == code
    assert left_on(postgres, address) == (["ajena"] if prepare is taken else [], [])
    assert (data / settings.FILE_NAME).read_bytes() == file
    with closing(Database(data / settings.DATABASE_NAME)) as database:
        assert read(database, "SELECT count(*) FROM bitacora WHERE accion = 'agencia.migrada'").scalar() == 0
    if prepare not in {broken, too_long}:
        works(data)
    if prepare is without_rights:
        with psycopg.connect(postgres.address(), autocommit=True) as connection:
            connection.execute('DROP ROLE "sin_derechos_de_migrar"')


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE persona SET nombres = 'OTRA' WHERE cedula = '2459999005'", "persona"),
        ("DELETE FROM acceso WHERE seq = (SELECT max(seq) FROM acceso)", "acceso"),
    ],
)
def test_what_arrives_otherwise_is_found(
    postgres: PostgresServer,
    data: Path,
    address: str,
    statement: str,
    table: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = transfer.copy

    def copied(source: Connection, target: Connection, *others: object) -> None:
        copy(source, target, *others)  # type: ignore[arg-type]
        target.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        target.exec_driver_sql(statement)

    monkeypatch.setattr(transfer, "copy", copied)
    with pytest.raises(KnownError, match=r"migracion\.different") as refusal:
        migrate(data, address)
    assert refusal.value.data["tabla"] == table
    assert left_on(postgres, address) == ([], [])
    works(data)


@pytest.mark.parametrize("where", ["copying", "committing"])
def test_one_that_is_killed_leaves_nothing_there_and_everything_here(
    postgres: PostgresServer, data: Path, address: str, where: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.db.migrate_child", data, address, where],
        cwd=Path(__file__).parents[2],
        check=False,
        timeout=120,
    )
    assert ended.returncode == -signal.SIGKILL
    with closing(Database(postgres.address())) as database, raw_of(database) as raw:
        gone_from(raw, str(make_url(address).database))
    assert left_on(postgres, address) == ([], [])
    (data / settings.OWNER_NAME).unlink(missing_ok=True)  # of accounts that are not
    works(data)
    assert migrate(data, address).filas["recibo"] > 2_000


def gone_from(raw: Raw, database: str) -> None:
    """Wait until a server noticed that nobody is in a database any more."""
    while raw.one("SELECT count(*) FROM pg_stat_activity WHERE datname = ?", (database,)):
        pass
