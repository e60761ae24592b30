"""The hoja de clave through a real scheduler: it leaves nothing behind, spoiled or not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agencia_app.models.domain import clave as clave_rules
from agencia_app.models.domain.clave import GROUP
from agencia_app.models.domain.impresion import EstadoImpresion, PaperKind
from agencia_app.services import pdf_pages
from agencia_app.services.registry import Services
from tests.factories import ready_to_issue, sign_in
from tests.printing.cups_server import wait_for

if TYPE_CHECKING:
    from tests.printing.cups_server import CupsServer, VirtualPrinter


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every clave that was drawn, for the test alone."""
    kept: list[str] = []
    generate = clave_rules.generate

    def remember() -> str:
        kept.append(generate())
        return kept[-1]

    monkeypatch.setattr(clave_rules, "generate", remember)
    return kept


def words(path: Path) -> set[str]:
    """Return what a file says: its PDF text where it is one, and its bytes as they are."""
    raw = path.read_bytes()
    try:
        pages = pdf_pages.texts(raw, 9) if raw.startswith(b"%PDF") else []
    except pdf_pages.UnreadableError:
        pages = []
    return {word for page in pages for word in page} | {raw.decode("latin-1")}


def holding(clave: str, *folders: Path) -> list[Path]:
    """Return the files under these folders in which a clave can be read, whole or in its two groups."""
    found = []
    for path in files(*folders):
        said = words(path)
        if any(clave in word for word in said) or {clave[:GROUP], clave[GROUP:]} <= said:
            found.append(path)
    return found


def files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())


def follow(services: Services, slip: int, estado: EstadoImpresion) -> None:
    """Let the jobs be followed until a slip is at a state."""

    def reached() -> bool:
        services.dispatcher.work()
        return services.impresiones.get(slip).estado is estado

    # The scheduler rests between its tries at a printer that is still busy with the slip called back.
    wait_for(reached, f"hoja {estado}", 90)


@pytest.mark.parametrize("preserve", ["No", "Yes"])
def test_a_spoiled_slip_leaves_neither_clave_anywhere(
    services: Services, cups: CupsServer, drawn: list[str], preserve: str, tmp_path: Path
) -> None:
    if preserve == "Yes":  # an agency that did not set what the manual says
        cups.stop()
        cups.start("PreserveJobFiles Yes")
    printer = cups.add_printer("Oficio", finishes=False)
    services.printing.settings = replace(
        services.printing.settings, impresoras={PaperKind.HOJA_CLAVE.value: "Oficio"}
    )
    sesion = sign_in(services)
    tramite = ready_to_issue(services, sesion)
    before = set(files(Path(tempfile.gettempdir())))
    first = services.claves.issue(sesion, tramite.numero).hoja
    assert first is not None
    assert first.estado is EstadoImpresion.IMPRIMIENDO
    # Until it is printed the spooler has it: so the search does find what there is.
    assert holding(drawn[0], cups.spool)
    wait_for(printer.is_empty, "the printer to have the slip")
    second = services.claves.replace_slip(sesion, tramite.numero, 1).hoja
    assert second is not None
    assert not holding(drawn[0], cups.spool)
    assert holding(drawn[1], cups.spool)
    printer.refill()
    follow(services, second.id, EstadoImpresion.IMPRESO)
    services.claves.confirm_slip(sesion, tramite.numero, 2)
    services.dispatcher.work()
    assert cups.spooled() == []
    assert last_paper_says(printer, drawn[1])
    kept = [cups.folder / name for name in ("spool", "cache", "root", "run")]
    logs = list(cups.folder.glob("*log"))
    left = set(files(Path(tempfile.gettempdir()))) - before
    for clave in drawn:
        assert holding(clave, services.settings.data, tmp_path, *kept) == []
        assert [path for path in logs if clave.encode() in path.read_bytes()] == []
        # Of temporary files, those that are not what the printer put out.
        assert [path for path in left if not is_paper(path, cups) and clave in "".join(words(path))] == []
    spoiled = "SELECT count(*) FROM clave WHERE hoja = 'danada'"
    assert services.database.reader().exec_driver_sql(spoiled).scalar() == 1


def last_paper_says(printer: VirtualPrinter, clave: str) -> bool:
    return {clave[:GROUP], clave[GROUP:]} <= words(printer.received()[-1])


def is_paper(path: Path, cups: CupsServer) -> bool:
    return path.is_relative_to(cups.folder / "printers")
