"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from agencia_app import app, settings
from agencia_app.models.db.session import Database
from agencia_app.models.domain.evento import Evento
from agencia_app.services import bitacora
from agencia_app.services.registry import Services
from tests.conftest import Places
from tests.factories import Clock, ready_to_issue, sign_in
from tests.raw import raw_of


@pytest.fixture(scope="module")
def issued(engine: str, agencies: Callable[[str], Path], places: Places) -> Iterator[Database]:
    """An agency with two claves issued to the same person; what is refused leaves it as it is."""
    data = places.copy(agencies(engine))
    services = app.open_services(settings.load(data), Clock())
    sesion = sign_in(services)
    for _ in range(2):
        tramite = ready_to_issue(services, sesion)
        services.claves.issue(sesion, tramite.numero)
        services.claves.confirm_slip(sesion, tramite.numero, 1)
        services.tramites.finish(sesion, tramite.numero)
    yield services.database
    services.database.close()
    places.drop(data)


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
        pytest.param("INSERT OR REPLACE INTO clave SELECT id, cedula, tramite_id, intento, 'x', estado, hoja, emitida_en, vence_en, fin_en FROM clave WHERE estado = 'vigente'", "no se reemplaza", marks=pytest.mark.sqlite),
        pytest.param("INSERT OR REPLACE INTO recibo SELECT id, 'x', anio, 3, 99, operador_id, ventanilla, emitido_en, NULL, '', '', '', '', dia FROM recibo LIMIT 1", "no se reemplaza", marks=pytest.mark.sqlite),
        pytest.param("INSERT OR REPLACE INTO secuencia SELECT serie, anio, 1 FROM secuencia", "no se reemplaza", marks=pytest.mark.sqlite),
        ("UPDATE clave SET hoja = 'por_confirmar'", "no se cambia"),
        ("UPDATE clave SET vence_en = '2099-01-01'", "no se cambia"),
        ("UPDATE clave SET fin_en = NULL WHERE estado = 'desactivada'", "no se cambia"),
        ("UPDATE clave SET fin_en = '2099-01-01' WHERE estado = 'desactivada'", "no se cambia"),
        ("UPDATE clave SET estado = 'anulada' WHERE estado = 'desactivada'", "no se cambia"),
        ("UPDATE bitacora SET sal = '', detalle = '' WHERE compromiso <> ''", "solo se depura"),
        pytest.param("INSERT INTO ajuste SELECT 99, 'ventanillas', '1', id, '2026-01-01' FROM usuario WHERE rol = 'administrador'", "en orden", marks=pytest.mark.postgres),
        ("UPDATE usuario SET usuario = 'ADMIN' WHERE usuario = 'admin'", "no cambia de nombre"),
    ],
)  # fmt: skip
def test_refused(issued: Database, statement: str, message: str) -> None:
    with raw_of(issued) as raw, pytest.raises(IntegrityError, match=message):
        raw.execute(statement)


def test_a_retired_key_seals_nothing(services: Services) -> None:
    sesion = sign_in(services)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    services.llaves.rotate()
    with raw_of(services.database) as raw, pytest.raises(IntegrityError, match="ya no sella"):
        raw.execute(
            "INSERT INTO recibo SELECT 99, 'x', anio, 2, tramite_id, operador_id, ventanilla, emitido_en, NULL, "
            "contenido, huella, llave, firma, dia FROM recibo"
        )


def test_a_forged_purge_of_late_covers_nothing(services: Services, clock: Clock) -> None:
    with services.database.unit_of_work() as session:
        bitacora.record(
            session, None, Evento.RETENCION_DEPURADA, en=clock(),
            clase="bitacora", hasta="2099-01-01T05:00:00.000000+00:00", exceptuadas="",
        )  # fmt: skip
        session.commit()
    with raw_of(services.database) as raw:
        raw.without_guards()
        raw.execute("UPDATE bitacora SET sal = '', detalle = '' WHERE seq = 2")
    assert bitacora.verify(services.database).broken == 2


def test_a_chain_changed_behind_the_triggers_is_found(services: Services) -> None:
    with raw_of(services.database) as raw:
        raw.without_guards()
        raw.execute("UPDATE bitacora SET actor = 'otro' WHERE seq = 2")
    assert bitacora.verify(services.database).broken == 2


def test_a_row_taken_out_is_found(services: Services) -> None:
    with raw_of(services.database) as raw:
        raw.without_guards()
        raw.execute("DELETE FROM acceso")
        raw.execute("DELETE FROM bitacora WHERE seq = 3")
    assert bitacora.verify(services.database).broken == 3
