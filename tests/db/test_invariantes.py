"""The invariants: whole after real work, and each one told when it is broken behind the program."""

from __future__ import annotations

import pytest

from agencia_app.models.db.session import Database
from agencia_app.services import hashing, invariantes
from agencia_app.services.registry import Services
from tests.factories import CEDULAS, Clock, add_people, person, ready_to_issue, sign_in
from tests.raw import raw_of


@pytest.fixture
def attended(services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Two people with a clave: one came twice, the other's first slip was spoiled."""
    monkeypatch.setattr(services.claves, "hasher", hashing.cheap)
    add_people(services.database, person(cedula=CEDULAS[1]))
    sesion = sign_in(services)
    for cedula in (CEDULAS[0], CEDULAS[1], CEDULAS[0]):
        numero = ready_to_issue(services, sesion, cedula).numero
        services.claves.issue(sesion, numero)
        clock.move(minutes=1)
        if cedula == CEDULAS[1]:
            services.claves.replace_slip(sesion, numero, 1)
        services.claves.confirm_slip(sesion, numero, 2 if cedula == CEDULAS[1] else 1)
        services.tramites.finish(sesion, numero)
        clock.move(days=31)
    return services


def behind(database: Database, *statements: str) -> None:
    """Change what the triggers and indexes refuse, as somebody with the file or the server could."""
    with raw_of(database) as raw:
        raw.without_guards()
        raw.execute("DROP INDEX uq_clave_cedula_vigente")
        for each in statements:
            raw.execute(each)


def test_an_agency_without_issuances_is_whole(services: Services) -> None:
    assert invariantes.check(services.database).todos


def test_real_work_leaves_it_whole(attended: Services) -> None:
    found = invariantes.check(attended.database)
    assert found.todos
    assert found.rotos == ()


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["UPDATE clave SET estado = 'vigente', fin_en = NULL"], ["una_clave_vigente"]),
        (
            ["UPDATE clave SET estado = 'desactivada', fin_en = emitida_en WHERE estado = 'vigente'"],
            ["una_clave_vigente"],
        ),
        (
            ["DELETE FROM recibo WHERE secuencia = 2"],
            ["recibos_sin_huecos", "cuentas_iguales"],
        ),
        (
            ["DELETE FROM recibo WHERE secuencia = (SELECT MAX(secuencia) FROM recibo)"],
            ["recibos_sin_huecos", "cuentas_iguales"],
        ),
        (["UPDATE recibo SET secuencia = secuencia + 9"], ["recibos_sin_huecos"]),
        (["UPDATE tramite SET firmado_en = NULL"], ["cuentas_iguales"]),
        (["UPDATE solicitud SET cedula = '2459999013' WHERE id = 1"], ["cuentas_iguales"]),
        (
            [
                (
                    "INSERT INTO reglamento (id, clase, nombre, contenido, rige_desde, puesto_por, puesto_en) "
                    "SELECT 1, 'elecciones', '', 'fechas = [2025-02-09]', '2025-02-09', MIN(id), '2025-02-09 12:00:00' FROM usuario"
                )
            ],
            ["cuentas_iguales"],
        ),
        (["UPDATE bitacora SET actor = 'otro' WHERE seq = 3"], ["bitacora_integra"]),
        (
            ["DELETE FROM bitacora WHERE accion = 'clave.emitida'"],
            ["bitacora_integra", "cuentas_iguales"],
        ),
        (
            ["UPDATE bitacora SET tramite = '' WHERE accion = 'clave.emitida'"],
            ["bitacora_integra", "cuentas_iguales"],
        ),
    ],
)
def test_what_is_broken_is_named(attended: Services, statements: list[str], broken: list[str]) -> None:
    behind(attended.database, *statements)
    assert list(invariantes.check(attended.database).rotos) == broken
