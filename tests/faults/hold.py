"""Another program on the same database: takes all of it, writes, and keeps it until it is killed."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import text

from agencia_app import app, settings
from agencia_app.models.domain.errors import KnownError


def main(orders: Connection, data: Path) -> None:
    """Say that it is taken, or that it could not be, and wait."""
    try:
        database, _ = app.open_database(settings.load(data))
        with database.unit_of_work() as session:
            session.execute(text("UPDATE secuencia SET ultimo = ultimo + 1000"))
            orders.send("taken")
            orders.recv()
    except KnownError as error:  # somebody else has it
        orders.send(error.code)
