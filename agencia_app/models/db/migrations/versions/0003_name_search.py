"""Index the names of the padrón for search while typing, kept by triggers."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# One index folds case, accents and ñ; the other only case, to rank what was typed exactly first.
INDEXES = {"persona_nombre": 2, "persona_nombre_exacto": 0}  # name: remove_diacritics

NAMES = "{row}.apellidos || ' ' || {row}.nombres"


def upgrade() -> None:
    for index, diacritics in INDEXES.items():
        # rowid is the cédula as a number, so that a hit leads straight to its person. Contentless:
        # the names are stored once, in persona. Prefixes to six letters: a fifth of the padrón is
        # called MARIA, and collecting the postings of "maria*" afresh takes 50 ms at 600,000.
        op.execute(
            f"CREATE VIRTUAL TABLE {index} USING fts5(nombre, content='', detail='none', columnsize=0, "
            f"prefix='1 2 3 4 5 6', tokenize=\"unicode61 remove_diacritics {diacritics}\")",
        )
        # Bytes of memory before a segment is written: a whole batch of an import.
        op.execute(f"INSERT INTO {index}({index}, rank) VALUES ('hashsize', 33554432)")
        op.execute(
            f"INSERT INTO {index}(rowid, nombre) "
            "SELECT CAST(cedula AS INTEGER), apellidos || ' ' || nombres FROM persona ORDER BY cedula",
        )
        new = f"(CAST(NEW.cedula AS INTEGER), {NAMES.format(row='NEW')})"
        old = f"('delete', CAST(OLD.cedula AS INTEGER), {NAMES.format(row='OLD')})"
        insert = f"INSERT INTO {index}(rowid, nombre) VALUES {new};"
        delete = f"INSERT INTO {index}({index}, rowid, nombre) VALUES {old};"
        op.execute(f"CREATE TRIGGER {index}_insert AFTER INSERT ON persona BEGIN {insert} END")
        op.execute(
            f"CREATE TRIGGER {index}_update AFTER UPDATE OF cedula, apellidos, nombres ON persona "
            "WHEN (NEW.cedula, NEW.apellidos, NEW.nombres) <> (OLD.cedula, OLD.apellidos, OLD.nombres) "
            f"BEGIN {delete} {insert} END",
        )
        op.execute(f"CREATE TRIGGER {index}_delete AFTER DELETE ON persona BEGIN {delete} END")


def downgrade() -> None:
    for index in INDEXES:
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {index}_{event}")
        op.execute(f"DROP TABLE {index}")
