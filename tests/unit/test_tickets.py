"""What the thermal papers say, as a strict printer reads them."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agencia_app.models.domain.numero import Kind, build, shown
from agencia_app.models.domain.requisitos import Falta
from agencia_app.services.flow import NOT_IN_PADRON, Stop
from agencia_app.services.papers import (
    pendientes,
    recibo,
    ticket_correccion,
    ticket_pendientes,
    ticket_prueba,
    ticket_recibo,
)
from agencia_app.services.papers.ticket import code128, plain, qr_modules, wrap
from tests.printing.thermal_listener import EscPos, Printed
from tests.unit.papers_factory import (
    AGENCIA,
    APODERADO,
    FALTAS,
    MASCARA,
    NOMBRE,
    NOW,
    RECIBO,
    TICKET,
    TRAMITE,
    correccion_content,
    make_correccion,
    make_pendientes,
    make_recibo,
    said,
)

WIDTHS = (80, 58)
SIGNED = "AG1." + "Zk3-_9" * 30  # as long as a signed QR, in letters of base64
# Every letter that the padrón takes in a name.
LETTERS = [
    char
    for char in map(chr, range(0x180))
    if char.isalpha() and not unicodedata.decomposition(char).startswith("<")
]
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=60), min_size=1, max_size=12).map(
    lambda words: " ".join(words)[:120].strip()
)
BEYOND = NOT_IN_PADRON
FINAL = Stop("fallecido", "No se puede atender", "Acerque el acta de defunción a Servicio al Cliente.")


def recibo_content(**changes: object) -> recibo.ReciboContent:
    content = recibo.ReciboContent(
        agencia_codigo="017",
        agencia_nombre=AGENCIA,
        numero=RECIBO,
        tramite=TRAMITE,
        ventanilla=4,
        operador="a.ejemplo",
        emitido_en=NOW,
        nombre=NOMBRE,
        cedula_mascara=MASCARA,
        calidad="Afiliado con relación de dependencia",
        documentos=("Cédula: original y copia a color", "Planilla (luz): original y copia"),
        anterior_desactivada_en=NOW,
        vence_en=NOW + timedelta(days=30),
        demostracion=False,
    )
    return dataclasses.replace(content, **changes)  # type: ignore[arg-type]


def pendientes_content(**changes: object) -> pendientes.PendientesContent:
    content = pendientes.PendientesContent(
        agencia=AGENCIA,
        tramite=TRAMITE,
        nombre=NOMBRE,
        cedula_mascara=MASCARA,
        fecha=NOW,
        faltas=FALTAS,
        stop=None,
        demostracion=False,
    )
    return dataclasses.replace(content, **changes)  # type: ignore[arg-type]


def printed(commands: bytes, ancho_mm: int) -> Printed:
    """Return the one paper that a printer makes of the commands: all of them, cut at the end."""
    machine = EscPos(lambda _answer: None, ancho_mm)
    machine.feed(commands)
    assert not machine.unfinished
    (paper,) = machine.papers
    return paper


def words(text: str) -> set[str]:
    """Return the words of a text; marks of lists and what joins digits are none."""
    return {word for word in plain(text).split() if any(map(str.isalpha, word))}


@pytest.mark.parametrize("ancho_mm", WIDTHS)
def test_a_recibo_says_what_the_paper_of_the_office_printer_says(ancho_mm: int) -> None:
    paper = printed(ticket_recibo.render(recibo_content(qr=SIGNED), ancho_mm), ancho_mm)
    assert words(said(make_recibo())) - words(paper.text.replace(":", " :")) - words(paper.text) == set()
    for value in (shown(RECIBO), shown(TRAMITE), "24*****997", "22/11/2026 10:41", "22/12/2026 10:41"):
        assert value in paper.text
    assert paper.barcodes == [RECIBO]
    assert paper.qrs == [SIGNED]
    assert paper.scanned() == [RECIBO, SIGNED]
    assert paper.codepage == "cp850"
    assert sum(set(line.text) == {"_"} for line in paper.lines) == 2


@pytest.mark.parametrize("ancho_mm", WIDTHS)
def test_a_ticket_de_correccion_says_what_the_paper_says(ancho_mm: int) -> None:
    paper = printed(ticket_correccion.render(correccion_content(), ancho_mm), ancho_mm)
    assert words(said(make_correccion())) - words(paper.text) == set()
    assert paper.barcodes == [TICKET]
    assert paper.scanned() == [TICKET]
    assert shown(TICKET) in paper.text


@pytest.mark.parametrize("ancho_mm", WIDTHS)
def test_a_recibo_says_who_acted_for_the_person(ancho_mm: int) -> None:
    content = recibo_content(apoderado=APODERADO.masked)
    paper = printed(ticket_recibo.render(content, ancho_mm), ancho_mm)
    other = said(make_recibo(apoderado=APODERADO.masked))
    assert words(other) - words(paper.text.replace(":", " :")) - words(paper.text) == set()
    assert "Firma del apoderado" in paper.text


@pytest.mark.parametrize("ancho_mm", WIDTHS)
@pytest.mark.parametrize(
    ("tramite", "faltas", "stop"),
    [(TRAMITE, FALTAS, None), (TRAMITE, (), None), (None, (), BEYOND), (None, (), FINAL)],
)
def test_a_hoja_de_pendientes_says_what_the_paper_says_in_tall_letters(
    ancho_mm: int, tramite: str | None, faltas: tuple[Falta, ...], stop: Stop | None
) -> None:
    content = pendientes_content(tramite=tramite, faltas=faltas, stop=stop)
    paper = printed(ticket_pendientes.render(content, ancho_mm), ancho_mm)
    other = said(make_pendientes(tramite=tramite, faltas=faltas, stop=stop))
    assert words(other) - words(paper.text.replace("«", "« ")) - words(paper.text) == set()
    assert paper.barcodes == ([tramite] if tramite else [])
    small = {AGENCIA, "Trámite n.º"}
    assert {line.text for line in paper.lines if line.height == 1 and words(line.text)} <= small


@pytest.mark.parametrize("ancho_mm", WIDTHS)
@settings(max_examples=40, deadline=None)
@given(nombre=NAMES)
@example(nombre="W" * 120)
@example(nombre="ÁÉÍÓÚÜÑ áéíóúüñ Mª D'ANGELO")
def test_no_letter_of_a_name_is_lost(ancho_mm: int, nombre: str) -> None:
    for commands in (
        ticket_recibo.render(recibo_content(nombre=nombre), ancho_mm),
        ticket_pendientes.render(pendientes_content(nombre=nombre), ancho_mm),
    ):
        text = printed(commands, ancho_mm).text
        assert "".join(plain(nombre).split()) in "".join(text.split())


def test_a_letter_stays_itself_or_loses_only_its_accent() -> None:
    for char in LETTERS:
        there = plain(char)
        base = unicodedata.normalize("NFD", char)[0]
        assert there.isalpha()
        assert unicodedata.normalize("NFD", there).startswith(base) or not base.isascii()
    spanish = "ABCÁÉÍÓÚÜÑabcáéíóúüñªº"
    assert plain(spanish) == spanish


def test_marks_that_the_page_lacks_are_replaced_and_commands_never_get_through() -> None:
    assert plain("«¿Qué?» ¡Sí! “a” ‘b’ — 24•••••997…") == "«¿Qué?» ¡Sí! \"a\" 'b' - 24*****997..."
    assert plain("uno\x1b@\x1dV\x00\ndos\u00a0tres") == "uno@ V dos tres"
    assert plain("N\u0303") == "Ñ"
    assert plain("Я") == "■"


@settings(max_examples=80, deadline=None)
@given(st.text("abc ñÁ-@.", max_size=200), st.integers(1, 48))
def test_wrapped_lines_fit_and_lose_nothing(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(len(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 999), st.integers(0, 99), st.integers(0, 10**6 - 1), st.sampled_from(Kind))
@example(16, 4, 10410, Kind.RECIBO)  # its pairs read 01 60 40 10 41 04 …
@example(2, 16, 40116, Kind.RECIBO)
def test_every_number_is_drawn_as_bars_that_fit_the_narrow_roll(
    agencia: int, year: int, sequence: int, kind: Kind
) -> None:
    numero = build(kind, f"{agencia:03d}", year, sequence)
    data, modules = code128(numero)
    assert data.startswith(b"{C")
    assert modules == {Kind.RECIBO: 112, Kind.CORRECCION: 134}.get(kind, 123)
    content = recibo_content(numero=numero)
    paper = printed(ticket_recibo.render(content, 58), 58)
    assert paper.barcodes == paper.scanned() == [numero]


@pytest.mark.parametrize("length", [1, 14, 15, 26, 84, 85, 180, 181, 251, 412, 413, 666])
def test_a_qr_is_as_wide_as_the_standard_says(length: int) -> None:
    drawn = segno.make("a" * length, mode="byte", error="m", micro=False, boost_error=False)
    assert qr_modules("a" * length) == drawn.symbol_size(border=0)[0]


@pytest.mark.parametrize("ancho_mm", WIDTHS)
def test_a_duplicate_and_a_demonstration_say_so_in_white_on_black_at_both_ends(ancho_mm: int) -> None:
    for commands in (
        ticket_recibo.render(recibo_content(ejemplar=12, demostracion=True), ancho_mm),
        ticket_pendientes.render(pendientes_content(ejemplar=12, demostracion=True), ancho_mm),
    ):
        lines = printed(commands, ancho_mm).lines
        marks = [line.text.strip() for line in lines if any(span.inverse for span in line.spans)]
        assert marks == ["DEMOSTRACIÓN · sin validez", "DUPLICADO 12"] * 2
        assert lines[0].text.strip() == marks[0]
    ordinary = printed(ticket_recibo.render(recibo_content(), ancho_mm), ancho_mm)
    assert not any(span.inverse for line in ordinary.lines for span in line.spans)
    assert "DUPLICADO" not in ordinary.text


@pytest.mark.parametrize("ancho_mm", WIDTHS)
def test_the_test_page_shows_every_spanish_letter(ancho_mm: int) -> None:
    paper = printed(ticket_prueba.render("Caja «Ñ»", ancho_mm), ancho_mm)
    assert "Caja «Ñ»" in paper.text
    assert "ÁÉÍÓÚÜÑ áéíóúüñ ¿? ¡! º ª « »" in paper.text
    assert paper.barcodes == ["1234567890"]
    assert len(paper.qrs) == 1


@pytest.mark.parametrize("ancho_mm", WIDTHS)
def test_the_same_content_gives_the_same_bytes(ancho_mm: int) -> None:
    content = recibo_content(qr=SIGNED, ejemplar=1)
    assert ticket_recibo.render(content, ancho_mm) == ticket_recibo.render(content, ancho_mm)


def test_the_library_leaves_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    code = "from agencia_app.services.printers import escpos_library as it; it.load()"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert list(tmp_path.iterdir()) == []
