"""What stands beside the bitácora, and that verifying it sees too: the closed days and the accesos."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256

import pytest

from agencia_app.models.db.session import Database
from agencia_app.models.domain.rotura import Rotura
from agencia_app.services.bitacora_verify import verify
from tests.conftest import Places
from tests.factories import CEDULAS, make_services, sign_in, signed_in
from tests.raw import Raw, raw_of

KEPT = ("bitacora", "bitacora_cabeza", "cierre", "acceso")  # with a copy of each beside them


@pytest.fixture(scope="module")
def closed(engine: str, places: Places) -> Iterator[Database]:
    """A database with two closed days and somebody who was looked up, and a copy of what tells of them."""
    config = places.new(engine)
    services = make_services(config.data, base=config.base)
    sesion = sign_in(services)
    services.padron.find(sesion, CEDULAS[0])
    services.padron.find(sesion, 'no "es"')  # whatever is asked for is an event
    for each in (22, 23):
        services.cierres.close(signed_in(services, "s.ejemplo"), date(2026, 11, each))
    services.usuarios.sign_out(sesion)
    with raw_of(services.database) as raw:
        raw.set_aside(KEPT)
        raw.without_guards()
    yield services.database
    services.database.close()
    places.drop(config.data)


@pytest.fixture
def raw(closed: Database) -> Iterator[Raw]:
    with raw_of(closed) as made:
        made.without_guards()
        made.bring_back(KEPT)
        yield made


@pytest.fixture
def database(closed: Database, raw: Raw) -> Database:
    """That database, with nothing done to it yet."""
    return closed


def test_untouched_it_holds(database: Database) -> None:
    assert verify(database).whole


def test_a_closed_day_that_knew_another_hash(raw: Raw, database: Database) -> None:
    seq = raw.one("SELECT cabeza_seq FROM cierre WHERE dia = '2026-11-22'")
    raw.execute("UPDATE cierre SET cabeza = ? WHERE cabeza_seq = ?", ("0" * 64, seq))
    found = verify(database)
    assert (found.broken, found.rotura) == (seq, Rotura.CIERRE)


def test_a_closed_day_after_the_end_says_that_the_end_is_gone(raw: Raw, database: Database) -> None:
    seq, cabeza = raw.one("SELECT cabeza_seq, cabeza FROM cierre ORDER BY cabeza_seq DESC LIMIT 1")
    raw.execute("DELETE FROM bitacora WHERE seq > ?", (seq,))
    raw.execute("UPDATE bitacora_cabeza SET seq = ?, hash = ?", (seq, cabeza))  # by whoever took them
    found = verify(database)
    assert (found.broken, found.rotura) == (seq + 1, Rotura.FALTA)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM cierre WHERE dia = '2026-11-22'",
        "UPDATE cierre SET dia = '2026-11-21' WHERE dia = '2026-11-22'",
        "UPDATE cierre SET contenido = replace(contenido, 'Quito', 'Loja') WHERE dia = '2026-11-22'",
        "UPDATE cierre SET contenido = '{}', huella = ? WHERE dia = '2026-11-22'",
        pytest.param(
            "UPDATE cierre SET contenido = x'ff', huella = 7 WHERE dia = '2026-11-22'",
            marks=pytest.mark.sqlite,
        ),
    ],
)
def test_a_close_that_is_gone_or_says_something_else(change: str, raw: Raw, database: Database) -> None:
    seq = raw.one("SELECT cabeza_seq FROM cierre WHERE dia = '2026-11-22'")
    raw.execute(change, [sha256(b"{}").hexdigest()] if "?" in change else [])
    found = verify(database)
    assert (found.broken, found.rotura) == (seq + 1, Rotura.DIA)


def test_a_close_that_nobody_made(raw: Raw, database: Database) -> None:
    raw.execute(
        "INSERT INTO cierre SELECT '2026-11-20', '2026-11-23 22:00:00', 'jefa', seq, hash, '{}', '' "
        "FROM bitacora WHERE seq = 4"
    )
    found = verify(database)
    assert (found.broken, found.rotura) == (5, Rotura.DIA)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM acceso WHERE seq = ?",
        "DELETE FROM acceso",
        "UPDATE acceso SET cedula = '2459999054' WHERE seq = ?",
        "INSERT INTO acceso (cedula, seq) VALUES ('2459999054', ?)",
    ],
)
def test_who_was_shown_cannot_be_taken_off_or_added(change: str, raw: Raw, database: Database) -> None:
    seq = raw.one("SELECT min(seq) FROM bitacora WHERE accion = 'consulta.persona'")
    raw.execute(change, [seq] if "?" in change else [])
    found = verify(database)
    assert (found.broken, found.rotura) == (seq, Rotura.ACCESO)
