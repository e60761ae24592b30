"""The recibo on a thermal roll: what the A5 paper says, one thing under another."""

from __future__ import annotations

from agencia_app.models.domain.fechas import moment
from agencia_app.models.domain.numero import shown
from agencia_app.services.papers.recibo import (
    GRATUITO,
    NO_COMPARTA,
    QUEJAS,
    ReciboContent,
    acted,
    clave_notes,
    signer,
)
from agencia_app.services.papers.ticket import Ticket


def render(content: ReciboContent, ancho_mm: int) -> bytes:
    """Return the recibo as ESC/POS commands for a roll 80 or 58 mm wide."""
    ticket = Ticket(ancho_mm, demostracion=content.demostracion, ejemplar=content.ejemplar)
    ticket.header(
        f"{content.agencia_nombre} · código {content.agencia_codigo}",
        "Recibo de clave personal",
    )
    ticket.text("Copia para la persona", align="center")
    ticket.barcode(content.numero, "Recibo n.º")
    ticket.text(content.nombre, bold=True, tall=True)
    ticket.field("Cédula", content.cedula_mascara)
    ticket.field("Calidad", content.calidad)
    ticket.field("Trámite", shown(content.tramite))
    ticket.field("Fecha y hora", moment(content.emitido_en))
    ticket.field("Ventanilla", str(content.ventanilla))
    ticket.field("Operador", content.operador)
    if content.apoderado:
        ticket.text(acted(content.apoderado))
    ticket.section("Documentos presentados")
    for documento in content.documentos:
        ticket.item(documento)
    ticket.section("Su clave")
    for note in clave_notes(content):
        ticket.item(note)
    ticket.item(NO_COMPARTA, bold=True)
    ticket.section(GRATUITO)
    ticket.text(QUEJAS)
    if content.qr:
        ticket.qr(content.qr, "Con este código se comprueba que el recibo es auténtico.")
    ticket.signature(signer(content))
    ticket.signature(f"Firma del operador {content.operador}")
    return ticket.finish()
