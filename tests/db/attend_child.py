"""A window that attends the same people again and again, until its input ends.

Run as ``python -m tests.db.attend_child DATA VENTANILLA AHEAD CEDULA…``; its clock is AHEAD seconds. It prints a line for each clave that
it handed out.
"""

from __future__ import annotations

import sys
import threading
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from agencia_app import app, settings
from agencia_app.services import claves
from tests.factories import ready_to_issue, signed_in


def main(data: Path, ventanilla: int, ahead: float, cedulas: list[str]) -> None:
    cheap = PasswordHasher.from_parameters(CHEAPEST)
    claves.hasher = lambda: cheap  # type: ignore[attr-defined,assignment]
    services = app.open_services(settings.load(data), lambda: app.now() + timedelta(seconds=ahead))
    sesion = signed_in(services, "a.ejemplo", ventanilla)
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    for cedula in cycle(cedulas):
        if ended.is_set():
            break
        numero = ready_to_issue(services, sesion, cedula).numero
        services.claves.issue(sesion, numero)
        services.claves.confirm_slip(sesion, numero, 1)
        services.tramites.finish(sesion, numero)
        sys.stdout.write(f"{numero}\n")
        sys.stdout.flush()
    services.database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
