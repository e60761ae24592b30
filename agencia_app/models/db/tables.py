"""The tables, as SQLAlchemy typed mappings. Rules that matter are constraints here.

Times are UTC. The append-only, gapless and name-search triggers are in the migrations.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum as PyEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.impresion import MOTIVO_LENGTH, EstadoImpresion, PaperKind
from agencia_app.models.domain.persona import EstadoPersona, TipoPrestacion
from agencia_app.models.domain.requisitos import FormatoCedula
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
        EstadoClave: enum(EstadoClave),
        EstadoHoja: enum(EstadoHoja),
        EstadoImpresion: enum(EstadoImpresion),
        EstadoPersona: enum(EstadoPersona),
        EstadoTramite: enum(EstadoTramite),
        FormatoCedula: enum(FormatoCedula),
        MotivoExencion: enum(MotivoExencion),
        PaperKind: enum(PaperKind),
        Rol: enum(Rol),
        TipoPrestacion: enum(TipoPrestacion),
    }


class AgenciaRow(Base):
    """The agency this database belongs to: one row."""

    __tablename__ = "agencia"
    __table_args__ = (CheckConstraint("length(codigo) = 3", name="codigo"),)

    codigo: Mapped[str] = mapped_column(String(3), primary_key=True)
    nombre: Mapped[str] = mapped_column(String(80))
    demostracion: Mapped[bool]  # decided when the folder is made: no setting turns one into the other


class UsuarioRow(Base):
    """Somebody who may sign in. ``usuario`` is kept folded to lower case."""

    __tablename__ = "usuario"
    __table_args__ = (CheckConstraint("usuario = lower(usuario)", name="minusculas"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    usuario: Mapped[str] = mapped_column(String(40), unique=True)
    nombre: Mapped[str] = mapped_column(String(80))
    rol: Mapped[Rol]
    clave_hash: Mapped[str] = mapped_column(String(200))
    intentos: Mapped[int] = mapped_column(default=0)
    bloqueado_hasta: Mapped[datetime | None]
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
    """One attention, from cédula to recibo. Which step it is at follows from what is filled in."""

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
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    numero: Mapped[str] = mapped_column(String(13), unique=True)
    cedula: Mapped[str] = mapped_column(ForeignKey("persona.cedula"))
    perfil: Mapped[str] = mapped_column(String(40))
    estado: Mapped[EstadoTramite]
    operador_id: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    ventanilla: Mapped[int]
    abierto_en: Mapped[datetime]
    cerrado_en: Mapped[datetime | None]
    formato_cedula: Mapped[FormatoCedula | None]
    vencimiento_cedula: Mapped[date | None]
    correo: Mapped[str | None] = mapped_column(String(120))
    celular: Mapped[str | None] = mapped_column(String(20))
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
    signature by ``llave``, both in hexadecimal. Those of before revision 0004 have none.
    """

    __tablename__ = "recibo"
    __table_args__ = (UniqueConstraint("anio", "secuencia"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    numero: Mapped[str] = mapped_column(String(14), unique=True)
    anio: Mapped[int]
    secuencia: Mapped[int]
    tramite_id: Mapped[int] = mapped_column(ForeignKey("tramite.id"), unique=True)
    operador_id: Mapped[int] = mapped_column(ForeignKey("usuario.id"))
    ventanilla: Mapped[int]
    emitido_en: Mapped[datetime]
    anterior_desactivada_en: Mapped[datetime | None]
    contenido: Mapped[str] = mapped_column(Text, server_default="")
    huella: Mapped[str] = mapped_column(String(64), server_default="")
    llave: Mapped[str] = mapped_column(String(8), server_default="")
    firma: Mapped[str] = mapped_column(String(128), server_default="")


class LlaveRow(Base):
    """A public key that recibos are signed against. One is in use; the retired ones stay."""

    __tablename__ = "llave"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    publica: Mapped[str] = mapped_column(String(64), unique=True)
    creada_en: Mapped[datetime]
    retirada_en: Mapped[datetime | None]


class ImpresionRow(Base):
    """A print job, written in the transaction of what it prints. It carries no paper.

    ``impresora`` is empty until it is handed over, unless somebody chose one; ``referencia`` is
    the printer's handle, recorded before anything can print. ``cedula`` is of a sheet without trámite.
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


class BitacoraRow(Base):
    """The audit log: append-only, each row sealed over the one before."""

    __tablename__ = "bitacora"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    en: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(40))
    ventanilla: Mapped[int]
    accion: Mapped[str] = mapped_column(String(40))
    tramite: Mapped[str] = mapped_column(String(13))
    detalle: Mapped[str] = mapped_column(Text)
    hash_previo: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
