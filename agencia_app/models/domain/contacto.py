"""How a person is reached: what a correo and a celular look like.

Source: the mobile numbers of Ecuador (ten digits, 09); of a correo only what keeps a slip of the
fingers out, for nobody can tell a real one by its looks.
"""

from __future__ import annotations

import re

from agencia_app.models.domain.errors import KnownError

LONGEST_MAIL = 120  # characters, what the database keeps
LONGEST_MOBILE = 20  # likewise, as people type it
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_MOBILE = re.compile(r"09[0-9]{8}")


def check_correo(correo: str) -> None:
    """Raise KnownError ``contacto.correo`` for what is no address; empty means that there is none."""
    if correo and not (len(correo) <= LONGEST_MAIL and correo.isprintable() and _MAIL.fullmatch(correo)):
        raise KnownError("contacto.correo")


def check_celular(celular: str) -> None:
    """Raise KnownError ``contacto.celular`` for what is no mobile number; empty means that there is none."""
    if celular and not _MOBILE.fullmatch(celular):
        raise KnownError("contacto.celular")
