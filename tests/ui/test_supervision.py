"""Supervisión: the day at a glance, current by itself, searched and sorted by keys, each trámite whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agencia_app import app, settings
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.calidad import Calidad
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.revision import Regla
from agencia_app.models.domain.tablero import Columna, EstadoFila, Fila
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.ui.messages import sentence
from agencia_app.ui.sides import Side, SideDesk
from agencia_app.ui.supervision import board as board_module
from agencia_app.ui.supervision import detail as detail_module
from agencia_app.ui.supervision import words
from agencia_app.ui.supervision.model import COLUMNS
from agencia_app.ui.supervision.screen import SupervisionScreen
from agencia_app.ui.supervision.table import TramiteTable
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.attended import LUIS, MARIA, NIEVES, session_of
from tests.factories import CEDULAS, Clock
from tests.ui.windows import WAIT, focus, idle, notices, press, scan, unclipped, working
from tests.ui.windows import words as said

TODAY = date(2026, 11, 23)


@pytest.fixture
def services(attended: Path, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    """The services of a fresh copy of the attended day, as it was at its end."""
    shutil.copytree(attended, tmp_path / "dia")
    clock.move(minutes=50)
    made = app.open_services(settings.load(tmp_path / "dia"), clock)
    yield made
    made.database.close()


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return session_of(services, "s.ejemplo", 1)


@pytest.fixture
def desk(services: Services, tasks: Tasks, sesion: Sesion) -> Iterator[SideDesk]:
    with working(services, tasks, sesion) as made:
        yield made


@pytest.fixture
def screen(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SupervisionScreen]:
    bugs: list[Exception] = []
    tasks.failed.connect(bugs.append)
    for module in (board_module, detail_module):
        monkeypatch.setattr(module, "POLL_MS", 20)
    made = SupervisionScreen(desk)
    qtbot.addWidget(made)
    made.resize(1280, 744)
    with qtbot.waitActive(made):
        made.show()
    made.focus_first()
    _rows_are(qtbot, made, 6)
    yield made
    assert not bugs


def _rows_are(qtbot: QtBot, screen: SupervisionScreen, count: int) -> None:
    table = screen.board.table
    qtbot.waitUntil(
        lambda: (
            len(table.tramites.ids) == count
            and all(table.tramites.fila(row) is not None for row in range(count))
        ),
        timeout=WAIT,
    )


def _column(table: TramiteTable, columna: Columna) -> list[str]:
    model = table.tramites
    return [str(model.data(model.index(row, COLUMNS.index(columna)))) for row in range(model.rowCount())]


def _people(screen: SupervisionScreen) -> list[str]:
    return _column(screen.board.table, Columna.PENSIONISTA)


def test_it_opens_with_the_day(screen: SupervisionScreen) -> None:
    board = screen.board
    told = [card.accessibleName() for card in board.figures.cards]
    assert told[:-1] == [
        "Claves emitidas: 3, 3 en la última hora",
        "Atención mediana: 1:00, p90 1:00",
        "Regresan por pendientes: 1, 17 % del día",
        "Anuladas: 1, 5 hojas dañadas",
    ]
    assert told[-1].startswith("Para revisar: ")
    assert board.chart.accessibleName() == "Emisiones por hora. 10 h: 2, 11 h: 1"
    assert focus() is board.filters.search
    assert board.filters.desde.text() == board.filters.hasta.text() == "23/11/2026"
    assert board.count.text() == "6 trámites"


def test_a_row_says_all_of_the_look(screen: SupervisionScreen) -> None:
    table = screen.board.table
    cells = [_column(table, columna)[-1] for columna in COLUMNS]
    hora, recibo, *rest = cells
    assert hora == "10:42"
    assert recibo.startswith("017-26-0000001-")
    assert rest == ["FICTICIA NÚÑEZ M.", "Jubilación", "4", "a.ejemplo", "3 de 3", "Entregada"]
    assert _column(table, Columna.ESTADO) == [
        "Anulada",
        "Cancelado",
        "En atención",
        "Con pendientes",
        "Hoja sin confirmar",
        "Entregada",
    ]
    assert _column(table, Columna.RECIBO)[3] == "—"


def test_what_is_typed_narrows_the_table_and_enter_opens_the_first(
    qtbot: QtBot, screen: SupervisionScreen, tasks: Tasks
) -> None:
    QTest.keyClicks(focus(), "nunez")
    _rows_are(qtbot, screen, 2)
    assert _people(screen) == ["EJEMPLO NÚÑEZ N.", "FICTICIA NÚÑEZ M."]
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    detail = screen.detail
    assert detail is not None
    qtbot.waitUntil(lambda: detail.expediente is not None, timeout=WAIT)
    assert detail.title.name == "FICTICIA NÚÑEZ MARÍA JOSÉ"
    press(Qt.Key.Key_Escape)
    assert focus() is screen.board.table
    assert screen.board.filters.search.text() == "nunez"
    assert screen.board.table.currentIndex().row() == 1
    press(Qt.Key.Key_Escape)  # the search first
    _rows_are(qtbot, screen, 6)
    with qtbot.waitSignal(screen.closed):
        press(Qt.Key.Key_Escape)
    idle(qtbot, tasks)


def test_a_scanned_recibo_opens_at_once_from_any_day(
    qtbot: QtBot, screen: SupervisionScreen, clock: Clock
) -> None:
    recibo = _column(screen.board.table, Columna.RECIBO)[-1]
    clock.move(days=3)
    scan(recibo)
    qtbot.waitUntil(lambda: screen.detail is not None and screen.detail.expediente is not None, timeout=WAIT)
    assert screen.detail is not None
    assert screen.detail.title.name == "FICTICIA NÚÑEZ MARÍA JOSÉ"
    press(Qt.Key.Key_Escape)
    assert _column(screen.board.table, Columna.HORA) == ["23/11 10:42"]  # not today's: it says its day


def test_a_number_that_will_not_do_is_told(qtbot: QtBot, screen: SupervisionScreen) -> None:
    scan("017-26-0000001-99")
    qtbot.waitUntil(screen.board.nothing.isVisible, timeout=WAIT)
    assert screen.board.nothing.text() == sentence(KnownError("numero.check_digit"))
    assert screen.detail is None
    assert screen.board.count.text() == "0 trámites"


def test_the_choices_narrow_and_another_day_is_asked_for(qtbot: QtBot, screen: SupervisionScreen) -> None:
    filters = screen.board.filters
    qtbot.waitUntil(lambda: filters.operador.count() > 1, timeout=WAIT)
    for box, text, found in (
        (filters.operador, "b.ejemplo", 3),
        (filters.estado, words.ESTADO[EstadoFila.ATENDIENDO][0], 1),
    ):
        box.setFocus()
        QTest.keyClicks(box, text[:2])  # a combo box goes to what is typed
        assert box.currentText() == text
        _rows_are(qtbot, screen, found)
    assert _people(screen) == ["ÁLAMO PRUEBA A."]
    filters.desde.setFocus()
    filters.desde.selectAll()
    scan("22112026")
    qtbot.waitUntil(screen.board.nothing.isVisible, timeout=WAIT)
    assert filters.hasta.text() == "22/11/2026"
    assert "22/11/2026" in screen.board.nothing.text()
    assert screen.board.figures.emitidas.value.text() == "0"
    filters.hasta.setFocus()
    filters.hasta.selectAll()
    scan("23112026")
    _rows_are(qtbot, screen, 1)
    assert _column(screen.board.table, Columna.HORA) == ["23/11 11:12"]
    assert screen.board.figures.emitidas.line.text() == "3 en la última hora"


def test_the_keys_sort_and_sort_back(qtbot: QtBot, screen: SupervisionScreen, tasks: Tasks) -> None:
    table = screen.board.table
    table.setFocus()
    press(Qt.Key.Key_3)
    qtbot.waitUntil(lambda: _people(screen)[0] == "ÁLAMO PRUEBA A.", timeout=WAIT)
    ascending = _people(screen)
    press(Qt.Key.Key_3)
    qtbot.waitUntil(lambda: _people(screen) == ascending[::-1], timeout=WAIT)
    assert table.horizontalHeader().sortIndicatorSection() == COLUMNS.index(Columna.PENSIONISTA)
    idle(qtbot, tasks)


def test_it_stays_current_and_nothing_jumps(
    qtbot: QtBot, screen: SupervisionScreen, services: Services, tasks: Tasks
) -> None:
    table, search = screen.board.table, screen.board.filters.search
    screen.resize(1280, 400)  # fewer rows in sight than there are
    QTest.keyClicks(search, "ejem")
    _rows_are(qtbot, screen, 3)
    search.clear()
    _rows_are(qtbot, screen, 6)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    chosen, position = table.chosen, table.visualRect(table.currentIndex()).top()
    other = session_of(services, "a.ejemplo", 7)
    services.tramites.attend(other, MARIA)
    _rows_are(qtbot, screen, 7)
    assert (table.chosen, table.visualRect(table.currentIndex()).top()) == (chosen, position)
    assert focus() is search
    # A row that changed says so, and stays where it is.
    row = list(table.tramites.ids).index(_id_of(screen, NIEVES))
    services.tramites.attend(other, NIEVES)
    qtbot.waitUntil(lambda: _column(table, Columna.ESTADO)[row] == "En atención", timeout=WAIT)
    assert screen.board.figures.regresan.value.text() == "1"
    idle(qtbot, tasks)


def test_the_newest_shows_itself_while_nothing_is_chosen(
    qtbot: QtBot, screen: SupervisionScreen, services: Services
) -> None:
    services.tramites.attend(session_of(services, "a.ejemplo", 7), MARIA)
    _rows_are(qtbot, screen, 7)
    assert screen.board.table.verticalScrollBar().value() == 0
    assert _people(screen)[0] == "FICTICIA NÚÑEZ M."


def test_it_asks_nothing_while_nobody_sees_it(
    qtbot: QtBot, screen: SupervisionScreen, services: Services, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen.hide()
    idle(qtbot, tasks)
    assert not screen.board._poll.isActive()
    services.tramites.attend(session_of(services, "a.ejemplo", 7), MARIA)
    screen.show()
    _rows_are(qtbot, screen, 7)


def test_exporting_begins_with_the_days_shown(qtbot: QtBot, screen: SupervisionScreen) -> None:
    press(Qt.Key.Key_F7)
    exports = screen.board.exports
    assert exports is not None
    assert focus() is exports.desde
    assert (exports.desde.date, exports.hasta.date) == (TODAY, TODAY)
    unclipped(qtbot, screen.board)
    press(Qt.Key.Key_Escape)
    assert not exports.isVisible()
    assert focus() is screen.board.filters.search


def test_the_footer_leads_to_the_close(qtbot: QtBot, screen: SupervisionScreen, desk: SideDesk) -> None:
    with qtbot.waitSignal(desk.ways.side) as asked:
        QTest.mouseClick(screen.board.close_day, Qt.MouseButton.LeftButton)
    assert asked.args == [Side.CIERRE]


def test_a_trouble_is_told_and_passes(
    qtbot: QtBot, screen: SupervisionScreen, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_sesion: Sesion) -> int:
        raise KnownError("base.locked")

    with monkeypatch.context() as patch:
        patch.setattr(type(services.tablero), "mark", lambda _self, sesion: locked(sesion))
        qtbot.waitUntil(lambda: sentence(KnownError("base.locked")) in notices(screen), timeout=WAIT)
    services.tramites.attend(session_of(services, "a.ejemplo", 7), MARIA)
    qtbot.waitUntil(lambda: not notices(screen), timeout=WAIT)
    _rows_are(qtbot, screen, 7)


def test_the_detail_tells_everything_and_no_cedula(
    qtbot: QtBot, screen: SupervisionScreen, services: Services
) -> None:
    _open(qtbot, screen, MARIA)
    qtbot.waitUntil(lambda: "Papeles" in said(screen), timeout=WAIT)
    text = said(screen)
    for told in (
        "cédula 24•••••005",
        "Entregada",
        "Recibo 017-26-0000001-",
        "Emitió a.ejemplo, en la ventanilla 4.",
        "Hoja 1, entregada; su clave está vigente.",
        "Certificado de votación: no exigible (mayor de 65)",
        "Abrió el trámite",
        "Emitió la clave",
        "Abrió el detalle del trámite",
        "s.ejemplo · ventanilla 1",
        "Hoja de clave",
    ):
        assert told in text, told
    assert not any(each in text for each in CEDULAS)
    seen = services.database.reader().exec_driver_sql(
        "SELECT COUNT(*) FROM bitacora WHERE accion = 'consulta.tramite'"
    )
    assert seen.scalar() == 1


def test_a_paper_that_was_not_brought_is_told(qtbot: QtBot, screen: SupervisionScreen) -> None:
    _open(qtbot, screen, NIEVES)
    qtbot.waitUntil(lambda: "Planilla de servicio básico: no se presentó" in said(screen), timeout=WAIT)
    assert "No se ha emitido ninguna clave." in said(screen)
    assert "Dejó el trámite pendiente" in said(screen)


def test_the_detail_stays_current(qtbot: QtBot, screen: SupervisionScreen, services: Services) -> None:
    numero = _open(qtbot, screen, LUIS)
    qtbot.waitUntil(lambda: "Hoja 1, sin confirmar" in said(screen), timeout=WAIT)
    services.claves.confirm_slip(session_of(services, "b.ejemplo", 2), numero, 1)
    qtbot.waitUntil(lambda: "Entregó la hoja de clave" in said(screen), timeout=WAIT)
    assert "Hoja 1, entregada; su clave está vigente." in said(screen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("zoom", "size"), [(1.0, (1280, 744)), (1.5, (1280, 744)), (1.0, (900, 544)), (1.5, (900, 544))]
)
def test_nothing_is_clipped(
    qtbot: QtBot, screen: SupervisionScreen, theme: Theme, scheme: str, zoom: float, size: tuple[int, int]
) -> None:
    theme.set_scheme("dark" if scheme == "dark" else "light")
    theme.set_zoom(zoom)
    screen.resize(*size)
    unclipped(qtbot, screen.board)
    # The field with the focus is in sight, whatever the size.
    port = screen.board.area.viewport()
    qtbot.waitUntil(
        lambda: 0 <= focus().mapTo(port, QPoint()).y() <= port.height() - focus().height(), timeout=WAIT
    )
    _open(qtbot, screen, MARIA)
    unclipped(qtbot, screen)


def _open(qtbot: QtBot, screen: SupervisionScreen, cedula: str) -> str:
    """Open the trámite of a cédula typed into the search, and return its number."""
    screen.board.filters.search.setFocus()
    scan(cedula)
    qtbot.waitUntil(lambda: screen.detail is not None and screen.detail.expediente is not None, timeout=WAIT)
    assert screen.detail is not None
    assert screen.detail.expediente is not None
    return screen.detail.expediente.tramite.numero


def _id_of(screen: SupervisionScreen, cedula: str) -> int:
    model = screen.board.table.tramites
    filas = [model.fila(row) for row in range(model.rowCount())]
    return next(each.id for each in filas if each is not None and each.cedula.endswith(cedula[-3:]))


# -- what a table of any length is made of -------------------------------------------------


def _fila(number: int, estado: EstadoFila = EstadoFila.ENTREGADA) -> Fila:
    return Fila(
        id=number,
        numero=f"{number:013d}",
        hora=datetime(2026, 11, 23, 15, tzinfo=UTC) + timedelta(seconds=number),
        recibo=numeros.build(numeros.Kind.RECIBO, "017", 2026, number),
        cedula="24•••••005",
        apellidos=f"PERSONA {number}",
        nombres="ANA",
        calidad=Calidad.JUBILACION,
        ventanilla=1,
        operador="a.ejemplo",
        vistos=3,
        documentos=3,
        sustituto="",
        autorizado=False,
        estado=estado,
        tardia=False,
    )


@pytest.fixture
def table(qtbot: QtBot, theme: Theme) -> TramiteTable:
    made = TramiteTable()
    qtbot.addWidget(made)
    made.resize(1200, 400)
    made.show()
    return made


def test_rows_are_asked_for_when_they_come_in_sight(qtbot: QtBot, table: TramiteTable) -> None:
    ids = list(range(100_000, 0, -1))
    with qtbot.waitSignal(table.tramites.wanted) as wanted:
        table.show_ids(ids, {}, dated=False, keep=False)
    (asked,) = wanted.args or ([],)
    assert asked[0] == 100_000
    assert len(asked) < 100
    table.tramites.take({each: _fila(each) for each in asked})
    assert _column_of_first(table) == "PERSONA 100000 A."
    with qtbot.waitSignal(table.tramites.wanted) as wanted:
        table.verticalScrollBar().setValue(table.verticalScrollBar().maximum() // 2)
    (asked,) = wanted.args or ([],)
    assert 50_000 in asked
    assert len(asked) < 200


def test_a_row_that_may_have_changed_is_shown_until_the_new_one_comes(
    qtbot: QtBot, table: TramiteTable
) -> None:
    with qtbot.waitSignal(table.tramites.wanted):
        table.show_ids([2, 1], {}, dated=False, keep=False)
    table.tramites.take({2: _fila(2), 1: _fila(1)})
    with qtbot.waitSignal(table.tramites.wanted) as wanted:
        table.show_ids([3, 2, 1], {3: _fila(3)}, dated=False, keep=True)
    assert wanted.args == [[2, 1]]
    assert _column(table, Columna.ESTADO) == ["Entregada"] * 3
    table.tramites.take({2: _fila(2, EstadoFila.ANULADA), 1: _fila(1)})
    assert _column(table, Columna.ESTADO) == ["Entregada", "Anulada", "Entregada"]


def test_what_is_in_sight_stays_when_rows_come_above(qtbot: QtBot, table: TramiteTable) -> None:
    ids = list(range(1000, 0, -1))
    table.show_ids(ids, {each: _fila(each) for each in ids}, dated=False, keep=False)
    qtbot.waitUntil(lambda: table.verticalScrollBar().maximum() > 1234)
    table.verticalScrollBar().setValue(1234)
    top = table.indexAt(table.viewport().rect().topLeft()).row()
    more = [1003, 1002, 1001, *ids]
    table.show_ids(more, {each: _fila(each) for each in more}, dated=False, keep=True)
    assert table.indexAt(table.viewport().rect().topLeft()).row() == top + 3
    table.show_ids(ids[::-1], {}, dated=False, keep=False)  # another order begins at its top
    assert table.verticalScrollBar().value() == 0


def _column_of_first(table: TramiteTable) -> str:
    model = table.tramites
    return str(model.data(model.index(0, COLUMNS.index(Columna.PENSIONISTA))))


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ({}, "nada pendiente"),
        ({Regla.MUESTRA: 40}, "muestra del día"),
        ({Regla.MUESTRA: 40, Regla.SEGUNDA_CLAVE: 1}, "1 reemisión en pocos días"),
        ({Regla.EMERGENCIA: 1, Regla.CONTACTO_CAMBIADO: 3}, "3 contactos cambiados"),
    ],
)
def test_the_line_under_the_count_names_what_is_most(found: dict[Regla, int], line: str) -> None:
    assert words.review_line(found) == line


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "—"), (0, "0:00"), (98, "1:38"), (59.6, "1:00"), (3725, "1:02:05")]
)
def test_durations_in_words(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(0, 0, "0 %"), (12, 196, "6 %"), (1, 2000, "menos de 1 %")]
)
def test_shares_in_words(part: int, whole: int, text: str) -> None:
    assert words.share(part, whole) == text
