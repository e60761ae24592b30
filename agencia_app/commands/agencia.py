"""Preparing an agency: ``agencia iniciar``, and where it has many windows ``unirse``, ``equipos``, ``ajustes``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Protocol

from agencia_app.commands import cifrado
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PAPERS
from agencia_app.models.domain.permisos import Permiso

if TYPE_CHECKING:
    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.registry import Services
    from agencia_app.settings import Settings

# Each command loads what it needs: the window must not wait for the others.
# ruff: noqa: PLC0415


class Commands(Protocol):
    """What argparse gives to add commands to."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own
        """Add a command."""


def add(commands: Commands) -> None:
    """Add these commands to the program's own."""
    iniciar = commands.add_parser("iniciar", help="preparar la carpeta de datos de una agencia")
    iniciar.add_argument("--agencia", required=True, metavar="NNN", help="código de la agencia, tres dígitos")
    iniciar.add_argument("--nombre", help="nombre de la agencia (si falta, el de agencias.toml)")
    iniciar.add_argument("--admin", required=True, metavar="USUARIO", help="primer administrador")
    iniciar.add_argument("--ventanillas", type=_positive, help="cuántas ventanillas hay (12)")
    _add_machine(iniciar)
    iniciar.set_defaults(command=_iniciar)

    unirse = commands.add_parser("unirse", help="unir este equipo a una agencia de varias ventanillas")
    unirse.add_argument("--admin", required=True, metavar="USUARIO", help="un administrador de la agencia")
    _add_machine(unirse)
    unirse.set_defaults(command=_unirse)

    equipos = commands.add_parser("equipos", help="equipos de una agencia de varias ventanillas")
    equipos.add_argument("--json", action="store_true")
    equipos.set_defaults(command=_equipos)
    retirar = equipos.add_subparsers(metavar="ORDEN").add_parser("retirar", help="impedir que un equipo siga")
    retirar.add_argument("equipo")
    retirar.add_argument("--admin", required=True, metavar="USUARIO", help="un administrador de la agencia")
    retirar.set_defaults(command=_equipos_retirar)

    ajustes = commands.add_parser("ajustes", help="ver los ajustes de la agencia")
    ajustes.add_argument("--json", action="store_true")
    ajustes.set_defaults(command=_ajustes)
    poner = ajustes.add_subparsers(metavar="ORDEN").add_parser(
        "poner", help="cambiar un ajuste de la agencia"
    )
    poner.add_argument("nombre")
    poner.add_argument("valor")
    poner.add_argument("--admin", required=True, metavar="USUARIO", help="un administrador de la agencia")
    poner.set_defaults(command=_ajustes_poner)


def tell_server(config: Settings) -> None:
    """Print how other machines join an agency that is on a server from now on, and what to put away."""
    from agencia_app import settings

    print(
        f"Los demás se unen con la dirección «base» de {config.data / settings.FILE_NAME}: AGENCIA_BASE=… agencia "
        "unirse --admin ADMINISTRADOR"
    )
    print(
        f"Guarde {config.data / settings.OWNER_NAME} fuera de este equipo y bórrelo de aquí: solo hace falta "
        "para actualizar la base de datos a otra versión."
    )


def new_password() -> str:
    """Ask for a new password twice, or read it as two lines where there is no terminal."""
    first, second = (_typed(prompt) for prompt in ("Contraseña del usuario: ", "Otra vez: "))
    if first != second:
        raise KnownError("usuario.password_differs")
    return first


def signed_in(services: Services, usuario: str, permiso: Permiso = Permiso.ADMINISTRAR_USUARIOS) -> Sesion:
    """Return the session of an administrador, who types their password; it is no window's."""
    password = _typed(f"Contraseña de {usuario}: ")
    return services.usuarios.authenticate(usuario, password, None, permiso)


def _typed(prompt: str) -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        typed = getpass(prompt)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if any("\ud800" <= char <= "\udfff" for char in typed):  # bytes that are no text
        raise KnownError("usuario.password_text")
    return typed


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def _add_machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--impresora", metavar="COLA", help="cola del sistema para todos los papeles")
    parser.add_argument(
        "--equipo", default="", metavar="NOMBRE", help="nombre de este equipo, si no el de la red"
    )


def _of_this_machine(config: Settings, arguments: argparse.Namespace) -> Settings:
    """Return settings with the printers that were named, or all papers to the folder where none was."""
    from agencia_app import settings
    from agencia_app.app import system_queues
    from agencia_app.services import equipos

    printers = config.impresoras
    if arguments.impresora:
        system_queues().printer(arguments.impresora).check()
        printers = {kind.value: arguments.impresora for kind in PAPERS}
    if config.base:
        config = replace(config, equipo=arguments.equipo or config.equipo or equipos.own_name())
    return replace(config, impresoras=printers or {kind.value: settings.FOLDER for kind in PAPERS})


def _say_printer(config: Settings) -> None:
    from agencia_app import settings

    if config.printer("hoja_clave") == settings.FOLDER:
        print(
            f"Falta indicar la impresora de la hoja de clave: escríbala en {config.data / settings.FILE_NAME}."
        )


def _iniciar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings
    from agencia_app.services import instalacion

    nombre = arguments.nombre or instalacion.known_name(arguments.agencia)
    if nombre is None:
        raise KnownError("agencia.unknown", codigo=arguments.agencia)
    config = load_settings()
    if config.database.exists() or config.equipo:
        raise KnownError("data.exists", path=config.data)
    config = _of_this_machine(config, arguments)
    if arguments.ventanillas:
        config = replace(config, ventanillas=arguments.ventanillas)
    config = instalacion.initialise(config, arguments.agencia, nombre, arguments.admin, new_password())
    print(f"Agencia {arguments.agencia} · {nombre}: datos preparados en {config.data}")
    cifrado.tell(config)
    if config.base:
        print(f"Este equipo es «{config.equipo}».")
        tell_server(config)
    _say_printer(config)
    return 0


def _unirse(arguments: argparse.Namespace) -> int:
    from agencia_app.app import join, load_settings

    config = load_settings()
    if not config.base:
        raise KnownError("servidor.base")
    if config.database.exists():
        raise KnownError("data.exists", path=config.data)
    config = replace(_of_this_machine(config, arguments), base_escrita=None)
    password = _typed(f"Contraseña de {arguments.admin}: ")
    agencia = join(config, arguments.admin, password)
    print(f"Agencia {agencia.codigo} · {agencia.nombre}: este equipo se unió como «{config.equipo}».")
    _say_printer(config)
    return 0


def _equipos(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services
    from agencia_app.models.domain.fechas import moment

    services = open_services(load_settings())
    found = services.equipos.listed()
    if arguments.json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
        return 0
    for each in found:
        own = "  (este equipo)" if each.nombre == services.settings.equipo else ""
        print(f"{each.nombre or 'equipo único'}  llave {each.llave}  desde {moment(each.desde)}{own}")
    return 0


def _equipos_retirar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    services = open_services(load_settings())
    services.equipos.retire(signed_in(services, arguments.admin), services.settings, arguments.equipo)
    print(
        f"Equipo {arguments.equipo} retirado: no emite más y sus ventanas no vuelven a abrirse. Los recibos que "
        "selló siguen siendo auténticos."
    )
    return 0


def _ajustes(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    found = open_services(load_settings()).ajustes.shown()
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for nombre, valor in found.items():
        print(f"{nombre} = {valor}")
    return 0


def _ajustes_poner(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    services = open_services(load_settings())
    services.ajustes.put(signed_in(services, arguments.admin), arguments.nombre, arguments.valor)
    print(f"{arguments.nombre} = {services.ajustes.shown()[arguments.nombre]}: vale desde el próximo inicio.")
    return 0
