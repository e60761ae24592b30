"""Finding people in the padrón: by cédula, or by the beginning of it or of their names.

Nothing is recorded here: ``Padron`` does that for whoever looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agencia_app.models.db.session import Database, as_date
from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.persona import EstadoPersona, Persona, TipoPrestacion
from agencia_app.services.padron_names import name_queries

LIMIT = 20  # people a search shows

_COLUMNS = tuple(Persona.__slots__)
_TIPOS = {each.value: each for each in TipoPrestacion}
_ESTADOS = {each.value: each for each in EstadoPersona}
_LONGEST = 241  # apellidos, a space and nombres: what is longer matches nobody

# Plain SQL: the name indexes are SQLite's own, and one hand turns the rows of all three into people.
_SELECT = f"SELECT {', '.join('persona.' + column for column in _COLUMNS)} FROM "  # noqa: S608 - our own names
_FIND = f"{_SELECT} persona WHERE cedula = ?"
_BY_PREFIX = f"{_SELECT} persona WHERE cedula >= ? AND cedula < ? ORDER BY cedula LIMIT ?"
_BY_NAME = (
    _SELECT + "{index} AS hit JOIN persona ON persona.cedula = printf('%010d', hit.rowid) "
    "WHERE {index} MATCH ? ORDER BY hit.rowid LIMIT ?"
)


class PadronSearch:
    """The padrón as it can be asked."""

    def __init__(self, db: Database) -> None:
        """Work on a migrated database."""
        self._db = db

    def find(self, cedula: str) -> Persona | None:
        """Return the person with these ten digits, or None. Raises KnownError ``base.*``."""
        row = next(iter(self._db.rows(_FIND, (cedula,))), None)
        return None if row is None else _persona(row)

    def search(self, text: str, limit: int = LIMIT) -> tuple[Persona, ...]:
        """Return up to ``limit`` people by the beginning of their cédula or of their names.

        The words may come in any order; accents, ñ and case do not matter, but those written
        exactly as typed come first. Whatever is typed is an answer, never an error; what names
        cannot hold is passed over. Raises KnownError ``base.*``.
        """
        if len(text) > _LONGEST:
            return ()
        digits = cedula_rules.clean(text)
        if digits.isascii() and digits.isdigit():
            # ':' follows '9'.
            return self._people(_BY_PREFIX, (digits, digits + ":", limit))
        found: dict[str, Persona] = {}
        for index, query in name_queries(text):
            # What earlier queries found comes again: room for it, so that what is new still fits.
            hits = self._people(_BY_NAME.format(index=index), (query, limit + len(found)))
            for each in hits:
                found.setdefault(each.cedula, each)
            if len(found) >= limit:
                break
        return tuple(found.values())[:limit]

    def _people(self, statement: str, values: tuple[object, ...]) -> tuple[Persona, ...]:
        return tuple(map(_persona, self._db.rows(statement, values)))


def _persona(row: Sequence[Any]) -> Persona:
    (cedula, apellidos, nombres, nacimiento, tipo, provincia, estado, defuncion, discapacidad, correo,
     celular, ruc) = row  # fmt: skip
    return Persona(
        cedula,
        apellidos,
        nombres,
        as_date(nacimiento),
        _TIPOS[tipo],
        provincia,
        _ESTADOS[estado],
        None if defuncion is None else as_date(defuncion),
        bool(discapacidad),
        correo,
        celular,
        ruc,
    )
