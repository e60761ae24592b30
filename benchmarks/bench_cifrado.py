"""What encryption costs: the same agency encrypted and in clear, issuing and looked up by turns."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agencia_app.models.db import llave_base
from agencia_app.models.domain.cedula import check_digit
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.padron import Padron
from agencia_app.services.padron_search import PadronSearch
from agencia_app.services.padron_sintetico import generate, write_csv
from agencia_app.services.registry import Services
from benchmarks.bench_emision import Memory
from benchmarks.figure import Figure
from tests.factories import Clock, make_services, person, ready_to_issue, sign_in

ISSUED = 25
PEOPLE = 100_000
LOOKUPS = 5_000
SEARCHES = 200
ROUNDS = 3
REACH = "≤ 1.3"


def rows(tmp: Path) -> list[Figure]:
    """Return the figures of an encrypted agency, each beside the same of one in clear."""
    nines = [f"245{n:06d}" for n in range(1, ISSUED + 1)]
    cedulas = [nine + str(check_digit(nine)) for nine in nines]
    both = [
        make_services(
            tmp / name, Clock(), *(person(cedula=each) for each in cedulas), cifrada=name == "cifrada"
        )
        for name in ("cifrada", "abierta")
    ]
    assert [llave_base.is_plain(each.database.path) for each in both] == [False, True]
    figures = [_issues(both, cedulas), *_padron(both, tmp / "padron-cifrado.csv")]
    for each in both:
        each.database.close()
    return figures


def _issues(both: list[Services], cedulas: list[str]) -> Figure:
    issuing: list[tuple[Services, Sesion, list[str]]] = []
    for services in both:
        sesion = sign_in(services)
        printing = services.printing
        printing.settings = replace(printing.settings, impresoras={PaperKind.HOJA_CLAVE.value: Memory.name})
        printing.queues = Memory()
        issuing.append(
            (services, sesion, [ready_to_issue(services, sesion, each).numero for each in cedulas])
        )
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ISSUED):
        for took, (services, sesion, tramites) in zip(times, issuing, strict=True):
            start = time.perf_counter()
            services.claves.issue(sesion, tramites[turn])
            took.append(time.perf_counter() - start)
    # The first issuance loads the paper engine; the window did so long before.
    ours, plain = (statistics.median(each[1:]) * 1e3 for each in times)
    return Figure(
        "emisión cifrada, contra la misma en claro (mediana)", ours, plain, ours / plain, REACH, "ms"
    )


def _padron(both: list[Services], file: Path) -> list[Figure]:
    people = list(generate(PEOPLE))
    write_csv(people, file)
    imports = []
    for services in both:
        start = time.perf_counter()
        Padron(services.database, lambda: datetime.now(UTC)).import_file(file, file.parent, None)
        imports.append(time.perf_counter() - start)
    chosen = random.Random(17).sample(people, LOOKUPS)  # noqa: S311 - repeatable figures
    searches = [PadronSearch(each.database) for each in both]

    def find(search: PadronSearch) -> float:
        return _each(search.find, [each.cedula for each in chosen])

    def by_name(search: PadronSearch) -> float:
        return _each(search.search, [f"{each.apellidos} {each.nombres}"[:9] for each in chosen[:SEARCHES]])

    return [
        _by_turns("búsqueda por cédula, cifrada contra en claro (mediana)", find, searches, REACH),
        _by_turns("búsqueda por nombre, cifrada contra en claro (mediana)", by_name, searches, "—"),
        Figure(
            f"importación de {PEOPLE} filas, cifrada contra en claro",
            imports[0], imports[1], imports[0] / imports[1], "—", "s",
        ),
    ]  # fmt: skip


def _by_turns(
    name: str, measure: Callable[[PadronSearch], float], searches: list[PadronSearch], reach: str
) -> Figure:
    # The best round of each: what else the machine does is in neither.
    rounds = [[measure(each) for each in searches] for _ in range(ROUNDS)]
    ours, plain = (min(each) * 1e6 for each in zip(*rounds, strict=True))
    return Figure(name, ours, plain, ours / plain, reach, "µs")


def _each(call: Callable[[str], object], values: list[str]) -> float:
    times = []
    for value in values:
        start = time.perf_counter()
        call(value)
        times.append(time.perf_counter() - start)
    return statistics.median(times)
