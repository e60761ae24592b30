"""Reading requirement profiles and the table of elections, checked as they are read."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from agencia_app.models.domain.calidad import CALIDAD_TEXT, Calidad
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.requisitos import (
    Alternativa,
    Condicion,
    Copia,
    Dato,
    Firma,
    Perfil,
    Requisito,
    Via,
)


def load_profiles(folder: Path) -> dict[str, Perfil]:
    """Read every profile of a folder, by id.

    Raises KnownError ``perfil.invalid`` with the file's name and the reason.
    """
    profiles = {}
    for path in sorted(folder.glob("*.toml")):
        perfil = read_profile(_text_of(path), path.name)
        if perfil.id in profiles:
            raise KnownError("perfil.invalid", file=path.name, reason=f"el id «{perfil.id}» está repetido")
        profiles[perfil.id] = perfil
    return profiles


def load_elections(path: Path) -> tuple[date, ...]:
    """Read the election dates, oldest first. Raises KnownError ``perfil.invalid``."""
    return read_elections(_text_of(path), path.name)


def load_provinces(path: Path) -> dict[str, str]:
    """Read the province of each agency, by its code. Raises KnownError ``perfil.invalid``."""
    return read_provinces(_text_of(path), path.name)


def read_elections(text: str, file: str) -> tuple[date, ...]:
    """Read the election dates of a TOML; ``file`` is what an error names. Raises ``perfil.invalid``."""
    days = _parse(text, file).get("fechas")
    if not isinstance(days, list) or not days or not all(type(day) is date for day in days):
        raise KnownError("perfil.invalid", file=file, reason="«fechas» debe ser una lista de fechas")
    return tuple(sorted(days))


def read_provinces(text: str, file: str) -> dict[str, str]:
    """Read the agencies' provinces of a TOML likewise."""
    provinces = _parse(text, file).get("provincias", {})
    if not isinstance(provinces, dict) or not all(isinstance(each, str) for each in provinces.values()):
        raise KnownError("perfil.invalid", file=file, reason="«provincias» debe tener un texto por código")
    return provinces


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError("perfil.invalid", file=path.name, reason=str(error)) from error


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnownError("perfil.invalid", file=file, reason=str(error)) from error


def read_profile(text: str, file: str) -> Perfil:
    """Read a profile of a TOML likewise."""
    raw = _parse(text, file)
    try:
        perfil = Perfil(
            id=_text(raw, "id"),
            nombre=_text(raw, "nombre"),
            fuente=_text(raw, "fuente"),
            desde=_day(raw["desde"]),
            hasta=_day(raw["hasta"]) if "hasta" in raw else None,
            requisitos=tuple(_requisito(each) for each in raw["requisito"]),
            condiciones=tuple(_condicion(each) for each in raw["calidad"]),
        )
        _check(raw, {"id", "nombre", "fuente", "desde", "hasta", "requisito", "calidad"})
        _check_whole(perfil)
    except KeyError as error:
        raise KnownError("perfil.invalid", file=file, reason=f"falta {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise KnownError("perfil.invalid", file=file, reason=str(error)) from error
    return perfil


def _requisito(raw: dict[str, Any]) -> Requisito:
    _check(raw, {"id", "titulo", "nombre", "copia", "donde", "detalle", "alternativa", "calidades"})
    calidades = raw.get("calidades")
    return Requisito(
        id=_text(raw, "id"),
        titulo=_text(raw, "titulo"),
        nombre=_noun(raw),
        copia=Copia(raw["copia"]),
        donde=_text(raw, "donde"),
        detalle=raw.get("detalle", ""),
        alternativas=tuple(_alternativa(each) for each in raw.get("alternativa", ())),
        calidades=frozenset(Calidad) if calidades is None else frozenset(map(Calidad, calidades)),
    )


def _condicion(raw: dict[str, Any]) -> Condicion:
    _check(raw, {"id", "solicitud", "firmas", "texto"})
    return Condicion(
        Calidad(raw["id"]), Via(raw["solicitud"]), tuple(map(Firma, raw["firmas"])), _text(raw, "texto")
    )


def _alternativa(raw: dict[str, Any]) -> Alternativa:
    _check(raw, {"id", "titulo", "nombre", "tecla", "numero", "fecha"})
    return Alternativa(
        id=_text(raw, "id"),
        titulo=_text(raw, "titulo"),
        nombre=_noun(raw),
        numero=Dato(raw.get("numero", "no")),
        fecha=Dato(raw.get("fecha", "no")),
        tecla=raw.get("tecla", ""),
    )


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"«{name}» debe ser un texto")
    return value


def _noun(raw: dict[str, Any]) -> str:
    # What is missing is said with it: «Falta la copia *de la planilla de luz*».
    nombre = _text(raw, "nombre")
    if not nombre.startswith(("el ", "la ", "un ", "una ")):
        raise ValueError("«nombre» debe empezar con su artículo: el, la, un o una")
    return nombre


def _day(value: object) -> date:
    if type(value) is not date:
        raise ValueError("«desde» y «hasta» deben ser fechas")
    return value


def _check_whole(perfil: Perfil) -> None:
    ids = [each.id for each in perfil.requisitos]
    if len(set(ids)) < len(ids):
        raise ValueError("hay dos requisitos con el mismo id")
    if sorted(each.calidad for each in perfil.condiciones) != sorted(Calidad):
        raise ValueError(f"cada calidad va una vez: {', '.join(CALIDAD_TEXT)}")
    if perfil.hasta is not None and perfil.hasta < perfil.desde:
        raise ValueError("«hasta» es anterior a «desde»")


def _check(raw: dict[str, Any], known: set[str]) -> None:
    extra = set(raw) - known
    if extra:
        raise ValueError(f"no se conoce «{min(extra)}»")
