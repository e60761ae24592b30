"""Triggers that refuse what must not happen, written once for both engines.

A guard is a name, when it looks, the condition under which it refuses, and what it says. The condition
is SQL of both engines, with ``IS NOT`` for «differs, nulls too» as SQLite has it.
"""

from __future__ import annotations

import re

from alembic import op

ALWAYS = "1"
_DIFFERS = re.compile(r"\bIS NOT (?!NULL\b)")


def create(name: str, when: str, condition: str, message: str) -> None:
    """Make a guard, e.g. ``("recibo_no_delete", "BEFORE DELETE ON recibo", ALWAYS, "…")``."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} {when} FOR EACH ROW WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
        )
        return
    refused = "true" if condition == ALWAYS else _DIFFERS.sub("IS DISTINCT FROM ", condition)
    row = "OLD" if when.startswith("BEFORE DELETE") else "NEW"
    function(
        name,
        f"IF {refused} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {row};",
    )
    op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {name}()")


def function(name: str, body: str) -> None:
    """Make the function of a PostgreSQL trigger.

    The names in it stand for our tables only because the application's role can make none of its own,
    not even temporary ones (``services.instalacion``).
    """
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")


def drop(name: str, when: str) -> None:
    """Take a guard away again."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {when.rpartition(' ON ')[2]}")
    op.execute(f"DROP FUNCTION {name}()")
