"""*Accesos a una persona*: who saw or touched a cédula, for data-protection requests.

Source: LOPDP, the right of access and the log of accesses that the treatment of personal data
needs. What is told comes from the bitácora alone; that it was asked for is one of its events.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import AccesoRow, BitacoraRow, TramiteRow, UsuarioRow
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.acceso import DEPURADO, Acceso, InformeAccesos
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.evento_texto import words
from agencia_app.models.domain.fechas import ZONE, local
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora
from agencia_app.services.padron_search import PadronSearch
from agencia_app.services.usuario_rows import acting

if TYPE_CHECKING:
    from agencia_app.services.papeles import Agencia

# What a detail may say on the report, and how. The rest is for the screens of the agency.
_TOLD = {"texto": "Buscó «{}»", "papel": "Papel: {}", "razon": "Razón: {}", "motivo": "Motivo: {}",
         "comentario": "Comentario: {}"}  # fmt: skip


class Accesos:
    """The accesses to a person, on screen and as a PDF."""

    def __init__(
        self,
        database: Database,
        agencia: Agencia,
        folder: Path,
        clock: Callable[[], datetime],
        *,
        demostracion: bool,
    ) -> None:
        """Take the database, the agency's name, where papers go, and the clock (aware)."""
        self._database = database
        self._agencia = agencia
        self._folder = folder
        self._clock = clock
        self._demostracion = demostracion

    def of_person(self, sesion: Sesion, cedula: str, desde: date, hasta: date) -> InformeAccesos:
        """Return every event of those days that shows or touches a cédula, this request too.

        Raises KnownError ``usuario.role``, ``cedula.*``, ``accesos.range`` for days that end before
        they begin, and ``base.*``.
        """
        require(sesion, Permiso.VER_ACCESOS)
        number = cedulas.validate(cedula)
        if hasta < desde:
            raise KnownError("accesos.range")
        now = self._clock()
        with acting(self._database, sesion, Permiso.VER_ACCESOS) as session:
            bitacora.record(
                session,
                sesion,
                Evento.CONSULTA_ACCESOS,
                en=now,
                cedulas=[number],
                desde=desde.isoformat(),
                hasta=hasta.isoformat(),
            )
            session.commit()
        person = PadronSearch(self._database).find(number)
        nombre = "" if person is None else person.nombre_completo
        return InformeAccesos(
            number, nombre, desde, hasta, sesion.nombre, now, self._read(number, desde, hasta)
        )

    def save(self, sesion: Sesion, informe: InformeAccesos) -> Path:
        """Write a report as a PDF into the folder of papers, for its owner alone, and return its path.

        Raises KnownError ``usuario.role``, and ``accesos.folder`` when it cannot be written.
        """
        require(sesion, Permiso.VER_ACCESOS)
        from agencia_app.services.papers import accesos as paper  # noqa: PLC0415 - the paper engine loads late

        pdf = paper.render(
            informe, f"{self._agencia.codigo} · {self._agencia.nombre}", demostracion=self._demostracion
        )
        # No cédula in a file's name: folders are listed where their files are not read.
        stem = f"accesos-{local(informe.pedido_en):%Y%m%d-%H%M%S}-"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=stem, suffix=".pdf")
            with os.fdopen(descriptor, "wb") as file:
                file.write(pdf)
        except OSError as error:
            raise KnownError("accesos.folder", path=self._folder) from error
        return Path(name)

    def _read(self, cedula: str, desde: date, hasta: date) -> tuple[Acceso, ...]:
        shown = select(AccesoRow.seq).where(AccesoRow.cedula == cedula)
        attended = (
            select(BitacoraRow.seq)
            .join(TramiteRow, TramiteRow.numero == BitacoraRow.tramite)
            .where(TramiteRow.cedula == cedula)
        )
        query = (
            select(
                BitacoraRow.seq,
                BitacoraRow.en,
                BitacoraRow.actor,
                UsuarioRow.nombre,
                BitacoraRow.ventanilla,
                BitacoraRow.accion,
                BitacoraRow.detalle,
                BitacoraRow.tramite,
            )
            .outerjoin(UsuarioRow, UsuarioRow.usuario == BitacoraRow.actor)
            .where(
                BitacoraRow.seq.in_(shown.union(attended)),
                BitacoraRow.en >= _midnight(desde),
                BitacoraRow.en < _midnight(hasta + timedelta(days=1)),
            )
            .order_by(BitacoraRow.seq)
        )
        with self._database.reading() as session:
            return tuple(map(_acceso, session.execute(query)))


def _midnight(day: date) -> str:
    """Return the beginning of a day at the agency as the bitácora writes moments."""
    begun = datetime.combine(day, time(), ZoneInfo(ZONE))
    return begun.astimezone(UTC).isoformat(timespec="microseconds")


def _acceso(row: Sequence[Any]) -> Acceso:
    seq, en, actor, nombre, ventanilla, accion, detalle, tramite = row
    return Acceso(
        seq,
        datetime.fromisoformat(en),
        actor,
        nombre or actor,
        ventanilla,
        words(accion),
        _said(detalle),
        numeros.shown(tramite) if tramite else "",
    )


def _said(detalle: str) -> str:
    if not detalle:
        return DEPURADO
    told = json.loads(detalle)
    return ". ".join(form.format(told[name]) for name, form in _TOLD.items() if told.get(name))
