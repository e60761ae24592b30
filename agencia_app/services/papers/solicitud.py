"""The solicitud: the person asks for a clave and signs. A4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.consideraciones import CONSIDERACIONES
from agencia_app.models.domain.fechas import day, local_date, long_day
from agencia_app.services.papers.common import A4, Sheet

_BODY = 13.0
# Points: a thumb rolled from side to side, with room around it.
_THUMB_WIDTH, _THUMB_HEIGHT = 85.0, 85.0
_NONE = "No registra"
# Points of what is asked, the largest first: only an apoderado's long names take less than the first.
_ASKS = (15.0, 13.0, 11.0)


@dataclass(frozen=True, slots=True)
class SolicitudContent:
    """Everything a solicitud says. The cédula is whole: the person signs for it."""

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
    consideraciones: tuple[str, ...] = CONSIDERACIONES


def render(content: SolicitudContent) -> bytes:
    """Return the solicitud as a PDF, what is asked in the largest type that leaves it on one page."""
    for size in _ASKS:
        sheet = _write(content, size)
        if sheet.pages == 1:
            break
    return sheet.finish()


def _write(content: SolicitudContent, size: float) -> Sheet:
    sheet = Sheet(
        A4,
        "Solicitud de clave personal",
        margin=56,
        agencia=content.agencia,
        demostracion=content.demostracion,
        ejemplar=content.ejemplar,
    )
    sheet.header("Solicitud de clave personal", 25)
    sheet.barcode(content.tramite, "Trámite n.º", height=48, size=16)
    sheet.y += 22
    today = long_day(local_date(content.fecha))
    sheet.text(today[:1].upper() + today[1:], _BODY)
    sheet.y += 12
    sheet.text("Al Instituto Ecuatoriano de Seguridad Social:", _BODY)
    sheet.y += 6
    sheet.text(_asks(content), size)
    sheet.y += 12
    sheet.section("Datos de la persona" if content.apoderado else "Mis datos", 15)
    sheet.y += 2
    born = day(content.fecha_nacimiento) if content.fecha_nacimiento else _NONE
    sheet.row((("Calidad", content.calidad), ("Fecha de nacimiento", born)), _BODY)
    sheet.row((("Correo", content.correo or _NONE), ("Celular", content.celular or _NONE)), _BODY)
    sheet.y += 8
    sheet.section("Declaro que conozco y acepto", 15)
    sheet.y += 2
    for number, consideracion in enumerate(content.consideraciones, start=1):
        sheet.item(consideracion, _BODY, mark=f"{number}.")
        sheet.y += 5
    who = content.apoderado or content
    signer = (("Firma o huella", who.nombre, f"Cédula {who.cedula}"),)
    line = sheet.signatures(signer, height=_THUMB_HEIGHT, width=320)
    sheet.box("Huella", bottom=line, width=_THUMB_WIDTH, height=_THUMB_HEIGHT)
    return sheet


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
