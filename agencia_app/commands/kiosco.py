"""``agencia kiosco``: the lobby's screen, and preparing its machine."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from agencia_app.commands.agencia import new_password, signed_in
from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from agencia_app.settings import Settings

# Each command loads what it needs: the window must not wait for the others.
# ruff: noqa: PLC0415

_LEAST_ZOOM, _MOST_ZOOM = 80, 200


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command, and the one below it."""
    parser.add_argument(
        "--zoom",
        type=_percent,
        metavar="N",
        help="tamaño de la letra, de 80 a 200 por ciento; si no se dice, el que da la pantalla",
    )
    parser.set_defaults(command=_kiosco)
    preparar = parser.add_subparsers(metavar="ORDEN").add_parser(
        "preparar", help="preparar el equipo de un kiosco, y la contraseña que lo cierra"
    )
    preparar.add_argument(
        "--admin",
        default="",
        metavar="URL|USUARIO",
        help="una cuenta de administración del servidor: hace la del kiosco; sin servidor, un administrador",
    )
    preparar.add_argument(
        "--impresora",
        metavar="COLA",
        help="cola del sistema para la lista y la solicitud; sin servidor, las de la ventana",
    )
    preparar.set_defaults(command=_preparar)


def _percent(text: str) -> int:
    value = int(text)
    if not _LEAST_ZOOM <= value <= _MOST_ZOOM:
        raise ValueError
    return value


def _kiosco(arguments: argparse.Namespace) -> int:
    from agencia_app.app import run_kiosk

    zoom = None if arguments.zoom is None else arguments.zoom / 100
    return run_kiosk(demostracion=arguments.demostracion, zoom=zoom)


def _preparar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, system_queues
    from agencia_app.services import kiosco_preparar

    config = load_settings()
    if config.database.exists() and not config.base and "://" not in arguments.admin:
        return _preparar_propio(config, arguments)
    if arguments.impresora:
        system_queues().printer(arguments.impresora).check()
        config = replace(config, impresoras=dict.fromkeys(("solicitud", "pendientes"), arguments.impresora))
    config = kiosco_preparar.prepare(config, _exit_password(), arguments.admin)
    print(f"Kiosco preparado en {config.data}. Ábralo con: agencia kiosco")
    if arguments.admin:
        print(
            "La cuenta de los kioscos tiene una contraseña nueva. En los demás kioscos: AGENCIA_BASE=… agencia kiosco "
            f"preparar, con la dirección «base» de {config.data / 'ajustes.toml'}."
        )
    return 0


def _preparar_propio(config: Settings, arguments: argparse.Namespace) -> int:
    from agencia_app.app import now, open_services
    from agencia_app.services import kiosco_preparar

    if not arguments.admin:
        raise KnownError("kiosco.admin")
    if arguments.impresora:
        raise KnownError("kiosco.printer")
    services = open_services(config)
    sesion = signed_in(services, arguments.admin)
    kiosco_preparar.prepare_own(services.database, config, sesion, _exit_password(), now)
    print("Kiosco preparado. Ábralo con: agencia kiosco")
    return 0


def _exit_password() -> str:
    print("La contraseña con la que un administrador cierra este kiosco, que no es la suya:")
    return new_password()
