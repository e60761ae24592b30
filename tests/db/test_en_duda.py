"""An issuance whose commit is not answered: found out, never repeated, its slip printed once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import event

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import SLIP, EstadoImpresion, PaperKind
from agencia_app.models.domain.tramite import Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from tests.factories import Clock, ready_to_issue, sign_in, sign_in_as
from tests.machines import Machines
from tests.proxy import Proxy


@pytest.fixture
def services(several: Machines, between: Proxy) -> Services:
    return several.make("CAJA-1", Clock(), between.address(several.address))


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return sign_in(services)


@pytest.fixture
def tramite(services: Services, sesion: Sesion) -> Tramite:
    return ready_to_issue(services, sesion)


def _slips(services: Services, numero: str) -> list[EstadoImpresion]:
    return [each.estado for each in services.impresiones.of_tramite(numero) if each.papel is SLIP]


def _papers(services: Services) -> list[Path]:
    return sorted(services.settings.papers.glob("*oja*"))


def _issued(services: Services) -> tuple[int, int]:
    """How many valid claves and how many recibos there are."""
    ((found,),) = services.database.rows("SELECT count(*) FROM clave WHERE estado = 'vigente'")
    ((recibos,),) = services.database.rows("SELECT count(*) FROM recibo")
    return found, recibos


def _lost(between: Proxy, how: str) -> None:
    """Lose the next COMMIT of an issuance, there or on its way back."""
    getattr(between, how)()


def _issue_in_doubt(services: Services, between: Proxy, sesion: Sesion, tramite: Tramite, how: str) -> None:
    """Issue, and hear nothing of it."""
    _lost(between, how)
    with pytest.raises(KnownError, match=r"clave\.in_doubt"):
        services.claves.issue(sesion, tramite.numero)


def test_one_that_was_recorded_prints_from_memory_once(
    services: Services, between: Proxy, sesion: Sesion, tramite: Tramite
) -> None:
    _issue_in_doubt(services, between, sesion, tramite, "swallow")
    assert _slips(services, tramite.numero) == [EstadoImpresion.EN_COLA]
    issued = services.claves.settle(sesion, tramite.numero)
    assert issued is not None
    assert issued.hoja is not None
    assert issued.tramite.emision is not None
    services.dispatcher.work()
    assert _slips(services, tramite.numero) == [EstadoImpresion.IMPRESO]
    assert len(_papers(services)) == 1
    again = services.claves.settle(sesion, tramite.numero)
    assert again is not None
    assert again.hoja is None
    assert services.claves.issue(sesion, tramite.numero).hoja is None
    assert len(_papers(services)) == 1
    assert _issued(services) == (1, 1)


def test_one_that_was_not_recorded_leaves_what_was_and_can_be_asked_again(
    services: Services, between: Proxy, sesion: Sesion, tramite: Tramite
) -> None:
    _issue_in_doubt(services, between, sesion, tramite, "drop")
    assert services.claves.settle(sesion, tramite.numero) is None
    assert services.tramites.reload(tramite.numero).emision is None
    assert _papers(services) == []
    assert services.claves.issue(sesion, tramite.numero).hoja is not None
    assert len(_papers(services)) == 1
    assert _issued(services) == (1, 1)


def test_issuing_again_settles_the_doubt_first(
    services: Services, between: Proxy, sesion: Sesion, tramite: Tramite
) -> None:
    _issue_in_doubt(services, between, sesion, tramite, "swallow")
    issued = services.claves.issue(sesion, tramite.numero)
    assert issued.hoja is not None
    assert len(_papers(services)) == 1


@pytest.mark.parametrize("how", ["swallow", "drop"])
def test_another_slip_is_found_out_alike(
    services: Services, between: Proxy, sesion: Sesion, tramite: Tramite, how: str
) -> None:
    services.claves.issue(sesion, tramite.numero)
    services.dispatcher.work()  # nothing is left to call back: the next COMMIT is the other slip's
    _lost(between, how)
    with pytest.raises(KnownError, match=r"clave\.in_doubt"):
        services.claves.replace_slip(sesion, tramite.numero, 1)
    found = services.claves.settle(sesion, tramite.numero)
    if how == "drop":
        assert found is None
        emision = services.tramites.reload(tramite.numero).emision
        assert emision is not None
        assert emision.intento == 1
        found = services.claves.replace_slip(sesion, tramite.numero, 1)
    assert found is not None
    assert found.hoja is not None
    assert found.hoja.ejemplar == 2
    assert len(_papers(services)) == 2
    assert _issued(services) == (1, 1)


def test_one_that_another_window_went_on_from_prints_nothing(
    services: Services, several: Machines, between: Proxy, sesion: Sesion, tramite: Tramite
) -> None:
    _issue_in_doubt(services, between, sesion, tramite, "swallow")
    there = several.make("CAJA-2", Clock())
    there.claves.replace_slip(sign_in(there, 5), tramite.numero, 1)
    found = services.claves.settle(sesion, tramite.numero)
    assert found is not None
    assert found.hoja is None
    assert _papers(services) == []
    assert len(_papers(there)) == 1


def test_while_the_server_is_away_nobody_says_how_it_stands(
    services: Services, between: Proxy, sesion: Sesion, tramite: Tramite
) -> None:
    _issue_in_doubt(services, between, sesion, tramite, "swallow")
    between.cut()
    with pytest.raises(KnownError, match=r"base\.away"):
        services.claves.settle(sesion, tramite.numero)
    between.mend()
    issued = services.claves.settle(sesion, tramite.numero)
    assert issued is not None
    assert issued.hoja is not None


def _lose_commit(services: Services, between: Proxy, number: int, how: str) -> None:
    """Lose the so-manieth COMMIT from now on."""
    left = iter(range(number - 1, -1, -1))

    def committing(_: object) -> None:
        if next(left, None) == 0:
            _lost(between, how)

    event.listen(services.database.engine, "commit", committing)


def _work(services: Services) -> None:
    """Go over the print jobs as a window does, until nothing waits any more."""
    for _ in range(6):
        with suppress(KnownError):
            if not services.dispatcher.work():
                return


@pytest.mark.parametrize("how", ["swallow", "drop"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])  # the slip forgotten; taken, announced, come out
def test_a_paper_comes_out_once_whichever_answer_is_lost(
    services: Services, between: Proxy, sesion: Sesion, tramite: Tramite, number: int, how: str
) -> None:
    services.claves.issue(sesion, tramite.numero)
    services.claves.confirm_slip(sesion, tramite.numero, 1)
    _lose_commit(services, between, number, how)
    _work(services)
    assert between.hit.is_set()
    jobs = services.impresiones.of_tramite(tramite.numero)
    assert [each.estado for each in jobs if each.papel is PaperKind.RECIBO] == [EstadoImpresion.IMPRESO]
    assert len(list(services.settings.papers.glob("recibo-*"))) == 1


@pytest.mark.parametrize("how", ["swallow", "drop"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])  # issued, taken, announced, come out
def test_a_slip_comes_out_at_most_once_and_its_job_says_so(
    services: Services, between: Proxy, sesion: Sesion, tramite: Tramite, number: int, how: str
) -> None:
    _lose_commit(services, between, number, how)
    with suppress(KnownError):
        services.claves.issue(sesion, tramite.numero)
    services.claves.settle(sesion, tramite.numero)
    services.claves.issue(sesion, tramite.numero)
    _work(services)
    assert between.hit.is_set()
    (slip,) = _slips(services, tramite.numero)
    assert slip is (EstadoImpresion.IMPRESO if _papers(services) else EstadoImpresion.FALLIDO)
    assert len(_papers(services)) <= 1
    assert _issued(services) == (1, 1)


def test_an_annulment_that_was_not_answered_is_said_to_be_one(
    services: Services, between: Proxy, sesion: Sesion, tramite: Tramite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agencia_app.services.claves.MAX_SLIPS", 1)
    services.claves.issue(sesion, tramite.numero)
    services.dispatcher.work()
    _lost(between, "swallow")
    with pytest.raises(KnownError, match=r"base\.away"):
        services.claves.replace_slip(sesion, tramite.numero, 1)
    for again in (services.claves.replace_slip, services.claves.confirm_slip):
        with pytest.raises(KnownError, match=r"clave\.annulled"):
            again(sesion, tramite.numero, 1)


def test_a_doubt_over_what_a_supervisor_annulled_prints_nothing(
    services: Services, several: Machines, between: Proxy, sesion: Sesion, tramite: Tramite
) -> None:
    _issue_in_doubt(services, between, sesion, tramite, "swallow")
    there = several.make("CAJA-2", Clock())
    emision = there.tramites.reload(tramite.numero).emision
    assert emision is not None
    asked = there.anulaciones.request(sign_in_as(there, "s.ejemplo", 5), emision.recibo, "Era otra persona")
    there.autorizaciones.approve(sign_in_as(there, "t.ejemplo", 6), [asked.id])
    for _ in range(2):
        with pytest.raises(KnownError, match=r"clave\.annulled"):
            services.claves.settle(sesion, tramite.numero)
    assert _papers(services) == []
