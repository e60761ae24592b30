"""From the settings to printers: which there are, and which one takes each kind of paper."""

from __future__ import annotations

from typing import Protocol

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.services.printers.base import Printer
from agencia_app.services.printers.folder import PdfFolder
from agencia_app.settings import FOLDER, Settings

# A printer's libraries load with its first use, not with the services.
# ruff: noqa: PLC0415


class Queues(Protocol):
    """The system's print queues: CUPS, or the Windows spooler."""

    def names(self) -> tuple[str, ...]:
        """Return every queue; none without a spooler."""
        ...

    def printer(self, name: str) -> Printer:
        """Return a queue as a printer; whether it exists shows when it is used."""
        ...


class CupsQueues:
    """The queues of CUPS, on Linux and macOS."""

    def names(self) -> tuple[str, ...]:
        """Return every queue; none without a scheduler."""
        from agencia_app.services.printers.cups import queues

        return queues()

    def printer(self, name: str) -> Printer:
        """Return a queue as a printer."""
        from agencia_app.services.printers.cups import CupsPrinter

        return CupsPrinter(name)


class Printing:
    """The printers of an installation. ``settings`` may be exchanged while it runs.

    ``queues`` are those of the system.
    """

    def __init__(self, settings: Settings, queues: Queues) -> None:
        """Take the settings and the system's queues; nothing is asked of any printer yet."""
        self.settings = settings
        self.queues = queues

    def names(self) -> tuple[str, ...]:
        """Return every printer by name: queues, thermal printers, and the folder last."""
        termicas = tuple(each.nombre for each in self.settings.termicas)
        return (*termicas, *(name for name in self.queues.names() if name not in termicas), FOLDER)

    def printer(self, name: str) -> Printer:
        """Return a printer by its name."""
        if name == FOLDER:
            return PdfFolder(self.settings.papers, self.settings.demostracion)
        for termica in self.settings.termicas:
            if termica.nombre == name:
                from agencia_app.services.printers.thermal import ThermalPrinter

                return ThermalPrinter(termica)
        return self.queues.printer(name)

    def printer_for(self, kind: PaperKind) -> Printer:
        """Return the printer that the settings give a kind of paper.

        Raises KnownError ``printer.slip_needs_paper`` when the hoja de clave would be a file, and
        ``printer.wrong_paper`` when the printer has no layout for it.
        """
        return self.taking(self.settings.printer(kind.value), kind)

    def taking(self, name: str, kind: PaperKind) -> Printer:
        """Return a printer by its name, if it takes a kind of paper; raises as ``printer_for``."""
        printer = self.printer(name)
        if not printer.takes(kind):
            code = "printer.slip_needs_paper" if name == FOLDER else "printer.wrong_paper"
            raise KnownError(code, printer=name, message="")
        return printer

    def check(self, kind: PaperKind) -> None:
        """Raise KnownError ``printer.*`` when this kind of paper could not be printed now."""
        self.printer_for(kind).check()

    def trouble(self, name: str) -> KnownError | None:
        """Return why a printer could not print now, or None."""
        try:
            self.printer(name).check()
        except KnownError as error:
            return error
        return None
