"""The whole of one trámite, for the supervisor who opens it on the board. Opening it is an event."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import (
    AnulacionRow,
    AutorizacionRow,
    BitacoraRow,
    ClaveRow,
    HojaNumeradaRow,
    ImpresionRow,
    ReciboRow,
    RevisionRow,
    UsuarioRow,
)
from agencia_app.models.domain.autorizacion import Autorizacion
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.expediente import Anulada, Expediente, HojaEmitida, Observacion, Suceso
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.tramite import Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import autorizacion_rows, bitacora, impresion_rows
from agencia_app.services.papeles import presented
from agencia_app.services.rules import Rules
from agencia_app.services.tablero import Tablero
from agencia_app.services.tramite_rows import load, row_of
from agencia_app.services.usuario_rows import acting

_PEOPLE = ("cedula", "cedulas")  # of a detail: whose trámite it is, is known


class Expedientes:
    """Opening trámites. Every method needs Permiso.VER_TABLERO (``usuario.role``)."""

    def __init__(
        self,
        database: Database,
        tablero: Tablero,
        rules: Rules,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the database, the board, the rules and the clock (aware)."""
        self._database = database
        self._tablero = tablero
        self._rules = rules
        self._clock = clock

    def open(self, sesion: Sesion, numero: str) -> Expediente:
        """Return all of a trámite, and record that it was looked at.

        Raises KnownError ``tramite.not_found``.
        """
        with acting(self._database, sesion, Permiso.VER_TABLERO, shared=True) as session:
            row = row_of(session, numero)
            bitacora.record(
                session,
                sesion,
                Evento.CONSULTA_TRAMITE,
                tramite=numero,
                en=self._clock(),
                cedulas=[row.cedula],
            )
            session.commit()
        return self._read(sesion, numero)

    def again(self, sesion: Sesion, known: Expediente) -> Expediente:
        """Return an expediente that is open as it stands now: the same look, not another."""
        require(sesion, Permiso.VER_TABLERO)
        return self._read(sesion, known.tramite.numero)

    def _read(self, sesion: Sesion, numero: str) -> Expediente:
        with self._database.reading() as session:
            row = row_of(session, numero)
            tramite = load(session, row)
            jobs = select(ImpresionRow.id).where(ImpresionRow.tramite_id == row.id)
            return Expediente(
                fila=self._tablero.filas(sesion, [row.id])[row.id],
                tramite=tramite,
                documentos=self._documentos(tramite),
                hojas=_hojas(session, row.id),
                anulada=_anulada(session, row.id),
                autorizaciones=_autorizaciones(session, row.id),
                impresiones=tuple(reversed(impresion_rows.values(session, jobs))),
                observaciones=_observaciones(session, row.id),
                sucesos=_sucesos(session, numero),
            )

    def _documentos(self, tramite: Tramite) -> tuple[str, ...]:
        perfil = self._rules.perfil_of(tramite.perfil)
        if perfil is None or not tramite.documentos:
            return ()
        requisitos = perfil.for_person(tramite.persona)
        if tramite.emision is not None:
            return presented(requisitos, tramite.documentos)
        return presented(requisitos, tramite.documentos, "no se presentó")


def _autorizaciones(session: Session, tramite_id: int) -> tuple[Autorizacion, ...]:
    rows = session.scalars(
        select(AutorizacionRow).where(AutorizacionRow.tramite_id == tramite_id).order_by(AutorizacionRow.id)
    )
    return tuple(autorizacion_rows.value_of(session, row) for row in rows)


def _sucesos(session: Session, numero: str) -> tuple[Suceso, ...]:
    rows = session.scalars(select(BitacoraRow).where(BitacoraRow.tramite == numero).order_by(BitacoraRow.seq))
    return tuple(
        Suceso(
            each.seq,
            datetime.fromisoformat(each.en).astimezone(UTC),
            each.actor,
            each.ventanilla,
            each.accion,
            _detalle(each.detalle),
        )
        for each in rows
    )


def _detalle(text: str) -> dict[str, object] | None:
    if not text:
        return None
    values = json.loads(text)
    return {name: value for name, value in values.items() if name not in _PEOPLE}


def _hojas(session: Session, tramite_id: int) -> tuple[HojaEmitida, ...]:
    rows = session.execute(
        select(ClaveRow, HojaNumeradaRow.numero)
        .outerjoin(HojaNumeradaRow, HojaNumeradaRow.clave_id == ClaveRow.id)
        .where(ClaveRow.tramite_id == tramite_id)
        .order_by(ClaveRow.intento)
    )
    return tuple(
        HojaEmitida(row.intento, row.estado, row.hoja, row.emitida_en, row.fin_en, number)
        for row, number in rows
    )


def _anulada(session: Session, tramite_id: int) -> Anulada | None:
    who, approver = aliased(UsuarioRow), aliased(UsuarioRow)
    found = session.execute(
        select(AnulacionRow, who.usuario, approver.usuario)
        .join(ReciboRow, ReciboRow.id == AnulacionRow.recibo_id)
        .join(AutorizacionRow, AutorizacionRow.id == AnulacionRow.autorizacion_id)
        .join(who, who.id == AnulacionRow.operador_id)
        .join(approver, approver.id == AutorizacionRow.resuelta_por)
        .where(ReciboRow.tramite_id == tramite_id)
    ).one_or_none()
    if found is None:
        return None
    row, operador, autorizada_por = found
    return Anulada(row.motivo, row.anulada_en, operador, autorizada_por)


def _observaciones(session: Session, tramite_id: int) -> tuple[Observacion, ...]:
    rows = session.execute(
        select(RevisionRow, UsuarioRow.usuario)
        .outerjoin(UsuarioRow, UsuarioRow.id == RevisionRow.revisada_por)
        .where(RevisionRow.tramite_id == tramite_id)
        .order_by(RevisionRow.en)
    )
    return tuple(
        Observacion(each.regla, each.texto, each.en, reviewer, each.comentario) for each, reviewer in rows
    )
