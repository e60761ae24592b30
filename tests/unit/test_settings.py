"""What is an agency's own among the settings, and what stays with a machine."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from agencia_app import settings
from agencia_app.settings import Settings, SettingsError

ADDRESS = "postgresql://aplicacion:secreto@servidor/agencia"
SOURCE = Path("base")


def test_the_agencys_own_values_go_out_and_come_back() -> None:
    own = Settings(
        Path("datos"),
        perfil="originales-a-la-vista",
        admitir_conviviente=True,
        ventanillas=3,
        abre=time(7, 30),
        retencion=settings.RETENTION | {"bitacora": 4000},
    )
    values = settings.agency_values(own)
    assert values["retencion.bitacora"] == "4000"
    assert values["abre"] == "07:30:00"
    assert settings.with_agency(Settings(Path("datos")), values, SOURCE) == own


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ventanillas", "0"),
        ("ventanillas", "muchas"),
        ("hojas_numeradas", "1"),
        ("abre", "18:00:00"),
        ("retencion.bitacora", "10"),
        ("retencion.otra", "4000"),
        ("retencion", "4000"),
        ("base", "postgresql://otro"),
        ("impresoras.recibo", "Oficio"),
        ("perfil", "1"),
    ],
)
def test_what_will_not_do_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"«{name.rpartition('.')[2]}»|«{name}»|abre"):
        settings.with_agency(Settings(Path("datos")), {name: value}, SOURCE)


@pytest.mark.parametrize(
    "options", ["user=postgres&password=x", "host=otro", "options=-csearch_path%3Dotro", "x"]
)
def test_an_address_says_nothing_twice(tmp_path: Path, options: str) -> None:
    (tmp_path / settings.FILE_NAME).write_text(f'base = "{ADDRESS}?{options}"', "utf-8")
    with pytest.raises(SettingsError, match="ssl"):
        settings.load(tmp_path)


def test_an_address_may_ask_for_ssl(tmp_path: Path) -> None:
    base = f"{ADDRESS}?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem"
    (tmp_path / settings.FILE_NAME).write_text(f'base = "{base}"', "utf-8")
    assert settings.load(tmp_path).base == base


def test_a_machine_of_many_keeps_its_address_its_name_and_its_printers(tmp_path: Path) -> None:
    config = Settings(tmp_path, base=ADDRESS, equipo="CAJA-4", ventanillas=3, impresoras={"recibo": "Oficio"})
    settings.write(config)
    assert settings.load(tmp_path) == replace(config, ventanillas=12)
    assert "ventanillas" not in (tmp_path / settings.FILE_NAME).read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    settings.write(Settings(tmp_path, base=ADDRESS))
    assert stat.S_IMODE((tmp_path / settings.FILE_NAME).stat().st_mode) == 0o600


def test_an_address_of_the_environment_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write(Settings(tmp_path, base=ADDRESS))
    monkeypatch.setenv(settings.ENV_BASE, "postgresql://propietario:otro@servidor/agencia")
    config = settings.load(tmp_path)
    assert "propietario" in config.base
    settings.write(replace(config, copias={"recibo": 2}))
    monkeypatch.delenv(settings.ENV_BASE)
    assert settings.load(tmp_path).base == ADDRESS


def test_a_paper_of_a_later_version_goes_where_its_like_does() -> None:
    config = settings.Settings(Path("datos"), impresoras={"pendientes": "Laser"})
    assert config.printer("correccion") == "Laser"
    assert (
        replace(config, impresoras={"pendientes": "Laser", "correccion": "Caja"}).printer("correccion")
        == "Caja"
    )
    assert settings.Settings(Path("datos")).printer("correccion") == settings.FOLDER
