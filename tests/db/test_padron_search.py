"""Finding people: by cédula, by name while typing, and an index that never strays from the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from agencia_app.models.db import schema
from agencia_app.models.db.session import Database
from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.persona import Persona, fold
from agencia_app.services import padron_search
from agencia_app.services.padron import Padron
from agencia_app.services.padron_search import PadronSearch
from agencia_app.services.padron_sintetico import generate, write_csv
from agencia_app.services.registry import Services
from tests.factories import Clock, add_people, person
from tests.raw import raw_of

PEOPLE = tuple(generate(1_500))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def padron(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[PadronSearch]:
    """Return a padrón of synthetic people, filled once on each engine."""
    folder = tmp_path_factory.mktemp("padron")
    place: Path | str = folder / "agencia.db"
    if request.param == "postgres":
        place = request.getfixturevalue("postgres").create_database("padron")
    database = Database(place)
    schema.prepare(database, folder)
    write_csv(PEOPLE, folder / "p.csv")
    Padron(database, Clock()).import_file(folder / "p.csv", folder, None)
    yield PadronSearch(database)
    database.close()


@pytest.fixture(params=[((5_000, 0),), ((10, 1), (100, 0)), ((10, 20),)])
def few_first(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, find those among the first people and those that only the index finds."""
    monkeypatch.setattr(padron_search, "_FIRST_PEOPLE", request.param)


def cedulas(*numbers: int) -> list[str]:
    firsts = [f"2458{number:05d}" for number in numbers]
    return [first + str(cedula_rules.check_digit(first)) for first in firsts]


def names(found: tuple[Persona, ...]) -> list[str]:
    return [each.apellidos for each in found]


def test_find(padron: PadronSearch) -> None:
    assert all(padron.find(each.cedula) == each for each in PEOPLE)
    assert padron.find("2459999005") is None
    assert padron.find("") is None


def test_by_the_beginning_of_the_cedula(padron: PadronSearch) -> None:
    wanted = sorted(each.cedula for each in PEOPLE if each.cedula.startswith("2450"))
    assert [each.cedula for each in padron.search("24-50", limit=1000)] == wanted
    assert [each.cedula for each in padron.search(PEOPLE[7].cedula)] == [PEOPLE[7].cedula]
    assert padron.search("99") == ()


def matches(each: Persona, typed: str) -> bool:
    words = fold(each.nombre_completo).replace("'", " ").split()
    return all(any(word.startswith(part) for word in words) for part in fold(typed).split())


@pytest.mark.parametrize(
    "typed",
    [
        "m",
        "Ñ",
        "ma",
        "MARÍA",
        "maría g",
        "garcia",
        "GARCÍA m",
        "munoz",
        "de la",
        "x z",
        "o neill",
        "washingto",
        "zzz",
    ],
)
@pytest.mark.usefixtures("few_first")
def test_everybody_who_matches_and_nobody_else(padron: PadronSearch, typed: str) -> None:
    wanted = {each.cedula for each in PEOPLE if matches(each, typed)}
    found = [each.cedula for each in padron.search(typed, limit=5_000)]
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert len(padron.search(typed)) == min(len(wanted), 20)


@settings(deadline=None)  # a server that shares its cores may take its time
@given(each=st.sampled_from(PEOPLE), data=st.data())
def test_a_person_is_found_by_any_part_of_the_name(
    padron: PadronSearch, each: Persona, data: st.DataObject
) -> None:
    parts = data.draw(st.permutations(each.nombre_completo.replace("'", " ").split()))
    typed = " ".join(part[: data.draw(st.integers(1, len(part)))] for part in parts)
    typed = data.draw(st.sampled_from([typed, typed.lower(), fold(typed)]))
    assert each in padron.search(typed, limit=2_000)


def test_the_spelling_typed_comes_first(services: Services) -> None:
    one, two, three, four = cedulas(1, 2, 3, 4)
    add_people(
        services.database,
        person(cedula=one, apellidos="MUÑOZ", nombres="JOSÉ"),
        person(cedula=two, apellidos="MUNOZ", nombres="JOSE"),
        person(cedula=three, apellidos="MUÑOZ", nombres="JOSE"),
        person(cedula=four, apellidos="Munoz", nombres="José"),
    )
    search = PadronSearch(services.database).search
    assert names(search("MUÑOZ")) == ["MUÑOZ", "MUÑOZ", "MUNOZ", "Munoz"]
    assert names(search("munoz")) == ["MUNOZ", "Munoz", "MUÑOZ", "MUÑOZ"]
    assert [each.cedula for each in search("jose muñoz")] == [three, two, one, four]
    assert names(search("mun\u0303oz", limit=2)) == ["MUÑOZ", "MUÑOZ"]
    assert names(search("munoz", limit=3)) == ["MUNOZ", "Munoz", "MUÑOZ"]


RUBBISH = ['"', "''", "*", '"*', "a* OR b", "NEAR(a, 2)", "nombre: a", "^a", "-a", "{a} + b", "\0", "a\0b", "😀", "\ud800",
           "%", "_", ";--", "ª", "µ", "ß", "İ", "ﬁ", "１２", "1a", " ", "", "x" * 10_000, "a " * 5_000, "a " * 100]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(text=st.text(max_size=60) | st.sampled_from(RUBBISH))
@example("".join(RUBBISH[:-3]))
def test_whatever_is_typed_is_an_answer(padron: PadronSearch, text: str) -> None:
    assert len(padron.search(text)) <= 20


@pytest.mark.parametrize("text", RUBBISH)
def test_rubbish_is_an_answer(padron: PadronSearch, text: str) -> None:
    assert len(padron.search(text)) <= 20


def test_every_letter_taken_in_can_be_found_as_written_and_without_accents(
    services: Services, tmp_path: Path
) -> None:
    letters = [chr(code) for code in range(0x41, 0x250)]
    numbers = cedulas(*range(len(letters)))
    people = [
        person(cedula=number, apellidos=f"Q{letter}Q", nombres="X")
        for number, letter in zip(numbers, letters, strict=True)
        if letter.isalpha()
    ]
    write_csv(people, tmp_path / "a.csv")
    result = services.padron.import_file(tmp_path / "a.csv", tmp_path, None)
    taken = [each for each in people if PadronSearch(services.database).find(each.cedula)]
    assert len(taken) == result.insertadas > 150
    lost = [
        each.apellidos
        for each in taken
        for typed in {each.apellidos, fold(each.apellidos)} - {"qaq", "qssq"}  # ª and ß carry no accent
        if each not in PadronSearch(services.database).search(typed, limit=1_000)
    ]
    assert lost == []


def entries(connection: Connection, index: str) -> dict[str, list[int]]:
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.v_{index} USING fts5vocab(main, {index}, instance)"
    )
    found: dict[str, list[int]] = {}
    for term, row in connection.exec_driver_sql(f"SELECT term, doc FROM temp.v_{index} ORDER BY 1, 2"):  # noqa: S608 - our own names
        found.setdefault(term, []).append(row)
    return found


@pytest.fixture
def changed_padron(services: Services, tmp_path: Path) -> Database:
    """Return a padrón after imports that change people, and after what no import does."""
    everybody = list(generate(300))
    write_csv(everybody, tmp_path / "a.csv")
    services.padron.import_file(tmp_path / "a.csv", tmp_path, None)
    changed = [
        person(cedula=each.cedula, apellidos=f"{each.apellidos} ÑA"[::-1].strip()) for each in everybody[:60]
    ]
    plain = [person(cedula=each.cedula, apellidos="LLANO", nombres="SIN TILDE") for each in everybody[60:90]]
    write_csv([*changed, *plain, *everybody[90:200]], tmp_path / "b.csv")
    services.padron.import_file(tmp_path / "b.csv", tmp_path, None)
    with raw_of(services.database) as raw:
        raw.execute("DELETE FROM persona WHERE cedula LIKE '2451%'")
        raw.execute("UPDATE persona SET nombres = 'ÍÑIGO' WHERE cedula LIKE '2452%'")
        raw.execute("UPDATE persona SET celular = '1' WHERE cedula LIKE '2453%'")
    return services.database


@pytest.mark.sqlite
def test_the_indexes_stay_equal_to_the_table(changed_padron: Database) -> None:
    with changed_padron.engine.connect() as connection:
        for index, diacritics, who in (
            ("persona_nombre_exacto", 0, "1"),
            ("persona_nombre", 2, "apellidos || nombres GLOB '*[^ -~]*'"),
        ):
            fresh = f"fresco_{index}"
            connection.exec_driver_sql(
                f"CREATE VIRTUAL TABLE {fresh} USING fts5(nombre, content='', detail='none', "
                f"tokenize='unicode61 remove_diacritics {diacritics}')"
            )
            people = f"SELECT CAST(cedula AS INTEGER), apellidos || ' ' || nombres FROM persona WHERE {who}"  # noqa: S608 - our own names
            connection.exec_driver_sql(f"INSERT INTO {fresh}(rowid, nombre) {people}")
            assert entries(connection, index) == entries(connection, fresh) != {}
            connection.exec_driver_sql(f"INSERT INTO {index}({index}) VALUES ('integrity-check')")  # noqa: S608 - our own names
        connection.rollback()


def test_everybody_is_found_after_changes(changed_padron: Database) -> None:
    search = PadronSearch(changed_padron).search
    left = [row[0] for row in changed_padron.rows("SELECT cedula FROM persona")]
    people = {cedula: PadronSearch(changed_padron).find(cedula) for cedula in left}
    assert len(left) > 150
    for typed in ("ÍÑIGO", "inigo", "AÑ", "an", "llano tilde", "m", "garcia", "zambrano"):
        wanted = {cedula for cedula, each in people.items() if each is not None and matches(each, typed)}
        assert {each.cedula for each in search(typed, limit=1_000)} == wanted
    assert search("llano") != ()
