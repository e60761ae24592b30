"""Where the rows of a padrón file wait, in order, until they are written batch by batch."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from agencia_app.services.padron_checks import COLUMNS, Reject, Row

LIST = ", ".join(COLUMNS)
Bound = int | str  # where a batch ends: a line, a cédula, or before or after them all


class Sorter(Protocol):
    """The rows of one file. Every method raises KnownError ``base.*``."""

    @property
    def before_all(self) -> Bound:
        """Where the first batch begins, once sorted."""

    @property
    def after_all(self) -> Bound:
        """Where the last one ends."""

    def add(self, rows: list[Row]) -> None:
        """Take rows in, as they stand in the file."""

    def sort(self, reject: Reject) -> None:
        """Put the rows in order, and reject those whose cédula came before."""

    def batch_end(self, after: Bound, size: int) -> Bound:
        """Return where the batch of so many rows that follows ends."""

    def copy(self, connection: Connection, after: Bound, end: Bound) -> tuple[int, int, int]:
        """Copy a batch into the padrón; return how many rows it has, were inserted, were updated."""

    def unit_of_work(self) -> AbstractContextManager[Session]:
        """Yield a session that may write the padrón; leaving without ``commit()`` rolls back."""

    def close(self) -> None:
        """Throw the rows away."""
