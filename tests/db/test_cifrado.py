"""The embedded database at rest: nothing of anybody can be read in its files without the key."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from agencia_app import app, settings
from agencia_app.models.db import engine_sqlite, llave_base, schema
from agencia_app.models.db.llave_base import Lugar
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.services import bitacora, cifrado, instalacion
from agencia_app.services.doctor import Doctor, Hallazgo, Salud
from agencia_app.services.registry import Services
from tests.factories import PASSWORD, Clock, make_services, ready_to_issue, sign_in

pytestmark = pytest.mark.sqlite

CLEAR = (
    b"FICTICIA",
    b"MAR\xc3\x8dA",
    b"2459999005",
    b"maria@ejemplo",
    b"0999999999",
    b"a.ejemplo",
    b"bitacora",
)
GREPPED = ("agencia.db", "agencia.db-wal", "agencia.db-shm")


class MemoryKeyring(KeyringBackend):
    """A system's keyring, for as long as a test runs."""

    priority = 5
    kept: ClassVar[dict[tuple[str, str], str]] = {}
    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise RuntimeError("cerrado")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise RuntimeError("cerrado")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def system_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[MemoryKeyring]]:
    before = keyring.get_keyring()
    monkeypatch.setattr(MemoryKeyring, "kept", {})
    keyring.set_keyring(MemoryKeyring())  # type: ignore[no-untyped-call]  # keyring's own constructor
    yield MemoryKeyring
    keyring.set_keyring(before)


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted agency's folder, not to be touched."""
    data = tmp_path_factory.mktemp("cifrada") / "datos"
    make_services(data, cifrada=True).database.close()
    return data


@pytest.fixture
def data(encrypted: Path, tmp_path: Path) -> Path:
    """A copy of it, of the test's own."""
    shutil.copytree(encrypted, tmp_path / "datos")
    return tmp_path / "datos"


def opened(data: Path) -> Services:
    return app.open_services(settings.load(data), Clock())


def refused(data: Path) -> str:
    """Return the code with which opening it is refused."""
    with pytest.raises(KnownError) as caught:
        opened(data)
    return caught.value.code


def key_file(data: Path) -> Path:
    return data / "llaves" / "base.llave"


def test_no_file_of_the_database_says_anything_of_anybody(data: Path) -> None:
    services = opened(data)
    sesion = sign_in(services)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    schema.copy(services.database.path, data / "respaldos" / "copia.db")
    written = [*(data / name for name in GREPPED), *(data / "respaldos").iterdir()]
    assert (data / "agencia.db-wal").stat().st_size > 100_000  # the work is still in it
    for path in written:
        content = path.read_bytes()
        assert [each for each in CLEAR if each in content] == []
    services.database.close()
    content = (data / "agencia.db").read_bytes()
    assert [each for each in CLEAR if each in content] == []
    with closing(engine_sqlite.connect(data / "agencia.db")) as raw:
        said = "".join(map(str, raw.execute("SELECT * FROM persona, tramite, usuario").fetchall()))
    assert all(each.decode() in said for each in CLEAR[:6])  # they would have been found


def test_plain_would_have_been_read(tmp_path: Path) -> None:
    make_services(tmp_path / "datos", cifrada=False).database.close()
    content = (tmp_path / "datos" / "agencia.db").read_bytes()
    assert CLEAR[0] in content
    assert not key_file(tmp_path / "datos").exists()


def test_it_keeps_the_promises_of_an_open_one(data: Path) -> None:
    services = opened(data)
    connection = services.database.reader()

    def pragma(name: str) -> object:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2  # FULL
    assert pragma("foreign_keys") == 1
    assert connection.exec_driver_sql("PRAGMA cipher_integrity_check").all() == []
    # What is sorted or waits in temporary tables stays in memory: SQLCipher does not encrypt such files.
    options = {row[0] for row in connection.exec_driver_sql("PRAGMA compile_options")}
    assert "TEMP_STORE=2" in options
    assert pragma("temp_store") == 0
    services.database.close()


def test_a_copy_opens_with_the_same_key_put_in_its_place(data: Path) -> None:
    copy = data / "respaldos" / "copia.db"
    schema.copy(data / "agencia.db", copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    shutil.move(copy, data / "agencia.db")
    services = opened(data)
    assert services.padron.search(sign_in(services), "ficticia")
    services.database.close()


@pytest.mark.parametrize("content", [None, "", "hola", "ñ", "0" * 96, "llavero no.existe.Llavero base-1"])
def test_without_its_key_it_says_that_the_key_is_missing(data: Path, content: str | None) -> None:
    if content is None:
        key_file(data).unlink()
    else:
        key_file(data).write_text(content, "utf-8")
    assert refused(data) == "base.key"


def test_damage_is_no_missing_key(data: Path) -> None:
    content = bytearray((data / "agencia.db").read_bytes())
    content[200] ^= 1
    (data / "agencia.db").write_bytes(content)
    assert refused(data) == "base.damaged"


@pytest.mark.parametrize("left", [100, 4000, 4096, 40_960])
def test_a_file_cut_short_is_damaged(data: Path, left: int) -> None:
    content = (data / "agencia.db").read_bytes()
    (data / "agencia.db").write_bytes(content[:left])
    assert refused(data) == "base.damaged"


def test_a_file_that_is_no_database_is_damaged(data: Path) -> None:
    (data / "agencia.db").write_bytes(b"Esto no es una base de datos." * 1000)
    assert refused(data) == "base.damaged"
    key_file(data).unlink()
    assert refused(data) == "base.damaged"


def test_a_page_that_somebody_changed_is_found(data: Path) -> None:
    with closing(engine_sqlite.connect(data / "agencia.db")) as raw:
        root = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'agencia'").fetchone()[0]
    content = bytearray((data / "agencia.db").read_bytes())
    content[4096 * (root - 1) + 100] ^= 1
    (data / "agencia.db").write_bytes(content)
    assert refused(data) == "base.damaged"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_touch_is_refused(data: Path, mode: int) -> None:
    key_file(data).chmod(mode)
    assert refused(data) == "base.key_open"
    key_file(data).chmod(0o400)
    opened(data).database.close()


def test_without_what_decrypts(data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(llave_base, "possible", lambda: False)
    assert refused(data) == "base.no_cipher"
    # And a new agency there works, unencrypted.
    make_services(tmp_path / "otra", cifrada=True).database.close()
    assert llave_base.is_plain(tmp_path / "otra" / "agencia.db")


def test_the_key_is_for_the_account_alone(data: Path) -> None:
    assert key_file(data).stat().st_mode & 0o777 == 0o600
    assert key_file(data).parent.stat().st_mode & 0o777 == 0o700
    assert llave_base.lugar(data) is Lugar.ARCHIVO


def initialised(data: Path) -> Database:
    """Prepare an agency that is no demonstration, and open its database."""
    config = settings.Settings(data)
    instalacion.initialise(config, "017", "Agencia Quito Norte", "admin", PASSWORD, Clock())
    return Database(config.database)


def agencies(database: Database) -> int:
    return len(database.rows("SELECT codigo FROM agencia"))


def test_a_key_in_the_keyring(tmp_path: Path, system_keyring: type[MemoryKeyring]) -> None:
    data = tmp_path / "datos"
    database = initialised(data)
    assert agencies(database) == 1
    database.close()
    ((place, key),) = system_keyring.kept.items()
    assert place[0] == "agencia-app"
    assert key not in key_file(data).read_text()
    assert llave_base.lugar(data) is Lugar.LLAVERO
    with pytest.raises(sqlite3.DatabaseError), closing(sqlite3.connect(data / "agencia.db")) as raw:
        raw.execute("SELECT * FROM agencia")
    # A copy that was put away opens it when the keyring is gone.
    llave_base.copy_to(data, tmp_path / "guardada")
    assert (tmp_path / "guardada").stat().st_mode & 0o777 == 0o600
    system_keyring.kept.clear()
    with pytest.raises(KnownError, match=r"base\.key"):
        Database(data / "agencia.db")
    shutil.move(tmp_path / "guardada", key_file(data))
    again = Database(data / "agencia.db")
    assert agencies(again) == 1
    again.close()


def test_a_keyring_that_does_not_open_is_no_keyring(
    tmp_path: Path, system_keyring: type[MemoryKeyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_keyring, "locked", True)
    initialised(tmp_path / "datos").close()
    assert llave_base.lugar(tmp_path / "datos") is Lugar.ARCHIVO
    assert system_keyring.kept == {}


def test_a_keyring_that_locks_later(
    tmp_path: Path, system_keyring: type[MemoryKeyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    initialised(tmp_path / "datos").close()
    monkeypatch.setattr(system_keyring, "locked", True)
    with pytest.raises(KnownError, match=r"base\.key"):
        Database(tmp_path / "datos" / "agencia.db")


def test_a_preparation_that_fails_leaves_no_key(
    tmp_path: Path, system_keyring: type[MemoryKeyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KnownError("base.disk_full")

    monkeypatch.setattr(settings, "write", fail)
    with pytest.raises(KnownError, match=r"base\.disk_full"):
        initialised(tmp_path / "datos")
    assert not (tmp_path / "datos").exists()
    assert system_keyring.kept == {}


def test_a_key_that_is_there_is_kept(data: Path) -> None:
    """The database that it opens may only have been put away."""
    before = key_file(data).read_text()
    (data / "agencia.db").rename(data / "guardada.db")
    initialised(data).close()
    assert key_file(data).read_text() == before
    shutil.copy(data / "guardada.db", data / "agencia.db")
    opened(data).database.close()


def test_a_key_is_copied_to_a_new_file_only(data: Path, tmp_path: Path) -> None:
    (tmp_path / "hay").write_text("algo")
    with pytest.raises(FileExistsError):
        llave_base.copy_to(data, tmp_path / "hay")
    assert (tmp_path / "hay").read_text() == "algo"


# -- encrypting an agency that was prepared without ----------------------------------------


@pytest.fixture(scope="module")
def unencrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency of before, with somebody attended and a copy of before a migration; not to be touched."""
    data = tmp_path_factory.mktemp("abierta") / "datos"
    services = make_services(data)
    sesion = sign_in(services)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    schema.copy(services.database.path, data / "respaldos" / "antes.db")
    services.database.close()
    return data


@pytest.fixture
def old(unencrypted: Path, tmp_path: Path) -> Path:
    shutil.copytree(unencrypted, tmp_path / "vieja")
    return tmp_path / "vieja"


def in_clear(data: Path) -> list[str]:
    """Return the files of the database, or of a copy, that say anything of anybody."""
    files = [*data.glob("agencia.db*"), *(data / "respaldos").iterdir()]
    return sorted(each.name for each in files if any(word in each.read_bytes() for word in CLEAR))


def events(services: Services) -> list[str]:
    return [row[0] for row in services.database.rows("SELECT accion FROM bitacora ORDER BY seq")]


def test_an_old_agency_is_encrypted_with_its_copies(old: Path) -> None:
    before = opened(old)
    told, found = events(before), before.padron.search(sign_in(before), "ficticia")
    before.database.close()
    assert in_clear(old) == ["agencia.db", "antes.db"]
    done = cifrado.encrypt(settings.load(old), Clock())
    assert done.llave is Lugar.ARCHIVO
    assert done.pendientes == ()
    assert in_clear(old) == []
    assert sorted(each.name for each in old.glob("agencia.db*")) == ["agencia.db"]
    assert (old / "agencia.db").stat().st_mode & 0o777 == 0o600
    after = opened(old)
    # What was looked for above, and the one event of this.
    assert events(after) == [*told, "ingreso", "consulta.busqueda", "base.cifrada"]
    assert bitacora.verify(after.database).whole
    assert after.padron.search(sign_in(after), "ficticia") == found
    well = {each.que: each.salud for each in doctor(after)}
    assert well["protecciones"] is Salud.BIEN
    assert well["base"] is Salud.BIEN
    assert well["cifrado"] is Salud.BIEN
    after.database.close()
    # The copy of before opens with the key as well.
    with closing(engine_sqlite.connect(old / "respaldos" / "antes.db", llave_base.read(old))) as raw:
        assert raw.execute("SELECT count(*) FROM clave").fetchone() == (1,)


def doctor(services: Services) -> tuple[Hallazgo, ...]:
    return Doctor(
        services.database, services.settings, services.retencion, services.respaldos, services.rules, Clock()
    ).examine()


def test_the_doctor_says_what_is_in_clear(old: Path) -> None:
    def said() -> Hallazgo:
        services = opened(old)
        (one,) = (each for each in doctor(services) if each.que == "cifrado")
        services.database.close()
        return one

    assert said().salud is Salud.AVISO
    assert "agencia cifrar" in said().texto
    shutil.copy(old / "respaldos" / "antes.db", old / "guardada")
    cifrado.encrypt(settings.load(old), Clock())
    assert (
        said().texto == "La base de datos está cifrada; su llave está en un archivo de la carpeta de datos."
    )
    (old / "guardada").rename(old / "respaldos" / "otra.db")
    assert said().salud is Salud.AVISO
    assert "otra.db" in said().texto
    assert cifrado.encrypt(settings.load(old), Clock()).pendientes == ()  # again, for what was left
    assert in_clear(old) == []
    with pytest.raises(KnownError, match=r"cifrado\.already"):
        cifrado.encrypt(settings.load(old), Clock())


def test_a_copy_that_is_none_is_left_and_named(old: Path) -> None:
    broken = old / "respaldos" / "rota.db"
    broken.write_bytes((old / "agencia.db").read_bytes()[:5000])
    assert cifrado.encrypt(settings.load(old), Clock()).pendientes == (broken,)
    assert broken.stat().st_size == 5000


def test_somebody_else_at_work_refuses_it(old: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, old / "agencia.db"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(KnownError, match=r"base\.locked"):
            cifrado.encrypt(settings.load(old), Clock())
        other.communicate(b"\n")
    assert llave_base.is_plain(old / "agencia.db")
    cifrado.encrypt(settings.load(old), Clock())


HOLDS = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1])
held.execute("SELECT count(*) FROM agencia").fetchall()
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("where", ["export", "words", "link", "replace", "wipe"])
def test_cut_off_it_opens_with_one_or_the_other(
    old: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise OSError(28, "No queda espacio")

    places: dict[str, tuple[object, str]] = {
        "export": (engine_sqlite, "export"),
        "words": (cifrado, "_words"),
        "link": (os, "link"),
        "replace": (Path, "replace"),
        "wipe": (cifrado, "_wipe"),
    }
    llave_base.ensure(old, keyring=False)  # which moves a file too
    with monkeypatch.context() as broken:
        broken.setattr(*places[where], fail)
        with pytest.raises(KnownError, match=r"cifrado\.failed"):
            cifrado.encrypt(settings.load(old), Clock())
    services = opened(old)
    assert bitacora.verify(services.database).whole
    services.database.close()
    assert llave_base.is_plain(old / "agencia.db") is (where != "wipe")
    cifrado.encrypt(settings.load(old), Clock())
    assert in_clear(old) == []
    opened(old).database.close()


def test_a_copy_that_differs_takes_no_place(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = engine_sqlite.export

    def tampered(connection: sqlite3.Connection, target: Path, key: str) -> None:
        real(connection, target, key)
        connection.execute("UPDATE copia.persona SET nombres = 'OTRO'")

    monkeypatch.setattr(engine_sqlite, "export", tampered)
    with pytest.raises(KnownError, match=r"cifrado\.failed"):
        cifrado.encrypt(settings.load(old), Clock())
    assert llave_base.is_plain(old / "agencia.db")


def test_what_cannot_be_encrypted(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = settings.load(old)
    with pytest.raises(KnownError, match=r"cifrado\.server"):
        cifrado.encrypt(replace(config, base="postgresql://servidor/agencia"), Clock())
    monkeypatch.setattr(llave_base, "possible", lambda: False)
    with pytest.raises(KnownError, match=r"cifrado\.impossible"):
        cifrado.encrypt(config, Clock())


def test_copying_the_key_is_recorded(data: Path, old: Path, tmp_path: Path) -> None:
    services = opened(data)
    cifrado.copy_key(services.settings, tmp_path / "llave", services.database, Clock())
    assert (tmp_path / "llave").read_text() == key_file(data).read_text()
    assert events(services)[-1] == "llave_base.copiada"
    with pytest.raises(KnownError, match=r"cifrado\.copy"):
        cifrado.copy_key(services.settings, tmp_path / "llave", services.database, Clock())
    assert events(services).count("llave_base.copiada") == 1
    services.database.close()
    services = opened(old)
    with pytest.raises(KnownError, match=r"cifrado\.no_key"):
        cifrado.copy_key(services.settings, tmp_path / "otra", services.database, Clock())
    services.database.close()
