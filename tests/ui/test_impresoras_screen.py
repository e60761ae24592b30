"""Impresoras: states, test pages, settings and jobs, over a thermal printer that listens for real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from agencia_app import settings
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.printers import thermal
from agencia_app.services.registry import Services
from agencia_app.settings import Termica
from agencia_app.ui.impresoras_screen import ImpresorasScreen
from agencia_app.ui.messages import sentence
from agencia_app.ui.sides import SideDesk
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import PASSWORD, ready_to_issue, sign_in
from tests.printing.thermal_listener import ThermalListener
from tests.ui.windows import (
    WAIT,
    focus,
    focused,
    idle,
    job_becomes,
    press,
    scan,
    show,
    unclipped,
    words,
    working,
)

IMPRESO, CONFIRMADO = EstadoImpresion.IMPRESO, EstadoImpresion.CONFIRMADO
NOBODY = "127.0.0.1:9"  # nothing listens there


@pytest.fixture
def listener() -> Iterator[ThermalListener]:
    with ThermalListener() as made:
        yield made
    assert made.errors == []


@pytest.fixture
def services(services: Services, listener: ThermalListener) -> Services:
    """An agency with a thermal printer at work, one that is off, and no system queues."""
    services.printing.settings = replace(
        services.printing.settings,
        termicas=(
            Termica("Caja", "red", listener.address, 80),
            Termica("Apagada", "red", NOBODY, 58),
        ),
        impresoras={"pendientes": "Caja"},
    )
    return services


@pytest.fixture
def admin(services: Services) -> Sesion:
    return services.usuarios.sign_in("admin", PASSWORD, 4)


@pytest.fixture
def desk(services: Services, tasks: Tasks, admin: Sesion) -> Iterator[SideDesk]:
    with working(services, tasks, admin) as made:
        yield made


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks) -> ImpresorasScreen:
    return _open(qtbot, desk, tasks)


def _open(qtbot: QtBot, desk: SideDesk, tasks: Tasks) -> ImpresorasScreen:
    made = ImpresorasScreen(desk)
    show(qtbot, made)
    idle(qtbot, tasks)
    return made


def _row(screen: ImpresorasScreen, name: str) -> str:
    row = screen.printers.row(name)
    assert row is not None
    return row.text


def _set(desk: SideDesk, **papers: str) -> None:
    printing = desk.services.printing
    printing.settings = replace(printing.settings, impresoras=papers)


def _solicitud(desk: SideDesk) -> Impresion:
    sesion = sign_in(desk.services)
    tramite = ready_to_issue(desk.services, sesion)
    job = desk.services.impresiones.print_solicitud(sesion, tramite.numero)
    desk.monitor.poke()
    return job


# -- the printers ----------------------------------------------------------------------


def test_each_printer_tells_what_it_is_and_how_it_does(screen: ImpresorasScreen) -> None:
    assert "Lista. Térmica por red, 80 mm · hoja de pendientes" in _row(screen, "Caja")
    off = _row(screen, "Apagada")
    assert "No está lista. Térmica por red, 58 mm" in off
    assert "Revise que esté encendida" in off
    assert "Carpeta de PDF. Lista. Archivos PDF · solicitud, recibo, hoja de clave" in _row(screen, "carpeta")
    assert focused() == "Página de prueba en Caja"


def test_a_test_page_comes_out_and_its_row_says_so(
    qtbot: QtBot, screen: ImpresorasScreen, listener: ThermalListener
) -> None:
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Página de prueba: impresa" in _row(screen, "Caja"), timeout=WAIT)
    assert len(listener.papers) == 1
    press(Qt.Key.Key_Down)
    assert focused() == "Página de prueba en Apagada"
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Página de prueba: en espera" in _row(screen, "Apagada"), timeout=WAIT)


def test_a_test_page_that_is_tried_again_goes_to_its_own_printer(
    qtbot: QtBot, screen: ImpresorasScreen, desk: SideDesk, listener: ThermalListener, tasks: Tasks
) -> None:
    listener.stop()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "en espera" in _row(screen, "Caja"), timeout=WAIT)
    listener.start()
    screen.jobs.setFocus()
    press(Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: "Página de prueba: impresa" in _row(screen, "Caja"), timeout=WAIT)
    assert len(listener.papers) == 1
    assert screen.bar.offers == ()


def test_f6_asks_again(
    qtbot: QtBot, screen: ImpresorasScreen, listener: ThermalListener, tasks: Tasks
) -> None:
    listener.stop()
    press(Qt.Key.Key_F6)
    assert "Preguntando" in words(screen)
    idle(qtbot, tasks)
    assert "No está lista" in _row(screen, "Caja")
    assert "Preguntando" not in words(screen)


# -- the settings ----------------------------------------------------------------------


def test_the_printer_and_copies_of_a_paper_are_set_for_good(
    qtbot: QtBot, screen: ImpresorasScreen, desk: SideDesk, tasks: Tasks
) -> None:
    combo, copies = screen.papers.printers[PaperKind.RECIBO], screen.papers.copies[PaperKind.RECIBO]
    assert not screen.save.isEnabled()
    combo.setFocus()
    press(Qt.Key.Key_Up)  # from the folder, the last, to the thermal printer before it
    copies.setFocus()
    press(Qt.Key.Key_Up)
    chosen = combo.currentText()
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert "Guardado" in screen.papers.notice.text
    for kept in (settings.load(desk.services.settings.data), desk.services.printing.settings):
        assert kept.impresoras["recibo"] == chosen != "Carpeta de PDF"
        assert kept.copies("recibo") == 2
        assert "solicitud" not in kept.impresoras  # what nobody touched stays unsaid
    assert not screen.save.isEnabled()
    assert f"{chosen}. " in _row(screen, chosen)
    assert "recibo" in _row(screen, chosen)


def test_only_printers_that_take_a_paper_are_offered(screen: ImpresorasScreen) -> None:
    offered = {
        papel: {combo.itemData(row) for row in range(combo.count())}
        for papel, combo in screen.papers.printers.items()
    }
    assert {"Caja", "Apagada", "carpeta"} <= offered[PaperKind.RECIBO]
    assert "Caja" not in offered[PaperKind.HOJA_CLAVE] | offered[PaperKind.SOLICITUD]
    assert not screen.papers.copies[PaperKind.HOJA_CLAVE].isEnabled()


@pytest.mark.parametrize(
    "error",
    [
        KnownError("usuario.role", roles=("administrador",)),
        KnownError("impresora.copies", maximum=9),
        KnownError("printer.wrong_paper", printer="Caja", message=""),
        KnownError("printer.slip_needs_paper", printer="carpeta", message=""),
        KnownError("impresora.settings", path="/datos"),
        KnownError("base.locked"),
    ],
    ids=lambda error: error.code,
)
def test_a_setting_that_is_refused_is_told_in_its_card_and_kept(
    qtbot: QtBot,
    screen: ImpresorasScreen,
    desk: SideDesk,
    tasks: Tasks,
    monkeypatch: pytest.MonkeyPatch,
    error: KnownError,
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(desk.services.impresoras, "set_papers", refuse)
    screen.papers.copies[PaperKind.RECIBO].setValue(3)
    screen.save.click()
    idle(qtbot, tasks)
    assert screen.papers.notice.text == sentence(error)
    assert screen.papers.copies[PaperKind.RECIBO].value() == 3
    assert screen.save.isEnabled()


def test_an_operador_looks_and_tests_and_sets_nothing(
    qtbot: QtBot, theme: Theme, services: Services, tasks: Tasks
) -> None:
    with working(services, tasks, sign_in(services)) as desk:
        screen = _open(qtbot, desk, tasks)
        assert "Solo un administrador" in words(screen)
        assert not any(combo.isEnabled() for combo in screen.papers.printers.values())
        assert not any(spin.isEnabled() for spin in screen.papers.copies.values())
        row = screen.printers.rows[0]
        assert (row.test.isVisible(), row.remove.isVisible()) == (True, False)
        assert not screen.save.isVisible()
        press(Qt.Key.Key_F3)
        assert not screen.termica.isVisible()


# -- thermal printers ------------------------------------------------------------------


def test_a_thermal_printer_is_added_by_keys_and_removed_when_asked_twice(
    qtbot: QtBot, screen: ImpresorasScreen, desk: SideDesk, listener: ThermalListener, tasks: Tasks
) -> None:
    press(Qt.Key.Key_F3)
    scan("Mostrador")
    assert focused() == "Red"
    press(Qt.Key.Key_Return)
    assert screen.termica.direccion.placeholderText() == "192.168.0.20:9100"
    scan(listener.address)
    idle(qtbot, tasks)
    assert "Lista" in _row(screen, "Mostrador")
    kept = settings.load(desk.services.settings.data).termicas
    assert Termica("Mostrador", "red", listener.address, 80) in kept
    row = screen.printers.row("Mostrador")
    assert row is not None
    row.remove.setFocus()
    press(Qt.Key.Key_Return)
    assert focused() == "No"
    press(Qt.Key.Key_Return)
    assert focused() == "Quitar Mostrador"
    row.remove.click()
    row.sure.setFocus()
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    assert screen.printers.row("Mostrador") is None
    assert all(each.nombre != "Mostrador" for each in settings.load(desk.services.settings.data).termicas)


@pytest.mark.parametrize(
    ("conexion", "name", "address", "code", "field"),
    [
        ("red", "", "192.168.0.20:9100", "impresora.name", "Nombre de la impresora térmica"),
        ("red", "carpeta", "192.168.0.20:9100", "impresora.name", "Nombre de la impresora térmica"),
        ("red", "Caja 2", "", "printer.address", "Dirección"),
        ("usb", "Caja 2", "192.168.0.20", "printer.address", "Dirección"),
        ("serie", "Caja 2", "", "printer.address", "Dirección"),
    ],
)
def test_a_thermal_printer_that_will_not_do_is_told_at_its_field(
    qtbot: QtBot,
    screen: ImpresorasScreen,
    desk: SideDesk,
    tasks: Tasks,
    conexion: str,
    name: str,
    address: str,
    code: str,
    field: str,
) -> None:
    press(Qt.Key.Key_F3)
    form = screen.termica
    form.name.setText(name)
    form.conexion.set_value(conexion)
    form.direccion.setText(address)
    form.direccion.setFocus()
    press(Qt.Key.Key_Return)
    idle(qtbot, tasks)
    begins = sentence(KnownError(code, maximum=60, printer=name, message=""))[:40]
    assert form.notice.text.startswith(begins)
    assert focused() == field
    assert focus().property("state") == "error"
    assert len(desk.services.printing.settings.termicas) == 2
    press(Qt.Key.Key_Escape)  # closes the form, and nothing else
    assert (form.isVisible(), screen.isVisible()) == (False, True)


# -- the jobs --------------------------------------------------------------------------


def test_a_paper_nobody_prints_is_chosen_first_and_enter_saves_it_as_pdf(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks
) -> None:
    _set(desk, solicitud="Caja")  # which has no layout for it
    job = _solicitud(desk)
    job_becomes(qtbot, desk, job.id, lambda each: each.estado is EstadoImpresion.FALLIDO)
    screen = _open(qtbot, desk, tasks)
    assert "Un papel espera a alguien" in screen.title.line.replace("\N{NO-BREAK SPACE}", " ")
    assert "no imprime este papel" in screen.bar.notice.text
    assert focused() == "Guardar como PDF"
    press(Qt.Key.Key_Return)
    done = job_becomes(qtbot, desk, job.id, lambda each: each.estado is IMPRESO)
    assert done.impresora == "carpeta"
    assert list(desk.services.settings.papers.glob("solicitud-*.pdf"))
    qtbot.waitUntil(lambda: screen.bar.offers == ())
    assert focus() is screen.jobs
    assert "espera" not in screen.title.line


def test_what_waits_for_its_printer_may_go_to_another(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, listener: ThermalListener
) -> None:
    _set(desk, pendientes="Apagada")
    job = desk.services.impresiones.print_stop(sign_in(desk.services), "2459999047")
    desk.monitor.poke()
    job_becomes(qtbot, desk, job.id, lambda each: each.error == "printer.refused")
    screen = _open(qtbot, desk, tasks)
    assert screen.jobs.job is not None
    assert screen.jobs.job.id == job.id
    assert "24•••••047" in screen.jobs.job.nombre
    others = [offer for offer in screen.bar.offers if offer not in {"Reintentar", "Guardar como PDF"}]
    assert others == ["Caja"]
    press(Qt.Key.Key_Tab)
    assert focused() == "Imprimir en Caja"
    press(Qt.Key.Key_Return)
    job_becomes(qtbot, desk, job.id, lambda each: each.estado is IMPRESO)
    assert len(listener.papers) == 1


def test_of_a_doubtful_paper_somebody_says_that_it_came_out(
    qtbot: QtBot,
    theme: Theme,
    desk: SideDesk,
    tasks: Tasks,
    listener: ThermalListener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thermal, "STATUS_SECONDS", 0.05)
    monkeypatch.setattr(thermal, "FINISH_SECONDS", 0.2)
    listener.endless = True
    job = desk.services.impresiones.print_stop(sign_in(desk.services), "2459999047")
    desk.monitor.poke()
    job_becomes(qtbot, desk, job.id, lambda each: each.error == "printer.doubtful")
    screen = _open(qtbot, desk, tasks)
    assert "No se sabe si el papel salió" in screen.bar.notice.text
    assert focused() == "Sí salió"
    press(Qt.Key.Key_Return)
    job_becomes(qtbot, desk, job.id, lambda each: each.estado is CONFIRMADO)
    assert len(listener.papers) == 1  # and never a second


def test_a_choice_that_comes_too_late_is_told(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(desk, solicitud="Caja")
    job = _solicitud(desk)
    job_becomes(qtbot, desk, job.id, lambda each: each.estado is EstadoImpresion.FALLIDO)
    screen = _open(qtbot, desk, tasks)
    monkeypatch.setattr(desk.monitor, "poke", lambda: None)
    desk.services.impresiones.came_out(desk.sesion, job.id)  # at another window
    press(Qt.Key.Key_F7)
    idle(qtbot, tasks)
    assert screen.bar.notice.text == sentence(KnownError("impresion.done"))


def test_a_hoja_de_clave_is_settled_in_its_tramite_alone(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks
) -> None:
    _set(desk, hoja_clave="Caja")
    sesion = sign_in(desk.services)
    tramite = ready_to_issue(desk.services, sesion)
    try:
        desk.services.claves.issue(sesion, tramite.numero)
    except KnownError:
        _set(desk)  # a printer that cannot take it is refused before anything is issued
        desk.services.claves.issue(sesion, tramite.numero)
    desk.monitor.poke()
    screen = _open(qtbot, desk, tasks)
    qtbot.waitUntil(lambda: any(job.papel is PaperKind.HOJA_CLAVE for job in screen.jobs.jobs), timeout=WAIT)
    screen.jobs.choose(next(job.id for job in screen.jobs.jobs if job.papel is PaperKind.HOJA_CLAVE))
    assert screen.bar.offers == ()


def test_the_chosen_job_stays_chosen_when_others_come(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks
) -> None:
    impresiones = desk.services.impresiones
    first = [impresiones.print_test(desk.sesion, "carpeta").id for _ in range(3)]
    desk.monitor.poke()
    for number in first:
        job_becomes(qtbot, desk, number, lambda each: each.estado is IMPRESO)
    screen = _open(qtbot, desk, tasks)
    screen.jobs.choose(first[1])
    screen.jobs.setFocus()
    later = impresiones.print_test(desk.sesion, "Apagada").id
    desk.monitor.poke()
    job_becomes(qtbot, desk, later, lambda each: bool(each.error))
    assert screen.jobs.jobs[0].id == later  # what needs somebody is on top
    assert screen.jobs.job is not None
    assert screen.jobs.job.id == first[1]
    press(Qt.Key.Key_Up)
    assert screen.jobs.job.id == first[2]


@pytest.mark.parametrize(("zoom", "width"), [(1.0, 1280), (1.5, 1280), (1.0, 900), (1.5, 900)])
def test_nothing_is_clipped(
    qtbot: QtBot, theme: Theme, desk: SideDesk, tasks: Tasks, zoom: float, width: int
) -> None:
    _set(desk, solicitud="Caja")
    job = _solicitud(desk)
    job_becomes(qtbot, desk, job.id, lambda each: each.estado is EstadoImpresion.FALLIDO)
    screen = _open(qtbot, desk, tasks)
    theme.set_zoom(zoom)
    screen.resize(width, 640)
    press(Qt.Key.Key_F3)
    screen.termica.submit()
    idle(qtbot, tasks)
    unclipped(qtbot, screen)
