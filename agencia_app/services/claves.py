"""Issuing the clave: one transaction, commit first, print second.

The clave exists in clear in memory and on the sealed slip, and nowhere else: this module draws
it, hashes it, and hands it to the paper that goes straight to the printer.

Source: DESIGN "Issuance is one transaction"; RFC 9106 for the hash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ClaveRow, ReciboRow, TramiteRow
from agencia_app.models.domain import clave as clave_rules
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, flow
from agencia_app.services.hashing import hasher
from agencia_app.services.papeles import Papeles
from agencia_app.services.printing import PaperKind, Printing
from agencia_app.services.tramite_rows import latest_clave, load, next_number, row_of
from agencia_app.services.tramites import Tramites


@dataclass(frozen=True, slots=True)
class Issued:
    """What an issuance left: the trámite as recorded, and why its slip did not print, if so."""

    tramite: Tramite
    print_error: KnownError | None = None


class Claves:
    """Issuing a clave, and settling what became of its slip."""

    def __init__(
        self,
        database: Database,
        tramites: Tramites,
        papeles: Papeles,
        printing: Printing,
        clock: Callable[[], datetime],
        vigencia_dias: int,
    ) -> None:
        """Take what issuing needs; ``vigencia_dias`` is how long a temporary clave lasts."""
        self._database = database
        self._tramites = tramites
        self._papeles = papeles
        self._printing = printing
        self._clock = clock
        self._vigencia = timedelta(days=vigencia_dias)

    def check_printer(self) -> None:
        """Raise KnownError ``printer.*`` when the slip could not be printed now."""
        self._printing.check(PaperKind.HOJA_CLAVE)

    def issue(self, sesion: Sesion, numero: str) -> Issued:
        """Issue the clave of a trámite and print its slip.

        In one transaction the earlier clave is deactivated, the new one recorded, the recibo
        numbered and the audit row written. Repeating it returns the same issuance and prints
        nothing: that clave is no longer known to anybody.

        Raises KnownError ``tramite.not_ready`` before the solicitud is signed,
        ``tramite.stopped`` when the padrón changed meanwhile, ``printer.*`` before anything is
        done, and ``base.*``.
        """
        done = self._tramites.reload(numero)
        if done.emision is not None:
            return Issued(done)
        self.check_printer()
        clave = clave_rules.generate()
        hashed = hasher().hash(clave)  # before the lock: it takes a tenth of a second
        with self._database.unit_of_work() as session:
            row = row_of(session, numero)
            before = load(session, row)
            if before.emision is not None:
                return Issued(before)
            self._check_ready(before)
            now = self._clock()
            replaced = self._end_valid(session, row.cedula, EstadoClave.DESACTIVADA, now)
            recibo, year, sequence = next_number(session, numeros.Kind.RECIBO, now)
            session.add(self._clave_row(row, 1, hashed, now))
            session.add(
                ReciboRow(
                    numero=recibo,
                    anio=year,
                    secuencia=sequence,
                    tramite_id=row.id,
                    operador_id=sesion.usuario_id,
                    ventanilla=sesion.ventanilla,
                    emitido_en=now,
                    anterior_desactivada_en=now if replaced else None,
                ),
            )
            row.estado = EstadoTramite.EMITIDO
            bitacora.record(
                session,
                sesion,
                "clave.emitida",
                tramite=numero,
                en=now,
                recibo=recibo,
                anterior_desactivada=replaced,
            )
            tramite = load(session, row)
            session.commit()
        return self._print(tramite, clave)

    def replace_slip(self, sesion: Sesion, numero: str) -> Issued:
        """Annul the clave of a spoiled or lost slip and issue another under the same trámite.

        The recibo keeps its number. Raises KnownError ``clave.slip_settled`` once a slip was
        confirmed, ``printer.*`` before anything is done, and ``base.*``.
        """
        self.check_printer()
        clave = clave_rules.generate()
        hashed = hasher().hash(clave)
        with self._database.unit_of_work() as session:
            row = row_of(session, numero)
            spoiled = self._unsettled(session, row)
            now = self._clock()
            spoiled.estado = EstadoClave.ANULADA
            spoiled.hoja = EstadoHoja.DANADA
            spoiled.fin_en = now
            session.flush()  # the valid one must be gone before another is
            session.add(self._clave_row(row, spoiled.intento + 1, hashed, now))
            bitacora.record(session, sesion, "hoja.danada", tramite=numero, en=now, intento=spoiled.intento)
            bitacora.record(
                session, sesion, "clave.reemplazada", tramite=numero, en=now, intento=spoiled.intento + 1
            )
            tramite = load(session, row)
            session.commit()
        return self._print(tramite, clave)

    def confirm_slip(self, sesion: Sesion, numero: str) -> Tramite:
        """Record that the sealed slip came out well and was handed over. Safe to repeat."""
        with self._database.unit_of_work() as session:
            row = row_of(session, numero)
            clave = latest_clave(session, row.id)
            if clave is None:
                raise KnownError("tramite.not_ready")
            if clave.hoja is EstadoHoja.POR_CONFIRMAR:
                clave.hoja = EstadoHoja.ENTREGADA
                bitacora.record(session, sesion, "hoja.entregada", tramite=numero, intento=clave.intento)
                session.flush()
            tramite = load(session, row)
            session.commit()
        return tramite

    def _check_ready(self, tramite: Tramite) -> None:
        if tramite.estado is not EstadoTramite.ABIERTO or self._tramites.step(tramite) is not flow.Step.CLAVE:
            raise KnownError("tramite.not_ready")
        stop = self._tramites.stop_for(tramite.persona)
        if stop is not None:
            raise KnownError("tramite.stopped", title=stop.title)

    def _end_valid(self, session: Session, cedula: str, estado: EstadoClave, now: datetime) -> bool:
        valid = session.scalars(
            select(ClaveRow).where(ClaveRow.cedula == cedula, ClaveRow.estado == EstadoClave.VIGENTE),
        ).one_or_none()
        if valid is None:
            return False
        valid.estado = estado
        valid.fin_en = now
        session.flush()  # the valid one must be gone before another is
        return True

    def _unsettled(self, session: Session, row: TramiteRow) -> ClaveRow:
        clave = latest_clave(session, row.id)
        if clave is None:
            raise KnownError("tramite.not_ready")
        if clave.hoja is not EstadoHoja.POR_CONFIRMAR or clave.estado is not EstadoClave.VIGENTE:
            raise KnownError("clave.slip_settled")
        return clave

    def _clave_row(self, row: TramiteRow, intento: int, hashed: str, now: datetime) -> ClaveRow:
        return ClaveRow(
            cedula=row.cedula,
            tramite_id=row.id,
            intento=intento,
            hash=hashed,
            estado=EstadoClave.VIGENTE,
            hoja=EstadoHoja.POR_CONFIRMAR,
            emitida_en=now,
            vence_en=now + self._vigencia,
        )

    def _print(self, tramite: Tramite, clave: str) -> Issued:
        try:
            self._printing.send(self._papeles.hoja_clave(tramite, clave))
        except KnownError as error:
            return Issued(tramite, error)
        return Issued(tramite)
