"""Step 3: the checklist of what the person brought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.impresion import Impresion
from agencia_app.models.domain.requisitos import SOLICITUD, Documento, Falta, Via
from agencia_app.models.domain.tramite import Tramite
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.checklist_view import ChecklistView
from agencia_app.ui.wizard.pedido import PedidoDeTramite
from agencia_app.ui.wizard.step import Desk, StepPage

if TYPE_CHECKING:
    from agencia_app.services.tramites import Checklist

_FOR_THE_EMPLOYER = (
    "Entregue la <b>solicitud</b> para que su empleador la califique, la firme y la selle, y después la <b>hoja de "
    "pendientes</b> <kbd>F6</kbd>: con ella la persona regresa sin volver a empezar."
)
_OF_PAPERS = (Asunto.DOCUMENTO_FALTANTE, Asunto.CEDULA_VENCIDA)


class RequisitosPage(StepPage):
    """Ticks what was shown; it leads on only when nothing is missing."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.checklist = ChecklistView()
        self._faltas: tuple[Falta, ...] = ()
        self._documentos: tuple[Documento, ...] = ()
        self.column.addWidget(self.checklist)
        self.column.addWidget(self.notice)
        self.column.addStretch(1)
        self.authorise = KeyButton("Pedir autorización", "F7")
        self.authorise.hide()
        self.column.insertWidget(2, self.authorise, 0, Qt.AlignmentFlag.AlignLeft)
        self.authorise.clicked.connect(self._ask_second)
        self.generate = KeyButton("Imprimir la solicitud para el empleador", "E", "secondary")
        self.generate.hide()
        self.column.insertWidget(0, self.generate, 0, Qt.AlignmentFlag.AlignLeft)
        self.generate.clicked.connect(self._generate)
        self.checklist.changed.connect(self._ticked)

    def prepare(self, tramite: Tramite) -> object:
        """Fetch the checklist."""
        return self.desk.services.tramites.checklist(tramite)

    def show_tramite(self, tramite: Tramite, prepared: object) -> None:
        """Show the checklist as it was left."""
        super().show_tramite(tramite, prepared)
        shown = cast("Checklist", prepared)
        self.checklist.set_checklist(shown.requisitos, shown.documentos, shown.details, shown.exencion)
        self._documentos = self.checklist.documentos()
        self._judge()

    def can_continue(self) -> bool:
        """Tell whether nothing is missing."""
        return not self._faltas

    def tail(self) -> str:
        """Count the documents that are missing."""
        count = len({falta.requisito for falta in self._faltas})
        if not count:
            return "Está completo"
        return f"Falta {count} documento" if count == 1 else f"Faltan {count} documentos"

    def first_focus(self) -> QWidget:
        """Return the checklist: its keys tick."""
        return self.checklist

    def proceed(self) -> None:
        """Complete the step, or mark what is missing."""
        if self._faltas:
            self.checklist.mark_missing(frozenset(falta.requisito for falta in self._faltas))
            return
        call = self._saving(done=True)
        if call is not None:
            self.desk.run(call, self.advanced.emit, self.show_error)

    def take_key(self, event: QKeyEvent) -> bool:
        """Ask for a second person with F7, print for the employer with E; tick by key wherever the focus is."""
        if event.text().upper() == "E" and not self.generate.isHidden():
            self.generate.click()
            return True
        if event.key() == Qt.Key.Key_F7:
            if not self.authorise.isHidden():
                self.authorise.click()
            return True
        return self.checklist.take_key(event)

    def kept(self) -> Callable[[], Tramite] | None:
        """Return the call that keeps the ticks."""
        return self._saving(done=False)

    def _saving(self, *, done: bool) -> Callable[[], Tramite] | None:
        tramite, documentos, desk = self.tramite, self.checklist.documentos(), self.desk
        if tramite is None:
            return None
        numero = tramite.numero
        return lambda: desk.services.tramites.save_requisitos(desk.sesion, numero, documentos, done=done)

    def _ask_second(self) -> None:
        call, desk = self._saving(done=False), self.desk
        if call is not None:
            desk.run(
                call,
                lambda saved: self.second_person.emit(
                    PedidoDeTramite(desk.services, desk.sesion, saved.numero)
                ),
                self.show_error,
            )

    def _generate(self) -> None:
        """Print the solicitud that the person takes to their employer; the ticks stay as they are."""
        tramite, documentos, desk = self.tramite, self.checklist.documentos(), self.desk
        if tramite is None:
            return

        def generate() -> tuple[Tramite, Impresion]:
            return desk.services.solicitudes.generate(desk.sesion, tramite.numero, documentos)

        def show(answer: tuple[Tramite, Impresion]) -> None:
            self.tramite, job = answer
            self.updated.emit(self.tramite)
            self.notice.show_text("info", _FOR_THE_EMPLOYER)
            desk.papers.queued(job)
            self.looked_at.emit(self.notice)

        desk.run(generate, show, self.show_error)

    def _ticked(self) -> None:
        before, self._documentos = self._documentos, self.checklist.documentos()
        for card, was, now in zip(self.checklist.cards, before, self._documentos, strict=False):
            if was != now:
                self.looked_at.emit(card)  # a key ticks it even where it is scrolled away
        self._judge()

    def _judge(self) -> None:
        if self.tramite is None:
            return
        self._faltas = self.desk.services.tramites.judge(self.tramite, self.checklist.documentos())
        self.checklist.mark_missing(frozenset())
        if self._faltas:
            self.notice.show_text(
                "missing",
                f"{missing_text(self._faltas)}. {self._to_choose()}Puede completar ahora, imprimir la <b>hoja de pendientes</b> "
                "<kbd>F6</kbd> para que regrese sin volver a empezar, o pedir la <b>autorización</b> de un "
                "supervisor <kbd>F7</kbd>.",
            )
        elif admitted := self._admitted():
            self.notice.show_text("done", f"Está autorizado: {escape(admitted, quote=False)}")
        else:
            self.notice.clear()
        self.authorise.setVisible(bool(self._faltas))
        condicion = self.desk.services.tramites.condicion(self.tramite)
        lacks = any(falta.requisito == SOLICITUD for falta in self._faltas)
        self.generate.setVisible(lacks and condicion.solicitud is Via.EMPLEADOR)
        self.changed.emit()

    def _admitted(self) -> str:
        """Return what is missing and was authorised as it is."""
        if self.tramite is None:
            return ""
        judged = replace(self.tramite, documentos=self.checklist.documentos())
        return " ".join(
            each.texto
            for each in self.desk.services.tramites.exigencias(judged)
            if each.cubierta and each.asunto in _OF_PAPERS
        )

    def _to_choose(self) -> str:
        """Tell the clerk which ticked document lacks only the choice of what it is."""
        titles = [
            f"Elija cuál se presenta en «{escape(card.requisito.titulo, quote=False)}». "
            for card in self.checklist.cards
            if card.requisito.alternativas and card.documento.original and not card.documento.alternativa
        ]
        return "".join(titles)


def missing_text(faltas: tuple[Falta, ...]) -> str:
    """Return in rich text what is missing: ``Falta la <b>copia de la cédula</b>``."""
    words = [escape(falta.text, quote=False) for falta in faltas]
    if len(words) > 1:
        return "Faltan: " + "; ".join(f"<b>{each}</b>" for each in words)
    # Every text begins with an article: profiles are checked for it.
    article, _, rest = words[0].partition(" ")
    return f"{'Faltan' if len(faltas[0].que) > 1 else 'Falta'} {article} <b>{rest}</b>"
