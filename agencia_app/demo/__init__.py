"""``agencia demo``: the real window attends the sample cases by itself."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from agencia_app.models.domain.errors import KnownError

DATA = "datos"
SUMMARY = "resumen.json"


def run(salida: Path) -> int:
    """Attend every case into a new or empty folder; return 0 only if all ended as they should.

    Raises KnownError ``demo.folder`` for a folder that holds something, or cannot be made.
    """
    try:
        salida.mkdir(parents=True, exist_ok=True)
        empty = not any(salida.iterdir())
    except OSError as error:
        raise KnownError("demo.folder", path=salida) from error
    if not empty:
        raise KnownError("demo.folder", path=salida)
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"

    # Qt reads the platform when it loads.
    from agencia_app.app import load_qt  # noqa: PLC0415

    load_qt()
    from agencia_app.demo.attention import Demonstration  # noqa: PLC0415

    demonstration = Demonstration(salida, pictures=True)
    try:
        outcomes = demonstration.attend()
    finally:
        demonstration.close()
    summary = {
        "emitidas": sum(outcome.recibo is not None for outcome in outcomes),
        "casos": [outcome.as_json() for outcome in outcomes],
    }
    (salida / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for outcome in outcomes:
        sys.stdout.write(f"{'bien' if outcome.right else 'MAL '}  {outcome.case.name}: {outcome.resultado}\n")
    return 0 if all(outcome.right for outcome in outcomes) else 1


def has_display() -> bool:
    """Tell whether a window can be shown, or a platform was chosen already."""
    chosen = "QT_QPA_PLATFORM" in os.environ
    return (
        chosen
        or sys.platform != "linux"
        or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    )
