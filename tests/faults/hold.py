"""Another program on the same database: takes all of it, writes, and keeps it until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import text

from agencia_app import app, settings


def main(data: Path) -> None:
    database, _ = app.open_database(settings.load(data))
    with database.unit_of_work() as session:
        session.execute(text("UPDATE secuencia SET ultimo = ultimo + 1000"))
        sys.stdout.write("tomada\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
