"""The padrón at 600,000 people: lookup, name search while typing, and import, beside sqlite3's own."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from agencia_app.models.db import schema
from agencia_app.models.db.session import Database
from agencia_app.models.domain.persona import Persona, fold
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services.padron import Padron
from agencia_app.services.padron_search import PadronSearch
from agencia_app.services.padron_sintetico import generate, write_csv
from benchmarks.figure import Figure

PEOPLE = 600_000
LOOKUPS = 10_000
ROUNDS = 5
TYPED = 400  # names
SESION = Sesion(1, "a.ejemplo", "A. Ejemplo", Rol.OPERADOR, 4)
_COLUMNS = ", ".join(Persona.__slots__)


def rows(tmp: Path) -> list[Figure]:
    """Return every figure of the padrón."""
    people = list(generate(PEOPLE))
    draw = random.Random(17)  # noqa: S311 - repeatable figures
    chosen = draw.sample(people, LOOKUPS)
    as_drawn, sorted_file = tmp / "padron.csv", tmp / "padron-ordenado.csv"
    write_csv(people, as_drawn)
    people.sort(key=lambda each: each.cedula)
    write_csv(people, sorted_file)
    del people
    figures = []
    for name, path in (("", as_drawn), (", archivo ya ordenado", sorted_file)):
        database = _empty(tmp / f"{path.stem}.db")
        figures.append(_import(f"importación de {PEOPLE} filas{name}", database, path))
        if path is as_drawn:
            padron = Padron(database, _now)
            figures += _lookups(database, database.path, [each.cedula for each in chosen])
            figures.append(_keystrokes(padron, chosen[:TYPED]))
        database.close()
    return figures


def _now() -> datetime:
    return datetime.now(UTC)


def _empty(path: Path) -> Database:
    database = Database(path)
    schema.prepare(database, path.parent)
    return database


def _import(name: str, database: Database, path: Path) -> Figure:
    start = time.perf_counter()
    result = Padron(database, _now).import_file(path, path.parent, None)
    ours = time.perf_counter() - start
    assert result.insertadas == PEOPLE
    other = database.path.with_suffix(".sqlite3")
    table = (
        database.reader().exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'persona'").scalar_one()
    )
    subprocess.run(["sqlite3", other, f"PRAGMA journal_mode=WAL; {table}"], check=True, capture_output=True)
    start = time.perf_counter()
    subprocess.run(["sqlite3", other, ".mode csv", f".import --skip 1 '{path}' persona"], check=True)
    baseline = time.perf_counter() - start
    with closing(sqlite3.connect(other)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM persona").fetchone() == (PEOPLE,)
    other.unlink()
    return Figure(name, ours, baseline, ours / baseline, "≤ 3", "s")


def _lookups(database: Database, path: Path, cedulas: list[str]) -> list[Figure]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:

        def bare(cedula: str) -> None:
            connection.execute(f"SELECT {_COLUMNS} FROM persona WHERE cedula = ?", (cedula,)).fetchone()

        # By turns, and the best round of each: what else the machine does is in neither.
        rounds = [(timed(bare, cedulas), timed(PadronSearch(database).find, cedulas)) for _ in range(ROUNDS)]
    baseline, ours = (
        min(each, key=lambda times: times[int(LOOKUPS * 0.99)]) for each in zip(*rounds, strict=True)
    )
    return [
        share("búsqueda por cédula, mediana", ours, baseline, 0.5, "≤ 8"),
        share("búsqueda por cédula, p99", ours, baseline, 0.99, "≤ 8 y < 1000 µs"),
    ]


def timed(action: Callable[[str], object], values: list[str]) -> list[float]:
    seconds = []
    for value in values:
        start = time.perf_counter()
        action(value)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def share(name: str, ours: list[float], baseline: list[float], share: float, reach: str) -> Figure:
    mine, other = (each[int(len(each) * share)] * 1e6 for each in (ours, baseline))
    return Figure(name, mine, other, mine / other, reach, "µs")


def _keystrokes(padron: Padron, people: list[Persona]) -> Figure:
    typed = [text for number, each in enumerate(people) for text in typed_by_clerk(number, each)]
    seconds = timed(lambda text: padron.search(SESION, text), typed)
    return Figure(
        "búsqueda por nombre, cada tecla, p99",
        seconds[int(len(seconds) * 0.99)] * 1e3,
        None,
        None,
        "< 30 ms",
        "ms",
    )


def typed_by_clerk(number: int, each: Persona) -> Iterator[str]:
    """Yield what the field holds after each key, in the ways a clerk types a name."""
    surname, name = each.apellidos.split()[0], each.nombres.split()[0]
    ways = (
        each.nombre_completo,
        f"{each.nombres} {each.apellidos}",
        f"{surname} {name}",
        fold(f"{name} {surname}"),
        f"{surname} {name[0]}",
    )
    text = ways[number % len(ways)]
    return (text[: length + 1] for length in range(len(text)))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="agencia-bench-") as folder:
        for each in rows(Path(folder)):
            base = "" if each.baseline is None else f"  {each.baseline:.1f} {each.unit}  × {each.ratio:.2f}"
            print(f"{each.name}: {each.ours:.1f} {each.unit}{base}  ({each.reach})")


if __name__ == "__main__":
    main()
