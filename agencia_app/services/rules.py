"""The rules of a day: what is shipped, and the versions that an administrador put over it.

What a resource file says is the first version of it; each row of ``reglamento`` is a later one, from its
``rige_desde``. On a day the one that began last holds. What is asked here is answered from memory:
``refresh`` reads the rows that came since, where a trámite is opened or taken up, so no window needs
to start again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ReglamentoRow, table
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day as shown_day
from agencia_app.models.domain.reglamento import ClaseReglamento
from agencia_app.models.domain.requisitos import Perfil
from agencia_app.services.agencias import Agencias, check_agencies
from agencia_app.services.elecciones import check_elections
from agencia_app.services.requisitos import check_profile, load_profiles, text_of
from agencia_app.services.toml_check import sure

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_REGLAMENTO = table(ReglamentoRow)
_SINCE = (
    select(
        _REGLAMENTO.c.id,
        _REGLAMENTO.c.clase,
        _REGLAMENTO.c.nombre,
        _REGLAMENTO.c.contenido,
        _REGLAMENTO.c.rige_desde,
        _REGLAMENTO.c.puesto_en,
    )
    .where(_REGLAMENTO.c.id > bindparam("last"))
    .order_by(_REGLAMENTO.c.id)
)


@dataclass(frozen=True)
class Shipped:
    """The first version of everything: the files in ``resources``."""

    perfiles: dict[str, Perfil]
    elecciones: tuple[date, ...]
    agencias: Agencias


def load_shipped(folder: Path) -> Shipped:
    """Read the first versions. Raises KnownError ``perfil.invalid``."""
    elections, agencies = (folder / f"{name}.toml" for name in ("elecciones", "agencias"))
    return Shipped(
        load_profiles(folder / "requisitos"),
        sure(check_elections(text_of(elections)), elections.name),
        sure(check_agencies(text_of(agencies)), agencies.name),
    )


@dataclass(frozen=True)
class Version:
    """A row as it was read. What its TOML says is worked out when somebody asks for it."""

    id: int
    clase: ClaseReglamento
    nombre: str
    contenido: str
    rige_desde: date
    puesto_en: datetime

    @property
    def file(self) -> str:
        """What an error names it by."""
        return f"{self.nombre or self.clase.value} (versión {self.id})"

    @cached_property
    def perfil(self) -> Perfil:
        """The profile, of a version of one."""
        return replace(sure(check_profile(self.contenido), self.file), version=self.id)

    @cached_property
    def elecciones(self) -> tuple[date, ...]:
        """The elections likewise."""
        return sure(check_elections(self.contenido), self.file)

    @cached_property
    def agencias(self) -> Agencias:
        """The agencies likewise."""
        return sure(check_agencies(self.contenido), self.file)


class Dated:
    """What holds on a day, by the versions that are known."""

    def __init__(self, shipped: Shipped, perfil: str, versions: Iterable[Version] = ()) -> None:
        """Take the first versions, the id of the profile for new trámites, and the later versions."""
        self.shipped = shipped
        self.perfil = perfil
        self._versions = {each.id: each for each in versions}

    @property
    def mark(self) -> int:
        """A number that moves when a version is learnt of."""
        return max(self._versions, default=0)

    def knows(self, perfil: str) -> bool:
        """Tell whether there is a profile of this id, in force or not."""
        return perfil in self.shipped.perfiles or any(
            each.nombre == perfil for each in self._of(ClaseReglamento.REQUISITOS)
        )

    def perfil_on(self, day: date, perfil: str = "") -> Perfil:
        """Return the profile for trámites opened on a day: the one that is set, or of another id.

        Raises KnownError ``perfil.unknown``, or ``perfil.not_yet`` or ``perfil.ended`` for one that is not
        in force then.
        """
        perfil = perfil or self.perfil
        if not self.knows(perfil):
            raise KnownError("perfil.unknown", perfil=perfil)
        found = self.newest(day, perfil)
        if found is None:
            raise KnownError("perfil.not_yet", perfil=perfil)
        if found.hasta is not None and found.hasta < day:
            raise KnownError("perfil.ended", perfil=perfil, hasta=shown_day(found.hasta))
        return found

    def newest(self, day: date, perfil: str = "") -> Perfil | None:
        """Return the version of a profile that began last by a day: it may have ended."""
        perfil = perfil or self.perfil
        version = self._begun(ClaseReglamento.REQUISITOS, day, perfil)
        if version is not None:
            return version.perfil
        shipped = self.shipped.perfiles.get(perfil)
        return shipped if shipped is not None and shipped.desde <= day else None

    def perfiles(self) -> tuple[Perfil, ...]:
        """Return every version of every profile that is known: a trámite may be of any."""
        return (
            *self.shipped.perfiles.values(),
            *(each.perfil for each in self._of(ClaseReglamento.REQUISITOS)),
        )

    def elections_on(self, day: date, known: datetime | None = None) -> tuple[date, ...]:
        """Return the elections by the version of a day, oldest first; by what was put up to a moment."""
        version = self._begun(ClaseReglamento.ELECCIONES, day, known=known)
        return self.shipped.elecciones if version is None else version.elecciones

    def provinces_on(self, day: date) -> dict[str, str]:
        """Return the province of each agency's code by the version of a day."""
        version = self._begun(ClaseReglamento.AGENCIAS, day)
        agencias = self.shipped.agencias if version is None else version.agencias
        return agencias.provincias

    def _of(self, clase: ClaseReglamento) -> Iterable[Version]:
        return (each for each in self._versions.values() if each.clase is clase)

    def _begun(
        self, clase: ClaseReglamento, day: date, nombre: str = "", known: datetime | None = None
    ) -> Version | None:
        """Return the version that began last; none of two begin on one day."""
        begun = (
            each
            for each in self._of(clase)
            if each.nombre == nombre and each.rige_desde <= day and (known is None or each.puesto_en <= known)
        )
        return max(begun, key=lambda each: each.rige_desde, default=None)


class Rules(Dated):
    """What holds on a day, and what held when a trámite was opened."""

    def __init__(self, database: Database, shipped: Shipped, perfil: str) -> None:
        """Take the database, the first versions, and the id of the profile for new trámites.

        Raises KnownError ``perfil.unknown`` when there is no such profile.
        """
        super().__init__(shipped, perfil)
        self._database = database
        with database.reading() as session:
            self.refresh(session)
        if not self.knows(perfil):
            raise KnownError("perfil.unknown", perfil=perfil)

    def refresh(self, session: Session) -> None:
        """Read the versions that were put since: one statement, and mostly of no rows."""
        rows = session.execute(_SINCE, {"last": self.mark}).all()
        if rows:  # another thread may do the same: both come to the same
            self._versions = self._versions | {row.id: Version(*row) for row in rows}

    def perfil_of(self, key: str) -> Perfil | None:
        """Return the profile that a trámite was opened under, by its ``perfil``; None for what is gone."""
        name, _, version = key.partition("@")
        if not version:
            return self.shipped.perfiles.get(name)
        if int(version) not in self._versions:  # opened at another window, under what this one has not read
            with self._database.reading() as session:
                self.refresh(session)
        found = self._versions.get(int(version))
        return found.perfil if found is not None and found.nombre == name else None
