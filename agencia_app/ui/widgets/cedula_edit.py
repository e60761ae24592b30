"""One field for whatever says who is at the window: typed, scanned, or read from a zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from agencia_app.models.domain import cedula, mrz, numero, solicitud
from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class CedulaEdit(QLineEdit):
    """A field for a cédula, the number of a paper, a machine-readable zone, or a name.

    ``state_changed`` carries a kind and a sentence while typing: ``missing`` is a mild hint that
    the number can no longer come out right, ``error`` that it is complete and wrong, ``info``
    that more of a zone is expected, ``done`` (no sentence) that it is complete and right, and
    an empty kind that there is nothing to say. ``entered`` carries the clean text on Enter, once
    it is right: ten digits, the digits of a paper, or the ninety characters of a zone. An Enter
    on anything else is answered with the sentence that says why.
    """

    state_changed = Signal(str, str)
    entered = Signal(str)

    def __init__(self, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self._state = ("", "")
        self.setProperty("large", True)
        self.setPlaceholderText("Número o apellidos")
        self.textChanged.connect(self._check_typing)

    @property
    def state(self) -> tuple[str, str]:
        """The kind and the sentence told last."""
        return self._state

    def is_name(self) -> bool:
        """Tell whether letters of a name are typed, which is looked up rather than checked."""
        text = self.text()
        return any(char.isalpha() for char in text) and not any(
            char.isdigit() or char == "<" for char in text
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter as the end of what was typed, or of one line of a scanned zone."""
        if event.text() not in {"\r", "\n"}:
            super().keyPressEvent(event)
            return
        event.accept()
        if not event.isAutoRepeat():
            self._enter()

    def _enter(self) -> None:
        text = self.text()
        if self._is_zone() and mrz.is_partial(text):
            return  # a scanner sends an Enter after each of the three lines
        try:
            clean = self._complete(text)
        except KnownError as error:
            self._tell("error", sentence(error))
            self.selectAll()
        else:
            self.entered.emit(clean)

    def _is_zone(self) -> bool:
        return not self.is_name() and mrz.looks_like(self.text())

    def _complete(self, text: str) -> str:
        """Return the clean text. Raises the KnownError of what it looks like."""
        if self._is_zone():
            mrz.parse(text, self._today())
            return mrz.compact(text)
        if self.is_name():
            raise KnownError("cedula.name")
        if numero.kind_of(text) is not None:
            return numero.validate(text)
        if solicitud.is_portal(text):
            return solicitud.validate_portal(text)
        return cedula.validate(text)

    def _check_typing(self) -> None:
        text = self.text()
        if not text.strip() or self.is_name():
            self._tell("", "")
        elif self._is_zone():
            self._check_zone(text)
        else:
            self._check_number(text)

    def _check_zone(self, text: str) -> None:
        length = len(mrz.compact(text))
        if length < mrz.LENGTH:
            self._tell("info", "Leyendo la cédula electrónica…")
        else:
            self._tell_whether_right(text)

    def _check_number(self, text: str) -> None:
        digits = cedula.clean(text)
        whole = len(digits) == cedula.LENGTH or solicitud.is_portal(text)
        if whole or numero.kind_of(text) is not None:
            self._tell_whether_right(text)
            return
        trouble = _hopeless(digits)
        self._tell("missing" if trouble else "", sentence(trouble) if trouble else "")

    def _tell_whether_right(self, text: str) -> None:
        try:
            self._complete(text)
        except KnownError as error:
            self._tell("error", sentence(error))
        else:
            self._tell("done", "")

    def _tell(self, kind: str, text: str) -> None:
        if (kind, text) == self._state:
            return
        self._state = (kind, text)
        shown = "" if kind == "info" else kind
        if (self.property("state") or "") != shown:
            self.setProperty("state", shown)
            look.restyle(self)
        self.state_changed.emit(kind, text)


def _hopeless(digits: str) -> KnownError | None:
    """Return why what was typed so far can no longer become a right number, or None."""
    if not (digits.isascii() and digits.isdigit()):
        return KnownError("cedula.letters")
    if len(digits) > max(each.length for each in numero.Kind):
        return KnownError("cedula.length", digits=len(digits))
    # A paper's number begins with its agency, so the first digits say nothing past the tenth.
    if len(digits) < cedula.LENGTH and len(digits) > 1 and digits[:2] not in cedula.PROVINCES:
        return KnownError("cedula.province", province=digits[:2])
    return None
