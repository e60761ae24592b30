"""Give the kiosk its questions, and on PostgreSQL the four functions that are all its account may do.

A question (a cédula and a birth date) is judged and written down in one transaction, and answered in
another: who rolls the first back has no answer, and who has an answer has been counted. Both answers take
the same way, a row of the bitácora included.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_WORK = 0x61_67_65_6E  # the agency's work, as in engine_postgres
_ASKING = 0x6B_69_6F_73  # one question at a time, or many at once would not be slowed
_WITH_OWNERS_RIGHTS = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
_TODAY = "(timezone('UTC', clock_timestamp()) - interval '5 hours')::date"

# Of whom the owner's functions ask; never granted to anybody.
_RECORD = """
CREATE FUNCTION kiosco_registra(de_accion text, de_cedula text, de_detalle text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    cabeza record;
    momento text := to_char(timezone('UTC', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00';
    sal_nueva text := replace(gen_random_uuid()::text, '-', '');
    citado text := '"' || replace(replace(de_detalle, '\\', '\\\\'), '"', '\\"') || '"';
    digesto text;
BEGIN
    SELECT seq, hash INTO cabeza FROM bitacora_cabeza FOR UPDATE;
    digesto := encode(sha256(convert_to('["' || sal_nueva || '",' || citado || ']', 'UTF8')), 'hex');
    INSERT INTO bitacora (seq, en, actor, ventanilla, accion, tramite, detalle, sal, compromiso, hash_previo, hash)
    VALUES (cabeza.seq + 1, momento, 'sistema:kiosco', 0, de_accion, '', de_detalle, sal_nueva, digesto, cabeza.hash,
        encode(sha256(convert_to('[' || (cabeza.seq + 1) || ',"' || momento || '","sistema:kiosco",0,"' || de_accion
            || '","","' || digesto || '","' || cabeza.hash || '"]', 'UTF8')), 'hex'));
    INSERT INTO acceso (cedula, seq) VALUES (de_cedula, cabeza.seq + 1);
END $$
"""

_FRAME = f"""
CREATE FUNCTION kiosco_marco() RETURNS text {_WITH_OWNERS_RIGHTS} STABLE AS $$
BEGIN
    RETURN (SELECT json_build_object(
        'codigo', codigo, 'nombre', nombre, 'demostracion', demostracion,
        'revision', (SELECT version_num FROM alembic_version),
        'ajustes', (SELECT COALESCE(json_object_agg(a.nombre, a.valor), '{{}}') FROM ajuste a
            WHERE a.id = (SELECT max(b.id) FROM ajuste b WHERE b.nombre = a.nombre)
            AND a.nombre IN ('perfil', 'admitir_conviviente', 'dias_solicitud')),
        'reglamento', (SELECT COALESCE(json_agg(json_build_array(
            r.id, r.clase, r.nombre, r.contenido, r.rige_desde, r.puesto_en) ORDER BY r.id), '[]')
            FROM reglamento r))::text FROM agencia);
END $$
"""

_ASK = f"""
CREATE FUNCTION kiosco_pregunta(de_cedula text, de_nacimiento date, OUT ficha text, OUT espera integer)
{_WITH_OWNERS_RIGHTS} AS $$
DECLARE
    ahora timestamp := timezone('UTC', clock_timestamp());
    hoy date := {_TODAY};
    desde text := COALESCE(host(inet_client_addr()), '');
    preguntas integer;
    ultima timestamp;
    fallos integer;
    ultimo timestamp;
    es boolean;
BEGIN
    IF de_cedula !~ '^[0-9]{{10}}$' OR de_nacimiento IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock_shared({_WORK});
    PERFORM pg_advisory_xact_lock({_ASKING});
    DELETE FROM kiosco_pregunta WHERE dia < hoy;
    SELECT count(*), max(en), count(*) FILTER (WHERE NOT acierto), max(en) FILTER (WHERE NOT acierto)
        INTO preguntas, ultima, fallos, ultimo FROM kiosco_pregunta
        WHERE equipo = desde AND en > ahora - interval '15 minutes';
    espera := 0;
    IF fallos >= 4 THEN
        espera := GREATEST(0, ceil(LEAST(60, 5 * 2 ^ LEAST(fallos - 4, 8)) - extract(epoch FROM ahora - ultimo)));
    END IF;
    IF preguntas >= 60 THEN
        espera := GREATEST(espera, ceil(60 - extract(epoch FROM ahora - ultima)));
    END IF;
    IF espera > 0 THEN
        RETURN;
    END IF;
    SELECT count(*) INTO fallos FROM kiosco_pregunta WHERE cedula = de_cedula AND dia = hoy AND NOT acierto;
    es := EXISTS (SELECT 1 FROM persona WHERE cedula = de_cedula AND fecha_nacimiento = de_nacimiento)
        AND fallos < 5;
    ficha := replace(gen_random_uuid()::text, '-', '');
    INSERT INTO kiosco_pregunta (id, equipo, cedula, en, dia, transaccion, acierto)
    VALUES (ficha, desde, de_cedula, ahora, hoy, pg_current_xact_id()::text, es);
    PERFORM kiosco_registra('kiosco.consulta', de_cedula, '{{"acierto": ' || es || ', "cedulas": ["' || de_cedula || '"]}}');
END $$
"""

_ASKED = """
    SELECT * INTO q FROM kiosco_pregunta WHERE id = de_ficha AND acierto
        AND equipo = COALESCE(host(inet_client_addr()), '')
        AND en > timezone('UTC', clock_timestamp()) - interval '15 minutes'
        AND transaccion <> pg_current_xact_id()::text;
    IF NOT FOUND THEN
        RETURN;
    END IF;
"""

_ANSWER = f"""
CREATE FUNCTION kiosco_respuesta(de_ficha text) RETURNS TABLE (
    iniciales text, tipo_prestacion text, estado text, fallecido boolean, discapacidad boolean)
{_WITH_OWNERS_RIGHTS} AS $$
DECLARE
    q record;
BEGIN
    {_ASKED}
    RETURN QUERY SELECT
        (SELECT string_agg(left(palabra, 1), ' ' ORDER BY n) FROM
            regexp_split_to_table(p.nombres || ' ' || p.apellidos, '\\s+') WITH ORDINALITY AS t (palabra, n)
            WHERE palabra <> ''),
        p.tipo_prestacion::text, p.estado::text, p.fecha_defuncion IS NOT NULL, p.discapacidad
        FROM persona p WHERE p.cedula = q.cedula;
END $$
"""

_REQUEST = f"""
CREATE FUNCTION kiosco_solicita(de_ficha text, de_planilla text, por_calificar boolean) RETURNS TABLE (
    numero text, generada_en timestamp, vence_el date)
{_WITH_OWNERS_RIGHTS} AS $$
#variable_conflict use_column
DECLARE
    q record;
    p persona%ROWTYPE;
    hecha solicitud%ROWTYPE;
    ahora timestamp := timezone('UTC', clock_timestamp());
    hoy date := {_TODAY};
    de_estado text := CASE WHEN por_calificar THEN 'por_calificar' ELSE 'generada' END;
    dias integer;
    turno integer;
    base text;
    nuevo text;
BEGIN
    {_ASKED}
    IF de_planilla !~ '^[a-z0-9_]{{0,24}}$' THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock_shared({_WORK});
    SELECT * INTO p FROM persona WHERE cedula = q.cedula FOR NO KEY UPDATE;
    IF NOT FOUND OR p.fecha_defuncion IS NOT NULL OR p.estado <> 'activo'
        OR p.tipo_prestacion IN ('montepio_hijo', 'montepio_padre') OR (p.tipo_prestacion = 'montepio_conviviente'
        AND COALESCE((SELECT valor FROM ajuste WHERE nombre = 'admitir_conviviente' ORDER BY id DESC LIMIT 1), '') <> 'true')
    THEN
        RETURN;
    END IF;
    SELECT * INTO hecha FROM solicitud s WHERE s.cedula = p.cedula AND s.origen = 'kiosco' AND s.estado = de_estado
        AND s.tipo_prestacion = p.tipo_prestacion AND s.vence_el >= hoy ORDER BY s.id DESC LIMIT 1 FOR NO KEY UPDATE;
    IF FOUND THEN
        UPDATE solicitud SET planilla = de_planilla WHERE id = hecha.id AND planilla <> de_planilla;
        PERFORM kiosco_registra('kiosco.solicitud', p.cedula,
            '{{"cedulas": ["' || p.cedula || '"], "solicitud": "' || hecha.numero || '"}}');
        RETURN QUERY SELECT hecha.numero::text, hecha.generada_en, hecha.vence_el;
        RETURN;
    END IF;
    dias := COALESCE((SELECT valor FROM ajuste WHERE nombre = 'dias_solicitud' ORDER BY id DESC LIMIT 1), '30');
    BEGIN
        INSERT INTO secuencia (serie, anio, ultimo) SELECT 'solicitud', extract(year FROM hoy), 0
            WHERE NOT EXISTS (SELECT 1 FROM secuencia WHERE serie = 'solicitud' AND anio = extract(year FROM hoy));
    EXCEPTION WHEN integrity_constraint_violation OR unique_violation THEN
        NULL; -- a window was quicker
    END;
    UPDATE secuencia SET ultimo = ultimo + 1 WHERE serie = 'solicitud' AND anio = extract(year FROM hoy)
        RETURNING ultimo INTO turno;
    IF turno >= 1000000000 THEN
        RAISE EXCEPTION 'no quedan solicitudes en el anio' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    base := (SELECT codigo FROM agencia) || to_char(hoy, 'YY') || lpad(turno::text, 9, '0');
    nuevo := base || lpad(((98 - (100 * (base::numeric % 97)) % 97) % 97)::text, 2, '0');
    INSERT INTO solicitud (numero, cedula, tipo_prestacion, origen, estado, planilla, generada_en, ventanilla,
        vence_el, ruc, razon_social, calificada_por)
    VALUES (nuevo, p.cedula, p.tipo_prestacion, 'kiosco', de_estado, de_planilla, ahora, 0, hoy + dias,
        CASE WHEN por_calificar THEN p.ruc_empleador ELSE '' END, '', '');
    PERFORM kiosco_registra('kiosco.solicitud', p.cedula,
        '{{"cedulas": ["' || p.cedula || '"], "solicitud": "' || nuevo || '"}}');
    RETURN QUERY SELECT nuevo, ahora, hoy + dias;
END $$
"""

_FUNCTIONS = (
    ("kiosco_registra(text, text, text)", _RECORD),
    ("kiosco_marco()", _FRAME),
    ("kiosco_pregunta(text, date)", _ASK),
    ("kiosco_respuesta(text)", _ANSWER),
    ("kiosco_solicita(text, text, boolean)", _REQUEST),
)


def upgrade() -> None:
    op.create_table(
        "kiosco_pregunta",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("equipo", sa.String(length=60), nullable=False),
        sa.Column("cedula", sa.String(length=10), nullable=False),
        sa.Column("en", sa.DateTime(), nullable=False),
        sa.Column("dia", sa.Date(), nullable=False),
        sa.Column("transaccion", sa.String(length=20), nullable=False),
        sa.Column("acierto", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosco_pregunta")),
    )
    op.create_index("ix_kiosco_pregunta_cedula", "kiosco_pregunta", ["cedula"])
    if op.get_bind().dialect.name == "postgresql":
        for name, body in _FUNCTIONS:
            op.execute(body)
            op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, _ in reversed(_FUNCTIONS):
            op.execute(f"DROP FUNCTION {name}")
    op.drop_table("kiosco_pregunta")
