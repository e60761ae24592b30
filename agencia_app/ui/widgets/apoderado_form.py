"""The fields of who comes in a person's name, and of the document that lets them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain import apoderado as apoderados
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.errors import KnownError
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit

_LONGEST_CEDULA = 20  # characters: ten digits, with whatever a person puts between them


class ApoderadoForm(Card):
    """Five fields, each with its sentence below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel("Apoderado")
        heading.setProperty("role", "heading")
        self.box.addWidget(heading)
        self.cedula = _field("Cédula del apoderado", _LONGEST_CEDULA)
        self.nombre = _field("Apellidos y nombres del apoderado", apoderados.LONGEST["nombre"])
        self.documento = _field("Número del poder", apoderados.LONGEST["documento"])
        self.notaria = _field("Notaría", apoderados.LONGEST["notaria"])
        self.notaria.setPlaceholderText("Notaría Quinta de Quito")
        self.fecha = DateEdit()
        self.fecha.setAccessibleName("Fecha del poder")
        self._beside: dict[QLineEdit, QLabel] = {}
        grid = look.spaced(QGridLayout(), spacing=14)
        self.box.addLayout(grid)
        for place, field in enumerate((self.cedula, self.nombre, self.documento, self.notaria, self.fecha)):
            grid.addLayout(self._cell(field), place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def _cell(self, field: QLineEdit) -> QVBoxLayout:
        label = QLabel(field.accessibleName())
        label.setProperty("role", "field")
        label.setWordWrap(True)
        label.setBuddy(field)
        beside = QLabel()
        beside.setProperty("role", "problem")
        beside.setWordWrap(True)
        beside.hide()
        self._beside[field] = beside
        field.textEdited.connect(beside.hide)
        cell = look.spaced(QVBoxLayout(), spacing=4)
        for widget in (label, field, beside):
            cell.addWidget(widget)
        cell.addStretch(1)
        return cell

    def show_apoderado(self, known: Apoderado | None) -> None:
        """Fill the fields with what is known, or empty them."""
        for field, beside in self._beside.items():
            field.clear()
            beside.hide()
        self.fecha.set_date(known.fecha if known else None)
        if known is not None:
            self.cedula.setText(known.cedula)
            self.nombre.setText(known.nombre)
            self.documento.setText(known.documento)
            self.notaria.setText(known.notaria)

    def typed(self) -> Apoderado | None:
        """Return what was typed as it is, or None while something cannot be kept."""
        fecha, cedula = self.fecha.date, cedulas.clean(self.cedula.text())
        whole = len(cedula) == cedulas.LENGTH and all(field.text().strip() for field in self._beside)
        if fecha is None or not whole:
            return None
        return Apoderado(
            cedula,
            self.nombre.text(),
            self.documento.text(),
            self.notaria.text(),
            fecha,
        )

    def lacking(self, persona: str) -> QWidget | None:
        """Say beside each field what it lacks; return the first such field. ``persona`` is whose apoderado."""
        lacks = {
            self.cedula: _cedula_sentence(self.cedula.text(), persona),
            self.nombre: "" if self.nombre.text().strip() else "Escriba los apellidos y nombres.",
            self.documento: "" if self.documento.text().strip() else "Escriba el número del poder.",
            self.notaria: "" if self.notaria.text().strip() else "Escriba la notaría que lo otorgó.",
            self.fecha: self.fecha.problem
            or ("" if self.fecha.date else "Escriba la fecha del poder: día, mes y año."),
        }
        for field, text in lacks.items():
            self._beside[field].setText(text)
            self._beside[field].setVisible(bool(text))
        return next((field for field, text in lacks.items() if text), None)

    def show_error(self, error: KnownError) -> bool:
        """Say beside the date that it is in the future; tell whether that was it."""
        if error.code != "apoderado.future":
            return False
        self._beside[self.fecha].setText(sentence(error))
        self._beside[self.fecha].show()
        self.fecha.setFocus(Qt.FocusReason.OtherFocusReason)
        return True


def _cedula_sentence(text: str, persona: str) -> str:
    try:
        cedula = cedulas.validate(text)
    except KnownError as error:
        return sentence(error)
    return sentence(KnownError("apoderado.same")) if cedula == persona else ""


def _field(name: str, longest: int) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setMaxLength(longest)
    return field
