"""Five million people and ten million issuances, written straight into a migrated PostgreSQL.

Triggers and indexes are left out while the rows go in and put back as they were: what is built is what
the application would have left behind, but for the chain of the bitácora, which is not sealed. Each
person was last issued a clave that is still valid, and everybody's earlier ones ended.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Any

import psycopg

from agencia_app.models.domain.cedula import PROVINCES, check_digit
from agencia_app.services import padron_sintetico

A_DAY = 2_200
DOCUMENTED = 2_000_000  # of the last trámites their documents are there: only a day's are ever read
_TABLES = ("persona", "persona_nombre", "tramite", "documento", "clave", "recibo", "bitacora")
_TIPOS = ("jubilacion_vejez", "jubilacion_vejez", "jubilacion_invalidez", "montepio_conyuge")
_CONTENT = (
    '{"agencia_nombre":"Agencia Quito Norte","documentos":['
    + '"Cédula: original y copia a color",' * 12
    + '""]}'
)
_HASH = "$argon2id$v=19$m=65536,t=3,p=4$" + "c2FsdHNhbHRzYWx0c2FsdA$" + "x" * 43

# The check digit of 245000000 and the like: each province's part, and that of the six last digits.
_CEDULA = """
CREATE FUNCTION pg_temp.cedula(n bigint, per bigint, heads int[], names text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE w text := lpad(((n % per) * (1000000 / per))::text, 6, '0'); total int := heads[n / per + 1];
BEGIN
  total := total + substr(w, 1, 1)::int + substr(w, 3, 1)::int + substr(w, 5, 1)::int
    + substr('0246813579', substr(w, 2, 1)::int + 1, 1)::int
    + substr('0246813579', substr(w, 4, 1)::int + 1, 1)::int
    + substr('0246813579', substr(w, 6, 1)::int + 1, 1)::int;
  RETURN names[n / per + 1] || '5' || w || (10 - total % 10) % 10;
END $$
"""
_PEOPLE = """
INSERT INTO persona SELECT pg_temp.cedula(n, %(per)s, %(heads)s, %(provinces)s),
  (%(surnames)s::text[])[1 + floor(random() * %(of_surnames)s)] || ' '
    || (%(surnames)s::text[])[1 + floor(random() * %(of_surnames)s)],
  CASE WHEN n %% 2 = 0 THEN (%(women)s::text[])[1 + floor(random() * %(of_women)s)] || ' '
    || (%(women)s::text[])[1 + floor(random() * %(of_women)s)]
  ELSE (%(men)s::text[])[1 + floor(random() * %(of_men)s)] || ' '
    || (%(men)s::text[])[1 + floor(random() * %(of_men)s)] END,
  date '1930-01-01' + (n * 7919 %% 12000)::int, (%(tipos)s::text[])[1 + n %% 4], 'PICHINCHA', 'activo', NULL, false,
  'persona' || n || '@example.com', '09' || lpad(n::text, 8, '0'), ''
FROM generate_series(0::bigint, %(people)s - 1) AS n ON CONFLICT DO NOTHING
"""
_NAMES = """
INSERT INTO persona_nombre SELECT cedula, words, nombre_plegado(words)
FROM (SELECT cedula, nombre_palabras(apellidos, nombres) AS words FROM persona OFFSET 0) AS p
ON CONFLICT DO NOTHING
"""
_NUMBER = "lpad(i::text, 11, '0') || '00'"
_TRAMITES = f"""
INSERT INTO tramite (id, numero, cedula, perfil, estado, operador_id, ventanilla, dia, abierto_en, cerrado_en,
  formato_cedula, vencimiento_cedula, correo, celular, identidad_en, requisitos_en, aceptado_en, firmado_en)
SELECT i, {_NUMBER}, pg_temp.cedula(i * 48271 %% %(people)s, %(per)s, %(heads)s, %(provinces)s),
  'documento-fuente', 'terminado', %(operador)s, 1 + i %% 12, day, at,
  at + (60 + i * 7919 %% 180) * interval '1 second', 'electronica', '2035-01-01', 'a@ejemplo.ec', '0999999999',
  at + interval '20 s', at + interval '30 s', at + interval '35 s', at + interval '45 s'
FROM (SELECT i, %(first)s::date + ((i - 1) / %(a_day)s)::int AS day,
  %(first)s::timestamp + (i - 1) / %(a_day)s * interval '1 day'
  + (13 * 3600 + (i - 1) %% %(a_day)s * 15) * interval '1 second' AS at
  FROM generate_series(1::bigint, %(count)s) AS i OFFSET 0) AS n
"""
_DOCUMENTOS = """
INSERT INTO documento (tramite_id, requisito, orden, alternativa, original, copia, numero)
SELECT i, d.requisito, d.orden, CASE WHEN d.orden <> 1 THEN d.alternativa WHEN i %% 20 = 0 THEN 'sancion'
  ELSE 'no_exigible' END, d.orden <> 1 OR i %% 20 = 0, d.orden <> 1 OR i %% 20 = 0, ''
FROM generate_series(greatest(1, %(count)s - %(documented)s), %(count)s) AS i,
  (VALUES ('cedula', 0, ''), ('votacion', 1, ''), ('planilla', 2, 'luz')) AS d (requisito, orden, alternativa)
"""
_CLAVES = """
INSERT INTO clave (id, cedula, tramite_id, intento, hash, estado, hoja, emitida_en, vence_en, fin_en)
SELECT id, cedula, id, 1, %(hash)s, CASE WHEN id > %(count)s - %(people)s THEN 'vigente' ELSE 'desactivada' END,
  'entregada', abierto_en + interval '50 s', abierto_en + interval '30 days',
  CASE WHEN id > %(count)s - %(people)s THEN NULL ELSE abierto_en + interval '900000 s' END
FROM tramite WHERE id <= %(count)s
"""
_RECIBOS = """
INSERT INTO recibo (id, numero, anio, secuencia, tramite_id, operador_id, ventanilla, dia, emitido_en, contenido,
  huella, llave, firma)
SELECT id, lpad(id::text, 14, '0'), extract(year FROM dia)::int,
  (dia - greatest(%(first)s::date, date_trunc('year', dia)::date)) * %(a_day)s + (id - 1) %% %(a_day)s + 1,
  id, operador_id, ventanilla, dia, abierto_en + interval '50 s', %(content)s, %(hex)s, 'AAAAAAAA',
  %(hex)s || %(hex)s
FROM tramite WHERE id <= %(count)s
"""
_BITACORA = """
INSERT INTO bitacora (seq, en, actor, ventanilla, accion, tramite, detalle, sal, compromiso, hash_previo, hash)
SELECT %(seq)s + id, to_char(abierto_en + interval '50 s', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00', 'a.ejemplo',
  ventanilla, 'clave.emitida', numero, '{}', '', %(hex)s, '', lpad(to_hex(id * 2654435761 %% 4294967296), 64, '0')
FROM tramite WHERE id <= %(count)s
"""
_SECUENCIA = """
INSERT INTO secuencia SELECT 'recibo', anio, max(secuencia) FROM recibo GROUP BY anio
ON CONFLICT (serie, anio) DO UPDATE SET ultimo = excluded.ultimo
"""

Line = list[tuple[str, dict[str, Any] | None]]  # statements with their values, one after another


def build(address: str, people: int, issuances: int, last: date) -> None:
    """Add so many people and issuances, ``A_DAY`` a day, the last of them on ``last``.

    ``people`` must divide 25 millions. The server may be one that forgets at a power cut.
    """
    with _connect(address) as connection:
        ask = connection.execute
        values = _values(connection, people, issuances, last)
        kept = ask(
            "SELECT c.conname, i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid), "
            "pg_get_constraintdef(c.oid) FROM pg_index AS i LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid "
            "AND c.contype = 'u' WHERE i.indrelid::regclass::text = ANY (%s) AND NOT i.indisprimary "
            "ORDER BY i.indrelid, 2 DESC",
            (list(_TABLES),),
        ).fetchall()
        for constraint, index, table, *_ in kept:
            ask(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}")
        indexes: dict[str, Line] = {each: [] for each in _TABLES}
        for constraint, _, table, index_def, constraint_def in kept:
            statement = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {constraint_def}"
            indexes[table].append((statement if constraint else index_def, None))

        def people_line() -> None:
            _run(address, [(_PEOPLE, values), (_NAMES, values), *indexes["persona_nombre"]])

        def tramite_line() -> None:
            _run(address, [(_TRAMITES, values)])
            _side_by_side(
                partial(_run, address, [(_CLAVES, values), *indexes["clave"]]),
                partial(_run, address, [(_RECIBOS, values), (_SECUENCIA, values), *indexes["recibo"]]),
                partial(_run, address, [(_BITACORA, values), *indexes["bitacora"]]),
                partial(_run, address, [*indexes["tramite"], (_DOCUMENTOS, values)]),
            )

        _side_by_side(people_line, tramite_line)
        for table in ("tramite", "clave", "recibo"):
            ask(f"SELECT setval('{table}_id_seq', {issuances})")
        ask(
            "UPDATE bitacora_cabeza SET (seq, hash, en) = (SELECT seq, hash, en FROM bitacora ORDER BY seq DESC LIMIT 1)"
        )
        ask("VACUUM (ANALYZE)")
        ask("CHECKPOINT")


def _run(address: str, line: Line) -> None:
    with _connect(address) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute(_CEDULA)
        cursor.execute("SELECT setseed(0.17)")
        for statement, values in line:
            cursor.execute(statement, values)


def _side_by_side(*works: Callable[[], None]) -> None:
    with ThreadPoolExecutor() as pool:
        for each in [pool.submit(work) for work in works]:
            each.result()


def _connect(address: str) -> psycopg.Connection[Any]:
    settings = ("session_replication_role=replica", "maintenance_work_mem=1GB", "work_mem=256MB")
    options = " ".join(f"-c {each}" for each in settings)
    return psycopg.connect(address, autocommit=True, options=options)


def _values(connection: psycopg.Connection[Any], people: int, issuances: int, last: date) -> dict[str, Any]:
    """Return what the statements need."""
    names = {
        "surnames": _weighted(padron_sintetico.SURNAMES),
        "women": _weighted(padron_sintetico.WOMEN),
        "men": _weighted(padron_sintetico.MEN),
    }
    provinces = sorted(PROVINCES)
    ((operador,),) = connection.execute("SELECT min(id) FROM usuario").fetchall()
    ((seq,),) = connection.execute("SELECT seq FROM bitacora_cabeza").fetchall()
    return {
        **names,
        **{f"of_{name}": len(each) for name, each in names.items()},
        "people": people,
        "per": people // len(provinces),
        # Third digit 5, which nobody has: as much as it adds, and the province's two digits.
        "heads": [(10 - check_digit(f"{each}5000000")) % 10 for each in provinces],
        "provinces": provinces,
        "tipos": list(_TIPOS),
        "count": issuances,
        "a_day": A_DAY,
        "documented": DOCUMENTED,
        "operador": operador,
        "hash": _HASH,
        "content": _CONTENT,
        "hex": "0" * 64,
        "seq": seq,
        "first": date.fromordinal(last.toordinal() - (issuances - 1) // A_DAY),
    }


def _weighted(names: dict[str, int]) -> list[str]:
    return [name for name, weight in names.items() for _ in range(weight)]
