"""The seal of a recibo: one text for one seal, and nothing else is taken for one."""

from __future__ import annotations

import string
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from agencia_app.models.domain import sello as sellos
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local
from agencia_app.models.domain.numero import Kind, build
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.sello import LENGTH, PREFIX, Sello, parse
from agencia_app.models.domain.votacion import MotivoExencion
from agencia_app.services import recibos
from agencia_app.services.recibos import ReciboContent

BASE32 = string.ascii_uppercase + "234567"
NOW = datetime(2026, 11, 22, 15, 41, 7, tzinfo=UTC)
SELLO = Sello("01726000418266", NOW, "ABCDEFG2", bytes(range(32)), bytes(range(64)))

NUMBERS = st.builds(
    build,
    st.just(Kind.RECIBO),
    st.integers(1, 999).map("{:03d}".format),
    st.integers(2024, 2099),
    st.integers(1, 9_999_999),
)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - Hypothesis wants bounds without a zone
    lambda moment: moment.replace(microsecond=0)
)
SEALS = st.builds(
    Sello,
    NUMBERS,
    MOMENTS,
    st.text(BASE32, min_size=8, max_size=8),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=64, max_size=64),
)


@given(SEALS)
def test_what_is_written_reads_back_and_a_scanner_can_type_it(seal: Sello) -> None:
    payload = seal.payload
    assert len(payload) == LENGTH
    assert set(payload) <= set(string.ascii_uppercase + string.digits)
    assert parse(payload) == seal
    assert parse(payload.lower()) == seal  # Caps Lock


@given(
    SEALS,
    st.integers(0, LENGTH - 1),
    st.sampled_from(string.ascii_uppercase + string.digits) | st.characters(),
)
@example(SELLO, LENGTH - 1, "ÿ")
@example(SELLO, PREFIX.index("I"), "ı")  # whose capital is a plain I
def test_another_character_never_reads_as_the_same_seal(seal: Sello, at: int, other: str) -> None:
    payload = seal.payload
    assume(payload[at] != other)
    read: Sello | None = None
    with suppress(KnownError):
        read = parse(payload[:at] + other + payload[at + 1 :])
    assert read != seal


@pytest.mark.parametrize("field", [52, 103])
def test_the_spare_bits_of_base32_are_no_room_for_another_text(field: int) -> None:
    payload = SELLO.payload
    at = LENGTH - (103 if field == 52 else 0) - 1
    same_bytes = [BASE32[BASE32.index(payload[at]) + spare] for spare in (1, 2, 3)]
    for other in same_bytes:
        with pytest.raises(KnownError) as refused:
            parse(payload[:at] + other + payload[at + 1 :])
        assert refused.value.code == "recibo.qr_shape"


@pytest.mark.parametrize("length", range(LENGTH))
def test_a_torn_code_is_told_from_something_else(length: int) -> None:
    with pytest.raises(KnownError) as refused:
        parse(SELLO.payload[:length])
    assert refused.value.code == ("recibo.qr_torn" if length >= len(PREFIX) else "recibo.qr_shape")


@pytest.mark.parametrize(
    "text",
    [
        "",
        SELLO.payload + "A",
        SELLO.payload + "\n",
        " " + SELLO.payload,
        SELLO.payload[:-1] + SELLO.payload[-1].lower() if SELLO.payload[-1].isalpha() else SELLO.payload[:7].lower() + SELLO.payload[7:],
        "RECIBO2" + SELLO.payload[7:],
        replace(SELLO, recibo="01726000418267").payload,  # its check digits
        SELLO.payload.replace("20261122154107", "20261322154107"),
        SELLO.payload.replace("20261122154107", "20261122154160"),
        SELLO.payload.replace("20261122154107", "00001122154107"),
        SELLO.payload.replace("01726000418266", "٠١٧٢٦٠٠٠٤١٨٢٦٦"),
        "https://ejemplo.ec/" + "A" * LENGTH,
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(KnownError) as refused:
        parse(text)
    assert refused.value.code == "recibo.qr_shape"


def test_the_moment_is_written_in_utc_to_the_second() -> None:
    ecuador = local(NOW).replace(microsecond=999_999)
    assert sellos.body("01726000418266", ecuador, "ABCDEFG2", bytes(32)).startswith(
        "RECIBO10172600041826620261122154107ABCDEFG2"
    )


TEXT = st.text(max_size=40)
CONTENTS = st.builds(
    ReciboContent,
    agencia_codigo=st.just("017"),
    agencia_nombre=TEXT,
    numero=NUMBERS,
    tramite=st.just("0172600004231"),
    ventanilla=st.integers(1, 99),
    operador=TEXT,
    emitido_en=st.datetimes(timezones=st.just(UTC)),
    nombre=TEXT,
    cedula_mascara=TEXT,
    calidad=TEXT,
    documentos=st.lists(TEXT, max_size=4).map(tuple),
    anterior_desactivada_en=st.none() | st.datetimes(timezones=st.just(UTC)),
    vence_en=st.datetimes(timezones=st.just(UTC)),
    demostracion=st.booleans(),
)
DOCUMENTS = (
    Documento("cedula", original=True, copia=True),
    Documento("votacion", "no_exigible", motivo=MotivoExencion.MAYOR_65),
    Documento("planilla", "luz", True, True, "A-1", date(2026, 10, 1)),
)


@given(CONTENTS)
def test_the_content_kept_is_the_content_printed(content: ReciboContent) -> None:
    kept = recibos.write(content, DOCUMENTS, "00" * 16)
    assert recibos.read(kept) == content
    assert recibos.write(recibos.read(kept), DOCUMENTS, "00" * 16) == kept
    assert recibos.read_values(kept)["presentados"] == recibos.facts(DOCUMENTS)


def test_the_same_recibo_never_gives_the_same_digest_twice() -> None:
    """Nobody can try names until a digest fits: a secret drawn for each recibo is in it."""

    class Pen:
        llave = "ABCDEFG2"

        def sign(self, body: str) -> bytes:
            return body.encode().ljust(64, b"\0")[:64]

    content = ReciboContent("017", "Quito Norte", "01726000418266", "0172600004231", 4, "a.ejemplo", NOW,
                            "FICTICIA", "24•••••997", "Jubilación por vejez", (), None,
                            NOW + timedelta(days=30), demostracion=False)  # fmt: skip
    first, second = (recibos.seal(Pen(), content, DOCUMENTS) for _ in range(2))  # type: ignore[arg-type]  # a signer without a key
    assert first.huella != second.huella
    assert recibos.digest(first.contenido).hex() == first.huella
    payload = Sello(content.numero, NOW, first.llave, bytes.fromhex(first.huella), bytes(64)).payload
    assert "FICTICIA" not in payload
