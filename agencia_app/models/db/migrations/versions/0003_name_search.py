"""Index the names of the padrón for search while typing, kept by triggers."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# rowid is the cédula as a number, so that a hit leads straight to its person. Contentless: the
# names are stored once, in persona. The tokenizer folds case, accents and ñ.
NAMES = "NEW.apellidos || ' ' || NEW.nombres"
OLD_NAMES = "OLD.apellidos || ' ' || OLD.nombres"


def upgrade() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE persona_nombre USING fts5(nombre, content='', detail='none', "
        "columnsize=0, prefix='2 3', tokenize=\"unicode61 remove_diacritics 2\")",
    )
    op.execute(
        "INSERT INTO persona_nombre(rowid, nombre) "
        "SELECT CAST(cedula AS INTEGER), apellidos || ' ' || nombres FROM persona",
    )
    op.execute(
        "CREATE TRIGGER persona_nombre_insert AFTER INSERT ON persona BEGIN "
        f"INSERT INTO persona_nombre(rowid, nombre) VALUES (CAST(NEW.cedula AS INTEGER), {NAMES}); END",
    )
    op.execute(
        "CREATE TRIGGER persona_nombre_update AFTER UPDATE OF apellidos, nombres ON persona "
        "WHEN NEW.apellidos <> OLD.apellidos OR NEW.nombres <> OLD.nombres BEGIN "
        "INSERT INTO persona_nombre(persona_nombre, rowid, nombre) "
        f"VALUES ('delete', CAST(OLD.cedula AS INTEGER), {OLD_NAMES}); "
        f"INSERT INTO persona_nombre(rowid, nombre) VALUES (CAST(NEW.cedula AS INTEGER), {NAMES}); END",
    )
    op.execute(
        "CREATE TRIGGER persona_nombre_delete AFTER DELETE ON persona BEGIN "
        "INSERT INTO persona_nombre(persona_nombre, rowid, nombre) "
        f"VALUES ('delete', CAST(OLD.cedula AS INTEGER), {OLD_NAMES}); END",
    )


def downgrade() -> None:
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER persona_nombre_{event}")
    op.execute("DROP TABLE persona_nombre")
