"""``agencia migrar``: from the embedded database of one window to a server for many."""

from __future__ import annotations

import argparse
import json
import sys

from agencia_app.commands import agencia
from agencia_app.models.domain.fechas import number

# Each command loads what it needs: the window must not wait for the others.
# ruff: noqa: PLC0415


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--a",
        required=True,
        metavar="URL",
        dest="address",
        help="dirección de una base vacía, o que todavía no exista, con una cuenta que cree bases y cuentas",
    )
    parser.add_argument(
        "--equipo", default="", metavar="NOMBRE", help="nombre de este equipo, si no el de la red"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(command=_migrar)


def _migrar(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from agencia_app.app import folder_alone, load_settings, now, open_services
    from agencia_app.models.domain.errors import KnownError
    from agencia_app.services import migracion

    config = load_settings()
    if config.base:
        raise KnownError("migracion.server")
    opened = open_services(config)  # brought to this version
    opened.database.close()
    config = replace(opened.settings, equipo=arguments.equipo)
    with folder_alone(config):  # nobody works on it, or opens it while this goes on
        done = migracion.migrate(config, arguments.address, now, _tell)
    if arguments.json:
        told = {"equipo": done.ajustes.equipo, "filas": done.filas, "registro": done.registro}
        told |= {"cabeza": done.cabeza, "anterior": str(done.anterior)}
        print(json.dumps(told, ensure_ascii=False))
        return 0
    print(f"Agencia pasada al servidor y comparada: {number(sum(done.filas.values()))} filas.")
    print(f"Bitácora íntegra en los dos lados: registro {number(done.registro)}, cabeza {done.cabeza}")
    print(f"Este equipo es «{done.ajustes.equipo}»; sus ventanas se abren como antes.")
    print(f"La base de antes queda en {done.anterior}, y ya no se abre para trabajar.")
    agencia.tell_server(done.ajustes)
    return 0


def _tell(table: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[Kcopiando {table} …", end="\r", file=sys.stderr, flush=True)
