"""Looking somebody up is an event, whether or not anything follows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from agencia_app.models.db.tables import AccesoRow, BitacoraRow
from agencia_app.models.domain.evento import Evento
from agencia_app.services.registry import Services
from tests.factories import CEDULAS, Clock, add_people, person, sign_in


def told(services: Services, *eventos: Evento) -> list[tuple[str, str, dict[str, Any]]]:
    """Return who recorded which of these events, and their details."""
    with services.database.reading() as session:
        rows = session.scalars(
            select(BitacoraRow)
            .where(BitacoraRow.accion.in_([each.value for each in eventos]))
            .order_by(BitacoraRow.seq)
        )
        return [(row.accion, row.actor, json.loads(row.detalle)) for row in rows]


def test_who_is_found_by_cedula_is_recorded(services: Services) -> None:
    sesion = sign_in(services)
    assert services.padron.find(sesion, CEDULAS[0]) == person()
    assert services.padron.find(sesion, CEDULAS[1]) is None
    found = services.padron.search(sesion, "24-5999900-5")  # the whole number, as people write it
    assert [each.cedula for each in found] == [CEDULAS[0]]
    assert told(services, Evento.CONSULTA_PERSONA, Evento.CONSULTA_SIN_PADRON, Evento.CONSULTA_BUSQUEDA) == [
        ("consulta.persona", "a.ejemplo", {"cedulas": [CEDULAS[0]]}),
        ("consulta.sin_padron", "a.ejemplo", {"cedulas": [CEDULAS[1]]}),
        ("consulta.persona", "a.ejemplo", {"cedulas": [CEDULAS[0]]}),
    ]


def test_a_list_is_recorded_once_for_who_it_shows(services: Services, clock: Clock) -> None:
    add_people(
        services.database,
        person(cedula=CEDULAS[1], apellidos="FICTICIO PAZ"),
        person(cedula=CEDULAS[2], apellidos="OTRO"),
    )
    sesion = sign_in(services)
    for typed in ("f", "fi", "fic", "fict"):
        assert len(services.padron.search(sesion, typed)) == 2
    assert services.padron.search(sesion, "zzz") == ()
    services.padron.search(sesion, "maria\ud800")  # half a character, from a keyboard gone mad
    shown = [
        (who, detalle["texto"], detalle["cedulas"])
        for _, who, detalle in told(services, Evento.CONSULTA_BUSQUEDA)
    ]
    assert shown == [
        ("a.ejemplo", "f", sorted(CEDULAS[:2])),
        ("a.ejemplo", "maria", [CEDULAS[2]]),  # the others were on record
    ]
    services.padron.search(sign_in(services, 5), "fict")  # somebody else's screen
    clock.move(minutes=11)
    services.padron.search(sesion, "fict")
    assert len(told(services, Evento.CONSULTA_BUSQUEDA)) == 4
    with services.database.reading() as session:
        ways = session.scalars(select(AccesoRow.seq).where(AccesoRow.cedula == CEDULAS[0])).all()
        assert len(ways) == 3


def test_the_command_line_is_on_record_too(services: Services) -> None:
    services.padron.search(None, "ficticia")
    ((_, who, detalle),) = told(services, Evento.CONSULTA_BUSQUEDA)
    assert who.startswith("sistema:")
    assert detalle["cedulas"] == [CEDULAS[0]]


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_000, "99"])
def test_who_is_shown_nobody_looked_at_nobody(services: Services, text: str) -> None:
    services.padron.search(sign_in(services), text)
    assert told(services, Evento.CONSULTA_BUSQUEDA, Evento.CONSULTA_PERSONA) == []
