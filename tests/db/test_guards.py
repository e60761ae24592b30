"""What the database itself refuses, whoever asks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from agencia_app.services import bitacora
from agencia_app.services.registry import Services
from tests.factories import ready_to_issue, sign_in


@pytest.fixture
def raw(services: Services) -> Iterator[sqlite3.Connection]:
    """A connection outside the application, to an agency with two claves issued."""
    sesion = sign_in(services)
    for _ in range(2):
        tramite = ready_to_issue(services, sesion)
        services.claves.issue(sesion, tramite.numero)
        services.claves.confirm_slip(sesion, tramite.numero)
        services.tramites.finish(sesion, tramite.numero)
    with closing(sqlite3.connect(services.settings.database)) as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE bitacora SET actor = 'otro' WHERE seq = 2", "no se modifica"),
        ("DELETE FROM bitacora WHERE seq = 2", "no se borra"),
        ("INSERT INTO bitacora SELECT 99, en, actor, ventanilla, accion, tramite, detalle, hash_previo, 'x' FROM bitacora WHERE seq = 1", "saltos"),
        ("UPDATE recibo SET ventanilla = 9", "no se modifica"),
        ("DELETE FROM recibo", "no se borra"),
        ("INSERT INTO recibo SELECT 99, 'x', anio, 9, tramite_id, operador_id, ventanilla, emitido_en, NULL FROM recibo LIMIT 1", "sin huecos"),
        ("DELETE FROM clave", "no se borra"),
        ("UPDATE clave SET hash = 'x'", "no se cambia"),
        ("UPDATE clave SET estado = 'vigente', fin_en = NULL WHERE estado = 'desactivada'", "ni revive"),
        ("UPDATE clave SET cedula = '2459999013' WHERE estado = 'desactivada'", "no se cambia"),
        ("UPDATE secuencia SET ultimo = 1", "no retrocede"),
        ("DELETE FROM secuencia", "no se borra"),
        ("INSERT INTO clave SELECT 99, cedula, tramite_id, 9, hash, estado, hoja, emitida_en, vence_en, fin_en FROM clave WHERE estado = 'vigente'", "UNIQUE"),
        ("UPDATE clave SET fin_en = NULL WHERE estado = 'desactivada'", "CHECK"),
        ("UPDATE usuario SET usuario = 'ADMIN' WHERE usuario = 'admin'", "CHECK"),
    ],
)  # fmt: skip
def test_refused(raw: sqlite3.Connection, statement: str, message: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=message):
        raw.execute(statement)


def test_a_chain_changed_behind_the_triggers_is_found(raw: sqlite3.Connection, services: Services) -> None:
    whole = bitacora.verify(services.database)
    assert whole.broken is None
    assert whole.rows > 10
    raw.execute("DROP TRIGGER bitacora_no_update")
    raw.execute("UPDATE bitacora SET actor = 'otro' WHERE seq = 7")
    raw.commit()
    assert bitacora.verify(services.database).broken == 7


def test_a_row_taken_out_is_found(raw: sqlite3.Connection, services: Services) -> None:
    raw.execute("DROP TRIGGER bitacora_no_delete")
    raw.execute("DELETE FROM bitacora WHERE seq = 3")
    raw.commit()
    assert bitacora.verify(services.database).broken == 4
