"""The table of trámites: sorted by any column, smooth at any length, and still where one left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from agencia_app.models.domain.tablero import Columna, EstadoFila, Orden
from agencia_app.ui.supervision import words
from agencia_app.ui.supervision.model import COLUMNS, TramiteModel
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtCore import QEvent

    from agencia_app.models.domain.tablero import Fila
    from agencia_app.ui.supervision.model import Index

LEAST_ROWS = 4
_ROW = 38
# Widths in pixels at 100 %; the person takes the rest, and at least this much.
_WIDTHS = {
    Columna.HORA: 74,
    Columna.RECIBO: 186,
    Columna.CALIDAD: 112,
    Columna.VENTANILLA: 106,
    Columna.OPERADOR: 118,
    Columna.DOCUMENTOS: 176,
    Columna.ESTADO: 184,
}
_DATED = 124
_PERSON_LEAST = 200
_GIVE_WAY = (Columna.VENTANILLA, Columna.CALIDAD, Columna.DOCUMENTOS, Columna.OPERADOR, Columna.RECIBO)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TramiteTable(QTableView):
    """One trámite a row. ``sorted`` carries the Orden asked for, ``opened`` the Fila to open.

    What comes above leaves what is in sight where it is; only at its very top, with nothing chosen, the
    newest shows itself.
    """

    sorted = Signal(object)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tramites = TramiteModel(self)
        self.orden = Orden()
        self.setModel(self.tramites)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName("Trámites")
        self.setAccessibleDescription("Entrar abre el trámite; las teclas 1 a 8 ordenan por una columna")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSortIndicatorShown(True)
        header.sectionClicked.connect(self._sort_by)
        self.doubleClicked.connect(self._open)
        self._show_order()
        self.fit()

    @property
    def chosen(self) -> int | None:
        """The id of the trámite chosen."""
        row = self.currentIndex().row()
        return self.tramites.ids[row] if 0 <= row < len(self.tramites.ids) else None

    def show_ids(self, ids: Sequence[int], known: Mapping[int, Fila], *, dated: bool, keep: bool) -> None:
        """Show these trámites. ``keep`` leaves the choice and what is in sight where they are."""
        bar = self.verticalScrollBar()
        height = self.verticalHeader().defaultSectionSize()
        chosen, value = self.chosen, bar.value()
        top = value // height
        anchor = (
            self.tramites.ids[top] if (value or chosen is not None) and top < len(self.tramites.ids) else None
        )
        if dated != self.tramites.dated or ids != self.tramites.ids:
            self.tramites.show_ids(ids, known, dated=dated)
            self.fit()
        else:
            self.tramites.show_ids(ids, known, dated=dated)
            if keep:
                return
        rows = {}
        if keep:
            wanted = {each for each in (chosen, anchor) if each is not None}
            rows = {number: row for row, number in enumerate(ids) if number in wanted} if wanted else {}
        if chosen in rows:
            self._choose(rows[chosen])
        if anchor in rows:
            self.updateGeometries()
            bar.setValue(rows[anchor] * height + value % height)
        elif not keep:
            self.scrollToTop()

    def open_first(self) -> None:
        """Open the trámite chosen, or the first."""
        row = max(self.currentIndex().row(), 0)
        fila = self.tramites.fila(row)
        if fila is not None:
            self._choose(row)
            self.opened.emit(fila)

    def step(self, by: int) -> None:
        """Choose the next trámite, or the one before."""
        count = len(self.tramites.ids)
        if count:
            row = self.currentIndex().row()
            row = min(max(row + by, 0), count - 1) if row >= 0 else 0
            self._choose(row)
            self.scrollTo(self.tramites.index(row, 0))

    def fit(self) -> None:
        """Share the width; where it is not enough the less telling columns go."""
        height = look.px(_ROW)
        self.verticalHeader().setDefaultSectionSize(height)
        header = self.horizontalHeader().sizeHint().height()
        self.setMinimumHeight(header + LEAST_ROWS * height + 2 * self.frameWidth() + look.px(2))
        room = self.viewport().width()
        widths = {column: look.px(width) for column, width in _WIDTHS.items()}
        if self.tramites.dated:
            widths[Columna.HORA] = look.px(_DATED)
        for column in _GIVE_WAY:
            if sum(widths.values()) + look.px(_PERSON_LEAST) > room:
                del widths[column]
        widths[Columna.ESTADO] = min(widths[Columna.ESTADO], room // 2)
        for section, column in enumerate(COLUMNS):
            self.setColumnHidden(section, column not in widths and column is not Columna.PENSIONISTA)
            if column in widths:
                self.setColumnWidth(section, widths[column])
        rest = max(room - sum(widths.values()), look.px(60))
        self.setColumnWidth(COLUMNS.index(Columna.PENSIONISTA), rest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width."""
        super().resizeEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom."""
        super().changeEvent(event)
        if event.type() in {event.Type.StyleChange, event.Type.FontChange} and self.model() is not None:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, 1 to 8 sort by a column; other letters are the screen's."""
        if event.key() in _ENTER:
            self.open_first()
        elif event.text().isdigit() and event.text() in "12345678":
            self._sort_by(int(event.text()) - 1)
        elif event.text().isprintable() and event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _choose(self, row: int) -> None:
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(self.tramites.index(row, 0), flags.ClearAndSelect | flags.Rows)

    def _open(self, index: Index) -> None:
        fila = self.tramites.fila(index.row())
        if fila is not None:
            self.opened.emit(fila)

    def _sort_by(self, section: int) -> None:
        column = COLUMNS[section]
        # The hour begins with the newest, what has letters with its first.
        down = not self.orden.descendente if column is self.orden.columna else column is Columna.HORA
        self.orden = Orden(column, descendente=down)
        self._show_order()
        self.sorted.emit(self.orden)

    def _show_order(self) -> None:
        order = Qt.SortOrder.DescendingOrder if self.orden.descendente else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(COLUMNS.index(self.orden.columna), order)


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        _ = index
        return QSize(QFontMetrics(option.font).averageCharWidth() * 8, look.px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, TramiteModel):
            return
        fila = model.look_at(index.row())
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, look.color("selected"))
            if index.column() == 0:
                bar = QRect(option.rect)
                bar.setWidth(look.px(4))
                painter.fillRect(bar, look.color("primary"))
        painter.setPen(look.color("border"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        area = option.rect.adjusted(look.px(10), 0, -look.px(4), 0)
        ink = "muted" if fila is None or fila.estado is EstadoFila.CANCELADO else "text"
        if fila is not None and COLUMNS[index.column()] is Columna.ESTADO:
            ink = words.ESTADO[fila.estado][1]
            side = look.px(11)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(look.color(ink))
            painter.setPen(Qt.PenStyle.NoPen)
            middle = area.center().y() + 0.5
            painter.drawEllipse(QPointF(area.left() + side / 2, middle), side / 2, side / 2)
            area.setLeft(area.left() + side + look.px(8))
        painter.setFont(option.font)
        painter.setPen(look.color(ink))
        text = QFontMetrics(option.font).elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
