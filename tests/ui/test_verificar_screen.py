"""Verificar recibo: what is scanned, typed or dropped gets one large answer, and never a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from agencia_app.models.db.tables import ReciboRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.sello import Resultado
from agencia_app.services import recibos
from agencia_app.services.registry import Services
from agencia_app.ui.messages import sentence
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from agencia_app.ui.verificar_screen import VerificarScreen
from tests.factories import Clock, ready_to_issue, sign_in
from tests.ui.windows import focus, idle, press, scan, show, unclipped, words, working


@pytest.fixture
def numero(services: Services) -> str:
    """The number of the one recibo issued."""
    sesion = sign_in(services)
    emision = services.claves.issue(sesion, ready_to_issue(services, sesion).numero).tramite.emision
    assert emision is not None
    return emision.recibo


@pytest.fixture
def qr(services: Services, numero: str) -> str:
    with services.database.reading() as session:
        row = session.scalars(select(ReciboRow).where(ReciboRow.numero == numero)).one()
        sello = recibos.sello_of(row)
    assert sello is not None
    return sello.payload


@pytest.fixture
def desk(services: Services, tasks: Tasks) -> Iterator[SideDesk]:
    with working(services, tasks, sign_in(services)) as made:
        yield made


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme, desk: SideDesk) -> VerificarScreen:
    made = VerificarScreen(desk)
    show(qtbot, made)
    return made


def _answer(qtbot: QtBot, screen: VerificarScreen, tasks: Tasks) -> str:
    idle(qtbot, tasks)
    assert screen.answer.isVisible()
    return screen.answer.word


def test_a_scan_is_answered_and_the_next_takes_its_place(
    qtbot: QtBot, screen: VerificarScreen, tasks: Tasks, numero: str, qr: str
) -> None:
    scan(numeros.shown(numero))
    assert _answer(qtbot, screen, tasks) == "AUTÉNTICO"
    told = words(screen)
    for fact in (numeros.shown(numero), "23/11/2026 10:42", "Ventanilla 4"):
        assert fact in told.replace("\N{NO-BREAK SPACE}", " ")
    # The field is selected: nobody clears it between two recibos.
    scan(qr)
    assert screen.field.text() == qr
    assert _answer(qtbot, screen, tasks) == "AUTÉNTICO"
    scan(qr[:-1] + ("A" if qr[-1] != "A" else "B"))
    assert _answer(qtbot, screen, tasks) == "ALTERADO"
    assert "FICTICIA" not in words(screen)
    assert "FICTICIA" not in screen.answer.text


def test_what_became_of_the_clave_is_told_of_its_recibo(
    qtbot: QtBot, screen: VerificarScreen, tasks: Tasks, services: Services, clock: Clock, numero: str
) -> None:
    sesion = sign_in(services)
    tramite = services.tramites.unfinished(sesion)[0].numero
    clock.move(days=1)  # too late for another slip: the clave is annulled
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, tramite, 1)
    scan(numero)
    assert _answer(qtbot, screen, tasks) == "ANULADO"
    later = []
    for _ in range(2):
        tramite = ready_to_issue(services, sesion).numero
        emision = services.claves.issue(sesion, tramite).tramite.emision
        assert emision is not None
        services.claves.confirm_slip(sesion, tramite, 1)
        services.tramites.finish(sesion, tramite)
        later.append(emision.recibo)
    for number, word in zip(later, ("SUSTITUIDO", "AUTÉNTICO"), strict=True):
        scan(number)
        assert _answer(qtbot, screen, tasks) == word


@pytest.mark.parametrize(
    ("text", "word", "code"),
    [
        ("", "DESCONOCIDO", "recibo.empty"),
        ("hola", "DESCONOCIDO", "recibo.number_shape"),
        ("017-26-0000001-99", "DESCONOCIDO", "recibo.number_check"),
        ("RECIBO1017260000001", "ALTERADO", "recibo.qr_torn"),
        ("HTTPS://EJEMPLO.EC/" + "X" * 120, "ALTERADO", "recibo.qr_shape"),
    ],
)
def test_each_bad_scan_has_its_own_sentence(
    qtbot: QtBot, screen: VerificarScreen, tasks: Tasks, text: str, word: str, code: str
) -> None:
    scan(text)
    assert _answer(qtbot, screen, tasks) == word
    assert sentence(KnownError(code)) in screen.answer.text
    assert screen.field.selectedText() == text
    assert focus() is screen.field


def test_numbers_that_are_not_of_a_recibo_of_ours(
    qtbot: QtBot, screen: VerificarScreen, tasks: Tasks, numero: str
) -> None:
    for number, says in (
        (numeros.build(numeros.Kind.RECIBO, "018", 2026, 1), "otra agencia"),
        (numeros.build(numeros.Kind.RECIBO, "017", 2026, 77), "no consta"),
        (numeros.build(numeros.Kind.TRAMITE, "017", 2026, 1), "número de un trámite"),
    ):
        scan(number)
        assert _answer(qtbot, screen, tasks) == "DESCONOCIDO"
        assert says in screen.answer.text


def test_a_pdf_is_dropped_or_chosen(
    qtbot: QtBot,
    screen: VerificarScreen,
    tasks: Tasks,
    services: Services,
    numero: str,
    tmp_path: Path,
) -> None:
    good, bare = tmp_path / "traido.pdf", tmp_path / "otro.pdf"
    good.write_bytes(services.papeles.recibo(services.tramites.unfinished(sign_in(services))[0]).pdf)
    canvas = Canvas(str(bare), invariant=True)
    canvas.drawString(72, 72, "Carta")
    canvas.save()
    _drop(screen, good)
    assert _answer(qtbot, screen, tasks) == "AUTÉNTICO"
    _drop(screen, bare)
    assert _answer(qtbot, screen, tasks) == "DESCONOCIDO"
    assert sentence(KnownError("recibo.pdf_no_code")) in screen.answer.text
    assert focus() is screen.field
    press(Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "no-hay.pdf"))
    with qtbot.waitSignal(dialog.finished):
        dialog.reject()
    assert _answer(qtbot, screen, tasks) == "DESCONOCIDO"
    assert sentence(KnownError("recibo.pdf_unreadable")) in screen.answer.text


def _drop(screen: VerificarScreen, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    screen.dropEvent(QDropEvent(QPoint(5, 5), copy, mime, button, keys))


def test_only_the_last_of_two_quick_scans_is_answered(
    qtbot: QtBot, screen: VerificarScreen, tasks: Tasks, numero: str
) -> None:
    scan(numero)
    assert screen.answer.word == "Verificando…"  # never the answer of the recibo before
    scan("nada")
    assert _answer(qtbot, screen, tasks) == "DESCONOCIDO"
    assert screen.field.text() == "nada"


def test_a_database_that_does_not_answer_is_no_verdict(
    qtbot: QtBot,
    screen: VerificarScreen,
    tasks: Tasks,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(_self: object, _text: str) -> Resultado:
        raise KnownError("base.locked")

    monkeypatch.setattr(type(services.verificacion), "verify", locked)
    scan("01726000000196")
    assert _answer(qtbot, screen, tasks) == "Sin respuesta"
    assert sentence(KnownError("base.locked")) in screen.answer.text


def test_esc_goes_back(qtbot: QtBot, screen: VerificarScreen) -> None:
    with qtbot.waitSignal(screen.closed):
        press(Qt.Key.Key_Escape)


@pytest.mark.parametrize(("zoom", "width"), [(1.0, 1280), (1.5, 1280), (1.5, 900)])
def test_nothing_is_clipped(
    qtbot: QtBot,
    screen: VerificarScreen,
    theme: Theme,
    tasks: Tasks,
    numero: str,
    zoom: float,
    width: int,
) -> None:
    theme.set_zoom(zoom)
    screen.resize(width, 640)
    scan(numero)
    assert _answer(qtbot, screen, tasks) == "AUTÉNTICO"
    unclipped(qtbot, screen)
