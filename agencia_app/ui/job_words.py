"""What a print job is called on the screen, and what is said of its state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.fechas import local
from agencia_app.models.domain.impresion import (
    CLOSED,
    DOUBTFUL,
    UNTOLD,
    EstadoImpresion,
    Impresion,
    PaperKind,
)
from agencia_app.settings import FOLDER
from agencia_app.ui.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["done", "missing", "error", "info"]

PAPER = {
    PaperKind.SOLICITUD: "Solicitud",
    PaperKind.PENDIENTES: "Hoja de pendientes",
    PaperKind.RECIBO: "Recibo",
    PaperKind.HOJA_CLAVE: "Hoja de clave",
    PaperKind.PRUEBA: "Página de prueba",
    PaperKind.CORRECCION: "Ticket de corrección",
}
# Only somebody who looks at the printer can tell.
TO_BE_SEEN = frozenset({DOUBTFUL, UNTOLD})
_FEMININE = frozenset(PAPER) - {PaperKind.RECIBO, PaperKind.CORRECCION}


def paper(job: Impresion) -> str:
    """Return a job's paper: ``Recibo · DUPLICADO 2``."""
    if not job.ejemplar or job.papel is PaperKind.HOJA_CLAVE:
        return PAPER[job.papel]
    return f"{PAPER[job.papel]} · DUPLICADO {job.ejemplar}"


def number(job: Impresion) -> str:
    """Return the printed number, empty for a sheet without one."""
    return numeros.shown(job.numero) if job.numero else ""


def printer(name: str) -> str:
    """Return what a printer is called; the folder has no name of its own."""
    return "Carpeta de PDF" if name == FOLDER else name


def hour(moment: datetime) -> str:
    """Return the time of day, with the date when it was not today."""
    there = local(moment)
    same_day = there.date() == local(datetime.now(UTC)).date()
    return f"{there:%H:%M}" if same_day else f"{there:%d/%m %H:%M}"


def closed(job: Impresion) -> bool:
    """Tell whether nobody waits for this job any more."""
    return job.error == CLOSED


def needs_somebody(job: Impresion) -> bool:
    """Tell whether a job goes on only, or sooner, when somebody does something."""
    if closed(job):
        return False
    if job.estado is EstadoImpresion.FALLIDO:
        return True
    waiting = job.estado is EstadoImpresion.EN_COLA and bool(job.error)
    return waiting or job.error in TO_BE_SEEN


def count_needing(jobs: Sequence[Impresion]) -> int:
    """Return how many jobs need somebody."""
    return sum(needs_somebody(job) for job in jobs)


def state(job: Impresion) -> tuple[Kind, str]:
    """Return a job's state in a word or two, and of what kind it is."""
    if job.error in TO_BE_SEEN:
        return "missing", "Falta ver si salió"
    ended = "a" if job.papel in _FEMININE else "o"
    match job.estado:
        case EstadoImpresion.EN_COLA:
            return ("missing", "En espera") if job.error else ("info", "En cola")
        case EstadoImpresion.IMPRIMIENDO:
            return ("missing" if job.error else "info"), "Imprimiendo"
        case EstadoImpresion.IMPRESO:
            return "done", f"Impres{ended}"
        case EstadoImpresion.CONFIRMADO:
            return "done", f"Entregad{ended}"
        case EstadoImpresion.FALLIDO:
            return "error", "No salió"


def problem(job: Impresion) -> str:
    """Return the sentence of why a job waits or failed, empty when nothing is wrong."""
    error = job.problem
    return sentence(error) if error is not None and not closed(job) else ""
