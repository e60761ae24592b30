"""Papers by name, the folder that keeps them, and which printer each kind goes to."""

from __future__ import annotations

import resource
import stat
from pathlib import Path

import pytest

from agencia_app import settings
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.services.printers.base import JobState, Paper
from agencia_app.services.printers.folder import PdfFolder
from agencia_app.services.printing import Printing
from agencia_app.settings import Settings, SettingsError, Termica

PDF = b"%PDF-1.4 not really " + bytes(range(256))


def paper(kind: PaperKind, number: str = "01726000418266", ejemplar: int = 0, last: bytes = b"") -> Paper:
    return Paper(kind, number, lambda: PDF + last, ejemplar=ejemplar)


RECIBO = paper(PaperKind.RECIBO)
SLIP = paper(PaperKind.HOJA_CLAVE, ejemplar=1)


class NoQueues:
    """A system without a spooler."""

    def names(self) -> tuple[str, ...]:
        return ()

    def printer(self, name: str) -> PdfFolder:
        raise KnownError("printer.no_spooler", printer=name, message="")


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def send(folder: PdfFolder, what: Paper) -> str:
    handle = folder.open(what, 1)
    assert folder.send(handle, what, 1).state is JobState.DONE
    return handle


@pytest.mark.parametrize(
    ("kind", "number", "ejemplar", "stem"),
    [
        (PaperKind.RECIBO, "01726000418266", 0, "recibo-017-26-0004182-66"),
        (PaperKind.RECIBO, "01726000418266", 2, "recibo-017-26-0004182-66-duplicado-2"),
        (PaperKind.HOJA_CLAVE, "01726000418266", 1, "hoja-clave-017-26-0004182-66-1"),
        (PaperKind.SOLICITUD, "0172600004231", 0, "solicitud-017-26-000042-31"),
        (PaperKind.PENDIENTES, "20261122154100000000", 0, "pendientes-20261122154100000000"),
    ],
)
def test_a_paper_is_named_by_kind_and_number(kind: PaperKind, number: str, ejemplar: int, stem: str) -> None:
    made = paper(kind, number, ejemplar)
    assert made.stem == stem
    assert "PDF" not in repr(made)


def test_a_folder_keeps_every_copy_whole_and_private(tmp_path: Path) -> None:
    folder = PdfFolder(tmp_path / "papeles")
    for last in (b"1", b"2", b"3"):
        send(folder, paper(PaperKind.RECIBO, last=last))
    stem = RECIBO.stem
    assert files(folder.path) == [f"{stem}-2.pdf", f"{stem}-3.pdf", f"{stem}.pdf"]
    first = folder.path / f"{stem}.pdf"
    assert first.read_bytes() == PDF + b"1"
    assert (folder.path / f"{stem}-3.pdf").read_bytes() == PDF + b"3"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_a_folder_tells_what_was_written_from_what_was_only_announced(tmp_path: Path) -> None:
    folder = PdfFolder(tmp_path)
    handle = folder.open(RECIBO, 1)
    assert folder.ask(handle).state is JobState.EMPTY
    folder.send(handle, RECIBO, 1)
    assert folder.ask(handle).state is JobState.DONE


def test_a_folder_takes_the_hoja_de_clave_in_demonstration_alone(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as refused:
        PdfFolder(tmp_path).open(SLIP, 1)
    assert refused.value.code == "printer.slip_needs_paper"
    assert files(tmp_path) == []
    send(PdfFolder(tmp_path, demostracion=True), SLIP)
    assert files(tmp_path) == [f"{SLIP.stem}.pdf"]


def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = PdfFolder(tmp_path / "papeles")
    folder.check()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(KnownError) as full:
            send(folder, RECIBO)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.value.code == "printer.folder"
    assert str(folder.path) in str(full.value.data["message"])
    assert files(folder.path) == []


def test_a_folder_that_cannot_be_is_known_before_printing(tmp_path: Path) -> None:
    (tmp_path / "papeles").write_text("a file in its place")
    with pytest.raises(KnownError) as refused:
        PdfFolder(tmp_path / "papeles").check()
    assert refused.value.code == "printer.folder"


def test_a_slip_without_a_printer_is_refused_before_anything_is_issued(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as refused:
        Printing(Settings(tmp_path), NoQueues()).check(PaperKind.HOJA_CLAVE)
    assert refused.value.code == "printer.slip_needs_paper"
    Printing(Settings(tmp_path, demostracion=True), NoQueues()).check(PaperKind.HOJA_CLAVE)


def test_a_slip_does_not_go_to_a_roll(tmp_path: Path) -> None:
    termica = Termica("Rollo", "red", "127.0.0.1:9", 80)
    printing = Printing(
        Settings(tmp_path, impresoras={"hoja_clave": "Rollo"}, termicas=(termica,)), NoQueues()
    )
    with pytest.raises(KnownError) as refused:
        printing.printer_for(PaperKind.HOJA_CLAVE)
    assert refused.value.code == "printer.wrong_paper"
    assert printing.names() == ("Rollo", "carpeta")


def test_printers_survive_the_settings_file(tmp_path: Path) -> None:
    written = Settings(
        tmp_path,
        impresoras={"recibo": 'Caja "4"', "hoja_clave": "Oficio"},
        copias={"recibo": 2},
        termicas=(
            Termica("Rollo ñ\x7f\t", "red", "10.0.0.5:9100", 80),
            Termica("Chica", "serie", "/dev/ttyS0:9600", 58),
        ),
    )
    settings.write(written)
    assert settings.load(tmp_path) == written


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[copias]\nrecibo = 0", "de 1 a 9"),
        ('[impresoras]\nrecivo = "Caja"', "«recivo» no es un papel"),
        ('[termicas.carpeta]\nconexion = "red"\ndireccion = "x"\nancho_mm = 80', "no puede llamarse"),
        ("[copias]\nhoja_clave = 2", "no se imprimen copias"),
        ('[termicas.Rollo]\nconexion = "red"', "lleva conexion"),
        ('[termicas.Rollo]\nconexion = "paloma"\ndireccion = "x"\nancho_mm = 80', "por red, usb o serie"),
        ('[termicas.Rollo]\nconexion = "red"\ndireccion = "x"\nancho_mm = 70', "80 o 58"),
    ],
)
def test_a_wrong_printer_setting_is_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / settings.FILE_NAME).write_text(text)
    with pytest.raises(SettingsError, match=reason):
        settings.load(tmp_path)
