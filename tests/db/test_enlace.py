"""A window on a server: what it is told and how soon, whose hour it goes by, and who is at which ventanilla."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from agencia_app.models.domain.errors import KnownError
from agencia_app.services.enlace import Suceso
from agencia_app.services.hora import Hora
from agencia_app.services.usuarios import MAX_TRIES
from tests.factories import CEDULAS, PASSWORD, sign_in, sign_in_as, signed_in
from tests.machines import Machines, told, until
from tests.postgres_server import server
from tests.proxy import proxy

SOON = 1.0  # seconds behind, at the most
SAID = 2.0  # seconds until a window says that the server is away


# -- what is told ------------------------------------------------------------------------


def test_a_window_hears_within_a_second_what_another_did(several: Machines) -> None:
    here, there = several.make("CAJA-1"), several.make("CAJA-2")
    supervisor = signed_in(here, "s.ejemplo")
    with told(here) as said:
        sesion = sign_in(there)
        said.wait(Suceso.AVISO)
        said.forget()
        mark = here.tablero.mark(supervisor)
        began = time.monotonic()
        there.tramites.attend(sesion, CEDULAS[0])
        done = time.monotonic()
        assert said.wait(Suceso.AVISO) - began < SOON + (done - began)
        assert here.tablero.mark(supervisor) != mark


def test_what_was_said_while_it_could_not_hear_is_caught_up(several: Machines) -> None:
    with proxy(several.server.port) as between:
        here = several.make("CAJA-1", address=between.address(several.address))
        there = several.make("CAJA-2")
        with told(here) as said:
            between.cut()
            said.wait(Suceso.PERDIDA)
            sign_in(there)
            assert Suceso.AVISO not in said.forget()
            between.mend()
            said.wait(Suceso.RECUPERADA)
            said.wait(Suceso.AVISO)


def test_a_connection_broken_alone_is_made_again_without_a_word(several: Machines) -> None:
    here = several.make("CAJA-1")
    with told(here) as said:
        with psycopg.connect(several.server.address(), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'CAJA-1'"
            )
        said.wait(Suceso.AVISO)
        assert said.forget() == []


@pytest.mark.parametrize("how", ["cut", "freeze"])
def test_a_server_out_of_reach_is_told_within_two_seconds(several: Machines, how: str) -> None:
    with proxy(several.server.port) as between:
        here = several.make("CAJA-1", address=between.address(several.address))
        with told(here) as said:
            began = time.monotonic()
            getattr(between, how)()
            assert said.wait(Suceso.PERDIDA) - began < SAID
            between.mend() if how == "cut" else between.thaw()
            said.wait(Suceso.RECUPERADA)


def test_a_server_that_stops_and_starts_is_told_and_the_window_goes_on(tmp_path: Path) -> None:
    from tests.factories import make_services  # noqa: PLC0415 - of a server of its own

    with server() as own:
        made = make_services(tmp_path / "datos", base=own.create_database("agencia"), equipo="CAJA-1")
        sesion = sign_in(made)
        with told(made) as said:
            # Frozen: its connections stand, and nothing is answered.
            assert own.process is not None
            os.kill(own.process.pid, signal.SIGSTOP)
            children = _children(own.process.pid)
            for each in children:
                os.kill(each, signal.SIGSTOP)
            began = time.monotonic()
            assert said.wait(Suceso.PERDIDA) - began < SAID
            for each in (own.process.pid, *children):
                os.kill(each, signal.SIGCONT)
            said.wait(Suceso.RECUPERADA)
            # Stopped, as a power cut would.
            began = time.monotonic()
            own.stop("immediate")
            assert said.wait(Suceso.PERDIDA) - began < SAID
            with pytest.raises(KnownError, match=r"base\.away"):
                made.tramites.unfinished(sesion)
            own.start()
            said.wait(Suceso.RECUPERADA)
            # Neither the reader nor the pool shows that their connections had died.
            assert made.tramites.unfinished(sesion) == ()
            assert made.tramites.attend(sesion, CEDULAS[0]).tramite is not None
        made.database.close()


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_who_waits_for_a_server_that_never_answers_is_let_go(several: Machines) -> None:
    with proxy(several.server.port) as between:
        here = several.make("CAJA-1", address=between.address(several.address))
        sesion = sign_in(here)
        with told(here) as said:
            between.freeze()
            began = time.monotonic()
            with pytest.raises(KnownError, match=r"base\.away"):
                here.tramites.attend(sesion, CEDULAS[0])
            assert time.monotonic() - began < 15
            between.thaw()
            said.wait(Suceso.RECUPERADA)
            assert here.tramites.attend(sesion, CEDULAS[0]).tramite is not None


# -- the hour ----------------------------------------------------------------------------


def test_the_hour_is_the_servers_whatever_the_machine_says(several: Machines) -> None:
    database = several.make("CAJA-1").database
    wrong = Hora(database, own_clock=lambda: datetime(2031, 1, 1, tzinfo=UTC))
    ((epoch,),) = database.rows("SELECT extract(epoch FROM clock_timestamp())::text")
    assert abs(wrong().timestamp() - float(epoch)) < 1
    assert wrong.off_by() > timedelta(days=365)


def test_the_hour_is_asked_again_each_minute_and_goes_on_without_the_server(several: Machines) -> None:
    steady = [1000.0]
    with proxy(several.server.port) as between:
        database = several.make("CAJA-1", address=between.address(several.address)).database
        hora = Hora(database, steady_seconds=lambda: steady[0])
        first = hora()
        steady[0] += 30
        assert hora() - first == timedelta(seconds=30)  # by the steady clock
        steady[0] += 60
        assert hora() - first < timedelta(seconds=20)  # asked again: nothing like 90 seconds went by
        between.cut()
        steady[0] += 120
        assert hora() - first > timedelta(seconds=100)


def test_a_machine_whose_clock_is_off_hears_of_it(several: Machines) -> None:
    here = several.make("CAJA-1")
    assert here.enlace is not None
    late = [timedelta(0)]
    here.enlace._hora._own = lambda: datetime.now(UTC) + late[0]
    with told(here) as said:
        late[0] = timedelta(minutes=-3)
        said.wait(Suceso.HORA)
        off = here.enlace.desfase
        assert off is not None
        assert abs(off + timedelta(minutes=3)) < timedelta(seconds=5)
        late[0] = timedelta(minutes=1)
        said.wait(Suceso.HORA)
        assert here.enlace.desfase is None


def test_a_lock_of_wrong_passwords_holds_at_every_machine_and_by_no_machines_clock(several: Machines) -> None:
    here, there = several.make("CAJA-1"), several.make("CAJA-2")
    for _ in range(MAX_TRIES):
        with pytest.raises(KnownError):
            here.usuarios.sign_in("a.ejemplo", "equivocada", 4)
    with pytest.raises(KnownError, match=r"usuario\.locked") as told_there:
        there.usuarios.sign_in("a.ejemplo", PASSWORD, 5)
    first = _until(told_there.value)
    left = first - there.tablero._clock()
    # Not begun anew there, which another machine's steady clock would make of it.
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    with pytest.raises(KnownError, match=r"usuario\.locked") as again:
        here.usuarios.sign_in("a.ejemplo", PASSWORD, 4)
    assert abs(_until(again.value) - first) < timedelta(seconds=1)


def _until(error: KnownError) -> datetime:
    found = error.data["until"]
    assert isinstance(found, datetime)
    return found


# -- the ventanilla ----------------------------------------------------------------------


def test_a_ventanilla_is_of_one_machine_until_it_signs_out(several: Machines) -> None:
    here, there = several.make("CAJA-1"), several.make("CAJA-2")
    sesion = sign_in_as(here, "a.ejemplo", 4)
    assert sesion.equipo == "CAJA-1"
    with pytest.raises(KnownError) as taken:
        sign_in_as(there, "b.ejemplo", 4)
    assert taken.value.code == "usuario.ventanilla_taken"
    assert taken.value.data == {"ventanilla": 4, "equipo": "CAJA-1"}
    sign_in_as(there, "s.ejemplo", 4)  # a supervisor looks in at any
    other = sign_in_as(there, "b.ejemplo", 5)
    here.usuarios.sign_out(sesion)
    there.usuarios.sign_out(other)
    sign_in_as(there, "b.ejemplo", 4)


def test_a_ventanilla_is_free_when_its_machine_dies(several: Machines) -> None:
    here, there = several.make("CAJA-1"), several.make("CAJA-2")
    sign_in_as(here, "a.ejemplo", 4)
    assert here.enlace is not None
    assert there.enlace is not None
    here.enlace._link.drop()  # as a kill does
    until(lambda: there.enlace is not None and there.enlace.take(4) is None)


def test_a_machine_finds_its_ventanilla_again_or_says_that_it_is_taken(several: Machines) -> None:
    with proxy(several.server.port) as between:
        here = several.make("CAJA-1", address=between.address(several.address))
        there = several.make("CAJA-2")
        sign_in_as(here, "a.ejemplo", 4)
        with told(here) as said:
            between.cut()
            said.wait(Suceso.PERDIDA)
            between.mend()
            said.wait(Suceso.RECUPERADA)
            assert there.enlace is not None
            until(lambda: there.enlace is not None and there.enlace.take(4) == "CAJA-1")
            between.cut()
            said.wait(Suceso.PERDIDA)
            sign_in_as(there, "b.ejemplo", 4)
            between.mend()
            said.wait(Suceso.OCUPADA)
