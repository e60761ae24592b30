"""The wizard around its pages: rail, title, footer, keys, and the one trámite in hand.

The flow decides which page follows; the host shows it. While a task runs the whole wizard
holds still: keys and clicks are taken and dropped, so that nothing is ever done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.autorizacion import Autorizacion
from agencia_app.models.domain.correccion import Correccion, DatoErrado
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import Impresion
from agencia_app.models.domain.tramite import Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import flow
from agencia_app.services.flow import Step
from agencia_app.ui import correccion_words, persona_words
from agencia_app.ui.autorizacion_watch import AutorizacionWatch
from agencia_app.ui.persona_words import Vista
from agencia_app.ui.print_monitor import PrintMonitor
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.checklist_view import ChecklistView
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.person_title import PersonTitle
from agencia_app.ui.widgets.print_bar import PrintBar
from agencia_app.ui.widgets.rail import Rail
from agencia_app.ui.wizard.autorizacion import AutorizacionPage
from agencia_app.ui.wizard.cedula import CedulaPage
from agencia_app.ui.wizard.clave import ClavePage
from agencia_app.ui.wizard.correccion import CorreccionPage
from agencia_app.ui.wizard.drafts import Drafts
from agencia_app.ui.wizard.footer import Footer
from agencia_app.ui.wizard.identidad import IdentidadPage
from agencia_app.ui.wizard.papers import Papers
from agencia_app.ui.wizard.pedido import Estado, Pedido, PedidoDeTramite
from agencia_app.ui.wizard.recibo import ReciboPage
from agencia_app.ui.wizard.requisitos import RequisitosPage
from agencia_app.ui.wizard.solicitud import SolicitudPage
from agencia_app.ui.wizard.step import ENTER_KEYS, Desk, StepPage, subtitle
from agencia_app.ui.wizard.stop import StopPage

if TYPE_CHECKING:
    from agencia_app.services.correcciones import Abierta
    from agencia_app.services.registry import Services
    from agencia_app.services.tramites import Attention
    from agencia_app.ui.live import Live

T = TypeVar("T")
P = TypeVar("P", bound=StepPage)

SETTLE_MS = 250  # an Enter pressed twice by accident falls within this of the page it opened
_HELD_STILL = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
    },
)

_SCROLLING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class WizardHost(QWidget):
    """Attends one person after another.

    ``ready`` says that the page shown takes Enter: no task runs and the page has settled. ``told`` says that
    what the person's own screen shows of the attention is another: ``vista``.
    """

    ready = Signal()
    told = Signal()

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        theme: Theme,
        sesion: Sesion,
        monitor: PrintMonitor,
        live: Live | None = None,
        drafts: Drafts | None = None,
    ) -> None:
        super().__init__()
        self._services = services
        self._tasks = tasks
        self._theme = theme
        self._sesion = sesion
        self._tramite: Tramite | None = None
        self._shown: Step | None = Step.CEDULA
        self._running = False
        self.vista: Vista | None = None
        self._since = QElapsedTimer()

        self.bar = PrintBar()
        self.tickets = Notice()
        self.papers = Papers(self.bar, self, services, sesion, tasks, monitor)
        self.drafts = drafts or Drafts()
        desk = Desk(services, sesion, tasks, self.papers, self.run, self.is_ready, self.drafts)
        self.watch = AutorizacionWatch(services.autorizaciones, tasks, "wizard", self, live)
        self._pages: dict[Step, StepPage] = {}
        self._stack = QStackedWidget()
        self._cedula = self._add(CedulaPage(desk), Step.CEDULA)
        self._building = self._build_pages(desk)
        self._page: StepPage = self._cedula
        self._build()
        self._connect()
        if live is not None:
            live.back.connect(self._server_back)
        self._next_person("")
        QTimer.singleShot(0, self, self._build_on)

    def is_ready(self) -> bool:
        """Tell whether the page shown takes Enter now."""
        return not self._running and not self.settle.isActive()

    def may_lose_focus(self) -> bool:
        """Tell whether a choice about a paper may take the focus: not from a question, nor unseen."""
        return self.is_ready() and not self.footer.asking and self.isVisible()

    @property
    def page(self) -> StepPage:
        """The page shown."""
        return self._page

    @property
    def shown(self) -> Step | None:
        """The step shown; None for a stop."""
        return self._shown

    @property
    def tramite(self) -> Tramite | None:
        """The trámite in hand, as last saved."""
        return self._tramite

    def keep(self) -> None:
        """Save what is half done, for a lock or a close; the window does not wait for it."""
        self.watch.set_on(on=False)
        if isinstance(self._page, AutorizacionPage):
            self._page.leave()
        call = self._page.kept()
        if call is not None and not self._running:
            self._tasks.run(call, lambda _: None)

    def take_up(self, numero: str) -> None:
        """Take up a trámite by its number, as its barcode does; what is half done is saved first."""
        kept = self._page.kept()

        def load() -> Attention:
            if kept is not None:
                kept()
            return self._services.tramites.resume(self._sesion, numero)

        self.run(load, self._attended, self._page.show_error)

    # -- what it looks like ------------------------------------------------------------

    def _build(self) -> None:
        self.rail = Rail()
        self.title = PersonTitle()
        self.footer = Footer()

        column = look.spaced(QVBoxLayout(), (36, 30, 36, 14), 16)
        column.addWidget(self.title)
        column.addWidget(self.tickets)
        column.addWidget(self._stack, 1)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.rail)
        body.addLayout(column, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(body, 1)
        whole.addWidget(self.bar)
        whole.addWidget(self.footer)

        self.settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._tick = QTimer(self, interval=1000)

    def _connect(self) -> None:
        self.settle.timeout.connect(self._say_ready)
        self._tick.timeout.connect(self._show_rail_footer)
        self._theme.changed.connect(self._restyle)
        self.footer.primary.clicked.connect(self._go)
        self.footer.back.clicked.connect(self._back)
        self.footer.cancel.clicked.connect(self._ask_cancel)
        self.footer.pending.clicked.connect(self._hand_pending)
        self.footer.confirm_cancel.clicked.connect(self._cancel)
        self.footer.keep_on.clicked.connect(self._end_asking)
        self._cedula.attended.connect(self._attended)
        self.watch.changed.connect(self._look_again)
        self.papers.changed.connect(self._show_job)
        self.bar.left.connect(self._focus_page)
        self.bar.focused.connect(self._bar_focused)

    def _build_pages(self, desk: Desk) -> Iterator[None]:
        """Build the pages behind the first, one at each step: together they would stall the window."""
        self._identidad = self._add(IdentidadPage(desk), Step.IDENTIDAD)
        yield
        requisitos = self._add(RequisitosPage(desk), Step.REQUISITOS)
        yield
        # Nearly everybody owes the same papers: their cards are made before anybody comes.
        yield from requisitos.checklist.make_cards(desk.services.tramites.usual)
        self._add(SolicitudPage(desk), Step.SOLICITUD)
        yield
        clave = self._add(ClavePage(desk), Step.CLAVE)
        clave.finished.connect(self._next_person)
        yield
        self._recibo = self._add(ReciboPage(desk), Step.RECIBO)
        self._recibo.finished.connect(self._next_person)
        yield
        self._autorizacion = self._add(AutorizacionPage(desk), None)
        self._autorizacion.left.connect(self._next_person)
        yield
        self._correccion = self._add(CorreccionPage(desk), None)
        self._correccion.left.connect(self._leave_correccion)
        self._correccion.opened.connect(self._ticket_opened)
        yield
        self._stop = self._add(StopPage(desk), None)
        self._stop.finished.connect(self._next_person)

    def _build_on(self) -> None:
        """Build one more page, and the next when the window has had its turn."""
        for _ in self._building:
            QTimer.singleShot(0, self, self._build_on)
            return

    def _build_rest(self) -> None:
        for _ in self._building:
            pass

    def _add(self, page: P, step: Step | None) -> P:
        self._stack.addWidget(_scrolling(page))
        if step is not None:
            self._pages[step] = page
        page.changed.connect(self._refresh)
        page.advanced.connect(self.tickets.clear)  # said at the first page, and not at every one
        page.advanced.connect(self._enter)
        page.updated.connect(self._update)
        page.looked_at.connect(self._bring_in_sight)
        page.second_person.connect(self._ask_second)
        page.wrong_datum.connect(self._correct)
        return page

    def _restyle(self) -> None:
        # A turn later: by then the layouts have taken the new zoom, and leave the room they leave.
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        self._build_rest()
        self._cedula.found.fit()
        self._recibo.redraw()
        self.footer.arrange()
        self.bar.arrange()

    def _refresh(self) -> None:
        page = self._page
        tramite = self._tramite
        open_ = tramite is not None and tramite.emision is None  # nothing recorded: it may still be left
        inner = page.has_inner()
        self.footer.show_state(
            primary=page.primary,
            can_continue=page.can_continue() and not self._running,
            cancel=open_ and not inner,
            back=self._has_back() if not inner else None,
            pending=(self._shown is None or open_) and not inner,
        )
        self.watch.set_on(on=page.waits if isinstance(page, AutorizacionPage | CedulaPage) else False)
        if tramite is not None:
            self.title.show_person(
                tramite.persona.nombre_completo,
                subtitle(tramite.persona, self._services.today()),
                page.tail(),
            )
        elif isinstance(page, StopPage | CorreccionPage) and page.persona is not None:
            self.title.show_person(
                page.persona.nombre_completo, subtitle(page.persona, self._services.today()), page.tail()
            )
        elif isinstance(page, StopPage):
            self.title.show_person(f"Cédula {cedulas.mask(page.cedula)}", "", page.tail())
        else:
            self.title.show_person("¿A quién atiende?", self._cedula.hint, "")
        self._show_rail()
        self._tell()

    def _tell(self) -> None:
        """Say what the person's own screen shows now."""
        aside = isinstance(self._page, AutorizacionPage | CorreccionPage)
        tramite, step = self._tramite, self._shown
        ask = self._services.tramites.ask(tramite) if tramite and step is Step.SOLICITUD else None
        vista = persona_words.view(tramite, step, ask, aside=aside)
        if vista != self.vista:
            self.vista = vista
            self.told.emit()

    def _has_back(self) -> bool | None:
        """Tell whether Alt+← leads somewhere; None where nothing is behind."""
        tramite, shown = self._tramite, self._shown
        if tramite is None or shown is None:
            return None
        if isinstance(self._page, AutorizacionPage):
            return True  # to the page that asked for it
        return flow.may_go_back(tramite, shown) if tramite.emision is None else None

    def _show_rail(self) -> None:
        if self._tramite is None or self._shown is None:
            current = Step.CEDULA if self._page is self._cedula else Step.IDENTIDAD
            self.rail.set_state(current, frozenset(step for step in Step if step < current))
        else:
            reached = max(self._shown, self._reached)
            self.rail.set_state(
                self._shown, frozenset(s for s in Step if s < reached and s is not self._shown)
            )
        self._show_rail_footer()

    def _show_rail_footer(self) -> None:
        if self._tramite is None:
            self.rail.set_footer(())
            return
        lines = [f"Atención: {_elapsed(self._since.elapsed() // 1000)}"]
        reason = self._tramite.persona.preferente(self._services.today())
        if reason is not None:
            lines.append(f"Turno preferente ({reason})")
        self.rail.set_footer(lines)

    # -- from page to page -------------------------------------------------------------

    def _attended(self, attention: Attention) -> None:
        self._build_rest()
        self._show_tickets(attention.correcciones)
        if attention.tramite is None:
            self._tramite = None
            self._stop.show_stop(attention, self._cedula.asked_for)
            self._show_page(None, self._stop)
            return
        self._since.start()
        self._tick.start()
        self._identidad.warning = attention.warning
        self._enter(attention.tramite)

    def _show_tickets(self, tickets: tuple[Correccion, ...]) -> None:
        """Tell of the person's tickets de corrección: what waits, and what was just closed."""
        if tickets:
            self.tickets.show_text("info", "<br>".join(correccion_words.told(each) for each in tickets))
        else:
            self.tickets.clear()

    def _correct(self, dato: DatoErrado | None) -> None:
        """Show the form of a ticket over the page that asked for it."""
        beneath = self._page
        tramite = self._tramite
        persona = tramite.persona if tramite is not None else self._stop.persona
        if persona is not None and self.is_ready():
            self._correccion.start(persona, beneath, dato)
            self._show_page(self._shown, self._correccion)

    def _leave_correccion(self) -> None:
        if self._correccion.beneath is not None:
            self._show_page(self._shown, self._correccion.beneath)

    def _ticket_opened(self, opened: Abierta) -> None:
        self._leave_correccion()
        self.tickets.show_text("done", correccion_words.opened(opened.correccion))
        self.papers.queued(opened.impresion, watch=True)

    def _enter(self, tramite: Tramite) -> None:
        """Show the page the flow says this trámite is at."""

        def load() -> tuple[Step, tuple[Impresion, ...], object, tuple[Pedido, Estado] | None]:
            step = self._services.tramites.step(tramite)
            jobs = self._services.impresiones.of_tramite(tramite.numero)
            asked = self._asked(tramite) if step is Step.REQUISITOS else None
            return step, jobs, self._pages[step].prepare(tramite), asked

        def show(
            loaded: tuple[Step, tuple[Impresion, ...], object, tuple[Pedido, Estado] | None],
        ) -> None:
            step, jobs, prepared, asked = loaded
            self._reached = step
            if asked is not None:
                self._show_asked(step, *asked, jobs)
            else:
                self._show_step(step, tramite, prepared, jobs)

        # From here on the saved trámite is the one in hand, whatever becomes of the next page.
        self._tramite = tramite
        self.run(load, show, self._page.show_error)

    def _asked(self, tramite: Tramite) -> tuple[Pedido, Estado] | None:
        """Return what a second person is needed for, once the papers are seen or somebody was asked."""
        pedido = PedidoDeTramite(self._services, self._sesion, tramite.numero)
        estado = pedido.state()
        seen = tramite.requisitos_en is not None
        if not estado.open or not (seen or any(each.waits or each.denied for each in estado.open)):
            return None
        return pedido, estado

    def _ask_second(self, pedido: Pedido) -> None:
        """Show what a page needs a second person for; from there one comes back to that page."""
        step = self._shown
        if step is not None:
            self.run(
                pedido.state, lambda estado: self._show_asked(step, pedido, estado), self._page.show_error
            )

    def _show_asked(
        self, step: Step, pedido: Pedido, estado: Estado, jobs: tuple[Impresion, ...] = ()
    ) -> None:
        self._tramite = estado.tramite
        self._autorizacion.show_pedido(pedido, estado)
        self._show_page(step, self._autorizacion, jobs)
        self._autorizacion.go_on()  # it may have been authorised meanwhile

    def _server_back(self) -> None:
        self._page.server_back()
        if self._page is self._cedula:
            self._load_unfinished()

    def _look_again(self) -> None:
        """See what became of a request."""
        if isinstance(self._page, AutorizacionPage):
            self._page.refresh()
        elif self._page is self._cedula:
            self._load_unfinished()

    def _update(self, tramite: Tramite) -> None:
        """Go on with the same page: its next question settles like a page of its own."""
        self._tramite = tramite
        self.papers.enter(tramite, self._page.papel)
        self._show_job()
        self._refresh()
        self._focus_page()

    def _back(self) -> None:
        tramite, shown = self._tramite, self._shown
        if tramite is None or shown is None or not self._has_back() or self._page.has_inner():
            return
        before = shown if isinstance(self._page, AutorizacionPage) else Step(shown - 1)
        kept = self._page.kept()

        def load() -> tuple[Tramite, object]:
            saved = kept() if kept is not None else tramite
            return saved, self._pages[before].prepare(saved)

        self.run(load, lambda loaded: self._show_step(before, *loaded), self._page.show_error)

    def _show_step(
        self, step: Step, tramite: Tramite, prepared: object, jobs: tuple[Impresion, ...] = ()
    ) -> None:
        self._tramite = tramite
        page = self._pages[step]
        page.show_tramite(tramite, prepared)
        self._show_page(step, page, jobs)

    def _focus_page(self) -> None:
        """Give the page the next key, which settles like the first on a new page."""
        self._page.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)
        self.settle.start()

    def _bar_focused(self, on: bool) -> None:  # noqa: FBT001 - as the signal has it
        self.footer.show_enter(primary=not on)
        self.settle.start()  # an Enter on its way was meant for what had the focus

    def _show_job(self) -> None:
        self._page.show_job(self.papers.own)

    def _show_page(self, step: Step | None, page: StepPage, jobs: tuple[Impresion, ...] = ()) -> None:
        if isinstance(self._page, AutorizacionPage) and page is not self._page:
            self._page.leave()
        self._shown = step
        self._page = page
        self.footer.ask("")
        self._stack.setCurrentWidget(_scroll_of(page))
        self.papers.enter(self._tramite, page.papel, jobs)
        self._show_job()
        self._refresh()
        self._focus_page()
        if isinstance(page.first_focus(), ChecklistView):
            _scroll_of(page).verticalScrollBar().setValue(0)

    def _bring_in_sight(self, part: QWidget) -> None:
        _scroll_of(self._page).ensureWidgetVisible(part)

    def _next_person(self, said: str) -> None:
        self._tick.stop()
        self.tickets.clear()
        self._tramite = None
        self._reached = Step.CEDULA
        self._cedula.start(said)
        self._show_page(Step.CEDULA, self._cedula)
        self._load_unfinished()

    def _load_unfinished(self) -> None:
        services, sesion = self._services, self._sesion

        def load() -> tuple[tuple[Tramite, tuple[Autorizacion, ...]], ...]:
            found = services.tramites.unfinished(sesion)
            return tuple((each, services.autorizaciones.of_tramite(each.numero)) for each in found)

        self._tasks.latest("wizard.unfinished", load, self._cedula.show_unfinished)

    # -- actions -----------------------------------------------------------------------

    def _go(self) -> None:
        if self.is_ready():
            self._page.proceed()

    def _ask_cancel(self) -> None:
        tramite = self._tramite
        if tramite is None:
            self._page.proceed() if isinstance(self._page, StopPage) else self._cedula.start("")
        elif tramite.emision is not None:
            self._page.notice.show_text(
                "info",
                "<b>La clave nueva ya quedó registrada</b>: el trámite no se puede cancelar. "
                "Termine con la hoja y el recibo.",
            )
        else:
            self.footer.ask(f"¿Cancelar el trámite de {tramite.persona.nombre_completo}? No se emitió nada.")
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end_asking(self) -> None:
        self.footer.ask("")
        self._focus_page()

    def _cancel(self) -> None:
        tramite = self._tramite
        if tramite is None:
            return
        self._end_asking()
        self.drafts.blocks.pop(tramite.numero, None)
        self.run(
            lambda: self._services.tramites.cancel(self._sesion, tramite.numero),
            lambda _: self._next_person("Trámite cancelado. No se emitió nada."),
            self._page.show_error,
        )

    def _hand_pending(self) -> None:
        tramite = self._tramite
        if isinstance(self._page, StopPage):
            self._page.print_sheet()
            return
        if tramite is None:
            self._page.notice.show_text(
                "info", "Primero pase la cédula: la hoja de pendientes es de una persona."
            )
            return
        if tramite.emision is not None:
            self._page.notice.show_text(
                "info",
                "No queda nada pendiente: la clave ya quedó registrada. Termine con la hoja y el recibo.",
            )
            return
        kept = self._page.kept()

        def hand_over() -> Impresion:
            saved = kept() if kept is not None else tramite
            services = self._services
            services.tramites.suspend(self._sesion, saved.numero)
            return services.impresiones.of_tramite(saved.numero)[0]

        self.run(hand_over, self._handed, self._page.show_error)

    def _handed(self, job: Impresion) -> None:
        self._next_person(
            "Entregue la hoja de pendientes. Al regresar con ella, la persona continúa donde se quedó."
        )
        self.papers.queued(job, watch=True)

    # -- one thing at a time -----------------------------------------------------------

    def run(
        self,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Run a call off the UI thread with the wizard held still: see ``step.Runner``."""
        if self._running:
            return
        self._hold(True)

        def succeeded(result: T) -> None:
            self._hold(False)
            done(result)

        def went_wrong(error: Exception) -> None:
            self._hold(False)
            if not isinstance(error, KnownError):
                raise error  # a bug: the main window shows it
            failed(error)

        self._tasks.run(call, succeeded, went_wrong, self)

    def _hold(self, on: bool) -> None:  # noqa: FBT001 - private, and the sense is in the name
        self._running = on
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self) if on else application.removeEventFilter(self)
        if not on:
            self.settle.start()
        self._refresh()

    def _say_ready(self) -> None:
        if not self._running:
            self.papers.take_focus()
            self.ready.emit()

    # -- Qt ----------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take keys and clicks meant for the wizard while a task runs."""
        if event.type() not in _HELD_STILL or not isinstance(watched, QWidget):
            return False
        return watched is self or self.isAncestorOf(watched)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the keys of the whole wizard, when no field wanted them."""
        key = event.key()
        if event.isAutoRepeat():
            return  # a key held down is one press
        if self.footer.asking:
            self._key_while_asking(key)
        elif key in ENTER_KEYS:
            self._enter_key()
        elif key == Qt.Key.Key_Escape:
            self._page.leave_inner() if self._page.has_inner() else self._ask_cancel()
        elif key == Qt.Key.Key_Left and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._back()
        elif key == Qt.Key.Key_F6 and not self._page.has_inner():
            self._hand_pending()
        elif not self._page.take_key(event) and not self.bar.take_key(event):
            super().keyPressEvent(event)

    def _enter_key(self) -> None:
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton) and not focused.isCheckable() and self.isAncestorOf(focused):
            focused.click()  # reached with Tab: Enter means that button
        else:
            self._go()

    def _key_while_asking(self, key: int) -> None:
        if key == Qt.Key.Key_S:
            self._cancel()
        elif key in (*ENTER_KEYS, Qt.Key.Key_Escape):
            self._end_asking()


class _Scroll(QScrollArea):
    """Scrolls by key up and down alone: the other arrows are the wizard's.

    The field with the focus stays in sight when there is less room, and comes in sight when a page
    gives it the focus: Qt scrolls for Tab alone.
    """

    def __init__(self) -> None:
        super().__init__()
        # What was just shown gets its place with the next turn.
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.setInterval(0)
        self._follow.timeout.connect(self._show_focus)
        cast("QApplication", QApplication.instance()).focusChanged.connect(self._focus_moved)

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        pressed = QApplication.mouseButtons() != Qt.MouseButton.NoButton  # nothing moves from under a click
        if new is not None and not pressed and self.isVisible():
            self._follow.start()

    def _show_focus(self) -> None:
        page, focus = self.widget(), QApplication.focusWidget()
        if page is None or focus is None or not page.isAncestorOf(focus):
            return
        if isinstance(focus, ChecklistView):  # it hears keys for its cards, and tells which to look at
            return
        if focus.height() <= self.viewport().height():
            self.ensureWidgetVisible(focus)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _SCROLLING:
            super().keyPressEvent(event)
        else:
            event.ignore()


def _scrolling(page: StepPage) -> QScrollArea:
    area = _Scroll()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    page.setObjectName("scrolled")
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area


def _scroll_of(page: StepPage) -> QScrollArea:
    viewport = page.parentWidget()
    area = viewport.parentWidget() if viewport is not None else None
    if not isinstance(area, QScrollArea):
        raise TypeError("a page lives in its scroll area")
    return area


def _elapsed(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
