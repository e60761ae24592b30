"""Copies of a PostgreSQL database by its own programs, ``pg_dump`` and ``pg_restore``.

They are looked for on the PATH and where the server's packages put them. A dump is in the custom
format, which ``pg_restore`` of the same version or a later one reads.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

from agencia_app.models.domain.errors import KnownError

_CHUNK = 1 << 20
# Debian's, Red Hat's, macOS' and Windows' packages: several versions may lie side by side.
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs, the newest there is.

    Raises KnownError ``respaldo.program`` when none is installed.
    """
    found = shutil.which(name)
    if found is not None:
        return found
    for place in _PLACES:
        root = Path(Path(place).anchor)
        folders = sorted(root.glob(str(Path(place).relative_to(root))), key=_version, reverse=True)
        for each in folders:
            found = shutil.which(name, path=str(each))
            if found is not None:
                return found
    raise KnownError("respaldo.program", programa=name)


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]+", str(folder))))


def dump(address: str, target: Path) -> None:
    """Write the whole database to a new file that its owner alone reads, whole or not at all.

    Raises KnownError ``respaldo.program``, ``respaldo.dump`` with what pg_dump said, ``base.copy``.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in dumping(address):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        target.unlink(missing_ok=True)
        raise KnownError("base.copy", path=target.parent) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def dumping(address: str, snapshot: str = "") -> Generator[bytes]:
    """Yield the whole database, as it was committed at one moment, while others work on it.

    ``snapshot`` is that moment as the server exported it; without one it is when the dump begins.
    Raises KnownError ``respaldo.program`` and ``respaldo.dump`` with what pg_dump said.
    """
    options = ["--format=custom", "--no-password", *([f"--snapshot={snapshot}"] if snapshot else [])]
    with _running("pg_dump", address, options, stdout=subprocess.PIPE) as process:
        while chunk := _pipe(process.stdout).read(_CHUNK):
            yield chunk


@contextmanager
def restoring(address: str) -> Iterator[Callable[[bytes], object]]:
    """Yield what takes a dump, piece by piece, into an empty database: the whole of it, or nothing.

    Everything belongs to who restores it; rights are not part of a dump. Raises KnownError
    ``respaldo.program``, and ``respaldo.restore`` with what pg_restore said.
    """
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", "--no-password"]
    with _running("pg_restore", address, options, stdin=subprocess.PIPE) as process:
        into = _pipe(process.stdin)
        yield into.write
        into.close()


@contextmanager
def _running(
    name: str, address: str, options: list[str], *, stdin: int | None = None, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield one of PostgreSQL's programs at work; when it fails, what it said is the error's."""
    url = make_url(address)
    environment = dict(os.environ)
    if url.password is not None:  # not among the arguments, which everybody on the machine reads
        environment["PGPASSWORD"] = str(url.password)
    where = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    command = [program(name), *options, f"--dbname={where}"]
    with tempfile.TemporaryFile() as said:  # a pipe that nobody reads would stop it
        process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=stdout, stderr=said)  # noqa: S603 - our own arguments
        try:
            yield process
            failed = process.wait() != 0
        except BrokenPipeError:
            failed = True
            process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            for each in (process.stdin, process.stdout):
                if each is not None:
                    _close(each)
            process.wait()
        if failed:
            said.seek(0)
            raise KnownError(_FAILED[name], message=_last(said.read().decode(errors="replace")))


_FAILED = {"pg_dump": "respaldo.dump", "pg_restore": "respaldo.restore"}


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:  # asked for, so it is there
        raise TypeError
    return pipe


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return  # it died with something unread


def _last(said: str) -> str:
    """Return the first line of what a program said, without its name: the cause comes first."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[0].partition("error: ")[2] or lines[0] if lines else ""
