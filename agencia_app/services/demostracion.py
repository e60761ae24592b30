"""The demonstration's data folder: an agency, its users and a synthetic padrón.

Only the user list is needed before the services load; what is heavy loads in ``prepare``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agencia_app.models.domain.usuario import Rol

if TYPE_CHECKING:
    from agencia_app.settings import Settings

AGENCIA = "017"
PEOPLE = 2_000
SOURCE = "padron-sintetico.csv"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody who may sign in to the demonstration; the password is shown on purpose."""

    usuario: str
    nombre: str
    rol: Rol
    password: str


USERS = (
    DemoUser("a.ejemplo", "A. Ejemplo", Rol.OPERADOR, "ventanilla-4"),
    DemoUser("s.ejemplo", "S. Ejemplo", Rol.SUPERVISOR, "supervision-1"),
    DemoUser("admin", "Administración", Rol.ADMINISTRADOR, "demostracion-1"),
)


def prepare(config: Settings, clock: Callable[[], datetime]) -> Settings:
    """Make the data folder of a demonstration, with a synthetic padrón of 2,000 people.

    The people whose visits are told come first, in place of any with their cédula. Return the settings
    as they were written. Raises KnownError ``data.*``, ``servidor.*`` or ``base.*``.
    """
    # The database and the importer: nothing the login screen should wait for.
    from agencia_app.models.db.session import Database  # noqa: PLC0415
    from agencia_app.services import demostracion_personas, instalacion, padron_sintetico  # noqa: PLC0415
    from agencia_app.services.padron import Padron  # noqa: PLC0415
    from agencia_app.services.usuarios import Usuarios  # noqa: PLC0415

    admin = USERS[-1]
    name = instalacion.known_name(AGENCIA) or AGENCIA
    config = instalacion.initialise(config, AGENCIA, name, admin.usuario, admin.password, clock)
    database = Database(config.place)
    try:
        usuarios = Usuarios(database, clock, config.ventanillas)
        for user in USERS[:-1]:
            usuarios.create(user.usuario, user.nombre, user.rol, user.password, debe_cambiar=False)
        told = {each.cedula for each in demostracion_personas.PEOPLE}
        others = (each for each in padron_sintetico.generate(PEOPLE) if each.cedula not in told)
        people = [*demostracion_personas.PEOPLE, *others][:PEOPLE]
        source = config.data / SOURCE
        padron_sintetico.write_csv(people, source)
        Padron(database, clock).import_file(source, config.papers, None)
    finally:
        database.close()
    return config


def prepare_kiosk(config: Settings) -> None:
    """Have a demonstration's kiosk closed with the password of its administrador."""
    from agencia_app.services import kiosco_preparar  # noqa: PLC0415

    if not (config.data / kiosco_preparar.FILE_NAME).exists():
        kiosco_preparar.leave_password(config.data, USERS[-1].password)
