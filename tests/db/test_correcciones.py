"""Tickets de corrección: opened once a datum, printed, closed by a supervisor, told once, and nobody's padrón."""

from __future__ import annotations

import csv
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.models.domain import mrz
from agencia_app.models.domain.correccion import TEXT_LENGTH, Abiertas, DatoErrado, Filtro
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import EstadoImpresion, PaperKind
from agencia_app.models.domain.numero import shown
from agencia_app.models.domain.persona import EstadoPersona
from agencia_app.models.domain.retencion import DEPURADO, Clase
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora, correccion_export
from agencia_app.services.correcciones import Abierta
from agencia_app.services.registry import Services
from agencia_app.settings import RETENTION
from tests.factories import CEDULAS, MRZ, Clock, add_people, person, signed_in
from tests.raw import raw_of
from tests.unit.papers_factory import said, scanned

NAME = "FICTICIA NUÑEZ MARÍA JOSÉ"
SEEN = "Cédula original"
TODAY = date(2026, 11, 23)


@pytest.fixture
def operador(services: Services) -> Sesion:
    return signed_in(services, "a.ejemplo", 4)


@pytest.fixture
def supervisor(services: Services) -> Sesion:
    return signed_in(services, "s.ejemplo")


def opened(
    services: Services,
    sesion: Sesion,
    dato: DatoErrado = DatoErrado.NOMBRE,
    debe_decir: str = NAME,
    cedula: str = CEDULAS[0],
) -> Abierta:
    return services.correcciones.open(sesion, cedula, dato, debe_decir, SEEN)


def refused(services: Services, sesion: Sesion, *args: object) -> KnownError:
    with pytest.raises(KnownError) as caught:
        services.correcciones.open(sesion, *args)  # type: ignore[arg-type]
    return caught.value


def people(services: Services) -> list[tuple[object, ...]]:
    return [tuple(row) for row in services.database.rows("SELECT * FROM persona ORDER BY cedula")]


def test_a_ticket_says_what_the_padron_says_and_is_printed(services: Services, operador: Sesion) -> None:
    before = people(services)
    made = services.correcciones.open(
        operador, CEDULAS[0], DatoErrado.NOMBRE, "  FICTICIA  NUÑEZ MARÍA JOSÉ ", SEEN
    )
    ticket = made.correccion
    assert (ticket.dice, ticket.debe_decir, ticket.evidencia) == ("FICTICIA NÚÑEZ MARÍA JOSÉ", NAME, SEEN)
    assert (ticket.abierta_por, ticket.ventanilla, ticket.resolucion) == ("a.ejemplo", 4, "")
    assert made.impresion.papel is PaperKind.CORRECCION
    assert made.impresion.numero == ticket.numero
    services.dispatcher.work()
    assert services.impresiones.get(made.impresion.id).estado is EstadoImpresion.IMPRESO
    (pdf,) = services.settings.papers.glob("correccion-*.pdf")
    assert pdf.name == f"correccion-{shown(ticket.numero)}.pdf"
    assert scanned(pdf.read_bytes(), 150) == [ticket.numero]
    assert NAME in said(pdf.read_bytes())
    assert people(services) == before
    assert bitacora.verify(services.database).whole


@pytest.mark.parametrize(
    ("dato", "debe_decir", "code"),
    [
        (DatoErrado.NOMBRE, "   ", "correccion.text"),
        (DatoErrado.NOMBRE, "X" * (TEXT_LENGTH + 1), "correccion.text"),
        (DatoErrado.NOMBRE, "MARÍA\0JOSÉ", "correccion.text"),
        (DatoErrado.NOMBRE, "ficticia núñez  maría josé", "correccion.same"),
        (DatoErrado.NOMBRE, "FICTICIA NU\u0301N\u0303EZ MARI\u0301A JOSE\u0301", "correccion.same"),
        (DatoErrado.FECHA_NACIMIENTO, "15/01/1955", "correccion.same"),
        (DatoErrado.FECHA_NACIMIENTO, "15-01-1956", "fecha.invalid"),
        (DatoErrado.FECHA_NACIMIENTO, "31/02/1956", "fecha.invalid"),
        (DatoErrado.FECHA_NACIMIENTO, "15/01/0000", "fecha.invalid"),
        (DatoErrado.FECHA_NACIMIENTO, "24/11/2026", "correccion.future"),
        (DatoErrado.FECHA_NACIMIENTO, "22/11/1905", "correccion.age"),
        (DatoErrado.ESTADO, "Jubilación por vejez · activo", "correccion.same"),
    ],
)
def test_what_will_not_do_is_refused(
    services: Services, operador: Sesion, dato: DatoErrado, debe_decir: str, code: str
) -> None:
    assert refused(services, operador, CEDULAS[0], dato, debe_decir, SEEN).code == code
    assert services.database.rows("SELECT * FROM correccion") == []
    assert services.impresiones.recent() == ()


@pytest.mark.parametrize("evidencia", ["", "\t", "x" * (TEXT_LENGTH + 1), "a\u202eb"])
def test_what_was_seen_must_be_said(services: Services, operador: Sesion, evidencia: str) -> None:
    error = refused(services, operador, CEDULAS[0], DatoErrado.NOMBRE, NAME, evidencia)
    assert error.code == "correccion.text"


def test_the_edges_of_a_birth_date_are_taken(services: Services, operador: Sesion, clock: Clock) -> None:
    oldest = opened(services, operador, DatoErrado.FECHA_NACIMIENTO, "24/11/1905")
    assert oldest.correccion.debe_decir == "24/11/1905"
    clock.move(days=1)
    add_people(services.database, person(cedula=CEDULAS[1]))
    born = opened(services, operador, DatoErrado.FECHA_NACIMIENTO, "1/2/1956", CEDULAS[1])
    assert born.correccion.debe_decir == "01/02/1956"


def test_a_person_who_is_not_in_the_padron_has_no_ticket(services: Services, operador: Sesion) -> None:
    assert refused(services, operador, CEDULAS[5], DatoErrado.NOMBRE, NAME, SEEN).code == "cedula.name"


def test_of_one_datum_one_ticket_is_open_and_of_another_its_own(
    services: Services, operador: Sesion, supervisor: Sesion
) -> None:
    first = opened(services, operador).correccion
    error = refused(services, operador, CEDULAS[0], DatoErrado.NOMBRE, "OTRA MARÍA", SEEN)
    assert error.code == "correccion.open"
    assert error.data["numero"] == shown(first.numero)
    opened(services, operador, DatoErrado.ESTADO, "Montepío (cónyuge) · activo")
    services.correcciones.close(supervisor, first.numero, "No procede")
    assert opened(services, operador).correccion.numero != first.numero


def test_two_windows_at_once_open_one(place: Path, services: Services) -> None:
    other = app.open_services(settings.load(place), Clock())
    together = threading.Barrier(2)

    def act(at: Services, usuario: str) -> str:
        sesion = signed_in(at, usuario)
        together.wait(60)
        try:
            return opened(at, sesion).correccion.numero
        except KnownError as error:
            return error.code

    with ThreadPoolExecutor(2) as threads:
        results = [threads.submit(act, services, "a.ejemplo"), threads.submit(act, other, "b.ejemplo")]
        told = [each.result(60) for each in results]
    other.database.close()
    assert sorted(each == "correccion.open" for each in told) == [False, True]
    assert len(services.database.rows("SELECT numero FROM correccion")) == 1


def test_a_stopped_person_has_a_ticket_too(services: Services, operador: Sesion) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], estado=EstadoPersona.SUSPENDIDO))
    made = opened(services, operador, DatoErrado.ESTADO, "Jubilación por vejez · activo", CEDULAS[1])
    assert made.correccion.dice == "Jubilación por vejez · suspendido"
    told = services.tramites.attend(operador, CEDULAS[1])
    assert told.stop is not None
    assert [each.numero for each in told.correcciones] == [made.correccion.numero]


def test_closing_is_told_once_and_what_is_open_each_time(
    services: Services, operador: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    ticket = opened(services, operador).correccion
    for _ in range(2):
        (told,) = services.tramites.attend(operador, CEDULAS[0]).correcciones
        assert (told.numero, told.cerrada_en) == (ticket.numero, None)
    clock.move(days=2)
    closed = services.correcciones.close(supervisor, ticket.numero, " Se corrigió   el padrón ")
    assert (closed.cerrada_por, closed.resolucion) == ("s.ejemplo", "Se corrigió el padrón")
    numero = services.tramites.unfinished(operador)[0].numero
    (told,) = services.tramites.resume(operador, numero).correcciones
    assert (told.resolucion, told.cerrada_en) == ("Se corrigió el padrón", clock())
    assert services.tramites.attend(operador, CEDULAS[0]).correcciones == ()
    (kept,) = services.correcciones.listed(supervisor, Filtro(Abiertas.CERRADAS))
    assert kept.avisada_en == clock()


def test_a_scanned_zone_tells_of_tickets_beside_its_own_warning(services: Services, operador: Sesion) -> None:
    zone = mrz.parse(MRZ, TODAY)
    add_people(services.database, person(cedula=zone.cedula))
    ticket = opened(services, operador, cedula=zone.cedula).correccion
    attention = services.tramites.attend_mrz(operador, zone)
    assert [each.numero for each in attention.correcciones] == [ticket.numero]
    assert attention.tramite is not None


def test_a_ticket_is_closed_once_with_words_by_a_supervisor(
    services: Services, operador: Sesion, supervisor: Sesion
) -> None:
    ticket = opened(services, operador).correccion
    for sesion, numero, words, code in (
        (operador, ticket.numero, "Ya", "usuario.role"),
        (supervisor, ticket.numero, "  ", "correccion.text"),
        (supervisor, "017260000099999", "Ya", "correccion.not_found"),
    ):
        with pytest.raises(KnownError) as caught:
            services.correcciones.close(sesion, numero, words)
        assert caught.value.code == code
    services.correcciones.close(supervisor, ticket.numero, "Ya")
    with pytest.raises(KnownError) as caught:
        services.correcciones.close(signed_in(services, "t.ejemplo"), ticket.numero, "Otra vez")
    assert caught.value.code == "correccion.closed"


def test_the_database_lets_a_ticket_be_neither_altered_nor_reopened_nor_closed_by_an_operador(
    services: Services, operador: Sesion, supervisor: Sesion
) -> None:
    numero = opened(services, operador).correccion.numero
    attempts = [
        "UPDATE correccion SET debe_decir = 'OTRA'",
        "UPDATE correccion SET cerrada_por = abierta_por, cerrada_en = abierta_en, resolucion = 'x'",
        "DELETE FROM correccion",
    ]
    for statement in attempts:
        with pytest.raises(Exception, match="ticket"), raw_of(services.database) as raw:
            raw.execute(statement)
    services.correcciones.close(supervisor, numero, "Ya")
    with pytest.raises(Exception, match="ticket"), raw_of(services.database) as raw:
        raw.execute("UPDATE correccion SET cerrada_por = NULL, cerrada_en = NULL, resolucion = ''")


def test_what_a_ticket_told_is_purged_in_its_time_and_a_supervisor_may_leave(
    services: Services, operador: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    ticket = opened(services, operador).correccion.numero
    other = opened(services, operador, DatoErrado.FECHA_NACIMIENTO, "16/01/1955").correccion.numero
    services.correcciones.close(supervisor, ticket, "Se corrigió en el padrón")
    services.usuarios.deactivate(signed_in(services, "admin"), "s.ejemplo")
    assert services.tramites.attend(operador, CEDULAS[0]).correcciones  # which tells that it was closed
    clock.moment += timedelta(days=RETENTION["documentos"] + 2)
    vencido = next(each for each in services.retencion.due() if each.clase is Clase.DOCUMENTOS)
    services.retencion.purge(signed_in(services, "t.ejemplo"), vencido)
    rows = services.database.rows(
        "SELECT numero, dice, debe_decir, evidencia, resolucion FROM correccion ORDER BY numero"
    )
    assert [tuple(row) for row in rows] == [
        (ticket, *[DEPURADO] * 4),
        (other, "15/01/1955", "16/01/1955", SEEN, ""),
    ]


def test_the_list_has_the_open_ones_first_and_is_narrowed(
    services: Services, operador: Sesion, supervisor: Sesion, clock: Clock
) -> None:
    first = opened(services, operador).correccion.numero
    clock.move(days=1)
    second = opened(services, operador, DatoErrado.ESTADO, "Otro").correccion.numero
    clock.move(days=1)
    third = opened(services, operador, DatoErrado.FECHA_NACIMIENTO, "15/01/1956").correccion.numero
    services.correcciones.close(supervisor, first, "Ya")

    def found(*filtro: object) -> list[str]:
        return [each.numero for each in services.correcciones.listed(supervisor, Filtro(*filtro))]  # type: ignore[arg-type]

    assert found() == [second, third]
    assert found(Abiertas.CERRADAS) == [first]
    assert found(Abiertas.TODAS) == [second, third, first]
    assert found(Abiertas.TODAS, date(2026, 11, 24), date(2026, 11, 24)) == [second]
    assert found(Abiertas.TODAS, date(2026, 11, 25)) == [third]
    with pytest.raises(KnownError) as caught:
        found(Abiertas.TODAS, date(2026, 11, 25), date(2026, 11, 24))
    assert caught.value.code == "export.order"


def test_the_export_is_on_record_and_holds_no_formula(
    services: Services, operador: Sesion, supervisor: Sesion
) -> None:
    ticket = services.correcciones.open(
        operador, CEDULAS[0], DatoErrado.NOMBRE, '=HYPERLINK("x";"y")', "+Cédula; original"
    ).correccion
    path = services.correcciones.export(supervisor, Filtro())
    assert path.parent == services.settings.papers
    assert path.stat().st_mode & 0o077 == 0
    head, row = csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";")
    told = dict(zip(head, row, strict=True))
    assert tuple(head) == correccion_export.COLUMNS
    assert told["Cédula"] == CEDULAS[0]
    assert told["Ticket"] == shown(ticket.numero)
    assert told["Debe decir"] == '\'=HYPERLINK("x";"y")'
    assert told["Evidencia"] == "'+Cédula; original"
    ((detalle,),) = services.database.rows(
        "SELECT detalle FROM bitacora WHERE accion = 'correcciones.exportadas'"
    )
    assert CEDULAS[0] in detalle
    services.correcciones.close(supervisor, ticket.numero, "Ya")
    with pytest.raises(KnownError) as caught:
        services.correcciones.export(supervisor, Filtro())
    assert caught.value.code == "correccion.nothing"


def test_what_cannot_be_written_is_on_no_record(
    services: Services, operador: Sesion, supervisor: Sesion
) -> None:
    opened(services, operador)
    services.settings.papers.rmdir()
    services.settings.papers.write_text("no es una carpeta")
    with pytest.raises(KnownError) as caught:
        services.correcciones.export(supervisor, Filtro())
    assert caught.value.code == "export.folder"
    assert services.database.rows("SELECT 1 FROM bitacora WHERE accion = 'correcciones.exportadas'") == []
