"""The one field for numbers, scans and names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agencia_app.models.domain import mrz, numero
from agencia_app.ui.theme import Theme
from agencia_app.ui.widgets.cedula_edit import CedulaEdit

TODAY = date(2026, 11, 23)
ZONE = ("I<ECU9999999908<<<<<2459999997", "4501158F3501014ECU<NO<DONANTE3", "FICTICIA<NUNEZ<<MARIA<JOSE<<<<")


@pytest.fixture
def field(qtbot: QtBot, theme: Theme) -> CedulaEdit:
    made = CedulaEdit(lambda: TODAY)
    qtbot.addWidget(made)
    made.show()
    return made


def _enter(field: CedulaEdit, text: str) -> list[str]:
    entered: list[str] = []
    field.entered.connect(entered.append)
    field.clear()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    field.entered.disconnect()
    return entered


@pytest.mark.parametrize("typed", ["2459999005", "245999900-5", "24 5999 9005"])
def test_a_number_is_entered_clean(field: CedulaEdit, typed: str) -> None:
    assert _enter(field, typed) == ["2459999005"]
    assert field.state == ("done", "")


def test_a_scanned_zone_is_entered_once_its_third_line_came(field: CedulaEdit) -> None:
    entered: list[str] = []
    field.entered.connect(entered.append)
    for line in ZONE:
        assert entered == []
        QTest.keyClicks(field, line)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert field.state[0] != "error"
    assert entered == ["".join(ZONE)]


def test_a_zone_in_one_run_and_small_letters(field: CedulaEdit) -> None:
    assert _enter(field, "".join(ZONE).lower()) == ["".join(ZONE)]


def test_half_a_zone_and_a_wrong_one_say_so(field: CedulaEdit) -> None:
    assert _enter(field, ZONE[0] + ZONE[1][:7]) == []
    assert field.state[0] == "error"
    assert "incompleta" in field.state[1]
    assert _enter(field, "".join(ZONE).replace("450115", "450116")) == []
    assert "no cuadra" in field.state[1]
    assert field.selectedText() == field.text() != ""


@pytest.mark.parametrize("kind", list(numero.Kind))
def test_the_number_of_a_paper(field: CedulaEdit, kind: numero.Kind) -> None:
    digits = numero.build(kind, "017", 2026, 4182)
    assert _enter(field, digits) == [digits]
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert _enter(field, wrong) == []
    assert field.state[0] == "error"


def test_it_is_checked_while_typed(field: CedulaEdit) -> None:
    QTest.keyClicks(field, "24")
    assert field.state == ("", "")
    field.clear()
    QTest.keyClicks(field, "27")
    assert field.state[0] == "missing"
    assert "27" in field.state[1]
    field.clear()
    QTest.keyClicks(field, "245999900")
    assert field.state == ("", "")
    QTest.keyClicks(field, "6")
    assert field.state[0] == "error"


@pytest.mark.parametrize(
    ("typed", "says"), [("", "lector"), ("24599990", "hay 8"), ("24599990051", "hay 11")]
)
def test_an_enter_on_an_incomplete_number_is_answered(field: CedulaEdit, typed: str, says: str) -> None:
    assert _enter(field, typed) == []
    assert field.state[0] == "error"
    assert says in field.state[1]


def test_a_name_is_no_wrong_number(field: CedulaEdit) -> None:
    QTest.keyClicks(field, "ALARCÓN IB")  # begins as a zone might
    assert field.is_name()
    assert field.state == ("", "")


def test_a_held_enter_enters_once(field: CedulaEdit) -> None:
    entered: list[str] = []
    field.entered.connect(entered.append)
    field.setText("2459999005")
    QTest.keyPress(field, Qt.Key.Key_Return)
    from PySide6.QtCore import QEvent  # noqa: PLC0415 - only here
    from PySide6.QtGui import QKeyEvent  # noqa: PLC0415

    held = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True
    )
    field.keyPressEvent(held)
    assert entered == ["2459999005"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.text(max_size=120) | st.text("0123456789IAC<ECU ", max_size=95))
def test_no_enter_is_swallowed(field: CedulaEdit, text: str) -> None:
    """Whatever was typed: it is entered, or a sentence says why not, or more of a zone must come."""
    entered: list[str] = []
    field.entered.connect(entered.append)
    field.setText(text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    field.entered.disconnect()
    kind, says = field.state
    if entered:
        assert kind == "done"
    else:
        assert (kind == "error" and says) or mrz.is_partial(field.text())
