"""The exports of a day: what is in them, and that no spreadsheet takes a cell of them for a formula."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from agencia_app.models.db.tables import AccesoRow, BitacoraRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import cierre_export
from agencia_app.services.cierre_export import COLUMNS, Exportado, Progreso, safe
from agencia_app.services.registry import Services
from tests.db.test_cierres import issue
from tests.factories import CEDULAS, Clock, add_people, person, sign_in, sign_in_as

HOY = date(2026, 11, 23)
NAMES = [name for name, _ in COLUMNS]


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return sign_in(services)


@pytest.fixture
def supervisor(services: Services) -> Sesion:
    return sign_in_as(services, "s.ejemplo", 1)


def from_csv(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")  # Excel takes a CSV without it for an old code page
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def from_xlsx(path: Path) -> list[dict[str, object]]:
    book = openpyxl.load_workbook(path)
    head, *rows = list(book.active.iter_rows())
    assert [cell.value for cell in head] == NAMES
    assert not any(cell.data_type == "f" for row in rows for cell in row)  # f is a formula
    book.close()
    return [dict(zip(NAMES, (cell.value for cell in row), strict=True)) for row in rows]


def test_what_is_in_both_files(
    services: Services, sesion: Sesion, supervisor: Sesion, tmp_path: Path
) -> None:
    add_people(
        services.database, person(cedula=CEDULAS[1], apellidos="=HYPERLINK(1)", nombres="+2"),
        person(cedula=CEDULAS[2], apellidos="NADIE"),
    )  # fmt: skip
    for cedula in CEDULAS[:2]:
        issue(services, sesion, cedula)
    open_one = services.tramites.attend(sesion, CEDULAS[2]).tramite
    assert open_one is not None
    told: list[Progreso] = []
    done = services.cierres.export(supervisor, HOY, HOY, tmp_path / "nueva", progress=told.append)
    assert (done.filas, done.cancelada) == (3, False)
    assert (told[-1].escritas, told[-1].total) == (3, 3)
    lines, cells = from_csv(done.csv), from_xlsx(done.xlsx)
    assert [each["Recibo"] for each in lines] == ["017-26-0000001-96", "017-26-0000002-93", ""]
    assert lines[0]["Día"] == "23/11/2026"
    assert lines[0]["Emitido"] == "23/11/2026 10:42"
    assert lines[0]["Cédula"] == "24•••••005"
    assert lines[1]["Apellidos y nombres"] == "'=HYPERLINK(1) +2"
    assert lines[2]["Estado"] == "abierto"
    assert cells[0]["Emitido"] == datetime(2026, 11, 23, 10, 42)  # noqa: DTZ001 - a spreadsheet has no zones
    assert cells[0]["Ventanilla"] == 4
    assert cells[0]["Recibo"] == "017-26-0000001-96"  # text, its zeros kept
    assert cells[1]["Apellidos y nombres"] == "'=HYPERLINK(1) +2"
    assert CEDULAS[0] not in done.csv.read_text("utf-8")


def test_who_is_in_it_was_shown(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock, tmp_path: Path
) -> None:
    issue(services, sesion)
    clock.move(days=1)
    issue(services, sesion)
    done = services.cierres.export(supervisor, HOY - timedelta(days=9), HOY + timedelta(days=1), tmp_path)
    assert done.csv.name == "tramites-2026-11-14-a-2026-11-24.csv"
    with services.database.reading() as session:
        events = session.scalars(
            select(BitacoraRow).where(BitacoraRow.accion == Evento.DIA_EXPORTADO).order_by(BitacoraRow.seq)
        ).all()
        assert [json.loads(each.detalle)["dia"] for each in events] == ["2026-11-23", "2026-11-24"]
        assert {each.actor for each in events} == {"s.ejemplo"}
        shown = session.scalars(
            select(AccesoRow.cedula).where(AccesoRow.seq.in_([each.seq for each in events]))
        )
        assert set(shown) == {CEDULAS[0]}


def test_a_late_one_is_marked(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock, tmp_path: Path
) -> None:
    services.cierres.close(supervisor, HOY)
    issue(services, sesion)
    clock.move(days=1)
    done = services.cierres.export(None, HOY, HOY + timedelta(days=1), tmp_path)
    (row,) = from_csv(done.csv)
    assert (row["Día"], row["Emitido"], row["Tardío"]) == ("24/11/2026", "23/11/2026 10:42", "sí")


def test_files_that_are_there_stay(services: Services, supervisor: Sesion, tmp_path: Path) -> None:
    for name in ("tramites-2026-11-23.csv", "tramites-2026-11-23.xlsx"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text("de otro")
        with pytest.raises(KnownError, match=r"export\.exists"):
            services.cierres.export(supervisor, HOY, HOY, folder)
        assert [each.read_text() for each in folder.iterdir()] == ["de otro"]


def test_what_cannot_be_written_leaves_nothing(
    services: Services, supervisor: Sesion, sesion: Sesion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "archivo").write_text("")
    with pytest.raises(KnownError, match=r"export\.folder"):
        services.cierres.export(supervisor, HOY, HOY, tmp_path / "archivo")
    issue(services, sesion)

    def full(_self: object, _rows: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cierre_export._Files, "add", full)
    with pytest.raises(KnownError, match=r"export\.folder"):
        services.cierres.export(supervisor, HOY, HOY, tmp_path / "nueva")
    assert list((tmp_path / "nueva").iterdir()) == []


def test_it_can_be_stopped(services: Services, sesion: Sesion, supervisor: Sesion, tmp_path: Path) -> None:
    issue(services, sesion)
    done = services.cierres.export(supervisor, HOY, HOY, tmp_path / "nueva", cancelled=lambda: True)
    assert done == Exportado(done.csv, done.xlsx, 0, cancelada=True)
    assert list((tmp_path / "nueva").iterdir()) == []


def test_days_that_will_not_do(services: Services, supervisor: Sesion, tmp_path: Path) -> None:
    for desde, hasta, code in (
        (HOY, HOY - timedelta(days=1), "export.order"),
        (HOY, HOY + timedelta(days=1), "cierre.future"),
    ):
        with pytest.raises(KnownError) as caught:
            services.cierres.export(supervisor, desde, hasta, tmp_path / "nueva")
        assert caught.value.code == code
    assert not (tmp_path / "nueva").exists()


@pytest.mark.parametrize("usuario", ["a.ejemplo", "admin"])
def test_exporting_is_the_supervisors(services: Services, usuario: str, tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"usuario\.role"):
        services.cierres.export(sign_in_as(services, usuario), HOY, HOY, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+593",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1",
        "\u200b=1",
        "\ufeff @x",
        "\0+1",
    ],
)
def test_what_could_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert safe(text) == "'" + text


@given(st.text())
def test_no_text_is_a_formula_any_more(text: str) -> None:
    made = safe(text)
    assert made.endswith(text)
    assert not made.lstrip().startswith(("=", "+", "-", "@"))
    assert not made.startswith(("\t", "\r", "\n"))


def test_what_people_are_called_stays_as_it_is() -> None:
    for text in ("FICTICIA NÚÑEZ MARÍA", "O'HARA", "24•••••005", "", "Era otra - persona"):
        assert safe(text) == text
