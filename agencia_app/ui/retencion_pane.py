"""*Retención*: what is kept too long, purging it after a second question, and who is held back."""

from __future__ import annotations

import time
from enum import Enum, auto
from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
)

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.autorizacion import REASON_LENGTH
from agencia_app.models.domain.fechas import day, moment, number
from agencia_app.models.domain.retencion import CLASE_TEXT, Excepcion, Vencido
from agencia_app.ui.bitacora_pane import Pane, duration, field, press, say_known, two_line_list
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.two_lines import DETAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agencia_app.ui.sides import SideDesk
    from agencia_app.ui.widgets.buttons import Role

_VALUE = Qt.ItemDataRole.UserRole
_TOLD_SECONDS = 0.1
_STEPS = 1000
_LONGEST = 20
_HELD_SHOWN = 4


class _Doing(Enum):
    LOOKING = auto()
    ASKING = auto()  # whether to purge, once more
    PURGING = auto()
    HOLDING = auto()
    LIFTING = auto()


_PRIMARY: dict[_Doing, tuple[str, Role]] = {
    _Doing.LOOKING: ("Depurar", "primary"),
    _Doing.ASKING: ("Sí, depurar", "danger"),
    _Doing.PURGING: ("Depurando…", "primary"),
    _Doing.HOLDING: ("Exceptuar", "primary"),
    _Doing.LIFTING: ("Levantar la excepción", "primary"),
}


class RetencionPane(Pane):
    """The kinds of data and the exceptions; one thing at a time is done below them."""

    title = "Retención"
    line = (
        "Lo que ya cumplió el tiempo que se guarda. Depurarlo es para siempre; las claves, los recibos y los días "
        "cerrados no se tocan, y la bitácora sigue verificándose."
    )
    _told = Signal(int, int)

    def __init__(self, desk: SideDesk) -> None:
        super().__init__()
        self._desk = desk
        self._doing = _Doing.LOOKING
        self._busy = False
        self._cancelled = False
        self._began = 0.0
        self.notice = Notice()
        self.due = two_line_list("Datos y su tiempo")
        self.due.currentRowChanged.connect(self.changed)
        self.held = two_line_list("Personas exceptuadas")
        self.held.currentRowChanged.connect(self._show_state)
        self.hold = KeyButton("Exceptuar a una persona", "F6")
        self.hold.clicked.connect(lambda: self._do(_Doing.HOLDING))
        self.lift = KeyButton("Levantar la excepción", "F7")
        self.lift.clicked.connect(lambda: self._do(_Doing.LIFTING))
        self._make_lists()
        self._make_doings()
        column = look.spaced(QVBoxLayout(self), (0, 0, 0, 0), 14)
        for each in (self.notice, self.lists, self.question, self.progress, self.form):
            column.addWidget(each)
        self._told.connect(self._show_progress)
        self._do(_Doing.LOOKING)

    # -- how it is made ----------------------------------------------------------------

    def _make_lists(self) -> None:
        self.lists = Card()
        self.nobody = QLabel(
            "Nadie está exceptuado: un reclamo o un juicio obliga a guardar los datos de alguien."
        )
        self.nobody.setProperty("role", "muted")
        self.nobody.setWordWrap(True)
        buttons = look.spaced(QHBoxLayout(), spacing=12)
        buttons.addWidget(self.hold)
        buttons.addWidget(self.lift)
        buttons.addStretch(1)
        box = self.lists.box
        box.addWidget(field("Datos", self.due))
        box.addWidget(self.due)
        box.addSpacing(look.px(8))
        box.addWidget(field("Exceptuados de la depuración", self.held))
        box.addWidget(self.nobody)
        box.addWidget(self.held)
        box.addLayout(buttons)

    def _make_doings(self) -> None:
        self.question = Card()
        self.question.set_kind("stop")
        self.asked = QLabel()
        self.asked.setWordWrap(True)
        self.asked.setTextFormat(Qt.TextFormat.RichText)
        self.question.box.addWidget(self.asked)
        self.progress = Card()
        self.count = QLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Avance de la depuración")
        self.progress.box.addWidget(self.count)
        self.progress.box.addWidget(self.bar)
        self.form = Card()
        self.who = QLabel()
        self.who.setProperty("role", "heading")
        self.who.setWordWrap(True)
        self.cedula = QLineEdit()
        self.cedula.setMaxLength(_LONGEST)
        self.cedula.setPlaceholderText("Diez dígitos")
        self.cedula.setAccessibleName("Cédula de la persona")
        self.cedula_label = field("Cédula", self.cedula)
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_LENGTH)
        self.reason.setAccessibleName("Motivo")
        for each in (self.who, self.cedula_label, self.cedula, field("Motivo", self.reason), self.reason):
            self.form.box.addWidget(each)
        for edit in (self.cedula, self.reason):
            edit.textChanged.connect(self.changed)

    # -- what the screen asks of it ----------------------------------------------------

    @property
    def primary(self) -> tuple[str, Role, bool]:
        """What is to be done next."""
        text, role = _PRIMARY[self._doing]
        ready = not self._busy
        if self._doing is _Doing.LOOKING:
            chosen = self._vencido
            ready = ready and chosen is not None and chosen.cuantos > 0
        elif self._doing in {_Doing.HOLDING, _Doing.LIFTING}:
            wanted = (self.reason,) if self._doing is _Doing.LIFTING else (self.cedula, self.reason)
            ready = ready and all(each.text().strip() for each in wanted)
        return text, role, ready

    @property
    def way_out(self) -> str:
        """Esc leaves what is being done, and stops a purge."""
        return {_Doing.LOOKING: "Volver", _Doing.PURGING: "Detener"}.get(self._doing, "Cancelar")

    def focus_first(self) -> None:
        """Bring the lists up to date, with the focus where the next key goes."""
        if self._doing is _Doing.LOOKING:
            self._load()
        self._focus()

    def step_back(self) -> bool:
        """Leave what is being done; a purge stops after the present batch."""
        if self._doing is _Doing.LOOKING:
            return False
        if self._doing is _Doing.PURGING:
            self.cancel()
        else:
            self._do(_Doing.LOOKING)
        return True

    def cancel(self) -> None:
        """Stop a purge after the present batch. The rest is due the next time."""
        self._cancelled = True

    def take_key(self, event: QKeyEvent) -> bool:
        """F6 holds somebody back, F7 lifts the one chosen."""
        if self._doing is not _Doing.LOOKING:
            return False
        if event.key() == Qt.Key.Key_F6:
            return press(self.hold)
        return event.key() == Qt.Key.Key_F7 and press(self.lift)

    def act(self) -> None:
        """Do what the main button says."""
        if self._busy:
            return
        {
            _Doing.LOOKING: lambda: self._do(_Doing.ASKING),
            _Doing.ASKING: self._purge,
            _Doing.PURGING: lambda: None,
            _Doing.HOLDING: self._hold,
            _Doing.LIFTING: self._lift,
        }[self._doing]()

    # -- what is shown -----------------------------------------------------------------

    @property
    def _vencido(self) -> Vencido | None:
        return cast("Vencido", self.due.currentItem().data(_VALUE)) if self.due.currentRow() >= 0 else None

    @property
    def _excepcion(self) -> Excepcion | None:
        if self.held.currentRow() < 0:
            return None
        return cast("Excepcion", self.held.currentItem().data(_VALUE))

    def _do(self, doing: _Doing) -> None:
        self._doing = doing
        if doing is not _Doing.LOOKING:
            self.notice.clear()
        self.lists.setVisible(doing is _Doing.LOOKING)
        self.question.setVisible(doing is _Doing.ASKING)
        self.progress.setVisible(doing is _Doing.PURGING)
        self.form.setVisible(doing in {_Doing.HOLDING, _Doing.LIFTING})
        if doing is _Doing.ASKING and self._vencido is not None:
            self.asked.setText(_question(self._vencido))
            self.question.setAccessibleName(look.plain(self.asked.text()))
        if doing in {_Doing.HOLDING, _Doing.LIFTING}:
            self._begin_form()
        self._show_state()
        self._focus()

    def _begin_form(self) -> None:
        lifting, chosen = self._doing is _Doing.LIFTING, self._excepcion
        self.cedula.clear()
        self.reason.clear()
        self.cedula.setVisible(not lifting)
        self.cedula_label.setVisible(not lifting)
        if lifting and chosen is not None:
            self.who.setText(f"Levantar la excepción de {_name(chosen)}")
            self.reason.setPlaceholderText("Por qué ya se puede depurar, como «sentencia en firme»")
        else:
            self.who.setText("Exceptuar a una persona")
            self.reason.setPlaceholderText("Por qué se guardan sus datos, como «reclamo 123-2026»")

    def _focus(self) -> None:
        if self._doing is _Doing.HOLDING:
            self.cedula.setFocus()
        elif self._doing is _Doing.LIFTING:
            self.reason.setFocus()
        elif self._doing is _Doing.LOOKING:
            self.due.setFocus()
        else:
            self.setFocus()

    def _show_state(self) -> None:
        self.lift.setEnabled(self._excepcion is not None)
        self.changed.emit()

    def _load(self) -> None:
        retencion, sesion = self._desk.services.retencion, self._desk.sesion
        self._desk.tasks.latest(
            "retencion", lambda: (retencion.due(), retencion.held(sesion)), self._show, self._failed
        )

    def _show(self, found: tuple[Sequence[Vencido], Sequence[Excepcion]]) -> None:
        due, held = found
        _fill(self.due, [(CLASE_TEXT[each.clase], _due_detail(each), each) for each in due], len(due))
        _fill(self.held, [(_name(each), _held_detail(each), each) for each in held], _HELD_SHOWN)
        self.nobody.setVisible(not held)
        self._show_state()

    # -- acting ------------------------------------------------------------------------

    def _purge(self) -> None:
        vencido = self._vencido
        if vencido is None:
            return
        self._busy, self._cancelled, self._began = True, False, time.monotonic()
        self.bar.setValue(0)
        self.count.setText("Depurando…")
        self._do(_Doing.PURGING)
        retencion, sesion = self._desk.services.retencion, self._desk.sesion
        told = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= _TOLD_SECONDS:
                told = now
                self._told.emit(done, total)

        self._desk.tasks.run(
            lambda: retencion.purge(sesion, vencido, tell, lambda: self._cancelled),
            lambda done: self._done(_purged(vencido, done)),
            self._failed,
            self,
        )

    def _show_progress(self, done: int, total: int) -> None:
        if self._doing is not _Doing.PURGING or not total:
            return
        self.bar.setValue(round(done / total * _STEPS))
        left = (time.monotonic() - self._began) / max(done, 1) * (total - done)
        tail = f" · quedan {duration(left)}" if done < total else ""
        self.count.setText(f"{number(done)} de {number(total)}{tail}")

    def _hold(self) -> None:
        retencion, sesion = self._desk.services.retencion, self._desk.sesion
        cedula, reason = self.cedula.text(), self.reason.text()
        self._run(
            lambda: retencion.hold(sesion, cedula, reason), "Los datos de esa persona quedan exceptuados."
        )

    def _lift(self) -> None:
        chosen = self._excepcion
        if chosen is None:
            return
        retencion, sesion, reason = self._desk.services.retencion, self._desk.sesion, self.reason.text()
        self._run(lambda: retencion.lift(sesion, chosen.cedula, reason), "La excepción quedó levantada.")

    def _run(self, call: Callable[[], None], said: str) -> None:
        self._busy = True
        self.changed.emit()
        self._desk.tasks.run(call, lambda _: self._done(said), self._failed, self)

    def _done(self, said: str) -> None:
        self._busy = False
        self._do(_Doing.LOOKING)
        self._load()
        self.notice.show_text("done", escape(said))

    def _failed(self, error: Exception) -> None:
        self._busy = False
        if self._doing in {_Doing.ASKING, _Doing.PURGING}:
            self._do(_Doing.LOOKING)
            self._load()
        else:
            self.changed.emit()
        say_known(self.notice, error)


def _fill(widget: QListWidget, rows: Sequence[tuple[str, str, object]], shown: int) -> None:
    """Show rows of two lines, ``shown`` of them at once, with the one that was chosen chosen."""
    before = widget.currentRow()
    widget.clear()
    for text, detail, value in rows:
        item = QListWidgetItem(text)
        item.setData(DETAIL, detail)
        item.setData(_VALUE, value)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}, {detail}")
        widget.addItem(item)
    widget.setCurrentRow(min(max(before, 0), len(rows) - 1))
    widget.setVisible(bool(rows))
    height = min(len(rows), shown) * widget.sizeHintForRow(0) + 2 * widget.frameWidth() + 2 if rows else 0
    widget.setFixedHeight(height)


def _name(excepcion: Excepcion) -> str:
    return f"{excepcion.nombre or 'No está en el padrón'} · {cedulas.mask(excepcion.cedula)}"


def _held_detail(excepcion: Excepcion) -> str:
    return f"{excepcion.motivo} · {excepcion.puesta_por}, {moment(excepcion.puesta_en)}"


def _due_detail(vencido: Vencido) -> str:
    kept = f"se guardan {number(vencido.dias)} días"
    if not vencido.cuantos and not vencido.exceptuados:
        return f"Nada por depurar · {kept}"
    held = f" y {_held(vencido)}" if vencido.exceptuados else ""
    return f"{number(vencido.cuantos)} por depurar{held}, de antes del {day(vencido.hasta)} · {kept}"


def _held(vencido: Vencido) -> str:
    return f"{number(vencido.exceptuados)} exceptuado{'' if vencido.exceptuados == 1 else 's'}"


def _question(vencido: Vencido) -> str:
    held = f" Sin contar {_held(vencido)}." if vencido.exceptuados else ""
    return (
        f"<b>¿Depurar {number(vencido.cuantos)}? {CLASE_TEXT[vencido.clase]}, de antes del {day(vencido.hasta)}.</b>"
        f"<br>No se pueden recuperar.{held} La bitácora dirá que lo hizo usted."
    )


def _purged(vencido: Vencido, done: int) -> str:
    text = f"{CLASE_TEXT[vencido.clase]}: se depuraron {number(done)}."
    return text if done >= vencido.cuantos else f"{text} El resto queda para otra vez."
