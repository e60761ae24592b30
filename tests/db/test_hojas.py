"""Numbered slips: every one that was received is issued, spoiled or remains."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from agencia_app.models.db.tables import ClaveRow, HojaLoteRow, HojaNumeradaRow, TramiteRow
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.hoja_numerada import MAX_LOTE, Conteo, EstadoHojaNumerada, Tramo
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import hoja_rows
from agencia_app.services.registry import Services
from tests.factories import Clock, make_services, ready_to_issue, sign_in, sign_in_as
from tests.raw import raw_of


@pytest.fixture
def numbered(tmp_path: Path, clock: Clock) -> Iterator[Services]:
    """The services of an agency that numbers its slips."""
    made = make_services(tmp_path / "datos", clock, hojas_numeradas=True)
    yield made
    made.database.close()


@pytest.fixture
def supervisor(numbered: Services) -> Sesion:
    return supervising(numbered)


def supervising(services: Services) -> Sesion:
    return sign_in_as(services, "s.ejemplo", 1)


def refused(code: str, call: Callable[..., object], *arguments: object) -> KnownError:
    with pytest.raises(KnownError) as caught:
        call(*arguments)
    assert caught.value.code == code
    return caught.value


def test_an_overlapping_range_is_refused_and_named(numbered: Services, supervisor: Sesion) -> None:
    hojas = numbered.hojas
    assert hojas.receive(supervisor, 1000, 1099) == 100
    for desde, hasta in ((1099, 1100), (900, 1000), (1050, 1050), (1, 5000), (1000, 1099)):
        error = refused("hojas.overlap", hojas.receive, supervisor, desde, hasta)
        assert (error.data["desde"], error.data["hasta"]) == (1000, 1099)
    assert hojas.receive(supervisor, 1100, 1100) == 1
    refused("hojas.order", hojas.receive, supervisor, 20, 10)
    refused("hojas.order", hojas.receive, supervisor, 0, 10)
    refused("hojas.too_many", hojas.receive, supervisor, 5000, 5000 + MAX_LOTE)
    assert hojas.counts() == Conteo(0, 101, 0, 0)


def test_the_largest_range_is_received_at_once(numbered: Services, supervisor: Sesion) -> None:
    assert numbered.hojas.receive(supervisor, 1, MAX_LOTE) == MAX_LOTE
    numbered.hojas.assign(supervisor, 1, MAX_LOTE, 4)
    assert numbered.hojas.stock(supervisor).tramos == (Tramo(1, MAX_LOTE, 4),)


def test_ranges_are_handed_over_and_taken_back(numbered: Services, supervisor: Sesion) -> None:
    hojas = numbered.hojas
    hojas.receive(supervisor, 1000, 1099)
    hojas.assign(supervisor, 1000, 1049, 4)
    hojas.assign(supervisor, 1060, 1069, 5)
    hojas.assign(supervisor, 1000, 1049, 4)  # said twice
    assert hojas.stock(supervisor).tramos == (
        Tramo(1050, 1059, None),
        Tramo(1070, 1099, None),
        Tramo(1000, 1049, 4),
        Tramo(1060, 1069, 5),
    )
    error = refused("hojas.elsewhere", hojas.assign, supervisor, 1055, 1065, 4)
    assert (error.data["hoja"], error.data["ventanilla"]) == (1060, 5)
    error = refused("hoja.unknown", hojas.assign, supervisor, 1090, 1110, 4)
    assert error.data["hoja"] == 1100
    refused("usuario.ventanilla", hojas.assign, supervisor, 1090, 1099, 99)
    assert hojas.assign(supervisor, 1000, 1099, None) == 60
    refused("hojas.nothing_back", hojas.assign, supervisor, 1000, 1099, None)
    assert hojas.stock(supervisor).tramos == (Tramo(1000, 1099, None),)


def test_each_issue_takes_the_next_of_its_window(numbered: Services, supervisor: Sesion) -> None:
    hojas, claves = numbered.hojas, numbered.claves
    sesion = sign_in(numbered)  # window 4
    numero = ready_to_issue(numbered, sesion).numero
    refused("hoja.none_left", claves.issue, sesion, numero)
    hojas.receive(supervisor, 1000, 1019)
    hojas.assign(supervisor, 1000, 1009, 4)
    hojas.assign(supervisor, 1010, 1014, 5)
    assert (hojas.next_for(4), hojas.next_for(5), hojas.next_for(6)) == (1000, 1010, None)
    hojas.spoil(supervisor, 1000, "Llegó rota")
    for hoja, code in (
        (None, "hoja.needed"),
        (2000, "hoja.unknown"),
        (1002, "hoja.not_next"),
        (1010, "hoja.other_window"),
        (1015, "hoja.unassigned"),
        (1000, "hoja.spoiled"),
    ):
        refused(code, claves.issue, sesion, numero, hoja)
    assert numbered.tramites.reload(numero).emision is None
    issued = claves.issue(sesion, numero, 1001)
    assert issued.tramite.emision is not None
    assert hojas.next_for(4) == 1002
    # Repeated, it is the same issuance, and no slip is taken.
    claves.issue(sesion, numero, 1002)
    assert hojas.next_for(4) == 1002
    refused("hoja.used", claves.replace_slip, sesion, numero, 1, 1001)
    refused("hoja.issued", hojas.spoil, supervisor, 1001, "Manchada")
    claves.replace_slip(sesion, numero, 1, 1002)
    states = _states(numbered)
    assert [states[each] for each in (1000, 1001, 1002)] == ["danada", "danada", "emitida"]
    assert hojas.counts(local_date(numbered.tramites.reload(numero).abierto_en)) == Conteo(0, 20, 1, 2)
    refused("hoja.used", hojas.assign, supervisor, 1002, 1003, 4)
    refused("hoja.spoiled", hojas.assign, supervisor, 1000, 1003, 4)


def test_a_clave_that_may_not_be_replaced_needs_no_slip(
    numbered: Services, supervisor: Sesion, clock: Clock
) -> None:
    numbered.hojas.receive(supervisor, 1, 1)
    numbered.hojas.assign(supervisor, 1, 1, 4)
    sesion = sign_in(numbered)
    numero = ready_to_issue(numbered, sesion).numero
    numbered.claves.issue(sesion, numero, 1)
    clock.move(days=1)
    refused("clave.annulled", numbered.claves.replace_slip, sesion, numero, 1)
    assert numbered.hojas.counts() == Conteo(0, 1, 0, 1)
    assert numbered.hojas.counts(local_date(clock())) == Conteo(1, 0, 0, 1)


def test_where_slips_are_not_numbered_none_is_asked_for(services: Services) -> None:
    sesion = sign_in(services)
    issued = services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    assert issued.tramite.emision is not None
    assert not services.hojas.numeradas


def test_a_reason_is_needed(numbered: Services, supervisor: Sesion) -> None:
    numbered.hojas.receive(supervisor, 1, 5)
    for motivo in ("", "  ", "x" * 201, "con\x07control"):
        refused("hoja.motivo", numbered.hojas.spoil, supervisor, 1, motivo)
    refused("hoja.unknown", numbered.hojas.spoil, supervisor, 9, "Rota")


@pytest.mark.parametrize("usuario", ["a.ejemplo", "admin"])
def test_slips_are_the_supervisors(numbered: Services, usuario: str) -> None:
    hojas = numbered.hojas
    sesion = sign_in_as(numbered, usuario)
    refused("usuario.role", hojas.receive, sesion, 1, 5)
    refused("usuario.role", hojas.assign, sesion, 1, 5, 4)
    refused("usuario.role", hojas.spoil, sesion, 1, "Rota")
    refused("usuario.role", hojas.stock, sesion)


@pytest.mark.parametrize("seed", range(4))
def test_received_is_issued_spoiled_and_remaining_whatever_happens(
    numbered: Services, supervisor: Sesion, seed: int
) -> None:
    """Random operations, refused or not, over the rows and through the service."""
    chance = random.Random(seed)  # noqa: S311 - to be repeatable
    operator = sign_in(numbered)
    tramite = ready_to_issue(numbered, operator).numero
    received, issued, spoiled, taken = numbered.hojas.receive(supervisor, 41, 80), 0, 0, 0
    numbered.hojas.assign(supervisor, 41, 60, 4)
    for _ in range(80):
        a = chance.randint(1, 120)
        b = a + chance.randint(-2, 30)
        what = chance.randrange(6)
        try:
            if what == 0:
                received += numbered.hojas.receive(supervisor, a, b)
            elif what == 1:
                numbered.hojas.assign(supervisor, a, b, chance.choice((None, 4, 4, 5)))
            elif what == 2:
                numbered.hojas.spoil(supervisor, a, "Rota")
                spoiled += 1
            elif what == 3:
                _spoil_issued(numbered, operator, chance)
                issued, spoiled = issued - 1, spoiled + 1
            else:
                given = numbered.hojas.next_for(4) if chance.random() < 0.8 else a
                _take(numbered, operator, tramite, given)
                issued, taken = issued + 1, taken + 1
        except (KnownError, LookupError):
            pass
        count = numbered.hojas.counts()
        assert (count.recibidas, count.emitidas, count.danadas) == (received, issued, spoiled)
        assert count.quedan == list(_states(numbered).values()).count("disponible")
        assert sum(each.cantidad for each in numbered.hojas.stock(supervisor).tramos) == count.quedan
        assert sum(each.quedan for each in numbered.hojas.stock(supervisor).lotes) == count.quedan
    assert taken > 3
    assert spoiled > 0


def _take(services: Services, sesion: Sesion, numero: str, hoja: int | None) -> None:
    """Give a slip to one more clave, as issuing does, without the time that hashing takes."""
    with services.database.unit_of_work() as session:
        tramite = session.scalars(select(TramiteRow).where(TramiteRow.numero == numero)).one()
        last = session.scalar(select(func.max(ClaveRow.intento))) or 0
        now = tramite.abierto_en
        clave = ClaveRow(
            cedula=tramite.cedula, tramite_id=tramite.id, intento=last + 1, hash="x", estado=EstadoClave.ANULADA,
            hoja=EstadoHoja.DANADA, emitida_en=now, vence_en=now, fin_en=now,
        )  # fmt: skip
        session.add(clave)
        hoja_rows.take(session, sesion, clave, hoja, now)
        session.commit()


def _spoil_issued(services: Services, sesion: Sesion, chance: random.Random) -> None:
    with services.database.unit_of_work() as session:
        used = session.scalars(
            select(HojaNumeradaRow).where(HojaNumeradaRow.estado == EstadoHojaNumerada.EMITIDA)
        ).all()
        row = chance.choice(used)
        clave = session.get_one(ClaveRow, row.clave_id)
        assert hoja_rows.spoil_of(session, sesion, clave, hoja_rows.NOT_OUT, clave.emitida_en) == row.numero
        session.commit()


def _states(services: Services) -> dict[int, str]:
    with services.database.reading() as session:
        return {row.numero: row.estado.value for row in session.scalars(select(HojaNumeradaRow))}


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM hoja_numerada", "no se borra"),
        ("DELETE FROM hoja_lote", "no se borra"),
        ("UPDATE hoja_lote SET hasta = hasta + 1", "no se modifica"),
        ("INSERT INTO hoja_lote SELECT 9, 3, 7, recibido_por, recibido_en, dia FROM hoja_lote", "no se cruza"),
        ("UPDATE hoja_numerada SET estado = 'disponible', dia = NULL WHERE numero = 1", "no vuelve"),
        ("UPDATE hoja_numerada SET numero = 77 WHERE numero = 3", "no vuelve"),
        ("UPDATE hoja_numerada SET estado = 'emitida', dia = '2026-11-23' WHERE numero = 3", "(?i)check"),
        ("INSERT INTO hoja_numerada SELECT 77, lote_id, NULL, 'disponible', NULL, '', NULL, actualizado_por, actualizado_en FROM hoja_numerada WHERE numero = 3", "en su lote"),
        pytest.param("INSERT OR REPLACE INTO hoja_numerada SELECT numero, lote_id, NULL, 'disponible', NULL, '', NULL, actualizado_por, actualizado_en FROM hoja_numerada WHERE numero = 1", "una vez", marks=pytest.mark.sqlite),
    ],
)  # fmt: skip
def test_the_database_itself_refuses(
    numbered: Services, supervisor: Sesion, statement: str, message: str
) -> None:
    numbered.hojas.receive(supervisor, 1, 5)
    numbered.hojas.spoil(supervisor, 1, "Rota")
    with raw_of(numbered.database) as raw, pytest.raises(IntegrityError, match=message):
        raw.execute(statement)


def test_a_lote_knows_its_business_day(numbered: Services, supervisor: Sesion, clock: Clock) -> None:
    numbered.hojas.receive(supervisor, 1, 5)
    with numbered.database.reading() as session:
        assert session.scalars(select(HojaLoteRow.dia)).one() == local_date(clock())
    clock.move(days=1)
    assert numbered.hojas.counts(local_date(clock())) == Conteo(5, 0, 0, 0)


def test_a_clock_set_back_puts_nothing_before_a_closed_day(
    numbered: Services, supervisor: Sesion, clock: Clock
) -> None:
    """The certificates tell what remains one after the other: a slip of before the last would break them."""
    numbered.hojas.receive(supervisor, 1, 10)
    numbered.cierres.close(supervisor, local_date(clock()))
    clock.move(days=-1)
    for act in (
        lambda: numbered.hojas.spoil(supervisor, 3, "Se mojó"),
        lambda: numbered.hojas.receive(supervisor, 11, 20),
    ):
        with pytest.raises(KnownError, match=r"reloj\.back"):
            act()
    assert numbered.hojas.counts().quedan == 10
