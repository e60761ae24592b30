"""*Para revisar*: what a supervisor looks at again, and the plain reason for each."""

from __future__ import annotations

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
