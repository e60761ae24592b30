"""The page that tries a thermal printer: its letters, its width, its codes and its cut."""

from __future__ import annotations

from agencia_app.services.papers.ticket import Ticket

# Neither as long as a recibo's number nor as a trámite's: no scanner takes it for one.
_DIGITS = "1234567890"


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
    ticket.barcode(_DIGITS, "Lea este código con el lector:")
    ticket.qr("Página de prueba", "Y también este.")
    ticket.feed()
    ticket.text("El papel debe quedar cortado.", align="center")
    return ticket.finish()
