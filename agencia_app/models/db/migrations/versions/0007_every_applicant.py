"""Give every applicant their solicitud, the rules their versions, and errors of the padrón their ticket.

A solicitud is a thing of its own, made before anybody queues; requirement profiles, elections and
agencies are kept as an administrador put them, each from its date; and a wrong datum gets a ticket.
"""

import sqlalchemy as sa
from alembic import op

from agencia_app.models.db import guards

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PAPERS = ("solicitud", "pendientes", "recibo", "hoja_clave", "prueba")
_JOB_CHANGED = (
    "NEW.papel <> OLD.papel OR NEW.tramite_id IS NOT OLD.tramite_id OR NEW.ejemplar <> OLD.ejemplar "
    "OR NEW.operador_id <> OLD.operador_id OR NEW.ventanilla <> OLD.ventanilla "
    "OR NEW.creado_en <> OLD.creado_en OR NEW.intentos < OLD.intentos "
    "OR (OLD.estado = 'confirmado' AND NEW.estado <> 'confirmado') "
    "OR (NEW.cedula IS NOT OLD.cedula AND NEW.cedula IS NOT NULL) "
    "OR (NEW.motivo <> OLD.motivo AND (NEW.motivo <> 'depurado' OR OLD.motivo = '')) "
    "OR ((NEW.cedula IS NOT OLD.cedula OR NEW.motivo <> OLD.motivo) "
    "AND OLD.estado IN ('en_cola', 'imprimiendo'))"
)
_ADMINISTRADOR = (
    "NOT EXISTS (SELECT 1 FROM usuario WHERE id = NEW.puesto_por AND rol = 'administrador' AND activo)"
)
_SUPERVISOR = (
    "NEW.cerrada_por IS NOT OLD.cerrada_por AND NOT EXISTS "
    "(SELECT 1 FROM usuario WHERE id = NEW.cerrada_por AND rol = 'supervisor' AND activo)"
)

_OF_ANOTHER = (
    "NEW.tramite_id IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM tramite WHERE id = NEW.tramite_id AND cedula = NEW.cedula)"
)


def _told_changed(column: str) -> str:
    # Purging takes away what a ticket tells of people, once it is closed.
    return f"(NEW.{column} <> OLD.{column} AND (NEW.{column} <> 'depurado' OR OLD.cerrada_por IS NULL))"


def _of_jobs(changed: str) -> tuple[tuple[str, str, str, str], ...]:
    return (
        ("impresion_no_delete", "BEFORE DELETE ON impresion", guards.ALWAYS, "una impresion no se borra"),
        (
            "impresion_inmutable",
            "BEFORE UPDATE ON impresion",
            changed,
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


# name, when, condition that makes it fail, message
TRIGGERS = (
    ("solicitud_no_delete", "BEFORE DELETE ON solicitud", guards.ALWAYS, "una solicitud no se borra"),
    (
        "solicitud_no_replace",
        "BEFORE INSERT ON solicitud",
        (
            "NEW.tramite_id IS NOT NULL "
            "OR EXISTS (SELECT 1 FROM solicitud WHERE id = NEW.id OR numero = NEW.numero)"
        ),
        "una solicitud no se reemplaza",
    ),
    (
        "solicitud_de_su_persona",
        "BEFORE UPDATE ON solicitud",
        _OF_ANOTHER,
        "una solicitud es de una sola persona",
    ),
    # It serves once: what a clave was issued on stays where it is.
    (
        "solicitud_inmutable",
        "BEFORE UPDATE ON solicitud",
        (
            "NEW.numero <> OLD.numero OR NEW.cedula <> OLD.cedula OR NEW.origen <> OLD.origen "
            "OR NEW.tipo_prestacion <> OLD.tipo_prestacion OR NEW.generada_en <> OLD.generada_en "
            "OR NEW.vence_el <> OLD.vence_el OR NEW.generada_por IS NOT OLD.generada_por "
            "OR EXISTS (SELECT 1 FROM clave WHERE clave.tramite_id = OLD.tramite_id)"
        ),
        "una solicitud sirve una sola vez",
    ),
    ("reglamento_no_update", "BEFORE UPDATE ON reglamento", guards.ALWAYS, "un reglamento no se modifica"),
    ("reglamento_no_delete", "BEFORE DELETE ON reglamento", guards.ALWAYS, "un reglamento no se borra"),
    (
        "reglamento_no_replace",
        "BEFORE INSERT ON reglamento",
        (
            "EXISTS (SELECT 1 FROM reglamento WHERE id = NEW.id OR "
            "(clase = NEW.clase AND nombre = NEW.nombre AND rige_desde = NEW.rige_desde))"
        ),
        "un reglamento no se reemplaza",
    ),
    (
        "reglamento_de_administrador",
        "BEFORE INSERT ON reglamento",
        _ADMINISTRADOR,
        "los reglamentos los pone un administrador",
    ),
    ("correccion_no_delete", "BEFORE DELETE ON correccion", guards.ALWAYS, "un ticket no se borra"),
    (
        "correccion_no_replace",
        "BEFORE INSERT ON correccion",
        (
            "NEW.cerrada_por IS NOT NULL "
            "OR EXISTS (SELECT 1 FROM correccion WHERE id = NEW.id OR numero = NEW.numero)"
        ),
        "un ticket no se reemplaza",
    ),
    (
        "correccion_inmutable",
        "BEFORE UPDATE ON correccion",
        (
            "NEW.numero <> OLD.numero OR NEW.cedula <> OLD.cedula OR NEW.dato <> OLD.dato "
            "OR NEW.abierta_por <> OLD.abierta_por OR NEW.abierta_en <> OLD.abierta_en "
            "OR NEW.ventanilla <> OLD.ventanilla OR (OLD.cerrada_por IS NOT NULL AND "
            "(NEW.cerrada_por IS NOT OLD.cerrada_por OR NEW.cerrada_en IS NOT OLD.cerrada_en)) "
            f"OR {_told_changed('dice')} OR {_told_changed('debe_decir')} OR {_told_changed('evidencia')} "
            "OR (NEW.resolucion <> OLD.resolucion AND OLD.resolucion <> '' AND NEW.resolucion <> 'depurado') "
            "OR (OLD.avisada_en IS NOT NULL AND NEW.avisada_en IS NOT OLD.avisada_en)"
        ),
        "un ticket solo se cierra, una vez",
    ),
    (
        "correccion_de_supervisor",
        "BEFORE UPDATE ON correccion",
        _SUPERVISOR,
        "un ticket lo cierra un supervisor",
    ),
)


def _papers(*names: str) -> sa.Enum:
    return sa.Enum(*names, name="paperkind", native_enum=False, create_constraint=True, length=24)


def _admit(*papers: str) -> None:
    """Let a job be of these papers alone: SQLite makes the table anew for it."""
    engine = op.get_bind().dialect.name
    if engine == "postgresql":
        listed = ", ".join(f"'{each}'" for each in papers)
        op.execute("ALTER TABLE impresion DROP CONSTRAINT ck_impresion_paperkind")
        op.execute(f"ALTER TABLE impresion ADD CONSTRAINT ck_impresion_paperkind CHECK (papel IN ({listed}))")
        return
    reflected = sa.Table("impresion", sa.MetaData(), autoload_with=op.get_bind())
    for each in [one for one in reflected.constraints if one.name == "ck_impresion_paperkind"]:
        reflected.constraints.remove(each)
    with op.batch_alter_table("impresion", copy_from=reflected, recreate="always") as batch:
        batch.alter_column(
            "papel", existing_type=sa.String(24), type_=_papers(*papers), existing_nullable=False
        )


def upgrade() -> None:
    op.create_table(
        "solicitud",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("numero", sa.String(length=16), nullable=False),
        sa.Column("cedula", sa.String(length=10), nullable=False),
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
        sa.Column(
            "origen",
            sa.Enum(
                "ventanilla",
                "kiosco",
                "portal",
                name="origensolicitud",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "estado",
            sa.Enum(
                "generada",
                "por_calificar",
                "calificada",
                "presentada",
                "vencida",
                name="estadosolicitud",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("planilla", sa.String(length=24), nullable=False),
        sa.Column("generada_en", sa.DateTime(), nullable=False),
        sa.Column("generada_por", sa.Integer(), nullable=True),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("vence_el", sa.Date(), nullable=False),
        sa.Column("ruc", sa.String(length=13), nullable=False),
        sa.Column("razon_social", sa.String(length=120), nullable=False),
        sa.Column("calificada_por", sa.String(length=120), nullable=False),
        sa.Column("calificada_el", sa.Date(), nullable=True),
        sa.Column("registrada_por", sa.Integer(), nullable=True),
        sa.Column("tramite_id", sa.Integer(), nullable=True),
        sa.Column("presentada_en", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(estado = 'presentada') = (presentada_en IS NOT NULL) AND "
            "(presentada_en IS NULL OR tramite_id IS NOT NULL)",
            name=op.f("ck_solicitud_presentada"),
        ),
        sa.CheckConstraint(
            "(calificada_por = '') = (calificada_el IS NULL) AND "
            "(calificada_por = '') = (registrada_por IS NULL)",
            name=op.f("ck_solicitud_calificada"),
        ),
        sa.CheckConstraint("(origen = 'kiosco') = (generada_por IS NULL)", name=op.f("ck_solicitud_origen")),
        sa.ForeignKeyConstraint(["cedula"], ["persona.cedula"], name=op.f("fk_solicitud_cedula_persona")),
        sa.ForeignKeyConstraint(
            ["generada_por"], ["usuario.id"], name=op.f("fk_solicitud_generada_por_usuario")
        ),
        sa.ForeignKeyConstraint(
            ["registrada_por"], ["usuario.id"], name=op.f("fk_solicitud_registrada_por_usuario")
        ),
        sa.ForeignKeyConstraint(["tramite_id"], ["tramite.id"], name=op.f("fk_solicitud_tramite_id_tramite")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_solicitud")),
        sa.UniqueConstraint("numero", name=op.f("uq_solicitud_numero")),
        sa.UniqueConstraint("tramite_id", name=op.f("uq_solicitud_tramite_id")),
    )
    op.create_index("ix_solicitud_cedula", "solicitud", ["cedula"])
    op.create_table(
        "reglamento",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "clase",
            sa.Enum(
                "requisitos",
                "elecciones",
                "agencias",
                name="clasereglamento",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("nombre", sa.String(length=30), nullable=False),
        sa.Column("contenido", sa.Text(), nullable=False),
        sa.Column("rige_desde", sa.Date(), nullable=False),
        sa.Column("puesto_por", sa.Integer(), nullable=False),
        sa.Column("puesto_en", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(clase = 'requisitos') = (nombre <> '')", name=op.f("ck_reglamento_nombre")),
        sa.ForeignKeyConstraint(
            ["puesto_por"], ["usuario.id"], name=op.f("fk_reglamento_puesto_por_usuario")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reglamento")),
        sa.UniqueConstraint(
            "clase", "nombre", "rige_desde", name=op.f("uq_reglamento_clase_nombre_rige_desde")
        ),
    )
    op.create_table(
        "correccion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("numero", sa.String(length=15), nullable=False),
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column(
            "dato",
            sa.Enum(
                "nombre",
                "fecha_nacimiento",
                "estado",
                name="datoerrado",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("dice", sa.String(length=250), nullable=False),
        sa.Column("debe_decir", sa.String(length=250), nullable=False),
        sa.Column("evidencia", sa.String(length=250), nullable=False),
        sa.Column("abierta_por", sa.Integer(), nullable=False),
        sa.Column("abierta_en", sa.DateTime(), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("cerrada_por", sa.Integer(), nullable=True),
        sa.Column("cerrada_en", sa.DateTime(), nullable=True),
        sa.Column("resolucion", sa.String(length=250), nullable=False),
        sa.Column("avisada_en", sa.DateTime(), nullable=True),
        sa.CheckConstraint("debe_decir <> '' AND evidencia <> ''", name=op.f("ck_correccion_dicho")),
        sa.CheckConstraint(
            "(cerrada_por IS NULL) = (cerrada_en IS NULL) AND (cerrada_por IS NULL) = (resolucion = '') "
            "AND (avisada_en IS NULL OR cerrada_en IS NOT NULL)",
            name=op.f("ck_correccion_cerrada"),
        ),
        sa.ForeignKeyConstraint(
            ["abierta_por"], ["usuario.id"], name=op.f("fk_correccion_abierta_por_usuario")
        ),
        sa.ForeignKeyConstraint(
            ["cerrada_por"], ["usuario.id"], name=op.f("fk_correccion_cerrada_por_usuario")
        ),
        sa.ForeignKeyConstraint(["cedula"], ["persona.cedula"], name=op.f("fk_correccion_cedula_persona")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correccion")),
        sa.UniqueConstraint("numero", name=op.f("uq_correccion_numero")),
    )
    op.create_index("ix_correccion_cedula", "correccion", ["cedula"])
    still = sa.text("cerrada_en IS NULL")
    op.create_index(
        "uq_correccion_cedula_dato_abierta",
        "correccion",
        ["cedula", "dato"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )
    for name, when, *_ in _of_jobs(""):
        guards.drop(name, when)
    op.add_column("impresion", sa.Column("numero", sa.String(16), nullable=False, server_default=""))
    _admit(*_PAPERS, "correccion")
    for each in (*_of_jobs(f"{_JOB_CHANGED} OR NEW.numero <> OLD.numero"), *TRIGGERS):
        guards.create(*each)


def downgrade() -> None:
    for name, when, *_ in reversed((*_of_jobs(""), *TRIGGERS)):
        guards.drop(name, when)
    op.execute("DELETE FROM impresion WHERE papel = 'correccion'")
    _admit(*_PAPERS)
    op.drop_column("impresion", "numero")
    for each in _of_jobs(_JOB_CHANGED):
        guards.create(*each)
    op.drop_table("correccion")
    op.drop_table("reglamento")
    op.drop_table("solicitud")
