"""``make bench``: every figure beside its baseline, measured in the same run, in one table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    bench_carga,
    bench_cifrado,
    bench_emision,
    bench_escala,
    bench_padron,
    bench_pausas,
    bench_recibo,
    bench_tablero,
    bench_window,
)
from benchmarks.figure import Figure


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON too")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="agencia-bench-") as folder:
        for module in (
            bench_window,
            bench_padron,
            bench_emision,
            bench_cifrado,
            bench_recibo,
            bench_tablero,
            bench_pausas,
            bench_carga,
            bench_escala,
        ):
            figures += module.rows(Path(folder))
    print(table(figures))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        machine = {"fecha": f"{datetime.now(UTC):%Y-%m-%d}", "maquina": f"{os.cpu_count()} × {platform.machine()}",
                   "python": platform.python_version()}  # fmt: skip
        arguments.json.write_text(
            json.dumps(machine | {"cifras": [asdict(each) for each in figures]}, indent=2)
        )


def table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| figure | ours | baseline | ratio | reach |", "| --- | ---: | ---: | ---: | --- |"]
    for each in figures:
        base = "—" if each.baseline is None else f"{each.baseline:.3g} {each.unit}"
        ratio = "—" if each.ratio is None else f"{each.ratio:.2f}"
        lines.append(f"| {each.name} | {each.ours:.3g} {each.unit} | {base} | {ratio} | {each.reach} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
