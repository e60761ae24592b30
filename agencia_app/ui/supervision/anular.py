"""Voiding an issuance: why, and the second supervisor who lets it; or asking for it, to wait."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import REASON_LENGTH
from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.second_person import SecondPerson

if TYPE_CHECKING:
    from agencia_app.ui.sides import SideDesk

_WHAT = "Su clave queda anulada y el recibo se verifica como anulado. Una anulación no se deshace."
_WAITS = "Anulación pedida. Otra persona la autoriza en «Por autorizar»; hasta entonces nada cambia."
_DONE = "Emisión anulada. Si la persona necesita otra clave, atiéndala desde su cédula."
# Whatever else is refused concerns the recibo or the reason, not who signs.
_OF_SECOND = ("usuario.", "autorizacion.self")


class AnularPane(Card):
    """The questions of a voiding. ``settled`` carries what was done, as a sentence; ``left`` says never mind.

    With ``second`` somebody signs here and now; without, it is asked for and waits.
    """

    settled = Signal(str)
    left = Signal()

    def __init__(self, desk: SideDesk, *, second: bool) -> None:
        super().__init__()
        self._desk = desk
        self._recibo = ""
        self._running = False
        self._heading = QLabel()
        self._heading.setProperty("role", "strong")
        self._heading.setWordWrap(True)
        what = QLabel(_WHAT)
        what.setProperty("role", "muted")
        what.setWordWrap(True)
        label = QLabel("Motivo")
        label.setProperty("role", "field")
        self.motivo = QLineEdit()
        self.motivo.setMaxLength(REASON_LENGTH)
        self.motivo.setAccessibleName("Motivo de la anulación")
        label.setBuddy(self.motivo)
        self.second = SecondPerson() if second else None
        self.notice = Notice()
        self.ask = KeyButton("Pedir la anulación", "" if second else drawing.ENTER)
        self.go_on = KeyButton("Anular ahora", drawing.ENTER, "danger")
        self.never = KeyButton("No anular", "Esc")
        row = look.spaced(QHBoxLayout(), spacing=12)
        for button, act in (
            (self.go_on, self._annul),
            (self.ask, self._request),
            (self.never, self.left.emit),
        ):
            button.clicked.connect(act)
            row.addWidget(button)
        row.addStretch(1)
        for widget in (self._heading, what, label, self.motivo):
            self.box.addWidget(widget)
        if self.second is not None:
            self.box.addWidget(self.second)
        self.box.addWidget(self.notice)
        self.box.addLayout(row)
        self.go_on.setVisible(
            second
        )  # in its place by now: before, it would be a window that takes the focus

    def open(self, recibo: str) -> None:
        """Ask about the issuance of a recibo, by its number."""
        if recibo != self._recibo:
            self._recibo = recibo
            self.motivo.clear()
        if self.second is not None:
            self.second.clear()
        self.notice.clear()
        self._heading.setText(f"¿Anular la emisión del recibo {numeros.shown(recibo)}?")
        self.show()
        self.motivo.setFocus()

    def take_enter(self) -> None:
        """Go to what is still to be filled in, then do it."""
        if not self.motivo.text().strip():
            self.motivo.setFocus()
        elif self.second is None:
            self.ask.click()
        elif not self.second.go_on():
            self.go_on.click()

    def _request(self) -> None:
        anulaciones, sesion = self._desk.services.anulaciones, self._desk.sesion
        recibo, motivo = self._recibo, self.motivo.text()
        if self._hold():
            self._desk.tasks.run(
                lambda: anulaciones.request(sesion, recibo, motivo),
                lambda _: self._done(_WAITS),
                self._failed,
                self,
            )

    def _annul(self) -> None:
        anulaciones, sesion = self._desk.services.anulaciones, self._desk.sesion
        recibo, motivo = self._recibo, self.motivo.text()
        if self.second is None or not self._hold():
            return
        usuario, password, _ = self.second.take()
        self._desk.tasks.run(
            lambda: anulaciones.annul_here(sesion, recibo, motivo, usuario, password),
            lambda _: self._done(_DONE),
            self._failed,
            self,
        )

    def _hold(self) -> bool:
        """Begin something, unless something runs; tell whether it may begin."""
        if self._running:
            return False
        self._running = True
        self.notice.clear()
        return True

    def _done(self, said: str) -> None:
        self._running = False
        self.motivo.clear()
        self.settled.emit(said)

    def _failed(self, error: Exception) -> None:
        self._running = False
        if not isinstance(error, KnownError):
            raise error
        if self.second is not None and error.code.startswith(_OF_SECOND):
            self.second.show_error(error)
            return
        self.notice.show_text("error", escape(sentence(error)))
        self.motivo.setFocus()
