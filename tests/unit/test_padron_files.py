"""What comes out of a file, in every shape it is met in, and what is refused as a whole."""

from __future__ import annotations

import codecs
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from agencia_app.models.domain.errors import KnownError
from agencia_app.services import padron_files

HEADER = "cedula,apellidos,nombres,fecha_nacimiento,tipo_prestacion,estado"
ROW = "2459999005,MUÑOZ PEÑA,JOSÉ,1950-01-31,jubilacion_vejez,activo"


def read(path: Path) -> tuple[list[dict[str, str]], list[tuple[int, str]]]:
    """Return the known cells of each row with its line, and what was rejected."""
    source = padron_files.open_source(path)
    rows, rejected = [], []
    for block in source.blocks:
        rejected += block.rejected
        for line, cells in zip(block.lines, block.rows, strict=True):
            if any(cells):
                known = {name: cells[at] for name, at in source.positions.items() if at < len(cells)}
                rows.append({"linea": str(line)} | known)
    return rows, rejected


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_encodings_and_line_ends(tmp_path: Path, delimiter: str, encoding: str, end: str) -> None:
    text = end.join([HEADER, ROW, "", ROW.replace("005", "013")]).replace(",", delimiter)
    rows, rejected = read(write(tmp_path / "a.csv", text.encode(encoding)))
    assert [(row["linea"], row["apellidos"], row["estado"]) for row in rows] == [
        ("2", "MUÑOZ PEÑA", "activo"),
        ("4", "MUÑOZ PEÑA", "activo"),
    ]
    assert rejected == []


def test_header_in_any_order_case_and_spelling_with_columns_of_others(tmp_path: Path) -> None:
    header = ' Estado ;"FECHA DE NACIMIENTO";Nómbres;APELLIDOS;Cédula;Tipo Prestación;observaciones;fecha-nacimiento'
    row = "activo;x;JOSÉ;MUÑOZ;2459999005;jubilacion_vejez;nada;31/01/1950"
    ((found,), rejected) = read(write(tmp_path / "a.csv", f"\n{header}\n{row}\n".encode()))
    assert found == {
        "linea": "3", "estado": "activo", "nombres": "JOSÉ", "apellidos": "MUÑOZ", "cedula": "2459999005",
        "tipo_prestacion": "jubilacion_vejez", "fecha_nacimiento": "31/01/1950",
    }  # fmt: skip
    assert rejected == []


@pytest.mark.parametrize(("main", "other"), [("utf-8", "cp1252"), ("cp1252", "utf-8")])
def test_the_lines_of_another_encoding_are_rejected_not_garbled(
    tmp_path: Path, main: str, other: str
) -> None:
    lines = [ROW.encode(main)] * 3 + [ROW.encode(other)] + [ROW.encode(main)]
    rows, rejected = read(write(tmp_path / "a.csv", b"\n".join([HEADER.encode(), *lines])))
    assert [row["linea"] for row in rows] == ["2", "3", "4", "6"]
    assert {row["apellidos"] for row in rows} == {"MUÑOZ PEÑA"}
    ((line, reason),) = rejected
    assert line == 5
    assert reason.startswith("tiene letras en")


def test_a_quote_left_open_costs_its_own_line_only(tmp_path: Path) -> None:
    quoted = ROW.replace("JOSÉ", '"JOSÉ, ""PEPE"""')
    lines = [HEADER, quoted, ROW.replace("JOSÉ", '"JOSÉ'), ROW]
    rows, rejected = read(write(tmp_path / "a.csv", "\n".join(lines).encode()))
    assert [(row["linea"], row["nombres"]) for row in rows] == [("2", 'JOSÉ, "PEPE"'), ("4", "JOSÉ")]
    assert rejected == [(3, "las comillas no están bien cerradas")]


def test_lines_keep_their_numbers_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(padron_files, "_BLOCK", 100)
    lines = [HEADER, *[ROW.replace("PEÑA", f"P{number}") for number in range(2, 60)]]
    lines[10] = ""
    for end in ("\n", "\r\n", "\r"):
        rows, _ = read(write(tmp_path / "a.csv", end.join(lines).encode()))
        assert [row["apellidos"] for row in rows] == [f"MUÑOZ P{row['linea']}" for row in rows]
        assert len(rows) == 57


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "padron.empty"),
        (codecs.BOM_UTF8 + b" \r\n", "padron.empty"),
        (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj, <<", "padron.not_csv"),
        (b"\x89PNG\r\n\x1a\n,\x01", "padron.not_csv"),
        (b"PK\x03\x04no es un zip", "padron.not_csv"),
        (b"una carta sin columnas\n", "padron.not_csv"),
        (b"x" * (1 << 21), "padron.not_csv"),
        (HEADER.encode() + b"\n" + b"x" * (1 << 21), "padron.not_csv"),
        (HEADER.encode("utf-16"), "padron.utf16"),
        (HEADER.encode().replace(b"cedula", b"ced\0ula"), "padron.nul"),
        (HEADER.replace(",estado", "").encode(), "padron.header"),
        (ROW.encode(), "padron.header"),
        ((HEADER + ",Cédula").encode(), "padron.header_repeated"),
    ],
)
def test_refused_as_a_whole(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(KnownError) as caught:
        padron_files.open_source(write(tmp_path / "a.csv", content))
    assert caught.value.code == code


def test_the_missing_columns_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"cedula;nombres;estado;fecha_nacimiento\n")
    with pytest.raises(KnownError) as caught:
        padron_files.open_source(path)
    assert caught.value.data == {"missing": "apellidos, tipo_prestacion"}


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "no.csv", "padron.not_found_file"), (tmp_path, "padron.unreadable")):
        with pytest.raises(KnownError) as caught:
            padron_files.open_source(path)
        assert caught.value.code == code


def workbook(path: Path, *sheets: list[list[object]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"hoja {number}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_spreadsheet_with_numbers_and_real_dates(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [],
        ["Cédula", "Apellidos", "Nombres", "Fecha nacimiento", "Tipo prestación", "Estado", "Discapacidad"],
        [912345675, "MUÑOZ", "JOSÉ", date(1950, 1, 31), "jubilacion_vejez", "activo", True],
        [],
        ["2459999005", "PEÑA", "ANA", datetime(1951, 2, 3, 0, 0), "jubilacion_vejez", "activo", None],  # noqa: DTZ001 - a spreadsheet knows no zone
    ]
    found, _ = read(workbook(tmp_path / "a.xlsx", [], [["notas"], ["de otra hoja"]], rows))
    assert [(row["linea"], row["cedula"], row["fecha_nacimiento"], row["discapacidad"]) for row in found] == [
        ("3", "912345675", "1950-01-31", "sí"),
        ("5", "2459999005", "1951-02-03", ""),
    ]


def test_a_spreadsheet_without_the_header(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        padron_files.open_source(workbook(tmp_path / "a.xlsx", [["cedula", "nombres"]]))
    assert caught.value.code == "padron.header"


@given(content=st.binary(max_size=300))
def test_any_bytes_after_the_header_are_rows_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("f") / "a.csv", HEADER.encode() + b"\n" + content)
    source = padron_files.open_source(path)
    lines = {
        line for block in source.blocks for line in [*block.lines, *(each[0] for each in block.rejected)]
    }
    ends = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    assert lines >= {number for number, text in enumerate(ends, 2) if text}
