"""The ticket de corrección: what is wrong, what it should say, and how to ask about it. A4, large."""

from __future__ import annotations

from dataclasses import dataclass

from agencia_app.models.domain.correccion import DATO_TEXT, Correccion
from agencia_app.models.domain.fechas import moment
from agencia_app.services.papers.common import A4, BLUE, Sheet, on_one_page

HEADING = "Ticket de corrección"
NOTES = (
    "Este ticket pide corregir un dato suyo. No cambia en la ventanilla: lo corrige quien lleva el padrón.",
    "Guárdelo. Con su cédula, en cualquier ventanilla de esta agencia le dicen en qué quedó.",
    "El servicio es gratuito.",
)
_SMALLEST, _BODY = 14.0, 15.5
_SIZES = (19.0, 17.0, 14.0)  # points of what is asked, the largest first: only long texts take less
_BARCODE_HEIGHT = 85.0


@dataclass(frozen=True, slots=True)
class CorreccionContent:
    """Everything the ticket says."""

    agencia: str
    correccion: Correccion
    cedula_mascara: str
    demostracion: bool

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """What is asked, in order: a heading and its text."""
        told = self.correccion
        return (
            ("El dato con error", DATO_TEXT[told.dato]),
            ("El padrón dice", told.dice),
            ("Debe decir", told.debe_decir),
            ("Documento que se vio", told.evidencia),
        )

    @property
    def where(self) -> str:
        """When and where it was opened, and by whom."""
        told = self.correccion
        return f"{moment(told.abierta_en)} · Ventanilla {told.ventanilla} · Operador {told.abierta_por}"


def render(content: CorreccionContent) -> bytes:
    """Return the ticket as a PDF, what is asked in the largest type that leaves it on one page."""
    return on_one_page(_SIZES, lambda size: _write(content, size))


def _write(content: CorreccionContent, size: float) -> Sheet:
    sheet = Sheet(
        A4,
        HEADING,
        margin=50,
        agencia=content.agencia,
        demostracion=content.demostracion,
        small=_SMALLEST,
    )
    sheet.header(HEADING, 28)
    sheet.text(content.correccion.nombre, 20, bold=True)
    sheet.text(f"Cédula {content.cedula_mascara}", _BODY)
    sheet.text(content.where, _BODY)
    sheet.y += 12
    for heading, text in content.parts:
        sheet.section(heading, _BODY)
        sheet.text(text, size, bold=True)
        sheet.y += 6
    sheet.y += 10
    sheet.rule(2, color=BLUE)
    sheet.y += 8
    for note in NOTES:
        sheet.item(note, _BODY)
    sheet.y += 14
    sheet.need(_BARCODE_HEIGHT)
    sheet.barcode(content.correccion.numero, "Ticket n.º", height=60, size=20, module=1.92)
    return sheet
