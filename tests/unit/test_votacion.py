"""Who owes the certificado, judged on the day of the last election."""

from __future__ import annotations

from datetime import date

import pytest

from agencia_app import settings
from agencia_app.models.domain import votacion
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.votacion import MotivoExencion
from agencia_app.services.rules import load_shipped
from tests.factories import person

ELECTION = date(2025, 11, 16)


def test_last_election_of_the_shipped_table() -> None:
    table = load_shipped(settings.RESOURCES).elecciones
    assert votacion.last_election(table, date(2026, 11, 23)) == ELECTION
    assert votacion.last_election(table, date(2027, 2, 14)) == date(2027, 2, 14)
    assert votacion.last_election(table, date(2025, 4, 12)) == date(2025, 2, 9)


@pytest.mark.parametrize(
    ("changes", "motivo"),
    [
        ({"fecha_nacimiento": date(1960, 11, 16)}, MotivoExencion.MAYOR_65),
        # 65 the day after the election: the vote was owed, whatever the age today.
        ({"fecha_nacimiento": date(1960, 11, 17)}, None),
        ({"fecha_nacimiento": date(2008, 1, 1)}, MotivoExencion.MENOR_18),
        ({"fecha_nacimiento": date(1970, 1, 1), "discapacidad": True}, MotivoExencion.DISCAPACIDAD),
        (
            {"fecha_nacimiento": date(1970, 1, 1), "tipo_prestacion": TipoPrestacion.JUBILACION_DISCAPACIDAD},
            MotivoExencion.DISCAPACIDAD,
        ),
        ({"fecha_nacimiento": date(1970, 1, 1), "cedula": "2465999999"}, MotivoExencion.EXTRANJERO),
        ({"fecha_nacimiento": date(1970, 1, 1), "cedula": "3005999994"}, None),
    ],
)
def test_exemption(changes: dict[str, object], motivo: MotivoExencion | None) -> None:
    found = votacion.exemption(person(**changes), ELECTION)
    assert (found.motivo if found else None) is motivo


def test_the_reason_reads_as_on_the_screen() -> None:
    found = votacion.exemption(person(), ELECTION)
    assert found is not None
    assert found.text == "voto facultativo (mayor de 65 el 16/11/2025) · art. 11 C. Democracia"


def test_a_certificate_of_presentation_is_good_for_sixty_days() -> None:
    assert votacion.presentation_valid(date(2026, 9, 24), date(2026, 11, 23))
    assert not votacion.presentation_valid(date(2026, 9, 23), date(2026, 11, 23))
    assert not votacion.presentation_valid(date(2026, 11, 24), date(2026, 11, 23))
