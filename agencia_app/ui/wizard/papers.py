"""The papers of a window: which one the line under the page is about, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import EstadoImpresion, Impresion, PaperKind
from agencia_app.settings import FOLDER
from agencia_app.ui import job_words
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets.print_bar import Choice, PrintBar
from agencia_app.ui.wizard import paper_words

if TYPE_CHECKING:
    from agencia_app.models.domain.tramite import Tramite
    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.registry import Services
    from agencia_app.ui.print_monitor import PrintMonitor
    from agencia_app.ui.tasks import Tasks

SLOW_MS = 30_000  # a paper that takes longer may be with a printer that never finishes
_NO_BAR = frozenset({PaperKind.HOJA_CLAVE, PaperKind.PRUEBA})  # other screens settle these


class Host(Protocol):
    """What this asks of the wizard: its runner, and whether an Enter or the focus may be taken now."""

    def run(
        self,
        call: Callable[[], Impresion],
        done: Callable[[Impresion], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Run a call with the wizard held still."""

    def is_ready(self) -> bool:
        """Tell whether the page takes Enter now."""

    def may_lose_focus(self) -> bool:
        """Tell whether the focus may be taken from the page now."""


class Papers(QObject):
    """Keeps what is known of the print jobs and shows the one that matters.

    First the paper that the page is about, then the person's others in trouble, then the one of
    the person before, then whatever of this window needs somebody. ``changed`` says that some
    job differs.
    """

    changed = Signal()

    def __init__(
        self,
        bar: PrintBar,
        host: Host,
        services: Services,
        sesion: Sesion,
        tasks: Tasks,
        monitor: PrintMonitor,
    ) -> None:
        super().__init__(bar)
        self._bar = bar
        self._host = host
        self._services = services
        self._sesion = sesion
        self._tasks = tasks
        self._monitor = monitor
        self.slow_ms = SLOW_MS
        self._known = {job.id: job for job in monitor.jobs}
        # Each time a job was seen at a printer, by job and try; and those that were long there.
        self._seen: set[tuple[int, int]] = set()
        self._overdue: set[tuple[int, int]] = set()
        self._tramite: Tramite | None = None
        self._papel: PaperKind | None = None
        self._watched: int | None = None
        self._shown: Impresion | None = None
        self._others: tuple[str, ...] | None = None
        self._others_for: tuple[int, str, str] | None = None
        self._refusal: tuple[Impresion, KnownError] | None = None
        self._focused_for: Impresion | None = None
        self._acting = False
        monitor.changed.connect(self._heard)
        bar.retry.connect(lambda: self._again(""))
        bar.elsewhere.connect(self._again)
        bar.came_out.connect(self._came_out)

    @property
    def shown(self) -> Impresion | None:
        """The job that the line is about."""
        return self._shown

    @property
    def own(self) -> Impresion | None:
        """The job of the paper that the page is about, or None while there is none."""
        if self._papel is None:
            return None
        if self._tramite is None:
            return self._known.get(self._watched) if self._watched is not None else None
        jobs = [job for job in self._of_tramite(self._tramite) if job.papel is self._papel]
        return max(jobs, key=lambda job: job.id, default=None)

    # -- what the pages tell it --------------------------------------------------------

    def enter(
        self, tramite: Tramite | None, papel: PaperKind | None, jobs: tuple[Impresion, ...] = ()
    ) -> None:
        """Follow the papers of a page; ``jobs`` are those just read of its trámite."""
        if tramite is not None or papel is not None:
            self._watched = None  # another person is at the window
        self._tramite, self._papel = tramite, papel
        # What the monitor told is newer, or it will tell again.
        self._known |= {job.id: job for job in jobs} | {job.id: job for job in self._monitor.jobs}
        self._show()

    def queued(self, job: Impresion, *, watch: bool = False) -> None:
        """Have a new job printed; ``watch`` keeps it in sight after its person has gone."""
        if watch:
            self._watched = job.id
        self._know(job)
        self._monitor.poke()

    def watch(self) -> None:
        """Keep the page's own paper in sight after its person has gone, unless it came out."""
        own = self.own
        if own is not None and own.estado not in paper_words.OUT:
            self._watched = own.id

    def poke(self) -> None:
        """Have printed what may be printed now."""
        self._monitor.poke()

    def take_focus(self, *, anyway: bool = False) -> None:
        """Give the focus to the sensible choice about the page's own paper, once for each failure.

        ``anyway`` gives it also where the paper only waits, and again: Enter was pressed over it.
        """
        job = self._shown
        if job is None or job != self.own or not self._host.may_lose_focus():
            return
        choice = paper_words.sensible(job)
        if anyway and choice is None:
            choice = Choice.RETRY
        if choice is None or (job == self._focused_for and not anyway):
            return
        if choice is Choice.OTHER and self._others is None:
            return  # the printers are still being asked
        self._focused_for = job
        self._bar.focus_on(choice)

    # -- what is known -----------------------------------------------------------------

    def _know(self, job: Impresion) -> None:
        known = self._known.get(job.id)
        if known is None or known.intentos <= job.intentos:  # the monitor may have been faster
            self._known[job.id] = job
        self._changed()

    def _heard(self, jobs: tuple[Impresion, ...]) -> None:
        told = {job.id: job for job in jobs}
        # Settled long after it was made, a job is no more among the last ones.
        gone = [
            job.id for job in self._known.values() if job.id not in told and job.estado not in paper_words.OUT
        ]
        self._known |= told
        if gone:
            get = self._services.impresiones.get
            self._tasks.latest("papers.gone", lambda: tuple(get(each) for each in gone), self._read)
        self._changed()

    def _read(self, jobs: tuple[Impresion, ...]) -> None:
        for job in jobs:
            if job_words.closed(job):
                self._known.pop(job.id, None)
            else:
                self._known[job.id] = job
        self._changed()

    def _changed(self) -> None:
        for job in self._known.values():
            which = (job.id, job.intentos)
            if job.estado is EstadoImpresion.IMPRIMIENDO and which not in self._seen:
                self._seen.add(which)
                QTimer.singleShot(self.slow_ms, self, partial(self._time_is_up, which))
        self.changed.emit()
        self._show()

    def _time_is_up(self, which: tuple[int, int]) -> None:
        self._overdue.add(which)
        self._show()

    def _slow(self, job: Impresion) -> bool:
        return job.estado is EstadoImpresion.IMPRIMIENDO and (job.id, job.intentos) in self._overdue

    def _of_tramite(self, tramite: Tramite) -> list[Impresion]:
        """Return the jobs that still matter to the person at the window."""
        emision = tramite.emision
        numbers = {tramite.numero, emision.recibo if emision is not None else tramite.numero}

        def matters(job: Impresion) -> bool:
            if job.papel is PaperKind.SOLICITUD:  # one signed over other data is not this one
                return tramite.aceptado_en is not None and job.creado_en >= tramite.aceptado_en
            if job.papel is PaperKind.HOJA_CLAVE:
                return emision is not None and job.ejemplar == emision.intento
            if job.papel is PaperKind.RECIBO:
                return emision is not None and emision.hoja is EstadoHoja.ENTREGADA
            return False  # with the person here, there is no need of the hoja de pendientes

        return [
            job
            for job in self._known.values()
            if job.numero in numbers and not job_words.closed(job) and matters(job)
        ]

    # -- the line ----------------------------------------------------------------------

    def _pick(self) -> tuple[Impresion | None, int]:
        """Return the job to show, and how many more need somebody."""
        own = self.own
        if own is not None and own.estado is not EstadoImpresion.CONFIRMADO:
            # What a slip that failed asks for, the page says itself.
            hidden = own.papel is PaperKind.HOJA_CLAVE and own.estado is EstadoImpresion.FALLIDO
            return (None if hidden else own), 0
        mine = {job.id for job in self._of_tramite(self._tramite)} if self._tramite is not None else set()
        troubled = [job for job in self._known.values() if self._needs_somebody(job)]
        # The person's own first, then the one just attended, then the newest.
        troubled.sort(key=lambda job: (job.id in mine, job.id == self._watched, job.id), reverse=True)
        if troubled:
            return troubled[0], len(troubled) - 1
        watched = self._known.get(self._watched) if self._watched is not None else None
        if watched is None or watched.estado is EstadoImpresion.CONFIRMADO or job_words.closed(watched):
            return None, 0
        return watched, 0

    def _needs_somebody(self, job: Impresion) -> bool:
        return (
            job.ventanilla == self._sesion.ventanilla
            and job.papel not in _NO_BAR
            and not self._superseded(job)
            and paper_words.in_trouble(job, slow=self._slow(job))
        )

    def _superseded(self, job: Impresion) -> bool:
        """Tell whether a job is of the trámite in hand, and no longer matters to it."""
        tramite = self._tramite
        if tramite is None or job in self._of_tramite(tramite):
            return False
        return job.numero in {tramite.numero, tramite.emision.recibo if tramite.emision else ""}

    def _show(self) -> None:
        job, more = self._pick()
        before, self._shown = self._shown, job
        if before is not None and (job is None or job.id != before.id) and self._bar.has_focus():
            self._bar.left.emit()  # the next Enter was meant for another paper
        if job is None:
            self._bar.clear()
            return
        slow = self._slow(job)
        offers = paper_words.offers(job, self._others_of(job), slow=slow)
        if offers.retry:
            self._ask_others(job)
        kind, text = paper_words.line(job, named=job != self.own, slow=slow)
        if self._refusal is not None and self._refusal[0] == job:
            kind, text = "error", escape(sentence(self._refusal[1]), quote=False)
        if more:
            text += f" <b>Y {more} más</b> <kbd>F8</kbd>"
        self._bar.show_line(kind, text, offers)
        self.take_focus()

    def _others_of(self, job: Impresion) -> tuple[str, ...]:
        asked = self._others_for == (job.id, job.impresora, job.error)
        return self._others or () if asked else ()

    def _ask_others(self, job: Impresion) -> None:
        """Ask the printers which could take this paper, once for each trouble: it may take seconds."""
        which = (job.id, job.impresora, job.error)
        if which == self._others_for:
            return
        self._others_for, self._others = which, None
        others = self._services.impresoras.others
        self._tasks.latest(
            "papers.others",
            lambda: (which, others(job.papel, job.impresora)),
            self._found,
            lambda error: self._none_found(which, error),
        )

    def _found(self, answer: tuple[tuple[int, str, str], tuple[str, ...]]) -> None:
        which, names = answer
        if which == self._others_for:
            self._others = names
            self._show()

    def _none_found(self, which: tuple[int, str, str], error: Exception) -> None:
        self._found((which, (FOLDER,)))
        if not isinstance(error, KnownError):
            raise error

    # -- what is done ------------------------------------------------------------------

    def _again(self, printer: str) -> None:
        job, impresiones = self._shown, self._services.impresiones
        if job is not None:
            self._act(job, lambda: impresiones.retry(self._sesion, job.id, printer))

    def _came_out(self) -> None:
        job, impresiones = self._shown, self._services.impresiones
        if job is not None:
            self._act(job, lambda: impresiones.came_out(self._sesion, job.id))

    def _act(self, job: Impresion, call: Callable[[], Impresion]) -> None:
        if self._acting or not self._host.is_ready():
            return  # pressed twice, or for what stood there a moment ago

        def done(changed: Impresion) -> None:
            self._acting = False
            self._refusal = None
            if self._bar.has_focus():
                self._bar.left.emit()  # the choice was made
            self._know(changed)
            self._monitor.poke()

        def refused(error: KnownError) -> None:
            self._acting = False
            self._refusal = (job, error)
            self._show()

        if job == self.own:
            self._host.run(call, done, refused)
            return
        # Of somebody who is gone: nobody at the window waits for it.
        self._acting = True

        def went_wrong(error: Exception) -> None:
            self._acting = False
            if not isinstance(error, KnownError):
                raise error
            refused(error)

        self._tasks.run(call, done, went_wrong, self)
