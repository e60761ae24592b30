"""Index the names of the padrón for search while typing, kept by triggers."""

import unicodedata

from alembic import op

from agencia_app.models.db import guards

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


# On PostgreSQL: each person's words in a table of its own, and the beginnings of those words to this
# many letters in two GIN indexes. A beginning is a key of its own: collecting «maria*» from the words
# would read a quarter of the padrón at each key typed.
LONGEST = 8
LETTERS = range(0xAA, 0x250)  # beyond ASCII, what a name may hold


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _index_sqlite()
    else:
        _index_postgres()


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


def _index_postgres() -> None:
    # Written out and not left to lower(), which in a database without a language knows only ASCII.
    lowered = {chr(code): _first(chr(code).lower()) for code in LETTERS}
    apart = {chr(code): " " for code in range(0x21, 0x250) if not chr(code).isalnum()}
    apart |= dict.fromkeys("’´`‐‑–—", " ")  # what else joins the parts of a name
    # A letter that becomes two, or is a mark of abbreviation, is left as it is, as SQLite does.
    folded = {
        letter: plain
        for letter in map(chr, LETTERS)
        if unicodedata.category(letter) == "Ll" and len(plain := _folded(letter)) == 1
    }
    # The words of a name, each after a space.
    _function(
        "nombre_palabras(apellidos text, nombres text) RETURNS text LANGUAGE sql",
        "SELECT " + _translated("lower(' ' || apellidos || ' ' || nombres)", apart | lowered),
    )
    # Those without accents; NULL where there are none.
    _function(
        "nombre_plegado(palabras text) RETURNS text LANGUAGE sql",
        "SELECT CASE WHEN octet_length(palabras) > length(palabras) "
        f"THEN nullif({_translated('palabras', folded)}, palabras) END",
    )
    _function(
        "nombre_comienzos(palabras text) RETURNS text[] LANGUAGE plpgsql COST 1000",
        "DECLARE palabra text; todos text[] := '{}'; BEGIN "
        "FOREACH palabra IN ARRAY string_to_array(palabras, ' ') LOOP "
        f"FOR n IN 1 .. least(length(palabra), {LONGEST}) LOOP todos := todos || left(palabra, n); END LOOP; "
        "END LOOP; RETURN todos; END",
    )
    op.execute(
        "CREATE TABLE persona_nombre (cedula varchar(10) CONSTRAINT pk_persona_nombre PRIMARY KEY, "
        "exacto text NOT NULL, plegado text)"
    )
    op.execute(f"INSERT INTO persona_nombre {_words('persona')} ORDER BY cedula")
    for column, index in (("exacto", "persona_nombre_exacto"), ("plegado", "persona_nombre_plegado")):
        op.execute(
            f"CREATE INDEX {index} ON persona_nombre USING gin (nombre_comienzos({column})) "
            f"WHERE {column} IS NOT NULL"
        )
        # Nothing is chosen by how often a beginning is met; collecting it would only cost.
        op.execute(f"ALTER INDEX {index} ALTER COLUMN 1 SET STATISTICS 0")
    guards.function("persona_nombre_insert", f"INSERT INTO persona_nombre {_words('nueva')}; RETURN NULL;")
    op.execute(
        "CREATE TRIGGER persona_nombre_insert AFTER INSERT ON persona REFERENCING NEW TABLE AS nueva "
        "FOR EACH STATEMENT EXECUTE FUNCTION persona_nombre_insert()"
    )
    guards.function(
        "persona_nombre_update",
        "UPDATE persona_nombre SET cedula = NEW.cedula, exacto = nombre_palabras(NEW.apellidos, NEW.nombres), "
        "plegado = nombre_plegado(nombre_palabras(NEW.apellidos, NEW.nombres)) WHERE cedula = OLD.cedula; "
        "RETURN NULL;",
    )
    op.execute(
        "CREATE TRIGGER persona_nombre_update AFTER UPDATE OF cedula, apellidos, nombres ON persona "
        f"FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION persona_nombre_update()"
    )
    guards.function(
        "persona_nombre_delete", "DELETE FROM persona_nombre WHERE cedula = OLD.cedula; RETURN NULL;"
    )
    op.execute(
        "CREATE TRIGGER persona_nombre_delete AFTER DELETE ON persona FOR EACH ROW "
        "EXECUTE FUNCTION persona_nombre_delete()"
    )


def _function(head: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {head} IMMUTABLE PARALLEL SAFE AS $$ {body} $$")


def _words(people: str) -> str:
    words = "nombre_palabras(apellidos, nombres)"
    return f"SELECT cedula, {words}, nombre_plegado({words}) FROM {people}"


def _first(text: str) -> str:
    return text[0]  # of the Turkish İ, whose dot becomes a mark of its own


def _folded(letter: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(each))


def _translated(text: str, letters: dict[str, str]) -> str:
    # Nearly every name is of these letters, and the short list takes a tenth of the time.
    spanish = "áéíóúüñÁÉÍÓÚÜÑ"
    short = {each: other for each, other in letters.items() if each.isascii() or each in spanish}
    rest = f"translate({text}, '{spanish}', '')"
    return (
        f"CASE WHEN octet_length({rest}) = length({rest}) THEN translate({text}, {_pairs(short)}) "
        f"ELSE translate({text}, {_pairs(letters)}) END"
    )


def _pairs(letters: dict[str, str]) -> str:
    changed = {each: other for each, other in letters.items() if each != other}
    return ", ".join("'" + "".join(each).replace("'", "''") + "'" for each in (changed, changed.values()))


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER persona_nombre_{event} ON persona")
            op.execute(f"DROP FUNCTION persona_nombre_{event}")
        op.execute("DROP TABLE persona_nombre")
        for name in ("nombre_comienzos", "nombre_plegado", "nombre_palabras"):
            op.execute(f"DROP FUNCTION {name}")
        return
    for index, *_ in INDEXES:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER {index}_{event}")
        op.execute(f"DROP TABLE {index}")
