"""The wizard's footer: its four buttons, or the question whether to cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QSizePolicy, QStackedLayout, QWidget

from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton, Role

_MARGINS = (24, 6, 24, 6)
_GAP = 14


class Footer(QFrame):
    """Buttons that take no focus by click, so that the next key stays with the page.

    Where the window is too narrow, as at a large zoom, the words get shorter, then there are two rows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("footer")
        self.cancel = _button("Cancelar trámite", "Esc", "secondary")
        self.pending = _button("Hoja de pendientes", "F6", "secondary")
        self.back = _button("Atrás", "Alt ←", "secondary")
        self.primary = _button("Continuar", "↵", "primary")
        self.question = QLabel()
        self.question.setProperty("role", "heading")
        self.question.setWordWrap(True)
        self.question.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.confirm_cancel = _button("Sí, cancelar", "S", "danger")
        self.keep_on = _button("No, seguir", "↵", "primary")

        self._left = look.spaced(QHBoxLayout(), spacing=_GAP)
        self._right = look.spaced(QHBoxLayout(), spacing=_GAP)
        self._left.addWidget(self.cancel)
        self._left.addWidget(self.pending)
        self._left.addStretch(1)
        self._right.addStretch(1)
        self._right.addWidget(self.back)
        self._right.addWidget(self.primary)
        self._actions = QWidget()
        self._rows = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight, self._actions), _MARGINS, _GAP)
        self._rows.addLayout(self._left, 1)
        self._rows.addLayout(self._right, 1)
        asking = QWidget()
        row = look.spaced(QHBoxLayout(asking), _MARGINS, _GAP)
        row.addWidget(self.question, 1)
        row.addWidget(self.confirm_cancel)
        row.addWidget(self.keep_on)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._actions)
        self._stack.addWidget(asking)
        # Its contents must not hold the window wide: one row becomes two instead.
        self.setMinimumWidth(1)

    @property
    def asking(self) -> bool:
        """Whether the question is up."""
        return self._stack.currentIndex() == 1

    def ask(self, question: str) -> None:
        """Put up the question in place of the buttons; an empty one takes it down."""
        self.question.setText(question)
        self._stack.setCurrentIndex(1 if question else 0)

    def show_enter(self, *, primary: bool) -> None:
        """Show whether Enter is the primary button's, or that of a choice about a paper."""
        self.primary.set_text(self.primary.text(), drawing.ENTER if primary else "")
        self.arrange()

    def show_state(
        self, *, primary: str, can_continue: bool, cancel: bool, back: bool | None, pending: bool
    ) -> None:
        """Show which actions there are now; ``back`` is None where there is nothing behind."""
        self.primary.set_text(primary)
        self.primary.setEnabled(can_continue)
        self.cancel.setVisible(cancel)
        self.back.setVisible(back is not None)
        self.back.setEnabled(bool(back))
        self.pending.setVisible(pending)
        self.arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Go to two rows, or back to one."""
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Fit the buttons to the width: whole words, then short ones, then two rows."""
        for short, rows in ((False, 1), (True, 1), (False, 2)):
            self._word(short=short)
            if rows == 2 or self._wanted() <= self.width():  # noqa: PLR2004 - two rows always fit
                one = rows == 1
                self._rows.setDirection(
                    QBoxLayout.Direction.LeftToRight if one else QBoxLayout.Direction.TopToBottom
                )
                return

    def _word(self, *, short: bool) -> None:
        for button, whole, brief in (
            (self.cancel, "Cancelar trámite", "Cancelar"),
            (self.pending, "Hoja de pendientes", "Pendientes"),
        ):
            button.set_text(brief if short else whole)
            button.setAccessibleName(whole)

    def _wanted(self) -> int:
        # Summed by hand: the layouts remember the sizes of before.
        shown = [each for each in (self.cancel, self.pending, self.back, self.primary) if not each.isHidden()]
        return sum(each.sizeHint().width() + look.px(_GAP) for each in shown) + 2 * look.px(_MARGINS[0])


def _button(text: str, key: str, role: Role) -> KeyButton:
    button = KeyButton(text, key, role)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
