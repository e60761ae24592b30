"""Issuing: from the confirmation to the slip's bytes, against the hash and the statements alone."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event

from agencia_app.models.domain.cedula import check_digit
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.services.hashing import hasher
from agencia_app.services.printers.base import Answer, JobState, Paper
from benchmarks.figure import Figure
from tests.factories import Clock, make_services, person, ready_to_issue, sign_in

PEOPLE = 25
REACH = 1.15


class Memory:
    """The one queue of a system, whose papers end in memory: the figure stops at the slip's bytes."""

    name = "Memoria"
    tells = True

    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def printer(self, _name: str) -> Memory:
        return self

    def takes(self, _kind: PaperKind) -> bool:
        return True

    def check(self) -> None:
        """Accept always."""

    def open(self, _paper: Paper, _copies: int) -> str:
        return "memoria"

    def send(self, _handle: str, paper: Paper, _copies: int) -> Answer:
        assert paper.pdf.startswith(b"%PDF")
        return Answer(JobState.DONE)

    def ask(self, _handle: str) -> Answer:
        return Answer(JobState.DONE)

    def call_back(self, _handle: str) -> bool:
        return True

    def forget(self, _handle: str) -> None:
        """Nothing is kept."""


def rows(tmp: Path) -> list[Figure]:
    cedulas = [f"245{n:06d}" for n in range(1, PEOPLE + 1)]
    cedulas = [nine + str(check_digit(nine)) for nine in cedulas]
    services = make_services(tmp / "emision", Clock(), *(person(cedula=each) for each in cedulas))
    sesion = sign_in(services)
    printing, claves = services.printing, services.claves
    printing.settings = replace(printing.settings, impresoras={PaperKind.HOJA_CLAVE.value: Memory.name})
    printing.queues = Memory()
    tramites = [ready_to_issue(services, sesion, each).numero for each in cedulas]
    services.database.reader().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    before = tmp / "emision-antes.db"
    shutil.copy(services.settings.database, before)

    statements: list[tuple[str, Any]] = []

    def keep(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        statements.append((statement, parameters))

    def ended(word: str) -> Callable[[object], None]:
        return lambda _conn: statements.append((word, ()))

    event.listen(services.database.engine, "before_cursor_execute", keep)
    for word in ("commit", "rollback"):
        event.listen(services.database.engine, word, ended(word))
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
