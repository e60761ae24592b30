"""The tickets de corrección as a CSV, for whoever keeps the padrón."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.correccion import DATO_TEXT, Correccion
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local, moment
from agencia_app.services.cierre_export import make_folder, safe

COLUMNS = (
    "Ticket", "Abierto", "Ventanilla", "Operador", "Cédula", "Apellidos y nombres", "Dato", "El padrón dice",
    "Debe decir", "Evidencia", "Cerrado", "Cerrado por", "Resolución",
)  # fmt: skip


def write(folder: Path, tickets: Sequence[Correccion], now: datetime) -> Path:
    """Write tickets to a new file of its owner's alone. Raises KnownError ``export.folder``.

    Semicolons and a byte order mark as the close's export has them, and no cell that is taken for a formula.
    """
    make_folder(folder)
    name: str | None = None
    try:
        handle, name = tempfile.mkstemp(".csv", f"correcciones-{local(now):%Y%m%d-%H%M%S}-", folder)
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file, delimiter=";")
            out.writerow(COLUMNS)
            out.writerows([safe(cell) for cell in _cells(each)] for each in tickets)
    except OSError as error:
        if name is not None:
            Path(name).unlink(missing_ok=True)
        raise KnownError("export.folder", path=folder) from error
    return Path(name)


def _cells(each: Correccion) -> tuple[str, ...]:
    return (
        numeros.shown(each.numero),
        moment(each.abierta_en),
        str(each.ventanilla),
        each.abierta_por,
        each.cedula,
        each.nombre,
        DATO_TEXT[each.dato],
        each.dice,
        each.debe_decir,
        each.evidencia,
        moment(each.cerrada_en) if each.cerrada_en is not None else "",
        each.cerrada_por,
        each.resolucion,
    )
