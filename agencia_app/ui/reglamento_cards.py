"""What an administrador does about a version: read one, choose a file, read its faults or what it changes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit

from agencia_app.models.domain.fechas import day
from agencia_app.ui.reglamento_table import ContenidoTable, source_words, state_words, validity_words
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from agencia_app.services.reglamentos import Revisado, Version


class VersionCard(Card):
    """The version chosen: its source, its validity, and what it asks."""

    def __init__(self) -> None:
        super().__init__()
        self._name = _label("heading")
        self._facts = _label()
        self.contenido = ContenidoTable()
        for each in (self._name, self._facts, self.contenido):
            self.box.addWidget(each)

    def show_version(self, version: Version) -> None:
        """Show a version."""
        name = f"{version.titulo} ({version.nombre})" if version.nombre else version.titulo
        self._name.setText(name)
        facts = f"{state_words(version).capitalize()}, {validity_words(version)}; {source_words(version)}."
        if version.fuente:
            facts = f"{facts} Fuente: {version.fuente}."
        self._facts.setText(escape(facts))
        self.setAccessibleName(f"{name}. {facts}")
        self.contenido.show_contenido(version.contenido)


class FileForm(Card):
    """A file to check, and its faults."""

    def __init__(self) -> None:
        super().__init__()
        self.path = QLineEdit()
        self.path.setPlaceholderText("Ruta del archivo TOML")
        self.path.setAccessibleName("Archivo TOML de la versión nueva")
        self.choose = KeyButton("Elegir archivo", "F3")
        self.notice = Notice()
        self.faults = _label()
        self.faults.setTextFormat(Qt.TextFormat.RichText)
        self.faults.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        hint = _label("muted")
        hint.setText(
            "De requisitos (un perfil, con su id), de elecciones o de agencias. Se revisa entero antes de ponerlo: "
            "nada cambia todavía."
        )
        row = look.spaced(QHBoxLayout(), spacing=12)
        row.addWidget(self.path, 1)
        row.addWidget(self.choose)
        title = _label("heading")
        title.setText("Versión nueva")
        for widget in (title, hint):
            self.box.addWidget(widget)
        self.box.addLayout(row)
        self.box.addWidget(self.notice)
        self.box.addWidget(self.faults)
        self.clear()

    def clear(self) -> None:
        """Forget what was found; the path stays, to be checked again once it is mended."""
        self.notice.clear()
        self.faults.clear()
        self.faults.hide()

    def show_faults(self, revisado: Revisado) -> None:
        """Say every fault, with its line."""
        count = len(revisado.fallos)
        said = "un error" if count == 1 else f"{count} errores"
        self.notice.show_text(
            "error", f"El archivo tiene {said}. Corríjalo y pulse <kbd>Enter</kbd> para revisarlo otra vez."
        )
        rows = "".join(
            f'<tr><td align="right" style="padding-right: 14px"><b>Línea {each.linea}</b></td>'
            f"<td>{escape(each.razon)}</td></tr>"
            for each in revisado.fallos
        )
        self.faults.setText(f"<table>{rows}</table>")
        self.faults.setAccessibleName(". ".join(each.text for each in revisado.fallos))
        self.faults.show()


class PutForm(Card):
    """What a version changes, and the day from which it holds."""

    def __init__(self) -> None:
        super().__init__()
        self._title = _label("heading")
        self._changes = _label()
        self._changes.setTextFormat(Qt.TextFormat.RichText)
        self._unused = Notice()
        self.notice = Notice()
        self.desde = DateEdit()
        self.desde.setObjectName("day")
        self.desde.setAccessibleName("Rige desde")
        label = QLabel("Rige desde")
        label.setProperty("role", "field")
        label.setBuddy(self.desde)
        row = look.spaced(QHBoxLayout(), spacing=12)
        row.addWidget(label)
        row.addWidget(self.desde)
        row.addStretch(1)
        words = _label("muted")
        words.setText(
            "Los trámites abiertos siguen con las reglas que tenían. Una versión no se borra ni se cambia: se pone otra."
        )
        for widget in (self._title, self._changes, self._unused):
            self.box.addWidget(widget)
        self.box.addLayout(row)
        self.box.addWidget(words)
        self.box.addWidget(self.notice)

    def show_checked(self, revisado: Revisado) -> None:
        """Show what a good file changes; the day typed stays as it is."""
        name = f"{revisado.titulo} ({revisado.nombre})" if revisado.nombre else revisado.titulo
        self._title.setText(f"{name}: sin errores")
        when = f"lo que rige el {day(revisado.desde)}"
        if not revisado.antes:
            head = "No había reglas con ese nombre. Piden:"
        elif revisado.cambios:
            head = f"Cambia {when}:"
        else:
            head = f"No cambia nada de {when}."
        items = "".join(f"<li>{escape(each)}</li>" for each in revisado.cambios)
        self._changes.setText(f"{head}<ul style='margin-top: 4px'>{items}</ul>" if items else head)
        self._changes.setAccessibleName(f"{head} {' '.join(revisado.cambios)}")
        if revisado.usada:
            self._unused.clear()
        else:
            self._unused.show_text(
                "info",
                "Los trámites no se abren con estos requisitos mientras el ajuste «perfil» no diga "
                f"«{escape(revisado.nombre)}».",
            )
        if self.desde.date is None:
            self.desde.set_date(revisado.desde)


def _label(role: str = "") -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label
