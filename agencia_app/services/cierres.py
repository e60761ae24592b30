"""The close of a day: what blocks it, closing it once, its certificate, and the exports.

A close records the figures of the day and the head of the bitácora in one transaction; it is never
changed or reopened. The day may be closed while windows work: what comes later counts to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import AgenciaRow, BitacoraCabezaRow, CierreRow, TramiteRow
from agencia_app.models.domain.cierre import Bloqueo, Cierre, Dias, EstadoDia, TipoBloqueo
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import day, local_date, moment
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, cierre_content, cierre_totales
from agencia_app.services.revisiones import Revisiones
from agencia_app.services.usuario_rows import require_now

if TYPE_CHECKING:
    from agencia_app.services.cierre_export import Exportado, Progreso

_DAYS_BACK = 60  # days that are offered; an older one can still be typed

# ruff: noqa: PLC0415 - the paper engine and the spreadsheet writer load with the first of each


@dataclass(frozen=True, slots=True)
class Cerrado:
    """A day just closed, and the files written of it."""

    cierre: Cierre
    certificado: Path
    exportado: Exportado


def certificate_name(dia: date) -> str:
    """Return the name of a certificate's file."""
    return f"cierre-{dia.isoformat()}.pdf"


class Cierres:
    """Closes the days of one agency."""

    def __init__(self, database: Database, revisiones: Revisiones, clock: Callable[[], datetime]) -> None:
        """Take the database, what finds the things to review, and the clock (aware)."""
        self._database = database
        self._revisiones = revisiones
        self._clock = clock

    def days(self, sesion: Sesion) -> Dias:
        """Return the days with trámites that are not closed, and those closed lately."""
        require(sesion, Permiso.CERRAR_DIA)
        today = local_date(self._clock())
        since = today - timedelta(days=_DAYS_BACK)
        with self._database.reading() as session:
            closed = set(session.scalars(select(CierreRow.dia).where(CierreRow.dia >= since)))
            worked = session.scalars(select(TramiteRow.dia).where(TramiteRow.dia >= since).distinct())
            left = {each for each in worked if each <= today} - closed
        return Dias(today, tuple(sorted(left, reverse=True)), tuple(sorted(closed, reverse=True)))

    def status(self, sesion: Sesion, dia: date) -> EstadoDia:
        """Return how a day stands. Raises KnownError ``cierre.future`` or ``cierre.altered``."""
        require(sesion, Permiso.CERRAR_DIA)
        self._check_past(dia)
        with self._database.reading() as session:
            row = session.get(CierreRow, dia)
            if row is not None:
                cierre = _read(row)
                return EstadoDia(dia, cierre, (), cierre.totales)
            return EstadoDia(
                dia, None, cierre_totales.blocking(session, dia), cierre_totales.totals(session, dia)
            )

    def close(self, sesion: Sesion | None, dia: date) -> Cierre:
        """Close a day, for good. Without a ``sesion`` the account of the system does it.

        What is to be reviewed of the day is looked for first. Raises KnownError ``cierre.future``,
        ``cierre.closed``, or ``cierre.blocked`` with its ``bloqueos``.
        """
        if sesion is not None:
            require(sesion, Permiso.CERRAR_DIA)
        self._check_past(dia)
        with self._database.reading() as session:
            _check_open(session, dia)
        self._revisiones.detect(dia, closing=True)
        with self._database.unit_of_work() as session:
            if sesion is not None:
                require_now(session, sesion, Permiso.CERRAR_DIA)
            _check_open(session, dia)
            agencia = session.scalars(select(AgenciaRow)).one()
            head = session.scalars(select(BitacoraCabezaRow)).one()
            now = self._clock()
            cierre = Cierre(
                agencia_codigo=agencia.codigo,
                agencia_nombre=agencia.nombre,
                demostracion=agencia.demostracion,
                dia=dia,
                cerrado_en=now,
                cerrado_por=bitacora.actor(sesion),
                totales=cierre_totales.totals(session, dia),
                cabeza_seq=head.seq,
                cabeza=head.hash,
            )
            contenido = cierre_content.write(cierre)
            huella = cierre_content.digest(contenido)
            session.add(
                CierreRow(
                    dia=dia,
                    cerrado_en=now,
                    cerrado_por=cierre.cerrado_por,
                    cabeza_seq=cierre.cabeza_seq,
                    cabeza=cierre.cabeza,
                    contenido=contenido,
                    huella=huella,
                )
            )
            bitacora.record(session, sesion, Evento.DIA_CERRADO, en=now, dia=dia.isoformat(), huella=huella)
            session.commit()
        return cierre

    def certificate(self, dia: date) -> bytes:
        """Return the certificate of a closed day as a PDF, the same bytes each time.

        Raises KnownError ``cierre.not_closed``, or ``cierre.altered`` for a row that was changed.
        """
        from agencia_app.services.papers import cierre

        with self._database.reading() as session:
            row = session.get(CierreRow, dia)
            if row is None:
                raise KnownError("cierre.not_closed", dia=day(dia))
            return cierre.render(_read(row))

    def save_certificate(self, dia: date, folder: Path) -> Path:
        """Write the certificate of a closed day into a folder; return the file.

        The same one that is there already is left as it is. Raises what ``certificate`` does, and KnownError ``export.exists`` or ``export.folder``.
        """
        from agencia_app.services import cierre_export

        pdf = self.certificate(dia)
        cierre_export.make_folder(folder)
        path = folder / certificate_name(dia)
        try:
            with path.open("xb") as file:
                file.write(pdf)
        except FileExistsError as error:
            if not _same(path, pdf):
                raise KnownError("export.exists", path=path) from error
        except OSError as error:
            raise KnownError("export.folder", path=folder) from error
        return path

    def close_into(self, sesion: Sesion | None, dia: date, folder: Path) -> Cerrado:
        """Close a day and write its certificate and its trámites into a folder.

        The folder is tried first. Raises what ``close`` does, KnownError ``export.exists`` or
        ``export.folder`` while nothing is closed yet, and ``cierre.file`` when it is and a file
        could not be written.
        """
        from agencia_app.services import cierre_export

        cierre_export.try_folder(folder, certificate_name(dia), *cierre_export.Rango(dia, dia, folder).files)
        cierre = self.close(sesion, dia)
        try:
            return Cerrado(cierre, self.save_certificate(dia, folder), self.export(sesion, dia, dia, folder))
        except KnownError as error:
            raise KnownError("cierre.file", path=folder, dia=day(dia)) from error

    def export(
        self,
        sesion: Sesion | None,
        desde: date,
        hasta: date,
        folder: Path,
        *,
        progress: Callable[[Progreso], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Exportado:
        """Write the trámites of some days to a CSV and an XLSX; see ``cierre_export.write``."""
        from agencia_app.services import cierre_export

        if sesion is not None:
            require(sesion, Permiso.EXPORTAR)
        self._check_past(hasta)
        days = cierre_export.Rango(desde, hasta, folder)
        return cierre_export.write(self._database, self._clock, sesion, days, progress, cancelled)

    def _check_past(self, dia: date) -> None:
        if dia > local_date(self._clock()):
            raise KnownError("cierre.future", dia=day(dia))


def _check_open(session: Session, dia: date) -> None:
    """Raise KnownError when a day is closed, or cannot be yet."""
    row = session.get(CierreRow, dia)
    if row is not None:
        raise KnownError(
            "cierre.closed", dia=day(dia), cerrado=moment(row.cerrado_en), usuario=row.cerrado_por
        )
    bloqueos = cierre_totales.blocking(session, dia)
    if bloqueos:
        raise KnownError("cierre.blocked", dia=day(dia), que=_counted(bloqueos), bloqueos=bloqueos)


def _counted(bloqueos: tuple[Bloqueo, ...]) -> str:
    """Say how many there are of each kind: ``2 trámites abiertos y 1 hoja por confirmar``."""
    words = {
        TipoBloqueo.BORRADOR: ("trámite abierto", "trámites abiertos"),
        TipoBloqueo.HOJA_POR_CONFIRMAR: ("hoja por confirmar", "hojas por confirmar"),
        TipoBloqueo.SIN_TERMINAR: ("recibo por entregar", "recibos por entregar"),
    }
    found = []
    for tipo, (one, many) in words.items():
        times = sum(each.tipo is tipo for each in bloqueos)
        if times:
            found.append(f"{times} {one if times == 1 else many}")
    return " y ".join(", ".join(found).rsplit(", ", 1))


def _same(path: Path, pdf: bytes) -> bool:
    try:
        return path.is_file() and path.read_bytes() == pdf
    except OSError:
        return False


def _read(row: CierreRow) -> Cierre:
    """Return the close of a row. Raises KnownError ``cierre.altered`` when it is not what was written."""
    if cierre_content.digest(row.contenido) != row.huella:
        raise KnownError("cierre.altered", dia=day(row.dia))
    try:
        cierre = cierre_content.read(row.contenido)
    except (ValueError, KeyError, TypeError) as error:
        raise KnownError("cierre.altered", dia=day(row.dia)) from error
    if (cierre.dia, cierre.cabeza_seq, cierre.cabeza) != (row.dia, row.cabeza_seq, row.cabeza):
        raise KnownError("cierre.altered", dia=day(row.dia))
    return cierre
