"""The seal of a recibo: what its QR code carries, how it is read back, and what checking it says.

The text is a prefix with its version and fields of fixed width: number (14 digits), moment of
issue (UTC, ``AAAAMMDDhhmmss``), id of the signing key (8), digest (32 bytes) and signature
(64 bytes) in base32. Only digits and capitals: the alphanumeric mode of a QR code, and what a
scanner that types like a keyboard sends unchanged. The agency is the number's first three
digits. There is no personal data in it: the digest is salted, so nobody can try names on it.

Source: Ed25519 by RFC 8032; base32 by RFC 4648 without its padding.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from agencia_app.models.domain import fechas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.errors import KnownError

PREFIX = "RECIBO1"
KEY_ID_LENGTH = 8  # characters of base32
_MOMENT = "%Y%m%d%H%M%S"
_SHAPE = re.compile(
    PREFIX + r"(?P<recibo>[0-9]{14})(?P<moment>[0-9]{14})"
    r"(?P<llave>[A-Z2-7]{8})(?P<huella>[A-Z2-7]{52})(?P<firma>[A-Z2-7]{103})"
)
LENGTH = len(PREFIX) + 14 + 14 + KEY_ID_LENGTH + 52 + 103


@dataclass(frozen=True, slots=True)
class Sello:
    """What the QR code of a recibo says.

    ``emitido_en`` is aware and whole seconds; ``huella`` is the SHA-256 of the recibo's content
    and ``firma`` the Ed25519 signature over ``body``, made with the key ``llave``.
    """

    recibo: str
    emitido_en: datetime
    llave: str
    huella: bytes
    firma: bytes

    @property
    def body(self) -> str:
        """What the signature covers: everything before it."""
        return body(self.recibo, self.emitido_en, self.llave, self.huella)

    @property
    def payload(self) -> str:
        """The text of the QR code."""
        return self.body + base32(self.firma)


def body(recibo: str, emitido_en: datetime, llave: str, huella: bytes) -> str:
    """Return what is signed. The moment must be aware; parts of a second are left out."""
    return f"{PREFIX}{recibo}{emitido_en.astimezone(UTC):{_MOMENT}}{llave}{base32(huella)}"


def base32(data: bytes) -> str:
    """Return bytes in base32 without padding."""
    return base64.b32encode(data).decode("ascii").rstrip("=")


def parse(text: str) -> Sello:
    """Read the text of a QR code. Raises KnownError ``recibo.qr_torn`` or ``recibo.qr_shape``.

    One text stands for one seal: what does not write back to itself is refused. Only a text in
    small letters throughout is taken too, which is what a scanner types under Caps Lock.
    """
    # ASCII first: «ı» and «ſ» would become plain capitals.
    whole = text.upper() if text.isascii() and text == text.lower() else text
    found = _SHAPE.fullmatch(whole)
    if found is None:
        torn = whole.startswith(PREFIX) and len(whole) < LENGTH
        raise KnownError("recibo.qr_torn" if torn else "recibo.qr_shape")
    try:
        moment = datetime.strptime(found["moment"], _MOMENT).replace(tzinfo=UTC)
        recibo = numeros.validate(found["recibo"])
    except (ValueError, KnownError) as error:
        raise KnownError("recibo.qr_shape") from error
    sello = Sello(recibo, moment, found["llave"], _bytes(found["huella"]), _bytes(found["firma"]))
    # The last character of each base32 field has spare bits, which must be nought.
    if sello.payload != whole:
        raise KnownError("recibo.qr_shape")
    return sello


def _bytes(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


class EstadoRecibo(StrEnum):
    """What verifying a recibo answers."""

    AUTENTICO = "autentico"
    ALTERADO = "alterado"
    ANULADO = "anulado"  # genuine, but voided, or its clave was annulled
    SUSTITUIDO = "sustituido"  # genuine, but a later clave took its clave's place
    DESCONOCIDO = "desconocido"


ESTADO_TEXT = {
    EstadoRecibo.AUTENTICO: "Auténtico",
    EstadoRecibo.ALTERADO: "Alterado",
    EstadoRecibo.ANULADO: "Anulado",
    EstadoRecibo.SUSTITUIDO: "Sustituido",
    EstadoRecibo.DESCONOCIDO: "Desconocido",
}


@dataclass(frozen=True, slots=True)
class Resultado:
    """The answer to «is this recibo genuine?». It never says whose the recibo is.

    ``recibo`` is its number when there is a right one; ``motivo`` the code of the sentence that
    explains the answer. ``emitido_en`` (aware) and ``ventanilla`` come with a recibo that is
    genuine, to be compared with the paper.
    """

    estado: EstadoRecibo
    recibo: str | None
    motivo: str
    emitido_en: datetime | None = None
    ventanilla: int | None = None

    @property
    def explanation(self) -> KnownError:
        """The answer as what has a sentence."""
        data: dict[str, object] = {}
        if self.recibo is not None:
            data |= {"recibo": numeros.shown(self.recibo), "agencia": self.recibo[:3]}
        if self.emitido_en is not None:
            data |= {"emitido": fechas.moment(self.emitido_en), "ventanilla": self.ventanilla}
        return KnownError(self.motivo, **data)
