"""A window killed at each boundary of an issuance: restart tells the truth, nobody has two."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.models.domain.impresion import EstadoImpresion
from agencia_app.models.domain.numero import shown
from agencia_app.services import bitacora, flow
from agencia_app.services.flow import Step
from tests.conftest import Places
from tests.factories import Clock, make_services, ready_to_issue, sign_in

ROOT = Path(__file__).parents[2]
NOTHING = "No se emitió nada; la clave anterior sigue vigente."
RECORDED = "La clave nueva quedó registrada, falta confirmar la hoja."

Copies = Callable[[Path], Path]


@pytest.fixture(scope="module")
def prepared(engine: str, places: Places) -> Copies:
    """What copies an agency where somebody with a valid clave stands at the Clave step again."""
    config = places.new(engine)
    services = make_services(config.data, base=config.base)
    sesion = sign_in(services)
    first = ready_to_issue(services, sesion)
    services.claves.issue(sesion, first.numero)
    services.claves.confirm_slip(sesion, first.numero, 1)
    services.tramites.finish(sesion, first.numero)
    ready_to_issue(services, sesion)
    services.database.close()
    return lambda folder: places.copy(config.data, folder / "datos")


def run(
    prepared: Copies, tmp_path: Path, action: str, where: str, count: int = 0
) -> subprocess.CompletedProcess[str]:
    prepared(tmp_path)
    return subprocess.run(
        [sys.executable, "-m", "tests.db.kill_child", str(tmp_path / "datos"), action, where, str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def lived(prepared: Copies, tmp_path: Path, action: str) -> tuple[int, int]:
    """Return how many statements and commits an action takes when nobody dies."""
    whole = run(prepared, tmp_path / f"{action}-entera", action, "none")
    statements, commits = map(int, whole.stdout.split())
    assert statements > 20
    assert commits > 2
    return statements, commits


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
    ("where", "count", "truth"),
    [
        ("before_commit", 1, NOTHING),
        ("after_commit", 1, RECORDED),
        ("sending", 0, RECORDED),
        ("sent", 0, RECORDED),
    ],
)
def test_killed_at_a_commit_boundary(
    prepared: Copies, tmp_path: Path, where: str, count: int, truth: str
) -> None:
    assert run(prepared, tmp_path, "issue", where, count).returncode == -signal.SIGKILL
    assert after(tmp_path) == (truth, Step.CLAVE)


@pytest.mark.sqlite  # a dozen deaths; the suite of faults has them on both engines
def test_killed_in_the_middle_of_the_statements(prepared: Copies, tmp_path: Path) -> None:
    statements, _ = lived(prepared, tmp_path, "issue")
    truths = []
    counts = range(1, statements + 1, 5)
    with ThreadPoolExecutor() as pool:  # each in a process of its own: they wait for one another
        ended = pool.map(lambda n: run(prepared, tmp_path / str(n), "issue", "statement", n), counts)
        assert {each.returncode for each in ended} == {-signal.SIGKILL}
    for count in counts:
        truth, step = after(tmp_path / str(count))
        truths.append(truth)
        assert step is Step.CLAVE
    # Nothing up to one point, everything from there on.
    assert truths == [NOTHING] * truths.count(NOTHING) + [RECORDED] * truths.count(RECORDED)
    assert truths.count(NOTHING) > 3
    assert truths.count(RECORDED) > 1


@pytest.mark.parametrize(("where", "slips"), [("before_commit", 2), ("after_commit", 3)])
def test_killed_while_replacing_a_spoiled_slip(
    prepared: Copies, tmp_path: Path, where: str, slips: int
) -> None:
    # The first commit is that the printer forgot the spoiled slip.
    assert run(prepared, tmp_path, "replace", where, 2).returncode == -signal.SIGKILL
    services = app.open_services(settings.load(tmp_path / "datos"), Clock())
    (left,) = services.tramites.unfinished(sign_in(services))
    assert flow.truth_of(left) == RECORDED
    read = services.database.reader().exec_driver_sql
    assert read("SELECT count(*) FROM clave").scalar() == slips
    assert read("SELECT count(*) FROM clave WHERE estado = 'vigente'").scalar() == 1
    assert read("SELECT count(*) FROM recibo").scalar() == 2
    assert bitacora.verify(services.database).broken is None
    services.database.close()


@pytest.mark.sqlite  # a dozen deaths; the suite of faults has them on both engines
def test_killed_while_printing_leaves_one_recibo_and_no_other(prepared: Copies, tmp_path: Path) -> None:
    _, commits = lived(prepared, tmp_path, "print")
    moments = [
        (where, count) for where in ("before_commit", "after_commit") for count in range(1, commits + 1)
    ]
    moments += [("sending", 0), ("sent", 0)]
    with ThreadPoolExecutor() as pool:  # each in a process of its own: they wait for one another
        folders = {moment: tmp_path / f"{moment[0]}-{moment[1]}" for moment in moments}
        ended = pool.map(lambda moment: run(prepared, folders[moment], "print", *moment), moments)
        assert {each.returncode for each in ended} == {-signal.SIGKILL}
    for (where, count), place in folders.items():
        services = app.open_services(settings.load(place / "datos"), Clock())
        services.dispatcher.take_up()
        while services.dispatcher.work():
            pass
        (left,) = services.tramites.unfinished(sign_in(services))
        (recibo,) = [each for each in services.impresiones.of_tramite(left.numero) if each.papel == "recibo"]
        assert recibo.estado is EstadoImpresion.IMPRESO, (where, count, recibo)
        assert len(list(services.settings.papers.glob(f"recibo-{shown(recibo.numero)}*"))) == 1
        services.database.close()


def test_a_slip_that_died_before_its_printer_is_told_lost(prepared: Copies, tmp_path: Path) -> None:
    assert run(prepared, tmp_path, "issue", "after_commit", 1).returncode == -signal.SIGKILL
    services = app.open_services(settings.load(tmp_path / "datos"), Clock())
    services.dispatcher.take_up()
    assert not services.dispatcher.work()
    (left,) = services.tramites.unfinished(sign_in(services))
    (slip,) = [job for job in services.impresiones.of_tramite(left.numero) if job.papel == "hoja_clave"]
    assert (slip.estado, slip.error) == (EstadoImpresion.FALLIDO, "printer.lost")
    services.database.close()
