"""What is asked of the padrón's indexes of names for what somebody typed (see migration 0003)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from agencia_app.models.domain.persona import fold

EXACT, FOLDED = "persona_nombre_exacto", "persona_nombre"
# Latin letters and digits: all that names hold, and what SQLite's tokenizer takes for one word too.
_WORD = re.compile(r"(?:(?=[\0-\u024f])[^\W_])+")


def name_queries(text: str) -> Iterator[tuple[str, str]]:
    """Yield which index to ask and its FTS5 query, the exact spelling first; nothing without a word.

    After it, those without accents in the index of everybody, and those with them in their own.
    """
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    if not words:
        return
    exact = _prefixes(words)
    yield EXACT, exact
    folded = _prefixes(_WORD.findall(fold(" ".join(words))))
    if folded not in {"", exact}:
        yield EXACT, folded
    if folded:  # empty for a letter that folds to none of a name's, as µ does
        yield FOLDED, folded


def _prefixes(words: Sequence[str]) -> str:
    """Return the FTS5 query for all words, each a prefix. Quoted, and quotes are no word's part."""
    return " AND ".join(f'"{word}" *' for word in dict.fromkeys(words))
