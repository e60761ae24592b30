"""Papers that do not come out: what the window says, offers and does, by keys, with failing printers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import EstadoImpresion, PaperKind
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.services.printers.base import Answer, JobState, Paper
from agencia_app.services.registry import Services
from agencia_app.settings import Termica
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.wizard.host import SETTLE_MS
from tests.factories import CEDULAS, add_people, full_papers, person, ready_to_issue, sign_in
from tests.printing.thermal_listener import ThermalListener
from tests.ui.pages import WizardDriver
from tests.ui.test_wizard_attention import attend, papers, tasks, to_clave, to_requisitos  # noqa: F401 - a fixture

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
NAME = "FICTICIA NÚÑEZ MARÍA JOSÉ"


@dataclass
class Queue:
    """A queue of the system that answers what it is told to."""

    name: str
    answer: Answer = field(default_factory=lambda: Answer(JobState.DONE))
    tells: bool = True
    sent: list[str] = field(default_factory=list)
    forgotten: int = 0

    def takes(self, _: PaperKind) -> bool:
        return True

    def check(self) -> None:
        """Be ready."""

    def open(self, paper: Paper, _: int) -> str:
        return paper.stem

    def send(self, handle: str, paper: Paper, _: int) -> Answer:
        assert paper.pdf.startswith(b"%PDF")
        self.sent.append(handle)
        return self.answer

    def ask(self, _: str) -> Answer:
        return self.answer

    def call_back(self, _: str) -> bool:
        self.forgotten += 1
        return self.answer.state is JobState.DONE

    def forget(self, _: str) -> None:
        self.forgotten += 1


@dataclass
class NoQueue(Queue):
    """A name that no queue has."""

    def check(self) -> None:
        raise KnownError("printer.unknown", printer=self.name, message="")

    def open(self, _paper: Paper, _copies: int) -> str:
        raise KnownError("printer.unknown", printer=self.name, message="")


class Queues:
    """The system's queues, as a spooler would list them."""

    def __init__(self) -> None:
        self.all: dict[str, Queue] = {}

    def add(self, name: str, state: JobState = JobState.DONE, *, tells: bool = True) -> Queue:
        self.all[name] = Queue(name, Answer(state), tells)
        return self.all[name]

    def names(self) -> tuple[str, ...]:
        return tuple(self.all)

    def printer(self, name: str) -> Queue:
        return self.all.get(name) or NoQueue(name)


@pytest.fixture
def queues(services: Services) -> Queues:
    made = Queues()
    services.printing.queues = made
    return made


@pytest.fixture
def caja() -> Iterator[ThermalListener]:
    """A thermal printer that is switched on."""
    with ThermalListener() as listener:
        yield listener
    assert not listener.errors


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, queues: Queues, tasks: Tasks, theme: Theme) -> WizardDriver:  # noqa: F811 - the fixture
    _ = queues  # a test has no spooler but this
    return WizardDriver(qtbot, services, sign_in(services), tasks, theme)


def give(services: Services, *termicas: Termica, **impresoras: str) -> None:
    """Set which printer takes which paper."""
    services.printing.settings = replace(services.printing.settings, impresoras=impresoras, termicas=termicas)


def thermal(listener: ThermalListener, name: str = "Caja") -> Termica:
    return Termica(name, "red", listener.address, 80)


def to_solicitud(wizard: WizardDriver) -> Tramite:
    to_requisitos(wizard)
    wizard.write("1l")
    wizard.enter()
    assert wizard.at == "Solicitud"
    tramite = wizard.solicitud.tramite
    assert tramite is not None
    return tramite


def to_recibo(wizard: WizardDriver) -> Tramite:
    tramite = to_clave(wizard)
    wizard.enter()
    wizard.enter()
    assert wizard.at == "Recibo"
    return tramite


def state(services: Services, tramite: Tramite, papel: PaperKind) -> list[EstadoImpresion]:
    """Return the states of a trámite's jobs of one paper, the newest first."""
    return [job.estado for job in services.impresiones.of_tramite(tramite.numero) if job.papel is papel]


# -- a printer that is off --------------------------------------------------------------


def test_an_unplugged_printer_holds_nobody_up_and_its_paper_comes_by_itself(
    wizard: WizardDriver, services: Services, caja: ThermalListener
) -> None:
    give(services, thermal(caja), recibo="Caja")
    caja.stop()
    tramite = to_recibo(wizard)
    wizard.wait(lambda: "La impresora Caja no responde" in wizard.line)
    assert wizard.line.startswith("Recibo: en cola.")
    assert wizard.offers == ("Reintentar", "Guardar como PDF")
    assert not wizard.host.bar.has_focus()
    wizard.enter()
    assert wizard.at == "Cedula"
    assert services.tramites.reload(tramite.numero).estado is EstadoTramite.TERMINADO
    assert wizard.line.startswith(f"Recibo · {NAME}: en cola.")
    wizard.write("245999")
    caja.start()
    wizard.wait(lambda: wizard.line == f"Recibo · {NAME}: impreso en Caja.")
    assert len(caja.papers) == 1
    assert wizard.cedula.cedula.text() == "245999"
    assert wizard.cedula.cedula.hasFocus()


def test_f7_retries_at_once_while_another_person_is_attended(
    wizard: WizardDriver, services: Services, caja: ThermalListener
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], nombres="ZOILA"))
    give(services, thermal(caja), recibo="Caja")
    caja.stop()
    tramite = to_recibo(wizard)
    wizard.enter()
    attend(wizard, CEDULAS[1])
    assert NAME in wizard.line
    wizard.write("e0401")
    caja.start()
    wizard.press(Key.Key_F7)
    wizard.wait(lambda: len(caja.papers) == 1)
    wizard.wait(lambda: not wizard.line)
    wizard.write("2035")  # not a key of it was lost
    wizard.settle()
    wizard.enter()
    assert wizard.at == "Requisitos"
    assert state(services, tramite, PaperKind.RECIBO) == [EstadoImpresion.IMPRESO]


def test_a_paper_that_only_waits_is_not_signed(
    wizard: WizardDriver, services: Services, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = queues.add("Oficina")
    give(services, solicitud="Oficina")
    tramite = to_solicitud(wizard)
    with monkeypatch.context() as away:
        away.setattr(Queue, "open", _no_spooler)
        wizard.enter()
        wizard.wait(lambda: "servicio de impresión" in wizard.line)
        assert not wizard.can_continue()
        assert not wizard.host.bar.has_focus()
        wizard.press(Key.Key_Return)
        assert wizard.focused == "Reintentar"
        wizard.settle()
    wizard.enter()
    wizard.wait(lambda: wizard.line == "Solicitud: impresa en Oficina.")
    wizard.settle()
    wizard.enter()
    assert wizard.at == "Clave"
    assert len(queue.sent) == 1
    assert state(services, tramite, PaperKind.SOLICITUD) == [EstadoImpresion.CONFIRMADO]


# -- a printer that will not do ---------------------------------------------------------


def test_a_printer_that_does_not_exist_leads_to_another_or_to_a_pdf_by_keys(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    oficina = queues.add("Oficina", JobState.FAILED)
    give(services, recibo="NoHay")
    tramite = to_recibo(wizard)
    wizard.wait(wizard.host.bar.has_focus)
    assert wizard.line == (
        "Recibo: No hay una impresora llamada NoHay. Elija otra, o corrija el nombre en Impresoras (F8)."
    )
    assert wizard.offers == ("Reintentar", "Oficina", "Guardar como PDF")
    assert wizard.focused == "Imprimir en Oficina"
    wizard.settle()
    wizard.enter()
    # The other one takes it and does not print it: the focus is on trying again.
    wizard.wait(lambda: "La impresora Oficina no imprimió el papel" in wizard.line)
    wizard.wait(lambda: wizard.focused == "Reintentar")
    assert "Oficina" not in wizard.offers
    wizard.press(Key.Key_Tab)
    assert wizard.focused == "Guardar como PDF"
    wizard.settle()
    wizard.enter()
    assert wizard.line == "Recibo: guardado como PDF."
    assert (len(oficina.sent), len(papers(services, "recibo"))) == (1, 1)
    assert not wizard.host.bar.has_focus()
    wizard.enter()
    assert wizard.at == "Cedula"
    assert state(services, tramite, PaperKind.RECIBO) == [EstadoImpresion.CONFIRMADO]


def test_a_solicitud_that_did_not_come_out_is_never_signed_by_enter(
    wizard: WizardDriver, services: Services, caja: ThermalListener
) -> None:
    give(services, thermal(caja), solicitud="Caja")  # which has no layout for it
    tramite = to_solicitud(wizard)
    wizard.enter()
    wizard.wait(wizard.host.bar.has_focus)
    assert wizard.focused == "Guardar como PDF"
    assert not wizard.can_continue()
    assert "La solicitud no ha salido" in wizard.subtitle
    wizard.press(Key.Key_Up)  # back to the page
    wizard.settle()
    wizard.press(Key.Key_Return)  # which has nothing to sign
    assert wizard.focused == "Guardar como PDF"
    wizard.settle()
    wizard.enter()
    assert (wizard.at, wizard.primary, wizard.can_continue()) == ("Solicitud", "Está firmada", True)
    assert len(papers(services, "solicitud")) == 1
    wizard.enter()
    assert wizard.at == "Clave"
    assert services.tramites.reload(tramite.numero).firmado_en is not None


def test_an_enter_on_its_way_chooses_nothing(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    queue = queues.add("Oficina", JobState.WAITING)
    give(services, recibo="Oficina")
    tramite = to_recibo(wizard)
    wizard.host.settle.setInterval(SETTLE_MS)
    queue.answer = Answer(JobState.FAILED, "atascado")
    wizard.wait(wizard.host.bar.has_focus)
    wizard.press(Key.Key_Return)  # it was for "Siguiente persona"
    wizard.press(Key.Key_Space)
    wizard.settle()
    assert state(services, tramite, PaperKind.RECIBO) == [EstadoImpresion.FALLIDO]
    assert wizard.at == "Recibo"
    assert "atascado" in wizard.line


def test_a_sheet_that_did_not_print_is_offered_over_the_next_person(
    wizard: WizardDriver, services: Services
) -> None:
    give(services, pendientes="NoHay")
    to_requisitos(wizard)
    wizard.press(Key.Key_F6)
    wizard.settle()
    assert wizard.at == "Cedula"
    wizard.wait(lambda: wizard.line.startswith(f"Hoja de pendientes · {NAME}: No hay una impresora"))
    assert "impresa" not in wizard.notices
    wizard.write("2459")
    assert wizard.cedula.cedula.text() == "2459"  # nothing took the focus
    wizard.press(Key.Key_Tab)
    while wizard.focused != "Guardar como PDF":
        wizard.press(Key.Key_Tab)
    wizard.settle()
    wizard.enter()
    assert wizard.line == f"Hoja de pendientes · {NAME}: guardada como PDF."
    assert len(papers(services, "pendientes")) == 1
    assert wizard.cedula.cedula.hasFocus()
    assert wizard.cedula.cedula.text() == "2459"


def test_a_stop_sheet_on_its_way_is_not_queued_twice(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    queue = queues.add("Oficina", JobState.WAITING)
    give(services, pendientes="Oficina")
    attend(wizard, CEDULAS[3])
    assert wizard.at == "Stop"
    for _ in range(2):
        wizard.press(Key.Key_F6)
        wizard.settle()
    wizard.wait(lambda: wizard.line.startswith("Imprimiendo la hoja de pendientes en Oficina…"))
    assert len(queue.sent) == 1
    queue.answer = Answer(JobState.DONE)
    wizard.wait(lambda: wizard.line == "Hoja de pendientes: impresa en Oficina.")
    wizard.press(Key.Key_F6)  # it came out, and badly
    wizard.wait(lambda: len(queue.sent) == 2)


# -- nobody knows -----------------------------------------------------------------------


def test_a_doubtful_recibo_is_looked_for_and_never_printed_twice_by_itself(
    wizard: WizardDriver, services: Services, caja: ThermalListener
) -> None:
    give(services, thermal(caja), recibo="Caja")
    caja.drop_after = 300
    tramite = to_recibo(wizard)
    wizard.wait(wizard.host.bar.has_focus)
    assert "No se sabe si el papel salió de Caja" in wizard.line
    assert wizard.offers == ("Sí salió", "Reintentar", "Guardar como PDF")
    assert wizard.focused == "Sí salió"
    wizard.settle()
    wizard.enter()
    assert not wizard.line
    assert state(services, tramite, PaperKind.RECIBO) == [EstadoImpresion.CONFIRMADO]
    assert not caja.papers
    # It was half a paper after all: another is a duplicate, with its reason.
    wizard.press(Key.Key_F7)
    assert "¿Por qué se imprime otra vez?" in wizard.words
    wizard.settle()
    wizard.letter("m")
    wizard.letter("m")  # pressed twice: one duplicate
    wizard.wait(lambda: wizard.line == "Recibo · DUPLICADO 1: impreso en Caja.")
    assert len(caja.papers) == 1
    assert "DUPLICADO" in caja.papers[0].text


def test_no_duplicate_without_a_reason(wizard: WizardDriver, services: Services) -> None:
    tramite = to_recibo(wizard)
    wizard.press(Key.Key_F7)
    wizard.settle()
    assert wizard.primary == "No imprimir otro"
    wizard.enter()
    assert (wizard.at, wizard.primary) == ("Recibo", "Siguiente persona")
    assert state(services, tramite, PaperKind.RECIBO) == [EstadoImpresion.IMPRESO]


def test_a_printer_that_never_finishes_offers_the_choices_and_gives_the_job_back(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    queue = queues.add("Oficina", JobState.WAITING)
    give(services, recibo="Oficina")
    wizard.host.papers.slow_ms = 600
    to_recibo(wizard)
    wizard.wait(lambda: wizard.line == "Imprimiendo el recibo en Oficina…")
    assert not wizard.offers
    wizard.wait(lambda: bool(wizard.offers))
    assert "La impresora tarda" in wizard.line
    assert wizard.offers == ("Sí salió", "Reintentar", "Guardar como PDF")
    assert not wizard.host.bar.has_focus()
    wizard.press(Key.Key_Tab)
    while wizard.focused != "Guardar como PDF":
        wizard.press(Key.Key_Tab)
    wizard.settle()
    wizard.enter()
    assert wizard.line == "Recibo: guardado como PDF."
    assert queue.forgotten == 1
    assert (len(queue.sent), len(papers(services, "recibo"))) == (1, 1)


def test_a_printer_that_never_tells_takes_no_key_more(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    queue = queues.add("Windows", tells=False)
    give(services, solicitud="Windows", recibo="Windows", hoja_clave="Windows")
    tramite = to_solicitud(wizard)
    wizard.enter()
    assert (
        wizard.line
        == "Solicitud: Se envió a Windows, que no avisa cuando termina. Compruebe que el papel salió."
    )
    assert not wizard.host.bar.has_focus()
    for at in ("Clave", "Clave", "Recibo", "Cedula"):
        wizard.enter()
        assert wizard.at == at
    assert len(queue.sent) == 3
    jobs = services.impresiones.of_tramite(tramite.numero)
    assert {job.estado for job in jobs} == {EstadoImpresion.CONFIRMADO}


def test_what_came_out_meanwhile_is_not_printed_again(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    queue = queues.add("Oficina", JobState.FAILED)
    give(services, recibo="Oficina")
    to_recibo(wizard)
    wizard.wait(wizard.host.bar.has_focus)
    wizard.settle()
    services.impresiones.came_out(sign_in(services, 5), wizard.job.id)  # at another window
    wizard.enter()
    assert wizard.line == "Ese papel ya salió. Si hace falta otro, pida un duplicado."
    assert len(queue.sent) == 1


# -- the hoja de clave ------------------------------------------------------------------


def test_a_slip_that_fails_later_changes_the_question_by_itself(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    queue = queues.add("Oficina", JobState.WAITING)
    give(services, hoja_clave="Oficina")
    tramite = to_clave(wizard)
    wizard.enter()
    assert wizard.primary == "Sí, salió bien"
    assert wizard.line == "Imprimiendo la hoja de clave en Oficina…"
    wizard.host.settle.setInterval(SETTLE_MS)
    queue.answer = Answer(JobState.FAILED, "atascado")
    wizard.wait(lambda: wizard.primary == "Emitir otra hoja")
    wizard.press(Key.Key_Return)  # it was meant for the question before
    wizard.settle()
    assert wizard.primary == "Emitir otra hoja"
    assert "atascado" in wizard.notices
    assert not wizard.offers
    queue.answer = Answer(JobState.DONE)
    wizard.settle()
    wizard.enter()
    assert wizard.primary == "Sí, salió bien"
    assert wizard.line == "Hoja de clave: impresa en Oficina."
    assert "ya se anuló una hoja" in wizard.words
    emision = services.tramites.reload(tramite.numero).emision
    assert emision is not None
    assert (emision.intento, len(queue.sent)) == (2, 2)
    assert not papers(services, "hoja-clave")


def test_a_doubtful_slip_is_left_to_who_looks(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    queues.add("Oficina", JobState.UNKNOWN)
    give(services, hoja_clave="Oficina")
    to_clave(wizard)
    wizard.enter()
    wizard.wait(lambda: "No se sabe si la hoja salió de Oficina" in wizard.notices)
    assert wizard.primary == "Sí, salió bien"
    assert not wizard.offers
    wizard.enter()
    assert wizard.at == "Recibo"


def test_a_slip_that_failed_before_the_window_closed_is_told_on_entering(
    qtbot: QtBot,
    services: Services,
    queues: Queues,
    tasks: Tasks,  # noqa: F811 - the fixture
    theme: Theme,
) -> None:
    queues.add("Oficina", JobState.FAILED)
    give(services, hoja_clave="Oficina")
    sesion = sign_in(services)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    wizard = WizardDriver(qtbot, services, sesion, tasks, theme)
    wizard.wait(lambda: "falta confirmar la hoja" in wizard.words)
    wizard.press(Key.Key_1, ALT)
    wizard.settle()
    assert (wizard.at, wizard.primary) == ("Clave", "Emitir otra hoja")
    assert "La clave quedó registrada, pero nadie la conoce." in wizard.words
    assert "La impresora Oficina no imprimió el papel" in wizard.notices


def test_a_printer_that_will_not_do_stops_before_anything_is_issued(
    wizard: WizardDriver, services: Services, caja: ThermalListener
) -> None:
    tramite = to_clave(wizard)
    give(services, thermal(caja), hoja_clave="Caja")
    wizard.enter()
    assert "no imprime este papel" in wizard.notices
    assert services.tramites.reload(tramite.numero).emision is None
    give(services)
    wizard.enter()
    assert services.tramites.reload(tramite.numero).emision is not None


# -- nothing twice ----------------------------------------------------------------------


def test_stepping_back_and_forth_prints_nothing_again(wizard: WizardDriver, services: Services) -> None:
    to_solicitud(wizard)
    wizard.enter()
    wizard.press(Key.Key_Left, ALT)
    wizard.settle()
    assert wizard.at == "Requisitos"
    wizard.enter()
    assert (wizard.at, wizard.primary) == ("Solicitud", "Está firmada")
    assert wizard.line == "Solicitud: guardada como PDF."
    assert len(papers(services, "solicitud")) == 1
    wizard.press(Key.Key_F7)  # it came out badly, and nothing is signed yet: no duplicate
    wizard.settle()
    assert [path.name.count("duplicado") for path in papers(services, "solicitud")] == [0, 0]


def test_a_new_start_takes_up_the_paper_that_was_on_its_way(
    wizard: WizardDriver,
    qtbot: QtBot,
    services: Services,
    caja: ThermalListener,
    tasks: Tasks,  # noqa: F811 - the fixture
    theme: Theme,
) -> None:
    give(services, thermal(caja), recibo="Caja")
    caja.stop()
    to_recibo(wizard)
    wizard.host.close()
    wizard.stop_printing()
    caja.start()
    again = WizardDriver(qtbot, services, sign_in(services), tasks, theme)
    again.wait(lambda: len(caja.papers) == 1)
    again.press(Key.Key_1, ALT)
    again.settle()
    assert again.at == "Recibo"
    assert again.line == "Recibo: impreso en Caja."
    again.enter()
    assert again.at == "Cedula"
    assert len(caja.papers) == 1


def test_what_another_window_accepted_is_printed_once(wizard: WizardDriver, services: Services) -> None:
    sesion = sign_in(services)
    tramite = to_solicitud(wizard)
    services.tramites.save_requisitos(sesion, tramite.numero, full_papers(tramite, services), done=True)
    services.tramites.accept(sesion, tramite.numero)
    wizard.press(Key.Key_Left, ALT)
    wizard.settle()
    wizard.enter()
    assert (wizard.at, wizard.primary) == ("Solicitud", "Está firmada")
    wizard.monitor.poke()
    wizard.wait(lambda: len(papers(services, "solicitud")) == 1)
    wizard.enter()
    assert wizard.at == "Clave"
    assert len(papers(services, "solicitud")) == 1


# -- the look ---------------------------------------------------------------------------


@pytest.mark.parametrize(("zoom", "size"), [(1.0, (1280, 744)), (1.0, (900, 544)), (1.5, (1280, 744))])
def test_nothing_is_clipped_with_every_choice_offered(
    wizard: WizardDriver,
    services: Services,
    queues: Queues,
    caja: ThermalListener,
    theme: Theme,
    zoom: float,
    size: tuple[int, int],
) -> None:
    theme.set_zoom(zoom)
    wizard.host.resize(*size)
    for name in ("Oficina", "Ventanilla 2", "Impresora de la sala de espera del segundo piso"):
        queues.add(name)
    give(services, thermal(caja), recibo="Caja")
    caja.drop_after = 300
    to_recibo(wizard)
    wizard.wait(lambda: len(wizard.offers) == 6)
    wizard.unclipped()
    wizard.press(Key.Key_F7)
    wizard.settle()
    wizard.unclipped()


def test_tab_goes_from_the_page_to_the_choices_and_on(
    wizard: WizardDriver, services: Services, queues: Queues
) -> None:
    queues.add("Oficina")
    give(services, recibo="NoHay")
    to_recibo(wizard)
    wizard.wait(wizard.host.bar.has_focus)
    reached = [wizard.focused]
    for _ in range(2):
        wizard.press(Key.Key_Tab)
        reached.append(wizard.focused)
    assert reached == ["Imprimir en Oficina", "Guardar como PDF", "Siguiente persona"]
    wizard.press(Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    wizard.press(Key.Key_Left)
    wizard.press(Key.Key_Left)
    assert wizard.focused == "Reintentar"


def _no_spooler(queue: Queue, *_: Any) -> str:
    raise KnownError("printer.no_spooler", printer=queue.name, message="")
