"""The print jobs as a table."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
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

from agencia_app.models.domain.impresion import EstadoImpresion, Impresion
from agencia_app.ui import job_words
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent

Index = QModelIndex | QPersistentModelIndex

ROWS_SHOWN = 4
_ROW = 38
_INK = {"done": "success_text", "missing": "missing_text", "error": "stop", "info": "structure"}


class Column(IntEnum):
    """What is told of a job, from left to right."""

    HORA = 0
    PAPEL = 1
    NUMERO = 2
    PERSONA = 3
    IMPRESORA = 4
    ESTADO = 5
    INTENTOS = 6


_TITLES = ("Hora", "Papel", "Número", "Persona", "Impresora", "Estado", "Intentos")
# Widths in pixels at 100 %; the person takes the rest, and at least this much.
_WIDTHS = {
    Column.HORA: 64,
    Column.PAPEL: 190,
    Column.NUMERO: 196,
    Column.IMPRESORA: 140,
    Column.ESTADO: 180,
    Column.INTENTOS: 86,
}
_PERSONA_LEAST = 190
_GIVE_WAY = (Column.INTENTOS, Column.IMPRESORA, Column.HORA, Column.NUMERO)


class JobModel(QAbstractTableModel):
    """The jobs, without those that nobody waits for any more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs: list[Impresion] = []

    def set_jobs(self, jobs: Sequence[Impresion]) -> None:
        """Show these jobs, first those that need somebody; rows that stay are only drawn again."""
        shown = sorted(
            (job for job in jobs if not job_words.closed(job)),
            key=lambda job: (not job_words.needs_somebody(job), -job.id),
        )
        if [job.id for job in shown] != [job.id for job in self.jobs]:
            self.beginResetModel()
            self.jobs = shown
            self.endResetModel()
            return
        for row, (old, new) in enumerate(zip(self.jobs, shown, strict=True)):
            self.jobs[row] = new
            if old != new:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many jobs there are."""
        return 0 if parent is not None and parent.isValid() else len(self.jobs)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return how many things are told of each."""
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a column's title."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell says; a tool tip says it whole where it is cut."""
        if role in {
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        }:
            return _told(self.jobs[index.row()], Column(index.column()))
        return None


class JobTable(QTableView):
    """One job a row; ``current`` says that another is chosen, or the chosen one changed.

    It keeps the chosen job in hand, whatever comes above it.
    """

    current = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = JobModel(self)
        self._chosen: int | None = None
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName("Papeles en camino")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self._model.dataChanged.connect(self._changed)
        self.fit()

    @property
    def job(self) -> Impresion | None:
        """The job chosen."""
        row = self.currentIndex().row()
        return self._model.jobs[row] if 0 <= row < len(self._model.jobs) else None

    @property
    def jobs(self) -> tuple[Impresion, ...]:
        """The jobs shown."""
        return tuple(self._model.jobs)

    def show_jobs(self, jobs: Sequence[Impresion]) -> None:
        """Show these jobs; without a choice yet, the first that needs somebody is chosen."""
        chosen = self._chosen
        self._model.set_jobs(jobs)
        if self.job is None:
            self.choose(chosen)
        self.fit()

    def choose(self, number: int | None) -> None:
        """Choose a job; where it is not there, the first that needs somebody, else the first."""
        shown = self._model.jobs
        rows = [row for row, job in enumerate(shown) if job.id == number]
        rows += [row for row, job in enumerate(shown) if job_words.needs_somebody(job)]
        if shown:
            index = self._model.index((rows or [0])[0], 0)
            self.selectionModel().setCurrentIndex(
                index,
                QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
            )
        else:
            self._chosen = None
            self.current.emit()

    def fit(self) -> None:
        """Take the height of a few rows and share the width."""
        self.verticalHeader().setDefaultSectionSize(look.px(_ROW))
        header = self.horizontalHeader()
        rows = min(max(self._model.rowCount(), 1), ROWS_SHOWN)
        frame = 2 * self.frameWidth()
        self.setFixedHeight(header.sizeHint().height() + rows * look.px(_ROW) + frame + look.px(2))
        room = self.viewport().width()
        widths = {column: look.px(width) for column, width in _WIDTHS.items()}
        for column in _GIVE_WAY:
            if sum(widths.values()) + look.px(_PERSONA_LEAST) > room:
                del widths[column]
        widths[Column.PAPEL] = min(widths[Column.PAPEL], (room - widths[Column.ESTADO]) // 2)
        for column in Column:
            self.setColumnHidden(column, column not in widths and column is not Column.PERSONA)
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        self.setColumnWidth(Column.PERSONA, max(room - sum(widths.values()), look.px(60)))

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
        """Leave letters and digits to the screen: nobody looks a job up by its hour."""
        if event.text().isprintable() and event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _changed(self) -> None:
        self.current.emit()

    def _moved(self) -> None:
        job = self.job
        if job is not None:  # a model that is made anew has none for a moment
            self._chosen = job.id
            self.current.emit()


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        _ = index
        return QSize(QFontMetrics(option.font).averageCharWidth() * 8, look.px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, JobModel):
            return
        job = model.jobs[index.row()]
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, look.color("selected"))
            if index.column() == _first_column(self.parent()):
                bar = QRect(option.rect)
                bar.setWidth(look.px(4))
                painter.fillRect(bar, look.color("primary"))
        painter.setPen(look.color("border"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        area = option.rect.adjusted(look.px(10), 0, -look.px(4), 0)
        ink = "muted" if job.estado is EstadoImpresion.CONFIRMADO else "text"
        if index.column() == Column.ESTADO:
            kind, _ = job_words.state(job)
            ink = _INK[kind]
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


def _first_column(table: QObject | None) -> int:
    if not isinstance(table, QTableView):
        return 0
    return next(column for column in Column if not table.isColumnHidden(column))


def _told(job: Impresion, column: Column) -> str:
    return {
        Column.HORA: job_words.hour(job.creado_en),
        Column.PAPEL: job_words.paper(job),
        Column.NUMERO: job_words.number(job),
        Column.PERSONA: job.nombre,
        Column.IMPRESORA: job_words.printer(job.impresora) if job.impresora else "",
        Column.ESTADO: job_words.state(job)[1],
        Column.INTENTOS: str(job.intentos),
    }[column]
