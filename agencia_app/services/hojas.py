"""Numbered slips: received in ranges, handed to windows, spoiled with a reason, and counted.

One row a slip, never deleted: what was received is issued, spoiled or remains, by construction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, insert, literal, select, update
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import HojaLoteRow, HojaNumeradaRow, UsuarioRow
from agencia_app.models.domain.autorizacion import REASON_LENGTH
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.hoja_numerada import (
    MAX_LOTE,
    MAX_NUMERO,
    Conteo,
    EstadoHojaNumerada,
    Existencia,
    Lote,
    Tramo,
)
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, hoja_rows, reloj
from agencia_app.services.dias import business_day
from agencia_app.services.usuario_rows import acting

_FREE = HojaNumeradaRow.estado == EstadoHojaNumerada.DISPONIBLE


class Hojas:
    """The numbered slips of one agency."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], ventanillas: int, *, numeradas: bool
    ) -> None:
        """Take the database, the clock (aware), how many windows there are, and the setting."""
        self._database = database
        self._clock = clock
        self._ventanillas = ventanillas
        self.numeradas = numeradas

    def next_for(self, ventanilla: int) -> int | None:
        """Return the number that the next issuance of a window takes, None when it has none left."""
        with self._database.reading() as session:
            return hoja_rows.next_of(session, ventanilla)

    def receive(self, sesion: Sesion, desde: int, hasta: int) -> int:
        """Record a range that came in, both ends in it; return how many slips that is.

        Raises KnownError ``hojas.order``, ``hojas.too_many``, ``reloj.back``, or ``hojas.overlap`` with
        the range that has some of these numbers already.
        """
        _ordered(desde, hasta)
        if hasta - desde + 1 > MAX_LOTE:
            raise KnownError("hojas.too_many", maximum=MAX_LOTE)
        with acting(self._database, sesion, Permiso.ADMINISTRAR_HOJAS) as session:
            other = session.scalars(
                select(HojaLoteRow)
                .where(HojaLoteRow.desde <= hasta, HojaLoteRow.hasta >= desde)
                .order_by(HojaLoteRow.desde)
                .limit(1)
            ).one_or_none()
            if other is not None:
                raise KnownError("hojas.overlap", desde=other.desde, hasta=other.hasta)
            now = self._clock()
            reloj.check(session, now)
            lote = HojaLoteRow(
                desde=desde,
                hasta=hasta,
                recibido_por=sesion.usuario_id,
                recibido_en=now,
                dia=business_day(session, now),
            )
            session.add(lote)
            session.flush()
            same = {
                "lote_id": lote.id,
                "estado": EstadoHojaNumerada.DISPONIBLE,
                "motivo": "",
                "actualizado_por": sesion.usuario_id,
                "actualizado_en": now,
            }
            session.execute(
                insert(HojaNumeradaRow), [{"numero": each, **same} for each in range(desde, hasta + 1)]
            )
            bitacora.record(session, sesion, Evento.HOJAS_RECIBIDAS, en=now, desde=desde, hasta=hasta)
            session.commit()
        return hasta - desde + 1

    def assign(self, sesion: Sesion, desde: int, hasta: int, ventanilla: int | None) -> int:
        """Hand a range to a window, or with None take back what is left of it; return how many.

        A range to hand out must be whole: raises KnownError ``hojas.order``,
        ``usuario.ventanilla``, ``hoja.unknown``, ``hoja.used``, ``hoja.spoiled`` or
        ``hojas.elsewhere`` with the first number that cannot go. Taking back leaves what was used
        where it is; ``hojas.nothing_back`` when no slip of the range is at a window.
        """
        _ordered(desde, hasta)
        if ventanilla is not None and not 1 <= ventanilla <= self._ventanillas:
            raise KnownError("usuario.ventanilla", maximum=self._ventanillas)
        with acting(self._database, sesion, Permiso.ADMINISTRAR_HOJAS) as session:
            within = HojaNumeradaRow.numero.between(desde, hasta)
            chosen: ColumnElement[bool] = within
            if ventanilla is None:
                chosen = within & _FREE & HojaNumeradaRow.ventanilla.is_not(None)
                count = session.scalar(select(func.count()).select_from(HojaNumeradaRow).where(chosen)) or 0
                if not count:
                    raise KnownError("hojas.nothing_back")
            else:
                _check_whole(session, desde, hasta, ventanilla)
                count = hasta - desde + 1
            now = self._clock()
            session.execute(
                update(HojaNumeradaRow)
                .where(chosen)
                .values(ventanilla=ventanilla, actualizado_por=sesion.usuario_id, actualizado_en=now)
            )
            bitacora.record(
                session,
                sesion,
                Evento.HOJAS_ASIGNADAS,
                en=now,
                desde=desde,
                hasta=hasta,
                a_ventanilla=ventanilla,
                hojas=count,
            )
            session.commit()
        return count

    def spoil(self, sesion: Sesion, numero: int, motivo: str) -> None:
        """Record that a slip nobody used is spoiled, and why.

        Raises KnownError ``hoja.motivo``, ``hoja.unknown``, ``hoja.spoiled``, ``reloj.back``, or ``hoja.issued``
        for one that carries a clave: that one is replaced, or its issuance voided.
        """
        reason = " ".join(motivo.split())
        if not reason or not reason.isprintable() or len(reason) > REASON_LENGTH:
            raise KnownError("hoja.motivo", maximum=REASON_LENGTH)
        with acting(self._database, sesion, Permiso.ADMINISTRAR_HOJAS) as session:
            row = session.get(HojaNumeradaRow, numero)
            if row is None:
                raise KnownError("hoja.unknown", hoja=numero)
            if row.estado is EstadoHojaNumerada.DANADA:
                raise KnownError("hoja.spoiled", hoja=numero)
            if row.estado is EstadoHojaNumerada.EMITIDA:
                raise KnownError("hoja.issued", hoja=numero)
            now = self._clock()
            hoja_rows.spoil(session, sesion, row, reason, now)
            bitacora.record(session, sesion, Evento.HOJA_NUMERADA_DANADA, en=now, hoja=numero, motivo=reason)
            session.commit()

    def counts(self, dia: date | None = None) -> Conteo:
        """Return the slips of all time, or of one business day with what remained before it."""
        with self._database.reading() as session:
            return count(session, dia)

    def stock(self, sesion: Sesion) -> Existencia:
        """Return the ranges with slips left, and at which window those are."""
        require(sesion, Permiso.ADMINISTRAR_HOJAS)
        with self._database.reading() as session:
            return Existencia(count(session, None), _lotes(session), _tramos(session))


def count(session: Session, dia: date | None) -> Conteo:
    """Return the slips of all time, or of one business day, in the caller's session."""
    spoiled, issued = EstadoHojaNumerada.DANADA, EstadoHojaNumerada.EMITIDA
    size = func.coalesce(func.sum(HojaLoteRow.hasta - HojaLoteRow.desde + 1), 0)
    received = select(size)
    used = select(
        func.coalesce(func.sum(case((HojaNumeradaRow.estado == issued, 1), else_=0)), 0),
        func.coalesce(func.sum(case((HojaNumeradaRow.estado == spoiled, 1), else_=0)), 0),
    )
    if dia is None:
        emitidas, danadas = session.execute(used).one()
        return Conteo(0, session.scalar(received) or 0, emitidas, danadas)
    emitidas, danadas = session.execute(used.where(HojaNumeradaRow.dia == dia)).one()
    gone = session.scalar(select(func.count()).select_from(HojaNumeradaRow).where(HojaNumeradaRow.dia < dia))
    before = session.scalar(received.where(HojaLoteRow.dia < dia)) or 0
    return Conteo(
        before - (gone or 0), session.scalar(received.where(HojaLoteRow.dia == dia)) or 0, emitidas, danadas
    )


def _ordered(desde: int, hasta: int) -> None:
    if not 1 <= desde <= hasta <= MAX_NUMERO:
        raise KnownError("hojas.order")


def _check_whole(session: Session, desde: int, hasta: int, ventanilla: int) -> None:
    """Raise KnownError for the first number of a range that cannot be handed to a window."""
    within = HojaNumeradaRow.numero.between(desde, hasta)
    wrong = session.scalars(
        select(HojaNumeradaRow)
        .where(within, ~_FREE | (HojaNumeradaRow.ventanilla != ventanilla))
        .order_by(HojaNumeradaRow.numero)
        .limit(1)
    ).one_or_none()
    if wrong is not None:
        if wrong.estado is EstadoHojaNumerada.DISPONIBLE:
            raise KnownError("hojas.elsewhere", hoja=wrong.numero, ventanilla=wrong.ventanilla)
        spoiled = wrong.estado is EstadoHojaNumerada.DANADA
        raise KnownError("hoja.spoiled" if spoiled else "hoja.used", hoja=wrong.numero)
    known = session.scalar(select(func.count()).select_from(HojaNumeradaRow).where(within))
    if known != hasta - desde + 1:
        raise KnownError("hoja.unknown", hoja=_first_unknown(session, desde))


def _first_unknown(session: Session, desde: int) -> int:
    """Return the first number from ``desde`` on that was never received."""
    at = desde
    while True:
        lote = session.scalars(
            select(HojaLoteRow).where(HojaLoteRow.desde <= at, HojaLoteRow.hasta >= at)
        ).one_or_none()
        if lote is None:
            return at
        at = lote.hasta + 1


def _lotes(session: Session) -> tuple[Lote, ...]:
    def counted(estado: EstadoHojaNumerada) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((HojaNumeradaRow.estado == estado, 1), else_=0)), 0)

    left = counted(EstadoHojaNumerada.DISPONIBLE)
    rows = session.execute(
        select(
            HojaLoteRow,
            UsuarioRow.usuario,
            counted(EstadoHojaNumerada.EMITIDA),
            counted(EstadoHojaNumerada.DANADA),
            left,
        )
        .join(HojaNumeradaRow, HojaNumeradaRow.lote_id == HojaLoteRow.id)
        .join(UsuarioRow, UsuarioRow.id == HojaLoteRow.recibido_por)
        .group_by(HojaLoteRow.id, UsuarioRow.usuario)
        .having(left > 0)
        .order_by(HojaLoteRow.id.desc())
    )
    return tuple(
        Lote(row.desde, row.hasta, usuario, row.recibido_en, emitidas, danadas, quedan)
        for row, usuario, emitidas, danadas, quedan in rows
    )


def _tramos(session: Session) -> tuple[Tramo, ...]:
    # Consecutive numbers keep their distance to their place in the order of one window.
    numero, ventanilla = HojaNumeradaRow.numero, HojaNumeradaRow.ventanilla
    place = func.row_number().over(partition_by=ventanilla, order_by=numero)
    each = select(numero, ventanilla, (numero - place).label("isla")).where(_FREE).subquery()
    rows = session.execute(
        select(func.min(each.c.numero), func.max(each.c.numero), each.c.ventanilla)
        .group_by(each.c.ventanilla, each.c.isla)
        .order_by(func.coalesce(each.c.ventanilla, literal(0)), func.min(each.c.numero))
    )
    return tuple(Tramo(desde, hasta, window) for desde, hasta, window in rows)
