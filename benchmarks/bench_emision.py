"""Issuing: from the confirmation to the slip's bytes, against the hash and the statements alone."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from agencia_app.models.domain.cedula import check_digit
from agencia_app.services.claves import Claves
from agencia_app.services.hashing import hasher
from agencia_app.services.printing import Paper, Printing
from benchmarks.figure import Figure
from tests.factories import Clock, make_services, person, ready_to_issue, sign_in

PEOPLE = 25
REACH = 1.15


class Catcher(Printing):
    """A printing whose slip ends in memory: the figure stops at its bytes."""

    def send(self, paper: Paper) -> None:
        assert paper.pdf.startswith(b"%PDF")


def rows(tmp: Path) -> list[Figure]:
    cedulas = [f"245{n:06d}" for n in range(1, PEOPLE + 1)]
    cedulas = [nine + str(check_digit(nine)) for nine in cedulas]
    clock = Clock()
    services = make_services(tmp / "emision", clock, *(person(cedula=each) for each in cedulas))
    sesion = sign_in(services)
    claves = Claves(
        services.database, services.tramites, services.papeles, Catcher(services.settings), clock, 30
    )
    tramites = [ready_to_issue(services, sesion, each).numero for each in cedulas]
    services.database.reader().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    before = tmp / "emision-antes.db"
    shutil.copy(services.settings.database, before)

    statements: list[tuple[str, Any]] = []

    def keep(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        statements.append((statement, parameters))

    event.listen(services.database.engine, "before_cursor_execute", keep)
    ours, baseline = [], []
    with closing(_plain(before)) as plain:
        # In turn, so that a machine that slows down slows both.
        for numero in tramites:
            statements.clear()
            start = time.perf_counter()
            claves.issue(sesion, numero)
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            _replay(plain, statements)
            baseline.append(time.perf_counter() - start)
    services.database.close()
    # The first issuance loads the paper engine; the window did so long before.
    mine, other = statistics.median(ours[1:]) * 1000, statistics.median(baseline[1:]) * 1000
    return [
        Figure(
            "emisión, de la confirmación a la hoja (mediana)", mine, other, mine / other, f"≤ {REACH}", "ms"
        )
    ]


def _plain(database: Path) -> sqlite3.Connection:
    """Open a copy of the same database with the same durability."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _replay(connection: sqlite3.Connection, statements: list[tuple[str, Any]]) -> None:
    """Do one hash and the very statements of an issuance."""
    hasher().hash("ABCD2345")
    for statement, parameters in statements:
        connection.execute(statement, parameters)
    connection.execute("COMMIT")
