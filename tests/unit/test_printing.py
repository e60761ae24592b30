"""Printing to a folder for real, and to a spooler whose programs are stood in for by scripts."""

from __future__ import annotations

import resource
import stat
from pathlib import Path

import pytest

from agencia_app.models.domain.errors import KnownError
from agencia_app.services.printing import (
    Paper,
    PaperKind,
    PdfFolder,
    Printing,
    SystemPrinter,
    system_printers,
)
from agencia_app.settings import Settings

PDF = b"%PDF-1.4 not really " + bytes(range(256))
RECIBO = Paper(PaperKind.RECIBO, "01726000418266", PDF)
SLIP = Paper(PaperKind.HOJA_CLAVE, "01726000418266", PDF)
IDLE = (
    "printer Caja is idle.  enabled since Sun Nov 22 23:36:44 2026\nCaja accepting requests since Sun Nov 22"
)


class Spooler:
    """Stands in for lp, lpstat and lpoptions; answers are those CUPS 2.4 gave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers("lpstat", IDLE)
        self.answers("lpoptions", "PageSize/Media Size: *A4 A5 Letter")
        self.answers("lp", "request id is Caja-1 (0 file(s))")

    def answers(self, program: str, said: str = "", *, error: str = "", code: int = 0) -> None:
        (self.folder / f"{program}.said").write_text(said)
        (self.folder / f"{program}.error").write_text(error)
        script = self.folder / program
        script.write_text(
            "#!/bin/sh\n"
            f"cd {self.folder}\n"
            f'printf "%s\\n" "$@" > {program}.arguments\n'
            f"/bin/cat > {program}.given\n"
            f"/bin/cat {program}.said\n/bin/cat {program}.error >&2\nexit {code}\n"
        )
        script.chmod(0o755)

    def arguments(self, program: str) -> list[str]:
        return (self.folder / f"{program}.arguments").read_text().splitlines()


@pytest.fixture
def spooler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spooler:
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return Spooler(folder)


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize(
    ("kind", "number", "stem"),
    [
        (PaperKind.RECIBO, "01726000418266", "recibo-017-26-0004182-66"),
        (PaperKind.HOJA_CLAVE, "01726000418266", "hoja-clave-017-26-0004182-66"),
        (PaperKind.SOLICITUD, "0172600004231", "solicitud-017-26-000042-31"),
        (PaperKind.PENDIENTES, "20261122154100000000", "pendientes-20261122154100000000"),
    ],
)
def test_a_paper_is_named_by_kind_and_number(kind: PaperKind, number: str, stem: str) -> None:
    paper = Paper(kind, number, PDF)
    assert paper.stem == stem
    assert "PDF" not in repr(paper)


def test_a_folder_keeps_every_copy_whole_and_private(tmp_path: Path) -> None:
    folder = PdfFolder(tmp_path / "papeles")
    for last in (b"1", b"2", b"3"):
        folder.send(Paper(PaperKind.RECIBO, RECIBO.number, PDF + last))
    stem = RECIBO.stem
    assert files(folder.path) == [f"{stem}-2.pdf", f"{stem}-3.pdf", f"{stem}.pdf"]
    first = folder.path / f"{stem}.pdf"
    assert first.read_bytes() == PDF + b"1"
    assert (folder.path / f"{stem}-3.pdf").read_bytes() == PDF + b"3"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_a_folder_takes_the_hoja_de_clave_in_demonstration_alone(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as refused:
        PdfFolder(tmp_path).send(SLIP)
    assert refused.value.code == "printer.slip_needs_paper"
    assert files(tmp_path) == []
    PdfFolder(tmp_path, demostracion=True).send(SLIP)
    assert files(tmp_path) == [f"{SLIP.stem}.pdf"]


def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = PdfFolder(tmp_path / "papeles")
    folder.check()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(KnownError) as full:
            folder.send(RECIBO)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.value.code == "printer.folder"
    assert full.value.data["path"] == folder.path
    assert files(folder.path) == []


def test_a_folder_that_cannot_be_is_known_before_printing(tmp_path: Path) -> None:
    (tmp_path / "papeles").write_text("a file in its place")
    with pytest.raises(KnownError) as refused:
        PdfFolder(tmp_path / "papeles").check()
    assert refused.value.code == "printer.folder"


def test_a_queue_gets_the_bytes_on_standard_input_under_a_title_without_a_person(spooler: Spooler) -> None:
    SystemPrinter("Caja").send(SLIP)
    assert (spooler.folder / "lp.given").read_bytes() == PDF
    assert spooler.arguments("lp") == [
        "-d", "Caja", "-t", "hoja-clave-017-26-0004182-66", "-o", "media=A5", "-",
    ]  # fmt: skip


def test_a_queue_without_small_sheets_prints_on_a4_rather_than_not_at_all(spooler: Spooler) -> None:
    spooler.answers("lpoptions", "InputSlot/Source: Auto *Main\nPageSize/Media Size: A4 Legal *Letter")
    SystemPrinter("Caja").send(RECIBO)
    assert spooler.arguments("lp")[4:] == ["-o", "media=A4", "-o", "fit-to-page", "-"]


@pytest.mark.parametrize(
    ("said", "error", "code", "expected", "message"),
    [
        ("", 'lpstat: Invalid destination name in list "Caja".', 1, "printer.unknown", None),
        ("", "lpstat: Scheduler is not running.", 1, "printer.no_spooler", None),
        (
            "printer Caja disabled since Sun Nov 22 -\n\tsin papel\nCaja accepting requests since Sun Nov 22\n",
            "",
            0,
            "printer.stopped",
            "sin papel",
        ),
        (
            "printer Caja is idle.  enabled\n\tcerrada\nCaja not accepting requests since Sun -\n\tcerrada\n",
            "",
            0,
            "printer.closed",
            "cerrada",
        ),
    ],
)
def test_a_queue_that_cannot_print_says_why(
    spooler: Spooler, said: str, error: str, code: int, expected: str, message: str | None
) -> None:
    spooler.answers("lpstat", said, error=error, code=code)
    with pytest.raises(KnownError) as refused:
        SystemPrinter("Caja").check()
    assert refused.value.code == expected
    assert refused.value.data["printer"] == "Caja"
    assert refused.value.data.get("message") == message
    # A refusal of lp is explained by the same state.
    spooler.answers("lp", error="lp: Error", code=1)
    with pytest.raises(KnownError) as unsent:
        SystemPrinter("Caja").send(RECIBO)
    assert unsent.value.code == expected


def test_a_refusal_nothing_explains_carries_the_spoolers_own_words(spooler: Spooler) -> None:
    spooler.answers("lp", error='lp: Unsupported document-format "application/pdf".\n', code=1)
    with pytest.raises(KnownError) as refused:
        SystemPrinter("Caja").send(RECIBO)
    assert refused.value.code == "printer.failed"
    assert refused.value.data["message"] == 'Unsupported document-format "application/pdf".'


def test_an_idle_queue_called_like_a_state_is_not_taken_for_stopped(spooler: Spooler) -> None:
    spooler.answers("lpstat", IDLE.replace("Caja", "disabled"))
    SystemPrinter("disabled").check()


def test_without_a_spooler_there_are_no_queues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system_printers() == ()
    for use in (SystemPrinter("Caja").check, lambda: SystemPrinter("Caja").send(RECIBO)):
        with pytest.raises(KnownError) as refused:
            use()
        assert refused.value.code == "printer.no_spooler"


def test_a_spooler_that_hangs_is_given_up(spooler: Spooler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agencia_app.services.printing._ASK_SECONDS", 0.1)
    (spooler.folder / "lpstat").write_text("#!/bin/sh\nexec /bin/sleep 20\n")
    with pytest.raises(KnownError) as silent:
        SystemPrinter("Caja").check()
    assert silent.value.code == "printer.silent"


def test_queues_are_listed(spooler: Spooler) -> None:
    spooler.answers("lpstat", "Caja\nVentanilla_4\n")
    assert system_printers() == ("Caja", "Ventanilla_4")
    assert spooler.arguments("lpstat") == ["-e"]


def test_each_kind_goes_where_the_settings_say(tmp_path: Path, spooler: Spooler) -> None:
    printing = Printing(Settings(tmp_path, impresoras={"hoja_clave": "Caja"}))
    printing.check(PaperKind.HOJA_CLAVE)
    printing.send(SLIP)
    printing.send(RECIBO)
    assert spooler.arguments("lp")[:2] == ["-d", "Caja"]
    assert files(tmp_path / "papeles") == [f"{RECIBO.stem}.pdf"]


def test_a_slip_without_a_printer_is_refused_before_anything_is_issued(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as refused:
        Printing(Settings(tmp_path)).check(PaperKind.HOJA_CLAVE)
    assert refused.value.code == "printer.slip_needs_paper"
    Printing(Settings(tmp_path, demostracion=True)).check(PaperKind.HOJA_CLAVE)
