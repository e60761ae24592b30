"""``agencia cifrar`` and ``agencia llaves copiar``: the embedded database at rest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from agencia_app.models.domain.fechas import number

if TYPE_CHECKING:
    from agencia_app.settings import Settings

# Each command loads what it needs: the window must not wait for the others.
# ruff: noqa: PLC0415


def add_cifrar(parser: argparse.ArgumentParser) -> None:
    """Set what ``agencia cifrar`` does."""
    parser.set_defaults(command=_cifrar)


def add_copiar(parser: argparse.ArgumentParser) -> None:
    """Add the argument of ``agencia llaves copiar``."""
    parser.add_argument("archivo", type=Path, help="archivo nuevo, fuera de este equipo: una memoria USB")
    parser.set_defaults(command=_copiar)


def tell(config: Settings) -> None:
    """Print whether the embedded database is encrypted, where its key is, and what to do with it."""
    from agencia_app.models.db import llave_base

    lugar = None if config.base else llave_base.lugar(config.data)
    if lugar is not None:
        print(f"La base de datos está cifrada; su llave está en {lugar.value}.")
        print("Guarde una copia de la llave fuera de este equipo: agencia llaves copiar ARCHIVO")


def _cifrar(_arguments: argparse.Namespace) -> int:
    from agencia_app.app import folder_alone, load_settings, now, open_services
    from agencia_app.services import cifrado

    config = load_settings()
    if not config.base:
        opened = open_services(config)  # brought to this version, and the settings that hold
        opened.database.close()
        config = opened.settings
    with folder_alone(config):  # nobody works on it, or opens it while this goes on
        done = cifrado.encrypt(config, now)
    if done.filas:
        print(f"Base de datos cifrada y comparada: {number(done.filas)} filas.")
    tell(config)
    for each in done.pendientes:
        print(f"Esta copia no se pudo cifrar; si ya no la necesita, bórrela: {each}")
    return 1 if done.pendientes else 0


def _copiar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, now, open_services
    from agencia_app.services import cifrado

    services = open_services(load_settings())
    cifrado.copy_key(services.settings, arguments.archivo, services.database, now)
    print(f"Llave copiada en {arguments.archivo}. Quien la tenga abre la base de datos: guárdela bajo llave.")
    print(
        "Si la llave de este equipo se pierde, ponga esa copia en la carpeta de datos como llaves/base.llave."
    )
    return 0
