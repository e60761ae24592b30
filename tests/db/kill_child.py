"""A window that dies: issues one clave, or prints one recibo, and kills itself at a chosen moment.

Run as ``python kill_child.py DATA ACTION WHERE N``. ACTION is ``issue``, ``replace`` (of a spoiled
slip) or ``print`` (of a recibo whose slip is confirmed). It dies at the N-th SQL statement
(``statement``) or just before or after the N-th commit of the action; ``sending`` and ``sent`` are
the moments before and after the printer gets the paper. With ``none`` it lives, and prints how
many statements and commits there were.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from agencia_app import app, settings
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.services.printers.base import Answer, Paper, Printer
from tests.factories import Clock, sign_in


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_at_the_printer(where: str, printer: type[Printer]) -> None:
    send = printer.send

    def sent(self: Printer, handle: str, paper: Paper, copies: int) -> Answer:
        send(self, handle, paper, copies)
        die()
        raise AssertionError

    if where == "sending":
        printer.send = die  # type: ignore[method-assign,assignment]
    elif where == "sent":
        printer.send = sent  # type: ignore[method-assign]


def main(data: Path, action: str, where: str, count: int) -> None:
    services = app.open_services(settings.load(data), Clock())
    sesion = sign_in(services)
    (tramite,) = services.tramites.unfinished(sesion)
    seen = {"statement": 0, "before_commit": 0, "after_commit": 0}
    if action == "replace":
        services.claves.issue(sesion, tramite.numero)
    if action == "print":
        services.claves.issue(sesion, tramite.numero)
        services.claves.confirm_slip(sesion, tramite.numero, 1)

    def counting(what: str) -> Callable[..., None]:
        def happened(*_: object) -> None:
            seen[what] += 1
            if what == where and seen[what] == count:
                die()

        return happened

    event.listen(services.database.engine, "before_cursor_execute", counting("statement"))
    event.listen(services.database.engine, "commit", counting("before_commit"))
    event.listen(Session, "after_commit", counting("after_commit"))
    kind = PaperKind.RECIBO if action == "print" else PaperKind.HOJA_CLAVE
    _die_at_the_printer(where, type(services.printing.printer_for(kind)))
    if action == "issue":
        services.claves.issue(sesion, tramite.numero)
    elif action == "replace":
        services.claves.replace_slip(sesion, tramite.numero, 1)
    else:
        while services.dispatcher.work():  # a round may end before the last paper
            pass
    sys.stdout.write(f"{seen['statement']} {seen['before_commit']}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
