"""Trámites: opening, taking up, and completing the steps before the clave.

Every method is one user action in one unit of work, saved as it is completed: a window that
crashes, or another one, takes the trámite up where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy import case, delete, select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ApoderadoRow, DocumentoRow, PersonaRow, SolicitudRow, TramiteRow
from agencia_app.models.domain import apoderado as apoderados
from agencia_app.models.domain import contacto as contactos
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain import votacion
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.autorizacion import Exigencia
from agencia_app.models.domain.calidad import Calidad, calidad_of
from agencia_app.models.domain.correccion import Correccion
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.mrz import Mrz
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.persona import Persona, fold
from agencia_app.models.domain.requisitos import (
    Condicion,
    Contexto,
    Documento,
    Falta,
    FormatoCedula,
    Perfil,
    Requisito,
    Via,
)
from agencia_app.models.domain.solicitud import EstadoSolicitud, OrigenSolicitud, expired
from agencia_app.models.domain.tramite import EstadoTramite, Identidad, IdentidadSugerida, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.models.domain.votacion import Exencion
from agencia_app.services import (
    autorizacion_rows,
    bitacora,
    contacto,
    correccion_rows,
    exigencias,
    flow,
    impresion_rows,
    solicitud_rows,
)
from agencia_app.services.dias import business_day
from agencia_app.services.rules import Rules
from agencia_app.services.tramite_rows import apoderado, load, next_number, persona, row_of
from agencia_app.services.usuario_rows import acting
from agencia_app.settings import Settings

UNFINISHED_SHOWN = 6
_IN_PROGRESS = (EstadoTramite.ABIERTO, EstadoTramite.PENDIENTE, EstadoTramite.EMITIDO)


@dataclass(frozen=True, slots=True)
class Attention:
    """Who came to the window: a trámite to go on with, or a stop. ``warning`` is a sentence.

    ``correcciones`` are the person's tickets that are open, and those closed that no window was told of yet.
    """

    tramite: Tramite | None
    persona: Persona | None
    stop: flow.Stop | None
    warning: str = ""
    correcciones: tuple[Correccion, ...] = ()


@dataclass(frozen=True, slots=True)
class Checklist:
    """What the Requisitos step shows."""

    requisitos: tuple[Requisito, ...]
    documentos: tuple[Documento, ...]
    exencion: Exencion | None
    details: dict[str, str]
    faltas: tuple[Falta, ...]


class Tramites:
    """The use cases of an attention up to the signed solicitud, and its end."""

    def __init__(
        self, database: Database, rules_: Rules, config: Settings, clock: Callable[[], datetime]
    ) -> None:
        """Take the database, the rules, the agency's settings and the clock (aware)."""
        self._database = database
        self._rules = rules_
        self._config = config
        self._clock = clock

    @property
    def usual(self) -> tuple[Requisito, ...]:
        """What nearly everybody who comes today owes, for a window to make ready."""
        perfil = self._rules.newest(local_date(self._clock()))
        return () if perfil is None else perfil.of_calidad(Calidad.JUBILACION)

    def attend(self, sesion: Sesion, cedula: str) -> Attention:
        """Open, or take up, the trámite of a person; a stop is recorded and returned.

        Raises KnownError ``autorizacion.approver`` for who approved something of it.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            attention = self.attend_within(session, sesion, cedula)
            session.commit()
        return attention

    def attend_mrz(self, sesion: Sesion, mrz: Mrz) -> Attention:
        """Attend who holds a scanned cédula: format and expiry are then known.

        A name or birth date that differs from the padrón is a warning, never a correction.
        Raises KnownError ``autorizacion.approver``.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            attention = self.attend_within(session, sesion, mrz.cedula, mrz)
            session.commit()
        return attention

    def resume(self, sesion: Sesion, numero: str) -> Attention:
        """Take up a trámite by its number, at any window.

        Raises KnownError ``numero.*``, ``tramite.not_found``, ``tramite.ended`` or
        ``autorizacion.approver``.
        """
        require(sesion, Permiso.ATENDER)
        digits = numeros.validate(numero)
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = row_of(session, digits)
            if row.estado not in _IN_PROGRESS:
                raise KnownError("tramite.ended", numero=numeros.shown(digits), estado=row.estado.value)
            attention = self.attend_within(session, sesion, row.cedula)
            session.commit()
        return attention

    def reload(self, numero: str) -> Tramite:
        """Return a trámite as the database has it now."""
        with self._database.reading() as session:
            self.follow(session)
            return load(session, row_of(session, numero))

    def follow(self, session: Session) -> None:
        """Learn of rules that were put since, before a trámite of any window is judged here."""
        self._rules.refresh(session)

    def unfinished(self, sesion: Sesion) -> tuple[Tramite, ...]:
        """Return the trámites somebody left half way, this window's first, newest first."""
        require(sesion, Permiso.ATENDER)
        with self._database.reading() as session:
            rows = session.scalars(
                select(TramiteRow)
                .where(TramiteRow.estado.in_((EstadoTramite.ABIERTO, EstadoTramite.EMITIDO)))
                .order_by(
                    case((TramiteRow.ventanilla == sesion.ventanilla, 0), else_=1),
                    TramiteRow.abierto_en.desc(),
                )
                .limit(UNFINISHED_SHOWN),
            ).all()
            return tuple(load(session, row) for row in rows)

    def step(self, tramite: Tramite) -> flow.Step:
        """Return the step a trámite is at, judged today: Requisitos while a second person is needed."""
        met = not self.judge(tramite, tramite.documentos)
        covered = all(each.cubierta for each in self.exigencias(tramite))
        qualified = flow.is_qualified(tramite, self.condicion(tramite).solicitud)
        return flow.step_of(tramite, requisitos_met=met and covered, qualified=qualified)

    def exigencias(self, tramite: Tramite) -> tuple[Exigencia, ...]:
        """Return what of a trámite needs a second person, judged now. Pure."""
        context, dias = self._context(tramite), self._config.dias_segunda_clave
        return exigencias.needed(tramite, self._perfil(tramite), context, dias, self._clock())

    def suggested_identidad(self, tramite: Tramite) -> IdentidadSugerida:
        """Return what fills the Identidad step: this trámite's, the last one's, the padrón's."""
        with self._database.reading() as session:
            row = row_of(session, tramite.numero)
            if row.formato_cedula is None and row.vencimiento_cedula is None:
                last = session.scalars(
                    select(TramiteRow)
                    .where(TramiteRow.cedula == row.cedula, TramiteRow.identidad_en.is_not(None))
                    .order_by(TramiteRow.identidad_en.desc())
                    .limit(1),
                ).one_or_none()
            else:
                last = row
            known = row if row.correo is not None else contacto.known(session, row.cedula)
            return IdentidadSugerida(
                last.formato_cedula if last else None,
                last.vencimiento_cedula if last else None,
                known.correo or "",
                known.celular or "",
                comprobada=row.comprobada,
                apoderado=apoderado(session, row),
            )

    def keep_identidad(self, sesion: Sesion, numero: str, typed: IdentidadSugerida) -> Tramite:
        """Keep what was typed and not yet confirmed, for a lock or a hoja de pendientes.

        A step that was confirmed stays as it was.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self.open_row(session, numero)
            if row.identidad_en is None:
                row.formato_cedula = typed.formato
                row.vencimiento_cedula = typed.vencimiento
                row.correo = typed.correo
                row.celular = typed.celular
                row.comprobada = typed.comprobada
                self._save_apoderado(session, row, typed.apoderado)
            return self._saved(session, row)

    def save_identidad(self, sesion: Sesion, numero: str, identidad: Identidad) -> Tramite:
        """Confirm the Identidad step. What was signed over other data must be signed again.

        Raises KnownError ``contacto.*``, ``apoderado.*``, or ``cedula.*`` for the apoderado's.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self.open_row(session, numero)
            before = load(session, row).identidad if row.identidad_en else None
            now = self._clock()
            identidad = _checked(identidad, row.cedula, local_date(now))
            if before != identidad or row.identidad_en is None:
                row.formato_cedula = identidad.formato
                row.vencimiento_cedula = identidad.vencimiento
                row.correo = identidad.correo
                row.celular = identidad.celular
                row.comprobada = identidad.comprobada
                solicitud_rows.take_back_of(session, row)
                row.aceptado_en = None
                row.identidad_en = now
                bitacora.record(
                    session,
                    sesion,
                    Evento.IDENTIDAD_CONFIRMADA,
                    tramite=numero,
                    en=now,
                    formato=identidad.formato.value,
                    vencimiento=identidad.vencimiento.isoformat(),
                    comprobada=identidad.comprobada,
                )
                known = before.apoderado if before else None
                self._save_apoderado(session, row, identidad.apoderado)
                if identidad.apoderado is not None and identidad.apoderado != known:
                    bitacora.record(
                        session,
                        sesion,
                        Evento.APODERADO_REGISTRADO,
                        tramite=numero,
                        en=now,
                        cedulas=[identidad.apoderado.cedula],
                        apoderado=identidad.apoderado.text,
                    )
            return self._weighed(session, sesion, row, now)

    def checklist(self, tramite: Tramite) -> Checklist:
        """Return the checklist as it stands, with the voting exemption and what is missing."""
        perfil = self._perfil(tramite)
        context = self._context(tramite)
        planilla = tramite.solicitud.planilla if tramite.solicitud else ""
        documents = tramite.documentos or rules.initial(perfil, context, planilla)
        return Checklist(
            perfil.for_person(tramite.persona),
            documents,
            context.exencion,
            _details(perfil, context),
            exigencias.missing(tramite, perfil, documents, context),
        )

    def judge(self, tramite: Tramite, documentos: tuple[Documento, ...]) -> tuple[Falta, ...]:
        """Return what is missing from a checklist and nobody admitted. Pure: may be asked at every tick."""
        return exigencias.missing(tramite, self._perfil(tramite), documentos, self._context(tramite))

    def save_requisitos(
        self,
        sesion: Sesion,
        numero: str,
        documentos: tuple[Documento, ...],
        *,
        done: bool,
    ) -> Tramite:
        """Keep the ticks; with ``done`` complete the step.

        Raises KnownError ``requisitos.missing`` when ``done`` and something is missing. What else
        needs a second person keeps nothing from being saved: it holds up the step after.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self.open_row(session, numero)
            now = self._clock()
            before = load(session, row)
            if done and self.judge(before, documentos):
                raise KnownError("requisitos.missing")
            self.tick_within(session, row, before, documentos)
            if done and row.requisitos_en is None:
                row.requisitos_en = now
                bitacora.record(
                    session,
                    sesion,
                    Evento.REQUISITOS_CUMPLIDOS,
                    tramite=numero,
                    en=now,
                    documentos=_summary(documentos),
                )
            return self._weighed(session, sesion, row, now)

    def tick_within(
        self, session: Session, row: TramiteRow, before: Tramite, documentos: tuple[Documento, ...]
    ) -> None:
        """Keep the ticks of a checklist, within a transaction."""
        if before.documentos != documentos:
            session.execute(delete(DocumentoRow).where(DocumentoRow.tramite_id == row.id))
            session.add_all(_document_row(row.id, order, each) for order, each in enumerate(documentos))
            row.requisitos_en = None

    def condicion(self, tramite: Tramite) -> Condicion:
        """Return how the calidad of a trámite's person asks, by the trámite's own profile."""
        return self._perfil(tramite).condicion(calidad_of(tramite.persona.tipo_prestacion))

    def ask(self, tramite: Tramite) -> flow.Ask:
        """Return what the Solicitud step asks for, judged today."""
        return flow.ask_of(tramite, self.condicion(tramite).solicitud, local_date(self._clock()))

    def accept(self, sesion: Sesion, numero: str) -> Tramite:
        """Record that the considerations were read and accepted, and queue the solicitud to sign.

        Without a solicitud that is good still, one is made. Raises KnownError ``requisitos.missing``,
        ``autorizacion.needed``, or ``solicitud.unqualified`` for one that goes to the employer.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self.at_solicitud(session, numero)
            tramite = load(session, row)
            ask, now = self.ask(tramite), self._clock()
            if ask is flow.Ask.CALIFICAR:
                raise KnownError("solicitud.unqualified")
            if ask is flow.Ask.ACEPTAR:
                solicitud = self.solicitud_within(session, sesion, row, tramite, now)
                row.aceptado_en = now
                job = impresion_rows.new(sesion, PaperKind.SOLICITUD, now, tramite_id=row.id)
                impresion_rows.add(session, job)
                bitacora.record(
                    session,
                    sesion,
                    Evento.CONSIDERACIONES_ACEPTADAS,
                    tramite=numero,
                    en=now,
                    solicitud=solicitud.numero,
                )
            return self._saved(session, row)

    def solicitud_within(
        self, session: Session, sesion: Sesion, row: TramiteRow, tramite: Tramite, now: datetime
    ) -> SolicitudRow:
        """Return a trámite's solicitud, a new one where it has none that is good, within a transaction."""
        known = solicitud_rows.of_tramite(session, row.id)
        if known is not None and (known.presentada_en is not None or known.vence_el >= local_date(now)):
            return known
        person = tramite.persona
        employer = self.condicion(tramite).solicitud is Via.EMPLEADOR
        made = solicitud_rows.add(
            session,
            cedula=person.cedula,
            tipo=person.tipo_prestacion,
            origen=OrigenSolicitud.VENTANILLA,
            en=now,
            dias=self._config.dias_solicitud,
            usuario_id=sesion.usuario_id,
            ventanilla=sesion.ventanilla,
            estado=EstadoSolicitud.POR_CALIFICAR if employer else EstadoSolicitud.GENERADA,
            ruc=person.ruc_empleador if employer else "",
        )
        solicitud_rows.bind(session, made, row)
        return made

    def sign(self, sesion: Sesion, numero: str) -> Tramite:
        """Record that the solicitud is signed: with that it is presented, and serves no second time.

        Raises KnownError ``tramite.not_accepted``, ``solicitud.unqualified``, ``solicitud.expired``,
        ``solicitud.employer_expired``, ``requisitos.missing`` or ``autorizacion.needed``.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self.at_solicitud(session, numero)
            tramite = load(session, row)
            if row.firmado_en is None:
                now = self._clock()
                self._require_signable(tramite, local_date(now))
                solicitud = self.sign_within(session, row, now)
                bitacora.record(
                    session, sesion, Evento.SOLICITUD_FIRMADA, tramite=numero, en=now, solicitud=solicitud
                )
            return self._saved(session, row)

    def sign_within(self, session: Session, row: TramiteRow, now: datetime) -> str:
        """Have the solicitud of a trámite signed, within a transaction that records it; return its number."""
        row.firmado_en = now
        row.aceptado_en = row.aceptado_en or now  # where it was made, for one that was brought
        solicitud = solicitud_rows.of_tramite(session, row.id)
        if solicitud is not None:  # None: accepted before solicitudes were recorded
            solicitud.estado, solicitud.presentada_en = EstadoSolicitud.PRESENTADA, now
        impresion_rows.confirm(session, row.id, now, PaperKind.SOLICITUD)
        impresion_rows.close(session, row.id, now, PaperKind.SOLICITUD)
        return solicitud.numero if solicitud is not None else ""

    def _require_signable(self, tramite: Tramite, today: date) -> None:
        ask, solicitud = self.ask(tramite), tramite.solicitud
        if ask is flow.Ask.FIRMAR:
            return
        if solicitud is not None and solicitud.estado_on(today) is EstadoSolicitud.VENCIDA:
            raise expired(solicitud.numero, solicitud.vence_el, employer=ask is flow.Ask.CALIFICAR)
        raise KnownError("tramite.not_accepted" if ask is flow.Ask.ACEPTAR else "solicitud.unqualified")

    def suspend(self, sesion: Sesion, numero: str) -> Tramite:
        """Set a trámite aside and queue its hoja de pendientes, whose barcode brings it back.

        What it asked a second person for stays asked.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self.open_row(session, numero)
            row.estado = EstadoTramite.PENDIENTE
            tramite = load(session, row)
            faltas = self.judge(tramite, tramite.documentos)
            now = self._clock()
            impresion_rows.add(
                session, impresion_rows.new(sesion, PaperKind.PENDIENTES, now, tramite_id=row.id)
            )
            bitacora.record(
                session, sesion, Evento.TRAMITE_PENDIENTE, tramite=numero, en=now, faltas=len(faltas)
            )
            return self._saved(session, row)

    def cancel(self, sesion: Sesion, numero: str) -> None:
        """End a trámite in which nothing was issued. Raises KnownError ``tramite.issued``."""
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = self.open_row(session, numero)
            row.estado = EstadoTramite.CANCELADO
            row.cerrado_en = self._clock()
            solicitud_rows.release(session, row.id)
            impresion_rows.close(session, row.id, row.cerrado_en, PaperKind.SOLICITUD, PaperKind.PENDIENTES)
            autorizacion_rows.withdraw_all(session, sesion, row, row.cerrado_en)
            bitacora.record(session, sesion, Evento.TRAMITE_CANCELADO, tramite=numero, en=row.cerrado_en)
            session.commit()

    def finish(self, sesion: Sesion, numero: str) -> Tramite:
        """End an attention whose slip was confirmed.

        Raises KnownError ``tramite.slip_pending``, and ``clave.annulled`` where a supervisor did that.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = row_of(session, numero, lock=True)
            tramite = load(session, row)
            if flow.step_of(tramite, requisitos_met=True, qualified=True) is not flow.Step.RECIBO:
                raise KnownError("tramite.slip_pending")
            if row.estado is EstadoTramite.CANCELADO:
                raise KnownError("clave.annulled")
            if row.estado is EstadoTramite.EMITIDO:
                row.estado = EstadoTramite.TERMINADO
                row.cerrado_en = self._clock()
                impresion_rows.confirm(session, row.id, row.cerrado_en, PaperKind.RECIBO)
                autorizacion_rows.withdraw_all(session, sesion, row, row.cerrado_en)
                bitacora.record(session, sesion, Evento.TRAMITE_TERMINADO, tramite=numero, en=row.cerrado_en)
            return self._saved(session, row)

    def stop_for(self, person: Persona) -> flow.Stop | None:
        """Return why a person cannot be attended, or None."""
        return flow.stop_for(person, admitir_conviviente=self._config.admitir_conviviente)

    def stop_of(self, cedula: str) -> tuple[Persona | None, flow.Stop | None]:
        """Return who has a cédula, and why they cannot be attended: None once they can."""
        with self._database.reading() as session:
            row = session.get(PersonaRow, cedula)
            if row is None:
                return None, flow.NOT_IN_PADRON
            person = persona(row)
            return person, self.stop_for(person)

    def attend_within(
        self, session: Session, sesion: Sesion, cedula: str, mrz: Mrz | None = None
    ) -> Attention:
        """Attend a person within a transaction, with what a scanned cédula says of itself.

        Raises KnownError ``autorizacion.approver``.
        """
        attention = self._attend(session, sesion, cedula)
        if mrz is None or attention.tramite is None or attention.tramite.emision is not None:
            return attention
        row = row_of(session, attention.tramite.numero)
        if row.identidad_en is None:
            row.formato_cedula = FormatoCedula.ELECTRONICA
            row.vencimiento_cedula = mrz.fecha_vencimiento
            session.flush()
        warning = self.mismatch(attention.persona, mrz)
        return replace(attention, tramite=load(session, row), warning=warning)

    def hold(self, session: Session, cedula: str) -> tuple[PersonaRow | None, TramiteRow | None]:
        """Lock a person and the trámite they have in progress, within a transaction.

        Who comes second to another window waits here, and then finds the trámite that was opened there.
        """
        person_row = session.get(PersonaRow, cedula, with_for_update={"key_share": True})
        row = session.scalars(
            select(TramiteRow)
            .where(TramiteRow.cedula == cedula, TramiteRow.estado.in_(_IN_PROGRESS))
            .with_for_update(key_share=True),
        ).one_or_none()
        return person_row, row

    def _attend(self, session: Session, sesion: Sesion, cedula: str) -> Attention:
        now = self._clock()
        self.follow(session)
        person_row, row = self.hold(session, cedula)
        if person_row is None:
            bitacora.record(session, sesion, Evento.CONSULTA_SIN_PADRON, en=now, cedulas=[cedula])
            return Attention(None, None, flow.NOT_IN_PADRON)
        person = persona(person_row)
        if row is not None:  # who is back needs no more of the sheet that sent them away
            impresion_rows.close(session, row.id, now, PaperKind.PENDIENTES)
        tickets = correccion_rows.tell(session, cedula, now)
        stop = self.stop_for(person)
        # A clave already recorded must still be confirmed or annulled, whatever the padrón says now.
        if stop is not None and (row is None or row.estado is not EstadoTramite.EMITIDO):
            bitacora.record(
                session, sesion, Evento.CONSULTA_DETENIDA, en=now, cedulas=[cedula], motivo=stop.code
            )
            return Attention(None, person, stop, correcciones=tickets)
        if row is None:
            row = self._new_row(session, sesion, cedula, now)
            bitacora.record(session, sesion, Evento.TRAMITE_ABIERTO, tramite=row.numero, en=now)
            return Attention(load(session, row), person, None, correcciones=tickets)
        if row.estado is not EstadoTramite.EMITIDO:
            autorizacion_rows.require_other(sesion, load(session, row))
            _forget_expired(session, row, local_date(now))
        if row.estado is EstadoTramite.PENDIENTE:
            row.estado = EstadoTramite.ABIERTO
        row.operador_id = sesion.usuario_id
        row.ventanilla = sesion.ventanilla
        bitacora.record(session, sesion, Evento.TRAMITE_RETOMADO, tramite=row.numero, en=now)
        return Attention(load(session, row), person, None, correcciones=tickets)

    def _new_row(self, session: Session, sesion: Sesion, cedula: str, now: datetime) -> TramiteRow:
        numero, _, _ = next_number(session, numeros.Kind.TRAMITE, now)
        known = contacto.known(session, cedula)
        row = TramiteRow(
            numero=numero,
            cedula=cedula,
            perfil=self._rules.perfil_on(local_date(now)).key,
            estado=EstadoTramite.ABIERTO,
            operador_id=sesion.usuario_id,
            ventanilla=sesion.ventanilla,
            dia=business_day(session, now),
            abierto_en=now,
            correo_antes=known.correo,
            celular_antes=known.celular,
        )
        session.add(row)
        session.flush()
        return row

    @staticmethod
    def mismatch(person: Persona | None, mrz: Mrz) -> str:
        """Return in a sentence what of a scanned cédula differs from the padrón; empty when nothing does."""
        if person is None:
            return ""
        if person.fecha_nacimiento != mrz.fecha_nacimiento:
            return (
                f"La cédula dice que nació el {day(mrz.fecha_nacimiento)} y el padrón, el "
                f"{day(person.fecha_nacimiento)}. Compruebe que es la misma persona."
            )
        # Line 3 holds thirty characters: a long name is cut, so one must begin the other.
        scanned = fold(f"{mrz.apellidos} {mrz.nombres}")
        if not fold(person.nombre_completo).replace("-", " ").startswith(scanned):
            return (
                f"La cédula dice «{mrz.apellidos} {mrz.nombres}» y el padrón, «{person.nombre_completo}». "
                "Compruebe que es la misma persona."
            )
        return ""

    def open_row(self, session: Session, numero: str) -> TramiteRow:
        """Return the locked row of a trámite in which nothing was issued, within a transaction.

        Raises KnownError ``tramite.issued`` or ``tramite.ended``.
        """
        row = row_of(session, numero, lock=True)
        if row.estado in {EstadoTramite.EMITIDO, EstadoTramite.TERMINADO}:
            raise KnownError("tramite.issued")
        if row.estado is EstadoTramite.CANCELADO:
            raise KnownError("tramite.ended", numero=numeros.shown(numero), estado=row.estado.value)
        return row

    def at_solicitud(self, session: Session, numero: str) -> TramiteRow:
        """Return the locked row of a trámite that is past its requisitos, within a transaction.

        Raises KnownError ``requisitos.missing``, ``autorizacion.needed``, or as ``open_row``.
        """
        row = self.open_row(session, numero)
        tramite = load(session, row)
        if self.step(tramite) < flow.Step.SOLICITUD:
            if tramite.requisitos_en is not None and not self.judge(tramite, tramite.documentos):
                autorizacion_rows.require_covered(self.exigencias(tramite))
            raise KnownError("requisitos.missing")
        return row

    def _saved(self, session: Session, row: TramiteRow) -> Tramite:
        session.flush()
        tramite = load(session, row)
        session.commit()
        return tramite

    def _weighed(self, session: Session, sesion: Sesion, row: TramiteRow, now: datetime) -> Tramite:
        """Save a trámite whose facts may have changed: what was asked of others is asked no more."""
        tramite = self.weigh_within(session, sesion, row, now)
        session.commit()
        return tramite

    def weigh_within(self, session: Session, sesion: Sesion, row: TramiteRow, now: datetime) -> Tramite:
        """Withdraw, within a transaction, what was asked of others over facts that are no longer so."""
        session.flush()
        tramite = load(session, row)
        autorizacion_rows.withdraw_stale(session, sesion, row, self.exigencias(tramite), now)
        return tramite

    def _save_apoderado(self, session: Session, row: TramiteRow, apoderado: Apoderado | None) -> None:
        kept = session.get(ApoderadoRow, row.id)
        if apoderado is None:
            if kept is not None:
                session.delete(kept)
                session.flush()
            return
        if kept is None:
            kept = ApoderadoRow(tramite_id=row.id)
            session.add(kept)
        for field in fields(apoderado):
            setattr(kept, field.name, getattr(apoderado, field.name))

    def _perfil(self, tramite: Tramite) -> Perfil:
        perfil = self._rules.perfil_of(tramite.perfil)
        if perfil is None:
            raise KnownError("perfil.unknown", perfil=tramite.perfil)
        return perfil

    def _context(self, tramite: Tramite) -> Contexto:
        today = local_date(self._clock())
        opened = tramite.abierto_en  # it keeps the rules that held then
        elections = self._rules.elections_on(local_date(opened), known=opened)
        election = votacion.last_election(elections, today)
        return Contexto(
            persona=tramite.persona,
            vencimiento_cedula=tramite.identidad.vencimiento if tramite.identidad else None,
            exencion=votacion.exemption(tramite.persona, election),
            eleccion=election,
            today=today,
        )


def _forget_expired(session: Session, row: TramiteRow, today: date) -> None:
    """Have a trámite in which nothing was issued ask for another solicitud where the one signed is good no more."""
    signed = solicitud_rows.of_tramite(session, row.id)
    if signed is not None and signed.vence_el < today:
        solicitud_rows.take_back_of(session, row)
        row.aceptado_en = None


def _checked(identidad: Identidad, cedula: str, today: date) -> Identidad:
    """Return an identidad as it is kept: an extra check is of an antigua cédula alone.

    What is written goes into the words that a second person approves: it must be what it says.
    """
    contactos.check_correo(identidad.correo)
    contactos.check_celular(identidad.celular)
    return replace(
        identidad,
        comprobada=identidad.comprobada and identidad.formato is FormatoCedula.ANTIGUA,
        apoderado=apoderados.checked(identidad.apoderado, cedula, today) if identidad.apoderado else None,
    )


def _details(perfil: Perfil, context: Contexto) -> dict[str, str]:
    details = {each.id: each.detalle for each in perfil.for_person(context.persona)}
    if rules.CEDULA in details and context.vencimiento_cedula is not None:
        expired = context.vencimiento_cedula < context.today
        verb = "Venció el" if expired else "Vigente hasta"
        details[rules.CEDULA] = f"{verb} {day(context.vencimiento_cedula)}"
    if rules.VOTACION in details:
        details[rules.VOTACION] = (
            f"No exigible: {context.exencion.text}"
            if context.exencion
            else f"Elección del {day(context.eleccion)}"
        )
    return details


def _document_row(tramite_id: int, order: int, document: Documento) -> DocumentoRow:
    return DocumentoRow(
        tramite_id=tramite_id,
        requisito=document.requisito,
        orden=order,
        alternativa=document.alternativa,
        original=document.original,
        copia=document.copia,
        numero=document.numero,
        fecha=document.fecha,
        motivo=document.motivo,
    )


def _summary(documentos: tuple[Documento, ...]) -> str:
    return ", ".join(
        f"{each.requisito}: {each.motivo or each.alternativa or 'presentado'}" for each in documentos
    )
