"""Step 1: who is at the window, by number, by scan, by name, or by the number of a paper they bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import mrz as zones
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain import solicitud as solicitudes
from agencia_app.models.domain.autorizacion import Autorizacion, EstadoAutorizacion
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.tramite import Tramite
from agencia_app.services import flow
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.cedula_edit import CedulaEdit
from agencia_app.ui.widgets.notice import Kind, Notice
from agencia_app.ui.wizard.person_list import PersonList
from agencia_app.ui.wizard.step import ENTER_KEYS, Desk, StepPage

if TYPE_CHECKING:
    from agencia_app.services.tramites import Attention

_LET_GO = frozenset(
    {"autorizacion.approver", "portal.year", "solicitud.expired", "solicitud.other_person", "solicitud.used"}
)
MIN_NAME = 2  # letters before a name is looked up
_TAKE_UP_KEYS = ("Alt 1", "Alt 2", "Alt 3", "Alt 4")
_PORTAL_SENTENCE = (
    "Solicitud del portal n.º <b>{numero}</b>. Ahora pase la <b>cédula</b> de la persona, o escriba su número; "
    "<kbd>Esc</kbd> la deja de lado."
)
_CORRECCION_SENTENCE = (
    "Ese número es de un <b>ticket de corrección</b>. Para atender a la persona, pase su cédula: si el ticket ya se "
    "respondió, se le dice ahí."
)
_RECIBO_SENTENCE = (
    "Ese número es de un <b>recibo</b>: su clave ya fue entregada. Para atender de nuevo a la persona, "
    "pase su cédula."
)


class CedulaPage(StepPage):
    """Asks for the person. ``attended`` carries the Attention that the services answered."""

    attended = Signal(object)

    hint = "Pase la cédula o la solicitud por el lector, escriba su número o busque por apellidos y nombres."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.asked_for = ""
        self.cedula = CedulaEdit(desk.services.today)
        self.cedula.setObjectName("cedula")
        self.cedula.setAccessibleName("Cédula, nombre, solicitud o código de la hoja de pendientes")
        self.cedula.installEventFilter(self)
        self.found = PersonList()
        self.said = Notice()
        self.portal = Notice()  # the number of one that waits for its person
        self._portal = ""
        self._unfinished = look.spaced(QVBoxLayout(), spacing=10)
        self._take_up: list[KeyButton] = []
        self._shown: tuple[tuple[Tramite, tuple[Autorizacion, ...]], ...] = ()
        self.waits = False  # for somebody else's answer about one of them

        label = QLabel("Cédula")
        label.setProperty("role", "field")
        label.setBuddy(self.cedula)
        self.column.addWidget(self.said)
        self.column.addWidget(self.portal)
        self.column.addWidget(label)
        self.column.addWidget(self.cedula)
        self.column.addWidget(self.notice)
        self.column.addWidget(self.found)
        self.column.addLayout(self._unfinished)
        self.column.addStretch(1)

        self.cedula.state_changed.connect(self._show_state)
        self.cedula.entered.connect(self._entered)
        self.cedula.textChanged.connect(self._search)
        self.found.itemClicked.connect(lambda _: self._choose())

    def start(self, said: str) -> None:
        """Begin clean; ``said`` is what to say of the attention that just ended."""
        self.cedula.clear()
        self.notice.clear()
        self.found.show_nobody()
        self._leave_portal()
        if said:
            self.said.show_text("done", said)
        else:
            self.said.clear()

    def show_unfinished(self, tramites: tuple[tuple[Tramite, tuple[Autorizacion, ...]], ...]) -> None:
        """Show a card for each trámite somebody left half way, with what a second person was asked."""
        if tramites == self._shown:
            return
        self._shown = tramites
        self.waits = any(
            asked.estado is EstadoAutorizacion.PEDIDA for _, pedidos in tramites for asked in pedidos
        )
        while (item := self._unfinished.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        self._take_up = []
        for place, (tramite, pedidos) in enumerate(tramites):
            key = _TAKE_UP_KEYS[place] if place < len(_TAKE_UP_KEYS) else ""
            self._unfinished.addWidget(self._unfinished_card(tramite, pedidos, key))
        self.changed.emit()

    def first_focus(self) -> QWidget:
        """Return the field."""
        return self.cedula

    def proceed(self) -> None:
        """Do as Enter in the field: take what was typed, or say what is wrong with it."""
        if self.found.has_people():
            self._choose()
        else:
            enter = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
            self.cedula.keyPressEvent(enter)

    def take_key(self, event: QKeyEvent) -> bool:
        """Take up the unfinished trámite whose function key this is."""
        if event.modifiers() != Qt.KeyboardModifier.AltModifier:
            return False
        for button, name in zip(self._take_up, _TAKE_UP_KEYS, strict=False):
            if event.key() == getattr(Qt.Key, f"Key_{name[-1]}"):
                button.click()
                return True
        return False

    def show_error(self, error: KnownError) -> None:
        """Say what is wrong beside the field, its text selected for the next try.

        A portal number that will not do is let go: the cédula that is passed next comes without it.
        """
        if error.code in _LET_GO:
            self._leave_portal()
        super().show_error(error)
        self.cedula.setFocus(Qt.FocusReason.OtherFocusReason)
        self.cedula.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list of names, and choose from it, with the focus still in the field."""
        if (
            watched is not self.cedula
            or not isinstance(event, QKeyEvent)
            or event.type() != QEvent.Type.KeyPress
        ):
            return False
        key = event.key()
        if event.modifiers() == Qt.KeyboardModifier.AltModifier and self.take_key(event):
            return True  # the field would take the digit
        if not self.found.has_people():
            # The Enter that ended the last attention, pressed twice, says nothing of this one.
            return key in ENTER_KEYS and not self.cedula.text() and not self.desk.settled()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.found.go(1 if key == Qt.Key.Key_Down else -1)
        elif key in ENTER_KEYS:
            if not event.isAutoRepeat():
                self._choose()
        else:
            return False
        return True

    # -- what was typed ----------------------------------------------------------------

    def _show_state(self, kind: str, text: str) -> None:
        if text:
            self.notice.show_text(cast("Kind", kind), text)
        else:
            self.notice.clear()

    def _search(self, text: str) -> None:
        if text:
            self.said.clear()
        self._show_state(*self.cedula.state)  # what the services said was of another text
        if len(text.strip()) < MIN_NAME or not self.cedula.is_name():
            self.found.show_nobody()
            return
        search, sesion = self.desk.services.padron.search, self.desk.sesion
        self.desk.tasks.latest("cedula.search", lambda: (text, search(sesion, text)), self._show_found)

    def _show_found(self, answer: tuple[str, tuple[Persona, ...]]) -> None:
        text, people = answer
        if text != self.cedula.text():
            return  # the answer to something no longer typed
        self.found.show_people(people, self.desk.services.today())
        if not people:
            self.notice.show_text(
                "info", "Nadie en el padrón se llama así. Pruebe con los apellidos, sin el nombre."
            )

    def _choose(self) -> None:
        chosen = self.found.chosen()
        if chosen is not None:
            self._attend_number(chosen.cedula)

    def _entered(self, text: str) -> None:
        digits = cedulas.clean(text)
        kind = numeros.kind_of(digits)
        if kind is numeros.Kind.RECIBO:
            self.notice.show_text("info", _RECIBO_SENTENCE)
            self.cedula.selectAll()
        elif kind is numeros.Kind.CORRECCION:
            self.notice.show_text("info", _CORRECCION_SENTENCE)
            self.cedula.selectAll()
        elif kind is numeros.Kind.SOLICITUD:
            self._take(lambda: self.desk.services.solicitudes.attend(self.desk.sesion, digits), "")
        elif solicitudes.is_portal(digits):
            self._ask_person(digits)
        elif kind is numeros.Kind.TRAMITE:
            self._resume(digits, "")
        elif zones.looks_like(text):
            self._attend_zone(text)
        else:
            self._attend_number(digits)

    def _attend_zone(self, text: str) -> None:
        try:
            zone = zones.parse(text, self.desk.services.today())
        except KnownError as error:
            self.show_error(error)
            return
        services, sesion, portal = self.desk.services, self.desk.sesion, self._portal
        if portal:
            self._take(lambda: services.solicitudes.register(sesion, portal, zone.cedula, zone), zone.cedula)
        else:
            self._take(lambda: services.tramites.attend_mrz(sesion, zone), zone.cedula)

    def _attend_number(self, number: str) -> None:
        services, sesion, portal = self.desk.services, self.desk.sesion, self._portal
        if portal:
            self._take(lambda: services.solicitudes.register(sesion, portal, number), number)
        else:
            self._take(lambda: services.tramites.attend(sesion, number), number)

    def _resume(self, numero: str, cedula: str) -> None:
        """Take up a trámite, with the portal number that its person brought."""
        services, sesion, portal = self.desk.services, self.desk.sesion, self._portal

        def call() -> Attention:
            found = services.tramites.resume(sesion, numero)
            if not portal or found.tramite is None:
                return found
            return services.solicitudes.register(sesion, portal, found.tramite.persona.cedula)

        self._take(call, cedula)

    def _ask_person(self, portal: str) -> None:
        """Keep a portal number until its person is known: it is recorded with them."""
        self._portal = portal
        self.cedula.clear()
        self.portal.show_text("info", _PORTAL_SENTENCE.format(numero=solicitudes.shown(portal)))

    def _leave_portal(self) -> None:
        self._portal = ""
        self.portal.clear()

    def _take(self, call: Callable[[], Attention], number: str) -> None:
        self.asked_for = number
        self.desk.run(call, self.attended.emit, self.show_error)

    # -- unfinished trámites -----------------------------------------------------------

    def _unfinished_card(self, tramite: Tramite, pedidos: tuple[Autorizacion, ...], key: str) -> Card:
        card = Card()
        row = look.spaced(QHBoxLayout(), spacing=14)
        card.box.addLayout(row)
        words = look.spaced(QVBoxLayout(), spacing=2)
        title = QLabel(f"<b>Trámite sin terminar</b> · {tramite.persona.nombre_completo}")
        title.setWordWrap(True)
        truth = QLabel(
            f"{flow.truth_of(tramite)}\nVentanilla {tramite.ventanilla} · trámite {numeros.shown(tramite.numero)}"
        )
        answer = QLabel(_answer(pedidos) if tramite.emision is None else "")
        answer.setProperty("role", "strong")
        answer.setWordWrap(True)
        truth.setProperty("role", "muted")
        truth.setWordWrap(True)
        words.addWidget(title)
        words.addWidget(truth)
        if answer.text():
            words.addWidget(answer)
        button = KeyButton("Retomar", key, "secondary")
        button.setAccessibleName(f"Retomar el trámite de {tramite.persona.nombre_completo}")
        button.clicked.connect(lambda: self._resume(tramite.numero, tramite.persona.cedula))
        self._take_up.append(button)
        row.addLayout(words, 1)
        row.addWidget(button)
        return card


def _answer(pedidos: tuple[Autorizacion, ...]) -> str:
    """Return what became of the requests of a trámite, empty when nobody was asked."""
    last = {each.asunto: each.estado for each in pedidos if each.estado is not EstadoAutorizacion.RETIRADA}
    if EstadoAutorizacion.PEDIDA in last.values():
        return "Espera una autorización."
    if EstadoAutorizacion.NEGADA in last.values():
        return "No se autorizó: retómelo para ver por qué."
    return "Ya está autorizado: puede seguir." if last else ""
