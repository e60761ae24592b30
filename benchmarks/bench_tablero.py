"""The supervisor's board: opening it on a day of 2,200 attentions, alone and after two million issuances.

Its reads stand beside the very statements run through the bare driver, in turn. Opening is measured in
a process of its own, from asking for the screen to everything painted; so is the longest stall of the
window's thread while 100,000 rows are scrolled and sorted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from agencia_app import app, settings
from agencia_app.models.domain.tablero import Filtro, Orden
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services import jornada_sintetica
from agencia_app.services.registry import Services
from benchmarks import tablero_data
from benchmarks.figure import Figure
from tests.factories import Clock, make_services

EARLIER = 2_000_000
ROUNDS = 15
OPENINGS = 5
LONG = timedelta(days=45)  # of the earlier issuances: some 100,000
FRAME = 1000 / 60  # ms
DAY = date(2026, 11, 23)
BOSS = "s.ejemplo"
_ROOT = Path(__file__).resolve().parent.parent
_FIRST = 60  # rows that come with the ids, as the board asks


def rows(tmp: Path) -> list[Figure]:
    day = tmp / "tablero"
    _write_day(day)
    long = _earlier(_ROOT / "build" / f"tablero-{EARLIER}")
    figures = []
    for name, data, reach in (("", day, 200), (f", tras {EARLIER} emisiones", long, 500)):
        ours, baseline = _reads(data)
        opened = statistics.median(_child(data, "abrir")["ms"] for _ in range(OPENINGS))
        figures += [
            Figure(f"tablero de un día, sus lecturas{name}", ours, baseline, ours / baseline, "≤ 2", "ms"),
            Figure(f"tablero de un día, de pedirlo a pintado{name}", opened, baseline, opened / baseline,
                   f"< {reach} ms", "ms"),
        ]  # fmt: skip
    stalls = _child(long, "pausas")
    figures += [
        Figure(f"pausa más larga del hilo de la ventana, {name}", ms, FRAME, ms / FRAME, "≤ 3", "ms")
        for name, ms in stalls.items()
    ]
    return figures


def _write_day(data: Path) -> None:
    services = make_services(data)
    jornada_sintetica.write(services, DAY)
    services.database.close()


def _earlier(data: Path) -> Path:
    """Return a data folder with the earlier issuances and the day; made once, for it takes minutes."""
    mark = data / "hecha-con"
    wanted = _version()
    if mark.exists() and mark.read_text("utf-8") == wanted:
        return data
    shutil.rmtree(data, ignore_errors=True)
    services = make_services(data)
    operador = services.database.reader().exec_driver_sql("SELECT MIN(id) FROM usuario").scalar_one()
    path = services.database.path
    services.database.close()
    tablero_data.add_people(path)
    tablero_data.add_issuances(path, EARLIER, DAY - timedelta(days=1), operador)
    services = app.open_services(settings.load(data), Clock())
    jornada_sintetica.write(services, DAY)
    services.database.close()
    mark.write_text(wanted, "utf-8")
    return data


def _version() -> str:
    """Return what tells data made by another schema or another maker apart."""
    digest = hashlib.sha256(Path(tablero_data.__file__).read_bytes())
    for each in sorted((_ROOT / "agencia_app" / "models" / "db" / "migrations" / "versions").glob("*.py")):
        digest.update(each.read_bytes())
    return digest.hexdigest()


def _reads(data: Path) -> tuple[float, float]:
    """Return what the board's reads take in ms, and the same statements through the driver."""
    services = app.open_services(settings.load(data), Clock())
    statements: list[tuple[str, Any]] = []

    def keep(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        statements.append((statement, parameters))

    event.listen(services.database.engine, "before_cursor_execute", keep)
    sesion = boss(services)
    read_board(services, sesion)
    event.remove(services.database.engine, "before_cursor_execute", keep)
    asked = [(sql, values) for sql, values in statements if sql.startswith(("SELECT", "WITH"))]
    ours, baseline = [], []
    with closing(sqlite3.connect(services.database.path, isolation_level=None)) as connection:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            read_board(services, sesion)
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            for sql, values in asked:
                connection.execute(sql, values).fetchall()
            baseline.append(time.perf_counter() - start)
    services.database.close()
    return statistics.median(ours) * 1e3, statistics.median(baseline) * 1e3


def read_board(services: Services, sesion: Sesion) -> None:
    tablero = services.tablero
    tablero.mark(sesion)
    tablero.hoy(sesion)
    ids = tablero.ids(sesion, Filtro(DAY, DAY), Orden())
    tablero.filas(sesion, ids[:_FIRST])
    tablero.resumen(sesion, DAY, DAY)


def boss(services: Services) -> Sesion:
    """Return the supervisor's session, without the sign-in."""
    ((number, nombre),) = services.database.rows("SELECT id, nombre FROM usuario WHERE usuario = ?", (BOSS,))
    return Sesion(number, BOSS, nombre, Rol.SUPERVISOR, 1)


def _child(data: Path, what: str) -> dict[str, float]:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.tablero_child", what, str(data)],
        cwd=_ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="agencia-bench-") as folder:
        for each in rows(Path(folder)):
            base = "" if each.baseline is None else f"  {each.baseline:.1f} {each.unit}  × {each.ratio:.2f}"
            print(f"{each.name}: {each.ours:.1f} {each.unit}{base}  ({each.reach})")


if __name__ == "__main__":
    main()
