"""The chain of the bitácora: whatever is done to it behind the triggers is found and named."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.rotura import ROTURA_TEXT, Rotura
from agencia_app.services import bitacora
from agencia_app.services.bitacora_seal import commitment, seal
from agencia_app.services.bitacora_verify import clean_head, verify
from agencia_app.services.registry import Services
from tests.conftest import Places
from tests.factories import CEDULAS, make_services, person, ready_to_issue, sign_in, sign_in_as
from tests.raw import Raw, raw_of
from tests.unit.papers_factory import said

TAMPERINGS = 200
COLUMNS = ("seq", "en", "actor", "ventanilla", "accion", "tramite", "detalle", "sal", "compromiso",
           "hash_previo", "hash")  # fmt: skip
INSERT = f"INSERT INTO bitacora ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our own names

Row = dict[str, Any]


KEPT = ("bitacora", "bitacora_cabeza")  # with a copy of each beside them


@pytest.fixture(scope="module")
def day(engine: str, places: Places) -> Iterator[Database]:
    """A database with some attentions, and the bitácora as they left it beside it."""
    config = places.new(engine)
    services = make_services(
        config.data, None, *(person(cedula=each) for each in CEDULAS[:4]), base=config.base
    )
    sesion = sign_in(services)
    for cedula in CEDULAS[:4]:
        tramite = ready_to_issue(services, sesion, cedula)
        services.claves.issue(sesion, tramite.numero)
        services.claves.confirm_slip(sesion, tramite.numero, 1)
        services.tramites.finish(sesion, tramite.numero)
    with raw_of(services.database) as raw:
        raw.set_aside(KEPT)
        raw.without_guards()
    yield services.database
    services.database.close()
    places.drop(config.data)


@pytest.fixture
def raw(day: Database) -> Iterator[Raw]:
    with raw_of(day) as made:
        made.without_guards()
        made.bring_back(KEPT)
        yield made


@pytest.fixture
def database(day: Database, raw: Raw) -> Database:
    """That database, with nothing done to it yet."""
    return day


def rows_of(raw: Raw) -> list[Row]:
    return raw.rows("SELECT * FROM bitacora ORDER BY seq")


def sealed(row: Row, **changes: Any) -> Row:
    """Return a row changed and sealed anew, as somebody with the source would."""
    made = row | changes
    made["compromiso"] = commitment(made["sal"], made["detalle"])
    return made | {"hash": seal((made["seq"], made["en"], made["actor"], made["ventanilla"], made["accion"],
                                 made["tramite"], made["compromiso"], made["hash_previo"]))}  # fmt: skip


def put(raw: Raw, *rows: Row) -> None:
    raw.many(INSERT, [tuple(row[each] for each in COLUMNS) for row in rows])


def take(raw: Raw, *rows: Row) -> None:
    raw.many("DELETE FROM bitacora WHERE seq = ?", [(row["seq"],) for row in rows])


# Each does one thing to a chain of whole rows, and returns the row that must be named and why.
Named = tuple[int, Rotura]


def change_a_column(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    row, column = dice.choice(rows), dice.choice(COLUMNS)
    values = {
        "seq": len(rows) + dice.randint(1, 9),
        "ventanilla": dice.choice([99, "4,5", 4.5, -row["ventanilla"] - 1]),
    }
    texts: list[object] = [f"{row[column]} ", "x", "0" * 64, b"\xff\xfe", "ñ'\""]
    if raw.is_postgres:  # its columns take only what fits them
        values["ventanilla"] = dice.choice([99, 5, -row["ventanilla"] - 1])
        texts = [f"~{row[column]}"[: len(str(row[column])) or 1], "x", "0", "ñ'\""]
    value = values.get(column, dice.choice(texts))
    raw.execute(f"UPDATE bitacora SET {column} = ? WHERE seq = ?", (value, row["seq"]))  # noqa: S608 - ours
    return row["seq"], Rotura.FALTA if column == "seq" else Rotura.CAMBIADA


def change_and_seal(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    row = dice.choice(rows)
    changes: list[Row] = [
        {"actor": "otro"},
        {"detalle": '{"x": 1}'},
        {"ventanilla": 98},
        {"en": "2026-01-01"},
    ]
    take(raw, row)
    put(raw, sealed(row, **dice.choice(changes)))
    return _after(rows, row["seq"])


def delete_some(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    first = dice.choice([0, len(rows) - 1, dice.randrange(len(rows))])
    take(raw, *rows[first : first + dice.randint(1, 5)])
    return first + 1, Rotura.FALTA


def delete_and_close_the_gap(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    at = dice.randrange(len(rows) - 1)
    take(raw, rows[at])
    raw.many("UPDATE bitacora SET seq = seq - 1 WHERE seq = ?", [(row["seq"],) for row in rows[at + 1 :]])
    return at + 1, Rotura.CAMBIADA


def insert_between(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    at = dice.randrange(len(rows))
    for row in reversed(rows[at:]):
        raw.execute("UPDATE bitacora SET seq = seq + 1 WHERE seq = ?", (row["seq"],))
    put(raw, sealed(rows[at], actor="otro"))  # holds by itself: it is the next that does not
    return at + 2, Rotura.CAMBIADA


def insert_at_an_end(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    last = rows[-1]
    after = last["seq"] + 1
    if dice.random() < 0.5:
        put(raw, sealed(last, seq=after, hash_previo=last["hash"]))
        return after, Rotura.SOBRA
    put(raw, sealed(rows[0], seq=-dice.randrange(3)))
    return int(raw.one("SELECT min(seq) FROM bitacora")), Rotura.SOBRA


def swap_two(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    one, other = sorted(dice.sample(range(len(rows)), 2))
    if dice.random() < 0.2:
        one, other = dice.choice([(0, len(rows) - 1), (0, 1), (len(rows) - 2, len(rows) - 1)])
    first, second = rows[one], rows[other]
    take(raw, first, second)
    put(raw, first | {"seq": second["seq"]}, second | {"seq": first["seq"]})
    return first["seq"], Rotura.CAMBIADA


def swap_two_and_seal(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    at = dice.randrange(len(rows) - 1)
    first, second = rows[at], rows[at + 1]
    take(raw, first, second)
    new = sealed(second, seq=first["seq"], hash_previo=first["hash_previo"])
    put(raw, new, sealed(first, seq=second["seq"], hash_previo=new["hash"]))
    return _after(rows, second["seq"])


def purge_silently(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    row = dice.choice(rows)
    raw.execute("UPDATE bitacora SET detalle = '', sal = '' WHERE seq = ?", (row["seq"],))
    return row["seq"], Rotura.DEPURADA


def change_the_head(dice: random.Random, raw: Raw, rows: list[Row]) -> Named:
    last = rows[-1]["seq"]
    if dice.random() < 0.5:
        raw.execute("UPDATE bitacora_cabeza SET hash = ?", (rows[0]["hash"],))
    else:
        raw.execute("DELETE FROM bitacora_cabeza")
    return last, Rotura.CABEZA


def _after(rows: list[Row], seq: int) -> Named:
    """Name the row after one that holds by itself, or the last one by the head."""
    return (seq, Rotura.CABEZA) if seq == rows[-1]["seq"] else (seq + 1, Rotura.ENLACE)


KINDS: tuple[Callable[[random.Random, Raw, list[Row]], Named], ...] = (
    change_a_column, change_a_column, change_a_column, change_and_seal, delete_some, delete_and_close_the_gap,
    insert_between, insert_at_an_end, swap_two, swap_two_and_seal, purge_silently, change_the_head,
)  # fmt: skip


def test_an_untouched_chain_holds(database: Database, raw: Raw) -> None:
    found = verify(database)
    last = rows_of(raw)[-1]
    assert found.whole
    assert (found.rows, found.head, found.broken, found.rotura) == (last["seq"], last["hash"], None, None)
    assert found.rows > 30


@pytest.mark.parametrize("seed", range(TAMPERINGS))
def test_a_tampering_is_found_and_named(seed: int, raw: Raw, database: Database) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same dice every time
    rows = rows_of(raw)
    kind = KINDS[seed % len(KINDS)]
    named = kind(dice, raw, rows)
    found = verify(database)
    assert not found.whole
    assert (found.broken, found.rotura) == named, kind.__name__


def test_the_tamperings_reach_every_column_and_both_ends(raw: Raw) -> None:
    """What the seeds above do: a test of luck would say nothing."""
    columns, ends = set(), set()
    rows = rows_of(raw)
    for seed in range(TAMPERINGS):
        dice = random.Random(seed)  # noqa: S311 - the same dice every time
        if KINDS[seed % len(KINDS)] is change_a_column:
            row = dice.choice(rows)
            columns.add(dice.choice(COLUMNS))
            ends.add(row["seq"])
    assert columns == set(COLUMNS)
    assert len(ends) > 20


def rewritten(raw: Raw, before: str, after: str) -> None:
    """Do all that somebody with the database and this source can: write the whole past anew."""
    previous = ""
    for row in rows_of(raw):
        new = sealed(row, actor=after if row["actor"] == before else row["actor"], hash_previo=previous)
        take(raw, row)
        put(raw, new)
        raw.execute("UPDATE cierre SET cabeza = ? WHERE cabeza_seq = ?", (new["hash"], new["seq"]))
        previous = new["hash"]
    raw.execute("UPDATE bitacora_cabeza SET hash = ?", (previous,))


def test_a_table_written_anew_is_caught_by_the_printed_head(raw: Raw, database: Database) -> None:
    printed = verify(database).head
    rewritten(raw, "a.ejemplo", "b.ejemplo")
    assert verify(database).whole  # nothing in the database itself tells
    found = verify(database, cabeza=printed)
    assert not found.whole
    assert found.foreign
    assert found.broken is None


def test_a_past_written_anew_is_caught_by_the_certificate_in_the_drawer(services: Services) -> None:
    sesion, supervisor = sign_in(services), sign_in_as(services, "s.ejemplo", 1)
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    services.tramites.finish(sesion, tramite.numero)
    cierre = services.cierres.close(supervisor, date(2026, 11, 23))
    paper = said(services.cierres.certificate(cierre.dia))
    # What somebody reads on the paper and types: sixty-four characters in groups.
    groups = re.search(r"(?:[0-9a-f]{4,16}\s+){3,15}[0-9a-f]{4,16}", paper)
    assert groups is not None
    typed = groups.group()
    found = verify(services.database, cabeza=typed)
    assert found.whole
    assert found.compared == cierre.cabeza_seq
    with raw_of(services.database) as raw:
        raw.without_guards()
        rewritten(raw, "a.ejemplo", "b.ejemplo")
    assert verify(services.database).whole
    assert verify(services.database, cabeza=typed).foreign


def test_a_printed_head_is_found_where_it_is(raw: Raw, database: Database) -> None:
    row = rows_of(raw)[19]
    typed = " ".join(row["hash"][at : at + 4] for at in range(0, 32, 4)).upper()
    found = verify(database, cabeza=typed)
    assert found.whole
    assert found.compared == row["seq"]


@pytest.mark.parametrize("typed", ["", "abc", "0" * 65, "g" * 64, "0123456789abcde"])
def test_what_is_no_head_is_refused(typed: str) -> None:
    with pytest.raises(KnownError, match=r"bitacora\.head"):
        clean_head(typed)


def test_a_digest_in_the_place_of_its_detail(raw: Raw, database: Database) -> None:
    """It gives the same hash: a row of before revision 0005 is sealed over its detail itself."""
    row = rows_of(raw)[19]
    raw.execute(
        "UPDATE bitacora SET detalle = compromiso, compromiso = '', sal = '' WHERE seq = ?", (row["seq"],)
    )
    found = verify(database)
    assert (found.broken, found.rotura) == (row["seq"], Rotura.CAMBIADA)


def test_verifying_tells_its_progress_and_can_be_stopped(database: Database) -> None:
    told: list[tuple[int, int]] = []
    found = verify(database, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (found.rows, found.rows)
    stopped = verify(database, cabeza="0" * 64, cancelled=lambda: True)
    assert stopped.stopped
    assert not stopped.whole
    assert stopped.broken is None
    assert not stopped.foreign


def test_what_is_recorded_while_it_walks_does_not_disturb(services: Services) -> None:
    sesion = sign_in(services)
    found = verify(services.database, progress=lambda *_: services.usuarios.sign_out(sesion))
    assert found.whole
    assert verify(services.database).rows == found.rows + 1


@given(st.text(), st.text())
def test_fields_cannot_run_into_each_other(one: str, other: str) -> None:
    """A canonical form with a seam that moves would let two rows have one hash."""
    if "\ud800" <= max(one + other, default="") <= "\udfff":
        return
    base = (1, "", one, 0, other, "", "", "")
    moved = (1, "", one + other, 0, "", "", "", "")
    assert (seal(base) == seal(moved)) == (other == "")


def test_every_rotura_has_its_words() -> None:
    assert set(ROTURA_TEXT) == set(Rotura)
    assert all("{fila}" in text for text in ROTURA_TEXT.values())
    assert bitacora.verify is verify
