"""Lifting a pensioner's lock, inside the transaction in which a second person approves it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from agencia_app.models.db.tables import AutorizacionRow, CandadoRow
from agencia_app.models.domain.candado import Candado
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora


def check_in_person(tramite: Tramite) -> None:
    """Raise unless the person themself stands at the window in this trámite.

    KnownError ``candado.ended`` for a trámite that nobody attends now, ``candado.identity`` before
    Identidad is confirmed, ``candado.in_person`` where an apoderado came.
    """
    if tramite.estado not in {EstadoTramite.ABIERTO, EstadoTramite.EMITIDO}:
        raise KnownError("candado.ended")
    if tramite.identidad is None or tramite.identidad_en is None:
        raise KnownError("candado.identity")
    if tramite.identidad.apoderado is not None:
        raise KnownError("candado.in_person")


def in_force(tramite: Tramite) -> Candado:
    """Return the lock of a trámite's person. Raises KnownError ``candado.none``."""
    if tramite.candado is None:
        raise KnownError("candado.none")
    return tramite.candado


def lift(
    session: Session, sesion: Sesion, autorizacion: AutorizacionRow, tramite: Tramite, now: datetime
) -> None:
    """Lift the lock of a trámite's person, which ``sesion`` has just approved.

    Raises KnownError ``candado.none``, and what ``check_in_person`` does.
    """
    check_in_person(tramite)
    row = session.get_one(CandadoRow, in_force(tramite).id)
    session.flush()  # the approval is there for the trigger that asks for it
    row.levantado_por = autorizacion.pedida_por
    row.levantado_en = now
    row.autorizacion_id = autorizacion.id
    session.flush()
    bitacora.record(
        session,
        sesion,
        Evento.CANDADO_LEVANTADO,
        tramite=tramite.numero,
        en=now,
        autorizacion=autorizacion.id,
    )
