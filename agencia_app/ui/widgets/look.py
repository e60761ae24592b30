"""What a painted widget asks of the theme: a named colour, and pixels at the present zoom.

The theme leaves both on the application object, so that a widget needs nothing passed to be
drawn, and nothing of ours is global.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QFont

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLayout, QWidget

BASE_PX = 17  # the text size at 100 %
COLOR_PROPERTY = "color-"  # + the colour's name, on the application object
ZOOM_PROPERTY = "zoom"

_Layout = TypeVar("_Layout", bound="QLayout")


def _application() -> QCoreApplication:
    application = QCoreApplication.instance()
    if application is None:  # a widget cannot exist without one
        raise RuntimeError("no application")
    return application


def zoom() -> float:
    """Return the present zoom; 1.0 is 100 %."""
    return cast("float", _application().property(ZOOM_PROPERTY) or 1.0)


def px(length: float) -> int:
    """Return a length given in pixels at 100 % in pixels of the present zoom, at least one."""
    return max(1, round(length * zoom())) if length > 0 else 0


def color(name: str) -> QColor:
    """Return a colour of the theme by its name. Raises KeyError for a name it does not have."""
    value = _application().property(COLOR_PROPERTY + name)
    if not isinstance(value, QColor):
        raise KeyError(name)
    return value


def font(size: float = BASE_PX, *, bold: bool = False) -> QFont:
    """Return the theme's typeface at a size given in pixels at 100 %."""
    family = cast("str", _application().property("font-family"))
    face = QFont(family)
    face.setPixelSize(px(size))
    face.setBold(bold)
    return face


def spaced(layout: _Layout, margins: tuple[int, int, int, int] = (0, 0, 0, 0), spacing: int = 0) -> _Layout:
    """Give a layout margins (left, top, right, bottom) and spacing in pixels at 100 %.

    They follow the zoom: the theme calls ``rescale`` on every layout when it changes.
    """
    layout.setProperty("scaled", [*margins, spacing])
    rescale(layout)
    return layout


def rescale(layout: QLayout) -> None:
    """Apply the present zoom to a layout that was ``spaced``."""
    values = cast("list[int] | None", layout.property("scaled"))
    if values is None:
        return
    left, top, right, bottom, spacing = (px(value) for value in values)
    layout.setContentsMargins(left, top, right, bottom)
    layout.setSpacing(spacing)


def restyle(widget: QWidget) -> None:
    """Have the style sheet looked at again, after a property it selects by was changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def plain(text: str) -> str:
    """Return what a screen reader says of rich text."""
    from html import unescape  # noqa: PLC0415 - its table of entities is not for the first paint

    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"<br\s*/?>", " ", text)))
