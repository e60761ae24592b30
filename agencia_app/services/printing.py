"""Where papers go: a queue of the system's spooler, or a folder of PDF files.

The hoja de clave goes to a queue alone, on the spooler's standard input; a folder refuses it
outside demonstration. CUPS keeps a printed document for a day unless its ``cupsd.conf`` says
``PreserveJobFiles No``, which an agency's computer must: no client can ask it for one job.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Protocol

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.numero import kind_of, shown
from agencia_app.settings import FOLDER, Settings

_LOG = logging.getLogger(__name__)
_ASK_SECONDS = 10.0  # a spooler that answers at all answers at once
_SEND_SECONDS = 30.0


class PaperKind(StrEnum):
    """The papers of a window."""

    SOLICITUD = "solicitud"
    PENDIENTES = "pendientes"
    RECIBO = "recibo"
    HOJA_CLAVE = "hoja_clave"

    @property
    def media(self) -> str:
        """The sheet it is drawn for, as the spooler names it."""
        return "A5" if self in {PaperKind.RECIBO, PaperKind.HOJA_CLAVE} else "A4"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper ready to print. Its bytes are in no representation of it."""

    kind: PaperKind
    number: str
    pdf: bytes = field(repr=False)

    @property
    def stem(self) -> str:
        """Its file name without extension, and its title in a queue: ``recibo-017-26-0004182-66``."""
        number = shown(self.number) if kind_of(self.number) else self.number
        return f"{self.kind.value.replace('_', '-')}-{number}"


class Printer(Protocol):
    """A place that takes papers."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    def check(self) -> None:
        """Raise KnownError ``printer.*`` when it could not print now."""
        ...

    def send(self, paper: Paper) -> None:
        """Print a paper. Raises KnownError ``printer.*`` when it was not taken."""
        ...


@dataclass(frozen=True, slots=True)
class PdfFolder:
    """Keeps papers as PDF files that only their owner reads; none is ever half written."""

    path: Path
    demostracion: bool = False

    @property
    def name(self) -> str:
        """The name that means a folder in the settings."""
        return FOLDER

    def check(self) -> None:
        """Raise KnownError ``printer.folder`` when nothing can be written there."""
        with self._translated():
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path) as probe:
                probe.write(b"\0")

    def send(self, paper: Paper) -> None:
        """Write the paper; a second one of the same number takes the suffix ``-2``.

        Raises KnownError ``printer.slip_needs_paper`` for a hoja de clave outside demonstration,
        and ``printer.folder`` when the disk is full or refuses.
        """
        if paper.kind is PaperKind.HOJA_CLAVE and not self.demostracion:
            raise KnownError("printer.slip_needs_paper")
        with self._translated():
            self.path.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=self.path, prefix=".", suffix=".parcial")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(paper.pdf)
                    file.flush()
                    os.fsync(file.fileno())
                self._publish(Path(partial), paper.stem)
            finally:
                Path(partial).unlink(missing_ok=True)
        _LOG.info("paper written", extra={"paper": paper.kind.value, "printer": self.name})

    def _publish(self, partial: Path, stem: str) -> None:
        for copy in count(1):
            name = f"{stem}.pdf" if copy == 1 else f"{stem}-{copy}.pdf"
            # A link appears whole and, unlike a rename, never takes the place of another paper.
            with contextlib.suppress(FileExistsError):
                os.link(partial, self.path / name)
                return

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise KnownError("printer.folder", path=self.path, message=reason) from error


@dataclass(frozen=True, slots=True)
class SystemPrinter:
    """A queue of CUPS, by name, on Linux and macOS.

    Windows has no ``lp``, and there every use raises KnownError ``printer.no_spooler``.
    """

    queue: str

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.queue

    def check(self) -> None:
        """Raise KnownError when the queue is not there or takes no work.

        ``printer.no_spooler`` without CUPS, ``printer.unknown`` for a queue it does not have,
        ``printer.stopped`` and ``printer.closed`` with the reason the spooler has for a queue
        that does not print or does not take jobs, ``printer.silent`` when nothing answers.
        """
        answer = self._run("lpstat", "-p", self.queue, "-a", self.queue)
        if answer.returncode:
            known = "Invalid destination" in answer.stderr
            raise KnownError("printer.unknown" if known else "printer.no_spooler", printer=self.queue)
        lines = answer.stdout.splitlines()
        # Each state stands on a line, and the reason somebody gave for it indented on the next.
        for line, below in zip(lines, [*lines[1:], ""], strict=True):
            state = line.removeprefix("printer ").removeprefix(f"{self.queue} ")
            if state.startswith("disabled"):
                raise KnownError("printer.stopped", printer=self.queue, message=below.strip())
            if state.startswith("not accepting"):
                raise KnownError("printer.closed", printer=self.queue, message=below.strip())

    def send(self, paper: Paper) -> None:
        """Hand the paper to the queue on standard input, so it passes no file of ours.

        Raises as ``check`` does, and ``printer.failed`` with what the spooler said.
        """
        options = [f"media={paper.kind.media}"]
        sizes = self._sizes()
        if paper.kind.media not in sizes and "A4" in sizes:
            # A queue that is asked for a sheet it lacks takes the job and drops it unprinted.
            options = ["media=A4", "fit-to-page"]
        flags = [part for option in options for part in ("-o", option)]
        answer = self._run("lp", "-d", self.queue, "-t", paper.stem, *flags, "-", given=paper.pdf)
        if answer.returncode:
            self.check()
            said = answer.stderr.strip().removeprefix("lp:").strip()
            raise KnownError("printer.failed", printer=self.queue, message=said)
        _LOG.info("paper queued", extra={"paper": paper.kind.value, "printer": self.queue})

    def _sizes(self) -> set[str]:
        """Return the sheets the queue says it takes; none when it does not say."""
        try:
            answer = _run("lpoptions", "-p", self.queue, "-l")
        except (FileNotFoundError, subprocess.TimeoutExpired):
            return set()
        for line in answer.stdout.splitlines():
            if line.startswith("PageSize/"):
                return {size.lstrip("*") for size in line.partition(":")[2].split()}
        return set()

    def _run(self, *command: str, given: bytes = b"") -> _Answer:
        try:
            return _run(*command, given=given)
        except subprocess.TimeoutExpired as error:
            raise KnownError("printer.silent", printer=self.queue, seconds=round(error.timeout)) from error
        except FileNotFoundError as error:
            raise KnownError("printer.no_spooler", printer=self.queue) from error


class Printing:
    """Sends each kind of paper to the printer that the settings give it."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; nothing is asked of any printer yet."""
        self._settings = settings

    def printer_for(self, kind: PaperKind) -> Printer:
        """Return the printer of a kind of paper.

        Raises KnownError ``printer.slip_needs_paper`` when the hoja de clave would be a file.
        """
        name = self._settings.printer(kind.value)
        if name != FOLDER:
            return SystemPrinter(name)
        if kind is PaperKind.HOJA_CLAVE and not self._settings.demostracion:
            raise KnownError("printer.slip_needs_paper")
        return PdfFolder(self._settings.papers, self._settings.demostracion)

    def check(self, kind: PaperKind) -> None:
        """Raise KnownError ``printer.*`` when this kind of paper could not be printed now."""
        self.printer_for(kind).check()

    def send(self, paper: Paper) -> None:
        """Print a paper where its kind goes. Raises KnownError ``printer.*``."""
        self.printer_for(paper.kind).send(paper)


def system_printers() -> tuple[str, ...]:
    """Return the names of the spooler's queues; none without a spooler."""
    try:
        answer = _run("lpstat", "-e")
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ()
    return tuple(answer.stdout.split()) if answer.returncode == 0 else ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one of the spooler's programs said."""

    returncode: int
    stdout: str
    stderr: str


def _run(program: str, *arguments: str, given: bytes = b"") -> _Answer:
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(program)
    done = subprocess.run(  # noqa: S603 - the spooler's own programs, without a shell
        [path, *arguments],
        input=given,
        capture_output=True,
        check=False,
        timeout=_SEND_SECONDS if given else _ASK_SECONDS,
        # The plain locale: the answers are read by their words.
        env={**os.environ, "LC_ALL": "C"},
    )
    return _Answer(
        done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )
