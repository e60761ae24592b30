"""Print jobs as recorded: what each state says, who may change it, and that nothing is done twice."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from agencia_app import app
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services import bitacora
from agencia_app.services.printers.base import Answer, JobState, Paper
from agencia_app.services.printers.folder import PdfFolder
from agencia_app.services.registry import Services
from agencia_app.settings import FOLDER, Termica
from agencia_app.settings import load as load_settings
from tests.factories import PASSWORD, Clock, ready_to_issue, sign_in

EN_COLA, IMPRIMIENDO = EstadoImpresion.EN_COLA, EstadoImpresion.IMPRIMIENDO
IMPRESO, CONFIRMADO, FALLIDO = EstadoImpresion.IMPRESO, EstadoImpresion.CONFIRMADO, EstadoImpresion.FALLIDO


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return sign_in(services)


class Queue:
    """A queue that says what it is told to, in the place of the system's."""

    name = "Cola"
    tells = True

    def __init__(self) -> None:
        self.opened = 0
        self.sent: list[str] = []
        self.forgotten: list[str] = []
        self.answer = Answer(JobState.WAITING)
        self.opening: KnownError | None = None
        self.sending: KnownError | None = None

    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def printer(self, name: str) -> Queue:
        if name != self.name:
            raise KnownError("printer.unknown", printer=name, message="")
        return self

    def takes(self, _kind: PaperKind) -> bool:
        return True

    def check(self) -> None:
        """Always ready."""

    def open(self, _paper: Paper, _copies: int) -> str:
        if self.opening is not None:
            raise self.opening
        self.opened += 1
        return str(self.opened)

    def send(self, handle: str, paper: Paper, _copies: int) -> Answer:
        if self.sending is not None:
            raise self.sending
        assert paper.pdf.startswith(b"%PDF")
        self.sent.append(handle)
        return self.answer

    def ask(self, _handle: str) -> Answer:
        return self.answer

    def call_back(self, handle: str) -> bool:
        self.forgotten.append(handle)
        return self.answer.state is JobState.DONE

    def forget(self, handle: str) -> None:
        self.forgotten.append(handle)


@pytest.fixture
def queue(services: Services, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """Send everything to a queue that obeys."""
    made = Queue()
    monkeypatch.setattr(services.printing, "queues", made)
    services.printing.settings = replace(
        services.printing.settings, impresoras={kind.value: made.name for kind in PaperKind}
    )
    return made


def issued(services: Services, sesion: Sesion) -> str:
    """Issue, confirm the slip, and return the trámite's number: its recibo is due."""
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    return tramite.numero


def job(services: Services, numero: str, papel: PaperKind = PaperKind.RECIBO) -> Impresion:
    return next(each for each in services.impresiones.of_tramite(numero) if each.papel is papel)


def error(name: str, message: str = "") -> KnownError:
    return KnownError(name, printer="Cola", message=message)


def test_the_job_of_a_recibo_is_born_with_it_and_waits_for_its_slip(
    services: Services, sesion: Sesion, queue: Queue
) -> None:
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    assert job(services, tramite.numero).estado is EN_COLA
    services.dispatcher.work()
    assert job(services, tramite.numero).estado is EN_COLA
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    assert services.dispatcher.work()
    assert job(services, tramite.numero).estado is IMPRIMIENDO


def test_it_is_impreso_only_once_the_printer_says_so(
    services: Services, sesion: Sesion, queue: Queue
) -> None:
    numero = issued(services, sesion)
    services.dispatcher.work()
    queue.answer = Answer(JobState.WAITING, "sin papel")
    assert services.dispatcher.work()
    waiting = job(services, numero)
    assert (waiting.estado, waiting.error, waiting.mensaje) == (IMPRIMIENDO, "printer.waiting", "sin papel")
    queue.answer = Answer(JobState.DONE)
    services.dispatcher.work()
    assert (job(services, numero).estado, job(services, numero).error) == (IMPRESO, "")
    assert not services.dispatcher.work()
    services.tramites.finish(sesion, numero)
    assert job(services, numero).estado is CONFIRMADO


def test_an_attention_that_ends_first_leaves_its_recibo_to_its_printer(
    services: Services, sesion: Sesion, queue: Queue
) -> None:
    numero = issued(services, sesion)
    queue.opening = error("printer.refused")
    services.dispatcher.work()
    services.tramites.finish(sesion, numero)
    assert job(services, numero).estado is EN_COLA
    queue.opening, queue.answer = None, Answer(JobState.DONE)
    services.impresiones.retry(sesion, job(services, numero).id)
    services.dispatcher.work()
    assert job(services, numero).estado is IMPRESO


def test_what_nothing_was_sent_of_is_tried_again_by_itself_after_a_rest(
    services: Services, sesion: Sesion, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("agencia_app.services.dispatcher.time.monotonic", lambda: now)
    numero = issued(services, sesion)
    queue.opening = error("printer.refused", "apagada")
    for _ in range(5):
        assert services.dispatcher.work()
    waiting = job(services, numero)
    assert (waiting.estado, waiting.intentos, waiting.mensaje) == (EN_COLA, 1, "apagada")
    now += 1
    services.dispatcher.work()
    assert job(services, numero).intentos == 2
    queue.opening = None
    now += 2
    services.dispatcher.work()
    assert job(services, numero).estado is IMPRIMIENDO
    assert queue.sent == ["1", "2"]  # the slip, and the recibo once


@pytest.mark.parametrize("code", ["printer.doubtful", "printer.failed", "printer.unknown", "printer.closed"])
def test_what_may_have_come_out_or_cannot_is_never_sent_again_by_itself(
    services: Services, sesion: Sesion, queue: Queue, code: str
) -> None:
    numero = issued(services, sesion)
    queue.sending = error(code, "algo pasó")
    for _ in range(3):
        services.dispatcher.work()
    failed = job(services, numero)
    assert (failed.estado, failed.error, failed.mensaje, failed.intentos) == (FALLIDO, code, "algo pasó", 1)
    queue.sending, queue.answer = None, Answer(JobState.DONE)
    services.impresiones.retry(sesion, failed.id)
    services.dispatcher.work()
    assert (job(services, numero).estado, job(services, numero).intentos) == (IMPRESO, 2)


@pytest.mark.parametrize(
    ("state", "estado", "code"),
    [
        (JobState.FAILED, FALLIDO, "printer.failed"),
        (JobState.UNKNOWN, FALLIDO, "printer.doubtful"),
        (JobState.EMPTY, EN_COLA, ""),
    ],
)
def test_what_a_printer_says_later_is_recorded(
    services: Services, sesion: Sesion, queue: Queue, state: JobState, estado: EstadoImpresion, code: str
) -> None:
    numero = issued(services, sesion)
    services.dispatcher.work()
    queue.answer, queue.opening = Answer(state), error("printer.refused")
    services.dispatcher._follow(services.dispatcher._row(job(services, numero).id))
    assert (job(services, numero).estado, job(services, numero).error) == (estado, code)


def test_another_printer_takes_what_the_first_must_give_back(
    services: Services, sesion: Sesion, queue: Queue
) -> None:
    numero = issued(services, sesion)
    services.dispatcher.work()
    services.impresiones.retry(sesion, job(services, numero).id, FOLDER)
    assert "2" in queue.forgotten
    services.dispatcher.work()
    assert (job(services, numero).estado, job(services, numero).impresora) == (IMPRESO, FOLDER)


def test_one_that_came_out_meanwhile_is_not_sent_elsewhere(
    services: Services, sesion: Sesion, queue: Queue
) -> None:
    numero = issued(services, sesion)
    services.dispatcher.work()
    queue.answer = Answer(JobState.DONE)
    assert services.impresiones.retry(sesion, job(services, numero).id, FOLDER).estado is IMPRESO
    services.dispatcher.work()
    assert not list(services.settings.papers.glob("recibo-*"))
    with pytest.raises(KnownError, match=r"impresion\.done"):
        services.impresiones.retry(sesion, job(services, numero).id, FOLDER)


def test_one_that_is_being_sent_is_left_alone(
    services: Services, sesion: Sesion, monkeypatch: pytest.MonkeyPatch
) -> None:
    numero = issued(services, sesion)
    sending, go_on = threading.Event(), threading.Event()
    send = PdfFolder.send

    def slowly(self: PdfFolder, handle: str, paper: Paper, copies: int) -> Answer:
        sending.set()
        assert go_on.wait(10)
        return send(self, handle, paper, copies)

    monkeypatch.setattr(PdfFolder, "send", slowly)
    worker = threading.Thread(target=services.dispatcher.work)
    worker.start()
    assert sending.wait(10)
    with pytest.raises(KnownError, match=r"impresion\.busy"):
        services.impresiones.retry(sesion, job(services, numero).id, FOLDER)
    assert services.dispatcher.work()  # a second worker does nothing meanwhile
    go_on.set()
    worker.join()
    assert job(services, numero).estado is IMPRESO
    assert len(list(services.settings.papers.glob("recibo-*"))) == 1


def test_a_second_window_that_takes_up_a_job_on_its_way_prints_it_once(
    services: Services, sesion: Sesion, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    numero = issued(services, sesion)
    other = app.open_services(services.settings, Clock())
    other.printing.queues, other.printing.settings = queue, services.printing.settings
    opened = queue.open
    queue.answer = Answer(JobState.DONE)

    def meanwhile(paper: Paper, copies: int) -> str:
        monkeypatch.setattr(queue, "open", opened)
        other.dispatcher.take_up()
        other.dispatcher.work()
        return opened(paper, copies)

    monkeypatch.setattr(queue, "open", meanwhile)
    services.dispatcher.work()
    other.database.close()
    assert queue.sent == ["1", "2"]  # the slip, and the recibo by the other window
    assert "3" in queue.forgotten
    assert (job(services, numero).estado, job(services, numero).intentos) == (IMPRESO, 2)


def test_one_taken_and_not_announced_is_asked_of_nobody(
    services: Services, sesion: Sesion, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    numero = issued(services, sesion)

    def gone(_paper: Paper, _copies: int) -> str:
        raise KnownError("base.disk_full")

    monkeypatch.setattr(queue, "open", gone)
    monkeypatch.setattr(services.dispatcher, "_refused", gone)
    with pytest.raises(KnownError, match=r"base\.disk_full"):
        services.dispatcher.work()
    assert job(services, numero).estado is IMPRIMIENDO
    with pytest.raises(KnownError, match=r"impresion\.busy"):
        services.impresiones.retry(sesion, job(services, numero).id, FOLDER)
    monkeypatch.undo()
    queue.answer = Answer(JobState.DONE)
    services.printing.queues = queue
    services.dispatcher.work()  # the process that stumbled takes it again
    assert (job(services, numero).estado, job(services, numero).intentos) == (IMPRESO, 2)


def test_a_job_that_breaks_its_printer_holds_up_no_other(
    services: Services, sesion: Sesion, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    numero = issued(services, sesion)
    services.dispatcher.work()
    test = services.impresiones.print_test(sesion, FOLDER)

    def breaks(_handle: str) -> Answer:
        raise ValueError

    monkeypatch.setattr(queue, "ask", breaks)
    services.dispatcher.work()
    assert (job(services, numero).estado, job(services, numero).error) == (FALLIDO, "printer.doubtful")
    assert services.impresiones.get(test.id).estado is IMPRESO


def test_a_slip_is_purged_as_soon_as_the_spooler_can_be_asked(
    services: Services, sesion: Sesion, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget = queue.forget

    def silent(_handle: str) -> None:
        raise error("printer.silent")

    monkeypatch.setattr(queue, "forget", silent)
    queue.answer = Answer(JobState.DONE)
    numero = issued(services, sesion)
    while job(services, numero).estado is not IMPRESO:
        services.dispatcher.work()
    assert services.dispatcher.work()  # there is still something to do
    monkeypatch.setattr(queue, "forget", forget)
    assert not services.dispatcher.work()
    assert queue.forgotten == ["1"]


def test_a_printer_that_never_says_is_believed_by_nobody_but_the_clerk(
    services: Services, sesion: Sesion, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "tells", False)
    numero = issued(services, sesion)
    for _ in range(2):
        assert not services.dispatcher.work()
    assert (job(services, numero).estado, job(services, numero).error) == (IMPRIMIENDO, "printer.untold")
    services.impresiones.came_out(sesion, job(services, numero).id)
    assert job(services, numero).estado is CONFIRMADO


def test_who_looked_and_who_sent_again_is_audited(services: Services, sesion: Sesion, queue: Queue) -> None:
    queue.sending = error("printer.doubtful")
    numero = issued(services, sesion)
    services.dispatcher.work()
    services.impresiones.retry(sesion, job(services, numero).id)
    services.dispatcher.work()
    services.impresiones.came_out(sesion, job(services, numero).id)
    statement = "SELECT accion, actor, tramite FROM bitacora WHERE accion LIKE 'papel.%' ORDER BY seq"
    assert [tuple(row) for row in services.database.rows(statement)] == [
        ("papel.reintentado", "a.ejemplo", numero),
        ("papel.confirmado", "a.ejemplo", numero),
    ]
    assert bitacora.verify(services.database).broken is None


def test_a_slip_is_handed_over_once_and_forgotten(services: Services, sesion: Sesion, queue: Queue) -> None:
    tramite = ready_to_issue(services, sesion)
    first = services.claves.issue(sesion, tramite.numero).hoja
    assert first is not None
    assert first.estado is IMPRIMIENDO
    with pytest.raises(KnownError, match=r"impresion\.slip"):
        services.impresiones.retry(sesion, first.id, FOLDER)
    second = services.claves.replace_slip(sesion, tramite.numero, 1).hoja
    assert second is not None
    assert queue.forgotten == ["1"]  # before the second was on its way
    queue.answer = Answer(JobState.DONE)
    services.dispatcher.work()
    assert queue.forgotten == ["1", "2"]
    assert services.impresiones.get(second.id).estado is IMPRESO
    spoiled = services.impresiones.get(first.id)
    assert (spoiled.estado, spoiled.error) == (FALLIDO, "impresion.closed")
    assert not services.dispatcher.work()


def test_a_slip_on_its_way_is_not_taken_for_an_empty_job(
    services: Services, sesion: Sesion, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    tramite = ready_to_issue(services, sesion)
    send = queue.send

    def asked_meanwhile(handle: str, paper: Paper, copies: int) -> Answer:
        queue.answer = Answer(JobState.EMPTY)
        services.dispatcher.work()
        queue.answer = Answer(JobState.WAITING)
        return send(handle, paper, copies)

    monkeypatch.setattr(queue, "send", asked_meanwhile)
    hoja = services.claves.issue(sesion, tramite.numero).hoja
    assert hoja is not None
    assert hoja.estado is IMPRIMIENDO
    assert queue.sent == ["1"]


@pytest.mark.parametrize("code", ["printer.refused", "printer.failed", "printer.doubtful"])
def test_a_slip_that_did_not_come_out_is_never_sent_again(
    services: Services, sesion: Sesion, queue: Queue, code: str
) -> None:
    tramite = ready_to_issue(services, sesion)
    queue.sending = error(code)
    hoja = services.claves.issue(sesion, tramite.numero).hoja
    assert hoja is not None
    assert (hoja.estado, hoja.error) == (FALLIDO, code)
    queue.sending = None
    services.dispatcher.work()
    assert queue.sent == []


def test_an_annulled_issuance_prints_no_recibo(
    services: Services, sesion: Sesion, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agencia_app.services.claves.MAX_SLIPS", 1)
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, tramite.numero, 1)
    services.dispatcher.work()
    assert (job(services, tramite.numero).estado, job(services, tramite.numero).error) == (
        FALLIDO,
        "impresion.closed",
    )
    assert queue.sent == ["1"]
    assert services.impresiones.recent() == ()
    assert services.duplicados.last(sesion) == ()


def test_a_duplicate_is_numbered_marked_and_audited(services: Services, sesion: Sesion) -> None:
    numero = issued(services, sesion)
    services.dispatcher.work()
    for reason in ("Se perdió", "  Se   mojó "):
        services.duplicados.print_again(sesion, PaperKind.RECIBO, numero, reason)
    while services.dispatcher.work():
        pass  # a round may end before the last paper
    recibo = job(services, numero).numero
    names = sorted(path.name for path in services.settings.papers.glob("recibo-*"))
    assert [name.rpartition("-duplicado-")[2] for name in names[:2]] == ["1.pdf", "2.pdf"]
    read = services.database.reader().exec_driver_sql
    details = read("SELECT detalle FROM bitacora WHERE accion = 'papel.duplicado' ORDER BY seq").scalars()
    assert [part for detail in details for part in detail.strip("{}").split(", ") if "motivo" in part] == [
        '"motivo": "Se perdió"',
        '"motivo": "Se mojó"',
    ]
    assert services.duplicados.find(sesion, recibo).tramite.numero == numero
    made = services.tramites.reload(numero).solicitud
    assert made is not None
    assert services.duplicados.find(sesion, made.numero).tramite.numero == numero
    assert services.duplicados.find(sesion, numero).papeles == (PaperKind.RECIBO, PaperKind.SOLICITUD)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 121, "se\x00perdió"])
def test_a_duplicate_without_a_reason_is_refused(services: Services, sesion: Sesion, reason: str) -> None:
    numero = issued(services, sesion)
    with pytest.raises(KnownError, match=r"impresion\.motivo"):
        services.duplicados.print_again(sesion, PaperKind.RECIBO, numero, reason)


def test_no_duplicate_of_what_there_is_not(services: Services, sesion: Sesion) -> None:
    tramite = ready_to_issue(services, sesion)
    for papel in (PaperKind.RECIBO, PaperKind.PENDIENTES, PaperKind.HOJA_CLAVE):
        with pytest.raises(KnownError, match=r"impresion\.nothing"):
            services.duplicados.print_again(sesion, papel, tramite.numero, "Se perdió")
    services.duplicados.print_again(sesion, PaperKind.SOLICITUD, tramite.numero, "Se perdió")
    services.tramites.suspend(sesion, tramite.numero)
    services.duplicados.print_again(sesion, PaperKind.PENDIENTES, tramite.numero, "Se perdió")


def test_a_paper_that_cannot_be_prepared_does_not_hold_up_the_next(
    services: Services, sesion: Sesion, monkeypatch: pytest.MonkeyPatch
) -> None:
    numero = issued(services, sesion)
    test = services.impresiones.print_test(sesion, FOLDER)

    def breaks(*_: object) -> Paper:
        raise ZeroDivisionError

    monkeypatch.setattr(services.papeles, "recibo", breaks)
    services.dispatcher.work()
    assert (job(services, numero).estado, job(services, numero).error) == (FALLIDO, "impresion.broken")
    assert services.impresiones.get(test.id).estado is IMPRESO


def test_only_an_administrador_sets_the_printers(services: Services, sesion: Sesion) -> None:
    with pytest.raises(KnownError, match=r"usuario\.role"):
        services.impresoras.set_papers(sesion, {PaperKind.RECIBO: (FOLDER, 2)})
    admin = services.usuarios.sign_in("admin", PASSWORD, 4)
    assert admin.rol is Rol.ADMINISTRADOR
    services.impresoras.add_termica(admin, Termica("Rollo", "red", "127.0.0.1:9", 58))
    services.impresoras.set_papers(admin, {PaperKind.RECIBO: ("Rollo", 2), PaperKind.HOJA_CLAVE: (FOLDER, 1)})
    saved = load_settings(services.settings.data)
    assert (saved.printer("recibo"), saved.copies("recibo")) == ("Rollo", 2)
    # Whether it is a demonstration, a server's database says.
    assert replace(saved, demostracion=True) == services.printing.settings
    found = {each.nombre: each for each in services.impresoras.found()}
    assert found["Rollo"].papeles == (PaperKind.RECIBO,)
    assert found["Rollo"].trouble is not None
    assert found["Rollo"].trouble.code == "printer.refused"
    # It applies at once.
    numero = issued(services, sesion)
    services.dispatcher.work()
    assert (job(services, numero).estado, job(services, numero).impresora) == (EN_COLA, "Rollo")
    assert job(services, numero).copias == 2
    services.impresoras.remove_termica(admin, "Rollo")
    assert "Rollo" not in services.printing.names()


@pytest.mark.parametrize(
    ("papel", "setting", "code"),
    [
        (PaperKind.HOJA_CLAVE, ("Rollo", 1), "printer.wrong_paper"),
        (PaperKind.HOJA_CLAVE, (FOLDER, 2), "impresora.copies"),
        (PaperKind.RECIBO, (FOLDER, 10), "impresora.copies"),
        (PaperKind.SOLICITUD, ("Rollo", 1), "printer.wrong_paper"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(
    services: Services, papel: PaperKind, setting: tuple[str, int], code: str
) -> None:
    admin = services.usuarios.sign_in("admin", PASSWORD, 4)
    services.impresoras.add_termica(admin, Termica("Rollo", "red", "127.0.0.1:9", 58))
    with pytest.raises(KnownError, match=code.replace(".", r"\.")):
        services.impresoras.set_papers(admin, {papel: setting})


@pytest.mark.parametrize("name", ["", " Rollo", "x" * 61, "Ro\nllo", FOLDER])
def test_a_thermal_printer_needs_a_name_of_its_own(services: Services, name: str) -> None:
    admin = services.usuarios.sign_in("admin", PASSWORD, 4)
    with pytest.raises(KnownError, match=r"impresora\.name"):
        services.impresoras.add_termica(admin, Termica(name, "red", "127.0.0.1:9", 58))


def test_a_settings_file_that_cannot_be_written_changes_nothing(services: Services) -> None:
    admin = services.usuarios.sign_in("admin", PASSWORD, 4)
    before = services.printing.settings
    (services.settings.data / "ajustes.toml.nuevo").mkdir()
    with pytest.raises(KnownError, match=r"impresora\.settings"):
        services.impresoras.set_papers(admin, {PaperKind.RECIBO: (FOLDER, 3)})
    assert services.printing.settings == before
    read = services.database.reader().exec_driver_sql
    assert read("SELECT count(*) FROM bitacora WHERE accion = 'impresoras.cambiadas'").scalar() == 0
