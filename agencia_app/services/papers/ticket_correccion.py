"""The ticket de corrección on a thermal roll: what the A4 paper says."""

from __future__ import annotations

from agencia_app.services.papers.correccion import HEADING, NOTES, CorreccionContent
from agencia_app.services.papers.ticket import Ticket


def render(content: CorreccionContent, ancho_mm: int) -> bytes:
    """Return the ticket as ESC/POS commands for a roll 80 or 58 mm wide."""
    ticket = Ticket(ancho_mm, demostracion=content.demostracion)
    ticket.header(content.agencia, HEADING)
    ticket.text(content.correccion.nombre, bold=True, tall=True)
    ticket.text(f"Cédula {content.cedula_mascara}", tall=True)
    ticket.text(content.where)
    for heading, text in content.parts:
        ticket.section(heading)
        ticket.text(text, bold=True, tall=True)
    ticket.rule()
    for note in NOTES:
        ticket.item(note, tall=True)
    ticket.barcode(content.correccion.numero, "Ticket n.º", height=112)
    return ticket.finish()
