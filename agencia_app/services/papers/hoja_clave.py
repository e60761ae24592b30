"""The hoja de clave: a slip that is folded in three and sealed, with the clave inside. A5.

Only one side is printed. The lower third folds up over the middle, face to face, so the clave
is inside; the upper third folds back and is the outside, with the name and the recibo's number
alone. A dense screen on the lower third lies over the clave, against reading through the light.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from agencia_app.models.domain.clave import GROUP
from agencia_app.models.domain.fechas import moment
from agencia_app.services.papers.common import (
    A5,
    BLUE,
    BOLD,
    HAIR,
    INK,
    REGULAR,
    Sheet,
    text_width,
    wrap,
)

CLAVE_SIZE = 50.0
_HALF_CAPITAL = 0.334  # half of a capital's height over the type size
_BODY = 13.0
_LARGE_LINES = 2
_SCREEN_TOP = 24.0  # from the fold, the same distance as the clave on the other side of it
_SCREEN_HEIGHT = 68.0
_GOLDEN = 0.6180339887  # spreads the strokes evenly and never in rows


@dataclass(frozen=True, slots=True)
class HojaClaveContent:
    """Everything the slip says. The clave is in no representation of it.

    ``intento`` tells the slips of one recibo apart: the one with the highest number is valid.
    """

    agencia: str
    recibo: str
    intento: int
    nombre: str
    cedula_mascara: str
    clave: str = field(repr=False)
    vence_en: datetime
    demostracion: bool


def render(content: HojaClaveContent) -> bytes:
    """Return the slip as a PDF, for the printer alone: it must not be kept."""
    sheet = Sheet(A5, "Hoja de clave", margin=30, agencia=content.agencia, demostracion=content.demostracion)
    third = sheet.height / 3
    _write_outside(sheet, content)
    _fold(sheet, third, "2 · Doble hacia atrás")
    _write_clave(sheet, content, third)
    _fold(sheet, 2 * third, "1 · Doble hacia adelante, sobre la clave")
    _write_advice(sheet, 2 * third)
    return sheet.finish()


def _write_outside(sheet: Sheet, content: HojaClaveContent) -> None:
    sheet.y += 18
    sheet.line(f"Hoja de clave personal n.º {content.intento} · abra solo usted", _BODY)
    # The panel has room for two large lines; a longer name takes smaller ones.
    long = len(wrap(content.nombre, BOLD, 17, sheet.inner)) > _LARGE_LINES
    sheet.text(content.nombre, 12 if long else 17, bold=True)
    sheet.y += 10
    sheet.barcode(content.recibo, "Recibo n.º", height=40, size=14)


def _write_clave(sheet: Sheet, content: HojaClaveContent, top: float) -> None:
    canvas = sheet.canvas
    sheet.y = top + 24
    sheet.line("Su clave temporal", 18, bold=True, color=BLUE)
    sheet.line(f"Cédula {content.cedula_mascara} · vence el {moment(content.vence_en)}", _BODY)
    bottom = sheet.height - top - sheet.height / 3 + _SCREEN_TOP
    canvas.setStrokeColorRGB(*BLUE)
    canvas.setLineWidth(1.2)
    canvas.roundRect(sheet.margin, bottom, sheet.inner, _SCREEN_HEIGHT, 6)
    # The clave sits as far above the fold as the screen sits below it.
    baseline = bottom + _SCREEN_HEIGHT / 2 - CLAVE_SIZE * _HALF_CAPITAL
    gap = CLAVE_SIZE * 0.7
    groups = content.clave[:GROUP], content.clave[GROUP:]
    widths = [text_width(group, BOLD, CLAVE_SIZE) for group in groups]
    x = (sheet.width - sum(widths) - gap) / 2
    canvas.setFont(BOLD, CLAVE_SIZE)
    canvas.setFillColorRGB(*INK)
    for group, width in zip(groups, widths, strict=True):
        canvas.drawString(x, baseline, group)
        x += width + gap


def _write_advice(sheet: Sheet, top: float) -> None:
    _screen(sheet, top + _SCREEN_TOP)
    sheet.y = top + _SCREEN_TOP + _SCREEN_HEIGHT + 8
    sheet.item("Cámbiela en el portal del instituto, la primera vez que la use.", _BODY, bold=True)
    sheet.item("Nadie del instituto le pedirá su clave. No la dé a nadie.", _BODY)
    sheet.item("Si otra persona la vio, pida otra en la ventanilla.", _BODY)
    sheet.canvas.setFillColorRGB(*INK)
    sheet.canvas.setFont(REGULAR, _BODY)
    sheet.canvas.drawCentredString(sheet.width / 2, 16, "3 · Selle aquí")


def _screen(sheet: Sheet, top: float) -> None:
    """Cover the place over the clave with strokes as thick and as long as those of its letters."""
    canvas = sheet.canvas
    bottom = sheet.height - top - _SCREEN_HEIGHT
    canvas.saveState()
    clip = canvas.beginPath()
    clip.rect(sheet.margin, bottom, sheet.inner, _SCREEN_HEIGHT)
    canvas.clipPath(clip, stroke=0, fill=0)
    canvas.setStrokeColorRGB(*INK)
    canvas.setLineWidth(4.5)
    strokes = canvas.beginPath()
    for index in range(260):
        x = sheet.margin + sheet.inner * ((index * _GOLDEN) % 1)
        y = bottom + _SCREEN_HEIGHT * ((index + 0.5) / 260 * 7 % 1)
        across, up = ((18, 0), (0, 20), (13, 15), (13, -15), (8, 18))[index % 5]
        strokes.moveTo(x - across / 2, y - up / 2)
        strokes.lineTo(x + across / 2, y + up / 2)
    canvas.drawPath(strokes, stroke=1, fill=0)
    canvas.restoreState()


def _fold(sheet: Sheet, at: float, label: str) -> None:
    canvas = sheet.canvas
    y = sheet.height - at
    size = _BODY
    wide = text_width(label, REGULAR, size)
    canvas.saveState()
    canvas.setStrokeColorRGB(*HAIR)
    canvas.setLineWidth(0.8)
    canvas.setDash(5, 4)
    canvas.line(0, y, (sheet.width - wide) / 2 - 8, y)
    canvas.line((sheet.width + wide) / 2 + 8, y, sheet.width, y)
    canvas.restoreState()
    canvas.setFillColorRGB(*INK)
    canvas.setFont(REGULAR, size)
    canvas.drawCentredString(sheet.width / 2, y - size / 3, label)
