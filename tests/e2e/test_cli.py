"""The command line as a script or an administrator uses it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from agencia_app import app
from agencia_app.models.db import engine_sqlite, llave_base
from agencia_app.models.domain.errors import KnownError
from agencia_app.services import padron_sintetico
from agencia_app.settings import Settings
from tests.factories import make_services

PASSWORDS = "una-clave-larga\nuna-clave-larga\n"


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
    folder = tmp_path_factory.mktemp("cli") / "datos"
    ended = agencia(
        folder, "iniciar", "--agencia", "017", "--nombre", "Quito Norte", "--admin", "jefa", given=PASSWORDS
    )
    assert ended.returncode == 0, ended.stderr
    return folder


def test_the_folder_is_its_owners_alone(data: Path) -> None:
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "agencia.db").stat().st_mode) == 0o600


def test_a_new_database_is_encrypted_and_its_key_copied(data: Path, tmp_path: Path) -> None:
    assert not llave_base.is_plain(data / "agencia.db")
    ended = agencia(data, "cifrar")
    assert ended.returncode == 1
    assert "ya está cifrada" in ended.stderr
    ended = agencia(data, "llaves", "copiar", str(tmp_path / "llave"))
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "llave").read_text() == (data / "llaves" / "base.llave").read_text()
    assert agencia(data, "llaves", "copiar", str(tmp_path / "llave")).returncode == 1


def test_an_agency_of_before_is_encrypted(tmp_path: Path) -> None:
    make_services(tmp_path / "datos").database.close()
    assert llave_base.is_plain(tmp_path / "datos" / "agencia.db")
    lock = app.lock_folder(Settings(tmp_path / "datos"))
    ended = agencia(tmp_path / "datos", "cifrar")
    assert (ended.returncode, "ventana o un kiosco abiertos" in ended.stderr) == (1, True)
    lock.unlock()
    ended = agencia(tmp_path / "datos", "cifrar")
    assert ended.returncode == 0, ended.stderr
    assert "Base de datos cifrada y comparada" in ended.stdout
    assert not llave_base.is_plain(tmp_path / "datos" / "agencia.db")
    assert agencia(tmp_path / "datos", "padron", "buscar", "ficticia").returncode == 0


def test_iniciar_never_overwrites(data: Path) -> None:
    again = agencia(
        data, "iniciar", "--agencia", "017", "--nombre", "Otra", "--admin", "otro", given=PASSWORDS
    )
    assert again.returncode == 1
    assert str(data) in again.stderr


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (("--agencia", "17", "--nombre", "X", "--admin", "jefa"), PASSWORDS),
        (("--agencia", "999", "--admin", "jefa"), PASSWORDS),
        (("--agencia", "017", "--nombre", "X", "--admin", "con espacio"), PASSWORDS),
        (("--agencia", "017", "--nombre", "X", "--admin", "jefa"), "una-clave-larga\notra-clave-larga\n"),
        (("--agencia", "017", "--nombre", "X", "--admin", "jefa"), "corta\ncorta\n"),
        (("--agencia", "017", "--nombre", "X", "--admin", "jefa"), ""),
        (("--agencia", "017", "--nombre", "X", "--admin", "jefa", "--impresora", "no-existe"), PASSWORDS),
    ],
)
def test_a_refused_iniciar_leaves_nothing_behind(
    tmp_path: Path, arguments: tuple[str, ...], given: str
) -> None:
    ended = agencia(tmp_path / "datos", "iniciar", *arguments, given=given)
    assert ended.returncode == 1
    assert ended.stderr.startswith("agencia: ")
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "datos").exists()


def test_users_are_created_once(data: Path) -> None:
    first = agencia(data, "usuarios", "crear", "B.Ejemplo", "--rol", "operador", given=PASSWORDS)
    assert first.returncode == 0
    assert "Usuario b.ejemplo creado como operador. La contraseña es temporal" in first.stdout
    assert (
        agencia(data, "usuarios", "crear", "b.ejemplo", "--rol", "operador", given=PASSWORDS).returncode == 1
    )


def test_users_are_listed_reset_and_stopped(data: Path) -> None:
    agencia(data, "usuarios", "crear", "c.ejemplo", "--rol", "supervisor", given=PASSWORDS)
    reset = agencia(data, "usuarios", "restablecer", "C.Ejemplo", given=PASSWORDS)
    assert (reset.returncode, "contraseña temporal" in reset.stdout) == (0, True)
    assert agencia(data, "usuarios", "restablecer", "nadie", given=PASSWORDS).returncode == 1
    stopped = agencia(data, "usuarios", "desactivar", "c.ejemplo")
    assert (stopped.returncode, stopped.stdout) == (0, "Usuario c.ejemplo desactivado.\n")
    again = agencia(data, "usuarios", "desactivar", "c.ejemplo")
    assert again.returncode == 1
    assert "ya está desactivado" in again.stderr
    listed = json.loads(agencia(data, "usuarios", "listar", "--json").stdout)
    states = {each["usuario"]: (each["rol"], each["estado"]) for each in listed}
    assert states["c.ejemplo"] == ("supervisor", "desactivado")
    last = agencia(
        data, "usuarios", "desactivar", next(each for each in states if states[each][0] == "administrador")
    )
    assert last.returncode == 1
    assert "único administrador" in last.stderr
    assert "c.ejemplo" in agencia(data, "usuarios", "listar").stdout


def test_import_and_search(data: Path, tmp_path: Path) -> None:
    source = tmp_path / "padron.csv"
    people = list(padron_sintetico.generate(50))
    padron_sintetico.write_csv(people, source)
    ended = agencia(data, "padron", "importar", str(source), "--json")
    result = json.loads(ended.stdout)
    assert set(result) == {
        "leidas", "insertadas", "actualizadas", "sin_cambio", "restauradas", "rechazadas", "segundos", "informe",
    }  # fmt: skip
    assert (result["leidas"], result["insertadas"], result["rechazadas"], ended.returncode) == (50, 50, 0, 0)
    found = json.loads(agencia(data, "padron", "buscar", people[7].nombre_completo, "--json").stdout)
    assert people[7].cedula in [each["cedula"] for each in found]
    assert (
        json.loads(agencia(data, "padron", "buscar", people[7].cedula, "--json").stdout)[0]["cedula"]
        == people[7].cedula
    )


@pytest.mark.parametrize(
    "arguments", [("padron", "importar", "no-esta.csv"), ("padron", "buscar", "nadie", "--json")]
)
def test_without_a_prepared_folder_the_sentence_says_how(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = agencia(tmp_path / "vacia", *arguments)
    assert ended.returncode == 1
    assert "agencia iniciar" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [("padron",), ("usuarios", "crear", "x"), ("--inventada",), ("usuarios", "crear", "x", "--rol", "rey")],
)
def test_wrong_usage_is_two(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = agencia(tmp_path, *arguments)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_a_broken_settings_file_is_a_sentence(data: Path, tmp_path: Path) -> None:
    (tmp_path / "ajustes.toml").write_text("ventanillas = 'doce'")
    ended = agencia(tmp_path, "padron", "buscar", "x")
    assert ended.returncode == 1
    assert "ajustes.toml" in ended.stderr


def test_a_whole_audit_log(data: Path) -> None:
    ended = agencia(data, "auditoria", "verificar", "--json")
    assert ended.returncode == 0
    told = json.loads(ended.stdout)
    assert list(told) == ["eventos", "cabeza", "integra", "primera_rota"]
    assert (told["integra"], told["primera_rota"]) == (True, None)
    assert len(told["cabeza"]) == 64
    again = agencia(data, "auditoria", "verificar", "--cabeza", told["cabeza"][:32], told["cabeza"][32:])
    assert again.returncode == 0
    assert f"{told['eventos'] + 1} eventos" in again.stdout  # that it was verified is one
    assert f"fila {told['eventos']}" in again.stdout


def test_a_broken_audit_log_is_named(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "datos")
    with closing(engine_sqlite.connect(tmp_path / "datos" / "agencia.db")) as raw:
        raw.execute("DROP TRIGGER bitacora_no_update")
        raw.execute("UPDATE bitacora SET actor = 'otro' WHERE seq = 2")
    ended = agencia(tmp_path / "datos", "auditoria", "verificar", "--json")
    assert ended.returncode == 1
    told = json.loads(ended.stdout)
    assert (told["eventos"], told["integra"], told["primera_rota"]) == (1, False, 2)
    ended = agencia(tmp_path / "datos", "auditoria", "verificar")
    assert ended.returncode == 1
    assert "La fila 2 fue cambiada." in ended.stdout


def test_a_printed_head_that_is_not_in_the_audit_log(data: Path) -> None:
    ended = agencia(data, "auditoria", "verificar", "--cabeza", "0" * 64, "--json")
    assert ended.returncode == 1
    told = json.loads(ended.stdout)
    assert (told["integra"], told["primera_rota"]) == (False, None)
    ended = agencia(data, "auditoria", "verificar", "--cabeza", "hola")
    assert ended.returncode == 1
    assert ended.stderr.startswith("agencia: La huella del certificado")


def test_the_doctor_of_a_new_installation(data: Path) -> None:
    ended = agencia(data, "doctor", "--json")
    told = json.loads(ended.stdout)
    assert list(told) == ["sana", "hallazgos"]
    assert told["sana"] is (ended.returncode == 0)
    states = {each["que"]: each["estado"] for each in told["hallazgos"]}
    assert states["base"] == states["protecciones"] == states["bitacora"] == states["permisos"] == "bien"
    assert states["respaldos"] == "aviso"


def test_the_doctor_refuses_a_database_without_its_guards(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "datos")
    with closing(engine_sqlite.connect(tmp_path / "datos" / "agencia.db")) as raw:
        raw.execute("DROP TRIGGER clave_inmutable")
    ended = agencia(tmp_path / "datos", "doctor")
    assert ended.returncode == 1
    assert "[falla]" in ended.stdout
    assert "clave_inmutable" in ended.stdout


def test_a_second_window_over_the_same_data_is_refused(tmp_path: Path) -> None:
    config = Settings(tmp_path)
    lock = app.lock_folder(config)
    try:
        with pytest.raises(KnownError, match=r"data\.in_use"):
            app.lock_folder(config)
    finally:
        lock.unlock()
    app.lock_folder(config).unlock()
