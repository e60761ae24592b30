"""The contact data that a person's next visit begins with: those of the last issuance, else the padrón's.

They are kept at the issuance and not before: data typed in a trámite that ends in nothing would
otherwise pass for known ones in the next, where nobody would ask about them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from agencia_app.models.db.tables import ContactoRow, PersonaRow, TramiteRow
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora


def known(session: Session, cedula: str) -> ContactoRow | PersonaRow:
    """Return the row with what is known of a person of the padrón."""
    return session.get(ContactoRow, cedula) or session.get_one(PersonaRow, cedula)


def keep(session: Session, sesion: Sesion, tramite: TramiteRow, now: datetime) -> None:
    """Keep in the caller's transaction the contact data confirmed in a trámite that is being issued."""
    correo, celular = tramite.correo or "", tramite.celular or ""
    row = known(session, tramite.cedula)
    mail, mobile = row.correo != correo, row.celular != celular
    if not (mail or mobile):
        return
    if isinstance(row, PersonaRow):  # the padrón keeps its own
        row = ContactoRow(cedula=tramite.cedula)
        session.add(row)
    row.correo = correo
    row.celular = celular
    row.actualizado_en = now
    bitacora.record(
        session, sesion, Evento.CONTACTO_CAMBIADO, tramite=tramite.numero, en=now, correo=mail, celular=mobile
    )
