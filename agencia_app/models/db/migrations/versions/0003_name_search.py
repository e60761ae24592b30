"""Index the names of the padrón for search while typing, kept by triggers."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Two indexes that ignore case. ``persona_nombre_exacto`` has everybody, letter by letter as
# written. ``persona_nombre`` has only those with an accent or ñ, without them: for the others it
# would say the same again, and filling it is what an import spends most on.
INDEXES = (
    # name, remove_diacritics, who is in it
    ("persona_nombre_exacto", 0, "1"),
    ("persona_nombre", 2, "{row}.apellidos || {row}.nombres GLOB '*[^ -~]*'"),
)
EVENTS = ("insert", "update_old", "update_new", "delete")
CHANGED = "(NEW.cedula, NEW.apellidos, NEW.nombres) <> (OLD.cedula, OLD.apellidos, OLD.nombres)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _index_sqlite()


def _index_sqlite() -> None:
    for index, diacritics, who in INDEXES:
        # rowid is the cédula as a number, so that a hit leads straight to its person. Contentless:
        # the names are stored once, in persona. Prefixes to eight letters: a quarter of the padrón
        # is called MARIA, and collecting "maria*" without its prefix takes 50 ms at 600,000.
        op.execute(
            f"CREATE VIRTUAL TABLE {index} USING fts5(nombre, content='', detail='none', columnsize=0, "
            f"prefix='1 2 3 4 5 6 7 8', tokenize=\"unicode61 remove_diacritics {diacritics}\")",
        )
        # For imports: a batch is one segment (bytes of memory before one is written), and segments
        # are merged sixteen at a time, which costs a search nothing that can be measured.
        for option, value in (("hashsize", 33_554_432), ("automerge", 16)):
            op.execute(f"INSERT INTO {index}({index}, rank) VALUES ('{option}', {value})")
        everybody = f"SELECT {_entry('persona')} FROM persona WHERE {who.format(row='persona')}"
        op.execute(f"INSERT INTO {index}(rowid, nombre) {everybody} ORDER BY cedula")
        put = f"INSERT INTO {index}(rowid, nombre) VALUES ({_entry('NEW')});"
        take = f"INSERT INTO {index}({index}, rowid, nombre) VALUES ('delete', {_entry('OLD')});"
        old, new = who.format(row="OLD"), who.format(row="NEW")
        update = "UPDATE OF cedula, apellidos, nombres"
        # The old entry goes before the row changes and the new one comes after: SQLite promises no
        # order between two triggers of the same moment.
        _trigger(f"{index}_insert", "AFTER INSERT", new, put)
        _trigger(f"{index}_update_old", f"BEFORE {update}", f"{CHANGED} AND {old}", take)
        _trigger(f"{index}_update_new", f"AFTER {update}", f"{CHANGED} AND {new}", put)
        _trigger(f"{index}_delete", "AFTER DELETE", old, take)


def _entry(row: str) -> str:
    return f"CAST({row}.cedula AS INTEGER), {row}.apellidos || ' ' || {row}.nombres"


def _trigger(name: str, when: str, condition: str, action: str) -> None:
    op.execute(f"CREATE TRIGGER {name} {when} ON persona WHEN {condition} BEGIN {action} END")


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for index, *_ in INDEXES:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER {index}_{event}")
        op.execute(f"DROP TABLE {index}")
