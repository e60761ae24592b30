"""The window: the bar on top, one screen below, and what every screen shares.

It is shown before any service exists: the login takes keys at once, and a sign-in pressed
early waits for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.header import Header
from agencia_app.ui.login import LoginScreen

if TYPE_CHECKING:
    from datetime import timedelta

    from agencia_app.models.domain.impresion import Impresion
    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.demostracion import DemoUser
    from agencia_app.services.enlace import Enlace
    from agencia_app.services.registry import Services
    from agencia_app.ui.autorizacion_watch import PendingCount
    from agencia_app.ui.backup_watch import BackupWatch
    from agencia_app.ui.failure_bar import FailureBar
    from agencia_app.ui.idle import IdleWatch
    from agencia_app.ui.idle_bar import IdleBar
    from agencia_app.ui.live import Live
    from agencia_app.ui.padron_screen import PadronScreen
    from agencia_app.ui.persona_screen import PersonaScreen
    from agencia_app.ui.print_monitor import PrintMonitor
    from agencia_app.ui.server_bar import ServerBar
    from agencia_app.ui.sides import Side, Sides
    from agencia_app.ui.tasks import Tasks
    from agencia_app.ui.theme import Theme
    from agencia_app.ui.wizard.drafts import Drafts
    from agencia_app.ui.wizard.host import WizardHost

TITLE = "Ventanilla de claves"
_SIZE = (1280, 800)
_SMALLEST = (900, 600)
_AGAIN_MS = 1500  # before a server that did not answer is asked again
_COMPLETE_MS = 20  # after the first paint: what was typed meanwhile goes first
_DEMO = "DEMOSTRACIÓN — datos ficticios: ninguna clave, persona ni recibo es real"

# What the login does not need to be drawn loads when it is needed. The Qt namespace is part of
# that: its enumerations take as long to make as all the rest of the window.
# ruff: noqa: PLC0415


class MainWindow(QMainWindow):
    """The one window. ``demo_users`` are listed on the login of a demonstration.

    ``printing`` runs what waits for printers, apart from ``tasks``.

    ``drawn`` says once that the window was painted: time to load what the login does not need.
    ``signed_out`` says that nobody works at it now. ``wanted`` asks for the services once more: the
    server of an agency of many did not answer.
    """

    drawn = Signal()
    wanted = Signal()
    signed_out = Signal()

    def __init__(
        self,
        theme: Theme,
        tasks: Tasks,
        printing: Tasks,
        demo_users: Sequence[DemoUser] = (),
        *,
        demostracion: bool = False,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._tasks = tasks
        self._printing = printing
        self._monitor: PrintMonitor | None = None
        self._backups: BackupWatch | None = None
        self._services: Services | None = None
        self._sesion: Sesion | None = None
        self._asked: Callable[[Services], Sesion] | None = None  # a sign-in that waits for the services
        self._wizard: WizardHost | None = None
        self._sides: Sides | None = None
        self._pending: PendingCount | None = None
        self._side_keys: list[QShortcut] = []
        self._leaving: list[QWidget] = []
        self.persona: PersonaScreen | None = None
        self._idle: IdleWatch | None = None
        self._idle_bar: IdleBar | None = None
        self._idle_due = False  # nobody is there, and something runs still
        self.failure: FailureBar | None = None
        self.server: ServerBar | None = None
        self._live: Live | None = None
        self._drafts: Drafts | None = None
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self.wanted)
        self._was_drawn = False
        self.setWindowTitle(f"{TITLE} — Demostración" if demostracion else TITLE)
        self.setMinimumSize(*_SMALLEST)
        self.resize(QSize(*_SIZE).boundedTo(self.screen().availableGeometry().size()))
        self._build(demo_users, demostracion=demostracion)
        self._connect()
        self.show_login()

    # -- what the application tells it -------------------------------------------------

    @property
    def wizard(self) -> WizardHost | None:
        """The wizard, while somebody is signed in who attends."""
        return self._wizard

    @property
    def padron(self) -> PadronScreen | None:
        """The screen of the padrón, once an administrador asked for it."""
        from agencia_app.ui.sides import Side

        return cast("PadronScreen | None", self.side(Side.PADRON))

    def side(self, side: Side) -> QWidget | None:
        """Return a screen beside the wizard, once it was opened in this session."""
        return self._sides.get(side) if self._sides is not None else None

    @property
    def monitor(self) -> PrintMonitor | None:
        """What works on the print jobs, once the services are loaded."""
        return self._monitor

    @property
    def sesion(self) -> Sesion | None:
        """Who is signed in."""
        return self._sesion

    def set_services(self, services: Services) -> None:
        """Take the services once they are loaded; a sign-in that waited goes on."""
        from agencia_app.ui.backup_watch import BackupWatch
        from agencia_app.ui.print_monitor import PrintMonitor

        self._services = services
        if services.enlace is not None:
            self._follow(services.enlace)
        if self.server is not None:
            self._server_back()
        self._monitor = PrintMonitor(services.dispatcher, services.impresiones, self._printing)
        self._monitor.changed.connect(self._show_waiting)
        self._monitor.start()
        if services.settings.respaldo_recibe:
            self._backups = BackupWatch(services.respaldos, lambda: self._tasks.busy, self)
            self._backups.start()
        self.header.show_signed_out(_named(services))
        if services.settings.pantalla_persona:
            from agencia_app.ui.persona_screen import PersonaScreen

            self.persona = PersonaScreen(self, _named(services))
            self._stack.currentChanged.connect(self._show_persona)
        if self._asked is not None:
            self._enter(self._asked)

    def services_failed(self, error: Exception) -> None:
        """Say on the login why the services could not be loaded, and what to do.

        A server that does not answer is asked again, for as long as it takes.
        """
        if isinstance(error, KnownError) and error.code == "base.away":
            self._server_lost()
            self._again.start()
            return
        self._asked = None
        if isinstance(error, KnownError):
            self.login.show_trouble(error)
        else:
            self.login.show_ready()
            self.login.enter.setEnabled(False)
            self.show_failure(error)

    def show_login(self, *, keep_user: bool = False) -> None:
        """Show the login, with the focus where the next key goes."""
        self._stack.setCurrentWidget(self.login)
        self.login.reset(keep_user=keep_user)

    def show_failure(self, error: Exception) -> None:
        """Show an error that no screen took: a known one as its sentence, a bug by its report number.

        A bug is logged under that number. The screen stays as it is: nothing typed is lost. A server
        that is away has a strip of its own, which is there already or in a moment.
        """
        if self._live is not None and isinstance(error, KnownError) and error.code == "base.away":
            return
        if self.failure is None:
            from agencia_app.ui.failure_bar import FailureBar

            self.failure = FailureBar()
            self.failure.dismissed.connect(self._focus_screen)
            self._column.insertWidget(self._column.indexOf(self._stack), self.failure)
        self.failure.show_error(error)

    # -- the server of an agency of many -------------------------------------------------

    def _follow(self, enlace: Enlace) -> None:
        from agencia_app.ui.live import Live

        self._live = live = Live(enlace)
        live.lost.connect(self._server_lost)
        live.back.connect(self._server_back)
        live.hour.connect(lambda: self._show_hour(enlace.desfase))
        live.taken.connect(self._ventanilla_taken)
        live.failed.connect(self.show_failure)
        self.header.go_by(enlace.hour)
        live.start()

    def _show_hour(self, off: timedelta | None) -> None:
        self._server_bar().show_hour(off)
        self.header.start_clock()  # what it showed until the server was asked was the machine's own

    def _server_bar(self) -> ServerBar:
        if self.server is None:
            from agencia_app.ui.server_bar import ServerBar

            self.server = ServerBar()
            self._column.insertWidget(self._column.indexOf(self._stack), self.server)
        return self.server

    def _server_lost(self) -> None:
        self._server_bar().show_away(away=True)

    def _server_back(self) -> None:
        """Take up what waited for the server; what is on the screen stays as it is."""
        self._server_bar().show_away(away=False)
        self.login.forget_trouble()
        if self._monitor is not None:
            self._monitor.poke()

    def _ventanilla_taken(self) -> None:
        if self._sesion is not None:
            taken = self._sesion.ventanilla
            self.lock()
            self.login.show_trouble(KnownError("usuario.ventanilla_lost", ventanilla=taken))
            self.login.enter.setEnabled(True)

    # -- how it is made ----------------------------------------------------------------

    def _build(self, demo_users: Sequence[DemoUser], *, demostracion: bool) -> None:
        self.header = Header(TITLE)
        self.login = LoginScreen(demo_users)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.login)
        whole = QWidget()
        whole.setObjectName("screen")
        self._column = QVBoxLayout(whole)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.header)
        if demostracion:
            self._column.addWidget(_banner())
        self._column.addWidget(self._stack, 1)
        self.setCentralWidget(whole)

    def _connect(self) -> None:
        self.login.submitted.connect(self._sign_in)
        self.login.changed.connect(self._change_password)
        self.header.lock.connect(self.lock)
        self.header.asked.connect(self._open_side)
        self._tasks.failed.connect(self.show_failure)
        self._printing.failed.connect(self.show_failure)
        self._tasks.idle.connect(self._tasks_idle)
        self._theme.changed.connect(self.login.fit)
        self._theme.changed.connect(self._fit_header)
        for keys, act in (
            ("F12", self.lock),
            ("Ctrl++", self._theme.zoom_in),
            ("Ctrl+=", self._theme.zoom_in),
            ("Ctrl+-", self._theme.zoom_out),
            ("Ctrl+0", lambda: self._theme.set_zoom(1.0)),
        ):
            QShortcut(QKeySequence(keys), self, act)

    def _connect_sides(self, sesion: Sesion) -> None:
        """Give the screens of a session their keys: of two roles one key can open two."""
        from agencia_app.ui.sides import allowed, key_of

        self._side_keys = [
            QShortcut(QKeySequence(key_of(side)), self, partial(self._open_side, side))
            for side in allowed(sesion)
        ]

    def _disconnect_sides(self) -> None:
        for each in self._side_keys:
            each.setEnabled(False)
            each.deleteLater()
        self._side_keys.clear()

    def _fit_header(self) -> None:
        # A turn later: by then the labels know the new zoom.
        QTimer.singleShot(0, self, self.header.fit)

    def _focus_screen(self) -> None:
        current = self._stack.currentWidget()
        if current is self.login:
            self.login.focus_first()
        elif self._sides is None or not self._sides.focus_current():
            self._focus_wizard()

    # -- signing in and out ------------------------------------------------------------

    def _sign_in(self, usuario: str, clave: str, ventanilla: int) -> None:
        self._enter(lambda services: services.usuarios.sign_in(usuario, clave, ventanilla))

    def _change_password(self, usuario: str, clave: str, nueva: str, ventanilla: int) -> None:
        self._enter(lambda services: services.usuarios.change_password(usuario, clave, nueva, ventanilla))

    def _enter(self, ask: Callable[[Services], Sesion]) -> None:
        services = self._services
        if services is None:
            self._asked = ask
            self.login.show_waiting("Preparando…")
            return
        self._asked = None
        self.login.show_waiting("Ingresando…")
        self._tasks.run(lambda: ask(services), self._signed_in, self._refused)

    def _refused(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            self.login.show_ready()
            raise error
        self.login.show_refused(error)

    def _focus_wizard(self) -> None:
        if self._wizard is not None:
            self._wizard.page.first_focus().setFocus()

    def _signed_in(self, sesion: Sesion) -> None:
        from agencia_app.models.domain.permisos import Permiso, may
        from agencia_app.ui.sides import SideDesk, Sides, allowed, home_of
        from agencia_app.ui.wizard.drafts import Drafts
        from agencia_app.ui.wizard.host import WizardHost

        self._drafts = self._drafts or Drafts()
        services, monitor = self._services, self._monitor
        if services is None or monitor is None:  # nobody signs in without them
            return
        self._sesion = sesion
        self.header.show_signed_in(
            f"{_named(services)} · Ventanilla {sesion.ventanilla}",
            f"{sesion.nombre} · {sesion.rol.value}",
            allowed(sesion),
        )
        self._show_waiting(monitor.jobs)
        self.login.show_ready()
        self.login.password.clear()
        if may(sesion, Permiso.ATENDER) or home_of(sesion) is None:
            self._wizard = WizardHost(
                services, self._tasks, self._theme, sesion, monitor, self._live, self._drafts
            )
            self._stack.addWidget(self._wizard)
            self._wizard.told.connect(self._show_persona)
        self._sides = Sides(
            self._stack, self._wizard, SideDesk(services, self._tasks, sesion, monitor, self._live)
        )
        self._connect_sides(sesion)
        self._watch_idle(services)
        if may(sesion, Permiso.AUTORIZAR):
            self._count_pending(services, sesion)
        # A turn later: building it and drawing it at once would be felt.
        QTimer.singleShot(0, self, self._begin)

    def _begin(self) -> None:
        if self._sides is not None:
            self._sides.begin()

    # -- nobody at the keyboard ----------------------------------------------------------

    @property
    def idle(self) -> IdleWatch | None:
        """What watches for nobody, once somebody signed in."""
        return self._idle

    def _watch_idle(self, services: Services) -> None:
        from agencia_app.ui.idle import IdleWatch
        from agencia_app.ui.idle_bar import IdleBar

        if self._idle is None or self._idle_bar is None:
            self._idle = IdleWatch(self)
            self._idle_bar = bar = IdleBar()
            self._column.insertWidget(self._column.indexOf(self._stack), bar)
            self._idle.warned.connect(bar.show_left)
            self._idle.worked.connect(bar.clear)
            self._idle.expired.connect(self._nobody_there)
        self._idle.start(services.settings.minutos_bloqueo * 60)

    def _nobody_there(self) -> None:
        """Lock; what runs is let go on to its end first."""
        self._idle_due = self._tasks.busy
        if not self._idle_due:
            self._lock(inactiva=True)
        elif self._idle_bar is not None:
            self._idle_bar.show_due()

    def _tasks_idle(self) -> None:
        if self._idle_due:
            self._lock(inactiva=True)
        self._drop_left()

    def _stop_idle(self) -> None:
        self._idle_due = False
        if self._idle is not None and self._idle_bar is not None:
            self._idle.stop()
            self._idle_bar.clear()

    def lock(self) -> None:
        """Sign out. What was half done is saved, and offered again by the next sign-in."""
        self._lock(inactiva=False)

    def _lock(self, *, inactiva: bool) -> None:
        if self._sesion is None:
            return
        self._stop_idle()
        self._stop_counting()
        _close_over()
        if self._wizard is not None:
            self._wizard.keep()
            self._leaving.append(self._wizard)
        if self._sides is not None:
            self._leaving += self._sides.leave()
        self._disconnect_sides()
        self._sign_out(inactiva=inactiva)
        self._wizard = self._sides = self._sesion = None
        self.header.show_signed_out(_named(self._services) if self._services is not None else "")
        if self.failure is not None:
            self.failure.clear()
        self.show_login(keep_user=True)
        self._show_persona()
        if not self._tasks.busy:
            self._drop_left()

    def _sign_out(self, *, inactiva: bool = False) -> None:
        services, sesion = self._services, self._sesion
        if services is not None and sesion is not None:
            self._tasks.run(lambda: services.usuarios.sign_out(sesion, inactiva=inactiva), lambda _: None)

    def _drop_left(self) -> None:
        """Free the screens of a session that ended, once nothing runs for them."""
        for screen in self._leaving:
            self._stack.removeWidget(screen)
            screen.deleteLater()
        if self._leaving:
            self._leaving.clear()
            self.signed_out.emit()

    def _show_persona(self) -> None:
        """Show the person what the wizard tells while it is in sight, and nothing else."""
        if self.persona is not None:
            wizard = self._wizard
            shown = wizard is not None and self._stack.currentWidget() is wizard
            self.persona.show_view(wizard.vista if shown and wizard is not None else None)

    # -- the screens beside the wizard -------------------------------------------------

    def _open_side(self, side: Side) -> None:
        # Not over the login, and not before the wizard is up, whose first page takes the focus.
        if self._sides is not None and self._stack.currentWidget() is not self.login:
            self._sides.open(side)

    def _show_waiting(self, jobs: Sequence[Impresion]) -> None:
        from agencia_app.ui.job_words import count_needing
        from agencia_app.ui.sides import Side

        self.header.show_waiting(Side.IMPRESORAS, count_needing(jobs) if self._sesion is not None else 0)

    def _count_pending(self, services: Services, sesion: Sesion) -> None:
        from agencia_app.ui.autorizacion_watch import PendingCount
        from agencia_app.ui.sides import Side

        self._pending = PendingCount(services.autorizaciones, self._tasks, sesion, self, self._live)
        self._pending.counted.connect(partial(self.header.show_waiting, Side.AUTORIZAR))

    def _stop_counting(self) -> None:
        if self._pending is not None:
            self._pending.stop()
            self._pending = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first paint, when the whole window has been drawn."""
        super().paintEvent(event)
        if not self._was_drawn:
            self._was_drawn = True
            QTimer.singleShot(_COMPLETE_MS, self, self._complete)

    def _complete(self) -> None:
        self.login.complete()
        self.header.start_clock()
        self.drawn.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save what is half done and wait for what runs; nothing is asked, for nothing is lost."""
        self._stop_counting()
        if self._wizard is not None:
            self._wizard.keep()
        if self._sides is not None:
            self._sides.leave()
        self._sign_out()
        if self.persona is not None:
            self.persona.close()
        self.hide()
        QApplication.processEvents()
        if self._backups is not None:
            self._backups.stop()
        self._again.stop()
        self._tasks.close()
        self._printing.close()
        if self._live is not None:
            self._live.close()
        event.accept()


def _close_over() -> None:
    """Close what stands over the window: a list that is open, a dialog that asks for a file."""
    for over in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
        if over is not None:
            over.close()


def _banner() -> QLabel:
    from PySide6.QtCore import Qt

    banner = QLabel(_DEMO)
    banner.setObjectName("demo")
    banner.setAlignment(Qt.AlignmentFlag.AlignCenter)
    banner.setWordWrap(True)
    return banner


def _named(services: Services) -> str:
    nombre = services.agencia.nombre
    return nombre if nombre.lower().startswith("agencia") else f"Agencia {nombre}"
