"""``agencia respaldo``: the key of the backups, making one, and restoring one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from agencia_app.commands import agencia
from agencia_app.models.domain.fechas import moment, number

if TYPE_CHECKING:
    from agencia_app.services.respaldo_archivo import Manifiesto

# Each command loads what it needs: the window must not wait for the others.
# ruff: noqa: PLC0415


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command's own commands to its parser."""
    commands = parser.add_subparsers(required=True, metavar="ORDEN")

    llave = commands.add_parser("llave", help="hacer la llave que abrirá los respaldos")
    llave.add_argument("archivo", type=Path, help="archivo nuevo, fuera de este equipo: una memoria USB")
    llave.set_defaults(command=_llave)

    crear = commands.add_parser("crear", help="hacer un respaldo mientras las ventanas trabajan")
    crear.add_argument("destino", type=Path, help="carpeta, o archivo nuevo")
    crear.add_argument("--json", action="store_true")
    crear.set_defaults(command=_crear)

    restaurar = commands.add_parser("restaurar", help="recuperar un respaldo donde no hay nada")
    restaurar.add_argument("archivo", type=Path)
    restaurar.add_argument(
        "--identidad", type=Path, required=True, metavar="LLAVE", help="la llave que lo abre"
    )
    restaurar.add_argument("--json", action="store_true")
    restaurar.set_defaults(command=_restaurar)


def _llave(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    services = open_services(load_settings())
    recipient = services.respaldos.make_key(arguments.archivo)
    if services.database.is_postgres:
        print("Para que los respaldos se cifren a esta llave, un administrador escribe:")
        print(f"    agencia ajustes poner respaldo_recibe {recipient} --admin USUARIO")
    else:
        print(f"Los respaldos se cifran desde ahora a {recipient}.")
    print(f"Solo los abre {arguments.archivo}: guárdelo bajo llave, fuera de este equipo, y haga una copia.")
    print("Los respaldos anteriores se abren con la llave anterior: consérvela.")
    return 0


def _crear(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    made = open_services(load_settings()).respaldos.create(arguments.destino)
    if arguments.json:
        print(json.dumps({"archivo": str(made.archivo), "bytes": made.bytes} | _told(made.manifiesto)))
        return 0
    print(f"Respaldo hecho: {made.archivo} ({number(made.bytes)} bytes).")
    print(f"Bitácora: registro {made.manifiesto.cabeza_seq}, cabeza {made.manifiesto.cabeza}")
    return 0


def _restaurar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, now
    from agencia_app.services import respaldo_restaurar

    config = load_settings()
    done = respaldo_restaurar.restore(arguments.archivo, arguments.identidad, config, now)
    manifest = done.manifiesto
    if arguments.json:
        print(json.dumps({"datos": str(config.data), "llave": done.llave} | _told(manifest)))
        return 0
    print(
        f"Agencia {manifest.agencia} · {manifest.nombre}: recuperada en {config.data} como estaba el {moment(manifest.tomado_en)}."
    )
    print(f"Bitácora íntegra hasta el registro {manifest.cabeza_seq}, cabeza {manifest.cabeza}")
    print(f"Los recibos se sellan desde ahora con la llave {done.llave}.")
    if done.ajustes.base:
        print(f"Este equipo es «{done.ajustes.equipo}».")
        agencia.tell_server(done.ajustes)
    print("Lo que se hizo después de esa hora no está: revise los recibos de papel posteriores.")
    return 0


def _told(manifest: Manifiesto) -> dict[str, object]:
    return {
        "agencia": manifest.agencia,
        "motor": manifest.motor,
        "version": manifest.version,
        "revision": manifest.revision,
        "tomado_en": manifest.tomado_en.isoformat(timespec="seconds"),
        "registro": manifest.cabeza_seq,
        "cabeza": manifest.cabeza,
        "filas": manifest.filas,
    }
