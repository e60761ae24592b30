"""What the doctor says of an installation that is well, and of each thing that may be wrong with it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from agencia_app.models.db import guards_check, guards_postgres
from agencia_app.models.domain.evento import Evento
from agencia_app.services import bitacora, doctor
from agencia_app.services.doctor import Doctor, Hallazgo, Salud
from agencia_app.services.registry import Services
from tests.factories import CEDULAS, Clock, ready_to_issue, sign_in
from tests.raw import raw_of

ALL_THINGS = {
    "base", "protecciones", "bitacora", "accesos", "cierres", "reloj", "requisitos", "disco", "permisos", "cifrado", "respaldos", "espacio",
    "servidor", "cuenta",
    "retencion.bitacora", "retencion.documentos", "retencion.contacto", "retencion.impresiones",
}  # fmt: skip


def examined(services: Services, clock: Clock) -> dict[str, Hallazgo]:
    config = services.settings
    if services.respaldos.newest() is not None:
        config = replace(config, respaldo_recibe="age1" + 58 * "q")
    found = Doctor(
        services.database, config, services.retencion, services.respaldos, services.rules, clock
    ).examine()
    assert len({each.que for each in found}) == len(found)
    return {each.que: each for each in found}


def wrong(services: Services, clock: Clock) -> dict[str, Salud]:
    found = examined(services, clock)
    found.pop("cifrado", None)  # test_cifrado's: the tests' agency is not
    assert (
        not services.database.is_postgres or found["servidor"].salud is Salud.FALLA
    )  # the tests' is a quick one
    return {
        que: each.salud for que, each in found.items() if each.salud is not Salud.BIEN and que != "servidor"
    }


def tampered(services: Services, trigger: str, *statements: str) -> None:
    """Take a trigger away, and do what it was against."""
    with raw_of(services.database) as raw:
        raw.drop_trigger(trigger)
        for each in statements:
            raw.execute(each)


@pytest.fixture(autouse=True)
def much_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50_000_000_000))


def backed_up(services: Services, clock: Clock, age: timedelta = timedelta(0)) -> None:
    with services.database.unit_of_work() as session:
        bitacora.record(session, None, Evento.RESPALDO_CREADO, en=clock() - age)
        session.commit()


def test_a_sound_installation(services: Services, clock: Clock) -> None:
    sesion = sign_in(services)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    services.padron.search(sesion, "ficticia")
    backed_up(services, clock)
    found = examined(services, clock)
    elsewhere = {"permisos"} if sys.platform == "win32" else set()
    elsewhere |= {"espacio", "cifrado"} if services.database.is_postgres else {"servidor", "cuenta"}
    assert set(found) == ALL_THINGS - elsewhere
    assert wrong(services, clock) == {}
    assert all(each.texto.endswith(".") for each in found.values())


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("GRANT DELETE ON bitacora TO {account}", "DELETE bitacora"),
        ("GRANT UPDATE (hash) ON clave TO {account}", "UPDATE clave (estado, fin_en, hash, hoja)"),
        ("GRANT TEMPORARY ON DATABASE {database} TO PUBLIC", "TEMP"),
        ("REVOKE INSERT ON recibo FROM {account}", "INSERT recibo"),
    ],
)
def test_an_account_that_may_more_or_less_is_told(
    services: Services, clock: Clock, statement: str, told: str
) -> None:
    assert examined(services, clock)["cuenta"].salud is Salud.BIEN
    url = services.database.engine.url
    with raw_of(services.database) as raw:
        raw.execute(statement.format(account=f'"{url.username}"', database=f'"{url.database}"'))
    found = examined(services, clock)["cuenta"]
    assert found.salud is Salud.FALLA
    assert f": {told}. " in found.texto


def _old_data(services: Services, clock: Clock) -> None:
    clock.moment -= timedelta(days=4000)
    sesion = sign_in(services)
    services.tramites.cancel(sesion, ready_to_issue(services, sesion).numero)
    clock.moment += timedelta(days=4000)


def _open_day(services: Services, clock: Clock) -> None:
    sesion = sign_in(services)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    clock.move(days=1)


def _clock_back(services: Services, clock: Clock) -> None:
    sign_in(services)
    clock.move(hours=-1)


def _ways_gone(services: Services, _: Clock) -> None:
    services.padron.find(None, CEDULAS[0])
    tampered(services, "acceso_no_delete", "DELETE FROM acceso")


def _end_cut_off(services: Services, _: Clock) -> None:
    sign_in(services)  # and not the backup before
    tampered(
        services,
        "bitacora_no_delete",
        "DELETE FROM bitacora WHERE seq = (SELECT max(seq) FROM bitacora)",
    )


def _guard_that_looks_away(services: Services, _: Clock) -> None:
    if services.database.is_postgres:
        with raw_of(services.database) as raw:
            raw.execute(
                "CREATE OR REPLACE FUNCTION recibo_no_delete() RETURNS trigger LANGUAGE plpgsql "
                "AS $$ BEGIN RETURN OLD; END $$"
            )
    else:
        quiet = "BEFORE DELETE ON recibo WHEN 0 BEGIN SELECT RAISE(ABORT, ''); END"
        tampered(services, "recibo_no_delete", f"CREATE TRIGGER recibo_no_delete {quiet}")


def _guard_put_to_sleep(services: Services, _: Clock) -> None:
    if services.database.is_postgres:
        with raw_of(services.database) as raw:
            raw.execute("ALTER TABLE recibo DISABLE TRIGGER recibo_no_delete")
    else:
        tampered(services, "recibo_no_delete")


CASES: list[tuple[Callable[[Services, Clock], Any], dict[str, Salud]]] = [
    (
        lambda services, _: tampered(services, "recibo_no_delete"),
        {"protecciones": Salud.FALLA},
    ),
    (_guard_that_looks_away, {"protecciones": Salud.FALLA}),
    (_guard_put_to_sleep, {"protecciones": Salud.FALLA}),
    (
        _end_cut_off,
        {"protecciones": Salud.FALLA, "bitacora": Salud.FALLA},
    ),
    (
        _ways_gone,
        {"protecciones": Salud.FALLA, "accesos": Salud.FALLA},
    ),
    (_open_day, {"cierres": Salud.AVISO}),
    (_clock_back, {"reloj": Salud.FALLA}),
    (
        _old_data,
        {"retencion.bitacora": Salud.AVISO, "retencion.contacto": Salud.AVISO},
    ),
]


@pytest.mark.parametrize(
    ("harm", "found"), CASES, ids=lambda each: "-".join(each) if isinstance(each, dict) else ""
)
def test_what_is_wrong_is_named(
    services: Services, clock: Clock, harm: Callable[[Services, Clock], Any], found: dict[str, Salud]
) -> None:
    backed_up(services, clock, timedelta(days=1))
    harm(services, clock)
    assert wrong(services, clock) == found


def test_backups_and_their_age(services: Services, clock: Clock) -> None:
    assert wrong(services, clock) == {"respaldos": Salud.AVISO}
    assert "respaldo llave" in examined(services, clock)["respaldos"].texto
    backed_up(services, clock, timedelta(hours=25))
    assert wrong(services, clock) == {}
    assert "(hace un día)" in examined(services, clock)["respaldos"].texto
    backed_up(services, clock, timedelta(days=8))
    assert wrong(services, clock) == {"respaldos": Salud.AVISO}
    assert "15/11/2026 10:42 (hace 8 días)" in examined(services, clock)["respaldos"].texto


@pytest.mark.parametrize(("free", "salud"), [(900_000_000, Salud.AVISO), (100_000_000, Salud.FALLA)])
def test_a_full_disk(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch, free: int, salud: Salud
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert examined(services, clock)["disco"].salud is salud


@pytest.mark.skipif(sys.platform == "win32", reason="its rights are lists that no mode shows")
def test_a_folder_that_others_read(services: Services, clock: Clock) -> None:
    services.settings.data.chmod(0o755)
    found = examined(services, clock)["permisos"]
    assert found.salud is Salud.FALLA
    assert str(services.settings.data) in found.texto


@pytest.mark.sqlite
def test_a_page_that_is_damaged(services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Doctor(
        services.database, services.settings, services.retencion, services.respaldos, services.rules, clock
    )
    monkeypatch.setattr(doctor.Doctor, "_read", lambda *_: ["row 3 missing from index ix_recibo"])
    (found,) = seen._pages()
    assert found.salud is Salud.FALLA


@pytest.mark.parametrize(
    ("failures", "salud"), [("0", Salud.BIEN), ("3", Salud.FALLA), ("None", Salud.AVISO)]
)
@pytest.mark.sqlite  # what a server says is put in its mouth
def test_what_a_server_says_of_its_pages(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch, failures: str, salud: Salud
) -> None:
    seen = Doctor(
        services.database, services.settings, services.retencion, services.respaldos, services.rules, clock
    )
    monkeypatch.setattr(doctor.Doctor, "_read", lambda *_: [failures])
    (found,) = seen._server_pages()
    assert found.salud is salud


@pytest.mark.parametrize(("setting", "salud"), [("on", Salud.BIEN), ("off", Salud.FALLA)])
@pytest.mark.sqlite  # likewise
def test_whether_a_server_keeps_what_it_says(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch, setting: str, salud: Salud
) -> None:
    seen = Doctor(
        services.database, services.settings, services.retencion, services.respaldos, services.rules, clock
    )
    monkeypatch.setattr(doctor.Doctor, "_read", lambda *_: [setting])
    (found,) = seen._durable()
    assert found.salud is salud


@pytest.mark.postgres
def test_the_guards_of_a_server_are_those_written_down(services: Services) -> None:
    found = guards_check.of_postgres(services.database)
    written = "".join(f'    "{name}": "{digest}",\n' for name, digest in sorted(found.items()))
    assert found == guards_postgres.GUARDS, f"write in guards_postgres.py:\n{written}"
