"""What was typed, is not confirmed and has no place in the database: held over a step back, and a lock."""

from __future__ import annotations

from dataclasses import dataclass, field

from agencia_app.ui.widgets.empleador_form import BlockDraft


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """A ticket de corrección half written, as its fields have it."""

    dato: str
    text: str
    date: str
    evidencia: str


@dataclass(slots=True)
class Drafts:
    """The drafts of one window, while it is open.

    ``blocks`` are by trámite, each with the number of the solicitud it was copied from, empty for none;
    ``tickets`` are by cédula.
    """

    blocks: dict[str, tuple[str, BlockDraft]] = field(default_factory=dict)
    tickets: dict[str, TicketDraft] = field(default_factory=dict)
