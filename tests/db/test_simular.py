"""``agencia simular``: windows that are processes, over an agency that it makes, and never over a real one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agencia_app import cli
from agencia_app.services.simulacion import Medidas
from tests.factories import make_services
from tests.postgres_server import PostgresServer

STEPS = ["consulta", "cedula", "identidad", "requisitos", "solicitud", "firma", "emision", "hoja", "recibo"]


@pytest.fixture
def nowhere(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Path:
    """A data folder that is not there, and on PostgreSQL an empty database."""
    monkeypatch.setenv("AGENCIA_DATOS", str(tmp_path / "datos"))
    if engine == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        monkeypatch.setenv(
            "AGENCIA_BASE", server.create_database(f"simulada_{tmp_path.parent.name}_{id(tmp_path)}")
        )
    return tmp_path / "datos"


def test_two_windows_attend_and_everything_holds(
    nowhere: Path, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["simular", "--ventanillas", "2", "--segundos", "3", "--json"]) == cli.OK
    told = json.loads(capsys.readouterr().out)
    assert list(told) == [
        "ventanillas", "segundos", "argon2", "emitidas", "errores", "por_segundo", "p50_ms", "p95_ms", "p99_ms",
        "invariantes",
    ]  # fmt: skip
    assert (told["ventanillas"], told["segundos"], told["errores"]) == (2, 3, 0)
    assert told["emitidas"] > 0
    assert "barato" in told["argon2"]
    assert list(told["p50_ms"]) == STEPS
    assert told["invariantes"] == dict.fromkeys(
        (
            "una_clave_vigente",
            "recibos_sin_huecos",
            "bitacora_integra",
            "cuentas_iguales",
        ),
        True,
    )
    assert (nowhere / "agencia.db").exists() is (engine == "sqlite")


@pytest.mark.usefixtures("engine")
def test_a_real_agency_is_left_alone(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = os.environ.get("AGENCIA_BASE", "")
    make_services(nowhere, demostracion=False, base=base).database.close()
    assert cli.main(["simular", "--ventanillas", "2", "--segundos", "1"]) == cli.REFUSED
    assert "agencia real" in capsys.readouterr().err


def test_percentiles_are_of_what_was_measured() -> None:
    medidas = Medidas({"emision": [each / 1000 for each in range(1, 101)]})
    assert [medidas.percentil(each)["emision"] for each in (50, 95, 99)] == [50, 95, 99]
