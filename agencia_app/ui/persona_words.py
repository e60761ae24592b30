"""What the pensioner's own screen says at each step. Never a clave, and of nobody but who is attended."""

from __future__ import annotations

from dataclasses import dataclass

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.tramite import Tramite
from agencia_app.services.flow import Ask, Step

_STEPS = len(Step)
_TITLES = {
    Step.IDENTIDAD: "su identidad",
    Step.REQUISITOS: "sus documentos",
    Step.SOLICITUD: "su solicitud",
    Step.CLAVE: "su clave",
    Step.RECIBO: "su recibo",
}
MOMENT = "Un momento, por favor."
WILL_STOP = "Al emitir la clave nueva, su clave anterior dejará de funcionar."
NONE_YET = "Usted no tiene una clave vigente: esta será su clave."
SEALED = "Su clave está en la hoja cerrada: nadie más la conoce."


@dataclass(frozen=True, slots=True)
class Vista:
    """What is shown of an attention: whose, where it is, and what the person does or hears now."""

    nombre: str
    cedula: str  # masked
    paso: str
    texto: str


def view(tramite: Tramite | None, step: Step | None, ask: Ask | None, *, aside: bool) -> Vista | None:
    """Return what to show of a trámite at a step, None without one; ``ask`` is what the Solicitud step asks.

    ``aside`` says that the window is busy with something else: another person's word, or a ticket.
    """
    if tramite is None or step is None or step not in _TITLES:
        return None
    persona = tramite.persona
    return Vista(
        persona.nombre_completo,
        cedulas.mask(persona.cedula),
        f"Paso {step.value} de {_STEPS}: {_TITLES[step]}",
        MOMENT if aside else _text(tramite, step, ask),
    )


def _text(tramite: Tramite, step: Step, ask: Ask | None) -> str:
    match step:
        case Step.REQUISITOS:
            text = "Entregue sus documentos para revisarlos. Se los devuelven enseguida."
        case Step.SOLICITUD if ask is Ask.ACEPTAR:
            text = "Escuche las condiciones de la clave y diga si las acepta."
        case Step.SOLICITUD if ask is Ask.CALIFICAR:
            text = "Entregue la solicitud que su empleador firmó y selló."
        case Step.SOLICITUD:
            text = "Lea la solicitud y fírmela."
        case Step.CLAVE if tramite.emision is not None:
            text = SEALED
        case Step.CLAVE:
            text = WILL_STOP if tramite.clave_vigente_desde is not None else NONE_YET
        case Step.RECIBO:
            text = "Revise su recibo y fírmelo. Guarde la hoja de su clave. Gracias por su visita."
        case _:
            text = "Mire que su nombre esté bien escrito. Si hay un error, dígalo ahora."
    return text
