"""Two windows at the same instant over one person: one clave, never two and never none, and no bug shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.models.domain.cedula import check_digit
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.tramite import Emision, EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import hashing, invariantes
from agencia_app.services.claves import Issued
from agencia_app.services.registry import Services
from agencia_app.services.tramites import Attention
from tests.factories import IDENTIDAD, Clock, add_people, full_papers, person, signed_in

ROUNDS = 12
MANY = 1_000
REFUSED = ("clave.slip_settled", "clave.slip_changed")
PATIENCE = 60  # seconds after which two windows wait for each other

THREADS = ThreadPoolExecutor(2)  # the same ones all along: each keeps a connection open to read


@dataclass
class Window:
    services: Services
    sesion: Sesion


@pytest.fixture
def windows(place: Path) -> Iterator[tuple[Window, Window]]:
    """Two windows of one agency, each with its own connections."""
    made = []
    for number, usuario in enumerate(("a.ejemplo", "b.ejemplo"), 1):
        services = app.open_services(settings.load(place), Clock())
        services.claves.hasher = hashing.cheap
        made.append(Window(services, signed_in(services, usuario, number)))
    yield made[0], made[1]
    for each in made:
        each.services.database.close()


def new_people(services: Services, count: int) -> list[str]:
    nines = [f"245{n:06d}" for n in range(1, count + 1)]
    cedulas = [nine + str(check_digit(nine)) for nine in nines]
    add_people(services.database, *(person(cedula=each) for each in cedulas))
    return cedulas


def at_once(*actions: Callable[[], object]) -> list[object]:
    """Do several things at the same instant; return what each gave, a refusal as its code."""
    together = threading.Barrier(len(actions))

    def act(action: Callable[[], object]) -> object:
        together.wait(PATIENCE)
        try:
            return action()
        except KnownError as error:
            return error.code

    return [each.result(PATIENCE) for each in [THREADS.submit(act, action) for action in actions]]


def ready(window: Window, cedula: str) -> str:
    """Bring a person who brought everything to the Clave step."""
    tramites, sesion = window.services.tramites, window.sesion
    tramite = tramites.attend(sesion, cedula).tramite
    assert tramite is not None
    tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    tramite = tramites.reload(tramite.numero)
    tramites.save_requisitos(sesion, tramite.numero, full_papers(tramite, window.services), done=True)
    tramites.accept(sesion, tramite.numero)
    tramites.sign(sesion, tramite.numero)
    return tramite.numero


def both(windows: tuple[Window, Window], action: Callable[[Window], object]) -> list[object]:
    return at_once(*(partial(action, each) for each in windows))


def attend_at_once(windows: tuple[Window, Window], cedula: str) -> None:
    one, other = windows
    opened = both(windows, lambda each: tramite_of(each.services.tramites.attend(each.sesion, cedula)).numero)
    assert len(set(opened)) == 1, "two trámites for one cédula"
    numero = ready(one, cedula)
    first, second = both(
        windows, lambda each: each.services.claves.issue(each.sesion, numero).tramite.emision
    )
    assert isinstance(first, Emision)
    assert first == second, "two issuances of one trámite"
    slips = at_once(
        lambda: one.services.claves.replace_slip(one.sesion, numero, 1),
        lambda: other.services.claves.confirm_slip(other.sesion, numero, 1),
    )
    assert sum(each in REFUSED for each in slips) == 1
    emision = one.services.tramites.reload(numero).emision
    assert emision is not None
    one.services.claves.confirm_slip(one.sesion, numero, emision.intento)
    ended = both(windows, lambda each: each.services.tramites.finish(each.sesion, numero).estado)
    assert ended == [EstadoTramite.TERMINADO] * 2


def race(windows: tuple[Window, Window], rounds: int) -> None:
    """Open, issue, settle the slip and end, for one person after another, at two windows at once."""
    one, _ = windows
    cedulas = new_people(one.services, rounds)
    for cedula in cedulas:
        attend_at_once(windows, cedula)
    valid = one.services.database.rows(
        "SELECT cedula, COUNT(*) FROM clave WHERE estado = 'vigente' GROUP BY cedula"
    )
    assert {tuple(each) for each in valid} == {(cedula, 1) for cedula in cedulas}
    assert invariantes.check(one.services.database).todos


def tramite_of(attention: Attention) -> Tramite:
    assert attention.tramite is not None
    return attention.tramite


def test_two_windows_over_one_cedula(windows: tuple[Window, Window]) -> None:
    race(windows, ROUNDS)


@pytest.mark.soak
def test_two_windows_over_one_cedula_a_thousand_times(windows: tuple[Window, Window]) -> None:
    race(windows, MANY)


def test_who_issues_while_another_cancels(windows: tuple[Window, Window]) -> None:
    one, other = windows
    for cedula in new_people(one.services, ROUNDS):
        numero = ready(one, cedula)
        issued, cancelled = at_once(
            partial(one.services.claves.issue, one.sesion, numero),
            partial(other.services.tramites.cancel, other.sesion, numero),
        )
        if cancelled is None:
            assert issued == "tramite.not_ready"
        else:
            assert cancelled == "tramite.issued"
            assert isinstance(issued, Issued)
    assert invariantes.check(one.services.database).todos


def test_the_first_numbers_of_a_year_at_once(windows: tuple[Window, Window], clock: Clock) -> None:
    one, other = windows
    cedulas = new_people(one.services, 2)
    opened = at_once(
        lambda: tramite_of(one.services.tramites.attend(one.sesion, cedulas[0])).numero,
        lambda: tramite_of(other.services.tramites.attend(other.sesion, cedulas[1])).numero,
    )
    year = f"{clock().year % 100}"
    assert sorted(str(each)[:11] for each in opened) == [f"017{year}000001", f"017{year}000002"]
