"""The solicitudes as a window takes them: brought from the kiosk or the portal, or from the employer.

Every method is one user action in one unit of work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import SolicitudRow, TramiteRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain import solicitud as rules
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.impresion import Impresion, PaperKind
from agencia_app.models.domain.mrz import Mrz
from agencia_app.models.domain.permisos import Permiso
from agencia_app.models.domain.requisitos import Documento, Via
from agencia_app.models.domain.solicitud import Calificacion, EstadoSolicitud, OrigenSolicitud
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, impresion_rows, solicitud_rows
from agencia_app.services.tramite_rows import load, row_of
from agencia_app.services.tramites import Attention, Tramites
from agencia_app.services.usuario_rows import acting

_REFUSALS = {
    "solicitud.used": "usada",
    "solicitud.expired": "vencida",
    "solicitud.other_person": "de otra persona",
}


class Solicitudes:
    """Taking up what was made before the queue, and what the employer wrote on it."""

    def __init__(
        self, database: Database, tramites: Tramites, dias: int, clock: Callable[[], datetime]
    ) -> None:
        """Take the database, the trámites, how many days a solicitud is good for, and the clock (aware)."""
        self._database = database
        self._tramites = tramites
        self._dias = dias
        self._clock = clock

    def attend(self, sesion: Sesion, numero: str) -> Attention:
        """Attend who brought a solicitud of the agency's, by its number typed or scanned.

        Raises KnownError ``numero.*``, ``solicitud.not_found``, ``solicitud.used``, ``solicitud.expired``
        or ``autorizacion.approver``.
        """
        digits = numeros.validate(numero)
        told = self._refusals_told(sesion, digits)
        with told, acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            cedula = _known(session, digits).cedula
            self._tramites.hold(session, cedula)  # every lock before the first thing recorded
            row = _known(session, digits, lock=True)
            attention = self._tramites.attend_within(session, sesion, cedula)
            self._require_free(session, row, attention)
            attention = self._bring(session, row, attention)
            session.commit()
        return attention

    def register(self, sesion: Sesion, numero: str, cedula: str, mrz: Mrz | None = None) -> Attention:
        """Attend who brought a solicitud of the portal, which is recorded with its first use.

        ``mrz`` is the zone of the person's cédula where it was scanned. Raises KnownError ``portal.*``,
        ``solicitud.other_person``, ``solicitud.used``, ``solicitud.expired`` or ``autorizacion.approver``.
        """
        digits = rules.validate_portal(numero)
        rules.check_portal_year(digits, local_date(self._clock()))
        told = self._refusals_told(sesion, digits, cedula)
        with told, acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            self._tramites.hold(session, cedula)
            row = solicitud_rows.find(session, digits, lock=True)
            if row is not None and row.cedula != cedula:
                raise KnownError("solicitud.other_person")
            attention = self._tramites.attend_within(session, sesion, cedula, mrz)
            if row is not None:
                self._require_free(session, row, attention)
            elif attention.tramite is not None:
                row = self._registered(session, sesion, digits, attention.tramite)
            if row is not None:
                attention = self._bring(session, row, attention)
            session.commit()
        return attention

    def generate(
        self, sesion: Sesion, tramite: str, documentos: tuple[Documento, ...]
    ) -> tuple[Tramite, Impresion]:
        """Print the solicitud of a trámite for the employer to qualify, sign and stamp, and keep the ticks.

        Raises KnownError ``solicitud.direct`` for a person who needs no employer.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self._tramites.open_row(session, tramite)
            before = load(session, row)
            if self._tramites.condicion(before).solicitud is not Via.EMPLEADOR:
                raise KnownError("solicitud.direct")
            if before.identidad is None:
                raise KnownError("tramite.not_ready")
            now = self._clock()
            self._tramites.tick_within(session, row, before, documentos)
            solicitud = self._tramites.solicitud_within(session, sesion, row, before, now)
            job = impresion_rows.new(sesion, PaperKind.SOLICITUD, now, tramite_id=row.id)
            impresion_rows.add(session, job)
            bitacora.record(
                session,
                sesion,
                Evento.SOLICITUD_GENERADA,
                tramite=tramite,
                en=now,
                solicitud=solicitud.numero,
                vence_el=solicitud.vence_el.isoformat(),
            )
            saved = self._tramites.weigh_within(session, sesion, row, now)
            answer = saved, impresion_rows.value_of(session, job)
            session.commit()
        return answer

    def qualify(self, sesion: Sesion, tramite: str, block: Calificacion, *, seen: bool) -> Tramite:
        """Write down the employer's block of a trámite's solicitud, which the person signs.

        ``seen`` is that the employer's signature and stamp are on the paper. Written down again before the
        issuance, it replaces what was written, and is signed again. A paper without a number of ours
        gets one, unless it may be one of the person's that served or expired. Raises KnownError
        ``calificacion.*``, ``ruc.shape``, ``solicitud.direct``, ``solicitud.employer_expired``,
        ``solicitud.employer_used``, ``requisitos.missing`` or ``autorizacion.needed``.
        """
        if not seen:
            raise KnownError("calificacion.unseen")
        now = self._clock()
        today = local_date(now)
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self._tramites.at_solicitud(session, tramite)
            before = load(session, row)
            if self._tramites.condicion(before).solicitud is not Via.EMPLEADOR:
                raise KnownError("solicitud.direct")
            made = before.solicitud
            last = solicitud_rows.of_tramite(session, row.id) or solicitud_rows.newest(
                session, row.cedula, before.persona.tipo_prestacion
            )
            if last is not None:
                _require_another(last, row.id, block, today)
            # One that was made straight, before they had an employer, went through none.
            paper = made if made and made.tipo_prestacion is before.persona.tipo_prestacion else None
            kept = rules.checked(block, rules.earliest(paper, today, self._dias), today)
            if made is None or made.origen is not OrigenSolicitud.VENTANILLA:
                self._require_unserved(session, row, kept)
            written = made is None or made.calificacion != kept
            if written:
                solicitud_rows.take_back_of(session, row)
                solicitud = self._tramites.solicitud_within(session, sesion, row, before, now)
                solicitud.ruc, solicitud.razon_social = kept.ruc, kept.razon_social
                solicitud.calificada_por, solicitud.calificada_el = kept.calificada_por, kept.calificada_el
                solicitud.registrada_por = sesion.usuario_id
            # A block that was written before is signed again after a step back.
            signed = "" if row.firmado_en is not None else self._tramites.sign_within(session, row, now)
            if written:
                bitacora.record(
                    session,
                    sesion,
                    Evento.SOLICITUD_CALIFICADA,
                    tramite=tramite,
                    en=now,
                    solicitud=signed,
                    ruc=kept.ruc,
                    razon_social=kept.razon_social,
                    calificada_por=kept.calificada_por,
                    calificada_el=kept.calificada_el.isoformat(),
                )
            if signed:
                bitacora.record(
                    session, sesion, Evento.SOLICITUD_FIRMADA, tramite=tramite, en=now, solicitud=signed
                )
            saved = load(session, row)
            session.commit()
        return saved

    @contextmanager
    def _refusals_told(self, sesion: Sesion, numero: str, cedula: str = "") -> Iterator[None]:
        """Record that a number was refused: with the refusal what the attention recorded was undone."""
        try:
            yield
        except KnownError as error:
            if error.code in _REFUSALS:
                with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
                    row = solicitud_rows.find(session, numero)
                    touched = dict.fromkeys((cedula, row.cedula if row is not None else ""))
                    bitacora.record(
                        session,
                        sesion,
                        Evento.SOLICITUD_RECHAZADA,
                        en=self._clock(),
                        cedulas=[each for each in touched if each],
                        solicitud=numero,
                        motivo=_REFUSALS[error.code],
                    )
                    session.commit()
            raise

    def _require_unserved(self, session: Session, row: TramiteRow, block: Calificacion) -> None:
        """Refuse a block that was copied already from the person's paper, which served elsewhere by another number."""
        served = solicitud_rows.served(session, row, block)
        if served is not None:
            raise KnownError("solicitud.employer_used", solicitud=rules.shown(served.numero))

    def _require_free(self, session: Session, row: SolicitudRow, attention: Attention) -> None:
        """Refuse one that served elsewhere, or is good no more."""
        if row.estado is EstadoSolicitud.PRESENTADA:
            where = solicitud_rows.value(session, row).tramite
            if attention.tramite is None or attention.tramite.numero != where:
                raise KnownError(
                    "solicitud.used", solicitud=rules.shown(row.numero), tramite=numeros.shown(where)
                )
        elif row.vence_el < local_date(self._clock()):
            raise rules.expired(row.numero, row.vence_el)

    def _bring(self, session: Session, row: SolicitudRow, attention: Attention) -> Attention:
        """Have a solicitud with the trámite that was opened, unless another one is signed there."""
        tramite = attention.tramite
        if tramite is None or tramite.estado is EstadoTramite.EMITIDO or tramite.firmado_en is not None:
            return attention
        of_it = row_of(session, tramite.numero)
        solicitud_rows.bind(session, row, of_it)
        return replace(attention, tramite=load(session, of_it))

    def _registered(self, session: Session, sesion: Sesion, numero: str, tramite: Tramite) -> SolicitudRow:
        now, person = self._clock(), tramite.persona
        employer = self._tramites.condicion(tramite).solicitud is Via.EMPLEADOR
        try:
            row = solicitud_rows.add(
                session,
                cedula=person.cedula,
                tipo=person.tipo_prestacion,
                origen=OrigenSolicitud.PORTAL,
                en=now,
                dias=self._dias,
                usuario_id=sesion.usuario_id,
                ventanilla=sesion.ventanilla,
                estado=EstadoSolicitud.POR_CALIFICAR if employer else EstadoSolicitud.GENERADA,
                ruc=person.ruc_empleador if employer else "",
                numero=numero,
            )
        except IntegrityError as error:  # another window registered it for somebody else meanwhile
            raise KnownError("solicitud.other_person") from error
        bitacora.record(
            session,
            sesion,
            Evento.SOLICITUD_REGISTRADA,
            tramite=tramite.numero,
            en=now,
            solicitud=numero,
            vence_el=row.vence_el.isoformat(),
        )
        return row


def _require_another(known: SolicitudRow, tramite_id: int, block: Calificacion, today: date) -> None:
    """Refuse a block that may be on a paper of ours that served in another trámite, or is good no more."""
    if known.presentada_en is not None and known.tramite_id != tramite_id:
        if block.calificada_el <= local_date(known.presentada_en):
            raise KnownError("solicitud.employer_used", solicitud=rules.shown(known.numero))
    elif known.vence_el < today:
        raise rules.expired(known.numero, known.vence_el, employer=True)


def _known(session: Session, numero: str, *, lock: bool = False) -> SolicitudRow:
    row = solicitud_rows.find(session, numero, lock=lock)
    if row is None:
        raise KnownError("solicitud.not_found", solicitud=rules.shown(numero))
    return row
