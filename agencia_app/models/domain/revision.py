"""*Para revisar*: what a supervisor looks at again, and the plain reason for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

COMMENT_LENGTH = 300  # characters


class Regla(StrEnum):
    """The rule that put something in *Para revisar*."""

    SEGUNDA_CLAVE = "segunda_clave"
    CONTACTO_CAMBIADO = "contacto_cambiado"
    OPERADOR_SOBRE_LOS_DEMAS = "operador_sobre_los_demas"
    FUERA_DE_HORARIO = "fuera_de_horario"
    SUSTITUTOS_SEGUIDOS = "sustitutos_seguidos"
    CONSULTAS_SIN_TRAMITE = "consultas_sin_tramite"
    EMERGENCIA = "emergencia"
    MUESTRA = "muestra"


@dataclass(frozen=True, slots=True)
class Revision:
    """One thing found for review, and what became of it. Times are aware, in UTC.

    ``usuario`` is whom it concerns; ``tramite`` its number, None when it is about several or none.
    ``revisada_por`` is a user name, None while it is open. ``de_otro``: who asked for it may not review
    it, because it concerns them or they authorised something in its trámite.
    """

    id: int
    regla: Regla
    dia: date
    en: datetime
    tramite: str | None
    usuario: str
    ventanilla: int
    texto: str
    revisada_por: str | None = None
    revisada_en: datetime | None = None
    comentario: str = ""
    de_otro: bool = False
