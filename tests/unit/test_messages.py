"""Every refusal has its sentence, and every sentence gets the facts it names."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import agencia_app
from agencia_app.models.domain import cedula
from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import SENTENCES, bug_sentence, sentence

PACKAGE = Path(agencia_app.__file__).parent


def _raised() -> Iterator[tuple[str, frozenset[str], str]]:
    """Yield code, names of its facts and place of every KnownError made in the source."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "KnownError"
            ):
                facts = frozenset(keyword.arg or "" for keyword in node.keywords)
                place = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                for code in _constants(node.args[0]):
                    yield code, facts, place


def _constants(node: ast.AST) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _constants(node.body) + _constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _fields(code: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(SENTENCES[code]) if name)


def test_every_refusal_has_a_sentence_and_its_facts() -> None:
    wrong = [
        f"{place}: {code} {'lacks ' + str(_fields(code) - facts) if code in SENTENCES else 'has no sentence'}"
        for code, facts, place in _raised()
        if code not in SENTENCES or not _fields(code) <= facts
    ]
    assert wrong == []


def test_no_sentence_is_left_over() -> None:
    """A code may also stand in a table, as the database's troubles do."""
    strings = {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.name != "messages.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(SENTENCES) - strings == set()


def test_codes_in_tables_have_sentences() -> None:
    from agencia_app.models.db import engine_postgres, engine_sqlite  # noqa: PLC0415 - the only one to need it

    told = (*engine_sqlite.TROUBLES, *engine_postgres.TROUBLES)
    assert {code for _, code in told} <= set(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_sentences_read_as_sentences(code: str) -> None:
    text = SENTENCES[code]
    assert text[0].isupper() or text[0] == "{"
    assert text.endswith((".", "iniciar", "rotar", "unirse"))
    assert not _fields(code) or "{" not in sentence(
        KnownError(code, **dict.fromkeys(_fields(code), "dato")),
    )


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("2459999050", "intercambiados los dígitos"),
        ("2459999006", "un dígito esté cambiado"),
        ("4559999005", "empieza con 45"),
        ("245999900", "hay 9"),
    ],
)
def test_a_wrong_cedula_names_the_likely_slip(typed: str, says: str) -> None:
    with pytest.raises(KnownError) as refused:
        cedula.validate(typed)
    assert says in sentence(refused.value)


def test_the_end_of_a_lock_is_told_in_agency_time() -> None:
    until = datetime(2026, 11, 23, 15, 42, tzinfo=UTC)
    assert "10:42" in sentence(KnownError("usuario.locked", until=until))


def test_a_bug_is_told_by_its_report_number() -> None:
    assert "3F7A21" in bug_sentence("3F7A21")
