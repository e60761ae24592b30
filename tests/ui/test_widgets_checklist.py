"""The checklist by its keys, and its looks at every zoom."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from agencia_app.models.domain.calidad import Calidad
from agencia_app.models.domain.requisitos import NO_EXIGIBLE, Documento, Perfil
from agencia_app.models.domain.votacion import Exencion, MotivoExencion
from agencia_app.services.requisitos import load_profiles
from agencia_app.settings import RESOURCES
from agencia_app.ui.theme import Theme
from agencia_app.ui.widgets.checklist_view import ChecklistView
from agencia_app.ui.widgets.segmented import Segmented

EXEMPT = Exencion(MotivoExencion.MAYOR_65, date(2025, 11, 16))


def _profile(name: str) -> Perfil:
    profiles = load_profiles(RESOURCES / "requisitos")
    return profiles[name]


def _untouched(*, exempt: bool) -> tuple[Documento, ...]:
    votacion = (
        Documento("votacion", NO_EXIGIBLE, motivo=EXEMPT.motivo)
        if exempt
        else Documento("votacion", "certificado")
    )
    return (Documento("cedula"), votacion, Documento("planilla"))


def _view(qtbot: QtBot, *, exempt: bool, profile: str = "documento-fuente") -> ChecklistView:
    view = ChecklistView()
    qtbot.addWidget(view)
    view.set_checklist(
        _profile(profile).of_calidad(Calidad.JUBILACION),
        _untouched(exempt=exempt),
        {"cedula": "Vigente hasta 04/01/2035"},
        EXEMPT if exempt else None,
    )
    view.resize(960, 500)
    with qtbot.waitActive(view):
        view.show()
    view.setFocus()
    return view


def _focus() -> QWidget:
    focus = QApplication.focusWidget()
    assert focus is not None
    return focus


def _press(keys: str) -> None:
    for key in keys:
        QTest.keyClicks(_focus(), key)


def _shown(view: ChecklistView, requisito: str) -> Documento:
    return next(each for each in view.documentos() if each.requisito == requisito)


def test_a_number_ticks_both_and_again_unticks(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False)
    with qtbot.waitSignal(view.changed):
        _press("1")
    assert _shown(view, "cedula") == Documento("cedula", original=True, copia=True)
    _press("1")
    assert _shown(view, "cedula") == Documento("cedula")


def test_a_number_completes_what_is_half_ticked(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False)
    view.cards[2].original.click()
    assert _shown(view, "planilla").original
    assert not _shown(view, "planilla").copia
    _press("3")
    assert _shown(view, "planilla") == Documento("planilla", original=True, copia=True)


@pytest.mark.parametrize(("key", "planilla"), [("a", "agua"), ("L", "luz"), ("t", "telefono")])
def test_a_letter_chooses_the_planilla_and_ticks_it(
    qtbot: QtBot, theme: Theme, key: str, planilla: str
) -> None:
    view = _view(qtbot, exempt=False)
    _press(key + key)  # twice is the same as once
    assert _shown(view, "planilla") == Documento("planilla", planilla, original=True, copia=True)


def test_the_justificativo_asks_for_its_number_and_date(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False)
    _press("j")
    _press("JA-1L")  # in the field now: no key of the checklist
    QTest.keyClick(_focus(), Qt.Key.Key_Return)
    _press("12012026")
    QTest.keyClick(_focus(), Qt.Key.Key_Return)
    _press("1L")  # back at the checklist
    assert _shown(view, "votacion") == Documento(
        "votacion", "justificativo", original=True, copia=True, numero="JA-1L", fecha=date(2026, 1, 12)
    )
    assert _shown(view, "cedula").original
    assert _shown(view, "planilla").alternativa == "luz"


def test_another_alternative_leaves_no_number_of_the_one_before(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False)
    _press("s")
    _press("S-88")
    view.setFocus()
    _press("c")
    _press("n")
    assert _shown(view, "votacion").numero == ""


def test_the_exemption_of_the_padron_is_told_and_a_certificate_still_taken(
    qtbot: QtBot, theme: Theme
) -> None:
    view = _view(qtbot, exempt=True)
    words = " ".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())
    assert EXEMPT.text in words
    _press("2")
    assert _shown(view, "votacion") == Documento("votacion", "certificado", original=True, copia=True)
    _press("n")
    assert _shown(view, "votacion") == Documento("votacion", NO_EXIGIBLE, motivo=MotivoExencion.MAYOR_65)


def test_no_exigible_without_the_padron_asks_the_reason(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False)
    _press("n")
    assert _shown(view, "votacion") == Documento("votacion", NO_EXIGIBLE)
    reasons = [
        each
        for each in view.findChildren(Segmented)
        if each.isVisible() and "Motivo" in each.accessibleName()
    ]
    assert len(reasons) == 1
    next(each for each in reasons[0].findChildren(QAbstractButton) if "exterior" in each.text()).click()
    assert _shown(view, "votacion").motivo is MotivoExencion.EXTERIOR


def test_an_optional_copy_is_not_said_to_have_been_shown(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False, profile="originales-a-la-vista")
    _press("1")
    assert _shown(view, "cedula") == Documento("cedula", original=True)
    _press("1")
    assert _shown(view, "cedula") == Documento("cedula")


def test_showing_what_was_kept_changes_nothing(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False)
    kept = (
        Documento("cedula", original=True, copia=True),
        Documento("votacion", "sancion", original=True, numero="S-1", fecha=date(2026, 2, 3)),
        Documento("planilla", "agua", copia=True),
    )
    with qtbot.assertNotEmitted(view.changed):
        view.set_checklist(_profile("documento-fuente").of_calidad(Calidad.JUBILACION), kept, {}, None)
    assert view.documentos() == kept


def test_what_is_missing_is_marked(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False)
    view.mark_missing(frozenset({"planilla"}))
    assert [bool(card.property("missing")) for card in view.cards] == [False, False, True]
    view.mark_missing(frozenset())
    assert not any(card.property("missing") for card in view.cards)


def test_arrows_move_the_choice(qtbot: QtBot, theme: Theme) -> None:
    view = _view(qtbot, exempt=False)
    choice = next(each for each in view.cards[2].findChildren(Segmented) if each.isVisible())
    choice.set_value("agua")
    choice.setFocus()
    with qtbot.waitSignal(choice.changed):
        QTest.keyClick(_focus(), Qt.Key.Key_Right)
    assert choice.value == "luz"


@pytest.mark.parametrize("zoom", [0.8, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("width", [620, 960])
def test_no_word_is_clipped(qtbot: QtBot, theme: Theme, zoom: float, width: int) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    view = ChecklistView()
    view.set_checklist(
        _profile("documento-fuente").of_calidad(Calidad.JUBILACION),
        (Documento("cedula"), Documento("votacion", "sancion"), Documento("planilla", "luz")),
        {"cedula": "Vigente hasta 04/01/2035"},
        None,
    )
    area.setWidget(view)
    area.resize(width, 700)
    area.show()
    theme.set_zoom(zoom)

    def fits() -> None:
        assert view.width() <= area.viewport().width()  # nothing to scroll sideways
        assert _clipped(view) == []

    qtbot.waitUntil(fits)


def _clipped(root: QWidget) -> list[str]:
    """Name what has less room than its words need, or lies outside its parent."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton | QLineEdit | Segmented):
            continue
        wanted = widget.minimumSizeHint()
        height = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else wanted.height()
        parent = widget.parentWidget()
        inside = parent is None or parent.rect().contains(widget.geometry())
        if widget.width() < wanted.width() or widget.height() < height or not inside:
            found.append(f"{type(widget).__name__} {widget.accessibleName()} {widget.geometry()} < {wanted}")
    return found
