"""The kiosk's papers: what they say, that they name nobody, and their barcode."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from agencia_app import settings
from agencia_app.models.domain.calidad import Calidad
from agencia_app.models.domain.consideraciones import CONSIDERACIONES
from agencia_app.models.domain.kiosco import SolicitudHecha
from agencia_app.services.kiosco import Traer, Visita
from agencia_app.services.kiosco_papeles import KioscoPapeles
from agencia_app.services.kiosco_puerta import Marco
from agencia_app.services.printing import CupsQueues, Printing
from agencia_app.services.rules import load_shipped

PERFIL = load_shipped(settings.RESOURCES).perfiles["documento-fuente"]
NOW = datetime(2026, 11, 23, 15, 42, tzinfo=UTC)
AGENCIA = settings.Settings(Path("vestibulo"), demostracion=True)  # which its machines' files do not say
MARCO = Marco("017", "Agencia Quito Norte", AGENCIA, (), NOW.date())
MADE = SolicitudHecha("0172600000004204", NOW, date(2026, 12, 23))
VISITA = Visita(
    "x", "M J F N", "24•••••005", "Jubilación", PERFIL.condicion(Calidad.JUBILACION),
    (
        Traer("solicitud", "Solicitud firmada", "", "La imprime aquí, en este kiosco."),
        Traer("cedula", "Cédula", "copia a color", "Registro Civil."),
        Traer("votacion", "Certificado de votación", "", "", "voto facultativo (mayor de 65) · art. 11", exigible=False),
        Traer("planilla", "Planilla de servicio básico", "copia", "La empresa la reimprime."),
    ),
    (("luz", "Luz"),), CONSIDERACIONES, detenida=False,
)  # fmt: skip
DEPENDENCIA = replace(
    VISITA,
    condicion=PERFIL.condicion(Calidad.DEPENDENCIA),
    calidad="Afiliado con dependencia",
)


@pytest.fixture
def papeles(tmp_path: Path) -> KioscoPapeles:
    return KioscoPapeles(Printing(settings.Settings(tmp_path), CupsQueues()), lambda: NOW, lambda _: None)


def read(pdf: bytes) -> tuple[int, str]:
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    return len(document), " ".join(text.split())


def test_the_list_says_what_to_bring(papeles: KioscoPapeles) -> None:
    paper = papeles.lista(MARCO, VISITA, "luz")
    pages, text = read(paper.pdf)
    assert pages == 1
    for words in (
        "Original y copia a color",
        "Planilla de servicio básico: luz",
        "No se le exige voto facultativo",
        "El servicio es gratuito",
        "M J F N · Cédula 24•••••005",
        "DEMOSTRACIÓN",
    ):
        assert words in text
    assert paper.ticket is not None
    for width in (58, 80):
        assert "Planilla de servicio".encode("cp850") in paper.ticket(width)


@pytest.mark.parametrize("visita", [VISITA, DEPENDENCIA])
def test_the_solicitud_fits_its_page_and_its_barcode_reads(papeles: KioscoPapeles, visita: Visita) -> None:
    paper = papeles.solicitud(MARCO, visita, MADE)
    pages, text = read(paper.pdf)
    assert pages == 1
    assert "DEMOSTRACIÓN" in text
    assert "Válida hasta el 23/12/2026" in text
    assert ("Firma y sello" in text) is (visita is DEPENDENCIA)
    for each in CONSIDERACIONES:
        assert each in text
    picture = pypdfium2.PdfDocument(paper.pdf)[0].render(scale=300 / 72).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == MADE.numero
    assert paper.ticket is not None
    for width in (58, 80):
        assert b"\x1dkI" in paper.ticket(width)


def test_papers_come_out_at_this_machines_printer(papeles: KioscoPapeles, tmp_path: Path) -> None:
    papeles.print(papeles.lista(MARCO, VISITA, ""))
    papeles.print(papeles.solicitud(MARCO, VISITA, MADE))
    names = sorted(each.name for each in (tmp_path / "papeles").iterdir())
    assert names == ["pendientes-kiosco-20261123-154200.pdf", "solicitud-017-26-000000042-04.pdf"]
