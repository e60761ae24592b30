"""Taking a file in: exact counts, the report, cancelling, trouble, and doing it again."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from agencia_app import app, settings
from agencia_app.models.db.tables import ContactoRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import EstadoPersona, Persona
from agencia_app.services import padron_import
from agencia_app.services.padron import ImportResult, Progress
from agencia_app.services.padron_search import PadronSearch
from agencia_app.services.padron_sintetico import generate, write_csv
from agencia_app.services.registry import Services
from tests.factories import CEDULAS, PASSWORD, Clock, person, sign_in
from tests.raw import raw_of

COUNTS = ("leidas", "insertadas", "actualizadas", "sin_cambio", "restauradas", "rechazadas")
PEOPLE = tuple(generate(50))
RESTORED = "0912345675"
# The disk is full when somebody is put in.
FULL = (
    "CREATE TRIGGER lleno BEFORE INSERT ON persona WHEN NEW.cedula = '{last}' "
    "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
)
FULL_SERVER = (
    "CREATE FUNCTION lleno() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$; "
    "CREATE TRIGGER lleno BEFORE INSERT ON persona FOR EACH ROW WHEN (NEW.cedula = '{last}') "
    "EXECUTE FUNCTION lleno()"
)


def counts(result: ImportResult) -> tuple[int, ...]:
    return tuple(getattr(result, name) for name in COUNTS)


def in_table(services: Services) -> int:
    total: int = services.database.reader().exec_driver_sql("SELECT COUNT(*) FROM persona").scalar_one()
    return total


def report(result: ImportResult) -> list[list[str]]:
    assert result.informe is not None
    with result.informe.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def last_record(services: Services, accion: str = "padron.importado") -> dict[str, Any]:
    ((actor, detail),) = services.database.rows(
        "SELECT actor, detalle FROM bitacora WHERE accion = ? ORDER BY seq DESC LIMIT 1", (accion,)
    )
    found: dict[str, Any] = json.loads(detail)
    return found | {"actor": actor}


@pytest.fixture
def take(services: Services, tmp_path: Path) -> Callable[..., ImportResult]:
    """Import people, or lines as they stand, and return the result."""

    def _take(*people: Persona, extra: str = "", **options: Any) -> ImportResult:
        path = tmp_path / "padron.csv"
        write_csv(people, path)
        with path.open("a", encoding="utf-8") as file:
            file.write(extra)
        return services.padron.import_file(path, tmp_path / "informes", None, **options)

    return _take


def test_inserted_updated_and_unchanged(services: Services, take: Callable[..., ImportResult]) -> None:
    first = take(*PEOPLE)
    assert counts(first) == (50, 50, 0, 0, 0, 0)
    assert first.informe is None
    assert all(PadronSearch(services.database).find(each.cedula) == each for each in PEOPLE)
    assert counts(take(*PEOPLE)) == (50, 0, 0, 50, 0, 0)
    died = replace(PEOPLE[3], fecha_defuncion=date(2026, 11, 1))
    stopped = replace(PEOPLE[4], estado=EstadoPersona.SUSPENDIDO, correo="")
    others = tuple(each for each in PEOPLE[5:])
    assert counts(take(person(cedula=CEDULAS[1]), died, stopped, *others)) == (48, 1, 2, 45, 0, 0)
    assert PadronSearch(services.database).find(died.cedula) == died
    assert PadronSearch(services.database).find(stopped.cedula) == stopped
    assert last_record(services) | {"archivo": "padron.csv"} == last_record(services)
    assert [last_record(services)[name] for name in COUNTS] == [48, 1, 2, 45, 0, 0]


def test_what_the_window_corrected_stays(services: Services, take: Callable[..., ImportResult]) -> None:
    with services.database.unit_of_work() as session:
        session.execute(
            insert(ContactoRow).values(
                cedula=CEDULAS[0],
                correo="nuevo@ejemplo.ec",
                celular="0988888888",
                actualizado_en=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
        session.commit()
    assert take(person(correo="viejo@ejemplo.ec")).actualizadas == 1
    kept = services.database.reader().exec_driver_sql("SELECT correo FROM contacto").scalar()
    assert kept == "nuevo@ejemplo.ec"


def test_the_report_says_file_line_and_reason(services: Services, take: Callable[..., ImportResult]) -> None:
    good = "ANA,MARÍA,1950-01-01,jubilacion_vejez,,activo,,,,,"
    extra = (
        f"{PEOPLE[1].cedula},PEÑA,{good[4:]}\n"  # the same cédula as line 3
        f"2459999006,PEÑA,{good[4:]}\n"
        f"{RESTORED[1:]},PEÑA,{good[4:]}\n"
        f"{PEOPLE[1].cedula},PEÑA,{good[4:]}\n"
    )
    result = take(*PEOPLE[:2], extra=extra)
    assert counts(result) == (6, 3, 0, 0, 1, 3)
    found = PadronSearch(services.database).find(PEOPLE[1].cedula)
    assert found == PEOPLE[1]
    assert PadronSearch(services.database).find(RESTORED) is not None
    masked = PEOPLE[1].cedula[:2] + "•••••" + PEOPLE[1].cedula[-3:]
    repeated = "rechazada: la cédula ya está en la línea 3 del mismo archivo"
    assert report(result) == [
        ["archivo", "linea", "motivo", "cedula"],
        ["padron.csv", "5", "rechazada: el dígito verificador de la cédula no corresponde", ""],
        ["padron.csv", "6", "se restauró el cero inicial de la cédula", "09•••••675"],
        ["padron.csv", "4", repeated, masked],
        ["padron.csv", "7", repeated, masked],
    ]
    assert PEOPLE[1].cedula not in (result.informe or Path()).read_text("utf-8-sig")


def test_the_first_good_row_of_a_cedula_is_taken(
    services: Services, take: Callable[..., ImportResult]
) -> None:
    bad = f"{PEOPLE[0].cedula},PEÑA,ANA,mañana,jubilacion_vejez,,activo,,,,,\n"
    good = bad.replace("mañana", "1950-01-01")
    assert counts(take(extra=bad + good + good)) == (3, 1, 0, 0, 0, 2)


def test_a_file_of_nothing_but_a_header(services: Services, take: Callable[..., ImportResult]) -> None:
    assert counts(take()) == (0, 0, 0, 0, 0, 0)
    assert last_record(services)["leidas"] == 0


def test_batches_are_whole_and_a_cancelled_import_is_completed_by_the_next(
    services: Services, take: Callable[..., ImportResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(padron_import, "_BATCH", 20)
    calls = iter([False, False, False, True])  # while reading, and before the third batch
    before = in_table(services)
    result = take(*PEOPLE, cancelled=lambda: next(calls))
    assert result.cancelada
    assert counts(result) == (50, 40, 0, 0, 0, 0)
    assert in_table(services) == before + 40
    assert last_record(services)["cancelada"] is True
    assert last_record(services)["insertadas"] == 40
    again = take(*PEOPLE)
    assert counts(again) == (50, 10, 0, 40, 0, 0)
    assert last_record(services)["cancelada"] is False


def test_cancelled_while_reading_leaves_the_padron_untouched(
    services: Services, take: Callable[..., ImportResult]
) -> None:
    before = in_table(services)
    result = take(*PEOPLE, cancelled=lambda: True)
    assert result.cancelada
    assert in_table(services) == before


def test_a_batch_that_fails_is_undone_and_the_ones_before_are_told(
    services: Services, take: Callable[..., ImportResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(padron_import, "_BATCH", 20)
    before = in_table(services)
    last = max(each.cedula for each in PEOPLE)
    with raw_of(services.database) as raw:
        raw.execute((FULL_SERVER if raw.is_postgres else FULL).format(last=last))
    with pytest.raises(KnownError, match=r"padron\.interrupted") as caught:
        take(*PEOPLE)
    assert caught.value.data["saved"] == 40
    assert in_table(services) == before + 40
    assert last_record(services, "padron.lote")["insertadas"] == 40
    # Nothing is left open: the window goes on writing.
    sign_in(services)


@pytest.mark.sqlite
def test_a_locked_database_is_said_and_nothing_is_written(
    services: Services, take: Callable[..., ImportResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(services.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    services.database.engine.dispose()
    monkeypatch.setattr("agencia_app.models.db.engine_sqlite.BUSY_SECONDS", 0.05)
    before = in_table(services)
    try:
        with pytest.raises(KnownError, match=r"base\.locked"):
            take(*PEOPLE)
    finally:
        other.close()
    assert in_table(services) == before
    assert counts(take(*PEOPLE)) == (50, 50, 0, 0, 0, 0)


def test_a_report_that_cannot_be_written_stops_it_before_the_padron_is_touched(
    services: Services, tmp_path: Path, take: Callable[..., ImportResult]
) -> None:
    (tmp_path / "informes").write_text("un archivo donde debía ir la carpeta")
    before = in_table(services)
    with pytest.raises(KnownError, match=r"padron\.report"):
        take(*PEOPLE, extra="1,2\n")
    assert in_table(services) == before


def test_progress_counts_up_and_says_the_time_left(
    services: Services, take: Callable[..., ImportResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(padron_import, "_BATCH", 20)
    monkeypatch.setattr(padron_import, "_PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(padron_import, "_SURE_SECONDS", 0.0)
    seen: list[Progress] = []
    take(*PEOPLE, progress=seen.append)
    parts = [each.fraccion for each in seen]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert {each.total_estimado for each in seen} == {50}
    assert [each.guardadas for each in seen] == [0, 20, 40, 50]
    assert seen[-1].segundos_restantes == 0.0


def test_who_imported_is_recorded(services: Services, tmp_path: Path) -> None:
    write_csv(PEOPLE, tmp_path / "p.csv")
    services.padron.import_file(tmp_path / "p.csv", tmp_path, services.usuarios.sign_in("admin", PASSWORD, 1))
    assert last_record(services)["actor"] == "admin"


@pytest.mark.postgres
def test_one_import_at_a_time(
    services: Services,
    place: Path,
    take: Callable[..., ImportResult],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(padron_import, "_PROGRESS_SECONDS", 0.0)
    other = app.open_services(settings.load(place), clock)
    refused: list[str] = []

    def from_another_window(_progress: Progress) -> None:
        with pytest.raises(KnownError) as caught:
            other.padron.import_file(place.parent / "padron.csv", place.parent, None)
        refused.append(caught.value.code)

    assert counts(take(*PEOPLE, progress=from_another_window)) == (50, 50, 0, 0, 0, 0)
    assert set(refused) == {"padron.importing"}
    other.database.close()
    assert counts(take(*PEOPLE)) == (50, 0, 0, 50, 0, 0)


@pytest.mark.postgres
def test_what_a_killed_import_left_is_thrown_away(
    services: Services, take: Callable[..., ImportResult]
) -> None:
    with services.database.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO padron_leido SELECT *, 2 FROM persona")
    assert counts(take(*PEOPLE)) == (50, 50, 0, 0, 0, 0)
    assert services.database.rows("SELECT count(*) FROM padron_leido") == [(0,)]


@pytest.mark.postgres
def test_windows_attend_while_a_batch_is_written(
    services: Services, place: Path, take: Callable[..., ImportResult], clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from agencia_app.services.padron_sort_postgres import PostgresSorter  # noqa: PLC0415 - it loads the driver

    take(PEOPLE[0])
    window = app.open_services(settings.load(place), clock)
    sesion = sign_in(window)
    attended = []
    copy = PostgresSorter.copy

    def copy_and_attend(self: PostgresSorter, *batch: Any) -> tuple[int, int, int]:
        copied = copy(self, *batch)
        attended.append(window.tramites.attend(sesion, person().cedula).tramite)
        return copied

    monkeypatch.setattr(PostgresSorter, "copy", copy_and_attend)
    assert take(replace(PEOPLE[0], celular="0977777777"), *PEOPLE[1:]).actualizadas == 1
    assert [each is not None for each in attended] == [True]
    window.database.close()


def test_what_looks_like_a_sign_of_the_copy_is_text(
    services: Services, take: Callable[..., ImportResult]
) -> None:
    people = [
        person(cedula=CEDULAS[1], correo="\\N", provincia="EL \\ORO"),
        person(cedula=CEDULAS[2], correo="\\.", celular="\\t"),
    ]
    assert take(*people).insertadas == 2
    assert [PadronSearch(services.database).find(each.cedula) for each in people] == people
