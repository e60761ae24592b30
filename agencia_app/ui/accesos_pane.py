"""*Accesos a una persona*: whose and which days, the list of who saw or touched them, and its PDF."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QListWidgetItem, QVBoxLayout

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.fechas import moment, number
from agencia_app.ui.bitacora_pane import Pane, field, press, say_known, two_line_list
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.two_lines import DETAIL

if TYPE_CHECKING:
    from pathlib import Path

    from agencia_app.models.domain.acceso import Acceso, InformeAccesos
    from agencia_app.ui.sides import SideDesk
    from agencia_app.ui.widgets.buttons import Role

_DAYS_AT_FIRST = 365
_LONGEST = 20  # characters of a cédula with what people put between its digits
_LIST_HEIGHT = 300  # pixels at 100 %


class AccesosPane(Pane):
    """A question about a person. That it was asked is recorded too."""

    title = "Accesos a una persona"
    line = (
        "Quién vio o tocó los datos de una persona, para sus pedidos de protección de datos. "
        "Que usted lo consulte también queda en la bitácora."
    )

    def __init__(self, desk: SideDesk) -> None:
        super().__init__()
        self._desk = desk
        self._informe: InformeAccesos | None = None
        self._saved: Path | None = None
        self._asking = False
        today = desk.services.today()
        self.cedula = QLineEdit()
        self.cedula.setMaxLength(_LONGEST)
        self.cedula.setPlaceholderText("Diez dígitos")
        self.cedula.setAccessibleName("Cédula de la persona")
        self.desde, self.hasta = DateEdit(), DateEdit()
        self.desde.set_date(today - timedelta(days=_DAYS_AT_FIRST))
        self.hasta.set_date(today)
        row = look.spaced(QHBoxLayout(), spacing=14)
        for text, edit, share in (
            ("Cédula", self.cedula, 2),
            ("Desde", self.desde, 1),
            ("Hasta", self.hasta, 1),
        ):
            column = look.spaced(QVBoxLayout(), spacing=4)
            column.addWidget(field(text, edit))
            column.addWidget(edit)
            if edit is not self.cedula:
                edit.setAccessibleName(text)
            row.addLayout(column, share)
            edit.textChanged.connect(self.changed)
        card = Card()
        card.box.addLayout(row)
        self.notice = Notice()
        self.heading = QLabel()
        self.heading.setProperty("role", "heading")
        self.heading.setWordWrap(True)
        self.list = two_line_list("Accesos")
        self.save = KeyButton("Guardar PDF", "F6")
        self.save.clicked.connect(self._save)
        self.open_folder = KeyButton("Abrir la carpeta", "F7")
        self.open_folder.clicked.connect(self._open_folder)
        buttons = look.spaced(QHBoxLayout(), spacing=12)
        buttons.addWidget(self.save)
        buttons.addWidget(self.open_folder)
        buttons.addStretch(1)
        self.found = Card()
        self.found.box.addWidget(self.heading)
        self.found.box.addLayout(buttons)
        self.found.box.addWidget(self.list)
        whole = look.spaced(QVBoxLayout(self), (0, 0, 0, 0), 14)
        for each in (card, self.notice, self.found):
            whole.addWidget(each)
        self._show(None)

    @property
    def primary(self) -> tuple[str, Role, bool]:
        """To look, once there is a number and two dates."""
        ready = bool(self.cedula.text().strip() and self.desde.date and self.hasta.date)
        return "Ver accesos", "primary", ready and not self._asking

    def focus_first(self) -> None:
        """Put the focus in the number."""
        self.cedula.setFocus()
        self.cedula.selectAll()

    def take_key(self, event: QKeyEvent) -> bool:
        """F6 saves the PDF, F7 opens its folder."""
        if event.key() == Qt.Key.Key_F6:
            return press(self.save)
        return event.key() == Qt.Key.Key_F7 and press(self.open_folder)

    def act(self) -> None:
        """Look who saw or touched the person."""
        number_typed, desde, hasta = self.cedula.text(), self.desde.date, self.hasta.date
        if desde is None or hasta is None or self._asking:
            return
        self._show(None)
        self._ask(asking=True)
        accesos, sesion = self._desk.services.accesos, self._desk.sesion
        self._desk.tasks.run(
            lambda: accesos.of_person(sesion, number_typed, desde, hasta), self._show, self._failed
        )

    def _ask(self, *, asking: bool) -> None:
        self._asking = asking
        self.changed.emit()

    def _show(self, informe: InformeAccesos | None) -> None:
        self._informe, self._saved = informe, None
        self.notice.clear()
        self.list.clear()
        self.found.setVisible(informe is not None)
        self.open_folder.hide()
        if informe is not None:
            who = informe.nombre or "No está en el padrón"
            count = len(informe.accesos)
            self.heading.setText(
                f"{escape(who)} · {cedulas.mask(informe.cedula)} · {number(count)} acceso{'' if count == 1 else 's'}"
            )
            for each in reversed(informe.accesos):  # the latest first: the PDF goes the other way
                self.list.addItem(_item(each))
            self.list.setCurrentRow(0)
            self.list.setFixedHeight(look.px(_LIST_HEIGHT))
            self.list.setFocus()
        self._ask(asking=False)

    def _failed(self, error: Exception) -> None:
        self._ask(asking=False)
        self.focus_first()
        say_known(self.notice, error)

    def _save(self) -> None:
        informe = self._informe
        if informe is None or self._asking:
            return
        self._ask(asking=True)
        accesos, sesion = self._desk.services.accesos, self._desk.sesion
        self._desk.tasks.run(lambda: accesos.save(sesion, informe), self._show_saved, self._failed)

    def _show_saved(self, path: Path) -> None:
        self._saved = path
        self._ask(asking=False)
        self.open_folder.show()
        self.notice.show_text(
            "done", f"Guardado en {escape(str(path))}. Entréguelo solo a la persona, y bórrelo después."
        )

    def _open_folder(self) -> None:
        if self._saved is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._saved.parent)))


def _item(acceso: Acceso) -> QListWidgetItem:
    where = f"ventanilla {acceso.ventanilla}" if acceso.ventanilla else "fuera de ventanilla"
    facts = [moment(acceso.en), f"{acceso.nombre} ({acceso.usuario})", where]
    if acceso.tramite:
        facts.append(f"trámite {acceso.tramite}")
    if acceso.detalle:
        facts.append(acceso.detalle)
    item = QListWidgetItem(acceso.texto)
    detail = " · ".join(facts)
    item.setData(DETAIL, detail)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{acceso.texto}, {detail}")
    item.setToolTip(detail)
    return item
