"""Millions of earlier issuances, written straight into a migrated database, for measuring the board.

Triggers and indexes are left out while the rows go in and put back as they were: what is built is
what the application would have left behind, but for the chain of the bitácora, which is not sealed.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

A_DAY = 2_200
PEOPLE = 200_000
_APELLIDOS = ("FICTICIA NÚÑEZ", "EJEMPLO ZÚÑIGA", "PRUEBA ALARCÓN", "MUESTRA PEÑA", "ENSAYO CHÁVEZ",
    "MODELO QUISHPE", "SUPUESTO LÓPEZ", "FIGURADO TOAPANTA", "INVENTADO MEJÍA", "SIMULADO PÁEZ")  # fmt: skip
_NOMBRES = ("MARÍA JOSÉ", "LUIS ALBERTO", "ROSA ELENA", "JOSÉ IGNACIO", "ANA LUCÍA", "CARLOS ANDRÉS",
    "LAURA BEATRIZ", "SEGUNDO MANUEL", "BLANCA INÉS")  # fmt: skip
_TIPOS = ("jubilacion_vejez", "jubilacion_vejez", "jubilacion_invalidez", "montepio_conyuge")
_CONTENT = (
    '{"agencia_nombre":"Agencia Quito Norte","documentos":['
    + '"Cédula: original y copia a color",' * 24
    + '""]}'
)
_HASH = "$argon2id$v=19$m=65536,t=3,p=4$" + "c2FsdHNhbHRzYWx0c2FsdA$" + "x" * 43

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
# The moment of an attention: from eight in the morning, agency time, one every fifteen seconds.
_DAY = "date(:first, '+' || ((i - 1) / :a_day) || ' days')"
_SECOND = "(13 * 3600 + (i - 1) % :a_day * 15)"


def _moment(after: str) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%S', {_DAY}, '+' || ({_SECOND} + {after}) || ' seconds') || '.000000'"


_STATEMENTS = (
    _NUMBERS
    + "INSERT INTO tramite (id, numero, cedula, perfil, estado, operador_id, ventanilla, dia, abierto_en, "
    "cerrado_en, formato_cedula, vencimiento_cedula, correo, celular, identidad_en, requisitos_en, aceptado_en, "
    "firmado_en) SELECT i, printf('%011d00', i), printf('24%08d', i * 48271 % :people), 'documento-fuente', "
    f"'terminado', :operador, 1 + i % 12, {_DAY}, {_moment('0')}, {_moment('60 + i * 7919 % 180')}, 'electronica', "
    f"'2035-01-01', 'a@ejemplo.ec', '0999999999', {_moment('20')}, {_moment('30')}, {_moment('35')}, "
    f"{_moment('45')} FROM n",
    _NUMBERS + "INSERT INTO documento (tramite_id, requisito, orden, alternativa, original, copia, numero) "
    "SELECT i, 'cedula', 0, '', 1, 1, '' FROM n UNION ALL "
    "SELECT i, 'votacion', 1, CASE WHEN i % 20 THEN 'no_exigible' ELSE 'sancion' END, i % 20 = 0, i % 20 = 0, '' "
    "FROM n UNION ALL SELECT i, 'planilla', 2, 'luz', 1, 1, '' FROM n ORDER BY 1, 3",
    _NUMBERS
    + "INSERT INTO clave (id, cedula, tramite_id, intento, hash, estado, hoja, emitida_en, vence_en, fin_en) "
    "SELECT i, printf('24%08d', i * 48271 % :people), i, 1, :hash, 'desactivada', 'entregada', "
    f"{_moment('50')}, {_moment('2592000')}, {_moment('900000')} FROM n",
    _NUMBERS
    + "INSERT INTO recibo (id, numero, anio, secuencia, tramite_id, operador_id, ventanilla, dia, emitido_en, "
    "contenido, huella, llave, firma) SELECT i, printf('%014d', i), 2000, i, i, :operador, 1 + i % 12, "
    f"{_DAY}, {_moment('50')}, :content, :hex, 'AAAAAAAA', :hex || :hex FROM n",
    _NUMBERS + "INSERT INTO bitacora (seq, en, actor, ventanilla, accion, tramite, detalle, sal, compromiso, "
    f"hash_previo, hash) SELECT :seq + i, {_moment('50')}, 'a.ejemplo', 1 + i % 12, 'clave.emitida', "
    "printf('%011d00', i), '{}', '', :hex, '', printf('%064x', i) FROM n",
)


def add_people(path: Path) -> None:
    """Fill the padrón with people; the indexes of their names follow by their triggers."""
    with closing(_open(path)) as connection:
        connection.execute(
            _NUMBERS + "INSERT INTO persona SELECT printf('24%08d', i - 1), json_extract(:apellidos, '$[' || (i % 10) "
            "|| ']'), json_extract(:nombres, '$[' || (i % 9) || ']'), '1955-01-15', json_extract(:tipos, '$[' || (i % 4)"
            " || ']'), 'Pichincha', 'activo', NULL, 0, '', '', '' FROM n",
            {"count": PEOPLE, "apellidos": _json(_APELLIDOS), "nombres": _json(_NOMBRES), "tipos": _json(_TIPOS)},
        )  # fmt: skip


def add_issuances(path: Path, count: int, last: date, operador: int) -> None:
    """Add issuances of ``A_DAY`` a day, the last of them on ``last``."""
    with closing(_open(path)) as connection:
        values = {
            "count": count, "a_day": A_DAY, "people": PEOPLE, "operador": operador, "hash": _HASH,
            "content": _CONTENT, "hex": "0" * 64,
            "first": date.fromordinal(last.toordinal() - (count - 1) // A_DAY).isoformat(),
            "seq": connection.execute("SELECT seq FROM bitacora_cabeza").fetchone()[0],
        }  # fmt: skip
        kept = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger' OR (type = 'index' "
            "AND tbl_name IN ('tramite', 'documento', 'clave', 'recibo', 'bitacora')))"
        ).fetchall()
        for kind, name, _ in kept:
            connection.execute(f"DROP {kind} {name}")
        for statement in _STATEMENTS:
            connection.execute(statement, values)
        connection.execute("UPDATE bitacora_cabeza SET seq = seq + ?1, hash = printf('%064x', ?1)", (count,))
        for *_, sql in kept:
            connection.execute(sql)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _json(values: tuple[str, ...]) -> str:
    return '["' + '","'.join(values) + '"]'
