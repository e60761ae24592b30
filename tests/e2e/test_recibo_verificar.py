"""``agencia recibo verificar`` and ``agencia llaves rotar``, as a script uses them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from agencia_app.models.db.tables import ReciboRow
from agencia_app.models.domain.numero import Kind, build, shown
from agencia_app.services import recibos
from agencia_app.services.papers import recibo
from tests.factories import make_services, ready_to_issue, sign_in


def agencia(data: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agencia_app", *arguments],
        env=os.environ | {"AGENCIA_DATOS": str(data)},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency with one recibo; its number, code and PDF are beside it."""
    folder = tmp_path_factory.mktemp("verificar")
    services = make_services(folder / "datos")
    sesion = sign_in(services)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    with services.database.reading() as session:
        row = session.scalars(select(ReciboRow)).one()
        content = recibos.printed(row)
    assert content is not None
    (folder / "numero").write_text(row.numero)
    (folder / "qr").write_text(content.qr)
    (folder / "recibo.PDF").write_bytes(recibo.render(content))
    services.database.close()
    return folder / "datos"


def beside(data: Path, name: str) -> str:
    return (data.parent / name).read_text()


def answer(ended: subprocess.CompletedProcess[str]) -> tuple[object, int]:
    assert "Traceback" not in ended.stderr
    return json.loads(ended.stdout), ended.returncode


def test_number_code_and_pdf_are_genuine_before_and_after_the_key_changes(data: Path) -> None:
    numero = beside(data, "numero")
    expected = {"estado": "autentico", "recibo": shown(numero)}
    pdf = str(data.parent / "recibo.PDF")
    for given in (shown(numero), beside(data, "qr"), pdf):
        assert answer(agencia(data, "recibo", "verificar", given, "--json")) == (expected, 0)
    rotated = agencia(data, "llaves", "rotar")
    assert rotated.returncode == 0
    assert "siguen siendo auténticos" in rotated.stdout
    ended = agencia(data, "recibo", "verificar", pdf)
    assert ended.returncode == 0
    assert ended.stdout.startswith("Auténtico\n")
    assert "FICTICIA" not in ended.stdout + ended.stderr


def test_each_other_answer_is_told_with_its_reason(data: Path) -> None:
    numero, qr = beside(data, "numero"), beside(data, "qr")
    changed = qr[:40] + ("A" if qr[40] != "A" else "B") + qr[41:]
    other = build(Kind.RECIBO, "018", 2026, 1)
    said = set()
    for given, estado, recibo_shown in (
        (changed, "alterado", shown(numero)),
        (numero[:-1] + str((int(numero[-1]) + 1) % 10), "desconocido", None),
        (other, "desconocido", shown(other)),
        (str(data / "no-existe.pdf"), "desconocido", None),
        ("x" * 5_000, "alterado", None),  # no name of a file
    ):
        ended = agencia(data, "recibo", "verificar", given, "--json")
        assert answer(ended) == ({"estado": estado, "recibo": recibo_shown}, 1), given
        assert ended.stderr.startswith("agencia: ")
        said.add(ended.stderr)
    assert len(said) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among its files")
def test_a_pdf_that_was_changed_and_a_pipe_that_never_ends_are_answered(data: Path, tmp_path: Path) -> None:
    changed, pipe = tmp_path / "cambiado.pdf", tmp_path / "tubo.pdf"
    changed.write_bytes((data.parent / "recibo.PDF").read_bytes() + b"% otro programa\n")
    os.mkfifo(pipe)
    numero = shown(beside(data, "numero"))
    for path, estado, recibo_shown in ((changed, "alterado", numero), (pipe, "desconocido", None)):
        ended = agencia(data, "recibo", "verificar", str(path), "--json")
        assert answer(ended) == ({"estado": estado, "recibo": recibo_shown}, 1)


def test_wrong_usage_is_told_apart(data: Path) -> None:
    assert agencia(data, "recibo", "verificar").returncode == 2
    assert agencia(data, "recibo").returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_iniciar_leaves_no_key_that_others_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "datos"
    ended = agencia(
        folder, "iniciar", "--agencia", "017", "--nombre", "Quito Norte", "--admin", "jefa",
        given="una-clave-larga\nuna-clave-larga\n",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    (key,) = (folder / "llaves").glob("*.pem")
    assert {stat.S_IMODE(each.stat().st_mode) for each in key.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    secret = key.read_bytes().splitlines()[1]
    for path in folder.rglob("*"):
        assert path == key or path.is_dir() or secret not in path.read_bytes()


def test_a_refused_iniciar_leaves_no_key_behind(tmp_path: Path) -> None:
    folder = tmp_path / "datos"
    folder.mkdir()
    ended = agencia(
        folder, "iniciar", "--agencia", "017", "--nombre", "X", "--admin", "jefa", given="corta\ncorta\n"
    )
    assert ended.returncode == 1
    assert not (folder / "llaves").exists()
