"""What every page of the wizard is, and what it may ask of its host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Protocol, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import Impresion, PaperKind
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.tramite import Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.ui.messages import sentence
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.wizard.drafts import Drafts
from agencia_app.ui.wizard.papers import Papers

if TYPE_CHECKING:
    from agencia_app.services.registry import Services

T = TypeVar("T")

ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Runner(Protocol):
    """Runs a call off the UI thread with the whole wizard held still until it answers."""

    def __call__(
        self,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Run ``call``; exactly one of ``done`` and ``failed`` follows, on the UI thread.

        An error that is not a KnownError is a bug and goes to the main window instead.
        """


@dataclass(frozen=True)
class Desk:
    """What a page works with: the services, who is signed in, the papers, and the host's runner.

    ``settled`` tells whether the page has been up long enough for an Enter to be meant for it. ``drafts``
    outlive the sign-in.
    """

    services: Services
    sesion: Sesion
    tasks: Tasks
    papers: Papers
    run: Runner
    settled: Callable[[], bool]
    drafts: Drafts


class StepPage(QWidget):
    """One question of the wizard.

    ``changed``: the primary's text, its ability or the title's tail may differ now.
    ``advanced``: the step was completed; the flow decides which page follows the trámite.
    ``updated``: the trámite was saved, and this page goes on with it.
    ``looked_at``: a part of the page that just changed and must be in sight.
    ``wrong_datum``: the padrón has a datum of the person wrong; it carries which, or None.
    ``second_person``: somebody else must authorise what the Pedido says before this goes on.

    ``papel`` is the paper that the page is about, whose print job it is shown.
    """

    changed = Signal()
    advanced = Signal(object)
    updated = Signal(object)
    looked_at = Signal(QWidget)
    wrong_datum = Signal(object)
    second_person = Signal(object)

    primary = "Continuar"
    papel: PaperKind | None = None

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.tramite: Tramite | None = None
        self._away = False  # that is what the notice says
        self.notice = Notice()
        self.column = look.spaced(QVBoxLayout(self), spacing=14)

    def prepare(self, tramite: Tramite) -> object:
        """Fetch what the page shows, on a worker thread: no widget may be touched here."""
        _ = tramite
        return None

    def show_tramite(self, tramite: Tramite, prepared: object) -> None:
        """Fill the page. ``prepared`` is what ``prepare`` returned."""
        _ = prepared
        self.tramite = tramite
        self.notice.clear()

    def show_job(self, job: Impresion | None) -> None:
        """Take what is known of the page's paper; None while nothing was ever printed."""

    def can_continue(self) -> bool:
        """Tell whether the primary button leads on."""
        return True

    def tail(self) -> str:
        """Return what the title line ends with, in bold; empty for nothing."""
        return ""

    def first_focus(self) -> QWidget:
        """Return the widget that takes the next key."""
        return self

    def proceed(self) -> None:
        """Do what the primary button says."""

    def take_key(self, event: QKeyEvent) -> bool:
        """Act on a key that no widget wanted; tell whether it was for this page."""
        _ = event
        return False

    def has_inner(self) -> bool:
        """Tell whether a question within the page is up, which Esc takes down."""
        return False

    def leave_inner(self) -> None:
        """Take that question down."""

    def kept(self) -> Callable[[], Tramite] | None:
        """Return the call that saves what is half done, for a lock or a step back; or None.

        What the database has no place for goes to the desk's drafts.
        """
        return None

    def server_back(self) -> None:
        """Take back that the server was away; what it was asked for may be asked again."""
        if self._away:
            self.notice.clear()

    def show_error(self, error: KnownError) -> None:
        """Say what went wrong, on the page."""
        self._away = error.code == "base.away"
        self.notice.show_text("error", escape(sentence(error), quote=False))


def subtitle(persona: Persona, today: date) -> str:
    """Return the line under a person's name: benefit, age and masked cédula. The dead have no age."""
    age = "" if persona.fecha_defuncion is not None else f" · {persona.age(today)} años"
    return f"{persona.prestacion}{age} · cédula {cedulas.mask(persona.cedula)}"
