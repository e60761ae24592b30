"""Closing a day: what blocks it, what its certificate says, and that it never opens again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from agencia_app.models.db.tables import BitacoraRow, CierreRow, ReciboRow
from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.cierre import (
    Anulada,
    Cierre,
    Emergencia,
    Excepcion,
    FilaOperador,
    TipoBloqueo,
    Totales,
)
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.hoja_numerada import Conteo
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.revision import Regla
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import cierre_content
from agencia_app.services.papers import cierre as papers
from agencia_app.services.registry import Services
from agencia_app.ui.messages import sentence
from tests.factories import CEDULAS, IDENTIDAD, Clock, add_people, person, ready_to_issue, sign_in, sign_in_as
from tests.raw import raw_of

HOY = date(2026, 11, 23)
NUMERO = "01726000000196"


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return sign_in(services)


@pytest.fixture
def supervisor(services: Services) -> Sesion:
    return sign_in_as(services, "s.ejemplo", 1)


def issue(services: Services, sesion: Sesion, cedula: str = CEDULAS[0]) -> str:
    """Issue a clave from beginning to end; return the trámite."""
    numero = ready_to_issue(services, sesion, cedula).numero
    services.claves.issue(sesion, numero)
    services.claves.confirm_slip(sesion, numero, 1)
    services.tramites.finish(sesion, numero)
    return numero


def refused(services: Services, sesion: Sesion | None, dia: date = HOY) -> KnownError:
    with pytest.raises(KnownError) as caught:
        services.cierres.close(sesion, dia)
    return caught.value


def text_of(pdf: bytes) -> str:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert len(document) == 1
        return str(document[0].get_textpage().get_text_range()).replace("\r\n", "\n")


def test_a_day_blocks_until_each_tramite_ends(services: Services, sesion: Sesion, supervisor: Sesion) -> None:
    add_people(services.database, *(person(cedula=each) for each in CEDULAS[1:4]))
    draft = services.tramites.attend(sesion, CEDULAS[1]).tramite
    assert draft is not None
    slip = ready_to_issue(services, sesion, CEDULAS[2]).numero
    services.claves.issue(sesion, slip)
    unfinished = ready_to_issue(services, sesion, CEDULAS[3]).numero
    services.claves.issue(sesion, unfinished)
    services.claves.confirm_slip(sesion, unfinished, 1)
    status = services.cierres.status(supervisor, HOY)
    assert [(each.tramite, each.tipo) for each in status.bloqueos] == [
        (draft.numero, TipoBloqueo.BORRADOR),
        (slip, TipoBloqueo.HOJA_POR_CONFIRMAR),
        (unfinished, TipoBloqueo.SIN_TERMINAR),
    ]
    error = refused(services, supervisor)
    assert (error.code, error.data["bloqueos"]) == ("cierre.blocked", status.bloqueos)
    assert "1 trámite abierto, 1 hoja por confirmar y 1 recibo por entregar" in sentence(error)
    services.tramites.cancel(sesion, draft.numero)
    services.claves.confirm_slip(sesion, slip, 1)
    for numero in (slip, unfinished):
        services.tramites.finish(sesion, numero)
    cierre = services.cierres.close(supervisor, HOY)
    assert (cierre.totales.emitidos, cierre.totales.cancelados) == (2, 1)


def test_what_waits_with_its_hoja_de_pendientes_blocks_nothing(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    tramite = services.tramites.attend(sesion, CEDULAS[0]).tramite
    assert tramite is not None
    services.tramites.suspend(sesion, tramite.numero)
    assert services.cierres.close(supervisor, HOY).totales.pendientes == 1
    clock.move(days=1)
    # Taken up on another day, it blocks that one.
    services.tramites.resume(sesion, tramite.numero)
    assert refused(services, supervisor, HOY + timedelta(days=1)).code == "cierre.blocked"


def test_a_draft_of_an_earlier_day_blocks_too(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    services.tramites.attend(sesion, CEDULAS[0])
    clock.move(days=1)
    assert refused(services, supervisor, HOY + timedelta(days=1)).code == "cierre.blocked"


def test_a_future_day_and_a_closed_one_are_refused(services: Services, supervisor: Sesion) -> None:
    assert refused(services, supervisor, HOY + timedelta(days=1)).code == "cierre.future"
    with pytest.raises(KnownError, match=r"cierre\.not_closed"):
        services.cierres.certificate(HOY)
    services.cierres.close(supervisor, HOY)
    error = refused(services, supervisor)
    assert error.code == "cierre.closed"
    assert "s.ejemplo el 23/11/2026 10:42" in sentence(error)
    # A day before one that is closed is still closed by itself.
    services.cierres.close(None, HOY - timedelta(days=1))
    assert services.cierres.days(supervisor).cerrados == (HOY, HOY - timedelta(days=1))


def test_what_comes_late_goes_to_the_next_day_marked(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    add_people(services.database, person(cedula=CEDULAS[1]))
    issue(services, sesion)
    assert services.cierres.days(supervisor).abiertos == (HOY,)
    first = services.cierres.close(supervisor, HOY)
    clock.move(hours=1)
    numero = issue(services, sesion, CEDULAS[1])  # a window was still at work
    services.duplicados.print_again(sesion, PaperKind.RECIBO, numero, "Se perdió")
    with services.database.reading() as session:
        days = session.execute(select(ReciboRow.dia, ReciboRow.emitido_en).order_by(ReciboRow.id)).all()
    assert [(dia, local_date(en)) for dia, en in days] == [(HOY, HOY), (HOY + timedelta(days=1), HOY)]
    clock.move(days=1)
    next_day = services.cierres.close(supervisor, HOY + timedelta(days=1))
    assert (first.totales.emitidos, first.totales.tardios, first.totales.duplicados) == (1, 0, 0)
    assert (next_day.totales.emitidos, next_day.totales.tardios, next_day.totales.duplicados) == (1, 1, 1)
    assert "Tardía" in text_of(services.cierres.certificate(next_day.dia))


def test_the_close_and_its_event_name_each_other(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    issue(services, sesion)
    cierre = services.cierres.close(supervisor, HOY)
    with services.database.reading() as session:
        row = session.get_one(CierreRow, HOY)
        head = session.get_one(BitacoraRow, cierre.cabeza_seq)
        event = session.get_one(BitacoraRow, cierre.cabeza_seq + 1)
        assert (head.hash, row.cabeza) == (cierre.cabeza, cierre.cabeza)
        assert (event.accion, event.actor, event.hash_previo) == (
            Evento.DIA_CERRADO,
            "s.ejemplo",
            cierre.cabeza,
        )
        assert row.huella in event.detalle
    assert services.cierres.status(supervisor, HOY).cierre == cierre


def test_what_there_is_to_review_is_looked_for_before_a_day_closes(
    services: Services, sesion: Sesion, supervisor: Sesion
) -> None:
    issue(services, sesion)
    # Of each operator one issuance at least is drawn for review.
    assert services.cierres.close(supervisor, HOY).totales.por_revisar == 1
    (found,) = services.revisiones.of_days(supervisor, HOY, HOY, only_open=True)
    assert found.regla is Regla.MUESTRA


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM cierre", "no se reabre"),
        ("UPDATE cierre SET contenido = ''", "no se cambia"),
        pytest.param(
            "INSERT OR REPLACE INTO cierre SELECT dia, cerrado_en, 'otro', cabeza_seq, cabeza, contenido, huella FROM cierre",
            "ya esta cerrado", marks=pytest.mark.sqlite,
        ),
        ("INSERT INTO recibo SELECT 99, 'x', anio, 2, 99, operador_id, ventanilla, emitido_en, NULL, '', '', '', '', dia FROM recibo LIMIT 1", "esta cerrado"),
        ("INSERT INTO hoja_lote SELECT 9, 1, 5, 1, emitido_en, dia FROM recibo LIMIT 1", "esta cerrado"),
    ],
)  # fmt: skip
def test_a_closed_day_stays_closed(
    services: Services, sesion: Sesion, supervisor: Sesion, statement: str, message: str
) -> None:
    issue(services, sesion)
    services.cierres.close(supervisor, HOY)
    with raw_of(services.database) as raw, pytest.raises(IntegrityError, match=message):
        raw.execute(statement)


@pytest.mark.parametrize(
    "change", ["contenido = replace(contenido, 's.ejemplo', 't.ejemplo')", "cabeza = 'x'"]
)
def test_a_close_changed_behind_the_triggers_is_told(
    services: Services, supervisor: Sesion, change: str
) -> None:
    services.cierres.close(supervisor, HOY)
    with raw_of(services.database) as raw:
        raw.without_guards()
        raw.execute(f"UPDATE cierre SET {change}")  # noqa: S608 - of this test's own
    for call in (services.cierres.certificate, lambda dia: services.cierres.status(supervisor, dia)):
        with pytest.raises(KnownError, match=r"cierre\.altered"):
            call(HOY)


def test_the_certificate_says_it_all_and_is_the_same_each_time(
    services: Services, sesion: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    montepio = person(cedula=CEDULAS[1], tipo_prestacion=TipoPrestacion.MONTEPIO_CONYUGE)
    add_people(services.database, montepio)
    for cedula in CEDULAS[:2]:
        issue(services, sesion, cedula)
    cierre = services.cierres.close(supervisor, HOY)
    pdf = services.cierres.certificate(HOY)
    text = text_of(pdf)
    for said in (
        "Agencia Quito Norte · código 017",
        "Lunes 23 de noviembre de 2026",
        "Cerrado el 23/11/2026 10:42 por s.ejemplo.",
        "a.ejemplo · A. Ejemplo",
        "Impresas 2 = entregadas 2 + dañadas 0.",
        "Emisiones anuladas: 0\nNinguna.",
        "Quien cierra el día",
    ):
        assert said in text
    assert cierre.totales.operadores == (FilaOperador("a.ejemplo", "A. Ejemplo", 1, 1, 0),)
    # The head of the bitácora, whole, when the groups are put together.
    assert cierre.cabeza in text.replace(" ", "").replace("\n", "")
    clock.move(days=40)
    issue(services, sesion)
    assert services.cierres.certificate(HOY) == pdf


def full(operators: int) -> Cierre:
    """A day with everything a certificate can say."""
    rows = tuple(
        FilaOperador(f"operador.{n}", f"MARÍA FERNANDA APELLIDOLARGO OTROAPELLIDO {n}", 150, 40, 1230)
        for n in range(operators)
    )
    totales = Totales(
        operadores=rows,
        tardios=12,
        cancelados=31,
        pendientes=123,
        duplicados=45,
        entregadas=12345,
        danadas=67,
        numeradas=Conteo(20_000, 5000, 12_345, 67),
        anuladas=tuple(
            Anulada(NUMERO, HOY, f"{'Motivo largo ' * 15}{n}", "a.ejemplo", "s.ejemplo") for n in range(30)
        ),
        excepciones=tuple(Excepcion(each, 12, 3) for each in Asunto if each is not Asunto.ANULACION),
        emergencias=tuple(
            Emergencia(
                Asunto.SEGUNDA_CLAVE, "0172600004231"[:13], "s.ejemplo", "No hay otro supervisor hoy " * 4
            )
            for _ in range(9)
        ),
        por_revisar=88,
    )
    seq = 1_234_567
    return Cierre(
        "017", "Agencia Quito Norte", True, HOY, Clock()(), "s.ejemplo", totales, seq, "0123456789abcdef" * 4
    )  # fmt: skip


@pytest.mark.parametrize("operators", [0, 1, 12, 25, 40, 300])
def test_it_stays_one_page_and_shortens_honestly(operators: int) -> None:
    cierre = full(operators)
    text = text_of(papers.render(cierre))  # one page, or it fails
    rows = sum(f"operador.{n} " in text for n in range(operators))
    if operators <= 40:
        assert rows == operators
    else:
        assert f"y {operators - rows} más: ver CSV" in text
    assert "más: ver la bitácora" in text  # the thirty voidings
    assert "más: ver Para revisar" in text
    assert "Quien recibe el certificado" in text
    assert cierre.cabeza in text.replace(" ", "").replace("\n", "")


def test_a_close_is_written_and_read_back_whole() -> None:
    for operators in (0, 3):
        cierre = full(operators)
        assert cierre_content.read(cierre_content.write(cierre)) == cierre
        without = replace(cierre, totales=replace(cierre.totales, numeradas=None))
        assert cierre_content.read(cierre_content.write(without)) == without


@pytest.mark.parametrize("usuario", ["a.ejemplo", "admin"])
def test_the_close_is_the_supervisors(services: Services, usuario: str) -> None:
    sesion = sign_in_as(services, usuario)
    for call in (services.cierres.close, services.cierres.status):
        with pytest.raises(KnownError, match=r"usuario\.role"):
            call(sesion, HOY)
    with pytest.raises(KnownError, match=r"usuario\.role"):
        services.cierres.days(sesion)


def test_what_happens_on_days_that_nobody_closes_is_on_the_next_certificate(
    services: Services, supervisor: Sesion, clock: Clock
) -> None:
    services.cierres.close(supervisor, HOY)
    clock.move(hours=2)
    tramite = services.tramites.attend(supervisor, CEDULAS[0]).tramite
    assert tramite is not None
    changed = replace(IDENTIDAD, correo="otro@ejemplo.ec")
    services.tramites.save_identidad(supervisor, tramite.numero, changed)
    (asked,) = services.autorizaciones.request(
        supervisor, tramite.numero, [Asunto.CONTACTO_CAMBIADO], "Cambió de correo"
    )
    services.autorizaciones.emergency(supervisor, [asked.id], "No hay nadie más aquí")
    services.tramites.cancel(supervisor, tramite.numero)
    clock.move(days=3)
    cierre = services.cierres.close(supervisor, HOY + timedelta(days=3))
    assert [each.usuario for each in cierre.totales.emergencias] == ["s.ejemplo"]
