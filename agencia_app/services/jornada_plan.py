"""The plan of a seeded working day: who comes when, to which window, with what, and how it ends.

For tests and benchmarks. Nothing is written here. The rates (who comes back, who brings
a substitute, whose contact data changed) are guesses; the size of the day is the press's: 2,200 claves
in one day of 2005 (El Universo).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.fechas import ZONE
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.revision import Regla
from agencia_app.models.domain.votacion import Exencion

OPERATORS = 12
ATTENTIONS = 2_200
SUPERVISOR = OPERATORS  # who is counted after the operators: a supervisor who attends
_OPENS = 8
# The share of each clock hour from eight on: a dip at noon, and fewer towards the end.
_HOURS = (0.11, 0.135, 0.145, 0.14, 0.09, 0.09, 0.12, 0.11, 0.06)
_HOUR = 3600
_LUNCH = 45 * 60  # seconds
_MEDIAN, _SPREAD = 95.0, 0.5  # seconds of an attention, and the deviation of its logarithm
_SHORTEST, _LONGEST = 40.0, 420.0
_FULL = 0.94  # the share of an hour that attending may take

# Shares of the honest attentions.
_PENDIENTE, _CANCELADO = 0.035, 0.01
_SEGUNDA, _CONTACTO, _FALTA, _DANADA, _SUSTITUTO = 0.005, 0.008, 0.003, 0.006, 0.03
_BEFORE = 0.05  # have an older clave, from long ago
_LATE = 4  # people still in line at closing time
_LOOKED_UP = 0.6  # of those attended: by their whole number, before the trámite opens
_LOOKUPS = 4  # people whom an operator looks up in a day without attending them, at most
STOPPED = 40  # people who came and cannot be attended
_ABOVE = 2.8  # times what the others do in an hour: the planted one


class Fin(StrEnum):
    """How an attention ended."""

    ENTREGADA = "entregada"
    SIN_CONFIRMAR = "sin_confirmar"
    ABIERTO = "abierto"
    PENDIENTE = "pendiente"
    CANCELADO = "cancelado"


@dataclass(slots=True)
class Atencion:
    """One attention as planned. ``operador`` counts from 0; ``empieza`` is aware.

    ``planted`` is the rule that should find it.
    """

    persona: Persona
    operador: int
    empieza: datetime
    segundos: float
    documentos: tuple[Documento, ...]
    correo: str
    celular: str
    fin: Fin = Fin.ENTREGADA
    danada: bool = False
    anulada: bool = False
    asuntos: tuple[Asunto, ...] = ()
    emergencia: bool = False
    planted: Regla | None = None

    @property
    def emitida(self) -> bool:
        """Whether a clave was issued."""
        return self.fin in {Fin.ENTREGADA, Fin.SIN_CONFIRMAR}

    def at(self, share: float) -> datetime:
        """Return the moment at which a share of the attention was done."""
        return self.empieza + timedelta(seconds=round(self.segundos * share, 3))


@dataclass(slots=True)
class Consulta:
    """A person whom an operator looked up; ``detenida`` when they were told why they cannot be attended."""

    cedula: str
    operador: int
    en: datetime
    detenida: bool = False


@dataclass(slots=True)
class Plan:
    """A day: its attentions by time, those of earlier days, and what was only looked up."""

    atenciones: list[Atencion] = field(default_factory=list)
    anteriores: list[Atencion] = field(default_factory=list)
    consultas: list[Consulta] = field(default_factory=list)
    sobre: int = -1  # the operator who is planted far above the others


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings that decide what is a misuse: days, papers in a row, and lookups."""

    dias_segunda_clave: int
    sustitutos_seguidos: int
    consultas_sin_tramite: int
    cierra: time


class Planner:
    """Draws one day. The same seed and people give the same day."""

    def __init__(
        self,
        dia: date,
        people: list[tuple[Persona, Exencion | None]],
        stopped: list[Persona],
        seed: int,
        limits: Limits,
    ) -> None:
        """Take the day, who may come with their voting exemption, who may not, the seed and the limits."""
        self._dia = dia
        self._people = iter(people)
        self._stopped = stopped
        self._draw = random.Random(seed)  # noqa: S311 - a repeatable day, nothing secret
        self._limits = limits
        self._plan = Plan()

    def plan(self) -> Plan:
        """Return the day, with ten misuses planted in it."""
        plan, draw = self._plan, self._draw
        operators = draw.sample(range(OPERATORS), OPERATORS)  # whose turn it is to be planted
        planted_alone = 3 + 3  # two outside hours, one in an emergency; three opened for nothing
        plan.sobre = operators[0]
        for operator, start, seconds in self._times(ATTENTIONS - planted_alone - _LATE, plan.sobre):
            plan.atenciones.append(self._attention(operator, start, seconds))
        for late in range(_LATE):
            moment = self._at(self._limits.cierra) + timedelta(seconds=40 + 130 * late)
            plan.atenciones.append(self._attention(operators[1 + late], moment, 110))
        self._ends()
        self._exceptions()
        self._plant(operators)
        self._look_up()
        plan.atenciones.sort(key=lambda each: each.empieza)
        plan.anteriores.sort(key=lambda each: each.empieza)
        return plan

    def _times(self, count: int, sobre: int) -> Iterator[tuple[int, datetime, float]]:
        """Yield operator, start and seconds of the attentions within hours."""
        draw = self._draw
        lunches = [(4 + (operator % 2) * 0.75) * _HOUR + draw.randrange(600) for operator in range(OPERATORS)]
        weights: dict[tuple[int, int], float] = {}
        for operator in range(OPERATORS):
            skill = draw.uniform(0.92, 1.08)
            for hour, share in enumerate(_HOURS):
                weights[operator, hour] = share * skill * len(_free(hour, lunches[operator])) / _HOUR
        above = 6  # the hour from two to three in the afternoon
        usual = count * _HOURS[above] / OPERATORS
        weights[sobre, above] = 0
        counts = _shares(count - round(usual * _ABOVE), weights)
        counts[sobre, above] = round(usual * _ABOVE)
        for (operator, hour), number in counts.items():
            free = _free(hour, lunches[operator])
            yield from self._placed(operator, hour, free, number)

    def _placed(
        self, operator: int, hour: int, free: range | list[int], number: int
    ) -> Iterator[tuple[int, datetime, float]]:
        draw = self._draw
        seconds = [
            min(_LONGEST, max(_SHORTEST, draw.lognormvariate(0, _SPREAD) * _MEDIAN)) for _ in range(number)
        ]
        room = len(free)
        if sum(seconds) > room * _FULL:
            shrink = room * _FULL / sum(seconds)
            seconds = [each * shrink for each in seconds]
        cuts = sorted(draw.uniform(0, room - sum(seconds)) for _ in seconds)
        passed = 0.0
        for cut, each in zip(cuts, seconds, strict=True):
            second = free[min(int(cut + passed), room - 1)]
            start = self._at(time(_OPENS + hour)) + timedelta(
                seconds=second, milliseconds=draw.randrange(1000)
            )
            yield operator, start, each
            passed += each

    def _attention(self, operator: int, start: datetime, seconds: float) -> Atencion:
        person, exempt = next(self._people)
        if exempt is not None:
            vote = Documento(rules.VOTACION, rules.NO_EXIGIBLE, motivo=exempt.motivo)
        elif self._draw.random() < _SUSTITUTO:
            vote = self._substitute(self._draw.choice(("presentacion", "justificativo", "sancion")))
        else:
            vote = Documento(rules.VOTACION, "certificado", original=True, copia=True)
        bill = self._draw.choice(("agua", "luz", "luz", "telefono"))
        papers = (
            Documento(rules.CEDULA, original=True, copia=True),
            vote,
            Documento("planilla", bill, original=True, copia=True),
        )
        return Atencion(person, operator, start, seconds, papers, person.correo, person.celular)

    def _substitute(self, alternativa: str) -> Documento:
        numero = f"{self._draw.randrange(10**6):06d}"
        fecha = self._dia - timedelta(days=self._draw.randrange(1, 50))
        return Documento(rules.VOTACION, alternativa, original=True, copia=True, numero=numero, fecha=fecha)

    def _ends(self) -> None:
        """Let some leave with their hoja de pendientes, and some attentions end in nothing."""
        for each in self._plan.atenciones:
            chance = self._draw.random()
            if chance < _PENDIENTE:
                each.fin = Fin.PENDIENTE
                each.documentos = (*each.documentos[:2], Documento("planilla"))
            elif chance < _PENDIENTE + _CANCELADO:
                each.fin = Fin.CANCELADO
            elif chance < _PENDIENTE + _CANCELADO + _DANADA:
                each.danada = True
        last = sorted((each for each in self._plan.atenciones if each.emitida), key=lambda each: each.empieza)
        for each in last[-6:-4]:
            each.fin = Fin.SIN_CONFIRMAR
        last[-7].fin = Fin.ABIERTO

    def _exceptions(self) -> None:
        """Give a few honest attentions what needs a second person."""
        ordinary = [each for each in self._plan.atenciones if each.fin is Fin.ENTREGADA and not each.danada]
        self._draw.shuffle(ordinary)
        chosen = iter(ordinary)
        for _ in range(round(ATTENTIONS * _SEGUNDA)):
            self._second(next(chosen), self._draw.randrange(3, max(4, self._limits.dias_segunda_clave - 2)))
        for _ in range(round(ATTENTIONS * _CONTACTO)):
            self._new_contact(next(chosen))
        for _ in range(round(ATTENTIONS * _FALTA)):
            each = next(chosen)
            each.documentos = (*each.documentos[:2], Documento("planilla", "luz", original=True))
            each.asuntos = (Asunto.DOCUMENTO_FALTANTE,)
        for _ in range(2):
            each = next(chosen)
            each.anulada = True
            each.asuntos = (Asunto.ANULACION,)
        for _ in range(round(ATTENTIONS * _BEFORE)):
            self._earlier(next(chosen), self._draw.randrange(120, 400))

    def _second(self, attention: Atencion, days: int) -> None:
        self._earlier(attention, days)
        attention.asuntos = (Asunto.SEGUNDA_CLAVE,)

    def _earlier(self, attention: Atencion, days: int) -> None:
        """Let the same person have been given a clave so many days before, on a weekday."""
        start = attention.empieza - timedelta(days=days)
        while start.weekday() > 4:  # noqa: PLR2004 - Saturday and Sunday
            start -= timedelta(days=1)
        self._plan.anteriores.append(
            Atencion(
                attention.persona, self._draw.randrange(OPERATORS), start, 100, attention.documentos,
                attention.persona.correo, attention.persona.celular,
            )
        )  # fmt: skip

    def _new_contact(self, attention: Atencion) -> None:
        person = attention.persona
        if person.correo:
            attention.correo = f"nuevo.{person.correo}"
        else:
            attention.celular = f"098{person.cedula[3:]}"
        if person.correo or person.celular:  # what was not known is not replaced
            attention.asuntos = (Asunto.CONTACTO_CAMBIADO,)

    def _plant(self, operators: list[int]) -> None:
        """Plant what the rules should find, but the operator far above the others, who is there."""
        first, second, third, fourth, early, late, row, looker = operators[1:9]
        second_clave = self._ordinary(first)
        self._earlier(second_clave, min(9, self._limits.dias_segunda_clave - 1))
        second_clave.planted = Regla.SEGUNDA_CLAVE  # nobody was asked
        authorised = self._ordinary(second)
        self._second(authorised, 3)
        authorised.planted = Regla.SEGUNDA_CLAVE
        mail = self._ordinary(third, lambda each: each.persona.correo != "")
        mail.correo = "otra.persona@example.com"
        mail.planted = Regla.CONTACTO_CAMBIADO
        phone = self._ordinary(fourth, lambda each: each.persona.celular != "")
        phone.celular = "0990000001"
        phone.asuntos = (Asunto.CONTACTO_CAMBIADO,)
        phone.planted = Regla.CONTACTO_CAMBIADO
        for operator, moment in ((early, time(6, 10)), (late, time(19, 40))):
            alone = self._attention(operator, self._at(moment), 90)
            alone.planted = Regla.FUERA_DE_HORARIO
            self._plan.atenciones.append(alone)
        broken = self._attention(SUPERVISOR, self._at(time(12, 50)), 150)
        broken.documentos = (*broken.documentos[:2], Documento("planilla", "luz", original=True))
        broken.asuntos, broken.emergencia = (Asunto.DOCUMENTO_FALTANTE,), True
        broken.planted = Regla.EMERGENCIA
        self._plan.atenciones.append(broken)
        self._plant_substitutes(row)
        self._plant_lookups(looker)

    def _plant_substitutes(self, operator: int) -> None:
        # Exempt people show none: those who owe the certificado are counted one after the other.
        owing = sorted(
            (each for each in self._plan.atenciones if each.operador == operator and each.emitida
             and each.documentos[1].alternativa != rules.NO_EXIGIBLE),
            key=lambda each: each.empieza,
        )  # fmt: skip
        middle = len(owing) // 2
        for each in owing[middle : middle + self._limits.sustitutos_seguidos]:
            each.documentos = (each.documentos[0], self._substitute("justificativo"), each.documentos[2])
            each.planted = Regla.SUSTITUTOS_SEGUIDOS

    def _plant_lookups(self, operator: int) -> None:
        opened = 3
        for place in range(self._limits.consultas_sin_tramite + 2 - opened):
            person, _ = next(self._people)
            moment = self._at(time(15, 5)) + timedelta(seconds=70 * place)
            self._plan.consultas.append(Consulta(person.cedula, operator, moment))
        for place in range(opened):
            start = self._at(time(16, 5)) + timedelta(seconds=50 * place)
            attention = self._attention(operator, start, 30)
            attention.fin, attention.planted = Fin.CANCELADO, Regla.CONSULTAS_SIN_TRAMITE
            self._plan.atenciones.append(attention)

    def _look_up(self) -> None:
        """Let operators look people up: most they attend right after, or tell why not, and some neither."""
        for each in self._plan.atenciones:
            if self._draw.random() < _LOOKED_UP:
                before = each.empieza - timedelta(seconds=8)
                self._plan.consultas.append(Consulta(each.persona.cedula, each.operador, before))
        for person in self._stopped:
            moment = self._at(time(9)) + timedelta(seconds=self._draw.randrange(6 * _HOUR))
            operator = self._draw.randrange(OPERATORS)
            self._plan.consultas.append(Consulta(person.cedula, operator, moment, detenida=True))
        for operator in range(OPERATORS):
            for _ in range(self._draw.randrange(_LOOKUPS + 1)):
                person, _exempt = next(self._people)
                moment = self._at(time(9)) + timedelta(seconds=self._draw.randrange(6 * _HOUR))
                self._plan.consultas.append(Consulta(person.cedula, operator, moment))

    def _ordinary(
        self, operator: int, fits: Callable[[Atencion], bool] = lambda _attention: True
    ) -> Atencion:
        closes = self._at(self._limits.cierra)
        known = {earlier.persona.cedula for earlier in self._plan.anteriores}
        choice = [
            each
            for each in self._plan.atenciones
            if each.operador == operator
            and each.fin is Fin.ENTREGADA
            and not (each.danada or each.anulada or each.asuntos or each.planted)
            and fits(each)
            and each.empieza < closes
            and each.persona.cedula not in known
        ]
        return self._draw.choice(choice)

    def _at(self, moment: time) -> datetime:
        return datetime.combine(self._dia, moment, ZoneInfo(ZONE))


def _free(hour: int, lunch: float) -> range | list[int]:
    """Return the seconds of a clock hour in which somebody with this lunch is at the window."""
    first = hour * _HOUR
    if lunch >= first + _HOUR or lunch + _LUNCH <= first:
        return range(_HOUR)
    return [each for each in range(_HOUR) if not lunch <= first + each < lunch + _LUNCH]


def _shares(count: int, weights: dict[tuple[int, int], float]) -> dict[tuple[int, int], int]:
    """Divide a number by weights, to whole numbers that add up to it."""
    total = sum(weights.values())
    exact = {key: count * weight / total for key, weight in weights.items()}
    whole = {key: int(each) for key, each in exact.items()}
    rest = sorted(exact, key=lambda key: whole[key] - exact[key])
    for key in rest[: count - sum(whole.values())]:
        whole[key] += 1
    return whole
