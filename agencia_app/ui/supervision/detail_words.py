"""What the detail of a trámite says of its slips, its authorisations and its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agencia_app.models.domain.autorizacion import ASUNTO_TEXT, EstadoAutorizacion
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.fechas import local, moment

if TYPE_CHECKING:
    from datetime import date, datetime

    from agencia_app.models.domain.autorizacion import Autorizacion
    from agencia_app.models.domain.expediente import Anulada, HojaEmitida, Observacion, Suceso

_HOJA = {
    EstadoHoja.POR_CONFIRMAR: "sin confirmar",
    EstadoHoja.ENTREGADA: "entregada",
    EstadoHoja.DANADA: "dañada",
}
_CLAVE = {
    EstadoClave.VIGENTE: "su clave está vigente",
    EstadoClave.DESACTIVADA: "su clave fue desactivada por otra",
    EstadoClave.ANULADA: "su clave fue anulada",
}
_AUTORIZACION = {
    EstadoAutorizacion.PEDIDA: "en espera",
    EstadoAutorizacion.APROBADA: "aprobada",
    EstadoAutorizacion.NEGADA: "negada",
    EstadoAutorizacion.RETIRADA: "retirada",
}
# What an event tells beside its words, where somebody wrote it or it names something.
_TOLD = ("texto", "razon", "motivo", "comentario")


def time_of(when: datetime, first: date) -> str:
    """Return the time of day, with its day when that is not the first's."""
    there = local(when)
    return f"{there:%H:%M:%S}" if there.date() == first else f"{there:%d/%m/%Y %H:%M}"


def slip(hoja: HojaEmitida) -> str:
    """Return what became of a slip: ``Hoja 1 (n.º 4182), entregada; su clave está vigente``."""
    numbered = f" (n.º {hoja.numerada})" if hoja.numerada is not None else ""
    ended = f" el {moment(hoja.fin_en)}" if hoja.fin_en is not None else ""
    return f"Hoja {hoja.intento}{numbered}, {_HOJA[hoja.hoja]}; {_CLAVE[hoja.estado]}{ended}."


def voided(anulada: Anulada) -> str:
    """Return why and by whom an issuance was voided."""
    return (
        f"Anulada el {moment(anulada.anulada_en)} por {anulada.operador}, con autorización de "
        f"{anulada.autorizada_por}: {anulada.motivo}"
    )


def authorisation(asked: Autorizacion) -> tuple[str, str]:
    """Return what was asked, and who asked and resolved it."""
    state = "por emergencia" if asked.emergencia else _AUTORIZACION[asked.estado]
    head = f"{ASUNTO_TEXT[asked.asunto]} · {state}"
    line = f"{asked.texto} Pedida por {asked.pedida_por} el {moment(asked.pedida_en)}: {asked.razon}."
    if asked.resuelta_por and asked.resuelta_en:
        said = f": {asked.comentario}" if asked.comentario else ""
        line += f" Resuelta por {asked.resuelta_por} el {moment(asked.resuelta_en)}{said}."
    return head, line.replace("..", ".")


def review(found: Observacion) -> str:
    """Return what was found, and who reviewed it."""
    if found.revisada_por is None:
        return f"{found.texto} · por revisar"
    return f"{found.texto} · revisado por {found.revisada_por}: {found.comentario}"


def event(suceso: Suceso) -> str:
    """Return what was recorded with an event, where it tells a person something."""
    if suceso.detalle is None:
        return "Detalle depurado"
    told = [str(suceso.detalle[name]) for name in _TOLD if suceso.detalle.get(name)]
    return " · ".join(told)


def where(suceso: Suceso) -> str:
    """Return who did it, and at which window."""
    return f"{suceso.actor} · ventanilla {suceso.ventanilla}" if suceso.ventanilla else suceso.actor
