"""Telling whether a recibo is genuine: by its number, its QR code, or its PDF.

Everything is answered from this agency's database, without network. A number proves only that
the recibo is on record; the QR code proves that this agency signed it; only a PDF is compared
with what was issued, to the byte but for its compression. Whose recibo it is is never said.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import MultipleResultsFound, NoResultFound, OperationalError
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import (
    AgenciaRow,
    AnulacionRow,
    ClaveRow,
    ImpresionRow,
    LlaveRow,
    ReciboRow,
    TramiteRow,
)
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain import sello as sellos
from agencia_app.models.domain.clave import EstadoClave
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.sello import EstadoRecibo, Resultado, Sello
from agencia_app.services import llaves, recibos, tramite_rows

LOG = logging.getLogger(__name__)

# What a person types instead of scanning, at most: longer is what a scanner read.
_TYPED = 20
_MAX_BYTES = 2_000_000  # of a PDF: ours have 40,000
# What rows that somebody wrote into the file raise when they are read: values of other types, no
# JSON, rows missing or twice. Troubles of the database itself are KnownErrors.
_NOT_READABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    NoResultFound,
    MultipleResultsFound,
    OperationalError,  # text that is no UTF-8
)

# ruff: noqa: PLC0415 - the paper engine loads with the first PDF


class Verificacion:
    """Verifies the recibos of one agency."""

    def __init__(self, database: Database, agencia: str) -> None:
        """Take the database and the agency's three digits."""
        self._database = database
        self._agencia = agencia

    def verify(self, text: str) -> Resultado:
        """Answer for a number typed or scanned, or for the text of a QR code."""
        typed = cedulas.clean(text)
        if not typed:
            return _unknown("recibo.empty")
        digits = typed.isascii() and typed.isdigit()
        if digits or (len(typed) <= _TYPED and not typed.upper().startswith(sellos.PREFIX)):
            return self._by_number(typed)
        return self._by_qr(text)

    def verify_pdf(self, path: Path) -> Resultado:
        """Answer for a PDF: its code must be of a recibo, and all of it as that recibo was issued."""
        from agencia_app.services import pdf_child

        pdf = _read(path)
        seen = None if pdf is None else pdf_child.look_into(pdf)
        if pdf is None or seen is None:
            return _unknown("recibo.pdf_unreadable")
        result = self._by_codes(seen.codes)
        if result.recibo is None or result.estado in {EstadoRecibo.ALTERADO, EstadoRecibo.DESCONOCIDO}:
            return result
        if not seen.words:
            return _unknown("recibo.pdf_scan", result.recibo)
        return result if self._issued(pdf, result.recibo) else _altered(result.recibo, "recibo.altered_pdf")

    def _by_codes(self, codes: frozenset[str]) -> Resultado:
        """Answer for the codes that a PDF shows."""
        seals = {code for code in codes if code.upper().startswith(sellos.PREFIX)}
        numbers = {code for code in codes if numeros.kind_of(code) is numeros.Kind.RECIBO}
        if len(seals) > 1 or len(numbers) > 1:
            return _unknown("recibo.pdf_many")
        if seals:
            return self._by_qr(seals.pop())
        return self._without_qr(numbers.pop()) if numbers else _unknown("recibo.pdf_no_code")

    def _by_number(self, typed: str) -> Resultado:
        try:
            numero = numeros.validate(typed)
        except KnownError as error:
            wrong = error.code == "numero.check_digit" and numeros.kind_of(typed) is numeros.Kind.RECIBO
            return _unknown("recibo.number_check" if wrong else "recibo.number_shape")
        if numeros.kind_of(numero) is numeros.Kind.TRAMITE:
            return _unknown("recibo.tramite_number")
        if numero[:3] != self._agencia:
            return _unknown("recibo.other_agency", numero)
        result = self._recorded(numero, None)
        if result.motivo == "recibo.authentic":
            return replace(result, motivo="recibo.authentic_number")
        return result

    def _by_qr(self, text: str) -> Resultado:
        try:
            sello = sellos.parse(text)
        except KnownError as error:
            return Resultado(EstadoRecibo.ALTERADO, None, error.code)
        return self._recorded(sello.recibo, sello)

    def _without_qr(self, code: str) -> Resultado:
        """Answer for a PDF with the barcode alone: one issued with a QR code must show it."""
        result = self._by_number(code)
        if result.recibo is None or result.estado in {EstadoRecibo.DESCONOCIDO, EstadoRecibo.ALTERADO}:
            return result
        with self._database.reading() as session:
            sealed = session.scalars(
                select(ReciboRow.contenido).where(ReciboRow.numero == result.recibo)
            ).one()
        if sealed:
            return _altered(result.recibo, "recibo.altered_pdf")
        return _unknown("recibo.pdf_before_seals", result.recibo)

    def _recorded(self, numero: str, sello: Sello | None) -> Resultado:
        """Answer from the record; a seal that was read must be well signed and the one recorded."""
        with self._database.reading() as session:
            try:
                return self._compared(session, numero, sello)
            except _NOT_READABLE:
                LOG.exception("recibo not readable")
                return _altered(numero, "recibo.altered_content")

    def _compared(self, session: Session, numero: str, sello: Sello | None) -> Resultado:
        if sello is not None:
            key = session.get(LlaveRow, sello.llave)
            if key is None and numero[:3] != self._agencia:
                return _unknown("recibo.other_agency", numero)
            if key is None or not llaves.signed_by(key, sello.body, sello.firma):
                return _altered(numero, "recibo.bad_signature")
        row = _row(session, numero)
        if row is None:
            return _unknown("recibo.not_here" if sello else "recibo.unknown", numero)
        recorded = recibos.sello_of(row)
        same = sello is None or (recorded is not None and recorded.payload == sello.payload)
        if not same or not self._whole(session, row, recorded):
            return _altered(numero, "recibo.altered_content")
        return _judged(session, row)

    def _whole(self, session: Session, row: ReciboRow, sello: Sello | None) -> bool:
        """Tell whether a recorded recibo is as it was signed, and agrees with the rows around it."""
        if row.numero != numeros.build(numeros.Kind.RECIBO, self._agencia, row.anio, row.secuencia):
            return False
        if sello is None:
            first = session.scalar(select(func.min(LlaveRow.creada_en)))
            # Only one from before there were keys has no seal.
            return not (row.huella or row.llave or row.firma) and (first is None or row.emitido_en < first)
        key = session.get(LlaveRow, row.llave)
        if key is None or not llaves.signed_by(key, sello.body, sello.firma):
            return False
        if recibos.digest(row.contenido) != sello.huella:
            return False
        recibos.read(row.contenido)  # raises ValueError for what no recibo could print
        said = recibos.read_values(row.contenido)
        return all(said.get(name) == value for name, value in _facts(session, row).items())

    def _issued(self, pdf: bytes, numero: str) -> bool:
        """Tell whether a PDF is the recibo that was issued, or a duplicate that was printed."""
        from agencia_app.services import pdf_same
        from agencia_app.services.papers import recibo

        with self._database.reading() as session:
            row = session.scalars(select(ReciboRow).where(ReciboRow.numero == numero)).one()
            contents = [recibos.printed(row, ejemplar) for ejemplar in sorted({0, *_reprinted(session, row)})]
        return any(content and pdf_same.same(recibo.render(content), pdf) for content in contents)


def _read(path: Path) -> bytes | None:
    """Return a file of a size that a recibo may have, None for any other and what is no file."""
    try:
        if not path.is_file():  # a pipe or a device might never end
            return None
        with path.open("rb") as file:
            pdf = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError):
        return None
    return pdf if len(pdf) <= _MAX_BYTES else None


def _row(session: Session, numero: str) -> ReciboRow | None:
    return session.scalars(select(ReciboRow).where(ReciboRow.numero == numero)).one_or_none()


def _facts(session: Session, row: ReciboRow) -> dict[str, object]:
    """Return what a recibo's content must say by the rows around it.

    Not the name and the calidad, which the padrón may correct, nor the agency's name.
    """
    tramite_row = session.get_one(TramiteRow, row.tramite_id)
    tramite = tramite_rows.load(session, tramite_row)
    first = session.scalars(
        select(ClaveRow.vence_en).where(ClaveRow.tramite_id == row.tramite_id, ClaveRow.intento == 1)
    ).one()
    emision = tramite.emision
    apoderado = tramite_rows.apoderado(session, tramite_row)
    agencia = session.scalars(select(AgenciaRow)).one()
    return {
        "numero": row.numero,
        "agencia_codigo": agencia.codigo,
        "demostracion": agencia.demostracion,
        "tramite": tramite.numero,
        "cedula_mascara": cedulas.mask(tramite_row.cedula),
        "ventanilla": row.ventanilla,
        "operador": emision.operador if emision else None,
        "emitido_en": recibos.written(row.emitido_en),
        "anterior_desactivada_en": recibos.written(row.anterior_desactivada_en),
        "vence_en": recibos.written(first),
        "presentados": recibos.facts(tramite.documentos),
        "apoderado": recibos.apoderado_facts(apoderado.masked) if apoderado else None,
    }


def _judged(session: Session, row: ReciboRow) -> Resultado:
    """Answer for a recibo that is genuine: whether it was voided, and what became of its clave."""
    states = list(
        session.scalars(
            select(ClaveRow.estado).where(ClaveRow.tramite_id == row.tramite_id).order_by(ClaveRow.intento)
        )
    )
    if not states:
        return _altered(row.numero, "recibo.altered_content")
    voided = session.scalar(select(AnulacionRow.id).where(AnulacionRow.recibo_id == row.id))
    if voided is not None:
        answer = (EstadoRecibo.ANULADO, "recibo.voided")
    elif EstadoClave.VIGENTE in states:
        answer = (EstadoRecibo.AUTENTICO, "recibo.authentic")
    elif states[-1] is EstadoClave.ANULADA:
        answer = (EstadoRecibo.ANULADO, "recibo.annulled")
    else:
        answer = (EstadoRecibo.SUSTITUIDO, "recibo.replaced")
    estado, motivo = answer
    return Resultado(estado, row.numero, motivo, row.emitido_en, row.ventanilla)


def _reprinted(session: Session, row: ReciboRow) -> Iterable[int]:
    """Return the n of each DUPLICADO n of a recibo that was queued."""
    return session.scalars(
        select(ImpresionRow.ejemplar)
        .where(ImpresionRow.tramite_id == row.tramite_id, ImpresionRow.papel == PaperKind.RECIBO)
        .distinct()
    )


def _unknown(motivo: str, recibo: str | None = None) -> Resultado:
    return Resultado(EstadoRecibo.DESCONOCIDO, recibo, motivo)


def _altered(recibo: str, motivo: str) -> Resultado:
    return Resultado(EstadoRecibo.ALTERADO, recibo, motivo)
