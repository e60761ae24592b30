"""What a certificate says, as the row of its close keeps it: canonical JSON, and its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.cierre import Anulada, Cierre, Emergencia, Excepcion, FilaOperador, Totales
from agencia_app.models.domain.hoja_numerada import Conteo


def write(cierre: Cierre) -> str:
    """Return a close as canonical JSON."""
    return json.dumps(
        asdict(cierre), default=_written, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def digest(contenido: str) -> str:
    """Return the SHA-256 of a stored content, in hexadecimal."""
    return hashlib.sha256(contenido.encode()).hexdigest()


def read(contenido: str) -> Cierre:
    """Return the close written by ``write``. Raises ValueError, KeyError or TypeError for anything else."""
    values: dict[str, Any] = json.loads(contenido)
    values["dia"] = date.fromisoformat(values["dia"])
    values["cerrado_en"] = datetime.fromisoformat(values["cerrado_en"])
    values["totales"] = _totals(values["totales"])
    return Cierre(**values)


def _totals(values: dict[str, Any]) -> Totales:
    numeradas = values.pop("numeradas")
    return Totales(
        operadores=tuple(FilaOperador(**each) for each in values.pop("operadores")),
        anuladas=tuple(
            Anulada(**{**each, "emitido": date.fromisoformat(each["emitido"])})
            for each in values.pop("anuladas")
        ),
        excepciones=tuple(
            Excepcion(Asunto(each["asunto"]), each["aprobadas"], each["negadas"])
            for each in values.pop("excepciones")
        ),
        emergencias=tuple(
            Emergencia(**{**each, "asunto": Asunto(each["asunto"])}) for each in values.pop("emergencias")
        ),
        numeradas=None if numeradas is None else Conteo(**numeradas),
        **values,
    )


def _written(value: object) -> str:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    raise TypeError(type(value).__name__)
