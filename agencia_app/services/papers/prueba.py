"""The test page: shows that a printer prints letters, accents and a barcode, and to which edge."""

from __future__ import annotations

from datetime import datetime

from agencia_app.models.domain.fechas import moment
from agencia_app.services.papers.common import A5, HAIR, SAMPLE, Sheet

_BODY = 14.0
_FRAME = 17.0  # points from the edge: 6 mm, what ordinary printers leave unprinted


def render(agencia: str, printer: str, when: datetime, *, demostracion: bool) -> bytes:
    """Return the test page of a printer as a PDF of A5, the smallest sheet in use."""
    sheet = Sheet(A5, "Página de prueba", margin=36, agencia=agencia, demostracion=demostracion)
    canvas = sheet.canvas
    canvas.setStrokeColorRGB(*HAIR)
    canvas.rect(_FRAME, _FRAME, sheet.width - 2 * _FRAME, sheet.height - 2 * _FRAME)
    sheet.header("Página de prueba", 22)
    sheet.text(f"Impresora: {printer}", _BODY, bold=True)
    sheet.text(moment(when), _BODY)
    sheet.section("Letras", _BODY)
    for line in (
        "ABCDEFGHIJKLMNÑOPQRSTUVWXYZ",
        "abcdefghijklmnñopqrstuvwxyz",
        "ÁÉÍÓÚÜÑ áéíóúüñ ¿? ¡! «» n.º",
    ):
        sheet.text(line, _BODY)
    sheet.section("Código de barras", _BODY)
    sheet.barcode(SAMPLE, "Lea este código con el lector", height=48, size=14)
    sheet.section("Bordes", _BODY)
    sheet.text("El recuadro debe verse entero. Si falta un lado, revise el tamaño del papel.", _BODY)
    return sheet.finish()
