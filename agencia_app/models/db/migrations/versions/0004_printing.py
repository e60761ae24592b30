"""Record print jobs, the keys that sign recibos, and what each recibo says."""

import sqlalchemy as sa
from alembic import op

from agencia_app.models.db import guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# name, when, condition that makes it fail, message
TRIGGERS = (
    ("llave_no_delete", "BEFORE DELETE ON llave", "1", "una llave no se borra"),
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
    ("impresion_no_delete", "BEFORE DELETE ON impresion", "1", "una impresion no se borra"),
    (
        "impresion_inmutable",
        "BEFORE UPDATE ON impresion",
        (
            "NEW.papel <> OLD.papel OR NEW.tramite_id IS NOT OLD.tramite_id OR NEW.cedula IS NOT OLD.cedula "
            "OR NEW.ejemplar <> OLD.ejemplar OR NEW.motivo <> OLD.motivo OR NEW.operador_id <> OLD.operador_id "
            "OR NEW.ventanilla <> OLD.ventanilla OR NEW.creado_en <> OLD.creado_en "
            "OR NEW.intentos < OLD.intentos "
            "OR (OLD.estado = 'confirmado' AND NEW.estado <> 'confirmado')"
        ),
        "de una impresion solo cambia su estado",
    ),
    (
        "impresion_no_replace",
        "BEFORE INSERT ON impresion",
        (
            "EXISTS (SELECT 1 FROM impresion WHERE id = NEW.id OR (tramite_id = NEW.tramite_id "
            "AND papel = NEW.papel AND ejemplar = NEW.ejemplar "
            "AND (papel IN ('recibo', 'hoja_clave') OR ejemplar > 0)))"
        ),
        "una impresion no se reemplaza",
    ),
)
RECIBO = (
    ("contenido", sa.Text()),
    ("huella", sa.String(64)),
    ("llave", sa.String(8)),
    ("firma", sa.String(128)),
)


def upgrade() -> None:
    for name, kind in RECIBO:
        op.add_column("recibo", sa.Column(name, kind, nullable=False, server_default=""))
    op.create_table(
        "llave",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("publica", sa.String(length=64), nullable=False),
        sa.Column("creada_en", sa.DateTime(), nullable=False),
        sa.Column("retirada_en", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_llave")),
        sa.UniqueConstraint("publica", name=op.f("uq_llave_publica")),
    )
    op.create_table(
        "impresion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "papel",
            sa.Enum(
                "solicitud",
                "pendientes",
                "recibo",
                "hoja_clave",
                "prueba",
                name="paperkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("tramite_id", sa.Integer(), nullable=True),
        sa.Column("cedula", sa.String(length=10), nullable=True),
        sa.Column("ejemplar", sa.Integer(), nullable=False),
        sa.Column("motivo", sa.String(length=120), nullable=False),
        sa.Column("copias", sa.Integer(), nullable=False),
        sa.Column("impresora", sa.String(length=120), nullable=False),
        sa.Column("referencia", sa.String(length=80), nullable=False),
        sa.Column(
            "estado",
            sa.Enum(
                "en_cola",
                "imprimiendo",
                "impreso",
                "confirmado",
                "fallido",
                name="estadoimpresion",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("intentos", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=40), nullable=False),
        sa.Column("mensaje", sa.String(length=200), nullable=False),
        sa.Column("operador_id", sa.Integer(), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("creado_en", sa.DateTime(), nullable=False),
        sa.Column("actualizado_en", sa.DateTime(), nullable=False),
        sa.CheckConstraint("copias BETWEEN 1 AND 9", name=op.f("ck_impresion_copias")),
        sa.CheckConstraint("papel <> 'hoja_clave' OR copias = 1", name=op.f("ck_impresion_una_hoja")),
        sa.CheckConstraint(
            "papel = 'hoja_clave' OR ejemplar = 0 OR motivo <> ''", name=op.f("ck_impresion_motivo")
        ),
        sa.ForeignKeyConstraint(
            ["operador_id"], ["usuario.id"], name=op.f("fk_impresion_operador_id_usuario")
        ),
        sa.ForeignKeyConstraint(["tramite_id"], ["tramite.id"], name=op.f("fk_impresion_tramite_id_tramite")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_impresion")),
    )
    op.create_index("ix_impresion_estado", "impresion", ["estado"])
    once = sa.text("papel IN ('recibo', 'hoja_clave') OR ejemplar > 0")
    op.create_index(
        "uq_impresion_tramite_papel_ejemplar",
        "impresion",
        ["tramite_id", "papel", "ejemplar"],
        unique=True,
        sqlite_where=once,
        postgresql_where=once,
    )
    # A recibo whose attention has not ended is still to be printed, as far as anybody knows.
    op.execute(
        "INSERT INTO impresion (papel, tramite_id, ejemplar, motivo, copias, impresora, referencia, estado, "
        "intentos, error, mensaje, operador_id, ventanilla, creado_en, actualizado_en) "
        "SELECT 'recibo', recibo.tramite_id, 0, '', 1, '', '', 'en_cola', 0, '', '', recibo.operador_id, "
        "recibo.ventanilla, recibo.emitido_en, recibo.emitido_en "
        "FROM recibo JOIN tramite ON tramite.id = recibo.tramite_id WHERE tramite.estado = 'emitido'"
    )
    for each in TRIGGERS:
        guards.create(*each)


def downgrade() -> None:
    for name, when, *_ in reversed(TRIGGERS):
        guards.drop(name, when)
    op.drop_table("impresion")
    op.drop_table("llave")
    for name, _ in reversed(RECIBO):
        op.drop_column("recibo", name)
