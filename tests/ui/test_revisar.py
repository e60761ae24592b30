"""Para revisar on the board: read, reviewed in place by keyboard alone, and kept current."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.ui.supervision import revisar
from agencia_app.ui.supervision.revisar import LOOKING, NOTHING, RevisarPanel
from agencia_app.ui.supervision.screen import SupervisionScreen
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import CEDULAS, Clock, make_services, person, ready_to_issue, sign_in, sign_in_as
from tests.ui.windows import WAIT, focus, idle, press, unclipped, words, working

DIA = date(2026, 11, 23)
LATE = datetime(2026, 11, 23, 22, 31, tzinfo=UTC)  # 17:31 at the agency, closed since 17:00


@dataclass
class Bench:
    """A panel in a window of its own, and what it works with."""

    services: Services
    clock: Clock
    tasks: Tasks
    qtbot: QtBot
    panel: RevisarPanel

    def look(self) -> None:
        """Have the rules look now, and show what they found."""
        self.services.revisiones.detect(DIA)
        self.panel.show_days(DIA, DIA)
        idle(self.qtbot, self.tasks)

    @property
    def rows(self) -> list[str]:
        found = self.panel.list
        return [found.row_words(row) for row in range(found.count())]


def issue(services: Services, sesion: Sesion, cedula: str = CEDULAS[0]) -> str:
    tramite = ready_to_issue(services, sesion, cedula)
    services.claves.issue(sesion, tramite.numero)
    return tramite.numero


@pytest.fixture
def bench(qtbot: QtBot, theme: Theme, tasks: Tasks, tmp_path: Path) -> Iterator[Bench]:
    clock = Clock(LATE)
    people = [person(cedula=each) for each in CEDULAS[:3]]
    services = make_services(tmp_path / "datos", clock, *people, muestra_por_ciento=0)
    with working(services, tasks, sign_in_as(services, "s.ejemplo")) as desk:
        panel = RevisarPanel(desk)
        qtbot.addWidget(panel)
        panel.resize(563, 220)
        with qtbot.waitActive(panel):
            panel.show()
        made = Bench(services, clock, tasks, qtbot, panel)
        made.look()
        yield made
        idle(qtbot, tasks)
    services.database.close()


def test_nothing_to_review_is_said_once_the_rules_looked_and_gives_the_focus_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisar, "FIRST_SECONDS", 0.0)
    before = DIA - timedelta(days=1)
    with bench.qtbot.waitSignal(bench.panel.changed, timeout=WAIT):
        bench.panel.show_days(before, before)
        assert not bench.panel.looked_at(before, before)
        assert NOTHING not in words(bench.panel)
        assert LOOKING in words(bench.panel)
    idle(bench.qtbot, bench.tasks)
    assert bench.panel.looked_at(before, before)
    assert NOTHING in words(bench.panel)
    assert LOOKING not in words(bench.panel)
    with bench.qtbot.waitSignal(bench.panel.left):
        bench.panel.focus_first()


def test_what_is_found_is_listed_the_newest_first(bench: Bench) -> None:
    sesion = sign_in(bench.services)
    issue(bench.services, sesion)
    bench.clock.move(minutes=10)
    issue(bench.services, sesion, CEDULAS[1])
    bench.look()
    assert bench.rows == [
        "17:41, Emisión después de cerrar (17:00). Revisar",
        "17:31, Emisión después de cerrar (17:00). Revisar",
    ]
    assert NOTHING not in words(bench.panel)


def test_what_is_of_another_day_says_its_day(bench: Bench) -> None:
    sesion = sign_in(bench.services)
    issue(bench.services, sesion)
    bench.look()
    of_monday = bench.services.revisiones.of_days(
        sign_in_as(bench.services, "s.ejemplo"), DIA, DIA, only_open=True
    )
    after = DIA + timedelta(days=1)
    bench.panel._days = (after, after)  # an emergency of Monday is in the list of the day it was seen
    bench.panel._show(of_monday)
    assert bench.rows == ["23/11 17:31, Emisión después de cerrar (17:00). Revisar"]


def test_the_rules_look_by_themselves(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisar, "FIRST_SECONDS", 0.0)
    issue(bench.services, sign_in(bench.services))
    with bench.qtbot.waitSignal(bench.panel.changed, timeout=WAIT):
        bench.panel.show_days(DIA - timedelta(days=1), DIA)
    idle(bench.qtbot, bench.tasks)
    assert len(bench.rows) == 1


def test_one_is_reviewed_with_the_keyboard(bench: Bench) -> None:
    numero = issue(bench.services, sign_in(bench.services))
    bench.look()
    bench.panel.focus_first()
    press(Qt.Key.Key_Return)
    assert focus() is bench.panel.comment
    assert "a.ejemplo · ventanilla 4 · 23/11/2026 17:31" in words(bench.panel)
    assert not bench.panel.done.isEnabled()
    press(Qt.Key.Key_Return)  # without a comment it does nothing
    QTest.keyClicks(focus(), "Quedaba gente en la fila")
    with bench.qtbot.waitSignal(bench.panel.changed):
        press(Qt.Key.Key_Return)
    idle(bench.qtbot, bench.tasks)
    assert bench.rows == []
    supervisor = sign_in_as(bench.services, "s.ejemplo")
    done = bench.services.revisiones.of_days(supervisor, DIA, DIA, only_open=False)
    assert [(each.tramite, each.revisada_por, each.comentario) for each in done] == [
        (numero, "s.ejemplo", "Quedaba gente en la fila")
    ]


def test_esc_goes_back_to_the_list_and_records_nothing(bench: Bench) -> None:
    issue(bench.services, sign_in(bench.services))
    bench.look()
    bench.panel.focus_first()
    press(Qt.Key.Key_Return)
    QTest.keyClicks(focus(), "Casi")
    press(Qt.Key.Key_Escape)
    assert focus() is bench.panel.list
    assert len(bench.rows) == 1
    press(Qt.Key.Key_Return)
    assert bench.panel.comment.text() == ""


def test_what_concerns_oneself_is_left_to_another_supervisor(bench: Bench) -> None:
    numero = issue(bench.services, sign_in_as(bench.services, "s.ejemplo"))
    bench.look()
    assert bench.rows == ["17:31, Emisión después de cerrar (17:00). Otro supervisor"]
    bench.panel.focus_first()
    press(Qt.Key.Key_Return)
    assert not bench.panel.comment.isVisible()
    assert not bench.panel.done.isVisible()
    assert "lo revisa otro supervisor" in bench.panel.notice.text
    assert focus() is bench.panel.whole
    with bench.qtbot.waitSignal(bench.panel.tramite_wanted) as wanted:
        press(Qt.Key.Key_Return)
    assert wanted.args == [numero]


def test_what_another_reviewed_meanwhile_is_said(bench: Bench) -> None:
    issue(bench.services, sign_in(bench.services))
    bench.look()
    bench.panel.focus_first()
    press(Qt.Key.Key_Return)
    chosen = bench.panel.list.chosen
    assert chosen is not None
    other = sign_in_as(bench.services, "t.ejemplo")
    bench.services.revisiones.review(other, chosen.id, "Lo vi")
    QTest.keyClicks(focus(), "Yo")
    press(Qt.Key.Key_Return)
    idle(bench.qtbot, bench.tasks)
    assert bench.panel.notice.text == "Ya lo revisó t.ejemplo."
    assert bench.rows == []
    assert bench.panel.comment.text() == "Yo"


def test_what_comes_leaves_the_chosen_one_chosen(bench: Bench) -> None:
    sesion = sign_in(bench.services)
    issue(bench.services, sesion)
    bench.clock.move(minutes=10)
    issue(bench.services, sesion, CEDULAS[1])
    bench.look()
    bench.panel.focus_first()
    press(Qt.Key.Key_Down)
    before = bench.panel.list.chosen
    bench.clock.move(minutes=10)
    issue(bench.services, sesion, CEDULAS[2])
    bench.look()
    assert bench.panel.list.chosen == before
    assert bench.panel.list.currentRow() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_nothing_is_cut(bench: Bench, theme: Theme, scheme: Literal["light", "dark"], zoom: float) -> None:
    issue(bench.services, sign_in(bench.services))
    theme.set_scheme(scheme)
    theme.set_zoom(zoom)
    bench.panel.resize(round(520 * zoom), round(215 * zoom))
    bench.look()
    unclipped(bench.qtbot, bench.panel)
    bench.panel.focus_first()
    press(Qt.Key.Key_Return)
    unclipped(bench.qtbot, bench.panel)


def test_on_the_board_f6_leads_there_and_enter_opens_the_review_alone(bench: Bench) -> None:
    numero = issue(bench.services, sign_in(bench.services))
    bench.look()
    screen = SupervisionScreen(bench.panel._desk)
    bench.qtbot.addWidget(screen)
    screen.resize(1280, 720)
    with bench.qtbot.waitActive(screen):
        screen.show()
    screen.focus_first()
    panel = screen.board.revisar
    bench.qtbot.waitUntil(lambda: panel.list.count() == 1)
    press(Qt.Key.Key_F6)
    assert focus() is panel.list
    press(Qt.Key.Key_Return)
    assert focus() is panel.comment
    assert screen.currentWidget() is screen.board
    panel.whole.click()
    idle(bench.qtbot, bench.tasks)
    assert screen.detail is not None
    assert screen.currentWidget() is screen.detail
    assert screen.detail.expediente is not None
    assert screen.detail.expediente.fila.numero == numero
    press(Qt.Key.Key_Escape)
    assert screen.currentWidget() is screen.board
    assert QApplication.focusWidget() is panel.comment


def test_on_a_low_board_the_review_comes_in_sight(bench: Bench, theme: Theme) -> None:
    issue(bench.services, sign_in(bench.services))
    bench.look()
    theme.set_zoom(1.5)
    screen = SupervisionScreen(bench.panel._desk)
    bench.qtbot.addWidget(screen)
    screen.resize(1280, 720)
    with bench.qtbot.waitActive(screen):
        screen.show()
    screen.focus_first()
    panel = screen.board.revisar
    bench.qtbot.waitUntil(lambda: panel.list.count() == 1)
    assert panel.list.visibleRegion().isEmpty()
    press(Qt.Key.Key_F6)
    bench.qtbot.waitUntil(lambda: not panel.list.visibleRegion().isEmpty())
    press(Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: not panel.done.visibleRegion().isEmpty())
    assert focus() is panel.comment
