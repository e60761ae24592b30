"""What every printer is: the one protocol behind system queues, thermal printers and folders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.numero import kind_of, shown

# Errors after which nothing was sent and the same printer may take it in a while.
TRANSIENT = frozenset(
    {
        "printer.no_spooler",
        "printer.silent",
        "printer.refused",
        "printer.no_paper",
        "printer.offline",
    }
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper ready to print. What it says is in no representation of it.

    ``render`` returns it as a PDF; ``ticket``, for papers with a thermal layout, returns ESC/POS
    commands for a roll so many millimetres wide, ending with its cut. ``ejemplar`` tells
    duplicates apart.
    """

    kind: PaperKind
    number: str
    render: Callable[[], bytes] = field(repr=False)
    ticket: Callable[[int], bytes] | None = field(default=None, repr=False)
    ejemplar: int = 0

    @property
    def pdf(self) -> bytes:
        """The paper as a PDF, drawn anew at each call; the same content gives the same bytes."""
        return self.render()

    @property
    def stem(self) -> str:
        """Its file name without extension, and its title in a queue: ``recibo-017-26-0004182-66``."""
        number = shown(self.number) if kind_of(self.number) else self.number
        name = f"{self.kind.value.replace('_', '-')}-{number}"
        if not self.ejemplar:
            return name
        return (
            f"{name}-{self.ejemplar}"
            if self.kind is PaperKind.HOJA_CLAVE
            else f"{name}-duplicado-{self.ejemplar}"
        )


class JobState(Enum):
    """What a printer knows of a job."""

    EMPTY = auto()  # announced, and nothing of it was ever handed over: safe to send again
    WAITING = auto()  # taken, not finished
    DONE = auto()  # finished
    FAILED = auto()  # ended without printing
    UNKNOWN = auto()  # no longer known there: it may have come out or not


@dataclass(frozen=True, slots=True)
class Answer:
    """A job's state, and the printer's own words about it."""

    state: JobState
    message: str = ""


class Printer(Protocol):
    """A place that takes papers.

    A paper is announced with ``open``, whose handle is recorded before anything can print, and
    handed over with ``send``. A process that dies in between, or later, asks by the handle.
    Every method may raise KnownError ``printer.*`` with ``printer`` and ``message``.
    """

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    @property
    def tells(self) -> bool:
        """Whether it can say that a job finished; where not, a person confirms the paper."""
        ...

    def takes(self, kind: PaperKind) -> bool:
        """Tell whether it has a layout for a kind of paper."""
        ...

    def check(self) -> None:
        """Raise KnownError when it could not print now."""
        ...

    def open(self, paper: Paper, copies: int) -> str:
        """Announce a paper and return the job's handle (at most 80 characters)."""
        ...

    def send(self, handle: str, paper: Paper, copies: int) -> Answer:
        """Hand the announced paper over.

        Raises KnownError ``printer.doubtful`` when part of it may have come out, and any other
        when nothing did.
        """
        ...

    def ask(self, handle: str) -> Answer:
        """Return what became of a job."""
        ...

    def call_back(self, handle: str) -> bool:
        """Cancel a job so that it may go elsewhere; return whether it had come out already."""
        ...

    def forget(self, handle: str) -> None:
        """Cancel a job if it has not finished, and remove every copy of it. Safe to repeat."""
        ...
