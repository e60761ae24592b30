"""Contents of the papers for the tests, and a reader of what came out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import zxingcpp
from PIL import Image

from agencia_app.models.domain import numero
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.correccion import Correccion, DatoErrado
from agencia_app.models.domain.requisitos import Falta
from agencia_app.services.flow import Stop
from agencia_app.services.papers import correccion, hoja_clave, pendientes, recibo, solicitud

NOW = datetime(2026, 11, 22, 15, 41, tzinfo=UTC)
AGENCIA = "Agencia Quito Norte"
RECIBO = "01726000418266"
TRAMITE = "0172600004231"
SOLICITUD = numero.build(numero.Kind.SOLICITUD, "017", 2026, 42)
TICKET = "017260000001272"
NOMBRE = "FICTICIA NÚÑEZ MARÍA JOSÉ"
CEDULA = "2459999997"
MASCARA = "24•••••997"
CLAVE = "K7WM3QRW"
APODERADO = Apoderado("2459999013", "JUAN FICTICIO", "P00123", "Notaría 17 de Quito", date(2026, 2, 1))
FALTAS = (
    Falta("cedula", ("la copia a color",), "la cédula", "Cualquier copiadora."),
    Falta("planilla", ("el original",), "la planilla de luz", "La empresa eléctrica la reimprime."),
    Falta("planilla", ("la copia",), "la planilla de luz", "La empresa eléctrica la reimprime."),
)


def make_recibo(
    *,
    nombre: str = NOMBRE,
    numero: str = RECIBO,
    demostracion: bool = False,
    anterior: datetime | None = NOW,
    apoderado: Apoderado | None = None,
    documentos: tuple[str, ...] = ("Cédula: original y copia a color", "Planilla (luz): original y copia"),
) -> bytes:
    return recibo.render(
        recibo.ReciboContent(
            agencia_codigo="017",
            agencia_nombre=AGENCIA,
            numero=numero,
            tramite=TRAMITE,
            ventanilla=4,
            operador="a.ejemplo",
            emitido_en=NOW,
            nombre=nombre,
            cedula_mascara=MASCARA,
            calidad="Afiliado con relación de dependencia",
            documentos=documentos,
            anterior_desactivada_en=anterior,
            vence_en=NOW + timedelta(days=30),
            demostracion=demostracion,
            apoderado=apoderado,
        )
    )


def make_solicitud(
    *,
    nombre: str = NOMBRE,
    tramite: str = TRAMITE,
    demostracion: bool = False,
    apoderado: Apoderado | None = None,
    numero: str = SOLICITUD,
    empleador: solicitud.Empleador | None = None,
) -> bytes:
    return solicitud.render(
        solicitud.SolicitudContent(
            agencia=AGENCIA,
            tramite=tramite,
            nombre=nombre,
            cedula=CEDULA,
            fecha_nacimiento=date(1955, 1, 15),
            calidad="Jubilación por vejez",
            correo="maria.ficticia@example.org",
            celular="",
            fecha=NOW,
            demostracion=demostracion,
            apoderado=apoderado,
            numero=numero,
            vence_el=date(2026, 12, 22),
            empleador=empleador,
        )
    )


def make_calificada(*, nombre: str = NOMBRE, demostracion: bool = False) -> bytes:
    """Return the solicitud of somebody whose employer wrote names as long as can be."""
    block = solicitud.Empleador(
        "1790011674001", f"COMPAÑÍA {nombre}"[:120], f"{nombre}"[:120], date(2026, 11, 20)
    )
    return make_solicitud(nombre=nombre, demostracion=demostracion, empleador=block)


def make_pendientes(
    *,
    nombre: str | None = NOMBRE,
    tramite: str | None = TRAMITE,
    demostracion: bool = False,
    faltas: tuple[Falta, ...] = FALTAS,
    stop: Stop | None = None,
) -> bytes:
    return pendientes.render(
        pendientes.PendientesContent(
            agencia=AGENCIA,
            tramite=tramite,
            nombre=nombre,
            cedula_mascara=MASCARA,
            fecha=NOW,
            faltas=faltas,
            stop=stop,
            demostracion=demostracion,
        )
    )


def correccion_content(
    *,
    nombre: str = NOMBRE,
    numero: str = TICKET,
    debe_decir: str = "FICTICIA NUÑEZ MARÍA JOSÉ",
    evidencia: str = "Cédula original y partida de nacimiento",
    demostracion: bool = False,
) -> correccion.CorreccionContent:
    ticket = Correccion(
        numero=numero,
        cedula=CEDULA,
        nombre=nombre,
        dato=DatoErrado.NOMBRE,
        dice=NOMBRE,
        debe_decir=debe_decir,
        evidencia=evidencia,
        abierta_por="a.ejemplo",
        abierta_en=NOW,
        ventanilla=4,
    )
    return correccion.CorreccionContent(AGENCIA, ticket, MASCARA, demostracion=demostracion)


def make_correccion(
    *,
    nombre: str = NOMBRE,
    numero: str = TICKET,
    debe_decir: str = "FICTICIA NUÑEZ MARÍA JOSÉ",
    evidencia: str = "Cédula original y partida de nacimiento",
    demostracion: bool = False,
) -> bytes:
    return correccion.render(
        correccion_content(
            nombre=nombre,
            numero=numero,
            debe_decir=debe_decir,
            evidencia=evidencia,
            demostracion=demostracion,
        )
    )


def slip_content(*, nombre: str = NOMBRE, demostracion: bool = False) -> hoja_clave.HojaClaveContent:
    return hoja_clave.HojaClaveContent(
        agencia=AGENCIA,
        recibo=RECIBO,
        intento=1,
        nombre=nombre,
        cedula_mascara=MASCARA,
        clave=CLAVE,
        vence_en=NOW + timedelta(days=30),
        demostracion=demostracion,
    )


def make_hoja_clave(*, nombre: str = NOMBRE, demostracion: bool = False) -> bytes:
    return hoja_clave.render(slip_content(nombre=nombre, demostracion=demostracion))


@contextmanager
def opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def said(pdf: bytes) -> str:
    """Return the text of a paper as one line."""
    with opened(pdf) as document:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def pictures(pdf: bytes, dpi: int) -> list[Image.Image]:
    """Return each page as a printer without colour or grey would put it on paper."""
    with opened(pdf) as document:
        return [
            page.render(scale=dpi / 72, grayscale=True).to_pil().point(lambda grey: 255 * (grey > 127))
            for page in document
        ]


def scanned(pdf: bytes, dpi: int) -> list[str]:
    """Return what a reader finds in every barcode of a paper."""
    return [code.text for picture in pictures(pdf, dpi) for code in zxingcpp.read_barcodes(picture)]
