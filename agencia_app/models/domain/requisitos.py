"""Requirement profiles as values, and what is still missing under one.

Which papers a person owes changes, so it is data: a profile is read from
``resources/requisitos/*.toml`` (each with its source and validity) and judged here.
Sources: the procedure for the clave personal; LOOTA art. 23 (copies).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from agencia_app.models.domain.calidad import Calidad, calidad_of
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.votacion import (
    DECLARED,
    MOTIVO_TEXT,
    PRESENTATION_DAYS,
    Exencion,
    MotivoExencion,
    presentation_valid,
)

CEDULA = "cedula"
SOLICITUD = "solicitud"  # the one that an employer signs and stamps before
VOTACION = "votacion"
PLANILLA = "planilla"
NO_EXIGIBLE = "no_exigible"
PRESENTACION = "presentacion"
COPY_WHERE = "En cualquier copiadora, con el original."
DATA_WHERE = "En el mismo documento."


class Copia(StrEnum):
    """Whether a copy is asked for, and which; ``NO`` is of a paper that stays here."""

    COLOR = "color"
    SIMPLE = "simple"
    OPCIONAL = "opcional"
    NO = "no"


COPIA_TEXT = {
    Copia.COLOR: "Copia a color",
    Copia.SIMPLE: "Copia",
    Copia.OPCIONAL: "Copia (opcional)",
    Copia.NO: "Sin copia",
}
_OWED = (Copia.COLOR, Copia.SIMPLE)


class Via(StrEnum):
    """The way of a solicitud: straight to the window, or through the employer first."""

    DIRECTA = "directa"
    EMPLEADOR = "empleador"


class Firma(StrEnum):
    """Who signs a solicitud."""

    PERSONA = "persona"
    EMPLEADOR = "empleador"


class FormatoCedula(StrEnum):
    """The two cédula formats in circulation."""

    ANTIGUA = "antigua"
    ELECTRONICA = "electronica"


class Dato(StrEnum):
    """Whether an alternative's number or date must be written down."""

    NO = "no"
    OPCIONAL = "opcional"
    OBLIGATORIO = "obligatorio"


@dataclass(frozen=True, slots=True)
class Alternativa:
    """One of the papers that meet a requisito; ``numero`` and ``fecha`` are its own data.

    ``titulo`` names it on its button, ``nombre`` in a sentence, with its article.
    """

    id: str
    titulo: str
    nombre: str
    numero: Dato = Dato.NO
    fecha: Dato = Dato.NO
    tecla: str = ""


@dataclass(frozen=True, slots=True)
class Requisito:
    """One line of the checklist; ``nombre`` is what to bring, as spoken, with its article."""

    id: str
    titulo: str
    nombre: str
    copia: Copia
    donde: str
    detalle: str = ""
    alternativas: tuple[Alternativa, ...] = ()
    calidades: frozenset[Calidad] = frozenset(Calidad)

    def alternativa(self, alternativa_id: str) -> Alternativa | None:
        """Return an alternative by its id, or None."""
        return next((each for each in self.alternativas if each.id == alternativa_id), None)


@dataclass(frozen=True, slots=True)
class Condicion:
    """How a calidad asks: the way of its solicitud, who signs it, and what the person is told of it."""

    calidad: Calidad
    solicitud: Via
    firmas: tuple[Firma, ...]
    texto: str


@dataclass(frozen=True, slots=True)
class Perfil:
    """A dated set of requisitos with the source it rests on; ``condiciones`` has each calidad once.

    ``version`` is the row of ``reglamento`` that it was read from, 0 for what is shipped.
    """

    id: str
    nombre: str
    fuente: str
    desde: date
    hasta: date | None
    requisitos: tuple[Requisito, ...]
    condiciones: tuple[Condicion, ...]
    version: int = 0

    @property
    def key(self) -> str:
        """What a trámite keeps of it: ``id``, or ``id@version``."""
        return f"{self.id}@{self.version}" if self.version else self.id

    def of_calidad(self, calidad: Calidad) -> tuple[Requisito, ...]:
        """Return the requisitos of a calidad, in the order of the screen."""
        return tuple(each for each in self.requisitos if calidad in each.calidades)

    def for_person(self, persona: Persona) -> tuple[Requisito, ...]:
        """Return the requisitos that this person owes, in the order of the screen."""
        return self.of_calidad(calidad_of(persona.tipo_prestacion))

    def condicion(self, calidad: Calidad) -> Condicion:
        """Return how a calidad asks."""
        return next(each for each in self.condiciones if each.calidad is calidad)


@dataclass(frozen=True, slots=True)
class Documento:
    """What was shown for one requisito."""

    requisito: str
    alternativa: str = ""
    original: bool = False
    copia: bool = False
    numero: str = ""
    fecha: date | None = None
    motivo: MotivoExencion | None = None

    def ticked(self, *, on: bool) -> Documento:
        """Return the same document with original and copy both seen, or neither."""
        return replace(self, original=on, copia=on)


@dataclass(frozen=True, slots=True)
class Falta:
    """One thing that is missing: a paper, what of it, and where to get it.

    ``papel`` and each of ``que`` carry their article; without ``que`` it is the whole paper.
    """

    requisito: str
    que: tuple[str, ...]
    papel: str
    donde: str

    @property
    def text(self) -> str:
        """What is missing in words: ``el original y la copia a color de la cédula``."""
        return f"{' y '.join(self.que)} {_of(self.papel)}" if self.que else self.papel


@dataclass(frozen=True, slots=True)
class Contexto:
    """What the judgement of a checklist depends on besides the papers themselves.

    ``vencida_admitida`` tells that a second person admitted the expired cédula.
    """

    persona: Persona
    vencimiento_cedula: date | None
    exencion: Exencion | None
    eleccion: date
    today: date
    vencida_admitida: bool = False

    @property
    def cedula_vencida(self) -> bool:
        """Whether the cédula that was shown has expired. Its last day counts."""
        return self.vencimiento_cedula is not None and self.vencimiento_cedula < self.today


def initial(perfil: Perfil, context: Contexto, planilla: str = "") -> tuple[Documento, ...]:
    """Return an untouched checklist, with the voting exemption applied when there is one.

    ``planilla`` is the one that the person said to bring: it is chosen already, and not ticked.
    """
    documents = []
    for requisito in perfil.for_person(context.persona):
        if requisito.id == VOTACION and context.exencion is not None:
            documents.append(Documento(VOTACION, NO_EXIGIBLE, motivo=context.exencion.motivo))
        elif requisito.id == VOTACION and requisito.alternativas:
            documents.append(Documento(VOTACION, requisito.alternativas[0].id))
        elif requisito.id == PLANILLA and requisito.alternativa(planilla) is not None:
            documents.append(Documento(PLANILLA, planilla))
        else:
            documents.append(Documento(requisito.id))
    return tuple(documents)


def missing(perfil: Perfil, documents: tuple[Documento, ...], context: Contexto) -> tuple[Falta, ...]:
    """Return everything that keeps the checklist from being met, in the order of the screen."""
    shown = {document.requisito: document for document in documents}
    return tuple(
        falta
        for requisito in perfil.for_person(context.persona)
        for falta in _lacks(requisito, shown.get(requisito.id, Documento(requisito.id)), context)
    )


def _lacks(requisito: Requisito, document: Documento, context: Contexto) -> list[Falta]:
    if requisito.id == VOTACION and document.alternativa == NO_EXIGIBLE:
        return _exemption_lacks(requisito, document, context)
    another = _another(requisito, document, context)
    if another:
        return [Falta(requisito.id, (), f"{another} ({_both(requisito)})", _where(requisito))]
    return [*_part_lacks(requisito, document), *_data_lacks(requisito, document, context)]


def _exemption_lacks(requisito: Requisito, document: Documento, context: Contexto) -> list[Falta]:
    if document.motivo is None:
        proof = f"la prueba de que no se le exige {requisito.nombre}"
        return [Falta(requisito.id, (), proof, requisito.donde)]
    padron = context.exencion.motivo if context.exencion else None
    if document.motivo not in {*DECLARED, padron}:
        unknown = f"{requisito.nombre} (en el padrón no consta: {MOTIVO_TEXT[document.motivo]})"
        return [Falta(requisito.id, (), unknown, requisito.donde)]
    return []


def _another(requisito: Requisito, document: Documento, context: Contexto) -> str:
    """Return the paper to bring when what was shown, whatever was seen of it, does not count."""
    expiry = context.vencimiento_cedula
    if requisito.id == CEDULA and expiry and context.cedula_vencida and not context.vencida_admitida:
        return f"una cédula vigente, porque la suya venció el {day(expiry)}"
    alternative = requisito.alternativa(document.alternativa)
    if alternative is None:
        return requisito.nombre if requisito.alternativas else ""
    stale = (
        alternative.id == PRESENTACION
        and document.fecha is not None
        and document.fecha <= context.today
        and not presentation_valid(document.fecha, context.today)
    )
    return f"un certificado de presentación de los últimos {PRESENTATION_DAYS} días" if stale else ""


def _part_lacks(requisito: Requisito, document: Documento) -> list[Falta]:
    copy = requisito.copia in _OWED and not document.copia
    color = " a color" if requisito.copia is Copia.COLOR else ""
    parts = (("el original", not document.original), (f"la copia{color}", copy))
    lacking = tuple(part for part, lacks in parts if lacks)
    if not lacking:
        return []
    if requisito.copia is Copia.NO:
        lacking = ()
    where = COPY_WHERE if document.original else _where(requisito) if copy else requisito.donde
    return [Falta(requisito.id, lacking, _name(requisito, document), where)]


def _data_lacks(requisito: Requisito, document: Documento, context: Contexto) -> list[Falta]:
    alternative = requisito.alternativa(document.alternativa)
    if alternative is None or not (document.original or document.copia):
        return []  # a paper that is not there has nothing to write down yet
    if document.fecha is not None and document.fecha > context.today:
        wrong = f"la fecha correcta {_of(alternative.nombre)} (la escrita es futura)"
        return [Falta(requisito.id, (), wrong, DATA_WHERE)]
    data = (
        ("el número", alternative.numero is Dato.OBLIGATORIO and not document.numero),
        ("la fecha", alternative.fecha is Dato.OBLIGATORIO and document.fecha is None),
    )
    lacking = tuple(name for name, lacks in data if lacks)
    return [Falta(requisito.id, lacking, alternative.nombre, DATA_WHERE)] if lacking else []


def _both(requisito: Requisito) -> str:
    color = " a color" if requisito.copia is Copia.COLOR else ""
    return f"original y copia{color}" if requisito.copia in _OWED else "original"


def _where(requisito: Requisito) -> str:
    if requisito.copia not in _OWED:
        return requisito.donde
    return f"{requisito.donde} La copia, en cualquier copiadora."


def _name(requisito: Requisito, document: Documento) -> str:
    alternative = requisito.alternativa(document.alternativa)
    return alternative.nombre if alternative else requisito.nombre


def _of(paper: str) -> str:
    """Return «de» and a paper with its article: ``del certificado``, ``de la cédula``."""
    return f"del {paper[3:]}" if paper.startswith("el ") else f"de {paper}"
