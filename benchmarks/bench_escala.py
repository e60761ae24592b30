"""PostgreSQL at the size of years: five million people, ten million issuances, and a day of 2,200 among them.

The data is made once under ``build/``, in half an hour and some 25 GB; a server in the settings of one
that keeps what it was told is then started over it. ``python -m benchmarks.bench_escala planes`` prints
the plan of every statement that a screen runs.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event

from agencia_app import app, settings
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import hashing, jornada_sintetica
from agencia_app.services.padron_search import PadronSearch
from agencia_app.services.registry import Services
from benchmarks import escala_data
from benchmarks.bench_emision import Memory
from benchmarks.bench_padron import SESION, share, timed, typed_by_clerk
from benchmarks.bench_tablero import DAY, boss, read_board
from benchmarks.figure import Figure
from tests.factories import Clock, make_services, ready_to_issue, sign_in
from tests.postgres_server import PostgresServer, server

PEOPLE = 5_000_000
ISSUANCES = 10_000_000
FEW_PEOPLE, FEW = 25_000, 10_000  # what the growth is measured against
LOOKUPS = 5_000
TYPED = 400  # names
ROUNDS = 15
ISSUED = 40
_AFTER = datetime.combine(DAY + timedelta(days=1), clock_time(4), UTC)  # at night: the day was attended
_ROOT = Path(__file__).resolve().parent.parent
_COLUMNS = ", ".join(Persona.__slots__)
# Of a server that has a quarter of a machine of 16 GB.
_OPTIONS = ("shared_buffers=4GB", "effective_cache_size=12GB", "max_wal_size=4GB")
_MAKING = ("shared_buffers=4GB", "max_wal_size=32GB", "wal_level=minimal", "max_wal_senders=0")

Statement = tuple[str, Any]


def rows(_tmp: Path) -> list[Figure]:
    """Return the figures of the server at that size."""
    with _served() as many:
        return [*_lookups(many["muchas"]), *_names(many["muchas"]), _board(many["muchas"]), _growth(many)]


@contextmanager
def _served() -> Iterator[dict[str, Services]]:
    """Yield the services over few and over many issuances."""
    folder = _made(_ROOT / "build" / f"escala-{ISSUANCES}")
    with server(folder / "servidor", durable=True, options=_OPTIONS) as made:
        opened = {}
        for name in ("pocas", "muchas"):
            config = replace(settings.load(folder / name), base=made.address(name))  # its port is another
            opened[name] = app.open_services(config, Clock(_AFTER))
        try:
            yield opened
        finally:
            for services in opened.values():
                services.database.close()
            made.stop("fast")


def _made(folder: Path) -> Path:
    mark = folder / "hecha-con"
    wanted = _version()
    if mark.exists() and mark.read_text("utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "servidor").mkdir(parents=True)
    with server(folder / "servidor", options=_MAKING) as made:
        _fill(made, folder, "pocas", FEW_PEOPLE, FEW)
        _fill(made, folder, "muchas", PEOPLE, ISSUANCES)
        made.stop("fast")
    subprocess.run(["sync"], check=True)
    mark.write_text(wanted, "utf-8")
    return folder


def _fill(made: PostgresServer, folder: Path, name: str, people: int, issuances: int) -> None:
    base = made.create_database(name)
    make_services(folder / name, base=base).database.close()
    escala_data.build(base, people, issuances, DAY - timedelta(days=1))
    services = app.open_services(settings.load(folder / name), Clock())
    jornada_sintetica.write(services, DAY)
    services.database.close()


def _version() -> str:
    """Return what tells data made by another schema or another maker apart."""
    digest = hashlib.sha256(f"{PEOPLE} {ISSUANCES}".encode() + Path(escala_data.__file__).read_bytes())
    for each in sorted((_ROOT / "agencia_app" / "models" / "db" / "migrations" / "versions").glob("*.py")):
        digest.update(each.read_bytes())
    return digest.hexdigest()


def _bare(services: Services) -> psycopg.Connection[Any]:
    address = services.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


def _lookups(services: Services) -> list[Figure]:
    cedulas = [each.cedula for each in _sample(services, LOOKUPS)]
    find = PadronSearch(services.database).find
    with _bare(services) as connection:

        def bare(cedula: str) -> None:
            connection.execute(f"SELECT {_COLUMNS} FROM persona WHERE cedula = %s", (cedula,)).fetchone()

        # By turns, and the best round of each: what else the machine does is in neither.
        rounds = [(timed(bare, cedulas), timed(find, cedulas)) for _ in range(3)]
    baseline, ours = (min(each, key=statistics.median) for each in zip(*rounds, strict=True))
    name = f"búsqueda por cédula entre {PEOPLE}, PostgreSQL"
    return [
        share(f"{name}, mediana", ours, baseline, 0.5, "≤ 3"),
        share(f"{name}, p99", ours, baseline, 0.99, "≤ 3"),
    ]


def _sample(services: Services, count: int) -> list[Persona]:
    """Return some people from all over the padrón, in no order."""
    share_of_all = 100 * 2 * count / PEOPLE
    rows = services.database.rows(
        f"SELECT cedula FROM persona TABLESAMPLE BERNOULLI ({share_of_all}) REPEATABLE (17)"
    )
    draw = random.Random(17)  # noqa: S311 - repeatable figures
    search = PadronSearch(services.database)
    found = (search.find(cedula) for (cedula,) in draw.sample(list(rows), count))
    return [each for each in found if each is not None]


def _names(services: Services) -> list[Figure]:
    people = _sample(services, TYPED)
    typed = [text for number, each in enumerate(people) for text in typed_by_clerk(number, each)]
    name = f"búsqueda por nombre entre {PEOPLE}, PostgreSQL, cada tecla, p99"
    asked: tuple[tuple[str, Callable[[str], object]], ...] = (
        (name, PadronSearch(services.database).search),
        (f"{name}, con su registro", lambda text: services.padron.search(SESION, text)),
    )
    return [
        Figure(what, timed(ask, typed)[int(len(typed) * 0.99)] * 1e3, None, None, "< 50 ms", "ms")
        for what, ask in asked
    ]


def _board(services: Services) -> Figure:
    sesion = boss(services)
    asked = _statements(services, lambda: read_board(services, sesion))
    ours, baseline = [], []
    with _bare(services) as connection:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            read_board(services, sesion)
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            for sql, values in asked:
                connection.execute(sql, values).fetchall()
            baseline.append(time.perf_counter() - start)
    mine, other = statistics.median(ours) * 1e3, statistics.median(baseline) * 1e3
    name = f"tablero de un día de 2200 tras {ISSUANCES} emisiones, PostgreSQL, sus lecturas"
    return Figure(name, mine, other, mine / other, "≤ 2 y < 200 ms", "ms")


def _statements(services: Services, action: Callable[[], object]) -> list[Statement]:
    """Return what an action asks of the database."""
    statements: list[Statement] = []

    def keep(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        statements.append((statement, parameters))

    event.listen(services.database.engine, "before_cursor_execute", keep)
    action()
    event.remove(services.database.engine, "before_cursor_execute", keep)
    return [each for each in statements if each[0].lstrip().startswith(("SELECT", "WITH"))]


def _growth(many: dict[str, Services]) -> Figure:
    """Issue by turns over few and over many earlier ones, without the hash, which is no part of it."""
    issue = {name: _issuing(services) for name, services in many.items()}
    seconds: dict[str, list[float]] = {name: [] for name in many}
    for _ in range(ISSUED):
        for name, once in issue.items():
            seconds[name].append(next(once))
    few, all_of_them = (statistics.median(seconds[name][1:]) * 1e3 for name in ("pocas", "muchas"))
    name = f"emisión sin su hash, tras {ISSUANCES} en vez de {FEW}, PostgreSQL"
    return Figure(name, all_of_them, few, all_of_them / few, "≤ 1.3", "ms")


def _issuing(services: Services) -> Iterator[float]:
    """Yield what each issuance takes, to people who have a clave already."""
    sesion: Sesion = sign_in(services)
    services.printing.settings = replace(
        services.printing.settings, impresoras={PaperKind.HOJA_CLAVE.value: Memory.name}
    )
    services.printing.queues = Memory()
    services.claves.hasher = hashing.cheap
    for (cedula,) in services.database.rows(
        "SELECT cedula FROM clave WHERE estado = 'vigente' AND id % 97 = 5 AND NOT EXISTS (SELECT 1 FROM tramite "
        "AS t WHERE t.cedula = clave.cedula AND t.estado IN ('abierto', 'pendiente', 'emitido')) LIMIT 200"
    ):
        tramite = ready_to_issue(services, sesion, cedula)
        start = time.perf_counter()
        services.claves.issue(sesion, tramite.numero)
        yield time.perf_counter() - start


def plans() -> None:
    """Print the plan of each statement that a screen runs."""
    with _served() as many:
        services = many["muchas"]
        sesion = boss(services)
        search = PadronSearch(services.database)
        screens: Sequence[tuple[str, Callable[[], object]]] = (
            ("cédula", lambda: search.find(_sample(services, 1)[0].cedula)),
            ("nombre, muchos", lambda: search.search("maria")),
            ("nombre, pocos", lambda: search.search("suquillanda katz")),
            ("nombre, dos que casi no se encuentran", lambda: search.search("rosa carlos")),
            ("tablero", lambda: read_board(services, sesion)),
            ("para revisar", lambda: services.revisiones.of_days(sesion, DAY, DAY, only_open=True)),
        )
        with _bare(services) as connection:
            for screen, action in screens:
                print(f"## {screen}")
                for sql, values in _statements(services, action):
                    print(sql)
                    for (line,) in connection.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", values):
                        print("   ", line)


def main() -> None:
    if sys.argv[1:] == ["planes"]:
        plans()
        return
    with tempfile.TemporaryDirectory(prefix="agencia-bench-") as folder:
        for each in rows(Path(folder)):
            base = "" if each.baseline is None else f"  {each.baseline:.1f} {each.unit}  × {each.ratio:.2f}"
            print(f"{each.name}: {each.ours:.1f} {each.unit}{base}  ({each.reach})")


if __name__ == "__main__":
    main()
