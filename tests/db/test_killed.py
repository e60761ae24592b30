"""A window killed at each boundary of an issuance: restart tells the truth, nobody has two."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.services import bitacora, flow
from agencia_app.services.flow import Step
from tests.factories import Clock, make_services, ready_to_issue, sign_in

ROOT = Path(__file__).parents[2]
NOTHING = "No se emitió nada; la clave anterior sigue vigente."
RECORDED = "La clave nueva quedó registrada, falta confirmar la hoja."


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency where somebody with a valid clave stands at the Clave step again."""
    data = tmp_path_factory.mktemp("muerte") / "datos"
    services = make_services(data)
    sesion = sign_in(services)
    first = ready_to_issue(services, sesion)
    services.claves.issue(sesion, first.numero)
    services.claves.confirm_slip(sesion, first.numero, 1)
    services.tramites.finish(sesion, first.numero)
    ready_to_issue(services, sesion)
    services.database.close()
    return data


def run(
    prepared: Path, tmp_path: Path, where: str, count: int = 0, *, replace: bool = False
) -> subprocess.CompletedProcess[str]:
    shutil.copytree(prepared, tmp_path / "datos")
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.db.kill_child",
            str(tmp_path / "datos"),
            where,
            str(count),
            str(int(replace)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def after(tmp_path: Path) -> tuple[str, Step]:
    """Restart over what the dead window left, and finish the attention."""
    services = app.open_services(settings.load(tmp_path / "datos"), Clock())
    sesion = sign_in(services)
    (left,) = services.tramites.unfinished(sesion)
    truth, step = flow.truth_of(left), services.tramites.step(left)
    read = services.database.reader().exec_driver_sql
    valid = "SELECT count(*) FROM clave WHERE estado = 'vigente'"
    assert read(valid).scalar() == 1
    issued = services.claves.issue(sesion, left.numero)
    assert issued.tramite.emision is not None
    assert read(valid).scalar() == 1
    assert read("SELECT count(*), max(secuencia) FROM recibo").one() == (2, 2)
    assert read("SELECT count(*) FROM bitacora WHERE accion = 'clave.emitida'").scalar() == 2
    assert bitacora.verify(services.database).broken is None
    services.database.close()
    return truth, step


@pytest.mark.parametrize(
    ("where", "truth"),
    [("before_commit", NOTHING), ("after_commit", RECORDED), ("printing", RECORDED)],
)
def test_killed_at_a_commit_boundary(prepared: Path, tmp_path: Path, where: str, truth: str) -> None:
    assert run(prepared, tmp_path, where).returncode == -signal.SIGKILL
    assert after(tmp_path) == (truth, Step.CLAVE)


def test_killed_in_the_middle_of_the_statements(prepared: Path, tmp_path: Path) -> None:
    whole = run(prepared, tmp_path / "entera", "none")
    statements = int(whole.stdout)
    assert statements > 20
    for count in range(1, statements + 1, 5):
        place = tmp_path / str(count)
        assert run(prepared, place, "statement", count).returncode == -signal.SIGKILL
        assert after(place) == (NOTHING, Step.CLAVE)


@pytest.mark.parametrize(("where", "slips"), [("before_commit", 2), ("after_commit", 3)])
def test_killed_while_replacing_a_spoiled_slip(
    prepared: Path, tmp_path: Path, where: str, slips: int
) -> None:
    assert run(prepared, tmp_path, where, replace=True).returncode == -signal.SIGKILL
    services = app.open_services(settings.load(tmp_path / "datos"), Clock())
    (left,) = services.tramites.unfinished(sign_in(services))
    assert flow.truth_of(left) == RECORDED
    read = services.database.reader().exec_driver_sql
    assert read("SELECT count(*) FROM clave").scalar() == slips
    assert read("SELECT count(*) FROM clave WHERE estado = 'vigente'").scalar() == 1
    assert read("SELECT count(*) FROM recibo").scalar() == 2
    assert bitacora.verify(services.database).broken is None
    services.database.close()
