"""What a new version of the rules changes, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from agencia_app.models.domain.calidad import CALIDAD_TEXT, Calidad
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.requisitos import COPIA_TEXT, Copia, Perfil, Requisito, Via
from agencia_app.services.agencias import Agencias

VIA_TEXT = {Via.DIRECTA: "directa", Via.EMPLEADOR: "por el empleador"}


def copy_words(copia: Copia) -> str:
    """Return what is asked for beside the original: ``copia a color``, or ``sin copia``."""
    return "sin copia" if copia is Copia.NO else COPIA_TEXT[copia].lower()


def between(before: object, after: object) -> tuple[str, ...]:
    """Return each change from one version to another of its kind; of what is new, what it has."""
    if isinstance(after, Perfil):
        return tuple(_profile(before if isinstance(before, Perfil) else None, after))
    if isinstance(after, Agencias):
        return tuple(_agencies(before if isinstance(before, Agencias) else None, after))
    return tuple(_elections(_dates(before), _dates(after)))


def _dates(value: object) -> tuple[date, ...]:
    return value if isinstance(value, tuple) else ()


def _elections(before: tuple[date, ...], after: tuple[date, ...]) -> Iterator[str]:
    yield from (f"Se agrega la elección del {day(each)}." for each in after if each not in before)
    yield from (f"Se quita la elección del {day(each)}." for each in before if each not in after)


def _agencies(before: Agencias | None, after: Agencias) -> Iterator[str]:
    old = before or Agencias({}, {})
    for code, nombre in after.nombres.items():
        if code not in old.nombres:
            yield f"Se agrega la agencia {code}, {nombre}."
        elif old.nombres[code] != nombre:
            yield f"La agencia {code} pasa de «{old.nombres[code]}» a «{nombre}»."
    yield from (
        f"Se quita la agencia {code}, {name}."
        for code, name in old.nombres.items()
        if code not in after.nombres
    )
    for code in dict.fromkeys((*old.provincias, *after.provincias)):
        was, is_now = old.provincias.get(code, "ninguna"), after.provincias.get(code, "ninguna")
        if was != is_now:
            yield f"La provincia de la agencia {code} pasa de {was} a {is_now}."


def _profile(before: Perfil | None, after: Perfil) -> Iterator[str]:
    if before is None:
        yield from (f"{each.titulo}: {copy_words(each.copia)}, {_who(each)}." for each in after.requisitos)
        return
    yield from _changed("El nombre", before.nombre, after.nombre)
    yield from _changed("La fuente", before.fuente, after.fuente)
    yield from _changed("Rige hasta", _until(before.hasta), _until(after.hasta))
    old, new = ({each.id: each for each in perfil.requisitos} for perfil in (before, after))
    for name, each in new.items():
        if name not in old:
            yield f"Se agrega el requisito «{each.titulo}»: {copy_words(each.copia)}, {_who(each)}."
        else:
            yield from _requisito(old[name], each)
    yield from (f"Se quita el requisito «{each.titulo}»." for name, each in old.items() if name not in new)
    if [*new] != [*old] and set(new) == set(old):
        yield "Cambia el orden de los requisitos."
    for calidad in Calidad:
        yield from _condicion(before, after, calidad)


def _requisito(before: Requisito, after: Requisito) -> Iterator[str]:
    name = f"«{after.titulo}»"
    yield from _changed(f"{name}, la copia", copy_words(before.copia), copy_words(after.copia))
    yield from _changed(f"{name}, quién lo debe", _who(before), _who(after))
    yield from _changed(f"{name}, el título", before.titulo, after.titulo)
    yield from _changed(f"{name}, cómo se nombra", before.nombre, after.nombre)
    yield from _changed(f"{name}, dónde se obtiene", before.donde, after.donde)
    yield from _changed(f"{name}, el detalle", before.detalle or "nada", after.detalle or "nada")
    old, new = ({each.id: each for each in requisito.alternativas} for requisito in (before, after))
    yield from (f"{name} admite también «{each.titulo}»." for id_, each in new.items() if id_ not in old)
    yield from (f"{name} ya no admite «{each.titulo}»." for id_, each in old.items() if id_ not in new)
    yield from (
        f"{name} cambia lo que se pide o cómo se nombra en «{each.titulo}»."
        for id_, each in new.items()
        if id_ in old and old[id_] != each
    )


def _condicion(before: Perfil, after: Perfil, calidad: Calidad) -> Iterator[str]:
    old, new, who = before.condicion(calidad), after.condicion(calidad), CALIDAD_TEXT[calidad]
    yield from _changed(f"{who}, la solicitud", VIA_TEXT[old.solicitud], VIA_TEXT[new.solicitud])
    yield from _changed(f"{who}, las firmas", " y ".join(old.firmas), " y ".join(new.firmas))
    yield from _changed(f"{who}, el texto", old.texto, new.texto)


def _changed(what: str, before: str, after: str) -> Iterator[str]:
    if before != after:
        yield f"{what}: de «{before}» a «{after}»."


def _until(hasta: date | None) -> str:
    return day(hasta) if hasta else "que haya otra versión"


def _who(requisito: Requisito) -> str:
    return calidades_words(requisito.calidades)


def calidades_words(calidades: Iterable[Calidad]) -> str:
    """Return who owes something: ``todos``, or the calidades by name."""
    owing = set(calidades)
    if owing == set(Calidad):
        return "todos"
    return ", ".join(CALIDAD_TEXT[each].lower() for each in Calidad if each in owing)
