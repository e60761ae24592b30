"""Between the rows of a trámite and its value: loading one whole, and numbering series."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import (
    AgenciaRow,
    ApoderadoRow,
    AutorizacionRow,
    CandadoRow,
    ClaveRow,
    DocumentoRow,
    PersonaRow,
    ReciboRow,
    SecuenciaRow,
    TramiteRow,
    UsuarioRow,
)
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.autorizacion import Aprobada, EstadoAutorizacion
from agencia_app.models.domain.candado import Candado
from agencia_app.models.domain.clave import EstadoClave
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.tramite import ClaveAnterior, Emision, Identidad, Tramite

_Claves = Sequence[tuple[ClaveRow, ReciboRow]]  # those of one person, oldest first, each with its recibo


def row_of(session: Session, numero: str, *, lock: bool = False) -> TramiteRow:
    """Return a trámite's row; ``lock`` it before anything of it is read that decides what is written.

    Raises KnownError ``tramite.not_found``.
    """
    query = select(TramiteRow).where(TramiteRow.numero == numero)
    row = session.scalars(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise KnownError("tramite.not_found", numero=numeros.shown(numero))
    return row


def load(session: Session, row: TramiteRow) -> Tramite:
    """Return the value of a trámite, with its person, papers, issuance and approvals."""
    person = session.get_one(PersonaRow, row.cedula)
    documents = session.scalars(
        select(DocumentoRow).where(DocumentoRow.tramite_id == row.id).order_by(DocumentoRow.orden),
    )
    issued = session.execute(
        select(ClaveRow, ReciboRow)
        .join(ReciboRow, ReciboRow.tramite_id == ClaveRow.tramite_id)
        .where(ClaveRow.cedula == row.cedula)
        .order_by(ClaveRow.id),
    )
    claves = [(clave, recibo) for clave, recibo in issued]
    return Tramite(
        numero=row.numero,
        persona=persona(person),
        perfil=row.perfil,
        estado=row.estado,
        operador=session.get_one(UsuarioRow, row.operador_id).usuario,
        ventanilla=row.ventanilla,
        abierto_en=row.abierto_en,
        identidad=_identidad(session, row),
        documentos=tuple(_documento(each) for each in documents),
        identidad_en=row.identidad_en,
        requisitos_en=row.requisitos_en,
        aceptado_en=row.aceptado_en,
        firmado_en=row.firmado_en,
        clave_vigente_desde=_valid_since(claves),
        emision=_emision(session, row, claves),
        correo_antes=row.correo_antes or "",
        celular_antes=row.celular_antes or "",
        anterior=_anterior(row, claves),
        candado=candado(session, row.cedula),
        aprobadas=_aprobadas(session, row),
    )


def candado(session: Session, cedula: str) -> Candado | None:
    """Return the lock in force of a person, or None."""
    found = session.execute(
        select(CandadoRow.id, CandadoRow.puesto_en, UsuarioRow.usuario, TramiteRow.numero)
        .join(UsuarioRow, UsuarioRow.id == CandadoRow.puesto_por)
        .join(TramiteRow, TramiteRow.id == CandadoRow.puesto_tramite_id)
        .where(CandadoRow.cedula == cedula, CandadoRow.levantado_en.is_(None)),
    ).one_or_none()
    return None if found is None else Candado(*found)


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

    The counter moves in the caller's transaction, so a rollback leaves no gap, and the windows that
    want the next one wait until it ends.
    """
    year = local_date(now).year
    agencia = session.scalars(select(AgenciaRow.codigo)).one()
    counter = {"serie": kind.name.lower(), "anio": year}
    following = (
        update(SecuenciaRow)
        .filter_by(**counter)
        .values(ultimo=SecuenciaRow.ultimo + 1)
        .returning(SecuenciaRow.ultimo)
        .execution_options(synchronize_session=False)
    )
    sequence = session.scalar(following)
    if sequence is None:  # the first of the year, unless another window is quicker
        with suppress(IntegrityError), session.begin_nested():
            session.execute(insert(SecuenciaRow).values(ultimo=0, **counter))
        sequence = session.scalars(following).one()
    return numeros.build(kind, agencia, year, sequence), year, sequence


def latest_clave(session: Session, tramite_id: int) -> ClaveRow | None:
    """Return the clave of the last slip of a trámite, or None before its issuance."""
    return session.scalars(
        select(ClaveRow).where(ClaveRow.tramite_id == tramite_id).order_by(ClaveRow.intento.desc()).limit(1),
    ).one_or_none()


def apoderado(session: Session, row: TramiteRow) -> Apoderado | None:
    """Return who comes in the person's name in a trámite, or None."""
    found = session.get(ApoderadoRow, row.id)
    if found is None:
        return None
    return Apoderado(found.cedula, found.nombre, found.documento, found.notaria, found.fecha)


def _identidad(session: Session, row: TramiteRow) -> Identidad | None:
    if row.formato_cedula is None or row.vencimiento_cedula is None:
        return None
    return Identidad(
        row.formato_cedula,
        row.vencimiento_cedula,
        row.correo or "",
        row.celular or "",
        comprobada=row.comprobada,
        apoderado=apoderado(session, row),
    )


def _valid_since(claves: _Claves) -> datetime | None:
    return next((clave.emitida_en for clave, _ in claves if clave.estado is EstadoClave.VIGENTE), None)


def _anterior(row: TramiteRow, claves: _Claves) -> ClaveAnterior | None:
    """Return the last clave of another trámite, whatever became of its slip.

    That nobody was handed a spoiled one is the word of who would issue the next.
    """
    others = [
        ClaveAnterior(recibo.numero, clave.emitida_en)
        for clave, recibo in claves
        if clave.tramite_id != row.id
    ]
    return others[-1] if others else None


def _aprobadas(session: Session, row: TramiteRow) -> tuple[Aprobada, ...]:
    found = session.execute(
        select(
            AutorizacionRow.asunto, AutorizacionRow.alcance, UsuarioRow.usuario, AutorizacionRow.emergencia
        )
        .join(UsuarioRow, UsuarioRow.id == AutorizacionRow.resuelta_por)
        .where(AutorizacionRow.tramite_id == row.id, AutorizacionRow.estado == EstadoAutorizacion.APROBADA)
        .order_by(AutorizacionRow.id),
    )
    return tuple(Aprobada(*each) for each in found)


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


def _emision(session: Session, row: TramiteRow, claves: _Claves) -> Emision | None:
    slips = [(clave, recibo) for clave, recibo in claves if clave.tramite_id == row.id]
    if not slips:
        return None
    clave, recibo = max(slips, key=lambda each: each[0].intento)
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
