"""Verifying a recibo: what is genuine is told, and nothing else is taken for genuine."""

from __future__ import annotations

import io
import json
import os
import random
import re
import string
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import example, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app import app, settings
from agencia_app.models.db.tables import LlaveRow, ReciboRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.sello import EstadoRecibo, Resultado, Sello
from agencia_app.services import pdf_child, pdf_pages, pdf_same, recibos
from agencia_app.services.llaves import Llaves
from agencia_app.services.papers import recibo as paper
from agencia_app.services.recibos import ReciboContent
from agencia_app.services.registry import Services
from agencia_app.services.verificacion import Verificacion
from agencia_app.ui.messages import sentence
from tests.conftest import Places
from tests.factories import CEDULAS, Clock, add_people, person, ready_to_issue, sign_in
from tests.raw import Raw, owners, raw_of

AUTENTICO = EstadoRecibo.AUTENTICO
ALTERADO = EstadoRecibo.ALTERADO
DESCONOCIDO = EstadoRecibo.DESCONOCIDO


@pytest.fixture(scope="module")
def issued(engine: str, agencies: Callable[[str], Path], places: Places) -> Path:
    """An agency with one recibo, whose person had no clave before."""
    data = places.copy(agencies(engine))
    made = app.open_services(settings.load(data), Clock())
    issue(made)
    made.database.close()
    return data


@pytest.fixture
def services(issued: Path, places: Places, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    data = places.copy(issued, tmp_path / "datos")
    made = app.open_services(settings.load(data), clock)
    yield made
    made.database.close()
    places.drop(data)


@pytest.fixture
def raw(services: Services) -> Iterator[Raw]:
    """A connection of somebody who took the guards away; what keeps the bitácora's head is none."""
    with raw_of(services.database) as made:
        made.without_guards(keep="bitacora_sigue_cabeza")
        yield made


def issue(services: Services, cedula: str = CEDULAS[0]) -> str:
    """Issue a clave and return its recibo's number."""
    sesion = sign_in(services)
    tramite = ready_to_issue(services, sesion, cedula)
    emision = services.claves.issue(sesion, tramite.numero).tramite.emision
    assert emision is not None
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    services.tramites.finish(sesion, tramite.numero)
    return emision.recibo


def rows(services: Services) -> list[ReciboRow]:
    with services.database.reading() as session:
        return list(session.scalars(select(ReciboRow).order_by(ReciboRow.id)))


def qr_of(row: ReciboRow) -> str:
    sello = recibos.sello_of(row)
    assert sello is not None
    return sello.payload


def qr(services: Services) -> str:
    return qr_of(rows(services)[0])


def content(services: Services, ejemplar: int = 0) -> ReciboContent:
    found = recibos.printed(rows(services)[0], ejemplar)
    assert found is not None
    return found


def check_pdf(services: Services, pdf: bytes) -> Resultado:
    path = services.settings.data / "traido.pdf"
    path.write_bytes(pdf)
    return services.verificacion.verify_pdf(path)


def assert_says_so(result: Resultado, estado: EstadoRecibo, motivo: str) -> None:
    assert (result.estado, result.motivo) == (estado, motivo)
    said = sentence(result.explanation)
    assert "{" not in said
    assert "FICTICIA" not in said


# What is genuine


def test_a_recibo_is_genuine_by_number_by_qr_and_by_pdf(services: Services, clock: Clock) -> None:
    (row,) = rows(services)
    expected = Resultado(AUTENTICO, row.numero, "recibo.authentic", clock(), 4)
    by_number = replace(expected, motivo="recibo.authentic_number")
    verify = services.verificacion.verify
    assert verify(row.numero) == verify(numeros.shown(row.numero)) == by_number
    assert verify(qr_of(row)) == verify(qr_of(row).lower()) == expected
    assert check_pdf(services, paper.render(content(services))) == expected
    assert "23/11/2026 10:42" in sentence(expected.explanation)
    assert "FICTICIA" not in repr(expected) + sentence(by_number.explanation)


def test_it_stays_genuine_whatever_the_padron_says_later(services: Services) -> None:
    before = paper.render(content(services))
    with services.database.unit_of_work() as session:
        session.connection().exec_driver_sql(
            "UPDATE persona SET apellidos = 'OTRA', tipo_prestacion = 'afiliado_cesante'"
        )
        session.commit()
    assert paper.render(content(services)) == before
    assert services.verificacion.verify(qr(services)).estado is AUTENTICO


def test_it_stays_genuine_after_the_key_was_changed(services: Services) -> None:
    services.llaves.rotate()
    issue(services)
    old, new = rows(services)
    assert old.llave != new.llave
    assert services.verificacion.verify(qr_of(new)).estado is AUTENTICO
    assert_says_so(services.verificacion.verify(qr_of(old)), EstadoRecibo.SUSTITUIDO, "recibo.replaced")


def test_one_of_another_person_is_no_matter(services: Services) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], apellidos="EJEMPLO"))
    issue(services, CEDULAS[1])
    assert [services.verificacion.verify(qr_of(row)).estado for row in rows(services)] == [AUTENTICO] * 2


def test_a_later_clave_and_an_annulled_one_are_told_apart(services: Services, clock: Clock) -> None:
    sesion = sign_in(services)
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    services.claves.replace_slip(sesion, tramite.numero, 1)
    first, second = rows(services)
    verify = services.verificacion.verify
    for text in (first.numero, qr_of(first)):
        assert_says_so(verify(text), EstadoRecibo.SUSTITUIDO, "recibo.replaced")
    assert verify(qr_of(second)).estado is AUTENTICO  # another slip, the same recibo
    clock.move(days=1)  # too late for another slip: the clave is annulled
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, tramite.numero, 2)
    for text in (second.numero, qr_of(second)):
        assert_says_so(verify(text), EstadoRecibo.ANULADO, "recibo.annulled")
    printed = recibos.printed(second)
    assert printed is not None
    assert check_pdf(services, paper.render(printed)).estado is EstadoRecibo.ANULADO


# Numbers and codes that are wrong


@pytest.mark.parametrize(
    ("text", "motivo"),
    [
        ("", "recibo.empty"),
        (" - ", "recibo.empty"),
        ("017-26-0000001-97", "recibo.number_check"),
        ("01726000000", "recibo.number_shape"),
        ("017-26-000000I-96", "recibo.number_shape"),
        ("1" * 40, "recibo.number_shape"),
        ("٠١٧٢٦٠٠٠٠٠٠١٩٦", "recibo.number_shape"),
        ("hola", "recibo.number_shape"),
        (numeros.build(numeros.Kind.TRAMITE, "017", 2026, 1), "recibo.tramite_number"),
        (numeros.build(numeros.Kind.RECIBO, "018", 2026, 1), "recibo.other_agency"),
        (numeros.build(numeros.Kind.RECIBO, "017", 2026, 999), "recibo.unknown"),
    ],
)
def test_a_number_that_will_not_do_has_its_own_sentence(services: Services, text: str, motivo: str) -> None:
    assert_says_so(services.verificacion.verify(text), DESCONOCIDO, motivo)


@pytest.mark.parametrize(
    ("change", "motivo"),
    [
        (lambda code: code[:100], "recibo.qr_torn"),
        (lambda code: code[:9], "recibo.qr_torn"),
        (lambda code: code[50:], "recibo.qr_shape"),
        (lambda code: code + "A", "recibo.qr_shape"),
        (lambda code: code.swapcase()[:100] + code[100:], "recibo.qr_shape"),
        (lambda code: "https://ejemplo.ec/" + code, "recibo.qr_shape"),
        (lambda code: code[:20] + "\ud800" + code[21:], "recibo.qr_shape"),
    ],
)
def test_a_code_that_will_not_do_is_altered(
    services: Services, change: Callable[[str], str], motivo: str
) -> None:
    assert_says_so(services.verificacion.verify(change(qr(services))), ALTERADO, motivo)


def stranger(tmp_path: Path, services: Services, agencia: str) -> str:
    """Return a code well signed, by a key that this agency does not know."""
    with Session(owners(services.database)) as session:
        behind = Raw(services.database, session.connection())
        behind.drop_trigger("llave_no_replace")
        other = Llaves(services.database, tmp_path, Clock())
        behind.drop_trigger("llave_inmutable")
        session.connection().exec_driver_sql("UPDATE llave SET retirada_en = '2026-11-23 00:00:00.000000'")
        other.create(session)
        signer = other.signer(session)
        session.rollback()
    number = numeros.build(numeros.Kind.RECIBO, agencia, 2026, 1)
    printed = replace(content(services), numero=number, agencia_codigo=agencia)
    sealed = recibos.seal(signer, printed, ())
    huella, firma = bytes.fromhex(sealed.huella), bytes.fromhex(sealed.firma)
    return Sello(number, printed.emitido_en, sealed.llave, huella, firma).payload


def test_another_agencys_recibo_is_unknown_here_and_a_forged_one_of_ours_altered(
    services: Services, tmp_path: Path
) -> None:
    verify = services.verificacion.verify
    assert_says_so(verify(stranger(tmp_path, services, "018")), DESCONOCIDO, "recibo.other_agency")
    assert_says_so(verify(stranger(tmp_path, services, "017")), ALTERADO, "recibo.bad_signature")


def test_a_recibo_that_a_restored_copy_lost_is_signed_and_not_here(services: Services, raw: Raw) -> None:
    code = qr(services)
    raw.execute("DELETE FROM recibo")
    assert_says_so(services.verificacion.verify(code), DESCONOCIDO, "recibo.not_here")


# 10,000 mutations


ALPHABET = string.ascii_uppercase + string.digits
ANYTHING = string.printable + "ñÁıſÿ\0\ud800😀٣"


def swapped(code: str, low: int, high: int) -> str:
    return code[:low] + code[high] + code[low + 1 : high] + code[low] + code[high + 1 :]


# A place and a later one in the code.
MUTATIONS: list[Callable[[str, int, int, random.Random], str]] = [
    lambda code, at, _, dice: code[:at] + dice.choice(ALPHABET) + code[at + 1 :],
    lambda code, at, _, dice: code[:at] + dice.choice(ANYTHING) + code[at + 1 :],
    lambda code, at, _, dice: code[:at] + dice.choice(ALPHABET + ANYTHING) + code[at:],
    lambda code, at, _, _dice: code[:at] + code[at + 1 :],
    lambda code, at, end, _dice: code[:at] + code[end:],
    lambda code, at, end, _dice: swapped(code, at, end),
    lambda code, at, _, _dice: code[:at],
    lambda code, at, _, _dice: code[at:],
    lambda code, at, end, _dice: code[:at] + code[at:end].swapcase() + code[end:],
]


def mutated(code: str, dice: random.Random) -> str:
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        if len(code) > 1:
            at, end = sorted(dice.sample(range(len(code)), 2))
            code = dice.choice(MUTATIONS)(code, at, end, dice)
    return code


def test_ten_thousand_mutated_codes_give_no_false_autentico_and_no_crash(services: Services) -> None:
    issue(services)  # a second recibo: parts of one may meet in the other
    first, second = (qr_of(row) for row in rows(services))
    assert services.verificacion.verify(second).estado is AUTENTICO
    genuine = {first, first.lower(), second, second.lower()}
    dice = random.Random(26)  # noqa: S311 - a fixed seed, so that a failure comes again
    tried = 0
    while tried < 10_000:
        code = mutated(second, dice)
        if tried % 10 == 0:
            cut = dice.randrange(len(first))
            code = first[:cut] + second[cut:]
        if code in genuine:
            continue
        tried += 1
        result = services.verificacion.verify(code)
        assert result.estado in {ALTERADO, DESCONOCIDO}, code
        sentence(result.explanation)


@pytest.mark.parametrize("other", ["next", "A", "7"])
def test_another_character_anywhere_in_the_code_is_altered(services: Services, other: str) -> None:
    code = qr(services)
    alphabet = string.ascii_uppercase + string.digits
    for at, is_now in enumerate(code):
        put = alphabet[(alphabet.index(is_now) + 1) % 36] if other == "next" else other
        if put != is_now:
            assert services.verificacion.verify(code[:at] + put + code[at + 1 :]).estado is ALTERADO, at


# What is on record was changed


CHANGES = [
    "UPDATE recibo SET ventanilla = 9",
    "UPDATE recibo SET emitido_en = '2026-11-23 15:42:00.000001'",
    "UPDATE recibo SET anterior_desactivada_en = emitido_en",
    "UPDATE recibo SET operador_id = (SELECT id FROM usuario WHERE usuario = 'admin')",
    "UPDATE recibo SET huella = substr(huella, 3) || substr(huella, 1, 2)",
    "UPDATE recibo SET firma = substr(firma, 3) || '00'",
    "UPDATE recibo SET firma = ''",
    "UPDATE recibo SET firma = 'no es hexadecimal'",
    "UPDATE recibo SET llave = 'AAAAAAAA'",
    "UPDATE recibo SET contenido = '', huella = '', llave = '', firma = ''",
    "UPDATE recibo SET contenido = ''",
    "UPDATE recibo SET contenido = contenido || ' '",
    "UPDATE recibo SET secuencia = 7",
    "UPDATE llave SET publica = substr(publica, 3) || substr(publica, 1, 2)",
    "DELETE FROM llave",
    "UPDATE usuario SET usuario = 'otro' WHERE usuario = 'a.ejemplo'",
    "UPDATE tramite SET numero = '0172600000263'",
    "UPDATE tramite SET cedula = '2459999013'",
    "UPDATE documento SET copia = NOT copia WHERE requisito = 'cedula'",
    "UPDATE documento SET alternativa = 'agua' WHERE requisito = 'planilla'",
    "UPDATE documento SET numero = '7' WHERE requisito = 'planilla'",
    "DELETE FROM documento WHERE requisito = 'votacion'",
    "UPDATE clave SET vence_en = '2027-11-23 15:42:00.000000'",
    "DELETE FROM clave",
    "UPDATE recibo SET emitido_en = '0001-01-01 00:00:00.000000'",
]
# Which PostgreSQL would not take: and what is no text.
OF_OTHER_TYPES = [
    "UPDATE recibo SET emitido_en = 5",
    "UPDATE recibo SET emitido_en = 'ayer'",
    "UPDATE recibo SET anio = 'z'",
    "UPDATE recibo SET ventanilla = 'z'",
    "UPDATE recibo SET contenido = x'00ff'",
    "UPDATE recibo SET contenido = CAST(x'00ff' AS TEXT)",
    "UPDATE recibo SET huella = x'00', firma = x'00'",
    "UPDATE llave SET publica = x'00'",
    "UPDATE llave SET creada_en = 5",
    "UPDATE clave SET estado = 'otro', vence_en = x'00'",
    "UPDATE documento SET orden = 'z', fecha = 5",
    "UPDATE tramite SET cedula = x'00'",
]


@pytest.mark.parametrize(
    "change", [*CHANGES, *(pytest.param(each, marks=pytest.mark.sqlite) for each in OF_OTHER_TYPES)]
)
def test_a_changed_record_is_altered_by_number_and_by_its_own_code(
    services: Services, raw: Raw, change: str
) -> None:
    code, number = qr(services), rows(services)[0].numero
    if not raw.is_postgres:
        raw.execute("PRAGMA ignore_check_constraints = 1")
    assert raw.execute(change).rowcount >= 1
    assert services.verificacion.verify(number).estado is ALTERADO
    assert services.verificacion.verify(code).estado is ALTERADO


def other_value(value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("X" if value[-1:] != "X" else "Y")
        case None:
            return "2026-11-23T15:42:00.000000+00:00"
        case list():
            return value[:-1]
    raise AssertionError(value)


FIELDS = (
    "agencia_codigo", "agencia_nombre", "anterior_desactivada_en", "calidad", "cedula_mascara",
    "demostracion", "documentos", "emitido_en", "nombre", "numero", "operador", "presentados", "sal",
    "tramite", "vence_en", "ventanilla",
)  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("with_digest", [False, True])
def test_any_fact_changed_in_what_is_kept_is_altered(
    services: Services, raw: Raw, name: str, *, with_digest: bool
) -> None:
    (row,) = rows(services)
    code = qr_of(row)
    values = json.loads(row.contenido)
    assert set(values) == set(FIELDS)
    values[name] = other_value(values[name])
    kept = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    raw.execute("UPDATE recibo SET contenido = ?", (kept,))
    if with_digest:
        raw.execute("UPDATE recibo SET huella = ?", (recibos.digest(kept).hex(),))
    verify = services.verificacion.verify
    assert_says_so(verify(row.numero), ALTERADO, "recibo.altered_content")
    assert_says_so(verify(code), ALTERADO, "recibo.altered_content")
    forged = recibos.printed(rows(services)[0]) if name not in {"emitido_en", "vence_en"} else None
    if forged is not None:
        assert check_pdf(services, paper.render(forged)).estado is ALTERADO


def sign_again(services: Services, raw: Raw, kept: str) -> str:
    """Put another content in the place of a recibo's, signed with the agency's key; return its code."""
    (row,) = rows(services)
    huella = recibos.digest(kept)
    with services.database.reading() as session:
        signer = services.llaves.signer(session)
    sello = Sello(row.numero, row.emitido_en, signer.llave, huella, b"")
    firma = signer.sign(sello.body)
    raw.execute("UPDATE recibo SET contenido = ?, huella = ?, firma = ?", (kept, huella.hex(), firma.hex()))
    return replace(sello, firma=firma).payload


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


def is_text(value: object) -> bool:
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


# What the rows around a recibo do not say: there only the signature holds the value.
FREE: dict[str, Callable[[Any], bool]] = {
    "agencia_nombre": is_text,
    "calidad": is_text,
    "nombre": is_text,
    "documentos": lambda value: isinstance(value, list) and all(map(is_text, value)),
    "sal": lambda _value: True,
}


def test_a_content_of_other_types_is_altered_even_when_signed(services: Services, raw: Raw) -> None:
    (row,) = rows(services)
    genuine = json.loads(row.contenido)

    @settings_of_hypothesis(deadline=None, max_examples=150)
    @example(name="emitido_en", value=5)
    @example(name="documentos", value=[5])
    @example(name="documentos", value="texto")
    @example(name="documentos", value={"a": 1})
    @example(name="nombre", value="\ud800")
    @example(name="nombre", value=None)
    @example(name="demostracion", value=1)
    @example(name="ventanilla", value=4.0)
    @example(name="otro", value=1)
    @given(name=st.sampled_from(FIELDS), value=JSON_VALUES)
    def check(name: str, value: object) -> None:
        code = sign_again(services, raw, json.dumps(genuine | {name: value}))
        same = name in genuine and type(value) is type(genuine[name]) and value == genuine[name]
        expected = AUTENTICO if same or FREE.get(name, lambda _value: False)(value) else ALTERADO
        assert services.verificacion.verify(row.numero).estado is expected
        assert services.verificacion.verify(code).estado is expected
        if expected is AUTENTICO:
            paper.render(content(services))

    check()


@pytest.mark.parametrize("kept", ["[" * 100_000, "[]", "5", "null", '"', "{}", "9" * 5_000])
def test_a_content_that_is_no_recibos_is_altered_even_when_signed(
    services: Services, raw: Raw, kept: str
) -> None:
    (row,) = rows(services)
    for text in (sign_again(services, raw, kept), row.numero):
        assert_says_so(services.verificacion.verify(text), ALTERADO, "recibo.altered_content")


def test_the_seal_of_one_recibo_is_no_seal_for_another(services: Services, raw: Raw) -> None:
    issue(services)
    raw.execute(
        "UPDATE recibo SET (contenido, huella, llave, firma) = "
        "(SELECT contenido, huella, llave, firma FROM recibo WHERE id = 1) WHERE id = 2"
    )
    assert services.verificacion.verify(rows(services)[1].numero).estado is ALTERADO


# Recibos from before there were seals


@pytest.fixture
def unsealed(services: Services, raw: Raw) -> bytes:
    """The PDF of the recibo as an earlier version issued it."""
    pdf = paper.render(replace(content(services), qr=""))
    raw.execute("UPDATE recibo SET contenido = '', huella = '', llave = '', firma = ''")
    raw.execute("UPDATE llave SET creada_en = '2027-01-01 00:00:00.000000'")
    return pdf


def test_one_from_before_the_seals_is_known_by_its_number(services: Services, unsealed: bytes) -> None:
    assert_says_so(
        services.verificacion.verify(rows(services)[0].numero), AUTENTICO, "recibo.authentic_number"
    )


def test_the_pdf_of_one_from_before_the_seals_proves_nothing(services: Services, unsealed: bytes) -> None:
    assert_says_so(check_pdf(services, unsealed), DESCONOCIDO, "recibo.pdf_before_seals")


# PDF


PRINTED: list[Callable[[ReciboContent], ReciboContent]] = [
    lambda said: replace(said, agencia_codigo="071"),
    lambda said: replace(said, agencia_nombre="Agencia Quito Sur"),
    lambda said: replace(said, numero=numeros.build(numeros.Kind.RECIBO, "017", 2026, 2)),
    lambda said: replace(said, tramite="0172600000263"),
    lambda said: replace(said, ventanilla=1),
    lambda said: replace(said, operador="b.ejemplo"),
    lambda said: replace(said, emitido_en=said.emitido_en + timedelta(minutes=1)),
    lambda said: replace(said, nombre=said.nombre.replace("Ñ", "N")),
    lambda said: replace(said, cedula_mascara="24•••••006"),
    lambda said: replace(said, calidad="Jubilación por invalidez"),
    lambda said: replace(said, documentos=said.documentos[:-1]),
    lambda said: replace(said, documentos=(*said.documentos[:-1], said.documentos[-1].replace("luz", "agua"))),
    lambda said: replace(said, anterior_desactivada_en=said.emitido_en),
    lambda said: replace(said, vence_en=said.vence_en + timedelta(days=1)),
    lambda said: replace(said, demostracion=False),
    lambda said: replace(said, qr=""),
    lambda said: replace(said, qr=said.qr[:-1] + ("A" if said.qr[-1] != "A" else "I")),
    lambda said: replace(said, ejemplar=1),
]  # fmt: skip


@pytest.mark.parametrize("change", PRINTED)
def test_any_printed_fact_changed_in_the_pdf_is_altered(
    services: Services, change: Callable[[ReciboContent], ReciboContent]
) -> None:
    genuine = content(services)
    assert change(genuine) != genuine
    assert check_pdf(services, paper.render(change(genuine))).estado is ALTERADO


# A PDF's objects, taken apart and put together as reportlab does: with nothing changed, the same bytes.


def objects(pdf: bytes) -> dict[int, bytes]:
    return {int(each[1]): each[2] for each in re.finditer(rb"(\d+) 0 obj\n(.*?)\nendobj\n", pdf, re.DOTALL)}


def numbered(pdf: bytes, sign: bytes) -> int:
    """Return the number of the first object that says something."""
    return next(number for number, body in objects(pdf).items() if sign in body)


def put_together(pdf: bytes, changed: dict[int, bytes]) -> bytes:
    """Return the PDF with some objects changed or added, written whole."""
    out = bytearray(pdf[: pdf.index(b"1 0 obj")])
    places = []
    for number, body in sorted((objects(pdf) | changed).items()):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), len(places) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size + b"".join(b"%010d 00000 n \n" % at for at in places)
    trailer = pdf[pdf.rindex(b"trailer") : pdf.rindex(b"startxref")]
    out += re.sub(rb"/Size \d+", b"/Size %d" % size, trailer) + b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def appended(pdf: bytes, changed: dict[int, bytes]) -> bytes:
    """Return the PDF with some objects changed or added by an incremental update."""
    out = bytearray(pdf)
    entries = b""
    for number, body in sorted(changed.items()):
        entries += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    before = re.findall(rb"startxref\n(\d+)", pdf)[-1]
    root = numbered(pdf, b"/Type /Catalog")
    out += b"xref\n" + entries + b"trailer\n<< /Size 99 /Root %d 0 R /Prev %s >>\n" % (root, before)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(content: bytes, more: bytes = b"", level: int = 9) -> bytes:
    packed = zlib.compress(content, level)
    return b"<<\n/Filter [ /FlateDecode ] /Length %d%s\n>>\nstream\n%sendstream" % (len(packed), more, packed)


def inflated(body: bytes) -> bytes:
    return zlib.decompress(body[body.index(b"stream\n") + 7 : -len(b"endstream")])


def packed_again(pdf: bytes, level: int) -> bytes:
    """Return the PDF with every stream compressed by another level."""
    changed = {}
    for number, body in objects(pdf).items():
        if body.endswith(b"endstream"):
            length1 = re.search(rb" /Length1 \d+", body)
            changed[number] = stream(inflated(body), length1[0] if length1 else b"", level)
    return put_together(pdf, changed)


def drawn_over(pdf: bytes, drawing: bytes) -> bytes:
    """Return the PDF with more drawn on its page, and nothing else changed."""
    page = objects(pdf)[numbered(pdf, b"/Type /Page\n")]
    found = re.search(rb"/Contents (\d+) 0 R", page)
    assert found
    number = int(found[1])
    return put_together(pdf, {number: stream(inflated(objects(pdf)[number]) + b"\n" + drawing)})


def covered(pdf: bytes, box: tuple[float, float, float, float]) -> bytes:
    """Return the PDF with a white rectangle over (left, bottom, right, top)."""
    left, bottom, right, top = box
    rectangle = f"q 1 g {left:.2f} {bottom:.2f} {right - left:.2f} {top - bottom:.2f} re f Q"
    return drawn_over(pdf, rectangle.encode())


NAME = b"1 1 1 rg 0 0 300 60 re f 0 g BT /F1 24 Tf 5 20 Td (OTRO NOMBRE) Tj ET"
FORM = b" /Type /XObject /Subtype /Form /BBox [ 0 0 300 60 ] /Resources << /Font 1 0 R >>"


def with_more(pdf: bytes, sign: bytes, more: bytes) -> tuple[int, bytes]:
    """Return an object with another entry in its dictionary."""
    number = numbered(pdf, sign)
    body = objects(pdf)[number]
    return number, body[: body.rindex(b">>")] + more + b" >>"


def annotation(pdf: bytes, kind: bytes) -> dict[int, bytes]:
    """Return what lays another name over the page as an annotation of some kind."""
    new = max(objects(pdf)) + 1
    page, body = with_more(pdf, b"/Type /Page\n", b"/Annots [ %d 0 R ]" % new)
    note = b"<< /Type /Annot /Rect [ 20 380 320 440 ] /AP << /N %d 0 R >> %s >>" % (new + 1, kind)
    return {page: body, new: note, new + 1: stream(NAME, FORM)}


def widget(pdf: bytes) -> dict[int, bytes]:
    changed = annotation(pdf, b"/Subtype /Widget /FT /Tx /T (x) /V (OTRO NOMBRE) /F 4 /DA (/F1 20 Tf 0 g)")
    form = b"/AcroForm << /Fields [ %d 0 R ] /NeedAppearances true >>" % (max(objects(pdf)) + 1)
    return changed | dict([with_more(pdf, b"/Type /Catalog", form)])


def layer(pdf: bytes) -> dict[int, bytes]:
    """Return what draws another name on a layer that shows only on paper."""
    new = max(objects(pdf)) + 1
    number, page = numbered(pdf, b"/Type /Page\n"), objects(pdf)[numbered(pdf, b"/Type /Page\n")]
    page = re.sub(rb"/Contents (\d+ 0 R)", rb"/Contents [ \1 %d 0 R ]" % (new + 1), page)
    page = page.replace(b"/Resources <<", b"/Resources << /Properties << /OC1 %d 0 R >>" % new)
    usage = b"<< /Print << /PrintState /ON >> /View << /ViewState /OFF >> >>"
    states = b"".join(
        b"<< /Event /%s /Category [ /%s ] /OCGs [ %d 0 R ] >> " % (event, event, new)
        for event in (b"View", b"Print")
    )
    layers = b"/OCProperties << /OCGs [ %d 0 R ] /D << /AS [ %s ] >> >>" % (new, states)
    return {
        number: page,
        new: b"<< /Type /OCG /Name (x) /Usage %s >>" % usage,
        new + 1: stream(b"q /OC /OC1 BDC %s EMC Q" % NAME),
    } | dict([with_more(pdf, b"/Type /Catalog", layers)])


def grey(pdf: bytes) -> dict[int, bytes]:
    """Return what draws lines in a grey that is hard to see."""
    new = max(objects(pdf)) + 1
    page = numbered(pdf, b"/Type /Page\n")
    body = re.sub(rb"/Contents (\d+ 0 R)", rb"/Contents [ \1 %d 0 R ]" % new, objects(pdf)[page])
    return {page: body, new: stream(b"q 0.76 G 6 w 40 200 m 60 280 l 80 200 l S 40 330 m 380 330 l S Q")}


ADDITIONS: dict[str, Callable[[bytes], dict[int, bytes]]] = {
    "annotation": lambda pdf: annotation(pdf, b"/Subtype /Stamp /F 4"),
    "annotation on paper only": lambda pdf: annotation(pdf, b"/Subtype /Stamp /F 36"),
    "annotation hidden": lambda pdf: annotation(pdf, b"/Subtype /Stamp /F 2"),
    "widget": widget,
    "layer": layer,
    "grey": grey,
    "unused object": lambda pdf: {max(objects(pdf)) + 1: b"(x)"},
    "only again": lambda pdf: {1: objects(pdf)[1]},
}


@pytest.mark.parametrize("write", [put_together, appended])
@pytest.mark.parametrize("addition", ADDITIONS)
def test_whatever_a_viewer_would_draw_besides_is_altered(
    services: Services, addition: str, write: Callable[[bytes, dict[int, bytes]], bytes]
) -> None:
    pdf = paper.render(content(services))
    changed = write(pdf, ADDITIONS[addition](pdf))
    if changed == pdf:
        assert (addition, write) == ("only again", put_together)
        assert check_pdf(services, changed).estado is AUTENTICO
    else:
        assert_says_so(check_pdf(services, changed), ALTERADO, "recibo.altered_pdf")


def test_the_tests_take_apart_and_put_together_without_a_change(services: Services) -> None:
    pdf = paper.render(content(services))
    assert put_together(pdf, {}) == pdf


@pytest.mark.parametrize("level", [0, 1])
def test_a_pdf_that_another_zlib_compressed_is_genuine(services: Services, level: int) -> None:
    pdf = paper.render(content(services))
    again = packed_again(pdf, level)
    assert len(again) > len(pdf)
    assert check_pdf(services, again).estado is AUTENTICO


def test_every_other_byte_that_changes_makes_it_another(services: Services) -> None:
    pdf = packed_again(paper.render(content(services)), 0)
    in_id = range(pdf.rindex(b"/ID"), pdf.rindex(b"% ReportLab"))
    assert pdf_same.same(pdf, pdf)
    dice = random.Random(9)  # noqa: S311 - a fixed seed, so that a failure comes again
    sensible = [*range(len(pdf) - 900, len(pdf)), *(each.start() for each in re.finditer(rb"/Length ", pdf))]
    for at in (*sensible, *dice.sample(range(len(pdf)), 500)):
        for byte in {pdf[at] ^ 1, pdf[at] ^ 0x20, ord("0")} - {pdf[at]}:
            changed = pdf[:at] + bytes([byte]) + pdf[at + 1 :]
            assert not pdf_same.same(pdf, changed) or at in in_id, at
        assert not pdf_same.same(pdf, pdf[:at] + b" " + pdf[at:]), at
        assert not pdf_same.same(pdf, pdf[:at]), at


def test_places_and_lengths_that_would_lead_a_viewer_elsewhere_are_altered(services: Services) -> None:
    pdf = paper.render(content(services))
    third, fourth = re.findall(rb"\d{10} 00000 n \n", pdf)[2:4]
    number = numbered(pdf, b"endstream")
    body = objects(pdf)[number]
    trailing = put_together(pdf, {number: stream(inflated(body)).replace(b"endstream", b"\nendstream")})
    length = re.search(rb"/Length (\d+)", body)
    assert length
    longer = body.replace(length[0], b"/Length %d" % (int(length[1]) + 1)).replace(
        b"endstream", b"\nendstream"
    )
    for changed in (
        pdf.replace(third + fourth, fourth + third),
        re.sub(rb"startxref\n\d+", b"startxref\n61", pdf),
        trailing,
        put_together(pdf, {number: longer}),
        pdf.replace(length[0], b"/Length 9999999"),
        pdf.replace(length[0], b"/Length " + b"9" * 5_000),
        b"\n" + pdf,
        pdf + b"\n",
    ):
        assert changed != pdf
        assert not pdf_same.same(pdf, changed)


def last_letter(pdf: bytes, text: str) -> tuple[float, float, float, float]:
    """Return where the last letter of a text is on the first page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = document[0].get_textpage()
        place = found.search(text).get_next()
        assert place is not None
        index, count = place
        box: tuple[float, float, float, float] = found.get_charbox(index + count - 1)
        return box
    finally:
        document.close()


def test_a_pdf_that_another_program_saved_is_no_longer_the_one_issued(services: Services) -> None:
    document = pypdfium2.PdfDocument(paper.render(content(services)))
    out = io.BytesIO()
    document.save(out)
    document.close()
    assert_says_so(check_pdf(services, out.getvalue()), ALTERADO, "recibo.altered_pdf")


@pytest.mark.parametrize(
    "fact",
    ["23/11/2026 10:42", "a.ejemplo", "24•••••005", "MARÍA JOSÉ", "Agencia Quito Norte", "017-26-0000001-96",
     "017-26-000001-66", "Jubilación por vejez", "original y copia a color", "23/12/2026 10:42"],
)  # fmt: skip
def test_one_letter_painted_over_is_altered(services: Services, fact: str) -> None:
    pdf = paper.render(content(services))
    changed = covered(pdf, last_letter(pdf, fact))
    assert_says_so(check_pdf(services, changed), ALTERADO, "recibo.altered_pdf")


def test_a_code_painted_over_and_an_added_page_are_altered(services: Services) -> None:
    pdf = paper.render(content(services))
    without_qr = covered(pdf, (310, 430, 400, 540))
    assert_says_so(check_pdf(services, without_qr), ALTERADO, "recibo.altered_pdf")
    document = pypdfium2.PdfDocument(pdf)
    document.new_page(300, 300)
    out = io.BytesIO()
    document.save(out)
    document.close()
    assert_says_so(check_pdf(services, out.getvalue()), ALTERADO, "recibo.altered_pdf")


def test_a_duplicate_is_genuine_once_it_was_printed_and_without_its_band_never(
    services: Services, raw: Raw
) -> None:
    duplicate = paper.render(content(services, 1))
    assert_says_so(check_pdf(services, duplicate), ALTERADO, "recibo.altered_pdf")
    tramite = json.loads(rows(services)[0].contenido)["tramite"]
    services.duplicados.print_again(sign_in(services), PaperKind.RECIBO, tramite, "la perdió")
    assert check_pdf(services, duplicate).estado is AUTENTICO
    assert check_pdf(services, paper.render(content(services, 2))).estado is ALTERADO
    assert check_pdf(services, paper.render(content(services))).estado is AUTENTICO
    hidden = covered(duplicate, (20, 560, 400, 590))
    assert_says_so(check_pdf(services, hidden), ALTERADO, "recibo.altered_pdf")


def scan(pdf: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    picture: Image.Image = document[0].render(scale=200 / 72, grayscale=True).to_pil()
    document.close()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(420, 595))
    canvas.drawImage(ImageReader(picture), 0, 0, 420, 595)
    canvas.save()
    return out.getvalue()


def other_pdf(*, locked: bool = False) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt="secreto" if locked else None)
    canvas.drawString(100, 100, "Lista de compras")
    canvas.save()
    return out.getvalue()


def two_recibos(first: bytes, second: bytes) -> bytes:
    document, other = pypdfium2.PdfDocument(first), pypdfium2.PdfDocument(second)
    document.import_pages(other)
    out = io.BytesIO()
    document.save(out)
    other.close()
    document.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "motivo"),
    [
        (lambda _pdf: other_pdf(), "recibo.pdf_no_code"),
        (scan, "recibo.pdf_scan"),
        (lambda _pdf: b"", "recibo.pdf_unreadable"),
        (lambda _pdf: b"no es un PDF", "recibo.pdf_unreadable"),
        (lambda pdf: pdf[: len(pdf) // 3], "recibo.pdf_unreadable"),
        (lambda _pdf: other_pdf(locked=True), "recibo.pdf_unreadable"),
    ],
)
def test_a_file_that_will_not_do_has_its_own_sentence(
    services: Services, make: Callable[[bytes], bytes], motivo: str
) -> None:
    assert_says_so(check_pdf(services, make(paper.render(content(services)))), DESCONOCIDO, motivo)


def test_a_file_with_two_recibos_and_a_missing_one_have_theirs(services: Services, tmp_path: Path) -> None:
    issue(services)
    first, second = (recibos.printed(row) for row in rows(services))
    assert first is not None
    assert second is not None
    both = two_recibos(paper.render(first), paper.render(second))
    assert_says_so(check_pdf(services, both), DESCONOCIDO, "recibo.pdf_many")
    missing = services.verificacion.verify_pdf(tmp_path / "no-existe.pdf")
    assert_says_so(missing, DESCONOCIDO, "recibo.pdf_unreadable")
    assert_says_so(services.verificacion.verify_pdf(tmp_path), DESCONOCIDO, "recibo.pdf_unreadable")


def test_a_page_of_any_size_takes_little_memory_and_time(services: Services) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(14_000, 14_000))
    canvas.drawString(100, 100, "Plano")
    canvas.save()
    assert_says_so(check_pdf(services, out.getvalue()), DESCONOCIDO, "recibo.pdf_no_code")


def bomb(drawing: bytes, forms: Sequence[bytes]) -> bytes:
    """Return a small PDF whose page draws the first form, and each form the next."""
    resources = b"/Resources << /XObject << /F %d 0 R >> /ExtGState << /G << /ca 0.5 >> >> >>"
    frame = b"/Type /XObject /Subtype /Form /BBox [ 0 0 420 595 ] /Group << /S /Transparency >> "
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 420 595 ] /Contents 4 0 R " + resources % 5 + b" >>",
        stream(drawing),
        *(stream(each, b" " + frame + resources % at) for at, each in enumerate(forms, 6)),
        stream(b"0 0 9 9 re f", b" " + frame),
    ]
    pdf = b"%PDF-1.7\n1 0 obj\ntrailer\n<< /Root 1 0 R /Size 0 >>\nstartxref"
    return put_together(pdf, dict(enumerate(bodies, 1)))


@pytest.mark.parametrize(
    ("drawing", "forms"),
    [(b"/F Do " * 10, [b"/F Do " * 10] * 9), (b"/G gs " + b"/F Do " * 200_000, [])],
    ids=["a billion rectangles", "a layer 200,000 times"],
)
def test_a_small_file_that_would_take_hours_is_given_up_and_stops_no_preview(
    services: Services, monkeypatch: pytest.MonkeyPatch, drawing: bytes, forms: list[bytes]
) -> None:
    monkeypatch.setattr(pdf_child, "_SECONDS", 2)
    pdf = bomb(drawing, forms)
    assert len(pdf) < 5_000
    ours = paper.render(content(services))
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        answer = pool.submit(check_pdf, services, pdf)
        assert pdf_pages.preview(ours, 380)[0] == 380
        assert not answer.done()
        assert_says_so(answer.result(), DESCONOCIDO, "recibo.pdf_unreadable")
    assert time.monotonic() - began < 10


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits for a process, pipes or devices")
def test_a_file_that_would_take_all_memory_is_given_up(services: Services) -> None:
    resource = pytest.importorskip("resource")
    out = io.BytesIO()
    canvas = Canvas(out)
    text = canvas.beginText(0, 0)
    for _ in range(300_000):
        text.textOut("a" * 36)
    canvas.drawText(text)
    canvas.save()
    assert len(out.getvalue()) < 100_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # A child begins as a copy of this process, which may be as large by itself.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert_says_so(check_pdf(services, out.getvalue()), DESCONOCIDO, "recibo.pdf_unreadable")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, own, 600_000)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits for a process, pipes or devices")
def test_only_a_file_of_a_sensible_size_is_read(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_into: list[bytes] = []
    monkeypatch.setattr(pdf_child, "look_into", looked_into.append)
    pipe, huge = tmp_path / "tubo.pdf", tmp_path / "enorme.pdf"
    os.mkfifo(pipe)
    huge.write_bytes(b"%PDF-1.3\n" + bytes(2_000_000))
    for path in (
        pipe,
        huge,
        Path("/dev/zero"),
        tmp_path,
        tmp_path / "no\0vale.pdf",
        tmp_path / ("x" * 5_000),
    ):
        assert_says_so(services.verificacion.verify_pdf(path), DESCONOCIDO, "recibo.pdf_unreadable")
    assert not looked_into


def test_another_agency_answers_for_none_of_ours(services: Services) -> None:
    elsewhere = Verificacion(services.database, "018")
    assert_says_so(elsewhere.verify(rows(services)[0].numero), DESCONOCIDO, "recibo.other_agency")


def test_a_code_is_checked_with_the_key_it_names_and_no_other(services: Services) -> None:
    with services.database.reading() as session:
        known = {row.id for row in session.scalars(select(LlaveRow))}
    services.llaves.rotate()
    with services.database.reading() as session:
        (new,) = {row.id for row in session.scalars(select(LlaveRow))} - known
    code = qr(services)
    renamed = code.replace(rows(services)[0].llave, new, 1)
    assert_says_so(services.verificacion.verify(renamed), ALTERADO, "recibo.bad_signature")
