"""Four eyes (*autorización*): what needs a second person, and what exactly was approved.

An autorización holds for one trámite and for the very facts that were shown to who approved
it: facts that change afterwards need another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

REASON_LENGTH = 200  # characters of a reason or a comment
MIN_MOTIVO = 10  # characters of the reason for an emergency: enough to say one


class Asunto(StrEnum):
    """What an autorización is about."""

    DOCUMENTO_FALTANTE = "documento_faltante"
    CEDULA_VENCIDA = "cedula_vencida"
    CEDULA_ANTIGUA = "cedula_antigua"  # without its extra check
    SEGUNDA_CLAVE = "segunda_clave"  # another was handed over within the setting's days
    CONTACTO_CAMBIADO = "contacto_cambiado"
    APODERADO = "apoderado"
    CANDADO = "candado"  # the person asked that a supervisor be present
    LEVANTAR_CANDADO = "levantar_candado"
    ANULACION = "anulacion"
    RELOJ = "reloj"  # the clock went back


ASUNTO_TEXT = {
    Asunto.DOCUMENTO_FALTANTE: "Falta un documento",
    Asunto.CEDULA_VENCIDA: "Cédula vencida",
    Asunto.CEDULA_ANTIGUA: "Cédula antigua sin comprobar",
    Asunto.SEGUNDA_CLAVE: "Segunda clave en pocos días",
    Asunto.CONTACTO_CAMBIADO: "Datos de contacto cambiados",
    Asunto.APODERADO: "Viene un apoderado",
    Asunto.CANDADO: "La persona pidió un candado",
    Asunto.LEVANTAR_CANDADO: "Levantar el candado",
    Asunto.ANULACION: "Anular una emisión",
    Asunto.RELOJ: "El reloj se atrasó",
}


class EstadoAutorizacion(StrEnum):
    """What became of a request."""

    PEDIDA = "pedida"
    APROBADA = "aprobada"
    NEGADA = "negada"
    RETIRADA = "retirada"  # by who asked, or because its facts changed


@dataclass(frozen=True, slots=True)
class Exigencia:
    """One thing of a trámite that needs an autorización, and the words that say exactly what.

    ``alcance`` is what is approved: canonical JSON of the facts. ``texto`` is a Spanish sentence
    for the screen, made of the same facts. ``cubierta`` tells that an approval of these very
    facts exists.
    """

    asunto: Asunto
    alcance: str
    texto: str
    cubierta: bool = False


@dataclass(frozen=True, slots=True)
class Aprobada:
    """An approval that a trámite has: of what facts, and by whom (a user name)."""

    asunto: Asunto
    alcance: str
    por: str
    emergencia: bool


@dataclass(frozen=True, slots=True)
class Autorizacion:
    """A request and what became of it. Times are aware, in UTC.

    ``pedida_por`` and ``resuelta_por`` are user names; ``texto`` says what exactly is approved.
    """

    id: int
    asunto: Asunto
    tramite: str | None
    persona: str
    texto: str
    razon: str
    estado: EstadoAutorizacion
    pedida_por: str
    pedida_en: datetime
    ventanilla: int
    resuelta_por: str | None = None
    resuelta_en: datetime | None = None
    comentario: str = ""
    emergencia: bool = False
