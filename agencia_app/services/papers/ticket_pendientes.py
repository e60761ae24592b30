"""The hoja de pendientes on a thermal roll: what the A4 paper says, in tall letters."""

from __future__ import annotations

from agencia_app.models.domain.fechas import moment
from agencia_app.models.domain.requisitos import Falta
from agencia_app.services.papers.pendientes import (
    GRATUITO,
    NOTHING_LACKS,
    ONLY_FINISH,
    PendientesContent,
    return_notes,
)
from agencia_app.services.papers.ticket import Ticket


def render(content: PendientesContent, ancho_mm: int) -> bytes:
    """Return the hoja de pendientes as ESC/POS commands for a roll 80 or 58 mm wide."""
    ticket = Ticket(ancho_mm, demostracion=content.demostracion, ejemplar=content.ejemplar)
    ticket.header(content.agencia, "Hoja de pendientes")
    if content.nombre:
        ticket.text(content.nombre, bold=True, tall=True)
    ticket.text(f"Cédula {content.cedula_mascara}", tall=True)
    ticket.text(moment(content.fecha), tall=True)
    if content.stop is not None:
        ticket.section(content.stop.title, tall=True)
        ticket.text(content.stop.action, tall=True)
    if content.faltas:
        _write_lacks(ticket, content.faltas)
    elif content.stop is None:
        ticket.section(NOTHING_LACKS, tall=True)
        ticket.text(ONLY_FINISH, tall=True)
    ticket.rule()
    if content.stop is not None and not content.stop.comes_back:
        ticket.text(GRATUITO, tall=True)
        return ticket.finish()
    ticket.title("Cuando regrese", align="left")
    for note in return_notes(content):
        ticket.item(note, tall=True)
    if content.tramite is not None:
        ticket.barcode(content.tramite, "Trámite n.º", height=112)
    return ticket.finish()


def _write_lacks(ticket: Ticket, faltas: tuple[Falta, ...]) -> None:
    ticket.section("Le falta:", tall=True)
    for index, falta in enumerate(faltas):
        ticket.item(falta.text[:1].upper() + falta.text[1:], mark=f"{index + 1}.", bold=True, tall=True)
        # What comes from one place says the place once, under its last line.
        last = index + 1 == len(faltas) or faltas[index + 1].donde != falta.donde
        if last and falta.donde:
            ticket.item(falta.donde, mark="", tall=True)
            ticket.feed()
