"""The kiosk's window: one visit after another, and nothing of the last one left.

Each screen is made for its visit and destroyed with it; what a worker brings for a visit that ended is
dropped. It closes for an administrador alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import mrz
from agencia_app.models.domain.errors import KnownError
from agencia_app.services.kiosco import Espera, Visita
from agencia_app.ui.kiosco.guard import Guard
from agencia_app.ui.kiosco.leave import LeavePage
from agencia_app.ui.kiosco.pages import (
    BirthEntry,
    BringPage,
    CedulaEntry,
    ConsiderPage,
    MessagePage,
    Page,
    PlanillaPage,
)
from agencia_app.ui.kiosco.touch import words
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from datetime import date
    from typing import TypeVar

    from PySide6.QtGui import QCloseEvent, QKeyEvent

    from agencia_app.services.kiosco import Kiosco
    from agencia_app.services.kiosco_papeles import KioscoPapeles
    from agencia_app.services.kiosco_preparar import Salida
    from agencia_app.services.kiosco_puerta import Marco
    from agencia_app.ui.tasks import Tasks

    T = TypeVar("T")

LOG = logging.getLogger(__name__)

ALIVE_MS, AGAIN_MS = 5000, 2000  # between two looks at whether the database is there, and while it is not
_REFUSED = (
    "Los datos no coinciden con el registro. Revise su cédula y su fecha de nacimiento, o acérquese a la "
    "ventanilla con su cédula."
)
_STOP = (
    "Acérquese a Prestaciones de esta agencia, con su cédula: allí le dicen cómo seguir. No hace falta que "
    "saque turno en las ventanillas de clave."
)
_PASSING = frozenset({"base.away", "base.full_house", "base.locked"})  # the rest wants somebody to mend it
_NOT_READY = "Acérquese a la ventanilla con su cédula: allí le atienden."
_AWAY = "En este momento no podemos consultar. Espere un momento, o acérquese a la ventanilla con su cédula."
_PAPER = "Su papel no salió. Puede seguir en la ventanilla: allí se lo imprimen."
_LEAST_ROOM = QSize(1040, 710)  # at 100 %: what the screens want to show all they say side by side
_TWO_COLUMNS = 1000  # at 100 %: two things to bring side by side


def large_print(screen: QSize) -> float:
    """Return the zoom at which a screen's print is as large as its pixels allow."""
    return min(screen.width() / _LEAST_ROOM.width(), screen.height() / _LEAST_ROOM.height())


class KioscoWindow(QWidget):
    """The kiosk. ``left`` follows an administrador's word, ``shutting`` its end; ``broke`` carries a bug."""

    left = Signal()
    shutting = Signal()
    broke = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        kiosco: Kiosco,
        papeles: KioscoPapeles,
        salida: Salida,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Take what works for it; ``clock`` counts the seconds of nothing."""
        super().__init__()
        self._full = self._leaving = False
        self.setObjectName("kiosk")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Consulta y solicitud")
        self._tasks, self._kiosco, self._papeles, self._salida = tasks, kiosco, papeles, salida
        self._marco: Marco  # of the last look: who gets past the start has one
        self._visit = 0  # which one it is: what was begun for another is dropped
        self._working = 0
        self._away, self._why = True, ""
        self._trouble = ("reloj", "Un momento…", "El kiosco se está preparando.")  # said while it is
        self.page: Page
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise TypeError("a window needs an application")
        self.guard = Guard(app, clock)
        self.guard.counted.connect(self._count)
        self.guard.expired.connect(self.start)
        self._looking = QTimer(self, interval=ALIVE_MS)
        self._looking.timeout.connect(self.look)
        self._build()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.start()
        self._looking.start()
        self.look()
        tasks.failed.connect(self._bug)

    def _build(self) -> None:
        head = QFrame(self)
        head.setObjectName("kioskHead")
        row = look.spaced(QHBoxLayout(head), (24, 8, 12, 8), 12)
        self._title = QLabel("Consulta y solicitud")
        row.addWidget(self._title, 1)
        self._badge = QLabel("Demostración")
        self._badge.setObjectName("demo")
        self._badge.hide()
        row.addWidget(self._badge)
        self.leave_button = QPushButton("Administración")
        self.leave_button.setObjectName("plain")
        self.leave_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.leave_button.clicked.connect(self._ask_leave)
        row.addWidget(self.leave_button)
        self._place = look.spaced(QVBoxLayout())
        self.count = words("", "kioskCount")
        self.count.hide()
        column = look.spaced(QVBoxLayout(self))
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # the screen's size is the size
        column.addWidget(head)
        column.addLayout(self._place, 1)
        column.addWidget(self.count)

    # -- the visit -----------------------------------------------------------------------

    def start(self) -> None:
        """Forget whoever was there, and wait for the next, or for the database."""
        self._visit += 1
        self._working = 0
        self.guard.watching = not self._away  # whatever was still running for somebody else
        self.guard.arrive()
        if self._away:
            self._show(MessagePage(*self._trouble, ""))
            return
        entry = CedulaEntry()
        entry.entered.connect(self._ask_birth)
        entry.scanned.connect(self._scanned)
        self._show(entry)

    def _ask_birth(self, cedula: str) -> None:
        page = BirthEntry(self._marco.hoy)
        page.born.connect(lambda born: self._consult(cedulas.validate(cedula), born))
        self._show(page)

    def _scanned(self, zone: str) -> None:
        try:
            read = mrz.parse(zone, self._marco.hoy)
        except KnownError:
            if isinstance(self.page, CedulaEntry):
                self.page.forget()
                self.page.refuse(KnownError("kiosco.zone"))
            return
        self._consult(read.cedula, read.fecha_nacimiento)

    def _consult(self, cedula: str, born: date) -> None:
        self._show(MessagePage("reloj", "Un momento…", "Estamos consultando.", ""))
        self._run(lambda: self._kiosco.consult(cedula, born), self._consulted)

    def _consulted(self, found: Visita | Espera | None) -> None:
        if isinstance(found, Espera):
            wait = f"Hubo varios intentos. Espere {found.segundos} s y vuelva a intentar."
            self._show(MessagePage("reloj", "Espere, por favor", wait))
        elif found is None:
            self._show(MessagePage("persona", "No pudimos encontrarlo", _REFUSED))
        elif found.detenida:
            self._show(MessagePage("persona", "Le atiende una persona", _STOP, "Terminar"))
        else:
            page = ConsiderPage(found)
            page.accepted.connect(lambda: self._ask_planilla(found))
            self._show(page)

    def _ask_planilla(self, visita: Visita) -> None:
        if not visita.planillas:
            self._bring(visita, "")
            return
        page = PlanillaPage(visita)
        page.chosen.connect(lambda planilla: self._bring(visita, planilla))
        self._show(page)

    def _bring(self, visita: Visita, planilla: str) -> None:
        page = BringPage(visita, 2 if self.width() >= look.px(_TWO_COLUMNS) else 1)
        page.list_wanted.connect(lambda: self._print_list(page, visita, planilla))
        page.solicitud_wanted.connect(lambda: self._print_solicitud(page, visita, planilla))
        self._show(page)

    def _print_list(self, page: BringPage, visita: Visita, planilla: str) -> None:
        marco = self._marco

        def work() -> None:
            self._papeles.print(self._papeles.lista(marco, visita, planilla))

        self._send(page, work, "La lista salió de la impresora. Llévela con usted.")

    def _print_solicitud(self, page: BringPage, visita: Visita, planilla: str) -> None:
        marco = self._marco

        def work() -> None:
            made = self._kiosco.request(visita, planilla)
            self._papeles.print(self._papeles.solicitud(marco, visita, made))

        self._send(page, work, "La solicitud salió de la impresora. Escriba su nombre, fírmela y tráigala.")

    def _send(self, page: BringPage, work: Callable[[], None], said: str) -> None:
        def done(_: None) -> None:
            page.set_busy(busy=False)
            page.printed(said)

        def failed(error: KnownError) -> None:
            page.set_busy(busy=False)
            page.failed(_PAPER if error.code.startswith("printer.") else sentence(error))

        page.set_busy(busy=True)
        self._run(work, done, failed)

    # -- what runs, and what comes of it ---------------------------------------------------

    def _run(
        self,
        call: Callable[[], T],
        done: Callable[[T], None],
        refused: Callable[[KnownError], None] | None = None,
    ) -> None:
        """Run a call for this visit; of a visit that ended nobody is told."""
        visit = self._visit
        self._working += 1
        self.guard.watching = False

        def ended() -> bool:
            if visit != self._visit:
                return False
            self._working -= 1
            self.guard.watching = not self._working
            self.guard.begin()
            return True

        def succeeded(found: T) -> None:
            if ended():
                done(found)

        def failed(error: Exception) -> None:
            if not isinstance(error, KnownError):
                raise error
            if not ended():
                return
            here = isinstance(self.page, LeavePage) or not error.code.startswith("base.")
            if refused is not None and here:
                refused(error)
            else:
                self._went_away(error)

        self._tasks.run(call, succeeded, failed, self)

    def look(self) -> None:
        """See whether the database is there, while nobody waits for anything else."""
        waiting = self._away and not isinstance(self.page, LeavePage)
        if not self._working and (waiting or isinstance(self.page, CedulaEntry)):
            self._tasks.latest("kiosco", self._kiosco.frame, self._there, self._not_there)

    def _there(self, marco: Marco) -> None:
        self._marco = marco
        self._title.setText(marco.nombre)
        self._badge.setVisible(marco.config.demostracion)
        if self._away:
            self._away = False
            self._looking.setInterval(ALIVE_MS)
            self._start_over()

    def _not_there(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self._went_away(error)

    def _went_away(self, error: KnownError) -> None:
        """Say that nobody can ask now; what is wrong is no business of the lobby's, and goes to the log."""
        if self._away and self._why == error.code:
            return
        self._away = True
        self._why = error.code
        LOG.warning("the kiosk cannot work: %s: %s", error.code, sentence(error))
        passing = error.code in _PASSING
        title, text = (
            ("Vuelva en un momento", _AWAY) if passing else ("Este kiosco no está listo", _NOT_READY)
        )
        self._trouble = ("espera", title, text)
        self._looking.setInterval(AGAIN_MS)
        self._start_over()

    def _start_over(self) -> None:
        """Start, unless an administrador is about to close it: with the database away they must be able to."""
        if not isinstance(self.page, LeavePage):
            self.start()

    def _bug(self, error: Exception) -> None:
        self.broke.emit(error)
        self.start()

    # -- the window ----------------------------------------------------------------------

    def _show(self, page: Page) -> None:
        before = getattr(self, "page", None)
        if before is not None:
            for field in before.findChildren(QLineEdit):
                field.clear()
            self._place.removeWidget(before)
            before.hide()
            before.setParent(None)
            before.deleteLater()
        self.page = page
        page.back.connect(self.start)
        self._place.addWidget(page)
        page.show()
        (page.focusProxy() or self).setFocus()
        self.guard.begin()

    def _count(self, left: int) -> None:
        fresh = isinstance(self.page, CedulaEntry) and not self.page.digits
        self.count.setVisible(bool(left) and not fresh)
        self.count.setText(f"¿Sigue ahí? Volvemos al inicio en {left} s. Toque la pantalla para seguir.")

    def _ask_leave(self) -> None:
        self.start()
        page = LeavePage()
        page.tried.connect(lambda password: self._try_leave(page, password))
        self._show(page)
        self.guard.watching = True  # with the database away too

    def _try_leave(self, page: LeavePage, password: str) -> None:
        self._run(lambda: self._salida.check(password), lambda _: self._leave(), page.refused)

    def _leave(self) -> None:
        self.shut()
        self.left.emit()

    def shut(self) -> None:
        """End it: by the word of an administrador, or of whoever shows it for a demonstration."""
        self._leaving = True
        self._visit += 1
        self._looking.stop()
        self.guard.stop()
        self.close()
        self.shutting.emit()

    def fill_screen(self) -> None:
        """Take the whole screen, and keep it."""
        self._full = True
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        self.screen().geometryChanged.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        if not self._leaving:
            # Said too: a kiosk may have no window manager that would know what the whole screen is.
            self.setGeometry(self.screen().geometry())
            self.showFullScreen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the screen a key that no button took; a held key counts once, and nothing else happens."""
        event.accept()
        plain = event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        ) == (Qt.KeyboardModifier.NoModifier)
        if plain and not event.isAutoRepeat():
            self.page.take(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close for an administrador alone."""
        if self._leaving:
            event.accept()
        else:
            event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        """Come back to the whole screen, whoever took it away."""
        super().changeEvent(event)
        # A minimised window still counts as one that fills the screen.
        lost = not self.isFullScreen() or self.isMinimized()
        if self._full and lost and event.type() == QEvent.Type.WindowStateChange and not self._leaving:
            QTimer.singleShot(0, self._fill)
