"""The rows of the autorizaciones, for the transactions that ask for them, use them or end them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import AutorizacionRow, PersonaRow, TramiteRow, UsuarioRow
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.autorizacion import (
    REASON_LENGTH,
    Asunto,
    Autorizacion,
    EstadoAutorizacion,
    Exigencia,
)
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora

# What is asked on purpose, and does not follow from the facts of the trámite.
_ON_PURPOSE = (Asunto.LEVANTAR_CANDADO, Asunto.ANULACION)


def add(
    session: Session,
    sesion: Sesion,
    asunto: Asunto,
    tramite: TramiteRow | None,
    facts: tuple[str, str],
    razon: str,
    now: datetime,
) -> AutorizacionRow:
    """Ask for an autorización in the caller's transaction. ``facts`` are its alcance and its texto.

    What was asked of the same facts already is that same request; one of other facts is withdrawn.
    Raises KnownError ``autorizacion.reason``.
    """
    alcance, texto = facts
    reason = checked(razon)
    if not reason:
        raise KnownError("autorizacion.reason")
    for before in _pending(session, tramite, asunto):
        if before.alcance == alcance:
            return before
        _withdraw(session, sesion, before, tramite, now)
    row = AutorizacionRow(
        asunto=asunto,
        tramite_id=tramite.id if tramite else None,
        alcance=alcance,
        texto=texto,
        razon=reason,
        estado=EstadoAutorizacion.PEDIDA,
        pedida_por=sesion.usuario_id,
        pedida_en=now,
        ventanilla=sesion.ventanilla,
        comentario="",
        emergencia=False,
    )
    session.add(row)
    session.flush()
    bitacora.record(
        session,
        sesion,
        Evento.AUTORIZACION_PEDIDA,
        tramite=tramite.numero if tramite else "",
        en=now,
        autorizacion=row.id,
        asunto=asunto.value,
        texto=texto,
        razon=reason,
    )
    return row


def checked(text: str) -> str:
    """Return a reason or a comment as it is kept. Raises KnownError ``autorizacion.too_long``."""
    kept = " ".join(text.split())
    if len(kept) > REASON_LENGTH:
        raise KnownError("autorizacion.too_long", maximum=REASON_LENGTH)
    return kept


def require_covered(exigencias: Iterable[Exigencia]) -> None:
    """Raise KnownError ``autorizacion.needed``, with what lacks one, unless every exigencia is covered."""
    uncovered = [each.texto for each in exigencias if not each.cubierta]
    if uncovered:
        raise KnownError("autorizacion.needed", falta=" ".join(uncovered))


def require_other(sesion: Sesion, tramite: Tramite) -> None:
    """Raise KnownError ``autorizacion.approver`` for who approved something of a trámite to be issued.

    A lone supervisor's emergency is no such approval: it is reviewed by another.
    """
    if any(each.por == sesion.usuario and not each.emergencia for each in tramite.aprobadas):
        raise KnownError("autorizacion.approver")


def withdraw_stale(
    session: Session, sesion: Sesion, row: TramiteRow, exigencias: Collection[Exigencia], now: datetime
) -> None:
    """Withdraw the requests of a trámite whose facts are no longer so."""
    held = {(each.asunto, each.alcance) for each in exigencias}
    for pending in _pending(session, row):
        if pending.asunto not in _ON_PURPOSE and (pending.asunto, pending.alcance) not in held:
            _withdraw(session, sesion, pending, row, now)


def withdraw_all(session: Session, sesion: Sesion, row: TramiteRow, now: datetime) -> None:
    """Withdraw what a trámite that ends has asked for; voiding is asked of one that ended."""
    for pending in _pending(session, row):
        if pending.asunto is not Asunto.ANULACION:
            _withdraw(session, sesion, pending, row, now)


def withdraw(session: Session, sesion: Sesion, row: AutorizacionRow, now: datetime) -> None:
    """Withdraw one request."""
    tramite = session.get_one(TramiteRow, row.tramite_id) if row.tramite_id else None
    _withdraw(session, sesion, row, tramite, now)


def value_of(session: Session, row: AutorizacionRow) -> Autorizacion:
    """Return the value of a row: names for users, and the person by name and masked cédula."""
    tramite = session.get_one(TramiteRow, row.tramite_id) if row.tramite_id else None
    who = ""
    if tramite is not None:
        person = session.get_one(PersonaRow, tramite.cedula)
        who = f"{person.apellidos} {person.nombres} · {cedulas.mask(person.cedula)}"
    return Autorizacion(
        id=row.id,
        asunto=row.asunto,
        tramite=tramite.numero if tramite else None,
        persona=who,
        texto=row.texto,
        razon=row.razon,
        estado=row.estado,
        pedida_por=session.get_one(UsuarioRow, row.pedida_por).usuario,
        pedida_en=row.pedida_en,
        ventanilla=row.ventanilla,
        resuelta_por=session.get_one(UsuarioRow, row.resuelta_por).usuario if row.resuelta_por else None,
        resuelta_en=row.resuelta_en,
        comentario=row.comentario,
        emergencia=row.emergencia,
    )


def in_course(row: TramiteRow) -> bool:
    """Tell whether a trámite is still before its issuance."""
    return row.estado in {EstadoTramite.ABIERTO, EstadoTramite.PENDIENTE}


def _pending(
    session: Session, tramite: TramiteRow | None, asunto: Asunto | None = None
) -> list[AutorizacionRow]:
    query = select(AutorizacionRow).where(
        AutorizacionRow.tramite_id == (tramite.id if tramite else None),
        AutorizacionRow.estado == EstadoAutorizacion.PEDIDA,
    )
    return list(session.scalars(query if asunto is None else query.where(AutorizacionRow.asunto == asunto)))


def _withdraw(
    session: Session, sesion: Sesion, row: AutorizacionRow, tramite: TramiteRow | None, now: datetime
) -> None:
    row.estado = EstadoAutorizacion.RETIRADA
    session.flush()
    bitacora.record(
        session,
        sesion,
        Evento.AUTORIZACION_RETIRADA,
        tramite=tramite.numero if tramite else "",
        en=now,
        autorizacion=row.id,
        asunto=row.asunto.value,
    )
