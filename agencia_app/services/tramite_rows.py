"""Between the rows of a trámite and its value: loading one whole, and numbering series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, insert, select, update
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
    SolicitudRow,
    TramiteRow,
    UsuarioRow,
    table,
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
from agencia_app.models.domain.solicitud import Calificacion, Solicitud
from agencia_app.models.domain.tramite import ClaveAnterior, Emision, Identidad, Tramite

# Made once: making a statement anew takes longer than running it. Of tables and not of mapped classes,
# for what is only read.
_AGENCIA, _APODERADO = table(AgenciaRow), table(ApoderadoRow)
_AUTORIZACION, _CANDADO, _CLAVE = table(AutorizacionRow), table(CandadoRow), table(ClaveRow)
_DOCUMENTO, _PERSONA, _RECIBO = table(DocumentoRow), table(PersonaRow), table(ReciboRow)
_SECUENCIA, _TRAMITE, _USUARIO = table(SecuenciaRow), table(TramiteRow), table(UsuarioRow)
_SOLICITUD = table(SolicitudRow)
_PUSO, _PUESTO = _USUARIO.alias("puso"), _TRAMITE.alias("puesto")

_NUMBERED = select(TramiteRow).where(TramiteRow.numero == bindparam("numero"))
_LOCKED = _NUMBERED.with_for_update(key_share=True)
_CANDADO_OF = and_(_CANDADO.c.cedula == _PERSONA.c.cedula, _CANDADO.c.levantado_en.is_(None))
_PEOPLE = (
    select(
        *_PERSONA.c,
        _USUARIO.c.usuario,
        *(column.label(f"apoderado_{column.name}") for column in _APODERADO.c),
        *(column.label(f"solicitud_{column.name}") for column in _SOLICITUD.c),
        _CANDADO.c.id.label("candado"),
        _CANDADO.c.puesto_en,
        _PUSO.c.usuario.label("puso"),
        _PUESTO.c.numero.label("puesto"),
    )
    .select_from(_TRAMITE)
    .join(_PERSONA, _PERSONA.c.cedula == _TRAMITE.c.cedula)
    .join(_USUARIO, _USUARIO.c.id == _TRAMITE.c.operador_id)
    .outerjoin(_APODERADO, _APODERADO.c.tramite_id == _TRAMITE.c.id)
    .outerjoin(_SOLICITUD, _SOLICITUD.c.tramite_id == _TRAMITE.c.id)
    .outerjoin(_CANDADO, _CANDADO_OF)
    .outerjoin(_PUSO, _PUSO.c.id == _CANDADO.c.puesto_por)
    .outerjoin(_PUESTO, _PUESTO.c.id == _CANDADO.c.puesto_tramite_id)
    .where(_TRAMITE.c.id == bindparam("tramite"))
)
_PAPERS = (
    select(*(_DOCUMENTO.c[each.name] for each in fields(Documento)))
    .where(_DOCUMENTO.c.tramite_id == bindparam("tramite"))
    .order_by(_DOCUMENTO.c.orden)
)
# Every clave of a person, the oldest first, each with its recibo.
_CLAVES = (
    select(
        *(_CLAVE.c[each] for each in ("tramite_id", "intento", "estado", "hoja", "emitida_en", "vence_en")),
        *(_RECIBO.c[each] for each in ("numero", "emitido_en", "ventanilla", "anterior_desactivada_en")),
        _USUARIO.c.usuario,
    )
    .select_from(_CLAVE)
    .join(_RECIBO, _RECIBO.c.tramite_id == _CLAVE.c.tramite_id)
    .join(_USUARIO, _USUARIO.c.id == _RECIBO.c.operador_id)
    .where(_CLAVE.c.cedula == bindparam("cedula"))
    .order_by(_CLAVE.c.id)
)
_APPROVED = (
    select(_AUTORIZACION.c.asunto, _AUTORIZACION.c.alcance, _USUARIO.c.usuario, _AUTORIZACION.c.emergencia)
    .join(_USUARIO, _USUARIO.c.id == _AUTORIZACION.c.resuelta_por)
    .where(
        _AUTORIZACION.c.tramite_id == bindparam("tramite"),
        _AUTORIZACION.c.estado == EstadoAutorizacion.APROBADA,
    )
    .order_by(_AUTORIZACION.c.id)
)
_NEXT = (
    update(_SECUENCIA)
    .where(_SECUENCIA.c.serie == bindparam("of_serie"), _SECUENCIA.c.anio == bindparam("of_anio"))
    .values(ultimo=_SECUENCIA.c.ultimo + 1)
    .returning(_SECUENCIA.c.ultimo, select(_AGENCIA.c.codigo).scalar_subquery())
)


def row_of(session: Session, numero: str, *, lock: bool = False) -> TramiteRow:
    """Return a trámite's row; ``lock`` it before anything of it is read that decides what is written.

    Raises KnownError ``tramite.not_found``.
    """
    row = session.scalars(_LOCKED if lock else _NUMBERED, {"numero": numero}).one_or_none()
    if row is None:
        raise KnownError("tramite.not_found", numero=numeros.shown(numero))
    return row


def load(session: Session, row: TramiteRow) -> Tramite:
    """Return the value of a trámite, with its person, papers, issuance and approvals."""
    session.flush()  # what follows looks at tables
    of_it = {"tramite": row.id}
    people = session.execute(_PEOPLE, of_it).one()
    documents = session.execute(_PAPERS, of_it)
    claves = session.execute(_CLAVES, {"cedula": row.cedula}).all()
    approved = session.execute(_APPROVED, of_it)
    return Tramite(
        numero=row.numero,
        persona=persona(people),
        perfil=row.perfil,
        estado=row.estado,
        operador=people.usuario,
        ventanilla=row.ventanilla,
        abierto_en=row.abierto_en,
        identidad=_identidad(row, people),
        documentos=tuple(Documento(*each) for each in documents),
        identidad_en=row.identidad_en,
        requisitos_en=row.requisitos_en,
        aceptado_en=row.aceptado_en,
        firmado_en=row.firmado_en,
        clave_vigente_desde=_valid_since(claves),
        emision=_emision(row, claves),
        correo_antes=row.correo_antes or "",
        celular_antes=row.celular_antes or "",
        anterior=_anterior(row, claves),
        candado=None if people.candado is None else Candado(*people[-4:]),
        aprobadas=tuple(Aprobada(*each) for each in approved),
        solicitud=None
        if people.solicitud_id is None
        else solicitud(lambda name: getattr(people, f"solicitud_{name}"), row.numero),
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


def persona(row: PersonaRow | Row[*tuple[Any, ...]]) -> Persona:
    """Return the value of a padrón row, or of one with its columns."""
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


def solicitud(of: Callable[[str], Any], tramite: str) -> Solicitud:
    """Return the value of a solicitud by its columns; ``tramite`` is the number of where it was brought."""
    block = None
    if of("calificada_el") is not None:
        block = Calificacion(of("ruc"), of("razon_social"), of("calificada_por"), of("calificada_el"))
    return Solicitud(
        of("numero"),
        of("cedula"),
        of("tipo_prestacion"),
        of("origen"),
        of("estado"),
        of("generada_en"),
        of("vence_el"),
        of("planilla"),
        of("ruc"),
        block,
        tramite,
    )


def next_number(session: Session, kind: numeros.Kind, now: datetime) -> tuple[str, int, int]:
    """Take the next number of a series: its digits, year and sequence.

    The counter moves in the caller's transaction, so a rollback leaves no gap, and the windows that
    want the next one wait until it ends.
    """
    year = local_date(now).year
    serie = kind.name.lower()
    of_it = {"of_serie": serie, "of_anio": year}
    taken = session.execute(_NEXT, of_it).one_or_none()
    if taken is None:  # the first of the year, unless another window is quicker
        with suppress(IntegrityError), session.begin_nested():
            session.execute(insert(_SECUENCIA).values(serie=serie, anio=year, ultimo=0))
        taken = session.execute(_NEXT, of_it).one()
    sequence, agencia = taken
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


def _identidad(row: TramiteRow, people: Row[*tuple[Any, ...]]) -> Identidad | None:
    if row.formato_cedula is None or row.vencimiento_cedula is None:
        return None
    values = (getattr(people, f"apoderado_{each.name}") for each in fields(Apoderado))
    return Identidad(
        row.formato_cedula,
        row.vencimiento_cedula,
        row.correo or "",
        row.celular or "",
        comprobada=row.comprobada,
        apoderado=None if people.apoderado_tramite_id is None else Apoderado(*values),
    )


def _valid_since(claves: Sequence[Row[*tuple[Any, ...]]]) -> datetime | None:
    return next((each.emitida_en for each in claves if each.estado is EstadoClave.VIGENTE), None)


def _anterior(row: TramiteRow, claves: Sequence[Row[*tuple[Any, ...]]]) -> ClaveAnterior | None:
    """Return the last clave of another trámite, whatever became of its slip.

    That nobody was handed a spoiled one is the word of who would issue the next.
    """
    others = [each for each in claves if each.tramite_id != row.id]
    return ClaveAnterior(others[-1].numero, others[-1].emitida_en) if others else None


def _emision(row: TramiteRow, claves: Sequence[Row[*tuple[Any, ...]]]) -> Emision | None:
    slips = [each for each in claves if each.tramite_id == row.id]
    if not slips:
        return None
    last = max(slips, key=lambda each: each.intento)
    return Emision(
        recibo=last.numero,
        emitido_en=last.emitido_en,
        ventanilla=last.ventanilla,
        operador=last.usuario,
        vence_en=last.vence_en,
        intento=last.intento,
        hoja=last.hoja,
        anterior_desactivada_en=last.anterior_desactivada_en,
    )
