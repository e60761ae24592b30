"""Between the rows of a trámite and its value: loading one whole, and numbering series."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import (
    AgenciaRow,
    ClaveRow,
    DocumentoRow,
    PersonaRow,
    ReciboRow,
    SecuenciaRow,
    TramiteRow,
    UsuarioRow,
)
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.clave import EstadoClave
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.tramite import Emision, Identidad, Tramite


def row_of(session: Session, numero: str) -> TramiteRow:
    """Return a trámite's row. Raises KnownError ``tramite.not_found``."""
    row = session.scalars(select(TramiteRow).where(TramiteRow.numero == numero)).one_or_none()
    if row is None:
        raise KnownError("tramite.not_found", numero=numeros.shown(numero))
    return row


def load(session: Session, row: TramiteRow) -> Tramite:
    """Return the value of a trámite, with its person, papers and issuance."""
    person = session.get_one(PersonaRow, row.cedula)
    documents = session.scalars(
        select(DocumentoRow).where(DocumentoRow.tramite_id == row.id).order_by(DocumentoRow.orden),
    )
    valid_since = session.scalar(
        select(ClaveRow.emitida_en).where(
            ClaveRow.cedula == row.cedula, ClaveRow.estado == EstadoClave.VIGENTE
        ),
    )
    return Tramite(
        numero=row.numero,
        persona=persona(person),
        perfil=row.perfil,
        estado=row.estado,
        operador=session.get_one(UsuarioRow, row.operador_id).usuario,
        ventanilla=row.ventanilla,
        abierto_en=row.abierto_en,
        identidad=_identidad(row),
        documentos=tuple(_documento(each) for each in documents),
        identidad_en=row.identidad_en,
        requisitos_en=row.requisitos_en,
        aceptado_en=row.aceptado_en,
        firmado_en=row.firmado_en,
        clave_vigente_desde=valid_since,
        emision=_emision(session, row),
    )


def persona(row: PersonaRow) -> Persona:
    """Return the value of a padrón row."""
    return Persona(
        row.cedula,
        row.apellidos,
        row.nombres,
        row.fecha_nacimiento,
        row.tipo_prestacion,
        row.provincia,
        row.estado,
        row.fecha_defuncion,
        row.discapacidad,
        row.correo,
        row.celular,
        row.ruc_empleador,
    )


def next_number(session: Session, kind: numeros.Kind, now: datetime) -> tuple[str, int, int]:
    """Take the next number of a series: its digits, year and sequence.

    The counter moves in the caller's transaction, so a rollback leaves no gap.
    """
    year = local_date(now).year
    serie = kind.name.lower()
    counter = session.get(SecuenciaRow, (serie, year))
    if counter is None:
        counter = SecuenciaRow(serie=serie, anio=year, ultimo=0)
        session.add(counter)
        session.flush()
    counter.ultimo += 1
    agencia = session.scalars(select(AgenciaRow.codigo)).one()
    return numeros.build(kind, agencia, year, counter.ultimo), year, counter.ultimo


def latest_clave(session: Session, tramite_id: int) -> ClaveRow | None:
    """Return the clave of the last slip of a trámite, or None before its issuance."""
    return session.scalars(
        select(ClaveRow).where(ClaveRow.tramite_id == tramite_id).order_by(ClaveRow.intento.desc()).limit(1),
    ).one_or_none()


def _identidad(row: TramiteRow) -> Identidad | None:
    if row.formato_cedula is None or row.vencimiento_cedula is None:
        return None
    return Identidad(row.formato_cedula, row.vencimiento_cedula, row.correo or "", row.celular or "")


def _documento(row: DocumentoRow) -> Documento:
    return Documento(
        row.requisito,
        row.alternativa,
        original=row.original,
        copia=row.copia,
        numero=row.numero,
        fecha=row.fecha,
        motivo=row.motivo,
    )


def _emision(session: Session, row: TramiteRow) -> Emision | None:
    clave = latest_clave(session, row.id)
    if clave is None:
        return None
    recibo = session.scalars(select(ReciboRow).where(ReciboRow.tramite_id == row.id)).one()
    return Emision(
        recibo=recibo.numero,
        emitido_en=recibo.emitido_en,
        ventanilla=recibo.ventanilla,
        operador=session.get_one(UsuarioRow, recibo.operador_id).usuario,
        vence_en=clave.vence_en,
        intento=clave.intento,
        hoja=clave.hoja,
        anterior_desactivada_en=recibo.anterior_desactivada_en,
    )
