"""Retention: what is due, who is held back, and a chain that holds after purging."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from agencia_app.models.db.tables import (
    ApoderadoRow,
    BitacoraRow,
    ClaveRow,
    ContactoRow,
    DocumentoRow,
    ImpresionRow,
    ReciboRow,
    TramiteRow,
)
from agencia_app.models.domain.acceso import DEPURADO as DETALLE_DEPURADO
from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.impresion import OPEN, PaperKind
from agencia_app.models.domain.retencion import CLASE_TEXT, DEPURADO, Clase, Vencido
from agencia_app.models.domain.rotura import Rotura
from agencia_app.models.domain.sello import EstadoRecibo
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, retencion
from agencia_app.services.bitacora_verify import KEPT
from agencia_app.services.registry import Services
from agencia_app.settings import RETENTION
from tests.factories import (
    CEDULAS,
    IDENTIDAD,
    Clock,
    add_people,
    full_papers,
    person,
    ready_to_issue,
    sign_in,
    sign_in_as,
)
from tests.raw import Raw, raw_of

HERE, HELD = CEDULAS[0], CEDULAS[1]
YEARS = timedelta(days=max(RETENTION.values()) + 30)


@pytest.fixture
def supervisor(services: Services) -> Sesion:
    return sign_in_as(services, "s.ejemplo", 1)


@pytest.fixture
def old(services: Services, clock: Clock) -> Services:
    """An agency whose attentions of two people are of long ago."""
    add_people(services.database, person(cedula=HELD, apellidos="RETENIDA"))
    sesion = sign_in(services)
    services.padron.search(sesion, "maria")
    for cedula in (HERE, HELD):
        tramite = ready_to_issue(services, sesion, cedula)
        services.claves.issue(sesion, tramite.numero)
        services.claves.confirm_slip(sesion, tramite.numero, 1)
        services.tramites.finish(sesion, tramite.numero)
        services.dispatcher.work()
        services.duplicados.print_again(sesion, PaperKind.RECIBO, tramite.numero, "La perdió su hija Ana")
    services.dispatcher.work()
    stop = services.impresiones.print_stop(sesion, CEDULAS[5])
    while services.impresiones.get(stop.id).estado in OPEN:
        services.dispatcher.work()
    for cedula in (HERE, HELD):  # and once more, for nothing
        numero = services.tramites.attend(sesion, cedula).tramite
        assert numero is not None
        services.tramites.save_requisitos(sesion, numero.numero, full_papers(numero, services), done=False)
        services.tramites.cancel(sesion, numero.numero)
    with services.database.unit_of_work() as session:
        for row in session.scalars(select(TramiteRow).where(TramiteRow.estado == EstadoTramite.CANCELADO)):
            session.add(
                ApoderadoRow(
                    tramite_id=row.id,
                    cedula=CEDULAS[2],
                    nombre=f"Apoderado de {row.cedula}",
                    documento="20261701",
                    notaria="Quinta",
                    fecha=date(2026, 1, 2),
                )
            )
            for paper in session.scalars(select(DocumentoRow).where(DocumentoRow.tramite_id == row.id)):
                paper.numero, paper.fecha = "A123", date(2026, 1, 2)
            if session.get(ContactoRow, row.cedula) is None:
                session.add(
                    ContactoRow(
                        cedula=row.cedula, correo="x@ejemplo.ec", celular="0999", actualizado_en=clock()
                    )
                )
        session.commit()
    clock.moment += YEARS
    return services


def due(services: Services, clase: Clase) -> Vencido:
    return next(each for each in services.retencion.due() if each.clase is clase)


def rows(services: Services, table: type[Any], cedula: str) -> list[Any]:
    with services.database.reading() as session:
        found = select(table).join(TramiteRow, TramiteRow.id == table.tramite_id)
        return list(session.scalars(found.where(TramiteRow.cedula == cedula)))


def details(services: Services, cedula: str) -> list[str]:
    with services.database.reading() as session:
        return list(
            session.scalars(
                select(BitacoraRow.detalle)
                .join(TramiteRow, TramiteRow.numero == BitacoraRow.tramite)
                .where(TramiteRow.cedula == cedula, BitacoraRow.en < "2030")
            )
        )


def test_nothing_is_due_at_first(services: Services) -> None:
    ready_to_issue(services, sign_in(services))
    assert [(each.clase, each.cuantos, each.exceptuados) for each in services.retencion.due()] == [
        (clase, 0, 0) for clase in Clase
    ]
    assert {clase.value for clase in Clase} == set(RETENTION)
    assert set(CLASE_TEXT) == set(Clase)


def test_the_chain_holds_after_its_details_are_purged(old: Services, supervisor: Sesion) -> None:
    before = bitacora.verify(old.database)
    vencido = due(old, Clase.BITACORA)
    told: list[tuple[int, int]] = []
    assert old.retencion.purge(supervisor, vencido, lambda *each: told.append(each)) == vencido.cuantos > 10
    assert told == [(vencido.cuantos, vencido.cuantos)]
    after = bitacora.verify(old.database, cabeza=before.head)
    assert after.whole
    assert after.compared == before.rows
    assert after.rows == before.rows + 1
    assert due(old, Clase.BITACORA).cuantos == 0
    assert set(details(old, HERE)) <= {"", "{}"}
    with old.database.reading() as session:
        event = session.scalars(select(BitacoraRow).order_by(BitacoraRow.seq.desc())).first()
        assert event is not None
        assert (event.accion, event.actor) == ("retencion.depurada", "s.ejemplo")
        wrote = json.loads(event.detalle)
    assert (wrote["clase"], wrote["cuantos"], wrote["exceptuadas"]) == ("bitacora", vencido.cuantos, "")
    assert datetime.fromisoformat(wrote["hasta"]).astimezone(UTC).date() == vencido.hasta


def test_who_asks_later_reads_that_the_detail_was_purged(old: Services, supervisor: Sesion) -> None:
    old.retencion.purge(supervisor, due(old, Clase.BITACORA))
    informe = old.accesos.of_person(supervisor, HERE, date(2026, 1, 1), date(2026, 12, 31))
    assert [each.texto for each in informe.accesos][:2] == [
        "Vio a la persona en una búsqueda",
        "Abrió el trámite",
    ]
    assert informe.accesos[0].detalle == DETALLE_DEPURADO


def test_who_is_held_back_is_left(old: Services, supervisor: Sesion) -> None:
    kept = details(old, HELD)
    old.retencion.hold(supervisor, HELD, "  Juicio   123 ")
    for clase in Clase:
        vencido = due(old, clase)
        assert vencido.cuantos > 0
        assert vencido.exceptuados > 0
        assert old.retencion.purge(supervisor, vencido) == vencido.cuantos
        again = due(old, clase)
        assert (again.cuantos, again.exceptuados) == (0, vencido.exceptuados)
    assert bitacora.verify(old.database).whole
    assert details(old, HELD) == kept
    assert any(text not in {"", "{}"} for text in kept)
    assert {row.numero for row in rows(old, DocumentoRow, HELD)} >= {"A123"}
    assert [row.documento for row in rows(old, ApoderadoRow, HELD)] == ["20261701"]
    assert "La perdió su hija Ana" in {row.motivo for row in rows(old, ImpresionRow, HELD)}
    with old.database.reading() as session:
        assert session.get(ContactoRow, HELD) is not None
    # Both people were in that list: it stays whole for the one.
    first = old.accesos.of_person(supervisor, HERE, date(2026, 1, 1), date(2026, 12, 31)).accesos[0]
    assert first.detalle == "Buscó «maria»"
    (hold,) = old.retencion.held(supervisor)
    assert (hold.cedula, hold.motivo, hold.puesta_por) == (HELD, "Juicio 123", "S. Ejemplo")
    assert hold.nombre.startswith("RETENIDA")


def test_what_was_held_back_is_due_again_afterwards(old: Services, supervisor: Sesion) -> None:
    old.retencion.hold(supervisor, HELD, "Juicio 123")
    old.retencion.purge(supervisor, due(old, Clase.BITACORA))
    held = due(old, Clase.BITACORA).exceptuados
    old.retencion.lift(supervisor, HELD, "Sentencia en firme")
    assert old.retencion.held(supervisor) == ()
    assert due(old, Clase.BITACORA).cuantos == held > 0
    old.retencion.purge(supervisor, due(old, Clase.BITACORA))
    assert bitacora.verify(old.database).whole
    assert set(details(old, HELD)) <= {"", "{}"}


def test_each_kind_of_data_goes_and_what_proves_an_issuance_stays(old: Services, supervisor: Sesion) -> None:
    for clase in Clase:
        old.retencion.purge(supervisor, due(old, clase))
    papers = rows(old, DocumentoRow, HERE)
    assert {(row.numero, row.fecha) for row in papers} == {("", None)}
    assert any(row.original for row in papers)  # that it was shown is kept
    assert [
        (row.cedula, row.nombre, row.documento, row.notaria) for row in rows(old, ApoderadoRow, HERE)
    ] == [("", DEPURADO, "", "")]
    with old.database.reading() as session:
        assert session.get(ContactoRow, HERE) is None
        for row in session.scalars(select(TramiteRow)):
            assert (row.correo, row.celular, row.correo_antes, row.celular_antes) == (None, None, None, None)
        jobs = session.scalars(select(ImpresionRow)).all()
        assert {job.cedula for job in jobs} == {None}
        assert {job.motivo for job in jobs} == {"", DEPURADO}
        assert [job.ejemplar for job in jobs if job.motivo] == [1, 1]  # still numbered
        assert len(session.scalars(select(ClaveRow)).all()) == 2
        numbers = [row.numero for row in session.scalars(select(ReciboRow))]
    assert len(numbers) == 2
    for number in numbers:
        assert old.verificacion.verify(number).estado is EstadoRecibo.AUTENTICO
    assert old.tramites.reload(_numero(old)).emision is not None


def _numero(services: Services) -> str:
    with services.database.reading() as session:
        return session.scalars(select(TramiteRow.numero).order_by(TramiteRow.id)).first() or ""


def test_a_tramite_in_course_keeps_what_needs_a_second_person(services: Services, clock: Clock) -> None:
    sesion = sign_in(services)
    tramite = services.tramites.attend(sesion, HERE).tramite
    assert tramite is not None
    changed = replace(IDENTIDAD, correo="otro@ejemplo.ec")
    services.tramites.save_identidad(sesion, tramite.numero, changed)
    services.tramites.suspend(sesion, tramite.numero)
    asked = services.autorizaciones.exigencias(tramite.numero)
    assert [each.asunto for each in asked] == [Asunto.CONTACTO_CAMBIADO]
    clock.moment += YEARS
    assert not due(services, Clase.CONTACTO).cuantos
    assert set(asked) <= set(services.autorizaciones.exigencias(tramite.numero))  # the cédula expired since


def test_a_purge_in_batches_can_be_stopped_and_taken_up(
    old: Services, supervisor: Sesion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retencion, "BATCH", 4)
    vencido = due(old, Clase.BITACORA)
    told: list[tuple[int, int]] = []
    done = old.retencion.purge(supervisor, vencido, lambda *each: told.append(each), lambda: len(told) == 2)
    assert told == [(4, vencido.cuantos), (8, vencido.cuantos)]
    assert done == 12
    assert bitacora.verify(old.database).whole  # what is gone is covered already
    left = due(old, Clase.BITACORA)
    assert left.cuantos == vencido.cuantos - done
    assert old.retencion.purge(supervisor, left) == left.cuantos
    assert bitacora.verify(old.database).whole


def test_what_is_not_due_is_not_purged(old: Services, supervisor: Sesion) -> None:
    vencido = due(old, Clase.BITACORA)
    for wrong in (
        replace(vencido, hasta=vencido.hasta + timedelta(days=1)),
        replace(vencido, hasta=date.max),
    ):
        with pytest.raises(KnownError, match=r"retencion\.changed"):
            old.retencion.purge(supervisor, wrong)
    with pytest.raises(KnownError, match=r"retencion\.nothing"):
        old.retencion.purge(supervisor, replace(vencido, hasta=date(2026, 1, 1)))
    assert due(old, Clase.BITACORA) == vencido


@pytest.mark.parametrize("motivo", ["", "   ", "x" * 201, "a\x00b"])
def test_a_hold_needs_a_reason(services: Services, supervisor: Sesion, motivo: str) -> None:
    with pytest.raises(KnownError, match=r"retencion\.motivo"):
        services.retencion.hold(supervisor, HERE, motivo)
    services.retencion.hold(supervisor, HERE, "reclamo")
    with pytest.raises(KnownError, match=r"retencion\.motivo"):
        services.retencion.lift(supervisor, HERE, motivo)


def test_holds_are_put_once_and_lifted_once(services: Services, supervisor: Sesion) -> None:
    services.retencion.hold(supervisor, HERE, "reclamo")
    with pytest.raises(KnownError, match=r"retencion\.held"):
        services.retencion.hold(supervisor, HERE, "otro")
    services.retencion.lift(supervisor, HERE, "resuelto")
    with pytest.raises(KnownError, match=r"retencion\.not_held"):
        services.retencion.lift(supervisor, HERE, "resuelto")
    with pytest.raises(KnownError, match=r"cedula\.check_digit"):
        services.retencion.hold(supervisor, "2459999006", "reclamo")


# -- behind the back of the purge ------------------------------------------------------


@pytest.fixture
def raw(old: Services) -> Iterator[Raw]:
    with raw_of(old.database) as made:
        yield made


PURGE_ROW = "UPDATE bitacora SET detalle = '', sal = '' WHERE seq = (SELECT {} FROM bitacora WHERE {})"


@pytest.mark.parametrize(
    "which",
    [
        ("max(seq)", "detalle <> '{}'"),  # after what was due
        ("min(seq)", "accion IN ('agencia.iniciada', 'retencion.depurada') AND detalle <> ''"),
        ("max(seq)", "accion = 'retencion.depurada'"),
    ],
)
def test_a_detail_purged_beyond_what_was_due_is_found(
    old: Services, supervisor: Sesion, raw: Raw, which: tuple[str, str]
) -> None:
    old.retencion.purge(supervisor, due(old, Clase.BITACORA))
    old.padron.find(supervisor, HERE)
    raw.drop_trigger("bitacora_depura_lo_antiguo")
    raw.execute(PURGE_ROW.format(*which))
    found = bitacora.verify(old.database)
    assert not found.whole
    assert found.rotura is Rotura.DEPURADA


def test_a_detail_of_somebody_held_back_purged_silently_is_found(
    old: Services, supervisor: Sesion, raw: Raw
) -> None:
    old.retencion.hold(supervisor, HELD, "Juicio 123")
    old.retencion.purge(supervisor, due(old, Clase.BITACORA))
    assert bitacora.verify(old.database).whole
    seq = raw.one(
        "SELECT max(seq) FROM bitacora WHERE en < '2030' AND detalle NOT IN ('', '{}') AND tramite <> ''"
    )
    raw.execute("UPDATE bitacora SET detalle = '', sal = '' WHERE seq = ?", (seq,))
    found = bitacora.verify(old.database)
    assert (found.broken, found.rotura) == (seq, Rotura.DEPURADA)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE bitacora SET detalle = '' WHERE seq = 5", "no se modifica"),
        ("UPDATE bitacora SET detalle = '', sal = '', actor = 'x' WHERE seq = 5", "no se modifica"),
        ("UPDATE acceso SET cedula = '2459999054'", "no se modifica"),
        ("DELETE FROM acceso", "no se borra"),
        ("UPDATE impresion SET motivo = 'otro' WHERE ejemplar = 1", "solo cambia su estado"),
        ("UPDATE impresion SET motivo = 'depurado' WHERE motivo = ''", "solo cambia su estado"),
        ("UPDATE impresion SET cedula = '2459999054'", "solo cambia su estado"),
        ("DELETE FROM retencion_excepcion", "no se borra"),
    ],
)
def test_the_guards_let_only_purging_through(
    old: Services, supervisor: Sesion, raw: Raw, statement: str, message: str
) -> None:
    old.retencion.hold(supervisor, HELD, "Juicio 123")
    with pytest.raises(IntegrityError, match=message):
        raw.execute(statement)


def test_what_is_kept_tells_of_no_person() -> None:
    assert Evento.RETENCION_DEPURADA in KEPT
    assert not {
        each for each in KEPT if each.value.split(".")[0] in {"consulta", "tramite", "clave", "candado"}
    }
