"""The statements of the board, and what a filter and an order are in SQL.

Plain SQL: each answers one question for a whole day in milliseconds, and finds its days by an
index (tests/db/test_tablero.py asks the planner). What the engines say differently is in ``sql_dialect``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.calidad import tipos_of
from agencia_app.models.domain.requisitos import NO_EXIGIBLE, VOTACION, Copia, Perfil
from agencia_app.models.domain.tablero import Columna, EstadoFila, Filtro, Orden
from agencia_app.services.padron_names import called_so
from agencia_app.services.sql_dialect import SqliteDialect

# Built of our own names; what somebody typed is always a value.
# ruff: noqa: S608

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
_REGRESA = (
    "EXISTS (SELECT 1 FROM bitacora AS b WHERE b.tramite = t.numero AND b.accion = 'tramite.pendiente')"
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
    """The statements, which depend on the profiles: where a copy is optional or none is asked for, an original is enough."""

    mark = "SELECT seq FROM bitacora_cabeza"
    tramites = (
        f"SELECT COUNT(*), COUNT(*) FILTER (WHERE {_REGRESA}) FROM tramite AS t WHERE t.dia BETWEEN ? AND ?"
    )
    por_revisar = "SELECT regla, COUNT(*) FROM revision WHERE dia BETWEEN ? AND ? AND revisada_por IS NULL GROUP BY regla"

    def __init__(self, perfiles: Iterable[Perfil], dialect: SqliteDialect) -> None:
        self._dialect = dialect
        bytewise, aside = dialect.bytewise, dialect.aside
        self.operadores = f"SELECT id, usuario, nombre FROM usuario WHERE rol <> 'administrador' ORDER BY {bytewise('usuario')}"
        self.por_hora = (
            f"SELECT {dialect.local_hour('emitido_en')}, COUNT(*), COUNT(*) FILTER (WHERE emitido_en > ?) "
            "FROM recibo WHERE dia BETWEEN ? AND ? GROUP BY 1"
        )
        # The shortest time that half, or nine of ten, attentions did not exceed (nearest rank).
        self.duraciones = (
            f"WITH e AS MATERIALIZED (SELECT {dialect.seconds_between('t.abierto_en', 't.cerrado_en')} AS s "
            f"FROM tramite AS t WHERE t.dia BETWEEN ? AND ? AND {aside('t.estado')} = 'terminado' "
            f"AND NOT {_REGRESA}), "
            "o AS (SELECT s, ROW_NUMBER() OVER (ORDER BY s) AS k, COUNT(*) OVER () AS n FROM e) "
            "SELECT MIN(CASE WHEN k * 2 >= n THEN s END), MIN(CASE WHEN k * 10 >= n * 9 THEN s END) FROM o"
        )
        self.anuladas = (
            "SELECT (SELECT COUNT(*) FROM anulacion WHERE dia BETWEEN ? AND ?), (SELECT COUNT(*) FROM tramite AS t "
            f"JOIN recibo AS r ON r.tramite_id = t.id WHERE t.dia BETWEEN ? AND ? AND {aside('t.estado')} = 'cancelado' "
            "AND NOT EXISTS (SELECT 1 FROM anulacion AS a WHERE a.recibo_id = r.id))"
        )
        self.danadas = (
            "SELECT (SELECT COUNT(*) FROM tramite AS t JOIN clave AS c ON c.tramite_id = t.id "
            "WHERE t.dia BETWEEN ? AND ? AND c.hoja = 'danada'), "
            "(SELECT COUNT(*) FROM hoja_numerada WHERE dia BETWEEN ? AND ? AND estado = 'danada' "
            f"AND {aside('clave_id')} IS NULL)"
        )
        optional = [
            f"(t.perfil = '{perfil.key}' AND d.requisito = '{each.id}')"
            for perfil in perfiles
            for each in perfil.requisitos
            if each.copia in {Copia.OPCIONAL, Copia.NO}
        ]
        enough = " OR ".join(["d.copia", *optional])
        self._vistos = (
            "(SELECT COUNT(*) FROM documento AS d WHERE d.tramite_id = t.id AND "
            f"(d.alternativa = '{NO_EXIGIBLE}' OR (d.original AND ({enough}))))"
        )
        self.filas = (
            f"SELECT t.id, t.numero, {_HORA}, r.numero, t.cedula, p.apellidos, p.nombres, p.tipo_prestacion, "
            f"{_VENTANILLA}, u.usuario, {self._vistos}, {_TOTAL}, {_SUSTITUTO}, {_AUTORIZADO}, {_ESTADO}, "
            f"r.dia > {dialect.local_day('r.emitido_en')} {_FROM}{_PERSONA}{_USUARIO}{_ANULACION}"
            f"WHERE t.id IN ({dialect.numbers_in('?')})"
        )

    def ids(self, filtro: Filtro, orden: Orden) -> tuple[str, tuple[object, ...]]:
        """Return the statement for the ids of the trámites shown, in order, as one JSON array, with its values.

        One value: 100,000 rows would each stop the window's thread for as long as a row is made.
        """
        where, values = self._where(filtro)
        down = " DESC" if orden.descendente else ""
        keys = (*self._keys(orden.columna), "t.id")
        ordered = ", ".join(key + down for key in keys)
        told = f"{where} {ordered}"
        # Of 100,000 trámites each table that is not asked for saves a tenth of a second.
        joined = "".join(join for name, join in _JOINS if f"{name}." in told)
        ids = f"SELECT t.id AS id {_FROM}{joined}WHERE {where} ORDER BY {ordered}"
        return f"SELECT {self._dialect.array_of('id')} FROM ({ids}) AS found", values

    def _keys(self, columna: Columna) -> tuple[str, ...]:
        bytewise = self._dialect.bytewise
        return {
            Columna.HORA: (_HORA,),
            Columna.RECIBO: (bytewise("COALESCE(r.numero, '')"),),
            Columna.PENSIONISTA: (
                bytewise(_without_accents("p.apellidos")),
                bytewise(_without_accents("p.nombres")),
            ),
            Columna.CALIDAD: (bytewise("p.tipo_prestacion"),),  # their names begin with the calidad's
            Columna.VENTANILLA: (_VENTANILLA, _HORA),
            Columna.OPERADOR: (bytewise("u.usuario"), _HORA),
            Columna.DOCUMENTOS: (self._vistos, bytewise(_SUSTITUTO), _AUTORIZADO),
            Columna.ESTADO: (bytewise(f"({_ESTADO})"), _HORA),
        }[columna]

    def _where(self, filtro: Filtro) -> tuple[str, tuple[object, ...]]:
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
            parts.append("(t.cedula BETWEEN ? AND ? OR r.secuencia = ?)")
            longest = numeros.Kind.RECIBO.value
            values += [
                digits.ljust(cedulas.LENGTH, "0"),
                digits.ljust(cedulas.LENGTH, "9"),
                int(digits) if len(digits) <= longest else -1,
            ]
        elif text:
            named, queries = called_so(text, postgres=self._dialect.is_postgres)
            # Its own index would be asked for everybody who is called so: the days' is the better one.
            parts.append(f"{self._dialect.aside('t.cedula')} IN ({named})" if named else "1 = 0")
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


def _days(desde: date, hasta: date) -> tuple[str, str]:
    return desde.isoformat(), hasta.isoformat()
