"""The page that tries a thermal printer: its letters, its width, its codes and its cut."""

from __future__ import annotations

from agencia_app.services.papers.common import SAMPLE
from agencia_app.services.papers.ticket import Ticket


def render(printer_name: str, ancho_mm: int) -> bytes:
    """Return the test page as ESC/POS commands for a roll 80 or 58 mm wide."""
    ticket = Ticket(ancho_mm)
    ticket.header("Ventanilla de claves", "Página de prueba")
    ticket.field("Impresora", printer_name)
    ticket.field("Ancho del papel", f"{ancho_mm} mm")
    ticket.section("La línea debe llegar de borde a borde:")
    ticket.rule()
    ticket.section("Todas las letras deben leerse:")
    ticket.text("ÁÉÍÓÚÜÑ áéíóúüñ ¿? ¡! º ª « »")
    ticket.text("ÁÉÍÓÚÜÑ áéíóúüñ", bold=True, tall=True)
    ticket.barcode(SAMPLE, "Lea este código con el lector:")
    ticket.qr("Página de prueba", "Y también este.")
    ticket.feed()
    ticket.text("El papel debe quedar cortado.", align="center")
    return ticket.finish()
