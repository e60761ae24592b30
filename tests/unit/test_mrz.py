"""The machine-readable zone, whole, in pieces and wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencia_app.models.domain import mrz
from agencia_app.models.domain.errors import KnownError
from tests.factories import MRZ

TODAY = date(2026, 11, 23)


def code(text: str) -> str:
    with pytest.raises(KnownError) as caught:
        mrz.parse(text, TODAY)
    return caught.value.code


@pytest.mark.parametrize(
    "text", [MRZ, MRZ.replace("\n", ""), MRZ.replace("\n", "\r\n") + "\r\n", MRZ.lower()]
)
def test_reads_lines_or_one_run(text: str) -> None:
    zone = mrz.parse(text, TODAY)
    assert zone == mrz.Mrz(
        "2459999997", date(1945, 1, 15), date(2035, 1, 1), "F", "FICTICIA NUNEZ", "MARIA JOSE"
    )


def test_partial_until_the_third_line() -> None:
    first, second, third = MRZ.split("\n")
    assert mrz.is_partial(first)
    assert mrz.is_partial(first + "\r" + second)
    assert not mrz.is_partial(first + second + third)
    assert not mrz.is_partial("2459999005")


@pytest.mark.parametrize("at", [5, 14, 30, 36, 38, 44, 59])
def test_a_changed_digit_is_found(at: int) -> None:
    run = MRZ.replace("\n", "")
    changed = run[:at] + str((int(run[at]) + 1) % 10) + run[at + 1 :]
    assert code(changed) == "mrz.check_digit"


def test_other_trouble() -> None:
    run = MRZ.replace("\n", "")
    assert code(run[:-1]) == "mrz.length"
    assert code(run[:-1] + "*") == "mrz.characters"
    assert code(run.replace("I<ECU", "I<COL")) == "mrz.country"


@given(st.text(max_size=120))
def test_rubbish_is_refused_with_a_known_error(text: str) -> None:
    with pytest.raises(KnownError):
        mrz.parse(text, TODAY)


def test_birth_is_never_in_the_future() -> None:
    second = "300115" + str(mrz.check_digit("300115")) + "F3501014ECU<NO<DONANTE"
    first = MRZ.split("\n")[0]
    run = first + second
    composite = mrz.check_digit(run[5:30] + run[30:37] + run[38:45] + run[48:59])
    zone = mrz.parse(run + str(composite) + MRZ.split("\n")[2], TODAY)
    assert zone.fecha_nacimiento == date(1930, 1, 15)
