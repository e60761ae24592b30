"""What the application's account may do in an agency's PostgreSQL: the least that its work needs.

Nobody at a window, in the application or out of it, changes or takes away what was recorded: rows of
the bitácora, closed days, recibos, issued claves. The triggers refuse it too; but who may make, alter
or disable nothing cannot get around them. A table without a line here is out of its reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Right:
    """What may be done with a table beside reading: ``columns`` are those that an UPDATE may name."""

    insert: bool = False
    columns: tuple[str, ...] = ()
    update: bool = False
    delete: bool = False


READ = Right()
APPEND = Right(insert=True)
ANY = Right(insert=True, update=True, delete=True)  # what is worked on, and says nothing of the past


def _changing(*columns: str) -> Right:
    return Right(insert=True, columns=columns)


GRANTS: dict[str, Right] = {
    "acceso": APPEND,
    "agencia": READ,
    "ajuste": APPEND,
    "alembic_version": READ,
    "anulacion": APPEND,
    "apoderado": ANY,
    "autorizacion": _changing("estado", "resuelta_por", "resuelta_en", "comentario", "emergencia"),
    "bitacora": _changing("sal", "detalle"),  # to purge them
    # To lock it, which takes a column that may be written: its guard lets nothing but the trigger move it.
    "bitacora_cabeza": Right(columns=("id",)),
    "candado": _changing("levantado_por", "levantado_en", "autorizacion_id"),
    "cierre": APPEND,
    "clave": _changing("estado", "hoja", "fin_en"),
    "contacto": ANY,
    "correccion": _changing(
        "cerrada_por", "cerrada_en", "resolucion", "avisada_en", "dice", "debe_decir", "evidencia"
    ),
    "documento": ANY,
    "hoja_lote": APPEND,
    "hoja_numerada": _changing(
        "ventanilla", "estado", "clave_id", "motivo", "dia", "actualizado_por", "actualizado_en"
    ),
    "impresion": Right(insert=True, update=True),
    "kiosco_pregunta": READ,  # for backups: the kiosk's own functions write it
    "llave": _changing("retirada_en"),
    "padron_leido": Right(insert=True, delete=True),
    "persona": Right(insert=True, update=True),
    "persona_nombre": ANY,
    "recibo": APPEND,
    "reglamento": APPEND,
    "retencion_excepcion": _changing("levantada_por", "levantada_en"),
    "revision": _changing("revisada_por", "revisada_en", "comentario"),
    "secuencia": _changing("ultimo"),
    "solicitud": _changing(
        "estado",
        "ruc",
        "razon_social",
        "calificada_por",
        "calificada_el",
        "registrada_por",
        "tramite_id",
        "presentada_en",
    ),
    "tramite": Right(insert=True, update=True),
    "usuario": _changing(
        "clave_hash",
        "intentos",
        "bloqueado_hasta",
        "bloqueo_arranque",
        "bloqueo_segundos",
        "activo",
        "debe_cambiar",
    ),
}

# All that the account of the kiosks may do: what these functions do, with their owner's rights.
KIOSK = ("kiosco_marco", "kiosco_pregunta", "kiosco_respuesta", "kiosco_solicita")
_KIOSKS_OWN = "kiosco_registra"

_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY c.relname"
)
_OUR_FUNCTIONS = (
    "SELECT p.proname, p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
    "WHERE n.nspname = 'public' AND pg_has_role(p.proowner, 'MEMBER')"
)
# Those whom the owner gave something of the agency's own table.
_ACCOUNTS = (
    "SELECT DISTINCT pg_get_userbyid(given.grantee) FROM pg_class c, aclexplode(c.relacl) AS given "
    "WHERE c.oid = 'public.agencia'::regclass AND given.grantee NOT IN (0, c.relowner)"
)
# Likewise of the first of the kiosk's functions.
_KIOSK_ACCOUNTS = (
    "SELECT DISTINCT pg_get_userbyid(given.grantee) FROM pg_proc p, aclexplode(p.proacl) AS given "
    "WHERE p.pronamespace = 'public'::regnamespace AND p.proname = 'kiosco_marco' AND given.grantee NOT IN (0, p.proowner)"
)
_OWNS = "SELECT pg_has_role(c.relowner, 'MEMBER') FROM pg_class c WHERE c.oid = to_regclass('public.agencia')"
_WHOLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_RIGHTS = ", ".join(f"has_table_privilege(:table, '{each}')" for each in _WHOLE)
_COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 "
    "AND NOT attisdropped AND has_column_privilege(attrelid, attnum, 'UPDATE')"
)
_DATABASE = ("CREATE", "TEMP", "CREATE public", "CREATEROLE")
_MORE = (
    "SELECT has_database_privilege(current_database(), 'CREATE'), has_database_privilege(current_database(), 'TEMP'), "
    "has_schema_privilege('public', 'CREATE'), rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls "
    "FROM pg_roles WHERE rolname = current_user"
)
# Whatever it may do with a relation of ours, or with one of its columns.
_ANY_TABLE = (
    "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
    "AND c.relkind IN ('r', 'p', 'v', 'm') AND (has_any_column_privilege(c.oid, 'SELECT') "
    "OR has_any_column_privilege(c.oid, 'INSERT') OR has_any_column_privilege(c.oid, 'UPDATE') "
    "OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE')) ORDER BY 1"
)
_FUNCTIONS_OF = (
    "SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace "
    "AND has_function_privilege(p.oid, 'EXECUTE')"
)


def tables(connection: Connection) -> list[str]:
    """Return the tables of the database."""
    return list(connection.execute(text(_TABLES)).scalars())


def give(connection: Connection, account: str) -> None:
    """Give an account what is in GRANTS and nothing else, inside the owner's transaction."""
    who = connection.dialect.identifier_preparer.quote(account)
    database = connection.dialect.identifier_preparer.quote(
        str(connection.execute(text("SELECT current_database()")).scalar_one())
    )
    statements = [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {who}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        # Said, and not only because the database is theirs: in a copy of it the tables still are.
        "GRANT ALL ON SCHEMA public TO CURRENT_USER",
        f"GRANT USAGE ON SCHEMA public TO {who}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {who}",
    ]
    there = tables(connection)
    statements += [f"REVOKE ALL ON {table} FROM PUBLIC, {who}" for table in there]
    statements += [
        f"GRANT {_rights(right)} ON {table} TO {who}" for table, right in GRANTS.items() if table in there
    ]
    for name, function in connection.execute(text(_OUR_FUNCTIONS)).all():
        statements.append(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        if name not in {*KIOSK, _KIOSKS_OWN}:
            statements.append(f"GRANT EXECUTE ON FUNCTION {function} TO {who}")
    for statement in statements:
        connection.exec_driver_sql(statement)


def give_kiosk(connection: Connection, account: str) -> None:
    """Give an account what a kiosk needs of the tables' owner and nothing else, inside their transaction."""
    who = connection.dialect.identifier_preparer.quote(account)
    statements = [f"REVOKE ALL ON {table} FROM {who}" for table in tables(connection)]
    for name, function in connection.execute(text(_OUR_FUNCTIONS)).all():
        statements.append(f"REVOKE ALL ON FUNCTION {function} FROM {who}")
        if name in KIOSK:
            statements.append(f"GRANT EXECUTE ON FUNCTION {function} TO {who}")
    for statement in statements:
        connection.exec_driver_sql(statement)


def give_again(connection: Connection) -> None:
    """Give every account that had something of this database what it may do after a migration."""
    for account in connection.execute(text(_ACCOUNTS)).scalars().all():
        give(connection, account)
    for account in connection.execute(text(_KIOSK_ACCOUNTS)).scalars().all():
        give_kiosk(connection, account)


def owns(connection: Connection) -> bool:
    """Tell whether the connection's account may change the tables themselves."""
    return bool(connection.execute(text(_OWNS)).scalar())


def wrong(connection: Connection) -> list[str]:
    """Return what the connection's account may do and should not, or should and may not; nothing when right."""
    found = [name for name, has in zip(_DATABASE, connection.execute(text(_MORE)).one(), strict=True) if has]
    for table in tables(connection):
        right = GRANTS.get(table)
        wanted = (
            right is not None,
            right is not None and right.insert,
            right is not None and right.update,
            right is not None and right.delete,
            False,
            False,
            False,
        )
        has = connection.execute(text(f"SELECT {_RIGHTS}"), {"table": table}).one()
        found += [
            f"{name} {table}" for name, may, should in zip(_WHOLE, has, wanted, strict=True) if may != should
        ]
        if right is None or not right.update:
            columns = set(connection.execute(text(_COLUMNS), {"table": table}).scalars())
            if columns != set(right.columns if right is not None else ()):
                found.append(f"UPDATE {table} ({', '.join(sorted(columns))})")
    return found


def wrong_of_kiosk(connection: Connection) -> list[str]:
    """Return likewise what the connection's account may do and should not, or may not, as a kiosk's."""
    found = [name for name, has in zip(_DATABASE, connection.execute(text(_MORE)).one(), strict=True) if has]
    found += connection.execute(text(_ANY_TABLE)).scalars()
    may = set(connection.execute(text(_FUNCTIONS_OF)).scalars())
    return [*found, *(f"EXECUTE {each}" for each in sorted(may ^ set(KIOSK)))]


def _rights(right: Right) -> str:
    named = ["SELECT"]
    if right.insert:
        named.append("INSERT")
    if right.update:
        named.append("UPDATE")
    elif right.columns:
        named.append(f"UPDATE ({', '.join(right.columns)})")
    if right.delete:
        named.append("DELETE")
    return ", ".join(named)
