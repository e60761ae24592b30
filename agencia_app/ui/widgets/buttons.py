"""The button, with the key that presses it drawn on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from agencia_app.ui.widgets import drawing, look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

Role = Literal["primary", "secondary", "danger", "header"]

_KEY_SIZE = 13
_PADDING = 22
_GAP = 6
_HEIGHT = 45


class KeyButton(QPushButton):
    """A button that shows its key. ``header`` is the flat kind, for the dark bar.

    The key is only drawn: the screen that owns the button decides what the key does.
    """

    def __init__(
        self, text: str, key_text: str = "", role: Role = "secondary", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._role: Role = role
        self._key = key_text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self.set_text(text)

    @property
    def role(self) -> Role:
        """What the button is for, which decides its colours."""
        return self._role

    @role.setter
    def role(self, role: Role) -> None:
        self._role = role
        self.update()

    @property
    def key_text(self) -> str:
        """The key drawn on it."""
        return self._key

    def set_text(self, text: str, key_text: str | None = None) -> None:
        """Change the words, and the key when one is given."""
        if key_text is not None:
            self._key = key_text
        self.setText(text)
        self.setAccessibleName(text)
        self.setAccessibleDescription(f"Tecla {_spoken(self._key)}" if self._key else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room that text and key need."""
        text = self._metrics().horizontalAdvance(self.text())
        key = self._key_width()
        flat = self._role == "header"
        padding = look.px(8 if flat else _PADDING)
        return QSize(
            text + key + (look.px(_GAP) if key and text else 0) + 2 * padding,
            look.px(36 if flat else _HEIGHT),
        )

    def minimumSizeHint(self) -> QSize:
        """Return the same: a button is never clipped."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the button."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, edge, ink = self._colors()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        drawing.fill_rounded(painter, box, look.px(9), fill)
        if edge is not None:
            painter.setPen(QPen(edge, 1))
            painter.drawRoundedRect(box, look.px(9), look.px(9))
        if self.hasFocus():
            self._draw_focus(painter, box)
        self._draw_content(painter, ink)
        painter.end()

    def _draw_focus(self, painter: QPainter, box: QRectF) -> None:
        ring = look.color("on_primary" if self._role in {"primary", "header"} else "structure")
        inset = look.px(3) if self._role == "primary" else 0.5
        painter.setPen(QPen(ring, max(2, look.px(2))))
        painter.setBrush(QBrush())
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), look.px(7), look.px(7))

    def _draw_content(self, painter: QPainter, ink: QColor) -> None:
        face = look.font(bold=self._role != "header")
        painter.setFont(face)
        painter.setPen(ink)
        width = QFontMetrics(face).horizontalAdvance(self.text())
        key = self._key_width()
        gap = look.px(_GAP) if key and width else 0
        left = (self.width() - width - gap - key) // 2
        drawing.draw_words(painter, left, self.rect(), self.text())
        if not self._key:
            return
        if self._bare_key():
            drawing.draw_key_text(painter, QRect(left + width + gap, 0, key, self.height()), self._key)
        else:
            size = drawing.key_size(self._key, _KEY_SIZE)
            top = (self.height() - size.height()) // 2 + 1
            cap = QRect(left + width + gap, top, size.width(), size.height())
            drawing.draw_key(painter, cap, self._key, _KEY_SIZE, bold=self._role != "header")

    def _colors(self) -> tuple[QColor, QColor | None, QColor]:
        hover = self.underMouse() or self.isDown()
        if not self.isEnabled():
            if self._role == "header":
                return QColor(0, 0, 0, 0), None, look.color("on_header_muted")
            return look.color("disabled"), None, look.color("disabled_text")
        if self._role == "primary":
            return look.color("primary_hover" if hover else "primary"), None, look.color("on_primary")
        if self._role == "header":
            shade = QColor(255, 255, 255, 36 if hover else 0)
            return shade, None, look.color("on_header")
        edge, ink = ("stop", "stop") if self._role == "danger" else ("soft_border", "text")
        return look.color("hover" if hover else "card"), look.color(edge), look.color(ink)

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(look.font(bold=self._role != "header"))

    def _bare_key(self) -> bool:
        return self._role == "primary" and self._key == drawing.ENTER

    def _key_width(self) -> int:
        if not self._key:
            return 0
        if self._bare_key():
            return look.px(18)
        return drawing.key_size(self._key, _KEY_SIZE).width()


def _spoken(key: str) -> str:
    return key.replace(drawing.ENTER, "Entrar").replace("←", "flecha izquierda").replace("↓", "flecha abajo")
