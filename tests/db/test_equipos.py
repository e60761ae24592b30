"""Print jobs of an agency of many machines: each comes out where it was made, once, whoever else works."""

from __future__ import annotations

import threading

import pytest

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import DOUBTFUL, SLIP, EstadoImpresion, Impresion, PaperKind
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from tests.factories import CEDULAS, Clock, ready_to_issue, sign_in, sign_in_as, signed_in
from tests.machines import Machines, until

EN_COLA, IMPRESO, FALLIDO = EstadoImpresion.EN_COLA, EstadoImpresion.IMPRESO, EstadoImpresion.FALLIDO


@pytest.fixture
def here(several: Machines) -> Services:
    return several.make("CAJA-1", Clock())


@pytest.fixture
def there(several: Machines) -> Services:
    return several.make("CAJA-2", Clock())


@pytest.fixture
def sesion(here: Services) -> Sesion:
    return sign_in(here)


def _papers(services: Services) -> int:
    return len(list(services.settings.papers.glob("*.pdf")))


def _job(services: Services, numero: str, papel: PaperKind) -> Impresion:
    return next(each for each in services.impresiones.of_tramite(numero) if each.papel is papel)


def test_each_paper_comes_out_once_where_it_was_made(here: Services, there: Services, sesion: Sesion) -> None:
    for _ in range(5):
        here.impresiones.print_stop(sesion, CEDULAS[3])
    other = sign_in_as(there, "b.ejemplo", 5)
    for _ in range(3):
        there.impresiones.print_stop(other, CEDULAS[4])
    threads = [
        threading.Thread(target=lambda each=each: [each.dispatcher.work() for _ in range(20)])
        for each in (here, there)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in (here, there):
        while each.dispatcher.work():
            pass
    assert (_papers(here), _papers(there)) == (5, 3)
    assert [each.intentos for each in (*here.impresiones.recent(), *there.impresiones.recent())] == [1] * 8


def test_a_machine_shows_and_takes_up_its_own_alone(here: Services, there: Services, sesion: Sesion) -> None:
    job = here.impresiones.print_stop(sesion, CEDULAS[3])
    assert there.impresiones.recent() == ()
    there.dispatcher.take_up()
    assert not there.dispatcher.work()
    assert here.impresiones.get(job.id).estado is EN_COLA
    assert here.impresiones.get(job.id).equipo == "CAJA-1"


def test_a_machine_that_starts_leaves_the_slip_of_another_alone(
    here: Services, there: Services, sesion: Sesion, monkeypatch: pytest.MonkeyPatch
) -> None:
    tramite = ready_to_issue(here, sesion)
    # As if it were being handed over right now.
    monkeypatch.setattr(here.dispatcher, "hand_over", lambda _impresion, _paper: there.dispatcher.take_up())
    here.claves.issue(sesion, tramite.numero)
    assert _job(here, tramite.numero, SLIP).estado is EN_COLA


def test_a_recibo_comes_out_where_its_slip_was_seen(here: Services, there: Services, sesion: Sesion) -> None:
    tramite = ready_to_issue(here, sesion)
    here.claves.issue(sesion, tramite.numero)
    other = sign_in_as(there, "b.ejemplo", 5)
    there.claves.confirm_slip(other, tramite.numero, 1)
    here.dispatcher.work()
    there.dispatcher.work()
    recibo = _job(there, tramite.numero, PaperKind.RECIBO)
    assert (recibo.equipo, recibo.estado) == ("CAJA-2", IMPRESO)


def test_a_supervisor_takes_over_what_a_dead_machine_left(
    here: Services, there: Services, sesion: Sesion
) -> None:
    tramite = ready_to_issue(here, sesion)
    here.claves.issue(sesion, tramite.numero)
    waiting = here.impresiones.print_stop(sesion, CEDULAS[3])
    sent = here.impresiones.print_stop(sesion, CEDULAS[4])
    there.database.rows(  # it died between announcing a paper and hearing of it
        "UPDATE impresion SET estado = 'imprimiendo', referencia = 'x', intentos = 1 WHERE id = ? RETURNING id",
        (sent.id,),
    )
    slip = _job(here, tramite.numero, SLIP)
    there.database.rows(
        "UPDATE impresion SET estado = 'en_cola', referencia = '' WHERE id = ? RETURNING id", (slip.id,)
    )
    supervisor = signed_in(there, "s.ejemplo")
    assert there.impresiones.left_behind(supervisor) == ()  # it is there
    with pytest.raises(KnownError, match=r"impresion\.machine_there"):
        there.impresiones.take_over(supervisor, "CAJA-1")
    assert here.enlace is not None
    here.enlace.close()
    ((equipo, _),) = _left(there, supervisor)
    assert equipo == "CAJA-1"
    assert there.impresiones.take_over(supervisor, equipo) >= 3
    there.dispatcher.work()
    assert there.impresiones.get(waiting.id).estado is IMPRESO
    doubtful = there.impresiones.get(sent.id)
    assert (doubtful.estado, doubtful.error) == (FALLIDO, DOUBTFUL)
    lost = there.impresiones.get(slip.id)
    assert (lost.estado, lost.error) == (FALLIDO, "printer.lost")
    assert there.impresiones.left_behind(supervisor) == ()
    here.dispatcher.work()  # were it alive all the same: nothing is its own any more
    assert here.impresiones.get(waiting.id).intentos == 1


def _left(services: Services, sesion: Sesion) -> tuple[tuple[str, int], ...]:
    """Wait until the server has seen that a machine is gone."""
    until(lambda: bool(services.impresiones.left_behind(sesion)))
    return services.impresiones.left_behind(sesion)


def test_a_paper_at_another_machines_printer_is_not_sent_again_from_here(
    here: Services, there: Services, sesion: Sesion
) -> None:
    job = here.impresiones.print_stop(sesion, CEDULAS[3])
    here.database.rows(
        "UPDATE impresion SET estado = 'imprimiendo', referencia = 'x', intentos = 1 WHERE id = ? RETURNING id",
        (job.id,),
    )
    other = sign_in_as(there, "b.ejemplo", 5)
    with pytest.raises(KnownError, match=r"impresion\.elsewhere"):
        there.impresiones.retry(other, job.id)
