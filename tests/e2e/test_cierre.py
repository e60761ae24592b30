"""``agencia cierre``: it closes a day, writes three files, and says plainly why when it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest

from agencia_app.models.domain.fechas import day, local_date
from tests.factories import Clock, make_services, ready_to_issue, sign_in

HOY = local_date(datetime.now(UTC))


def agencia(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agencia_app", *arguments],
        env=os.environ | {"AGENCIA_DATOS": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_day_is_closed_into_a_folder_once(tmp_path: Path) -> None:
    data, out = tmp_path / "datos", tmp_path / "salida" / "nueva"
    clock = Clock(datetime.now(UTC))
    services = make_services(data, clock)
    sesion = sign_in(services)
    numero = ready_to_issue(services, sesion).numero
    services.claves.issue(sesion, numero)
    blocked = agencia(data, "cierre", HOY.isoformat(), "--salida", str(out))
    assert blocked.returncode == 1
    assert "hoja_por_confirmar" in blocked.stdout
    assert "1 hoja por confirmar" in blocked.stderr
    told = json.loads(agencia(data, "cierre", day(HOY), "--salida", str(out), "--json").stdout)
    assert [each["ventanilla"] for each in told["bloqueos"]] == [4]
    services.claves.confirm_slip(sesion, numero, 1)
    services.tramites.finish(sesion, numero)
    services.database.close()
    ended = agencia(data, "cierre", day(HOY), "--salida", str(out), "--json")
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    assert (result["dia"], result["emitidos"]) == (HOY.isoformat(), 1)
    assert {each.name for each in out.iterdir()} == {
        f"cierre-{HOY}.pdf",
        f"tramites-{HOY}.csv",
        f"tramites-{HOY}.xlsx",
    }
    page = pypdfium2.PdfDocument(result["certificado"])[0].get_textpage().get_text_range()
    assert result["cabeza"] in "".join(page.split())
    again = agencia(data, "cierre", HOY.isoformat(), "--salida", str(tmp_path / "otra"))
    assert again.returncode == 1
    assert "ya se cerró" in again.stderr
    # The day before has nothing of it; its files are others.
    before = agencia(data, "cierre", (HOY - timedelta(days=1)).isoformat(), "--salida", str(out))
    assert before.returncode == 0, before.stderr
    assert "0 claves emitidas" in before.stdout


def test_what_is_there_is_not_overwritten_and_nothing_is_closed(tmp_path: Path) -> None:
    data = tmp_path / "datos"
    make_services(data, Clock(datetime.now(UTC))).database.close()
    kept = tmp_path / f"tramites-{HOY}.csv"
    kept.write_text("de otro")
    ended = agencia(data, "cierre", HOY.isoformat(), "--salida", str(tmp_path))
    assert ended.returncode == 1
    assert kept.name in ended.stderr
    assert kept.read_text() == "de otro"
    (tmp_path / "archivo").write_text("")
    for folder in (tmp_path / "archivo", tmp_path / "archivo" / "dentro"):
        ended = agencia(data, "cierre", HOY.isoformat(), "--salida", str(folder))
        assert ended.returncode == 1
        assert "No se pudo escribir" in ended.stderr
    # None of these closed it.
    assert agencia(data, "cierre", HOY.isoformat(), "--salida", str(tmp_path / "bien")).returncode == 0


def test_a_future_day_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "datos"
    make_services(data).database.close()
    ended = agencia(data, "cierre", (HOY + timedelta(days=1)).isoformat(), "--salida", str(tmp_path / "x"))
    assert ended.returncode == 1
    assert "todavía no llega" in ended.stderr


@pytest.mark.parametrize(
    "arguments", [("hoy", "--salida", "x"), ("2026-02-30", "--salida", "x"), ("2026-01-05",), ()]
)
def test_wrong_usage_is_two(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = agencia(tmp_path, "cierre", *arguments)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
