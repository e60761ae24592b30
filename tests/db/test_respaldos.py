"""Backups: made while windows work, opened by one key, and restored whole or not at all."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from agencia_app import app, settings
from agencia_app.models.db import dump_postgres, grants, guards_check, schema
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.services import bitacora, claves, invariantes, respaldo_archivo, respaldo_restaurar
from agencia_app.services.registry import Services
from agencia_app.services.respaldo_archivo import Manifiesto
from agencia_app.services.respaldos import Respaldos
from agencia_app.settings import Settings
from tests.factories import CEDULAS, Clock, add_people, person, ready_to_issue, sign_in
from tests.raw import raw_of

pytestmark = pytest.mark.usefixtures("programs")

_NUMBERS = count()
Place = Callable[[], Settings]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claves, "hasher", lambda: PasswordHasher.from_parameters(CHEAPEST))


@pytest.fixture
def key(services: Services, tmp_path: Path) -> Path:
    """The identity that opens the agency's backups, made."""
    services.respaldos.make_key(tmp_path / "llave.txt")
    return tmp_path / "llave.txt"


@pytest.fixture
def respaldos(services: Services, key: Path, clock: Clock) -> Respaldos:
    """The backups of the agency, as its next start has them."""
    recipient = str(respaldo_archivo.read_identity(key.read_text()).to_public())
    config = replace(settings.load(services.settings.data), respaldo_recibe=recipient)
    return Respaldos(services.database, config, services.agencia, clock)


@pytest.fixture
def empty(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Make an empty place for an agency, on the test's engine."""
    made = []

    def place() -> Settings:
        name = f"recuperada_{next(_NUMBERS)}"
        if engine == "sqlite":
            return Settings(tmp_path / name)
        made.append(name)
        return Settings(tmp_path / name, base=request.getfixturevalue("postgres").create_database(name))

    yield place
    for name in made:
        request.getfixturevalue("postgres").drop_agency(name)


def issued(services: Services, cedula: str = CEDULAS[0]) -> str:
    """Hand one clave out, and return the number of its recibo."""
    sesion = sign_in(services)
    numero = ready_to_issue(services, sesion, cedula).numero
    services.claves.issue(sesion, numero)
    services.claves.confirm_slip(sesion, numero, 1)
    services.tramites.finish(sesion, numero)
    emision = services.tramites.reload(numero).emision
    assert emision is not None
    return emision.recibo


@contextmanager
def opened(config: Settings, clock: Callable[[], datetime]) -> Iterator[Services]:
    """Open what was restored, as the next start does."""
    services = app.open_services(settings.load(config.data), clock)
    try:
        yield services
    finally:
        services.database.close()


def events(services: Services) -> list[str]:
    return [row[0] for row in services.database.rows("SELECT accion FROM bitacora ORDER BY seq")]


def refused(archive: Path, key: Path) -> str:
    with pytest.raises(KnownError) as refusal:
        respaldo_restaurar.check(archive, key)
    return refusal.value.code


def nothing_at(config: Settings) -> bool:
    """Whether a place is as empty as it was."""
    if config.data.exists():
        return False
    if not config.base:
        return True
    with closing(Database(config.base)) as database, database.engine.connect() as connection:
        return not inspect(connection).get_table_names()


def forged(made: Manifiesto, archive: Path, key: Path, target: Path, **changes: Any) -> Path:
    """Write the content of a backup under another manifest, as somebody with the public part could."""
    parts: dict[str, bytearray] = {}
    identity = respaldo_archivo.read_identity(key.read_text())
    with archive.open("rb") as file:
        respaldo_archivo.read(
            file, identity, lambda name, piece: parts.setdefault(name, bytearray()).extend(piece)
        )
    with target.open("wb") as file:
        respaldo_archivo.write(
            file,
            str(identity.to_public()),
            [(name, [bytes(content)]) for name, content in parts.items()],
            lambda found: replace(made, **({"partes": tuple(found)} | changes)),
        )
    return target


# -- there and back --------------------------------------------------------------------


def test_a_backup_becomes_the_agency_of_an_empty_place(
    services: Services, respaldos: Respaldos, key: Path, empty: Place, clock: Clock, tmp_path: Path
) -> None:
    before = issued(services)
    made = respaldos.create(tmp_path)
    assert events(services)[-1] == Evento.RESPALDO_CREADO
    clock.move(days=31)
    after = issued(services)
    config = empty()
    done = respaldo_restaurar.restore(made.archivo, key, config, clock)
    assert done.manifiesto == made.manifiesto
    with opened(config, clock) as restored:
        assert events(restored)[-1] == Evento.RESPALDO_RESTAURADO
        assert invariantes.check(restored.database).todos
        assert restored.agencia == services.agencia
        assert restored.verificacion.verify(before).estado is EstadoRecibo.AUTENTICO
        assert restored.verificacion.verify(after).estado is EstadoRecibo.DESCONOCIDO
        again = issued(restored)  # sealed with the key that was made here
        assert restored.verificacion.verify(again).estado is EstadoRecibo.AUTENTICO


@pytest.mark.postgres
def test_a_restored_server_has_its_two_accounts_and_what_each_may(
    services: Services, respaldos: Respaldos, key: Path, empty: Place, clock: Clock, tmp_path: Path
) -> None:
    made = respaldos.create(tmp_path)
    config = replace(empty(), equipo="CAJA-7")
    done = respaldo_restaurar.restore(made.archivo, key, config, clock)
    name = make_url(config.base).database
    owner = tomllib.loads((config.data / settings.OWNER_NAME).read_text("utf-8"))["base"]
    users = [make_url(each).username for each in (done.ajustes.base, owner)]
    assert users == [f"{name}_aplicacion", f"{name}_propietario"]
    with opened(config, clock) as restored:
        database = restored.database
        assert make_url(restored.settings.base).username == users[0]
        assert grants.wrong(database.reader()) == []
        assert guards_check.changed(database)[0] == []
        assert restored.ajustes.shown() == services.ajustes.shown()
        assert {"CAJA-7", services.settings.equipo} == {each.nombre for each in restored.equipos.listed()}
        with pytest.raises(KnownError, match=r"base\.rights"):
            database.reader().exec_driver_sql("DELETE FROM bitacora")
        issued(restored)
        assert invariantes.check(database).todos


def test_backups_made_while_windows_attend(
    services: Services, respaldos: Respaldos, key: Path, empty: Place, clock: Clock, tmp_path: Path
) -> None:
    add_people(services.database, *(person(cedula=each) for each in CEDULAS[1:]))
    # The agency's past is of a fixed day: its windows go on from there.
    ahead = (clock() - app.now()).total_seconds() + 60

    def later() -> datetime:
        return app.now() + timedelta(seconds=ahead)

    children = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.db.attend_child",
                services.settings.data,
                str(at + 1),
                str(ahead),
                *CEDULAS[at::3],
            ],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for at in range(3)
    ]
    try:
        made = []
        for each in range(3):
            for child in children:  # each handed one out since the backup before, and goes on
                assert child.stdout is not None
                assert child.stdout.readline()
            made.append(
                Respaldos(services.database, respaldos._config, services.agencia, later).create(
                    tmp_path / f"{each}.age"
                )
            )
    finally:
        told = [child.communicate()[0] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    seen = [backup.manifiesto.filas["recibo"] for backup in made]
    assert 3 <= seen[0] < seen[1] < seen[2]
    assert len("".join(told).split()) >= 3  # they went on to the end
    for backup in made:
        config = empty()
        respaldo_restaurar.restore(backup.archivo, key, config, later)
        with opened(config, later) as restored:
            assert invariantes.check(restored.database).todos
            assert restored.database.rows("SELECT count(*) FROM recibo") == [
                (backup.manifiesto.filas["recibo"],)
            ]


def test_its_manifest_says_what_it_holds(
    services: Services, respaldos: Respaldos, clock: Clock, tmp_path: Path
) -> None:
    issued(services)
    ((seq, head),) = services.database.rows("SELECT seq, hash FROM bitacora_cabeza")
    made = respaldos.create(tmp_path / "uno.age")
    said = made.manifiesto
    assert (said.agencia, said.revision, said.tomado_en) == ("017", schema.REVISIONS[-1], clock())
    assert (said.cabeza_seq, said.cabeza) == (seq, head)
    assert said.filas["recibo"] == 1
    assert said.filas["bitacora"] == seq
    assert said.partes
    assert made.archivo == tmp_path / "uno.age"
    assert made.archivo.stat().st_mode & 0o077 == 0
    assert made.bytes == made.archivo.stat().st_size


def test_nothing_is_left_in_clear(
    services: Services, respaldos: Respaldos, key: Path, empty: Place, clock: Clock, tmp_path: Path
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], apellidos="IRREPETIBLE"))
    before = {path for path in services.settings.data.rglob("*") if path.is_file()}
    made = respaldos.create(tmp_path)
    there = {path for path in services.settings.data.rglob("*") if path.is_file()}
    assert not [path for path in there - before if not path.name.endswith(("-wal", "-shm"))]
    assert b"IRREPETIBLE" not in made.archivo.read_bytes()
    assert not [path for path in there if b"AGE-SECRET-KEY" in path.read_bytes()]
    config = empty()
    respaldo_restaurar.restore(made.archivo, key, config, clock)
    left = {path.name for path in config.data.iterdir()} - {"llaves"}
    assert left == {"ajustes.toml", settings.OWNER_NAME if config.base else settings.DATABASE_NAME}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (config.data, *config.data.iterdir()))


# -- what is refused -------------------------------------------------------------------


@pytest.mark.sqlite
def test_one_byte_changed_anywhere_is_refused(respaldos: Respaldos, key: Path, tmp_path: Path) -> None:
    archive = respaldos.create(tmp_path).archivo
    whole = archive.read_bytes()
    header = whole.index(b"\n---") + 60
    positions = {
        *range(header),
        *range(header, len(whole), len(whole) // 50),
        len(whole) - 1,
        len(whole) // 2,
    }
    changed = tmp_path / "cambiado.age"
    for at in sorted(positions):
        content = bytearray(whole)
        content[at] ^= 0x01
        changed.write_bytes(content)
        assert refused(changed, key) in {"respaldo.damaged", "respaldo.key"}, at
    for cut in (0, 10, header, header + 1, len(whole) // 2, len(whole) - 1):
        changed.write_bytes(whole[:cut])
        assert refused(changed, key) == "respaldo.damaged", cut
    changed.write_bytes(whole + b"\0")
    assert refused(changed, key) == "respaldo.damaged"


@pytest.mark.sqlite
def test_another_key_and_what_is_no_key(
    services: Services, respaldos: Respaldos, key: Path, tmp_path: Path
) -> None:
    archive = respaldos.create(tmp_path).archivo
    services.respaldos.make_key(tmp_path / "otra.txt")
    assert refused(archive, tmp_path / "otra.txt") == "respaldo.key"
    (tmp_path / "nada.txt").write_text("hola\n")
    assert refused(archive, tmp_path / "nada.txt") == "respaldo.identity"
    assert refused(archive, tmp_path / "no-hay.txt") == "respaldo.identity"
    assert refused(tmp_path / "no-hay.age", key) == "respaldo.unreadable"


@pytest.mark.sqlite
def test_a_later_one_is_refused(respaldos: Respaldos, key: Path, tmp_path: Path) -> None:
    made = respaldos.create(tmp_path)
    later = forged(made.manifiesto, made.archivo, key, tmp_path / "luego.age", revision="9999")
    assert refused(later, key) == "base.newer"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"filas": {"recibo": 7}}, "respaldo.rows"),
        ({"filas": {"no_hay": 0}}, "respaldo.rows"),
        ({"cabeza": "0" * 64}, "respaldo.rows"),
        ({"agencia": "018"}, "respaldo.rows"),
        ({"partes": ()}, "respaldo.damaged"),
    ],
)
def test_what_is_not_what_it_says_leaves_nothing(
    respaldos: Respaldos,
    key: Path,
    empty: Place,
    clock: Clock,
    tmp_path: Path,
    changes: dict[str, Any],
    code: str,
) -> None:
    made = respaldos.create(tmp_path)
    other = forged(made.manifiesto, made.archivo, key, tmp_path / "otro.age", **changes)
    config = empty()
    with pytest.raises(KnownError, match=re.escape(code)):
        respaldo_restaurar.restore(other, key, config, clock)
    assert nothing_at(config)
    respaldo_restaurar.restore(made.archivo, key, config, clock)  # the good one still can be


def test_one_whose_invariants_do_not_hold_leaves_nothing(
    services: Services, respaldos: Respaldos, key: Path, empty: Place, clock: Clock, tmp_path: Path
) -> None:
    issued(services)
    with raw_of(services.database) as raw:
        raw.drop_trigger("bitacora_no_update")
        raw.execute("UPDATE bitacora SET actor = 'nadie' WHERE seq = 3")
    made = respaldos.create(tmp_path)
    config = empty()
    with pytest.raises(KnownError, match=r"respaldo\.broken") as refusal:
        respaldo_restaurar.restore(made.archivo, key, config, clock)
    assert refusal.value.data["cuales"] == "bitacora_integra, bitacora_no_update"
    assert nothing_at(config)


def test_one_without_its_guards_leaves_nothing(
    services: Services, respaldos: Respaldos, key: Path, empty: Place, clock: Clock, tmp_path: Path
) -> None:
    with raw_of(services.database) as raw:
        raw.drop_trigger("bitacora_no_delete")
    made = respaldos.create(tmp_path)
    config = empty()
    with pytest.raises(KnownError, match=r"respaldo\.broken") as refusal:
        respaldo_restaurar.restore(made.archivo, key, config, clock)
    assert refusal.value.data["cuales"] == "bitacora_no_delete"
    assert nothing_at(config)


@pytest.mark.sqlite
def test_settings_that_lead_elsewhere_leave_nothing(
    services: Services, respaldos: Respaldos, key: Path, empty: Place, clock: Clock, tmp_path: Path
) -> None:
    settings.write(replace(services.settings, base="postgresql://otra@otro/base", equipo="OTRO"))
    made = respaldos.create(tmp_path)
    config = empty()
    with pytest.raises(KnownError, match=r"respaldo\.damaged"):
        respaldo_restaurar.restore(made.archivo, key, config, clock)
    assert nothing_at(config)


@pytest.mark.sqlite
def test_one_of_an_agency_that_moved_to_a_server_leaves_nothing(
    services: Services, respaldos: Respaldos, key: Path, empty: Place, clock: Clock, tmp_path: Path
) -> None:
    with services.database.unit_of_work() as session:
        bitacora.record(session, None, Evento.AGENCIA_MIGRADA, en=clock(), servidor="x", base="x", equipo="x")
        session.commit()
    made = respaldos.create(tmp_path)
    config = empty()
    with pytest.raises(KnownError, match=r"base\.migrated"):
        respaldo_restaurar.restore(made.archivo, key, config, clock)
    assert nothing_at(config)


def test_only_an_empty_place_takes_one(
    services: Services, respaldos: Respaldos, key: Path, clock: Clock, tmp_path: Path
) -> None:
    made = respaldos.create(tmp_path)
    before = events(services)
    with pytest.raises(KnownError, match=r"data.exists|servidor.not_empty"):
        respaldo_restaurar.restore(made.archivo, key, services.settings, clock)
    assert events(services) == before


@pytest.mark.sqlite
def test_a_backup_of_the_other_engine_says_so(
    respaldos: Respaldos, key: Path, clock: Clock, tmp_path: Path
) -> None:
    made = respaldos.create(tmp_path)
    config = Settings(tmp_path / "otra", base="postgresql://127.0.0.1:1/nada")
    with pytest.raises(KnownError, match=r"respaldo\.engine"):
        respaldo_restaurar.restore(made.archivo, key, config, clock)


# -- making one ------------------------------------------------------------------------


def test_without_a_key_none_is_made(services: Services, tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"respaldo\.no_recipient"):
        services.respaldos.create(tmp_path)
    assert not services.respaldos.due()


@pytest.mark.sqlite
def test_the_key_goes_elsewhere(services: Services, tmp_path: Path) -> None:
    data = services.settings.data
    with pytest.raises(KnownError, match=r"respaldo\.here"):
        services.respaldos.make_key(data / "llave.txt")
    recipient = services.respaldos.make_key(tmp_path / "llave.txt")
    assert settings.load(data).respaldo_recibe == recipient
    assert (tmp_path / "llave.txt").stat().st_mode & 0o077 == 0
    with pytest.raises(KnownError, match=r"respaldo\.exists"):
        services.respaldos.make_key(tmp_path / "llave.txt")
    assert settings.load(data).respaldo_recibe == recipient


def test_one_that_cannot_be_written_leaves_nothing(
    services: Services, respaldos: Respaldos, tmp_path: Path
) -> None:
    before = events(services)
    (tmp_path / "ya.age").write_text("")
    with pytest.raises(KnownError, match=r"respaldo\.exists"):
        respaldos.create(tmp_path / "ya.age")
    with pytest.raises(KnownError, match=r"respaldo\.write"):
        respaldos.create(tmp_path / "no-hay" / "uno.age")
    with pytest.raises(KnownError, match=r"respaldo\.write"):
        respaldos.create(Path("/dev/full/uno.age"))
    with pytest.raises(KnownError, match=r"respaldo\.cancelled"):
        respaldos.create(tmp_path / "otro.age", cancelled=lambda: True)
    assert not list(tmp_path.glob("otro.age*"))
    assert not list(services.settings.data.glob("copia-*"))
    assert events(services) == before


def test_a_full_disk_is_said(respaldos: Respaldos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object, /) -> int:
            raise OSError(28, "No space left on device")

    def opened_full(handle: int, _mode: str) -> io.BytesIO:
        os.close(handle)
        return Full()

    monkeypatch.setattr(os, "fdopen", opened_full)
    with pytest.raises(KnownError, match=r"respaldo\.write"):
        respaldos.create(tmp_path / "uno.age")
    assert not list(tmp_path.glob("uno.age*"))


# -- one a day -------------------------------------------------------------------------


def test_one_a_day_and_the_last_ones_kept(respaldos: Respaldos, services: Services, clock: Clock) -> None:
    folder = services.settings.backups
    mine = Respaldos(
        services.database, replace(respaldos._config, respaldos_guardados=3), services.agencia, clock
    )
    made = []
    for _ in range(5):
        assert mine.due()
        done = mine.daily()
        assert done is not None
        made.append(done.archivo)
        assert not mine.due()
        assert mine.daily() is None
        assert mine.newest() == clock()
        clock.move(days=1)
    assert sorted(folder.iterdir()) == made[-3:]


def test_two_windows_make_one(engine: str, respaldos: Respaldos, services: Services, clock: Clock) -> None:
    if engine == "postgres":  # a window of its own is alone
        with closing(Database(services.settings.place)) as database:
            theirs = Respaldos(database, respaldos._config, services.agencia, clock)
            with theirs._alone() as alone:
                assert alone
                assert respaldos.daily() is None
    assert respaldos.daily() is not None


@pytest.mark.sqlite
def test_a_copy_that_was_cut_off_is_swept(respaldos: Respaldos, services: Services, tmp_path: Path) -> None:
    left, fresh = (services.settings.data / f"copia-para-respaldo-{name}.db" for name in ("vieja", "otra"))
    for each in (left, fresh):
        each.write_text("")
    os.utime(left, (0, 0))
    respaldos.create(tmp_path)
    assert not left.exists()
    assert fresh.exists()  # another's, perhaps, who is at it


# -- PostgreSQL's own programs ---------------------------------------------------------


def test_missing_programs_are_named(
    engine: str, respaldos: Respaldos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "sqlite":
        respaldos.create(tmp_path)  # it needs none
        return
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(dump_postgres, "_PLACES", ())
    with pytest.raises(KnownError, match=r"respaldo\.program"):
        respaldos.create(tmp_path)
    (tmp_path / "pg_dump").write_text(
        "#!/bin/sh\necho 'pg_dump: error: server version mismatch' >&2\nexit 1\n"
    )
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(KnownError, match=r"respaldo\.dump") as refusal:
        respaldos.create(tmp_path)
    assert refusal.value.data["message"] == "server version mismatch"
    assert not list(tmp_path.glob("*.age*"))
