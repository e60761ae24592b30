"""What the window says of a ticket de corrección, in rich text."""

from __future__ import annotations

from html import escape

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.correccion import DATO_TEXT, Correccion
from agencia_app.models.domain.fechas import day, local_date


def told(ticket: Correccion) -> str:
    """Return how a ticket stands, for who attends the person again."""
    what = f"{numeros.shown(ticket.numero)} ({DATO_TEXT[ticket.dato].lower()})"
    if ticket.cerrada_en is None:
        return f"Tiene un ticket de corrección abierto desde el {day(local_date(ticket.abierta_en))}: {what}."
    closed = day(local_date(ticket.cerrada_en))
    return f"Su ticket de corrección {what} <b>se cerró el {closed}</b>: {escape(ticket.resolucion)}"


def opened(ticket: Correccion) -> str:
    """Return what is said of a ticket that was just opened."""
    return (
        f"Se abrió el ticket <b>{numeros.shown(ticket.numero)}</b>. Entregue a la persona el papel que sale."
    )
