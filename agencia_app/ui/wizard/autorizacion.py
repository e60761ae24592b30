"""Where a second person is needed: what for, why, and how that person is reached.

Whoever supervises signs here, over this screen, or answers from their own. Meanwhile the clerk may
attend somebody else: the trámite goes on by itself once it was authorised.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from html import escape
from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain.autorizacion import (
    ASUNTO_TEXT,
    REASON_LENGTH,
    Asunto,
    Autorizacion,
    EstadoAutorizacion,
)
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local
from agencia_app.models.domain.permisos import Permiso, may
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.break_glass import BreakGlass
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.punto_row import PuntoRow
from agencia_app.ui.widgets.second_person import SecondPerson
from agencia_app.ui.wizard.pedido import Estado, Pedido, Punto
from agencia_app.ui.wizard.step import Desk, StepPage

# What is mostly said of each, the likeliest first; a key each.
_REASONS: dict[Asunto, tuple[str, ...]] = {
    Asunto.DOCUMENTO_FALTANTE: ("Viene de lejos", "Se vio el original"),
    Asunto.CEDULA_VENCIDA: ("Ya tiene turno", "No puede ir"),
    Asunto.CEDULA_ANTIGUA: ("No hay consulta",),
    Asunto.SEGUNDA_CLAVE: ("Perdió la hoja", "Olvidó la clave"),
    Asunto.CONTACTO_CAMBIADO: ("Cambió de número", "Mal escrito"),
    Asunto.APODERADO: ("No puede caminar", "Vive lejos"),
    Asunto.CANDADO: ("Está presente",),
    Asunto.LEVANTAR_CANDADO: ("Está presente",),
    Asunto.RELOJ: ("Hora correcta",),
}
_ONCE = 3  # reasons offered at once
_MOMENT_MS = 100


class Way(Enum):
    """What the page is doing."""

    ASK = auto()  # what is open was not asked, or was denied
    WAIT = auto()  # asked; somebody else answers
    SIGN = auto()  # a second person signs over this screen
    GLASS = auto()  # a supervisor has nobody else


_PRIMARY = {
    Way.ASK: "Enviar a Por autorizar",
    Way.WAIT: "Atender a otra persona",
    Way.SIGN: "Autorizar",
}


class AutorizacionPage(StepPage):
    """Asks for a second person, and goes on when everything was authorised.

    ``left`` says to attend somebody else meanwhile, and carries what to say of this trámite.
    """

    left = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.way = Way.ASK
        self._pedido: Pedido | None = None
        self._estado: Estado | None = None
        self._up = False  # shown, and not left since
        self._going_on = False
        self.heading = QLabel()
        self.heading.setProperty("role", "heading")
        self.heading.setWordWrap(True)
        self._rows = look.spaced(QVBoxLayout(), spacing=6)
        facts = Card()
        facts.box.addWidget(self.heading)
        facts.box.addLayout(self._rows)
        self.column.addWidget(facts)
        self._make_asking()
        self._make_signing()
        self.glass = BreakGlass()
        self._glass_card = Card()
        self._glass_card.box.addWidget(self.glass)
        self.column.addWidget(self._glass_card)
        self._make_buttons()
        self.column.addWidget(self.notice)
        self.column.addStretch(1)
        self.glass.confirmed.connect(self._break_glass)
        self.glass.changed.connect(self._show_words)

    # -- how it is made ----------------------------------------------------------------

    def _make_asking(self) -> None:
        label = QLabel("¿Por qué la pide?")
        label.setProperty("role", "field")
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_LENGTH)
        self.reason.setAccessibleName("Por qué pide la autorización")
        self.reason.setPlaceholderText("Elija uno con su número, o escríbalo")
        self.reason.installEventFilter(self)
        label.setBuddy(self.reason)
        self._beside_reason = QLabel()
        self._beside_reason.setProperty("role", "problem")
        self._beside_reason.setWordWrap(True)
        self._beside_reason.hide()
        self.reason.textEdited.connect(self._beside_reason.hide)
        self.reasons: list[KeyButton] = []
        self._reason_row = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=10)
        for key in range(1, _ONCE + 1):
            button = KeyButton("", str(key))
            button.clicked.connect(self._reason_pressed)
            self.reasons.append(button)
            self._reason_row.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._reason_row.addStretch(1)
        self._asking = Card()
        self._asking.box.addWidget(label)
        self._asking.box.addLayout(self._reason_row)
        self._asking.box.addWidget(self.reason)
        self._asking.box.addWidget(self._beside_reason)
        self.column.addWidget(self._asking)

    def _make_signing(self) -> None:
        heading = QLabel("Firma aquí quien autoriza")
        heading.setProperty("role", "heading")
        heading.setWordWrap(True)
        self.second = SecondPerson(comment=True)
        self.deny = KeyButton("No autorizar", "Alt N", "danger")
        self.stop_signing = KeyButton("Volver", "Esc")
        self._signing_row = row = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=14)
        row.addWidget(self.deny, 0, Qt.AlignmentFlag.AlignLeft)
        row.addWidget(self.stop_signing, 0, Qt.AlignmentFlag.AlignLeft)
        row.addStretch(1)
        self._signing = Card()
        for widget in (heading, self.second):
            self._signing.box.addWidget(widget)
        self._signing.box.addLayout(row)
        self.column.addWidget(self._signing)
        self.deny.clicked.connect(self._deny_here)
        self.stop_signing.clicked.connect(self._stop_signing)

    def _make_buttons(self) -> None:
        self.sign = KeyButton("Firma un supervisor", "F7")
        self.withdraw = KeyButton("Retirar el pedido", "Alt R")
        self.alone = KeyButton("No hay nadie más", "Alt E")
        self._button_row = look.spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight), spacing=14)
        for button in (self.sign, self.withdraw, self.alone):
            self._button_row.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._button_row.addStretch(1)
        self.column.addLayout(self._button_row)
        self.sign.clicked.connect(self._start_signing)
        self.withdraw.clicked.connect(self._withdraw)
        self.alone.clicked.connect(lambda: self._turn_to(Way.GLASS))
        for keys, each in (("Alt+R", self.withdraw), ("Alt+E", self.alone), ("Alt+N", self.deny)):
            # In a field the key would be a letter of the text.
            QShortcut(
                QKeySequence(keys),
                self,
                partial(_click, each),
                context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
            )

    # -- what it shows -----------------------------------------------------------------

    def show_pedido(self, pedido: Pedido, estado: Estado) -> None:
        """Show what is asked, and how it stands."""
        self.leave()
        self._pedido = pedido
        self.reason.clear()
        self._beside_reason.hide()
        self.show_tramite(estado.tramite, None)
        self._take(estado)
        self._turn_to(self._resting())
        self._up = True

    def leave(self) -> None:
        """Forget what was asked: another page is shown, or the session ends."""
        self._pedido = None
        self._up = self._going_on = False
        self.second.clear()

    @property
    def waits(self) -> bool:
        """Whether somebody else's answer would change something here."""
        return self._estado is not None and any(each.waits for each in self._estado.open)

    def refresh(self) -> None:
        """See how it stands now; nothing of what is being typed is touched."""
        pedido = self._pedido
        if pedido is not None:
            self.desk.tasks.latest(
                "autorizacion.estado", lambda: (pedido, pedido.state()), self._refreshed, self._not_refreshed
            )

    def can_go_on(self) -> bool:
        """Tell whether everything was authorised."""
        return self._estado is not None and not self._estado.open

    def go_on(self) -> None:
        """Go on with the trámite once everything was authorised; a moment later where something runs."""
        if self.can_go_on() and not self.desk.settled():
            QTimer.singleShot(_MOMENT_MS, self, self.go_on)
        else:
            self._leave_for_next()

    def _leave_for_next(self) -> bool:
        """Go on if everything was authorised; tell whether it was."""
        pedido = self._pedido
        if pedido is None or not self.can_go_on():
            return False
        if not self._going_on:
            self._going_on = True
            self.desk.run(pedido.go_on, self.advanced.emit, self._stuck)
        return True

    def _stuck(self, error: KnownError) -> None:
        self._going_on = False
        self.show_error(error)

    def _not_refreshed(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        super().show_error(error)

    def _refreshed(self, answer: tuple[Pedido, Estado]) -> None:
        pedido, estado = answer
        if pedido is not self._pedido:
            return
        resting = self._resting()
        self._take(estado)
        if self.way is resting and self._resting() is not resting:
            self._turn_to(self._resting())
        self.changed.emit()
        self.go_on()

    def _take(self, estado: Estado) -> None:
        self._estado = estado
        self.tramite = estado.tramite
        while (item := self._rows.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for punto in estado.puntos:
            row = PuntoRow(*_words(punto))
            self._rows.addWidget(row)
            row.show()  # a turn later by itself
        several = len(estado.open) > 1
        self.heading.setText(
            "Hace falta que otra persona lo autorice"
            if several
            else "Hace falta que otra persona autorice esto"
        )
        offered = [
            text for punto in estado.open for text in _REASONS.get(punto.asunto, ()) if not punto.waits
        ]
        for place, button in enumerate(self.reasons):
            text = offered[place] if place < len(offered) else ""
            button.set_text(text)
            button.setVisible(bool(text))
        self._arrange()

    def _resting(self) -> Way:
        return Way.WAIT if self._estado is not None and self._estado.waits else Way.ASK

    def tail(self) -> str:
        """Say what the trámite waits for."""
        return "Espera la autorización" if self.way is Way.WAIT else "Falta una autorización"

    def first_focus(self) -> QWidget:
        """Return the field of what the page is doing."""
        if self.way is Way.SIGN:
            return self.second.first_focus()
        if self.way is Way.GLASS:
            return self.glass.first_focus()
        return self.reason if self.way is Way.ASK else self

    def has_inner(self) -> bool:
        """Tell whether a question is up that Esc takes down."""
        return self.way in {Way.SIGN, Way.GLASS}

    def leave_inner(self) -> None:
        """Take down the question that is up."""
        if self.way is Way.SIGN:
            self._stop_signing()
        elif not self.glass.step_back():
            self._turn_to(self._resting())

    def _turn_to(self, way: Way) -> None:
        self.way = way
        self.second.clear()
        if way is Way.GLASS:
            self.glass.start()
        self._asking.setVisible(way is Way.ASK)
        self._signing.setVisible(way is Way.SIGN)
        self._glass_card.setVisible(way is Way.GLASS)
        resting = way in {Way.ASK, Way.WAIT}
        self.sign.setVisible(resting)
        self.withdraw.setVisible(way is Way.WAIT)
        self.alone.setVisible(resting and may(self.desk.sesion, Permiso.AUTORIZAR))
        self.notice.clear()
        if way is Way.WAIT:
            self.notice.show_text(
                "info",
                "Espera en <b>Por autorizar</b>. Cuando respondan, el trámite sigue solo. Mientras tanto puede "
                "atender a otra persona, o entregar la hoja de pendientes <kbd>F6</kbd>.",
            )
        self._arrange()
        self._show_words()
        if self._up:
            self.updated.emit(self.tramite)
            if self.has_inner():  # a turn later it has its place
                card = self._signing if way is Way.SIGN else self._glass_card
                QTimer.singleShot(0, self, lambda: self.looked_at.emit(card))

    def _show_words(self) -> None:
        self.primary = self.glass.primary if self.way is Way.GLASS else _PRIMARY[self.way]
        self.changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand reasons and buttons side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._arrange()

    def _arrange(self) -> None:
        for layout, buttons in (
            (self._reason_row, self.reasons),
            (self._button_row, (self.sign, self.withdraw, self.alone)),
            (self._signing_row, (self.deny, self.stop_signing)),
        ):
            shown = [each for each in buttons if not each.isHidden()]
            wanted = sum(each.sizeHint().width() + look.px(14) for each in shown) + look.px(48)
            layout.setDirection(
                QBoxLayout.Direction.LeftToRight
                if wanted <= self.width()
                else QBoxLayout.Direction.TopToBottom
            )

    # -- keys --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let a digit in the empty field choose a reason."""
        if watched is self.reason and event.type() == QEvent.Type.KeyPress and not self.reason.text():
            return self._choose_reason(cast("QKeyEvent", event).text())
        return super().eventFilter(watched, event)

    def take_key(self, event: QKeyEvent) -> bool:
        """Sign here with F7; a digit chooses a reason wherever the focus is."""
        if event.key() == Qt.Key.Key_F7 and self.sign.isVisible():
            self.sign.click()
            return True
        if self.way is Way.GLASS and self.glass.asking and event.key() == Qt.Key.Key_S:
            self.glass.yes.click()
            return True
        return self.way is Way.ASK and self._choose_reason(event.text())

    def _choose_reason(self, key: str) -> bool:
        for button in self.reasons:
            if key and button.key_text == key and button.isVisible():
                button.click()
                return True
        return False

    def _reason_pressed(self) -> None:
        button = self.sender()
        if isinstance(button, KeyButton):
            self.reason.setText(button.text())
            self._beside_reason.hide()
            self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what is done ------------------------------------------------------------------

    def proceed(self) -> None:
        """Do what the primary button says."""
        if self.way is Way.ASK:
            self._ask(Way.WAIT)
        elif self.way is Way.SIGN:
            self._approve_here()
        elif self.way is Way.GLASS:
            self.glass.go_on()
        elif self.tramite is not None:
            self.left.emit(
                f"El trámite de {escape(self.tramite.persona.nombre_completo, quote=False)} espera la "
                "autorización: lo retoma desde esta pantalla."
            )

    def show_error(self, error: KnownError) -> None:
        """Say what was refused beside what caused it."""
        if error.code in {"autorizacion.settled", "autorizacion.changed", "candado.none"}:
            self._turn_to(self._resting())
            super().show_error(error)
            self.refresh()  # somebody else was quicker, or the facts are others now
        elif self.way is Way.SIGN:
            self.second.show_error(error)
        elif self.way is Way.GLASS:
            self.glass.show_error(error)
        elif self.way is Way.ASK and error.code in {"autorizacion.reason", "autorizacion.too_long"}:
            self._say_reason(error)
        else:
            super().show_error(error)

    def _say_reason(self, error: KnownError) -> None:
        self._beside_reason.setText(sentence(error))
        self._beside_reason.show()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self, then: Way) -> None:
        """Ask for what is open; what waits already needs no other reason."""
        pedido, razon = self._pedido, self.reason.text()
        if pedido is None:
            return
        if not razon.strip():
            self._say_reason(KnownError("autorizacion.reason"))
            return

        def asked(estado: Estado) -> None:
            self._take(estado)
            if not self._leave_for_next():
                self._turn_to(then if estado.waits else self._resting())

        self.desk.run(lambda: pedido.ask(razon), asked, self.show_error)

    def _start_signing(self) -> None:
        if self.way is Way.ASK:
            self._ask(Way.SIGN)
        else:
            self._turn_to(Way.SIGN)

    def _stop_signing(self) -> None:
        self._turn_to(self._resting())

    def _approve_here(self) -> None:
        estado, desk = self._estado, self.desk
        if estado is None or self.second.go_on():
            return
        usuario, password, comentario = self.second.take()
        ids = estado.ids
        self._answer(
            lambda: desk.services.autorizaciones.approve_here(desk.sesion, usuario, password, ids, comentario)
        )

    def _deny_here(self) -> None:
        estado, desk = self._estado, self.desk
        if estado is None or self.second.go_on() or not self.second.has_comment():
            return
        usuario, password, comentario = self.second.take()
        ids = estado.ids
        self._answer(
            lambda: desk.services.autorizaciones.deny_here(desk.sesion, usuario, password, ids, comentario)
        )

    def _withdraw(self) -> None:
        estado, desk = self._estado, self.desk
        if estado is not None:
            self._answer(lambda: desk.services.autorizaciones.withdraw(desk.sesion, estado.ids))

    def _break_glass(self, motivo: str) -> None:
        pedido, autorizaciones, sesion = self._pedido, self.desk.services.autorizaciones, self.desk.sesion
        if pedido is not None:
            self._answer(lambda: autorizaciones.emergency(sesion, pedido.ask(motivo).ids, motivo))

    def _answer(self, call: Callable[[], object]) -> None:
        """Do what somebody decided, and see how it stands then."""
        pedido = self._pedido
        if pedido is None:
            return

        def done() -> Estado:
            call()
            return pedido.state()

        def answered(estado: Estado) -> None:
            self._take(estado)
            if not self._leave_for_next():
                self._turn_to(self._resting())

        self.desk.run(done, answered, self.show_error)


def _click(button: KeyButton) -> None:
    if button.isVisible():
        button.click()


def _words(punto: Punto) -> tuple[str, str, str, str]:
    """Return the sign, the heading, the facts, and what became of the request."""
    title, pedido = ASUNTO_TEXT[punto.asunto], punto.pedido
    if punto.cubierto:
        return "done", title, punto.texto, _authorised(pedido)
    if pedido is not None and punto.waits:
        since = local(pedido.pedida_en)
        return "info", title, punto.texto, f"Espera desde las {since:%H:%M}. Motivo: {pedido.razon}"
    if pedido is not None and punto.denied:
        return "wrong", title, punto.texto, f"No lo autorizó {pedido.resuelta_por}: {pedido.comentario}"
    return "missing", title, punto.texto, ""


def _authorised(pedido: Autorizacion | None) -> str:
    if pedido is None or pedido.estado is not EstadoAutorizacion.APROBADA:
        return "Está autorizado"
    comment = f": {pedido.comentario}" if pedido.comentario else ""
    return f"Lo autorizó {pedido.resuelta_por}{comment}"
