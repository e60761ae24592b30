"""The errors a person at the counter can do something about."""

from __future__ import annotations


class KnownError(Exception):
    """A refusal that was foreseen: a code, and the facts its sentence needs.

    ``ui/messages.py`` holds one Spanish sentence per code, which says what to do next.
    Whatever is raised and is not a KnownError is a bug.
    """

    def __init__(self, code: str, **data: object) -> None:
        super().__init__(code)
        self.code = code
        self.data = data

    def __repr__(self) -> str:
        return f"KnownError({self.code!r})"
