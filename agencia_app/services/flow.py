"""The walk-in flow: which step comes next, and why. No Qt, no database.

A step is never stored: it follows from what the trámite has, so a window that crashed, or
another window, comes back to exactly the same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum

from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.persona import MONTEPIOS, EstadoPersona, Persona, TipoPrestacion
from agencia_app.models.domain.requisitos import Via
from agencia_app.models.domain.solicitud import EstadoSolicitud, OrigenSolicitud
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
    """Why a person cannot go on, and what they can do. ``code`` is for tests and the log.

    The sentences speak to the person: the clerk reads them aloud and the sheet carries them.
    ``comes_back`` says that this window can attend them once it is put right.
    """

    code: str
    title: str
    action: str
    comes_back: bool = False


_MONTEPIO_AS = {
    TipoPrestacion.MONTEPIO_CONYUGE: "cónyuge",
    TipoPrestacion.MONTEPIO_CONVIVIENTE: "conviviente",
    TipoPrestacion.MONTEPIO_HIJO: "hijo o hija",
    TipoPrestacion.MONTEPIO_PADRE: "padre o madre",
}


def stop_for(persona: Persona, *, admitir_conviviente: bool = False) -> Stop | None:
    """Return why this person cannot be attended, or None.

    Source: the procedure for the clave personal: jubilados and the three kinds of afiliados ask; of the
    montepío only the cónyuge does, and a setting admits the conviviente.
    """
    tipo = persona.tipo_prestacion
    if persona.fecha_defuncion is not None:
        return Stop(
            "fallecido",
            f"Consta su fallecimiento el {day(persona.fecha_defuncion)}",
            "No se puede entregar la clave. Si es un error, pida la corrección en el Registro Civil y "
            "regrese con el certificado de supervivencia. Si viene por un familiar fallecido, pregunte "
            "en Prestaciones de esta agencia qué trámites le corresponden.",
        )
    if persona.estado is EstadoPersona.SUSPENDIDO:
        return Stop(
            "suspendido",
            "Su prestación o afiliación está suspendida",
            "Acérquese a Prestaciones de esta agencia, con su cédula: allí le dicen el motivo y cómo "
            "pedir la reactivación.",
            comes_back=True,
        )
    admitted = {TipoPrestacion.MONTEPIO_CONYUGE} | (
        {TipoPrestacion.MONTEPIO_CONVIVIENTE} if admitir_conviviente else set()
    )
    if tipo in MONTEPIOS and tipo not in admitted:
        return _montepio_stop(tipo)
    return None


def _montepio_stop(tipo: TipoPrestacion) -> Stop:
    married = tipo is TipoPrestacion.MONTEPIO_CONVIVIENTE
    rule = f"Usted consta como {_MONTEPIO_AS[tipo]}. Por regla del instituto, en el montepío la clave es solo para el cónyuge sobreviviente. "
    action = (
        "Si se casó con la persona fallecida, pida en Prestaciones de esta agencia que corrijan su "
        "registro, con la partida de matrimonio. Si no, pregunte allí por los trámites que sí le "
        "corresponden."
        if married
        else "Pregunte en Prestaciones de esta agencia por los trámites que sí le corresponden."
    )
    title = "La clave de montepío se entrega solo al cónyuge sobreviviente"
    return Stop("montepio", title, rule + action, comes_back=married)


NOT_IN_PADRON = Stop(
    "sin_padron",
    "Su cédula no consta en el padrón",
    "Compruebe que el número sea el de su cédula. Si está bien, acérquese a Prestaciones de esta "
    "agencia, con su cédula, para que revisen su registro.",
    comes_back=True,
)


def is_qualified(tramite: Tramite, via: Via) -> bool:
    """Tell whether the employer's block is written down, where the solicitud goes through the employer."""
    if via is not Via.EMPLEADOR:
        return True
    return tramite.solicitud is not None and tramite.solicitud.calificacion is not None


def step_of(tramite: Tramite, *, requisitos_met: bool, qualified: bool) -> Step:
    """Return the step a trámite is at. What was signed without the employer's block goes no further."""
    if tramite.emision is not None:
        confirmed = tramite.emision.hoja is EstadoHoja.ENTREGADA
        return Step.RECIBO if confirmed else Step.CLAVE
    if tramite.identidad is None or tramite.identidad_en is None:
        return Step.IDENTIDAD
    if tramite.requisitos_en is None or not requisitos_met:
        return Step.REQUISITOS
    if tramite.firmado_en is None or not qualified:
        return Step.SOLICITUD
    return Step.CLAVE


class Ask(Enum):
    """What the Solicitud step asks for next."""

    CALIFICAR = "calificar"  # the employer's block is to be written down
    ACEPTAR = "aceptar"  # the considerations are to be read, and the solicitud printed
    FIRMAR = "firmar"


def ask_of(tramite: Tramite, via: Via, today: date) -> Ask:
    """Return what the Solicitud step of a trámite asks for.

    Source: the procedure for the clave personal: with relación de dependencia the employer qualifies,
    prints and signs the solicitud; the others print theirs, and were told the considerations where they did.
    One that has expired is none, and an apoderado signs the paper that names them.
    """
    current = tramite.solicitud
    if current is not None and current.estado_on(today) is EstadoSolicitud.VENCIDA:
        return Ask.CALIFICAR if via is Via.EMPLEADOR else Ask.ACEPTAR
    if via is Via.EMPLEADOR:
        return Ask.FIRMAR if is_qualified(tramite, via) else Ask.CALIFICAR
    brought = current is not None and current.origen is not OrigenSolicitud.VENTANILLA
    alone = tramite.identidad is None or tramite.identidad.apoderado is None
    return Ask.FIRMAR if tramite.aceptado_en is not None or (brought and alone) else Ask.ACEPTAR


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
