"""Windows attend while things break: after each round nothing is lost and nothing is doubled.

``make faults`` runs two hundred rounds on each engine and prints a table (docs/fallas.md); ``make test``
one of each fault.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

import pytest

from tests.faults import faults
from tests.faults.agency import ROOT, Agency, agency
from tests.faults.check import Checker
from tests.faults.faults import Fault

ENGINES = ("sqlite",)
ROUNDS = 200
SEED = 20261123
_WINDOWS = {"sqlite": 1, "postgres": 3}
_PEOPLE = {"sqlite": 3, "postgres": 2}  # that a window attends in a round

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="las fallas se provocan en Linux")


class Run:
    """Rounds of faults over one agency, counted by fault."""

    def __init__(self, agency: Agency, seed: int, people: int) -> None:
        self._agency = agency
        self._people = people
        self._chance = random.Random(seed)  # noqa: S311 - to be repeatable
        self._checker = Checker(agency)
        self._pace = self._undisturbed()
        self._rows: dict[str, Counter[str]] = {}

    def round(self, fault: Fault) -> None:
        """Let windows attend while a fault happens, wait for their end, and look."""
        agency, chance = self._agency, self._chance
        row = self._rows.setdefault(fault.name, Counter())
        before = Counter(papers=self._checker.papers, done=self._checker.done)
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
        row["rounds"] += 1
        row["told"] += agency.told.total()
        row["done"] += self._checker.done - before["done"]
        row["papers"] += self._checker.papers - before["papers"]

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
        names = ("rounds", "done", "papers", "told", "dead")
        lines = [
            "| falla | vueltas | atenciones | papeles leídos | avisos | ventanas muertas | perdido o doble |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        total = Counter[str]()
        for name, row in self._rows.items():
            total.update(row)
            lines.append(f"| {name} | {' | '.join(str(row[each]) for each in names)} | 0 |")
        lines.append(f"| **todas** | {' | '.join(str(total[each]) for each in names)} | 0 |")
        return "\n".join(lines)

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
        for number, fault in enumerate(order, 1):
            run.round(fault)
            sys.stderr.write(f"{engine} {number}/{ROUNDS}: {fault.name}\n")
        run.finish()
        table = run.table()
        (ROOT / "build").mkdir(exist_ok=True)
        (ROOT / "build" / f"fallas-{engine}.md").write_text(table + "\n", "utf-8")
        sys.stdout.write(f"\n{engine}, semilla {SEED}\n\n{table}\n")
        assert made.disk is not None, "sin permiso para montar un disco pequeño: no se probó el disco lleno"
