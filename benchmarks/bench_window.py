"""The window's launch and its memory, beside a bare PySide6 window with one line of input.

Whole child processes are measured, ours and the bare one in turn: what a clerk waits for
includes the interpreter and every import.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from agencia_app.services import demostracion
from agencia_app.settings import Settings
from benchmarks.figure import Figure

RUNS = 11
_ROOT = Path(__file__).resolve().parent.parent
_CHILD = _ROOT / "benchmarks" / "window_child.py"
_MIB = 1024 * 1024


def rows(tmp: Path) -> list[Figure]:
    """Return launch (s, median of alternating runs) and resident memory (MiB, signed in)."""
    data = tmp / "ventana"
    user = demostracion.USERS[0]
    # No demonstration mode at the launch measured: a counter's own window has no user list.
    demostracion.prepare(Settings(data, demostracion=True), lambda: datetime.now(UTC))
    (data / "ajustes.toml").write_text("", "utf-8")
    bare = ["bare"]
    ours = ["ours", str(data), user.usuario, user.password]
    launches: dict[str, list[float]] = {"bare": [], "ours": []}
    memory: dict[str, list[float]] = {"bare": [], "ours": []}
    for run in range(RUNS + 1):
        for arguments in (bare, ours):
            weigh = run in {1, 2, 3}
            seconds, resident = _measure(arguments, weigh=weigh)
            if run:  # the first of each only warms the disk's cache
                launches[arguments[0]].append(seconds)
            if weigh:
                memory[arguments[0]].append(resident)
    launch, launch_bare = (statistics.median(launches[kind]) for kind in ("ours", "bare"))
    weight, weight_bare = (statistics.median(memory[kind]) for kind in ("ours", "bare"))
    return [
        Figure(
            "launch until the login field takes a key",
            launch,
            launch_bare,
            launch / launch_bare,
            "≤ 1.5",
            "s",
        ),
        Figure("resident memory of the window", weight, weight_bare, weight / weight_bare, "≤ 2", "MiB"),
    ]


def _measure(arguments: list[str], *, weigh: bool) -> tuple[float, float]:
    """Return the seconds until a key was taken, and the resident MiB once all is loaded."""
    environment = os.environ | {"PYTHONPATH": str(_ROOT)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, str(_CHILD), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as child:
        try:
            _await(child, "tecla")
            seconds = time.perf_counter() - begun
            resident = 0.0
            if weigh:
                _await(child, "listo")
                resident = psutil.Process(child.pid).memory_info().rss / _MIB
        finally:
            child.kill()
    return seconds, resident


def _await(child: subprocess.Popen[str], mark: str) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == mark:
            return
    raise RuntimeError(f"the window ended before «{mark}»")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="agencia-bench-") as folder:
        for each in rows(Path(folder)):
            print(
                f"{each.name}: {each.ours:.3f} {each.unit}, bare {each.baseline:.3f}, ratio {each.ratio:.2f}"
            )


if __name__ == "__main__":
    main()
