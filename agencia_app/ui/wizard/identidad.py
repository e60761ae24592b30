"""Step 2: that this is the person, the cédula they hold, and how to reach them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import contacto as contactos
from agencia_app.models.domain import mrz as zones
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.requisitos import FormatoCedula
from agencia_app.models.domain.tramite import Identidad, IdentidadSugerida, Tramite
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.apoderado_form import ApoderadoForm
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.candado_card import CandadoCard
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.key_cap import KeyCap
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.segmented import Segmented
from agencia_app.ui.widgets.tick import Tick
from agencia_app.ui.wizard.correccion import KEY, KEY_TEXT, OPENS
from agencia_app.ui.wizard.pedido import PedidoDeLevantar
from agencia_app.ui.wizard.step import Desk, StepPage
from agencia_app.ui.wizard.zone_scan import STARTS, ZoneScan

LONGEST_YEARS = 20  # no cédula is issued for longer: a later expiry is a slip of the fingers
EARLIEST_YEAR = 1980
_FORMAT_KEYS = {Qt.Key.Key_E: FormatoCedula.ELECTRONICA, Qt.Key.Key_A: FormatoCedula.ANTIGUA}
_WRONG_THERE = f"Si el error está en el padrón, <kbd>{KEY_TEXT}</kbd> abre un ticket de corrección."
_PERSONA, _APODERADO = "persona", "apoderado"
_WHO_KEYS = {Qt.Key.Key_M: _PERSONA, Qt.Key.Key_P: _APODERADO}


class IdentidadPage(StepPage):
    """Confirms the person; with a scanned zone everything is there and Enter goes on.

    The zone of that very person scanned on this page fills in what it says, and confirms as Enter would
    when nothing is lacking and nothing warns: the page was in front of the clerk, and the scan is the act.

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
        self.correo.setMaxLength(contactos.LONGEST_MAIL)
        self.celular.setMaxLength(contactos.LONGEST_MOBILE)
        self._beside: dict[QWidget, QLabel] = {
            field: _sentence() for field in (self.formato, self.vencimiento, self.correo, self.celular)
        }
        self.check = Tick("Comprobé sus datos")
        self.who = Segmented(
            ((_PERSONA, "La misma persona"), (_APODERADO, "Un apoderado")), {_PERSONA: "M", _APODERADO: "P"}
        )
        self.who.setAccessibleName("Quién viene")
        self.apoderado = ApoderadoForm()
        self.correct = KeyButton(OPENS, KEY_TEXT)
        self.correct.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.correct.clicked.connect(lambda: self.wrong_datum.emit(None))
        self.candado = CandadoCard()
        self.column.addWidget(self._warned)
        self.column.addWidget(self._facts_card())
        self.column.addWidget(self._form_card())
        self.column.addWidget(self.apoderado)
        self.column.addWidget(self.candado)
        self.column.addWidget(self.notice)
        self.column.addStretch(1)
        self.zone = ZoneScan(self)
        self.zone.scanned.connect(self._zone_scanned)
        self.who.changed.connect(self._who_chosen)
        self.candado.begin.clicked.connect(self._ask_candado)
        self.candado.put.connect(self._put_candado)
        self.candado.lift.connect(self._lift_candado)
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
        self.check.setChecked(known.comprobada)
        self.apoderado.show_apoderado(known.apoderado)
        self.who.set_value(_APODERADO if known.apoderado is not None else _PERSONA)
        self.candado.show_candado(tramite.candado)
        self._show_parts()
        for field in self._beside:
            self._clear(field)
        if self.warning:
            self._warned.show_text("missing", f"{self.warning} {_WRONG_THERE}")
        else:
            self._warned.clear()
        self.warning = ""

    def first_focus(self) -> QWidget:
        """Return the first field that still needs something; nothing while a question is up."""
        if self.candado.asking:
            return self
        if self.formato.value and self.vencimiento.date is None:
            return self.vencimiento
        return self.formato

    def proceed(self) -> None:
        """Save the step, or say beside the first field what it lacks; to a question, answer no."""
        if self.candado.asking:
            self.leave_inner()
            return
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
        """Choose the format with E or A and who comes with M or P; V checks, C and L are the candado's, F10 a ticket."""
        if event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        key = Qt.Key(event.key())
        if self.candado.asking:
            return self._click(key, {Qt.Key.Key_S: self.candado.confirm})
        if event.text().upper() == STARTS:
            self.zone.begin()
        elif key in _FORMAT_KEYS:
            self.formato.set_value(_FORMAT_KEYS[key].value)
            self._chosen()
        elif key in _WHO_KEYS:
            self.who.set_value(_WHO_KEYS[key])
            self._who_chosen()
        else:
            return self._click(
                key,
                {
                    KEY: self.correct,
                    Qt.Key.Key_V: self.check,
                    Qt.Key.Key_C: self.candado.begin,
                    Qt.Key.Key_L: self.candado.lifting,
                },
            )
        return True

    @staticmethod
    def _click(key: Qt.Key, buttons: dict[Qt.Key, QAbstractButton]) -> bool:
        button = buttons.get(key)
        if button is None or not button.isVisible():
            return False
        button.click()
        return True

    def has_inner(self) -> bool:
        """Tell whether it is asked once more if the candado is to be put."""
        return self.candado.asking

    def leave_inner(self) -> None:
        """Leave the candado unput."""
        self._turn_candado(on=False)

    def show_error(self, error: KnownError) -> None:
        """Say what is wrong beside its field, or below."""
        self.candado.ask(on=False)
        self._show_primary()
        if not self.apoderado.show_error(error):
            super().show_error(error)

    def kept(self) -> Callable[[], Tramite] | None:
        """Return the call that keeps what was typed, unconfirmed."""
        tramite, tramites = self.tramite, self.desk.services.tramites
        if tramite is None:
            return None
        formato = FormatoCedula(self.formato.value) if self.formato.value else None
        correo, celular = self.correo.text().strip(), cedulas.clean(self.celular.text())
        typed = IdentidadSugerida(
            formato,
            self.vencimiento.date,
            correo,
            celular,
            comprobada=self.check.isChecked(),
            apoderado=self.apoderado.typed() if self._comes_apoderado() else None,
        )
        return lambda: tramites.keep_identidad(self.desk.sesion, tramite.numero, typed)

    def _zone_scanned(self, text: str) -> None:
        if self.tramite is None:
            return
        person = self.tramite.persona
        try:
            zone = zones.parse(text, self.desk.services.today())
        except KnownError as error:
            self.show_error(error)
            return
        if zone.cedula != person.cedula:
            self.show_error(KnownError("cedula.other_person"))
            return
        self.notice.clear()
        self.formato.set_value(FormatoCedula.ELECTRONICA.value)
        self.vencimiento.set_date(zone.fecha_vencimiento)
        for field in self._beside:
            self._clear(field)
        self._show_parts()
        if warning := self.desk.services.tramites.mismatch(person, zone):
            self._warned.show_text("missing", warning)
        elif not self._warned.isVisible():
            self.proceed()

    # -- reading the form --------------------------------------------------------------

    def _identidad(self) -> Identidad | None:
        correo, celular = self.correo.text().strip(), cedulas.clean(self.celular.text())
        vencimiento, today = self.vencimiento.date, self.desk.services.today()
        lacks = (
            (self.formato, "" if self.formato.value else "Elija el formato de la cédula: E o A."),
            (self.vencimiento, self.vencimiento.problem or _expiry_sentence(vencimiento, today)),
            (self.correo, _refused(contactos.check_correo, correo)),
            (self.celular, _refused(contactos.check_celular, celular)),
        )
        first: QWidget | None = None
        for field, text in lacks:
            self._beside[field].setText(text)
            self._beside[field].setVisible(bool(text))
            if text and first is None:
                first = field
        lacking = self._apoderado_lacks()
        first = first or lacking
        if first is not None or vencimiento is None:
            if first is not None:
                first.setFocus(Qt.FocusReason.OtherFocusReason)
            return None
        return Identidad(
            FormatoCedula(self.formato.value),
            vencimiento,
            correo,
            celular,
            comprobada=self.check.isChecked(),
            apoderado=self.apoderado.typed() if self._comes_apoderado() else None,
        )

    def _comes_apoderado(self) -> bool:
        return self.who.value == _APODERADO

    def _apoderado_lacks(self) -> QWidget | None:
        if self.tramite is None or not self._comes_apoderado():
            return None
        return self.apoderado.lacking(self.tramite.persona.cedula)

    def _who_chosen(self) -> None:
        self._show_parts()
        if self._comes_apoderado():
            self.apoderado.cedula.setFocus(Qt.FocusReason.OtherFocusReason)
            self.looked_at.emit(self.apoderado)

    def _show_parts(self) -> None:
        """Show what the format, and who comes, ask for."""
        self._check_row.setVisible(self.formato.value == FormatoCedula.ANTIGUA.value)
        self.apoderado.setVisible(self._comes_apoderado())
        self.candado.setVisible(not self._comes_apoderado())  # it is the person's own

    # -- the candado -------------------------------------------------------------------

    def _ask_candado(self) -> None:
        """Ask once more, when this is known to be the person."""
        if self._identidad() is not None:
            self._turn_candado(on=True)

    def _turn_candado(self, *, on: bool) -> None:
        self.candado.ask(on=on)
        self._show_primary()
        self.updated.emit(self.tramite)
        self.looked_at.emit(self.candado)

    def _show_primary(self) -> None:
        self.primary = "No, volver" if self.candado.asking else "Continuar"
        self.changed.emit()

    def _put_candado(self) -> None:
        tramite, identidad, services, sesion = (
            self.tramite,
            self._identidad(),
            self.desk.services,
            self.desk.sesion,
        )
        if tramite is None or identidad is None:
            return

        def put() -> Tramite:
            services.tramites.save_identidad(sesion, tramite.numero, identidad)
            return services.candados.put(sesion, tramite.numero)

        def done(saved: Tramite) -> None:
            self.tramite = saved
            self.candado.show_candado(saved.candado)
            self._turn_candado(on=False)
            self.notice.show_text("done", "El candado quedó puesto.")

        self.desk.run(put, done, self.show_error)

    def _lift_candado(self) -> None:
        tramite, identidad, desk = self.tramite, self._identidad(), self.desk
        if tramite is None or identidad is None:
            return
        desk.run(
            lambda: desk.services.tramites.save_identidad(desk.sesion, tramite.numero, identidad),
            lambda saved: self.second_person.emit(PedidoDeLevantar(desk.services, desk.sesion, saved.numero)),
            self.show_error,
        )

    def _chosen(self) -> None:
        self._clear(self.formato)
        self._show_parts()
        if self.vencimiento.date is None:
            self.vencimiento.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear(self, field: QWidget) -> None:
        self._beside[field].hide()

    # -- what it looks like ------------------------------------------------------------

    def _show_facts(self, tramite: Tramite) -> None:
        persona, today = tramite.persona, self.desk.services.today()
        reason = persona.preferente(today)
        since = tramite.clave_vigente_desde
        texts = {
            "Cédula": f"{persona.cedula[:9]}-{persona.cedula[9]}",
            "Calidad": persona.prestacion,
            "Edad": f"{persona.age(today)} años · nació el {day(persona.fecha_nacimiento)}",
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
        grid.addWidget(self.correct, 0, 2, len(self._facts), 1, Qt.AlignmentFlag.AlignTop)
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
        label = QLabel("¿Quién viene?")
        label.setProperty("role", "field")
        who = look.spaced(QVBoxLayout(), spacing=4)
        who.addWidget(label)
        who.addWidget(self.who)
        who.addStretch(1)
        grid.addLayout(who, 2, 0)
        grid.addWidget(self._make_check_row(), 2, 1)
        return card

    def _make_check_row(self) -> QWidget:
        self._check_row = QWidget()
        column = look.spaced(QVBoxLayout(self._check_row), spacing=4)
        row = look.spaced(QHBoxLayout(), spacing=10)
        row.addWidget(KeyCap("V"))
        row.addWidget(self.check)
        row.addStretch(1)
        where = QLabel("En la consulta del Registro Civil. Si no se puede, lo autoriza un supervisor.")
        where.setProperty("role", "muted")
        where.setWordWrap(True)
        column.addLayout(row)
        column.addWidget(where)
        column.addStretch(1)
        return self._check_row


def _refused(check: Callable[[str], None], typed: str) -> str:
    """Return the sentence of what a check refuses; empty when it is right."""
    try:
        check(typed)
    except KnownError as error:
        return sentence(error)
    return ""


def _expiry_sentence(vencimiento: date | None, today: date) -> str:
    if vencimiento is None:
        return "Escriba la fecha completa: día, mes y año."
    if not EARLIEST_YEAR <= vencimiento.year <= today.year + LONGEST_YEARS:
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
