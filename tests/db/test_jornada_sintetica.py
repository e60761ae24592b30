"""The seeded day is as the services would have left it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from agencia_app.models.db.tables import ClaveRow, ReciboRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.services import bitacora, jornada_sintetica, recibos
from agencia_app.services.jornada_sintetica import Jornada
from agencia_app.services.registry import Services
from tests.conftest import Places
from tests.factories import Clock, make_services, ready_to_issue

DIA = date(2026, 11, 23)
EVENING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def day(engine: str, places: Places) -> Iterator[tuple[Services, Jornada]]:
    config = places.new(engine)
    services = make_services(config.data, Clock(EVENING), base=config.base)
    yield services, jornada_sintetica.write(services, DIA)
    services.database.close()
    places.drop(config.data)


def test_it_has_its_attentions_and_ten_misuses(day: tuple[Services, Jornada]) -> None:
    services, jornada = day
    counted = "SELECT COUNT(*) FROM tramite WHERE dia = '2026-11-23'"
    assert services.database.reader().exec_driver_sql(counted).scalar() == jornada.atenciones == 2_200
    issued = "SELECT COUNT(*) FROM recibo WHERE dia = '2026-11-23'"
    assert services.database.reader().exec_driver_sql(issued).scalar() == jornada.emitidas > 2_000
    assert len(jornada.plantados) == 10
    assert len(jornada.operadores) == 12


def test_the_database_is_whole(day: tuple[Services, Jornada]) -> None:
    if not day[0].database.is_postgres:
        reader = day[0].database.reader()
        assert reader.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert reader.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert bitacora.verify(day[0].database).broken is None


def test_its_recibos_are_authentic(day: tuple[Services, Jornada]) -> None:
    services, _ = day
    with services.database.reading() as session:
        row = session.scalars(
            select(ReciboRow)
            .join(ClaveRow, ClaveRow.tramite_id == ReciboRow.tramite_id)
            .where(ClaveRow.estado == EstadoClave.VIGENTE)
            .order_by(ReciboRow.id.desc())
            .limit(1)
        ).one()
    sello = recibos.sello_of(row)
    assert sello is not None
    verified = services.verificacion.verify(sello.payload)
    assert (verified.estado, verified.recibo) == (EstadoRecibo.AUTENTICO, row.numero)


def test_work_goes_on_after_it(day: tuple[Services, Jornada]) -> None:
    services, jornada = day
    last = services.database.reader().exec_driver_sql("SELECT MAX(secuencia) FROM recibo").scalar_one()
    sesion = services.usuarios.sign_in("b.ejemplo", jornada_sintetica.PASSWORD, 2)
    assert sesion.usuario_id == jornada.operadores[1].usuario_id
    tramite = ready_to_issue(services, sesion)
    emision = services.claves.issue(sesion, tramite.numero).tramite.emision
    assert emision is not None
    assert emision.recibo == numeros.build(numeros.Kind.RECIBO, "017", 2026, last + 1)
    assert emision.hoja is EstadoHoja.POR_CONFIRMAR


@pytest.mark.sqlite
def test_a_seed_gives_the_same_day(
    tmp_path_factory: pytest.TempPathFactory, day: tuple[Services, Jornada]
) -> None:
    again = make_services(tmp_path_factory.mktemp("otra") / "datos", Clock(EVENING))
    assert jornada_sintetica.write(again, DIA) == day[1]
    again.database.close()


@pytest.mark.parametrize(
    ("today", "day"),
    [
        ("2026-11-23", "2026-11-20"),
        ("2026-11-22", "2026-11-20"),
        ("2026-11-21", "2026-11-20"),
        ("2026-11-25", "2026-11-24"),
    ],
)
def test_the_day_behind_a_demonstration_is_one_of_work(today: str, day: str) -> None:
    now = datetime.fromisoformat(f"{today}T15:00+00:00")
    assert jornada_sintetica.last_weekday(now) == date.fromisoformat(day)
