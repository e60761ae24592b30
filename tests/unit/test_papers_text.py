"""What the papers say, and that it stays whole, apart and inside the page."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agencia_app import settings as app_settings
from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain.clave import grouped
from agencia_app.models.domain.consideraciones import CONSIDERACIONES
from agencia_app.models.domain.persona import EstadoPersona, TipoPrestacion
from agencia_app.models.domain.requisitos import Contexto, Documento
from agencia_app.services.flow import NOT_IN_PADRON, Stop, stop_for
from agencia_app.services.papeles import presented
from agencia_app.services.papers.common import REGULAR, register_fonts, text_width, wrap
from agencia_app.services.requisitos import load_profiles
from tests.factories import person
from tests.unit.papers_factory import (
    APODERADO,
    CEDULA,
    CLAVE,
    MASCARA,
    NOMBRE,
    NOW,
    make_calificada,
    make_correccion,
    make_hoja_clave,
    make_pendientes,
    make_recibo,
    make_solicitud,
    opened,
    pictures,
    said,
    slip_content,
)

ALL: list[Callable[..., bytes]] = [
    make_recibo,
    make_solicitud,
    make_calificada,
    make_pendientes,
    make_hoja_clave,
    make_correccion,
]
WORD = st.text("ABCDEFGHIJKLMNÑOPQRSTUVWXYZÁÉÍÓÚÜ", min_size=1, max_size=20)
LONG_NAMES = st.lists(WORD, min_size=6, max_size=30).map(" ".join).map(lambda name: name[:120].strip())
ONE_WORD = "W" * 120
LONG_NAME = "DE LA TORRE FICTICIA NÚÑEZ DE LOS MONTEROS MARÍA JOSÉ DE LAS MERCEDES GUADALUPE"
PROFILES = load_profiles(app_settings.RESOURCES / "requisitos")


@pytest.mark.parametrize("make", ALL)
@settings(max_examples=12, deadline=None)
@given(nombre=LONG_NAMES)
@example(nombre=ONE_WORD)
def test_a_long_name_is_whole_inside_the_margins_and_over_nothing(
    make: Callable[..., bytes], nombre: str
) -> None:
    pdf = make(nombre=nombre)
    assert "".join(nombre.split()) in "".join(said(pdf).split())
    with opened(pdf) as document:
        for page in document:
            width, height = page.get_size()
            text = page.get_textpage()
            boxes = [text.get_rect(index) for index in range(text.count_rects())]
            for left, bottom, right, top in boxes:
                assert left >= 25
                assert right <= width - 25
                assert bottom >= 12
                assert top <= height - 25
            for index, (left, bottom, right, top) in enumerate(boxes):
                for other in boxes[index + 1 :]:
                    across = min(right, other[2]) - max(left, other[0])
                    up = min(top, other[3]) - max(bottom, other[1])
                    assert across <= 0.5 or up <= 0.5, (boxes[index], other)


@settings(max_examples=60, deadline=None)
@given(st.text("abc ñÁ-@.", max_size=200), st.floats(40, 400))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: float) -> None:
    register_fonts()
    lines = wrap(text, REGULAR, 11, width)
    assert all(text_width(line.strip(), REGULAR, 11) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_decomposed_accents_print_as_one_letter() -> None:
    assert NOMBRE in said(make_recibo(nombre="FICTICIA NU\u0301N\u0303EZ MARI\u0301A JOSE\u0301"))


def test_the_recibo_says_what_it_must() -> None:
    text = said(make_recibo())
    for each in (
        "Agencia Quito Norte · código 017",
        NOMBRE,
        MASCARA,
        "Afiliado con relación de dependencia",
        "22/11/2026 10:41",
        "Ventanilla",
        "a.ejemplo",
        "Cédula: original y copia a color",
        "Planilla (luz): original y copia",
        "Su clave anterior quedó desactivada el 22/11/2026 10:41.",
        "Vence el 22/12/2026 10:41.",
        "Copia para la persona",
        "Este servicio es gratuito",
        "No dé su clave a nadie",
        "Servicio al Cliente de esta agencia",
        "Defensoría del Pueblo",
        "Firma de la persona",
        "Firma del operador",
    ):
        assert each in text
    assert CEDULA not in text


def test_the_recibo_of_a_first_clave_says_there_was_none_before() -> None:
    text = said(make_recibo(anterior=None))
    assert "No tenía una clave anterior vigente." in text
    assert "quedó desactivada" not in text


def test_an_overfull_recibo_goes_on_to_a_second_page_with_its_signatures() -> None:
    documentos = tuple(f"Documento {number}: original y copia a color" for number in range(30))
    pdf = make_recibo(documentos=documentos)
    text = said(pdf)
    assert all(each in text for each in documentos)
    with opened(pdf) as document:
        assert len(document) == 2
        assert "Firma del operador" in document[1].get_textpage().get_text_bounded()


def test_the_ticket_says_what_is_wrong_what_it_should_say_and_what_was_seen() -> None:
    pdf = make_correccion()
    text = said(pdf)
    for each in (
        NOMBRE,
        MASCARA,
        "22/11/2026 10:41 · Ventanilla 4 · Operador a.ejemplo",
        "Apellidos y nombres",
        f"El padrón dice {NOMBRE}",
        "Debe decir FICTICIA NUÑEZ MARÍA JOSÉ",
        "Cédula original y partida de nacimiento",
        "No cambia en la ventanilla",
        "El servicio es gratuito.",
    ):
        assert each in text
    assert CEDULA not in text
    with opened(pdf) as document:
        assert len(document) == 1


def test_the_longest_ticket_stays_on_one_page() -> None:
    pdf = make_correccion(nombre=LONG_NAME, debe_decir="letras " * 35, evidencia="papeles " * 31)
    with opened(pdf) as document:
        assert len(document) == 1


def test_the_solicitud_carries_the_request_and_every_consideracion() -> None:
    text = said(make_solicitud())
    assert f"Yo, {NOMBRE}, con cédula n.º {CEDULA}, solicito mi clave personal" in text
    assert "Domingo 22 de noviembre de 2026" in text
    assert "15/01/1955" in text
    assert all(each in text for each in CONSIDERACIONES)
    assert f"Firma o huella {NOMBRE} Cédula {CEDULA}" in text


def test_an_apoderado_asks_and_signs_in_the_persons_name() -> None:
    text = said(make_solicitud(apoderado=APODERADO))
    assert f"Yo, JUAN FICTICIO, con cédula n.º 2459999013, solicito la clave personal de {NOMBRE}" in text
    assert "Actúo en su nombre por el poder n.º P00123 del 01/02/2026 (Notaría 17 de Quito)." in text
    assert "Firma o huella JUAN FICTICIO Cédula 2459999013" in text
    recibo = said(make_recibo(apoderado=APODERADO.masked))
    assert "Actuó en su nombre JUAN FICTICIO, con cédula 24•••••013, por el poder n.º P00123" in recibo
    assert "Firma del apoderado" in recibo
    assert "2459999013" not in recibo


def test_the_solicitud_of_an_apoderado_with_long_names_fits_one_page() -> None:
    long = replace(APODERADO, nombre=LONG_NAME, notaria="Notaría Septuagésima Séptima del cantón Quito")
    with opened(make_solicitud(nombre=LONG_NAME, apoderado=long)) as document:
        assert len(document) == 1


def test_what_comes_from_one_place_names_it_once() -> None:
    text = said(make_pendientes())
    assert "1. La copia a color de la cédula Cualquier copiadora." in text
    assert "2. El original de la planilla de luz 3. La copia de la planilla de luz La empresa" in text
    assert text.count("La empresa eléctrica la reimprime.") == 1
    assert "No empieza de nuevo" in text


def test_the_longest_real_list_of_lacks_fits_one_page() -> None:
    perfil = PROFILES["documento-fuente"]
    who = person(tipo_prestacion=TipoPrestacion.AFILIADO_DEPENDENCIA)
    expired = Contexto(who, date(2026, 1, 4), None, date(2025, 11, 16), date(2026, 11, 23))
    current = Contexto(who, date(2035, 1, 4), None, date(2025, 11, 16), date(2026, 11, 23))
    votacion = next(each for each in perfil.requisitos if each.id == "votacion").alternativas
    lists = {
        rules.missing(perfil, (Documento("votacion", each.id, original, copia, "", fecha),), context)
        for each, original, copia, fecha, context in product(
            votacion,
            (False, True),
            (False, True),
            (None, date(2026, 1, 8), date(2027, 1, 8)),
            (expired, current),
        )
    }
    assert max(map(len, lists)) == 5
    for faltas in lists:
        pdf = make_pendientes(nombre=LONG_NAME, faltas=faltas)
        with opened(pdf) as document:
            assert len(document) == 1, faltas
        assert "Trámite n.º" in said(pdf)


def test_the_longest_real_recibo_fits_one_page() -> None:
    perfil = PROFILES["documento-fuente"]
    documentos = presented(
        perfil.requisitos,
        (
            Documento("solicitud", original=True),
            Documento("cedula", original=True, copia=True),
            Documento("votacion", "sancion", True, True, "W" * 40, date(2026, 2, 3)),
            Documento("planilla", "telefono", original=True, copia=True),
        ),
    )
    pdf = make_recibo(nombre=LONG_NAME, documentos=documentos)
    with opened(pdf) as document:
        assert len(document) == 1
    assert "".join(documentos[2].split()) in "".join(said(pdf).split())


def all_stops() -> list[Stop]:
    people = [person(tipo_prestacion=each) for each in TipoPrestacion]
    people += [person(fecha_defuncion=date(2024, 5, 6)), person(estado=EstadoPersona.SUSPENDIDO)]
    return [NOT_IN_PADRON, *filter(None, map(stop_for, people))]


def test_every_stop_stays_inside_the_margins_and_promises_no_draft() -> None:
    stops = all_stops()
    assert {each.code for each in stops} == {"sin_padron", "fallecido", "suspendido", "montepio"}
    for stop in stops:
        pdf = make_pendientes(nombre=LONG_NAME, tramite=None, faltas=(), stop=stop)
        text = said(pdf)
        assert stop.title in text
        assert stop.action in text
        assert "No empieza de nuevo" not in text
        assert ("Cuando regrese" in text) is stop.comes_back
        with opened(pdf) as document:
            (page,) = document
            shown = page.get_textpage()
            for index in range(shown.count_rects()):
                left, _, right, _ = shown.get_rect(index)
                assert 48 <= left < right <= page.get_width() - 48


def test_nothing_on_the_hoja_de_pendientes_is_smaller_than_14_points() -> None:
    with opened(make_pendientes()) as document:
        sizes = {each.get_font_size() for each in document[0].get_objects() if each.type == 1}
    assert min(sizes) >= 14


@pytest.mark.parametrize("make", [make_recibo, make_solicitud, make_calificada, make_hoja_clave])
def test_no_paper_has_type_smaller_than_11_points(make: Callable[..., bytes]) -> None:
    with opened(make(nombre=LONG_NAME)) as document:
        sizes = {each.get_font_size() for page in document for each in page.get_objects() if each.type == 1}
    assert min(sizes) >= 11


@pytest.mark.parametrize("demostracion", [False, True])
@pytest.mark.parametrize("nombre", [NOMBRE, ONE_WORD, "ÁÑ " * 40])
def test_the_clave_is_inside_the_fold_and_the_outside_names_only_the_person(
    nombre: str, *, demostracion: bool
) -> None:
    with opened(make_hoja_clave(nombre=nombre, demostracion=demostracion)) as document:
        page = document[0]
        third = page.get_height() / 3
        text = page.get_textpage()
        assert len(document) == 1
        outside = " ".join(text.get_text_bounded(bottom=2 * third + 6).split())
        inside = " ".join(text.get_text_bounded(bottom=third + 6, top=2 * third - 6).split())
    assert grouped(CLAVE) in inside
    assert "vence el 22/12/2026 10:41" in inside
    assert "".join(nombre.split()) in "".join(outside.split())
    assert "017-26-0004182-66" in outside
    for secret in (CLAVE, grouped(CLAVE), MASCARA):
        assert secret not in outside


def test_the_clave_is_large_and_the_folded_third_darkens_it() -> None:
    pdf = make_hoja_clave()
    with opened(pdf) as document:
        page = document[0]
        fold = page.get_height() / 3
        text = page.get_textpage()
        height = page.get_height()
        searcher = text.search(grouped(CLAVE).split()[0])
        found = searcher.get_next()
        assert found is not None
        left, bottom, right, top = text.get_charbox(found[0])
    assert top - bottom >= 28 * 0.6  # a capital of 28 points
    scale = 150 / 72
    (picture,) = pictures(pdf, 150)
    # Folding mirrors the lower third over the clave.
    box = (left, height - 2 * fold + bottom, right, height - 2 * fold + top)
    folded = picture.crop(tuple(round(each * scale) for each in box)).get_flattened_data()
    assert 0.3 < sum(value == 0 for value in folded) / len(folded) < 0.9


def test_the_slip_keeps_the_clave_out_of_its_representation() -> None:
    assert CLAVE not in repr(slip_content())


@pytest.mark.parametrize("make", ALL)
def test_only_a_demonstration_is_marked(make: Callable[..., bytes]) -> None:
    assert "DEMOSTRACIÓN · sin validez" in said(make(demostracion=True))
    assert "DEMOSTRACIÓN" not in said(make())


@pytest.mark.parametrize("make", ALL)
def test_metadata_gives_title_and_language_and_no_person(make: Callable[..., bytes]) -> None:
    pdf = make()
    with opened(pdf) as document:
        metadata = document.get_metadata_dict()
    assert metadata["Title"]
    assert b"/Lang (es-EC)" in pdf
    for personal in ("FICTICIA", CEDULA, MASCARA, CLAVE):
        assert personal not in str(metadata)


def test_threads_render_the_same_bytes_as_one() -> None:
    expected = [make() for make in ALL]
    patience = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # as on a machine with more processors than this
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda make: make(), ALL * 10)) == expected * 10
    finally:
        sys.setswitchinterval(patience)


def test_moments_print_in_agency_time() -> None:
    midnight = NOW.replace(hour=4, minute=59) + timedelta(days=1)
    assert "22/11/2026 23:59" in said(make_recibo(anterior=midnight))
