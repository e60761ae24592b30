"""What must hold of an agency's database whatever happened to it: load, a killed window, a restored copy.

The constraints and triggers keep these; looking is what tells that they did. Each look is plain SQL
over the whole table, in one moment of the database, and holds no window up.

Source: DESIGN "One valid clave per person", "Issuance is one transaction", "gapless numbers".
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from agencia_app.models.domain.clave import EstadoClave
from agencia_app.models.domain.evento import Evento
from agencia_app.services.bitacora_verify import verify_within

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from agencia_app.models.db.session import Database

# SQL of our own constants.
# ruff: noqa: S608

_VALID, _REPLACED = EstadoClave.VIGENTE.value, EstadoClave.DESACTIVADA.value
# A cédula with two valid claves, or whose last one gave way to another that is not there.
_TWO_OR_NONE = (
    "SELECT COUNT(*) FROM (SELECT cedula FROM clave GROUP BY cedula HAVING "
    f"SUM(CASE WHEN estado = '{_VALID}' THEN 1 ELSE 0 END) > 1 OR "
    f"MAX(id) = MAX(CASE WHEN estado = '{_REPLACED}' THEN id END)) AS wrong"
)
_GAPS = (
    "SELECT COUNT(*) FROM (SELECT recibo.anio FROM recibo LEFT JOIN secuencia "
    "ON secuencia.serie = 'recibo' AND secuencia.anio = recibo.anio GROUP BY recibo.anio, secuencia.ultimo "
    "HAVING MIN(secuencia) <> 1 OR MAX(secuencia) <> COUNT(*) OR COUNT(DISTINCT secuencia) <> COUNT(*) "
    "OR COUNT(DISTINCT numero) <> COUNT(*) OR ultimo IS NULL OR ultimo <> COUNT(*)) AS wrong"
)
_ISSUED = "SELECT COUNT(*) FROM clave WHERE intento = 1"
_RECIBOS = "SELECT COUNT(*) FROM recibo"
_EVENTS = f"SELECT COUNT(*) FROM bitacora WHERE accion = '{Evento.CLAVE_EMITIDA}'"
_AGAIN = "SELECT COUNT(*) FROM clave WHERE intento > 1"
_AGAIN_EVENTS = f"SELECT COUNT(*) FROM bitacora WHERE accion = '{Evento.CLAVE_REEMPLAZADA}'"
_RULES = "SELECT COUNT(*) FROM reglamento"
_RULES_EVENTS = f"SELECT COUNT(*) FROM bitacora WHERE accion = '{Evento.REGLAMENTO_PUESTO}'"
_TOGETHER = (
    "SELECT COUNT(DISTINCT recibo.id) FROM recibo JOIN tramite ON tramite.id = recibo.tramite_id "
    "JOIN clave ON clave.tramite_id = tramite.id AND clave.intento = 1 AND clave.cedula = tramite.cedula "
    f"JOIN bitacora ON bitacora.tramite = tramite.numero AND bitacora.accion = '{Evento.CLAVE_EMITIDA}'"
)
# A solicitud in the trámite of somebody else, or presented there without a signature; or signed and not presented.
_ASTRAY = (
    "SELECT COUNT(*) FROM solicitud JOIN tramite ON tramite.id = solicitud.tramite_id "
    "WHERE solicitud.cedula <> tramite.cedula "
    "OR (solicitud.estado = 'presentada') <> (tramite.firmado_en IS NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Invariantes:
    """Which of the invariants hold.

    ``una_clave_vigente``: no cédula has two valid claves, and none lost its clave to one that is not
    there. ``recibos_sin_huecos``: the recibos of each year are 1, 2, 3 … as far as the counter says.
    ``bitacora_integra``: its chain is whole. ``cuentas_iguales``: claves issued, recibos and events of
    an issuance are as many, and of the same trámites; those of another slip as many as their events, and
    versions of the rules as theirs; each solicitud is in a trámite of its person, and presented where signed.
    """

    una_clave_vigente: bool
    recibos_sin_huecos: bool
    bitacora_integra: bool
    cuentas_iguales: bool

    @property
    def todos(self) -> bool:
        """Whether all of them hold."""
        return not self.rotos

    @property
    def rotos(self) -> tuple[str, ...]:
        """The names of those that do not."""
        return tuple(each.name for each in fields(self) if not getattr(self, each.name))


def check(database: Database) -> Invariantes:
    """Look at the whole database: each invariant over what was committed when it began.

    Raises KnownError ``base.*``.
    """
    with database.snapshot() as connection:
        return check_within(database, connection)


def check_within(database: Database, connection: Connection) -> Invariantes:
    """Look likewise at what a connection to the database sees, be it committed or not."""
    issued = _count(connection, _ISSUED)
    return Invariantes(
        una_clave_vigente=_count(connection, _TWO_OR_NONE) == 0,
        recibos_sin_huecos=_count(connection, _GAPS) == 0,
        bitacora_integra=verify_within(database, connection).whole,
        cuentas_iguales=all(_count(connection, each) == issued for each in (_RECIBOS, _EVENTS, _TOGETHER))
        and _count(connection, _AGAIN) == _count(connection, _AGAIN_EVENTS)
        and _count(connection, _RULES) == _count(connection, _RULES_EVENTS)
        and _count(connection, _ASTRAY) == 0,
    )


def _count(connection: Connection, statement: str) -> int:
    return int(connection.exec_driver_sql(statement).scalar_one())
