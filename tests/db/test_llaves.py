"""The signing keys: for one account's eyes, changed without breaking what was signed."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import BitacoraRow, LlaveRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.services import bitacora, llaves
from agencia_app.services.llaves import Llaves
from agencia_app.services.registry import Services
from tests.factories import Clock, ready_to_issue, sign_in
from tests.raw import Raw

BODY = "RECIBO1"


def keys(database: Database) -> list[LlaveRow]:
    with database.reading() as session:
        return list(
            session.scalars(select(LlaveRow).order_by(LlaveRow.creada_en, LlaveRow.retirada_en.is_(None)))
        )


def files(services: Services) -> set[str]:
    return {path.name for path in (services.settings.data / llaves.FOLDER).iterdir()}


def only_key(services: Services) -> LlaveRow:
    (key,) = keys(services.database)
    return key


def private(services: Services) -> Path:
    return services.settings.data / llaves.FOLDER / f"{only_key(services).id}.pem"


def refused(services: Services) -> str:
    """Return why a fresh process could not sign."""
    fresh = Llaves(services.database, services.settings.data, Clock(), services.settings.equipo)
    with pytest.raises(KnownError) as error:
        fresh.check()
    return error.value.code


def test_a_prepared_agency_has_one_key_that_signs(services: Services) -> None:
    with services.database.reading() as session:
        signer = services.llaves.signer(session)
    assert signer.llave == only_key(services).id
    signature = signer.sign(BODY)
    assert llaves.signed_by(only_key(services), BODY, signature)
    assert not llaves.signed_by(only_key(services), BODY + "2", signature)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_the_private_part_is_its_owners_alone(services: Services) -> None:
    def others(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode) & 0o077

    assert others(private(services)) == others(private(services).parent) == 0
    services.llaves.rotate()
    (made,) = (services.settings.data / llaves.FOLDER).iterdir()
    assert others(made) == others(made.parent) == 0


def test_the_private_part_is_in_no_other_file(services: Services) -> None:
    lines = private(services).read_text("ascii").splitlines()
    assert lines[0] == "-----BEGIN PRIVATE KEY-----"
    services.llaves.rotate()
    secret = lines[1].encode()
    for path in services.settings.data.rglob("*"):
        assert path.is_dir() or secret not in path.read_bytes(), path


@pytest.mark.sqlite  # there are no older ones of many windows
def test_an_older_agency_gets_its_key_once(services: Services, clock: Clock) -> None:
    with services.database.engine.begin() as connection:
        Raw(services.database, connection).drop_trigger("llave_no_delete")
        connection.exec_driver_sql("DELETE FROM llave")
    fresh = Llaves(services.database, services.settings.data, clock, services.settings.equipo)
    fresh.ensure()
    made = only_key(services).id
    fresh.ensure()
    assert only_key(services).id == made
    fresh.check()


def test_rotating_retires_the_key_and_takes_its_private_part_away(services: Services, clock: Clock) -> None:
    old = only_key(services)
    with services.database.reading() as session:
        signature = services.llaves.signer(session).sign(BODY)
    clock.move(hours=1)
    new = services.llaves.rotate()
    before, after = keys(services.database)
    assert (before.id, before.retirada_en) == (old.id, clock())
    assert (after.id, after.retirada_en) == (new, None)
    assert files(services) == {f"{new}.pem"}
    assert llaves.signed_by(before, BODY, signature)
    assert not llaves.signed_by(after, BODY, signature)
    with services.database.reading() as session:
        last = session.scalars(select(BitacoraRow).order_by(BitacoraRow.seq.desc()).limit(2)).all()
    assert [(row.accion, row.actor.partition(":")[0], json.loads(row.detalle)["llave"]) for row in last] == [
        ("llave.creada", "sistema", new),
        ("llave.retirada", "sistema", old.id),
    ]
    assert bitacora.verify(services.database).broken is None


def test_a_window_signs_with_the_key_that_another_process_put_in_use(services: Services) -> None:
    services.llaves.check()  # the old one is loaded
    new = Llaves(services.database, services.settings.data, Clock(), services.settings.equipo).rotate()
    with services.database.reading() as session:
        signer = services.llaves.signer(session)
    assert signer.llave == new
    assert llaves.signed_by(keys(services.database)[-1], BODY, signer.sign(BODY))


@pytest.fixture
def another_key(services: Services, tmp_path: Path) -> bytes:
    other = Llaves(services.database, tmp_path, Clock(), "otro equipo")
    with services.database.unit_of_work() as session:
        name = other.create(session)
        session.rollback()
    return (tmp_path / llaves.FOLDER / f"{name}.pem").read_bytes()


@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "other", "not ours", "folder"])
def test_without_its_file_nothing_is_signed_until_the_key_is_changed(
    services: Services, another_key: bytes, damage: str
) -> None:
    path = private(services)
    pem = path.read_bytes()
    path.unlink()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(pem[: len(pem) // 2])
    elif damage == "other":
        path.write_bytes(another_key)
    elif damage == "not ours":
        path.write_bytes(_elliptic())
    elif damage == "folder":
        path.mkdir()
    assert refused(services) == "llave.missing"
    if path.is_dir():
        path.rmdir()
    fresh = Llaves(services.database, services.settings.data, Clock(), services.settings.equipo)
    fresh.rotate()
    fresh.check()


def _elliptic() -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - this damage alone needs it
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - this damage alone needs it

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_without_a_key_nothing_is_issued_and_the_earlier_clave_stays(services: Services) -> None:
    sesion = sign_in(services)
    tramite = ready_to_issue(services, sesion)
    private(services).unlink()
    fresh = Llaves(services.database, services.settings.data, Clock(), services.settings.equipo)
    services.claves._llaves = fresh
    with pytest.raises(KnownError, match=r"llave\.missing"):
        services.claves.issue(sesion, tramite.numero)
    assert services.tramites.reload(tramite.numero).emision is None
    fresh.rotate()
    assert services.claves.issue(sesion, tramite.numero).tramite.emision is not None


def test_a_rotation_that_cannot_write_changes_nothing(services: Services) -> None:
    folder = services.settings.data / llaves.FOLDER
    aside = folder.rename(folder.with_name("aparte"))
    folder.write_text("no es una carpeta")
    with pytest.raises(KnownError, match=r"llave\.folder"):
        services.llaves.rotate()
    folder.unlink()
    aside.rename(folder)
    assert only_key(services).retirada_en is None
    Llaves(services.database, services.settings.data, Clock(), services.settings.equipo).check()


def test_what_a_rotation_cut_off_left_is_swept(services: Services) -> None:
    folder = services.settings.data / llaves.FOLDER
    (folder / "AAAAAAAA.nueva").write_bytes(b"half")
    (folder / "BBBBBBBB.pem").write_bytes(b"never in use")
    new = services.llaves.rotate()
    assert files(services) == {f"{new}.pem"}


def test_a_public_key_put_under_anothers_id_is_refused(services: Services) -> None:
    row = only_key(services)
    with services.database.reading() as session:
        signature = services.llaves.signer(session).sign(BODY)
    forged = LlaveRow(id="AAAAAAAA", publica=row.publica, creada_en=row.creada_en, retirada_en=None)
    assert not llaves.signed_by(forged, BODY, signature)


def test_each_machine_signs_with_a_key_of_its_own(services: Services, tmp_path: Path) -> None:
    other = Llaves(services.database, tmp_path, Clock(), "CAJA-5")
    with services.database.unit_of_work() as session:
        made = other.create(session)
        session.commit()
    with services.database.reading() as session:
        mine, theirs = services.llaves.signer(session), other.signer(session)
    assert (theirs.llave, mine.llave == made) == (made, False)
    assert {row.id: row.equipo for row in keys(services.database)} == {
        mine.llave: services.settings.equipo,
        made: "CAJA-5",
    }
    for row in keys(services.database):
        signer = theirs if row.id == made else mine
        assert llaves.signed_by(row, BODY, signer.sign(BODY))
    new = other.rotate()
    services.llaves.check()
    assert {row.id for row in keys(services.database) if row.retirada_en is None} == {mine.llave, new}
    with (
        pytest.raises(DBAPIError, match="cada equipo tiene una sola en uso"),
        services.database.unit_of_work() as session,
    ):
        other.create(session)
