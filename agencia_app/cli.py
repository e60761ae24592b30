"""The command line: ``agencia`` opens the window, ``agencia SUBCOMMAND`` does one thing.

Exit status: 0 when it worked, 1 for a refused operation, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from agencia_app.commands import agencia, cifrado, kiosco, migrar, reglamento, respaldo, simular
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day
from agencia_app.models.domain.usuario import Rol

if TYPE_CHECKING:
    from agencia_app.models.domain.cierre import Bloqueo
    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.padron import Progress
    from agencia_app.services.registry import Services

# Each command loads what it needs: the window must not wait for the others.
# ruff: noqa: PLC0415

OK, REFUSED, USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except KnownError as error:
        from agencia_app.ui.messages import sentence

        print(f"agencia: {sentence(error)}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("agencia: interrumpido.", file=sys.stderr)
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="agencia", description="Ventanilla de claves de una agencia.")
    parser.add_argument(
        "--demostracion",
        action="store_true",
        help="abrir la ventana sobre datos ficticios, que se preparan solos",
    )
    parser.set_defaults(command=_window)
    commands = parser.add_subparsers(title="órdenes", metavar="ORDEN")

    agencia.add(commands)
    migrar.add(commands.add_parser("migrar", help="pasar la agencia de este equipo a un servidor PostgreSQL"))
    kiosco.add(commands.add_parser("kiosco", help="la pantalla del vestíbulo: consulta y solicitud"))
    _add_usuarios(commands.add_parser("usuarios", help="usuarios"))

    padron = commands.add_parser("padron", help="padrón").add_subparsers(required=True, metavar="ORDEN")
    importar = padron.add_parser("importar", help="importar un archivo CSV o XLSX")
    importar.add_argument("archivo", type=Path)
    importar.add_argument("--json", action="store_true")
    importar.set_defaults(command=_padron_importar)
    buscar = padron.add_parser("buscar", help="buscar por cédula o por nombre")
    buscar.add_argument("texto")
    buscar.add_argument("--json", action="store_true")
    buscar.set_defaults(command=_padron_buscar)

    auditoria = commands.add_parser("auditoria", help="bitácora").add_subparsers(
        required=True, metavar="ORDEN"
    )
    verificar = auditoria.add_parser("verificar", help="recorrer la cadena de la bitácora")
    verificar.add_argument(
        "--cabeza", nargs="+", metavar="HUELLA", help="la huella impresa en un certificado de cierre"
    )
    verificar.add_argument("--json", action="store_true")
    verificar.set_defaults(command=_auditoria_verificar)

    doctor = commands.add_parser("doctor", help="decir si la instalación está sana y qué toca hacer")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(command=_doctor)

    recibo = commands.add_parser("recibo", help="recibos").add_subparsers(required=True, metavar="ORDEN")
    genuino = recibo.add_parser("verificar", help="decir si un recibo es auténtico")
    genuino.add_argument("recibo", metavar="NÚMERO|QR|PDF", help="el número, el texto del QR o el archivo")
    genuino.add_argument("--json", action="store_true")
    genuino.set_defaults(command=_recibo_verificar)

    cierre = commands.add_parser("cierre", help="cerrar un día y escribir su certificado y sus trámites")
    cierre.add_argument("fecha", type=_fecha, metavar="FECHA", help="aaaa-mm-dd o dd/mm/aaaa")
    cierre.add_argument("--salida", type=Path, required=True, metavar="DIR", help="carpeta para los archivos")
    cierre.add_argument("--json", action="store_true")
    cierre.set_defaults(command=_cierre)

    llaves = commands.add_parser("llaves", help="llaves que sellan los recibos").add_subparsers(
        required=True, metavar="ORDEN"
    )
    rotar = llaves.add_parser("rotar", help="retirar la llave en uso y hacer otra")
    rotar.set_defaults(command=_llaves_rotar)
    cifrado.add_copiar(
        llaves.add_parser("copiar", help="copiar la llave de la base de datos, para guardarla")
    )

    cifrado.add_cifrar(commands.add_parser("cifrar", help="cifrar la base de datos de una agencia"))

    reglamento.add(
        commands.add_parser("reglamento", help="versiones de los requisitos, las elecciones y las agencias")
    )
    respaldo.add(commands.add_parser("respaldo", help="respaldos cifrados"))
    simular.add(
        commands.add_parser("simular", help="probar con muchas ventanillas a la vez, sobre datos ficticios")
    )

    demo = commands.add_parser("demo", help="atender los casos de muestra con la ventana real")
    demo.add_argument("--salida", type=Path, required=True, metavar="DIR", help="carpeta nueva o vacía")
    demo.set_defaults(command=_demo)
    return parser


def _add_usuarios(parser: argparse.ArgumentParser) -> None:
    usuarios = parser.add_subparsers(required=True, metavar="ORDEN")
    crear = usuarios.add_parser("crear", help="crear un usuario")
    crear.add_argument("usuario")
    crear.add_argument("--rol", required=True, choices=[rol.value for rol in Rol])
    crear.add_argument("--nombre", default="", help="nombre de la persona")
    crear.set_defaults(command=_usuarios_crear)
    restablecer = usuarios.add_parser("restablecer", help="dar una contraseña temporal y quitar el bloqueo")
    restablecer.add_argument("usuario")
    restablecer.set_defaults(command=_usuarios_restablecer)
    desactivar = usuarios.add_parser("desactivar", help="impedir que alguien ingrese y siga trabajando")
    desactivar.add_argument("usuario")
    desactivar.set_defaults(command=_usuarios_desactivar)
    for each in (crear, restablecer, desactivar):
        each.add_argument(
            "--admin",
            metavar="USUARIO",
            help="un administrador; hace falta en una agencia de varias ventanillas",
        )
    listar = usuarios.add_parser("listar", help="decir quién puede ingresar")
    listar.add_argument("--json", action="store_true")
    listar.set_defaults(command=_usuarios_listar)


class _Parser(argparse.ArgumentParser):
    """argparse with its own few words in Spanish."""

    def error(self, message: str) -> object:  # type: ignore[override]
        self.exit(USAGE, f"agencia: uso incorrecto: {message}\n{self.format_usage()}")


def _fecha(text: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar date has no zone
    raise argparse.ArgumentTypeError(f"«{text}» no es una fecha: escriba aaaa-mm-dd o dd/mm/aaaa")


def _window(arguments: argparse.Namespace) -> int:
    from agencia_app.app import run_window

    return run_window(demostracion=arguments.demostracion)


def _administering(services: Services, admin: str | None) -> Sesion | None:
    """Return the session of who administers users.

    With an embedded database that is whoever has its folder. A server's agency is not every machine's.
    """
    if admin is None and services.database.is_postgres:
        raise KnownError("usuario.admin_missing")
    return None if admin is None else agencia.signed_in(services, admin)


def _usuarios_crear(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    services = open_services(load_settings())
    sesion = _administering(services, arguments.admin)
    services.usuarios.create(
        arguments.usuario, arguments.nombre, Rol(arguments.rol), agencia.new_password(), sesion=sesion
    )
    print(
        f"Usuario {arguments.usuario.strip().lower()} creado como {arguments.rol}. La contraseña es temporal: se le pedirá que la cambie al ingresar."
    )
    return OK


def _usuarios_restablecer(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    services = open_services(load_settings())
    sesion = _administering(services, arguments.admin)
    services.usuarios.reset_password(sesion, arguments.usuario, agencia.new_password())
    print(
        f"Usuario {arguments.usuario.strip().lower()}: contraseña temporal guardada; se le pedirá que la cambie al ingresar."
    )
    return OK


def _usuarios_desactivar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    services = open_services(load_settings())
    services.usuarios.deactivate(_administering(services, arguments.admin), arguments.usuario)
    print(f"Usuario {arguments.usuario.strip().lower()} desactivado.")
    return OK


def _usuarios_listar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    found = open_services(load_settings()).usuarios.listed(None)
    if arguments.json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
        return OK
    for each in found:
        print(f"{each.usuario}  {each.nombre}  {each.rol}  {each.estado}")
    return OK


def _padron_importar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    services = open_services(load_settings())
    show = None if arguments.json or not sys.stderr.isatty() else _show_progress
    stop = threading.Event()
    # Ctrl-C stops between batches, so that what was taken in is counted and recorded.
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        result = services.padron.import_file(
            arguments.archivo, services.settings.papers, None, show, stop.is_set
        )
    finally:
        signal.signal(signal.SIGINT, before)
    status = REFUSED if result.cancelada else OK
    if arguments.json:
        values = asdict(result)
        values.pop("cancelada")
        values["informe"] = str(result.informe) if result.informe else None
        print(json.dumps(values, ensure_ascii=False))
        return status
    if result.cancelada:
        print("Interrumpido: lo ya cargado se conserva. Vuelva a importar el archivo para completarlo.")
    print(
        f"Leídas {result.leidas}: {result.insertadas} insertadas, {result.actualizadas} actualizadas, "
        f"{result.sin_cambio} sin cambio, {result.restauradas} con el cero inicial restaurado, "
        f"{result.rechazadas} rechazadas, en {result.segundos:.1f} s.",
    )
    if result.informe:
        print(f"Informe: {result.informe}")
    return status


def _show_progress(progress: Progress) -> None:
    left = f", faltan {progress.segundos_restantes:.0f} s" if progress.segundos_restantes is not None else ""
    print(f"\r{progress.leidas} filas{left}   ", end="", file=sys.stderr, flush=True)


def _padron_buscar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    found = open_services(load_settings()).padron.search(None, arguments.texto)
    if arguments.json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
        return OK
    for each in found:
        print(f"{each.cedula}  {each.nombre_completo}  {each.prestacion}")
    if not found:
        print("Nadie con esa cédula o ese nombre.")
    return OK


def _auditoria_verificar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services
    from agencia_app.models.domain.rotura import ROTURA_TEXT

    found = open_services(load_settings()).auditoria.verify(
        None, "".join(arguments.cabeza) if arguments.cabeza else None
    )
    status = OK if found.whole else REFUSED
    if arguments.json:
        print(
            json.dumps(
                {
                    "eventos": found.rows,
                    "cabeza": found.head,
                    "integra": found.whole,
                    "primera_rota": found.broken,
                }
            )
        )
        return status
    if found.rotura is not None:
        print(f"Bitácora rota. {ROTURA_TEXT[found.rotura].format(fila=found.broken)}")
        print(f"Las {found.rows} filas anteriores están íntegras.")
    elif found.foreign:
        print("La huella del certificado no está en esta bitácora: no es la misma que se imprimió.")
    else:
        print(f"Bitácora íntegra: {found.rows} eventos; huella {found.head}")
    if found.compared is not None:
        print(f"La huella del certificado es la de la fila {found.compared}.")
    return status


def _doctor(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, now, open_services
    from agencia_app.services.doctor import Doctor, Salud

    services = open_services(load_settings())
    found = Doctor(
        services.database, services.settings, services.retencion, services.respaldos, services.rules, now
    ).examine()
    well = all(each.salud is not Salud.FALLA for each in found)
    if arguments.json:
        values = [{"que": each.que, "estado": each.salud.value, "texto": each.texto} for each in found]
        print(json.dumps({"sana": well, "hallazgos": values}, ensure_ascii=False))
    else:
        for each in found:
            print(f"[{each.salud.value}]  {each.texto}")
    return OK if well else REFUSED


def _recibo_verificar(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services
    from agencia_app.models.domain.numero import shown
    from agencia_app.models.domain.sello import ESTADO_TEXT, EstadoRecibo
    from agencia_app.ui.messages import sentence

    verificacion = open_services(load_settings()).verificacion
    given: str = arguments.recibo
    # os.path: a text too long for a file name is no error there.
    is_file = given.lower().endswith(".pdf") or os.path.isfile(given)  # noqa: PTH113
    result = verificacion.verify_pdf(Path(given)) if is_file else verificacion.verify(given)
    genuine = result.estado is EstadoRecibo.AUTENTICO
    if arguments.json:
        number = shown(result.recibo) if result.recibo else None
        print(json.dumps({"estado": result.estado.value, "recibo": number}, ensure_ascii=False))
    else:
        print(ESTADO_TEXT[result.estado])
    if genuine and not arguments.json:
        print(sentence(result.explanation))
    elif not genuine:
        print(f"agencia: {sentence(result.explanation)}", file=sys.stderr)
    return OK if genuine else REFUSED


def _cierre(arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services
    from agencia_app.models.domain.numero import shown

    cierres = open_services(load_settings()).cierres
    try:
        done = cierres.close_into(None, arguments.fecha, arguments.salida)
    except KnownError as error:
        bloqueos = error.data.get("bloqueos", ())
        blocking = [
            {"tramite": shown(each.tramite), "tipo": each.tipo.value, "ventanilla": each.ventanilla,
             "operador": each.operador, "dia": each.dia.isoformat()}
            for each in cast("tuple[Bloqueo, ...]", bloqueos)
        ]  # fmt: skip
        if arguments.json and blocking:
            print(json.dumps({"bloqueos": blocking}, ensure_ascii=False))
        for each in [] if arguments.json else blocking:
            print("{tramite}  {tipo}  ventanilla {ventanilla}  {operador}  {dia}".format(**each))
        raise
    cierre, totales = done.cierre, done.cierre.totales
    if arguments.json:
        values = {
            "dia": cierre.dia.isoformat(),
            "emitidos": totales.emitidos,
            "tardios": totales.tardios,
            "anuladas": len(totales.anuladas),
            "por_revisar": totales.por_revisar,
            "registro": cierre.cabeza_seq,
            "cabeza": cierre.cabeza,
            "certificado": str(done.certificado),
            "csv": str(done.exportado.csv),
            "xlsx": str(done.exportado.xlsx),
        }
        print(json.dumps(values, ensure_ascii=False))
        return OK
    print(f"{day(cierre.dia)} cerrado: {totales.emitidos} claves emitidas, {len(totales.anuladas)} anuladas.")
    print(f"Bitácora: registro {cierre.cabeza_seq}, cabeza {cierre.cabeza}")
    for path in (done.certificado, done.exportado.csv, done.exportado.xlsx):
        print(path)
    return OK


def _llaves_rotar(_arguments: argparse.Namespace) -> int:
    from agencia_app.app import load_settings, open_services

    new = open_services(load_settings()).llaves.rotate()
    print(f"Llave nueva en uso: {new}. Los recibos ya emitidos siguen siendo auténticos.")
    return OK


def _demo(arguments: argparse.Namespace) -> int:
    from agencia_app.demo import run

    return run(arguments.salida)
