"""Is this recibo genuine: scan it, type its number or give its PDF, and read one large answer."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from agencia_app.models.domain import fechas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.permisos import Permiso, may
from agencia_app.models.domain.sello import ESTADO_TEXT, EstadoRecibo, Resultado
from agencia_app.ui.file_dialog import open_file_dialog
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.supervision.anular import AnularPane
from agencia_app.ui.widgets import drawing, look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.notice import Notice
from agencia_app.ui.widgets.sign import Sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from agencia_app.ui.sides import SideDesk

_LINE = (
    "Pase el código QR o el código de barras por el lector, escriba el número, o suelte aquí el PDF. "
    "No se muestra de quién es el recibo."
)
# The sign beside the word, and the colours: what each answer asks of the person who reads it.
_KINDS = {
    EstadoRecibo.AUTENTICO: ("done", "done"),
    EstadoRecibo.ALTERADO: ("wrong", "error"),
    EstadoRecibo.ANULADO: ("wrong", "error"),
    EstadoRecibo.SUSTITUIDO: ("missing", "missing"),
    EstadoRecibo.DESCONOCIDO: ("unknown", "unknown"),
}
_LONGEST = 1000  # characters taken from a scanner: a seal has 198


class VerificarScreen(SideScreen):
    """One field and one answer. The field is ready for the next scan at once."""

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Verificar un recibo", _LINE)
        self.setAcceptDrops(True)
        self._desk = desk
        self._recibo: str | None = None  # the one answered about, where it can be voided
        self.field = QLineEdit()
        self.field.setProperty("large", True)
        self.field.setMaxLength(_LONGEST)
        self.field.setPlaceholderText("Código o número del recibo")
        self.field.setAccessibleName("Código o número del recibo")
        self.field.setAcceptDrops(False)  # the whole screen takes what is dropped
        self.choose = KeyButton("Elegir PDF", "F6")
        self.choose.clicked.connect(self._choose)
        self.verify = KeyButton("Verificar", drawing.ENTER, "primary")
        self.verify.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.verify.clicked.connect(self._verify)
        row = look.spaced(QHBoxLayout(), spacing=12)
        row.addWidget(self.field, 1)
        row.addWidget(self.choose)
        self.answer = Answer()
        self.column.addLayout(row)
        self.column.addWidget(self.answer)
        self.notice = Notice()
        self.pane = AnularPane(desk, second=False)
        self.pane.hide()
        self.pane.settled.connect(self._asked)
        self.pane.left.connect(self._leave_pane)
        self.column.addWidget(self.notice)
        self.column.addWidget(self.pane)
        self.column.addStretch(1)
        self.annul = KeyButton("Pedir anulación", "F7")
        self.annul.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.annul.clicked.connect(self._open_pane)
        self.annul.hide()
        self.foot.addWidget(self.annul)
        self.foot.addWidget(self.verify)

    def focus_first(self) -> None:
        """Select the field: the next scan takes the place of the last."""
        self.field.setFocus()
        self.field.selectAll()

    def take_key(self, event: QKeyEvent) -> bool:
        """Verify with Enter, choose a PDF with F6, ask for a voiding with F7."""
        if event.key() in ENTER_KEYS:
            self._enter(QApplication.focusWidget())
        elif event.key() == Qt.Key.Key_F6:
            self.choose.click()
        elif event.key() == Qt.Key.Key_F7 and self.annul.isVisible():
            self.annul.click()
        else:
            return False
        return True

    def _enter(self, focused: QWidget | None) -> None:
        """Verify, unless the focus is on another button or in the question that is up."""
        if focused in {self.choose, self.annul} or (
            isinstance(focused, QAbstractButton) and self.pane.isAncestorOf(focused)
        ):
            focused.click()
        elif focused is not None and self.pane.isAncestorOf(focused):
            self.pane.take_enter()
        else:
            self.verify.click()

    def go_back(self) -> None:
        """Leave the question that is up, or the screen."""
        if self.pane.isVisible():
            self._leave_pane()
        else:
            self.closed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take a file."""
        if _local_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Verify the file that was dropped."""
        path = _local_file(event)
        if path is not None:
            event.acceptProposedAction()
            self._verify_pdf(path)

    def _verify(self) -> None:
        # Selected before it is answered: the next scan may begin while this one is looked up.
        self.focus_first()
        text = self.field.text()
        verificacion = self._desk.services.verificacion
        self._ask(lambda: verificacion.verify(text))

    def _verify_pdf(self, file: str) -> None:
        self.field.setText(Path(file).name)
        self.focus_first()
        verificacion = self._desk.services.verificacion
        self._ask(lambda: verificacion.verify_pdf(Path(file)))

    def _open_pane(self) -> None:
        self.notice.clear()
        if self._recibo is not None:
            self.annul.hide()
            self.pane.open(self._recibo)
            self.area.ensureWidgetVisible(self.pane)

    def _leave_pane(self) -> None:
        self.pane.hide()
        self.annul.setVisible(self._recibo is not None and may(self._desk.sesion, Permiso.ATENDER))
        self.focus_first()

    def _asked(self, said: str) -> None:
        self._leave_pane()
        self.notice.show_text("done", escape(said))

    def _ask(self, call: Callable[[], Resultado]) -> None:
        self.notice.clear()
        self.pane.hide()
        self.annul.hide()
        self.answer.show_waiting()
        self._desk.tasks.latest("verificar", call, self._show, self._failed)

    def _show(self, result: Resultado) -> None:
        self.answer.show_result(result)
        voidable = result.estado in {EstadoRecibo.AUTENTICO, EstadoRecibo.SUSTITUIDO}
        self._recibo = result.recibo if voidable else None
        self.annul.setVisible(voidable and may(self._desk.sesion, Permiso.ATENDER))
        self.area.ensureWidgetVisible(self.answer)

    def _failed(self, error: Exception) -> None:
        self.answer.clear()
        if not isinstance(error, KnownError):
            raise error
        self.answer.show_error(sentence(error))

    def _choose(self) -> None:
        dialog = open_file_dialog(
            self, "Elegir el PDF del recibo", ["Recibos (*.pdf)", "Todos los archivos (*)"]
        )
        dialog.fileSelected.connect(self._verify_pdf)


class Answer(QFrame):
    """The answer: a sign, one word, what it means, and what to compare with the paper."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answer")
        self._sign = Sign(72)
        self._word = QLabel()
        self._word.setObjectName("answerWord")
        self._sentence = QLabel()
        self._sentence.setProperty("role", "large")
        self._sentence.setWordWrap(True)
        self._facts = QLabel()
        self._facts.setObjectName("answerFacts")
        self._facts.setWordWrap(True)
        self._facts.setTextFormat(Qt.TextFormat.RichText)
        words = look.spaced(QVBoxLayout(), spacing=8)
        words.addWidget(self._word)
        words.addWidget(self._sentence)
        words.addWidget(self._facts)
        row = look.spaced(QHBoxLayout(self), (30, 26, 30, 28), 26)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.clear()

    @property
    def text(self) -> str:
        """Everything it says, as a screen reader says it."""
        return self.accessibleName()

    @property
    def word(self) -> str:
        """The answer in one word, empty when there is none."""
        return "" if self.isHidden() else self._word.text()

    def clear(self) -> None:
        """Say nothing."""
        self.setAccessibleName("")
        self.hide()

    def show_waiting(self) -> None:
        """Say that it is being looked up: what was answered before is of another recibo."""
        self._fill("info", "", "Verificando…", "", "")

    def show_error(self, text: str) -> None:
        """Say why nothing could be looked up."""
        self._fill("error", "unknown", "Sin respuesta", text, "")

    def show_result(self, result: Resultado) -> None:
        """Show what verifying answered."""
        sign, kind = _KINDS[result.estado]
        word = ESTADO_TEXT[result.estado].upper()
        self._fill(sign, kind, word, sentence(result.explanation), _facts(result))

    def _fill(self, sign: str, kind: str, word: str, text: str, facts: str) -> None:
        self._sign.set_kind(sign)
        self._word.setText(word)
        self._sentence.setText(text)
        self._facts.setText(facts)
        self._sentence.setVisible(bool(text))
        self._facts.setVisible(bool(facts))
        self.setProperty("kind", kind)
        for each in (self, self._word, self._sentence, self._facts):
            look.restyle(each)
        self.setAccessibleName(" ".join(part for part in (f"{word}.", text, look.plain(facts)) if part))
        self.show()
        if kind and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.accessibleName()))


def _facts(result: Resultado) -> str:
    if result.recibo is None:
        return ""
    facts = [("Recibo n.º", numeros.shown(result.recibo))]
    if result.emitido_en is not None:
        facts += [("Emitido", fechas.moment(result.emitido_en)), ("Ventanilla", str(result.ventanilla))]
    return " &nbsp; ".join(
        f"{name}&nbsp;<b>{escape(value).replace(' ', '&nbsp;')}</b>" for name, value in facts
    )


def _local_file(event: QDropEvent) -> str | None:
    urls = event.mimeData().urls()
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else None
