"""CUPS for real: a scheduler, its queues, and printers whose papers are read as a person's would be."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pypdfium2
import pytest

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import DOUBTFUL, PaperKind
from agencia_app.services.printers import _libcups
from agencia_app.services.printers import cups as cups_module
from agencia_app.services.printers.base import TRANSIENT, Answer, JobState, Paper, Printer
from agencia_app.services.printers.cups import CupsPrinter, queues
from tests.printing.cups_server import CupsServer, wait_for
from tests.unit.papers_factory import (
    RECIBO,
    SOLICITUD,
    TRAMITE,
    make_hoja_clave,
    make_recibo,
    make_solicitud,
    scanned,
)

PAPER = Paper(PaperKind.RECIBO, RECIBO, make_recibo)
SLIP = Paper(PaperKind.HOJA_CLAVE, RECIBO, make_hoja_clave)
# Points, as a PDF measures.
A5 = (420, 595)
A4 = (595, 842)


def sent(printer: Printer, paper: Paper = PAPER, copies: int = 1) -> str:
    handle = printer.open(paper, copies)
    printer.send(handle, paper, copies)
    return handle


def ended(printer: Printer, handle: str) -> Answer:
    """Return what a job ended as."""
    wait_for(lambda: printer.ask(handle).state is not JobState.WAITING, "the end of the job")
    return printer.ask(handle)


def refused(call: Callable[..., object], *arguments: object) -> tuple[str, object, object]:
    with pytest.raises(KnownError) as raised:
        call(*arguments)
    data = raised.value.data
    assert set(data) == {"printer", "message"}
    return raised.value.code, data["printer"], data["message"]


def size(paper: Path) -> tuple[int, int]:
    with pypdfium2.PdfDocument(paper) as document:
        width, height = document[0].get_size()
    return round(width), round(height)


def test_a_recibo_comes_out_on_its_own_size_and_is_done_only_then(cups: CupsServer) -> None:
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    assert queues() == ("Caja",)
    printer.check()
    handle = printer.open(PAPER, 1)
    assert printer.ask(handle) == Answer(JobState.EMPTY)
    assert printer.send(handle, PAPER, 1) == Answer(JobState.WAITING)
    assert ended(printer, handle) == Answer(JobState.DONE)
    (paper,) = caja.received()
    assert paper.stem.endswith("-recibo-017-26-0004182-66")
    assert RECIBO in scanned(paper.read_bytes(), 300)
    assert size(paper) == A5
    assert cups.spooled() == []


def test_as_many_copies_come_out_as_were_asked(cups: CupsServer) -> None:
    caja = cups.add_printer("Caja")
    printer = CupsPrinter("Caja")
    assert ended(printer, sent(printer, copies=2)).state is JobState.DONE
    assert [RECIBO in scanned(paper.read_bytes(), 300) for paper in caja.received()] == [True, True]


@pytest.mark.parametrize(
    ("paper", "code"),
    [(PAPER, RECIBO), (Paper(PaperKind.SOLICITUD, TRAMITE, make_solicitud), SOLICITUD)],
)
def test_a_queue_without_small_sheets_prints_on_a4(cups: CupsServer, paper: Paper, code: str) -> None:
    caja = cups.add_printer("Grande", small=False)
    printer = CupsPrinter("Grande")
    assert ended(printer, sent(printer, paper)).state is JobState.DONE
    (came_out,) = caja.received()
    assert size(came_out) == A4
    assert code in scanned(came_out.read_bytes(), 300)


def test_a_raw_queue_gets_the_paper_as_it_is(cups: CupsServer) -> None:
    caja = cups.add_printer("Cruda", driver=False)
    printer = CupsPrinter("Cruda")
    assert ended(printer, sent(printer)).state is JobState.DONE
    assert [paper.read_bytes() for paper in caja.received()] == [PAPER.pdf]


def test_threads_print_through_a_class_at_once_and_every_paper_comes_out_once(cups: CupsServer) -> None:
    members = [cups.add_printer(f"Caja{index}", waits=False) for index in range(4)]
    cups.add_class("Cajas", members)
    printer = CupsPrinter("Cajas")
    papers = [
        Paper(PaperKind.RECIBO, number, partial(make_recibo, numero=number))
        for number in ("01726000418266", "01726000418363", "01726000418460", "01726000418557")
    ]
    with ThreadPoolExecutor(4) as pool:
        handles = list(pool.map(lambda paper: sent(printer, paper), papers * 5))
    assert {ended(printer, handle).state for handle in handles} == {JobState.DONE}
    wait_for(lambda: sum(len(each.received()) for each in members) >= len(handles), "the last paper")
    read = [
        code for each in members for paper in each.received() for code in scanned(paper.read_bytes(), 300)
    ]
    assert sorted(code for code in read if code.isdigit()) == sorted(each.number for each in papers * 5)


def test_a_queue_that_is_not_there_has_its_own_refusal(cups: CupsServer) -> None:
    assert queues() == ()
    for use in (CupsPrinter("Nadie").check, lambda: CupsPrinter("Nadie").open(PAPER, 1)):
        assert refused(use) == ("printer.unknown", "Nadie", "")


def test_without_a_scheduler_or_its_library_there_are_no_queues(
    cups: CupsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cups.add_printer("Caja")
    printer = CupsPrinter("Caja")
    handle = printer.open(PAPER, 1)
    cups.stop()
    assert queues() == ()
    for use in (printer.check, lambda: printer.send(handle, PAPER, 1), lambda: printer.ask(handle)):
        assert refused(use) == ("printer.no_spooler", "Caja", "")
    cups.start()
    assert printer.ask(handle) == Answer(JobState.EMPTY)
    monkeypatch.setattr(_libcups, "_NAME", "libcups.so.none")
    _libcups._library.cache_clear()
    assert refused(printer.check) == ("printer.no_spooler", "Caja", "")


def test_a_scheduler_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cups_module, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        monkeypatch.setenv("CUPS_SERVER", f"127.0.0.1:{mute.getsockname()[1]}")
        assert refused(CupsPrinter("Caja").check) == ("printer.silent", "Caja", "")


def test_a_scheduler_that_wants_a_password_does_not_ask_for_it_at_a_terminal(cups: CupsServer) -> None:
    cups.add_printer("Caja")
    cups.stop()
    cups.start(
        "PreserveJobFiles No",
        "<Policy cerrada>\n<Limit All>\nAuthType Basic\nRequire user nadie\n</Limit>\n</Policy>",
    )
    cups.run("lpadmin", "-p", "Caja", "-o", "printer-op-policy=cerrada")
    code, _, message = refused(CupsPrinter("Caja").open, PAPER, 1)
    assert code == "printer.failed"
    assert message


def test_a_paused_queue_keeps_the_paper_and_prints_it_once_when_resumed(cups: CupsServer) -> None:
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    caja.pause("Cambio de tóner")
    assert refused(printer.check) == ("printer.stopped", "Caja", "en pausa: Cambio de tóner")
    handle = sent(printer)
    assert printer.ask(handle) == Answer(JobState.WAITING, "en pausa: Cambio de tóner")
    # Nor does the paper depend on the scheduler's process.
    cups.stop()
    cups.start()
    assert printer.ask(handle).state is JobState.WAITING
    caja.resume()
    assert ended(printer, handle) == Answer(JobState.DONE)
    assert len(caja.received()) == 1
    printer.check()


def test_a_queue_that_accepts_nothing_says_why(cups: CupsServer) -> None:
    cups.add_printer("Caja").reject("Se mudó al piso 2")
    printer = CupsPrinter("Caja")
    assert refused(printer.check) == ("printer.closed", "Caja", "Se mudó al piso 2")
    assert refused(printer.open, PAPER, 1)[0] == "printer.closed"


def test_a_printer_without_paper_says_so_and_finishes_when_it_has_some(cups: CupsServer) -> None:
    caja, printer = cups.add_printer("Caja", finishes=False), CupsPrinter("Caja")
    handle = sent(printer)
    wait_for(lambda: printer.ask(handle) == Answer(JobState.WAITING, "sin papel"), "no paper")
    assert caja.received() == []
    caja.refill()
    assert ended(printer, handle) == Answer(JobState.DONE)
    assert len(caja.received()) == 1


def test_a_slip_that_never_finishes_is_purged_from_the_spool(cups: CupsServer) -> None:
    cups.add_printer("Caja", finishes=False)
    printer = CupsPrinter("Caja")
    handle = sent(printer, SLIP)
    wait_for(lambda: printer.ask(handle).message, "the printer to have it")
    assert len(cups.spooled()) == 1
    printer.forget(handle)
    wait_for(lambda: cups.spooled() == [], "the spool to be empty")
    assert printer.ask(handle) == Answer(JobState.FAILED, "cancelado")
    printer.forget(handle)
    assert printer.ask(handle) == Answer(JobState.UNKNOWN)
    printer.forget(handle)


def test_a_finished_slip_is_purged_where_the_scheduler_was_told_to_preserve_files(cups: CupsServer) -> None:
    cups.stop()
    cups.start("PreserveJobFiles Yes")
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    handle = sent(printer, SLIP)
    assert ended(printer, handle) == Answer(JobState.DONE)
    assert [file.read_bytes() for file in cups.spooled()] == [SLIP.pdf]
    printer.forget(handle)
    assert cups.spooled() == []
    assert len(caja.received()) == 1


def test_a_job_that_somebody_cancels_has_failed(cups: CupsServer) -> None:
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    caja.pause()
    handle = sent(printer)
    cups.run("cancel", handle.partition("/")[0])
    assert printer.ask(handle) == Answer(JobState.FAILED, "cancelado")
    caja.resume()
    assert ended(printer, sent(printer)).state is JobState.DONE
    assert len(caja.received()) == 1


def test_a_job_announced_and_never_sent_prints_nothing_and_may_be_sent_later(cups: CupsServer) -> None:
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    abandoned, later = printer.open(PAPER, 1), printer.open(PAPER, 1)
    assert ended(printer, sent(printer)).state is JobState.DONE
    assert printer.ask(abandoned) == printer.ask(later) == Answer(JobState.EMPTY)
    printer.forget(abandoned)
    assert refused(printer.send, abandoned, PAPER, 1)[0] == "printer.failed"
    printer.send(later, PAPER, 1)
    assert ended(printer, later).state is JobState.DONE
    assert len(caja.received()) == 2


def test_a_job_of_the_same_number_in_another_scheduler_is_not_ours(cups: CupsServer) -> None:
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    caja.pause()
    theirs = sent(printer)
    ours = theirs.partition("/")[0] + "/00000000-0000-0000-0000-000000000000"
    assert printer.ask(ours) == Answer(JobState.UNKNOWN)
    printer.forget(ours)
    assert printer.ask(theirs).state is JobState.WAITING


def test_a_printer_that_is_off_prints_once_when_it_is_on_again(cups: CupsServer) -> None:
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    caja.stop()
    handle = sent(printer)
    wait_for(lambda: printer.ask(handle).message, "the scheduler to miss its printer")
    caja.start()
    assert ended(printer, handle) == Answer(JobState.DONE)
    assert len(caja.received()) == 1


@contextmanager
def faulty_line(cups: CupsServer, *, delivers: bool, dies: bool = False) -> Iterator[str]:
    """Give the address of a line to the scheduler that hangs up once a document goes over it.

    It ``delivers`` the document and loses the answer, or breaks in the middle. Once it ``dies``
    nobody is reached over it.
    """

    def carry(near: socket.socket, far: socket.socket) -> bool:
        """Return whether a document was lost on the way."""
        carried = 0
        while True:
            for ready in select.select([near, far], [], [])[0]:
                data = ready.recv(4096)
                carried += len(data) if ready is near else 0
                document = carried > 10_000  # no other request is as long
                if not data:
                    return False
                if document and (ready is far or not delivers):
                    return True
                (far if ready is near else near).sendall(data)

    def serve() -> None:
        with server:
            while not over.is_set():
                with suppress(TimeoutError):
                    near, _ = server.accept()
                    with near, socket.create_connection(("127.0.0.1", cups.port)) as far:
                        if carry(near, far) and dies:
                            return

    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    address = f"127.0.0.1:{server.getsockname()[1]}"
    with ThreadPoolExecutor(1) as thread:
        serving = thread.submit(serve)
        try:
            yield address
        finally:
            over.set()
        serving.result()


def test_a_paper_cut_short_on_its_way_is_not_printed(
    cups: CupsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    # More than fits into the buffers of a connection: the break is seen while it is written.
    large = Paper(PaperKind.RECIBO, RECIBO, lambda: PAPER.pdf + b"%" * 20_000_000)
    with faulty_line(cups, delivers=False) as address:
        monkeypatch.setenv("CUPS_SERVER", address)
        for paper, left in ((large, JobState.EMPTY), (PAPER, JobState.UNKNOWN)):
            handle = printer.open(paper, 1)
            assert refused(printer.send, handle, paper, 1)[0] in TRANSIENT
            # What was written whole may still be on its way to the scheduler: its job was purged.
            assert printer.ask(handle) == Answer(left)
    monkeypatch.setenv("CUPS_SERVER", cups.address)
    assert ended(printer, sent(printer)).state is JobState.DONE
    assert len(caja.received()) == 1
    assert cups.spooled() == []


def test_a_paper_whose_confirmation_was_lost_is_found_in_the_queue(
    cups: CupsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    caja, printer = cups.add_printer("Caja"), CupsPrinter("Caja")
    with faulty_line(cups, delivers=True) as address:
        monkeypatch.setenv("CUPS_SERVER", address)
        handle = printer.open(PAPER, 1)
        assert printer.send(handle, PAPER, 1).state is JobState.WAITING
        assert ended(printer, handle).state is JobState.DONE
    assert len(caja.received()) == 1


def test_a_paper_nobody_can_be_asked_about_is_doubtful(
    cups: CupsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cups.add_printer("Caja")
    printer = CupsPrinter("Caja")
    with faulty_line(cups, delivers=True, dies=True) as address:
        monkeypatch.setenv("CUPS_SERVER", address)
        handle = printer.open(PAPER, 1)
        assert refused(printer.send, handle, PAPER, 1)[0] == DOUBTFUL
    # The scheduler knows, once it is there again.
    monkeypatch.setenv("CUPS_SERVER", cups.address)
    assert ended(printer, handle).state is JobState.DONE
