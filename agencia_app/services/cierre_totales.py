"""What a day comes to, and what keeps it open: the questions that its close asks the database."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from agencia_app.models.db.tables import (
    AnulacionRow,
    AutorizacionRow,
    BitacoraRow,
    CierreRow,
    ClaveRow,
    HojaLoteRow,
    PersonaRow,
    ReciboRow,
    RevisionRow,
    TramiteRow,
    UsuarioRow,
)
from agencia_app.models.domain.autorizacion import Asunto, EstadoAutorizacion
from agencia_app.models.domain.calidad import AFILIADOS, Calidad, calidad_of
from agencia_app.models.domain.cierre import (
    Anulada,
    Bloqueo,
    Emergencia,
    Excepcion,
    FilaOperador,
    TipoBloqueo,
    Totales,
)
from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import ZONE, local_date
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.services import bitacora
from agencia_app.services.hojas import count
from agencia_app.services.tramite_rows import persona

_OPEN = (EstadoTramite.ABIERTO, EstadoTramite.EMITIDO)


def blocking(session: Session, dia: date) -> tuple[Bloqueo, ...]:
    """Return the trámites of a day, or of one before it, that must end first; the oldest first."""
    unsettled = exists().where(
        ClaveRow.tramite_id == TramiteRow.id, ClaveRow.hoja == EstadoHoja.POR_CONFIRMAR
    )
    rows = session.execute(
        select(TramiteRow, PersonaRow, UsuarioRow.usuario, unsettled)
        .join(PersonaRow, PersonaRow.cedula == TramiteRow.cedula)
        .join(UsuarioRow, UsuarioRow.id == TramiteRow.operador_id)
        .where(TramiteRow.estado.in_(_OPEN), TramiteRow.dia <= dia)
        .order_by(TramiteRow.abierto_en)
    )
    return tuple(
        Bloqueo(
            row.numero,
            _tipo(row, slip_pending=slip),
            persona(who).nombre_completo,
            usuario,
            row.ventanilla,
            row.dia,
            row.abierto_en,
        )
        for row, who, usuario, slip in rows
    )


def _tipo(row: TramiteRow, *, slip_pending: bool) -> TipoBloqueo:
    if row.estado is EstadoTramite.ABIERTO:
        return TipoBloqueo.BORRADOR
    return TipoBloqueo.HOJA_POR_CONFIRMAR if slip_pending else TipoBloqueo.SIN_TERMINAR


def totals(session: Session, dia: date) -> Totales:
    """Return the figures of a day as they stand."""
    start, end = _hours(session, dia)
    entregadas, danadas = _slips(session, dia)
    numbered = session.scalar(select(exists().where(HojaLoteRow.dia <= dia)))
    return Totales(
        operadores=_by_operator(session, dia),
        tardios=_late(session, dia),
        cancelados=_without_recibo(session, dia, EstadoTramite.CANCELADO),
        pendientes=_without_recibo(session, dia, EstadoTramite.PENDIENTE),
        duplicados=_duplicates(session, start, end),
        entregadas=entregadas,
        danadas=danadas,
        numeradas=count(session, dia) if numbered else None,
        anuladas=_voided(session, dia),
        excepciones=_exceptions(session, start, end),
        emergencias=_emergencies(session, start, end),
        por_revisar=session.scalar(
            select(func.count())
            .select_from(RevisionRow)
            .where(RevisionRow.dia == dia, RevisionRow.revisada_por.is_(None))
        )
        or 0,
    )


def _hours(session: Session, dia: date) -> tuple[datetime, datetime]:
    """Return from when to when a moment counts to a day: from the end of the last day closed before it.

    What happened on the evening of a closed day belongs to the next, as a recibo made then does, and
    so does what happened on a day off, which nobody closes.
    """
    zone = ZoneInfo(ZONE)
    start = datetime.combine(dia, time.min, zone)
    before = session.scalars(
        select(CierreRow).where(CierreRow.dia < dia).order_by(CierreRow.dia.desc()).limit(1)
    ).one_or_none()
    if before is not None:
        after = datetime.combine(before.dia + timedelta(days=1), time.min, zone)
        start = before.cerrado_en if local_date(before.cerrado_en) == before.dia else after
    end = datetime.combine(dia + timedelta(days=1), time.min, zone)
    closed = session.get(CierreRow, dia)
    if closed is not None and local_date(closed.cerrado_en) == dia:
        end = closed.cerrado_en
    return start, end


def _by_operator(session: Session, dia: date) -> tuple[FilaOperador, ...]:
    rows = session.execute(
        select(UsuarioRow.usuario, UsuarioRow.nombre, PersonaRow.tipo_prestacion, func.count())
        .select_from(ReciboRow)
        .join(UsuarioRow, UsuarioRow.id == ReciboRow.operador_id)
        .join(TramiteRow, TramiteRow.id == ReciboRow.tramite_id)
        .join(PersonaRow, PersonaRow.cedula == TramiteRow.cedula)
        .where(ReciboRow.dia == dia)
        .group_by(UsuarioRow.usuario, UsuarioRow.nombre, PersonaRow.tipo_prestacion)
        .order_by(UsuarioRow.usuario)
    )
    sums: dict[tuple[str, str], dict[Calidad, int]] = defaultdict(lambda: dict.fromkeys(Calidad, 0))
    for usuario, nombre, tipo, times in rows:
        sums[usuario, nombre][calidad_of(tipo)] += times
    return tuple(
        FilaOperador(*who, by[Calidad.JUBILACION], by[Calidad.MONTEPIO], sum(by[each] for each in AFILIADOS))
        for who, by in sums.items()
    )


def _late(session: Session, dia: date) -> int:
    # The only ones that can be: those of the dates before, among the few of this day's first hours.
    first = datetime.combine(dia, time.min, ZoneInfo(ZONE))
    return (
        session.scalar(
            select(func.count())
            .select_from(ReciboRow)
            .where(ReciboRow.dia == dia, ReciboRow.emitido_en < first)
        )
        or 0
    )


def _without_recibo(session: Session, dia: date, estado: EstadoTramite) -> int:
    issued = exists().where(ReciboRow.tramite_id == TramiteRow.id)
    return (
        session.scalar(
            select(func.count())
            .select_from(TramiteRow)
            .where(TramiteRow.dia == dia, TramiteRow.estado == estado, ~issued)
        )
        or 0
    )


def _slips(session: Session, dia: date) -> tuple[int, int]:
    """Return the slips handed over and spoiled of a day's recibos."""

    def counted(hoja: EstadoHoja) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((ClaveRow.hoja == hoja, 1), else_=0)), 0)

    entregadas, danadas = session.execute(
        select(counted(EstadoHoja.ENTREGADA), counted(EstadoHoja.DANADA))
        .select_from(ReciboRow)
        .join(ClaveRow, ClaveRow.tramite_id == ReciboRow.tramite_id)
        .where(ReciboRow.dia == dia)
    ).one()
    return entregadas, danadas


def _duplicates(session: Session, start: datetime, end: datetime) -> int:
    # By the bitácora, which is indexed by its moments: of print jobs there are several an attention.
    moments = (bitacora.written(start), bitacora.written(end))
    return (
        session.scalar(
            select(func.count())
            .select_from(BitacoraRow)
            .where(
                BitacoraRow.en >= moments[0],
                BitacoraRow.en < moments[1],
                BitacoraRow.accion == Evento.PAPEL_DUPLICADO,
            )
        )
        or 0
    )


def _voided(session: Session, dia: date) -> tuple[Anulada, ...]:
    asked, approved = aliased(UsuarioRow), aliased(UsuarioRow)
    rows = session.execute(
        select(ReciboRow.numero, ReciboRow.dia, AnulacionRow.motivo, asked.usuario, approved.usuario)
        .select_from(AnulacionRow)
        .join(ReciboRow, ReciboRow.id == AnulacionRow.recibo_id)
        .join(AutorizacionRow, AutorizacionRow.id == AnulacionRow.autorizacion_id)
        .join(asked, asked.id == AutorizacionRow.pedida_por)
        .join(approved, approved.id == AutorizacionRow.resuelta_por)
        .where(AnulacionRow.dia == dia)
        .order_by(AnulacionRow.id)
    )
    return tuple(Anulada(*row) for row in rows)


def _exceptions(session: Session, start: datetime, end: datetime) -> tuple[Excepcion, ...]:
    """Return what a second person was asked that day, but for voidings: those are told one by one."""
    approved, denied = EstadoAutorizacion.APROBADA, EstadoAutorizacion.NEGADA
    rows = session.execute(
        select(
            AutorizacionRow.asunto,
            func.sum(case((AutorizacionRow.estado == approved, 1), else_=0)),
            func.sum(case((AutorizacionRow.estado == denied, 1), else_=0)),
        )
        .where(
            AutorizacionRow.resuelta_en >= start,
            AutorizacionRow.resuelta_en < end,
            or_(AutorizacionRow.asunto != Asunto.ANULACION, AutorizacionRow.estado == denied),
        )
        .group_by(AutorizacionRow.asunto)
    )
    order = list(Asunto)
    return tuple(sorted((Excepcion(*row) for row in rows), key=lambda each: order.index(each.asunto)))


def _emergencies(session: Session, start: datetime, end: datetime) -> tuple[Emergencia, ...]:
    rows = session.execute(
        select(AutorizacionRow.asunto, TramiteRow.numero, UsuarioRow.usuario, AutorizacionRow.comentario)
        .join(UsuarioRow, UsuarioRow.id == AutorizacionRow.resuelta_por)
        .outerjoin(TramiteRow, TramiteRow.id == AutorizacionRow.tramite_id)
        .where(
            AutorizacionRow.emergencia,
            AutorizacionRow.resuelta_en >= start,
            AutorizacionRow.resuelta_en < end,
        )
        .order_by(AutorizacionRow.id)
    )
    return tuple(Emergencia(*row) for row in rows)
