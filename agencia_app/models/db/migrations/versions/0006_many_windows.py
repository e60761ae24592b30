"""Give an agency of many windows what it needs beside one: machines, and settings of its own.

Keys and print jobs say which machine they are of; the settings that no single machine may loosen are
kept with who set them; and the head of the bitácora is moved by its trigger alone. On PostgreSQL the
rows of a padrón file wait in a table, for its role may make no temporary one.
"""

import sqlalchemy as sa
from alembic import op

from agencia_app.models.db import guards

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_EQUIPO = 60  # characters of a machine's name

_CLAVE_CHANGED = (
    "NEW.hash <> OLD.hash OR NEW.cedula <> OLD.cedula OR NEW.tramite_id <> OLD.tramite_id "
    "OR NEW.intento <> OLD.intento OR NEW.emitida_en <> OLD.emitida_en "
    "OR (OLD.estado <> 'vigente' AND NEW.estado = 'vigente') OR NEW.vence_en <> OLD.vence_en "
    "OR (OLD.hoja <> 'por_confirmar' AND NEW.hoja <> OLD.hoja)"
)

# name, when, condition that makes it fail, message
TRIGGERS = (
    (
        "llave_inmutable",
        "BEFORE UPDATE ON llave",
        (
            "NEW.id <> OLD.id OR NEW.publica <> OLD.publica OR NEW.creada_en <> OLD.creada_en "
            "OR NEW.equipo <> OLD.equipo OR OLD.retirada_en IS NOT NULL"
        ),
        "una llave solo se retira, una vez",
    ),
    (
        "llave_no_replace",
        "BEFORE INSERT ON llave",
        (
            "EXISTS (SELECT 1 FROM llave WHERE id = NEW.id OR publica = NEW.publica "
            "OR (retirada_en IS NULL AND NEW.retirada_en IS NULL AND equipo = NEW.equipo))"
        ),
        "una llave no se reemplaza, y cada equipo tiene una sola en uso",
    ),
    ("ajuste_no_update", "BEFORE UPDATE ON ajuste", guards.ALWAYS, "un ajuste no se modifica: se pone otro"),
    ("ajuste_no_delete", "BEFORE DELETE ON ajuste", guards.ALWAYS, "un ajuste no se borra"),
    (
        "ajuste_no_replace",
        "BEFORE INSERT ON ajuste",
        "EXISTS (SELECT 1 FROM ajuste WHERE id = NEW.id)",
        "un ajuste no se reemplaza",
    ),
    (
        "ajuste_de_administrador",
        "BEFORE INSERT ON ajuste",
        "NOT EXISTS (SELECT 1 FROM usuario WHERE id = NEW.puesto_por AND rol = 'administrador' AND activo)",
        "los ajustes los pone un administrador",
    ),
    (
        "recibo_llave_en_uso",
        "BEFORE INSERT ON recibo",
        "EXISTS (SELECT 1 FROM llave WHERE id = NEW.llave AND retirada_en IS NOT NULL)",
        "una llave retirada ya no sella",
    ),
    (
        "clave_inmutable",
        "BEFORE UPDATE ON clave",
        (
            f"{_CLAVE_CHANGED} OR (OLD.estado <> 'vigente' "
            "AND (NEW.estado <> OLD.estado OR NEW.fin_en IS NOT OLD.fin_en))"
        ),
        "una clave emitida no se cambia ni revive",
    ),
)
# Those of 0002 and 0004 that are made anew above, as they were.
_BEFORE = (
    (
        "llave_inmutable",
        "BEFORE UPDATE ON llave",
        (
            "NEW.id <> OLD.id OR NEW.publica <> OLD.publica OR NEW.creada_en <> OLD.creada_en "
            "OR OLD.retirada_en IS NOT NULL"
        ),
        "una llave solo se retira, una vez",
    ),
    (
        "llave_no_replace",
        "BEFORE INSERT ON llave",
        (
            "EXISTS (SELECT 1 FROM llave WHERE id = NEW.id OR publica = NEW.publica "
            "OR (retirada_en IS NULL AND NEW.retirada_en IS NULL))"
        ),
        "una llave no se reemplaza, y hay una sola en uso",
    ),
    (
        "clave_inmutable",
        "BEFORE UPDATE ON clave",
        _CLAVE_CHANGED,
        "una clave emitida no se cambia ni revive",
    ),
)
# Whoever holds the database cannot empty what was done lately: no setting keeps it for less than a year.
_PURGES = ("bitacora_depura_lo_antiguo", "BEFORE UPDATE ON bitacora")
_LATELY = {
    "sqlite": "NEW.sal <> OLD.sal AND julianday(OLD.en) > julianday((SELECT en FROM bitacora_cabeza)) - 365",
    "postgresql": "NEW.sal <> OLD.sal AND OLD.en::timestamptz > (SELECT en FROM bitacora_cabeza)::timestamptz - interval '365 days'",
}
# An id ahead of the counter would hold against whatever an administrador sets later.
_IN_TURN = (
    "ajuste_en_orden",
    "BEFORE INSERT ON ajuste",
    "NEW.id > (SELECT last_value FROM ajuste_id_seq)",
    "los ajustes se ponen en orden",
)
# The head is the trigger's to move, with its maker's rights: no account of a window may write it.
_HEAD_BY_OWNER = "ALTER FUNCTION bitacora_sigue_cabeza() SECURITY DEFINER SET search_path = public, pg_temp"
_HEAD_BY_ANYONE = "ALTER FUNCTION bitacora_sigue_cabeza() SECURITY INVOKER RESET search_path"
# Not written to the server's log: after a crash it is empty, and the file is loaded again.
_WAITING = (
    "CREATE UNLOGGED TABLE padron_leido (LIKE persona, linea bigint NOT NULL, "
    "CONSTRAINT pk_padron_leido PRIMARY KEY (cedula, linea))"
)
# Every window hears at once that something was recorded (``services.enlace``); of a transaction, once.
_TELL = "PERFORM pg_notify('agencia', ''); RETURN NULL;"
_TELLS = "CREATE TRIGGER bitacora_avisa AFTER INSERT ON bitacora FOR EACH STATEMENT EXECUTE FUNCTION bitacora_avisa()"


def upgrade() -> None:
    for table in ("llave", "impresion"):
        op.add_column(table, sa.Column("equipo", sa.String(_EQUIPO), nullable=False, server_default=""))
    op.create_table(
        "ajuste",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nombre", sa.String(length=40), nullable=False),
        sa.Column("valor", sa.String(length=120), nullable=False),
        sa.Column("puesto_por", sa.Integer(), nullable=False),
        sa.Column("puesto_en", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["puesto_por"], ["usuario.id"], name=op.f("fk_ajuste_puesto_por_usuario")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ajuste")),
    )
    for name, when, *_ in _BEFORE:
        guards.drop(name, when)
    for each in TRIGGERS:
        guards.create(*each)
    engine = op.get_bind().dialect.name
    guards.create(*_PURGES, _LATELY[engine], "solo se depura lo de hace mas de un anio")
    if engine == "postgresql":
        guards.create(*_IN_TURN)
        op.execute(_HEAD_BY_OWNER)
        op.execute(_WAITING)
        guards.function("bitacora_avisa", _TELL)
        op.execute(_TELLS)


def downgrade() -> None:
    guards.drop(*_PURGES)
    if op.get_bind().dialect.name == "postgresql":
        guards.drop(*_IN_TURN[:2])
        op.execute("DROP TABLE padron_leido")
        guards.drop("bitacora_avisa", "AFTER INSERT ON bitacora")
        op.execute(_HEAD_BY_ANYONE)
    for name, when, *_ in reversed(TRIGGERS):
        guards.drop(name, when)
    for each in _BEFORE:
        guards.create(*each)
    op.drop_table("ajuste")
    for table in ("impresion", "llave"):
        op.drop_column(table, "equipo")
