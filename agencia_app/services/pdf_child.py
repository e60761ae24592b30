"""Looking into a PDF that somebody brought, in a process of its own.

Two kilobytes can keep pdfium busy for hours, or take all memory, or meet a fault of its: the
process that reads such a file has a limit on each, and the window goes on without it.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass

LOG = logging.getLogger(__name__)

_SECONDS = 10  # ours take half of one
_MEMORY = 1 << 29  # bytes of address space: ours take 30 MB of them
_MAX_PAGES = 3  # ours have one, two at the very most
_DPI = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What a PDF shows: the text of its codes, and whether there are words besides."""

    codes: frozenset[str]
    words: bool


def look_into(pdf: bytes) -> Seen | None:
    """Return what a PDF shows, None when it cannot be read or would take too much."""
    try:
        ended = subprocess.run(  # noqa: S603 - this very interpreter and module
            [sys.executable, "-m", __name__], input=pdf, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        LOG.warning("PDF given up: it takes too long")
        return None
    if ended.returncode:
        LOG.warning("PDF given up: its reader ended", extra={"code": ended.returncode})
        return None
    said = json.loads(ended.stdout)
    return None if said is None else Seen(frozenset(said["codes"]), said["words"])


def main() -> None:
    """Answer for the PDF on standard input, as JSON: ``codes`` and ``words``, or null."""
    _limit()
    # After the limits, and never in the process that asks.
    from agencia_app.services import pdf_pages  # noqa: PLC0415

    pdf = sys.stdin.buffer.read()
    try:
        pages = pdf_pages.pictures(pdf, _DPI, _MAX_PAGES)
        words = any(pdf_pages.texts(pdf, _MAX_PAGES))
    except pdf_pages.UnreadableError:
        said = None
    else:
        said = {"codes": [code for page in pages for code in pdf_pages.codes(page)], "words": words}
    sys.stdout.write(json.dumps(said))


def _limit() -> None:
    """Bound time and memory, where the system can; elsewhere there is only who waits for us."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has none

    limits = (
        (resource.RLIMIT_CPU, _SECONDS),  # should who waits be killed
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CORE, 0),
    )
    for limit, most in limits:
        with suppress(ValueError, OSError):  # not on this system, or a lower one is set
            resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    main()
