"""The agency that faults happen to: its database on a small disk, and windows that go on attending."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from agencia_app import app, settings
from agencia_app.models.db.session import Database
from agencia_app.services.llaves import Llaves
from tests.factories import Clock, make_services, person
from tests.faults import attend
from tests.postgres_server import PostgresServer, server
from tests.proxy import Proxy, proxy

ROOT = Path(__file__).parents[2]
# A window is forked from a process with everything loaded: loading takes longer than a round.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["tests.faults.attend", "tests.faults.hold", "psycopg", "agencia_app.services.papers.recibo"]
)
HUNG = 240.0  # seconds; a window that says nothing for so long hangs, which is a fault of ours
_CODES = tuple(f"24599{number:04d}" for number in range(9000, 9040))
_DISK = {"sqlite": "160m", "postgres": "600m"}
# Small: what is written soon needs room that there may not be.
_SMALL_WAL = ("max_wal_size=64MB", "min_wal_size=32MB")


def cedulas() -> tuple[str, ...]:
    """Return forty cédulas of nobody, their check digits right."""
    made = []
    for code in _CODES:
        products = (int(digit) * (2 - place % 2) for place, digit in enumerate(code))
        total = sum(each - 9 if each > 9 else each for each in products)
        made.append(f"{code}{-total % 10}")
    return tuple(made)


class SmallDisk:
    """A file system of its own in memory, which can be filled to the last byte and freed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "lastre"

    def fill(self, but: int) -> None:
        """Fill it, but for some bytes."""
        with self._ballast.open("ab") as file:
            while True:
                here = os.statvfs(self.folder)
                free = here.f_bavail * here.f_frsize - but
                if free <= 0:
                    return
                with contextlib.suppress(OSError):  # a window took of it in between
                    os.posix_fallocate(file.fileno(), self._ballast.stat().st_size, free)

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk | None]:
    """Mount one on a folder; None where this account may not."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", folder],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


class Window:
    """A process that attends. ``expected`` says that it was killed on purpose."""

    def __init__(self, place: attend.Place, ventanilla: int) -> None:
        self._orders, theirs = FORKS.Pipe()
        self._errors = place.errors
        self.expected = False
        self.process = FORKS.Process(target=attend.main, args=(theirs, place, ventanilla), daemon=True)
        self.process.start()
        theirs.close()

    def say(self, order: tuple[int, str, list[str]]) -> None:
        """Give it an order; one that died meanwhile is found out by ``answer``."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._orders.send(order)

    def answer(self) -> dict[str, int]:
        """Wait for its answer: how often it was told what; nothing when it died as it should."""
        try:
            assert self._orders.poll(HUNG), f"a window hangs:\n{self._errors.read_text()}"
            told: dict[str, int] = self._orders.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            assert self.expected, f"a window ended by itself:\n{self._errors.read_text()}"
            return {}
        return told

    def kill(self) -> None:
        """End it at once, as ``kill -9`` does."""
        self.expected = True
        self.process.kill()
        self.process.join()

    def close(self) -> None:
        """End it, and let go of it."""
        self.process.kill()
        self.process.join()
        self._orders.close()


@dataclass
class Agency:
    """One agency under test. ``base`` is where its database is without the relay; ``folder`` holds the rest.

    ``data`` is the data folder of the first machine; each other one of a server's agency has its own.
    """

    engine: str
    folder: Path
    data: Path
    how_many: int
    people: tuple[str, ...]
    disk: SmallDisk | None = None
    postgres: PostgresServer | None = None
    relay: Proxy | None = None
    base: str = ""
    windows: list[Window] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)

    @property
    def clock(self) -> Path:
        """The file with the seconds by which its clock is off."""
        return self.folder / "reloj"

    @property
    def notes(self) -> Path:
        """What the services told the clerks was done."""
        return self.folder / "notas"

    def machine(self, ventanilla: int) -> Path:
        """Return the data folder of a window's machine."""
        return self.data if ventanilla == 1 else self.data.with_name(f"{self.data.name}-{ventanilla}")

    def papers(self) -> Iterator[Path]:
        """Yield every paper that came out, at whichever machine."""
        for number in range(self.how_many):
            yield from (self.machine(number + 1) / "papeles").glob("*.pdf")

    def join(self) -> None:
        """Give every window but the first a machine of its own: its folder, its name and its key."""
        first = settings.load(self.data)
        database = self.database()
        for number in range(2, self.how_many + 1):
            config = replace(first, data=self.machine(number), equipo=f"caja-{number}")
            config.papers.mkdir(parents=True)
            settings.write(config)
            with database.unit_of_work() as session:
                Llaves(database, config.data, app.now, config.equipo).create(session)
                session.commit()
        database.close()

    def database(self) -> Database:
        """Open its database beside the windows."""
        return Database(self.base or self.data / "agencia.db")

    def open(self) -> None:
        """Open the windows that are not."""
        opened = []
        for number in range(self.how_many):
            if number < len(self.windows) and self.windows[number].process.is_alive():
                continue
            window = self._window(number + 1)
            if number < len(self.windows):
                self.windows[number].close()
                self.windows[number] = window
            else:
                self.windows.append(window)
            opened.append(window)
        for each in opened:
            each.answer()

    def close(self) -> None:
        """End the windows."""
        for each in self.windows:
            each.close()
        self.windows.clear()

    def begin(self, seed: int, groups: list[list[str]], die: str = "") -> None:
        """Tell each window whom to attend, and the first one where to die."""
        for number, (window, group) in enumerate(zip(self.windows, groups, strict=True)):
            where = die if number == 0 else ""
            window.expected = bool(where)
            window.say((seed + number, where, group))

    def end(self) -> None:
        """Wait until every window is done or dead."""
        for each in self.windows:
            self.told.update(each.answer())

    def _window(self, ventanilla: int) -> Window:
        through = self.relay.address(self.base) if self.relay is not None else ""
        errors = self.folder / f"ventana-{ventanilla}.err"
        return Window(
            attend.Place(self.machine(ventanilla), self.notes, self.clock, errors, through), ventanilla
        )


@contextmanager
def agency(engine: str, windows: int) -> Iterator[Agency]:
    """Make an agency of forty people on a small disk, and end all of it."""
    people = cedulas()
    with ExitStack() as stack:
        # Not one of pytest's: its next run shuts those to who runs the server.
        made_here = tempfile.TemporaryDirectory(prefix="agencia-fallas-", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(made_here))
        folder.chmod(0o755)
        disk = stack.enter_context(small_disk(folder / "disco", _DISK[engine]))
        made = Agency(engine, folder, folder / "datos", windows, people, disk)
        if engine == "postgres":
            # Of the server the disk is small; of a window it is its own.
            made.postgres = stack.enter_context(
                server(folder / "disco" / "servidor", durable=True, options=_SMALL_WAL)
            )
            made.base = made.postgres.create_database("agencia")
            made.relay = stack.enter_context(proxy(made.postgres.port))
        else:
            made.data = folder / "disco" / "datos"
        made.clock.write_text("0", "ascii")
        made.notes.touch()
        some = [person(cedula=each) for each in people]
        make_services(
            made.data,
            Clock(app.now()),
            *some,
            cifrada=engine == "sqlite",
            base=made.base,
            equipo="caja-1" if made.base else "",
        ).database.close()
        made.join()
        stack.callback(made.close)
        made.open()
        yield made
