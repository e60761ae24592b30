"""The recibo's PDF beside the same text, font and barcode drawn straight with reportlab."""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from agencia_app.services.papers import common, recibo
from benchmarks.figure import Figure

ROUNDS = 60
NOW = datetime(2026, 11, 22, 15, 41, tzinfo=UTC)
CONTENT = recibo.ReciboContent(
    agencia_codigo="017",
    agencia_nombre="Agencia Quito Norte",
    numero="01726000418266",
    tramite="0172600004231",
    ventanilla=4,
    operador="a.ejemplo",
    emitido_en=NOW,
    nombre="FICTICIA NÚÑEZ MARÍA JOSÉ",
    cedula_mascara="24•••••997",
    calidad="Jubilación por vejez",
    documentos=(
        "Cédula: original y copia a color",
        "Certificado de votación: no exigible, voto facultativo (mayor de 65 el 16/11/2025) · art. 11 C. Democracia",
        "Planilla de servicio básico (luz): original y copia",
    ),
    anterior_desactivada_en=NOW,
    vence_en=NOW + timedelta(days=30),
    demostracion=False,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of text as our recibo placed it."""

    font: str
    size: float
    x: float
    y: float
    text: str


def _lines() -> list[_Line]:
    """Return every line of our recibo with its place, so that the baseline draws no less."""
    lines: list[_Line] = []

    class Recorder(Canvas):  # type: ignore[misc]  # reportlab has no types
        def drawString(self, x: float, y: float, text: str) -> None:  # noqa: N802 - reportlab's name
            lines.append(_Line(self._fontname, self._fontsize, x, y, text))

    with mock.patch.object(common, "Canvas", Recorder):
        recibo.render(CONTENT)
    return lines


def _straight(lines: list[_Line]) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A5, invariant=1, pageCompression=1, lang="es-EC")
    for line in lines:
        canvas.setFont(line.font, line.size)
        canvas.drawString(line.x, line.y, line.text)
    Code128(CONTENT.numero, barWidth=common.MODULE, barHeight=40).drawOn(canvas, 15, 480)
    canvas.save()
    return target.getvalue()


def _seconds(work: Callable[[], bytes]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rows(tmp: Path) -> list[Figure]:  # noqa: ARG001 - every benchmark takes a folder
    """Measure both by turns, so that what else the machine does falls on the two alike."""
    lines = _lines()
    ours, baseline = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: recibo.render(CONTENT)))
        baseline.append(_seconds(lambda: _straight(lines)))
    mine, plain = statistics.median(ours) * 1000, statistics.median(baseline) * 1000
    return [Figure("receipt PDF", mine, plain, mine / plain, "≤ 1.5", "ms")]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(*rows(Path(folder)), sep="\n")
