"""Windows attend while things break: after each round nothing is lost and nothing is doubled.

``make faults`` runs two hundred rounds on each engine and prints a table (docs/fallas.md); ``make test``
one of each fault.
"""

from __future__ import annotations

import platform
import random
import sys
import time
from collections import Counter
from importlib.metadata import version

import pytest

from agencia_app import app
from tests.faults import faults
from tests.faults.agency import ROOT, Agency, agency
from tests.faults.check import Checker
from tests.faults.faults import Fault

ENGINES = ("sqlite", "postgres")
ROUNDS = 200
SEED = 20261123
_WINDOWS = {"sqlite": 1, "postgres": 3}
_PEOPLE = {"sqlite": 3, "postgres": 2}  # that a window attends in a round
_NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
_COLUMNS = {
    "rounds": "vueltas",
    "done": "atenciones",
    "claves": "claves emitidas",
    "papers": "papeles leídos",
    "told": "avisos",
    "settled": "en duda: quedó",
    "undone": "en duda: no quedó",
    "dead": "ventanas muertas",
    "found": "perdido, doble o colgado",
}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="las fallas se provocan en Linux")


class Run:
    """Rounds of faults over one agency, counted by fault."""

    def __init__(self, agency: Agency, seed: int, people: int) -> None:
        self._agency = agency
        self._people = people
        self._chance = random.Random(seed)  # noqa: S311 - to be repeatable
        self._checker = Checker(agency)
        self._began = time.monotonic()
        self._pace = self._undisturbed()
        self._rows: dict[str, Counter[str]] = {}

    def round(self, fault: Fault) -> None:
        """Let windows attend while a fault happens, wait for their end, and look."""
        agency, chance = self._agency, self._chance
        row = self._rows.setdefault(fault.name, Counter())
        before = self._counts()
        row["rounds"] += 1
        row["found"] += 1  # until it was looked at
        agency.told.clear()
        if fault.beforehand is not None:
            fault.beforehand(agency, chance)
        began = time.monotonic()
        agency.begin(chance.randrange(10**6), self._groups(), faults.commit(fault, chance, self._people))
        if fault.during is not None:
            fault.during(agency, chance, self._pace)
        agency.end()
        dead = sum(not each.process.is_alive() for each in agency.windows)
        if not dead and not agency.told:
            # The first attention loads what the others have: a fault must not come after they are done.
            self._pace = min(self._pace, time.monotonic() - began)
        row["dead"] += dead
        agency.open()
        self._checker.look()
        row["found"] -= 1
        row["told"] += agency.told.total()
        row.update(self._counts() - before)

    def finish(self) -> None:
        """Attend whoever was left half way or without a clave, with nothing in the way."""
        everybody = self._checker.left()
        each = -(-len(everybody) // self._agency.how_many)
        groups = [everybody[number * each :][:each] for number in range(self._agency.how_many)]
        self._agency.begin(self._chance.randrange(10**6), groups)
        self._agency.end()
        self._checker.look()
        assert self._checker.left() == []

    def table(self) -> str:
        """Return the run as a table: what happened, how often, and what became of it."""
        lines = [f"| falla | {' | '.join(_COLUMNS.values())} |", f"| --- |{' ---: |' * len(_COLUMNS)}"]
        total = Counter[str]()
        for name, row in self._rows.items():
            total.update(row)
            lines.append(f"| {name} | {' | '.join(str(row[each]) for each in _COLUMNS)} |")
        lines.append(f"| **todas** | {' | '.join(str(total[each]) for each in _COLUMNS)} |")
        return "\n".join(lines)

    def report(self, engine: str, seed: int) -> str:
        """Return the table under what it was of: the engine, the seed, how long, and the versions."""
        minutes = round((time.monotonic() - self._began) / 60)
        database = self._agency.database()
        query = "SHOW server_version" if database.is_postgres else "SELECT sqlite_version()"
        server = str(database.rows(query)[0][0]).split()[0]
        database.close()
        versions = (
            f"agencia_app {version('agencia_app')}, {_NAMES[engine]} {server}, "
            f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
        )
        head = f"## {_NAMES[engine]}\n\n{app.now():%Y-%m-%d}, semilla {seed}, {minutes} min, {versions}\n"
        return f"{head}\n{self.table()}\n"

    def _counts(self) -> Counter[str]:
        looked = self._checker
        return Counter(
            done=looked.noted("terminado"),
            claves=looked.claves,
            papers=looked.papers,
            settled=looked.noted("quedó"),
            undone=looked.noted("no quedó"),
        )

    def _groups(self) -> list[list[str]]:
        # A window may meet whom another attends: that is how two clerks take up one trámite.
        people = self._agency.people
        return [self._chance.sample(people, self._people) for _ in range(self._agency.how_many)]

    def _undisturbed(self) -> float:
        """Attend once with nothing in the way; return how long it takes (seconds)."""
        began = time.monotonic()
        self._agency.begin(0, self._groups())
        self._agency.end()
        self._checker.look()
        return time.monotonic() - began


@pytest.mark.parametrize("engine", ENGINES)
def test_one_round_of_each_fault(engine: str) -> None:
    with agency(engine, min(2, _WINDOWS[engine])) as made:
        run = Run(made, SEED, people=1)
        for fault in faults.of(engine, patient=False, disk=made.disk is not None):
            run.round(fault)
        run.finish()
        if made.disk is None:
            pytest.skip("sin permiso para montar un disco pequeño: no se probó el disco lleno")


@pytest.mark.faults
@pytest.mark.parametrize("engine", ENGINES)
def test_two_hundred_rounds(engine: str) -> None:
    with agency(engine, _WINDOWS[engine]) as made:
        run = Run(made, SEED, _PEOPLE[engine])
        known = faults.of(engine, patient=True, disk=made.disk is not None)
        order = [known[number % len(known)] for number in range(ROUNDS)]
        random.Random(SEED).shuffle(order)  # noqa: S311 - to be repeatable
        try:
            for number, fault in enumerate(order, 1):
                sys.stderr.write(f"{engine} {number}/{ROUNDS}: {fault.name}\n")
                run.round(fault)
            run.finish()
        finally:
            report = run.report(engine, SEED)
            (ROOT / "build").mkdir(exist_ok=True)
            (ROOT / "build" / f"fallas-{engine}.md").write_text(report, "utf-8")
            sys.stdout.write(f"\n{report}")
        assert made.disk is not None, "sin permiso para montar un disco pequeño: no se probó el disco lleno"
