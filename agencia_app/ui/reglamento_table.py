"""The versions of the rules, one a row, and what one of them says, as a table of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from agencia_app.models.domain.calidad import CALIDAD_TEXT, Calidad
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.requisitos import COPIA_TEXT, Copia, Firma, Perfil, Requisito, Via
from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent

    from agencia_app.services.reglamentos import Contenido, Version

_TITLES = ("Reglas", "De dónde", "Rigen", "Estado")
_SHARES = (34, 22, 26, 18)  # of a hundred
_ROW = 40
_SHOWN = 6  # rows, before the list scrolls
_SMALL = 15  # the text of what a version says, as the style sheet has it
_SIDE, _ABOVE = 32, 22  # what a cell has around its words
_TALLEST = 10_000
_SCROLL_BAR = 18  # with its margins
_FIRMA_TEXT = {Firma.PERSONA: "la persona", Firma.EMPLEADOR: "el empleador"}


def source_words(version: Version) -> str:
    """Return where a version came from."""
    if not version.id or version.puesto_en is None:
        return "con el programa"
    return f"versión {version.id}: {version.puesto_por}, {day(local_date(version.puesto_en))}"


def validity_words(version: Version) -> str:
    """Return from when to when a version holds."""
    begins = f"desde el {day(version.desde)}" if version.desde else "desde siempre"
    return f"{begins} hasta el {day(version.hasta)}" if version.hasta else begins


def state_words(version: Version) -> str:
    """Return how a version stands, and whether trámites are opened under it."""
    return "vigente, en uso" if version.usada else version.vigencia.value


class _Table(QTableWidget):
    """A table to read by keyboard. Its width is shared out, and its height is that of its rows."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def fill(self, rows: Sequence[Sequence[str]]) -> None:
        """Show texts, one a cell."""
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                self.setItem(row, column, item)

    def fit(self) -> None:
        """Share the width, and take the height."""
        raise NotImplementedError

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the zoom, a turn later: by then its parts have the new style as well."""
        super().changeEvent(event)
        if event.type() in {event.Type.StyleChange, event.Type.FontChange}:
            QTimer.singleShot(0, self, self.fit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter, Esc and the keys of the buttons to the screen."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _take_height(self, rows: int, more: int = 0) -> None:
        height = sum(self.rowHeight(row) for row in range(min(rows, self.rowCount())))
        self.setFixedHeight(height + self.horizontalHeader().sizeHint().height() + 2 * look.px(3) + more)


class VersionTable(_Table):
    """The versions. ``current`` says that another is chosen."""

    current = Signal()

    def __init__(self) -> None:
        super().__init__("Versiones de las reglas")
        self._versions: tuple[Version, ...] = ()
        self.setColumnCount(len(_TITLES))
        self.setHorizontalHeaderLabels(list(_TITLES))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.currentItemChanged.connect(lambda *_: self.current.emit())

    @property
    def version(self) -> Version | None:
        """The version chosen."""
        row = self.currentRow()
        return self._versions[row] if 0 <= row < len(self._versions) else None

    def show_versions(self, versions: Sequence[Version], chosen: int = 0) -> None:
        """Show these; the one put under a number is chosen, else the one that was, else the one in use."""
        before = self.version
        self.blockSignals(True)
        self._versions = tuple(versions)
        self.fill(
            [(each.titulo, source_words(each), validity_words(each), state_words(each)) for each in versions]
        )
        wanted = next((row for row, each in enumerate(versions) if chosen and each.id == chosen), None)
        if wanted is None and before is not None:
            key = (before.clase, before.nombre, before.id)
            wanted = next(
                (row for row, each in enumerate(versions) if (each.clase, each.nombre, each.id) == key), None
            )
        if wanted is None:
            wanted = next((row for row, each in enumerate(versions) if each.usada), 0)
        self.setCurrentCell(wanted, 0)
        self.blockSignals(False)
        self.fit()
        self.current.emit()

    def fit(self) -> None:
        """Share the width; where it is narrow a cell has two lines."""
        room = self.viewport().width()
        for column, share in enumerate(_SHARES):
            self.setColumnWidth(column, room * share // 100)
        for row in range(self.rowCount()):
            self.resizeRowToContents(row)
            self.setRowHeight(row, max(self.rowHeight(row), look.px(_ROW)))
        self._take_height(_SHOWN)


class ContenidoTable(_Table):
    """What a version says: of a profile what each calidad owes, side by side."""

    def __init__(self) -> None:
        super().__init__("Lo que dice la versión")
        self.setObjectName("contenido")
        self._titles: tuple[str, ...] = ()
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def show_contenido(self, contenido: Contenido) -> None:
        """Show what it says."""
        if isinstance(contenido, Perfil):
            titles, rows = _profile(contenido)
        elif isinstance(contenido, tuple):
            titles, rows = ("Elecciones cuyo certificado se pide",), [(day(each),) for each in contenido]
        else:
            titles = ("Código", "Agencia", "Provincia")
            rows = [
                (code, name, contenido.provincias.get(code, "—"))
                for code, name in sorted(contenido.nombres.items())
            ]
        self.clear()
        self._titles = titles
        self.setColumnCount(len(titles))
        self.setHorizontalHeaderLabels(list(titles))
        self.fill(rows)
        self.setCurrentCell(0, 0)
        self.fit()

    def fit(self) -> None:
        """Share the width, a whole word a line at least, and give each row the height that its words need."""
        metrics, (side, above) = QFontMetrics(look.font(_SMALL)), (look.px(_SIDE), look.px(_ABOVE))
        columns = [[title, *self._texts(column)] for column, title in enumerate(self._titles)]
        parts = [[*title.split("\n"), *" ".join(texts).split()] for title, *texts in columns]
        widths = [max(map(metrics.horizontalAdvance, each)) + side for each in parts]
        spare = max(self.viewport().width() - sum(widths), 0) // max(len(widths), 1)

        def height(row: int) -> int:
            room = (QRect(0, 0, width + spare - side, _TALLEST) for width in widths)
            lines = (
                metrics.boundingRect(each, Qt.TextFlag.TextWordWrap, texts[row]).height()
                for each, texts in zip(room, columns, strict=True)
            )
            return max(lines) + above

        for column, width in enumerate(widths):
            self.setColumnWidth(column, width + spare)
        for row in range(self.rowCount()):
            self.setRowHeight(row, height(row + 1))
        scrolls = 0 if spare else look.px(_SCROLL_BAR)
        self._take_height(self.rowCount(), scrolls)

    def _texts(self, column: int) -> list[str]:
        items = (self.item(row, column) for row in range(self.rowCount()))
        return [each.text() if each is not None else "" for each in items]


def _profile(perfil: Perfil) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    titles = ("Papel", *(CALIDAD_TEXT[each].replace(" ", "\n", 1) for each in Calidad))
    rows = [
        (each.titulo, *(_asked(each) if calidad in each.calidades else "—" for calidad in Calidad))
        for each in perfil.requisitos
    ]
    ways = [perfil.condicion(each) for each in Calidad]
    via = {Via.DIRECTA: "Directa.", Via.EMPLEADOR: "Por el empleador."}
    rows.append(
        (
            "La solicitud",
            *(
                f"{via[each.solicitud]} Firma: {' y '.join(_FIRMA_TEXT[firma] for firma in each.firmas)}."
                for each in ways
            ),
        )
    )
    return titles, rows


def _asked(requisito: Requisito) -> str:
    copy = "" if requisito.copia is Copia.NO else f" y {COPIA_TEXT[requisito.copia].lower()}"
    paper = f"Original{copy}."
    if not requisito.alternativas:
        return paper
    return f"{paper} A elegir: {', '.join(each.titulo.lower() for each in requisito.alternativas)}."
