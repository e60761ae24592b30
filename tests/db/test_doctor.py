"""What the doctor says of an installation that is well, and of each thing that may be wrong with it."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from agencia_app import settings
from agencia_app.models.domain.evento import Evento
from agencia_app.services import bitacora, doctor
from agencia_app.services.doctor import Doctor, Hallazgo, Salud
from agencia_app.services.registry import Services
from tests.factories import CEDULAS, Clock, ready_to_issue, sign_in

ALL_THINGS = {
    "base", "protecciones", "bitacora", "accesos", "cierres", "reloj", "disco", "permisos", "cifrado", "respaldos", "espacio",
    "retencion.bitacora", "retencion.documentos", "retencion.contacto", "retencion.impresiones",
}  # fmt: skip


def examined(services: Services, clock: Clock) -> dict[str, Hallazgo]:
    config = settings.load(services.settings.data)
    found = Doctor(services.database, config, services.retencion, services.respaldos, clock).examine()
    assert len({each.que for each in found}) == len(found)
    return {each.que: each for each in found}


def wrong(services: Services, clock: Clock) -> dict[str, Salud]:
    found = examined(services, clock)
    found.pop("cifrado", None)  # test_cifrado's: the tests' agency is not
    return {que: each.salud for que, each in found.items() if each.salud is not Salud.BIEN}


def tampered(services: Services, *statements: str) -> None:
    with closing(sqlite3.connect(services.database.path)) as raw:
        for each in statements:
            raw.execute(each)
        raw.commit()


@pytest.fixture(autouse=True)
def much_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50_000_000_000))


def backed_up(services: Services, clock: Clock, age: timedelta = timedelta(0)) -> None:
    config = replace(settings.load(services.settings.data), respaldo_recibe="age1" + 58 * "q")
    settings.write(config)
    with services.database.unit_of_work() as session:
        bitacora.record(session, None, Evento.RESPALDO_CREADO, en=clock() - age)
        session.commit()


def test_a_sound_installation(services: Services, clock: Clock) -> None:
    sesion = sign_in(services)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    services.padron.search(sesion, "ficticia")
    backed_up(services, clock)
    found = examined(services, clock)
    assert set(found) == ALL_THINGS - ({"permisos"} if sys.platform == "win32" else set())
    assert wrong(services, clock) == {}
    assert all(each.texto.endswith(".") for each in found.values())


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
    tampered(services, "DROP TRIGGER acceso_no_delete", "DELETE FROM acceso")


CASES: list[tuple[Callable[[Services, Clock], Any], dict[str, Salud]]] = [
    (
        lambda services, _: tampered(services, "DROP TRIGGER recibo_no_delete"),
        {"protecciones": Salud.FALLA},
    ),
    (
        lambda services, _: tampered(
            services,
            "DROP TRIGGER recibo_no_delete",
            "CREATE TRIGGER recibo_no_delete BEFORE DELETE ON recibo WHEN 0 BEGIN SELECT RAISE(ABORT, ''); END",
        ),
        {"protecciones": Salud.FALLA},
    ),
    (
        lambda services, _: tampered(
            services,
            "DROP TRIGGER bitacora_no_delete",
            "DELETE FROM bitacora WHERE seq = (SELECT max(seq) FROM bitacora)",
        ),
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


def test_a_page_that_is_damaged(services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Doctor(services.database, services.settings, services.retencion, services.respaldos, clock)
    monkeypatch.setattr(doctor.Doctor, "_read", lambda *_: ["row 3 missing from index ix_recibo"])
    (found,) = seen._pages()
    assert found.salud is Salud.FALLA
