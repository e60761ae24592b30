"""The recibo: what was done at the window, for the person to keep. A5."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agencia_app.models.domain.fechas import moment
from agencia_app.models.domain.numero import shown
from agencia_app.services.papers.common import A5, Sheet

GRATUITO = "Este servicio es gratuito"
QUEJAS = (
    "Si le cobraron o tiene una queja, acuda a Servicio al Cliente de esta agencia o a la "
    "Defensoría del Pueblo."
)
NO_COMPARTA = "No dé su clave a nadie, tampoco al personal del instituto."
# Points, the largest first: only a long name with a long list takes less than the first.
_BODIES = (13.0, 12.0, 11.0)


@dataclass(frozen=True, slots=True)
class ReciboContent:
    """Everything a recibo says. Moments are aware; the cédula comes masked; never the clave.

    ``qr`` is the text of the signed QR, empty for none. ``ejemplar`` is 0, or n for DUPLICADO n.
    """

    agencia_codigo: str
    agencia_nombre: str
    numero: str
    tramite: str
    ventanilla: int
    operador: str
    emitido_en: datetime
    nombre: str
    cedula_mascara: str
    calidad: str
    documentos: tuple[str, ...]
    anterior_desactivada_en: datetime | None
    vence_en: datetime
    demostracion: bool
    qr: str = ""
    ejemplar: int = 0


def render(content: ReciboContent) -> bytes:
    """Return the recibo as a PDF, in the largest type that leaves it on one page."""
    for body in _BODIES:
        sheet = _write(content, body)
        if sheet.pages == 1:
            break
    return sheet.finish()


def _write(content: ReciboContent, body: float) -> Sheet:
    agencia = f"{content.agencia_nombre} · código {content.agencia_codigo}"
    sheet = Sheet(
        A5, "Recibo de clave personal", margin=30, agencia=agencia, demostracion=content.demostracion
    )
    sheet.header("Recibo de clave personal", 19)
    sheet.text("Copia para la persona", body)
    sheet.y += 4
    sheet.barcode(content.numero, "Recibo n.º", height=40, size=14)
    sheet.y += 8
    sheet.text(content.nombre, body + 2, bold=True)
    sheet.y += 4
    sheet.row(
        (
            ("Cédula", content.cedula_mascara),
            ("Calidad", content.calidad),
            ("Trámite", shown(content.tramite)),
        ),
        body,
    )
    sheet.row(
        (
            ("Fecha y hora", moment(content.emitido_en)),
            ("Ventanilla", str(content.ventanilla)),
            ("Operador", content.operador),
        ),
        body,
    )
    sheet.section("Documentos presentados", body)
    for documento in content.documentos:
        sheet.item(documento, body)
    sheet.section("Su clave", body)
    for note in clave_notes(content):
        sheet.item(note, body)
    sheet.item(NO_COMPARTA, body, bold=True)
    sheet.section(GRATUITO, body)
    sheet.text(QUEJAS, body)
    sheet.signatures(
        (("Firma de la persona",), (f"Firma del operador {content.operador}",)), height=34, width=165
    )
    return sheet


def clave_notes(content: ReciboContent) -> tuple[str, str]:
    """Return what became of the earlier clave, and how long the new one is good."""
    deactivated = content.anterior_desactivada_en
    if deactivated is None:
        earlier = "No tenía una clave anterior vigente."
    else:
        earlier = f"Su clave anterior quedó desactivada el {moment(deactivated)}."
    expires = moment(content.vence_en)
    return (
        earlier,
        f"La clave nueva es temporal: cámbiela la primera vez que la use. Vence el {expires}.",
    )
