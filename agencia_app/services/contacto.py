"""The contact data that a person's next visit begins with: those of the last issuance, else the padrón's.

They are kept at the issuance and not before: data typed in a trámite that ends in nothing would
otherwise pass for known ones in the next, where nobody would ask about them.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import coalesce

from agencia_app.models.db.tables import ContactoRow, PersonaRow, TramiteRow, table
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora

_CONTACTO, _PERSONA = table(ContactoRow), table(PersonaRow)
_KNOWN = (
    select(
        coalesce(_CONTACTO.c.correo, _PERSONA.c.correo),
        coalesce(_CONTACTO.c.celular, _PERSONA.c.celular),
        _CONTACTO.c.cedula.is_not(None),
    )
    .outerjoin_from(_PERSONA, _CONTACTO, _CONTACTO.c.cedula == _PERSONA.c.cedula)
    .where(_PERSONA.c.cedula == bindparam("cedula"))
)


class Known(NamedTuple):
    """What is known of how to reach a person; ``kept`` tells that it is of an issuance here."""

    correo: str
    celular: str
    kept: bool


def known(session: Session, cedula: str) -> Known:
    """Return what is known of a person of the padrón."""
    return Known(*session.execute(_KNOWN, {"cedula": cedula}).one())


def keep(session: Session, sesion: Sesion, tramite: TramiteRow, before: Known, now: datetime) -> None:
    """Keep in the caller's transaction the contact data confirmed in a trámite that is being issued.

    ``before`` is what was known of them till then.
    """
    correo, celular = tramite.correo or "", tramite.celular or ""
    mail, mobile = before.correo != correo, before.celular != celular
    if not (mail or mobile):
        return
    # The padrón keeps its own.
    row = ContactoRow(cedula=tramite.cedula, correo=correo, celular=celular, actualizado_en=now)
    if before.kept:
        session.merge(row)
    else:
        session.add(row)
    bitacora.record(
        session, sesion, Evento.CONTACTO_CAMBIADO, tramite=tramite.numero, en=now, correo=mail, celular=mobile
    )
