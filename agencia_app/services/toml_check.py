"""Reading a TOML with every fault told: what a key should be, and in which line it is not so."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.reglamento import Fallo
from agencia_app.services.toml_lines import Lines, Path, parse

_Value = TypeVar("_Value")
_Choice = TypeVar("_Choice", bound=StrEnum)
Checked = tuple[_Value | None, tuple[Fallo, ...]]


@dataclass(frozen=True)
class Place:
    """One table of a TOML, with what collects the faults of all of it."""

    raw: dict[str, Any]
    path: Path
    lines: Lines
    faults: list[Fallo]

    def fault(self, reason: str, *below: str | int) -> None:
        """Tell what is wrong with this table, or with something in it."""
        self.faults.append(Fallo(self.lines.of((*self.path, *below)), reason))

    def known(self, *names: str) -> None:
        """Tell of every key that is none of these."""
        for name in self.raw:
            if name not in names:
                self.fault(f"no se conoce la clave «{name}»", name)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that says something; "" with a fault for what is none."""
        value = self._value(name, default)
        if value is not None and not (isinstance(value, str) and (value.strip() or value == default)):
            self.fault(f"«{name}» debe ser un texto", name)
        return value if isinstance(value, str) else ""

    def word(self, name: str, joiner: str, longest: int) -> str:
        """Return a name that the program uses: small letters and digits, in parts that the joiner joins."""
        value = self.text(name)
        part = "[a-z0-9]+"
        if value and not (re.fullmatch(f"{part}({joiner}{part})*", value) and len(value) <= longest):
            self.fault(
                f"«{name}» debe tener hasta {longest} letras minúsculas sin acento o cifras, unidas por «{joiner}»",
                name,
            )
        return value

    def day(self, name: str) -> date | None:
        """Return a date, None with a fault for what is none."""
        value = self._value(name, None)
        if value is not None and type(value) is not date:
            self.fault(f"«{name}» debe ser una fecha, como 2026-11-23", name)
        return value if type(value) is date else None

    def choice(self, name: str, choices: type[_Choice], default: _Choice | None = None) -> _Choice | None:
        """Return one of some values, None with a fault for any other."""
        value = self._value(name, default)
        if value is not None and value not in list(choices):
            self.fault(f"«{name}» debe ser {_either(choices)}, no «{value}»", name)
            return None
        return choices(value) if value is not None else None

    def choices(self, name: str, choices: type[_Choice]) -> tuple[_Choice, ...]:
        """Return several of some values, each once; without those that a fault was told of."""
        value = self._value(name, None)
        if value is None:
            return ()
        if not isinstance(value, list) or not value:
            self.fault(f"«{name}» debe ser una lista con algo de: {', '.join(choices)}", name)
            return ()
        found: list[_Choice] = []
        for position, each in enumerate(value):
            if each not in list(choices):
                self.fault(f"en «{name}» va {_either(choices)}, no «{each}»", name, position)
            elif each in found:
                self.fault(f"en «{name}» está dos veces «{each}»", name, position)
            else:
                found.append(choices(each))
        return tuple(found)

    def tables(self, name: str) -> Iterator[Place]:
        """Yield the tables of a list of them; none, with a fault, for what is no such list."""
        value = self._value(name, None)
        if value is None:
            return
        if not isinstance(value, list) or not value:
            self.fault(f"«{name}» no tiene nada: escriba cada uno bajo [[{self._title(name)}]]", name)
            return
        for position, each in enumerate(value):
            if isinstance(each, dict):
                yield Place(each, (*self.path, name, position), self.lines, self.faults)
            else:
                self.fault(f"cada «{name}» va bajo [[{self._title(name)}]]", name, position)

    def once(self, places: Collection[tuple[Place, str]], name: str, what: str) -> None:
        """Tell of every place whose value of a key another one before it has."""
        seen: set[str] = set()
        for place, value in places:
            if value and value in seen:
                place.fault(f"{what} «{value}» está dos veces", name)
            seen.add(value)

    def _value(self, name: str, default: object) -> Any:  # noqa: ANN401 - whatever stands there
        if name not in self.raw and default is None:
            self.fault(f"falta «{name}»")
        return self.raw.get(name, default)

    def _title(self, name: str) -> str:
        return ".".join(str(each) for each in (*self.path, name) if isinstance(each, str))


def check(text: str, read: Callable[[Place], _Value | None]) -> Checked[_Value]:
    """Return what a TOML means and every fault of it, by line; None for what has any."""
    parsed = parse(text)
    if isinstance(parsed, Fallo):
        return None, (parsed,)
    raw, lines = parsed
    root = Place(raw, (), lines, [])
    value = read(root)
    faults = tuple(sorted(root.faults, key=lambda each: each.linea))
    return (None if faults else value), faults


def sure(checked: Checked[_Value], file: str) -> _Value:
    """Return what a file means. Raises KnownError ``perfil.invalid`` with every fault of it."""
    value, faults = checked
    if value is None:
        raise KnownError("perfil.invalid", file=file, reason="; ".join(each.text for each in faults))
    return value


def _either(choices: type[StrEnum]) -> str:
    return " o ".join(f"«{each}»" for each in choices)
