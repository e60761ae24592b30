"""A move to a server that is killed: run as ``python -m tests.db.migrate_child DATA ADDRESS WHERE``.

WHERE is ``copying`` (in the middle of the rows) or ``committing`` (all is written, and the
transaction's end is the next thing to be said).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from agencia_app import app, settings
from agencia_app.models.db import engine_postgres
from agencia_app.models.db.accounts import Accounts
from agencia_app.services import instalacion, migracion


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(data: Path, address: str, where: str) -> None:
    send, keep = engine_postgres.copy_rows, instalacion.keep_owner

    def half(rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
        for at, row in enumerate(rows):
            if at == 1_000:
                die()
            yield row

    def keep_and_die(config: settings.Settings, accounts: Accounts) -> None:
        keep(config, accounts)
        die()

    if where == "copying":
        engine_postgres.copy_rows = lambda connection, statement, rows: send(
            connection, statement, half(rows)
        )
    else:
        instalacion.keep_owner = keep_and_die
    migracion.migrate(settings.load(data), address, app.now)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
