"""The solicitud: the person asks for a clave and signs, and with relación de dependencia the employer too. A4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.consideraciones import CONSIDERACIONES
from agencia_app.models.domain.fechas import day, local_date, long_day
from agencia_app.models.domain.numero import shown
from agencia_app.models.domain.solicitud import shown_portal
from agencia_app.services.papers.common import A4, HAIR, TO_INSTITUTE, Sheet, on_one_page

_BODY = 13.0
_DENSE = 11.0  # with the employer's block there is more to say
# Points: a thumb rolled from side to side, with room around it.
_THUMB_WIDTH, _THUMB_HEIGHT = 85.0, 85.0
# Points: a company's stamp, and a hand's room over a line.
_STAMP_WIDTH, _STAMP_HEIGHT = 170.0, 92.0
_HAND = 42.0
_TO_EMPLOYER = "A mi empleador, para que califique, firme y selle esta solicitud."
_NONE = "No registra"
_BLANK = " "  # written by hand
# Points of what is asked, the largest first: only an apoderado's long names take less than the first.
_ASKS = (15.0, 13.0, 11.0)


@dataclass(frozen=True, slots=True)
class Empleador:
    """The employer's block; what is empty is left blank, to be written by hand."""

    ruc: str = ""
    razon_social: str = ""
    calificada_por: str = ""
    calificada_el: date | None = None


@dataclass(frozen=True, slots=True)
class SolicitudContent:
    """Everything a solicitud says. The cédula is whole: the person signs for it.

    ``numero`` is the agency's own, the barcode, and empty for one of the portal's, which has its own in
    ``portal``, or from before solicitudes had one: then the trámite's is. ``empleador`` is None where
    nobody but the person signs. ``vence_el`` is the last day it is good for, None where that is not known.
    """

    agencia: str
    tramite: str
    nombre: str
    cedula: str
    fecha_nacimiento: date | None
    calidad: str
    correo: str
    celular: str
    fecha: datetime
    demostracion: bool
    ejemplar: int = 0
    apoderado: Apoderado | None = None
    numero: str = ""
    portal: str = ""
    vence_el: date | None = None
    empleador: Empleador | None = None
    consideraciones: tuple[str, ...] = CONSIDERACIONES


def render(content: SolicitudContent) -> bytes:
    """Return the solicitud as a PDF, what is asked in the largest type that leaves it on one page."""
    return on_one_page(_ASKS, lambda size: _write(content, size))


def _write(content: SolicitudContent, size: float) -> Sheet:
    sheet = Sheet(
        A4,
        "Solicitud de clave personal",
        margin=56,
        agencia=content.agencia,
        demostracion=content.demostracion,
        ejemplar=content.ejemplar,
    )
    body, gap = (_BODY, 12.0) if content.empleador is None else (_DENSE, 5.0)
    sheet.header("Solicitud de clave personal", 25)
    _write_numbers(sheet, content)
    sheet.y += gap
    today = long_day(local_date(content.fecha))
    sheet.text(today[:1].upper() + today[1:], body)
    sheet.y += gap
    if content.empleador is not None:
        sheet.text(_TO_EMPLOYER, body, bold=True)
    sheet.text(TO_INSTITUTE, body)
    sheet.y += gap / 2
    sheet.text(_asks(content), min(size, body + 2))
    sheet.y += gap
    sheet.section("Datos de la persona" if content.apoderado else "Mis datos", 15)
    sheet.y += 2
    born = day(content.fecha_nacimiento) if content.fecha_nacimiento else _NONE
    sheet.row((("Calidad", content.calidad), ("Fecha de nacimiento", born)), body)
    sheet.row((("Correo", content.correo or _NONE), ("Celular", content.celular or _NONE)), body)
    sheet.y += gap * 2 / 3
    sheet.section("Declaro que conozco y acepto", 15)
    sheet.y += 2
    for number, consideracion in enumerate(content.consideraciones, start=1):
        sheet.item(consideracion, body, mark=f"{number}.")
        sheet.y += gap * 5 / 12
    who = content.apoderado or content
    own = ("Firma o huella", who.nombre, f"Cédula {who.cedula}")
    if content.empleador is not None:
        _write_empleador(sheet, content.empleador)
        sheet.signatures((own, ("Firma del empleador",)), height=_HAND, width=225)
        return sheet
    line = sheet.signatures((own,), height=_THUMB_HEIGHT, width=320)
    sheet.box("Huella", bottom=line, width=_THUMB_WIDTH, height=_THUMB_HEIGHT)
    return sheet


def _write_numbers(sheet: Sheet, content: SolicitudContent) -> None:
    """Write the solicitud's number as bars, and what else tells it apart; the trámite's where it has none."""
    if not content.numero:
        sheet.barcode(content.tramite, "Trámite n.º", height=48, size=16)
    else:
        sheet.barcode(content.numero, "Solicitud n.º", height=48, size=16)
    sheet.y += 4
    facts = [f"Trámite n.º {shown(content.tramite)}"] if content.numero else []
    if content.portal:
        facts.append(f"Solicitud del portal n.º {shown_portal(content.portal)}")
    if content.vence_el is not None:
        facts.append(f"Vale hasta el {day(content.vence_el)}")
    if facts:
        sheet.text(" · ".join(facts), sheet.small)
    sheet.y += 6


def _write_empleador(sheet: Sheet, block: Empleador) -> None:
    """Write the employer's block, with room for a hand where something is not known."""
    sheet.section("Calificación del empleador", 15)
    sheet.y += 2
    when = day(block.calificada_el) if block.calificada_el else _BLANK
    fields = (
        ("RUC", block.ruc or _BLANK),
        ("Razón social", block.razon_social or _BLANK),
        ("Calificada por (nombre y cargo)", block.calificada_por or _BLANK),
        ("Fecha", when),
    )
    width = sheet.inner - _STAMP_WIDTH - 24
    top = sheet.y
    for label, value in fields:
        sheet.need((sheet.small + _DENSE) * 1.3)
        sheet.field(label, value, _DENSE, x=sheet.margin, width=width)
        if value == _BLANK:
            sheet.y += 7
            sheet.canvas.setStrokeColorRGB(*HAIR)
            sheet.canvas.setLineWidth(0.6)
            level = sheet.height - sheet.y + 1
            sheet.canvas.line(sheet.margin, level, sheet.margin + width, level)
        sheet.y += 3
    bottom = sheet.y
    sheet.box("Sello del empleador", bottom=top + _STAMP_HEIGHT, width=_STAMP_WIDTH, height=_STAMP_HEIGHT)
    sheet.y = max(bottom, sheet.y)


def _asks(content: SolicitudContent) -> str:
    """Return the sentence that is signed: the person's own, or the apoderado's in their name."""
    person = f"{content.nombre}, con cédula n.º {content.cedula}"
    acting = content.apoderado
    if acting is None:
        return f"Yo, {person}, solicito mi clave personal para usar los servicios del instituto."
    return (
        f"Yo, {acting.nombre}, con cédula n.º {acting.cedula}, solicito la clave personal de {person}, "
        f"para usar los servicios del instituto. Actúo en su nombre {acting.document}."
    )
