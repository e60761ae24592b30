"""``agencia reglamento``: the versions of requisitos, elections and agencies; checking one and putting it."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from agencia_app.commands import agencia
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.permisos import Permiso

if TYPE_CHECKING:
    from agencia_app.services.reglamentos import Revisado, Version

# Each command loads what it needs: the window must not wait for the others.
# ruff: noqa: PLC0415


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command's own commands to its parser."""
    commands = parser.add_subparsers(required=True, metavar="ORDEN")

    lista = commands.add_parser("lista", help="qué versiones hay, y desde cuándo y hasta cuándo rigen")
    lista.set_defaults(command=_lista)

    ver = commands.add_parser("ver", help="el TOML de una versión que se puso, por su número")
    ver.add_argument("version", type=int)
    ver.set_defaults(command=_ver)

    revisar = commands.add_parser("revisar", help="decir cada error de un TOML con su línea, o qué cambiaría")
    revisar.add_argument("archivo", type=Path)
    revisar.add_argument(
        "--desde", type=date.fromisoformat, metavar="AAAA-MM-DD", help="desde cuándo regiría"
    )
    revisar.set_defaults(command=_revisar)

    poner = commands.add_parser("poner", help="poner una versión que rige desde una fecha")
    poner.add_argument("archivo", type=Path)
    poner.add_argument("--desde", type=date.fromisoformat, metavar="AAAA-MM-DD", required=True)
    poner.add_argument("--admin", required=True, metavar="USUARIO", help="un administrador de la agencia")
    poner.set_defaults(command=_poner)
    for each in (lista, revisar, poner):
        each.add_argument("--json", action="store_true")


def _lista(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    found = open_services(load_settings()).reglamentos.listed(None)
    if arguments.json:
        print(json.dumps([_values(each) for each in found], ensure_ascii=False))
        return 0
    for each in found:
        name = f"{each.clase.value} {each.nombre}".strip()
        begins = f"desde el {day(each.desde)}" if each.desde else "desde siempre"
        ends = f" hasta el {day(each.hasta)}" if each.hasta else ""
        origin = f"versión {each.id}, de {each.puesto_por}" if each.id else "del programa"
        used = "  (los trámites nuevos)" if each.usada else ""
        print(f"{name}  {begins}{ends}  {each.vigencia.value}  {origin}{used}")
    return 0


def _ver(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    versions = open_services(load_settings()).reglamentos.listed(None)
    found = next((each for each in versions if each.id and each.id == arguments.version), None)
    if found is None:
        raise KnownError("reglamento.unknown", version=arguments.version)
    print(found.texto, end="")
    return 0


def _values(each: Version) -> dict[str, object]:
    return {
        "clase": each.clase.value,
        "nombre": each.nombre,
        "titulo": each.titulo,
        "fuente": each.fuente,
        "version": each.id,
        "desde": each.desde.isoformat() if each.desde else None,
        "hasta": each.hasta.isoformat() if each.hasta else None,
        "estado": each.vigencia.name.lower(),
        "en_uso": each.usada,
        "puesto_por": each.puesto_por,
        "puesto_en": each.puesto_en.isoformat() if each.puesto_en else None,
    }


def _revisar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services
    from agencia_app.services.reglamentos import read_file

    text = read_file(arguments.archivo)
    found = open_services(load_settings()).reglamentos.check(None, text, arguments.desde)
    if arguments.json:
        print(
            json.dumps(
                {
                    "clase": found.clase.value,
                    "nombre": found.nombre,
                    "desde": found.desde.isoformat(),
                    "errores": [{"linea": each.linea, "razon": each.razon} for each in found.fallos],
                    "cambios": [] if found.fallos else list(found.cambios),
                },
                ensure_ascii=False,
            )
        )
    else:
        _say(found, arguments.archivo)
    return 1 if found.fallos else 0


def _say(found: Revisado, archivo: Path) -> None:
    if found.fallos:
        for each in found.fallos:
            print(f"{archivo}:{each.linea}: {each.razon}")
        return
    name = f"{found.clase.value} {found.nombre}".strip()
    print(f"{name}: sin errores. Puede regir desde el {day(found.desde)}.")
    for cambio in found.cambios or ("No cambia nada de lo que rige.",):
        print(f"  {cambio}")


def _poner(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services
    from agencia_app.services.reglamentos import read_file

    text = read_file(arguments.archivo)
    services = open_services(load_settings())
    sesion = agencia.signed_in(services, arguments.admin, Permiso.ADMINISTRAR_REGLAMENTO)
    version = services.reglamentos.put(sesion, text, arguments.desde)
    if arguments.json:
        print(json.dumps({"version": version, "desde": arguments.desde.isoformat()}))
        return 0
    print(
        f"Versión {version}: rige desde el {day(arguments.desde)} en todas las ventanillas, sin reiniciarlas."
    )
    return 0
