"""The cédula's check, its slips and its mask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.ec import ci

from agencia_app.models.domain import cedula
from agencia_app.models.domain.errors import KnownError

SYNTHETIC = (
    "2459999005",
    "2459999013",
    "2459999021",
    "2459999039",
    "2459999047",
    "2459999054",
    "2465999999",
    "3005999994",
)


def numbers(provinces: list[str]) -> st.SearchStrategy[str]:
    """Valid cédulas of these provinces, built and not filtered."""
    first_nine = st.builds(
        "{}{}{:06d}".format, st.sampled_from(provinces), st.integers(0, 6), st.integers(0, 999_999)
    )
    return first_nine.map(lambda nine: nine + str(cedula.check_digit(nine)))


valid = numbers(sorted(cedula.PROVINCES))


@pytest.mark.parametrize("number", SYNTHETIC)
def test_synthetic_numbers_are_valid(number: str) -> None:
    assert cedula.validate(number) == number
    assert cedula.validate(f" {number[:9]}-{number[9]} ") == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "cedula.empty"),
        ("24599A9005", "cedula.letters"),
        ("２４５９９９９００５", "cedula.letters"),
        ("245999900", "cedula.length"),
        ("24599990051", "cedula.length"),
        ("0000000000", "cedula.province"),
        ("2500000001", "cedula.province"),
        ("5012345678", "cedula.province"),
        ("2475999997", "cedula.third_digit"),
        ("2459999006", "cedula.check_digit"),
        ("2459999\x0005", "cedula.letters"),
    ],
)
def test_each_error_has_its_code(text: str, code: str) -> None:
    with pytest.raises(KnownError) as caught:
        cedula.validate(text)
    assert caught.value.code == code


@given(valid)
def test_stdnum_takes_what_we_take(number: str) -> None:
    assert ci.is_valid(number)


@given(st.one_of(st.from_regex(r"\A[0-9]{10}\Z"), valid))
def test_narrower_than_stdnum(number: str) -> None:
    assert cedula.is_valid(number) == (ci.is_valid(number) and number[:2] in cedula.PROVINCES)


@given(valid, st.integers(0, 8))
def test_a_swap_is_named(number: str, at: int) -> None:
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if cedula.is_valid(swapped):
        return
    assert at + 1 in cedula.swapped_neighbours(swapped)


@given(numbers([f"0{digit}" for digit in range(1, 10)]))
def test_leading_zero_is_restored(number: str) -> None:
    assert cedula.restore_leading_zero(number[1:]) == number


def test_leading_zero_needs_the_check_digit() -> None:
    assert cedula.restore_leading_zero("459999005") is None
    assert cedula.restore_leading_zero("45999900") is None


def test_mask() -> None:
    assert cedula.mask("2459999997") == "24•••••997"
