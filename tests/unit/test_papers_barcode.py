"""Every barcode, read back from the rendered page, is the number printed beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agencia_app.models.domain.numero import Kind, build, shown
from tests.unit.papers_factory import (
    RECIBO,
    SOLICITUD,
    TICKET,
    TRAMITE,
    make_correccion,
    make_hoja_clave,
    make_pendientes,
    make_recibo,
    make_solicitud,
    said,
    scanned,
)

PAPERS = [
    (make_recibo, RECIBO),
    (make_solicitud, SOLICITUD),
    (make_pendientes, TRAMITE),
    (make_hoja_clave, RECIBO),
    (make_correccion, TICKET),
]


@pytest.mark.parametrize("demostracion", [False, True])
@pytest.mark.parametrize("dpi", [150, 300])
@pytest.mark.parametrize(("make", "number"), PAPERS)
def test_barcode_reads_as_the_number_beside_it(
    make: Callable[..., bytes], number: str, dpi: int, *, demostracion: bool
) -> None:
    pdf = make(demostracion=demostracion)
    assert scanned(pdf, dpi) == [number]
    assert shown(number) in said(pdf)


AGENCIES = st.integers(1, 999).map("{:03d}".format)


@settings(max_examples=15, deadline=None)
@given(AGENCIES, st.integers(2024, 2099), st.integers(1, 9_999_999))
@example(agencia="990", year=2026, sequence=1)
def test_any_recibo_number_reads_back(agencia: str, year: int, sequence: int) -> None:
    number = build(Kind.RECIBO, agencia, year, sequence)
    pdf = make_recibo(numero=number)
    assert scanned(pdf, 150) == [number]
    assert shown(number) in said(pdf)


@settings(max_examples=15, deadline=None)
@given(AGENCIES, st.integers(2024, 2099), st.integers(1, 999_999))
@example(agencia="990", year=2026, sequence=1)
def test_any_tramite_number_reads_back(agencia: str, year: int, sequence: int) -> None:
    number = build(Kind.TRAMITE, agencia, year, sequence)
    pdf = make_pendientes(tramite=number)
    assert scanned(pdf, 150) == [number]
    assert shown(number) in said(pdf)


def test_a_stop_without_a_draft_has_no_barcode() -> None:
    assert scanned(make_pendientes(tramite=None), 150) == []
