"""Create the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agencia",
        sa.Column("codigo", sa.String(length=3), nullable=False),
        sa.Column("nombre", sa.String(length=80), nullable=False),
        sa.Column("demostracion", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(codigo) = 3", name=op.f("ck_agencia_codigo")),
        sa.PrimaryKeyConstraint("codigo", name=op.f("pk_agencia")),
    )
    op.create_table(
        "bitacora",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("en", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("accion", sa.String(length=40), nullable=False),
        sa.Column("tramite", sa.String(length=13), nullable=False),
        sa.Column("detalle", sa.Text(), nullable=False),
        sa.Column("hash_previo", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_bitacora")),
        sa.UniqueConstraint("hash", name=op.f("uq_bitacora_hash")),
    )
    op.create_table(
        "persona",
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("apellidos", sa.String(length=120), nullable=False),
        sa.Column("nombres", sa.String(length=120), nullable=False),
        sa.Column("fecha_nacimiento", sa.Date(), nullable=False),
        sa.Column(
            "tipo_prestacion",
            sa.Enum(
                "jubilacion_vejez",
                "jubilacion_invalidez",
                "jubilacion_discapacidad",
                "montepio_conyuge",
                "montepio_conviviente",
                "montepio_hijo",
                "montepio_padre",
                "afiliado_dependencia",
                "afiliado_cesante",
                "afiliado_voluntario",
                name="tipoprestacion",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("provincia", sa.String(length=40), nullable=False),
        sa.Column(
            "estado",
            sa.Enum(
                "activo",
                "suspendido",
                name="estadopersona",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("fecha_defuncion", sa.Date(), nullable=True),
        sa.Column("discapacidad", sa.Boolean(), nullable=False),
        sa.Column("correo", sa.String(length=120), nullable=False),
        sa.Column("celular", sa.String(length=20), nullable=False),
        sa.Column("ruc_empleador", sa.String(length=13), nullable=False),
        sa.PrimaryKeyConstraint("cedula", name=op.f("pk_persona")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "secuencia",
        sa.Column("serie", sa.String(length=12), nullable=False),
        sa.Column("anio", sa.Integer(), nullable=False),
        sa.Column("ultimo", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("serie", "anio", name=op.f("pk_secuencia")),
    )
    op.create_table(
        "usuario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("usuario", sa.String(length=40), nullable=False),
        sa.Column("nombre", sa.String(length=80), nullable=False),
        sa.Column(
            "rol",
            sa.Enum(
                "operador",
                "supervisor",
                "administrador",
                name="rol",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("clave_hash", sa.String(length=200), nullable=False),
        sa.Column("intentos", sa.Integer(), nullable=False),
        sa.Column("bloqueado_hasta", sa.DateTime(), nullable=True),
        sa.Column("creado_en", sa.DateTime(), nullable=False),
        sa.CheckConstraint("usuario = lower(usuario)", name=op.f("ck_usuario_minusculas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usuario")),
        sa.UniqueConstraint("usuario", name=op.f("uq_usuario_usuario")),
    )
    op.create_table(
        "contacto",
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("correo", sa.String(length=120), nullable=False),
        sa.Column("celular", sa.String(length=20), nullable=False),
        sa.Column("actualizado_en", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cedula"], ["persona.cedula"], name=op.f("fk_contacto_cedula_persona")),
        sa.PrimaryKeyConstraint("cedula", name=op.f("pk_contacto")),
    )
    op.create_table(
        "tramite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("numero", sa.String(length=13), nullable=False),
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("perfil", sa.String(length=40), nullable=False),
        sa.Column(
            "estado",
            sa.Enum(
                "abierto",
                "pendiente",
                "emitido",
                "terminado",
                "cancelado",
                name="estadotramite",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("operador_id", sa.Integer(), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("abierto_en", sa.DateTime(), nullable=False),
        sa.Column("cerrado_en", sa.DateTime(), nullable=True),
        sa.Column(
            "formato_cedula",
            sa.Enum(
                "antigua",
                "electronica",
                name="formatocedula",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("vencimiento_cedula", sa.Date(), nullable=True),
        sa.Column("correo", sa.String(length=120), nullable=True),
        sa.Column("celular", sa.String(length=20), nullable=True),
        sa.Column("identidad_en", sa.DateTime(), nullable=True),
        sa.Column("requisitos_en", sa.DateTime(), nullable=True),
        sa.Column("aceptado_en", sa.DateTime(), nullable=True),
        sa.Column("firmado_en", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["cedula"], ["persona.cedula"], name=op.f("fk_tramite_cedula_persona")),
        sa.ForeignKeyConstraint(["operador_id"], ["usuario.id"], name=op.f("fk_tramite_operador_id_usuario")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tramite")),
        sa.UniqueConstraint("numero", name=op.f("uq_tramite_numero")),
    )
    with op.batch_alter_table("tramite", schema=None) as batch_op:
        batch_op.create_index("ix_tramite_estado_abierto_en", ["estado", "abierto_en"], unique=False)
        batch_op.create_index(
            "uq_tramite_cedula_en_curso",
            ["cedula"],
            unique=True,
            sqlite_where=sa.text("estado IN ('abierto', 'pendiente', 'emitido')"),
            postgresql_where=sa.text("estado IN ('abierto', 'pendiente', 'emitido')"),
        )

    op.create_table(
        "clave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("tramite_id", sa.Integer(), nullable=False),
        sa.Column("intento", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column(
            "estado",
            sa.Enum(
                "vigente",
                "desactivada",
                "anulada",
                name="estadoclave",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "hoja",
            sa.Enum(
                "por_confirmar",
                "entregada",
                "danada",
                name="estadohoja",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("emitida_en", sa.DateTime(), nullable=False),
        sa.Column("vence_en", sa.DateTime(), nullable=False),
        sa.Column("fin_en", sa.DateTime(), nullable=True),
        sa.CheckConstraint("(estado = 'vigente') = (fin_en IS NULL)", name=op.f("ck_clave_fin")),
        sa.ForeignKeyConstraint(["cedula"], ["persona.cedula"], name=op.f("fk_clave_cedula_persona")),
        sa.ForeignKeyConstraint(["tramite_id"], ["tramite.id"], name=op.f("fk_clave_tramite_id_tramite")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clave")),
        sa.UniqueConstraint("tramite_id", "intento", name=op.f("uq_clave_tramite_id_intento")),
    )
    with op.batch_alter_table("clave", schema=None) as batch_op:
        batch_op.create_index("ix_clave_cedula", ["cedula"], unique=False)
        batch_op.create_index(
            "uq_clave_cedula_vigente",
            ["cedula"],
            unique=True,
            sqlite_where=sa.text("estado = 'vigente'"),
            postgresql_where=sa.text("estado = 'vigente'"),
        )

    op.create_table(
        "documento",
        sa.Column("tramite_id", sa.Integer(), nullable=False),
        sa.Column("requisito", sa.String(length=24), nullable=False),
        sa.Column("orden", sa.Integer(), nullable=False),
        sa.Column("alternativa", sa.String(length=24), nullable=False),
        sa.Column("original", sa.Boolean(), nullable=False),
        sa.Column("copia", sa.Boolean(), nullable=False),
        sa.Column("numero", sa.String(length=40), nullable=False),
        sa.Column("fecha", sa.Date(), nullable=True),
        sa.Column(
            "motivo",
            sa.Enum(
                "mayor_65",
                "menor_18",
                "exterior",
                "fuerza_publica",
                "discapacidad",
                "analfabeto",
                "extranjero",
                name="motivoexencion",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["tramite_id"], ["tramite.id"], name=op.f("fk_documento_tramite_id_tramite")),
        sa.PrimaryKeyConstraint("tramite_id", "requisito", name=op.f("pk_documento")),
    )
    op.create_table(
        "recibo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("numero", sa.String(length=14), nullable=False),
        sa.Column("anio", sa.Integer(), nullable=False),
        sa.Column("secuencia", sa.Integer(), nullable=False),
        sa.Column("tramite_id", sa.Integer(), nullable=False),
        sa.Column("operador_id", sa.Integer(), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("emitido_en", sa.DateTime(), nullable=False),
        sa.Column("anterior_desactivada_en", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["operador_id"], ["usuario.id"], name=op.f("fk_recibo_operador_id_usuario")),
        sa.ForeignKeyConstraint(["tramite_id"], ["tramite.id"], name=op.f("fk_recibo_tramite_id_tramite")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recibo")),
        sa.UniqueConstraint("anio", "secuencia", name=op.f("uq_recibo_anio_secuencia")),
        sa.UniqueConstraint("numero", name=op.f("uq_recibo_numero")),
        sa.UniqueConstraint("tramite_id", name=op.f("uq_recibo_tramite_id")),
    )


def downgrade() -> None:
    op.drop_table("recibo")
    op.drop_table("documento")
    with op.batch_alter_table("clave", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_clave_cedula_vigente",
            sqlite_where=sa.text("estado = 'vigente'"),
            postgresql_where=sa.text("estado = 'vigente'"),
        )
        batch_op.drop_index("ix_clave_cedula")

    op.drop_table("clave")
    with op.batch_alter_table("tramite", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tramite_cedula_en_curso",
            sqlite_where=sa.text("estado IN ('abierto', 'pendiente', 'emitido')"),
            postgresql_where=sa.text("estado IN ('abierto', 'pendiente', 'emitido')"),
        )
        batch_op.drop_index("ix_tramite_estado_abierto_en")

    op.drop_table("tramite")
    op.drop_table("contacto")
    op.drop_table("usuario")
    op.drop_table("secuencia")
    op.drop_table("persona")
    op.drop_table("bitacora")
    op.drop_table("agencia")
