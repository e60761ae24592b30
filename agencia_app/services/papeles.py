"""The papers of a trámite: what each says, taken from what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import Documento, Falta, Requisito
from agencia_app.models.domain.tramite import Emision, Tramite
from agencia_app.models.domain.votacion import MOTIVO_TEXT
from agencia_app.services.printing import Paper, PaperKind

if TYPE_CHECKING:
    from agencia_app.services.flow import Stop
    from agencia_app.services.tramites import Tramites

# The paper engine loads with the first paper, not with the services: it costs 0.15 s.
# ruff: noqa: PLC0415


@dataclass(frozen=True, slots=True)
class Agencia:
    """The agency as its papers name it: three digits and a name."""

    codigo: str
    nombre: str


class Papeles:
    """Composes papers. It reads nothing by itself and prints nothing."""

    def __init__(
        self,
        agencia: Agencia,
        tramites: Tramites,
        clock: Callable[[], datetime],
        *,
        demostracion: bool,
    ) -> None:
        """Take who issues, the trámites for their checklists, and the clock (aware)."""
        self._agencia = agencia
        self._tramites = tramites
        self._clock = clock
        self._demostracion = demostracion

    def solicitud(self, tramite: Tramite) -> Paper:
        """Return the solicitud for signature. Raises KnownError ``tramite.not_ready``."""
        from agencia_app.services.papers import solicitud

        if tramite.identidad is None:
            raise KnownError("tramite.not_ready")
        pdf = solicitud.render(
            solicitud.SolicitudContent(
                agencia=self._agencia.nombre,
                tramite=tramite.numero,
                nombre=tramite.persona.nombre_completo,
                cedula=tramite.persona.cedula,
                fecha_nacimiento=tramite.persona.fecha_nacimiento,
                calidad=tramite.persona.prestacion,
                correo=tramite.identidad.correo,
                celular=tramite.identidad.celular,
                fecha=self._clock(),
                demostracion=self._demostracion,
            ),
        )
        return Paper(PaperKind.SOLICITUD, tramite.numero, pdf)

    def recibo(self, tramite: Tramite) -> Paper:
        """Return the recibo of an issuance. Raises KnownError ``tramite.not_ready`` before it."""
        from agencia_app.services.papers import recibo

        emision = _issued(tramite)
        checklist = self._tramites.checklist(tramite)
        pdf = recibo.render(
            recibo.ReciboContent(
                agencia_codigo=self._agencia.codigo,
                agencia_nombre=self._agencia.nombre,
                numero=emision.recibo,
                tramite=tramite.numero,
                ventanilla=emision.ventanilla,
                operador=emision.operador,
                emitido_en=emision.emitido_en,
                nombre=tramite.persona.nombre_completo,
                cedula_mascara=cedulas.mask(tramite.persona.cedula),
                calidad=tramite.persona.prestacion,
                documentos=presented(checklist.requisitos, tramite.documentos),
                anterior_desactivada_en=emision.anterior_desactivada_en,
                vence_en=emision.vence_en,
                demostracion=self._demostracion,
            ),
        )
        return Paper(PaperKind.RECIBO, emision.recibo, pdf)

    def pendientes(self, tramite: Tramite) -> Paper:
        """Return the hoja de pendientes of a trámite: what is missing now, and where to get it."""
        return self._pendientes(
            tramite.numero, tramite.persona, self._tramites.checklist(tramite).faltas, None
        )

    def stopped(self, persona: Persona | None, cedula: str, stop: Stop) -> Paper:
        """Return the hoja de pendientes of somebody who cannot go on: no draft, no barcode."""
        return self._pendientes(None, persona, (), stop, cedula)

    def hoja_clave(self, tramite: Tramite, clave: str) -> Paper:
        """Return the sealed slip. The only paper that carries a clave; never keep it."""
        from agencia_app.services.papers import hoja_clave

        emision = _issued(tramite)
        pdf = hoja_clave.render(
            hoja_clave.HojaClaveContent(
                agencia=self._agencia.nombre,
                recibo=emision.recibo,
                nombre=tramite.persona.nombre_completo,
                cedula_mascara=cedulas.mask(tramite.persona.cedula),
                clave=clave,
                vence_en=emision.vence_en,
                demostracion=self._demostracion,
            ),
        )
        return Paper(PaperKind.HOJA_CLAVE, emision.recibo, pdf)

    def preview(self, pdf: bytes, width: int) -> tuple[int, int, bytes]:
        """Return a paper's first page as (width, height, BGRA bytes), ``width`` pixels wide."""
        import pypdfium2

        document = pypdfium2.PdfDocument(pdf)
        try:
            page = document[0]
            bitmap = page.render(scale=width / page.get_width(), force_bitmap_format=_BGRA)
            return bitmap.width, bitmap.height, bytes(bitmap.buffer)
        finally:
            document.close()

    def _pendientes(
        self,
        numero: str | None,
        persona: Persona | None,
        faltas: tuple[Falta, ...],
        stop: Stop | None,
        cedula: str = "",
    ) -> Paper:
        from agencia_app.services.papers import pendientes

        shown = persona.cedula if persona else cedula
        pdf = pendientes.render(
            pendientes.PendientesContent(
                agencia=self._agencia.nombre,
                tramite=numero,
                nombre=persona.nombre_completo if persona else None,
                cedula_mascara=cedulas.mask(shown),
                fecha=self._clock(),
                faltas=faltas,
                stop=stop,
                demostracion=self._demostracion,
            ),
        )
        # Without a draft there is no number: the moment names the file.
        return Paper(PaperKind.PENDIENTES, numero or f"{self._clock():%Y%m%d%H%M%S%f}", pdf)


def presented(requisitos: tuple[Requisito, ...], documentos: tuple[Documento, ...]) -> tuple[str, ...]:
    """Return one line per requisito: what was presented, and how."""
    shown = {each.requisito: each for each in documentos}
    return tuple(_line(each, shown.get(each.id, Documento(each.id))) for each in requisitos)


def _line(requisito: Requisito, document: Documento) -> str:
    if document.alternativa == rules.NO_EXIGIBLE:
        return f"{requisito.titulo}: no exigible" + (
            f" ({MOTIVO_TEXT[document.motivo]})" if document.motivo else ""
        )
    alternative = requisito.alternativa(document.alternativa)
    title = f"{requisito.titulo} ({alternative.titulo.lower()})" if alternative else requisito.titulo
    color = " a color" if requisito.copia is rules.Copia.COLOR else ""
    seen = [
        word
        for word, is_seen in (("original", document.original), (f"copia{color}", document.copia))
        if is_seen
    ]
    number = f", n.º {document.numero}" if document.numero else ""
    dated = f", del {day(document.fecha)}" if document.fecha else ""
    return f"{title}: {' y '.join(seen)}{number}{dated}"


def _issued(tramite: Tramite) -> Emision:
    if tramite.emision is None:
        raise KnownError("tramite.not_ready")
    return tramite.emision


_BGRA = 4  # pdfium's FPDFBitmap_BGRA
