"""Guard what must not change: the audit log, the receipts and the issued claves."""

from agencia_app.models.db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# name, when, condition that makes it fail, message
TRIGGERS = (
    ("bitacora_no_update", "BEFORE UPDATE ON bitacora", "1", "la bitacora no se modifica"),
    ("bitacora_no_delete", "BEFORE DELETE ON bitacora", "1", "la bitacora no se borra"),
    (
        "bitacora_encadenada",
        "BEFORE INSERT ON bitacora",
        (
            "NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM bitacora) OR NEW.hash_previo <> "
            "COALESCE((SELECT hash FROM bitacora ORDER BY seq DESC LIMIT 1), '')"
        ),
        "la bitacora no admite saltos",
    ),
    ("recibo_no_update", "BEFORE UPDATE ON recibo", "1", "un recibo no se modifica"),
    ("recibo_no_delete", "BEFORE DELETE ON recibo", "1", "un recibo no se borra"),
    (
        "recibo_sin_huecos",
        "BEFORE INSERT ON recibo",
        "NEW.secuencia <> (SELECT COALESCE(MAX(secuencia), 0) + 1 FROM recibo WHERE anio = NEW.anio)",
        "los recibos se numeran sin huecos",
    ),
    ("clave_no_delete", "BEFORE DELETE ON clave", "1", "una clave emitida no se borra"),
    (
        "clave_inmutable",
        "BEFORE UPDATE ON clave",
        (
            "NEW.hash <> OLD.hash OR NEW.cedula <> OLD.cedula OR NEW.tramite_id <> OLD.tramite_id "
            "OR NEW.intento <> OLD.intento OR NEW.emitida_en <> OLD.emitida_en "
            "OR (OLD.estado <> 'vigente' AND NEW.estado = 'vigente') OR NEW.vence_en <> OLD.vence_en "
            "OR (OLD.hoja <> 'por_confirmar' AND NEW.hoja <> OLD.hoja)"
        ),
        "una clave emitida no se cambia ni revive",
    ),
    (
        "secuencia_no_retrocede",
        "BEFORE UPDATE ON secuencia",
        "NEW.ultimo <= OLD.ultimo",
        "una secuencia no retrocede",
    ),
    ("secuencia_no_delete", "BEFORE DELETE ON secuencia", "1", "una secuencia no se borra"),
    # INSERT OR REPLACE takes the old row away without asking the triggers of DELETE.
    (
        "bitacora_no_replace",
        "BEFORE INSERT ON bitacora",
        "EXISTS (SELECT 1 FROM bitacora WHERE seq = NEW.seq OR hash = NEW.hash)",
        "la bitacora no se reemplaza",
    ),
    (
        "recibo_no_replace",
        "BEFORE INSERT ON recibo",
        (
            "EXISTS (SELECT 1 FROM recibo WHERE id = NEW.id OR numero = NEW.numero "
            "OR tramite_id = NEW.tramite_id OR (anio = NEW.anio AND secuencia = NEW.secuencia))"
        ),
        "un recibo no se reemplaza",
    ),
    (
        "clave_no_replace",
        "BEFORE INSERT ON clave",
        (
            "EXISTS (SELECT 1 FROM clave WHERE id = NEW.id OR (tramite_id = NEW.tramite_id "
            "AND intento = NEW.intento) OR (cedula = NEW.cedula AND estado = 'vigente' "
            "AND NEW.estado = 'vigente'))"
        ),
        "una clave emitida no se reemplaza",
    ),
    (
        "secuencia_no_replace",
        "BEFORE INSERT ON secuencia",
        "EXISTS (SELECT 1 FROM secuencia WHERE serie = NEW.serie AND anio = NEW.anio)",
        "una secuencia no se reemplaza",
    ),
)


def upgrade() -> None:
    for each in TRIGGERS:
        guards.create(*each)


def downgrade() -> None:
    for name, when, *_ in reversed(TRIGGERS):
        guards.drop(name, when)
