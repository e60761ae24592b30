"""The queues as Qt prints to them, here to the private CUPS scheduler, from a worker thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtWidgets import QApplication

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.services.printers.base import Answer, JobState, Paper
from agencia_app.ui.qt_printer import QtPrinter, QtQueues
from tests.printing.cups_server import CupsServer, VirtualPrinter, wait_for
from tests.unit.papers_factory import RECIBO, SOLICITUD, TRAMITE, make_recibo, make_solicitud, scanned

PAPER = Paper(PaperKind.RECIBO, RECIBO, make_recibo)
A5 = (420, 595)
A4 = (595, 842)


def printed(paper: Paper, on: VirtualPrinter, copies: int = 1) -> Path:
    printer = QtPrinter(on.name)
    with ThreadPoolExecutor(1) as thread:
        handle = thread.submit(printer.open, paper, copies).result()
        assert thread.submit(printer.send, handle, paper, copies).result() == Answer(JobState.WAITING)
    assert printer.ask(handle) == Answer(JobState.UNKNOWN)
    wait_for(on.received, "the paper")
    (came_out,) = on.received()
    return came_out


def sizes(paper: Path) -> list[tuple[int, int]]:
    with pypdfium2.PdfDocument(paper) as document:
        return [(round(page.get_width()), round(page.get_height())) for page in document]


@pytest.mark.parametrize(
    ("paper", "code", "small", "size"),
    [
        (PAPER, RECIBO, True, A5),
        (PAPER, RECIBO, False, A4),
        (Paper(PaperKind.SOLICITUD, TRAMITE, make_solicitud), SOLICITUD, True, A4),
    ],
)
def test_a_paper_is_drawn_on_the_best_size_the_queue_has(
    cups: CupsServer, qapp: QApplication, paper: Paper, code: str, size: tuple[int, int], *, small: bool
) -> None:
    caja = cups.add_printer("Caja", small=small)
    QtPrinter("Caja").check()
    came_out = printed(paper, caja)
    assert sizes(came_out) == [size]
    assert paper.stem in came_out.stem
    assert code in scanned(came_out.read_bytes(), 300)


def test_copies_are_pages_of_one_job(cups: CupsServer, qapp: QApplication) -> None:
    came_out = printed(PAPER, cups.add_printer("Caja"), copies=2)
    assert sizes(came_out) == [A5, A5]
    assert scanned(came_out.read_bytes(), 300).count(RECIBO) == 2


def test_a_queue_that_is_not_there_has_its_own_refusal(cups: CupsServer, qapp: QApplication) -> None:
    for code in ("printer.no_spooler", "printer.unknown"):
        for use in (QtPrinter("Nadie").check, lambda: QtPrinter("Nadie").open(PAPER, 1)):
            with pytest.raises(KnownError) as refused:
                use()
            assert refused.value.code == code
            assert refused.value.data == {"printer": "Nadie", "message": ""}
        cups.add_printer(f"Caja-{code.partition('.')[2]}")
    assert "Caja-unknown" in QtQueues().names()


def test_a_stopped_queue_is_known_before_printing(cups: CupsServer, qapp: QApplication) -> None:
    cups.add_printer("Caja").pause()
    with pytest.raises(KnownError) as refused:
        QtPrinter("Caja").check()
    assert refused.value.code == "printer.stopped"
