"""Whether all of a SQLite file is there, told at start from lengths alone: looking through it takes a minute.

SQLite itself refuses a file that is shorter than its first page says. It does not when a write-ahead log
lies beside it: then it takes the missing end for zeros, and its next checkpoint writes them. And an empty
file it takes for a new database, and throws the log away.

Source: sqlite.org/walformat.html; frames and lengths are the same where pages are encrypted.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from pathlib import Path

_SMALLEST = 512  # bytes of the smallest page there is
_WAL_HEADER = struct.Struct(">IIIIII8x")  # magic, version, page size, checkpoint, two salts
_FRAME = struct.Struct(">IIII8x")  # page, pages of the database after a commit (0: none), two salts


def check(path: Path) -> None:
    """Raise KnownError ``base.damaged`` when the end of a file is missing. Before it is opened.

    Another process may be writing: what is missing twice, with nothing moved in between, is gone.
    """
    seen = None
    while (found := _missing(path)) is not None:
        if found == seen:
            raise KnownError("base.damaged")
        seen = found


def _missing(path: Path) -> tuple[int, int, bytes] | None:
    """Return lengths that do not fit, with the head of the log; None where all of it is there."""
    head, pages, logged = _log(path.with_name(path.name + "-wal"))
    length = path.stat().st_size
    if length < _SMALLEST:
        return length, 0, head
    if not head:
        return None
    there = length // int(_WAL_HEADER.unpack(head)[2])
    if all(page in logged for page in range(there + 1, pages + 1)):
        return None
    return length, pages, head


def _log(path: Path) -> tuple[bytes, int, set[int]]:
    """Return a write-ahead log's head, the database's pages by its last commit, and the pages in it."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return b"", 0, set()
    with file:
        head = file.read(_WAL_HEADER.size)
        if len(head) < _WAL_HEADER.size:
            return b"", 0, set()
        _, _, size, _, *salts = _WAL_HEADER.unpack(head)
        pages, logged = 0, set[int]()
        while len(frame := file.read(_FRAME.size)) == _FRAME.size:
            page, after, *its = _FRAME.unpack(frame)
            if its != salts:  # of before the log began anew
                break
            logged.add(page)
            pages = after or pages
            file.seek(size, 1)
        return head, pages, logged
