"""The hoja de pendientes: what is missing, where to get it, and how to come back. A4, large."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agencia_app.models.domain.fechas import moment
from agencia_app.models.domain.requisitos import Falta
from agencia_app.services.flow import Stop
from agencia_app.services.papers.common import A4, BLUE, Sheet, on_one_page

NOTHING_LACKS = "No le falta ningún documento"
ONLY_FINISH = "Solo falta terminar el trámite en la ventanilla."
GRATUITO = "El servicio es gratuito."
_SMALLEST = 14.0
_BODY = 15.5
# Points of what is missing, the largest first: only everything of a long list takes less than the first.
_LACKS = (18.0, 16.0, 14.0)
_RETURN_HEIGHT = 205.0  # what to do on coming back stays together with its barcode


@dataclass(frozen=True, slots=True)
class PendientesContent:
    """Everything the sheet says. Without a trámite there is no barcode and nothing to resume.

    ``ejemplar`` is 0, or n for DUPLICADO n.
    """

    agencia: str
    tramite: str | None
    nombre: str | None
    cedula_mascara: str
    fecha: datetime
    faltas: tuple[Falta, ...]
    stop: Stop | None
    demostracion: bool
    ejemplar: int = 0


def render(content: PendientesContent) -> bytes:
    """Return the hoja de pendientes as a PDF, what is missing in the largest type that leaves it on one page."""
    return on_one_page(_LACKS, lambda lack: _write(content, lack))


def _write(content: PendientesContent, lack: float) -> Sheet:
    sheet = Sheet(
        A4,
        "Hoja de pendientes",
        margin=50,
        agencia=content.agencia,
        demostracion=content.demostracion,
        ejemplar=content.ejemplar,
        small=_SMALLEST,
    )
    sheet.header("Hoja de pendientes", 28)
    if content.nombre:
        sheet.text(content.nombre, 20, bold=True)
    sheet.text(f"Cédula {content.cedula_mascara} · {moment(content.fecha)}", _BODY)
    sheet.y += 10
    if content.stop is not None:
        sheet.section(content.stop.title, 22)
        sheet.text(content.stop.action, lack)
        sheet.y += 10
    if content.faltas:
        _write_lacks(sheet, content.faltas, lack)
    elif content.stop is None:
        sheet.section(NOTHING_LACKS, 22)
        sheet.text(ONLY_FINISH, lack)
        sheet.y += 10
    sheet.y += 8
    _write_return(sheet, content)
    return sheet


def _write_lacks(sheet: Sheet, faltas: tuple[Falta, ...], lack: float) -> None:
    sheet.section("Le falta:", 22)
    for index, falta in enumerate(faltas):
        sheet.item(falta.text[:1].upper() + falta.text[1:], lack, mark=f"{index + 1}.", bold=True)
        # What comes from one place says the place once, under its last line.
        last = index + 1 == len(faltas) or faltas[index + 1].donde != falta.donde
        if last and falta.donde:
            sheet.text(falta.donde, min(lack, _BODY), x=sheet.margin + lack * 1.6)
            sheet.y += 8


def _write_return(sheet: Sheet, content: PendientesContent) -> None:
    sheet.need(_RETURN_HEIGHT if content.tramite else 0)
    sheet.rule(2, color=BLUE)
    sheet.y += 6
    if content.stop is not None and not content.stop.comes_back:
        sheet.text(GRATUITO, _BODY)
        return
    sheet.section("Cuando regrese", 22)
    for note in return_notes(content):
        sheet.item(note, _BODY)
    if content.tramite is not None:
        sheet.y += 14
        sheet.barcode(content.tramite, "Trámite n.º", height=60, size=20, module=1.92)


def return_notes(content: PendientesContent) -> tuple[str, ...]:
    """Return what a person who comes back is told."""
    if content.tramite is None:
        notes = ["Traiga esta hoja y su cédula, cuando lo haya resuelto."]
    elif content.faltas:
        notes = ["Traiga esta hoja, su cédula y lo que falta."]
    else:
        notes = ["Traiga esta hoja y su cédula."]
    if content.tramite is not None:
        notes.append("No empieza de nuevo: lo que ya presentó quedó registrado.")
    return (*notes, "Puede acercarse a cualquier ventanilla de esta agencia.", GRATUITO)
