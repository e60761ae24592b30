"""The kiosk's window: a visit by touch, by keyboard and by scanner, and that nothing of it is left."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.services.kiosco_papeles import KioscoPapeles
from agencia_app.services.kiosco_preparar import Salida, leave_password
from agencia_app.services.kiosco_puerta import Puerta
from agencia_app.services.printing import CupsQueues, Printing
from agencia_app.services.registry import Services
from agencia_app.ui.kiosco.guard import LIMIT, VISIT
from agencia_app.ui.kiosco.leave import LeavePage
from agencia_app.ui.kiosco.pages import (
    BirthEntry,
    BringPage,
    CedulaEntry,
    ConsiderPage,
    MessagePage,
    PlanillaPage,
)
from agencia_app.ui.kiosco.window import KioscoWindow, large_print
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import CEDULAS, MRZ, PASSWORD, add_people, person
from tests.kiosk import kiosk_of, now
from tests.raw import raw_of
from tests.ui.windows import clipped

BORN = "15011955"
NAMES = ("FICTICIA", "NÚÑEZ", "MARÍA", "JOSÉ", "PRUEBA", "LUIS")


@dataclass
class Seconds:
    """A steady clock that is moved."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Cable:
    """A way to the database that can be pulled."""

    puerta: Puerta
    pulled: bool = False

    def __getattr__(self, name: str) -> object:
        if self.pulled and name in {"frame", "ask", "answer", "request", "check", "clock"}:
            raise KnownError("base.away")
        return getattr(self.puerta, name)


@dataclass
class Lobby:
    window: KioscoWindow
    seconds: Seconds
    cable: Cable
    services: Services
    qtbot: QtBot
    tasks: Tasks

    @property
    def page(self) -> QWidget:
        return self.window.page

    def until(self, kind: type[QWidget]) -> None:
        self.qtbot.waitUntil(lambda: isinstance(self.page, kind) and not self.tasks.busy)

    def write(self, text: str) -> None:
        for char in text:  # QTest knows no letters but those of English
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, char)
                QApplication.sendEvent(self.window, event)

    def enter(self) -> None:
        QTest.keyClick(self.window, Qt.Key.Key_Return)

    def touch(self, button: QAbstractButton) -> None:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def ask(self, cedula: str = CEDULAS[0], born: str = BORN) -> None:
        self.write(cedula)
        self.enter()
        self.write(born)
        self.enter()
        self.qtbot.waitUntil(lambda: not self.tasks.busy)

    def bring(self) -> BringPage:
        self.ask()
        self.enter()
        self.enter()
        assert isinstance(self.page, BringPage)
        return self.page

    def said(self) -> str:
        """Return every word on the screen."""
        labels = self.window.findChildren(QLabel)
        fields = self.window.findChildren(QLineEdit)
        return "\n".join([*(each.text() for each in labels), *(each.text() for each in fields)])

    def papers(self) -> list[str]:
        return sorted(each.name for each in self.services.settings.papers.iterdir())


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """The embedded database, or the one that a test names."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def lobby(services: Services, tasks: Tasks, theme: Theme, qtbot: QtBot, tmp_path: Path) -> Iterator[Lobby]:
    add_people(
        services.database,
        person(
            cedula=CEDULAS[1], tipo_prestacion=TipoPrestacion.AFILIADO_DEPENDENCIA, apellidos="PRUEBA MUÑOZ"
        ),
        person(cedula=CEDULAS[2], fecha_defuncion=date(2026, 1, 2)),
        person(cedula="2459999997", fecha_nacimiento=date(1945, 1, 15)),
    )
    with kiosk_of(services) as (kiosco, puerta, _):
        cable, seconds = Cable(puerta), Seconds()
        kiosco._puerta = cable  # type: ignore[assignment]  # the same way, with a hand on its plug
        papeles = KioscoPapeles(Printing(services.settings, CupsQueues()), now)
        leave_password(tmp_path, "cerrar-kiosco")
        window = KioscoWindow(tasks, kiosco, papeles, Salida(tmp_path), seconds)
        qtbot.addWidget(window, before_close_func=lambda _: window.shut())
        window.resize(1024, 768)
        window.show()
        made = Lobby(window, seconds, cable, services, qtbot, tasks)
        made.until(CedulaEntry)
        yield made
        qtbot.waitUntil(lambda: not tasks.busy)


def test_a_visit_by_touch_prints_both_papers(lobby: Lobby) -> None:
    start = lobby.page
    assert isinstance(start, CedulaEntry)
    keys = {each.text(): each for each in start.keypad.findChildren(QAbstractButton)}
    for digit in CEDULAS[0]:
        lobby.touch(keys[digit])
    lobby.touch(start.go_on)
    birth = lobby.page
    assert isinstance(birth, BirthEntry)
    keys = {each.text(): each for each in birth.keypad.findChildren(QAbstractButton)}
    for digit in BORN:
        lobby.touch(keys[digit])
    lobby.touch(birth.go_on)
    lobby.until(ConsiderPage)
    assert isinstance(lobby.page, ConsiderPage)
    lobby.touch(lobby.page.yes)
    assert isinstance(lobby.page, PlanillaPage)
    lobby.touch(lobby.page.choices["luz"])
    bring = lobby.page
    assert isinstance(bring, BringPage)
    lobby.touch(bring.list_button)
    lobby.qtbot.waitUntil(lambda: bring.notice.kind == "done")
    lobby.touch(bring.solicitud_button)
    lobby.qtbot.waitUntil(lambda: len(lobby.papers()) == 2)
    lobby.qtbot.waitUntil(lambda: not lobby.tasks.busy)
    assert "M J F N" in lobby.said()
    assert not any(each in lobby.said() for each in (*NAMES, CEDULAS[0], "1955"))
    rows = lobby.services.database.rows("SELECT cedula, planilla FROM solicitud")
    assert [tuple(each) for each in rows] == [(CEDULAS[0], "luz")]
    lobby.touch(bring.done)
    assert isinstance(lobby.page, CedulaEntry)


@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1366, 768), (1920, 1080), (1080, 1920)])
def test_its_print_is_as_large_as_the_screen_allows(
    lobby: Lobby, theme: Theme, size: tuple[int, int]
) -> None:
    theme.set_zoom(large_print(QSize(*size)))
    lobby.window.resize(*size)
    lobby.qtbot.waitUntil(lambda: clipped(lobby.window) == [])
    lobby.ask(CEDULAS[1])
    lobby.qtbot.waitUntil(lambda: clipped(lobby.window) == [])
    lobby.enter()
    lobby.qtbot.waitUntil(lambda: clipped(lobby.window) == [])
    lobby.enter()
    bring = lobby.page
    assert isinstance(bring, BringPage)
    lobby.qtbot.waitUntil(lambda: clipped(bring) == [])
    (listed,) = bring.findChildren(QScrollArea)
    assert listed.verticalScrollBar().maximum() == 0  # all that they must bring is in sight


def test_a_scanned_zone_carries_both(lobby: Lobby) -> None:
    for line in MRZ.splitlines():
        lobby.write(line)
        lobby.enter()
    lobby.until(ConsiderPage)


def test_a_zone_that_does_not_read_says_so_and_the_next_one_does(lobby: Lobby) -> None:
    for line in (MRZ.splitlines()[0], MRZ.splitlines()[0], MRZ.splitlines()[2]):
        lobby.write(line)
        lobby.enter()
    assert isinstance(lobby.page, CedulaEntry)
    assert lobby.page.notice.kind == "error"
    for line in MRZ.splitlines():
        lobby.write(line)
        lobby.enter()
    lobby.until(ConsiderPage)


def test_a_wrong_cedula_and_a_wrong_birth_date_look_alike(lobby: Lobby) -> None:
    lobby.ask(born="16011955")
    first = lobby.said()
    assert "no coinciden" in first
    lobby.enter()
    lobby.ask(CEDULAS[5])
    assert lobby.said() == first


def test_a_stop_says_nothing_but_where_to_go(lobby: Lobby) -> None:
    lobby.ask(CEDULAS[2])
    assert "Acérquese a Prestaciones" in lobby.said()
    assert not any(each in lobby.said().lower() for each in ("falleci", "suspend", "montep", "m j f n"))


def test_after_thirty_seconds_of_nothing_it_is_back_with_nothing_left(lobby: Lobby) -> None:
    lobby.bring()
    lobby.seconds.at += LIMIT - 9
    lobby.window.guard.look()
    assert "Volvemos al inicio en 9 s" in lobby.window.count.text()
    assert lobby.window.count.isVisible()
    QTest.keyClick(lobby.window, Qt.Key.Key_Shift)
    assert not lobby.window.count.isVisible()
    lobby.seconds.at += LIMIT
    lobby.window.guard.look()
    assert isinstance(lobby.page, CedulaEntry)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert "M J F N" not in lobby.said()
    assert not lobby.window.findChildren(BringPage)
    assert QApplication.clipboard().text() == ""


def test_an_answer_to_who_went_away_is_shown_to_nobody(lobby: Lobby) -> None:
    lobby.write(CEDULAS[0])
    lobby.enter()
    lobby.write(BORN)
    lobby.enter()
    lobby.window.start()
    lobby.qtbot.waitUntil(lambda: not lobby.tasks.busy)
    assert isinstance(lobby.page, CedulaEntry)


def test_a_pulled_cable_is_a_calm_screen_that_recovers(lobby: Lobby) -> None:
    lobby.cable.pulled = True
    lobby.write(CEDULAS[0])
    lobby.enter()
    assert isinstance(lobby.page, BirthEntry)  # what day it is was known
    lobby.write(BORN)
    lobby.enter()
    lobby.qtbot.waitUntil(lambda: "Vuelva en un momento" in lobby.said())
    lobby.window.look()
    lobby.qtbot.waitUntil(lambda: not lobby.tasks.busy)
    assert "Vuelva en un momento" in lobby.said()
    lobby.cable.pulled = False
    lobby.window.look()
    lobby.until(CedulaEntry)
    lobby.ask()
    assert isinstance(lobby.page, ConsiderPage)


def test_what_keeps_it_from_working_is_told_to_the_log_alone(
    lobby: Lobby, caplog: pytest.LogCaptureFixture
) -> None:
    for revision, told in (("0007", "versión anterior"), ("9999", "versión más nueva")):
        with raw_of(lobby.services.database) as raw:
            raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        lobby.window.look()
        lobby.qtbot.waitUntil(lambda told=told: told in caplog.text)  # type: ignore[misc]
        assert "Este kiosco no está listo" in lobby.said()
        assert "versión" not in lobby.said()


def test_a_printer_that_fails_is_told_and_the_window_goes_on(
    lobby: Lobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring = lobby.bring()
    lobby.services.settings.papers.rmdir()
    lobby.services.settings.papers.write_text("aquí no cabe ningún papel")
    lobby.touch(bring.solicitud_button)
    lobby.qtbot.waitUntil(lambda: bring.notice.kind == "error")
    assert "Puede seguir en la ventanilla" in bring.notice.text
    assert bring.done.isEnabled()


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier),
    ],
)
def test_no_key_closes_it(lobby: Lobby, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    lobby.window.fill_screen()
    QTest.keyClick(lobby.window, key, modifier)
    assert not lobby.window.close()
    assert lobby.window.isVisible()
    lobby.window.showNormal()
    lobby.qtbot.waitUntil(lobby.window.isFullScreen)


def test_minimising_does_not_leave_the_whole_screen(lobby: Lobby) -> None:
    lobby.window.fill_screen()
    lobby.window.showMinimized()
    lobby.qtbot.waitUntil(lambda: lobby.window.isFullScreen() and not lobby.window.isMinimized())


def test_a_held_key_counts_once(lobby: Lobby) -> None:
    for repeat in (False, True, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_5, Qt.KeyboardModifier.NoModifier, "5", repeat)
        QApplication.sendEvent(lobby.window, event)
    assert isinstance(lobby.page, CedulaEntry)
    assert lobby.page.digits == "5"
    lobby.window.start()
    lobby.bring()
    lobby.seconds.at += LIMIT
    QApplication.sendEvent(lobby.window, event)  # as nobody's hand does
    lobby.window.guard.look()
    assert isinstance(lobby.page, CedulaEntry)


def test_who_never_stops_typing_is_back_at_the_start(lobby: Lobby) -> None:
    lobby.bring()
    seen = []
    for _ in range(int(VISIT) // 20):
        lobby.seconds.at += 20
        lobby.write("5")
        lobby.window.guard.look()
        seen.append(isinstance(lobby.page, CedulaEntry))
    assert seen == [*([False] * (len(seen) - 1)), True]


def test_its_own_password_alone_closes_it_and_a_wrong_one_locks_nobody(lobby: Lobby) -> None:
    lobby.touch(lobby.window.leave_button)
    page = lobby.page
    assert isinstance(page, LeavePage)
    assert len(page.findChildren(QLineEdit)) == 1  # nobody's name
    for password in ("no-es-esta", PASSWORD):
        page.password.setText(password)
        lobby.touch(page.close_button)
        lobby.qtbot.waitUntil(lambda: not lobby.tasks.busy)
        assert page.notice.kind == "error"
        assert lobby.window.isVisible()
    ((tries,),) = lobby.services.database.rows("SELECT sum(intentos) FROM usuario")
    assert tries == 0
    page.password.setText("cerrar-kiosco")
    with lobby.qtbot.waitSignal(lobby.window.left):
        lobby.touch(page.close_button)
    assert not lobby.window.isVisible()


def test_it_closes_with_the_cable_pulled(lobby: Lobby) -> None:
    lobby.cable.pulled = True
    lobby.window.look()
    lobby.qtbot.waitUntil(lambda: "Vuelva en un momento" in lobby.said())
    for pulled in (True, False):
        lobby.cable.pulled = pulled
        lobby.window.look()  # its answer comes while the administrador is at it
        lobby.touch(lobby.window.leave_button)
        lobby.window.look()
        lobby.qtbot.waitUntil(lambda: not lobby.tasks.busy)
        assert isinstance(lobby.page, LeavePage)
        lobby.seconds.at += LIMIT
        lobby.window.guard.look()
        assert isinstance(lobby.page, MessagePage if pulled else CedulaEntry)
    lobby.cable.pulled = True
    lobby.window.look()
    lobby.qtbot.waitUntil(lambda: "Vuelva en un momento" in lobby.said())
    lobby.touch(lobby.window.leave_button)
    page = lobby.page
    assert isinstance(page, LeavePage)
    page.password.setText("cerrar-kiosco")
    with lobby.qtbot.waitSignal(lobby.window.left):
        lobby.touch(page.close_button)


def test_the_password_of_a_kiosk_is_slow_to_guess(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"kiosco\.unprepared"):
        Salida(tmp_path)
    leave_password(tmp_path, "cerrar-kiosco")
    seconds = Seconds()
    salida = Salida(tmp_path, seconds)
    for _ in range(4):
        with pytest.raises(KnownError, match=r"kiosco\.exit$"):
            salida.check("otra")
    with pytest.raises(KnownError, match=r"kiosco\.exit_wait"):
        salida.check("cerrar-kiosco")
    seconds.at += 6
    salida.check("cerrar-kiosco")


# -- many visits -----------------------------------------------------------------------


def sessions(lobby: Lobby, count: int, seed: int) -> dict[str, int]:
    """Run random visits: keys, touches, scans, waits, and the cable pulled. Return what was seen of each."""
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    bugs: list[object] = []
    lobby.window.broke.connect(bugs.append)
    lobby.window._kiosco._pause = lambda _: None
    seen: dict[str, int] = {}
    people = {CEDULAS[0]: BORN, CEDULAS[1]: BORN, CEDULAS[2]: BORN}
    for number in range(count):
        if number % 20 == 0:
            with raw_of(lobby.services.database) as raw:  # or nobody would be let in any more
                raw.execute("DELETE FROM kiosco_pregunta")
        who = draw.choice([*people, CEDULAS[5]])
        if draw.random() < 0.6 and not lobby.cable.pulled:  # most know what they come for
            lobby.ask(who, people.get(who, BORN))
        for _ in range(draw.randint(1, 14)):
            act(lobby, draw, who, people.get(who, BORN))
            words = lobby.said()
            assert not any(each in words for each in NAMES), words
            if isinstance(lobby.page, (ConsiderPage, PlanillaPage, BringPage, MessagePage)):
                assert not any(each in words for each in (*people, "1955")), words
        kind = type(lobby.page).__name__
        seen[kind] = seen.get(kind, 0) + 1
        lobby.cable.pulled = False
        lobby.qtbot.waitUntil(lambda: not lobby.tasks.busy, timeout=20_000)
        lobby.seconds.at += LIMIT + 1
        lobby.window.guard.look()
        lobby.window.look()
        lobby.qtbot.waitUntil(lambda: not lobby.tasks.busy, timeout=20_000)
        lobby.until(CedulaEntry)
        assert isinstance(lobby.page, CedulaEntry)
        assert lobby.page.digits == ""
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        assert "M J" not in lobby.said()
    assert bugs == []
    return seen


def act(lobby: Lobby, draw: random.Random, cedula: str, born: str) -> None:
    """Do one thing that somebody at a kiosk may do."""
    page, window = lobby.page, lobby.window
    thing = draw.random()
    if thing < 0.35 and isinstance(page, CedulaEntry):
        lobby.write(cedula)
        lobby.enter()
    elif thing < 0.5 and isinstance(page, BirthEntry):
        lobby.write(draw.choice([born, born, "16011955", "99999999", "1"]))
        lobby.enter()
        if draw.random() < 0.8:
            lobby.qtbot.waitUntil(lambda: not lobby.tasks.busy, timeout=20_000)
    elif thing < 0.75:
        buttons = [
            each for each in page.findChildren(QAbstractButton) if each.isVisible() and each.isEnabled()
        ]
        if buttons:
            lobby.touch(draw.choice(buttons))
    elif thing < 0.85:
        QTest.keyClick(
            window,
            draw.choice(
                [Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Space, Qt.Key.Key_Backspace]
            ),
            draw.choice([Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier]),
        )
    elif thing < 0.9:  # a scanner
        lobby.write(draw.choice([MRZ.replace("\n", ""), "I<ECU", "<<<<<<", "ñandú", "0" * 40]))
        lobby.enter()
    elif thing < 0.94:
        lobby.seconds.at += draw.choice([5, 25, 40])
        window.guard.look()
    elif thing < 0.98:
        lobby.cable.pulled = not lobby.cable.pulled
        window.look()
    else:
        lobby.touch(window.leave_button)
        window.close()


def whole(lobby: Lobby) -> None:
    """Assert that no row is half written, and that what was made is sealed."""
    rows = lobby.services.database.rows
    ((broken,),) = rows(
        "SELECT count(*) FROM solicitud WHERE origen <> 'kiosco' OR tramite_id IS NOT NULL OR length(numero) <> 16"
    )
    ((made,),) = rows("SELECT count(*) FROM solicitud")
    ((sealed,),) = rows("SELECT count(DISTINCT detalle) FROM bitacora WHERE accion = 'kiosco.solicitud'")
    ((last,),) = rows("SELECT COALESCE(max(ultimo), 0) FROM secuencia WHERE serie = 'solicitud'")
    assert broken == 0
    assert made == sealed == last
    assert lobby.services.auditoria.verify(None).whole


def test_a_hundred_random_visits(lobby: Lobby) -> None:
    seen = sessions(lobby, 100, 1)
    whole(lobby)
    assert {"BirthEntry", "BringPage", "MessagePage"} <= set(seen)


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["sqlite", "postgres"], indirect=True)
def test_ten_thousand_random_visits(lobby: Lobby) -> None:
    print(sessions(lobby, 10_000, 2))  # noqa: T201 - what was seen, for who reads the figures
    whole(lobby)
