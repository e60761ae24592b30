"""*Requisitos*: the versions of the rules, what each asks, and putting a new one from a day on."""

from __future__ import annotations

from enum import Enum, auto
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day
from agencia_app.ui.file_dialog import open_file_dialog
from agencia_app.ui.messages import sentence
from agencia_app.ui.reglamento_cards import FileForm, PutForm, VersionCard
from agencia_app.ui.reglamento_table import VersionTable
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.widgets import drawing
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from agencia_app.services.reglamentos import Revisado, Version
    from agencia_app.ui.sides import SideDesk

_LINE = (
    "Qué se pide a cada persona y desde cuándo. Con las flechas se ve cada versión; una nueva no toca los trámites "
    "abiertos."
)


class _Doing(Enum):
    LOOKING = auto()
    CHOOSING = auto()  # a file, and mending it
    PUTTING = auto()  # what it changes, and from when


_PRIMARY = {
    _Doing.LOOKING: "Versión nueva",
    _Doing.CHOOSING: "Revisar",
    _Doing.PUTTING: "Poner en vigencia",
}


class ReglamentoScreen(SideScreen):
    """The versions, and below them the one chosen or what is being done. Esc leaves that undone."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Requisitos, elecciones y agencias", _LINE)
        self._desk = desk
        self._doing = _Doing.LOOKING
        self._busy = False
        self._text = ""
        self.notice = Notice()
        self.table = VersionTable()
        self.card = VersionCard()
        self.file = FileForm()
        self.put = PutForm()
        self.primary = KeyButton(_PRIMARY[self._doing], drawing.ENTER, "primary")
        self.primary.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for each in (self.notice, self.table, self.card, self.file, self.put):
            self.column.addWidget(each)
        self.column.addStretch(1)
        self.foot.addWidget(self.primary)
        self.table.current.connect(self._show_chosen)
        self.card.contenido.currentCellChanged.connect(lambda *_: self._show_cell())
        self.file.choose.clicked.connect(self._choose)
        self.put.desde.changed.connect(self._look_again)
        self.primary.clicked.connect(self._act)
        self._do(_Doing.LOOKING)

    def focus_first(self) -> None:
        """Bring the list up to date, with the focus where the next key goes."""
        if self._doing is _Doing.LOOKING:
            self._load()
        self._focus()

    def go_back(self) -> None:
        """Leave what is being done; without anything, the screen."""
        if self._doing is _Doing.LOOKING:
            self.closed.emit()
        else:
            self._do(_Doing.CHOOSING if self._doing is _Doing.PUTTING else _Doing.LOOKING)

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter goes on; F3 chooses a file."""
        if event.key() in ENTER_KEYS:
            self.primary.click()
            return True
        if event.key() == Qt.Key.Key_F3 and self.file.isVisible():
            self.file.choose.click()
            return True
        return False

    def _do(self, doing: _Doing) -> None:
        """Show what is being done now."""
        self._doing = doing
        looking = doing is _Doing.LOOKING
        if not looking:
            self.notice.clear()
        self.table.setVisible(looking)
        self.card.setVisible(looking and self.table.version is not None)
        self.file.setVisible(doing is _Doing.CHOOSING)
        self.put.setVisible(doing is _Doing.PUTTING)
        self.primary.set_text(_PRIMARY[doing])
        self._focus()

    def _focus(self) -> None:
        {
            _Doing.LOOKING: self.table.setFocus,
            _Doing.CHOOSING: self.file.path.setFocus,
            _Doing.PUTTING: self.put.desde.setFocus,
        }[self._doing]()
        focus = QApplication.focusWidget()
        if focus is not None and self.area.isAncestorOf(focus):
            self.area.ensureWidgetVisible(focus)

    # -- the list ----------------------------------------------------------------------

    def _load(self, chosen: int = 0) -> None:
        reglamentos, sesion = self._desk.services.reglamentos, self._desk.sesion
        self._desk.tasks.latest(
            "reglamentos",
            lambda: reglamentos.listed(sesion),
            lambda found: self._show(found, chosen),
            self._say,
        )

    def _show(self, versions: Sequence[Version], chosen: int) -> None:
        self.table.show_versions(versions, chosen)
        self.card.setVisible(self._doing is _Doing.LOOKING)

    def _show_chosen(self) -> None:
        if self.table.version is not None:
            self.card.show_version(self.table.version)

    def _show_cell(self) -> None:
        """Scroll to the cell that the arrows came to."""
        table = self.card.contenido
        if table.hasFocus():
            cell = table.visualRect(table.currentIndex())
            place = table.viewport().mapTo(self.inner, cell.center())
            self.area.ensureVisible(place.x(), place.y(), 0, cell.height())

    # -- acting ------------------------------------------------------------------------

    def _choose(self) -> None:
        filters = ["Reglas (*.toml)", "Todos los archivos (*)"]
        dialog = open_file_dialog(self, "Elegir el archivo de la versión nueva", filters)
        dialog.fileSelected.connect(self.file.path.setText)

    def _act(self) -> None:
        if self._busy:
            return
        {
            _Doing.LOOKING: lambda: self._do(_Doing.CHOOSING),
            _Doing.CHOOSING: self._check,
            _Doing.PUTTING: self._put,
        }[self._doing]()

    def _check(self) -> None:
        """Read the file and check it."""
        from agencia_app.services.reglamentos import read_file  # noqa: PLC0415 - loads what reads a TOML

        typed = self.file.path.text().strip()
        if not typed:
            self.file.path.setFocus()
            return
        reglamentos, sesion, path = self._desk.services.reglamentos, self._desk.sesion, Path(typed)
        self.file.clear()

        def checked() -> tuple[str, Revisado]:
            text = read_file(path.expanduser())
            return text, reglamentos.check(sesion, text)

        self._run(checked, lambda found: self._checked(*found))

    def _checked(self, text: str, found: Revisado) -> None:
        if found.fallos:
            self.file.show_faults(found)
            self._focus()
            return
        self._text = text
        self.put.desde.set_date(None)
        self.put.notice.clear()
        self.put.show_checked(found)
        self._do(_Doing.PUTTING)

    def _look_again(self) -> None:
        """Check the file for another day: what holds then may be another version."""
        desde = self.put.desde.date
        if desde is None or self._doing is not _Doing.PUTTING:
            return
        self.put.notice.clear()
        reglamentos, sesion, text = self._desk.services.reglamentos, self._desk.sesion, self._text
        self._desk.tasks.latest(
            "reglamento", lambda: reglamentos.check(sesion, text, desde), self._looked, self._say
        )

    def _looked(self, found: Revisado) -> None:
        if self._doing is not _Doing.PUTTING or found.desde != self.put.desde.date:
            return
        if found.fallos:
            said = escape("; ".join(each.text for each in found.fallos))
            self.put.notice.show_text("error", f"Para esa fecha, {said}. Escriba otra.")
        else:
            self.put.show_checked(found)

    def _put(self) -> None:
        desde = self.put.desde.date
        if desde is None:
            self.put.desde.setFocus()
            return
        reglamentos, sesion, text = self._desk.services.reglamentos, self._desk.sesion, self._text
        self._run(lambda: reglamentos.put(sesion, text, desde), lambda number: self._done(number, desde))

    def _done(self, number: int, desde: date) -> None:
        self.file.path.clear()
        self._do(_Doing.LOOKING)
        self.notice.show_text(
            "done",
            f"La versión {number} rige desde el {day(desde)} en todas las ventanillas, sin reiniciarlas.",
        )
        self._load(number)

    def _run(self, call: Callable[[], object], done: Callable[..., None]) -> None:
        self._busy = True
        self.primary.setEnabled(False)

        def ready(found: object) -> None:
            self._ready()
            done(found)

        self._desk.tasks.run(call, ready, self._failed, self)

    def _failed(self, error: Exception) -> None:
        self._ready()
        self._say(error)
        self._focus()

    def _say(self, error: Exception) -> None:
        """Say a refusal beside what caused it."""
        if not isinstance(error, KnownError):
            raise error
        notice = {_Doing.CHOOSING: self.file.notice, _Doing.PUTTING: self.put.notice}.get(
            self._doing, self.notice
        )
        notice.show_text("error", escape(sentence(error)))

    def _ready(self) -> None:
        self._busy = False
        self.primary.setEnabled(True)
