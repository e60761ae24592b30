"""Verifying the bitácora: its progress, what came of it, and a printed head to compare."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QProgressBar, QVBoxLayout

from agencia_app.models.domain.fechas import number
from agencia_app.models.domain.rotura import ROTURA_TEXT
from agencia_app.ui.bitacora_pane import Pane, duration, field, say_known
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from agencia_app.services.bitacora_verify import Verification
    from agencia_app.ui.sides import SideDesk
    from agencia_app.ui.widgets.buttons import Role

_TOLD_SECONDS = 0.1  # progress is shown this often at most: the window has other things to draw
_STEPS = 1000
_GROUP = 8  # characters of a head together, as the certificate prints it
_LONGEST = 120


class VerifyPane(Pane):
    """A walk over the whole chain. Esc stops it."""

    title = "Bitácora"
    line = (
        "Cada cosa que se hace queda en una fila sellada sobre la anterior. Verificarla la recorre entera y dice "
        "si alguien cambió, quitó o puso alguna."
    )
    _told = Signal(int, int)  # rows and total, from the worker

    def __init__(self, desk: SideDesk) -> None:
        super().__init__()
        self._desk = desk
        self._running = False
        self._cancelled = False
        self._began = 0.0
        self.head = QLineEdit()
        self.head.setMaxLength(_LONGEST)
        self.head.setPlaceholderText("Si tiene un certificado de cierre: los primeros 16 caracteres, o todos")
        self.head.setAccessibleName("Huella impresa en un certificado de cierre")
        card = Card()
        card.box.addWidget(field("Huella impresa en un certificado", self.head))
        card.box.addWidget(self.head)
        self.count = QLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Avance de la verificación")
        self.progress = Card()
        self.progress.box.addWidget(self.count)
        self.progress.box.addWidget(self.bar)
        self.notice = Notice()
        self.result = QLabel()
        self.result.setTextFormat(Qt.TextFormat.RichText)
        self.result.setWordWrap(True)
        self.result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.result.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.found = Card()
        self.found.box.addWidget(field("Huella de ahora"))
        self.found.box.addWidget(self.result)
        column = look.spaced(QVBoxLayout(self), (0, 0, 0, 0), 14)
        for each in (card, self.progress, self.notice, self.found):
            column.addWidget(each)
        self.progress.hide()
        self.found.hide()
        self._told.connect(self._show_progress)

    @property
    def primary(self) -> tuple[str, Role, bool]:
        """To begin; while it walks there is nothing but to wait or stop."""
        return "Verificar bitácora", "primary", not self._running

    @property
    def way_out(self) -> str:
        """Esc stops a walk."""
        return "Detener" if self._running else "Volver"

    def focus_first(self) -> None:
        """Put the focus in the field."""
        self.head.setFocus()
        self.head.selectAll()

    def step_back(self) -> bool:
        """Stop a walk."""
        if not self._running:
            return False
        self.cancel()
        return True

    def cancel(self) -> None:
        """Stop after the present thousands of rows."""
        self._cancelled = True

    def act(self) -> None:
        """Walk the chain."""
        if self._running:
            return
        self.notice.clear()
        self.found.hide()
        self._running, self._cancelled, self._began = True, False, time.monotonic()
        self.bar.setValue(0)
        self.count.setText("Leyendo la bitácora…")
        self.progress.show()
        self.head.setEnabled(False)
        self.changed.emit()
        auditoria, sesion = self._desk.services.auditoria, self._desk.sesion
        typed = self.head.text().strip() or None
        told = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= _TOLD_SECONDS:
                told = now
                self._told.emit(done, total)

        self._desk.tasks.run(
            lambda: auditoria.verify(sesion, typed, tell, lambda: self._cancelled),
            self._finished,
            self._failed,
        )

    def _show_progress(self, done: int, total: int) -> None:
        if not self._running or not total:
            return
        self.bar.setValue(round(done / total * _STEPS))
        left = (time.monotonic() - self._began) / max(done, 1) * (total - done)
        tail = f" · quedan {duration(left)}" if done < total else ""
        self.count.setText(f"{number(done)} de {number(total)} filas{tail}")

    def _finished(self, found: Verification) -> None:
        self._stop()
        self._say(found)
        self.found.setVisible(found.whole)
        if found.whole:
            groups = " ".join(found.head[at : at + _GROUP] for at in range(0, len(found.head), _GROUP))
            self.result.setText(f"<b>{groups}</b>")
            self.found.setAccessibleName(f"Huella de ahora: {groups}")

    def _say(self, found: Verification) -> None:
        rows = number(found.rows)
        if found.stopped:
            text = f"Se detuvo. Las primeras {rows} filas están íntegras; de las demás no se sabe."
            self.notice.show_text("info", text)
        elif found.rotura is not None:
            named = escape(ROTURA_TEXT[found.rotura].format(fila=number(found.broken or 0)))
            self.notice.show_text(
                "error",
                f"<b>Bitácora rota.</b> {named} Las {rows} filas anteriores están íntegras. Guarde una copia de la "
                "base de datos y avise a la auditoría antes de seguir.",
            )
        elif found.foreign:
            self.notice.show_text(
                "error",
                f"<b>No es la bitácora del certificado.</b> Sus {rows} filas cuadran entre sí, pero ninguna tiene "
                "esa huella. Compare lo escrito con el papel; si es igual, alguien la rehízo: avise a la auditoría.",
            )
        else:
            at = found.compared
            same = "" if at is None else f" La huella del certificado es la de la fila {number(at)}."
            self.notice.show_text(
                "done", f"<b>Bitácora íntegra.</b> {rows} filas, ninguna cambiada ni quitada.{same}"
            )

    def _failed(self, error: Exception) -> None:
        self._stop()
        say_known(self.notice, error)

    def _stop(self) -> None:
        self._running = False
        self.progress.hide()
        self.head.setEnabled(True)
        self.focus_first()
        self.changed.emit()
