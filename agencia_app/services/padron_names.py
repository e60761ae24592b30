"""What is asked of the padrón's indexes of names for what somebody typed (see migration 0003)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from agencia_app.models.domain.persona import fold

# Built of our own names; what somebody typed is always a value.
# ruff: noqa: S608

# SQLite's indexes, by what PostgreSQL calls the same words in its one table.
INDEXES = {"exacto": "persona_nombre_exacto", "plegado": "persona_nombre"}
LONGEST_BEGINNING = 8  # letters of a word that PostgreSQL's indexes know
# Latin letters and digits: all that names hold, and what SQLite's tokenizer takes for one word too.
_WORD = re.compile(r"(?:(?=[\0-\u024f])[^\W_])+")


def name_queries(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield where to look and for which words, the exact spelling first; nothing without a word.

    After it, those without accents among everybody's (``exacto``), and those with them in their own
    index (``plegado``). Each word is the beginning of one.
    """
    words = _words(text)
    if not words:
        return
    yield "exacto", words
    folded = _words(fold(" ".join(words)))
    if folded not in {(), words}:
        yield "exacto", folded
    if folded:  # empty for a letter that folds to none of a name's, as µ does
        yield "plegado", folded


def called_so(text: str, *, postgres: bool) -> tuple[str, list[str]]:
    """Return the SQL of the cédulas of whoever is called so, with its values; an empty one for no word."""
    hits = list(name_queries(text))
    if not postgres:
        each = (
            f"SELECT printf('%010d', rowid) FROM {INDEXES[where]} WHERE {INDEXES[where]} MATCH ?"
            for where, _ in hits
        )
        return " UNION ALL ".join(each), [match(words) for _, words in hits]
    told = [" AND ".join([f"{where} LIKE ?"] * len(words)) for where, words in hits]
    values = [pattern(word) for _, words in hits for word in words]
    return (f"SELECT cedula FROM persona_nombre WHERE {' OR '.join(told)}" if told else ""), values


def match(words: tuple[str, ...]) -> str:
    """Return SQLite's FTS5 query for all words, each a prefix. Quoted, and quotes are no word's part."""
    return " AND ".join(f'"{word}" *' for word in words)


def pattern(word: str) -> str:
    """Return what the words of ``persona_nombre`` are like when one begins so. No word has LIKE's signs."""
    return f"% {word}%"


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", text).lower())))
