"""The recibo: what was done at the window, for the person to keep. A5."""

from __future__ import annotations

from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.fechas import moment
from agencia_app.models.domain.numero import shown
from agencia_app.services.papers.common import A5, Sheet, on_one_page
from agencia_app.services.recibos import ReciboContent

__all__ = [
    "GRATUITO",
    "NO_COMPARTA",
    "QUEJAS",
    "ReciboContent",
    "acted",
    "clave_notes",
    "render",
    "signer",
]

GRATUITO = "Este servicio es gratuito"
QUEJAS = (
    "Si le cobraron o tiene una queja, acuda a Servicio al Cliente de esta agencia o a la "
    "Defensoría del Pueblo."
)
NO_COMPARTA = "No dé su clave a nadie, tampoco al personal del instituto."
# Points, the largest first: only a long name with a long list takes less than the first.
_BODIES = (13.0, 12.0, 11.0, 10.0)
# Of the columns: the longest calidad takes two lines of its own, a trámite's number one.
_SHARES = (72, 140, 124)


def render(content: ReciboContent) -> bytes:
    """Return the recibo as a PDF, in the largest type that leaves it on one page."""
    return on_one_page(_BODIES, lambda body: _write(content, body))


def _write(content: ReciboContent, body: float) -> Sheet:
    agencia = f"{content.agencia_nombre} · código {content.agencia_codigo}"
    sheet = Sheet(
        A5,
        "Recibo de clave personal",
        margin=30,
        agencia=agencia,
        demostracion=content.demostracion,
        ejemplar=content.ejemplar,
    )
    sheet.header("Recibo de clave personal", 19)
    top = sheet.y - 4  # its quiet zone reaches the rule
    sheet.text("Copia para la persona", body)
    sheet.y += 4
    sheet.barcode(content.numero, "Recibo n.º", height=36, size=14, below=bool(content.qr))
    if content.qr:
        sheet.y = max(sheet.y, sheet.qr(content.qr, "Verifique este recibo", top=top, label_width=70))
    sheet.y += 6
    sheet.text(content.nombre, body + 2, bold=True)
    sheet.y += 4
    sheet.row(
        (
            ("Cédula", content.cedula_mascara),
            ("Calidad", content.calidad),
            ("Trámite", shown(content.tramite)),
        ),
        body,
        shares=_SHARES,
    )
    sheet.row(
        (
            ("Ventanilla", str(content.ventanilla)),
            ("Fecha y hora", moment(content.emitido_en)),
            ("Operador", content.operador),
        ),
        body,
        shares=_SHARES,
    )
    if content.apoderado:
        sheet.text(acted(content.apoderado), body)
        sheet.y += 4
    sheet.section("Documentos presentados", body)
    for documento in content.documentos:
        sheet.item(documento, body)
    sheet.section("Su clave", body)
    for note in clave_notes(content):
        sheet.item(note, body)
    sheet.item(NO_COMPARTA, body, bold=True)
    sheet.section(GRATUITO, body)
    sheet.text(QUEJAS, body)
    sheet.signatures(((signer(content),), (f"Firma del operador {content.operador}",)), height=34, width=165)
    return sheet


def acted(apoderado: Apoderado) -> str:
    """Return who acted in the person's name, and by which document."""
    return f"Actuó en su nombre {apoderado.text}."


def signer(content: ReciboContent) -> str:
    """Return what the person's line asks for."""
    return "Firma del apoderado" if content.apoderado else "Firma de la persona"


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
