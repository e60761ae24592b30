"""What became of one print job that a screen shows, and what may be done about it there."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import OPEN, EstadoImpresion, Impresion, PaperKind
from agencia_app.settings import FOLDER
from agencia_app.ui import job_words
from agencia_app.ui.messages import SENTENCES, sentence
from agencia_app.ui.widgets.print_bar import Choice, Offers, PrintBar
from agencia_app.ui.wizard import paper_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from agencia_app.ui.sides import SideDesk


_PATIENCE, _PAUSE = 3.0, 0.1  # seconds


class JobBar(PrintBar):
    """The line about the job a person chose or asked for, with everything that may be done."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__()
        self._desk = desk
        self._job: Impresion | None = None
        self._elsewhere: tuple[str, ...] = ()
        self._busy = False
        self._refusal: tuple[Impresion, str] | None = None
        self.retry.connect(lambda: self._again(""))
        self.elsewhere.connect(self._again)
        self.came_out.connect(self._seen)

    def show_job(self, job: Impresion | None, others: tuple[str, ...] = (), *, named: bool = False) -> None:
        """Show a job; ``others`` are the printers that could take its paper, ``named`` whose it is."""
        if (job, others) == (self._job, self._elsewhere):
            return
        self._job, self._elsewhere = job, others
        if job is None:
            self.clear()
            return
        if self._refusal is not None and _same_trouble(self._refusal[0], job):
            self.show_line("error", self._refusal[1], _offers(job, others))
            return
        self._refusal = None
        kind, text = paper_words.line(job, named=named, slow=False)
        if job.papel is PaperKind.HOJA_CLAVE and job_words.needs_somebody(job):
            text += f" {escape(SENTENCES['impresion.slip'], quote=False)}"
        self.show_line(kind, text, _offers(job, others))

    def focus_sensible(self) -> bool:
        """Give the focus to the sensible choice; tell whether there is one."""
        if self._job is None or not self.offers:
            return False
        self.focus_on(paper_words.sensible(self._job) or Choice.RETRY)
        return True

    def _again(self, printer: str) -> None:
        job, impresiones, sesion = self._job, self._desk.services.impresiones, self._desk.sesion
        if job is not None:
            # A test page is of its printer, and no other.
            where = job.impresora if job.papel is PaperKind.PRUEBA else printer
            self._run(lambda: impresiones.retry(sesion, job.id, where))

    def _seen(self) -> None:
        job, impresiones, sesion = self._job, self._desk.services.impresiones, self._desk.sesion
        if job is not None:
            self._run(lambda: impresiones.came_out(sesion, job.id))

    def _run(self, call: Callable[[], Impresion]) -> None:
        if not self._busy:  # pressed twice is pressed once
            self._busy = True
            self._desk.tasks.run(lambda: _patiently(call), self._decided, self._refused)

    def _decided(self, _: Impresion) -> None:
        self._busy = False
        self._refusal = None
        if self.has_focus():
            self.left.emit()
        self._desk.monitor.poke()

    def _refused(self, error: Exception) -> None:
        self._busy = False
        self._desk.monitor.poke()
        if not isinstance(error, KnownError):
            raise error
        if self._job is not None:
            text = escape(sentence(error), quote=False)
            self._refusal = (self._job, text)
            self.show_line("error", text, _offers(self._job, self._elsewhere))


def _patiently(call: Callable[[], Impresion]) -> Impresion:
    """Do what was chosen, waiting for a try that is under way: one that fails takes a moment."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return call()
        except KnownError as error:
            if error.code != "impresion.busy" or time.monotonic() > end:
                raise
        time.sleep(_PAUSE)


def _same_trouble(before: Impresion, now: Impresion) -> bool:
    """Tell whether a job is where it was when a choice was refused; trying again changes nothing."""
    return (before.id, before.estado, before.error) == (now.id, now.estado, now.error)


def _offers(job: Impresion, others: tuple[str, ...]) -> Offers:
    """Return what may be done about a job. A hoja de clave is settled in its trámite alone."""
    undecided = job.estado in OPEN or job.estado is EstadoImpresion.FALLIDO
    if not undecided or job.papel is PaperKind.HOJA_CLAVE:
        return Offers()
    test = job.papel is PaperKind.PRUEBA
    return Offers(
        # A printer may never tell that it finished.
        came_out=job.estado is EstadoImpresion.IMPRIMIENDO or job.error in job_words.TO_BE_SEEN,
        retry=True,
        others=() if test else tuple(name for name in others if name not in {FOLDER, job.impresora}),
        pdf=not test and job.impresora != FOLDER,
    )
