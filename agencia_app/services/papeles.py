"""The papers of a trámite: what each says, taken from what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ReciboRow
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import Documento, Falta, Requisito, Via
from agencia_app.models.domain.solicitud import OrigenSolicitud, Solicitud
from agencia_app.models.domain.tramite import Emision, Tramite
from agencia_app.models.domain.votacion import MOTIVO_TEXT
from agencia_app.services import correccion_rows, recibos
from agencia_app.services.printers.base import Paper

if TYPE_CHECKING:
    from agencia_app.services.flow import Stop
    from agencia_app.services.papers.correccion import CorreccionContent
    from agencia_app.services.papers.pendientes import PendientesContent
    from agencia_app.services.papers.solicitud import Empleador
    from agencia_app.services.recibos import ReciboContent
    from agencia_app.services.tramites import Tramites

# The paper engine loads with the first paper, not with the services: it costs 0.15 s.
# ruff: noqa: PLC0415


@dataclass(frozen=True, slots=True)
class Agencia:
    """The agency as its papers name it: three digits and a name."""

    codigo: str
    nombre: str


class Papeles:
    """Composes papers. It prints nothing."""

    def __init__(
        self,
        database: Database,
        agencia: Agencia,
        tramites: Tramites,
        clock: Callable[[], datetime],
        *,
        demostracion: bool,
    ) -> None:
        """Take the database, who issues, the trámites for their checklists, and the clock (aware)."""
        self._database = database
        self._agencia = agencia
        self._tramites = tramites
        self._clock = clock
        self._demostracion = demostracion

    def solicitud(self, tramite: Tramite, ejemplar: int = 0) -> Paper:
        """Return the solicitud for signature. Raises KnownError ``tramite.not_ready``."""
        if tramite.identidad is None:
            raise KnownError("tramite.not_ready")
        # The day it was accepted: a duplicate says what the first one said.
        identidad, made = tramite.identidad, tramite.solicitud
        when = tramite.aceptado_en or (made.generada_en if made is not None else self._clock())
        portal = made.numero if made is not None and made.origen is OrigenSolicitud.PORTAL else ""
        employer = self._tramites.condicion(tramite).solicitud is Via.EMPLEADOR

        def render() -> bytes:
            from agencia_app.services.papers import solicitud

            return solicitud.render(
                solicitud.SolicitudContent(
                    agencia=self._agencia.nombre,
                    tramite=tramite.numero,
                    nombre=tramite.persona.nombre_completo,
                    cedula=tramite.persona.cedula,
                    fecha_nacimiento=tramite.persona.fecha_nacimiento,
                    calidad=tramite.persona.prestacion,
                    correo=identidad.correo,
                    celular=identidad.celular,
                    apoderado=identidad.apoderado,
                    numero=made.numero if made is not None and not portal else "",
                    portal=portal,
                    vence_el=made.vence_el if made is not None else None,
                    empleador=_empleador(made) if employer else None,
                    fecha=when,
                    demostracion=self._demostracion,
                    ejemplar=ejemplar,
                ),
            )

        return Paper(PaperKind.SOLICITUD, tramite.numero, render, ejemplar=ejemplar)

    def recibo_content(self, tramite: Tramite) -> ReciboContent:
        """Return what the recibo of an issuance says, from what is recorded now.

        Raises KnownError ``tramite.not_ready`` before the issuance.
        """
        emision = _issued(tramite)
        checklist = self._tramites.checklist(tramite)
        apoderado = tramite.identidad.apoderado if tramite.identidad else None
        return recibos.ReciboContent(
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
            apoderado=apoderado.masked if apoderado else None,
        )

    def recibo(self, tramite: Tramite, ejemplar: int = 0) -> Paper:
        """Return the recibo of an issuance, saying what it said then.

        Raises KnownError ``tramite.not_ready`` before the issuance.
        """
        emision = _issued(tramite)
        with self._database.reading() as session:
            row = session.scalars(select(ReciboRow).where(ReciboRow.numero == emision.recibo)).one()
            kept = recibos.printed(row, ejemplar)
        # One from before contents were kept says what is recorded now, and has no QR.
        content = kept or self.recibo_content(tramite)

        def render() -> bytes:
            from agencia_app.services.papers import recibo

            return recibo.render(content)

        def ticket(width: int) -> bytes:
            from agencia_app.services.papers import ticket_recibo

            return ticket_recibo.render(content, width)

        return Paper(PaperKind.RECIBO, emision.recibo, render, ticket, ejemplar)

    def pendientes(self, tramite: Tramite, ejemplar: int = 0) -> Paper:
        """Return the hoja de pendientes of a trámite: what is missing now, and where to get it."""
        faltas = self._tramites.checklist(tramite).faltas
        return self._pendientes(tramite.numero, tramite.persona, faltas, None, ejemplar=ejemplar)

    def stopped(self, persona: Persona | None, cedula: str, stop: Stop | None) -> Paper:
        """Return the hoja de pendientes of somebody who cannot go on: no draft, no barcode."""
        return self._pendientes(None, persona, (), stop, cedula)

    def correccion(self, numero: str) -> Paper:
        """Return the ticket de corrección of a number. Raises KnownError ``correccion.not_found``."""
        with self._database.reading() as session:
            told = correccion_rows.value(session, correccion_rows.find(session, numero))

        def content() -> CorreccionContent:
            from agencia_app.services.papers import correccion

            return correccion.CorreccionContent(
                self._agencia.nombre, told, cedulas.mask(told.cedula), demostracion=self._demostracion
            )

        def render() -> bytes:
            from agencia_app.services.papers import correccion

            return correccion.render(content())

        def ticket(width: int) -> bytes:
            from agencia_app.services.papers import ticket_correccion

            return ticket_correccion.render(content(), width)

        return Paper(PaperKind.CORRECCION, numero, render, ticket)

    def hoja_clave(self, tramite: Tramite, clave: str) -> Paper:
        """Return the sealed slip. The only paper that carries a clave; never keep it."""
        emision = _issued(tramite)

        def render() -> bytes:
            from agencia_app.services.papers import hoja_clave

            return hoja_clave.render(
                hoja_clave.HojaClaveContent(
                    agencia=self._agencia.nombre,
                    recibo=emision.recibo,
                    intento=emision.intento,
                    nombre=tramite.persona.nombre_completo,
                    cedula_mascara=cedulas.mask(tramite.persona.cedula),
                    clave=clave,
                    vence_en=emision.vence_en,
                    demostracion=self._demostracion,
                ),
            )

        return Paper(PaperKind.HOJA_CLAVE, emision.recibo, render, ejemplar=emision.intento)

    def prueba(self, printer: str) -> Paper:
        """Return the page that tries a printer."""
        now = self._clock()

        def render() -> bytes:
            from agencia_app.services.papers import prueba

            return prueba.render(self._agencia.nombre, printer, now, demostracion=self._demostracion)

        def ticket(width: int) -> bytes:
            from agencia_app.services.papers import ticket_prueba

            return ticket_prueba.render(printer, width)

        return Paper(PaperKind.PRUEBA, f"{now:%Y%m%d%H%M%S%f}", render, ticket)

    def _pendientes(
        self,
        numero: str | None,
        persona: Persona | None,
        faltas: tuple[Falta, ...],
        stop: Stop | None,
        cedula: str = "",
        ejemplar: int = 0,
    ) -> Paper:
        now = self._clock()

        def content() -> PendientesContent:
            from agencia_app.services.papers import pendientes

            return pendientes.PendientesContent(
                agencia=self._agencia.nombre,
                tramite=numero,
                nombre=persona.nombre_completo if persona else None,
                cedula_mascara=cedulas.mask(persona.cedula if persona else cedula),
                fecha=now,
                faltas=faltas,
                stop=stop,
                demostracion=self._demostracion,
                ejemplar=ejemplar,
            )

        def render() -> bytes:
            from agencia_app.services.papers import pendientes

            return pendientes.render(content())

        def ticket(width: int) -> bytes:
            from agencia_app.services.papers import ticket_pendientes

            return ticket_pendientes.render(content(), width)

        # Without a draft there is no number: the moment names the file.
        return Paper(PaperKind.PENDIENTES, numero or f"{now:%Y%m%d%H%M%S%f}", render, ticket, ejemplar)


def presented(
    requisitos: tuple[Requisito, ...],
    documentos: tuple[Documento, ...],
    # Nobody issues over a paper that was not shown unless a second person admitted it.
    absent: str = "sin presentar, con autorización",
) -> tuple[str, ...]:
    """Return one line per requisito: what was presented and how, or ``absent``."""
    shown = {each.requisito: each for each in documentos}
    return tuple(_line(each, shown.get(each.id, Documento(each.id)), absent) for each in requisitos)


def _line(requisito: Requisito, document: Documento, absent: str) -> str:
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
    return f"{title}: {' y '.join(seen) or absent}{number}{dated}"


def _empleador(made: Solicitud | None) -> Empleador:
    """Return the employer's block as far as it is known."""
    from agencia_app.services.papers.solicitud import Empleador

    if made is None:
        return Empleador()
    block = made.calificacion
    if block is None:
        return Empleador(made.ruc)
    return Empleador(block.ruc, block.razon_social, block.calificada_por, block.calificada_el)


def _issued(tramite: Tramite) -> Emision:
    if tramite.emision is None:
        raise KnownError("tramite.not_ready")
    return tramite.emision
