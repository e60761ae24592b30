"""Migrations go up and down, match the mappings, and refuse what is newer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from agencia_app import app, settings
from agencia_app.models.db import schema
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import EstadoImpresion
from agencia_app.models.domain.sello import EstadoRecibo
from tests.factories import Clock, add_people, make_services, person, ready_to_issue, sign_in


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "agencia.db")
    yield made
    made.close()


def tables(database: Database) -> set[str]:
    return {row[0] for row in database.reader().exec_driver_sql("SELECT name FROM sqlite_master")}


def test_the_revisions_are_the_scripts() -> None:
    script = ScriptDirectory(str(schema.MIGRATIONS))
    assert tuple(reversed([each.revision for each in script.walk_revisions()])) == schema.REVISIONS


def test_no_drift_between_migrations_and_mappings(database: Database, tmp_path: Path) -> None:
    schema.prepare(database, tmp_path)
    with database.engine.begin() as connection:
        command.check(schema._config(connection))


@pytest.mark.parametrize("revision", schema.REVISIONS)
def test_each_migration_goes_up_and_down(database: Database, revision: str) -> None:
    schema.upgrade(database, revision)
    before = tables(database)
    schema.downgrade(database, "-1")
    schema.upgrade(database, revision)
    assert tables(database) == before
    schema.downgrade(database, "base")
    assert {name for name in tables(database) if not name.startswith("sqlite_")} == {"alembic_version"}


def test_an_older_database_is_copied_and_migrated_with_its_data(database: Database, tmp_path: Path) -> None:
    schema.upgrade(database, schema.REVISIONS[-2])
    add_people(database, person())
    database.close()
    schema.prepare(database, tmp_path / "respaldos")
    (copy,) = (tmp_path / "respaldos").iterdir()
    old = Database(copy)
    assert (
        old.reader().exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        == schema.REVISIONS[-2]
    )
    assert old.reader().exec_driver_sql("SELECT apellidos FROM persona").scalar() == "FICTICIA NÚÑEZ"
    old.close()
    found = database.reader().exec_driver_sql("SELECT rowid FROM persona_nombre('nunez')").scalar()
    assert found == 2459999005


def test_a_newer_database_is_refused_untouched(database: Database, tmp_path: Path) -> None:
    schema.prepare(database, tmp_path)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(KnownError, match=r"base\.newer"):
        schema.prepare(database, tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agencia.db"
    path.write_bytes(b"esto no es una base de datos" * 100)
    database = Database(path)
    with pytest.raises(KnownError, match=r"base\.damaged"):
        schema.prepare(database, tmp_path)
    assert path.read_bytes().startswith(b"esto no es")
    database.close()


def test_a_copy_that_cannot_be_made_stops_the_migration(database: Database, tmp_path: Path) -> None:
    schema.upgrade(database, schema.REVISIONS[-2])
    database.close()
    (tmp_path / "respaldos").write_text("aquí no cabe ninguna copia")
    with pytest.raises(KnownError, match=r"base\.copy"):
        schema.prepare(database, tmp_path / "respaldos")
    at = database.reader().exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    assert at == schema.REVISIONS[-2]


def test_a_recibo_from_before_jobs_were_recorded_prints_and_verifies(tmp_path: Path) -> None:
    data = tmp_path / "datos"
    services = make_services(data)
    sesion = sign_in(services)
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    schema.downgrade(services.database, "0003")
    services.database.close()
    shutil.rmtree(data / "llaves")
    clock = Clock()
    clock.move(minutes=5)
    services = app.open_services(settings.load(data), clock)
    services.dispatcher.take_up()
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    services.dispatcher.work()
    (recibo,) = services.impresiones.of_tramite(tramite.numero)
    assert recibo.estado is EstadoImpresion.IMPRESO
    assert services.verificacion.verify(recibo.numero).estado is EstadoRecibo.AUTENTICO
    services.database.close()


def test_who_is_being_attended_keeps_what_was_known_of_them(tmp_path: Path) -> None:
    services = make_services(tmp_path / "datos")
    numero = services.tramites.attend(sign_in(services), person().cedula).tramite.numero  # type: ignore[union-attr]
    schema.downgrade(services.database, "0004")
    schema.upgrade(services.database, "head")
    tramite = services.tramites.reload(numero)
    assert (tramite.correo_antes, tramite.celular_antes) == ("maria@ejemplo.ec", "0999999999")
    services.database.close()
