"""The statements of the board, and what a filter and an order are in SQL.

Plain SQL: each answers one question for a whole day in milliseconds, and finds its days by an
index (tests/db/test_tablero.py asks the planner).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.calidad import tipos_of
from agencia_app.models.domain.requisitos import NO_EXIGIBLE, VOTACION, Copia, Perfil
from agencia_app.models.domain.tablero import Columna, EstadoFila, Filtro, Orden
from agencia_app.services.padron_names import called_so

# Built of our own names; what somebody typed is always a value.
# ruff: noqa: S608

# The agencies' zone keeps no summer time: five hours behind UTC all year.
_HERE = "'-5 hours'"

# Of papers that were not all there; who else was asked is told elsewhere.
_OF_PAPERS = (Asunto.DOCUMENTO_FALTANTE, Asunto.CEDULA_VENCIDA, Asunto.CEDULA_ANTIGUA)

_FROM = "FROM tramite AS t LEFT JOIN recibo AS r ON r.tramite_id = t.id "
_PERSONA = "JOIN persona AS p ON p.cedula = t.cedula "
_OPERADOR = "COALESCE(r.operador_id, t.operador_id)"
_USUARIO = f"JOIN usuario AS u ON u.id = {_OPERADOR} "
_ANULACION = "LEFT JOIN anulacion AS a ON a.recibo_id = r.id "
_JOINS = (("p", _PERSONA), ("u", _USUARIO), ("a", _ANULACION))
_HORA = "COALESCE(r.emitido_en, t.abierto_en)"
_VENTANILLA = "COALESCE(r.ventanilla, t.ventanilla)"
_ESTADO = (
    f"CASE WHEN a.id IS NOT NULL OR (t.estado = 'cancelado' AND r.id IS NOT NULL) THEN '{EstadoFila.ANULADA}' "
    f"WHEN t.estado = 'terminado' THEN '{EstadoFila.ENTREGADA}' "
    "WHEN t.estado = 'emitido' THEN CASE WHEN EXISTS (SELECT 1 FROM clave WHERE clave.tramite_id = t.id AND "
    f"clave.hoja = 'por_confirmar') THEN '{EstadoFila.SIN_CONFIRMAR}' ELSE '{EstadoFila.ENTREGADA}' END "
    f"WHEN t.estado = 'pendiente' THEN '{EstadoFila.PENDIENTE}' "
    f"WHEN t.estado = 'cancelado' THEN '{EstadoFila.CANCELADO}' ELSE '{EstadoFila.ATENDIENDO}' END"
)
_AUTORIZADO = (
    "EXISTS (SELECT 1 FROM autorizacion AS z WHERE z.tramite_id = t.id AND z.estado = 'aprobada' AND z.asunto IN ("
    + ", ".join(f"'{each}'" for each in _OF_PAPERS)
    + "))"
)
_SUSTITUTO = (
    f"COALESCE((SELECT d.alternativa FROM documento AS d WHERE d.tramite_id = t.id AND d.requisito = '{VOTACION}' "
    f"AND d.original AND d.alternativa NOT IN ('', 'certificado', '{NO_EXIGIBLE}')), '')"
)
_TOTAL = "(SELECT COUNT(*) FROM documento AS d WHERE d.tramite_id = t.id)"


def _without_accents(column: str) -> str:
    """Return the SQL that puts a name in the order of the dictionary: ñ after n, accents aside."""
    for letter, plain in (
        ("Á", "A"),
        ("É", "E"),
        ("Í", "I"),
        ("Ó", "O"),
        ("Ú", "U"),
        ("Ü", "U"),
        ("Ñ", "N~"),
    ):
        column = f"replace({column}, '{letter}', '{plain}')"
    return column


class Statements:
    """The statements, which depend on the profiles: where a copy is optional, an original is enough."""

    def __init__(self, perfiles: Mapping[str, Perfil]) -> None:
        optional = [
            f"(t.perfil = '{perfil.id}' AND d.requisito = '{each.id}')"
            for perfil in perfiles.values()
            for each in perfil.requisitos
            if each.copia is Copia.OPCIONAL
        ]
        enough = " OR ".join(["d.copia", *optional])
        self._vistos = (
            "(SELECT COUNT(*) FROM documento AS d WHERE d.tramite_id = t.id AND "
            f"(d.alternativa = '{NO_EXIGIBLE}' OR (d.original AND ({enough}))))"
        )
        self.filas = (
            f"SELECT t.id, t.numero, {_HORA}, r.numero, t.cedula, p.apellidos, p.nombres, p.tipo_prestacion, "
            f"{_VENTANILLA}, u.usuario, {self._vistos}, {_TOTAL}, {_SUSTITUTO}, {_AUTORIZADO}, {_ESTADO}, "
            f"r.dia > date(r.emitido_en, {_HERE}) {_FROM}{_PERSONA}{_USUARIO}{_ANULACION}WHERE t.id IN (SELECT value FROM json_each(?))"
        )

    def ids(self, filtro: Filtro, orden: Orden) -> tuple[str, tuple[object, ...]]:
        """Return the statement for the ids of the trámites shown, in order, as one JSON array, with its values.

        One value: 100,000 rows would each stop the window's thread for as long as a row is made.
        """
        where, values = _where(filtro)
        down = " DESC" if orden.descendente else ""
        keys = (*self._keys(orden.columna), "t.id")
        ordered = ", ".join(key + down for key in keys)
        told = f"{where} {ordered}"
        # Of 100,000 trámites each table that is not asked for saves a tenth of a second.
        joined = "".join(join for name, join in _JOINS if f"{name}." in told)
        ids = f"SELECT t.id AS id {_FROM}{joined}WHERE {where} ORDER BY {ordered}"
        return f"SELECT json_group_array(id) FROM ({ids})", values

    def _keys(self, columna: Columna) -> tuple[str, ...]:
        return {
            Columna.HORA: (_HORA,),
            Columna.RECIBO: ("r.numero",),
            Columna.PENSIONISTA: (_without_accents("p.apellidos"), _without_accents("p.nombres")),
            Columna.CALIDAD: ("p.tipo_prestacion",),  # their names begin with the calidad's
            Columna.VENTANILLA: (_VENTANILLA, _HORA),
            Columna.OPERADOR: ("u.usuario", _HORA),
            Columna.DOCUMENTOS: (self._vistos, _SUSTITUTO, _AUTORIZADO),
            Columna.ESTADO: (_ESTADO, _HORA),
        }[columna]


MARK = "SELECT seq FROM bitacora_cabeza"
OPERADORES = "SELECT id, usuario, nombre FROM usuario WHERE rol <> 'administrador' ORDER BY usuario"
POR_HORA = (
    f"SELECT CAST(strftime('%H', emitido_en, {_HERE}) AS INTEGER), COUNT(*), SUM(emitido_en > ?) "
    "FROM recibo WHERE dia BETWEEN ? AND ? GROUP BY 1"
)
_REGRESA = (
    "EXISTS (SELECT 1 FROM bitacora AS b WHERE b.tramite = t.numero AND b.accion = 'tramite.pendiente')"
)
TRAMITES = f"SELECT COUNT(*), COALESCE(SUM({_REGRESA}), 0) FROM tramite AS t WHERE t.dia BETWEEN ? AND ?"
# The shortest time that half, or nine of ten, attentions did not exceed (nearest rank).
DURACIONES = (
    "WITH e AS MATERIALIZED (SELECT (julianday(t.cerrado_en) - julianday(t.abierto_en)) * 86400.0 AS s "
    f"FROM tramite AS t WHERE t.dia BETWEEN ? AND ? AND +t.estado = 'terminado' AND NOT {_REGRESA}), "
    "o AS (SELECT s, ROW_NUMBER() OVER (ORDER BY s) AS k, COUNT(*) OVER () AS n FROM e) "
    "SELECT MIN(CASE WHEN k * 2 >= n THEN s END), MIN(CASE WHEN k * 10 >= n * 9 THEN s END) FROM o"
)
ANULADAS = (
    "SELECT (SELECT COUNT(*) FROM anulacion WHERE dia BETWEEN ?1 AND ?2), (SELECT COUNT(*) FROM tramite AS t "
    "JOIN recibo AS r ON r.tramite_id = t.id WHERE t.dia BETWEEN ?1 AND ?2 AND +t.estado = 'cancelado' "
    "AND NOT EXISTS (SELECT 1 FROM anulacion AS a WHERE a.recibo_id = r.id))"
)
DANADAS = (
    "SELECT (SELECT COUNT(*) FROM tramite AS t JOIN clave AS c ON c.tramite_id = t.id "
    "WHERE t.dia BETWEEN ?1 AND ?2 AND c.hoja = 'danada'), "
    "(SELECT COUNT(*) FROM hoja_numerada WHERE dia BETWEEN ?1 AND ?2 AND estado = 'danada' AND +clave_id IS NULL)"
)
POR_REVISAR = (
    "SELECT regla, COUNT(*) FROM revision WHERE dia BETWEEN ? AND ? AND revisada_por IS NULL GROUP BY regla"
)


def _where(filtro: Filtro) -> tuple[str, tuple[object, ...]]:
    text = " ".join(unicodedata.normalize("NFC", filtro.texto).split())
    digits = cedulas.clean(text)
    only_digits = digits.isascii() and digits.isdigit()
    if only_digits:
        if len(digits) == numeros.Kind.RECIBO.length:
            return "t.id = (SELECT tramite_id FROM recibo WHERE numero = ?)", (digits,)
        if len(digits) == numeros.Kind.TRAMITE.length:
            return "t.numero = ?", (digits,)
        if len(digits) == cedulas.LENGTH:
            return "t.cedula = ?", (digits,)
    parts, values = _filters(filtro)
    if only_digits:
        # ':' follows '9'.
        parts.append("((t.cedula >= ? AND t.cedula < ?) OR r.secuencia = ?)")
        longest = numeros.Kind.RECIBO.value
        values += [digits, digits + ":", int(digits) if len(digits) <= longest else -1]
    elif text:
        part, queries = _named(text)
        parts.append(part)
        values += queries
    return " AND ".join(parts), tuple(values)


def _filters(filtro: Filtro) -> tuple[list[str], list[object]]:
    parts, values = ["t.dia BETWEEN ? AND ?"], list[object](_days(filtro.desde, filtro.hasta))
    if filtro.operador is not None:
        parts.append(f"{_OPERADOR} = ?")
        values.append(filtro.operador)
    if filtro.ventanilla is not None:
        parts.append(f"{_VENTANILLA} = ?")
        values.append(filtro.ventanilla)
    if filtro.calidad is not None:
        tipos = tipos_of(filtro.calidad)
        parts.append(f"p.tipo_prestacion IN ({', '.join('?' * len(tipos))})")
        values += [each.value for each in tipos]
    if filtro.estado is not None:
        parts.append(f"{_ESTADO} = ?")
        values.append(filtro.estado.value)
    return parts, values


def _named(text: str) -> tuple[str, list[object]]:
    """Return who is called so, in the padrón's own indexes of names."""
    called, queries = called_so(text, postgres=False)
    if not called:
        return "0", []
    # Its own index would be asked for everybody who is called so: the days' is the better one.
    return f"+t.cedula IN ({called})", list(queries)


def _days(desde: date, hasta: date) -> tuple[str, str]:
    return desde.isoformat(), hasta.isoformat()
