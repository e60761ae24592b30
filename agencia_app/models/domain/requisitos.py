"""Requirement profiles as values, and what is still missing under one.

Which papers a person owes changes, so it is data: a profile is read from
``resources/requisitos/*.toml`` (each with its source and validity) and judged here.
Sources: the procedure for the clave personal; LOOTA art. 23 (copies).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from agencia_app.models.domain.persona import Persona, TipoPrestacion
from agencia_app.models.domain.votacion import (
    DECLARED,
    MOTIVO_TEXT,
    Exencion,
    MotivoExencion,
    presentation_valid,
)

CEDULA = "cedula"
VOTACION = "votacion"
PLANILLA = "planilla"
NO_EXIGIBLE = "no_exigible"
PRESENTACION = "presentacion"
COPY_WHERE = "En cualquier copiadora, con el original."


class Copia(StrEnum):
    """Whether a copy is asked for, and which."""

    COLOR = "color"
    SIMPLE = "simple"
    OPCIONAL = "opcional"


COPIA_TEXT = {Copia.COLOR: "Copia a color", Copia.SIMPLE: "Copia", Copia.OPCIONAL: "Copia (opcional)"}


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
    """One of the papers that meet a requisito; ``numero`` and ``fecha`` are its own data."""

    id: str
    titulo: str
    numero: Dato = Dato.NO
    fecha: Dato = Dato.NO
    tecla: str = ""


@dataclass(frozen=True, slots=True)
class Requisito:
    """One line of the checklist."""

    id: str
    titulo: str
    copia: Copia
    donde: str
    detalle: str = ""
    alternativas: tuple[Alternativa, ...] = ()
    calidades: frozenset[TipoPrestacion] = frozenset(TipoPrestacion)

    def alternativa(self, alternativa_id: str) -> Alternativa | None:
        """Return an alternative by its id, or None."""
        return next((each for each in self.alternativas if each.id == alternativa_id), None)


@dataclass(frozen=True, slots=True)
class Perfil:
    """A dated set of requisitos with the source it rests on."""

    id: str
    nombre: str
    fuente: str
    desde: date
    hasta: date | None
    requisitos: tuple[Requisito, ...]

    def for_person(self, persona: Persona) -> tuple[Requisito, ...]:
        """Return the requisitos that this person owes, in the order of the screen."""
        return tuple(each for each in self.requisitos if persona.tipo_prestacion in each.calidades)


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
    """One thing that is missing: which paper, what of it in words, and where to get it."""

    requisito: str
    text: str
    donde: str


@dataclass(frozen=True, slots=True)
class Contexto:
    """What the judgement of a checklist depends on besides the papers themselves."""

    persona: Persona
    vencimiento_cedula: date | None
    exencion: Exencion | None
    eleccion: date
    today: date


def initial(perfil: Perfil, context: Contexto) -> tuple[Documento, ...]:
    """Return an untouched checklist, with the voting exemption applied when there is one."""
    documents = []
    for requisito in perfil.for_person(context.persona):
        if requisito.id == VOTACION and context.exencion is not None:
            documents.append(Documento(VOTACION, NO_EXIGIBLE, motivo=context.exencion.motivo))
        elif requisito.id == VOTACION and requisito.alternativas:
            documents.append(Documento(VOTACION, requisito.alternativas[0].id))
        else:
            documents.append(Documento(requisito.id))
    return tuple(documents)


def missing(perfil: Perfil, documents: tuple[Documento, ...], context: Contexto) -> tuple[Falta, ...]:
    """Return everything that keeps the checklist from being met, in the order of the screen."""
    shown = {document.requisito: document for document in documents}
    lacks: list[Falta] = []
    for requisito in perfil.for_person(context.persona):
        document = shown.get(requisito.id, Documento(requisito.id))
        lacks += (Falta(requisito.id, text, requisito.donde) for text in _lacks(requisito, document, context))
        if _lacks_copy(requisito, document):
            color = " a color" if requisito.copia is Copia.COLOR else ""
            lacks.append(Falta(requisito.id, f"la copia{color} de {_name(requisito, document)}", COPY_WHERE))
    return tuple(lacks)


def _lacks_copy(requisito: Requisito, document: Documento) -> bool:
    exempt = requisito.id == VOTACION and document.alternativa == NO_EXIGIBLE
    return requisito.copia is not Copia.OPCIONAL and not document.copia and not exempt


def _lacks(requisito: Requisito, document: Documento, context: Contexto) -> list[str]:
    if document.alternativa == NO_EXIGIBLE and requisito.id == VOTACION:
        return _exemption_lacks(document, context)
    lacks = _data_lacks(requisito, document, context)
    if not document.original:
        lacks.append(f"el original de {_name(requisito, document)}")
    return lacks


def _exemption_lacks(document: Documento, context: Contexto) -> list[str]:
    if document.motivo is None:
        return ["el motivo por el que no se exige el certificado de votación"]
    padron = context.exencion.motivo if context.exencion else None
    if document.motivo not in {*DECLARED, padron}:
        reason = MOTIVO_TEXT[document.motivo]
        return [f"otro motivo: «{reason}» no consta en el padrón"]
    return []


def _data_lacks(requisito: Requisito, document: Documento, context: Contexto) -> list[str]:
    if requisito.id == CEDULA and context.vencimiento_cedula is not None:
        if context.vencimiento_cedula < context.today:
            return [f"una cédula vigente (venció el {context.vencimiento_cedula:%d/%m/%Y})"]
        return []
    if not requisito.alternativas:
        return []
    alternative = requisito.alternativa(document.alternativa)
    if alternative is None:
        options = " o ".join(each.titulo.lower() for each in requisito.alternativas)
        return [f"indicar cuál se presenta: {options}"]
    lacks = []
    name = _name(requisito, document)
    if alternative.numero is Dato.OBLIGATORIO and not document.numero:
        lacks.append(f"el número de {name}")
    if alternative.fecha is Dato.OBLIGATORIO and document.fecha is None:
        lacks.append(f"la fecha de {name}")
    elif document.fecha is not None and document.fecha > context.today:
        lacks.append(f"una fecha que no sea futura en {name}")
    elif (
        alternative.id == PRESENTACION
        and document.fecha is not None
        and not presentation_valid(document.fecha, context.today)
    ):
        lacks.append("un certificado de presentación de los últimos 60 días")
    return lacks


def _name(requisito: Requisito, document: Documento) -> str:
    if requisito.id == PLANILLA:
        alternative = requisito.alternativa(document.alternativa)
        return f"la planilla de {alternative.titulo.lower()}" if alternative else "la planilla"
    if requisito.id == CEDULA:
        return "la cédula"
    alternative = requisito.alternativa(document.alternativa)
    title = alternative.titulo if alternative else requisito.titulo
    return f"«{title}»"
