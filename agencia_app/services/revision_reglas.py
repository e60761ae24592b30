"""The rules that put something in *Para revisar*: pure, over the facts of one day.

Each finding has a plain reason in Spanish and a name (``unica``) that stays the same however often the
day is looked at. The bounds were tuned on seeded days (``jornada_sintetica``) until honest work gave
next to nothing; where they come from settings, the agency decides.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from agencia_app.models.domain.autorizacion import ASUNTO_TEXT, Asunto
from agencia_app.models.domain.fechas import day, local
from agencia_app.models.domain.requisitos import PRESENTACION
from agencia_app.models.domain.revision import Regla
from agencia_app.services.reloj import TOLERANCE

SETTLES = timedelta(minutes=15)  # a lookup younger than this may still lead to an attention
_TIMES, _MORE = 2, 10  # far above the others: so many times what they do, and so many more
_QUARTERS = 3  # of an hour: who issued in so many was at work the whole hour
_PEERS = 3  # fewer do not make a measure
_SATURDAY = 5
_WEEKEND = ("sábado", "domingo")
_SUSTITUTOS = {
    PRESENTACION: "Certificado de presentación: {count} seguidos",
    "justificativo": "Justificativo de abstención: {count} seguidos",
    "sancion": "Sanción cumplida: {count} seguidas",
}
_SEVERAL = "Sustitutos del certificado de votación: {count} seguidos"
CERTIFICADO = "certificado"
_SHARES = 2**64  # of the sample's draw


@dataclass(frozen=True, slots=True)
class Emitida:
    """An issuance as the rules see it. ``en`` is aware; ``votacion`` the paper that met the requisito.

    ``anterior`` is when another clave was last printed for the same person. ``cambiados`` are the
    contact data that were known and replaced.
    """

    recibo_id: int
    recibo: str
    tramite_id: int
    usuario_id: int
    usuario: str
    ventanilla: int
    en: datetime
    votacion: str = ""
    anterior: datetime | None = None
    cambiados: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consultada:
    """A person looked up, or a trámite opened, that ended in nothing."""

    cedula: str
    usuario_id: int
    usuario: str
    ventanilla: int
    en: datetime


@dataclass(frozen=True, slots=True)
class Emergencia:
    """A supervisor's approval of what they asked themselves."""

    id: int
    asunto: Asunto
    tramite_id: int | None
    usuario_id: int
    ventanilla: int
    en: datetime


@dataclass(frozen=True, slots=True)
class Hallazgo:
    """Something to review, as it is recorded."""

    regla: Regla
    unica: str
    en: datetime
    tramite_id: int | None
    usuario_id: int
    ventanilla: int
    texto: str


def segunda_clave(emitidas: Iterable[Emitida], dias: int) -> Iterator[Hallazgo]:
    """Find claves issued less than so many days after another of the same person, authorised or not."""
    for each in emitidas:
        if each.anterior is None or each.en - each.anterior >= timedelta(days=dias):
            continue
        passed = abs(local(each.en).date() - local(each.anterior).date()).days
        when = f"en {passed} día{'s' if passed > 1 else ''}" if passed else "el mismo día"
        yield _of(each, Regla.SEGUNDA_CLAVE, f"Segunda clave {when} para la misma cédula")


def contacto_cambiado(emitidas: Iterable[Emitida]) -> Iterator[Hallazgo]:
    """Find issuances in whose visit known contact data was replaced."""
    for each in emitidas:
        if each.cambiados:
            changed = " y ".join(each.cambiados).capitalize()
            many = "s" if len(each.cambiados) > 1 else ""
            yield _of(each, Regla.CONTACTO_CAMBIADO, f"{changed} cambiado{many} antes de emitir")


def fuera_de_horario(
    emitidas: Iterable[Emitida], abre: time, cierra: time, feriado: Callable[[date], str | None]
) -> Iterator[Hallazgo]:
    """Find issuances before opening, from closing on, at a weekend, or on a day off."""
    for each in emitidas:
        there = local(each.en)
        name = feriado(there.date())
        if name is not None:
            yield _of(each, Regla.FUERA_DE_HORARIO, f"Emisión en feriado: {name}")
        elif there.weekday() >= _SATURDAY:
            yield _of(each, Regla.FUERA_DE_HORARIO, f"Emisión en {_WEEKEND[there.weekday() - _SATURDAY]}")
        elif there.time() < abre:
            yield _of(each, Regla.FUERA_DE_HORARIO, f"Emisión antes de abrir ({abre:%H:%M})")
        elif there.time() >= cierra:
            yield _of(each, Regla.FUERA_DE_HORARIO, f"Emisión después de cerrar ({cierra:%H:%M})")


def reloj_adelantado(emitidas: Iterable[Emitida], now: datetime) -> Iterator[Hallazgo]:
    """Find issuances dated after ``now``: the clock was ahead, and they count to a day to come."""
    for each in emitidas:
        if each.en > now + TOLERANCE:
            texto = f"Emisión con el reloj adelantado, fechada el {day(local(each.en).date())}"
            who = (each.tramite_id, each.usuario_id, each.ventanilla)
            yield Hallazgo(Regla.FUERA_DE_HORARIO, f"reloj:{each.recibo_id}", now, *who, texto)


def sobre_los_demas(emitidas: Sequence[Emitida], until: datetime) -> Iterator[Hallazgo]:
    """Find operators who issued far more in a clock hour than the others.

    The others are those at work the whole hour; when too few were, the measure is what others did in
    the whole hours of the day. Only hours that are over by ``until`` are judged.
    """
    counts: Counter[tuple[datetime, int]] = Counter()
    quarters: dict[tuple[datetime, int], set[int]] = defaultdict(set)
    last: dict[tuple[datetime, int], Emitida] = {}
    for each in emitidas:
        there = local(each.en)
        key = (there.replace(minute=0, second=0, microsecond=0), each.usuario_id)
        counts[key] += 1
        quarters[key].add(there.minute // 15)
        last[key] = each
    whole = {key: counts[key] for key, seen in quarters.items() if len(seen) >= _QUARTERS}
    for (hour, usuario_id), count in counts.items():
        if count < _MORE or hour + timedelta(hours=1) > until:
            continue
        others = [n for (when, who), n in whole.items() if when == hour and who != usuario_id]
        if len(others) < _PEERS:
            others = [n for (_, who), n in whole.items() if who != usuario_id]
        if len(others) < _PEERS:
            continue
        usual = median(others)
        if count >= _TIMES * usual and count - usual >= _MORE:
            each = last[hour, usuario_id]
            yield Hallazgo(
                Regla.OPERADOR_SOBRE_LOS_DEMAS,
                f"sobre:{hour:%Y-%m-%dT%H}:{usuario_id}",
                each.en,
                None,
                usuario_id,
                each.ventanilla,
                f"{each.usuario} emitió {count} claves de {hour.hour} a {hour.hour + 1}; "
                f"los demás, unas {round(usual)}",
            )


def sustitutos_seguidos(emitidas: Iterable[Emitida], limit: int) -> Iterator[Hallazgo]:
    """Find rows of papers that stand for the certificado de votación, one window at a time.

    A certificado ends a row; a person who does not owe it neither ends nor continues it. There is
    one finding at each multiple of ``limit``. Issuances come in the order of time.
    """
    rows: dict[int, list[str]] = defaultdict(list)
    for each in emitidas:
        row = rows[each.ventanilla]
        if each.votacion == CERTIFICADO:
            row.clear()
        elif each.votacion in _SUSTITUTOS:
            row.append(each.votacion)
            if len(row) % limit == 0:
                same = _SUSTITUTOS[each.votacion] if len(set(row)) == 1 else _SEVERAL
                texto = f"{same.format(count=len(row))}, ventanilla {each.ventanilla}"
                yield _of(each, Regla.SUSTITUTOS_SEGUIDOS, texto)


def consultas_sin_tramite(
    consultadas: Iterable[Consultada], limit: int, until: datetime
) -> Iterator[Hallazgo]:
    """Find operators who looked up many different people in a day without attending them.

    One finding at each multiple of ``limit``. What was looked up within ``SETTLES`` of ``until``
    may still lead to something.
    """
    people: dict[tuple[date, int], set[str]] = defaultdict(set)
    for each in sorted(consultadas, key=lambda one: one.en):
        day = local(each.en).date()
        seen = people[day, each.usuario_id]
        if each.en + SETTLES > until or each.cedula in seen:
            continue
        seen.add(each.cedula)
        if len(seen) % limit == 0:
            yield Hallazgo(
                Regla.CONSULTAS_SIN_TRAMITE,
                f"consultas:{day}:{each.usuario_id}:{len(seen)}",
                each.en,
                None,
                each.usuario_id,
                each.ventanilla,
                f"{each.usuario} consultó a {len(seen)} personas sin atenderlas",
            )


def emergencias(found: Iterable[Emergencia]) -> Iterator[Hallazgo]:
    """Tell of every break-glass."""
    for each in found:
        what = ASUNTO_TEXT[each.asunto]
        yield Hallazgo(
            Regla.EMERGENCIA,
            f"emergencia:{each.id}",
            each.en,
            each.tramite_id,
            each.usuario_id,
            each.ventanilla,
            f"Autorización de emergencia: {what[0].lower()}{what[1:]}",
        )


def muestra(
    emitidas: Sequence[Emitida], semilla: bytes, por_ciento: int, *, closing: bool
) -> Iterator[Hallazgo]:
    """Draw a share of the issuances by a secret: HMAC-SHA256 of the recibo's number.

    Who does not have ``semilla`` cannot tell which. At the close every operator has at least one.
    """
    if not por_ciento:
        return
    bound = por_ciento * _SHARES // 100
    drawn = [(_drawn(semilla, each.recibo), each) for each in emitidas]
    chosen = [each for number, each in drawn if number < bound]
    if closing:
        having = {each.usuario_id for each in chosen}
        for number, each in sorted(drawn, key=lambda pair: pair[0]):
            if number >= bound and each.usuario_id not in having:
                having.add(each.usuario_id)
                chosen.append(each)
    for each in chosen:
        yield _of(each, Regla.MUESTRA, "Muestra al azar")


def _drawn(semilla: bytes, recibo: str) -> int:
    return int.from_bytes(hmac.digest(semilla, recibo.encode(), hashlib.sha256)[:8], "big")


def _of(each: Emitida, regla: Regla, texto: str) -> Hallazgo:
    return Hallazgo(
        regla,
        f"{regla.value}:{each.recibo_id}",
        each.en,
        each.tramite_id,
        each.usuario_id,
        each.ventanilla,
        texto,
    )
