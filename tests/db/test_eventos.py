"""Every event of the list is recorded by the real service that it tells of.

An event without a scenario here fails: it would be a word that nothing says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.correccion import DatoErrado, Filtro
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.persona import TipoPrestacion
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services import bitacora, padron_import, respaldo_restaurar
from agencia_app.services.kiosco import Visita
from agencia_app.services.padron_sintetico import generate, write_csv
from agencia_app.services.registry import Services
from agencia_app.services.respaldos import Respaldos
from agencia_app.services.tramites import Attention
from tests.conftest import Places
from tests.factories import (
    CEDULAS,
    IDENTIDAD,
    PASSWORD,
    Clock,
    authorised,
    make_services,
    person,
    ready_to_issue,
    sign_in,
    sign_in_as,
)
from tests.kiosk import kiosk_of
from tests.raw import admins

DAY = date(2026, 11, 23)
OTHER_PASSWORD = "otra-ventanilla-9"
UNUSUAL = replace(
    IDENTIDAD,
    correo="otra@ejemplo.ec",
    apoderado=Apoderado(CEDULAS[1], "JUAN FICTICIO", "P00123", "Notaría 17 de Quito", date(2026, 2, 1)),
)
WORKER = person(cedula=CEDULAS[4], tipo_prestacion=TipoPrestacion.AFILIADO_DEPENDENCIA)
PORTAL = "260041820762"
DEAD = person(cedula=CEDULAS[3], fecha_defuncion=date(2026, 1, 2))


@dataclass
class Mundo:
    """An agency with numbered slips, its people and who works there."""

    services: Services
    clock: Clock
    folder: Path

    @property
    def operador(self) -> Sesion:
        return sign_in(self.services)

    @property
    def supervisor(self) -> Sesion:
        return sign_in_as(self.services, "s.ejemplo", 1)

    @property
    def admin(self) -> Sesion:
        return sign_in_as(self.services, "admin", 2)


Scenario = Callable[[Mundo], object]


def nothing(_: Mundo) -> None:
    """Preparing the agency was it."""


def attend(mundo: Mundo, cedula: str = CEDULAS[0]) -> Attention:
    return mundo.services.tramites.attend(mundo.operador, cedula)


def numero(mundo: Mundo) -> str:
    tramite = attend(mundo).tramite
    assert tramite is not None
    return tramite.numero


def ready(mundo: Mundo) -> str:
    return ready_to_issue(mundo.services, mundo.operador).numero


def issued(mundo: Mundo) -> str:
    found = ready(mundo)
    services = mundo.services
    services.hojas.receive(mundo.supervisor, 100, 119)
    services.hojas.assign(mundo.supervisor, 100, 119, 4)
    services.claves.issue(mundo.operador, found, 100)
    return found


def handed_over(mundo: Mundo) -> str:
    found = issued(mundo)
    mundo.services.claves.confirm_slip(mundo.operador, found, 1)
    mundo.services.tramites.finish(mundo.operador, found)
    return found


def reviewed(mundo: Mundo) -> None:
    issued(mundo)
    revisiones, supervisor = mundo.services.revisiones, mundo.supervisor
    revisiones.detect(DAY, closing=True)  # the sample has one of each operator by then
    found = revisiones.of_days(supervisor, DAY, DAY, only_open=True)
    revisiones.review(supervisor, found[0].id, "Llamé a la persona")


def failing(call: Callable[[], object]) -> None:
    with contextlib.suppress(KnownError):
        call()


def locked(mundo: Mundo) -> None:
    for _ in range(6):
        failing(lambda: mundo.services.usuarios.sign_in("b.ejemplo", "no es esa", 4))


def unlocked(mundo: Mundo) -> None:
    locked(mundo)
    mundo.services.usuarios.unlock(mundo.admin, "b.ejemplo")


def reactivated(mundo: Mundo) -> None:
    mundo.services.usuarios.deactivate(mundo.admin, "b.ejemplo")
    mundo.services.usuarios.reactivate(mundo.admin, "b.ejemplo")


def joined(mundo: Mundo) -> str:
    other = replace(mundo.services.settings, data=mundo.folder, equipo="CAJA-9")
    mundo.services.equipos.join(mundo.admin, other, lambda: None)
    return other.equipo


def resumed(mundo: Mundo) -> None:
    attend(mundo)
    attend(mundo)


def refused_portal(mundo: Mundo) -> None:
    mundo.services.solicitudes.register(mundo.operador, PORTAL, CEDULAS[0])
    with pytest.raises(KnownError):
        mundo.services.solicitudes.register(mundo.operador, PORTAL, WORKER.cedula)


def annulled(mundo: Mundo) -> None:
    """Spoil a slip on the day after the first: no other is issued then."""
    found = issued(mundo)
    mundo.clock.move(days=1)
    failing(lambda: mundo.services.claves.replace_slip(mundo.operador, found, 1, 101))


def for_the_employer(mundo: Mundo) -> None:
    tramite = attend(mundo, WORKER.cedula).tramite
    assert tramite is not None
    mundo.services.tramites.save_identidad(mundo.operador, tramite.numero, IDENTIDAD)
    mundo.services.solicitudes.generate(mundo.operador, tramite.numero, tramite.documentos)


def confirmed(mundo: Mundo) -> None:
    job = mundo.services.impresiones.print_test(mundo.admin, "carpeta")
    mundo.services.dispatcher.work()
    mundo.services.impresiones.came_out(mundo.admin, job.id)


def spoiled(mundo: Mundo) -> None:
    mundo.services.hojas.receive(mundo.supervisor, 1, 10)
    mundo.services.hojas.spoil(mundo.supervisor, 3, "se mojó")


def unusual(mundo: Mundo) -> list[int]:
    """Ask a second person about what is unusual of a trámite: other contact data, and an apoderado."""
    found, services = numero(mundo), mundo.services
    services.tramites.save_identidad(mundo.operador, found, UNUSUAL)
    asked = services.autorizaciones.request(
        mundo.operador, found, (Asunto.CONTACTO_CAMBIADO, Asunto.APODERADO), "Está presente"
    )
    return [each.id for each in asked]


def contact_changed(mundo: Mundo) -> None:
    found, services = ready(mundo), mundo.services
    services.hojas.receive(mundo.supervisor, 100, 119)
    services.hojas.assign(mundo.supervisor, 100, 119, 4)
    services.tramites.save_identidad(mundo.operador, found, replace(IDENTIDAD, correo="otra@ejemplo.ec"))
    authorised(services, mundo.operador, found)
    services.tramites.accept(mundo.operador, found)
    services.tramites.sign(mundo.operador, found)
    services.claves.issue(mundo.operador, found, 100)


def lock_put(mundo: Mundo) -> str:
    found = numero(mundo)
    mundo.services.tramites.save_identidad(mundo.operador, found, IDENTIDAD)
    mundo.services.candados.put(mundo.operador, found)
    return found


def lock_lifted(mundo: Mundo) -> None:
    found, autorizaciones = lock_put(mundo), mundo.services.autorizaciones
    (asked,) = autorizaciones.request(mundo.operador, found, [Asunto.LEVANTAR_CANDADO], "Ya no lo quiere")
    autorizaciones.approve(mundo.supervisor, [asked.id])


def hour_accepted(mundo: Mundo) -> None:
    numero(mundo)
    mundo.clock.move(hours=-1)
    asked = mundo.services.autorizaciones.request_clock(mundo.operador, "Se cambió la hora")
    mundo.services.autorizaciones.approve(mundo.supervisor, [asked.id])


def imported(mundo: Mundo) -> None:
    write_csv(list(generate(20)), mundo.folder / "padron.csv")
    mundo.services.padron.import_file(mundo.folder / "padron.csv", mundo.folder, mundo.admin)


def lifted(mundo: Mundo) -> None:
    mundo.services.retencion.hold(mundo.supervisor, CEDULAS[0], "reclamo")
    mundo.services.retencion.lift(mundo.supervisor, CEDULAS[0], "resuelto")


def purged(mundo: Mundo) -> None:
    numero(mundo)
    mundo.clock.move(days=4000)
    mundo.services.retencion.purge(mundo.supervisor, mundo.services.retencion.due()[0])


def voided(mundo: Mundo) -> None:
    services = mundo.services
    emision = services.tramites.reload(handed_over(mundo)).emision
    assert emision is not None
    asked = services.anulaciones.request(mundo.operador, emision.recibo, "Era otra persona")
    services.autorizaciones.approve(mundo.supervisor, [asked.id])


def exported(mundo: Mundo) -> None:
    attend(mundo)
    mundo.services.cierres.export(mundo.supervisor, DAY, DAY, mundo.services.settings.papers)


def backed_up(mundo: Mundo) -> Path:
    services = mundo.services
    recipient = services.respaldos.make_key(mundo.folder / "llave.txt")
    config = replace(services.settings, respaldo_recibe=recipient)
    return Respaldos(services.database, config, services.agencia, mundo.clock).create(mundo.folder).archivo


def restored(mundo: Mundo) -> None:
    archive = backed_up(mundo)
    mundo.services.database.close()
    config = replace(mundo.services.settings, data=mundo.folder / "recuperada")
    if config.base:
        config = replace(config, base=admins(config.base, f"recuperada_{mundo.folder.name}"))
    done = respaldo_restaurar.restore(archive, mundo.folder / "llave.txt", config, mundo.clock)
    mundo.services = app.open_services(done.ajustes, mundo.clock)


def asked_at_the_kiosk(mundo: Mundo) -> None:
    with kiosk_of(mundo.services, mundo.clock) as (kiosco, _, _address):
        visita = kiosco.consult(CEDULAS[0], person().fecha_nacimiento)
        assert isinstance(visita, Visita)
        kiosco.request(visita, "luz")


def ticket(mundo: Mundo) -> str:
    opened = mundo.services.correcciones.open(
        mundo.operador, CEDULAS[0], DatoErrado.NOMBRE, "FICTICIA NUÑEZ MARÍA", "Cédula original"
    )
    return opened.correccion.numero


def tickets_exported(mundo: Mundo) -> None:
    ticket(mundo)
    mundo.services.correcciones.export(mundo.supervisor, Filtro())


SCENARIOS: dict[Evento, Scenario] = {
    Evento.AGENCIA_INICIADA: nothing,
    Evento.INGRESO: lambda mundo: mundo.operador,
    Evento.INGRESO_FALLIDO: lambda mundo: failing(
        lambda: mundo.services.usuarios.sign_in("b.ejemplo", "no es esa", 4)
    ),
    Evento.INGRESO_DESCONOCIDO: lambda mundo: failing(
        lambda: mundo.services.usuarios.sign_in("nadie", PASSWORD, 4)
    ),
    Evento.SALIDA: lambda mundo: mundo.services.usuarios.sign_out(mundo.operador),
    Evento.USUARIO_CREADO: lambda mundo: mundo.services.usuarios.create(
        "c.nuevo", "C. Nuevo", Rol.OPERADOR, OTHER_PASSWORD, sesion=mundo.admin
    ),
    Evento.USUARIO_BLOQUEADO: locked,
    Evento.USUARIO_DESBLOQUEADO: unlocked,
    Evento.USUARIO_DESACTIVADO: lambda mundo: mundo.services.usuarios.deactivate(mundo.admin, "b.ejemplo"),
    Evento.USUARIO_REACTIVADO: reactivated,
    Evento.CONTRASENA_CAMBIADA: lambda mundo: mundo.services.usuarios.change_password(
        "b.ejemplo", PASSWORD, OTHER_PASSWORD, 4
    ),
    Evento.CONTRASENA_RESTABLECIDA: lambda mundo: mundo.services.usuarios.reset_password(
        mundo.admin, "b.ejemplo", OTHER_PASSWORD
    ),
    Evento.CONSULTA_BUSQUEDA: lambda mundo: mundo.services.padron.search(mundo.operador, "ficticia"),
    Evento.CONSULTA_PERSONA: lambda mundo: mundo.services.padron.find(mundo.operador, CEDULAS[0]),
    Evento.CONSULTA_SIN_PADRON: lambda mundo: attend(mundo, CEDULAS[5]),
    Evento.KIOSCO_CONSULTA: asked_at_the_kiosk,
    Evento.KIOSCO_SOLICITUD: asked_at_the_kiosk,
    Evento.CONSULTA_DETENIDA: lambda mundo: attend(mundo, DEAD.cedula),
    Evento.CONSULTA_TRAMITE: lambda mundo: mundo.services.expedientes.open(mundo.supervisor, numero(mundo)),
    Evento.CONSULTA_ACCESOS: lambda mundo: mundo.services.accesos.of_person(
        mundo.supervisor, CEDULAS[0], DAY, DAY
    ),
    Evento.TRAMITE_ABIERTO: attend,
    Evento.TRAMITE_RETOMADO: resumed,
    Evento.TRAMITE_PENDIENTE: lambda mundo: mundo.services.tramites.suspend(mundo.operador, numero(mundo)),
    Evento.TRAMITE_CANCELADO: lambda mundo: mundo.services.tramites.cancel(mundo.operador, numero(mundo)),
    Evento.TRAMITE_TERMINADO: handed_over,
    Evento.IDENTIDAD_CONFIRMADA: lambda mundo: mundo.services.tramites.save_identidad(
        mundo.operador, numero(mundo), IDENTIDAD
    ),
    Evento.CONTACTO_CAMBIADO: contact_changed,
    Evento.APODERADO_REGISTRADO: unusual,
    Evento.CANDADO_PUESTO: lock_put,
    Evento.CANDADO_LEVANTADO: lock_lifted,
    Evento.REQUISITOS_CUMPLIDOS: ready,
    Evento.CORRECCION_ABIERTA: ticket,
    Evento.CORRECCION_CERRADA: lambda mundo: mundo.services.correcciones.close(
        mundo.supervisor, ticket(mundo), "Se corrigió en el padrón"
    ),
    Evento.CORRECCIONES_EXPORTADAS: tickets_exported,
    Evento.CONSIDERACIONES_ACEPTADAS: ready,
    Evento.SOLICITUD_FIRMADA: ready,
    Evento.SOLICITUD_GENERADA: for_the_employer,
    Evento.SOLICITUD_REGISTRADA: lambda mundo: mundo.services.solicitudes.register(
        mundo.operador, PORTAL, CEDULAS[0]
    ),
    Evento.SOLICITUD_RECHAZADA: refused_portal,
    Evento.SOLICITUD_CALIFICADA: lambda mundo: ready_to_issue(mundo.services, mundo.operador, WORKER.cedula),
    Evento.SOLICITUD_REIMPRESA: lambda mundo: mundo.services.impresiones.print_solicitud(
        mundo.operador, ready(mundo)
    ),
    Evento.CLAVE_EMITIDA: issued,
    Evento.CLAVE_REEMPLAZADA: lambda mundo: mundo.services.claves.replace_slip(
        mundo.operador, issued(mundo), 1, 101
    ),
    Evento.CLAVE_ANULADA: annulled,
    Evento.HOJA_ENTREGADA: handed_over,
    Evento.HOJA_DANADA: lambda mundo: mundo.services.claves.replace_slip(
        mundo.operador, issued(mundo), 1, 101
    ),
    Evento.PAPEL_CONFIRMADO: confirmed,
    Evento.PAPEL_REINTENTADO: lambda mundo: mundo.services.impresiones.retry(
        mundo.admin, mundo.services.impresiones.print_test(mundo.admin, "carpeta").id
    ),
    Evento.PAPEL_DUPLICADO: lambda mundo: mundo.services.duplicados.print_again(
        mundo.operador, PaperKind.RECIBO, handed_over(mundo), "Se perdió"
    ),
    Evento.PAPELES_RELEVADOS: lambda mundo: mundo.services.impresiones.take_over(mundo.supervisor, "CAJA-9"),
    Evento.IMPRESORA_PROBADA: lambda mundo: mundo.services.impresiones.print_test(mundo.admin, "carpeta"),
    Evento.IMPRESORAS_CAMBIADAS: lambda mundo: mundo.services.impresoras.set_papers(
        mundo.admin, {PaperKind.RECIBO: ("carpeta", 2)}
    ),
    Evento.AUTORIZACION_PEDIDA: unusual,
    Evento.AUTORIZACION_APROBADA: lambda mundo: mundo.services.autorizaciones.approve(
        mundo.supervisor, unusual(mundo)
    ),
    Evento.AUTORIZACION_NEGADA: lambda mundo: mundo.services.autorizaciones.deny(
        mundo.supervisor, unusual(mundo), "No es su correo"
    ),
    Evento.AUTORIZACION_RETIRADA: lambda mundo: mundo.services.autorizaciones.withdraw(
        mundo.operador, unusual(mundo)
    ),
    Evento.AUTORIZACION_EMERGENCIA: lambda mundo: mundo.services.autorizaciones.emergency(
        mundo.supervisor, unusual(mundo), "No hay nadie más aquí"
    ),
    Evento.RELOJ_ACEPTADO: hour_accepted,
    Evento.HOJAS_RECIBIDAS: lambda mundo: mundo.services.hojas.receive(mundo.supervisor, 1, 10),
    Evento.HOJAS_ASIGNADAS: issued,
    Evento.HOJA_NUMERADA_DANADA: spoiled,
    Evento.RECIBO_ANULADO: voided,
    Evento.DIA_CERRADO: lambda mundo: mundo.services.cierres.close(mundo.supervisor, DAY),
    Evento.DIA_EXPORTADO: exported,
    Evento.REVISION_HECHA: reviewed,
    Evento.BITACORA_VERIFICADA: lambda mundo: mundo.services.auditoria.verify(mundo.supervisor),
    Evento.PADRON_LOTE: imported,
    Evento.PADRON_IMPORTADO: imported,
    Evento.RESPALDO_LLAVE: backed_up,
    Evento.RESPALDO_CREADO: backed_up,
    Evento.RESPALDO_RESTAURADO: restored,
    Evento.LLAVE_CREADA: nothing,
    Evento.LLAVE_RETIRADA: lambda mundo: mundo.services.llaves.rotate(),
    Evento.EQUIPO_UNIDO: joined,
    Evento.EQUIPO_RETIRADO: lambda mundo: mundo.services.equipos.retire(
        mundo.admin, mundo.services.settings, joined(mundo)
    ),
    Evento.REGLAMENTO_PUESTO: lambda mundo: mundo.services.reglamentos.put(
        mundo.admin, "fechas = [2025-02-09, 2025-04-13]", DAY
    ),
    Evento.RETENCION_EXCEPTUADA: lambda mundo: mundo.services.retencion.hold(
        mundo.supervisor, CEDULAS[0], "reclamo"
    ),
    Evento.RETENCION_EXCEPCION_LEVANTADA: lifted,
    Evento.RETENCION_DEPURADA: purged,
}
"""What brings each event about, through the services that a window uses."""

# Of the embedded database alone, with nothing open on it: test_cifrado, test_migrar. Of an agency on a server: test_ajustes.
ELSEWHERE = {
    Evento.BASE_CIFRADA,
    Evento.LLAVE_BASE_COPIADA,
    Evento.AJUSTE_CAMBIADO,
    Evento.AGENCIA_MIGRADA,
    Evento.KIOSCO_PREPARADO,  # test_kiosco
}


@pytest.fixture(scope="module")
def made(engine: str, places: Places) -> Path:
    """The agency's data folder, to be copied and not touched."""
    config = places.new(engine)
    people = person(), DEAD, WORKER
    make_services(config.data, None, *people, base=config.base, hojas_numeradas=True).database.close()
    return config.data


@pytest.fixture
def mundo(
    made: Path, places: Places, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mundo]:
    monkeypatch.setattr(padron_import, "_BATCH", 8)  # so that a small file is taken in by parts
    data = places.copy(made, tmp_path / "datos")
    services = app.open_services(settings.load(data), clock)
    made_of = Mundo(services, clock, tmp_path)
    yield made_of
    made_of.services.database.close()
    places.drop(data)


def test_no_event_is_without_a_scenario() -> None:
    assert set(Evento) == set(SCENARIOS) | ELSEWHERE


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("evento", SCENARIOS)
def test_the_real_service_records_it(mundo: Mundo, evento: Evento) -> None:
    SCENARIOS[evento](mundo)
    ((found,),) = mundo.services.database.rows(
        "SELECT count(*) FROM bitacora WHERE accion = ?", (evento.value,)
    )
    assert found > 0
    assert bitacora.verify(mundo.services.database).whole


def test_nothing_is_recorded_that_is_no_event(mundo: Mundo) -> None:
    """A window's ordinary day, whole: every word of it is on the list."""
    handed_over(mundo)
    imported(mundo)
    read = mundo.services.database.reader().exec_driver_sql
    assert {row[0] for row in read("SELECT DISTINCT accion FROM bitacora")} <= {each.value for each in Evento}
