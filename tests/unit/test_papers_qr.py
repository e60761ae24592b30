"""The QR code on the recibo: it reads back from paper beside the barcode, and fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from agencia_app import settings
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.sello import Sello
from agencia_app.services.papeles import presented
from agencia_app.services.papers import recibo
from agencia_app.services.papers.common import MODULE
from agencia_app.services.recibos import ReciboContent
from agencia_app.services.requisitos import load_profiles
from tests.unit.papers_factory import MASCARA, opened, pictures, said, scanned

NOW = datetime(2026, 11, 22, 15, 41, tzinfo=UTC)
NUMERO = "01726000418266"
# As dense as any: what is drawn depends little on what it says.
QR = Sello(NUMERO, NOW, "ABCDEFG2", bytes(range(160, 192)), bytes(range(190, 254))).payload
LONG_NAME = "DE LA TORRE FICTICIA NÚÑEZ DE LOS MONTEROS MARÍA JOSÉ DE LAS MERCEDES GUADALUPE"
CONTENT = ReciboContent(
    agencia_codigo="017",
    agencia_nombre="Agencia Quito Norte",
    numero=NUMERO,
    tramite="0172600004231",
    ventanilla=4,
    operador="a.ejemplo",
    emitido_en=NOW,
    nombre="FICTICIA NÚÑEZ MARÍA JOSÉ",
    cedula_mascara=MASCARA,
    calidad="Afiliado con relación de dependencia",
    documentos=("Cédula: original y copia a color", "Planilla (luz): original y copia"),
    anterior_desactivada_en=NOW,
    vence_en=NOW + timedelta(days=30),
    demostracion=False,
    qr=QR,
)
LONGEST = replace(
    CONTENT,
    nombre=LONG_NAME,
    documentos=presented(
        load_profiles(settings.RESOURCES / "requisitos")["documento-fuente"].requisitos,
        (
            Documento("solicitud", original=True),
            Documento("cedula", original=True, copia=True),
            Documento("votacion", "sancion", True, True, "W" * 40, date(2026, 2, 3)),
            Documento("planilla", "telefono", original=True, copia=True),
        ),
    ),
)


@pytest.mark.parametrize("dpi", [100, 150, 300])
@pytest.mark.parametrize("content", [CONTENT, LONGEST], ids=["usual", "longest"])
@pytest.mark.parametrize("ejemplar", [0, 12])
@pytest.mark.parametrize("demostracion", [False, True])
def test_both_codes_read_back_from_one_page(
    content: ReciboContent, dpi: int, ejemplar: int, *, demostracion: bool
) -> None:
    pdf = recibo.render(replace(content, ejemplar=ejemplar, demostracion=demostracion))
    with opened(pdf) as document:
        assert len(document) == 1
    assert sorted(scanned(pdf, dpi)) == [NUMERO, QR]


def test_its_modules_are_no_finer_than_the_bars() -> None:
    assert MODULE / 72 * 25.4 >= 0.5  # millimetres


def test_a_recibo_without_a_seal_shows_no_square() -> None:
    pdf = recibo.render(replace(CONTENT, qr=""))
    assert scanned(pdf, 150) == [NUMERO]
    assert "Verifique este recibo" not in said(pdf)


def test_a_duplicate_says_so_on_a_black_band_over_everything() -> None:
    pdf = recibo.render(replace(CONTENT, ejemplar=3))
    assert "DUPLICADO 3" in said(pdf)
    (page,) = pictures(pdf, 100)
    band = page.crop((page.width // 10, 17, page.width * 9 // 10, 44))
    assert sum(value == 0 for value in band.get_flattened_data()) / (band.width * band.height) > 0.7
    assert "DUPLICADO" not in said(recibo.render(CONTENT))


def _boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    with opened(pdf) as document:
        text = document[0].get_textpage()
        return [text.get_rect(index) for index in range(text.count_rects())]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content,
        lambda content: replace(content, ejemplar=3),
        lambda content: replace(content, ejemplar=3, demostracion=True),
    ],
)
def test_nothing_is_written_over_anything(change: Callable[[ReciboContent], ReciboContent]) -> None:
    watermark = 60.0  # points: the demonstration's runs under everything
    boxes = [each for each in _boxes(recibo.render(change(LONGEST))) if each[3] - each[1] < watermark]
    assert boxes
    for index, (left, bottom, right, top) in enumerate(boxes):
        for other in boxes[index + 1 :]:
            across = min(right, other[2]) - max(left, other[0])
            up = min(top, other[3]) - max(bottom, other[1])
            assert across <= 0.5 or up <= 0.5, (boxes[index], other)
