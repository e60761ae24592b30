"""The printers as a screen shows and sets them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ImpresionRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.impresion import PAPERS, EstadoImpresion, PaperKind
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.usuario_rows import acting
from agencia_app.settings import FOLDER, MAX_COPIES, MAX_NAME, WIDTHS, Termica, write

if TYPE_CHECKING:
    from agencia_app.services.printing import Printing


@dataclass(frozen=True, slots=True)
class Impresora:
    """A printer as it is now: ``papeles`` are those it is set for, ``trouble`` why it cannot print."""

    nombre: str
    termica: Termica | None
    papeles: tuple[PaperKind, ...]
    trouble: KnownError | None


class Impresoras:
    """Listing the printers and setting which paper goes where."""

    def __init__(self, database: Database, printing: Printing, clock: Callable[[], datetime]) -> None:
        """Take the database for the bitácora, the printers, and the clock (aware)."""
        self._database = database
        self._printing = printing
        self._clock = clock

    def found(self) -> tuple[Impresora, ...]:
        """Return every printer with its state; one that a setting names and is gone, too.

        Asks each of them: it may take seconds.
        """
        settings = self._printing.settings
        named = [settings.printer(kind.value) for kind in PAPERS]
        names = dict.fromkeys((*self._printing.names(), *named))
        termicas = {each.nombre: each for each in settings.termicas}
        return tuple(
            Impresora(
                name,
                termicas.get(name),
                tuple(kind for kind in PAPERS if settings.printer(kind.value) == name),
                self._printing.trouble(name),
            )
            for name in names
        )

    def takes(self, nombre: str, papel: PaperKind) -> bool:
        """Tell whether a printer has a layout for a kind of paper."""
        return self._printing.printer(nombre).takes(papel)

    def others(self, papel: PaperKind, but: str) -> tuple[str, ...]:
        """Return the printers that could take a paper now instead of one, the folder last."""
        return tuple(
            name
            for name in self._printing.names()
            if name != but
            and self.takes(name, papel)
            and (name == FOLDER or not self._printing.trouble(name))
        )

    def set_papers(self, sesion: Sesion, papeles: Mapping[PaperKind, tuple[str, int]]) -> None:
        """Set the printer and the copies of kinds of paper, from now on and for the next starts.

        Raises KnownError ``usuario.role`` for whoever is no administrador, ``impresora.copies``,
        ``printer.wrong_paper``, ``printer.slip_needs_paper`` and ``impresora.settings``.
        """
        require(sesion, Permiso.CONFIGURAR_IMPRESORAS)
        for papel, (nombre, copias) in papeles.items():
            if not 1 <= copias <= (1 if papel is PaperKind.HOJA_CLAVE else MAX_COPIES):
                raise KnownError("impresora.copies", maximum=MAX_COPIES)
            self._printing.taking(nombre, papel)
        settings = self._printing.settings
        impresoras = settings.impresoras | {papel.value: nombre for papel, (nombre, _) in papeles.items()}
        copias_ = settings.copias | {papel.value: copias for papel, (_, copias) in papeles.items()}
        facts = {papel.value: f"{nombre} × {copias}" for papel, (nombre, copias) in papeles.items()}
        self._change(sesion, impresoras=impresoras, copias=copias_, facts=facts)

    def add_termica(self, sesion: Sesion, termica: Termica) -> None:
        """Add a thermal printer, or change the one of that name.

        Raises KnownError ``usuario.role``, ``impresora.name``, ``printer.address`` and
        ``impresora.settings``.
        """
        require(sesion, Permiso.CONFIGURAR_IMPRESORAS)
        # The thermal library checks how each connection is written.
        from agencia_app.services.printers.thermal import parse_address  # noqa: PLC0415

        name = termica.nombre
        if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > MAX_NAME:
            raise KnownError("impresora.name", maximum=MAX_NAME)
        others = tuple(each for each in self._printing.settings.termicas if each.nombre != name)
        if len(others) == len(self._printing.settings.termicas) and name in self._printing.names():
            raise KnownError("impresora.name", maximum=MAX_NAME)
        parse_address(termica.conexion, termica.direccion)
        if termica.ancho_mm not in WIDTHS:
            raise KnownError("printer.address", printer=name, message=f"papel de {termica.ancho_mm} mm")
        facts = {"termica": name, "direccion": f"{termica.conexion} {termica.direccion}"}
        self._change(sesion, termicas=(*others, termica), facts=facts)

    def remove_termica(self, sesion: Sesion, nombre: str) -> None:
        """Take a thermal printer away. A paper that was set to it stays so until it is set anew.

        Raises KnownError ``impresora.in_use`` while a paper is on its way there, and as ``set_papers``.
        """
        require(sesion, Permiso.CONFIGURAR_IMPRESORAS)
        at_it = select(ImpresionRow.id).where(
            ImpresionRow.impresora == nombre, ImpresionRow.estado == EstadoImpresion.IMPRIMIENDO
        )
        with self._database.reading() as session:
            if session.scalars(at_it.limit(1)).one_or_none() is not None:
                raise KnownError("impresora.in_use", printer=nombre)
        left = tuple(each for each in self._printing.settings.termicas if each.nombre != nombre)
        self._change(sesion, termicas=left, facts={"termica_quitada": nombre})

    def _change(self, sesion: Sesion, *, facts: dict[str, str], **changes: object) -> None:
        changed = replace(self._printing.settings, **changes)  # type: ignore[arg-type]
        with acting(self._database, sesion, Permiso.CONFIGURAR_IMPRESORAS) as session:
            bitacora.record(
                session,
                sesion,
                Evento.IMPRESORAS_CAMBIADAS,
                en=self._clock(),
                cambios=json.dumps(facts, ensure_ascii=False, sort_keys=True),
            )
            try:
                write(changed)
            except OSError as error:
                raise KnownError("impresora.settings", path=changed.data) from error
            try:
                session.commit()
            except BaseException:
                # Unrecorded, it must not hold. Where even this fails, the next start says so.
                with suppress(OSError):
                    write(self._printing.settings)
                raise
        self._printing.settings = changed
