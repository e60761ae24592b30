"""Many papers: as many as recibos, none twice, each of them good; and a printer gone in the middle.

The long runs (``make soak``) are 500 recibos by each way, and 50 attentions with the printer
unplugged for a minute. In ``make test`` the same code runs shorter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer
from pytestqt.qtbot import QtBot

from agencia_app import app
from agencia_app.models.domain.cedula import check_digit
from agencia_app.models.domain.impresion import EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.numero import shown
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, pdf_pages
from agencia_app.services.registry import Services
from agencia_app.settings import Termica
from tests.factories import add_people, person, ready_to_issue, sign_in
from tests.printing.thermal_listener import ThermalListener

if TYPE_CHECKING:
    from agencia_app.ui.print_monitor import PrintMonitor
    from tests.printing.cups_server import CupsServer

PATIENCE = 900_000  # ms; only what hangs ever takes so long
STALL = 50.0  # ms the window's thread may be busy at most
NOISE = 4  # times that, where other programs take the processors: the long runs are the measure
PRINTERS = 8  # behind one queue
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SCANNED_DPI = 150
DRAWN = 20  # one ticket in so many is also drawn dot by dot and read as a scanner does

soak = pytest.mark.soak


@pytest.fixture
def sesion(services: Services, monkeypatch: pytest.MonkeyPatch) -> Sesion:
    made = sign_in(services)
    # A hundred milliseconds a clave are not what is tested here.
    monkeypatch.setattr("agencia_app.services.claves.hasher", lambda: CHEAP)
    return made


@pytest.fixture(params=[80])
def listener(request: pytest.FixtureRequest) -> Iterator[ThermalListener]:
    with ThermalListener(request.param) as made:
        yield made


@pytest.fixture
def monitor(services: Services, sesion: Sesion, qtbot: QtBot) -> Iterator[PrintMonitor]:
    """The real window, with somebody signed in, and what brings its papers to the printers."""
    shown_ = app.show_window(services.settings, lambda: services)
    window = shown_.window
    qtbot.waitUntil(lambda: window._monitor is not None and not shown_.tasks.busy, timeout=PATIENCE)
    window._signed_in(sesion)
    qtbot.waitUntil(lambda: window.wizard is not None and window.wizard.is_ready(), timeout=PATIENCE)
    qtbot.wait(500)  # the pages behind the first are built in these turns
    assert window._monitor is not None
    yield window._monitor
    window.close()
    shown_.collector.stop()
    window.deleteLater()


class Heartbeat(QObject):
    """Tells how late the window's thread came to a timer of every millisecond."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._since = QElapsedTimer()
        timer = QTimer(self, interval=1)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._beat)
        self._since.start()
        timer.start()

    @property
    def worst(self) -> float:
        return max(self.late)

    def _beat(self) -> None:
        self.late.append(self._since.nsecsElapsed() / 1e6)
        self._since.start()


def cedulas(count: int) -> list[str]:
    nines = [f"245{n:06d}" for n in range(1, count + 1)]
    return [nine + str(check_digit(nine)) for nine in nines]


def attend(services: Services, sesion: Sesion, cedula: str) -> str:
    """Attend a person to the end; return the number of the recibo that is now due."""
    tramite = ready_to_issue(services, sesion, cedula)
    issued = services.claves.issue(sesion, tramite.numero).tramite
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    services.tramites.finish(sesion, tramite.numero)
    assert issued.emision is not None
    return issued.emision.recibo


def recibos_to(services: Services, printer: str, *termicas: Termica) -> None:
    services.printing.settings = replace(
        services.printing.settings, impresoras={PaperKind.RECIBO.value: printer}, termicas=termicas
    )


def jobs(services: Services) -> list[Impresion]:
    rows = services.database.reader().exec_driver_sql("SELECT id FROM impresion WHERE papel = 'recibo'")
    return [services.impresiones.get(each) for each in rows.scalars()]


def out(services: Services) -> Callable[[], bool]:
    """Return the question whether every recibo was printed, as the table of jobs says."""
    left = "SELECT count(*) FROM impresion WHERE papel = 'recibo' AND estado NOT IN ('impreso', 'confirmado')"
    return lambda: services.database.reader().exec_driver_sql(left).scalar() == 0


@pytest.mark.parametrize(("count", "worst"), [(40, NOISE * STALL), pytest.param(500, STALL, marks=soak)])
def test_many_recibos_through_a_thermal_printer(
    services: Services,
    sesion: Sesion,
    monitor: PrintMonitor,
    qtbot: QtBot,
    listener: ThermalListener,
    count: int,
    worst: float,
) -> None:
    add_people(services.database, *(person(cedula=each) for each in cedulas(count)))
    recibos_to(services, "Rollo", Termica("Rollo", "red", listener.address, 80))
    numbers = [attend(services, sesion, each) for each in cedulas(count)]
    qtbot.wait(1000)  # what the attentions above left is collected in the loop that they held up
    heart, began = Heartbeat(), time.perf_counter()
    monitor.poke()
    qtbot.waitUntil(out(services), timeout=PATIENCE)
    took = time.perf_counter() - began
    heart.deleteLater()
    assert not listener.errors
    assert not listener.torn
    assert [each.barcodes for each in listener.papers] == [[number] for number in numbers]
    for place, (paper, number) in enumerate(zip(listener.papers, numbers, strict=True)):
        (qr,) = paper.qrs
        verified = services.verificacion.verify(qr)
        assert (verified.estado, verified.recibo) == (EstadoRecibo.AUTENTICO, number)
        if place % DRAWN == 0:  # a reader of everything sees lines in a QR too
            assert {number, qr} <= set(paper.scanned())
    report("térmica", count, took, heart)
    assert heart.worst <= worst


@pytest.mark.parametrize(("count", "worst"), [(12, NOISE * STALL), pytest.param(500, STALL, marks=soak)])
def test_many_recibos_through_cups(
    services: Services,
    sesion: Sesion,
    monitor: PrintMonitor,
    qtbot: QtBot,
    cups: CupsServer,
    count: int,
    worst: float,
) -> None:
    # Without ``waits`` the scheduler does not sleep a second a paper; the papers are counted below.
    printers = [cups.add_printer(f"Caja{n}", waits=False) for n in range(PRINTERS)]
    cups.add_class("Cajas", printers)
    add_people(services.database, *(person(cedula=each) for each in cedulas(count)))
    recibos_to(services, "Cajas")
    numbers = [attend(services, sesion, each) for each in cedulas(count)]
    qtbot.wait(1000)  # what the attentions above left is collected in the loop that they held up
    heart, began = Heartbeat(), time.perf_counter()
    monitor.poke()
    qtbot.waitUntil(out(services), timeout=PATIENCE)
    took = time.perf_counter() - began
    heart.deleteLater()
    qtbot.waitUntil(lambda: sum(len(each.received()) for each in printers) >= count, timeout=PATIENCE)
    papers = [path for each in printers for path in each.received()]
    titles = sorted(path.stem.partition("-")[2] for path in papers)
    assert titles == sorted(f"recibo-{shown(number)}" for number in numbers)
    for path in papers:
        (picture,) = pdf_pages.pictures(path.read_bytes(), SCANNED_DPI, 1)
        qr, number = sorted(pdf_pages.codes(picture), key=len, reverse=True)
        verified = services.verificacion.verify(qr)
        assert (verified.estado, verified.recibo) == (EstadoRecibo.AUTENTICO, number)
        assert shown(number) in path.stem
    report("CUPS", count, took, heart)
    assert heart.worst <= worst


@pytest.mark.parametrize("listener", [58], indirect=True)
@pytest.mark.parametrize(("count", "gone"), [(10, 2.0), pytest.param(50, 60.0, marks=soak)])
def test_a_printer_unplugged_in_the_middle_costs_nobody_anything(
    services: Services,
    sesion: Sesion,
    monitor: PrintMonitor,
    qtbot: QtBot,
    listener: ThermalListener,
    count: int,
    gone: float,
) -> None:
    add_people(services.database, *(person(cedula=each) for each in cedulas(count)))
    recibos_to(services, "Rollo", Termica("Rollo", "red", listener.address, 58))
    numbers = []
    began = None
    for place, cedula in enumerate(cedulas(count)):
        if place == count // 4:
            listener.stop()
            began = time.monotonic()
        numbers.append(attend(services, sesion, cedula))
        monitor.poke()
        if began is not None and time.monotonic() - began < gone:
            # So that the rest of the people come while it is gone, and the last ones after.
            qtbot.wait(round(gone * 1000 / (count // 2)))
        elif began is not None:
            listener.start()
            began = None
    if began is not None:
        qtbot.waitUntil(lambda: time.monotonic() - began > gone, timeout=PATIENCE)
        listener.start()
    qtbot.waitUntil(out(services), timeout=PATIENCE)
    assert [each.barcodes for each in listener.papers] == [[number] for number in numbers]
    assert max(each.intentos for each in jobs(services)) > 1
    assert all(each.estado is EstadoImpresion.IMPRESO for each in jobs(services)[count // 4 + 1 : -1])
    read = services.database.reader().exec_driver_sql
    assert read("SELECT count(*), count(DISTINCT cedula) FROM clave").one() == (count, count)
    assert read("SELECT count(*), max(secuencia) FROM recibo").one() == (count, count)
    assert bitacora.verify(services.database).broken is None


def report(way: str, count: int, took: float, heart: Heartbeat) -> None:
    """Leave the figures in the test's output: ``pytest -rP`` shows them."""
    late = sorted(heart.late)
    print(  # noqa: T201 - the measure of a long run
        f"{way}: {count} recibos en {took:.1f} s ({count / took:.1f}/s); pausa más larga de la ventana "
        f"{heart.worst:.1f} ms, p99.9 {late[int(len(late) * 0.999)]:.1f} ms"
    )
