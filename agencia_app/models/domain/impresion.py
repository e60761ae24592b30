"""Papers and their printing: what is printed, and what is known of each print job.

A job (*impresión*) is recorded in the transaction of what it prints and says only what is
known: ``impreso`` once the printer said that it finished, ``confirmado`` once somebody saw it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agencia_app import settings
from agencia_app.models.domain.errors import KnownError


class PaperKind(StrEnum):
    """The papers of a window, and the page that tries a printer."""

    SOLICITUD = "solicitud"
    PENDIENTES = "pendientes"
    RECIBO = "recibo"
    HOJA_CLAVE = "hoja_clave"
    PRUEBA = "prueba"
    CORRECCION = "correccion"

    @property
    def small(self) -> bool:
        """Whether it is drawn for A5; the others are A4."""
        return self in {PaperKind.RECIBO, PaperKind.HOJA_CLAVE}


# What a setting gives a printer to: everything but the test page.
PAPERS = tuple(PaperKind(name) for name in settings.PAPERS)
SLIP = PaperKind.HOJA_CLAVE

# Errors of a job that mean more than a sentence.
DOUBTFUL = "printer.doubtful"  # something was sent, and only a person who looks knows what came out
UNTOLD = "printer.untold"  # it is at a printer that never says that it finished
CLOSED = "impresion.closed"  # nobody waits for it any more


class EstadoImpresion(StrEnum):
    """What is known of a job."""

    EN_COLA = "en_cola"  # nothing was sent yet
    IMPRIMIENDO = "imprimiendo"  # handed to the printer, which has not said that it finished
    IMPRESO = "impreso"  # the printer said that it finished
    CONFIRMADO = "confirmado"  # somebody has it in hand
    FALLIDO = "fallido"  # it did not come out, or nobody can know: somebody must decide


# Why a duplicate is asked for, as most people say it. The bitácora keeps the words.
PERDIDO, MAL_IMPRESO, OTRA_COPIA = "Se perdió", "Salió mal impreso", "Otra copia para la persona"
MOTIVO_LENGTH = 120  # characters

OPEN = frozenset({EstadoImpresion.EN_COLA, EstadoImpresion.IMPRIMIENDO})


@dataclass(frozen=True, slots=True)
class Impresion:
    """One print job as recorded. Times are aware, in UTC.

    ``numero`` is the printed number of its trámite or recibo, of the solicitud or the ticket where it has no
    trámite, and empty for a sheet without any.
    ``ejemplar`` is 0 for the first, n for DUPLICADO n; for a hoja de clave it is which slip.
    ``error`` and ``mensaje`` are why it waits or failed: a KnownError's code, and the printer's
    own words. ``intentos`` counts how often it was handed over. ``equipo`` is the machine that made it, where
    an agency has many: its printers are that machine's.
    """

    id: int
    papel: PaperKind
    numero: str
    nombre: str
    ejemplar: int
    copias: int
    impresora: str
    ventanilla: int
    estado: EstadoImpresion
    intentos: int
    error: str
    mensaje: str
    creado_en: datetime
    actualizado_en: datetime
    equipo: str = ""

    @property
    def problem(self) -> KnownError | None:
        """Why it waits or failed, as the error that has a sentence."""
        if not self.error:
            return None
        return KnownError(self.error, printer=self.impresora, message=self.mensaje)
