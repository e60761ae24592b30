"""The printer that is a folder: papers as PDF files that only their owner reads."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.services.printers.base import Answer, JobState, Paper
from agencia_app.settings import FOLDER

_LOG = logging.getLogger(__name__)
# What a file system without hard links, as on a memory stick, says of one.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})


@dataclass(frozen=True, slots=True)
class PdfFolder:
    """Keeps papers as files. A file appears whole or not at all, and never in another's place.

    The hoja de clave is refused outside demonstration: it may be in no file.
    """

    path: Path
    demostracion: bool = False

    @property
    def name(self) -> str:
        """The name that means a folder in the settings."""
        return FOLDER

    @property
    def tells(self) -> bool:
        """A file that is there is finished."""
        return True

    def takes(self, kind: PaperKind) -> bool:
        """Take everything but the hoja de clave, which only a demonstration may keep."""
        return self.demostracion or kind is not PaperKind.HOJA_CLAVE

    def check(self) -> None:
        """Raise KnownError ``printer.folder`` when nothing can be written there."""
        with self._translated():
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path) as probe:
                probe.write(b"\0")

    def open(self, paper: Paper, copies: int) -> str:
        """Return the file name it will have; another of the same name takes the suffix ``-2``.

        Raises KnownError ``printer.slip_needs_paper`` for a hoja de clave outside demonstration.
        """
        _ = copies  # one file is as many copies as anybody wants
        if not self.takes(paper.kind):
            raise KnownError("printer.slip_needs_paper", printer=FOLDER, message="")
        names = (f"{paper.stem}.pdf" if copy == 1 else f"{paper.stem}-{copy}.pdf" for copy in count(1))
        return next(name for name in names if not (self.path / name).exists())

    def send(self, handle: str, paper: Paper, copies: int) -> Answer:
        """Write the file. Raises KnownError ``printer.folder`` when the disk is full or refuses."""
        _ = copies
        with self._translated():
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor, partial = tempfile.mkstemp(dir=self.path, prefix=".", suffix=".parcial")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(paper.pdf)
                    file.flush()
                    os.fsync(file.fileno())
                self._publish(Path(partial), self.path / handle)
            finally:
                Path(partial).unlink(missing_ok=True)
        _LOG.info("paper written", extra={"paper": paper.kind.value, "printer": self.name})
        return Answer(JobState.DONE)

    def _publish(self, partial: Path, path: Path) -> None:
        # A link appears whole and, unlike a rename, never takes the place of another paper.
        try:
            os.link(partial, path)
        except OSError as error:
            if error.errno not in _NO_LINKS or path.exists():
                raise
            partial.rename(path)

    def ask(self, handle: str) -> Answer:
        """Tell whether the file is there."""
        return Answer(JobState.DONE if (self.path / handle).is_file() else JobState.EMPTY)

    def call_back(self, handle: str) -> bool:
        """Tell whether the file is there: what was written stays."""
        return (self.path / handle).is_file()

    def forget(self, handle: str) -> None:
        """Leave the file: it is the agency's copy, and in a demonstration the slip is shown."""

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise KnownError("printer.folder", printer=FOLDER, message=f"{self.path}: {reason}") from error
