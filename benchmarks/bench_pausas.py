"""The longest stall of the UI thread over the whole demonstration and a large import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from agencia_app.app import load_qt
from agencia_app.services import padron_sintetico
from benchmarks.figure import Figure

PEOPLE = 60_000
FRAME = 1000 / 60  # ms
REACH = 3


def rows(tmp: Path) -> list[Figure]:
    source = tmp / "pausas.csv"
    padron_sintetico.write_csv(padron_sintetico.generate(PEOPLE, seed=23), source)
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_pausas", str(tmp / "pausas"), str(source)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    worst: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return [
        Figure(f"pausa más larga del hilo de la ventana, {name}", ms, FRAME, ms / FRAME, f"≤ {REACH}", "ms")
        for name, ms in worst.items()
    ]


def measure(salida: Path, source: Path) -> dict[str, float]:
    """Drive the real window while a timer of every millisecond tells how late it is."""
    load_qt()  # first, and as the window does
    from PySide6.QtCore import QElapsedTimer, Qt, QTimer  # noqa: PLC0415

    from agencia_app.demo.attention import Demonstration  # noqa: PLC0415

    demonstration = Demonstration(salida, pictures=False)
    worst = {"demostración": 0.0, "importación": 0.0}
    phase = "demostración"
    since = QElapsedTimer()
    since.start()

    def beat() -> None:
        late = since.nsecsElapsed() / 1e6
        worst[phase] = max(worst[phase], late)
        since.start()

    timer = QTimer(interval=1)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(beat)
    timer.start()
    demonstration.attend()
    phase = "importación"
    demonstration.import_file(source)
    timer.stop()
    demonstration.close()
    return worst


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]))))
