"""Numbers of recibos and trámites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencia_app.models.domain import numero
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.numero import Kind


def test_the_designs_example() -> None:
    digits = numero.build(Kind.RECIBO, "017", 2026, 4182)
    assert numero.shown(digits) == "017-26-0004182-66"


@given(st.sampled_from(Kind), st.integers(0, 999), st.integers(2020, 2099), st.integers(1, 999_999))
def test_round_trip(kind: Kind, agency: int, year: int, sequence: int) -> None:
    digits = numero.build(kind, f"{agency:03d}", year, sequence)
    assert len(digits) == kind.length
    assert numero.kind_of(digits) is kind
    assert numero.validate(numero.shown(digits)) == digits


@given(st.integers(1, 999_999), st.integers(0, 13), st.integers(1, 9))
def test_any_one_digit_off_is_found(sequence: int, at: int, step: int) -> None:
    digits = numero.build(Kind.RECIBO, "017", 2026, sequence)
    wrong = digits[:at] + str((int(digits[at]) + step) % 10) + digits[at + 1 :]
    with pytest.raises(KnownError, match=r"numero\.check_digit"):
        numero.validate(wrong)


def test_other_lengths_are_no_number() -> None:
    with pytest.raises(KnownError, match=r"numero\.shape"):
        numero.validate("2459999005")


def test_the_series_ends_with_its_width() -> None:
    with pytest.raises(KnownError, match=r"numero\.exhausted"):
        numero.build(Kind.TRAMITE, "017", 2026, 1_000_000)
