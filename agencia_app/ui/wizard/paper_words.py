"""What the line under a page says of a print job, what it offers, and which choice Enter takes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from agencia_app.models.domain.impresion import DOUBTFUL, UNTOLD, EstadoImpresion, Impresion, PaperKind
from agencia_app.settings import FOLDER
from agencia_app.ui import job_words
from agencia_app.ui.widgets.print_bar import Choice, Offers

if TYPE_CHECKING:
    from agencia_app.ui.widgets.notice import Kind

EN_COLA, IMPRIMIENDO = EstadoImpresion.EN_COLA, EstadoImpresion.IMPRIMIENDO
FALLIDO = EstadoImpresion.FALLIDO

OUT = frozenset({EstadoImpresion.IMPRESO, EstadoImpresion.CONFIRMADO})
# The same printer would refuse it again: only another place helps.
_ELSEWHERE = frozenset({"printer.unknown", "printer.wrong_paper", "printer.closed", "printer.stopped"})
_THE = {
    PaperKind.SOLICITUD: "la solicitud",
    PaperKind.PENDIENTES: "la hoja de pendientes",
    PaperKind.RECIBO: "el recibo",
    PaperKind.HOJA_CLAVE: "la hoja de clave",
    PaperKind.PRUEBA: "la página de prueba",
    PaperKind.CORRECCION: "el ticket de corrección",
}


def in_trouble(job: Impresion, *, slow: bool) -> bool:
    """Tell whether somebody may want to do something about a job.

    A printer that never says that it finished is no trouble: the step's own question confirms it.
    """
    return job.error != UNTOLD and (job_words.needs_somebody(job) or slow)


def nothing_came_out(job: Impresion) -> bool:
    """Tell whether nobody can have this paper in hand."""
    return job.error != DOUBTFUL and (job.estado is FALLIDO or (job.estado is EN_COLA and bool(job.error)))


def line(job: Impresion, *, named: bool, slow: bool) -> tuple[Kind, str]:
    """Return of what kind the line is and what it says, in rich text.

    ``named`` says whose paper it is; ``slow`` that it has been printing for long.
    """
    whose = f" · {job.nombre}" if named and job.nombre else ""
    subject = f"{job_words.paper(job)}{whose}"
    problem = job_words.problem(job)
    kind, text = _said(job, subject, problem, slow=slow)
    return kind, escape(text, quote=False)


def _said(job: Impresion, subject: str, problem: str, *, slow: bool) -> tuple[Kind, str]:
    where = job_words.printer(job.impresora)
    match job.estado:
        case EstadoImpresion.EN_COLA:
            return (
                ("missing", f"{subject}: en cola. {problem}") if problem else ("info", f"{subject}: en cola.")
            )
        case EstadoImpresion.IMPRIMIENDO if job.error == UNTOLD:
            return "info", f"{subject}: {problem}"
        case EstadoImpresion.IMPRIMIENDO:
            long = " La impresora tarda: mire si el papel salió." if slow else ""
            text = (
                f"Imprimiendo {_THE[job.papel]}{subject.removeprefix(job_words.PAPER[job.papel])} en {where}…"
            )
            return "missing" if slow or problem else "info", f"{text} {problem}{long}".rstrip()
        case EstadoImpresion.FALLIDO:
            return ("missing" if job.error == DOUBTFUL else "error"), f"{subject}: {problem}"
    _, word = job_words.state(job)
    if job.impresora == FOLDER:
        ending = "o" if word.endswith("o") else "a"
        return "done", f"{subject}: guardad{ending} como PDF."
    return "done", f"{subject}: {word.lower()} en {where}."


def offers(job: Impresion, others: tuple[str, ...], *, slow: bool) -> Offers:
    """Return what may be done about a job; nothing while it goes its way. Never for a hoja de clave."""
    to_see = job.error in job_words.TO_BE_SEEN
    if job.papel is PaperKind.HOJA_CLAVE or not (to_see or in_trouble(job, slow=slow)):
        return Offers()
    return Offers(
        came_out=to_see or slow,
        retry=True,
        others=tuple(name for name in others if name != FOLDER),
        pdf=job.impresora != FOLDER,
    )


def sensible(job: Impresion) -> Choice | None:
    """Return the choice that takes the focus, or None when the focus stays where it is.

    What waits for a printer goes on by itself and takes no focus. Of a doubtful paper an Enter
    pressed without looking should say that it came out: a missing paper is asked for and printed
    as a duplicate, while a second original is out of anybody's hands.
    """
    if job.estado is not FALLIDO:
        return None
    if job.error == DOUBTFUL:
        return Choice.CAME_OUT
    return Choice.OTHER if job.error in _ELSEWHERE else Choice.RETRY
