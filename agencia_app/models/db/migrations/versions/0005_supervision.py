"""Give the supervisor's work its tables: four eyes, reviews, numbered slips, the close, retention.

The bitácora gets salted commitments, so that what it tells of people can be purged after its
time, a head that a trigger keeps, and the way from a cédula to the events that show it.
"""

import sqlalchemy as sa
from alembic import op

from agencia_app.models.db import guards

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FOLDED = "replace(replace(replace({0}.usuario, '.', ''), '-', ''), '_', '')"
_SUPERVISOR = "NOT EXISTS (SELECT 1 FROM usuario WHERE id = {0} AND rol = 'supervisor' AND activo)"
_CLOSED = "EXISTS (SELECT 1 FROM cierre WHERE dia = NEW.dia)"
_JOB_CHANGED = (
    "NEW.papel <> OLD.papel OR NEW.tramite_id IS NOT OLD.tramite_id OR NEW.ejemplar <> OLD.ejemplar "
    "OR NEW.operador_id <> OLD.operador_id OR NEW.ventanilla <> OLD.ventanilla "
    "OR NEW.creado_en <> OLD.creado_en OR NEW.intentos < OLD.intentos "
    "OR (OLD.estado = 'confirmado' AND NEW.estado <> 'confirmado')"
)

# name, when, condition that makes it fail, message
TRIGGERS = (
    (
        "usuario_no_se_parece",
        "BEFORE INSERT ON usuario",
        f"EXISTS (SELECT 1 FROM usuario AS otro WHERE {_FOLDED.format('otro')} = {_FOLDED.format('NEW')})",
        "hay un usuario que se escribe casi igual",
    ),
    (
        "usuario_no_cambia_nombre",
        "BEFORE UPDATE OF usuario ON usuario",
        "NEW.usuario <> OLD.usuario",
        "un usuario no cambia de nombre",
    ),
    ("usuario_no_delete", "BEFORE DELETE ON usuario", "1", "un usuario no se borra"),
    (
        "autorizacion_nace_pedida",
        "BEFORE INSERT ON autorizacion",
        "NEW.estado <> 'pedida'",
        "una autorizacion nace pedida",
    ),
    ("autorizacion_no_delete", "BEFORE DELETE ON autorizacion", "1", "una autorizacion no se borra"),
    (
        "autorizacion_no_replace",
        "BEFORE INSERT ON autorizacion",
        (
            "EXISTS (SELECT 1 FROM autorizacion WHERE id = NEW.id OR (tramite_id = NEW.tramite_id "
            "AND asunto = NEW.asunto AND estado = 'pedida'))"
        ),
        "una autorizacion no se reemplaza",
    ),
    (
        "autorizacion_inmutable",
        "BEFORE UPDATE ON autorizacion",
        (
            "OLD.estado <> 'pedida' OR NEW.id <> OLD.id OR NEW.asunto <> OLD.asunto "
            "OR NEW.tramite_id IS NOT OLD.tramite_id OR NEW.alcance <> OLD.alcance OR NEW.texto <> OLD.texto "
            "OR NEW.razon <> OLD.razon OR NEW.pedida_por <> OLD.pedida_por OR NEW.pedida_en <> OLD.pedida_en "
            "OR NEW.ventanilla <> OLD.ventanilla"
        ),
        "una autorizacion se resuelve una vez y no cambia",
    ),
    (
        "autorizacion_de_supervisor",
        "BEFORE UPDATE ON autorizacion",
        f"NEW.resuelta_por IS NOT NULL AND {_SUPERVISOR.format('NEW.resuelta_por')}",
        "autoriza un supervisor",
    ),
    (
        "autorizacion_no_propia",
        "BEFORE UPDATE ON autorizacion",
        (
            "NEW.estado = 'aprobada' AND NOT NEW.emergencia AND NEW.resuelta_por = "
            "(SELECT operador_id FROM tramite WHERE id = NEW.tramite_id)"
        ),
        "nadie autoriza lo que atiende",
    ),
    (
        "recibo_de_otra_persona",
        "BEFORE INSERT ON recibo",
        (
            "EXISTS (SELECT 1 FROM autorizacion WHERE tramite_id = NEW.tramite_id AND estado = 'aprobada' "
            "AND NOT emergencia AND resuelta_por = NEW.operador_id)"
        ),
        "quien autoriza no emite",
    ),
    ("recibo_dia_abierto", "BEFORE INSERT ON recibo", _CLOSED, "el dia esta cerrado"),
    ("candado_no_delete", "BEFORE DELETE ON candado", "1", "un candado no se borra"),
    (
        "candado_no_replace",
        "BEFORE INSERT ON candado",
        (
            "NEW.levantado_en IS NOT NULL OR EXISTS (SELECT 1 FROM candado WHERE id = NEW.id "
            "OR (cedula = NEW.cedula AND levantado_en IS NULL))"
        ),
        "un candado no se reemplaza",
    ),
    (
        "candado_inmutable",
        "BEFORE UPDATE ON candado",
        (
            "OLD.levantado_en IS NOT NULL OR NEW.id <> OLD.id OR NEW.cedula <> OLD.cedula "
            "OR NEW.puesto_tramite_id <> OLD.puesto_tramite_id OR NEW.puesto_por <> OLD.puesto_por "
            "OR NEW.puesto_en <> OLD.puesto_en OR NOT EXISTS (SELECT 1 FROM autorizacion JOIN tramite "
            "ON tramite.id = autorizacion.tramite_id WHERE autorizacion.id = NEW.autorizacion_id "
            "AND autorizacion.asunto = 'levantar_candado' AND autorizacion.estado = 'aprobada' "
            "AND tramite.cedula = OLD.cedula)"
        ),
        "un candado solo se levanta, autorizado y una vez",
    ),
    ("anulacion_no_update", "BEFORE UPDATE ON anulacion", "1", "una anulacion no se modifica"),
    ("anulacion_no_delete", "BEFORE DELETE ON anulacion", "1", "una anulacion no se borra"),
    (
        "anulacion_no_replace",
        "BEFORE INSERT ON anulacion",
        (
            "EXISTS (SELECT 1 FROM anulacion WHERE id = NEW.id OR recibo_id = NEW.recibo_id "
            "OR autorizacion_id = NEW.autorizacion_id)"
        ),
        "una anulacion no se reemplaza",
    ),
    (
        "anulacion_autorizada",
        "BEFORE INSERT ON anulacion",
        (
            "NOT EXISTS (SELECT 1 FROM autorizacion JOIN recibo ON recibo.tramite_id = autorizacion.tramite_id "
            "WHERE autorizacion.id = NEW.autorizacion_id AND recibo.id = NEW.recibo_id "
            "AND autorizacion.asunto = 'anulacion' AND autorizacion.estado = 'aprobada')"
        ),
        "una anulacion pide otra persona",
    ),
    ("anulacion_dia_abierto", "BEFORE INSERT ON anulacion", _CLOSED, "el dia esta cerrado"),
    ("hoja_lote_no_update", "BEFORE UPDATE ON hoja_lote", "1", "un lote no se modifica"),
    ("hoja_lote_no_delete", "BEFORE DELETE ON hoja_lote", "1", "un lote no se borra"),
    (
        "hoja_lote_no_se_cruza",
        "BEFORE INSERT ON hoja_lote",
        ("EXISTS (SELECT 1 FROM hoja_lote WHERE id = NEW.id OR (desde <= NEW.hasta AND hasta >= NEW.desde))"),
        "un lote no se cruza con otro",
    ),
    ("hoja_lote_dia_abierto", "BEFORE INSERT ON hoja_lote", _CLOSED, "el dia esta cerrado"),
    ("hoja_numerada_no_delete", "BEFORE DELETE ON hoja_numerada", "1", "una hoja no se borra"),
    (
        "hoja_numerada_de_su_lote",
        "BEFORE INSERT ON hoja_numerada",
        (
            "NEW.estado <> 'disponible' OR EXISTS (SELECT 1 FROM hoja_numerada WHERE numero = NEW.numero) "
            "OR NOT EXISTS (SELECT 1 FROM hoja_lote WHERE id = NEW.lote_id "
            "AND NEW.numero BETWEEN desde AND hasta)"
        ),
        "una hoja nace disponible, en su lote y una vez",
    ),
    (
        "hoja_numerada_no_vuelve",
        "BEFORE UPDATE ON hoja_numerada",
        (
            "OLD.estado = 'danada' OR NEW.numero <> OLD.numero OR NEW.lote_id <> OLD.lote_id "
            "OR (OLD.estado = 'emitida' AND (NEW.estado <> 'danada' OR NEW.clave_id IS NOT OLD.clave_id "
            "OR NEW.ventanilla IS NOT OLD.ventanilla))"
        ),
        "una hoja usada no vuelve",
    ),
    ("hoja_numerada_dia_abierto", "BEFORE UPDATE ON hoja_numerada", _CLOSED, "el dia esta cerrado"),
    ("cierre_no_update", "BEFORE UPDATE ON cierre", "1", "un dia cerrado no se cambia"),
    ("cierre_no_delete", "BEFORE DELETE ON cierre", "1", "un dia cerrado no se reabre"),
    ("cierre_no_replace", "BEFORE INSERT ON cierre", _CLOSED, "el dia ya esta cerrado"),
    ("revision_no_delete", "BEFORE DELETE ON revision", "1", "una revision no se borra"),
    (
        "revision_no_replace",
        "BEFORE INSERT ON revision",
        (
            "NEW.revisada_por IS NOT NULL "
            "OR EXISTS (SELECT 1 FROM revision WHERE id = NEW.id OR unica = NEW.unica)"
        ),
        "una revision no se reemplaza",
    ),
    (
        "revision_inmutable",
        "BEFORE UPDATE ON revision",
        (
            "OLD.revisada_por IS NOT NULL OR NEW.id <> OLD.id OR NEW.regla <> OLD.regla "
            "OR NEW.unica <> OLD.unica OR NEW.dia <> OLD.dia OR NEW.en <> OLD.en "
            "OR NEW.tramite_id IS NOT OLD.tramite_id OR NEW.usuario_id <> OLD.usuario_id "
            "OR NEW.ventanilla <> OLD.ventanilla OR NEW.texto <> OLD.texto OR NEW.creada_en <> OLD.creada_en"
        ),
        "una revision se hace una vez",
    ),
    (
        "revision_de_supervisor",
        "BEFORE UPDATE ON revision",
        f"NEW.revisada_por IS NOT NULL AND {_SUPERVISOR.format('NEW.revisada_por')}",
        "revisa un supervisor",
    ),
    (
        "revision_de_quien_no_autorizo",
        "BEFORE UPDATE ON revision",
        (
            "EXISTS (SELECT 1 FROM autorizacion WHERE tramite_id = NEW.tramite_id AND estado = 'aprobada' "
            "AND resuelta_por = NEW.revisada_por)"
        ),
        "quien autoriza no revisa",
    ),
    (
        "retencion_excepcion_no_delete",
        "BEFORE DELETE ON retencion_excepcion",
        "1",
        "una excepcion no se borra",
    ),
    (
        "retencion_excepcion_inmutable",
        "BEFORE UPDATE ON retencion_excepcion",
        (
            "OLD.levantada_en IS NOT NULL OR NEW.id <> OLD.id OR NEW.cedula <> OLD.cedula "
            "OR NEW.motivo <> OLD.motivo OR NEW.puesta_por <> OLD.puesta_por OR NEW.puesta_en <> OLD.puesta_en"
        ),
        "una excepcion solo se levanta, una vez",
    ),
    (
        "retencion_excepcion_no_replace",
        "BEFORE INSERT ON retencion_excepcion",
        (
            "NEW.levantada_en IS NOT NULL OR EXISTS (SELECT 1 FROM retencion_excepcion WHERE id = NEW.id "
            "OR (cedula = NEW.cedula AND levantada_en IS NULL))"
        ),
        "una excepcion no se reemplaza",
    ),
    ("bitacora_cabeza_no_delete", "BEFORE DELETE ON bitacora_cabeza", "1", "la cabeza no se borra"),
    (
        "bitacora_cabeza_avanza",
        "BEFORE UPDATE ON bitacora_cabeza",
        (
            "NEW.id <> OLD.id OR NEW.seq <> OLD.seq + 1 "
            "OR NEW.hash IS NOT (SELECT hash FROM bitacora WHERE seq = NEW.seq)"
        ),
        "la cabeza sigue a la bitacora",
    ),
    # Purging empties what a row tells of people, and nothing else.
    (
        "bitacora_no_update",
        "BEFORE UPDATE ON bitacora",
        (
            "OLD.compromiso = '' OR NEW.sal <> '' OR NEW.detalle <> '' OR NEW.seq <> OLD.seq "
            "OR NEW.en <> OLD.en OR NEW.actor <> OLD.actor OR NEW.ventanilla <> OLD.ventanilla "
            "OR NEW.accion <> OLD.accion OR NEW.tramite <> OLD.tramite OR NEW.compromiso <> OLD.compromiso "
            "OR NEW.hash_previo <> OLD.hash_previo OR NEW.hash <> OLD.hash"
        ),
        "la bitacora no se modifica",
    ),
    ("acceso_no_update", "BEFORE UPDATE ON acceso", "1", "un acceso no se modifica"),
    ("acceso_no_delete", "BEFORE DELETE ON acceso", "1", "un acceso no se borra"),
    ("recibo_no_update", "BEFORE UPDATE ON recibo", "1", "un recibo no se modifica"),
    # Purging takes away whose it was and why, once it ended.
    (
        "impresion_inmutable",
        "BEFORE UPDATE ON impresion",
        (
            f"{_JOB_CHANGED} OR (NEW.cedula IS NOT OLD.cedula AND NEW.cedula IS NOT NULL) "
            "OR (NEW.motivo <> OLD.motivo AND (NEW.motivo <> 'depurado' OR OLD.motivo = '')) "
            "OR ((NEW.cedula IS NOT OLD.cedula OR NEW.motivo <> OLD.motivo) "
            "AND OLD.estado IN ('en_cola', 'imprimiendo'))"
        ),
        "de una impresion solo cambia su estado",
    ),
)
# Those of 0002 and 0004 that are made anew above, as they were.
_BEFORE = (
    ("bitacora_no_update", "bitacora", "1", "la bitacora no se modifica"),
    ("recibo_no_update", "recibo", "1", "un recibo no se modifica"),
    (
        "impresion_inmutable",
        "impresion",
        f"{_JOB_CHANGED} OR NEW.cedula IS NOT OLD.cedula OR NEW.motivo <> OLD.motivo",
        "de una impresion solo cambia su estado",
    ),
)
_FOLLOW = "bitacora_sigue_cabeza"
_AFTER_EACH = f"CREATE TRIGGER {_FOLLOW} AFTER INSERT ON bitacora FOR EACH ROW "
_FOLLOWS = (
    "UPDATE bitacora_cabeza SET seq = NEW.seq, hash = NEW.hash, "
    "en = CASE WHEN NEW.accion = 'reloj.aceptado' THEN NEW.en ELSE {latest}(en, NEW.en) END; "
)


def upgrade() -> None:
    for name, table, *_ in _BEFORE:
        guards.drop(name, f"BEFORE UPDATE ON {table}")
    op.create_table(
        "bitacora_cabeza",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("en", sa.String(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_bitacora_cabeza_una")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bitacora_cabeza")),
    )
    op.create_table(
        "cierre",
        sa.Column("dia", sa.Date(), nullable=False),
        sa.Column("cerrado_en", sa.DateTime(), nullable=False),
        sa.Column("cerrado_por", sa.String(length=40), nullable=False),
        sa.Column("cabeza_seq", sa.Integer(), nullable=False),
        sa.Column("cabeza", sa.String(length=64), nullable=False),
        sa.Column("contenido", sa.Text(), nullable=False),
        sa.Column("huella", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("dia", name=op.f("pk_cierre")),
    )
    op.create_table(
        "acceso",
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["bitacora.seq"], name=op.f("fk_acceso_seq_bitacora")),
        sa.PrimaryKeyConstraint("cedula", "seq", name=op.f("pk_acceso")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hoja_lote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("desde", sa.BigInteger(), nullable=False),
        sa.Column("hasta", sa.BigInteger(), nullable=False),
        sa.Column("recibido_por", sa.Integer(), nullable=False),
        sa.Column("recibido_en", sa.DateTime(), nullable=False),
        sa.Column("dia", sa.Date(), nullable=False),
        sa.CheckConstraint("desde >= 1 AND desde <= hasta", name=op.f("ck_hoja_lote_orden")),
        sa.ForeignKeyConstraint(
            ["recibido_por"], ["usuario.id"], name=op.f("fk_hoja_lote_recibido_por_usuario")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hoja_lote")),
    )
    op.create_table(
        "retencion_excepcion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("motivo", sa.String(length=200), nullable=False),
        sa.Column("puesta_por", sa.Integer(), nullable=False),
        sa.Column("puesta_en", sa.DateTime(), nullable=False),
        sa.Column("levantada_por", sa.Integer(), nullable=True),
        sa.Column("levantada_en", sa.DateTime(), nullable=True),
        sa.CheckConstraint("motivo <> ''", name=op.f("ck_retencion_excepcion_motivo")),
        sa.ForeignKeyConstraint(
            ["levantada_por"], ["usuario.id"], name=op.f("fk_retencion_excepcion_levantada_por_usuario")
        ),
        sa.ForeignKeyConstraint(
            ["puesta_por"], ["usuario.id"], name=op.f("fk_retencion_excepcion_puesta_por_usuario")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retencion_excepcion")),
    )
    op.create_index(
        "uq_retencion_excepcion_cedula_vigente",
        "retencion_excepcion",
        ["cedula"],
        unique=True,
        sqlite_where=sa.text("levantada_en IS NULL"),
        postgresql_where=sa.text("levantada_en IS NULL"),
    )
    op.create_table(
        "apoderado",
        sa.Column("tramite_id", sa.Integer(), nullable=False),
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("nombre", sa.String(length=120), nullable=False),
        sa.Column("documento", sa.String(length=40), nullable=False),
        sa.Column("notaria", sa.String(length=120), nullable=False),
        sa.Column("fecha", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tramite_id"], ["tramite.id"], name=op.f("fk_apoderado_tramite_id_tramite")),
        sa.PrimaryKeyConstraint("tramite_id", name=op.f("pk_apoderado")),
    )
    op.create_table(
        "autorizacion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "asunto",
            sa.Enum(
                "documento_faltante",
                "cedula_vencida",
                "cedula_antigua",
                "segunda_clave",
                "contacto_cambiado",
                "apoderado",
                "candado",
                "levantar_candado",
                "anulacion",
                "reloj",
                name="asunto",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("tramite_id", sa.Integer(), nullable=True),
        sa.Column("alcance", sa.Text(), nullable=False),
        sa.Column("texto", sa.Text(), nullable=False),
        sa.Column("razon", sa.String(length=200), nullable=False),
        sa.Column(
            "estado",
            sa.Enum(
                "pedida",
                "aprobada",
                "negada",
                "retirada",
                name="estadoautorizacion",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("pedida_por", sa.Integer(), nullable=False),
        sa.Column("pedida_en", sa.DateTime(), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("resuelta_por", sa.Integer(), nullable=True),
        sa.Column("resuelta_en", sa.DateTime(), nullable=True),
        sa.Column("comentario", sa.String(length=200), nullable=False),
        sa.Column("emergencia", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(estado IN ('aprobada', 'negada')) = (resuelta_por IS NOT NULL)",
            name=op.f("ck_autorizacion_resuelta_por"),
        ),
        sa.CheckConstraint(
            "NOT emergencia OR (estado = 'aprobada' AND comentario <> '')",
            name=op.f("ck_autorizacion_emergencia"),
        ),
        sa.CheckConstraint(
            "asunto = 'reloj' OR tramite_id IS NOT NULL", name=op.f("ck_autorizacion_tramite")
        ),
        sa.CheckConstraint("razon <> ''", name=op.f("ck_autorizacion_razon")),
        sa.CheckConstraint(
            "(resuelta_por IS NULL) = (resuelta_en IS NULL)", name=op.f("ck_autorizacion_resuelta_en")
        ),
        sa.CheckConstraint(
            "resuelta_por <> pedida_por OR emergencia", name=op.f("ck_autorizacion_otra_persona")
        ),
        sa.ForeignKeyConstraint(
            ["pedida_por"], ["usuario.id"], name=op.f("fk_autorizacion_pedida_por_usuario")
        ),
        sa.ForeignKeyConstraint(
            ["resuelta_por"], ["usuario.id"], name=op.f("fk_autorizacion_resuelta_por_usuario")
        ),
        sa.ForeignKeyConstraint(
            ["tramite_id"], ["tramite.id"], name=op.f("fk_autorizacion_tramite_id_tramite")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autorizacion")),
    )
    op.create_index(
        "ix_autorizacion_emergencia",
        "autorizacion",
        ["resuelta_en"],
        unique=False,
        sqlite_where=sa.text("emergencia = 1"),
        postgresql_where=sa.text("emergencia"),
    )
    op.create_index("ix_autorizacion_estado", "autorizacion", ["estado"], unique=False)
    op.create_index("ix_autorizacion_tramite_id", "autorizacion", ["tramite_id"], unique=False)
    op.create_index(
        "uq_autorizacion_tramite_asunto_pedida",
        "autorizacion",
        ["tramite_id", "asunto"],
        unique=True,
        sqlite_where=sa.text("estado = 'pedida'"),
        postgresql_where=sa.text("estado = 'pedida'"),
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "regla",
            sa.Enum(
                "segunda_clave",
                "contacto_cambiado",
                "operador_sobre_los_demas",
                "fuera_de_horario",
                "sustitutos_seguidos",
                "consultas_sin_tramite",
                "emergencia",
                "muestra",
                name="regla",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("unica", sa.String(length=120), nullable=False),
        sa.Column("dia", sa.Date(), nullable=False),
        sa.Column("en", sa.DateTime(), nullable=False),
        sa.Column("tramite_id", sa.Integer(), nullable=True),
        sa.Column("usuario_id", sa.Integer(), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("texto", sa.Text(), nullable=False),
        sa.Column("creada_en", sa.DateTime(), nullable=False),
        sa.Column("revisada_por", sa.Integer(), nullable=True),
        sa.Column("revisada_en", sa.DateTime(), nullable=True),
        sa.Column("comentario", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(revisada_por IS NULL) = (revisada_en IS NULL) AND (revisada_por IS NULL) = (comentario = '')",
            name=op.f("ck_revision_revisada"),
        ),
        sa.CheckConstraint("revisada_por <> usuario_id", name=op.f("ck_revision_otra_persona")),
        sa.ForeignKeyConstraint(
            ["revisada_por"], ["usuario.id"], name=op.f("fk_revision_revisada_por_usuario")
        ),
        sa.ForeignKeyConstraint(["tramite_id"], ["tramite.id"], name=op.f("fk_revision_tramite_id_tramite")),
        sa.ForeignKeyConstraint(["usuario_id"], ["usuario.id"], name=op.f("fk_revision_usuario_id_usuario")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("unica", name=op.f("uq_revision_unica")),
    )
    op.create_index("ix_revision_dia", "revision", ["dia"], unique=False)
    op.create_index("ix_revision_tramite_id", "revision", ["tramite_id"], unique=False)
    op.create_table(
        "anulacion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recibo_id", sa.Integer(), nullable=False),
        sa.Column("autorizacion_id", sa.Integer(), nullable=False),
        sa.Column("motivo", sa.String(length=200), nullable=False),
        sa.Column("operador_id", sa.Integer(), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=False),
        sa.Column("dia", sa.Date(), nullable=False),
        sa.Column("anulada_en", sa.DateTime(), nullable=False),
        sa.CheckConstraint("motivo <> ''", name=op.f("ck_anulacion_motivo")),
        sa.ForeignKeyConstraint(
            ["autorizacion_id"], ["autorizacion.id"], name=op.f("fk_anulacion_autorizacion_id_autorizacion")
        ),
        sa.ForeignKeyConstraint(
            ["operador_id"], ["usuario.id"], name=op.f("fk_anulacion_operador_id_usuario")
        ),
        sa.ForeignKeyConstraint(["recibo_id"], ["recibo.id"], name=op.f("fk_anulacion_recibo_id_recibo")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anulacion")),
        sa.UniqueConstraint("autorizacion_id", name=op.f("uq_anulacion_autorizacion_id")),
        sa.UniqueConstraint("recibo_id", name=op.f("uq_anulacion_recibo_id")),
    )
    op.create_index("ix_anulacion_dia", "anulacion", ["dia"], unique=False)
    op.create_table(
        "candado",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("puesto_tramite_id", sa.Integer(), nullable=False),
        sa.Column("puesto_por", sa.Integer(), nullable=False),
        sa.Column("puesto_en", sa.DateTime(), nullable=False),
        sa.Column("levantado_por", sa.Integer(), nullable=True),
        sa.Column("levantado_en", sa.DateTime(), nullable=True),
        sa.Column("autorizacion_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(levantado_en IS NULL) = (levantado_por IS NULL) AND (levantado_en IS NULL) = (autorizacion_id IS NULL)",
            name=op.f("ck_candado_levantado"),
        ),
        sa.ForeignKeyConstraint(
            ["autorizacion_id"], ["autorizacion.id"], name=op.f("fk_candado_autorizacion_id_autorizacion")
        ),
        sa.ForeignKeyConstraint(["cedula"], ["persona.cedula"], name=op.f("fk_candado_cedula_persona")),
        sa.ForeignKeyConstraint(
            ["levantado_por"], ["usuario.id"], name=op.f("fk_candado_levantado_por_usuario")
        ),
        sa.ForeignKeyConstraint(["puesto_por"], ["usuario.id"], name=op.f("fk_candado_puesto_por_usuario")),
        sa.ForeignKeyConstraint(
            ["puesto_tramite_id"], ["tramite.id"], name=op.f("fk_candado_puesto_tramite_id_tramite")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candado")),
    )
    op.create_index(
        "uq_candado_cedula_puesto",
        "candado",
        ["cedula"],
        unique=True,
        sqlite_where=sa.text("levantado_en IS NULL"),
        postgresql_where=sa.text("levantado_en IS NULL"),
    )
    op.create_table(
        "hoja_numerada",
        sa.Column("numero", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lote_id", sa.Integer(), nullable=False),
        sa.Column("ventanilla", sa.Integer(), nullable=True),
        sa.Column(
            "estado",
            sa.Enum(
                "disponible",
                "emitida",
                "danada",
                name="estadohojanumerada",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("clave_id", sa.Integer(), nullable=True),
        sa.Column("motivo", sa.String(length=200), nullable=False),
        sa.Column("dia", sa.Date(), nullable=True),
        sa.Column("actualizado_por", sa.Integer(), nullable=False),
        sa.Column("actualizado_en", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(estado = 'disponible') = (dia IS NULL)", name=op.f("ck_hoja_numerada_dia")),
        sa.CheckConstraint("estado <> 'danada' OR motivo <> ''", name=op.f("ck_hoja_numerada_motivo")),
        sa.CheckConstraint(
            "estado <> 'emitida' OR clave_id IS NOT NULL", name=op.f("ck_hoja_numerada_clave")
        ),
        sa.ForeignKeyConstraint(
            ["actualizado_por"], ["usuario.id"], name=op.f("fk_hoja_numerada_actualizado_por_usuario")
        ),
        sa.ForeignKeyConstraint(["clave_id"], ["clave.id"], name=op.f("fk_hoja_numerada_clave_id_clave")),
        sa.ForeignKeyConstraint(
            ["lote_id"], ["hoja_lote.id"], name=op.f("fk_hoja_numerada_lote_id_hoja_lote")
        ),
        sa.PrimaryKeyConstraint("numero", name=op.f("pk_hoja_numerada")),
        sa.UniqueConstraint("clave_id", name=op.f("uq_hoja_numerada_clave_id")),
    )
    op.create_index("ix_hoja_numerada_dia", "hoja_numerada", ["dia"], unique=False)
    op.create_index(
        "ix_hoja_numerada_ventanilla_estado_numero",
        "hoja_numerada",
        ["ventanilla", "estado", "numero"],
        unique=False,
    )
    op.add_column("agencia", sa.Column("semilla", sa.String(length=64), server_default="", nullable=False))
    op.add_column("bitacora", sa.Column("sal", sa.String(length=32), server_default="", nullable=False))
    op.add_column(
        "bitacora", sa.Column("compromiso", sa.String(length=64), server_default="", nullable=False)
    )
    op.create_index("ix_bitacora_en", "bitacora", ["en"], unique=False)
    op.create_index("ix_bitacora_tramite_accion", "bitacora", ["tramite", "accion"], unique=False)
    op.add_column("recibo", sa.Column("dia", sa.Date(), server_default="2000-01-01", nullable=False))
    op.create_index(
        "ix_recibo_dia_operador_id_emitido_en", "recibo", ["dia", "operador_id", "emitido_en"], unique=False
    )
    op.add_column("tramite", sa.Column("dia", sa.Date(), server_default="2000-01-01", nullable=False))
    op.add_column("tramite", sa.Column("correo_antes", sa.String(length=120), nullable=True))
    op.add_column("tramite", sa.Column("celular_antes", sa.String(length=20), nullable=True))
    op.add_column("tramite", sa.Column("comprobada", sa.Boolean(), server_default="0", nullable=False))
    op.create_index("ix_tramite_cedula", "tramite", ["cedula"], unique=False)
    op.create_index("ix_tramite_dia", "tramite", ["dia"], unique=False)
    op.add_column(
        "usuario", sa.Column("bloqueo_arranque", sa.String(length=64), server_default="", nullable=False)
    )
    op.add_column("usuario", sa.Column("bloqueo_segundos", sa.Double(), server_default="0", nullable=False))
    op.add_column("usuario", sa.Column("activo", sa.Boolean(), server_default="1", nullable=False))
    op.add_column("usuario", sa.Column("debe_cambiar", sa.Boolean(), server_default="0", nullable=False))
    op.execute(
        "INSERT INTO bitacora_cabeza (id, seq, hash, en) SELECT 1, COALESCE(MAX(seq), 0), "
        "COALESCE((SELECT hash FROM bitacora ORDER BY seq DESC LIMIT 1), ''), COALESCE(MAX(en), '') FROM bitacora"
    )
    if op.get_bind().dialect.name == "sqlite":  # the only engine there was
        _bring_over()
    for each in TRIGGERS:
        guards.create(*each)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{_AFTER_EACH}BEGIN {_FOLLOWS.format(latest='max')}END")
    else:
        guards.function(_FOLLOW, f"{_FOLLOWS.format(latest='GREATEST')} RETURN NEW;")
        op.execute(f"{_AFTER_EACH}EXECUTE FUNCTION {_FOLLOW}()")


def _bring_over() -> None:
    # The agencies' zone keeps no summer time: five hours behind UTC all year.
    op.execute("UPDATE recibo SET dia = date(emitido_en, '-5 hours')")
    op.execute("UPDATE tramite SET dia = date(abierto_en, '-5 hours')")
    op.execute("UPDATE tramite SET dia = recibo.dia FROM recibo WHERE recibo.tramite_id = tramite.id")
    # What was known of who is being attended, as near as can be told.
    op.execute(
        "UPDATE tramite SET (correo_antes, celular_antes) = (SELECT COALESCE(contacto.correo, persona.correo), "
        "COALESCE(contacto.celular, persona.celular) FROM persona LEFT JOIN contacto USING (cedula) "
        "WHERE persona.cedula = tramite.cedula) WHERE estado IN ('abierto', 'pendiente')"
    )
    op.execute("UPDATE agencia SET semilla = lower(hex(randomblob(32)))")
    op.execute(
        "INSERT INTO acceso (cedula, seq) SELECT json_extract(detalle, '$.cedula'), seq FROM bitacora "
        "WHERE length(json_extract(detalle, '$.cedula')) = 10"
    )


def downgrade() -> None:
    guards.drop(_FOLLOW, _AFTER_EACH.partition(" FOR EACH")[0])
    for name, when, *_ in reversed(TRIGGERS):
        guards.drop(name, when)
    op.drop_column("usuario", "debe_cambiar")
    op.drop_column("usuario", "activo")
    op.drop_column("usuario", "bloqueo_segundos")
    op.drop_column("usuario", "bloqueo_arranque")
    op.drop_index("ix_tramite_dia", table_name="tramite")
    op.drop_index("ix_tramite_cedula", table_name="tramite")
    op.drop_column("tramite", "comprobada")
    op.drop_column("tramite", "celular_antes")
    op.drop_column("tramite", "correo_antes")
    op.drop_column("tramite", "dia")
    op.drop_index("ix_recibo_dia_operador_id_emitido_en", table_name="recibo")
    op.drop_column("recibo", "dia")
    op.drop_index("ix_bitacora_tramite_accion", table_name="bitacora")
    op.drop_index("ix_bitacora_en", table_name="bitacora")
    op.drop_column("bitacora", "compromiso")
    op.drop_column("bitacora", "sal")
    op.drop_column("agencia", "semilla")
    op.drop_index("ix_hoja_numerada_ventanilla_estado_numero", table_name="hoja_numerada")
    op.drop_index("ix_hoja_numerada_dia", table_name="hoja_numerada")
    op.drop_table("hoja_numerada")
    op.drop_index(
        "uq_candado_cedula_puesto",
        table_name="candado",
        sqlite_where=sa.text("levantado_en IS NULL"),
        postgresql_where=sa.text("levantado_en IS NULL"),
    )
    op.drop_table("candado")
    op.drop_index("ix_anulacion_dia", table_name="anulacion")
    op.drop_table("anulacion")
    op.drop_index("ix_revision_tramite_id", table_name="revision")
    op.drop_index("ix_revision_dia", table_name="revision")
    op.drop_table("revision")
    op.drop_index(
        "uq_autorizacion_tramite_asunto_pedida",
        table_name="autorizacion",
        sqlite_where=sa.text("estado = 'pedida'"),
        postgresql_where=sa.text("estado = 'pedida'"),
    )
    op.drop_index("ix_autorizacion_tramite_id", table_name="autorizacion")
    op.drop_index("ix_autorizacion_estado", table_name="autorizacion")
    op.drop_index(
        "ix_autorizacion_emergencia",
        table_name="autorizacion",
        sqlite_where=sa.text("emergencia = 1"),
        postgresql_where=sa.text("emergencia"),
    )
    op.drop_table("autorizacion")
    op.drop_table("apoderado")
    op.drop_index(
        "uq_retencion_excepcion_cedula_vigente",
        table_name="retencion_excepcion",
        sqlite_where=sa.text("levantada_en IS NULL"),
        postgresql_where=sa.text("levantada_en IS NULL"),
    )
    op.drop_table("retencion_excepcion")
    op.drop_table("hoja_lote")
    op.drop_table("acceso")
    op.drop_table("cierre")
    op.drop_table("bitacora_cabeza")
    for name, table, condition, message in _BEFORE:
        guards.create(name, f"BEFORE UPDATE ON {table}", condition, message)
