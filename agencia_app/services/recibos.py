"""What a recibo says, as it is kept: the content at its issuance, its digest and its seal.

The content is stored with the recibo as canonical JSON, so that a reprint says what the first
paper said whatever the padrón says by then, and so that its digest can be made again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from agencia_app.models.domain import sello as sellos
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.requisitos import Documento
from agencia_app.models.domain.sello import Sello

if TYPE_CHECKING:
    from agencia_app.models.db.tables import ReciboRow
    from agencia_app.services.llaves import Signer

_SALT_BYTES = 16
_TEXTS = (
    "agencia_codigo", "agencia_nombre", "numero", "tramite", "operador", "nombre", "cedula_mascara", "calidad",
)  # fmt: skip
_APODERADO_TEXTS = ("cedula", "nombre", "documento", "notaria")
_MOMENTS = ("emitido_en", "anterior_desactivada_en", "vence_en")


@dataclass(frozen=True, slots=True)
class ReciboContent:
    """Everything a recibo says. Moments are aware; the cédula comes masked; never the clave.

    ``apoderado`` is who acted for the person, with their cédula masked too; a content without one
    does not name it. ``qr`` is the text of its QR code, empty where it has none; ``ejemplar`` is 0 for the
    original and n for DUPLICADO n.
    """

    agencia_codigo: str
    agencia_nombre: str
    numero: str
    tramite: str
    ventanilla: int
    operador: str
    emitido_en: datetime
    nombre: str
    cedula_mascara: str
    calidad: str
    documentos: tuple[str, ...]
    anterior_desactivada_en: datetime | None
    vence_en: datetime
    demostracion: bool
    apoderado: Apoderado | None = None
    qr: str = ""
    ejemplar: int = 0


@dataclass(frozen=True, slots=True)
class Sellado:
    """A recibo's content and seal, named and written as its row keeps them (bytes in hex)."""

    contenido: str
    huella: str
    llave: str
    firma: str


def seal(signer: Signer, content: ReciboContent, presentados: tuple[Documento, ...]) -> Sellado:
    """Return the content of a recibo about to be issued, and its seal.

    ``presentados`` are the documents behind the lines that the recibo prints.
    """
    contenido = write(content, presentados, secrets.token_hex(_SALT_BYTES))
    huella = digest(contenido)
    signed = sellos.body(content.numero, content.emitido_en, signer.llave, huella)
    return Sellado(contenido, huella.hex(), signer.llave, signer.sign(signed).hex())


def write(content: ReciboContent, presentados: tuple[Documento, ...], sal: str) -> str:
    """Return what a recibo says as canonical JSON; its QR and which copy it is are left out.

    ``sal`` is random, kept here and nowhere else: without it the digest in the QR would let
    anybody try names until one fits.
    """
    values = asdict(content)
    del values["qr"], values["ejemplar"]
    for name in _MOMENTS:
        values[name] = written(values[name])
    del values["apoderado"]
    apoderado = content.apoderado
    if apoderado is not None:
        values["apoderado"] = apoderado_facts(apoderado)
    values["presentados"] = facts(presentados)
    values["sal"] = sal
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(contenido: str) -> bytes:
    """Return the SHA-256 of a stored content."""
    return hashlib.sha256(contenido.encode()).digest()


def read(contenido: str) -> ReciboContent:
    """Return the content written by ``write``. Raises ValueError for anything else."""
    values = read_values(contenido)
    values.pop("presentados", None)
    values.pop("sal", None)
    try:
        for name in _MOMENTS:
            values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
        documentos = values["documentos"]
        values["documentos"] = tuple(documentos)
        texts = [*(values[name] for name in _TEXTS), *documentos]
        if "apoderado" in values:
            apoderado = values["apoderado"]
            texts += [apoderado[name] for name in _APODERADO_TEXTS]
            values["apoderado"] = Apoderado(**apoderado | {"fecha": date.fromisoformat(apoderado["fecha"])})
        "".join(texts).encode()  # and so they are known to be texts that can be printed
        content = ReciboContent(**values)
    except (KeyError, TypeError) as error:
        raise ValueError("not a recibo's content") from error
    # Exactly: to Python, True is 1 and 4.0 is 4, and a recibo would print them so.
    if [type(each) for each in (documentos, content.ventanilla, content.demostracion)] != [list, int, bool]:
        raise ValueError("not a recibo's content")
    return content


def read_values(contenido: str) -> dict[str, Any]:
    """Return the fields of a stored content. Raises ValueError when it is none."""
    values = json.loads(contenido)
    if not isinstance(values, dict):
        raise ValueError("not a recibo's content")  # noqa: TRY004 - read from text, as any bad JSON
    return values


def facts(presentados: tuple[Documento, ...]) -> list[list[str | bool | None]]:
    """Return what was seen of each document as JSON values, to compare with the database.

    The printed lines will not do: the titles in them come from a file that may be reworded.
    """
    return [
        [each.requisito, each.alternativa, each.original, each.copia, each.numero, written(each.fecha),
         None if each.motivo is None else each.motivo.value]
        for each in presentados
    ]  # fmt: skip


def apoderado_facts(apoderado: Apoderado) -> dict[str, str | None]:
    """Return who acted for the person as JSON values, to compare with the database."""
    return {name: getattr(apoderado, name) for name in _APODERADO_TEXTS} | {"fecha": written(apoderado.fecha)}


def sello_of(row: ReciboRow) -> Sello | None:
    """Return the seal of a recorded recibo, None for one from before there were seals.

    Raises ValueError when the row holds no hexadecimal.
    """
    if not row.contenido:
        return None
    huella, firma = bytes.fromhex(row.huella), bytes.fromhex(row.firma)
    return Sello(row.numero, row.emitido_en.replace(microsecond=0), row.llave, huella, firma)


def printed(row: ReciboRow, ejemplar: int = 0) -> ReciboContent | None:
    """Return what a recorded recibo prints, as the original or as DUPLICADO ``ejemplar``.

    None for a recibo from before its content was kept.
    """
    sello = sello_of(row)
    if sello is None:
        return None
    return replace(read(row.contenido), qr=sello.payload, ejemplar=ejemplar)


def written(value: date | datetime | None) -> str | None:
    """Return a moment (UTC, to the microsecond) or a date as the stored content has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return None if value is None else value.isoformat()
