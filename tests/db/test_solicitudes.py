"""The solicitud, made before the queue or at the window: one serves once, for one person, for its days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.solicitud import EstadoSolicitud, OrigenSolicitud
from agencia_app.services import solicitud_rows
from agencia_app.services.registry import Services
from tests.factories import CEDULAS

NOW = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)


def test_a_solicitud_has_a_number_of_its_own_and_its_days(services: Services) -> None:
    with services.database.unit_of_work() as session:
        row = solicitud_rows.add(
            session,
            cedula=CEDULAS[0],
            tipo=TipoPrestacion.JUBILACION_VEJEZ,
            origen=OrigenSolicitud.KIOSCO,
            en=NOW,
            dias=30,
            usuario_id=None,
            ventanilla=0,
            planilla="luz",
        )
        session.commit()
    with services.database.reading() as session:
        found = solicitud_rows.find(session, row.numero)
        assert found is not None
        solicitud = solicitud_rows.value(session, found)
    assert numeros.kind_of(solicitud.numero) is numeros.Kind.SOLICITUD
    assert numeros.validate(solicitud.numero) == solicitud.numero
    assert (solicitud.planilla, solicitud.calificacion, solicitud.tramite) == ("luz", None, "")
    assert solicitud.vence_el == date(2026, 7, 1)
    assert solicitud.estado_on(solicitud.vence_el) is EstadoSolicitud.GENERADA
    assert solicitud.estado_on(solicitud.vence_el + timedelta(days=1)) is EstadoSolicitud.VENCIDA
