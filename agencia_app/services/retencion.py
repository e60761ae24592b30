"""Retention: what is due, the list of who is held back, and purging what is due.

Source: LOPDP, principle of conservation: personal data is kept no longer than what it is for. What
proves an issuance is never purged: claves, recibos with the documents that they were sealed over,
autorizaciones, closed days, and the bitácora's chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Executable, Select, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import (
    AccesoRow,
    ApoderadoRow,
    BitacoraRow,
    ContactoRow,
    CorreccionRow,
    DocumentoRow,
    ImpresionRow,
    PersonaRow,
    ReciboRow,
    RetencionExcepcionRow,
    SolicitudRow,
    TramiteRow,
    UsuarioRow,
)
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.autorizacion import REASON_LENGTH
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import ZONE, local_date
from agencia_app.models.domain.impresion import OPEN
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.retencion import DEPURADO, Clase, Excepcion, Vencido
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, tramite_rows
from agencia_app.services.bitacora_verify import KEPT
from agencia_app.services.usuario_rows import acting

BATCH = 5_000  # rows a transaction: the write lock is held for some tenths of a second
_HELD = select(RetencionExcepcionRow.cedula).where(RetencionExcepcionRow.levantada_en.is_(None))
_HELD_EVENT = or_(
    BitacoraRow.seq.in_(select(AccesoRow.seq).where(AccesoRow.cedula.in_(_HELD))),
    BitacoraRow.tramite.in_(select(TramiteRow.numero).where(TramiteRow.cedula.in_(_HELD))),
)


class Retencion:
    """What is kept too long, and its purging."""

    def __init__(self, database: Database, days: Mapping[str, int], clock: Callable[[], datetime]) -> None:
        """Take the database, the days each kind is kept, and the clock (aware)."""
        self._database = database
        self._days = days
        self._clock = clock

    def due(self) -> tuple[Vencido, ...]:
        """Return what is due of each kind. It names nobody: the doctor asks too."""
        today = local_date(self._clock())
        with self._database.reading() as session:
            return tuple(
                _counted(session, clase, self._days[clase], today - timedelta(days=self._days[clase]))
                for clase in Clase
            )

    def held(self, sesion: Sesion) -> tuple[Excepcion, ...]:
        """Return who is held back, the latest first. Raises KnownError ``usuario.role``."""
        require(sesion, Permiso.DEPURAR)
        with self._database.reading() as session:
            rows = session.execute(
                select(RetencionExcepcionRow, PersonaRow, UsuarioRow.nombre)
                .join(UsuarioRow, UsuarioRow.id == RetencionExcepcionRow.puesta_por)
                .outerjoin(PersonaRow, PersonaRow.cedula == RetencionExcepcionRow.cedula)
                .where(RetencionExcepcionRow.levantada_en.is_(None))
                .order_by(RetencionExcepcionRow.id.desc())
            )
            return tuple(_excepcion(*row) for row in rows)

    def hold(self, sesion: Sesion, cedula: str, motivo: str) -> None:
        """Hold a cédula back from purging: a claim, a lawsuit.

        Raises KnownError ``usuario.role``, ``cedula.*``, ``retencion.motivo``, ``retencion.held``.
        """
        require(sesion, Permiso.DEPURAR)
        number, reason = cedulas.validate(cedula), _reason(motivo)
        with acting(self._database, sesion, Permiso.DEPURAR) as session:
            if _hold_of(session, number) is not None:
                raise KnownError("retencion.held")
            now = self._clock()
            session.add(
                RetencionExcepcionRow(
                    cedula=number, motivo=reason, puesta_por=sesion.usuario_id, puesta_en=now
                )
            )
            bitacora.record(
                session, sesion, Evento.RETENCION_EXCEPTUADA, en=now, cedulas=[number], motivo=reason
            )
            session.commit()

    def lift(self, sesion: Sesion, cedula: str, motivo: str) -> None:
        """Let a cédula be purged again, saying why.

        Raises KnownError ``usuario.role``, ``retencion.motivo``, ``retencion.not_held``.
        """
        require(sesion, Permiso.DEPURAR)
        reason = _reason(motivo)
        with acting(self._database, sesion, Permiso.DEPURAR) as session:
            row = _hold_of(session, cedula)
            if row is None:
                raise KnownError("retencion.not_held")
            row.levantada_por, row.levantada_en = sesion.usuario_id, self._clock()
            bitacora.record(
                session,
                sesion,
                Evento.RETENCION_EXCEPCION_LEVANTADA,
                en=row.levantada_en,
                cedulas=[cedula],
                motivo=reason,
            )
            session.commit()

    def purge(
        self,
        sesion: Sesion,
        vencido: Vencido,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> int:
        """Purge what was shown as due, in batches; return how many.

        The event that says so is written with the first batch: what is purged is never without it,
        and what a stop or a power cut leaves is due the next time. Who is held back meanwhile is left.

        Raises KnownError ``usuario.role``, ``retencion.changed`` when that is not due now,
        ``retencion.nothing``, and ``base.*``.
        """
        require(sesion, Permiso.DEPURAR)
        clase, hasta = vencido.clase, vencido.hasta
        if hasta > local_date(self._clock()) - timedelta(days=self._days[clase]):
            raise KnownError("retencion.changed")
        with acting(self._database, sesion, Permiso.DEPURAR) as session:
            counted = _counted(session, clase, vencido.dias, hasta)
            if not counted.cuantos:
                raise KnownError("retencion.nothing")
            bitacora.record(
                session,
                sesion,
                Evento.RETENCION_DEPURADA,
                en=self._clock(),
                clase=clase.value,
                hasta=_written(hasta),
                cuantos=counted.cuantos,
                exceptuadas=_ranges(_held_events(session, hasta)) if clase is Clase.BITACORA else "",
            )
            done = last = _purge_batch(session, clase, hasta)
            session.commit()
        while last and not (cancelled is not None and cancelled()):
            if progress is not None:
                progress(done, max(counted.cuantos, done))
            with acting(self._database, sesion, Permiso.DEPURAR) as session:
                last = _purge_batch(session, clase, hasta)
                session.commit()
            done += last
        return done


def _excepcion(row: RetencionExcepcionRow, person: PersonaRow | None, who: str) -> Excepcion:
    nombre = "" if person is None else tramite_rows.persona(person).nombre_completo
    return Excepcion(row.cedula, nombre, row.motivo, who, row.puesta_en)


def _reason(motivo: str) -> str:
    reason = " ".join(motivo.split())
    if not reason or not reason.isprintable() or len(reason) > REASON_LENGTH:
        raise KnownError("retencion.motivo", maximum=REASON_LENGTH)
    return reason


def _hold_of(session: Session, cedula: str) -> RetencionExcepcionRow | None:
    return session.scalars(
        select(RetencionExcepcionRow).where(
            RetencionExcepcionRow.cedula == cedula, RetencionExcepcionRow.levantada_en.is_(None)
        )
    ).one_or_none()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC)


def _written(day: date) -> str:
    """Return the beginning of a day at the agency as the bitácora writes moments."""
    return _midnight(day).isoformat(timespec="microseconds")


# -- which rows, and what is done with them ---------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """What is due in one table: its keys, what holds a row back, and how rows are purged by key."""

    keys: Select[Any]
    held: ColumnElement[bool]
    purge: Callable[[Sequence[Any]], Executable]


def _parts(clase: Clase, hasta: date) -> tuple[_Part, ...]:
    before = _midnight(hasta)
    # Of one in course nothing is purged, however old: what it needs a second person for hangs on it.
    ended = TramiteRow.cerrado_en < before
    held = TramiteRow.cedula.in_(_HELD)
    if clase is Clase.BITACORA:
        return (
            _Part(
                _due_events(hasta),
                _HELD_EVENT,
                lambda keys: update(BitacoraRow).where(BitacoraRow.seq.in_(keys)).values(sal="", detalle=""),
            ),
        )
    if clase is Clase.DOCUMENTOS:
        # A recibo was sealed over its documents and who acted for the person: they stay with it.
        ended &= TramiteRow.id.not_in(select(ReciboRow.tramite_id))
        written = or_(DocumentoRow.numero != "", DocumentoRow.fecha.is_not(None))
        shown = select(DocumentoRow.tramite_id).where(DocumentoRow.tramite_id == TramiteRow.id, written)
        return (
            _Part(
                select(TramiteRow.id).where(ended, shown.exists()),
                held,
                lambda keys: (
                    update(DocumentoRow)
                    .where(DocumentoRow.tramite_id.in_(keys))
                    .values(numero="", fecha=None)
                ),
            ),
            _Part(
                select(TramiteRow.id)
                .join(ApoderadoRow, ApoderadoRow.tramite_id == TramiteRow.id)
                .where(ended, ApoderadoRow.documento != ""),
                held,
                lambda keys: (
                    update(ApoderadoRow)
                    .where(ApoderadoRow.tramite_id.in_(keys))
                    .values(cedula="", nombre=DEPURADO, documento="", notaria="")
                ),
            ),
            # What a ticket told of a person, once it was closed.
            _Part(
                select(CorreccionRow.id).where(
                    CorreccionRow.cerrada_en < before, CorreccionRow.debe_decir != DEPURADO
                ),
                CorreccionRow.cedula.in_(_HELD),
                lambda keys: (
                    update(CorreccionRow)
                    .where(CorreccionRow.id.in_(keys))
                    .values(dice=DEPURADO, debe_decir=DEPURADO, evidencia=DEPURADO, resolucion=DEPURADO)
                ),
            ),
            # Who qualified one for an employer. What a clave was issued on stays with it.
            _Part(
                select(SolicitudRow.id).where(
                    SolicitudRow.generada_en < before,
                    SolicitudRow.calificada_por.not_in(("", DEPURADO)),
                    or_(
                        SolicitudRow.tramite_id.is_(None),
                        SolicitudRow.tramite_id.in_(select(TramiteRow.id).where(ended)),
                    ),
                ),
                SolicitudRow.cedula.in_(_HELD),
                lambda keys: (
                    update(SolicitudRow)
                    .where(SolicitudRow.id.in_(keys))
                    .values(ruc="", razon_social="", calificada_por=DEPURADO)
                ),
            ),
        )
    if clase is Clase.CONTACTO:
        known = (TramiteRow.correo, TramiteRow.celular, TramiteRow.correo_antes, TramiteRow.celular_antes)
        return (
            _Part(
                select(ContactoRow.cedula).where(ContactoRow.actualizado_en < before),
                ContactoRow.cedula.in_(_HELD),
                lambda keys: delete(ContactoRow).where(ContactoRow.cedula.in_(keys)),
            ),
            _Part(
                select(TramiteRow.id).where(ended, or_(*(each.is_not(None) for each in known))),
                held,
                lambda keys: (
                    update(TramiteRow)
                    .where(TramiteRow.id.in_(keys))
                    .values(correo=None, celular=None, correo_antes=None, celular_antes=None)
                ),
            ),
        )
    told = or_(
        ImpresionRow.cedula.is_not(None),
        ImpresionRow.motivo.not_in(("", DEPURADO)),
        ImpresionRow.mensaje != "",
    )
    return (
        _Part(
            select(ImpresionRow.id).where(
                ImpresionRow.creado_en < before, ImpresionRow.estado.not_in(OPEN), told
            ),
            or_(
                func.coalesce(ImpresionRow.cedula, "").in_(_HELD),
                func.coalesce(ImpresionRow.tramite_id, 0).in_(
                    select(TramiteRow.id).where(TramiteRow.cedula.in_(_HELD))
                ),
            ),
            lambda keys: (
                update(ImpresionRow)
                .where(ImpresionRow.id.in_(keys))
                .values(cedula=None, mensaje="", motivo=case((ImpresionRow.motivo == "", ""), else_=DEPURADO))
            ),
        ),
    )


def _due_events(hasta: date) -> Select[Any]:
    return select(BitacoraRow.seq).where(
        BitacoraRow.en < _written(hasta),
        BitacoraRow.compromiso != "",
        BitacoraRow.detalle.not_in(("", "{}")),
        BitacoraRow.accion.not_in([each.value for each in KEPT]),
    )


def _counted(session: Session, clase: Clase, dias: int, hasta: date) -> Vencido:
    def count(keys: Select[Any]) -> int:
        return session.execute(select(func.count()).select_from(keys.subquery())).scalar_one()

    parts = _parts(clase, hasta)
    free = sum(count(each.keys.where(~each.held)) for each in parts)
    return Vencido(clase, dias, hasta, free, sum(count(each.keys.where(each.held)) for each in parts))


def _purge_batch(session: Session, clase: Clase, hasta: date) -> int:
    """Purge up to BATCH rows of each table of a kind, in the caller's transaction."""
    done = 0
    for part in _parts(clase, hasta):
        keys = session.scalars(part.keys.where(~part.held).limit(BATCH)).all()
        if keys:
            session.execute(part.purge(keys), execution_options={"synchronize_session": False})
        done += len(keys)
    return done


def _held_events(session: Session, hasta: date) -> list[int]:
    return list(session.scalars(_due_events(hasta).where(_HELD_EVENT).order_by(BitacoraRow.seq)))


def _ranges(numbers: Sequence[int]) -> str:
    """Return sorted numbers as ``3,7-9``."""
    spans: list[list[int]] = []
    for each in numbers:
        if spans and each == spans[-1][1] + 1:
            spans[-1][1] = each
        else:
            spans.append([each, each])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
