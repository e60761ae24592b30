"""*Para revisar*: finding what a supervisor should look at again, and marking it revisado.

Finding is nobody's action: it runs when the board is looked at and at the close of the day, as often as
one likes, and records only what is new. What was found stays, whatever changes afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, func, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import (
    AgenciaRow,
    AutorizacionRow,
    BitacoraRow,
    CierreRow,
    ClaveRow,
    DocumentoRow,
    ReciboRow,
    RevisionRow,
    TramiteRow,
    UsuarioRow,
)
from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain.autorizacion import EstadoAutorizacion
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import ZONE, local_date
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.revision import COMMENT_LENGTH, Regla, Revision
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services import revision_reglas as reglas
from agencia_app.services.dias import business_day
from agencia_app.services.feriados import Feriados
from agencia_app.services.revision_reglas import Consultada, Emergencia, Emitida, Hallazgo
from agencia_app.services.usuario_rows import acting
from agencia_app.settings import Settings

_AT_THE_PRINTER = timedelta(minutes=15)
_IN_PROGRESS = (EstadoTramite.ABIERTO, EstadoTramite.PENDIENTE, EstadoTramite.EMITIDO)
_OPENED = (Evento.TRAMITE_ABIERTO.value, Evento.TRAMITE_RETOMADO.value)
_OWN = 9  # columns of an issuance that it takes as they are
_MOST_DAYS = 7  # not closed, that one look goes through
_NEVER = datetime.max.replace(tzinfo=UTC)


class Revisiones:
    """What is to be reviewed in one agency."""

    def __init__(
        self, database: Database, settings: Settings, feriados: Feriados, clock: Callable[[], datetime]
    ) -> None:
        """Take the database, the agency's limits, its days off and the clock (aware)."""
        self._database = database
        self._settings = settings
        self._feriados = feriados
        self._clock = clock

    def detect(self, dia: date, *, closing: bool = False) -> int:
        """Find what a business day holds for review, record what is new, and return how much that is.

        ``closing`` is the last look at it: the running hour counts as over, and each operator gets
        at least one issuance of the sample. Raises KnownError ``base.*``.
        """
        with self._database.reading() as session:
            found = list(self._found(session, dia, closing=closing))
            known = _known(session, found)
        new = [each for each in found if each.unica not in known]
        if not new:
            return 0
        with self._database.unit_of_work() as session:
            known = _known(session, new)  # another window may have been quicker
            now = self._clock()
            rows = [_values(each, dia, now) for each in new if each.unica not in known]
            if rows:
                session.execute(insert(RevisionRow), rows)
                session.commit()
        return len(rows)

    def detect_shown(self, sesion: Sesion, desde: date, hasta: date) -> int:
        """Detect what is new in the days that a board shows: those that are not closed, and today.

        A closed day had its last look at the close. Raises KnownError ``usuario.role`` or ``base.*``.
        """
        require(sesion, Permiso.VER_TABLERO)
        with self._database.reading() as session:
            days = set(
                session.scalars(
                    select(ReciboRow.dia)
                    .where(ReciboRow.dia.between(desde, hasta), ReciboRow.dia.not_in(select(CierreRow.dia)))
                    .distinct()
                    .order_by(ReciboRow.dia.desc())
                    .limit(_MOST_DAYS)
                )
            )
            today = business_day(session, self._clock())
        if desde <= today <= hasta:
            days.add(today)
        return sum(self.detect(each) for each in sorted(days))

    def of_days(self, sesion: Sesion, desde: date, hasta: date, *, only_open: bool) -> tuple[Revision, ...]:
        """Return what was found in a range of business days: the newest first, the sample after the rest.

        Raises KnownError ``usuario.role``.
        """
        require(sesion, Permiso.VER_TABLERO)
        query = _query(sesion).where(RevisionRow.dia.between(desde, hasta))
        if only_open:
            query = query.where(RevisionRow.revisada_por.is_(None))
        sample = RevisionRow.regla == Regla.MUESTRA
        with self._database.reading() as session:
            rows = session.execute(query.order_by(sample, RevisionRow.en.desc(), RevisionRow.id.desc()))
            return tuple(_revision(*row) for row in rows)

    def review(self, sesion: Sesion, revision_id: int, comentario: str) -> Revision:
        """Mark one as revisado, with what the supervisor has to say of it.

        Raises KnownError ``usuario.role``, ``usuario.inactive``, ``revision.comment`` without a comment
        or with a long one, ``revision.done`` when it was reviewed before, ``revision.own`` when it
        concerns who asks, and ``revision.approved`` when they authorised something in its trámite.
        """
        require(sesion, Permiso.REVISAR)
        said = " ".join(comentario.split())
        if not 0 < len(said) <= COMMENT_LENGTH:
            raise KnownError("revision.comment", maximum=COMMENT_LENGTH)
        with acting(self._database, sesion, Permiso.REVISAR) as session:
            row = session.get_one(RevisionRow, revision_id)
            if row.revisada_por is not None:
                other = session.get_one(UsuarioRow, row.revisada_por).usuario
                raise KnownError("revision.done", usuario=other)
            if row.usuario_id == sesion.usuario_id:
                raise KnownError("revision.own")
            if session.scalar(select(exists().where(_approves(row.tramite_id, sesion)))):
                raise KnownError("revision.approved")
            now = self._clock()
            row.revisada_por, row.revisada_en, row.comentario = sesion.usuario_id, now, said
            session.flush()
            tramite = session.get(TramiteRow, row.tramite_id) if row.tramite_id else None
            bitacora.record(
                session,
                sesion,
                Evento.REVISION_HECHA,
                tramite=tramite.numero if tramite else "",
                en=now,
                revision=row.id,
                regla=row.regla.value,
                comentario=said,
            )
            done = session.execute(_query(sesion).where(RevisionRow.id == row.id)).one()
            session.commit()
        return _revision(*done)

    def _found(self, session: Session, dia: date, *, closing: bool) -> Iterator[Hallazgo]:
        config, now = self._settings, self._clock()
        emitidas = _emitidas(session, dia)
        semilla = bytes.fromhex(session.scalars(select(AgenciaRow.semilla)).one())
        yield from reglas.segunda_clave(emitidas, config.dias_segunda_clave)
        yield from reglas.contacto_cambiado(emitidas)
        yield from reglas.fuera_de_horario(emitidas, config.abre, config.cierra, self._feriados.on)
        if dia >= local_date(now):
            yield from reglas.reloj_adelantado(_emitidas(session, dia, later=True), now)
        yield from reglas.sobre_los_demas(emitidas, _NEVER if closing else now)
        yield from reglas.sustitutos_seguidos(emitidas, config.sustitutos_seguidos)
        yield from reglas.consultas_sin_tramite(_consultadas(session, dia), config.consultas_sin_tramite, now)
        yield from reglas.emergencias(_emergencias(session, dia, now))
        yield from reglas.muestra(emitidas, semilla, config.muestra_por_ciento, closing=closing)


def _emitidas(session: Session, dia: date, *, later: bool = False) -> list[Emitida]:
    """Return the issuances of a business day, or of ``later`` ones too, in the order of time."""
    anterior = (
        select(func.max(ClaveRow.emitida_en))
        .where(
            ClaveRow.cedula == TramiteRow.cedula,
            # Not by their moments, which are the clock's: a person has one trámite after the other. And
            # whatever became of its slip: that it spoiled is the word of who issues the next one.
            ClaveRow.tramite_id < TramiteRow.id,
        )
        .scalar_subquery()
    )
    voted = case((DocumentoRow.original, DocumentoRow.alternativa), else_="")
    rows: Iterable[Sequence[Any]] = session.execute(
        select(
            ReciboRow.id, ReciboRow.numero, ReciboRow.tramite_id, ReciboRow.operador_id, UsuarioRow.usuario,
            ReciboRow.ventanilla, ReciboRow.emitido_en, voted, anterior,
            TramiteRow.correo_antes, TramiteRow.correo, TramiteRow.celular_antes, TramiteRow.celular,
        )
        .join(TramiteRow, TramiteRow.id == ReciboRow.tramite_id)
        .join(UsuarioRow, UsuarioRow.id == ReciboRow.operador_id)
        .outerjoin(
            DocumentoRow,
            (DocumentoRow.tramite_id == TramiteRow.id) & (DocumentoRow.requisito == rules.VOTACION),
        )
        .where(ReciboRow.dia >= dia if later else ReciboRow.dia == dia)
        .order_by(ReciboRow.emitido_en, ReciboRow.id),
    )  # fmt: skip
    late = _replaced_late(session, dia)
    found = [Emitida(*(*row[:_OWN], _replaced(*row[_OWN:]))) for row in rows]
    return [replace(each, anterior=late.get(each.tramite_id, each.anterior)) for each in found]


def _replaced_late(session: Session, dia: date) -> dict[int, datetime]:
    """Return the trámites of a day whose slip was replaced long after it was printed, and when that was.

    A spoiled slip is seen at the printer. One that is replaced when the person has left is another clave.
    """
    before = aliased(ClaveRow)
    rows = session.execute(
        select(ClaveRow.tramite_id, before.emitida_en, ClaveRow.emitida_en)
        .join(before, (before.tramite_id == ClaveRow.tramite_id) & (before.intento == ClaveRow.intento - 1))
        .join(ReciboRow, ReciboRow.tramite_id == ClaveRow.tramite_id)
        .where(ReciboRow.dia == dia, ClaveRow.intento > 1)
    )
    return {tramite: printed for tramite, printed, again in rows if again - printed > _AT_THE_PRINTER}


def _replaced(
    correo_antes: str | None, correo: str | None, celular_antes: str | None, celular: str | None
) -> tuple[str, ...]:
    known = (("correo", correo_antes, correo), ("celular", celular_antes, celular))
    return tuple(name for name, before, after in known if before and before != after)


def _consultadas(session: Session, dia: date) -> list[Consultada]:
    """Return who was looked up, or had a trámite opened, and neither got a clave nor is on the way to one.

    Who was told that they cannot be attended (*consulta detenida*) came to the window too. From the
    working day before: somebody may look people up after the close.
    """
    before = session.scalar(select(func.max(ReciboRow.dia)).where(ReciboRow.dia < dia)) or dia
    since, until = _start(max(before, dia - timedelta(days=7))), _start(dia + timedelta(days=1))
    events = (
        select(BitacoraRow.en, UsuarioRow.id, BitacoraRow.actor, BitacoraRow.ventanilla)
        .join(UsuarioRow, UsuarioRow.usuario == BitacoraRow.actor)
        .where(BitacoraRow.en >= _written(since), BitacoraRow.en < _written(until))
    )
    looked_up = session.execute(
        events.add_columns(BitacoraRow.accion, BitacoraRow.detalle).where(
            BitacoraRow.accion.in_((Evento.CONSULTA_PERSONA.value, Evento.CONSULTA_DETENIDA.value))
        )
    )
    found: list[Consultada] = []
    told: set[str] = set()
    for en, usuario_id, actor, ventanilla, accion, detalle in looked_up:
        people = json.loads(detalle).get("cedulas", ()) if detalle else ()
        if accion == Evento.CONSULTA_DETENIDA.value:
            told.update(people)
        else:
            moment = datetime.fromisoformat(en)
            found += [Consultada(cedula, usuario_id, actor, ventanilla, moment) for cedula in people]
    issued = exists().where(ReciboRow.tramite_id == TramiteRow.id)
    ended, later = aliased(BitacoraRow), aliased(BitacoraRow)
    sheet = exists().where(later.tramite == TramiteRow.numero, later.accion == Evento.TRAMITE_PENDIENTE.value)
    # By the events of the day: by their state would be all that were ever cancelled.
    opened = session.execute(
        events.add_columns(TramiteRow.cedula)
        .join(ended, ended.tramite == BitacoraRow.tramite)
        .join(TramiteRow, TramiteRow.numero == BitacoraRow.tramite)
        .where(
            BitacoraRow.accion.in_(_OPENED),
            ended.accion == Evento.TRAMITE_CANCELADO.value,
            ended.en >= _written(since),
            ended.en < _written(until),
            ~issued,
            ~sheet,
        )
    )
    found += [
        Consultada(cedula, usuario_id, actor, ventanilla, datetime.fromisoformat(en))
        for en, usuario_id, actor, ventanilla, cedula in opened
    ]
    attended = set(
        session.scalars(
            select(TramiteRow.cedula).where(
                TramiteRow.cedula.in_({each.cedula for each in found}),
                or_(
                    TramiteRow.estado.in_(_IN_PROGRESS),
                    (TramiteRow.dia >= before) & or_(TramiteRow.estado != EstadoTramite.CANCELADO, issued),
                ),
            )
        )
    )
    return [each for each in found if each.cedula not in attended | told]


def _emergencias(session: Session, dia: date, now: datetime) -> list[Emergencia]:
    """Return every break-glass up to a day that is not in the list yet, of whatever day it is.

    One of the future is of a clock that ran ahead: waiting for its day would hide it.
    """
    name = "emergencia:" + cast(AutorizacionRow.id, String)
    end = _start(dia + timedelta(days=1))
    query = select(
        AutorizacionRow.id, AutorizacionRow.asunto, AutorizacionRow.tramite_id,
        AutorizacionRow.resuelta_por, AutorizacionRow.ventanilla, AutorizacionRow.resuelta_en,
    ).where(AutorizacionRow.emergencia, ~exists().where(RevisionRow.unica == name))  # fmt: skip
    ahead = max(end, now)  # asked apart: both in one would not go by the index
    rows: list[Sequence[Any]] = [
        *session.execute(query.where(AutorizacionRow.resuelta_en < end)),
        *session.execute(query.where(AutorizacionRow.resuelta_en > ahead)),
    ]
    return [Emergencia(*row) for row in rows]


def _known(session: Session, found: Sequence[Hallazgo]) -> set[str]:
    names = [each.unica for each in found]
    return set(session.scalars(select(RevisionRow.unica).where(RevisionRow.unica.in_(names))))


def _values(each: Hallazgo, dia: date, now: datetime) -> dict[str, object]:
    return {
        "regla": each.regla, "unica": each.unica, "dia": dia, "en": each.en, "tramite_id": each.tramite_id,
        "usuario_id": each.usuario_id, "ventanilla": each.ventanilla, "texto": each.texto, "creada_en": now,
    }  # fmt: skip


def _approves(
    tramite_id: int | InstrumentedAttribute[int | None] | None, sesion: Sesion
) -> ColumnElement[bool]:
    """Return the condition of an autorización in a trámite that this person approved."""
    return and_(
        AutorizacionRow.tramite_id == tramite_id,
        AutorizacionRow.estado == EstadoAutorizacion.APROBADA,
        AutorizacionRow.resuelta_por == sesion.usuario_id,
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(ZONE))


def _written(moment: datetime) -> str:
    """Return a moment as the bitácora writes them, to compare with."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _query(sesion: Sesion) -> Select[RevisionRow, str | None, str, str | None, bool]:
    concerned, reviewer = aliased(UsuarioRow), aliased(UsuarioRow)
    own = or_(
        RevisionRow.usuario_id == sesion.usuario_id,
        exists().where(_approves(RevisionRow.tramite_id, sesion)),
    )
    return (
        select(RevisionRow, TramiteRow.numero, concerned.usuario, reviewer.usuario, own)
        .join(concerned, concerned.id == RevisionRow.usuario_id)
        .outerjoin(TramiteRow, TramiteRow.id == RevisionRow.tramite_id)
        .outerjoin(reviewer, reviewer.id == RevisionRow.revisada_por)
    )


def _revision(
    row: RevisionRow,
    tramite: str | None,
    usuario: str,
    reviewer: str | None,
    own: bool,  # noqa: FBT001 - a column
) -> Revision:
    return Revision(
        row.id, row.regla, row.dia, row.en, tramite, usuario, row.ventanilla, row.texto, reviewer,
        row.revisada_en, row.comentario, de_otro=own,
    )  # fmt: skip
