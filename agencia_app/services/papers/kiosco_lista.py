"""What to bring, from the kiosk: A4 in large type, or a roll. It names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agencia_app.models.domain.fechas import moment
from agencia_app.services.papers.common import A4, BLUE, INK, Sheet, on_one_page
from agencia_app.services.papers.ticket import Ticket

GRATUITO = "El servicio es gratuito. No necesita tramitador."
_SMALLEST, _BODY = 14.0, 15.5
# Points of each thing, the largest first: only a long list takes less than the first.
_SIZES = (20.0, 18.0, 16.0, 14.0)


@dataclass(frozen=True, slots=True)
class Cosa:
    """One thing to bring: its name, what of it, and what is to be known of it."""

    titulo: str
    que: str
    notas: tuple[str, ...]
    exigible: bool = True


@dataclass(frozen=True, slots=True)
class ListaContent:
    """Everything the list says: the person's initials and masked cédula, and what they bring."""

    agencia: str
    iniciales: str
    cedula_mascara: str
    calidad: str
    fecha: datetime
    cosas: tuple[Cosa, ...]
    demostracion: bool


def render(content: ListaContent) -> bytes:
    """Return the list as a PDF, in the largest type that leaves it on one page."""
    return on_one_page(_SIZES, lambda size: _write(content, size))


def _write(content: ListaContent, size: float) -> Sheet:
    sheet = Sheet(
        A4,
        "Qué debe traer",
        margin=50,
        agencia=content.agencia,
        demostracion=content.demostracion,
        small=_SMALLEST,
    )
    sheet.header("Qué debe traer", 30)
    sheet.text(f"{content.iniciales} · Cédula {content.cedula_mascara} · {content.calidad}", _BODY)
    sheet.text(moment(content.fecha), _BODY)
    sheet.y += 14
    for each in content.cosas:
        sheet.need(size * 4)
        if each.exigible:
            _empty_box(sheet, size)
        left = sheet.margin + size * 1.7
        sheet.text(each.titulo, size, bold=True, x=left)
        if each.que:
            sheet.text(each.que, size, x=left)
        for note in each.notas:
            sheet.text(note, min(size, _BODY), x=left)
        sheet.y += size * 0.7
    sheet.rule(2, color=BLUE)
    sheet.y += 8
    sheet.text("Acérquese con todo a cualquier ventanilla de esta agencia.", _BODY, bold=True)
    sheet.text(GRATUITO, _BODY)
    return sheet


def _empty_box(sheet: Sheet, size: float) -> None:
    canvas = sheet.canvas
    canvas.setStrokeColorRGB(*INK)
    canvas.setLineWidth(1.4)
    canvas.rect(sheet.margin, sheet.height - sheet.y - size * 1.1, size * 0.95, size * 0.95)


def render_ticket(content: ListaContent, ancho_mm: int) -> bytes:
    """Return the list as ESC/POS commands for a roll 80 or 58 mm wide."""
    ticket = Ticket(ancho_mm, demostracion=content.demostracion)
    ticket.header(content.agencia, "Qué debe traer")
    ticket.text(f"{content.iniciales} · Cédula {content.cedula_mascara}", tall=True)
    ticket.text(content.calidad)
    ticket.text(moment(content.fecha))
    for each in content.cosas:
        ticket.feed()
        ticket.item(each.titulo, mark="[ ]" if each.exigible else "-", bold=True, tall=True)
        for text in (each.que, *each.notas):
            if text:
                ticket.item(text, mark="", tall=text == each.que)
    ticket.rule()
    ticket.text("Acérquese con todo a cualquier ventanilla de esta agencia.", bold=True)
    ticket.text(GRATUITO)
    return ticket.finish()
