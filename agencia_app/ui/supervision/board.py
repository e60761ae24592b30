"""The day's board: figures, the hours, what to review, and every trámite."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day, local
from agencia_app.models.domain.tablero import Filtro, Orden
from agencia_app.ui.messages import sentence
from agencia_app.ui.side_screen import ENTER_KEYS, SideScreen
from agencia_app.ui.sides import Side, key_of
from agencia_app.ui.supervision import revisar, words
from agencia_app.ui.supervision.chart import HourChart
from agencia_app.ui.supervision.figures import Figures
from agencia_app.ui.supervision.filters import Asked, FilterBar
from agencia_app.ui.supervision.grid import Reflow
from agencia_app.ui.supervision.revisar import RevisarPanel
from agencia_app.ui.supervision.table import TramiteTable
from agencia_app.ui.widgets import look
from agencia_app.ui.widgets.buttons import KeyButton
from agencia_app.ui.widgets.card import Card
from agencia_app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from agencia_app.models.domain.tablero import Fila, Resumen
    from agencia_app.ui.cierre_export_card import ExportCard
    from agencia_app.ui.sides import SideDesk
    from agencia_app.ui.widgets.buttons import Role

POLL_MS = 1_000
_SOON_MS = 150  # after the server said that something was recorded: much is, one after another
_MINUTE_MS = 60_000
_LOOKS_A_MINUTE = 60_000 // POLL_MS
_FIRST = 60  # rows that come with the ids
_MARGINS = (28, 18, 28, 12)
_GAP = 12
_CARD = (22, 14, 22, 14)
_PANELS = ((2, 860), (1, 0))  # the chart and the reviews: columns, and the width they need
_SHARES = (8, 7)
_WIDE_ENOUGH, _HIGH_ENOUGH = 1210, 620  # pixels at 100 %, to show everything at once
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


@dataclass(frozen=True)
class _Read:
    """What one question brought, as of ``mark``."""

    mark: int
    today: date
    filtro: Filtro
    ids: list[int]
    filas: dict[int, Fila]
    resumen: Resumen | None  # None where the figures shown are still those


class Board(SideScreen):
    """It stays current by itself. ``opened`` carries the Fila of a trámite that is to be shown whole."""

    opened = Signal(object)

    def __init__(self, desk: SideDesk) -> None:
        super().__init__("Supervisión", "")
        self._desk = desk
        self._mark = -1
        self._days: tuple[date, date] | None = None  # of the figures shown, as of the mark
        self._looks = 0
        self._low = False
        self._leads: list[tuple[KeyButton, str]] = []
        self.exports: ExportCard | None = None
        self._shown_text = ""
        self._open_first = False  # once what is typed was looked for
        self._poll = QTimer(self)
        self._poll.setSingleShot(True)
        self._poll.setInterval(POLL_MS if desk.live is None else _MINUTE_MS)
        self._poll.timeout.connect(self._look)
        self._stale = False  # it could not be read
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._look_now)
        if desk.live is not None:
            desk.live.noticed.connect(self._noticed)
        self._ask(Asked(), Orden(), keep=False)  # it is read while the widgets are made
        self._lay_out()
        self._connect()
        tablero, sesion = desk.services.tablero, desk.sesion
        desk.tasks.run(lambda: tablero.operadores(sesion), self.filters.set_operadores)

    # -- how it is made ----------------------------------------------------------------

    def _lay_out(self) -> None:
        self.title.hide()
        look.spaced(self.column, _MARGINS, _GAP)
        config = self._desk.services.settings
        self.notice = Notice()
        self.figures = Figures()
        self.chart = HourChart(config.abre.hour, config.cierra.hour)
        chart_card = _card("Emisiones por hora")
        chart_card.box.addWidget(self.chart, 1)
        self.filters = FilterBar(config.ventanillas)
        self.table = TramiteTable()
        self.nothing = QLabel()
        self.nothing.setProperty("role", "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        table_card = Card()
        look.spaced(table_card.box, _CARD, 10)
        table_card.box.addWidget(self.filters)
        table_card.box.addWidget(self.table, 1)
        table_card.box.addWidget(self.nothing)
        self.revisar = RevisarPanel(self._desk)
        self._panels = Reflow((chart_card, self.revisar), _PANELS, _SHARES)
        for widget in (self.notice, self.figures, self._panels):
            self.column.addWidget(widget)
        self.column.addWidget(table_card, 1)
        self.back.set_text("Atender")
        self.count = QLabel()
        self.count.setProperty("role", "small")
        self.foot.insertWidget(self.foot.count() - 1, self.count)
        self.export = self._lead("Exportar", "F7", self._ask_export, 1)
        verify = partial(self._desk.ways.side.emit, Side.BITACORA)
        self._lead("Verificar bitácora", key_of(Side.BITACORA), verify, 2)
        tickets = partial(self._desk.ways.side.emit, Side.CORRECCIONES)
        self._lead("Correcciones", key_of(Side.CORRECCIONES), tickets, 3)
        if config.hojas_numeradas:
            self._lead("Hojas", key_of(Side.HOJAS), partial(self._desk.ways.side.emit, Side.HOJAS), 3)
        close = partial(self._desk.ways.side.emit, Side.CIERRE)
        self.close_day = self._lead("Cerrar el día", key_of(Side.CIERRE), close, self.foot.count(), "primary")

    def _lead(
        self, text: str, key: str, act: Callable[[], None], place: int, role: Role = "secondary"
    ) -> KeyButton:
        """Put a button in the footer, at a place of it."""
        button = KeyButton(text, key, role)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(act)
        self.foot.insertWidget(place, button)
        self._leads.append((button, text))
        return button

    def _connect(self) -> None:
        self.filters.search.installEventFilter(self)
        self.filters.changed.connect(self._asked)
        self.table.sorted.connect(self._asked)
        self.table.opened.connect(self.opened)
        self.table.tramites.wanted.connect(self._fetch)
        self.revisar.changed.connect(self._refresh)
        self.revisar.left.connect(self.focus_first)
        self.revisar.focused.connect(self._show_revisar)

    # -- what is read ------------------------------------------------------------------

    def _ask(self, asked: Asked, orden: Orden, *, keep: bool) -> None:
        """Read what is asked for; ``keep`` leaves the table where it is."""
        tablero, sesion = self._desk.services.tablero, self._desk.sesion
        days = None if keep else self._days

        def read() -> _Read:
            mark = tablero.mark(sesion)
            today = tablero.hoy(sesion)
            filtro = asked.on(today)
            ids = tablero.ids(sesion, filtro, orden)
            rows = tablero.filas(sesion, ids[:_FIRST])
            told = (filtro.desde, filtro.hasta) == days
            resumen = None if told else tablero.resumen(sesion, filtro.desde, filtro.hasta)
            return _Read(mark, today, filtro, ids, rows, resumen)

        def show(found: _Read) -> None:
            self._show(found, keep=keep)

        self._poll.stop()
        self._desk.tasks.latest("tablero", read, show, self._failed)

    def _asked(self) -> None:
        self._ask(self.filters.asked(), self.table.orden, keep=False)

    def _refresh(self) -> None:
        self._ask(self.filters.asked(), self.table.orden, keep=True)

    def _look(self) -> None:
        """See whether anything was done since; once a minute the last hour is another one."""
        self._looks += 1
        if self._desk.live is None and self._looks % _LOOKS_A_MINUTE:
            self._look_now()
        else:
            self._refresh()

    def _look_now(self) -> None:
        tablero, sesion = self._desk.services.tablero, self._desk.sesion
        self._desk.tasks.latest("tablero marca", lambda: tablero.mark(sesion), self._marked, self._failed)

    def _noticed(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _marked(self, mark: int) -> None:
        if mark != self._mark or self._stale:
            self._refresh()
        elif self.isVisible() and not self._poll.isActive():
            self._poll.start()

    def _fetch(self, ids: Sequence[int]) -> None:
        tablero, sesion = self._desk.services.tablero, self._desk.sesion
        rows = self.table.tramites
        self._desk.tasks.latest(
            "tablero filas", lambda: tablero.filas(sesion, ids), rows.take, self._fetch_failed
        )

    def _fetch_failed(self, error: Exception) -> None:
        self.table.tramites.give_up()
        self._failed(error)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self._stale = True
        self.notice.show_text("error", escape(sentence(error)))
        if self.isVisible():
            self._poll.start()

    # -- what is shown -----------------------------------------------------------------

    def _show(self, found: _Read, *, keep: bool) -> None:
        self._stale = False
        self.notice.clear()
        filtro = found.filtro
        one_day = filtro.desde == filtro.hasta
        self.filters.show_today(found.today)
        if found.resumen is not None:
            self._mark = found.mark
            self._days = (filtro.desde, filtro.hasta)
            today = filtro.desde <= found.today <= filtro.hasta
            looked = self.revisar.looked_at(filtro.desde, filtro.hasta)
            self.figures.show_resumen(found.resumen, today=today, one_day=one_day, looked=looked)
            self.chart.show_counts(found.resumen.por_hora)
            self.revisar.show_days(filtro.desde, filtro.hasta)
        elsewhere = any(local(each.hora).date() != filtro.desde for each in found.filas.values())
        self.table.show_ids(found.ids, found.filas, dated=not one_day or elsewhere, keep=keep)
        self.count.setText(words.plural(len(found.ids), "trámite", "trámites"))
        self.nothing.setText("" if found.ids else _nothing(filtro))
        self.nothing.setVisible(not found.ids)
        self._shown_text = filtro.texto
        if self._open_first:
            self._open_first = False
            self.table.open_first()
        if self.isVisible():
            self._poll.start()

    def focus_first(self) -> None:
        """Put the focus in the search field: a recibo may be scanned at once."""
        self.filters.search.setFocus()
        self.filters.search.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the table before the panels, and make the figures small, where it would be out of sight."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._arrange()

    def _arrange(self) -> None:
        if not self.isVisible():  # nor has it its size yet: dressing the cards twice would be felt
            return
        low = self.height() < look.px(_HIGH_ENOUGH) or self.width() < look.px(_WIDE_ENOUGH)
        if low != self._low:
            self._low = low
            self.figures.set_small(small=low)
            self.column.removeWidget(self._panels)
            self.column.insertWidget(self.column.count() - (0 if low else 1), self._panels)
        self._fit_footer()

    def _fit_footer(self) -> None:
        """Leave out the count, and then the words of the buttons, where there is no room for them."""
        for step in range(3):
            self.count.setVisible(step == 0)
            for button, text in self._leads:
                brief = step > 1 and button is not self.close_day
                button.setText("" if brief else text)
                button.setToolTip(text if brief else "")
                button.updateGeometry()
            self.foot.invalidate()
            if self.foot.sizeHint().width() <= self.width():
                return

    def _show_revisar(self) -> None:
        self.area.ensureWidgetVisible(self.revisar)

    def return_focus(self) -> None:
        """Give the focus back to the table, where a trámite was opened, or to the search."""
        (self.table if self.table.chosen is not None else self.filters.search).setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at once whether anything was done meanwhile."""
        super().showEvent(event)
        self._arrange()
        if self._mark >= 0:
            self._look_now()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask nothing that nobody sees."""
        super().hideEvent(event)
        self._poll.stop()
        self._soon.stop()

    # -- keys --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows in the field choose in the table below it."""
        if watched is self.filters.search and event.type() == QEvent.Type.KeyPress:
            by = _STEPS.get(Qt.Key(cast("QKeyEvent", event).key()))
            if by is not None:
                self.table.step(by)
                return True
        return super().eventFilter(watched, event)

    def take_key(self, event: QKeyEvent) -> bool:
        """Enter opens the trámite; F6 goes to the reviews, F7 exports, Ctrl+F goes to the search."""
        if event.key() in ENTER_KEYS:
            focused = QApplication.focusWidget()
            if isinstance(focused, QAbstractButton):
                focused.click()
            elif focused is self.filters.search:
                self._open_found()
            return True
        if event.key() == revisar.KEY:
            self.revisar.focus_first()
            return True
        if event.key() == Qt.Key.Key_F7:
            self.export.click()
            return True
        if event.matches(QKeySequence.StandardKey.Find):
            self.focus_first()
            return True
        return False

    def _open_found(self) -> None:
        """Open the trámite chosen or the first; one that is still looked for once it is found."""
        if self.filters.search.text().strip() == self._shown_text:
            self.table.open_first()
        else:
            self._open_first = True
            self.filters.hurry()

    def go_back(self) -> None:
        """Take back the question that is up, then the search, and then go on to the wizard."""
        if self.exports is not None and self.exports.isVisible():
            if self.exports.running:
                self.exports.cancel()
            else:
                self.exports.hide()
                self.focus_first()
        elif not self.filters.clear():
            self.closed.emit()

    def cancel(self) -> None:
        """Stop an export, because the session ends."""
        if self.exports is not None:
            self.exports.cancel()

    def _ask_export(self) -> None:
        """Ask which days to export, those shown at first; asked again, begin."""
        if self.exports is None:
            from agencia_app.ui.cierre_export_card import ExportCard  # noqa: PLC0415 - few open it

            self.exports = ExportCard(self._desk)
            self.exports.hide()
            self.column.insertWidget(0, self.exports)
        if self.exports.isVisible():
            self.exports.start.click()
            return
        filtro = self.filters.asked().filtro
        self.exports.desde.set_date(filtro.desde)
        self.exports.hasta.set_date(filtro.hasta)
        self.exports.show()
        self.area.ensureVisible(0, 0)
        self.exports.desde.setFocus()


def _card(title: str) -> Card:
    card = Card()
    look.spaced(card.box, _CARD, 6)
    heading = QLabel(title)
    heading.setProperty("role", "strong")
    card.box.addWidget(heading)
    return card


def _nothing(filtro: Filtro) -> str:
    """Say why there is no row, and what to do."""
    if numeros.kind_of(filtro.texto) is not None:
        try:
            numeros.validate(filtro.texto)
        except KnownError as error:
            return sentence(error)
    days = day(filtro.desde) if filtro.desde == filtro.hasta else f"{day(filtro.desde)} a {day(filtro.hasta)}"
    if filtro == Filtro(filtro.desde, filtro.hasta):
        return f"No hay trámites del {days}."
    return f"Nada coincide, del {days}. Quite algún filtro o cambie los días."
