"""The kiosk's way to the database: the same on both engines, slow to guess at, and nothing more."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from agencia_app import app, settings
from agencia_app.models.db import accounts, grants
from agencia_app.models.db.session import Database
from agencia_app.models.domain import kiosco as rules
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.services import bitacora, kiosco_preparar
from agencia_app.services.kiosco import ANSWER_SECONDS, Espera, Kiosco, Visita
from agencia_app.services.kiosco_puerta import Puerta, PuertaPropia, PuertaServidor
from agencia_app.services.registry import Services
from agencia_app.services.rules import load_shipped
from tests.factories import (
    CEDULAS,
    IDENTIDAD,
    SHIPPED,
    SHORTER,
    Clock,
    add_people,
    full_papers,
    person,
    sign_in,
    sign_in_as,
)
from tests.kiosk import kiosk_of, now
from tests.postgres_server import PostgresServer
from tests.raw import admins, raw_of

BORN = date(1955, 1, 15)
WRONG = date(1955, 1, 16)
PEOPLE = (
    person(cedula=CEDULAS[1], tipo_prestacion=TipoPrestacion.AFILIADO_DEPENDENCIA, ruc_empleador="1790011674001",
           fecha_nacimiento=date(1980, 5, 5)),
    person(cedula=CEDULAS[2], fecha_defuncion=date(2026, 1, 2)),
    person(cedula=CEDULAS[3], tipo_prestacion=TipoPrestacion.MONTEPIO_HIJO),
    person(cedula=CEDULAS[4], tipo_prestacion=TipoPrestacion.MONTEPIO_CONVIVIENTE),
)  # fmt: skip


@dataclass
class Lobby:
    """A kiosk, its way to the database, and the agency's own."""

    puerta: Puerta
    kiosco: Kiosco
    services: Services
    address: str = ""

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return [tuple(each) for each in self.services.database.rows(statement)]

    def forget(self) -> None:
        """Have everybody's misses forgotten."""
        with raw_of(self.services.database) as raw:
            raw.execute("DELETE FROM kiosco_pregunta")


@pytest.fixture
def lobby(services: Services) -> Iterator[Lobby]:
    add_people(services.database, *PEOPLE)
    with kiosk_of(services) as (kiosco, puerta, address):
        yield Lobby(puerta, kiosco, services, address)


def found(lobby: Lobby, cedula: str = CEDULAS[0], born: date = BORN) -> Visita:
    visita = lobby.kiosco.consult(cedula, born)
    assert isinstance(visita, Visita)
    return visita


def test_who_is_found_is_told_what_to_bring_and_no_name(lobby: Lobby) -> None:
    visita = found(lobby)
    assert (visita.iniciales, visita.cedula_mascara) == ("M J F N", "24•••••005")
    assert not visita.detenida
    assert [each.id for each in visita.traer] == ["solicitud", "cedula", "votacion", "planilla"]
    votacion = visita.traer[2]
    assert not votacion.exigible
    assert "mayor de 65" in votacion.nota
    assert "art. 11" in votacion.nota
    assert dict(visita.planillas) == {"agua": "Agua", "luz": "Luz", "telefono": "Teléfono"}
    assert "FICTICIA" not in repr(visita)
    assert CEDULAS[0] not in repr(visita)
    assert "1955" not in repr(visita)


@pytest.mark.parametrize(
    ("tipo", "discapacidad"),
    [
        (TipoPrestacion.JUBILACION_DISCAPACIDAD, True),
        (TipoPrestacion.JUBILACION_INVALIDEZ, True),
        (TipoPrestacion.JUBILACION_INVALIDEZ, False),
        (TipoPrestacion.AFILIADO_CESANTE, True),
    ],
)
def test_nothing_is_said_of_anybodys_health(
    lobby: Lobby, tipo: TipoPrestacion, *, discapacidad: bool
) -> None:
    add_people(
        lobby.services.database,
        person(
            cedula=CEDULAS[5],
            tipo_prestacion=tipo,
            discapacidad=discapacidad,
            fecha_nacimiento=date(1980, 5, 5),
        ),
    )
    visita = found(lobby, CEDULAS[5], date(1980, 5, 5))
    votacion = next(each for each in visita.traer if each.id == "votacion")
    assert votacion.exigible is not discapacidad
    if discapacidad:
        assert votacion.nota == "Voto facultativo · art. 11 C. Democracia"
    # Both papers say what this says.
    assert not any(each in repr(visita).lower() for each in ("discapacidad", "invalidez"))


def test_whoever_owes_the_certificate_is_told_what_else_will_do(lobby: Lobby) -> None:
    visita = found(lobby, CEDULAS[1], date(1980, 5, 5))
    solicitud, _, votacion, _ = visita.traer
    assert "empleador" in solicitud.donde
    assert votacion.exigible
    assert "el justificativo de la abstención" in votacion.nota


@pytest.mark.parametrize(
    ("cedula", "born"), [(CEDULAS[0], WRONG), (CEDULAS[5], BORN), ("2459999997", date(1900, 1, 1))]
)
def test_a_wrong_cedula_and_a_wrong_birth_date_are_one_answer(lobby: Lobby, cedula: str, born: date) -> None:
    assert lobby.kiosco.consult(cedula, born) is None


def test_every_question_takes_as_long(lobby: Lobby) -> None:
    ends: list[float] = []  # when each answer would be there, had the time passed
    kiosco = Kiosco(
        lobby.puerta, load_shipped(settings.RESOURCES), lambda left: ends.append(time.monotonic() + left)
    )
    for cedula, born in ((CEDULAS[0], BORN), (CEDULAS[0], WRONG), (CEDULAS[5], BORN)):
        began = time.monotonic()
        kiosco.consult(cedula, born)
        assert ends.pop() - began > ANSWER_SECONDS - 1e-6
        assert ends == []


@pytest.mark.parametrize("cedula", CEDULAS[2:5])
def test_a_stop_is_sent_to_a_person_and_gets_no_solicitud(lobby: Lobby, cedula: str) -> None:
    visita = found(lobby, cedula)
    assert visita.detenida
    with pytest.raises(KnownError, match=r"kiosco\.late"):
        lobby.kiosco.request(visita, "luz")
    assert lobby.rows("SELECT 1 FROM solicitud") == []


# -- the solicitud ---------------------------------------------------------------------


def test_a_solicitud_is_made_once_until_it_is_used(lobby: Lobby) -> None:
    made = lobby.kiosco.request(found(lobby), "luz")
    assert numeros.validate(made.numero) == made.numero
    assert numeros.kind_of(made.numero) is numeros.Kind.SOLICITUD
    again = lobby.kiosco.request(found(lobby), "agua")
    assert again == made
    assert lobby.rows("SELECT cedula, origen, estado, planilla, generada_por, ventanilla FROM solicitud") == [
        (CEDULAS[0], "kiosco", "generada", "agua", None, 0)
    ]
    other = lobby.kiosco.request(found(lobby, CEDULAS[1], date(1980, 5, 5)), "")
    assert int(other.numero[5:14]) == int(made.numero[5:14]) + 1
    assert numeros.validate(other.numero)
    assert lobby.rows(
        "SELECT estado, ruc FROM solicitud WHERE origen = 'kiosco' ORDER BY id DESC LIMIT 1"
    ) == [("por_calificar", "1790011674001")]
    assert made.vence_el == (made.generada_en - timedelta(hours=5)).date() + timedelta(days=30)


def test_the_window_opens_with_what_the_kiosk_knows(lobby: Lobby, clock: Clock) -> None:
    made = lobby.kiosco.request(found(lobby), "telefono")
    clock.moment = now()
    services, sesion = lobby.services, sign_in(lobby.services)
    tramite = services.solicitudes.attend(sesion, numeros.shown(made.numero)).tramite
    assert tramite is not None
    assert tramite.solicitud is not None
    assert (tramite.persona.cedula, tramite.solicitud.numero) == (CEDULAS[0], made.numero)
    papers = {each.requisito: each.alternativa for each in services.tramites.checklist(tramite).documentos}
    assert papers["planilla"] == "telefono"
    # Once it was used, the kiosk makes another.
    services.tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    services.tramites.save_requisitos(sesion, tramite.numero, full_papers(tramite, services), done=True)
    services.tramites.accept(sesion, tramite.numero)
    services.tramites.sign(sesion, tramite.numero)
    assert lobby.kiosco.request(found(lobby), "").numero != made.numero


def test_the_numbers_have_the_check_digits_of_the_windows(lobby: Lobby) -> None:
    with lobby.services.database.unit_of_work() as session:
        from agencia_app.services.tramite_rows import next_number  # noqa: PLC0415

        ours = [next_number(session, numeros.Kind.SOLICITUD, now())[0] for _ in range(3)]
        session.commit()
    made = lobby.kiosco.request(found(lobby), "")
    assert int(made.numero[5:14]) == int(ours[-1][5:14]) + 1
    year, sequence = int(made.numero[3:5]), int(made.numero[5:14])
    assert made.numero == numeros.build(numeros.Kind.SOLICITUD, "017", year, sequence)


def test_what_the_kiosk_does_is_sealed_in_the_bitacora(lobby: Lobby) -> None:
    lobby.kiosco.consult(CEDULAS[0], WRONG)
    visita = found(lobby)
    made = lobby.kiosco.request(visita, "luz")
    assert lobby.kiosco.request(visita, "agua") == made
    rows = lobby.rows("SELECT accion, detalle FROM bitacora WHERE actor = 'sistema:kiosco' ORDER BY seq")
    told = f'"cedulas": ["{CEDULAS[0]}"]'
    assert rows == [
        ("kiosco.consulta", f'{{"acierto": false, {told}}}'),
        ("kiosco.consulta", f'{{"acierto": true, {told}}}'),
        *[("kiosco.solicitud", f'{{{told}, "solicitud": "{made.numero}"}}')] * 2,  # each time it is printed
    ]
    assert bitacora.verify(lobby.services.database).whole
    (count,) = lobby.rows(
        "SELECT count(*) FROM acceso JOIN bitacora USING (seq) WHERE actor = 'sistema:kiosco'"
    )
    assert count == (4,)
    assert lobby.services.auditoria.verify(None).whole


def test_an_answer_is_good_for_a_while_alone(lobby: Lobby) -> None:
    visita = found(lobby)
    with raw_of(lobby.services.database) as raw:
        raw.execute("UPDATE kiosco_pregunta SET en = ?", (datetime(2026, 1, 1),))  # noqa: DTZ001 - as kept
    assert lobby.puerta.answer(visita.ficha) is None
    with pytest.raises(KnownError, match=r"kiosco\.late"):
        lobby.kiosco.request(visita, "luz")


# -- guessing --------------------------------------------------------------------------


def test_a_kiosk_that_guesses_waits_longer_and_longer(lobby: Lobby) -> None:
    assert [lobby.kiosco.consult(f"24599990{n:02d}", BORN) for n in range(60, 64)] == [None] * 4
    began = now()
    with raw_of(lobby.services.database) as raw:  # an hour from now, so that no slow machine waits it out
        raw.execute("UPDATE kiosco_pregunta SET en = ?", ((began + timedelta(hours=1)).replace(tzinfo=None),))
    answer = lobby.kiosco.consult("2459999064", BORN)
    assert isinstance(answer, Espera)
    assert 3_605 - (now() - began).total_seconds() <= answer.segundos <= 3_605
    assert isinstance(lobby.kiosco.consult(CEDULAS[0], BORN), Espera)  # nor is who is right told anything
    assert [rules.wait_after(n) for n in (3, 4, 5, 6, 7, 8, 9, 500)] == [0, 5, 10, 20, 40, 60, 60, 60]


def test_a_kiosk_that_asks_without_end_waits_though_it_asks_right(lobby: Lobby) -> None:
    found(lobby)
    copied = (
        "INSERT INTO kiosco_pregunta (id, equipo, cedula, en, dia, transaccion, acierto) "
        "SELECT ?, equipo, cedula, ?, dia, transaccion, acierto FROM kiosco_pregunta LIMIT 1"
    )
    ahead = (now() + timedelta(hours=1)).replace(tzinfo=None)  # so that no slow machine waits it out
    with raw_of(lobby.services.database) as raw:
        for number in range(rules.FREE_QUESTIONS - 2):
            raw.execute(copied, (f"otra-{number}", ahead))
    found(lobby)
    before = lobby.rows("SELECT count(*) FROM bitacora")
    answer = lobby.kiosco.consult(CEDULAS[0], BORN)
    assert isinstance(answer, Espera)
    assert answer.segundos > 3_000
    assert lobby.rows("SELECT count(*) FROM bitacora") == before


def test_a_cedula_that_was_guessed_at_gets_no_other_answer_that_day(lobby: Lobby) -> None:
    for _ in range(5):
        assert lobby.kiosco.consult(CEDULAS[0], WRONG) is None
        with raw_of(lobby.services.database) as raw:  # as if they had waited
            raw.execute("UPDATE kiosco_pregunta SET en = ?", (datetime(2026, 1, 1),))  # noqa: DTZ001 - as kept
    assert lobby.kiosco.consult(CEDULAS[0], BORN) is None
    lobby.forget()  # the next day
    assert isinstance(lobby.kiosco.consult(CEDULAS[0], BORN), Visita)


@pytest.mark.postgres
def test_who_rolls_a_question_back_has_no_answer(lobby: Lobby) -> None:
    with psycopg.connect(lobby.address) as connection:
        (ficha, _) = connection.execute(
            "SELECT * FROM kiosco_pregunta(%s, %s)", (CEDULAS[0], BORN)
        ).fetchone() or ("", 0)
        assert connection.execute("SELECT * FROM kiosco_respuesta(%s)", (ficha,)).fetchall() == []
        assert connection.execute("SELECT * FROM kiosco_solicita(%s, '', false)", (ficha,)).fetchall() == []
        connection.rollback()
        assert connection.execute("SELECT * FROM kiosco_respuesta(%s)", (ficha,)).fetchall() == []
        connection.commit()
    assert lobby.rows("SELECT 1 FROM kiosco_pregunta") == []


# -- and nothing more ------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement",
    [
        *(f"TABLE {table}" for table in sorted(grants.GRANTS)),
        "SELECT count(*) FROM persona",
        "SELECT clave_hash FROM usuario",
        "SELECT fecha_nacimiento FROM persona",
        "INSERT INTO kiosco_pregunta VALUES ('x', '', '', now(), now(), '', true)",
        "UPDATE kiosco_pregunta SET acierto = true",
        "DELETE FROM kiosco_pregunta",
        "INSERT INTO solicitud DEFAULT VALUES",
        "UPDATE secuencia SET ultimo = 9",
        "SELECT kiosco_registra('a', 'b', 'c')",
        "SELECT bitacora_no_delete()",
        "SELECT nextval('solicitud_id_seq')",
        "SELECT last_value FROM solicitud_id_seq",
        "TRUNCATE solicitud",
        "ALTER TABLE kiosco_pregunta DISABLE TRIGGER ALL",
        "CREATE TABLE mia (id int)",
        "CREATE TEMP TABLE persona (cedula text)",
        "CREATE FUNCTION kiosco_marco(x int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION kiosco_marco() RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
        "ALTER FUNCTION kiosco_marco() RESET search_path",
        "COPY persona TO STDOUT",
        "COPY persona TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
        "SET ROLE postgres",
        "SET session_replication_role = replica",
        "CREATE ROLE otro",
    ],
)
def test_who_has_the_kiosks_address_has_nothing_else(
    postgres: PostgresServer, kiosk: str, statement: str
) -> None:
    ended = subprocess.run(
        [postgres.bin / "psql", "-X", "-q", "-vON_ERROR_STOP=1", f"-c{statement}", kiosk],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=os.environ | {"LC_MESSAGES": "C"},
    )
    assert ended.returncode != 0, ended.stdout
    assert "ERROR" in ended.stderr


@pytest.fixture(scope="module")
def kiosk(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the kiosk's account in an agency that was prepared on a server."""
    from tests.db.test_instalacion_postgres import initialise  # noqa: PLC0415 - its way of preparing

    data: Path = tmp_path_factory.mktemp("con-kiosco") / "datos"
    initialise(settings.Settings(data, base=postgres.address("con_kiosco"), demostracion=True))
    with accounts.preparing_kiosk(postgres.address("con_kiosco")) as (_, address):
        pass
    yield address
    postgres.drop_agency("con_kiosco")


@pytest.mark.postgres
def test_the_account_may_what_it_needs_and_a_migration_leaves_it_so(
    postgres: PostgresServer, kiosk: str
) -> None:
    with closing(Database(kiosk)) as database:
        assert grants.wrong_of_kiosk(database.reader()) == []
        assert grants.wrong(database.reader()) != []
    with psycopg.connect(postgres.address("con_kiosco"), autocommit=True) as connection:
        connection.execute("GRANT SELECT (cedula) ON persona TO con_kiosco_kiosco")
        connection.execute("GRANT EXECUTE ON FUNCTION kiosco_registra TO con_kiosco_kiosco")
    with closing(Database(kiosk)) as database:
        assert grants.wrong_of_kiosk(database.reader()) == ["persona", "EXECUTE kiosco_registra"]
    with closing(Database(postgres.address("con_kiosco"))) as database, database.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE con_kiosco_propietario")
        grants.give_again(connection)
    with closing(Database(kiosk)) as database:
        assert grants.wrong_of_kiosk(database.reader()) == []


@pytest.mark.postgres
def test_preparing_again_gives_another_password(postgres: PostgresServer, kiosk: str) -> None:
    with accounts.preparing_kiosk(postgres.address("con_kiosco")) as (_, address):
        pass
    assert make_url(address).username == make_url(kiosk).username
    assert make_url(address).password != make_url(kiosk).password


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT clave_hash FROM usuario",
        "SELECT nombre FROM usuario",
        "WITH bitacora_sigue_cabeza AS (SELECT clave_hash FROM usuario) SELECT * FROM bitacora_sigue_cabeza",
        "SELECT * FROM (SELECT hash FROM clave) AS solicitud_no_replace",
        "SELECT correo FROM persona",
        "SELECT detalle FROM bitacora",
        "SELECT semilla FROM agencia",
        "UPDATE persona SET apellidos = 'X'",
        "UPDATE bitacora_cabeza SET seq = 1",
        "UPDATE solicitud SET estado = 'presentada'",
        "DELETE FROM solicitud",
        "DELETE FROM acceso",
        "INSERT INTO usuario DEFAULT VALUES",
        "INSERT INTO clave DEFAULT VALUES",
        "DROP TABLE kiosco_pregunta",
        "CREATE TABLE mia (id int)",
        "CREATE TEMP TRIGGER mio AFTER INSERT ON solicitud BEGIN SELECT 1; END",
        "ATTACH ':memory:' AS otra",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = DELETE",
        "SELECT load_extension('x')",
        "VACUUM",
    ],
)
def test_a_confined_connection_does_nothing_else(lobby: Lobby, statement: str) -> None:
    puerta = lobby.puerta
    assert isinstance(puerta, PuertaPropia)
    with pytest.raises(DatabaseError, match=r"not authorized|prohibited|denied"):
        puerta._database.reader().exec_driver_sql(statement)


@pytest.mark.parametrize(("revision", "code"), [("0007", "kiosco.version"), ("9999", "base.newer")])
def test_another_versions_database_is_refused(lobby: Lobby, revision: str, code: str) -> None:
    with raw_of(lobby.services.database) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    with pytest.raises(KnownError) as refused:
        lobby.kiosco.frame()
    assert refused.value.code == code


def test_the_kiosk_goes_by_the_agencys_rules(lobby: Lobby, clock: Clock) -> None:
    services, today = lobby.services, local_date(now())
    assert lobby.kiosco.frame().nombre == "Agencia Quito Norte"
    assert "planilla" in [each.id for each in found(lobby).traer]
    clock.moment = now()
    services.reglamentos.put(sign_in_as(services, "admin"), SHORTER, today)
    assert "planilla" not in [each.id for each in found(lobby).traer]


def test_a_bill_of_the_agencys_own_may_have_a_digit_in_its_id(lobby: Lobby, clock: Clock) -> None:
    clock.moment = now()
    own = SHIPPED.replace('id = "luz"', 'id = "luz_2"')
    lobby.services.reglamentos.put(sign_in_as(lobby.services, "admin"), own, local_date(now()))
    visita = found(lobby)
    assert "luz_2" in [each for each, _ in visita.planillas]
    lobby.kiosco.request(visita, "luz_2")
    assert [row for (row,) in lobby.services.database.rows("SELECT planilla FROM solicitud")] == ["luz_2"]


@pytest.mark.postgres
def test_the_kiosk_is_told_no_setting_but_its_own(lobby: Lobby) -> None:
    sesion = sign_in_as(lobby.services, "admin")
    for nombre, valor in (("consultas_sin_tramite", "77"), ("dias_solicitud", "12")):
        lobby.services.ajustes.put(sesion, nombre, valor)
    assert isinstance(lobby.puerta, PuertaServidor)
    ((told,),) = lobby.puerta._database.rows("SELECT kiosco_marco()")
    given = json.loads(told)["ajustes"]
    assert sorted(given) == ["admitir_conviviente", "dias_solicitud", "perfil"]
    assert given["dias_solicitud"] == "12"


def test_what_is_kept_of_people_is_no_more_than_that(lobby: Lobby) -> None:
    found(lobby)
    assert lobby.rows("SELECT cedula, acierto FROM kiosco_pregunta") in (
        [(CEDULAS[0], True)],
        [(CEDULAS[0], 1)],
    )


@pytest.mark.postgres
def test_a_kiosk_with_another_account_does_not_open(services: Services) -> None:
    kiosco, _ = app.open_kiosk(services.settings)
    with pytest.raises(KnownError, match=r"kiosco\.account"):
        kiosco.frame()
    kiosco.close()


def test_a_kiosk_opens_with_its_own(lobby: Lobby) -> None:
    kiosco, _ = app.open_kiosk(replace(lobby.services.settings, base=lobby.address))
    assert kiosco.frame().codigo == "017"
    assert isinstance(kiosco.consult(CEDULAS[0], BORN), Visita)
    kiosco.close()


# -- preparing a machine ---------------------------------------------------------------


@pytest.mark.postgres
def test_a_kiosks_machine_is_prepared_with_an_account_and_a_password_of_its_own(
    services: Services, tmp_path: Path
) -> None:
    empty = settings.Settings(tmp_path / "vestibulo")
    config = kiosco_preparar.prepare(empty, "cerrar-kiosco", admins(services.settings.base))
    written = settings.load(config.data)
    assert str(make_url(written.base).username).endswith("_kiosco")
    for name in (settings.FILE_NAME, kiosco_preparar.FILE_NAME):
        assert stat.S_IMODE((config.data / name).stat().st_mode) == 0o600
    assert "cerrar-kiosco" not in (config.data / kiosco_preparar.FILE_NAME).read_text()
    kiosco_preparar.Salida(config.data).check("cerrar-kiosco")
    kiosco, _ = app.open_kiosk(written)
    assert kiosco.frame().codigo == "017"
    kiosco.close()
    ((told,),) = services.database.rows("SELECT detalle FROM bitacora WHERE accion = 'kiosco.preparado'")
    assert str(make_url(written.base).username) in told
    assert services.auditoria.verify(None).whole
    # Another kiosk takes the same account, and asks no administrador of the server.
    other = kiosco_preparar.prepare(
        settings.Settings(tmp_path / "patio", base=written.base), "otra-contrasena"
    )
    assert settings.load(other.data).base == written.base


@pytest.mark.postgres
def test_what_cannot_be_prepared_leaves_nothing(services: Services, tmp_path: Path) -> None:
    base = services.settings.base
    new = settings.Settings(tmp_path / "vestibulo")
    for config, password, admin, code in (
        (replace(new, base=base), "cerrar-kiosco", "", "kiosco.account"),
        (new, "corta", admins(base), "usuario.password_short"),
        (new, "cerrar-kiosco", "", "servidor.base"),
        (new, "cerrar-kiosco", "mysql://servidor/x", "migracion.address"),
        (new, "cerrar-kiosco", base, "servidor.admin"),
        (new, "cerrar-kiosco", admins(base, "postgres"), "base.older"),
    ):
        with pytest.raises(KnownError) as refused:
            kiosco_preparar.prepare(config, password, admin)
        assert refused.value.code == code
        assert not new.data.exists()


@pytest.mark.sqlite
def test_a_machine_with_an_agency_of_its_own_is_no_servers_kiosk(services: Services) -> None:
    with pytest.raises(KnownError, match=r"data\.exists"):
        kiosco_preparar.prepare(services.settings, "cerrar-kiosco")


@pytest.mark.sqlite
def test_a_kiosk_beside_its_own_database_is_prepared_by_an_administrador(services: Services) -> None:
    config = services.settings
    with pytest.raises(KnownError, match=r"kiosco\.unprepared"):
        kiosco_preparar.Salida(config.data)

    def prepare(usuario: str, password: str) -> None:
        sesion = sign_in_as(services, usuario)
        kiosco_preparar.prepare_own(services.database, config, sesion, password, now)

    for usuario, password, code in (
        ("a.ejemplo", "cerrar-kiosco", "usuario.role"),
        ("admin", "corta", "usuario.password_short"),
    ):
        with pytest.raises(KnownError, match=code):
            prepare(usuario, password)
        assert not (config.data / kiosco_preparar.FILE_NAME).exists()
    prepare("admin", "cerrar-kiosco")
    kiosco_preparar.Salida(config.data).check("cerrar-kiosco")
    assert stat.S_IMODE((config.data / kiosco_preparar.FILE_NAME).stat().st_mode) == 0o600
    ((actor,),) = services.database.rows("SELECT actor FROM bitacora WHERE accion = 'kiosco.preparado'")
    assert actor == "admin"
