"""A window that dies: issues one clave and kills itself at a chosen moment.

Run as ``python kill_child.py DATA WHERE N REPLACE``: at the N-th SQL statement of the issuance
(``statement``), just before or after its commit, or when the slip goes to the printer.
With REPLACE 1 it is the replacement of a spoiled slip that dies.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from agencia_app import app, settings
from agencia_app.services.printing import Printing
from tests.factories import Clock, sign_in

NEVER = 10_000


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(data: Path, where: str, count: int, *, replace: bool) -> None:
    services = app.open_services(settings.load(data), Clock())
    sesion = sign_in(services)
    (tramite,) = services.tramites.unfinished(sesion)
    seen = 0
    if replace:
        services.claves.issue(sesion, tramite.numero)

    def statement(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == count:
            die()

    if where in {"statement", "none"}:
        event.listen(services.database.engine, "before_cursor_execute", statement)
    elif where == "before_commit":
        event.listen(services.database.engine, "commit", die)
    elif where == "after_commit":
        event.listen(Session, "after_commit", die)
    elif where == "printing":
        Printing.send = die  # type: ignore[method-assign,assignment]
    if replace:
        services.claves.replace_slip(sesion, tramite.numero, 1)
    else:
        services.claves.issue(sesion, tramite.numero)
    sys.stdout.write(f"{seen}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), replace=sys.argv[4] == "1")
