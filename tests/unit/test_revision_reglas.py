"""Each rule of Para revisar: what it finds, what it leaves alone, and the reason it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.services import revision_reglas as reglas
from agencia_app.services.revision_reglas import Consultada, Emergencia, Emitida, Hallazgo

MORNING = datetime(2026, 11, 23, 15, 12, tzinfo=UTC)  # Monday, 10:12 at the agency
EVENING = MORNING + timedelta(hours=12)
OPENS, CLOSES = time(8), time(17)


def issued(number: int = 1, usuario: int = 1, ventanilla: int = 1, en: datetime = MORNING) -> Emitida:
    return Emitida(number, f"{number:014d}", number, usuario, f"op{usuario}", ventanilla, en)


def texts(found: object) -> list[str]:
    assert isinstance(found, list)
    return [each.texto for each in found]


@pytest.mark.parametrize(
    ("days", "text"),
    [(0, "el mismo día"), (1, "en 1 día"), (9, "en 9 días"), (29, "en 29 días")],
)
def test_a_second_clave_within_the_days(days: int, text: str) -> None:
    each = replace(issued(), anterior=MORNING - timedelta(days=days))
    assert texts(list(reglas.segunda_clave([each], 30))) == [f"Segunda clave {text} para la misma cédula"]


@pytest.mark.parametrize("before", [None, MORNING - timedelta(days=30)])
def test_a_first_clave_and_one_after_the_days_are_left_alone(before: datetime | None) -> None:
    assert list(reglas.segunda_clave([replace(issued(), anterior=before)], 30)) == []


def test_contact_changed_before_issue() -> None:
    day = [
        issued(1),
        replace(issued(2), cambiados=("correo",)),
        replace(issued(3), cambiados=("correo", "celular")),
    ]
    assert texts(list(reglas.contacto_cambiado(day))) == [
        "Correo cambiado antes de emitir",
        "Correo y celular cambiados antes de emitir",
    ]


@pytest.mark.parametrize(
    ("en", "text"),
    [
        (datetime(2026, 11, 23, 12, 59, tzinfo=UTC), "Emisión antes de abrir (08:00)"),
        (datetime(2026, 11, 23, 22, 0, tzinfo=UTC), "Emisión después de cerrar (17:00)"),
        (datetime(2026, 11, 24, 3, 0, tzinfo=UTC), "Emisión después de cerrar (17:00)"),
        (datetime(2026, 11, 21, 15, 0, tzinfo=UTC), "Emisión en sábado"),
        (datetime(2026, 11, 22, 15, 0, tzinfo=UTC), "Emisión en domingo"),
        (datetime(2026, 12, 7, 15, 0, tzinfo=UTC), "Emisión en feriado: Fundación de Quito"),
    ],
)
def test_outside_hours(en: datetime, text: str) -> None:
    days_off = {date(2026, 12, 7): "Fundación de Quito"}
    found = reglas.fuera_de_horario([issued(en=en)], OPENS, CLOSES, days_off.get)
    assert texts(list(found)) == [text]


@pytest.mark.parametrize("minute", [0, 539])  # 08:00 and 16:59
def test_within_hours(minute: int) -> None:
    en = datetime(2026, 11, 23, 13, 0, tzinfo=UTC) + timedelta(minutes=minute)
    assert list(reglas.fuera_de_horario([issued(en=en)], OPENS, CLOSES, lambda _day: None)) == []


def hour_of(
    usuario: int, count: int, hour: int = 10, first_minute: int = 0, minutes: int = 60
) -> list[Emitida]:
    start = datetime(2026, 11, 23, hour + 5, first_minute, tzinfo=UTC)
    step = timedelta(minutes=minutes) / count
    return [
        issued(usuario * 10_000 + hour * 100 + n, usuario, usuario, start + n * step) for n in range(count)
    ]


def above(*hours: list[Emitida], until: datetime = EVENING) -> list[Hallazgo]:
    return list(reglas.sobre_los_demas([each for hour in hours for each in hour], until))


def test_an_operator_far_above_the_others_that_hour() -> None:
    found = above(hour_of(1, 41), hour_of(2, 17), hour_of(3, 18), hour_of(4, 19))
    assert texts(found) == ["op1 emitió 41 claves de 10 a 11; los demás, unas 18"]
    assert (found[0].usuario_id, found[0].tramite_id) == (1, None)


def test_twice_as_many_or_ten_more_alone_is_not_far_above() -> None:
    assert above(hour_of(1, 12), hour_of(2, 4), hour_of(3, 4), hour_of(4, 4)) == []
    assert above(hour_of(1, 35), hour_of(2, 20), hour_of(3, 20), hour_of(4, 20)) == []


def test_who_is_at_lunch_is_no_measure() -> None:
    lunch = [hour_of(who, 5, 10, 0, 20) for who in (2, 3, 4)]
    before = [hour_of(who, 20, 9) for who in (2, 3, 4)]
    assert above(hour_of(1, 28), *lunch, *before) == []
    assert above(hour_of(1, 28), *lunch) == []  # and without a measure nobody is judged
    assert texts(above(hour_of(1, 45), *lunch, *before)) == [
        "op1 emitió 45 claves de 10 a 11; los demás, unas 20"
    ]


def test_an_hour_is_judged_once_it_is_over() -> None:
    hours = [hour_of(1, 41), hour_of(2, 17), hour_of(3, 18), hour_of(4, 19)]
    assert above(*hours, until=datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == []
    assert len(above(*hours, until=datetime(2026, 11, 23, 16, 0, tzinfo=UTC))) == 1


def row(*papers: str, ventanilla: int = 2) -> list[Emitida]:
    return [
        replace(issued(n, 7, ventanilla, MORNING + timedelta(minutes=n)), votacion=paper)
        for n, paper in enumerate(papers)
    ]


def test_substitutes_in_a_row_at_one_window() -> None:
    found = list(reglas.sustitutos_seguidos(row(*["justificativo"] * 5), 5))
    assert texts(found) == ["Justificativo de abstención: 5 seguidos, ventanilla 2"]
    assert found[0].tramite_id == 4


def test_each_multiple_is_found_and_papers_are_named() -> None:
    papers = ["sancion"] * 3 + ["presentacion"] * 3
    assert texts(list(reglas.sustitutos_seguidos(row(*papers), 3))) == [
        "Sanción cumplida: 3 seguidas, ventanilla 2",
        "Sustitutos del certificado de votación: 6 seguidos, ventanilla 2",
    ]


def test_a_certificado_ends_a_row_and_who_does_not_owe_it_neither() -> None:
    four = ["justificativo"] * 4
    assert list(reglas.sustitutos_seguidos(row(*four, "certificado", "justificativo"), 5)) == []
    assert len(list(reglas.sustitutos_seguidos(row(*four, "no_exigible", "", "justificativo"), 5))) == 1


def test_other_windows_do_not_continue_a_row() -> None:
    day = row(*["sancion"] * 3) + row(*["sancion"] * 3, ventanilla=3)
    assert list(reglas.sustitutos_seguidos(day, 5)) == []


def looked_up(*cedulas: str, usuario: int = 1, en: datetime = MORNING) -> list[Consultada]:
    return [
        Consultada(each, usuario, f"op{usuario}", 3, en + timedelta(minutes=n))
        for n, each in enumerate(cedulas)
    ]


def test_lookups_that_end_in_nothing() -> None:
    people = [f"{n:010d}" for n in range(7)]
    found = list(reglas.consultas_sin_tramite(looked_up(*people), 3, EVENING))
    assert texts(found) == [
        "op1 consultó a 3 personas sin atenderlas",
        "op1 consultó a 6 personas sin atenderlas",
    ]
    assert found[0].en == MORNING + timedelta(minutes=2)


def test_the_same_person_twice_is_one_and_other_operators_and_days_count_apart() -> None:
    assert list(reglas.consultas_sin_tramite(looked_up("a", "a", "b"), 3, EVENING)) == []
    split = looked_up("a", "b") + looked_up("c", usuario=2)
    assert list(reglas.consultas_sin_tramite(split, 3, EVENING)) == []
    other_day = looked_up("a", "b") + looked_up("c", en=MORNING - timedelta(days=1))
    assert list(reglas.consultas_sin_tramite(other_day, 3, EVENING)) == []


def test_a_fresh_lookup_may_still_lead_to_an_attention() -> None:
    lookups = looked_up("a", "b", "c")
    settled = MORNING + timedelta(minutes=2) + reglas.SETTLES
    assert list(reglas.consultas_sin_tramite(lookups, 3, settled - timedelta(seconds=1))) == []
    assert len(list(reglas.consultas_sin_tramite(lookups, 3, settled))) == 1


def test_every_break_glass_says_what_for() -> None:
    found = list(reglas.emergencias([Emergencia(5, Asunto.CEDULA_VENCIDA, 9, 2, 4, MORNING)]))
    assert texts(found) == ["Autorización de emergencia: cédula vencida"]
    assert (found[0].usuario_id, found[0].tramite_id) == (2, 9)


DAY = [issued(n, n % 12, n % 12) for n in range(2_000)]


def test_the_sample_has_its_share_and_follows_from_the_seed() -> None:
    one = {each.unica for each in reglas.muestra(DAY, b"semilla", 2, closing=False)}
    assert 20 <= len(one) <= 60
    assert one == {each.unica for each in reglas.muestra(DAY, b"semilla", 2, closing=False)}
    assert one != {each.unica for each in reglas.muestra(DAY, b"otra", 2, closing=False)}
    assert list(reglas.muestra(DAY, b"semilla", 0, closing=True)) == []
    assert len(list(reglas.muestra(DAY, b"semilla", 100, closing=False))) == len(DAY)


@given(st.binary(min_size=1, max_size=32), st.integers(1, 5), st.integers(1, 60))
def test_at_the_close_every_operator_has_one(semilla: bytes, share: int, count: int) -> None:
    day = DAY[:count]
    live = {each.unica for each in reglas.muestra(day, semilla, share, closing=False)}
    closed = list(reglas.muestra(day, semilla, share, closing=True))
    assert live <= {each.unica for each in closed}
    assert {each.usuario_id for each in closed} == {each.usuario_id for each in day}
    assert len({each.unica for each in closed}) == len(closed)
