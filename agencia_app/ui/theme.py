"""The looks: typeface, colours, sizes and zoom, given to the application once.

The style sheet ``resources/style.qss`` is a template: ``@name`` is a colour below and every
length in px is at 100 %, multiplied by the zoom when applied.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QLayout

from agencia_app.settings import RESOURCES
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

Scheme = Literal["light", "dark"]

SMALLEST_ZOOM = 0.8
LARGEST_ZOOM = 2.0
ZOOM_STEP = 0.1

# Source: DESIGN section 4 for the first five of the light scheme; the pictures for the rest.
LIGHT = {
    "header": "#0B3C6F", "primary": "#0B3C6F", "structure": "#0B3C6F", "done": "#1B7F4B", "stop": "#B3261E",
    "missing": "#FFF6E0", "missing_text": "#5C4300", "missing_border": "#E0B94A",
    "error": "#FDECEA", "error_text": "#8C1D18", "error_border": "#E3A19C",
    "success": "#E7F5EC", "success_text": "#14562F", "success_border": "#94CBA9",
    "info": "#E7F0FA", "info_text": "#0B3C6F", "info_border": "#A9C6E6",
    "background": "#F4F6F9", "card": "#FFFFFF", "border": "#D9E0E8",
    "text": "#14213D", "muted": "#4A5870", "rail_text": "#5A6779",
    "control_border": "#7C8AA0", "soft_border": "#B8C4D1", "selected": "#E7F0FA", "hover": "#F0F4F9",
    "key": "#F4F6F9", "key_border": "#B8C4D1",
    "on_header": "#FFFFFF", "on_header_muted": "#C9DAEE", "on_primary": "#FFFFFF", "on_done": "#FFFFFF",
    "primary_hover": "#124E8C", "disabled": "#DCE3EB", "disabled_text": "#55627A",
    "demo": "#FFE7A3", "demo_text": "#4A3600",
}  # fmt: skip
DARK = {
    "header": "#0A2F57", "primary": "#2E6FB7", "structure": "#8CBDF5", "done": "#1E8A52", "stop": "#FF9D94",
    "missing": "#3A2E0C", "missing_text": "#FFE2A0", "missing_border": "#8A6E22",
    "error": "#3D1A18", "error_text": "#FFC4BE", "error_border": "#8F423C",
    "success": "#12301F", "success_text": "#A9E3C2", "success_border": "#2F6E4B",
    "info": "#13283F", "info_text": "#BBD9FA", "info_border": "#335C89",
    "background": "#0F141B", "card": "#1A212B", "border": "#313C4A",
    "text": "#EAF0F7", "muted": "#B0BCCB", "rail_text": "#A5B1C1",
    "control_border": "#8391A5", "soft_border": "#4A586A", "selected": "#1D3855", "hover": "#232C38",
    "key": "#252F3C", "key_border": "#566579",
    "on_header": "#FFFFFF", "on_header_muted": "#BCD2EA", "on_primary": "#FFFFFF", "on_done": "#FFFFFF",
    "primary_hover": "#2A65A8", "disabled": "#2A3441", "disabled_text": "#A0ACBC",
    "demo": "#FFE7A3", "demo_text": "#4A3600",
}  # fmt: skip

_COLOR = re.compile(r"@([a-z_]+)")
_LENGTH = re.compile(r"\b(\d+)px")


class Theme(QObject):
    """The application's looks; ``changed`` follows every change of scheme or zoom."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        """Load the typeface and dress the application, in the system's scheme."""
        super().__init__(app)
        self._app = app
        self._chosen: Scheme | None = None
        self._zoom = 1.0
        self._template = (RESOURCES / "style.qss").read_text("utf-8")
        app.setProperty("font-family", _load_font())
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    @property
    def zoom(self) -> float:
        """The present zoom; 1.0 is 100 %."""
        return self._zoom

    @property
    def scheme(self) -> Scheme:
        """The scheme in use: the chosen one, or the system's."""
        if self._chosen is not None:
            return self._chosen
        # The style's own palette follows the system, and costs less to ask than the Qt namespace.
        system = self._app.style().standardPalette()
        ground = system.color(QPalette.ColorRole.Window).lightness()
        return "dark" if ground < system.color(QPalette.ColorRole.WindowText).lightness() else "light"

    def set_zoom(self, zoom: float) -> None:
        """Change the zoom, kept between 80 and 200 %."""
        zoom = min(max(round(zoom, 2), SMALLEST_ZOOM), LARGEST_ZOOM)
        if zoom != self._zoom:
            self._zoom = zoom
            self._apply()
            for window in self._app.topLevelWidgets():
                for layout in window.findChildren(QLayout):
                    look.rescale(layout)

    def zoom_in(self) -> None:
        """Take the next larger zoom."""
        self.set_zoom(self._zoom + ZOOM_STEP)

    def zoom_out(self) -> None:
        """Take the next smaller zoom."""
        self.set_zoom(self._zoom - ZOOM_STEP)

    def set_scheme(self, scheme: Scheme | None) -> None:
        """Choose a scheme; None follows the system's."""
        self._chosen = scheme
        self._apply()

    def px(self, length: float) -> int:
        """Return pixels at the present zoom of a length at 100 %."""
        return look.px(length)

    def color(self, name: str) -> QColor:
        """Return a colour by its name."""
        return look.color(name)

    def _apply(self) -> None:
        colors = DARK if self.scheme == "dark" else LIGHT
        for name, value in colors.items():
            self._app.setProperty(look.COLOR_PROPERTY + name, QColor(value))
        self._app.setProperty(look.ZOOM_PROPERTY, self._zoom)
        self._app.setPalette(_palette(colors))
        self._app.setFont(look.font())
        self._app.setStyleSheet(render(self._template, colors, self._zoom))
        self.changed.emit()


def render(template: str, colors: dict[str, str], zoom: float) -> str:
    """Return a style sheet from its template. Raises KeyError for a colour that has no name."""
    icons = (RESOURCES / "icons").as_posix()
    sheet = _COLOR.sub(lambda match: icons if match[1] == "icons" else colors[match[1]], template)
    return _LENGTH.sub(lambda match: f"{max(1, round(int(match[1]) * zoom))}px", sheet)


def _load_font() -> str:
    # The package's own registry reads every installed distribution: the files are enough.
    spec = find_spec("fontpkg_atkinson_hyperlegible")
    if spec is None or spec.origin is None:
        return QFont().family()
    family = QFont().family()
    for face in ("Regular", "Bold"):
        file = Path(spec.origin).parent / "files" / f"AtkinsonHyperlegible-{face}.ttf"
        number = QFontDatabase.addApplicationFont(str(file))
        if number >= 0:
            family = QFontDatabase.applicationFontFamilies(number)[0]
    return family


def _palette(colors: dict[str, str]) -> QPalette:
    role = QPalette.ColorRole
    roles = {
        role.Window: "background", role.WindowText: "text", role.Base: "card", role.AlternateBase: "hover",
        role.Text: "text", role.Button: "card", role.ButtonText: "text", role.Highlight: "primary",
        role.HighlightedText: "on_primary", role.ToolTipBase: "text", role.ToolTipText: "card",
        role.PlaceholderText: "rail_text", role.Link: "structure", role.LinkVisited: "structure",
        role.Accent: "primary", role.Mid: "soft_border", role.Dark: "control_border",
        role.Midlight: "border", role.Light: "card", role.Shadow: "border", role.BrightText: "stop",
    }  # fmt: skip
    palette = QPalette()
    for each, name in roles.items():
        palette.setColor(each, QColor(colors[name]))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(colors["disabled_text"]))
    return palette
