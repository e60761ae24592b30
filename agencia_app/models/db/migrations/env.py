"""Alembic's entry: the caller hands its connection over, and with it the transaction."""

from alembic import context

from agencia_app.models.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    # The name index's own tables belong to SQLite, not to the mappings.
    include_name=lambda name, kind, _parents: (
        not (kind == "table" and str(name).startswith("persona_nombre"))
    ),
)
context.run_migrations()
