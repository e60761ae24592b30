"""A date typed as digits."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agencia_app.ui.theme import Theme
from agencia_app.ui.widgets.date_edit import DateEdit


@pytest.fixture
def field(qtbot: QtBot, theme: Theme) -> DateEdit:
    made = DateEdit()
    qtbot.addWidget(made)
    made.show()
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.dates(date(1900, 1, 1)), st.sampled_from(["%d%m%Y", "%d/%m/%Y", "%d-%m-%Y"]))
def test_a_date_typed_is_the_date_read(field: DateEdit, value: date, form: str) -> None:
    field.clear()
    typed = value.strftime(form)
    QTest.keyClicks(field, typed)
    assert field.date == value
    assert field.text() == f"{value.day:02d}/{value.month:02d}/{value.year:04d}"
    assert field.problem == ""


def test_separators_come_by_themselves_and_go_by_themselves(field: DateEdit) -> None:
    seen = []
    for digit in "04012035":
        QTest.keyClicks(field, digit)
        seen.append(field.text())
    assert seen == ["0", "04", "04/0", "04/01", "04/01/2", "04/01/20", "04/01/203", "04/01/2035"]
    for _ in range(6):
        QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert field.text() == "04"


def test_six_digits_are_spelt_out_when_the_field_is_left(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    field, other = DateEdit(), QLineEdit()
    column.addWidget(field)
    column.addWidget(other)
    with qtbot.waitActive(window):
        window.show()
    field.setFocus()
    QTest.keyClicks(field, "040135")
    assert field.date == date(2035, 1, 4)
    with qtbot.waitSignal(field.changed):
        other.setFocus()
    assert field.text() == "04/01/2035"


@pytest.mark.parametrize("typed", ["31022030", "00012030", "15132030"])
def test_a_day_that_does_not_exist_is_told_at_once(field: DateEdit, typed: str) -> None:
    QTest.keyClicks(field, typed)
    assert field.date is None
    assert "no existe" in field.problem
    assert field.property("state") == "error"
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert field.problem == ""


def test_half_a_date_is_told_only_on_leaving(field: DateEdit) -> None:
    QTest.keyClicks(field, "0401")
    assert field.problem == ""
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.problem


def test_changed_is_for_the_person_not_for_the_program(qtbot: QtBot, field: DateEdit) -> None:
    with qtbot.assertNotEmitted(field.changed):
        field.set_date(date(2035, 1, 4))
        QTest.keyClick(field, Qt.Key.Key_Return)
    with qtbot.waitSignal(field.changed):
        QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert field.date is None
