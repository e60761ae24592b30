"""Para revisar over seeded days and the real services: what is found, and who may mark it revisado."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from agencia_app import app, settings
from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.revision import COMMENT_LENGTH, Regla, Revision
from agencia_app.models.domain.tramite import Identidad
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import jornada_sintetica
from agencia_app.services.jornada_sintetica import Jornada
from agencia_app.services.padron_sintetico import generate
from agencia_app.services.registry import Services
from tests.conftest import Places
from tests.factories import (
    CEDULAS,
    IDENTIDAD,
    Clock,
    add_people,
    authorised,
    full_papers,
    make_services,
    person,
    ready_to_issue,
    signed_in,
)
from tests.raw import Raw, read

DIA = date(2026, 11, 23)
EVENING = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # of that Monday, at the agency
HONEST_SHARE = 0.03

Day = tuple[Services, Jornada]


@pytest.fixture(scope="module")
def written(engine: str, places: Places) -> tuple[Path, Jornada]:
    """A data folder with a seeded day in which nobody looked yet, to be copied and not touched."""
    config = places.new(engine)
    services = make_services(config.data, Clock(EVENING), base=config.base)
    jornada = jornada_sintetica.write(services, DIA)
    services.database.close()
    return config.data, jornada


@contextmanager
def copied(written: tuple[Path, Jornada], places: Places) -> Iterator[Day]:
    data, jornada = written
    own = places.copy(data)
    services = app.open_services(settings.load(own), Clock(EVENING))
    yield services, jornada
    services.database.close()
    places.drop(own)


@pytest.fixture(scope="module")
def day(written: tuple[Path, Jornada], places: Places) -> Iterator[Day]:
    with copied(written, places) as (services, jornada):
        services.revisiones.detect(DIA, closing=True)
        yield services, jornada


@pytest.fixture
def fresh(written: tuple[Path, Jornada], places: Places) -> Iterator[Day]:
    with copied(written, places) as made:
        yield made


def found(day: Day, *, only_open: bool = False) -> tuple[Revision, ...]:
    services, jornada = day
    return services.revisiones.of_days(jornada.supervisores[0], DIA, DIA, only_open=only_open)


def an_open(day: Day, regla: Regla) -> Revision:
    return next(each for each in found(day, only_open=True) if each.regla is regla)


@pytest.mark.parametrize("seed", [17, 23, 42, 1_001, 20_261_123])
def test_the_ten_misuses_are_found_and_few_honest_attentions(tmp_path: Path, seed: int) -> None:
    services = make_services(tmp_path / "datos", Clock(EVENING))
    jornada = jornada_sintetica.write(services, DIA, seed)
    services.revisiones.detect(DIA)
    listed = [each for each in found((services, jornada)) if each.regla is not Regla.MUESTRA]
    for planted in jornada.plantados:
        matching = [
            each
            for each in listed
            if each.regla is planted.regla
            and each.usuario == planted.usuario
            and (each.tramite is None or each.tramite in planted.tramites)
        ]
        assert len(matching) == 1, planted
    bad = {tramite for planted in jornada.plantados for tramite in planted.tramites}
    about_people = {planted.regla for planted in jornada.plantados if not planted.tramites} | {
        Regla.CONSULTAS_SIN_TRAMITE
    }
    beside = [each for each in listed if each.tramite not in bad and each.regla not in about_people]
    honest = jornada.atenciones - len(bad)
    assert len({each.tramite for each in beside}) <= HONEST_SHARE * honest
    # What is about a person's whole day is about those it was planted for alone.
    assert len([each for each in listed if each.regla in about_people]) == len(about_people)
    services.database.close()


def test_looking_again_finds_nothing_new(day: Day) -> None:
    services, _ = day
    before = found(day)
    assert services.revisiones.detect(DIA) == 0
    assert services.revisiones.detect(DIA, closing=True) == 0
    assert found(day) == before


def test_at_the_close_each_operator_has_a_sample(day: Day) -> None:
    services, _ = day
    issued = "SELECT DISTINCT usuario FROM recibo JOIN usuario ON usuario.id = operador_id WHERE dia = '2026-11-23'"
    operators = set(services.database.reader().exec_driver_sql(issued).scalars())
    assert {each.usuario for each in found(day) if each.regla is Regla.MUESTRA} == operators


def test_the_seed_of_the_sample_is_told_to_nobody(day: Day) -> None:
    services, _ = day
    reader = services.database.reader()
    semilla = reader.exec_driver_sql("SELECT semilla FROM agencia").scalar_one()
    assert len(semilla) == 64
    told = [
        *(str(row) for row in reader.exec_driver_sql("SELECT * FROM bitacora")),
        *(str(row) for row in reader.exec_driver_sql("SELECT * FROM revision")),
        *(path.read_text("utf-8") for path in services.settings.logs.glob("*")),
    ]
    assert not any(semilla in each for each in told)


def test_one_is_marked_revisado_once_with_a_comment(day: Day) -> None:
    services, jornada = day
    supervisor, other = jornada.supervisores
    revision = an_open(day, Regla.FUERA_DE_HORARIO)
    done = services.revisiones.review(supervisor, revision.id, "  Quedaba gente\nen la fila ")
    assert (done.revisada_por, done.revisada_en, done.comentario) == (
        supervisor.usuario,
        EVENING,
        "Quedaba gente en la fila",
    )
    assert done not in found(day, only_open=True)
    assert done in found(day)
    recorded = services.database.reader().exec_driver_sql(
        "SELECT actor, accion, tramite, detalle FROM bitacora ORDER BY seq DESC LIMIT 1"
    )
    actor, accion, tramite, detalle = recorded.one()
    assert (actor, accion, tramite) == (supervisor.usuario, Evento.REVISION_HECHA.value, revision.tramite)
    assert json.loads(detalle)["revision"] == revision.id
    with pytest.raises(KnownError) as again:
        services.revisiones.review(other, revision.id, "También lo vi")
    assert again.value.code == "revision.done"
    assert again.value.data["usuario"] == supervisor.usuario


@pytest.mark.parametrize("comment", ["", "   \n", "x" * (COMMENT_LENGTH + 1)])
def test_without_a_comment_it_stays_open(day: Day, comment: str) -> None:
    services, jornada = day
    revision = an_open(day, Regla.MUESTRA)
    with pytest.raises(KnownError) as refused:
        services.revisiones.review(jornada.supervisores[0], revision.id, comment)
    assert refused.value.code == "revision.comment"
    assert revision in found(day, only_open=True)


def test_who_it_concerns_does_not_review_it(day: Day) -> None:
    services, jornada = day
    broken = an_open(day, Regla.EMERGENCIA)
    concerned = next(each for each in jornada.supervisores if each.usuario == broken.usuario)
    other = next(each for each in jornada.supervisores if each.usuario != broken.usuario)
    with pytest.raises(KnownError) as refused:
        services.revisiones.review(concerned, broken.id, "Lo hice yo")
    assert refused.value.code == "revision.own"
    with services.database.unit_of_work() as session:
        connection = Raw(services.database, session.connection())
        connection.execute(
            "INSERT INTO revision (regla, unica, dia, en, usuario_id, ventanilla, texto, creada_en, comentario) "
            "SELECT regla, 'propia', dia, en, usuario_id, ventanilla, texto, creada_en, '' FROM revision WHERE id = ?",
            (broken.id,),
        )
        own = "UPDATE revision SET revisada_por = usuario_id, revisada_en = creada_en, comentario = 'x' "
        with pytest.raises(IntegrityError, match=r"(?i)check"):
            connection.execute(own + "WHERE unica = 'propia'")
    assert services.revisiones.review(other, broken.id, "Era el único ese día").revisada_por == other.usuario


def test_who_authorised_does_not_review_it(day: Day) -> None:
    services, jornada = day
    approver, other = jornada.supervisores[1], jornada.supervisores[0]
    second = next(
        each
        for each in found(day, only_open=True)
        if each.regla is Regla.SEGUNDA_CLAVE and "segunda_clave" in _approved(services, each)
    )
    with pytest.raises(KnownError) as refused:
        services.revisiones.review(approver, second.id, "La autoricé yo")
    assert refused.value.code == "revision.approved"
    with (
        pytest.raises(IntegrityError, match="quien autoriza no revisa"),
        services.database.unit_of_work() as session,
    ):
        Raw(services.database, session.connection()).execute(
            "UPDATE revision SET revisada_por = ?, revisada_en = creada_en, comentario = 'x' WHERE id = ?",
            (approver.usuario_id, second.id),
        )
    assert services.revisiones.review(other, second.id, "Perdió la hoja: lo confirmó").revisada_por


def _approved(services: Services, each: Revision) -> list[str]:
    query = (
        "SELECT asunto FROM autorizacion JOIN tramite ON tramite.id = tramite_id "
        "WHERE numero = ? AND autorizacion.estado = 'aprobada'"
    )
    return list(read(services.database, query, (each.tramite,)).scalars())


def test_an_operator_sees_and_reviews_nothing(day: Day) -> None:
    services, jornada = day
    operator = jornada.operadores[0]
    revision = an_open(day, Regla.MUESTRA)
    for call in (
        lambda: services.revisiones.of_days(operator, DIA, DIA, only_open=True),
        lambda: services.revisiones.detect_shown(operator, DIA, DIA),
        lambda: services.revisiones.review(operator, revision.id, "Todo bien"),
    ):
        with pytest.raises(KnownError) as refused:
            call()
        assert refused.value.code == "usuario.role"
    with (
        pytest.raises(IntegrityError, match="revisa un supervisor"),
        services.database.unit_of_work() as session,
    ):
        Raw(services.database, session.connection()).execute(
            "UPDATE revision SET revisada_por = ?, revisada_en = creada_en, comentario = 'x' WHERE id = ?",
            (jornada.operadores[1].usuario_id, revision.id),
        )


def test_a_board_looks_at_its_days_until_they_are_closed(fresh: Day) -> None:
    services, jornada = fresh
    supervisor = jornada.supervisores[0]
    later = DIA + timedelta(days=3)
    assert services.revisiones.detect_shown(supervisor, later, later) == 0
    close = "INSERT INTO cierre VALUES ('2026-11-23', '2026-11-24', 'x', 1, '', '', '')"
    with services.database.unit_of_work() as session:
        session.connection().exec_driver_sql(close)
        session.commit()
    assert services.revisiones.detect_shown(supervisor, DIA, DIA) == 0
    assert services.revisiones.detect_shown(supervisor, DIA - timedelta(days=9), later) > 0


def test_the_sample_comes_after_the_rest_and_what_is_another_s_is_told(day: Day) -> None:
    services, jornada = day
    rules = [each.regla is Regla.MUESTRA for each in found(day)]
    assert rules == sorted(rules)
    times = [each.en for each in found(day) if each.regla is not Regla.MUESTRA]
    assert times == sorted(times, reverse=True)
    approver = jornada.supervisores[1]
    theirs = services.revisiones.of_days(approver, DIA, DIA, only_open=False)
    assert {each.id for each in theirs if each.de_otro} == {
        each.id
        for each in theirs
        if each.usuario == approver.usuario or _approved_by(services, each, approver)
    }
    assert any(each.de_otro for each in theirs)


def _approved_by(services: Services, each: Revision, who: Sesion) -> bool:
    query = (
        "SELECT COUNT(*) FROM autorizacion JOIN tramite ON tramite.id = tramite_id "
        "WHERE numero = ? AND autorizacion.estado = 'aprobada' AND resuelta_por = ?"
    )
    found_ = read(services.database, query, (each.tramite, who.usuario_id))
    return bool(found_.scalar())


def test_a_break_glass_after_the_close_is_found_the_next_day(fresh: Day) -> None:
    services, jornada = fresh
    services.revisiones.detect(DIA, closing=True)
    supervisor = jornada.supervisores[0]
    late = EVENING + timedelta(hours=1)
    with services.database.unit_of_work() as session:
        connection = Raw(services.database, session.connection())
        connection.execute(
            "INSERT INTO autorizacion (asunto, alcance, texto, razon, estado, pedida_por, pedida_en, ventanilla, "
            "comentario, emergencia) VALUES ('reloj', '{}', 'x', 'x', 'pedida', ?, ?, 3, '', false)",
            (supervisor.usuario_id, f"{late:%F %T}.000000"),
        )
        connection.execute(
            "UPDATE autorizacion SET estado = 'aprobada', resuelta_por = pedida_por, resuelta_en = pedida_en, "
            "emergencia = true, comentario = 'Estoy solo' WHERE asunto = 'reloj'"
        )
        session.commit()
    tomorrow = DIA + timedelta(days=1)
    assert services.revisiones.detect(tomorrow) == 1
    listed = services.revisiones.of_days(supervisor, tomorrow, tomorrow, only_open=True)
    assert [each.texto for each in listed] == ["Autorización de emergencia: el reloj se atrasó"]


def reasons(services: Services, dia: date = DIA) -> list[str]:
    """Return what there is to review but for the sample, after the rules looked."""
    services.revisiones.detect(dia)
    listed = services.revisiones.of_days(signed_in(services, "t.ejemplo"), dia, dia, only_open=True)
    return [each.texto for each in listed if each.regla is not Regla.MUESTRA]


def issue(services: Services, sesion: Sesion, identidad: Identidad = IDENTIDAD) -> str:
    """Issue a clave through the services, with everything approved that needs it."""
    tramites = services.tramites
    attended = tramites.attend(sesion, CEDULAS[0]).tramite
    assert attended is not None
    numero = attended.numero
    tramites.save_identidad(sesion, numero, identidad)
    tramite = authorised(services, sesion, numero)
    tramites.save_requisitos(sesion, numero, full_papers(tramite, services), done=True)
    tramites.accept(sesion, numero)
    tramites.sign(sesion, numero)
    services.claves.issue(sesion, numero)
    services.claves.confirm_slip(sesion, numero, 1)
    services.tramites.finish(sesion, numero)
    return numero


def test_an_ordinary_attention_leaves_nothing_to_review(services: Services) -> None:
    issue(services, signed_in(services, "a.ejemplo"))
    assert reasons(services) == []


def test_a_second_clave_through_the_services(services: Services, clock: Clock) -> None:
    sesion = signed_in(services, "a.ejemplo")
    issue(services, sesion)
    clock.move(days=9)
    issue(services, sesion)
    assert reasons(services, DIA + timedelta(days=9)) == ["Segunda clave en 9 días para la misma cédula"]
    clock.move(days=33)
    issue(services, sesion)
    assert reasons(services, DIA + timedelta(days=42)) == []


def test_contact_changed_through_the_services(services: Services) -> None:
    issue(services, signed_in(services, "a.ejemplo"), replace(IDENTIDAD, correo="otra@ejemplo.ec"))
    assert reasons(services) == ["Correo cambiado antes de emitir"]


def test_break_glass_through_the_services(services: Services, clock: Clock) -> None:
    alone = signed_in(services, "s.ejemplo")
    attended = services.tramites.attend(alone, CEDULAS[0]).tramite
    assert attended is not None
    expired = replace(IDENTIDAD, vencimiento=date(2026, 11, 20))
    services.tramites.save_identidad(alone, attended.numero, expired)
    asked = services.autorizaciones.request(
        alone, attended.numero, [Asunto.CEDULA_VENCIDA], "Vino de otro cantón"
    )
    services.autorizaciones.emergency(alone, [each.id for each in asked], "No hay otro supervisor")
    clock.move(minutes=-30)
    late = services.autorizaciones.request_clock(alone, "Se cambió la pila")
    services.autorizaciones.emergency(alone, [late.id], "No hay otro supervisor")
    assert sorted(reasons(services)) == [
        "Autorización de emergencia: cédula vencida",
        "Autorización de emergencia: el reloj se atrasó",
    ]


def test_lookups_through_the_services(services: Services, clock: Clock) -> None:
    people = [person(cedula=each.cedula) for each in generate(30)]
    add_people(services.database, *people)
    add_people(services.database, person(cedula=CEDULAS[3], fecha_defuncion=date(2026, 1, 2)))
    sesion = signed_in(services, "a.ejemplo")
    limit = services.settings.consultas_sin_tramite
    for each in people[: limit - 1]:
        services.padron.find(sesion, each.cedula)
    services.padron.find(sesion, CEDULAS[0])
    issue(services, sesion)  # somebody was attended
    services.padron.find(sesion, CEDULAS[3])
    services.tramites.attend(sesion, CEDULAS[3])  # and somebody told why not
    clock.move(minutes=20)
    assert reasons(services) == []
    opened = services.tramites.attend(sesion, people[limit].cedula).tramite
    assert opened is not None
    services.tramites.cancel(sesion, opened.numero)
    assert reasons(services) == []  # it was a moment ago: something may come of it
    clock.move(minutes=20)
    assert reasons(services) == [f"a.ejemplo consultó a {limit} personas sin atenderlas"]


@pytest.mark.sqlite  # its planner; PostgreSQL's goes by the size of the tables
def test_the_rules_read_by_indexes_alone(fresh: Day) -> None:
    """A day is as quick to look at after millions of others."""
    services, _ = fresh
    asked: list[tuple[str, Any]] = []

    def keep(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(services.database.engine, "before_cursor_execute", keep)
    services.revisiones.detect(DIA)
    event.remove(services.database.engine, "before_cursor_execute", keep)
    reader = services.database.reader()
    plans = [
        row[3]
        for statement, parameters in asked
        if statement.startswith("SELECT")
        for row in reader.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]
    assert len(plans) > 10
    assert [plan for plan in plans if plan.startswith("SCAN") and plan != "SCAN agencia"] == []
    assert not [plan for plan in plans if "ix_tramite_estado" in plan]


def test_a_break_glass_by_a_clock_that_was_ahead_is_found_at_once(services: Services, clock: Clock) -> None:
    supervisor, other = signed_in(services, "s.ejemplo"), signed_in(services, "t.ejemplo")
    numero = ready_to_issue(services, supervisor).numero
    services.claves.issue(supervisor, numero)
    services.claves.confirm_slip(supervisor, numero, 1)
    services.tramites.finish(supervisor, numero)
    clock.move(days=20)
    again = services.tramites.attend(supervisor, CEDULAS[0]).tramite
    assert again is not None
    asked = services.autorizaciones.request(supervisor, again.numero, [Asunto.SEGUNDA_CLAVE], "No hay nadie")
    services.autorizaciones.emergency(supervisor, [asked[0].id], "No hay nadie más aquí")
    clock.move(days=-20)
    services.revisiones.detect(DIA)
    rules = [each.regla for each in services.revisiones.of_days(other, DIA, DIA, only_open=True)]
    assert rules.count(Regla.EMERGENCIA) == 1
    services.revisiones.detect(DIA)
    assert len(services.revisiones.of_days(other, DIA, DIA, only_open=True)) == len(rules)


@pytest.mark.parametrize(("minutes", "reviewed"), [(3, False), (90, True)])
def test_a_slip_replaced_when_the_person_has_left_is_a_second_clave(
    services: Services, clock: Clock, minutes: int, *, reviewed: bool
) -> None:
    sesion, supervisor = signed_in(services, "a.ejemplo"), signed_in(services, "s.ejemplo")
    numero = ready_to_issue(services, sesion).numero
    services.claves.issue(sesion, numero)
    clock.move(minutes=minutes)
    services.claves.replace_slip(sesion, numero, 1)
    services.revisiones.detect(DIA)
    listed = services.revisiones.of_days(supervisor, DIA, DIA, only_open=True)
    found = [each.texto for each in listed if each.regla is Regla.SEGUNDA_CLAVE]
    assert found == (["Segunda clave el mismo día para la misma cédula"] if reviewed else [])


def test_a_clave_after_one_whose_slip_was_said_to_be_spoiled(services: Services, clock: Clock) -> None:
    sesion, supervisor = signed_in(services, "a.ejemplo"), signed_in(services, "s.ejemplo")
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    clock.move(days=1)
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, services.tramites.unfinished(sesion)[0].numero, 1)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    tomorrow = DIA + timedelta(days=1)
    services.revisiones.detect(tomorrow)
    listed = services.revisiones.of_days(supervisor, tomorrow, tomorrow, only_open=True)
    assert "Segunda clave en 1 día para la misma cédula" in [each.texto for each in listed]


def test_a_clave_issued_by_a_clock_that_was_ahead_is_not_left_for_that_day(
    services: Services, clock: Clock
) -> None:
    sesion, supervisor = signed_in(services, "a.ejemplo"), signed_in(services, "s.ejemplo")
    clock.move(days=30)
    services.claves.issue(sesion, ready_to_issue(services, sesion).numero)
    clock.move(days=-30)
    services.revisiones.detect(DIA)
    (found,) = services.revisiones.of_days(supervisor, DIA, DIA, only_open=True)
    assert (found.regla, found.texto) == (
        Regla.FUERA_DE_HORARIO,
        "Emisión con el reloj adelantado, fechada el 23/12/2026",
    )
