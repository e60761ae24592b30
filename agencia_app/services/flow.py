"""The walk-in flow: which step comes next, and why. No Qt, no database.

A step is never stored: it follows from what the trámite has, so a window that crashed, or
another window, comes back to exactly the same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.persona import (
    JUBILADOS,
    MONTEPIOS,
    EstadoPersona,
    Persona,
    TipoPrestacion,
)
from agencia_app.models.domain.tramite import EstadoTramite, Tramite


class Step(IntEnum):
    """The six steps, as the rail numbers them."""

    CEDULA = 1
    IDENTIDAD = 2
    REQUISITOS = 3
    SOLICITUD = 4
    CLAVE = 5
    RECIBO = 6


STEP_TITLES = {
    Step.CEDULA: "Cédula",
    Step.IDENTIDAD: "Identidad",
    Step.REQUISITOS: "Requisitos",
    Step.SOLICITUD: "Solicitud",
    Step.CLAVE: "Clave",
    Step.RECIBO: "Recibo",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a person cannot go on, and what they can do. ``code`` is for tests and the log."""

    code: str
    title: str
    action: str


def stop_for(persona: Persona, *, admitir_conviviente: bool = False) -> Stop | None:
    """Return why this person cannot be attended, or None.

    Source: the procedure for the clave personal: of the montepío only the cónyuge asks; a
    setting admits the conviviente. Afiliados bring a solicitud of the portal, which this
    window does not take yet.
    """
    tipo = persona.tipo_prestacion
    if persona.fecha_defuncion is not None:
        return Stop(
            "fallecido",
            f"Consta como fallecida desde el {persona.fecha_defuncion:%d/%m/%Y}",
            "No se puede emitir la clave. Si es un error, la persona debe pedir la corrección en el "
            "Registro Civil y volver con el certificado de supervivencia.",
        )
    if persona.estado is EstadoPersona.SUSPENDIDO:
        return Stop(
            "suspendido",
            "La prestación está suspendida",
            "Antes debe acercarse a Prestaciones de esta agencia, con su cédula, para conocer el "
            "motivo y pedir la reactivación.",
        )
    admitted = {TipoPrestacion.MONTEPIO_CONYUGE} | (
        {TipoPrestacion.MONTEPIO_CONVIVIENTE} if admitir_conviviente else set()
    )
    if tipo in MONTEPIOS and tipo not in admitted:
        return Stop(
            "montepio",
            "La clave de montepío se entrega solo al cónyuge",
            f"Consta como {persona.prestacion.lower()}. Si usted es el cónyuge sobreviviente, pida en "
            "Prestaciones que corrijan su registro, con la partida de matrimonio.",
        )
    if tipo not in MONTEPIOS and tipo not in JUBILADOS:
        return Stop(
            "afiliado",
            "Los afiliados traen la solicitud impresa desde el portal",
            "Esta ventanilla atiende a jubilados y pensionistas. Genere su solicitud en el portal "
            "del instituto; con relación de dependencia, la califica y firma su empleador.",
        )
    return None


NOT_IN_PADRON = Stop(
    "sin_padron",
    "La cédula no consta en el padrón",
    "Verifique el número con la cédula en la mano. Si está bien, la persona debe acercarse a "
    "Prestaciones para que revisen su registro.",
)


def step_of(tramite: Tramite, *, requisitos_met: bool) -> Step:
    """Return the step a trámite is at."""
    if tramite.emision is not None:
        confirmed = tramite.emision.hoja is EstadoHoja.ENTREGADA
        return Step.RECIBO if confirmed else Step.CLAVE
    if tramite.identidad is None or tramite.identidad_en is None:
        return Step.IDENTIDAD
    if tramite.requisitos_en is None or not requisitos_met:
        return Step.REQUISITOS
    if tramite.firmado_en is None:
        return Step.SOLICITUD
    return Step.CLAVE


def may_go_back(tramite: Tramite | None, shown: Step) -> bool:
    """Tell whether Alt+← leads somewhere: never back over a clave that is recorded."""
    return tramite is not None and tramite.emision is None and shown > Step.IDENTIDAD


def truth_of(tramite: Tramite) -> str:
    """Say where a resumed trámite stands with its claves, as the person must hear it."""
    if tramite.estado is EstadoTramite.TERMINADO:
        return "La clave ya fue entregada."
    if tramite.emision is None:
        if tramite.clave_vigente_desde is None:
            return "No se emitió nada; la persona no tiene clave vigente."
        return "No se emitió nada; la clave anterior sigue vigente."
    if tramite.emision.hoja is EstadoHoja.ENTREGADA:
        return "La clave nueva fue entregada; falta el recibo."
    return "La clave nueva quedó registrada, falta confirmar la hoja."
