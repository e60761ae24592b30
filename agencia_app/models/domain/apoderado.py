"""Who comes in a person's name (*apoderado*), and the document that lets them.

Source: an inference. The published procedure speaks of the applicant alone; a poder is an instrument
of a notary, so its number, notaría and date are written down, and a second person looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day

LONGEST = {"nombre": 120, "documento": 40, "notaria": 120}  # characters, what the database keeps


@dataclass(frozen=True, slots=True)
class Apoderado:
    """The apoderado's cédula and name, and the number, notaría and date of the poder."""

    cedula: str
    nombre: str
    documento: str
    notaria: str
    fecha: date

    @property
    def masked(self) -> Apoderado:
        """The same with the cédula as it is shown outside the step that needs it."""
        return replace(self, cedula=cedulas.mask(self.cedula))

    @property
    def text(self) -> str:
        """Who it is and by which document, to stand after the person's name in a sentence."""
        return f"{self.nombre}, con cédula {self.cedula}, {self.document}"

    @property
    def document(self) -> str:
        """By which document they act: ``por el poder n.º … del … (Notaría …)``."""
        return f"por el poder n.º {self.documento} del {day(self.fecha)} ({self.notaria})"


def checked(apoderado: Apoderado, persona: str, today: date) -> Apoderado:
    """Return an apoderado as it is kept: trimmed, and possible.

    Raises KnownError ``cedula.*``, ``apoderado.same`` for the cédula of the person (``persona``) who
    is represented, ``apoderado.incomplete``, ``apoderado.too_long`` or ``apoderado.future``.
    """
    cedula = cedulas.validate(apoderado.cedula)
    if cedula == persona:
        raise KnownError("apoderado.same")
    kept = replace(
        apoderado,
        cedula=cedula,
        nombre=" ".join(apoderado.nombre.split()).upper(),
        documento=" ".join(apoderado.documento.split()),
        notaria=" ".join(apoderado.notaria.split()),
    )
    for field, longest in LONGEST.items():
        value = getattr(kept, field)
        if not value:
            raise KnownError("apoderado.incomplete")
        if len(value) > longest:
            raise KnownError("apoderado.too_long", maximum=longest)
    if kept.fecha > today:
        raise KnownError("apoderado.future")
    return kept
