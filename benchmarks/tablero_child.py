"""The supervisor's window in a process of its own: ``abrir`` opens the board, ``pausas`` scrolls and sorts it.

It prints milliseconds as JSON. Used by bench_tablero.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agencia_app import app, settings

app.load_qt()  # first, and as the window does

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from agencia_app.ui.sides import Side, Sides  # noqa: E402
from agencia_app.ui.supervision.screen import SupervisionScreen  # noqa: E402
from agencia_app.ui.supervision.table import TramiteTable  # noqa: E402
from benchmarks.bench_tablero import BOSS, DAY, LONG  # noqa: E402
from tests.factories import PASSWORD, Clock  # noqa: E402

PATIENCE = 20.0  # seconds


class _Painted(QObject):
    """Notes when a table was first painted with rows in it, and the window's thread is free again."""

    def __init__(self, table: TramiteTable) -> None:
        super().__init__(table)
        self.at = 0.0
        self._table = table
        table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self.at and self._table.tramites.ids:
            QTimer.singleShot(0, self, self._note)
        return super().eventFilter(watched, event)

    def _note(self) -> None:
        self.at = self.at or time.perf_counter()


def main() -> None:
    what, data = sys.argv[1], Path(sys.argv[2])
    config = settings.load(data)
    shown = app.show_window(config, lambda: app.open_services(config, Clock()))
    window = shown.window
    window.resize(1280, 800)
    asked: list[float] = []
    painted: list[_Painted] = []
    opens = Sides.open

    def timed(sides: Sides, side: Side) -> None:
        asked.append(time.perf_counter())
        opens(sides, side)
        screen = sides.get(side)
        assert isinstance(screen, SupervisionScreen)
        painted.append(_Painted(screen.board.table))

    setattr(Sides, "open", timed)  # noqa: B010 - watched, and otherwise as it is
    _until(lambda: window.monitor is not None)
    window.login.submitted.emit(BOSS, PASSWORD, 1)
    _until(lambda: bool(painted) and bool(painted[0].at))
    opened = (painted[0].at - asked[0]) * 1e3
    screen = window.side(Side.SUPERVISION)
    assert isinstance(screen, SupervisionScreen)
    _until(lambda: not shown.tasks.busy)
    print(json.dumps({"ms": opened} if what == "abrir" else _stalls(screen, lambda: shown.tasks.busy)))
    window.close()


def _stalls(screen: SupervisionScreen, busy: Callable[[], bool]) -> dict[str, float]:
    """Return the longest stall in ms while 100,000 rows are scrolled through, and while they are sorted."""
    board, table = screen.board, screen.board.table
    board.filters.desde.set_date(DAY - LONG)
    board.filters.hasta.set_date(DAY)
    board.filters._days_changed()  # noqa: SLF001 - as the field does when Enter leaves it
    _until(lambda: len(table.tramites.ids) > 50_000)
    QTest.qWait(1500)  # the rules look at what is shown
    _until(lambda: not busy())
    worst = {"recorrer 100000 filas": 0.0, "ordenar 100000 filas": 0.0}
    phase = "recorrer 100000 filas"
    since = QElapsedTimer()

    def beat() -> None:
        worst[phase] = max(worst[phase], since.nsecsElapsed() / 1e6)
        since.start()

    timer = QTimer(interval=1)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(beat)
    since.start()
    timer.start()
    table.setFocus()
    for _ in range(60):
        QTest.keyClick(table, Qt.Key.Key_PageDown)
        QTest.qWait(15)
    bar = table.verticalScrollBar()
    for step in range(100):
        bar.setValue(bar.maximum() * step // 100)
        QTest.qWait(10)
    QTest.keyClick(table, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.qWait(200)
    phase = "ordenar 100000 filas"
    for key in "33124567811":
        QTest.keyClicks(table, key)
        QTest.qWait(50)
        _until(lambda: not busy())
        QTest.qWait(50)
    timer.stop()
    return worst


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("it never came")
        QTest.qWait(1)


if __name__ == "__main__":
    main()
