"""The demonstration's script: sign in, attend each case by keys, see how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from stdnum.iso7064 import mod_97_10

from agencia_app import app
from agencia_app.demo import DATA, kiosco
from agencia_app.demo.cases import CASES, EMITIDA, PENDIENTE, Case
from agencia_app.demo.driver import Driver
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.impresion import OPEN, EstadoImpresion
from agencia_app.models.domain.numero import shown
from agencia_app.services import demostracion
from agencia_app.services.flow import Step
from agencia_app.settings import MAX_MINUTOS_BLOQUEO, Settings, Termica, write
from agencia_app.ui.correcciones_screen import CorreccionesScreen
from agencia_app.ui.sides import Side
from agencia_app.ui.wizard.autorizacion import AutorizacionPage, Way
from agencia_app.ui.wizard.cedula import CedulaPage
from agencia_app.ui.wizard.correccion import CorreccionPage
from agencia_app.ui.wizard.identidad import IdentidadPage
from agencia_app.ui.wizard.stop import StopPage

if TYPE_CHECKING:
    from agencia_app.models.domain.tramite import Tramite
    from agencia_app.services.registry import Services
    from agencia_app.ui.wizard.host import WizardHost

OPERADOR, SUPERVISOR, ADMIN = demostracion.USERS
SIZE = (1280, 800)  # px, the size of the pictures wherever they are taken
# A thermal printer that is switched off: nothing listens on the first port.
OFF = Termica("Caja", "red", "127.0.0.1:1", 80)
PDF = "Guardar como PDF"
TICKET = CASES[1].cedula  # whose name the padrón has wrong
SECOND = (
    "cedula",
    "identidad",
    "requisitos",
    "solicitud",
    "clave",
    "clave-segunda",
    "hoja",
    "recibo",
    "bloqueo",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended. ``recibo`` is grouped as printed."""

    case: Case
    resultado: str
    recibo: str | None
    clave_anterior_desactivada: bool

    @property
    def right(self) -> bool:
        """Whether the case ended as it should."""
        return (self.resultado, self.clave_anterior_desactivada) == (self.case.expects, self.case.deactivates)

    def as_json(self) -> dict[str, object]:
        """Return the case's entry of the summary."""
        return {
            "caso": self.case.name,
            "cedula": self.case.cedula,
            "resultado": self.resultado,
            "recibo": self.recibo,
            "clave_anterior_desactivada": self.clave_anterior_desactivada,
        }


class Demonstration:
    """The real window over a fresh database, driven by keys."""

    def __init__(self, salida: Path, *, pictures: bool) -> None:
        """Prepare ``salida/datos`` and show the window at its login."""
        # The script's keys go to the widgets, where nobody is seen at the keyboard: on a slow machine the
        # window would lock in the middle.
        self._config = Settings(
            salida / DATA,
            demostracion=True,
            papers_folder=salida,
            minutos_bloqueo=MAX_MINUTOS_BLOQUEO,
            pantalla_persona=True,
        )
        demostracion.prepare(self._config, app.now)
        write(self._config)
        self._services: Services | None = None
        self._shown = app.show_window(self._config, self._open)
        self._driver = Driver(self._shown.window, self._shown.theme, salida if pictures else None)
        self._shown.theme.set_scheme("light")
        self._shown.window.resize(*SIZE)
        self._last: Tramite | None = None
        self._pictured: set[str] = set()

    def attend(self) -> list[Outcome]:
        """Attend every case; return how each ended. Raises StuckError when the window does not follow."""
        drive, window = self._driver, self._shown.window
        drive.wait(
            lambda: window.isVisible() and self._services is not None and not self._shown.tasks.busy, "inicio"
        )
        self._picture("ingreso")
        self._refused_sign_in()
        self._sign_in(OPERADOR)
        self._wait_step(Step.CEDULA)
        self._mistakes()
        outcomes = [self._attend(case) for case in CASES]
        drive.wait(self._all_printed, "papeles")
        self._locked_half_way()
        self._resolve()
        self._administer()
        kiosco.visit(drive, self._config, self._shown.tasks)
        return outcomes

    def close(self) -> None:
        """Close the window and the database."""
        self._driver.close()
        self._shown.window.close()
        self._shown.collector.stop()
        if self._services is not None:
            self._services.database.close()

    # -- around the cases --------------------------------------------------------------

    def _open(self) -> Services:
        self._services = app.open_services(self._config)
        return self._services

    def _refused_sign_in(self) -> None:
        drive, login = self._driver, self._shown.window.login
        drive.write(OPERADOR.usuario)
        drive.press(Qt.Key.Key_Return)
        drive.write("no-es-esta")
        drive.press(Qt.Key.Key_Return)
        drive.wait(lambda: login.enter.isEnabled() and login.password.text() == "", "rechazo del ingreso")
        self._picture("ingreso-rechazado")
        login.reset()

    def _sign_in(self, user: demostracion.DemoUser) -> None:
        drive, window = self._driver, self._shown.window
        window.login.reset()
        drive.write(user.usuario)
        drive.press(Qt.Key.Key_Return)
        drive.write(user.password)
        drive.press(Qt.Key.Key_Return)
        drive.wait(lambda: window.sesion is not None and not window.login.isVisible(), "ingreso")

    def _mistakes(self) -> None:
        """Show what step 1 says of a slip of the fingers, and how it finds by name."""
        drive = self._driver
        self._picture("cedula")
        drive.scan("2459999050")
        self._picture("cedula-error")
        self._clear()
        drive.write("munoz")
        drive.wait(lambda: self._cedula_page().found.has_people() and not self._shown.tasks.busy, "búsqueda")
        self._picture("busqueda")
        self._clear()

    def _locked_half_way(self) -> None:
        """Lock in the middle of an attention: it is offered again."""
        self._driver.scan(CASES[1].scan)
        self._wait_step(Step.IDENTIDAD)
        self._lock()
        self._picture("bloqueo")
        self._sign_in(OPERADOR)
        self._wait_step(Step.CEDULA)
        self._picture("tramite-sin-terminar")

    def _lock(self) -> None:
        window = self._shown.window
        self._driver.press(Qt.Key.Key_F12)
        self._driver.wait(lambda: window.sesion is None and not self._shown.tasks.busy, "bloqueo")

    def _wrong_datum(self) -> None:
        """Open a ticket for a misspelt name over the step of the identity, and go on."""
        drive = self._driver
        drive.press(Qt.Key.Key_F10)
        drive.wait(
            lambda: isinstance(self._wizard.page, CorreccionPage) and self._wizard.is_ready(), "ticket"
        )
        drive.press(Qt.Key.Key_N)
        drive.write("EJEMPLO ZUNIGA LUIS ALBERTO")
        drive.press(Qt.Key.Key_Return)
        drive.write("Partida de nacimiento")
        self._picture("ticket")
        drive.press(Qt.Key.Key_Return)
        drive.wait(lambda: self._wizard.is_ready() and self._at_identidad(), "ticket abierto")
        self._printed("ticket-impreso")

    def _at_identidad(self) -> bool:
        return isinstance(self._wizard.page, IdentidadPage)

    def _resolve(self) -> None:
        """Show a supervisor's list of tickets, closing one, and what the next window is told."""
        drive, window = self._driver, self._shown.window
        self._lock()
        self._sign_in(SUPERVISOR)
        drive.wait(lambda: window.side(Side.SUPERVISION) is not None, "supervisión")
        drive.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        drive.wait(lambda: window.side(Side.CORRECCIONES) is not None, "tickets")
        screen = window.side(Side.CORRECCIONES)
        assert isinstance(screen, CorreccionesScreen)  # noqa: S101 - for the type checker
        drive.wait(screen.list.hasFocus, "lista de tickets")
        self._picture("tickets")
        drive.press(Qt.Key.Key_Return)
        drive.write("Corregido en el padron")
        drive.press(Qt.Key.Key_Return)
        drive.wait(lambda: screen.done.isVisible() and screen.list.count() == 0, "ticket cerrado")
        self._picture("ticket-cerrado")
        self._lock()
        self._sign_in(OPERADOR)
        self._wait_step(Step.CEDULA)
        drive.scan(TICKET)
        drive.wait(lambda: self._wizard.is_ready() and self._at() is not Step.CEDULA, "aviso")
        self._picture("ticket-aviso")

    def _administer(self) -> None:
        """Show what an administrador does: the users, and the padrón's file."""
        drive, window = self._driver, self._shown.window
        self._lock()
        self._sign_in(ADMIN)
        drive.wait(lambda: not self._shown.tasks.busy, "usuarios")
        self._picture("usuarios")
        drive.press(Qt.Key.Key_F10)
        drive.wait(lambda: window.padron is not None and window.padron.isVisible(), "padrón")
        self._picture("padron")
        self.import_file(self._config.data / demostracion.SOURCE)
        self._picture("padron-importado")

    def import_file(self, source: Path) -> None:
        """Take a file in through the padrón's screen, where the demonstration ends."""
        drive, window = self._driver, self._shown.window
        self._clear()
        drive.write(str(source))
        drive.press(Qt.Key.Key_Return)
        drive.wait(lambda: window.padron is not None and not window.padron.running, "importación")

    # -- one case ----------------------------------------------------------------------

    def _attend(self, case: Case) -> Outcome:
        drive = self._driver
        if case.portal:
            drive.scan(self._portal_number())
            self._picture("cedula-portal")
        drive.scan(self._scanned(case))
        drive.wait(lambda: self._wizard.is_ready() and self._at() is not Step.CEDULA, case.name)
        page = self._wizard.page
        if isinstance(page, StopPage):
            return self._stopped(case, page)
        if self._at() is Step.IDENTIDAD:
            self._identidad(case)
        self._requisitos(case)
        if case.expects == PENDIENTE:
            return self._hand_pending(case)
        if case.deactivates:
            self._authorise()
        else:
            self._continue(Step.SOLICITUD)
        self._solicitud(case)
        self._continue(Step.CLAVE)
        self._picture("clave-segunda" if case.deactivates else "clave")
        drive.press(Qt.Key.Key_Return)
        drive.wait(lambda: self._wizard.is_ready() and self._tramite().emision is not None, "emisión")
        self._printed("hoja")
        if case.trouble == "hoja":
            self._spoil_slip()
        self._continue(Step.RECIBO)
        self._printed("recibo")
        if case.trouble == "recibo":
            self._print_duplicate()
        tramite = self._tramite()
        self._continue(Step.CEDULA)
        emision = tramite.emision
        if emision is None:
            return Outcome(case, "sin emitir", None, clave_anterior_desactivada=False)
        deactivated = emision.anterior_desactivada_en is not None
        return Outcome(case, EMITIDA, shown(emision.recibo), clave_anterior_desactivada=deactivated)

    def _scanned(self, case: Case) -> str:
        """Return what the reader sends in step 1: what is of the visit before is known only now."""
        last = self._last
        if case.scan == "pendientes" and last is not None:
            return last.numero
        if case.scan == "solicitud" and last is not None and last.solicitud is not None:
            return last.solicitud.numero
        return case.scan

    def _solicitud(self, case: Case) -> None:
        """Bring the solicitud to where one Enter says that it is signed."""
        drive = self._driver
        if case.employer:
            self._picture("solicitud-empleador")
            for text in ("COMPANIA FICTICIA S.A.", "ROSA MUESTRA, JEFA DE PERSONAL"):
                drive.write(text)
                drive.press(Qt.Key.Key_Tab)
            drive.write(day(local_date(app.now())))  # printed here, so not before today
            drive.press(Qt.Key.Key_F7)
            self._picture("solicitud-calificada")
            return
        if case.portal:
            self._picture("solicitud-portal")
            return
        self._picture("solicitud")
        with self._printer_off(case, "solicitud"):
            drive.press(Qt.Key.Key_Return)
            drive.wait(
                lambda: self._wizard.is_ready() and self._tramite().aceptado_en is not None, "aceptación"
            )
            if case.trouble == "solicitud":
                self._save_as_pdf("solicitud-no-salio")
        self._printed("solicitud-firma")

    def _stopped(self, case: Case, page: StopPage) -> Outcome:
        code = page.stop.code if page.stop is not None else ""
        self._picture(f"alto-{code}")
        self._driver.press(Qt.Key.Key_F6)
        self._printed("alto-impreso")
        self._continue(Step.CEDULA)
        return Outcome(case, code, None, clave_anterior_desactivada=False)

    def _identidad(self, case: Case) -> None:
        drive = self._driver
        if len(case.scan) <= len(case.cedula):  # not from the zone: format and expiry are asked
            drive.press(Qt.Key.Key_E)
            drive.write("04012035")
        self._picture("identidad-segunda" if case.deactivates else "identidad")
        if case.cedula == TICKET:
            self._wrong_datum()
        self._continue(Step.REQUISITOS)

    def _requisitos(self, case: Case) -> None:
        drive = self._driver
        self._picture("requisitos-empleador" if case.employer else "requisitos")
        for key in case.keys:
            drive.write(key)
            if key in "JS":  # the focus is in the number, then in the date, then back
                self._picture(f"requisitos-{case.name}")
                drive.write(case.number)
                drive.press(Qt.Key.Key_Return)
                drive.write(case.date)
                drive.press(Qt.Key.Key_Return)

    def _authorise(self) -> None:
        """Have a supervisor sign over the screen: another clave so soon needs a second person."""
        drive = self._driver
        drive.press(Qt.Key.Key_Return)
        drive.wait(lambda: self._wizard.is_ready() and self._way() is Way.ASK, "autorización")
        self._picture("autorizacion")
        drive.write("1")
        drive.press(Qt.Key.Key_F7)
        drive.wait(lambda: self._wizard.is_ready() and self._way() is Way.SIGN, "firma")
        drive.write(SUPERVISOR.usuario)
        drive.press(Qt.Key.Key_Return)
        drive.write(SUPERVISOR.password)
        self._picture("autorizacion-firma")
        self._continue(Step.SOLICITUD)

    def _way(self) -> Way | None:
        page = self._wizard.page
        return page.way if isinstance(page, AutorizacionPage) else None

    def _hand_pending(self, case: Case) -> Outcome:
        drive = self._driver
        if case.employer:  # the employer has not seen it yet
            drive.write("E")
            drive.wait(
                lambda: self._wizard.is_ready() and self._tramite().solicitud is not None, "para el empleador"
            )
            drive.wait(self._all_printed, "para el empleador")
            self._picture("requisitos-para-el-empleador")
        else:
            drive.write("L")
            drive.press(Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)  # its copy was left at home
            self._picture("requisitos-falta-copia")
        self._last = self._tramite()
        with self._printer_off(case, "pendientes"):
            drive.press(Qt.Key.Key_F6)
            self._wait_step(Step.CEDULA)
            if case.trouble == "pendientes":
                self._save_as_pdf("pendientes-impresora-apagada")
        self._printed("pendientes")
        return Outcome(case, PENDIENTE, None, clave_anterior_desactivada=False)

    # -- papers that go wrong ----------------------------------------------------------

    @contextmanager
    def _printer_off(self, case: Case, papel: str) -> Iterator[None]:
        """Have a paper go to a printer that is switched off, where the case has it so."""
        printing = self._running.printing
        before = printing.settings
        if case.trouble == papel:
            printing.settings = replace(before, impresoras={papel: OFF.nombre}, termicas=(OFF,))
        try:
            yield
        finally:
            printing.settings = before

    def _save_as_pdf(self, picture: str) -> None:
        """See what the window offers, and choose the PDF whatever printers this machine has."""
        drive, wizard = self._driver, self._wizard
        drive.wait(
            lambda: wizard.is_ready() and PDF in wizard.bar.offers and not self._shown.tasks.busy, picture
        )
        self._picture(picture)
        while drive.focused != PDF:
            drive.press(Qt.Key.Key_Tab)
        drive.wait(wizard.is_ready, picture)
        drive.press(Qt.Key.Key_Return)
        drive.wait(lambda: wizard.is_ready() and not wizard.bar.offers, "PDF")

    def _spoil_slip(self) -> None:
        """Annul the slip that was spoiled, and issue another."""
        drive = self._driver
        for key in (Qt.Key.Key_D, Qt.Key.Key_A):
            drive.press(key)
            drive.wait(self._wizard.is_ready, "hoja dañada")
            self._picture("hoja-danada" if key == Qt.Key.Key_D else "hoja-segunda")

    def _print_duplicate(self) -> None:
        """Print the recibo again: it came out badly."""
        drive = self._driver
        drive.press(Qt.Key.Key_F7)
        drive.wait(self._wizard.is_ready, "motivo")
        self._picture("recibo-motivo")
        drive.press(Qt.Key.Key_M)
        drive.wait(
            lambda: self._wizard.is_ready() and "DUPLICADO" in self._wizard.bar.notice.text, "duplicado"
        )
        self._printed("recibo-duplicado")

    def _printed(self, picture: str) -> None:
        """Wait until the paper in sight came out, and keep the screen that says so."""
        papers = self._wizard.papers
        self._driver.wait(
            lambda: papers.shown is not None and papers.shown.estado is EstadoImpresion.IMPRESO, picture
        )
        self._driver.wait(self._wizard.is_ready, picture)
        self._picture(picture)

    def _all_printed(self) -> bool:
        jobs = () if self._shown.printing.busy else self._running.impresiones.recent()
        return bool(jobs) and all(job.estado not in OPEN for job in jobs)

    # -- what the window shows ---------------------------------------------------------

    @property
    def _running(self) -> Services:
        if self._services is None:
            raise AssertionError("the services are loaded")
        return self._services

    @property
    def _wizard(self) -> WizardHost:
        wizard = self._shown.window.wizard
        if wizard is None:
            raise AssertionError("somebody is signed in")
        return wizard

    def _portal_number(self) -> str:
        """Return the number of a solicitud that the portal gave out this year."""
        base = f"{self._running.today():%y}00418207"
        return base + mod_97_10.calc_check_digits(base)

    def _at(self) -> Step | None:
        return self._wizard.shown

    def _cedula_page(self) -> CedulaPage:
        page = self._wizard.page
        assert isinstance(page, CedulaPage)  # noqa: S101 - for the type checker
        return page

    def _tramite(self) -> Tramite:
        tramite = self._wizard.tramite
        if tramite is None:
            raise AssertionError("somebody is being attended")
        return tramite

    def _continue(self, to: Step) -> None:
        self._driver.press(Qt.Key.Key_Return)
        self._wait_step(to)

    def _wait_step(self, step: Step) -> None:
        self._driver.wait(lambda: self._wizard.is_ready() and self._at() is step, f"paso {step.name}")

    def _clear(self) -> None:
        self._driver.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self._driver.press(Qt.Key.Key_Delete)

    def _picture(self, name: str) -> None:
        """Keep each screen once: the cases pass through the same ones."""
        if name not in self._pictured:
            self._pictured.add(name)
            QApplication.processEvents()
            self._driver.picture(name)
            self._second_screen(name)

    def _second_screen(self, name: str) -> None:
        """Keep also what the person sees: of a monitor that this machine need not have."""
        persona = self._shown.window.persona
        if name in SECOND and persona is not None:
            persona.window.resize(*SIZE)
            self._driver.picture(f"persona-{name}", persona.window)
