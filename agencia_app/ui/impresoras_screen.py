"""The printers and the papers on their way: states, test pages, settings, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PAPERS, Impresion, PaperKind
from agencia_app.models.domain.permisos import Permiso, may
from agencia_app.ui import job_words
from agencia_app.ui.impresoras_form import PapersForm, TermicaForm
from agencia_app.ui.job_bar import JobBar
from agencia_app.ui.job_table import JobTable
from agencia_app.ui.messages import sentence
from agencia_app.ui.printer_list import PrinterList
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.wizard import paper_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agencia_app.services.impresoras import Impresora
    from agencia_app.settings import Termica
    from agencia_app.ui.sides import SideDesk

_LINE = "Cómo está cada impresora, qué papel sale en cuál, y los papeles que están en camino."
_SIDE_BY_SIDE = 1180  # pixels at 100 %: narrower than this the cards stand one below the other
_NARROW = 680  # likewise for a printer's words and its buttons


@dataclass(frozen=True)
class _Found:
    printers: tuple[Impresora, ...]
    takes: dict[PaperKind, tuple[str, ...]]
    left: tuple[tuple[str, int], ...] = ()  # machines that are gone, and how many papers each left


class ImpresorasScreen(SideScreen):
    """Anybody signed in looks, tests and decides about papers; an administrador sets."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Impresoras", _LINE)
        self._desk = desk
        self._found = _Found((), {})
        self._asking = False
        self._saving = False
        self._tests: dict[str, int] = {}  # the last test page of each printer
        self._may = may(desk.sesion, Permiso.CONFIGURAR_IMPRESORAS)
        self._make_jobs()
        self._make_printers()
        self.papers: PapersForm
        self.termica: TermicaForm
        self._complete = False
        self.cards = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=14)
        left = look.spaced(QVBoxLayout(), spacing=14)
        left.addWidget(self.printers_card)
        left.addStretch(1)
        self.cards.addLayout(left, 6)
        self._right = look.spaced(QVBoxLayout(), spacing=14)
        self._right.addStretch(1)
        self.cards.addLayout(self._right, 5)
        self.column.addWidget(self.jobs_card)
        self.column.addLayout(self.cards)
        self.column.addStretch(1)
        self.refresh = KeyButton("Actualizar", "F6")
        self.save = KeyButton("Guardar", drawing.ENTER, "primary")
        for button in (self.refresh, self.save):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.foot.addWidget(button)
        self.save.setVisible(self._may)
        self._connect()
        self._show_jobs(desk.monitor.jobs)
        self._show_state()
        # A turn later: all of it at once would be felt.
        QTimer.singleShot(0, self, self._make_forms)

    # -- how it is made ----------------------------------------------------------------

    def _make_jobs(self) -> None:
        self.jobs_card = Card()
        heading = QLabel("Papeles en camino")
        heading.setProperty("role", "strong")
        self.no_jobs = QLabel("Ningún papel está en camino.")
        self.no_jobs.setProperty("role", "muted")
        self.jobs = JobTable()
        self.bar = JobBar(self._desk)
        self.left = Notice()
        self.bring = KeyButton("Traerlos aquí", "Alt T")
        self.bring.hide()
        for widget in (heading, self.left, self.no_jobs, self.jobs, self.bar):
            self.jobs_card.box.addWidget(widget)
        self.jobs_card.box.insertWidget(2, self.bring, 0, Qt.AlignmentFlag.AlignLeft)

    def _make_printers(self) -> None:
        self.printers_card = Card()
        heading = QLabel("Impresoras")
        heading.setProperty("role", "strong")
        self.asking = QLabel("Preguntando a las impresoras…")
        self.asking.setProperty("role", "muted")
        self.notice = Notice()
        self.printers = PrinterList(may_remove=self._may)
        self.new = KeyButton("Agregar una térmica", "F3")
        for widget in (heading, self.asking, self.printers, self.notice):
            self.printers_card.box.addWidget(widget)
        self.printers_card.box.addWidget(self.new, 0, Qt.AlignmentFlag.AlignLeft)
        self.new.hide()

    def _connect(self) -> None:
        self._desk.monitor.changed.connect(self._show_jobs)
        self.jobs.current.connect(self._show_bar)
        self.bar.left.connect(self.jobs.setFocus)
        self.printers.tested.connect(self._test)
        self.printers.removed.connect(self._remove)
        self.refresh.clicked.connect(self.ask)
        self.new.clicked.connect(self._open_form)
        self.bring.clicked.connect(self._bring)
        # Whoever may do this has a screen at every F-key.
        QShortcut(
            QKeySequence("Alt+T"), self, self._bring, context=Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        self.save.clicked.connect(self._save)

    def _make_forms(self) -> None:
        """Make what sets the printers, unless it was made."""
        if self._complete:
            return
        self._complete = True
        self.papers = PapersForm(may_change=self._may)
        self.termica = TermicaForm()
        self.termica.hide()
        self._right.insertWidget(0, self.papers)
        self._right.insertWidget(1, self.termica)
        self.new.setVisible(self._may)
        self.termica.wanted.connect(self._add)
        self.termica.left.connect(self._close_form)
        self.papers.changed.connect(self._show_state)
        self._show_state()

    # -- what is shown -----------------------------------------------------------------

    def focus_first(self) -> None:
        """Ask the printers, with the focus at a paper that needs somebody, else at the printers."""
        self.ask()
        troubled = bool(job_words.count_needing(self.jobs.jobs))
        # What needs somebody comes first; otherwise who opens this means the printers.
        self.column.insertWidget(1 if troubled else 2, self.jobs_card)
        self.area.verticalScrollBar().setValue(0)
        if troubled:
            self.jobs.choose(None)
            self.jobs.setFocus()
            self.bar.focus_sensible()
        elif self.printers.rows:
            self.printers.rows[0].test.setFocus()
        else:
            self.back.setFocus()  # until the printers have answered

    def ask(self) -> None:
        """Ask every printer how it does, unless they are being asked already."""
        if self._asking:
            return
        self._asking = True
        self._show_state()
        impresoras, sesion = self._desk.services.impresoras, self._desk.sesion
        relieves = may(sesion, Permiso.RELEVAR_EQUIPO)

        def look_up() -> _Found:
            printers = impresoras.found()
            names = [each.nombre for each in printers]
            takes = {papel: tuple(n for n in names if impresoras.takes(n, papel)) for papel in PAPERS}
            left = self._desk.services.impresiones.left_behind(sesion) if relieves else ()
            return _Found(printers, takes, left)

        self._desk.tasks.run(look_up, self._answered, self._unanswered)

    def _answered(self, found: _Found) -> None:
        self._make_forms()
        self._asking = False
        first = not self._found.printers
        self._found = found
        self.printers.show_printers(found.printers)
        self.papers.show_settings(self._desk.services.printing.settings, found.takes)
        self._show_jobs(self._desk.monitor.jobs)
        self._show_left()
        self._show_bar()
        self._show_state()
        if first and self.back.hasFocus():
            self.printers.rows[0].test.setFocus()

    def _show_left(self) -> None:
        """Say which machine left papers; of several one after another."""
        left = self._found.left
        self.bring.setVisible(bool(left))
        if not left:
            self.left.clear()
            return
        equipo, count = left[0]
        papers = "un papel" if count == 1 else f"{count} papeles"
        self.left.show_text(
            "missing",
            f"El equipo <b>{escape(equipo or 'anterior')}</b> no está abierto y dejó {papers} sin terminar.",
        )

    def _unanswered(self, error: Exception) -> None:
        self._asking = False
        self._show_state()
        self._say_known(error)

    def _show_state(self) -> None:
        self.asking.setVisible(self._asking)
        self.refresh.setEnabled(not self._asking)
        edited = self._complete and bool(self.papers.edits())
        self.save.setEnabled(self._may and not self._saving and edited)

    def _show_jobs(self, jobs: Sequence[Impresion]) -> None:
        self.jobs.show_jobs(jobs)
        shown = self.jobs.jobs
        self.no_jobs.setVisible(not shown)
        self.jobs.setVisible(bool(shown))
        count = job_words.count_needing(shown)
        self.title.set_tail(
            ""
            if not count
            else "Un papel espera a alguien"
            if count == 1
            else f"{count} papeles esperan a alguien"
        )
        for name, number in self._tests.items():
            row = self.printers.row(name)
            for job in jobs:
                if job.id == number and row is not None:
                    row.show_test(job)

    def _show_bar(self) -> None:
        job = self.jobs.job
        others: tuple[str, ...] = ()
        if job is not None:
            ready = {each.nombre for each in self._found.printers if each.trouble is None}
            others = tuple(name for name in self._found.takes.get(job.papel, ()) if name in ready)
        settled = job is None or job.estado in paper_words.OUT
        self.bar.show_job(None if settled else job, others)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand things side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._arrange()

    def _arrange(self) -> None:
        self.printers.set_narrow(narrow=self.width() < look.px(_NARROW))
        wide = self.width() >= look.px(_SIDE_BY_SIDE)
        self.cards.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    # -- keys --------------------------------------------------------------------------

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter presses what has the focus, or saves; F6 asks; F3 adds; the rest are a job's."""
        key = event.key()
        if key in ENTER_KEYS:
            self._enter()
        elif key == Qt.Key.Key_F6:
            self.refresh.click()
        elif key == Qt.Key.Key_F3 and not self.new.isHidden():
            self.new.click()
        else:
            return self.bar.take_key(event)
        return True

    def _enter(self) -> None:
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton) and not focused.isCheckable():
            focused.click()
        elif focused is self.jobs:
            self.bar.focus_sensible()
        elif focused is not None and self._complete and self.termica.isAncestorOf(focused):
            self._enter_in_form(focused)
        else:
            self.save.click()

    def _enter_in_form(self, focused: QWidget) -> None:
        form = self.termica
        if focused is form.name and isinstance(focused, QLineEdit):
            form.conexion.setFocus()
        elif form.conexion.isAncestorOf(focused):
            form.direccion.setFocus()
        else:
            form.submit()

    def go_back(self) -> None:
        """Close the form of a thermal printer, or the screen."""
        if not self._complete or self.termica.isHidden():
            super().go_back()
        else:
            self._close_form()

    # -- what a person does ------------------------------------------------------------

    def _test(self, name: str) -> None:
        impresiones, sesion = self._desk.services.impresiones, self._desk.sesion
        self.notice.clear()

        def queued(job: Impresion) -> None:
            self._tests[name] = job.id
            row = self.printers.row(name)
            if row is not None:
                row.show_test(job)
            self._desk.monitor.poke()

        self._desk.tasks.run(lambda: impresiones.print_test(sesion, name), queued, self._say_known, self)

    def _bring(self) -> None:
        if not self._found.left:
            return
        impresiones, sesion = self._desk.services.impresiones, self._desk.sesion
        equipo, _ = self._found.left[0]
        self.notice.clear()

        def brought(_: int) -> None:
            self._desk.monitor.poke()
            self.ask()

        self._desk.tasks.run(lambda: impresiones.take_over(sesion, equipo), brought, self._say_known, self)

    def _save(self) -> None:
        edits = self.papers.edits()
        if not edits or self._saving:
            return
        self._saving = True
        self.papers.notice.clear()
        self._show_state()
        impresoras, sesion = self._desk.services.impresoras, self._desk.sesion

        def saved(_: None) -> None:
            self._saving = False
            self.papers.show_settings(self._desk.services.printing.settings, self._found.takes)
            self.papers.notice.show_text("done", "Guardado: vale desde el próximo papel.")
            self.ask()

        def refused(error: Exception) -> None:
            self._saving = False
            self._show_state()
            if not isinstance(error, KnownError):
                raise error
            self.papers.show_error(error)

        self._desk.tasks.run(lambda: impresoras.set_papers(sesion, edits), saved, refused, self)

    def _open_form(self) -> None:
        self.termica.clear()
        self.termica.show()
        self.new.hide()
        self.termica.name.setFocus()
        self._bring_in_sight(self.termica)

    def _bring_in_sight(self, part: QWidget) -> None:
        # A turn later: only then has what was just shown its place.
        QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(part))

    def _close_form(self) -> None:
        self.termica.hide()
        self.new.setVisible(self._may)
        self.new.setFocus()

    def _add(self, termica: Termica) -> None:
        impresoras, sesion = self._desk.services.impresoras, self._desk.sesion

        def added(_: None) -> None:
            self._close_form()
            self.ask()

        def refused(error: Exception) -> None:
            if not isinstance(error, KnownError):
                raise error
            self.termica.show_error(KnownError(error.code, **error.data | {"printer": termica.nombre}))
            self._bring_in_sight(self.termica.notice)

        self._desk.tasks.run(lambda: impresoras.add_termica(sesion, termica), added, refused, self)

    def _remove(self, name: str) -> None:
        impresoras, sesion = self._desk.services.impresoras, self._desk.sesion

        def removed(_: None) -> None:
            self.new.setFocus()
            self.ask()

        self._desk.tasks.run(lambda: impresoras.remove_termica(sesion, name), removed, self._say_known, self)

    def _say_known(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self.notice.show_text("error", escape(sentence(error)))
