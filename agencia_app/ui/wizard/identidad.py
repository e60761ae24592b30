"""Step 2: that this is the person, the cédula they hold, and how to reach them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.requisitos import FormatoCedula
from agencia_app.models.domain.tramite import Identidad, IdentidadSugerida, Tramite
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.segmented import Segmented
from agencia_app.ui.wizard.step import Desk, StepPage, today

LONGEST_YEARS = 20  # no cédula is issued for longer: a later expiry is a slip of the fingers
EARLIEST_YEAR = 1980
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_MOBILE = re.compile(r"09\d{8}")
_LONGEST_MAIL, _LONGEST_MOBILE = 120, 20  # characters, what the database keeps
_FORMAT_KEYS = {Qt.Key.Key_E: FormatoCedula.ELECTRONICA, Qt.Key.Key_A: FormatoCedula.ANTIGUA}


class IdentidadPage(StepPage):
    """Confirms the person; with a scanned zone everything is there and Enter goes on.

    ``warning`` is what the services noticed when the cédula was scanned, shown once.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.warning = ""
        self._warned = Notice()
        self._facts = {name: _fact() for name in ("Cédula", "Calidad", "Edad", "Atención", "Clave")}
        self.formato = Segmented(
            (("electronica", "Electrónica"), ("antigua", "Antigua")), {"electronica": "E", "antigua": "A"}
        )
        self.formato.setAccessibleName("Formato de la cédula")
        self.vencimiento = DateEdit()
        self.vencimiento.setAccessibleName("Vencimiento de la cédula")
        self.correo = _field("Correo electrónico", "nombre@ejemplo.ec")
        self.celular = _field("Celular", "0991234567")
        self.correo.setMaxLength(_LONGEST_MAIL)
        self.celular.setMaxLength(_LONGEST_MOBILE)
        self._beside: dict[QWidget, QLabel] = {
            field: _sentence() for field in (self.formato, self.vencimiento, self.correo, self.celular)
        }
        self.column.addWidget(self._warned)
        self.column.addWidget(self._facts_card())
        self.column.addWidget(self._form_card())
        self.column.addWidget(self.notice)
        self.column.addStretch(1)
        self.formato.changed.connect(self._chosen)
        self.vencimiento.changed.connect(lambda: self._clear(self.vencimiento))
        self.correo.textEdited.connect(lambda: self._clear(self.correo))
        self.celular.textEdited.connect(lambda: self._clear(self.celular))

    def prepare(self, tramite: Tramite) -> object:
        """Fetch what is already known of the cédula and the contact data."""
        return self.desk.services.tramites.suggested_identidad(tramite)

    def show_tramite(self, tramite: Tramite, prepared: object) -> None:
        """Fill the form with what is known."""
        super().show_tramite(tramite, prepared)
        known = cast("IdentidadSugerida", prepared)
        self._show_facts(tramite)
        self.formato.set_value(known.formato.value if known.formato else "")
        self.vencimiento.set_date(known.vencimiento)
        self.correo.setText(known.correo)
        self.celular.setText(known.celular)
        for field in self._beside:
            self._clear(field)
        if self.warning:
            self._warned.show_text("missing", self.warning)
        else:
            self._warned.clear()
        self.warning = ""

    def first_focus(self) -> QWidget:
        """Return the first field that still needs something."""
        if self.formato.value and self.vencimiento.date is None:
            return self.vencimiento
        return self.formato

    def proceed(self) -> None:
        """Save the step, or say beside the first field what it lacks."""
        tramite, identidad = self.tramite, self._identidad()
        if tramite is None or identidad is None:
            return
        desk = self.desk
        desk.run(
            lambda: desk.services.tramites.save_identidad(desk.sesion, tramite.numero, identidad),
            self.advanced.emit,
            self.show_error,
        )

    def take_key(self, event: QKeyEvent) -> bool:
        """Choose the format with E or A."""
        formato = _FORMAT_KEYS.get(Qt.Key(event.key()))
        if formato is None or event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        self.formato.set_value(formato.value)
        self._chosen()
        return True

    def kept(self) -> Callable[[], Tramite] | None:
        """Return the call that keeps what was typed, unconfirmed."""
        tramite, tramites = self.tramite, self.desk.services.tramites
        if tramite is None:
            return None
        formato = FormatoCedula(self.formato.value) if self.formato.value else None
        correo, celular = self.correo.text().strip(), cedulas.clean(self.celular.text())
        typed = IdentidadSugerida(formato, self.vencimiento.date, correo, celular)
        return lambda: tramites.keep_identidad(self.desk.sesion, tramite.numero, typed)

    # -- reading the form --------------------------------------------------------------

    def _identidad(self) -> Identidad | None:
        correo, celular = self.correo.text().strip(), cedulas.clean(self.celular.text())
        vencimiento = self.vencimiento.date
        lacks = (
            (self.formato, "" if self.formato.value else "Elija el formato de la cédula: E o A."),
            (self.vencimiento, self.vencimiento.problem or _expiry_sentence(vencimiento)),
            (
                self.correo,
                ""
                if not correo or _MAIL.fullmatch(correo)
                else "Revise el correo: falta algo, como «@» o el punto.",
            ),
            (
                self.celular,
                ""
                if not celular or _MOBILE.fullmatch(celular)
                else "El celular tiene diez dígitos y empieza con 09.",
            ),
        )
        first: QWidget | None = None
        for field, text in lacks:
            self._beside[field].setText(text)
            self._beside[field].setVisible(bool(text))
            if text and first is None:
                first = field
        if first is not None or vencimiento is None:
            if first is not None:
                first.setFocus(Qt.FocusReason.OtherFocusReason)
            return None
        return Identidad(FormatoCedula(self.formato.value), vencimiento, correo, celular)

    def _chosen(self) -> None:
        self._clear(self.formato)
        if self.vencimiento.date is None:
            self.vencimiento.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear(self, field: QWidget) -> None:
        self._beside[field].hide()

    # -- what it looks like ------------------------------------------------------------

    def _show_facts(self, tramite: Tramite) -> None:
        persona = tramite.persona
        reason = persona.preferente(today())
        since = tramite.clave_vigente_desde
        texts = {
            "Cédula": f"{persona.cedula[:9]}-{persona.cedula[9]}",
            "Calidad": persona.prestacion,
            "Edad": f"{persona.age(today())} años · nació el {day(persona.fecha_nacimiento)}",
            "Atención": f"Preferente ({reason})" if reason else "En orden de llegada",
            "Clave": f"Clave vigente desde {day(local_date(since))}" if since else "No tiene clave vigente",
        }
        for name, text in texts.items():
            self._facts[name].setText(text)
            self._facts[name].setAccessibleName(f"{name}: {text}")

    def _facts_card(self) -> Card:
        card = Card()
        grid = look.spaced(QGridLayout(), spacing=9)
        card.box.addLayout(grid)
        for row, (name, value) in enumerate(self._facts.items()):
            label = QLabel(name)
            label.setProperty("role", "muted")
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
        grid.setColumnStretch(1, 1)
        return card

    def _form_card(self) -> Card:
        card = Card()
        grid = look.spaced(QGridLayout(), spacing=14)
        card.box.addLayout(grid)
        fields = (
            ("Formato de la cédula", self.formato),
            ("Vence el", self.vencimiento),
            ("Correo electrónico", self.correo),
            ("Celular", self.celular),
        )
        for place, (text, field) in enumerate(fields):
            label = QLabel(text)
            label.setProperty("role", "field")
            label.setBuddy(field)
            cell = look.spaced(QVBoxLayout(), spacing=4)
            cell.addWidget(label)
            cell.addWidget(field)
            cell.addWidget(self._beside[field])
            cell.addStretch(1)
            grid.addLayout(cell, place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return card


def _expiry_sentence(vencimiento: date | None) -> str:
    if vencimiento is None:
        return "Escriba la fecha completa: día, mes y año."
    if not EARLIEST_YEAR <= vencimiento.year <= today().year + LONGEST_YEARS:
        return f"Revise el año: {vencimiento.year} no puede ser."
    return ""


def _fact() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label


def _field(name: str, example: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(example)
    return field


def _sentence() -> QLabel:
    label = QLabel()
    label.setProperty("role", "problem")
    label.setWordWrap(True)
    label.hide()
    return label
