"""Alembic's entry: the caller hands its connection over, and with it the transaction."""

from alembic import context

from agencia_app.models.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    # The names' indexes, and where an import's rows wait, are each engine's own and not in the mappings.
    include_name=lambda name, kind, _parents: (
        not (kind == "table" and str(name).startswith(("persona_nombre", "padron_leido")))
    ),
)
context.run_migrations()
