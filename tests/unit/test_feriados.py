"""Days off: the national calendar with its moves, and our own table before it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from agencia_app import settings
from agencia_app.models.domain.errors import KnownError
from agencia_app.services.feriados import Feriados, load_feriados


def shipped(agencia: str = "017", provincia: str = "PICHINCHA") -> Feriados:
    return load_feriados(settings.RESOURCES / "feriados.toml", agencia, lambda _: provincia)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 12, 25), "Navidad"),
        (date(2026, 11, 3), "Independencia de Cuenca"),
        (date(2025, 10, 10), "Independencia de Guayaquil"),  # a Thursday moved to Friday
        (date(2025, 10, 9), None),  # and the Thursday is worked
        (date(2026, 5, 25), "Batalla de Pichincha"),  # a Sunday moved to Monday
        (date(2026, 1, 2), "Puente de Año Nuevo"),  # by decree
        (date(2027, 11, 1), "Día de Difuntos"),  # Tuesday and Wednesday become Monday and Tuesday
        (date(2027, 11, 2), "Independencia de Cuenca"),
        (date(2027, 11, 3), None),
        (date(2026, 11, 23), None),
    ],
)
def test_national_days(day: date, name: str | None) -> None:
    assert shipped().on(day) == name


def test_days_of_an_agency_and_of_a_province() -> None:
    quito = date(2026, 12, 7)
    assert shipped("017").on(quito) == "Fundación de Quito"
    assert shipped("018").on(quito) is None
    assert shipped("018", "LOJA").on(date(2026, 11, 20)) == "Independencia de Loja"
    assert shipped("017").on(date(2026, 11, 20)) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[feriado]]\nfecha = 2026-12-07\nnombre = 'X'\n", "fuente"),
        ("[[feriado]]\nfecha = '2026-12-07'\nnombre = 'X'\nfuente = 'Y'\n", "fecha"),
        ("[[feriado]]\nfecha = 2026-12-07\nnombre = ' '\nfuente = 'Y'\n", "nombre"),
        ("[[feriado]]\nfecha = 2026-12-07\nnombre = 'X'\nfuente = 'Y'\ncanton = 'Z'\n", "canton"),
        ("[[feriado]]\nfecha = 2026-12-07\nnombre = 'X'\nfuente = 'Y'\nagencias = [17]\n", "agencias"),
        ("[[laborable]]\nfecha = 2026-12-07\nfuente = 'Y'\n", "motivo"),
        ("[[puente]]\nfecha = 2026-12-07\n", "puente"),
        ("feriado = 3\n", ""),
        ("esto no es TOML", ""),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "feriados.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(KnownError) as refused:
        load_feriados(path, "017", lambda _: None)
    assert refused.value.code == "feriados.invalid"
    assert reason in str(refused.value.data["reason"])


def test_the_calendar_is_not_loaded_with_the_table() -> None:
    code = (
        "import sys; from agencia_app import settings; from agencia_app.services.feriados import load_feriados; "
        "r = settings.RESOURCES; load_feriados(r / 'feriados.toml', '017', lambda _: None); "
        "print('holidays' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
