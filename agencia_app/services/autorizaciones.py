"""Four eyes (*autorización*): asking for a second person, and what that person does about it.

An approval holds for one trámite and for the very facts that were read. Everything is judged again in
the transaction that approves, and again in the one that issues. Who approves is neither who asked nor
who attends nor who issues: the services say so in a sentence, and the database refuses the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import AutorizacionRow, BitacoraRow, TramiteRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import (
    MIN_MOTIVO,
    Asunto,
    Autorizacion,
    EstadoAutorizacion,
    Exigencia,
)
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import moment
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import (
    anulacion_rows,
    autorizacion_rows,
    bitacora,
    candado_rows,
    exigencias,
    reloj,
)
from agencia_app.services.tramite_rows import load, row_of
from agencia_app.services.tramites import Tramites
from agencia_app.services.usuario_rows import acting
from agencia_app.services.usuarios import Usuarios

# What somebody did of a trámite that they may not authorise: they attended it, if only before.
_ATTENDED = (
    Evento.IDENTIDAD_CONFIRMADA,
    Evento.REQUISITOS_CUMPLIDOS,
    Evento.CONSIDERACIONES_ACEPTADAS,
    Evento.SOLICITUD_FIRMADA,
    Evento.CLAVE_EMITIDA,
    Evento.CLAVE_REEMPLAZADA,
)
_EVENTS = {
    EstadoAutorizacion.APROBADA: Evento.AUTORIZACION_APROBADA,
    EstadoAutorizacion.NEGADA: Evento.AUTORIZACION_NEGADA,
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a second person decides."""

    estado: EstadoAutorizacion
    comentario: str
    emergencia: bool = False


class Autorizaciones:
    """Requests for a second person, and their answers."""

    def __init__(
        self, database: Database, tramites: Tramites, usuarios: Usuarios, clock: Callable[[], datetime]
    ) -> None:
        """Take the database, what judges a trámite, who checks a password, and the clock (aware)."""
        self._database = database
        self._tramites = tramites
        self._usuarios = usuarios
        self._clock = clock

    # -- what is asked -----------------------------------------------------------------

    def exigencias(self, numero: str) -> tuple[Exigencia, ...]:
        """Return what of a trámite needs a second person, and whether it is covered."""
        return self._tramites.exigencias(self._tramites.reload(numero))

    def request(
        self, sesion: Sesion, numero: str, asuntos: Iterable[Asunto], razon: str
    ) -> tuple[Autorizacion, ...]:
        """Ask for a second person about what a trámite needs, as its facts are now.

        Asking again of the same facts returns the same request. Lifting a candado is asked here too,
        in person. Raises KnownError ``autorizacion.reason``, ``autorizacion.too_long``,
        ``autorizacion.changed`` for what the trámite does not need, or ``candado.*``.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = row_of(session, numero, lock=True)
            tramite = load(session, row)
            now = self._clock()
            asked = [
                autorizacion_rows.add(session, sesion, asunto, row, self._facts(tramite, asunto), razon, now)
                for asunto in dict.fromkeys(asuntos)
            ]
            values = _values(session, asked)
            session.commit()
        return values

    def request_clock(self, sesion: Sesion, razon: str) -> Autorizacion:
        """Ask a supervisor to accept the hour of the clock, which is before what is recorded.

        Raises KnownError ``autorizacion.reason``, ``autorizacion.too_long``, or ``reloj.right`` when
        the clock does not lag.
        """
        with acting(self._database, sesion, Permiso.ATENDER) as session:
            now = self._clock()
            recorded = reloj.behind(session, now)
            if recorded is None:
                raise KnownError("reloj.right")
            facts = exigencias.clock(now, recorded)
            row = autorizacion_rows.add(session, sesion, Asunto.RELOJ, None, facts, razon, now)
            value = autorizacion_rows.value_of(session, row)
            session.commit()
        return value

    def withdraw(self, sesion: Sesion, ids: Sequence[int]) -> None:
        """Take back what oneself asked, or what is asked of a trámite that oneself attends now.

        What was answered meanwhile stays answered. Raises KnownError ``autorizacion.not_yours`` or
        ``autorizacion.not_found``.
        """
        with acting(self._database, sesion, Permiso.ATENDER) as session:
            now = self._clock()
            for row in _rows(session, ids):
                attends = row.tramite_id and session.get_one(TramiteRow, row.tramite_id).operador_id
                if sesion.usuario_id not in {row.pedida_por, attends}:
                    raise KnownError("autorizacion.not_yours")
                if row.estado is EstadoAutorizacion.PEDIDA:
                    autorizacion_rows.withdraw(session, sesion, row, now)
            session.commit()

    # -- what is waiting ---------------------------------------------------------------

    def pending(self, sesion: Sesion) -> tuple[Autorizacion, ...]:
        """Return the requests nobody answered yet, the oldest first."""
        require(sesion, Permiso.AUTORIZAR)
        with self._database.reading() as session:
            rows = session.scalars(
                select(AutorizacionRow)
                .where(AutorizacionRow.estado == EstadoAutorizacion.PEDIDA)
                .order_by(AutorizacionRow.id)
            ).all()
            return _values(session, rows)

    def get(self, ids: Sequence[int]) -> tuple[Autorizacion, ...]:
        """Return some requests as they are now. Raises KnownError ``autorizacion.not_found``."""
        with self._database.reading() as session:
            return _values(session, _rows(session, ids))

    def of_tramite(self, numero: str) -> tuple[Autorizacion, ...]:
        """Return everything that was asked of a trámite, the oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(AutorizacionRow)
                .where(AutorizacionRow.tramite_id == row_of(session, numero).id)
                .order_by(AutorizacionRow.id)
            ).all()
            return _values(session, rows)

    def version(self) -> int:
        """Return a mark that changes whenever a request is made, answered or withdrawn."""
        # Requests only come, and each is pending once: the last one and how many are pending say all.
        marks = select(
            func.coalesce(func.max(AutorizacionRow.id), 0),
            func.count().filter(AutorizacionRow.estado == EstadoAutorizacion.PEDIDA),
        )
        with self._database.reading() as session:
            last, waiting = session.execute(marks).one()
        return int(last) * 2 - int(waiting)

    # -- what is answered --------------------------------------------------------------

    def approve(self, sesion: Sesion, ids: Sequence[int], comentario: str = "") -> tuple[Autorizacion, ...]:
        """Approve requests, all or none. Lifting a candado and voiding are done with it.

        Raises KnownError ``autorizacion.self`` for who asked or attended, ``autorizacion.settled``
        for one that was answered, ``autorizacion.changed`` (and withdraws it) where the facts are no
        longer those that were asked about, ``autorizacion.too_long``, ``candado.*`` or ``anulacion.*``.
        """
        answer = _Answer(EstadoAutorizacion.APROBADA, autorizacion_rows.checked(comentario))
        return self._answer(sesion, ids, answer)

    def deny(self, sesion: Sesion, ids: Sequence[int], comentario: str) -> tuple[Autorizacion, ...]:
        """Refuse requests, all or none, and say why.

        Raises KnownError ``autorizacion.comment``, ``autorizacion.too_long``, ``autorizacion.self``
        for who asked, or ``autorizacion.settled``.
        """
        comment = autorizacion_rows.checked(comentario)
        if not comment:
            raise KnownError("autorizacion.comment")
        return self._answer(sesion, ids, _Answer(EstadoAutorizacion.NEGADA, comment))

    def emergency(self, sesion: Sesion, ids: Sequence[int], motivo: str) -> tuple[Autorizacion, ...]:
        """Approve alone, one's own requests too: for a supervisor with nobody else there.

        It always lands in *Para revisar*. Raises KnownError ``autorizacion.motivo`` for a reason of
        less than ``MIN_MOTIVO`` characters, and what ``approve`` does but ``autorizacion.self``.
        """
        reason = autorizacion_rows.checked(motivo)
        if len(reason) < MIN_MOTIVO:
            raise KnownError("autorizacion.motivo", minimum=MIN_MOTIVO)
        return self._answer(sesion, ids, _Answer(EstadoAutorizacion.APROBADA, reason, emergencia=True))

    def approve_here(
        self, sesion: Sesion, usuario: str, password: str, ids: Sequence[int], comentario: str = ""
    ) -> tuple[Autorizacion, ...]:
        """Approve over the screen of ``sesion`` with another's name and password.

        Raises what ``approve`` does, and KnownError ``usuario.*``.
        """
        return self.approve(self._second(sesion, usuario, password), ids, comentario)

    def deny_here(
        self, sesion: Sesion, usuario: str, password: str, ids: Sequence[int], comentario: str
    ) -> tuple[Autorizacion, ...]:
        """Refuse over the screen of ``sesion`` with another's name and password.

        Raises what ``deny`` does, and KnownError ``usuario.*``.
        """
        return self.deny(self._second(sesion, usuario, password), ids, comentario)

    def _second(self, sesion: Sesion, usuario: str, password: str) -> Sesion:
        """Return the session of the second person, at the window of the first."""
        require(sesion, Permiso.ATENDER)
        return self._usuarios.authenticate(usuario, password, sesion.ventanilla, Permiso.AUTORIZAR)

    def _answer(self, sesion: Sesion, ids: Sequence[int], answer: _Answer) -> tuple[Autorizacion, ...]:
        with acting(self._database, sesion, Permiso.AUTORIZAR) as session:
            rows = _rows(session, ids)
            now = self._clock()
            changed = False
            for row in rows:
                if row.estado is not EstadoAutorizacion.PEDIDA:
                    raise KnownError("autorizacion.settled")
                if not answer.emergencia:
                    _check_other(session, sesion, row, answer)
                if answer.estado is EstadoAutorizacion.APROBADA and not self._holds(session, row, now):
                    autorizacion_rows.withdraw(session, sesion, row, now)
                    changed = True
            if not changed:
                for row in rows:
                    self._settle(session, sesion, row, answer, now)
            values = _values(session, rows)
            session.commit()
        if changed:
            raise KnownError("autorizacion.changed")
        return values

    def _settle(
        self, session: Session, sesion: Sesion, row: AutorizacionRow, answer: _Answer, now: datetime
    ) -> None:
        tramite_row = session.get_one(TramiteRow, row.tramite_id) if row.tramite_id else None
        row.estado = answer.estado
        row.resuelta_por = sesion.usuario_id
        row.resuelta_en = now
        row.comentario = answer.comentario
        row.emergencia = answer.emergencia
        session.flush()
        bitacora.record(
            session,
            sesion,
            Evento.AUTORIZACION_EMERGENCIA if answer.emergencia else _EVENTS[answer.estado],
            tramite=tramite_row.numero if tramite_row else "",
            en=now,
            autorizacion=row.id,
            asunto=row.asunto.value,
            texto=row.texto,
            comentario=answer.comentario,
        )
        if answer.estado is not EstadoAutorizacion.APROBADA:
            return
        if row.asunto is Asunto.ANULACION:
            anulacion_rows.annul(session, sesion, row, now)
        elif row.asunto is Asunto.LEVANTAR_CANDADO and tramite_row is not None:
            candado_rows.lift(session, sesion, row, load(session, tramite_row), now)
        elif row.asunto is Asunto.RELOJ:
            bitacora.record(
                session, sesion, Evento.RELOJ_ACEPTADO, en=now, autorizacion=row.id, hora=moment(now)
            )

    # -- what it is about --------------------------------------------------------------

    def _facts(self, tramite: Tramite, asunto: Asunto) -> tuple[str, str]:
        """Return the alcance and the texto of what is asked of a trámite."""
        if asunto is Asunto.LEVANTAR_CANDADO:
            candado_rows.check_in_person(tramite)
            return exigencias.lifting(candado_rows.in_force(tramite))
        if tramite.estado is EstadoTramite.CANCELADO:
            raise KnownError(
                "tramite.ended", numero=numeros.shown(tramite.numero), estado=tramite.estado.value
            )
        for each in self._tramites.exigencias(tramite):
            if each.asunto is asunto:
                return each.alcance, each.texto
        raise KnownError("autorizacion.changed")

    def _holds(self, session: Session, row: AutorizacionRow, now: datetime) -> bool:
        """Tell whether the facts of a request are still so. Voiding checks its own."""
        if row.tramite_id is None:
            return now >= row.pedida_en - reloj.TOLERANCE  # the clock has not gone back since
        if row.asunto is Asunto.ANULACION:
            return True
        tramite_row = session.get_one(TramiteRow, row.tramite_id)
        tramite = load(session, tramite_row)
        self._tramites.follow(session)
        if row.asunto is Asunto.LEVANTAR_CANDADO:
            return tramite.candado is not None and exigencias.lifting(tramite.candado)[0] == row.alcance
        return autorizacion_rows.in_course(tramite_row) and any(
            each.asunto is row.asunto and each.alcance == row.alcance
            for each in self._tramites.exigencias(tramite)
        )


def _check_other(session: Session, sesion: Sesion, row: AutorizacionRow, answer: _Answer) -> None:
    """Raise KnownError ``autorizacion.self`` for who asked; to approve, for who attended as well."""
    if row.pedida_por == sesion.usuario_id:
        raise KnownError("autorizacion.self")
    if answer.estado is not EstadoAutorizacion.APROBADA or row.tramite_id is None:
        return
    tramite = session.get_one(TramiteRow, row.tramite_id)
    did = exists().where(
        BitacoraRow.tramite == tramite.numero,
        BitacoraRow.actor == sesion.usuario,
        BitacoraRow.accion.in_([each.value for each in _ATTENDED]),
    )
    if tramite.operador_id == sesion.usuario_id or session.scalar(select(did)):
        raise KnownError("autorizacion.self")


def _rows(session: Session, ids: Sequence[int]) -> list[AutorizacionRow]:
    rows = [session.get(AutorizacionRow, each) for each in dict.fromkeys(ids)]
    found = [row for row in rows if row is not None]
    if not found or len(found) < len(rows):
        raise KnownError("autorizacion.not_found")
    return found


def _values(session: Session, rows: Iterable[AutorizacionRow]) -> tuple[Autorizacion, ...]:
    return tuple(autorizacion_rows.value_of(session, row) for row in rows)
