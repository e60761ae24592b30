"""Dates, times and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencia_app.models.domain import fechas


def test_the_evening_in_guayaquil_is_still_the_day_before_in_utc() -> None:
    instant = datetime(2027, 1, 1, 2, 5, tzinfo=UTC)
    assert fechas.local_date(instant) == date(2026, 12, 31)
    assert fechas.moment(instant) == "31/12/2026 21:05"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        fechas.moment(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def test_a_day_in_words() -> None:
    assert fechas.long_day(date(2026, 11, 22)) == "domingo 22 de noviembre de 2026"
    assert fechas.long_day(date(2025, 4, 1)) == "martes 1 de abril de 2025"


@given(st.dates())
def test_a_printed_day_reads_back(value: date) -> None:
    day, month, year = fechas.day(value).split("/")
    assert date(int(year), int(month), int(day)) == value
    assert (len(day), len(month), len(year)) == (2, 2, 4)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (999, "999"), (1234, "1.234"), (-1234567, "-1.234.567")]
)
def test_thousands_are_parted_with_a_point(value: int, text: str) -> None:
    assert fechas.number(value) == text
