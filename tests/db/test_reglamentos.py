"""Versions of the rules: new trámites follow the date at every window, open ones keep what they had."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agencia_app import app, cli, settings
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.reglamento import ClaseReglamento, Vigencia
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.tablero import Filtro, Orden
from agencia_app.models.domain.tramite import Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.doctor import Doctor, Salud
from agencia_app.services.registry import Services
from agencia_app.services.reglamentos import read_file
from tests.factories import (
    CEDULAS,
    PASSWORD,
    SHIPPED,
    SHORTER,
    Clock,
    SteadyClock,
    add_people,
    person,
    signed_in,
)
from tests.raw import raw_of

TODAY = date(2026, 11, 23)
TOMORROW = TODAY + timedelta(days=1)
ELECTIONS = "fechas = [2025-02-09, 2025-04-13]"


@pytest.fixture
def admin(services: Services) -> Sesion:
    return signed_in(services, "admin")


@pytest.fixture
def other(services: Services, clock: Clock) -> Iterator[Services]:
    """Another window of the agency, open since before."""
    made = app.open_services(settings.load(services.settings.data), clock, SteadyClock())
    yield made
    made.database.close()


def attended(services: Services, cedula: str = CEDULAS[0]) -> Tramite:
    found = services.tramites.attend(signed_in(services, "a.ejemplo"), cedula).tramite
    assert found is not None
    return found


def asked(services: Services, tramite: Tramite) -> list[str]:
    return [each.id for each in services.tramites.checklist(tramite).requisitos]


def test_new_tramites_follow_and_open_ones_keep_theirs_at_every_window(
    services: Services, other: Services, admin: Sesion
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1]), person(cedula=CEDULAS[2]))
    before = attended(other)
    number = services.reglamentos.put(admin, SHORTER, TODAY)
    after = attended(other, CEDULAS[1])
    assert (before.perfil, after.perfil) == ("documento-fuente", f"documento-fuente@{number}")
    for each in (services, other):
        assert asked(each, before) == ["cedula", "votacion", "planilla"]
        assert asked(each, after) == ["cedula", "votacion"]
    assert attended(services).perfil == "documento-fuente"  # taken up elsewhere, it keeps its own


def test_a_window_that_has_not_heard_of_a_version_reads_it_with_the_tramite(
    services: Services, other: Services, admin: Sesion
) -> None:
    services.reglamentos.put(admin, SHORTER, TODAY)
    tramite = attended(services)
    assert asked(other, other.tramites.reload(tramite.numero)) == ["cedula", "votacion"]
    boss = signed_in(other, "s.ejemplo")
    assert other.expedientes.open(boss, tramite.numero).tramite.perfil == tramite.perfil


def test_it_begins_at_midnight_in_guayaquil(
    services: Services, other: Services, admin: Sesion, clock: Clock
) -> None:
    add_people(services.database, *(person(cedula=each) for each in CEDULAS[1:4]))
    services.reglamentos.put(admin, SHORTER, TOMORROW)
    assert attended(other).perfil == "documento-fuente"
    clock.moment = datetime(2026, 11, 24, 4, 59, 59, tzinfo=UTC)
    assert attended(other, CEDULAS[1]).perfil == "documento-fuente"
    clock.moment = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert attended(other, CEDULAS[2]).perfil.startswith("documento-fuente@")
    assert attended(services, CEDULAS[3]).perfil.startswith("documento-fuente@")


def test_the_version_that_began_last_holds_whichever_was_put_last(
    services: Services, admin: Sesion, clock: Clock
) -> None:
    later = services.reglamentos.put(admin, SHORTER, TOMORROW)
    today = services.reglamentos.put(admin, SHIPPED.replace('"simple"', '"opcional"'), TODAY)
    assert attended(services).perfil == f"documento-fuente@{today}"
    clock.move(days=1)
    add_people(services.database, person(cedula=CEDULAS[1]))
    assert attended(services, CEDULAS[1]).perfil == f"documento-fuente@{later}"


def test_the_board_counts_what_each_version_asks_for(services: Services, admin: Sesion) -> None:
    boss = signed_in(services, "s.ejemplo")
    services.tablero.hoy(boss)
    optional = SHIPPED.replace('copia = "color"', 'copia = "opcional"')
    services.reglamentos.put(admin, optional, TODAY)
    tramite = attended(services)
    _, *papers = services.tramites.checklist(tramite).documentos
    sesion = signed_in(services, "a.ejemplo")
    seen = (Documento("cedula", original=True), *papers)
    services.tramites.save_requisitos(sesion, tramite.numero, seen, done=False)
    ids = services.tablero.ids(boss, Filtro(TODAY, TODAY), Orden())
    (row,) = services.tablero.filas(boss, ids).values()
    assert (row.vistos, row.documentos) == (2, 3)  # the cédula without its copy, and who owes no vote


def test_elections_and_agencies_likewise(
    services: Services, other: Services, admin: Sesion, clock: Clock
) -> None:
    born = date(1960, 9, 1)  # 65 on 2025-11-16, not on 2025-04-13
    people = [person(cedula=each, fecha_nacimiento=born) for each in CEDULAS[1:3]]
    add_people(services.database, *people)
    old = attended(other, CEDULAS[1])
    clock.move(minutes=1)
    services.reglamentos.put(admin, ELECTIONS, TODAY)
    clock.move(minutes=1)
    new = attended(other, CEDULAS[2])
    for each in (services, other):
        tramite_old, tramite_new = (each.tramites.reload(found.numero) for found in (old, new))
        assert each.tramites.checklist(tramite_old).exencion is not None
        assert each.tramites.checklist(tramite_new).exencion is None
    services.reglamentos.put(admin, "[agencias]\n017 = 'Loja Centro'\n[provincias]\n017 = 'LOJA'", TOMORROW)
    with services.database.reading() as session:
        services.rules.refresh(session)
    assert services.rules.provinces_on(TODAY) == {"017": "PICHINCHA"}
    assert services.rules.provinces_on(TOMORROW) == {"017": "LOJA"}


def test_it_is_recorded_with_its_fingerprint(services: Services, admin: Sesion) -> None:
    number = services.reglamentos.put(admin, SHORTER, TOMORROW)
    ((actor, detalle),) = services.database.rows(
        "SELECT actor, detalle FROM bitacora WHERE accion = ?", (Evento.REGLAMENTO_PUESTO.value,)
    )
    assert actor == "admin"
    assert json.loads(detalle) == {
        "clase": "requisitos",
        "nombre": "documento-fuente",
        "version": number,
        "huella": hashlib.sha256(SHORTER.encode()).hexdigest(),
        "rige_desde": "2026-11-24",
    }
    assert bitacora.verify(services.database).whole


def test_what_contradicts_what_there_is_is_refused(services: Services, admin: Sesion) -> None:
    def valid(dates: str) -> str:
        return SHORTER.replace("desde = 2005-06-01", dates)

    services.reglamentos.put(admin, SHORTER, TOMORROW)
    before = services.reglamentos.listed(admin)
    for text, desde, code in (
        (SHORTER, TODAY - timedelta(days=1), "reglamento.past"),
        (SHIPPED, TOMORROW, "reglamento.taken"),
        (SHORTER.replace('copia = "color"', 'copia = "azul"'), TODAY, "reglamento.invalid"),
        (valid("desde = 2026-11-24"), TODAY, "reglamento.invalid"),
        (valid("desde = 2005-06-01\nhasta = 2026-11-22"), TODAY, "reglamento.invalid"),
        # over the one that begins tomorrow
        (valid("desde = 2005-06-01\nhasta = 2026-11-24"), TODAY, "reglamento.invalid"),
        ("fechas = [2027-02-14]", TODAY, "reglamento.invalid"),
        ("", TODAY, "reglamento.invalid"),
    ):
        with pytest.raises(KnownError, match=code.replace(".", r"\.")):
            services.reglamentos.put(admin, text, desde)
    assert services.reglamentos.listed(admin) == before


def test_a_version_with_an_end_gives_way_to_a_later_one_before_it(services: Services, admin: Sesion) -> None:
    ending = SHORTER.replace("desde = 2005-06-01", "desde = 2005-06-01\nhasta = 9999-12-31")  # a slip
    services.reglamentos.put(admin, ending, TODAY)
    proposed = services.reglamentos.check(admin, SHIPPED)
    assert (proposed.desde, proposed.fallos) == (TOMORROW, ())
    services.reglamentos.put(admin, SHIPPED, proposed.desde)
    first = next(each for each in services.reglamentos.listed(admin) if each.id == 1)
    assert first.hasta == TODAY


def test_a_clock_that_went_back_lets_no_rules_hold_backwards(
    services: Services, admin: Sesion, clock: Clock
) -> None:
    clock.move(days=-30)
    with pytest.raises(KnownError, match=r"reloj\.back"):
        services.reglamentos.put(admin, SHORTER, TODAY - timedelta(days=30))


def test_requisitos_that_have_ended_stop_new_tramites_and_the_doctor_says_so(
    services: Services, admin: Sesion, clock: Clock
) -> None:
    def doctor() -> tuple[Salud, str]:
        doctor = Doctor(
            services.database,
            services.settings,
            services.retencion,
            services.respaldos,
            services.rules,
            clock,
        )
        return next((each.salud, each.texto) for each in doctor.examine() if each.que == "requisitos")

    assert doctor()[0] is Salud.BIEN
    add_people(services.database, person(cedula=CEDULAS[1]))
    services.reglamentos.put(
        admin, SHORTER.replace("desde = 2005-06-01", "desde = 2005-06-01\nhasta = 2026-11-24"), TODAY
    )
    tramite = attended(services)
    assert doctor()[0] is Salud.AVISO
    clock.move(days=2)
    assert attended(services).numero == tramite.numero  # what is open goes on
    with pytest.raises(KnownError, match=r"perfil\.ended"):
        attended(services, CEDULAS[1])
    assert doctor()[0] is Salud.FALLA
    services.reglamentos.put(admin, SHIPPED, TODAY + timedelta(days=2))
    assert attended(services, CEDULAS[1]).perfil.startswith("documento-fuente@")


def test_the_list_says_how_each_version_stands(services: Services, admin: Sesion) -> None:
    first = services.reglamentos.put(admin, SHORTER, TODAY)
    second = services.reglamentos.put(admin, SHIPPED, TOMORROW)
    found = [each for each in services.reglamentos.listed(admin) if each.nombre == "documento-fuente"]
    assert [
        (each.id, each.desde, each.hasta, each.vigencia, each.usada, each.puesto_por) for each in found
    ] == [
        (second, TOMORROW, None, Vigencia.FUTURA, False, "admin"),
        (first, TODAY, TODAY, Vigencia.VIGENTE, True, "admin"),
        (0, date(2005, 6, 1), TODAY - timedelta(days=1), Vigencia.TERMINADA, False, ""),
    ]
    clases = [each.clase for each in services.reglamentos.listed(admin)]
    assert clases == sorted(clases, key=list(ClaseReglamento).index)


def test_a_check_says_what_changes_against_what_holds_then(services: Services, admin: Sesion) -> None:
    same = services.reglamentos.check(admin, SHIPPED)
    assert (same.fallos, same.cambios, same.desde, same.antes) == ((), (), TODAY, True)
    changed = SHORTER.replace('copia = "color"', 'copia = "simple"', 1).replace(
        'firmas = ["persona"]', "firmas=['persona']"
    )
    assert services.reglamentos.check(admin, changed).cambios == (
        "«Cédula», la copia: de «copia a color» a «copia».",
        "Se quita el requisito «Planilla de servicio básico».",
    )
    services.reglamentos.put(admin, SHORTER, TOMORROW)
    assert services.reglamentos.check(admin, SHORTER, TOMORROW + timedelta(days=1)).cambios == ()
    new = services.reglamentos.check(admin, SHORTER.replace("documento-fuente", "otros"))
    assert (new.nombre, new.antes, new.usada) == ("otros", False, False)
    assert services.reglamentos.check(admin, ELECTIONS).cambios == (
        "Se quita la elección del 16/11/2025.",
        "Se quita la elección del 14/02/2027.",
    )


def test_nobody_changes_a_version_or_takes_it_away(services: Services, admin: Sesion) -> None:
    services.reglamentos.put(admin, SHORTER, TODAY)
    by_another = (
        "INSERT INTO reglamento SELECT id + 1, clase, nombre, contenido, '2027-01-01', "
        "(SELECT id FROM usuario WHERE usuario = 's.ejemplo'), puesto_en FROM reglamento"
    )
    for statement in (
        "UPDATE reglamento SET contenido = ''",
        "DELETE FROM reglamento",
        by_another,
    ):
        with raw_of(services.database) as raw, pytest.raises(Exception, match="reglamento"):
            raw.execute(statement)
    assert len(services.database.rows("SELECT id FROM reglamento")) == 1


@pytest.mark.parametrize("name", ["no-hay.toml", "carpeta", "grande.toml", "latin.toml"])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "carpeta").mkdir()
    (tmp_path / "grande.toml").write_bytes(b"#" * 200_001)
    (tmp_path / "latin.toml").write_bytes(b"id = '\xf1'")
    with pytest.raises(KnownError, match=r"reglamento\.file"):
        read_file(tmp_path / name)


@pytest.mark.sqlite
def test_the_command_line(services: Services, tmp_path: Path) -> None:
    def run(*order: object, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agencia_app", "reglamento", *map(str, order)],
            env=os.environ | {settings.ENV_DATA: str(services.settings.data)},
            input=typed, capture_output=True, text=True, check=False,
        )  # fmt: skip

    path = tmp_path / "nuevo.toml"
    path.write_text(SHORTER.replace('copia = "color"', 'copia = "azul"'), "utf-8")
    wrong = run("revisar", path)
    assert wrong.returncode == cli.REFUSED
    assert [line.split(": ")[0] for line in wrong.stdout.splitlines()] == [f"{path}:19", f"{path}:27"]
    path.write_text(SHORTER, "utf-8")
    told = json.loads(run("revisar", path, "--json").stdout)
    assert (told["nombre"], told["errores"], len(told["cambios"])) == ("documento-fuente", [], 1)
    desde = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
    put = run("poner", path, "--desde", desde, "--admin", "admin", "--json", typed=f"{PASSWORD}\n")
    assert put.returncode == cli.OK, put.stderr
    assert run("ver", json.loads(put.stdout)["version"]).stdout == SHORTER
    listed = json.loads(run("lista", "--json").stdout)
    assert (listed[0]["version"], listed[0]["desde"], listed[0]["estado"]) == (
        json.loads(put.stdout)["version"],
        desde,
        "futura",
    )
