"""A log that can be handed to anybody: only named safe fields get through.

Messages are fixed texts; what varies travels in ``extra`` and is written only when its name
is on the list below. A traceback keeps file, line and error type, never the values.
"""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SAFE_FIELDS = (
    "report", "code", "tramite", "recibo", "ventanilla", "step", "paper", "printer", "rows", "seconds",
    "revision",
)  # fmt: skip
_BYTES = 1_000_000
_FILES = 5


class SafeFormatter(logging.Formatter):
    """Formats a record from its constant message and its whitelisted fields alone."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, and for an error the places it passed through."""
        fields = " ".join(
            f"{name}={getattr(record, name)}"
            for name in SAFE_FIELDS
            if getattr(record, name, None) is not None
        )
        # Arguments are left unformatted on purpose: a caller's values are not on the list.
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {record.msg} {fields}".rstrip()
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            places = " < ".join(f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in reversed(frames))
            line += f"\n    {record.exc_info[0].__name__} at {places}"
        return line


def start(folder: Path) -> None:
    """Send this application's log to a rotating file in the folder."""
    # The handlers bring sockets with them: nothing the first window should wait for.
    from logging.handlers import RotatingFileHandler  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "agencia.log", maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8"
    )
    handler.setFormatter(SafeFormatter())
    logger = logging.getLogger("agencia_app")
    for old in logger.handlers[:]:
        logger.removeHandler(old)
        old.close()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
