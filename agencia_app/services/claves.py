"""Issuing the clave: one transaction, commit first, print second.

The clave exists in clear in memory and on the sealed slip, and nowhere else: this module draws
it, hashes it, and hands it to the paper that goes straight to the printer.

Source: DESIGN "Issuance is one transaction"; RFC 9106 for the hash.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Select, bindparam, exists, select, update
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ClaveRow, ReciboRow, TramiteRow, table
from agencia_app.models.domain import clave as clave_rules
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.impresion import Impresion, PaperKind
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.solicitud import expired
from agencia_app.models.domain.tramite import Emision, EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import (
    autorizacion_rows,
    bitacora,
    contacto,
    flow,
    hoja_rows,
    impresion_rows,
    recibos,
    reloj,
)
from agencia_app.services.dias import business_day
from agencia_app.services.dispatcher import Dispatcher
from agencia_app.services.hashing import hasher
from agencia_app.services.llaves import Llaves, Signer
from agencia_app.services.papeles import Papeles
from agencia_app.services.printing import Printing
from agencia_app.services.tramite_rows import latest_clave, load, next_number, row_of
from agencia_app.services.tramites import Tramites
from agencia_app.services.usuario_rows import acting

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LOG = logging.getLogger(__name__)

_ISSUED = select(
    exists().where(
        table(ReciboRow).c.tramite_id == table(TramiteRow).c.id,
        table(TramiteRow).c.numero == bindparam("numero"),
    )
)
MAX_SLIPS = 5  # a printer that spoils more is not working


@dataclass(frozen=True, slots=True)
class Issued:
    """What an issuance left: the trámite as recorded, and the job of its slip.

    ``hoja`` is None when it was issued before: then nothing was printed now.
    """

    tramite: Tramite
    hoja: Impresion | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """An issuance until its slip is on its way: where the server did not answer, it may not be recorded.

    The clave stays in memory for that long, and no longer.
    """

    tramite: Tramite
    clave: str = field(repr=False)
    hashed: str = field(repr=False)
    slip: int


class Claves:
    """Issuing a clave, and settling what became of its slip."""

    def __init__(
        self,
        database: Database,
        tramites: Tramites,
        papeles: Papeles,
        printing: Printing,
        dispatcher: Dispatcher,
        llaves: Llaves,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what issuing needs."""
        self._database = database
        self._tramites = tramites
        self._papeles = papeles
        self._printing = printing
        self._dispatcher = dispatcher
        self._llaves = llaves
        self._clock = clock
        self.hasher: Callable[[], PasswordHasher] | None = None  # another than the one: simulated windows
        self._vigencia = timedelta(days=printing.settings.vigencia_clave_dias)
        self._numeradas = printing.settings.hojas_numeradas
        self._doubt: _Made | None = None  # what the server did not answer

    def check_printer(self) -> None:
        """Raise KnownError ``printer.*`` when the slip could not be printed now."""
        self._printing.check(PaperKind.HOJA_CLAVE)

    def issue(self, sesion: Sesion, numero: str, hoja: int | None = None) -> Issued:
        """Issue the clave of a trámite and print its slip.

        ``hoja`` is the number of the slip that lies in the printer, where slips are numbered. In one
        transaction the earlier clave is deactivated, the new one recorded, the recibo numbered, the
        contact data kept and the audit row written. Repeating it returns the same issuance and prints
        nothing: that clave is no longer known to anybody.

        Raises KnownError ``tramite.not_ready`` before the solicitud is signed, ``solicitud.expired`` for
        one that was signed and is good no more, ``autorizacion.needed`` while a second person is needed,
        ``autorizacion.approver`` for that person, ``reloj.back``, ``tramite.stopped`` when the padrón
        changed meanwhile, ``printer.*`` and ``hoja.*`` before anything is done, ``clave.in_doubt`` where
        the server did not say whether it was recorded (``settle`` finds out), and ``base.*``: then
        nothing was.
        """
        require(sesion, Permiso.ATENDER)
        settled = self._settled(sesion, numero, 1)
        if settled is not None:
            return settled
        if self._is_issued(numero):
            return Issued(self._tramites.reload(numero))
        self._check_hoja(sesion, hoja)
        self.check_printer()
        self._llaves.check()
        clave = clave_rules.generate()
        hashed = (self.hasher or hasher)().hash(clave)  # before the lock: it takes a tenth of a second
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = row_of(session, numero, lock=True)
            before = load(session, row)
            if before.emision is not None:
                return Issued(before)
            now = self._clock()
            self._check_may_issue(session, sesion, before, now)
            self._check_ready(before, now)
            dia = business_day(session, now)
            known = contacto.known(session, row.cedula)
            signer = self._llaves.signer(session)
            replaced = before.clave_vigente_desde is not None
            if replaced:
                _deactivate(session, row.cedula, now)
            # From here to the commit the other windows wait for their numbers: nothing is read any more.
            recibo, year, sequence = next_number(session, numeros.Kind.RECIBO, now)
            emision = Emision(
                recibo=recibo,
                emitido_en=now,
                ventanilla=sesion.ventanilla,
                operador=sesion.usuario,
                vence_en=now + self._vigencia,
                intento=1,
                hoja=EstadoHoja.POR_CONFIRMAR,
                anterior_desactivada_en=now if replaced else None,
            )
            tramite = replace(before, estado=EstadoTramite.EMITIDO, emision=emision, clave_vigente_desde=now)
            clave_row = self._clave_row(row, 1, hashed, now, emision.vence_en)
            recibo_row = self._recibo_row(signer, sesion, row, tramite, year, sequence)
            recibo_row.dia = row.dia = dia
            row.estado = tramite.estado
            slip = impresion_rows.new(sesion, PaperKind.HOJA_CLAVE, now, tramite_id=row.id, ejemplar=1)
            paper = impresion_rows.new(sesion, PaperKind.RECIBO, now, tramite_id=row.id)
            session.add_all((clave_row, recibo_row, slip, paper))
            self._take_hoja(session, sesion, clave_row, hoja, now)
            contacto.keep(session, sesion, row, known, now)
            bitacora.record(
                session,
                sesion,
                Evento.CLAVE_EMITIDA,
                tramite=numero,
                en=now,
                recibo=recibo,
                anterior_desactivada=replaced,
                hoja=hoja,
            )
            made = _Made(tramite, clave, hashed, slip.id)
            self._commit(session, made)
        return self._print(made)

    def replace_slip(self, sesion: Sesion, numero: str, intento: int, hoja: int | None = None) -> Issued:
        """Annul the clave of a spoiled or lost slip and issue another under the same trámite.

        ``intento`` is the slip that was seen, ``hoja`` the number of the next one where slips are
        numbered; that of the spoiled one is spoiled with it. The recibo keeps its number. Another is
        issued only to a person who may have one, on the day of the first, and ``MAX_SLIPS`` times:
        otherwise the clave is annulled, the trámite ends, and KnownError ``clave.annulled`` says to
        begin anew. Raises KnownError ``clave.slip_settled`` once a slip was confirmed,
        ``clave.slip_changed`` when another window replaced it, ``autorizacion.approver``,
        ``reloj.back``, ``printer.*`` and ``hoja.*`` before anything is done, ``clave.in_doubt`` and
        ``base.*`` as ``issue`` does; repeated after an annulment, ``clave.annulled`` again.
        """
        require(sesion, Permiso.ATENDER)
        settled = self._settled(sesion, numero, intento + 1)
        if settled is not None:
            return settled
        self.check_printer()
        self._check_replacing(sesion, numero, hoja)
        # Before another is on its way: the one in the queue of a printer that woke up is no good.
        self._dispatcher.call_back_slip(numero, intento)
        clave = clave_rules.generate()
        hashed = (self.hasher or hasher)().hash(clave)
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = row_of(session, numero, lock=True)
            spoiled = self._unsettled(session, row, intento)
            now = self._clock()
            before = load(session, row)
            self._check_may_issue(session, sesion, before, now)
            spoiled.estado = EstadoClave.ANULADA
            spoiled.hoja = EstadoHoja.DANADA
            spoiled.fin_en = now
            session.flush()  # the valid one must be gone before another is
            hoja_rows.spoil_of(session, sesion, spoiled, hoja_rows.NOT_OUT, now)
            impresion_rows.close(session, row.id, now, PaperKind.HOJA_CLAVE)
            if not self._may_replace(before, spoiled, now):
                row.estado = EstadoTramite.CANCELADO
                row.cerrado_en = now
                impresion_rows.close(session, row.id, now, PaperKind.RECIBO)
                bitacora.record(
                    session, sesion, Evento.CLAVE_ANULADA, tramite=numero, en=now, intento=intento
                )
                session.commit()
                raise KnownError("clave.annulled")
            # Until when the recibo says: it keeps its number and what it says.
            clave_row = self._clave_row(row, spoiled.intento + 1, hashed, now, spoiled.vence_en)
            session.add(clave_row)
            self._take_hoja(session, sesion, clave_row, hoja, now)
            slip = impresion_rows.new(
                sesion, PaperKind.HOJA_CLAVE, now, tramite_id=row.id, ejemplar=spoiled.intento + 1
            )
            impresion_rows.add(session, slip)
            bitacora.record(
                session, sesion, Evento.HOJA_DANADA, tramite=numero, en=now, intento=spoiled.intento
            )
            bitacora.record(
                session,
                sesion,
                Evento.CLAVE_REEMPLAZADA,
                tramite=numero,
                en=now,
                intento=spoiled.intento + 1,
                hoja=hoja,
            )
            made = _Made(load(session, row), clave, hashed, slip.id)
            self._commit(session, made)
        return self._print(made)

    def settle(self, sesion: Sesion, numero: str) -> Issued | None:
        """Find out what became of an issuance, or of another slip, that the server did not answer.

        If it was recorded its slip is printed from memory, once; if not, nothing is done: None, and what
        held before holds. Raises KnownError ``base.*`` and ``clave.in_doubt`` while nobody can say,
        and ``clave.annulled`` where it was meanwhile.
        """
        doubt = self._doubt if self._doubt is not None and self._doubt.tramite.numero == numero else None
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            # With its lock: the server may be at that transaction still.
            row = row_of(session, numero, lock=True)
            tramite = load(session, row)
            latest = latest_clave(session, row.id)
            recorded = doubt is not None and bool(session.scalar(_recorded(row, doubt)))
        if latest is not None and latest.estado is EstadoClave.ANULADA:
            if doubt is not None:
                self._doubt = None
            raise KnownError("clave.annulled")
        if doubt is None:
            return None if latest is None else Issued(tramite)
        if recorded and latest is not None and latest.hash == doubt.hashed:
            return self._print(doubt)
        self._doubt = None
        return Issued(tramite) if recorded else None  # another window went on from there, or nothing was

    def confirm_slip(self, sesion: Sesion, numero: str, intento: int) -> Tramite:
        """Record that the sealed slip that was seen came out well. Safe to repeat.

        Raises KnownError ``clave.slip_changed`` when another window replaced that slip, and
        ``clave.annulled`` when it ended the trámite, or a supervisor did.
        """
        with acting(self._database, sesion, Permiso.ATENDER, shared=True) as session:
            row = row_of(session, numero, lock=True)
            clave = latest_clave(session, row.id)
            if clave is None:
                raise KnownError("tramite.not_ready")
            _refuse_annulled(clave)
            if clave.intento != intento or clave.estado is not EstadoClave.VIGENTE:
                raise KnownError("clave.slip_changed")
            if clave.hoja is EstadoHoja.POR_CONFIRMAR:
                clave.hoja = EstadoHoja.ENTREGADA
                now = self._clock()
                impresion_rows.confirm(session, row.id, now, PaperKind.HOJA_CLAVE)
                impresion_rows.bring(session, sesion, row.id, PaperKind.RECIBO)
                bitacora.record(
                    session, sesion, Evento.HOJA_ENTREGADA, tramite=numero, en=now, intento=clave.intento
                )
                session.flush()
            tramite = load(session, row)
            session.commit()
        return tramite

    def _check_hoja(self, sesion: Sesion, hoja: int | None) -> None:
        """Raise KnownError ``hoja.*`` for a slip that cannot be used: before the printer is touched."""
        if self._numeradas:
            with self._database.reading() as session:
                hoja_rows.check(session, sesion.ventanilla, hoja)

    def _check_replacing(self, sesion: Sesion, numero: str, hoja: int | None) -> None:
        """Likewise for another slip in the place of one; a clave that is only annulled needs none.

        Raises KnownError ``autorizacion.approver`` or ``reloj.back`` too: before the printer is asked
        to give a slip back.
        """
        now = self._clock()
        with self._database.reading() as session:
            row = row_of(session, numero)
            tramite = load(session, row)
            self._check_may_issue(session, sesion, tramite, now)
            spoiled = latest_clave(session, row.id)
            if spoiled is None or not self._may_replace(tramite, spoiled, now):
                return
        self._check_hoja(sesion, hoja)

    def _is_issued(self, numero: str) -> bool:
        with self._database.reading() as session:
            return bool(session.scalar(_ISSUED, {"numero": numero}))

    def _check_may_issue(self, session: Session, sesion: Sesion, tramite: Tramite, now: datetime) -> None:
        """Raise KnownError ``reloj.back`` or ``autorizacion.approver``: now, and by this user, no slip."""
        reloj.check(session, now)
        autorizacion_rows.require_other(sesion, tramite)

    def _take_hoja(
        self, session: Session, sesion: Sesion, clave: ClaveRow, hoja: int | None, now: datetime
    ) -> None:
        if self._numeradas:
            hoja_rows.take(session, sesion, clave, hoja, now)

    def _check_ready(self, tramite: Tramite, now: datetime) -> None:
        if tramite.estado is not EstadoTramite.ABIERTO:
            raise KnownError("tramite.not_ready")
        if self._tramites.step(tramite) is not flow.Step.CLAVE:
            autorizacion_rows.require_covered(self._tramites.exigencias(tramite))
            raise KnownError("tramite.not_ready")
        solicitud = tramite.solicitud
        if solicitud is not None and solicitud.vence_el < local_date(now):
            raise expired(solicitud.numero, solicitud.vence_el)
        stop = self._tramites.stop_for(tramite.persona)
        if stop is not None:
            raise KnownError("tramite.stopped", title=stop.title)

    def _may_replace(self, tramite: Tramite, spoiled: ClaveRow, now: datetime) -> bool:
        same_day = local_date(spoiled.emitida_en) == local_date(now)
        return same_day and spoiled.intento < MAX_SLIPS and self._tramites.stop_for(tramite.persona) is None

    def _unsettled(self, session: Session, row: TramiteRow, intento: int) -> ClaveRow:
        clave = latest_clave(session, row.id)
        if clave is None:
            raise KnownError("tramite.not_ready")
        _refuse_annulled(clave)
        if clave.hoja is not EstadoHoja.POR_CONFIRMAR or clave.estado is not EstadoClave.VIGENTE:
            raise KnownError("clave.slip_settled")
        if clave.intento != intento:
            raise KnownError("clave.slip_changed")
        return clave

    def _clave_row(
        self, row: TramiteRow, intento: int, hashed: str, now: datetime, vence_en: datetime
    ) -> ClaveRow:
        return ClaveRow(
            cedula=row.cedula,
            tramite_id=row.id,
            intento=intento,
            hash=hashed,
            estado=EstadoClave.VIGENTE,
            hoja=EstadoHoja.POR_CONFIRMAR,
            emitida_en=now,
            vence_en=vence_en,
        )

    def _recibo_row(
        self, signer: Signer, sesion: Sesion, row: TramiteRow, tramite: Tramite, year: int, sequence: int
    ) -> ReciboRow:
        """Return the recibo of a trámite with its issuance, its content kept and signed."""
        content = self._papeles.recibo_content(tramite)
        sealed = recibos.seal(signer, content, tramite.documentos)
        return ReciboRow(
            numero=content.numero,
            anio=year,
            secuencia=sequence,
            tramite_id=row.id,
            operador_id=sesion.usuario_id,
            ventanilla=sesion.ventanilla,
            emitido_en=content.emitido_en,
            anterior_desactivada_en=content.anterior_desactivada_en,
            contenido=sealed.contenido,
            huella=sealed.huella,
            llave=sealed.llave,
            firma=sealed.firma,
        )

    def _settled(self, sesion: Sesion, numero: str, intento: int) -> Issued | None:
        """Settle what is in doubt of a slip before it is made again; None where nothing was recorded."""
        emision = self._doubt.tramite.emision if self._doubt is not None else None
        if self._doubt is None or emision is None or emision.intento != intento:
            return None
        return self.settle(sesion, numero) if self._doubt.tramite.numero == numero else None

    def _commit(self, session: Session, made: _Made) -> None:
        """Commit an issuance. Raises KnownError ``clave.in_doubt`` when that is not answered."""
        self._doubt = made
        try:
            session.commit()
        except KnownError as error:
            if error.code == "base.away":
                raise KnownError("clave.in_doubt") from error
            self._doubt = None
            raise

    def _print(self, made: _Made) -> Issued:
        """Hand the slip over from memory: a refusal is recorded with its job.

        Raises KnownError ``clave.in_doubt`` where the server went away: ``settle`` goes on from there.
        """
        try:
            self._give_out(made)
            with self._database.reading() as session:
                job = impresion_rows.of_id(session, made.slip)
        except KnownError as error:
            if error.code == "base.away":
                raise KnownError("clave.in_doubt") from error
            raise
        self._doubt = None
        return Issued(made.tramite, job)

    def _give_out(self, made: _Made) -> None:
        try:
            self._dispatcher.hand_over(made.slip, self._papeles.hoja_clave(made.tramite, made.clave))
        except Exception as error:  # the clave is recorded: whatever broke is told by the slip's job
            if isinstance(error, KnownError) and error.code == "base.away":
                raise
            LOG.exception("slip not printed", extra={"report": secrets.token_hex(3).upper()})


def _recorded(row: TramiteRow, made: _Made) -> Select[tuple[bool]]:
    return select(exists().where(ClaveRow.tramite_id == row.id, ClaveRow.hash == made.hashed))


def _refuse_annulled(latest: ClaveRow) -> None:
    """Raise KnownError ``clave.annulled`` where a trámite ended so: elsewhere, or here, unanswered."""
    if latest.estado is EstadoClave.ANULADA:
        raise KnownError("clave.annulled")


def _deactivate(session: Session, cedula: str, now: datetime) -> None:
    """End the valid clave of a person whose trámite is locked: it must be gone before another is."""
    gone = {"estado": EstadoClave.DESACTIVADA, "fin_en": now}
    session.execute(
        update(table(ClaveRow)).filter_by(cedula=cedula, estado=EstadoClave.VIGENTE).values(**gone)
    )
