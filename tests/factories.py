"""What tests are made of: people, a clock, an agency's data folder and its services."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from agencia_app import app, settings
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import PersonaRow, UsuarioRow
from agencia_app.models.domain.persona import EstadoPersona, Persona, TipoPrestacion
from agencia_app.models.domain.requisitos import Documento, FormatoCedula
from agencia_app.models.domain.solicitud import Calificacion, OrigenSolicitud, Solicitud
from agencia_app.models.domain.tramite import Identidad, Tramite
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services import instalacion, solicitud_rows
from agencia_app.services.flow import Ask
from agencia_app.services.registry import Services
from agencia_app.services.steady import Steady

PASSWORD = "ventanilla-4"
USERS = {
    "b.ejemplo": Rol.OPERADOR,
    "s.ejemplo": Rol.SUPERVISOR,
    "t.ejemplo": Rol.SUPERVISOR,
}  # beside a.ejemplo, an operador, and admin
SHIPPED = (settings.RESOURCES / "requisitos" / "documento-fuente.toml").read_text("utf-8")
# The same, and a planilla is asked for no longer.
SHORTER = SHIPPED[: SHIPPED.index('[[requisito]]\nid = "planilla"')] + SHIPPED[SHIPPED.index("[[calidad]]") :]
CEDULAS = ("2459999005", "2459999013", "2459999021", "2459999039", "2459999047", "2459999054")
MRZ = "I<ECU9999999908<<<<<2459999997\n4501158F3501014ECU<NO<DONANTE3\nFICTICIA<NUNEZ<<MARIA<JOSE<<<<"


def person(**changes: Any) -> Persona:
    """Return María José Ficticia Núñez, 71, jubilada, or somebody like her."""
    values: dict[str, Any] = {
        "cedula": "2459999005",
        "apellidos": "FICTICIA NÚÑEZ",
        "nombres": "MARÍA JOSÉ",
        "fecha_nacimiento": date(1955, 1, 15),
        "tipo_prestacion": TipoPrestacion.JUBILACION_VEJEZ,
        "provincia": "Pichincha",
        "estado": EstadoPersona.ACTIVO,
        "correo": "maria@ejemplo.ec",
        "celular": "0999999999",
    }
    return Persona(**(values | changes))


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 15, 42, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


@dataclass
class SteadyClock:
    """The steady clock of a machine that was started once, until it is started again."""

    moment: Steady = field(default_factory=lambda: Steady("primer-arranque", 3600.0))

    def __call__(self) -> Steady:
        return self.moment

    def move(self, **delta: float) -> None:
        self.moment = replace(self.moment, segundos=self.moment.segundos + timedelta(**delta).total_seconds())

    def restart(self) -> None:
        self.moment = Steady(f"otro-{self.moment.arranque}", 30.0)


def add_people(database: Database, *people: Persona) -> None:
    with database.unit_of_work() as session:
        for each in people:
            session.add(PersonaRow(**{name: getattr(each, name) for name in Persona.__slots__}))
        session.commit()


def make_services(
    data: Path, clock: Clock | None = None, *people: Persona, cifrada: bool = False, **changes: Any
) -> Services:
    """Prepare a demonstration data folder (its slips go to PDF) and open its services."""
    clock = clock or Clock()
    config = settings.Settings(data, **({"demostracion": True} | changes))
    config = instalacion.initialise(
        config, "017", "Agencia Quito Norte", "admin", PASSWORD, clock, cifrada=cifrada
    )
    services = app.open_services(config, clock)
    services.usuarios.create("a.ejemplo", "A. Ejemplo", Rol.OPERADOR, PASSWORD, debe_cambiar=False)
    add_users(services, USERS)
    add_people(services.database, *(people or (person(),)))
    return services


def add_users(services: Services, users: dict[str, Rol]) -> None:
    """Add users with PASSWORD, hashed once for all of them; what creating one does is not run."""
    with services.database.unit_of_work() as session:
        known = session.scalars(select(UsuarioRow).where(UsuarioRow.usuario == "a.ejemplo")).one()
        for name, rol in users.items():
            session.add(
                UsuarioRow(
                    usuario=name,
                    nombre=f"{name[0].upper()}. {name[2:].capitalize()}",
                    rol=rol,
                    clave_hash=known.clave_hash,
                    intentos=0,
                    creado_en=known.creado_en,
                )
            )
        session.commit()


def sign_in(services: Services, ventanilla: int = 4) -> Sesion:
    return sign_in_as(services, "a.ejemplo", ventanilla)


def sign_in_as(services: Services, usuario: str, ventanilla: int = 4) -> Sesion:
    """Sign in as one of USERS, ``a.ejemplo`` (operador) or ``admin``."""
    return services.usuarios.sign_in(usuario, PASSWORD, ventanilla)


IDENTIDAD = Identidad(FormatoCedula.ELECTRONICA, date(2035, 1, 1), "maria@ejemplo.ec", "0999999999")

CALIFICACION = Calificacion("1790011674001", "COMPAÑÍA FICTICIA S.A.", "ROSA MUESTRA", date(2026, 11, 20))


def full_papers(tramite: Tramite, services: Services) -> tuple[Documento, ...]:
    """Return the checklist of somebody who brought everything."""
    papers = []
    for each in services.tramites.checklist(tramite).documentos:
        if each.requisito == "planilla":
            papers.append(Documento("planilla", "luz", original=True, copia=True))
        elif each.requisito == "solicitud":
            papers.append(Documento("solicitud", original=True))
        elif each.alternativa == "no_exigible":
            papers.append(each)
        else:
            papers.append(each.ticked(on=True))
    return tuple(papers)


def ready_to_issue(services: Services, sesion: Sesion, cedula: str = CEDULAS[0]) -> Tramite:
    """Bring a person to the Clave step, with a second person's approval where one is needed."""
    tramites = services.tramites
    tramite = tramites.attend(sesion, cedula).tramite
    assert tramite is not None
    tramite = tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    tramite = tramites.save_requisitos(sesion, tramite.numero, full_papers(tramite, services), done=True)
    authorised(services, sesion, tramite.numero)
    if tramites.ask(tramite) is Ask.CALIFICAR:
        return services.solicitudes.qualify(sesion, tramite.numero, CALIFICACION, seen=True)
    tramites.accept(sesion, tramite.numero)
    return tramites.sign(sesion, tramite.numero)


def signed_in(services: Services, usuario: str, ventanilla: int = 1) -> Sesion:
    """Return the session of a user without the second that checking a password takes."""
    with services.database.reading() as session:
        row = session.scalars(select(UsuarioRow).where(UsuarioRow.usuario == usuario)).one()
        equipo = services.settings.equipo if services.database.is_postgres else ""
        return Sesion(row.id, row.usuario, row.nombre, row.rol, ventanilla, equipo)


def authorised(services: Services, sesion: Sesion, numero: str) -> Tramite:
    """Ask for everything that a trámite needs a second person for, and have a supervisor approve it."""
    needed = [each.asunto for each in services.autorizaciones.exigencias(numero) if not each.cubierta]
    if needed:
        asked = services.autorizaciones.request(sesion, numero, needed, "La persona está presente")
        second = signed_in(services, "t.ejemplo" if sesion.usuario == "s.ejemplo" else "s.ejemplo")
        services.autorizaciones.approve(second, [each.id for each in asked])
    return services.tramites.reload(numero)


def solicitud_of(services: Services, numero: str) -> Solicitud:
    """Return a solicitud as it is in the database."""
    with services.database.reading() as session:
        row = solicitud_rows.find(session, numero)
        assert row is not None
        return solicitud_rows.value(session, row)


def solicitud_of_kiosk(services: Services, cedula: str, planilla: str = "", dias: int = 30) -> str:
    """Have a person of the padrón make a solicitud at the kiosk, expired with negative days; return its number."""
    with services.database.unit_of_work() as session:
        row = solicitud_rows.add(
            session,
            cedula=cedula,
            tipo=session.get_one(PersonaRow, cedula).tipo_prestacion,
            origen=OrigenSolicitud.KIOSCO,
            en=Clock().moment,
            dias=dias,
            usuario_id=None,
            ventanilla=0,
            planilla=planilla,
        )
        session.commit()
        return row.numero
