"""The ordinary pensioner, from cédula to recibo, counted in key presses and scans."""

from __future__ import annotations

from datetime import date

import pytest
from pytestqt.qtbot import QtBot

from agencia_app.models.domain import mrz
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.services.registry import Services
from agencia_app.ui.tasks import Tasks
from agencia_app.ui.theme import Theme
from tests.factories import MRZ, add_people, person, sign_in, solicitud_of_kiosk
from tests.ui.conftest import dressed, tasks, theme  # noqa: F401 - fixtures, and the offscreen platform
from tests.ui.pages import WizardDriver

ALLOWED = 10  # DESIGN section 4

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, tasks: Tasks, theme: Theme) -> WizardDriver:  # noqa: F811 - as above
    return WizardDriver(qtbot, services, sign_in(services), tasks, theme)


@pytest.mark.parametrize(
    ("born", "votacion", "presses"),
    [
        (date(1945, 1, 15), "", 9),  # exempt over 65: the certificate is not asked for
        (date(1965, 1, 15), "2", 10),
    ],
)
def test_an_ordinary_attention_takes_ten_keys_at_most(
    wizard: WizardDriver, services: Services, born: date, votacion: str, presses: int
) -> None:
    add_people(services.database, person(cedula="2459999997", fecha_nacimiento=born))
    wizard.scan(*MRZ.split("\n"))
    wizard.settle()
    wizard.enter()  # identidad: all of it came with the scan
    wizard.write(f"1{votacion}l")
    wizard.enter()
    wizard.enter()  # accepted: the solicitud prints
    wizard.enter()  # signed
    wizard.enter()  # issue
    wizard.enter()  # the slip came out well: the recibo prints
    tramite = wizard.recibo.tramite
    assert tramite is not None
    assert tramite.emision is not None
    printed = {path.name.split("-017-")[0] for path in services.settings.papers.glob("*.pdf")}
    assert printed == {"solicitud", "hoja-clave", "recibo"}
    assert wizard.presses == presses
    assert presses <= ALLOWED
    wizard.enter()
    assert services.tramites.reload(tramite.numero).estado is EstadoTramite.TERMINADO


def zone_of(born: date) -> list[str]:
    """Return the zone of the example with another birth date, its check digits made anew."""
    first, second, third = MRZ.split("\n")
    birth = f"{born:%y%m%d}"
    second = f"{birth}{mrz.check_digit(birth)}{second[7:29]}"
    whole = mrz.check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return [first, f"{second}{whole}", third]


@pytest.mark.parametrize(
    ("born", "papers", "presses"),
    [
        (date(1945, 1, 15), "13", 8),  # exempt over 65; the planilla is the one that they said to bring
        (date(1965, 1, 15), "123", 9),
    ],
)
def test_from_the_kiosks_paper_to_the_recibo(
    wizard: WizardDriver, services: Services, born: date, papers: str, presses: int
) -> None:
    add_people(services.database, person(cedula="2459999997", fecha_nacimiento=born))
    wizard.scan(solicitud_of_kiosk(services, "2459999997", "luz"))
    wizard.settle()
    wizard.scan(*zone_of(born))  # identidad: the scan fills it in, and confirms it
    wizard.settle()
    wizard.write(papers)
    wizard.enter()
    wizard.enter()  # the paper is signed
    wizard.enter()  # issue
    wizard.enter()  # the slip came out well: the recibo prints
    tramite = wizard.recibo.tramite
    assert tramite is not None
    assert tramite.emision is not None
    printed = {path.name.split("-017-")[0] for path in services.settings.papers.glob("*.pdf")}
    assert printed == {"hoja-clave", "recibo"}
    assert wizard.presses == presses
