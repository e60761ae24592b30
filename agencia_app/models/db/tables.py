"""The tables, as SQLAlchemy typed mappings. Rules that matter are constraints here.

Times are UTC. The append-only, gapless and name-search triggers are in the migrations.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum as PyEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from agencia_app.models.domain.autorizacion import REASON_LENGTH, Asunto, EstadoAutorizacion
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.correccion import TEXT_LENGTH, DatoErrado
from agencia_app.models.domain.hoja_numerada import EstadoHojaNumerada
from agencia_app.models.domain.impresion import MOTIVO_LENGTH, EstadoImpresion, PaperKind
from agencia_app.models.domain.persona import EstadoPersona, TipoPrestacion
from agencia_app.models.domain.reglamento import ClaseReglamento
from agencia_app.models.domain.requisitos import FormatoCedula
from agencia_app.models.domain.revision import COMMENT_LENGTH, Regla
from agencia_app.models.domain.solicitud import NAME_LENGTH, EstadoSolicitud, OrigenSolicitud
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.models.domain.usuario import Rol
from agencia_app.models.domain.votacion import MotivoExencion

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept as UTC also where the engine knows no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse naive times; store the rest as naive UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give the moment its zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


def enum(kind: type[PyEnum]) -> Enum:
    """Return the column type of a value enumeration: its values as text, checked."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
        length=24,
        name=kind.__name__.lower(),
    )


class Base(DeclarativeBase):
    """What every table shares."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        datetime: UtcDateTime,
        Asunto: enum(Asunto),
        ClaseReglamento: enum(ClaseReglamento),
        DatoErrado: enum(DatoErrado),
        EstadoAutorizacion: enum(EstadoAutorizacion),
        EstadoClave: enum(EstadoClave),
        EstadoHoja: enum(EstadoHoja),
        EstadoHojaNumerada: enum(EstadoHojaNumerada),
        EstadoImpresion: enum(EstadoImpresion),
        EstadoPersona: enum(EstadoPersona),
        EstadoSolicitud: enum(EstadoSolicitud),
        EstadoTramite: enum(EstadoTramite),
        FormatoCedula: enum(FormatoCedula),
        MotivoExencion: enum(MotivoExencion),
        OrigenSolicitud: enum(OrigenSolicitud),
        PaperKind: enum(PaperKind),
        Regla: enum(Regla),
        Rol: enum(Rol),
        TipoPrestacion: enum(TipoPrestacion),
    }


def table(row: type[Base]) -> Table:
    """Return the table of a mapped class, for statements that need no mapping: they run twice as fast."""
    return Base.metadata.tables[row.__tablename__]


class AgenciaRow(Base):
    """The agency this database belongs to: one row.

    ``semilla`` is the secret that draws the sample of issuances to review; no screen shows it.
    """

    __tablename__ = "agencia"
    __table_args__ = (CheckConstraint("length(codigo) = 3", name="codigo"),)

    codigo: Mapped[str] = mapped_column(String(3), primary_key=True)
    nombre: Mapped[str] = mapped_column(String(80))
    semilla: Mapped[str] = mapped_column(String(64), server_default="")
    demostracion: Mapped[bool]  # decided when the folder is made: no setting turns one into the other


class UsuarioRow(Base):
    """Somebody who may sign in. ``usuario`` is kept folded to lower case.

    A lock lasts until ``bloqueo_segundos`` of the steady clock of the start of the machine named by
    ``bloqueo_arranque``; ``bloqueado_hasta`` is that moment as people read it.
    """

    __tablename__ = "usuario"
    __table_args__ = (CheckConstraint("usuario = lower(usuario)", name="minusculas"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    usuario: Mapped[str] = mapped_column(String(40), unique=True)
    nombre: Mapped[str] = mapped_column(String(80))
    rol: Mapped[Rol]
    clave_hash: Mapped[str] = mapped_column(String(200))
    intentos: Mapped[int] = mapped_column(default=0)
    bloqueado_hasta: Mapped[datetime | None]
    bloqueo_arranque: Mapped[str] = mapped_column(String(64), server_default="")
    bloqueo_segundos: Mapped[float] = mapped_column(server_default="0")
    activo: Mapped[bool] = mapped_column(server_default="1")
    debe_cambiar: Mapped[bool] = mapped_column(server_default="0")
    creado_en: Mapped[datetime]


class PersonaRow(Base):
    """The padrón, keyed and stored in the order of the cédula."""

    __tablename__ = "persona"
    __table_args__ = ({"sqlite_with_rowid": False},)

    cedula: Mapped[str] = mapped_column(String(10), primary_key=True)
    apellidos: Mapped[str] = mapped_column(String(120))
    nombres: Mapped[str] = mapped_column(String(120))
    fecha_nacimiento: Mapped[date]
    tipo_prestacion: Mapped[TipoPrestacion]
    provincia: Mapped[str] = mapped_column(String(40))
    estado: Mapped[EstadoPersona]
    fecha_defuncion: Mapped[date | None]
    discapacidad: Mapped[bool]
    correo: Mapped[str] = mapped_column(String(120))
    celular: Mapped[str] = mapped_column(String(20))
    ruc_empleador: Mapped[str] = mapped_column(String(13))


class ContactoRow(Base):
    """Contact data a person confirmed or corrected at the window; the padrón keeps its own."""

    __tablename__ = "contacto"

    cedula: Mapped[str] = mapped_column(ForeignKey("persona.cedula"), primary_key=True)
    correo: Mapped[str] = mapped_column(String(120))
    celular: Mapped[str] = mapped_column(String(20))
    actualizado_en: Mapped[datetime]


class SecuenciaRow(Base):
    """The last number given out of each series in a year."""

    __tablename__ = "secuencia"

    serie: Mapped[str] = mapped_column(String(12), primary_key=True)
    anio: Mapped[int] = mapped_column(primary_key=True)
    ultimo: Mapped[int]


class TramiteRow(Base):
    """One attention, from cédula to recibo. Which step it is at follows from what is filled in.

    ``dia`` is the business day it counts to: that of its recibo once there is one. ``comprobada``
    tells that an antigua cédula passed its extra check; ``correo_antes`` and ``celular_antes`` are the
    contact data known when it was opened.
    """

    __tablename__ = "tramite"
    __table_args__ = (
        Index(
            "uq_tramite_cedula_en_curso",
            "cedula",
            unique=True,
            sqlite_where=text("estado IN ('abierto', 'pendiente', 'emitido')"),
            postgresql_where=text("estado IN ('abierto', 'pendiente', 'emitido')"),
        ),
        Index("ix_tramite_estado_abierto_en", "estado", "abierto_en"),
        Index("ix_tramite_dia", "dia"),
        Index("ix_tramite_cedula", "cedula"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    numero: Mapped[str] = mapped_column(String(13), unique=True)
    cedula: Mapped[str] = mapped_column(ForeignKey("persona.cedula"))
    perfil: Mapped[str] = mapped_column(String(40))
    estado: Mapped[EstadoTramite]
    operador_id: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    ventanilla: Mapped[int]
    dia: Mapped[date] = mapped_column(server_default="2000-01-01")
    abierto_en: Mapped[datetime]
    cerrado_en: Mapped[datetime | None]
    formato_cedula: Mapped[FormatoCedula | None]
    vencimiento_cedula: Mapped[date | None]
    correo: Mapped[str | None] = mapped_column(String(120))
    celular: Mapped[str | None] = mapped_column(String(20))
    correo_antes: Mapped[str | None] = mapped_column(String(120))
    celular_antes: Mapped[str | None] = mapped_column(String(20))
    comprobada: Mapped[bool] = mapped_column(server_default="0")
    identidad_en: Mapped[datetime | None]
    requisitos_en: Mapped[datetime | None]
    aceptado_en: Mapped[datetime | None]
    firmado_en: Mapped[datetime | None]


class DocumentoRow(Base):
    """What was shown for one requisito of a trámite."""

    __tablename__ = "documento"

    tramite_id: Mapped[int] = mapped_column(ForeignKey("tramite.id"), primary_key=True)
    requisito: Mapped[str] = mapped_column(String(24), primary_key=True)
    orden: Mapped[int]
    alternativa: Mapped[str] = mapped_column(String(24))
    original: Mapped[bool]
    copia: Mapped[bool]
    numero: Mapped[str] = mapped_column(String(40))
    fecha: Mapped[date | None]
    motivo: Mapped[MotivoExencion | None]


class ClaveRow(Base):
    """A clave that was issued, as an Argon2id hash. One valid clave per cédula."""

    __tablename__ = "clave"
    __table_args__ = (
        Index(
            "uq_clave_cedula_vigente",
            "cedula",
            unique=True,
            sqlite_where=text("estado = 'vigente'"),
            postgresql_where=text("estado = 'vigente'"),
        ),
        Index("ix_clave_cedula", "cedula"),
        UniqueConstraint("tramite_id", "intento"),
        CheckConstraint("(estado = 'vigente') = (fin_en IS NULL)", name="fin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cedula: Mapped[str] = mapped_column(ForeignKey("persona.cedula"))
    tramite_id: Mapped[int] = mapped_column(ForeignKey("tramite.id"))
    intento: Mapped[int]
    hash: Mapped[str] = mapped_column(String(200))
    estado: Mapped[EstadoClave]
    hoja: Mapped[EstadoHoja]
    emitida_en: Mapped[datetime]
    vence_en: Mapped[datetime]
    fin_en: Mapped[datetime | None]


class ReciboRow(Base):
    """The receipt of an issuance: one per trámite, numbered without gaps.

    ``contenido`` is what it says, as canonical JSON; ``huella`` its SHA-256, and ``firma`` the
    signature by ``llave``, both in hexadecimal. Those of before revision 0004 have none. ``dia`` is the
    business day it counts to: the next one open when that of ``emitido_en`` was closed.
    """

    __tablename__ = "recibo"
    __table_args__ = (
        UniqueConstraint("anio", "secuencia"),
        Index("ix_recibo_dia_operador_id_emitido_en", "dia", "operador_id", "emitido_en"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    numero: Mapped[str] = mapped_column(String(14), unique=True)
    anio: Mapped[int]
    secuencia: Mapped[int]
    tramite_id: Mapped[int] = mapped_column(ForeignKey("tramite.id"), unique=True)
    operador_id: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    ventanilla: Mapped[int]
    dia: Mapped[date] = mapped_column(server_default="2000-01-01")
    emitido_en: Mapped[datetime]
    anterior_desactivada_en: Mapped[datetime | None]
    contenido: Mapped[str] = mapped_column(Text, server_default="")
    huella: Mapped[str] = mapped_column(String(64), server_default="")
    llave: Mapped[str] = mapped_column(String(8), server_default="")
    firma: Mapped[str] = mapped_column(String(128), server_default="")


class LlaveRow(Base):
    """A public key that recibos are signed against. One a machine is in use; the retired ones stay."""

    __tablename__ = "llave"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    publica: Mapped[str] = mapped_column(String(64), unique=True)
    creada_en: Mapped[datetime]
    retirada_en: Mapped[datetime | None]
    equipo: Mapped[str] = mapped_column(String(60), server_default="")


class AjusteRow(Base):
    """A setting of the agency's own, as an administrador put it: the last of each name holds.

    ``valor`` is written as TOML does. An agency of one window has its settings in its file.
    """

    __tablename__ = "ajuste"

    id: Mapped[int] = mapped_column(primary_key=True)
    nombre: Mapped[str] = mapped_column(String(40))
    valor: Mapped[str] = mapped_column(String(120))
    puesto_por: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    puesto_en: Mapped[datetime]


class ImpresionRow(Base):
    """A print job, written in the transaction of what it prints. It carries no paper.

    ``impresora`` is empty until it is handed over, unless somebody chose one; ``referencia`` is
    the printer's handle, recorded before anything can print. ``cedula`` is of a sheet without trámite, and
    ``numero`` of the ticket de corrección that it prints.
    """

    __tablename__ = "impresion"
    __table_args__ = (
        Index(
            "uq_impresion_tramite_papel_ejemplar",
            "tramite_id",
            "papel",
            "ejemplar",
            unique=True,
            sqlite_where=text("papel IN ('recibo', 'hoja_clave') OR ejemplar > 0"),
            postgresql_where=text("papel IN ('recibo', 'hoja_clave') OR ejemplar > 0"),
        ),
        Index("ix_impresion_estado", "estado"),
        CheckConstraint("copias BETWEEN 1 AND 9", name="copias"),
        CheckConstraint("papel <> 'hoja_clave' OR copias = 1", name="una_hoja"),
        CheckConstraint("papel = 'hoja_clave' OR ejemplar = 0 OR motivo <> ''", name="motivo"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    papel: Mapped[PaperKind]
    tramite_id: Mapped[int | None] = mapped_column(ForeignKey("tramite.id"))
    cedula: Mapped[str | None] = mapped_column(String(10))
    numero: Mapped[str] = mapped_column(String(16), server_default="")
    ejemplar: Mapped[int] = mapped_column(default=0)
    motivo: Mapped[str] = mapped_column(String(MOTIVO_LENGTH), default="")
    copias: Mapped[int] = mapped_column(default=1)
    impresora: Mapped[str] = mapped_column(String(120), default="")
    referencia: Mapped[str] = mapped_column(String(80), default="")
    estado: Mapped[EstadoImpresion] = mapped_column(default=EstadoImpresion.EN_COLA)
    intentos: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(40), default="")
    mensaje: Mapped[str] = mapped_column(String(200), default="")
    operador_id: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    ventanilla: Mapped[int]
    creado_en: Mapped[datetime]
    actualizado_en: Mapped[datetime]
    equipo: Mapped[str] = mapped_column(String(60), server_default="")


class SolicitudRow(Base):
    """A request for a clave, made at the window, at the kiosk or by the portal. It serves once.

    ``generada_por`` is nobody's at the kiosk. ``registrada_por`` wrote down the employer's block.
    ``tramite_id`` is where it was brought, and left again when that is cancelled.
    """

    __tablename__ = "solicitud"
    __table_args__ = (
        Index("ix_solicitud_cedula", "cedula"),
        CheckConstraint(
            "(estado = 'presentada') = (presentada_en IS NOT NULL) AND "
            "(presentada_en IS NULL OR tramite_id IS NOT NULL)",
            name="presentada",
        ),
        CheckConstraint(
            "(calificada_por = '') = (calificada_el IS NULL) AND "
            "(calificada_por = '') = (registrada_por IS NULL)",
            name="calificada",
        ),
        CheckConstraint("(origen = 'kiosco') = (generada_por IS NULL)", name="origen"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    numero: Mapped[str] = mapped_column(String(16), unique=True)
    cedula: Mapped[str] = mapped_column(ForeignKey("persona.cedula"))
    tipo_prestacion: Mapped[TipoPrestacion]
    origen: Mapped[OrigenSolicitud]
    estado: Mapped[EstadoSolicitud]
    planilla: Mapped[str] = mapped_column(String(24), default="")
    generada_en: Mapped[datetime]
    generada_por: Mapped[int | None] = mapped_column(ForeignKey("usuario.id"))
    ventanilla: Mapped[int]
    vence_el: Mapped[date]
    ruc: Mapped[str] = mapped_column(String(13), default="")
    razon_social: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    calificada_por: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    calificada_el: Mapped[date | None]
    registrada_por: Mapped[int | None] = mapped_column(ForeignKey("usuario.id"))
    tramite_id: Mapped[int | None] = mapped_column(ForeignKey("tramite.id"), unique=True)
    presentada_en: Mapped[datetime | None]


class KioscoPreguntaRow(Base):
    """A question asked at a kiosk: a cédula, and whether the birth date was right. Kept for its day.

    ``equipo`` is where it came from, as the server sees it; ``transaccion`` the server's own that it came in.
    """

    __tablename__ = "kiosco_pregunta"
    __table_args__ = (Index("ix_kiosco_pregunta_cedula", "cedula"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    equipo: Mapped[str] = mapped_column(String(60), default="")
    cedula: Mapped[str] = mapped_column(String(10))
    en: Mapped[datetime]
    dia: Mapped[date]
    transaccion: Mapped[str] = mapped_column(String(20), default="")
    acierto: Mapped[bool]


class ReglamentoRow(Base):
    """A version of the rules as an administrador put it, from a date on: the latest begun of each holds.

    What the application ships holds where none has begun.
    """

    __tablename__ = "reglamento"
    __table_args__ = (
        UniqueConstraint("clase", "nombre", "rige_desde"),
        CheckConstraint("(clase = 'requisitos') = (nombre <> '')", name="nombre"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clase: Mapped[ClaseReglamento]
    nombre: Mapped[str] = mapped_column(String(30))
    contenido: Mapped[str] = mapped_column(Text)
    rige_desde: Mapped[date]
    puesto_por: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    puesto_en: Mapped[datetime]


class CorreccionRow(Base):
    """A ticket for a datum that the padrón has wrong. It is closed once, by a supervisor."""

    __tablename__ = "correccion"
    __table_args__ = (
        Index("ix_correccion_cedula", "cedula"),
        Index(
            "uq_correccion_cedula_dato_abierta",
            "cedula",
            "dato",
            unique=True,
            sqlite_where=text("cerrada_en IS NULL"),
            postgresql_where=text("cerrada_en IS NULL"),
        ),
        CheckConstraint("debe_decir <> '' AND evidencia <> ''", name="dicho"),
        CheckConstraint(
            "(cerrada_por IS NULL) = (cerrada_en IS NULL) AND (cerrada_por IS NULL) = (resolucion = '') "
            "AND (avisada_en IS NULL OR cerrada_en IS NOT NULL)",
            name="cerrada",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    numero: Mapped[str] = mapped_column(String(15), unique=True)
    cedula: Mapped[str] = mapped_column(ForeignKey("persona.cedula"))
    dato: Mapped[DatoErrado]
    dice: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    debe_decir: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    evidencia: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    abierta_por: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    abierta_en: Mapped[datetime]
    ventanilla: Mapped[int]
    cerrada_por: Mapped[int | None] = mapped_column(ForeignKey("usuario.id"))
    cerrada_en: Mapped[datetime | None]
    resolucion: Mapped[str] = mapped_column(String(TEXT_LENGTH), default="")
    avisada_en: Mapped[datetime | None]


class ApoderadoRow(Base):
    """Who comes in the person's name, and the document that lets them."""

    __tablename__ = "apoderado"

    tramite_id: Mapped[int] = mapped_column(ForeignKey("tramite.id"), primary_key=True)
    cedula: Mapped[str] = mapped_column(String(10))
    nombre: Mapped[str] = mapped_column(String(120))
    documento: Mapped[str] = mapped_column(String(40))
    notaria: Mapped[str] = mapped_column(String(120))
    fecha: Mapped[date]


class AutorizacionRow(Base):
    """A request for a second person, and what became of it. Who approves is never who asked.

    ``alcance`` is what exactly is approved, as canonical JSON, and ``texto`` the sentence that was
    read. Only a lone supervisor's ``emergencia`` may be resolved by who asked.
    """

    __tablename__ = "autorizacion"
    __table_args__ = (
        Index(
            "uq_autorizacion_tramite_asunto_pedida",
            "tramite_id",
            "asunto",
            unique=True,
            sqlite_where=text("estado = 'pedida'"),
            postgresql_where=text("estado = 'pedida'"),
        ),
        Index("ix_autorizacion_estado", "estado"),
        Index(
            "ix_autorizacion_emergencia",
            "resuelta_en",
            sqlite_where=text("emergencia = 1"),
            postgresql_where=text("emergencia"),
        ),
        Index("ix_autorizacion_tramite_id", "tramite_id"),
        CheckConstraint("resuelta_por <> pedida_por OR emergencia", name="otra_persona"),
        CheckConstraint(
            "(estado IN ('aprobada', 'negada')) = (resuelta_por IS NOT NULL)", name="resuelta_por"
        ),
        CheckConstraint("(resuelta_por IS NULL) = (resuelta_en IS NULL)", name="resuelta_en"),
        CheckConstraint("NOT emergencia OR (estado = 'aprobada' AND comentario <> '')", name="emergencia"),
        CheckConstraint("razon <> ''", name="razon"),
        CheckConstraint("asunto = 'reloj' OR tramite_id IS NOT NULL", name="tramite"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asunto: Mapped[Asunto]
    tramite_id: Mapped[int | None] = mapped_column(ForeignKey("tramite.id"))
    alcance: Mapped[str] = mapped_column(Text)
    texto: Mapped[str] = mapped_column(Text)
    razon: Mapped[str] = mapped_column(String(REASON_LENGTH))
    estado: Mapped[EstadoAutorizacion] = mapped_column(default=EstadoAutorizacion.PEDIDA)
    pedida_por: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    pedida_en: Mapped[datetime]
    ventanilla: Mapped[int]
    resuelta_por: Mapped[int | None] = mapped_column(ForeignKey("usuario.id"))
    resuelta_en: Mapped[datetime | None]
    comentario: Mapped[str] = mapped_column(String(REASON_LENGTH), default="")
    emergencia: Mapped[bool] = mapped_column(default=False)


class CandadoRow(Base):
    """A person's wish that a supervisor be present at every issuance. One in force per cédula."""

    __tablename__ = "candado"
    __table_args__ = (
        Index(
            "uq_candado_cedula_puesto",
            "cedula",
            unique=True,
            sqlite_where=text("levantado_en IS NULL"),
            postgresql_where=text("levantado_en IS NULL"),
        ),
        CheckConstraint(
            "(levantado_en IS NULL) = (levantado_por IS NULL) AND "
            "(levantado_en IS NULL) = (autorizacion_id IS NULL)",
            name="levantado",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cedula: Mapped[str] = mapped_column(ForeignKey("persona.cedula"))
    puesto_tramite_id: Mapped[int] = mapped_column(ForeignKey("tramite.id"))
    puesto_por: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    puesto_en: Mapped[datetime]
    levantado_por: Mapped[int | None] = mapped_column(ForeignKey("usuario.id"))
    levantado_en: Mapped[datetime | None]
    autorizacion_id: Mapped[int | None] = mapped_column(ForeignKey("autorizacion.id"))


class AnulacionRow(Base):
    """An issuance that was voided, with the autorización of the second person."""

    __tablename__ = "anulacion"
    __table_args__ = (Index("ix_anulacion_dia", "dia"), CheckConstraint("motivo <> ''", name="motivo"))

    id: Mapped[int] = mapped_column(primary_key=True)
    recibo_id: Mapped[int] = mapped_column(ForeignKey("recibo.id"), unique=True)
    autorizacion_id: Mapped[int] = mapped_column(ForeignKey("autorizacion.id"), unique=True)
    motivo: Mapped[str] = mapped_column(String(REASON_LENGTH))
    operador_id: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    ventanilla: Mapped[int]
    dia: Mapped[date]
    anulada_en: Mapped[datetime]


class HojaLoteRow(Base):
    """A range of pre-numbered slips that was received. ``dia`` is the business day of that."""

    __tablename__ = "hoja_lote"
    __table_args__ = (CheckConstraint("desde >= 1 AND desde <= hasta", name="orden"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    desde: Mapped[int] = mapped_column(BigInteger)
    hasta: Mapped[int] = mapped_column(BigInteger)
    recibido_por: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    recibido_en: Mapped[datetime]
    dia: Mapped[date]


class HojaNumeradaRow(Base):
    """One pre-numbered slip. Received = issued + spoiled + remaining: rows are never deleted.

    ``dia`` is the business day it was used or spoiled.
    """

    __tablename__ = "hoja_numerada"
    __table_args__ = (
        Index("ix_hoja_numerada_ventanilla_estado_numero", "ventanilla", "estado", "numero"),
        Index("ix_hoja_numerada_dia", "dia"),
        CheckConstraint("(estado = 'disponible') = (dia IS NULL)", name="dia"),
        CheckConstraint("estado <> 'emitida' OR clave_id IS NOT NULL", name="clave"),
        CheckConstraint("estado <> 'danada' OR motivo <> ''", name="motivo"),
    )

    numero: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    lote_id: Mapped[int] = mapped_column(ForeignKey("hoja_lote.id"))
    ventanilla: Mapped[int | None]
    estado: Mapped[EstadoHojaNumerada] = mapped_column(default=EstadoHojaNumerada.DISPONIBLE)
    clave_id: Mapped[int | None] = mapped_column(ForeignKey("clave.id"), unique=True)
    motivo: Mapped[str] = mapped_column(String(REASON_LENGTH), default="")
    dia: Mapped[date | None]
    actualizado_por: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    actualizado_en: Mapped[datetime]


class CierreRow(Base):
    """A day that was closed. It is never reopened.

    ``contenido`` is what the certificate says, as canonical JSON, and ``huella`` its SHA-256;
    ``cabeza`` is the hash of the bitácora's row ``cabeza_seq``, the last before the close.
    """

    __tablename__ = "cierre"

    dia: Mapped[date] = mapped_column(primary_key=True)
    cerrado_en: Mapped[datetime]
    cerrado_por: Mapped[str] = mapped_column(String(40))
    cabeza_seq: Mapped[int]
    cabeza: Mapped[str] = mapped_column(String(64))
    contenido: Mapped[str] = mapped_column(Text)
    huella: Mapped[str] = mapped_column(String(64))


class RevisionRow(Base):
    """Something for a supervisor to look at again: found once, reviewed once, by somebody else.

    ``unica`` names what was found, so that it is found once; ``usuario_id`` is whom it concerns.
    """

    __tablename__ = "revision"
    __table_args__ = (
        Index("ix_revision_dia", "dia"),
        Index("ix_revision_tramite_id", "tramite_id"),
        CheckConstraint("revisada_por <> usuario_id", name="otra_persona"),
        CheckConstraint(
            "(revisada_por IS NULL) = (revisada_en IS NULL) AND (revisada_por IS NULL) = (comentario = '')",
            name="revisada",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    regla: Mapped[Regla]
    unica: Mapped[str] = mapped_column(String(120), unique=True)
    dia: Mapped[date]
    en: Mapped[datetime]
    tramite_id: Mapped[int | None] = mapped_column(ForeignKey("tramite.id"))
    usuario_id: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    ventanilla: Mapped[int]
    texto: Mapped[str] = mapped_column(Text)
    creada_en: Mapped[datetime]
    revisada_por: Mapped[int | None] = mapped_column(ForeignKey("usuario.id"))
    revisada_en: Mapped[datetime | None]
    comentario: Mapped[str] = mapped_column(String(COMMENT_LENGTH), default="")


class RetencionExcepcionRow(Base):
    """A cédula whose data is held back from purging: a claim, a lawsuit."""

    __tablename__ = "retencion_excepcion"
    __table_args__ = (
        Index(
            "uq_retencion_excepcion_cedula_vigente",
            "cedula",
            unique=True,
            sqlite_where=text("levantada_en IS NULL"),
            postgresql_where=text("levantada_en IS NULL"),
        ),
        CheckConstraint("motivo <> ''", name="motivo"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cedula: Mapped[str] = mapped_column(String(10))
    motivo: Mapped[str] = mapped_column(String(REASON_LENGTH))
    puesta_por: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    puesta_en: Mapped[datetime]
    levantada_por: Mapped[int | None] = mapped_column(ForeignKey("usuario.id"))
    levantada_en: Mapped[datetime | None]


class BitacoraRow(Base):
    """The audit log: append-only, each row sealed over the one before.

    Purging empties ``sal`` and ``detalle`` and nothing else; ``compromiso`` stays.
    """

    __tablename__ = "bitacora"
    __table_args__ = (
        Index("ix_bitacora_tramite_accion", "tramite", "accion"),
        Index("ix_bitacora_en", "en"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    en: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(40))
    ventanilla: Mapped[int]
    accion: Mapped[str] = mapped_column(String(40))
    tramite: Mapped[str] = mapped_column(String(13))
    detalle: Mapped[str] = mapped_column(Text)
    sal: Mapped[str] = mapped_column(String(32), server_default="")
    compromiso: Mapped[str] = mapped_column(String(64), server_default="")
    hash_previo: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class BitacoraCabezaRow(Base):
    """The last row of the bitácora, kept by a trigger: a tail that was cut off is missed here.

    ``en`` is the latest moment recorded: a clock that shows less went back. A supervisor's
    ``reloj.aceptado`` begins it anew.
    """

    __tablename__ = "bitacora_cabeza"
    __table_args__ = (CheckConstraint("id = 1", name="una"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    en: Mapped[str] = mapped_column(String(32))


class AccesoRow(Base):
    """Which events of the bitácora show or touch a person: the way from a cédula to them."""

    __tablename__ = "acceso"
    __table_args__ = ({"sqlite_with_rowid": False},)

    cedula: Mapped[str] = mapped_column(String(10), primary_key=True)
    seq: Mapped[int] = mapped_column(ForeignKey("bitacora.seq"), primary_key=True)
