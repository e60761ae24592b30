"""Writing the trámites of some days to files: which days, where, and how far it is."""

from __future__ import annotations

import time
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import number
from agencia_app.ui.file_dialog import open_folder_dialog
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from datetime import date

    from agencia_app.services.cierre_export import Exportado, Progreso
    from agencia_app.ui.sides import SideDesk

_TOLD_SECONDS = 0.1
_STEPS = 1000


class ExportCard(Card):
    """Asks for a folder and writes the CSV and the XLSX there, off the UI thread."""

    _told = Signal(object)  # a Progreso, from the worker

    def __init__(self, desk: SideDesk) -> None:
        super().__init__()
        self._desk = desk
        self.running = False
        self._cancelled = False
        self.desde, self.hasta = DateEdit(), DateEdit()
        self.start = KeyButton("Exportar", "F7")
        self.start.clicked.connect(self._choose)
        self.stop = KeyButton("Detener", "Esc", "danger")
        self.stop.clicked.connect(self.cancel)
        heading = QLabel("Exportar los trámites (CSV y Excel)")
        heading.setProperty("role", "strong")
        row = look.spaced(QHBoxLayout(), spacing=12)
        for text, field, name in (("Del", self.desde, "Primer día"), ("al", self.hasta, "Último día")):
            label = QLabel(text)
            label.setBuddy(field)
            field.setAccessibleName(f"{name} que se exporta")
            row.addWidget(label)
            row.addWidget(field)
        row.addWidget(self.start)
        row.addWidget(self.stop)
        row.addStretch(1)
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Avance de la exportación")
        self.count = QLabel()
        self.count.setProperty("role", "small")
        self.count.setWordWrap(True)
        self.notice = Notice()
        self.box.addWidget(heading)
        self.box.addLayout(row)
        for widget in (self.count, self.bar, self.notice):
            self.box.addWidget(widget)
        self._told.connect(self._show_progress)
        self._show_state()

    def set_day(self, dia: date) -> None:
        """Offer one day."""
        if not self.running:
            self.desde.set_date(dia)
            self.hasta.set_date(dia)

    def has_focus(self) -> bool:
        """Tell whether one of its fields has the focus."""
        return self.desde.hasFocus() or self.hasta.hasFocus()

    def cancel(self) -> None:
        """Stop after the present day; no file is left."""
        if self.running:
            self._cancelled = True
            self.stop.setEnabled(False)
            self.count.setText("Deteniendo…")

    def _choose(self) -> None:
        self.notice.clear()
        if self.desde.date is None or self.hasta.date is None:
            self.notice.show_text("error", escape(sentence(KnownError("fecha.invalid"))))
            (self.hasta if self.desde.date is not None else self.desde).setFocus()
            return
        papers = self._desk.services.settings.papers
        folder = papers if papers.is_dir() else Path.home()
        dialog = open_folder_dialog(self, "Elegir la carpeta para los archivos", str(folder))
        dialog.fileSelected.connect(self._start)

    def _start(self, folder: str) -> None:
        desde, hasta = self.desde.date, self.hasta.date
        if desde is None or hasta is None or self.running:
            return
        self.running, self._cancelled = True, False
        self.bar.setValue(0)
        self.count.setText("Exportando…")
        self._show_state()
        self.stop.setFocus()
        cierres, sesion = self._desk.services.cierres, self._desk.sesion
        told = 0.0

        def tell(progress: Progreso) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= _TOLD_SECONDS:
                told = now
                self._told.emit(progress)

        self._desk.tasks.run(
            lambda: cierres.export(
                sesion, desde, hasta, Path(folder), progress=tell, cancelled=lambda: self._cancelled
            ),
            self._done,
            self._failed,
        )

    def _show_progress(self, progress: Progreso) -> None:
        if not self.running or self._cancelled:
            return
        self.bar.setValue(round(progress.escritas / max(progress.total, 1) * _STEPS))
        left = progress.segundos_restantes
        tail = f" · quedan {max(round(left), 1)} s" if left is not None else ""
        self.count.setText(f"{number(progress.escritas)} de {number(progress.total)} trámites{tail}")

    def _done(self, done: Exportado) -> None:
        self._settle()
        if done.cancelada:
            self.notice.show_text("info", "La exportación se detuvo. No quedó ningún archivo.")
            return
        self.notice.show_text(
            "done",
            f"{_many(done.filas)} en {escape(str(done.csv))} y {escape(done.xlsx.name)}. Quedó registrado.",
        )

    def _failed(self, error: Exception) -> None:
        self._settle()
        if not isinstance(error, KnownError):
            raise error
        self.notice.show_text("error", escape(sentence(error)))

    def _settle(self) -> None:
        waited = self.window().focusWidget() in {None, self.stop}  # behind the dialog too
        self.running = False
        self._show_state()
        if waited:
            self.start.setFocus()

    def _show_state(self) -> None:
        self.start.setVisible(not self.running)
        self.stop.setVisible(self.running)
        self.stop.setEnabled(True)
        for widget in (self.bar, self.count):
            widget.setVisible(self.running)
        for field in (self.desde, self.hasta):
            field.setEnabled(not self.running)


def _many(count: int) -> str:
    return "1 trámite" if count == 1 else f"{number(count)} trámites"
