"""The solicitud that a kiosk prints: it knows no name, so the person writes theirs. A4, or a roll.

With relación de dependencia it has the employer's block, which the employer fills, signs and stamps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from agencia_app.models.domain.fechas import day, local_date, long_day
from agencia_app.services.papers.common import A4, GREY, INK, TO_INSTITUTE, Sheet
from agencia_app.services.papers.ticket import Ticket

_BODY = 12.5
_THUMB_WIDTH, _THUMB_HEIGHT = 85.0, 85.0
_LINE = 26.0  # points between two lines to write on
_ASKS = "Solicito mi clave personal para usar los servicios del instituto."
_ACCEPTS = "Declaro que conozco y acepto"
_EMPLOYER = "Calificación del empleador"
# What the person and the employer write themselves.
_MINE = ("Nombres y apellidos", "Cédula n.º", "Correo o celular")
_THEIRS = ("RUC", "Razón social", "Nombre y cargo de quien califica", "Fecha")


@dataclass(frozen=True, slots=True)
class SolicitudKioscoContent:
    """Everything it says. ``empleador`` tells that it goes to one first."""

    agencia: str
    numero: str
    iniciales: str
    cedula_mascara: str
    calidad: str
    fecha: datetime
    vence_el: date
    consideraciones: tuple[str, ...]
    empleador: bool
    demostracion: bool


def render(content: SolicitudKioscoContent) -> bytes:
    """Return the solicitud as a PDF of one page."""
    sheet = Sheet(
        A4,
        "Solicitud de clave personal",
        margin=50,
        agencia=content.agencia,
        demostracion=content.demostracion,
    )
    sheet.header("Solicitud de clave personal", 24)
    sheet.barcode(content.numero, "Solicitud n.º", height=44, size=15)
    sheet.y += 14
    today = long_day(local_date(content.fecha))
    sheet.text(f"{today[:1].upper()}{today[1:]} · Válida hasta el {day(content.vence_el)}", _BODY, bold=True)
    sheet.text(_whose(content), _BODY)
    sheet.y += 6
    sheet.text(TO_INSTITUTE, _BODY)
    sheet.text(_ASKS, 14, bold=True)
    sheet.y += 4
    for label in _MINE:
        _blank(sheet, label)
    sheet.section(_ACCEPTS, 14)
    for number, consideracion in enumerate(content.consideraciones, start=1):
        sheet.item(consideracion, _BODY, mark=f"{number}.")
        sheet.y += 2
    if content.empleador:
        sheet.section(_EMPLOYER, 14)
        top = sheet.y
        for label in _THEIRS:
            _blank(sheet, label, width=sheet.inner * 0.58)
        _stamp(sheet, top)
    height = 60 if content.empleador else _THUMB_HEIGHT
    line = sheet.signatures((("Firma o huella de la persona",),), height=height, width=300)
    sheet.box("Huella", bottom=line, width=_THUMB_WIDTH, height=height)
    return sheet.finish()


def _whose(content: SolicitudKioscoContent) -> str:
    return f"{content.iniciales} · Cédula {content.cedula_mascara} · {content.calidad}"


def _blank(sheet: Sheet, label: str, width: float | None = None) -> None:
    """Leave a line to write on, what belongs there small below its beginning."""
    sheet.need(_LINE + 14)
    sheet.y += _LINE - 6
    canvas = sheet.canvas
    canvas.setStrokeColorRGB(*INK)
    canvas.setLineWidth(0.7)
    right = sheet.margin + (sheet.inner if width is None else width)
    canvas.line(sheet.margin, sheet.height - sheet.y, right, sheet.height - sheet.y)
    sheet.line(label, sheet.small, color=GREY)


def _stamp(sheet: Sheet, top: float) -> None:
    """Leave room for the employer's signature and stamp beside what they write."""
    left = sheet.margin + sheet.inner * 0.63
    canvas = sheet.canvas
    canvas.setLineWidth(0.8)
    bottom, before = sheet.y - 6, sheet.y
    canvas.rect(left, sheet.height - bottom, sheet.margin + sheet.inner - left, bottom - top - 18)
    sheet.y = top
    sheet.line("Firma y sello", sheet.small, color=GREY, x=left)
    sheet.y = before


def render_ticket(content: SolicitudKioscoContent, ancho_mm: int) -> bytes:
    """Return the solicitud as ESC/POS commands for a roll 80 or 58 mm wide."""
    ticket = Ticket(ancho_mm, demostracion=content.demostracion)
    ticket.header(content.agencia, "Solicitud de clave personal")
    ticket.barcode(content.numero, "Solicitud n.º", height=112)
    ticket.text(f"{day(local_date(content.fecha))} · Válida hasta el {day(content.vence_el)}", bold=True)
    ticket.text(_whose(content))
    ticket.feed()
    ticket.text(TO_INSTITUTE)
    ticket.text(_ASKS, bold=True)
    for label in _MINE:
        ticket.signature(label)
    ticket.section(_ACCEPTS)
    for number, consideracion in enumerate(content.consideraciones, start=1):
        ticket.item(consideracion, mark=f"{number}.")
    if content.empleador:
        ticket.section(_EMPLOYER)
        for label in (*_THEIRS, "Firma y sello"):
            ticket.signature(label)
    ticket.signature("Firma o huella de la persona")
    return ticket.finish()
