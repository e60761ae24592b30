"""The employer's block of a solicitud, as the clerk copies it from the paper."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain import ruc as rucs
from agencia_app.models.domain import solicitud as solicitudes
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.solicitud import Calificacion
from agencia_app.ui.messages import sentence
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.key_cap import KeyCap
from agencia_app.ui.widgets.tick import Tick

SEEN_KEY = "F7"
_LONGEST_RUC = 20  # characters: thirteen digits, with whatever a person puts between them
_DOUBTFUL = "Ese RUC no pasa la comprobación. Compárelo con la solicitud: si dice lo mismo, siga."
_ANOTHER = "En el padrón consta otro empleador, con RUC {ruc}. Compárelo con la solicitud."


@dataclass(frozen=True, slots=True)
class BlockDraft:
    """An employer's block half copied, as its fields have it."""

    ruc: str
    razon_social: str
    calificada_por: str
    calificada_el: str
    seen: bool


class EmpleadorForm(Card):
    """Four fields and a tick. A doubtful RUC is said beside it and holds nothing up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._of_padron = ""
        heading = QLabel("Calificación del empleador")
        heading.setProperty("role", "heading")
        self.box.addWidget(heading)
        self.ruc = _field("RUC del empleador", _LONGEST_RUC)
        self.razon_social = _field("Razón social", solicitudes.NAME_LENGTH)
        self.calificada_por = _field("Quién calificó", solicitudes.NAME_LENGTH)
        self.calificada_por.setPlaceholderText("Nombre y cargo")
        self.calificada_el = DateEdit()
        self.calificada_el.setAccessibleName("Fecha de la calificación")
        self._beside: dict[QLineEdit, QLabel] = {}
        grid = look.spaced(QGridLayout(), spacing=14)
        self.box.addLayout(grid)
        fields = (self.ruc, self.razon_social, self.calificada_por, self.calificada_el)
        for place, field in enumerate(fields):
            grid.addLayout(self._cell(field), place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.doubt = QLabel()
        self.doubt.setWordWrap(True)
        self.doubt.setProperty("role", "strong")
        self.doubt.hide()
        self.box.addWidget(self.doubt)
        self.seen = Tick("Firma y sello vistos")
        row = look.spaced(QHBoxLayout(), spacing=10)
        row.addWidget(KeyCap(SEEN_KEY))
        row.addWidget(self.seen)
        row.addStretch(1)
        self.box.addLayout(row)
        self._unseen = _problem()
        self.box.addWidget(self._unseen)
        self.ruc.textChanged.connect(self._doubt)
        self.seen.toggled.connect(self._unseen.hide)

    def show_block(self, known: Calificacion | None, ruc: str, padron: str) -> None:
        """Show a block that was written down, or an empty one with the RUC that is known."""
        self._of_padron = padron
        self.ruc.setText(known.ruc if known else ruc)
        self.razon_social.setText(known.razon_social if known else "")
        self.calificada_por.setText(known.calificada_por if known else "")
        self.calificada_el.set_date(known.calificada_el if known else None)
        self.seen.setChecked(known is not None)
        for each in (*self._beside.values(), self._unseen):
            each.hide()
        self._doubt()

    def draft(self) -> BlockDraft:
        """Return what is typed, whole or not."""
        return BlockDraft(
            self.ruc.text(),
            self.razon_social.text(),
            self.calificada_por.text(),
            self.calificada_el.text(),
            self.seen.isChecked(),
        )

    def show_draft(self, draft: BlockDraft) -> None:
        """Show what was typed before."""
        self.ruc.setText(draft.ruc)
        self.razon_social.setText(draft.razon_social)
        self.calificada_por.setText(draft.calificada_por)
        self.calificada_el.setText(draft.calificada_el)
        self.seen.setChecked(draft.seen)

    def first_empty(self) -> QWidget:
        """Return the first field that has nothing yet, or the tick."""
        return next((each for each in self._beside if not each.text().strip()), self.seen)

    def typed(self) -> Calificacion | None:
        """Return the block, or None after saying beside each field what it lacks."""
        lacks = {
            self.ruc: _ruc_sentence(self.ruc.text()),
            self.razon_social: "" if self.razon_social.text().strip() else "Escriba la razón social.",
            self.calificada_por: "" if self.calificada_por.text().strip() else "Escriba quién calificó.",
            self.calificada_el: self.calificada_el.problem
            or ("" if self.calificada_el.date else "Escriba la fecha: día, mes y año."),
        }
        for field, text in lacks.items():
            self._say(field, text)
        unseen = "" if self.seen.isChecked() else sentence(KnownError("calificacion.unseen"))
        self._unseen.setText(unseen)
        self._unseen.setVisible(bool(unseen))
        first = next((field for field, text in lacks.items() if text), self.seen if unseen else None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)
        when = self.calificada_el.date
        if first is not None or when is None:
            return None
        return Calificacion(self.ruc.text(), self.razon_social.text(), self.calificada_por.text(), when)

    def show_error(self, error: KnownError) -> bool:
        """Say beside the date that it cannot be; tell whether that was it."""
        if error.code not in {"calificacion.before", "calificacion.future"}:
            return False
        self._say(self.calificada_el, sentence(error))
        self.calificada_el.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _say(self, field: QLineEdit, text: str) -> None:
        self._beside[field].setText(text)
        self._beside[field].setVisible(bool(text))

    def _doubt(self) -> None:
        """Warn of a whole RUC that fails its check, or is another than the padrón has."""
        try:
            digits = rucs.validate_shape(self.ruc.text())
        except KnownError:
            text = ""
        else:
            other = bool(self._of_padron) and digits != self._of_padron
            text = (_ANOTHER.format(ruc=self._of_padron) if other else "") or (
                _DOUBTFUL if rucs.is_doubtful(digits) else ""
            )
        self.doubt.setText(text)
        self.doubt.setVisible(bool(text))

    def _cell(self, field: QLineEdit) -> QVBoxLayout:
        label = QLabel(field.accessibleName())
        label.setProperty("role", "field")
        label.setWordWrap(True)
        label.setBuddy(field)
        beside = _problem()
        self._beside[field] = beside
        field.textEdited.connect(beside.hide)
        cell = look.spaced(QVBoxLayout(), spacing=4)
        for widget in (label, field, beside):
            cell.addWidget(widget)
        cell.addStretch(1)
        return cell


def _ruc_sentence(text: str) -> str:
    try:
        rucs.validate_shape(text)
    except KnownError as error:
        return sentence(error)
    return ""


def _field(name: str, longest: int) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setMaxLength(longest)
    return field


def _problem() -> QLabel:
    label = QLabel()
    label.setProperty("role", "problem")
    label.setWordWrap(True)
    label.hide()
    return label
