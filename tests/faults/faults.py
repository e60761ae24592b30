"""The faults: each happens at a random moment of the windows' work, lasts a random while, and is over.

What they do is what happens to an agency: somebody pulls a plug, a disk fills up, a cable is stepped on.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psycopg

from agencia_app import app, settings
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.services import invariantes
from agencia_app.ui.messages import sentence
from tests.faults import hold
from tests.faults.agency import FORKS, Agency
from tests.postgres_server import PostgresServer

HOUR = 3600
_COMMITS = 14  # of one attention, about
_START_TRIES = 60
_HEAD = 100  # bytes: what SQLite reads first
_PAGE = 4096
_SERVER_PAGE = 8192
_READ_FIRST = ("agencia", "llave")  # tables that opening the services reads


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: what the table calls it, and what it does while the windows attend.

    ``at_commit`` is where the first window kills itself, ``beforehand`` what happens before they begin.
    """

    name: str
    during: Callable[[Agency, random.Random, float], None] | None = None
    at_commit: str = ""
    beforehand: Callable[[Agency, random.Random], None] | None = None


def of(engine: str, *, patient: bool, disk: bool) -> tuple[Fault, ...]:
    """Return the faults that an engine knows.

    ``patient`` lets a lock last longer than a window waits; ``disk`` says that there is one to fill.
    """
    every = [
        Fault("ventana, kill -9", _kill_window),
        Fault("ventana, kill -9 antes del COMMIT", at_commit="before_commit"),
        Fault("ventana, kill -9 después del COMMIT", at_commit="after_commit"),
        Fault("base bloqueada", partial(_hold, patient=patient)),
        Fault("reloj atrasado", partial(_set_clock, seconds=(-25 * HOUR, -3 * HOUR, -300, -60))),
        Fault("reloj adelantado", partial(_set_clock, seconds=(25 * HOUR, 3 * HOUR, 300, 60))),
    ]
    if disk:
        every.append(Fault("disco lleno", _fill))
    if engine == "sqlite":
        every.append(Fault("archivo truncado o pisado", beforehand=_damage_copy))
        return tuple(every)
    return (
        *every,
        Fault("servidor, parada inmediata", _stop_server),
        Fault("servidor, kill -9", _kill_server),
        Fault("red cortada", _cut),
        Fault("red muda", partial(_freeze, patient=patient)),
        Fault("red cortada antes del COMMIT", partial(_at_commit, swallow=False)),
        Fault("red cortada tras el COMMIT", partial(_at_commit, swallow=True)),
        Fault("archivo del servidor dañado", beforehand=_damage_server),
    )


def commit(fault: Fault, chance: random.Random, people: int) -> str:
    """Return where the first window dies in a round, or nothing."""
    return f"{fault.at_commit}:{chance.randint(1, _COMMITS * people)}" if fault.at_commit else ""


# -- of a window and of what it stands on -------------------------------------------------


def _kill_window(agency: Agency, chance: random.Random, pace: float) -> None:
    time.sleep(chance.uniform(0, pace))
    chance.choice(agency.windows).kill()


def _fill(agency: Agency, chance: random.Random, pace: float) -> None:
    assert agency.disk is not None
    time.sleep(chance.uniform(0, pace / 2))
    agency.disk.fill(but=chance.choice((0, 0, 5_000, 50_000, 200_000)))
    if agency.postgres is not None and chance.random() < 0.5:
        _need_wal(agency.base)
    time.sleep(chance.uniform(0.2, 3))
    agency.disk.free()
    if agency.postgres is not None:
        _see_it_runs(agency.postgres)


def _hold(agency: Agency, chance: random.Random, pace: float, *, patient: bool) -> None:
    time.sleep(chance.uniform(0, pace / 2))
    orders, theirs = FORKS.Pipe()
    other = FORKS.Process(target=hold.main, args=(theirs, agency.data), daemon=True)
    other.start()
    orders.recv()
    time.sleep(chance.choice((0.3, 2.0, 6.0, 11.0) if patient else (1.0,)))
    other.kill()
    other.join()
    orders.close()
    theirs.close()


def _set_clock(agency: Agency, chance: random.Random, pace: float, *, seconds: tuple[int, ...]) -> None:
    time.sleep(chance.uniform(0, pace / 2))
    off = agency.clock.with_suffix(".nuevo")
    for value in (chance.choice(seconds), 0):
        off.write_text(str(value), "ascii")
        off.replace(agency.clock)
        time.sleep(chance.uniform(0.2, pace))


def _damage_copy(agency: Agency, chance: random.Random) -> None:
    """Damage a copy of what a power cut left, and try to open it: it is refused, or it is whole."""
    for each in agency.windows:
        each.kill()  # the write-ahead log stays behind
    copy = agency.folder / "dañada"
    shutil.copytree(agency.data, copy, ignore=shutil.ignore_patterns("papeles"))
    try:
        file = copy / "agencia.db"
        size = file.stat().st_size
        if chance.random() < 0.25:
            with file.open("r+b") as head:
                head.write(chance.randbytes(chance.choice((_HEAD, _PAGE))))
        else:
            with file.open("r+b") as tail:
                tail.truncate(chance.choice((0, 10, _PAGE, size // 2, size - _PAGE, chance.randrange(size))))
        try:
            _opened_whole(copy)
        except KnownError as error:
            _is_told(error)
    finally:
        shutil.rmtree(copy)
    agency.open()


def _is_told(error: KnownError) -> None:
    # The beginning of an encrypted file is of its key: what is not that key's may be another's.
    assert error.code in {"base.damaged", "base.key"}, error
    assert "agencia respaldo restaurar" in sentence(error)


def _opened_whole(data: object) -> None:
    database, _ = app.open_database(settings.load(data))  # type: ignore[arg-type]
    try:
        assert database.rows("PRAGMA integrity_check")[0][0] == "ok"
        assert invariantes.check(database).todos
    finally:
        database.close()


# -- of the server ------------------------------------------------------------------------


def _stop_server(agency: Agency, chance: random.Random, pace: float) -> None:
    assert agency.postgres is not None
    time.sleep(chance.uniform(0, pace))
    agency.postgres.stop("immediate")
    time.sleep(chance.uniform(0, 1.5))
    _see_it_runs(agency.postgres)


def _kill_server(agency: Agency, chance: random.Random, pace: float) -> None:
    assert agency.postgres is not None
    assert agency.postgres.process is not None
    time.sleep(chance.uniform(0, pace))
    agency.postgres.process.kill()
    agency.postgres.process.wait()
    time.sleep(chance.uniform(0, 1.5))
    _see_it_runs(agency.postgres)


def _see_it_runs(postgres: PostgresServer) -> None:
    """Start the server anew where it does not run; its last processes may need a moment to be gone."""
    for _ in range(_START_TRIES):
        try:
            if postgres.process is None or postgres.process.poll() is not None:
                postgres.start()
            with psycopg.connect(
                postgres.address("agencia"), connect_timeout=5, autocommit=True
            ) as connection:
                connection.execute("SELECT 1")
        except (RuntimeError, psycopg.OperationalError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server does not come back")


def _need_wal(base: str) -> None:
    """Make the server want another file for what it writes ahead."""
    try:
        with psycopg.connect(base, connect_timeout=5, autocommit=True) as connection:
            for _ in range(8):
                connection.execute("SELECT pg_logical_emit_message(false, 'lastre', repeat('x', 8000))")
                connection.execute("SELECT pg_switch_wal()")
    except psycopg.Error:
        pass  # it stopped for want of room, which is what was asked for


def _damage_server(agency: Agency, chance: random.Random) -> None:
    """Overwrite a page of a table while the server is down, see it refused, and put it back."""
    postgres = agency.postgres
    assert postgres is not None
    table = chance.choice((*_READ_FIRST, "tramite", "clave", "recibo", "bitacora"))
    with psycopg.connect(agency.base) as connection:
        where = connection.execute("SELECT pg_relation_filepath(%s)", [table]).fetchone()
    assert where is not None
    file = postgres.data / where[0]
    postgres.stop("fast")  # all of it is in its files: nothing mends the page from the log
    good = file.read_bytes()
    page = chance.randrange(len(good) // _SERVER_PAGE) * _SERVER_PAGE
    with file.open("r+b") as damaged:
        damaged.seek(page)
        damaged.write(chance.randbytes(_SERVER_PAGE))
    try:
        postgres.start()
        try:
            database = Database(agency.base)
            try:
                if table in _READ_FIRST:
                    app.open_services(settings.load(agency.data)).database.close()
                assert not invariantes.check(database).todos, table
            finally:
                database.close()
        except KnownError as error:
            _is_told(error)
        else:
            assert table not in _READ_FIRST, table
    finally:
        postgres.stop("immediate")
        with file.open("r+b") as mended:
            mended.write(good)
        _see_it_runs(postgres)


# -- of the way between them --------------------------------------------------------------


def _cut(agency: Agency, chance: random.Random, pace: float) -> None:
    assert agency.relay is not None
    time.sleep(chance.uniform(0, pace))
    agency.relay.cut()
    time.sleep(chance.uniform(0, 3))
    agency.relay.mend()


def _freeze(agency: Agency, chance: random.Random, pace: float, *, patient: bool) -> None:
    assert agency.relay is not None
    time.sleep(chance.uniform(0, pace))
    agency.relay.freeze()
    # After ten seconds a window has broken off what it waits for, and the server hears it all later.
    time.sleep(chance.choice((0.5, 2.0, 5.0, 13.0) if patient else (1.0,)))
    agency.relay.thaw()


def _at_commit(agency: Agency, chance: random.Random, pace: float, *, swallow: bool) -> None:
    assert agency.relay is not None
    time.sleep(chance.uniform(0, pace))
    if swallow:
        agency.relay.swallow()
    else:
        agency.relay.drop()
