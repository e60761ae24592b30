"""One line of the checklist: which paper, what of it was seen, and which alternative it is."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from agencia_app.models.domain.requisitos import (
    COPIA_TEXT,
    NO_EXIGIBLE,
    VOTACION,
    Alternativa,
    Copia,
    Dato,
    Documento,
    Requisito,
)
from agencia_app.models.domain.votacion import DECLARED, MOTIVO_TEXT, Exencion, MotivoExencion
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.date_edit import DateEdit
from agencia_app.ui.widgets.key_cap import KeyCap
from agencia_app.ui.widgets.segmented import Segmented
from agencia_app.ui.widgets.tick import Tick

NO_EXIGIBLE_KEY = "N"
_NUMBER_LENGTH = 40  # characters, what the database keeps
_ACROSS = QBoxLayout.Direction.LeftToRight
_DOWN = QBoxLayout.Direction.TopToBottom
_CAP_AND_MARGINS = 94  # px at 100 %: what of a card's width is not the words'
_TICKS_WIDTH = 398  # px at 100 %: the two columns of ticks
_WORDS_WIDTH = 300  # px at 100 %: less than this beside the ticks, and they go below


class RequisitoCard(Card):
    """One requisito and what was shown for it; ``changed`` follows what a person does to it."""

    changed = Signal()
    left = Signal()  # the last field was finished with Enter

    def __init__(self, place: int, requisito: Requisito, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.requisito = requisito
        self._exencion: Exencion | None = None
        self._detail = ""
        self._document = Documento(requisito.id)
        self.setAccessibleName(requisito.titulo)
        self._make_words(place)
        self._make_ticks()
        self._make_choices()
        self._make_fields()
        self._lay_out()

    # -- what it holds -----------------------------------------------------------------

    @property
    def documento(self) -> Documento:
        """What was shown, as the screen has it now."""
        alternative = self.requisito.alternativa(self._document.alternativa)
        numero = alternative is not None and alternative.numero is not Dato.NO
        fecha = alternative is not None and alternative.fecha is not Dato.NO
        return replace(
            self._document,
            original=self.original.isChecked(),
            copia=self.copy.isChecked(),
            numero=self._number.text().strip() if numero else "",
            fecha=self._date.date if fecha else None,
        )

    def show_documento(self, documento: Documento, detail: str, exencion: Exencion | None) -> None:
        """Show what was kept, without ``changed``; ``exencion`` is what the padrón says."""
        self._exencion = exencion
        self._document = documento
        self._detail = detail
        self._number.setText(documento.numero)
        self._date.set_date(documento.fecha)
        self._show()

    def letters(self) -> dict[str, str]:
        """Return which alternative each letter chooses."""
        keys = {each.tecla.upper(): each.id for each in self.requisito.alternativas if each.tecla}
        if self.requisito.id == VOTACION:
            keys[NO_EXIGIBLE_KEY] = NO_EXIGIBLE
        return keys

    # -- what a person does ------------------------------------------------------------

    def toggle(self) -> None:
        """Tick everything that is asked for, or untick it when it all was."""
        documento = self.documento
        every = documento.original and (documento.copia or self._copy_optional())
        self._ticked(on=not every)

    def choose(self, alternativa: str) -> None:
        """Take an alternative as shown: its original and copy are ticked with it."""
        self._take(alternativa)
        if alternativa != NO_EXIGIBLE:
            self._ticked(on=True)
            self._focus_field()

    def _take(self, alternativa: str) -> None:
        if alternativa == NO_EXIGIBLE:
            motivo = self._exencion.motivo if self._exencion else self._document.motivo
            self._document = Documento(self.requisito.id, NO_EXIGIBLE, motivo=motivo)
        else:
            self._document = replace(self.documento, alternativa=alternativa, motivo=None)
        self._show()
        self.changed.emit()

    def _ticked(self, *, on: bool) -> None:
        copy = on and self._asks_copy() and not (self._copy_optional() and not self.documento.copia)
        self._set(replace(self._accepted(), original=on, copia=copy))

    def _tick_changed(self) -> None:
        self._set(self._accepted())

    def _accepted(self) -> Documento:
        """Return the document as it is, a certificate when one was offered by an exempt person."""
        documento = self.documento
        offered = documento.original or documento.copia or self.sender() is None
        if documento.alternativa == NO_EXIGIBLE and offered and self.requisito.alternativas:
            return replace(documento, alternativa=self.requisito.alternativas[0].id, motivo=None)
        return documento

    def _set(self, documento: Documento) -> None:
        self._document = documento
        self._show()
        self.changed.emit()

    def _reason_chosen(self, motivo: str) -> None:
        self._set(replace(self.documento, motivo=MotivoExencion(motivo)))

    def _field_changed(self) -> None:
        self._document = self.documento
        self.changed.emit()

    # -- how it looks ------------------------------------------------------------------

    def _make_words(self, place: int) -> None:
        self._cap = KeyCap(str(place))
        self._title = QLabel(self.requisito.titulo)
        self._title.setProperty("role", "strong")
        self._title.setWordWrap(True)
        self._detail_label = QLabel()
        self._detail_label.setProperty("role", "muted")
        self._detail_label.setWordWrap(True)
        self._words = QWidget()
        column = look.spaced(QVBoxLayout(self._words), spacing=1)
        column.addWidget(self._title)
        column.addWidget(self._detail_label)

    def _make_ticks(self) -> None:
        title = self.requisito.titulo
        self.original = Tick("Original visto")
        self.original.setAccessibleName(f"{title}: original visto")
        copy = COPIA_TEXT[self.requisito.copia]
        self.copy = Tick(copy)
        self.copy.setAccessibleName(f"{title}: {copy.lower()}")
        self._ticks = QWidget()
        self._tick_box = look.spaced(QBoxLayout(_ACROSS, self._ticks), spacing=10)
        self._tick_box.addWidget(self.original, 1, Qt.AlignmentFlag.AlignLeft)
        self._tick_box.addWidget(self.copy, 1, Qt.AlignmentFlag.AlignLeft)
        self.copy.setVisible(self.requisito.copia is not Copia.NO)
        for tick in (self.original, self.copy):
            tick.clicked.connect(self._tick_changed)

    def _make_choices(self) -> None:
        options = [(each.id, each.titulo) for each in self.requisito.alternativas]
        if self.requisito.id == VOTACION:
            options.append((NO_EXIGIBLE, "No exigible"))
        keys = {option: key for key, option in self.letters().items()}
        self._choice = Segmented(options, keys, self)  # with a parent: shown without one it is a window
        self._choice.setAccessibleName(f"{self.requisito.titulo}: cuál se presenta")
        self._choice.setVisible(bool(options))
        self._choice.changed.connect(self._take)
        self._reason_label = QLabel("Motivo")
        self._reason_label.setProperty("role", "muted")
        self._reason = Segmented([(each.value, _capital(MOTIVO_TEXT[each])) for each in DECLARED])
        self._reason.setAccessibleName("Motivo por el que no se exige")
        self._reason.changed.connect(self._reason_chosen)

    def _make_fields(self) -> None:
        self._number = _Field()
        self._number.setMaxLength(_NUMBER_LENGTH)
        self._number.textEdited.connect(self._field_changed)
        self._date = DateEdit()
        self._date.changed.connect(self._field_changed)
        self._number_label = QLabel()
        self._date_label = QLabel()
        self._fields = QWidget()
        self._field_box = look.spaced(QBoxLayout(_ACROSS, self._fields), spacing=14)
        for label, field in ((self._number_label, self._number), (self._date_label, self._date)):
            label.setProperty("role", "muted")
            label.setBuddy(field)
            pair = look.spaced(QHBoxLayout(), spacing=14)
            pair.addWidget(label)
            pair.addWidget(field)
            self._field_box.addLayout(pair)
        self._field_box.addStretch(1)
        self._number.finished.connect(self._number_finished)
        self._date.returnPressed.connect(self.left)

    def _lay_out(self) -> None:
        self._grid = look.spaced(QGridLayout(), spacing=14)
        self.box.addLayout(self._grid)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._cap, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(self._words, 0, 1)
        self._reasons = QWidget()
        column = look.spaced(QVBoxLayout(self._reasons), spacing=4)
        column.addWidget(self._reason_label)
        column.addWidget(self._reason)
        for row, widget in enumerate((self._choice, self._reasons, self._fields), start=2):
            self._grid.addWidget(widget, row, 1, 1, 2)
        self._below: bool | None = None
        # What stands side by side goes below in a narrow window: it must not hold the card wide.
        self.setMinimumWidth(1)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put side by side what has room, and the rest below."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Arrange anew when the zoom changed."""
        super().changeEvent(event)
        if event.type() in {event.Type.FontChange, event.Type.StyleChange}:
            self._arrange()

    def _arrange(self) -> None:
        room = self.width() - look.px(_CAP_AND_MARGINS)
        hints = [tick.sizeHint().width() for tick in (self.original, self.copy) if not tick.isHidden()]
        across = sum(hints) + look.px(10)
        columns = max(look.px(_TICKS_WIDTH), across)
        self._tick_box.setDirection(_ACROSS if across <= room else _DOWN)
        self._ticks.setFixedWidth(min(columns, max(room, *hints)))
        fields = sum(
            each.sizeHint().width() + look.px(14)
            for each in (self._number_label, self._number, self._date_label, self._date)
        )
        self._field_box.setDirection(_ACROSS if fields <= room else _DOWN)
        below = room < columns + look.px(_WORDS_WIDTH)
        if below is not self._below:
            self._below = below
            self._grid.removeWidget(self._ticks)
            if below:
                self._grid.addWidget(self._ticks, 1, 1, 1, 2)
            else:
                self._grid.addWidget(self._ticks, 0, 2)

    def _show(self) -> None:
        documento = self._document
        exempt = documento.alternativa == NO_EXIGIBLE
        self.original.setChecked(documento.original)
        self.copy.setChecked(documento.copia)
        self._choice.set_value(documento.alternativa)
        known = self._exencion is not None and documento.motivo is self._exencion.motivo
        self._reasons.setVisible(exempt and not known)
        self._reason.set_value(documento.motivo.value if documento.motivo else "")
        self._show_detail(exempt=exempt, known=known)
        alternative = self.requisito.alternativa(documento.alternativa)
        self._show_field(
            self._number_label, self._number, "Número", alternative.numero if alternative else None
        )
        self._show_field(self._date_label, self._date, "Fecha", alternative.fecha if alternative else None)
        self._fields.setVisible(_has_fields(alternative))

    def _show_detail(self, *, exempt: bool, known: bool) -> None:
        text = self._detail or self.requisito.detalle
        if exempt and known and self._exencion is not None:
            text = f"No exigible: {self._exencion.text}"
        elif exempt:
            text = "No exigible: indique el motivo y pida ver la prueba"
        self._detail_label.setText(text)
        self._detail_label.setVisible(bool(text))

    def _show_field(self, label: QLabel, field: QLineEdit, name: str, asked: Dato | None) -> None:
        wanted = asked is not None and asked is not Dato.NO
        label.setText(f"{name} (opcional)" if asked is Dato.OPCIONAL else name)
        field.setAccessibleName(f"{self.requisito.titulo}: {label.text().lower()}")
        label.setVisible(wanted)
        field.setVisible(wanted)

    # -- the keyboard ------------------------------------------------------------------

    def _focus_field(self) -> None:
        alternative = self.requisito.alternativa(self._document.alternativa)
        if alternative is None:
            return
        if alternative.numero is Dato.OBLIGATORIO and not self._number.text():
            self._number.setFocus(Qt.FocusReason.OtherFocusReason)
        elif alternative.fecha is Dato.OBLIGATORIO and self._date.date is None:
            self._date.setFocus(Qt.FocusReason.OtherFocusReason)

    def _number_finished(self) -> None:
        alternative = self.requisito.alternativa(self._document.alternativa)
        asks_date = alternative is not None and alternative.fecha is not Dato.NO
        if asks_date and self._date.date is None:
            self._date.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.left.emit()

    def _asks_copy(self) -> bool:
        return self.requisito.copia is not Copia.NO

    def _copy_optional(self) -> bool:
        return self.requisito.copia in {Copia.OPCIONAL, Copia.NO}


class _Field(QLineEdit):
    """A field whose Enter goes to the next one: it does not continue the wizard."""

    finished = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() in {"\r", "\n"}:
            event.accept()
            self.finished.emit()
            return
        super().keyPressEvent(event)


def _has_fields(alternative: Alternativa | None) -> bool:
    return alternative is not None and (alternative.numero is not Dato.NO or alternative.fecha is not Dato.NO)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
