"""The board's figures, its rows in every order and by every filter, and the whole of a trámite."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from agencia_app import app, settings
from agencia_app.models.db.tables import AutorizacionRow, BitacoraRow, CierreRow
from agencia_app.models.domain.autorizacion import Asunto, EstadoAutorizacion
from agencia_app.models.domain.calidad import Calidad
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.numero import shown
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.tablero import Columna, EstadoFila, Fila, Filtro, Orden
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services.registry import Services
from agencia_app.services.requisitos import load_profiles
from agencia_app.services.sql_dialect import SqliteDialect
from agencia_app.services.tablero_sql import Statements
from tests.attended import (
    ANA,
    LUIS,
    MARIA,
    NIEVES,
    OMAR,
    PEOPLE,
    ZOILA,
    deliver,
    issue,
    session_in,
    session_of,
    set_aside,
)
from tests.conftest import Places
from tests.factories import (
    CEDULAS,
    Clock,
    add_people,
)

TODAY = date(2026, 11, 23)
DAY = Filtro(TODAY, TODAY)
BY_HOUR = Orden()


@pytest.fixture
def day(engine: str, attendeds: Callable[[str], Path], places: Places, clock: Clock) -> Iterator[Services]:
    """The services of a fresh copy of that day, as it was at its end."""
    data = places.copy(attendeds(engine))
    clock.move(minutes=50)
    made = app.open_services(settings.load(data), clock)
    yield made
    made.database.close()
    places.drop(data)


@pytest.fixture
def boss(agency: Path) -> Sesion:
    return session_in(agency / settings.DATABASE_NAME, "s.ejemplo", 1)


def _rows(services: Services, boss: Sesion, filtro: Filtro = DAY, orden: Orden = BY_HOUR) -> list[Fila]:
    ids = services.tablero.ids(boss, filtro, orden)
    filas = services.tablero.filas(boss, ids)
    return [filas[each] for each in ids]


def _cedulas(rows: list[Fila]) -> list[str]:
    return [each.cedula[-3:] for each in rows]


def _ends(*cedulas: str) -> list[str]:
    return [each[-3:] for each in cedulas]


def test_a_row_tells_of_each_state(day: Services, boss: Sesion) -> None:
    rows = _rows(day, boss)
    assert [each.estado for each in rows] == [
        EstadoFila.ANULADA,
        EstadoFila.CANCELADO,
        EstadoFila.ATENDIENDO,
        EstadoFila.PENDIENTE,
        EstadoFila.SIN_CONFIRMAR,
        EstadoFila.ENTREGADA,
    ]
    *_, pending, luis, maria = rows
    assert (maria.apellidos, maria.nombres, maria.cedula) == ("FICTICIA NÚÑEZ", "MARÍA JOSÉ", "24•••••005")
    assert (maria.calidad, maria.ventanilla, maria.operador) == (Calidad.JUBILACION, 4, "a.ejemplo")
    assert (luis.calidad, luis.ventanilla, luis.operador) == (Calidad.MONTEPIO, 2, "b.ejemplo")
    assert (maria.vistos, maria.documentos, maria.sustituto, maria.autorizado) == (3, 3, "", False)
    assert (pending.vistos, pending.documentos, pending.recibo) == (2, 3, None)
    assert maria.recibo is not None
    assert shown(maria.recibo).startswith("017-26-0000001-")


def test_whom_a_search_of_the_board_shows_is_recorded_once(day: Services, boss: Sesion) -> None:
    def told() -> list[tuple[str, dict[str, object]]]:
        with day.database.reading() as session:
            rows = session.scalars(
                select(BitacoraRow).where(BitacoraRow.accion == Evento.CONSULTA_BUSQUEDA.value)
            )
            return [(each.actor, json.loads(each.detalle)) for each in rows]

    before = told()
    _rows(day, boss)  # the day as it lies there is nobody's search
    _rows(day, boss, replace(DAY, texto=MARIA))
    _rows(day, boss, replace(DAY, texto="ficticia"))  # as the board reads it again and again
    _rows(day, boss, replace(DAY, texto="zzz"))
    assert told()[len(before) :] == [("s.ejemplo", {"texto": MARIA, "cedulas": [MARIA]})]


def test_the_figures_of_a_day(day: Services, boss: Sesion, clock: Clock) -> None:
    figures = day.tablero.resumen(boss, TODAY, TODAY)
    assert (figures.emitidas, figures.por_hora) == (3, {10: 2, 11: 1})
    assert (figures.tramites, figures.regresan) == (6, 1)
    assert figures.mediana == figures.p90 == pytest.approx(60, abs=0.01)
    slips = _rows(day, boss, Filtro(TODAY, TODAY, estado=EstadoFila.ANULADA))
    spoiled = [
        each for each in day.expedientes.open(boss, slips[0].numero).hojas if each.hoja is EstadoHoja.DANADA
    ]
    assert (figures.anuladas, figures.danadas) == (1, len(spoiled))
    assert figures.ultima_hora == 3
    clock.move(minutes=11)  # 11:43: the first was an hour and a minute ago
    assert day.tablero.resumen(boss, TODAY, TODAY).ultima_hora == 2
    nothing = day.tablero.resumen(boss, TODAY - timedelta(days=9), TODAY - timedelta(days=1))
    assert (nothing.emitidas, nothing.por_hora, nothing.mediana, nothing.tramites) == (0, {}, None, 0)


def test_durations_are_the_median_and_the_ninetieth_of_those_that_did_not_come_back(
    services: Services, boss: Sesion, clock: Clock
) -> None:
    add_people(services.database, *PEOPLE)
    sesion = session_of(services, "a.ejemplo", 4)
    for cedula, seconds in zip(CEDULAS[:5], (100, 20, 40, 30, 300), strict=True):
        deliver(services, clock, sesion, cedula, seconds=seconds)
    numero = set_aside(services, sesion, ZOILA)
    clock.move(hours=3)
    services.tramites.resume(sesion, numero)
    deliver(services, clock, sesion, ZOILA, seconds=10)
    figures = services.tablero.resumen(boss, TODAY, TODAY)
    assert figures.mediana == pytest.approx(40, abs=0.01)
    assert figures.p90 == pytest.approx(300, abs=0.01)
    assert (figures.tramites, figures.regresan) == (6, 1)


@pytest.mark.parametrize(
    ("columna", "ascending"),
    [
        (Columna.HORA, [MARIA, LUIS, NIEVES, ANA, OMAR, ZOILA]),
        (Columna.RECIBO, [NIEVES, ANA, OMAR, MARIA, LUIS, ZOILA]),
        (Columna.PENSIONISTA, [ANA, OMAR, NIEVES, LUIS, MARIA, ZOILA]),  # ñ after n, accents aside
        (Columna.CALIDAD, [MARIA, NIEVES, ANA, OMAR, ZOILA, LUIS]),
        (Columna.VENTANILLA, [LUIS, ANA, OMAR, MARIA, NIEVES, ZOILA]),
        (Columna.OPERADOR, [MARIA, NIEVES, ZOILA, LUIS, ANA, OMAR]),
        (Columna.DOCUMENTOS, [ANA, OMAR, NIEVES, MARIA, LUIS, ZOILA]),
        (Columna.ESTADO, [ZOILA, ANA, OMAR, MARIA, NIEVES, LUIS]),
    ],
)
def test_it_is_sorted_by_each_column_both_ways(
    day: Services, boss: Sesion, columna: Columna, ascending: list[str]
) -> None:
    up = _rows(day, boss, DAY, Orden(columna, descendente=False))
    assert _cedulas(up) == _ends(*ascending)
    assert _rows(day, boss, DAY, Orden(columna)) == up[::-1]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"ventanilla": 2}, [OMAR, ANA, LUIS]),
        ({"calidad": Calidad.DEPENDENCIA}, []),
        ({"calidad": Calidad.MONTEPIO}, [LUIS]),
        ({"estado": EstadoFila.SIN_CONFIRMAR}, [LUIS]),
        ({"estado": EstadoFila.PENDIENTE, "ventanilla": 4}, [NIEVES]),
        ({"texto": "nunez"}, [NIEVES, MARIA]),
        ({"texto": "  ejem  lui"}, [LUIS]),
        ({"texto": "ejem", "calidad": Calidad.MONTEPIO}, [LUIS]),
        ({"texto": "nadie"}, []),
        ({"texto": "¿?"}, []),
        ({"texto": "24599990"}, [ZOILA, OMAR, ANA, NIEVES, LUIS, MARIA]),
        ({"texto": "2"}, [ZOILA, OMAR, ANA, NIEVES, LUIS, MARIA]),
        ({"texto": "0000002"}, [LUIS]),  # a recibo's sequence
        ({"texto": "99999999999999999999999"}, []),
        ({"texto": NIEVES}, [NIEVES]),
        ({"desde": TODAY + timedelta(days=1), "hasta": TODAY + timedelta(days=9)}, []),
        ({"desde": TODAY + timedelta(days=1), "hasta": TODAY + timedelta(days=9), "texto": NIEVES}, [NIEVES]),
        ({"desde": TODAY + timedelta(days=1), "hasta": TODAY + timedelta(days=9), "texto": "nunez"}, []),
    ],
)
def test_it_is_filtered(day: Services, boss: Sesion, changes: dict[str, object], found: list[str]) -> None:
    filtro = Filtro(**({"desde": TODAY, "hasta": TODAY} | changes))  # type: ignore[arg-type]
    assert _cedulas(_rows(day, boss, filtro)) == _ends(*found)


def test_a_scanned_number_is_found_whatever_else_is_filtered(day: Services, boss: Sesion) -> None:
    *_, maria = _rows(day, boss)
    assert maria.recibo is not None
    elsewhere = Filtro(TODAY - timedelta(days=9), TODAY - timedelta(days=8), ventanilla=9)
    for text in (maria.recibo, shown(maria.recibo), maria.numero, shown(maria.numero)):
        filtro = Filtro(elsewhere.desde, elsewhere.hasta, ventanilla=9, texto=text)
        assert _rows(day, boss, filtro) == [maria]


def test_the_operator_is_who_issued(day: Services, boss: Sesion) -> None:
    operadores = {each.usuario: each for each in day.tablero.operadores(boss)}
    assert "admin" not in operadores
    assert operadores["b.ejemplo"].nombre == "B. Ejemplo"
    found = _rows(day, boss, Filtro(TODAY, TODAY, operador=operadores["b.ejemplo"].id))
    assert _cedulas(found) == _ends(OMAR, ANA, LUIS)


def test_a_substitute_and_an_authorised_lack_are_told(day: Services, boss: Sesion, clock: Clock) -> None:
    sesion = session_of(day, "a.ejemplo", 4)
    *_, pending, _luis, _maria = _rows(day, boss)
    tramite = day.tramites.resume(sesion, pending.numero).tramite
    assert tramite is not None
    papers = tuple(
        Documento("votacion", "sancion", original=True, copia=True, numero="7", fecha=TODAY)
        if each.requisito == "votacion"
        else each
        for each in tramite.documentos
    )
    day.tramites.save_requisitos(sesion, tramite.numero, papers, done=False)
    with day.database.unit_of_work() as session:
        row = AutorizacionRow(
            asunto=Asunto.DOCUMENTO_FALTANTE,
            tramite_id=pending.id,
            alcance="{}",
            texto="Falta la planilla.",
            razon="Vive lejos",
            pedida_por=sesion.usuario_id,
            pedida_en=clock(),
            ventanilla=4,
        )
        session.add(row)
        session.flush()
        row.estado = EstadoAutorizacion.APROBADA
        row.resuelta_por = boss.usuario_id
        row.resuelta_en = clock()
        session.commit()
    (found,) = _rows(day, boss, Filtro(TODAY, TODAY, texto=pending.numero))
    assert (found.vistos, found.documentos, found.sustituto, found.autorizado) == (2, 3, "sancion", True)


def test_where_a_copy_is_optional_the_original_is_enough() -> None:
    perfiles = load_profiles(settings.RESOURCES / "requisitos")
    sql = Statements(perfiles.values(), SqliteDialect()).filas
    assert "t.perfil = 'originales-a-la-vista' AND d.requisito = 'planilla'" in sql
    assert "t.perfil = 'documento-fuente' AND d.requisito = 'solicitud'" in sql  # it stays here: no copy
    assert "t.perfil = 'documento-fuente' AND d.requisito = 'planilla'" not in sql


def test_what_comes_after_the_close_counts_to_the_next_day_and_is_marked(
    services: Services, boss: Sesion, clock: Clock
) -> None:
    sesion = session_of(services, "a.ejemplo", 4)
    with services.database.unit_of_work() as session:
        session.add(
            CierreRow(
                dia=TODAY,
                cerrado_en=clock(),
                cerrado_por="s.ejemplo",
                cabeza_seq=1,
                cabeza="",
                contenido="{}",
                huella="",
            )
        )
        session.commit()
    issue(services, sesion, MARIA)
    assert _rows(services, boss) == []
    tomorrow = TODAY + timedelta(days=1)
    (row,) = _rows(services, boss, Filtro(tomorrow, tomorrow))
    assert row.tardia
    assert services.tablero.resumen(boss, tomorrow, tomorrow).emitidas == 1


def test_the_mark_moves_when_something_is_done_and_not_by_looking(services: Services, boss: Sesion) -> None:
    before = services.tablero.mark(boss)
    services.tablero.resumen(boss, TODAY, TODAY)
    _rows(services, boss)
    assert services.tablero.mark(boss) == before
    services.tramites.attend(session_of(services, "a.ejemplo", 4), MARIA)
    assert services.tablero.mark(boss) > before


def test_the_whole_of_a_tramite(day: Services, boss: Sesion) -> None:
    spoiled, *_, maria = _rows(day, boss)
    told = day.expedientes.open(boss, maria.numero)
    assert told.fila == maria
    assert told.documentos == (
        "Cédula: original y copia a color",
        "Certificado de votación: no exigible (mayor de 65)",
        "Planilla de servicio básico (luz): original y copia",
    )
    assert [each.hoja for each in told.hojas] == [EstadoHoja.ENTREGADA]
    assert [each.accion for each in told.sucesos] == [
        Evento.TRAMITE_ABIERTO,
        Evento.IDENTIDAD_CONFIRMADA,
        Evento.REQUISITOS_CUMPLIDOS,
        Evento.CONSIDERACIONES_ACEPTADAS,
        Evento.SOLICITUD_FIRMADA,
        Evento.CLAVE_EMITIDA,
        Evento.HOJA_ENTREGADA,
        Evento.TRAMITE_TERMINADO,
        Evento.CONSULTA_TRAMITE,
    ]
    assert [each.papel for each in told.impresiones] == ["solicitud", "hoja_clave", "recibo"]
    assert told.sucesos[-1].actor == "s.ejemplo"
    assert MARIA not in repr(told.sucesos)
    ended = day.expedientes.open(boss, spoiled.numero)
    assert {(each.estado, each.hoja) for each in ended.hojas} == {(EstadoClave.ANULADA, EstadoHoja.DANADA)}


def test_opening_a_tramite_is_an_event_and_looking_on_is_not_another(day: Services, boss: Sesion) -> None:
    maria = _rows(day, boss)[-1]
    told = day.expedientes.open(boss, maria.numero)
    assert day.expedientes.again(boss, told) == told
    seen = day.database.reader().exec_driver_sql(
        "SELECT cedula FROM acceso JOIN bitacora USING (seq) WHERE accion = 'consulta.tramite'"
    )
    assert seen.fetchall() == [(MARIA,)]


def test_a_tramite_that_is_not_there(services: Services, boss: Sesion) -> None:
    with pytest.raises(KnownError, match=r"tramite\.not_found"):
        services.expedientes.open(boss, "0172600000131")


_LOOKS: list[Callable[[Services, Sesion], object]] = [
    lambda services, who: services.tablero.mark(who),
    lambda services, who: services.tablero.operadores(who),
    lambda services, who: services.tablero.resumen(who, TODAY, TODAY),
    lambda services, who: services.tablero.ids(who, DAY, Orden()),
    lambda services, who: services.tablero.filas(who, [1]),
    lambda services, who: services.expedientes.open(who, "0172600000131"),
]


@pytest.mark.parametrize("look", _LOOKS)
@pytest.mark.parametrize("usuario", ["a.ejemplo", "admin"])
def test_the_board_is_the_supervisors(
    services: Services, usuario: str, look: Callable[[Services, Sesion], object]
) -> None:
    who = session_of(services, usuario, 3)
    with pytest.raises(KnownError, match=r"usuario\.role"):
        look(services, who)


STATEMENTS = Statements(load_profiles(settings.RESOURCES / "requisitos").values(), SqliteDialect())
DAYS = ("2026-11-23", "2026-11-23")


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (STATEMENTS.por_hora, ("2026", *DAYS)),
        (STATEMENTS.tramites, DAYS),
        (STATEMENTS.duraciones, DAYS),
        (STATEMENTS.anuladas, (*DAYS, *DAYS)),
        (STATEMENTS.danadas, (*DAYS, *DAYS)),
        (STATEMENTS.por_revisar, DAYS),
        *(STATEMENTS.ids(DAY, Orden(each)) for each in Columna),
        *(
            STATEMENTS.ids(Filtro(TODAY, TODAY, 2, 3, Calidad.MONTEPIO, EstadoFila.ENTREGADA, text), Orden())
            for text in ("", "ejemplo", "2459")
        ),
    ],
)
@pytest.mark.sqlite
def test_days_are_found_by_an_index(services: Services, statement: str, values: tuple[object, ...]) -> None:
    plan = services.database.reader().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    steps = [row[3] for row in plan]
    days = [step for step in steps if "dia>" in step]
    assert days, steps
    tables = {
        "tramite",
        "t",
        "recibo",
        "r",
        "clave",
        "bitacora",
        "b",
        "revision",
        "anulacion",
        "hoja_numerada",
    }
    assert not [step for step in steps if step.startswith("SCAN") and step.split()[1] in tables], steps


@pytest.mark.sqlite
@pytest.mark.parametrize("text", [MARIA, "0172600000131", "01726000000166"])
def test_a_whole_number_is_found_by_an_index(services: Services, text: str) -> None:
    statement, values = STATEMENTS.ids(Filtro(TODAY, TODAY, texto=text), Orden())
    plan = services.database.reader().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    assert not [row[3] for row in plan if row[3].startswith("SCAN") and row[3] != "SCAN found"]


def test_no_answer_holds_a_whole_cedula(day: Services, boss: Sesion) -> None:
    assert not any(each in repr(_rows(day, boss)) for each in CEDULAS)
