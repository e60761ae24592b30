"""A window killed while a recibo is on its way to a real printer: one paper, whenever it died."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agencia_app import app, settings
from agencia_app.models.domain.impresion import EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.numero import shown
from agencia_app.services.registry import Services
from agencia_app.settings import Termica
from tests.factories import Clock, make_services, ready_to_issue, sign_in
from tests.printing.cups_server import wait_for
from tests.printing.thermal_listener import ThermalListener

if TYPE_CHECKING:
    from tests.printing.cups_server import CupsServer

ROOT = Path(__file__).parents[2]
# Each commit on the way is killed over the folder, in tests/db; here, what a printer has a part in.
MOMENTS = [("before_commit", 2), ("sending", 0), ("sent", 0)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency where somebody stands at the Clave step."""
    data = tmp_path_factory.mktemp("muerte") / "datos"
    services = make_services(data)
    ready_to_issue(services, sign_in(services))
    services.database.close()
    return data


def died(prepared: Path, data: Path, where: str, count: int, **changes: object) -> None:
    shutil.copytree(prepared, data)
    config = replace(settings.load(data), **changes)  # type: ignore[arg-type]
    settings.write(config)
    command = [sys.executable, "-m", "tests.db.kill_child", str(data), "print", where, str(count)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL, (where, count, ended.stderr)


def settle(services: Services) -> None:
    """Work on the jobs until nothing moves any more."""
    wait_for(lambda: not services.dispatcher.work(), "los papeles")


def restarted(data: Path) -> tuple[Services, Impresion]:
    """Open the data folder again and work until nothing moves any more; return the recibo's job."""
    services = app.open_services(settings.load(data), Clock())
    services.dispatcher.take_up()
    settle(services)
    (left,) = services.tramites.unfinished(sign_in(services))
    (recibo,) = [job for job in services.impresiones.of_tramite(left.numero) if job.papel is PaperKind.RECIBO]
    return services, recibo


def test_through_cups_it_comes_out_once(prepared: Path, tmp_path: Path, cups: CupsServer) -> None:
    for where, count in MOMENTS:
        name = f"Caja-{where}-{count}"
        printer = cups.add_printer(name)
        data = tmp_path / name
        died(prepared, data, where, count, impresoras={"recibo": name})
        services, recibo = restarted(data)
        services.database.close()
        assert recibo.estado is EstadoImpresion.IMPRESO, (where, count, recibo)
        titles = [path.stem.partition("-")[2] for path in printer.received()]
        assert titles == [f"recibo-{shown(recibo.numero)}"], (where, count)


def test_through_a_thermal_printer_it_comes_out_once_or_a_person_is_asked(
    prepared: Path, tmp_path: Path
) -> None:
    for where, count in MOMENTS:
        with ThermalListener(80) as listener:
            data = tmp_path / f"{where}-{count}"
            rollo = Termica("Rollo", "red", listener.address, 80)
            died(prepared, data, where, count, impresoras={"recibo": "Rollo"}, termicas=(rollo,))
            services, recibo = restarted(data)
            if recibo.estado is EstadoImpresion.FALLIDO:
                # It keeps no list of jobs: whoever finds this looks, and says what came out.
                assert recibo.error == "printer.doubtful"
                assert len(listener.papers) <= 1
                if listener.papers:
                    services.impresiones.came_out(sign_in(services), recibo.id)
                else:
                    services.impresiones.retry(sign_in(services), recibo.id)
                    settle(services)
            services.database.close()
            assert [paper.barcodes for paper in listener.papers] == [[recibo.numero]], (where, count)
