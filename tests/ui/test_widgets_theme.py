"""The looks: contrast in both schemes, the zoom, and the typeface."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agencia_app.settings import RESOURCES
from agencia_app.ui.theme import DARK, LIGHT, Theme, render
from agencia_app.ui.widgets import look

# What is written on what. DESIGN section 4: at least 4.5:1.
WRITTEN = (
    ("text", "background"), ("text", "card"), ("text", "hover"), ("text", "selected"),
    ("muted", "background"), ("muted", "card"), ("muted", "key"), ("rail_text", "card"),
    ("structure", "card"), ("structure", "selected"), ("stop", "card"), ("stop", "background"),
    ("missing_text", "missing"), ("error_text", "error"), ("success_text", "success"), ("info_text", "info"),
    ("on_header", "header"), ("on_header_muted", "header"), ("on_primary", "primary"),
    ("on_primary", "primary_hover"), ("disabled_text", "disabled"), ("disabled_text", "card"),
    ("demo_text", "demo"),
)  # fmt: skip
# What is drawn and must be made out: WCAG 1.4.11 asks 3:1 of it.
DRAWN = (
    ("control_border", "card"), ("structure", "card"), ("structure", "background"), ("on_done", "done"),
    ("done", "card"),
)  # fmt: skip


def _luminance(color: QColor) -> float:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF()) + 0.0722 * channel(color.blueF())


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(colors: dict[str, str]) -> None:
    faint = [
        f"{ink} on {ground}: {_contrast(colors[ink], colors[ground]):.2f}"
        for pairs, least in ((WRITTEN, 4.5), (DRAWN, 3.0))
        for ink, ground in pairs
        if _contrast(colors[ink], colors[ground]) < least
    ]
    assert faint == []


def test_both_schemes_have_the_same_names() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_the_sheet_is_filled_in_and_scaled() -> None:
    template = (RESOURCES / "style.qss").read_text("utf-8")
    sheet = render(template, LIGHT, 2.0)
    assert not re.search(r"@[a-z]", sheet)
    assert "font-size: 56px" in sheet
    assert "border: 2px" in sheet  # a line of one pixel grows with the rest
    with pytest.raises(KeyError):
        render("QLabel { color: @nothing; }", LIGHT, 1.0)


def test_the_typeface_is_there_in_both_weights(theme: Theme, qapp: QApplication) -> None:
    for bold in (False, True):
        info = QFontInfo(look.font(bold=bold))
        assert info.family() == "Atkinson Hyperlegible"
        assert info.bold() is bold
    assert qapp.font().family() == "Atkinson Hyperlegible"


def test_the_zoom_reaches_text_and_layouts(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    outer = look.spaced(QVBoxLayout(window), (10, 20, 30, 40), 8)
    inner = look.spaced(QHBoxLayout(), spacing=12)
    outer.addLayout(inner)
    label = QLabel("Cédula")
    inner.addWidget(label)
    window.show()
    with qtbot.waitSignal(theme.changed):
        theme.set_zoom(1.5)
    assert outer.contentsMargins().right() == 45
    assert (outer.spacing(), inner.spacing()) == (12, 18)
    assert label.fontInfo().pixelSize() == round(17 * 1.5)
    assert theme.px(100) == 150


def test_the_zoom_has_its_ends(theme: Theme) -> None:
    for _ in range(30):
        theme.zoom_in()
    assert theme.zoom == 2.0
    for _ in range(30):
        theme.zoom_out()
    assert theme.zoom == 0.8


def test_the_scheme_changes_every_color(theme: Theme) -> None:
    theme.set_scheme("dark")
    assert theme.color("card") == QColor(DARK["card"])
    theme.set_scheme("light")
    assert theme.color("card") == QColor(LIGHT["card"])
    with pytest.raises(KeyError):
        theme.color("nothing")
