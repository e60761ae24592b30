"""What each row must meet, and the words it is rejected with."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.services.padron_checks import COLUMNS, Checks, Row
from agencia_app.services.padron_files import Block, Source

TODAY = date(2026, 11, 23)
GOOD = {
    "cedula": "2459999005", "apellidos": "FICTICIA NÚÑEZ", "nombres": "MARÍA JOSÉ", "fecha_nacimiento": "15/1/1955",
    "tipo_prestacion": "Jubilación vejez", "provincia": "Pichincha", "estado": "ACTIVO", "fecha_defuncion": "",
    "discapacidad": "No", "correo": "maria@ejemplo.ec", "celular": "099 999 9999", "ruc_empleador": "",
}  # fmt: skip


def check(*changes: dict[str, str]) -> tuple[list[Row], list[str], list[str]]:
    """Return what is taken of some rows, the reasons of the rest, and the notes."""
    rejected: list[str] = []
    notes: list[str] = []
    source = Source({name: at for at, name in enumerate(COLUMNS)}, len(COLUMNS), 1, iter(()))
    checks = Checks(
        source,
        TODAY,
        lambda _line, reason, _cedula: rejected.append(reason),
        lambda *note: notes.append(note[2]),
    )
    rows = [[(GOOD | change)[name] for name in COLUMNS] for change in changes]
    return checks.check(Block(range(2, 2 + len(rows)), rows)), rejected, notes


def test_a_row_as_the_table_keeps_it() -> None:
    (taken, rejected, _) = check({})
    assert rejected == []
    assert taken == [
        ("2459999005", "FICTICIA NÚÑEZ", "MARÍA JOSÉ", "1955-01-15", "jubilacion_vejez", "Pichincha", "activo", None,
         0, "maria@ejemplo.ec", "099 999 9999", "", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cedula": ""}, "falta la cédula"),
        ({"cedula": "24599990X5"}, "letras"),
        ({"cedula": "24599990050"}, "11 dígitos"),
        ({"cedula": "245999900"}, "9 dígitos"),
        ({"cedula": "2500000001"}, "provincia"),
        ({"cedula": "2475999997"}, "tercer dígito"),
        ({"cedula": "2459999006"}, "verificador"),
        ({"apellidos": " "}, "faltan los apellidos"),
        ({"nombres": "-"}, "faltan los nombres"),
        ({"nombres": "JOS3"}, "no son letras"),
        ({"nombres": "ЈОЅЕ"}, "no son letras"),
        ({"apellidos": "A\0B"}, "control"),
        ({"apellidos": "A" * 121}, "120"),
        ({"apellidos": "A" * 1000}, "caracteres"),
        ({"fecha_nacimiento": ""}, "falta la fecha de nacimiento"),
        ({"fecha_nacimiento": "30/02/1950"}, "no es una fecha"),
        ({"fecha_nacimiento": "1950-13-01"}, "no es una fecha"),
        ({"fecha_nacimiento": "١٩٥٠-01-01"}, "no es una fecha"),
        ({"fecha_nacimiento": "01/02/50"}, "no es una fecha"),
        ({"fecha_nacimiento": "2026-11-24"}, "futura"),
        ({"fecha_nacimiento": "31/12/1899"}, "1900"),
        ({"fecha_defuncion": "2026-11-24"}, "la fecha de defunción es futura"),
        ({"fecha_defuncion": "1954-12-31"}, "anterior a la de nacimiento"),
        ({"tipo_prestacion": ""}, "falta tipo_prestacion"),
        ({"tipo_prestacion": "jubilado"}, "tipo_prestacion no es"),
        ({"estado": "activa"}, "estado no es"),
        ({"discapacidad": "tal vez"}, "discapacidad"),
        ({"provincia": "x" * 41}, "la provincia pasa de 40"),
        ({"correo": "x" * 121}, "el correo pasa de 120"),
        ({"celular": "9" * 21}, "el celular pasa de 20"),
        ({"ruc_empleador": "1" * 14}, "el RUC del empleador pasa de 13"),
    ],
)
def test_rejected_with_its_reason_and_the_rest_goes_in(change: dict[str, str], reason: str) -> None:
    taken, rejected, _ = check({}, change, {"cedula": "2459999013"})
    assert [row[0] for row in taken] == ["2459999005", "2459999013"]
    (found,) = rejected
    assert reason in found


def test_today_and_1900_are_still_good_and_an_empty_row_is_passed_over() -> None:
    blank = dict.fromkeys(COLUMNS, " ")
    taken, rejected, _ = check(
        {"fecha_nacimiento": "2026-11-23"},
        {"fecha_nacimiento": "1900-01-01", "fecha_defuncion": "1900-01-01"},
        blank,
    )
    assert [(row[3], row[7]) for row in taken] == [("2026-11-23", None), ("1900-01-01", "1900-01-01")]
    assert rejected == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("O'NEILL DE LA TORRE-ÁVILA", None),
        ("  Muñoz   Peña ", "Muñoz Peña"),
        ("MUN\u0303OZ", "MUÑOZ"),  # decomposed, as some systems write
        ("Mª JOSÉ", None),
        ("MÜLLER ŁUKASZ", None),
    ],
)
def test_names_keep_their_spelling(text: str, kept: str | None) -> None:
    ((row,), _, _) = check({"apellidos": text})
    assert row[1] == (kept or text)


@pytest.mark.parametrize(
    ("text", "kept"), [("SÍ", 1), ("si", 1), ("TRUE", 1), ("1", 1), ("no", 0), ("0", 0), ("", 0)]
)
def test_discapacidad(text: str, kept: int) -> None:
    ((row,), _, _) = check({"discapacidad": text})
    assert row[8] == kept


@given(nine=st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_the_zero_goes_back_only_when_the_check_digit_then_agrees(nine: str) -> None:
    taken, rejected, notes = check({"cedula": nine})
    if cedula_rules.is_valid("0" + nine):
        assert [row[0] for row in taken] == notes == ["0" + nine]
    else:
        assert not taken
        assert not notes
        assert "9 dígitos" in rejected[0]


@given(number=st.from_regex(r"([0-2][0-9]|30)[0-7][0-9]{7}", fullmatch=True))
def test_the_tables_agree_with_the_rule(number: str) -> None:
    taken, rejected, _ = check({"cedula": number})
    assert bool(taken) == cedula_rules.is_valid(number) != bool(rejected)


def test_a_row_of_another_width(tmp_path: object) -> None:
    rejected: list[str] = []
    source = Source({name: at for at, name in enumerate(COLUMNS)}, len(COLUMNS), 1, iter(()))
    checks = Checks(source, TODAY, lambda _line, reason, _cedula: rejected.append(reason), lambda *_: None)
    row = [GOOD[name] for name in COLUMNS]
    taken = checks.check(Block([2, 3, 4], [row[:-1], [*row, "x"], [*row, "", " "]]))
    assert [each[-1] for each in taken] == [4]
    assert rejected == ["tiene 11 columnas y la cabecera 12", "tiene 13 columnas y la cabecera 12"]


def test_optional_columns_may_be_absent() -> None:
    names = ("estado", "cedula", "nombres", "apellidos", "tipo_prestacion", "fecha_nacimiento")
    source = Source({name: at for at, name in enumerate(names)}, len(names), 1, iter(()))
    checks = Checks(source, TODAY, lambda *_: None, lambda *_: None)
    ((row),) = checks.check(Block([7], [[GOOD[name] for name in names]]))
    assert row == ("2459999005", "FICTICIA NÚÑEZ", "MARÍA JOSÉ", "1955-01-15", "jubilacion_vejez", "", "activo", None,
                   0, "", "", "", 7)  # fmt: skip
