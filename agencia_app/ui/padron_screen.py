"""Taking a padrón file in: choose it, watch it, stop it, and read what became of its rows."""

from __future__ import annotations

import time
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import number
from agencia_app.ui.file_dialog import open_file_dialog
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.person_title import PersonTitle

if TYPE_CHECKING:
    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.padron_import import ImportResult, Progress
    from agencia_app.services.registry import Services
    from agencia_app.ui.tasks import Tasks

_TOLD_SECONDS = 0.1  # progress is shown this often at most: the window has other things to draw
_STEPS = 1000
_HINT = (
    "Elija el archivo CSV o Excel (XLSX) con los pensionistas, o suéltelo aquí. Las filas buenas se cargan; "
    "las que no se pueden cargar quedan en un informe con su motivo."
)


class PadronScreen(QWidget):
    """The import of the padrón. ``closed`` says that the person goes back to attending."""

    closed = Signal()
    _told = Signal(object)  # a Progress, from the worker

    def __init__(
        self, services: Services, tasks: Tasks, sesion: Sesion, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self.setAcceptDrops(True)
        self._services = services
        self._tasks = tasks
        self._sesion = sesion
        self._running = False
        self._cancelled = False
        self._informe: Path | None = None
        self._lay_out()
        self._connect()
        self._show_state()

    @property
    def running(self) -> bool:
        """Whether a file is being taken in."""
        return self._running

    def focus_first(self) -> None:
        """Put the focus where the next key goes."""
        (self.stop if self._running else self.path).setFocus()

    def cancel(self) -> None:
        """Stop the import after the present batch. What was taken in stays."""
        if self._running:
            self._cancelled = True
            self.stop.setEnabled(False)
            self.count.setText("Deteniendo… lo ya cargado se conserva.")

    # -- how it is made ----------------------------------------------------------------

    def _lay_out(self) -> None:
        self.title = PersonTitle()
        self.title.show_person("Cargar el padrón", _HINT)
        self.notice = Notice()
        inner = QWidget()
        inner.setObjectName("scrolled")
        column = look.spaced(QVBoxLayout(inner), (36, 30, 36, 20), 16)
        cards = (self._file_card(), self.notice, self._make_progress(), self._make_result())
        for widget in (self.title, *cards):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addWidget(self._footer())

    def _file_card(self) -> Card:
        self.path = QLineEdit()
        self.path.setPlaceholderText("Ruta del archivo, o suéltelo aquí")
        self.path.setAccessibleName("Archivo del padrón")
        self.path.setAcceptDrops(False)  # the whole screen takes what is dropped
        self.choose = KeyButton("Elegir archivo", "F3")
        label = QLabel("Archivo")
        label.setProperty("role", "field")
        label.setBuddy(self.path)
        row = look.spaced(QHBoxLayout(), spacing=12)
        row.addWidget(self.path, 1)
        row.addWidget(self.choose)
        card = Card()
        card.box.addWidget(label)
        card.box.addLayout(row)
        return card

    def _make_progress(self) -> Card:
        self.progress_card = Card()
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Avance de la carga")
        self.count = QLabel()
        self.count.setWordWrap(True)
        self.progress_card.box.addWidget(self.count)
        self.progress_card.box.addWidget(self.bar)
        return self.progress_card

    def _make_result(self) -> Card:
        self.result_card = Card()
        self.result = QLabel()
        self.result.setWordWrap(True)
        self.result.setTextFormat(Qt.TextFormat.RichText)
        self.open_report = KeyButton("Abrir la carpeta del informe", "F4")
        self.result_card.box.addWidget(self.result)
        self.result_card.box.addWidget(self.open_report, 0, Qt.AlignmentFlag.AlignLeft)
        return self.result_card

    def _footer(self) -> QFrame:
        footer = QFrame()
        footer.setObjectName("footer")
        self.back = KeyButton("Volver a la ventanilla", "Esc")
        self.stop = KeyButton("Detener la carga", "Esc", "danger")
        self.start = KeyButton("Cargar", drawing.ENTER, "primary")
        foot = look.spaced(QHBoxLayout(footer), (24, 6, 24, 6), 14)
        foot.addWidget(self.back)
        foot.addWidget(self.stop)
        foot.addStretch(1)
        foot.addWidget(self.start)
        return footer

    def _connect(self) -> None:
        self.choose.clicked.connect(self._choose)
        self.start.clicked.connect(self._start)
        self.stop.clicked.connect(self.cancel)
        self.back.clicked.connect(self.closed)
        self.open_report.clicked.connect(self._open_report)
        self.path.textChanged.connect(self._show_state)
        self._told.connect(self._show_progress)

    def _show_state(self) -> None:
        running = self._running
        self.path.setEnabled(not running)
        self.choose.setEnabled(not running)
        self.progress_card.setVisible(running)
        self.back.setVisible(not running)
        self.stop.setVisible(running)
        self.stop.setEnabled(running)
        self.start.setEnabled(not running and bool(self.path.text().strip()))
        self.result_card.setVisible(not running and bool(self.result.text()))
        self.open_report.setVisible(self._informe is not None)

    # -- what a person does ------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter begins, Esc stops or goes back, F3 chooses, F4 opens the report's folder."""
        key = event.key()
        if event.isAutoRepeat():
            return
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.start.click()
        elif key == Qt.Key.Key_Escape:
            (self.stop if self._running else self.back).click()
        elif key == Qt.Key.Key_F3:
            self.choose.click()
        elif key == Qt.Key.Key_F4 and self._informe is not None:
            self.open_report.click()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take a file, unless one is being taken in."""
        if not self._running and _local_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Take the file that was dropped as the one to import."""
        path = _local_file(event)
        if path is not None:
            self.path.setText(path)
            self.path.setFocus()
            event.acceptProposedAction()

    def _choose(self) -> None:
        filters = ["Padrón (*.csv *.txt *.tsv *.xlsx)", "Todos los archivos (*)"]
        dialog = open_file_dialog(self, "Elegir el archivo del padrón", filters)
        dialog.fileSelected.connect(self.path.setText)

    def _start(self) -> None:
        self.notice.clear()
        self.result.clear()
        self._informe = None
        self._running, self._cancelled = True, False
        self.bar.setValue(0)
        self.count.setText("Leyendo el archivo…")
        self._show_state()
        self.focus_first()
        services, sesion = self._services, self._sesion
        path = Path(self.path.text().strip()).expanduser()
        told = 0.0

        def tell(progress: Progress) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= _TOLD_SECONDS:
                told = now
                self._told.emit(progress)

        self._tasks.run(
            lambda: services.padron.import_file(
                path, services.settings.papers, sesion, tell, lambda: self._cancelled
            ),
            self._finished,
            self._failed,
        )

    def _show_progress(self, progress: Progress) -> None:
        if not self._running or self._cancelled:
            return
        self.bar.setValue(round(progress.fraccion * _STEPS))
        total = max(progress.total_estimado, progress.leidas)
        left = progress.segundos_restantes
        tail = f" · quedan {_duration(left)}" if left is not None else ""
        self.count.setText(f"{number(progress.leidas)} de unas {number(total)} filas{tail}")

    def _finished(self, result: ImportResult) -> None:
        self._running = False
        self._informe = result.informe
        self.result.setText(_told_result(result))
        self.result_card.set_kind("" if result.cancelada or result.rechazadas else "done")
        self.result_card.setAccessibleName(look.plain(self.result.text()))
        self._show_state()
        self.path.setFocus()
        self.path.selectAll()

    def _failed(self, error: Exception) -> None:
        self._running = False
        self._show_state()
        self.path.setFocus()
        self.path.selectAll()
        if not isinstance(error, KnownError):
            raise error
        self.notice.show_text("error", escape(sentence(error)))

    def _open_report(self) -> None:
        if self._informe is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._informe.parent)))


def _told_result(result: ImportResult) -> str:
    head = "La carga se detuvo; lo ya cargado se conserva" if result.cancelada else "Padrón cargado"
    counts = (
        ("Filas leídas", result.leidas),
        ("Personas nuevas", result.insertadas),
        ("Actualizadas", result.actualizadas),
        ("Sin cambio", result.sin_cambio),
        ("Con el cero inicial restaurado", result.restauradas),
        ("Rechazadas", result.rechazadas),
    )
    rows = "".join(
        f'<tr><td style="padding-right: 24px">{name}</td><td align="right"><b>{number(count)}</b></td></tr>'
        for name, count in counts
    )
    report = f"<p>Informe: {escape(str(result.informe))}</p>" if result.informe is not None else ""
    return f"<p><b>{head}</b> en {_duration(result.segundos)}.</p><table>{rows}</table>{report}"


def _duration(seconds: float) -> str:
    whole = max(round(seconds), 1)
    if whole < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s"


def _local_file(event: QDropEvent) -> str | None:
    urls = event.mimeData().urls()
    if len(urls) == 1 and urls[0].isLocalFile():
        return urls[0].toLocalFile()
    return None
