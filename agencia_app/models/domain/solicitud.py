"""The solicitud: the request for a clave, made before or at the window, that serves once.

Sources: the procedure for the clave personal (jubilados, cesantes and voluntarios print theirs; with
relación de dependencia the employer qualifies it, prints it, signs it and hands it over). How long one
is valid is a setting, and the shape of the portal's numbers is inference: neither is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from stdnum.iso7064 import mod_97_10

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.cedula import clean
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.ruc import validate_shape

PORTAL_LENGTH = 12  # year (2) · sequence (8) · check (2): our inference, told apart from ours by length
NAME_LENGTH = 120  # characters of a razón social, and of who qualifies


class OrigenSolicitud(StrEnum):
    """Where a solicitud was made."""

    VENTANILLA = "ventanilla"
    KIOSCO = "kiosco"
    PORTAL = "portal"


class EstadoSolicitud(StrEnum):
    """Where a solicitud stands. ``VENCIDA`` follows from the date and is never recorded."""

    GENERADA = "generada"
    POR_CALIFICAR = "por_calificar"  # it goes to the employer first
    CALIFICADA = "calificada"
    PRESENTADA = "presentada"  # signed, in a trámite
    VENCIDA = "vencida"


@dataclass(frozen=True, slots=True)
class Calificacion:
    """The employer's block: who they are, who qualified, and when they signed and stamped it."""

    ruc: str
    razon_social: str
    calificada_por: str
    calificada_el: date


@dataclass(frozen=True, slots=True)
class Solicitud:
    """One solicitud. ``estado`` is as recorded; ``tramite`` is where it was brought, empty before.

    ``vence_el`` is the last day it is good for. ``ruc`` is the employer's as the padrón has it, and
    ``planilla`` the basic service whose bill the person said to bring; both may be empty.
    """

    numero: str
    cedula: str
    tipo_prestacion: TipoPrestacion
    origen: OrigenSolicitud
    estado: EstadoSolicitud
    generada_en: datetime
    vence_el: date
    planilla: str = ""
    ruc: str = ""
    calificacion: Calificacion | None = None
    tramite: str = ""

    def estado_on(self, today: date) -> EstadoSolicitud:
        """Return where it stands on a day."""
        if self.estado is not EstadoSolicitud.PRESENTADA and today > self.vence_el:
            return EstadoSolicitud.VENCIDA
        return self.estado


def earliest(made: Solicitud | None, today: date, dias: int) -> date:
    """Return the first day an employer may have qualified a solicitud that serves today.

    Ours were printed first. One of the portal's, or a paper without a number of ours (``made`` None, or
    recorded only with its block), is good for ``dias`` days, whoever printed it.
    """
    oldest = today - timedelta(days=dias)
    if made is None or made.origen is OrigenSolicitud.PORTAL:
        return oldest
    printed = local_date(made.generada_en)
    before = made.calificacion is not None and made.calificacion.calificada_el < printed
    return oldest if before else printed


def checked(block: Calificacion, since: date, today: date) -> Calificacion:
    """Return an employer's block as it is kept, spaces put right; ``since`` is as ``earliest`` says.

    Raises KnownError ``ruc.shape``, ``calificacion.incomplete``, ``calificacion.too_long``,
    ``calificacion.future`` or ``calificacion.before``. That its RUC may be a wrong one is no error
    (``ruc.is_doubtful``).
    """
    names = [" ".join(each.split()) for each in (block.razon_social, block.calificada_por)]
    ruc = validate_shape(block.ruc)
    if not all(each and each.isprintable() for each in names):
        raise KnownError("calificacion.incomplete")
    if max(map(len, names)) > NAME_LENGTH:
        raise KnownError("calificacion.too_long", maximum=NAME_LENGTH)
    if block.calificada_el > today:
        raise KnownError("calificacion.future")
    if block.calificada_el < since:
        raise KnownError("calificacion.before", desde=day(since))
    return Calificacion(ruc, names[0], names[1], block.calificada_el)


def expired(numero: str, vence_el: date, *, employer: bool = False) -> KnownError:
    """Return the refusal of one that is good no more; a new one for an ``employer`` is not made signed."""
    code = "solicitud.employer_expired" if employer else "solicitud.expired"
    return KnownError(code, solicitud=shown(numero), vence_el=day(vence_el))


def shown(digits: str) -> str:
    """Return the number of any solicitud, ours or the portal's, as people read it."""
    return shown_portal(digits) if len(digits) == PORTAL_LENGTH else numeros.shown(digits)


def is_portal(text: str) -> bool:
    """Tell by its length whether a run of digits could be the portal's number."""
    digits = clean(text)
    return digits.isascii() and digits.isdigit() and len(digits) == PORTAL_LENGTH


def validate_portal(text: str) -> str:
    """Return the digits of a portal number. Raises KnownError ``portal.shape`` or ``portal.check_digit``."""
    digits = clean(text)
    if not is_portal(digits):
        raise KnownError("portal.shape")
    if not mod_97_10.is_valid(digits):
        raise KnownError("portal.check_digit")
    return digits


def check_portal_year(digits: str, today: date) -> None:
    """Raise KnownError ``portal.year`` for a portal number of neither this year nor the last."""
    if int(digits[:2]) not in {today.year % 100, (today.year - 1) % 100}:
        raise KnownError("portal.year")


def shown_portal(digits: str) -> str:
    """Return a portal number grouped as people read it: ``26-00418207-66``."""
    return f"{digits[:2]}-{digits[2:-2]}-{digits[-2:]}"
