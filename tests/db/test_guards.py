"""What the database itself refuses, whoever asks."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.models.db.session import Database
from agencia_app.services import bitacora
from tests.factories import Clock, ready_to_issue, sign_in


@pytest.fixture(scope="module")
def issued(agency: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency with two claves issued to the same person."""
    data = tmp_path_factory.mktemp("emitidas") / "datos"
    shutil.copytree(agency, data)
    services = app.open_services(settings.load(data), Clock())
    sesion = sign_in(services)
    for _ in range(2):
        tramite = ready_to_issue(services, sesion)
        services.claves.issue(sesion, tramite.numero)
        services.claves.confirm_slip(sesion, tramite.numero, 1)
        services.tramites.finish(sesion, tramite.numero)
    services.database.close()
    return data / settings.DATABASE_NAME


@pytest.fixture
def database(issued: Path, tmp_path: Path) -> Iterator[Database]:
    copy = Database(tmp_path / "agencia.db")
    shutil.copy(issued, copy.path)
    yield copy
    copy.close()


@pytest.fixture
def raw(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection outside the application."""
    with closing(sqlite3.connect(database.path)) as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE bitacora SET actor = 'otro' WHERE seq = 2", "no se modifica"),
        ("DELETE FROM bitacora WHERE seq = 2", "no se borra"),
        ("INSERT INTO bitacora (seq, en, actor, ventanilla, accion, tramite, detalle, hash_previo, hash) SELECT 99, en, actor, ventanilla, accion, tramite, detalle, hash_previo, 'x' FROM bitacora WHERE seq = 1", "saltos"),
        ("UPDATE recibo SET ventanilla = 9", "no se modifica"),
        ("DELETE FROM recibo", "no se borra"),
        ("INSERT INTO recibo SELECT 99, 'x', anio, 9, 99, operador_id, ventanilla, emitido_en, NULL, '', '', '', '', dia FROM recibo LIMIT 1", "sin huecos"),
        ("DELETE FROM clave", "no se borra"),
        ("UPDATE clave SET hash = 'x'", "no se cambia"),
        ("UPDATE clave SET estado = 'vigente', fin_en = NULL WHERE estado = 'desactivada'", "ni revive"),
        ("UPDATE clave SET cedula = '2459999013' WHERE estado = 'desactivada'", "no se cambia"),
        ("UPDATE secuencia SET ultimo = 1", "no retrocede"),
        ("DELETE FROM secuencia", "no se borra"),
        ("INSERT INTO clave SELECT 99, cedula, tramite_id, 9, hash, estado, hoja, emitida_en, vence_en, fin_en FROM clave WHERE estado = 'vigente'", "no se reemplaza"),
        ("INSERT OR REPLACE INTO clave SELECT id, cedula, tramite_id, intento, 'x', estado, hoja, emitida_en, vence_en, fin_en FROM clave WHERE estado = 'vigente'", "no se reemplaza"),
        ("INSERT OR REPLACE INTO recibo SELECT id, 'x', anio, 3, 99, operador_id, ventanilla, emitido_en, NULL, '', '', '', '', dia FROM recibo LIMIT 1", "no se reemplaza"),
        ("INSERT OR REPLACE INTO secuencia SELECT serie, anio, 1 FROM secuencia", "no se reemplaza"),
        ("UPDATE clave SET hoja = 'por_confirmar'", "no se cambia"),
        ("UPDATE clave SET vence_en = '2099-01-01'", "no se cambia"),
        ("UPDATE clave SET fin_en = NULL WHERE estado = 'desactivada'", "CHECK"),
        ("UPDATE usuario SET usuario = 'ADMIN' WHERE usuario = 'admin'", "no cambia de nombre"),
    ],
)  # fmt: skip
def test_refused(raw: sqlite3.Connection, statement: str, message: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=message):
        raw.execute(statement)


def test_a_chain_changed_behind_the_triggers_is_found(raw: sqlite3.Connection, database: Database) -> None:
    whole = bitacora.verify(database)
    assert whole.broken is None
    assert whole.rows > 10
    raw.execute("DROP TRIGGER bitacora_no_update")
    raw.execute("UPDATE bitacora SET actor = 'otro' WHERE seq = 7")
    raw.commit()
    assert bitacora.verify(database).broken == 7


def test_a_row_taken_out_is_found(raw: sqlite3.Connection, database: Database) -> None:
    raw.execute("DROP TRIGGER bitacora_no_delete")
    raw.execute("DELETE FROM bitacora WHERE seq = 3")
    raw.commit()
    assert bitacora.verify(database).broken == 3
