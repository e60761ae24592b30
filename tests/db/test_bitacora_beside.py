"""What stands beside the bitácora, and that verifying it sees too: the closed days and the accesos."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from agencia_app.models.db.session import Database
from agencia_app.models.domain.rotura import Rotura
from agencia_app.services.bitacora_verify import verify
from tests.factories import CEDULAS, make_services, sign_in, signed_in


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two closed days and somebody who was looked up, without its triggers."""
    services = make_services(tmp_path_factory.mktemp("cierres") / "datos")
    sesion = sign_in(services)
    services.padron.find(sesion, CEDULAS[0])
    services.padron.find(sesion, 'no "es"')  # whatever is asked for is an event
    for each in (22, 23):
        services.cierres.close(signed_in(services, "s.ejemplo"), date(2026, 11, each))
    services.usuarios.sign_out(sesion)
    path = services.database.path
    services.database.close()
    with closing(sqlite3.connect(path)) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def path(closed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(closed, tmp_path / "agencia.db"))


@pytest.fixture
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    made = Database(path)
    yield made
    made.close()


def test_untouched_it_holds(database: Database) -> None:
    assert verify(database).whole


def test_a_closed_day_that_knew_another_hash(raw: sqlite3.Connection, database: Database) -> None:
    (seq,) = raw.execute("SELECT cabeza_seq FROM cierre WHERE dia = '2026-11-22'").fetchone()
    raw.execute("UPDATE cierre SET cabeza = ? WHERE cabeza_seq = ?", ("0" * 64, seq))
    found = verify(database)
    assert (found.broken, found.rotura) == (seq, Rotura.CIERRE)


def test_a_closed_day_after_the_end_says_that_the_end_is_gone(
    raw: sqlite3.Connection, database: Database
) -> None:
    seq, cabeza = raw.execute("SELECT max(cabeza_seq), cabeza FROM cierre").fetchone()
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
        "UPDATE cierre SET contenido = '{}', huella = :empty WHERE dia = '2026-11-22'",
        "UPDATE cierre SET contenido = x'ff', huella = 7 WHERE dia = '2026-11-22'",
    ],
)
def test_a_close_that_is_gone_or_says_something_else(
    change: str, raw: sqlite3.Connection, database: Database
) -> None:
    (seq,) = raw.execute("SELECT cabeza_seq FROM cierre WHERE dia = '2026-11-22'").fetchone()
    raw.execute(change, {"empty": sha256(b"{}").hexdigest()} if ":empty" in change else {})
    found = verify(database)
    assert (found.broken, found.rotura) == (seq + 1, Rotura.DIA)


def test_a_close_that_nobody_made(raw: sqlite3.Connection, database: Database) -> None:
    raw.execute(
        "INSERT INTO cierre SELECT '2026-11-20', '2026-11-23 22:00:00', 'jefa', seq, hash, '{}', '' "
        "FROM bitacora WHERE seq = 4"
    )
    found = verify(database)
    assert (found.broken, found.rotura) == (5, Rotura.DIA)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM acceso WHERE seq = :seq",
        "DELETE FROM acceso",
        "UPDATE acceso SET cedula = '2459999054' WHERE seq = :seq",
        "INSERT INTO acceso (cedula, seq) VALUES ('2459999054', :seq)",
    ],
)
def test_who_was_shown_cannot_be_taken_off_or_added(
    change: str, raw: sqlite3.Connection, database: Database
) -> None:
    (seq,) = raw.execute("SELECT seq FROM bitacora WHERE accion = 'consulta.persona'").fetchone()
    raw.execute(change, {"seq": seq} if ":seq" in change else {})
    found = verify(database)
    assert (found.broken, found.rotura) == (seq, Rotura.ACCESO)
