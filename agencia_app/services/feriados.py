"""Which days an agency does not work: the national calendar, and what our own table says of it.

The national days come from ``holidays`` (country EC), which loads with the first day asked for.
``resources/feriados.toml`` goes before it: days of a province or an agency, decrees, and corrections.

Source: Ley Orgánica Reformatoria a la LOSEP y al Código del Trabajo (December 2016), art. 2, as quoted in
the press: a day off in the middle of the week is moved, and the day it falls on is then worked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from agencia_app.models.domain.errors import KnownError

_MOVED = 3  # days between a day off and where the law moves it, at most
_SATURDAY = 5
_KEYS = {
    "feriado": {"fecha", "nombre", "fuente", "provincias", "agencias"},
    "laborable": {"fecha", "motivo", "fuente"},
}


@dataclass(frozen=True, slots=True)
class Tabla:
    """Our own table: days off as they are written, and days worked after all."""

    feriados: tuple[dict[str, Any], ...]
    laborables: frozenset[date]


class Feriados:
    """The days off of one agency."""

    def __init__(self, tabla: Tabla, agencia: str, provincia_on: Callable[[date], str | None]) -> None:
        """Take the table that goes before the national calendar, whose days off, and its province on a day."""
        self._tabla = tabla
        self._agencia = agencia
        self._provincia_on = provincia_on
        self._years: dict[int, dict[date, str]] = {}

    def on(self, day: date) -> str | None:
        """Return the name of the day off that a day is, or None when it is worked. Weekends are not asked."""
        provincia = self._provincia_on(day)
        for each in self._tabla.feriados:
            if each["fecha"] == day and _concerns(each, self._agencia, provincia):
                return str(each["nombre"])
        if day in self._tabla.laborables:
            return None
        if day.year not in self._years:
            self._years[day.year] = _national(day.year)
        return self._years[day.year].get(day)


def load_feriados(path: Path, agencia: str, provincia_on: Callable[[date], str | None]) -> Feriados:
    """Read the days off of an agency, whose province on a day ``provincia_on`` tells.

    Raises KnownError ``feriados.invalid`` with the file's name and the reason.
    """
    raw = _parse(path)
    try:
        _check_known(raw, set(_KEYS))
        off = [_checked("feriado", each) for each in raw.get("feriado", [])]
        worked = [_checked("laborable", each) for each in raw.get("laborable", [])]
        tabla = Tabla(tuple(off), frozenset(each["fecha"] for each in worked))
    except KeyError as error:
        raise KnownError("feriados.invalid", file=path.name, reason=f"falta {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise KnownError("feriados.invalid", file=path.name, reason=str(error)) from error
    return Feriados(tabla, agencia, provincia_on)


def _national(year: int) -> dict[date, str]:
    """Return the national days off of a year. One that was moved in the week is worked on its own date."""
    import holidays  # noqa: PLC0415 - half a second, and most of the work needs none of it

    with_moves = holidays.country_holidays("EC", years=year, language="es")
    plain = holidays.country_holidays("EC", years=year, language="es", observed=False)
    moved = {day: name for day, name in with_moves.items() if day not in plain}

    def was_moved(day: date, name: str) -> bool:
        return any(
            other.startswith(name) and abs((day - where).days) <= _MOVED for where, other in moved.items()
        )

    return {
        day: plain.get(day) or name.partition(" (")[0]
        for day, name in with_moves.items()
        if day in moved or day.weekday() >= _SATURDAY or not was_moved(day, name)
    }


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnownError("feriados.invalid", file=path.name, reason=str(error)) from error


def _checked(kind: str, raw: dict[str, Any]) -> dict[str, Any]:
    _check_known(raw, _KEYS[kind])
    if type(raw["fecha"]) is not date:
        raise ValueError("«fecha» debe ser una fecha")
    for name in ("nombre" if kind == "feriado" else "motivo", "fuente"):
        if not isinstance(raw[name], str) or not raw[name].strip():
            raise ValueError(f"«{name}» debe ser un texto")
    for name in ("provincias", "agencias"):
        if not all(isinstance(each, str) for each in raw.get(name, [])):
            raise ValueError(f"«{name}» debe ser una lista de textos")
    return raw


def _check_known(raw: dict[str, Any], known: set[str]) -> None:
    extra = set(raw) - known
    if extra:
        raise ValueError(f"no se conoce «{min(extra)}»")


def _concerns(feriado: dict[str, Any], agencia: str, provincia: str | None) -> bool:
    if "provincias" not in feriado and "agencias" not in feriado:
        return True
    return agencia in feriado.get("agencias", []) or provincia in feriado.get("provincias", [])
