"""The kiosk's two papers, and their way to a printer.

The kiosk keeps no print jobs: its account could not write them, and who stands there sees whether a
paper comes out. What a printer does not print soon is called back, so that it comes out for nobody else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.kiosco import SolicitudHecha
from agencia_app.models.domain.requisitos import PLANILLA, Via
from agencia_app.services.kiosco import Traer, Visita
from agencia_app.services.printers.base import JobState, Paper
from agencia_app.services.printing import Printing

if TYPE_CHECKING:
    from agencia_app.services.kiosco_puerta import Marco
    from agencia_app.services.papers.kiosco_lista import Cosa

PATIENCE = 25.0  # seconds that a printer may take
_POLL = 0.5
# The paper engine loads with the first paper.
# ruff: noqa: PLC0415


class KioscoPapeles:
    """Composes and prints them."""

    def __init__(
        self, printing: Printing, clock: Callable[[], datetime], pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Take this machine's printers, the clock (aware), and what lets time pass."""
        self._printing = printing
        self._clock = clock
        self._pause = pause

    def lista(self, marco: Marco, visita: Visita, planilla: str) -> Paper:
        """Return the list of what to bring; ``planilla`` is the bill that was chosen, empty for any."""
        from agencia_app.services.papers import kiosco_lista

        when = self._clock()
        chosen = dict(visita.planillas).get(planilla, "")
        content = kiosco_lista.ListaContent(
            marco.nombre,
            visita.iniciales,
            visita.cedula_mascara,
            visita.calidad,
            when,
            tuple(_thing(each, chosen) for each in visita.traer),
            marco.config.demostracion,
        )
        return Paper(
            PaperKind.PENDIENTES,
            f"kiosco-{when:%Y%m%d-%H%M%S}",
            lambda: kiosco_lista.render(content),
            lambda width: kiosco_lista.render_ticket(content, width),
        )

    def solicitud(self, marco: Marco, visita: Visita, made: SolicitudHecha) -> Paper:
        """Return the solicitud with its barcode."""
        from agencia_app.services.papers import kiosco_solicitud

        content = kiosco_solicitud.SolicitudKioscoContent(
            marco.nombre,
            made.numero,
            visita.iniciales,
            visita.cedula_mascara,
            visita.calidad,
            made.generada_en,
            made.vence_el,
            visita.consideraciones,
            visita.condicion.solicitud is Via.EMPLEADOR,
            marco.config.demostracion,
        )
        return Paper(
            PaperKind.SOLICITUD,
            made.numero,
            lambda: kiosco_solicitud.render(content),
            lambda width: kiosco_solicitud.render_ticket(content, width),
        )

    def print(self, paper: Paper) -> None:
        """Print a paper and wait until it is out. Raises KnownError ``printer.*`` when it is not."""
        printer = self._printing.printer(self._printing.settings.printer(paper.kind.value))
        handle = printer.open(paper, 1)
        try:
            answer = printer.send(handle, paper, 1)
            waited = 0.0
            while answer.state is JobState.WAITING and printer.tells and waited < PATIENCE:
                self._pause(_POLL)
                waited += _POLL
                answer = printer.ask(handle)
        except KnownError:
            with suppress(KnownError):
                printer.call_back(handle)
            raise
        if answer.state is JobState.DONE or not printer.tells:
            return
        if not printer.call_back(handle):
            raise KnownError("printer.failed", printer=printer.name, message=answer.message)


def _thing(each: Traer, chosen: str) -> Cosa:
    from agencia_app.services.papers.kiosco_lista import Cosa

    titulo = f"{each.titulo}: {chosen.lower()}" if each.id == PLANILLA and chosen else each.titulo
    return Cosa(titulo, each.que, tuple(filter(None, (each.nota, each.donde))), each.exigible)
