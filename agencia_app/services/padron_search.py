"""Finding people in the padrón: by cédula, or by the beginning of it or of their names.

Nothing is recorded here: ``Padron`` does that for whoever looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agencia_app.models.db.session import Database, as_date
from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.persona import EstadoPersona, Persona, TipoPrestacion
from agencia_app.services.padron_names import INDEXES, LONGEST_BEGINNING, match, name_queries, pattern

LIMIT = 20  # people a search shows

_COLUMNS = tuple(Persona.__slots__)
_TIPOS = {each.value: each for each in TipoPrestacion}
_ESTADOS = {each.value: each for each in EstadoPersona}
_LONGEST = 241  # apellidos, a space and nombres: what is longer matches nobody

# Built of our own names; what somebody typed is always a value.
# ruff: noqa: S608

# Plain SQL: the name indexes are each engine's own, and one hand turns the rows of all into people.
_SELECT = f"SELECT {', '.join('persona.' + column for column in _COLUMNS)} FROM "
_FIND = f"{_SELECT} persona WHERE cedula = ?"
_BY_PREFIX = f"{_SELECT} persona WHERE cedula BETWEEN ? AND ? ORDER BY cedula LIMIT ?"
_BY_NAME = (
    _SELECT + "{index} AS hit JOIN persona ON persona.cedula = printf('%010d', hit.rowid) "
    "WHERE {index} MATCH ? ORDER BY hit.rowid LIMIT ?"
)
# On PostgreSQL a common beginning is met among the first people. Of one that is met there at least so
# often, more people are looked at: it takes the index longest to go through the lists of two common words.
# What remains it collects: some 2,000 of five million.
_FIRST_PEOPLE = ((4_000, 2), (40_000, 0))
_AMONG_FIRST = (
    f"{_SELECT} (SELECT cedula FROM (SELECT * FROM persona_nombre ORDER BY cedula LIMIT {{people}}) AS early "
    "WHERE {like} LIMIT ?) AS hit JOIN persona USING (cedula) ORDER BY cedula"
)
_BY_INDEX = (
    "WITH hit AS MATERIALIZED (SELECT cedula FROM persona_nombre WHERE {begins} AND {like}) "
    f"{_SELECT} (SELECT cedula FROM hit ORDER BY cedula LIMIT ?) AS early JOIN persona USING (cedula) ORDER BY cedula"
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
            bounds = (digits.ljust(cedula_rules.LENGTH, each) for each in "09")
            return self._people(_BY_PREFIX, (*bounds, limit))
        found: dict[str, Persona] = {}
        ask = self._named_postgres if self._db.is_postgres else self._named
        for where, words in name_queries(text):
            # What earlier queries found comes again: room for it, so that what is new still fits.
            for each in ask(where, words, limit + len(found)):
                found.setdefault(each.cedula, each)
            if len(found) >= limit:
                break
        return tuple(found.values())[:limit]

    def _named(self, where: str, words: tuple[str, ...], limit: int) -> tuple[Persona, ...]:
        return self._people(_BY_NAME.format(index=INDEXES[where]), (match(words), limit))

    def _named_postgres(self, where: str, words: tuple[str, ...], limit: int) -> tuple[Persona, ...]:
        like = " AND ".join([f"{where} LIKE ?"] * len(words))
        patterns = [pattern(word) for word in words]
        for people, enough in _FIRST_PEOPLE:
            found = self._people(_AMONG_FIRST.format(people=people, like=like), (*patterns, limit))
            if len(found) >= limit:
                return found
            if len(found) < enough:
                break
        # One condition a word: so the index leaps from hit to hit, along those that come first.
        begins = " AND ".join([f"nombre_comienzos({where}) @> ARRAY[?]"] * len(words))
        beginnings = sorted((word[:LONGEST_BEGINNING] for word in words), key=len, reverse=True)
        return self._people(_BY_INDEX.format(begins=begins, like=like), (*beginnings, *patterns, limit))

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
