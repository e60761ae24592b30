"""The composition root: settings, database, services, window. Everything is made here."""

from __future__ import annotations

import builtins
import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agencia_app import logs, settings
from agencia_app.models.domain.errors import KnownError
from agencia_app.services.steady import Steady, steady

if TYPE_CHECKING:
    from PySide6.QtCore import QLockFile
    from PySide6.QtWidgets import QApplication

    from agencia_app.models.db.session import Database
    from agencia_app.models.db.tables import AgenciaRow
    from agencia_app.services.demostracion import DemoUser
    from agencia_app.services.enlace import Enlace
    from agencia_app.services.kiosco import Kiosco
    from agencia_app.services.kiosco_papeles import KioscoPapeles
    from agencia_app.services.papeles import Agencia
    from agencia_app.services.printing import Queues
    from agencia_app.services.registry import Services
    from agencia_app.settings import Settings
    from agencia_app.ui.collector import Collector
    from agencia_app.ui.kiosco.window import KioscoWindow
    from agencia_app.ui.main_window import MainWindow
    from agencia_app.ui.tasks import Tasks
    from agencia_app.ui.theme import Theme

LOG = logging.getLogger(__name__)
_WINDOW_LOCK, _KIOSK_LOCK = "ventana.lock", "kiosco.lock"

# The services load after the first window is drawn, or in a command that needs them.
# ruff: noqa: PLC0415


def now() -> datetime:
    """Return the moment it is, in UTC."""
    return datetime.now(UTC)


def load_settings(folder: Path | None = None) -> Settings:
    """Return the settings of a data folder, the user's when none is named.

    Raises KnownError ``ajustes.invalid``.
    """
    folder = folder or settings.data_folder()
    try:
        return settings.load(folder)
    except settings.SettingsError as error:
        raise KnownError("ajustes.invalid", path=error.path, reason=error.reason) from error


def open_services(
    config: Settings,
    clock: Callable[[], datetime] | None = None,
    steady_clock: Callable[[], Steady] | None = None,
    waiting: Callable[[], None] | None = None,
) -> Services:
    """Open the data folder's database, migrating it if need be, and build the services.

    Without clocks they go by the machine's, and by the server's where there is one. ``waiting`` is called
    when another machine migrates a server's database: without it nobody waits.

    Raises KnownError ``data.missing`` for a folder that was never prepared, ``data.real`` for a
    demonstration over real data, ``data.rights``, ``base.migrated`` for one that moved to a server,
    ``equipo.unknown``, ``ajustes.invalid``, ``base.*``, or ``perfil.*``.
    """
    database, agency = open_database(config, waiting)
    try:
        return _built(database, agency, config, clock, steady_clock)
    except BaseException:
        database.close()
        raise


def _built(
    database: Database,
    agency: AgenciaRow,
    config: Settings,
    clock: Callable[[], datetime] | None,
    steady_clock: Callable[[], Steady] | None,
) -> Services:
    from agencia_app.services import ajustes
    from agencia_app.services.accesos import Accesos
    from agencia_app.services.ajustes import Ajustes
    from agencia_app.services.anulaciones import Anulaciones
    from agencia_app.services.auditoria import Auditoria
    from agencia_app.services.autorizaciones import Autorizaciones
    from agencia_app.services.candados import Candados
    from agencia_app.services.cierres import Cierres
    from agencia_app.services.claves import Claves
    from agencia_app.services.correcciones import Correcciones
    from agencia_app.services.dispatcher import Dispatcher
    from agencia_app.services.duplicados import Duplicados
    from agencia_app.services.equipos import Equipos
    from agencia_app.services.expedientes import Expedientes
    from agencia_app.services.feriados import load_feriados
    from agencia_app.services.hojas import Hojas
    from agencia_app.services.impresiones import Impresiones
    from agencia_app.services.impresoras import Impresoras
    from agencia_app.services.llaves import Llaves
    from agencia_app.services.padron import Padron
    from agencia_app.services.papeles import Agencia, Papeles
    from agencia_app.services.printing import Printing
    from agencia_app.services.registry import Services
    from agencia_app.services.reglamentos import Reglamentos
    from agencia_app.services.respaldos import Respaldos
    from agencia_app.services.retencion import Retencion
    from agencia_app.services.revisiones import Revisiones
    from agencia_app.services.rules import Rules, load_shipped
    from agencia_app.services.solicitudes import Solicitudes
    from agencia_app.services.tablero import Tablero
    from agencia_app.services.tramites import Tramites
    from agencia_app.services.usuarios import Usuarios
    from agencia_app.services.verificacion import Verificacion

    config = replace(ajustes.in_force(database, config), demostracion=agency.demostracion)
    enlace, server_clock, server_steady = _tie(database, config)
    clock, steady_clock = clock or server_clock, steady_clock or server_steady
    agencia = Agencia(agency.codigo, agency.nombre)
    rules = Rules(database, load_shipped(settings.RESOURCES), config.perfil)
    tramites = Tramites(database, rules, config, clock)
    printing = Printing(config, system_queues())
    papeles = Papeles(database, agencia, tramites, clock, demostracion=config.demostracion)
    dispatcher = Dispatcher(database, printing, tramites, papeles, clock)
    llaves = Llaves(database, config.data, clock, config.equipo)
    llaves.ensure()
    feriados = load_feriados(
        settings.RESOURCES / "feriados.toml",
        agencia.codigo,
        lambda day: rules.provinces_on(day).get(agencia.codigo),
    )
    tablero = Tablero(database, rules, clock)
    usuarios = Usuarios(database, clock, config.ventanillas, steady_clock, enlace)
    autorizaciones = Autorizaciones(database, tramites, usuarios, clock)
    revisiones = Revisiones(database, config, feriados, clock)
    LOG.info("services ready")
    return Services(
        settings=config,
        agencia=agencia,
        database=database,
        rules=rules,
        usuarios=usuarios,
        padron=Padron(database, clock),
        tramites=tramites,
        solicitudes=Solicitudes(database, tramites, config.dias_solicitud, clock),
        claves=Claves(database, tramites, papeles, printing, dispatcher, llaves, clock),
        papeles=papeles,
        printing=printing,
        dispatcher=dispatcher,
        impresiones=Impresiones(database, printing, dispatcher, clock),
        impresoras=Impresoras(database, printing, clock),
        duplicados=Duplicados(database, clock),
        llaves=llaves,
        verificacion=Verificacion(database, agencia.codigo),
        autorizaciones=autorizaciones,
        anulaciones=Anulaciones(database, autorizaciones, usuarios, clock),
        candados=Candados(database, clock),
        correcciones=Correcciones(database, config.papers, clock),
        cierres=Cierres(database, revisiones, clock),
        hojas=Hojas(database, clock, config.ventanillas, numeradas=config.hojas_numeradas),
        tablero=tablero,
        expedientes=Expedientes(database, tablero, rules, clock),
        auditoria=Auditoria(database, clock),
        retencion=Retencion(database, config.retencion, clock),
        accesos=Accesos(database, agencia, config.papers, clock, demostracion=config.demostracion),
        revisiones=revisiones,
        respaldos=Respaldos(database, config, agencia, clock),
        ajustes=Ajustes(database, config, rules, clock),
        equipos=Equipos(database, clock),
        reglamentos=Reglamentos(database, rules, clock),
        enlace=enlace,
    )


def _tie(
    database: Database, config: Settings
) -> tuple[Enlace | None, Callable[[], datetime], Callable[[], Steady]]:
    """Return what ties a window to its server, and the clocks that it goes by."""
    if not database.is_postgres:
        return None, now, steady
    from agencia_app.services.enlace import Enlace
    from agencia_app.services.hora import Hora

    hora = Hora(database)
    enlace = Enlace(database, config.base, config.equipo, hora) if config.equipo else None
    return enlace, hora, hora.steady


def join(
    config: Settings, usuario: str, password: str, clock: Callable[[], datetime] | None = None
) -> Agencia:
    """Let the machine of some settings work in the agency of their database, by an administrador's word.

    Return the agency. Without a clock it goes by the server's: what a machine's own says must not come
    before the others' work. Raises KnownError ``servidor.application`` for another account than the
    application's, ``equipo.*``, ``data.rights``, ``base.*``, and what ``Usuarios.authenticate`` does; then
    the data folder is as it was.
    """
    from contextlib import closing

    from agencia_app.models.db import grants
    from agencia_app.models.domain.permisos import Permiso
    from agencia_app.services import ajustes, instalacion
    from agencia_app.services.equipos import Equipos
    from agencia_app.services.hora import Hora
    from agencia_app.services.papeles import Agencia
    from agencia_app.services.usuarios import Usuarios

    with instalacion.preparing(config):
        database, row = open_database(config)
        with closing(database):
            if grants.owns(database.reader()):
                raise KnownError("servidor.application")
            hora = Hora(database)
            ventanillas = ajustes.in_force(database, config).ventanillas
            usuarios = Usuarios(database, clock or hora, ventanillas, hora.steady)
            sesion = usuarios.authenticate(usuario, password, None, Permiso.ADMINISTRAR_USUARIOS)
            Equipos(database, clock or hora).join(sesion, config, lambda: settings.write(config))
    return Agencia(row.codigo, row.nombre)


def open_database(config: Settings, waiting: Callable[[], None] | None = None) -> tuple[Database, AgenciaRow]:
    """Open the data folder's database, migrating it if need be, and say whose it is.

    Raises what ``open_services`` does but ``perfil.*``.
    """
    from agencia_app.models.db import intact
    from agencia_app.models.db.session import Database

    check_folder(config)
    if not config.base:
        intact.check(config.database)
    database = Database(config.place)
    try:
        return database, _agency(database, config, waiting)
    except BaseException:
        database.close()
        raise


def _agency(database: Database, config: Settings, waiting: Callable[[], None] | None) -> AgenciaRow:
    """Bring a database to this version, and return whose it is."""
    from sqlalchemy import select

    from agencia_app.models.db import schema
    from agencia_app.models.db.tables import AgenciaRow
    from agencia_app.services import bitacora

    if database.is_postgres:
        from agencia_app.models.db import schema_postgres

        owner = config.data / settings.OWNER_NAME
        schema_postgres.prepare(database, config.base, owner, config.backups, waiting)
    else:
        schema.prepare(database, config.backups)
    with database.reading() as session:
        row = session.scalars(select(AgenciaRow)).one_or_none()
    if row is None:
        raise KnownError("data.missing", path=config.data)
    bitacora.check_stayed(database)
    if config.demostracion and not row.demostracion:
        # A demonstration may print slips to files: never over an agency's real data.
        raise KnownError("data.real", path=config.data)
    return row


def open_kiosk(config: Settings) -> tuple[Kiosco, KioscoPapeles]:
    """Return what a kiosk works with: its own way to the database of a data folder, and nothing else of the agency.

    Whether it is let in shows with its first use. Raises KnownError ``data.missing``, ``data.rights``,
    ``base.damaged`` and ``perfil.invalid``.
    """
    from agencia_app.models.db import intact
    from agencia_app.models.db.confined import open_confined
    from agencia_app.models.db.session import Database
    from agencia_app.services.kiosco import Kiosco
    from agencia_app.services.kiosco_papeles import KioscoPapeles
    from agencia_app.services.kiosco_puerta import Puerta, PuertaPropia, PuertaServidor
    from agencia_app.services.printing import Printing
    from agencia_app.services.rules import load_shipped

    check_folder(config)
    shipped = load_shipped(settings.RESOURCES)
    puerta: Puerta
    if config.base:
        puerta = PuertaServidor(Database(config.base), config)
    else:
        intact.check(config.database)
        puerta = PuertaPropia(open_confined(config.database), config, now)
    return Kiosco(puerta, shipped), KioscoPapeles(Printing(config, system_queues()), puerta.clock)


def system_queues() -> Queues:
    """Return the print queues of the system: the Windows spooler's through Qt, elsewhere those of CUPS."""
    if sys.platform == "win32":
        from agencia_app.ui.qt_printer import QtQueues

        return QtQueues()
    from agencia_app.services.printing import CupsQueues

    return CupsQueues()


def check_folder(config: Settings) -> None:
    """Raise KnownError ``data.missing`` or ``data.rights`` for a folder that will not do."""
    try:
        if not (config.data if config.base else config.database).exists():
            raise KnownError("data.missing", path=config.data)
        writable = os.access(config.data, os.W_OK | os.X_OK) and (
            bool(config.base) or os.access(config.database, os.R_OK | os.W_OK)
        )
    except PermissionError:
        writable = False
    if not writable:
        raise KnownError("data.rights", path=config.data)
    try:
        logs.start(config.logs)
    except OSError as error:
        raise KnownError("data.rights", path=config.data) from error


@dataclass(frozen=True, slots=True)
class Shown:
    """A window on the screen, with what it needs to live."""

    app: QApplication
    theme: Theme
    collector: Collector
    tasks: Tasks
    printing: Tasks
    window: MainWindow


def show_window(config: Settings, prepare: Callable[[], Services]) -> Shown:
    """Show the window at its login, and load the services behind it with ``prepare``."""
    QApplication = load_qt()  # noqa: N806 - a class

    from PySide6.QtCore import Qt

    from agencia_app.ui.collector import Collector
    from agencia_app.ui.main_window import MainWindow
    from agencia_app.ui.tasks import Tasks
    from agencia_app.ui.theme import Theme

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName(settings.APP_NAME)
    theme = Theme(app)
    collector = Collector()
    tasks = Tasks()
    # Printers answer when they like: what waits for them must hold up nothing else.
    printing = Tasks(threads=1)
    window = MainWindow(theme, tasks, printing, _demo_users(config), demostracion=config.demostracion)

    def load() -> Services:
        services = prepare()
        # While the name is typed: the sign-in need not wait for it.
        from agencia_app.ui.wizard import host  # noqa: F401

        # What was loaded stays for good: walking it at each full collection stops every thread 50 ms.
        gc.freeze()
        return services

    def go_on() -> None:
        from agencia_app.ui.spanish import speak

        speak(app)
        tasks.run(load, window.set_services, window.services_failed)

    # Only once the login is drawn.
    window.drawn.connect(go_on)
    window.wanted.connect(lambda: tasks.run(load, window.set_services, window.services_failed))
    # A turn later: the login is up before it begins.
    window.signed_out.connect(collector.collect_all, Qt.ConnectionType.QueuedConnection)
    window.show()
    return Shown(app, theme, collector, tasks, printing, window)


def load_qt() -> type[QApplication]:
    """Import Qt, and leave Python's own import in place.

    PySide puts one of its own there, which reads and keeps the source of every module imported
    later, to see whether it asks for PySide's optional features. None of ours does, and what
    the services import would make the window 20 MB heavier and a third slower to be ready.
    """
    plain = builtins.__import__
    from PySide6.QtWidgets import QApplication

    builtins.__import__ = plain
    return QApplication


def _demo_users(config: Settings) -> Sequence[DemoUser]:
    if not config.demostracion:
        return ()
    from agencia_app.services.demostracion import USERS

    return USERS


def run_window(*, demostracion: bool) -> int:
    """Open the window and stay until it is closed; return the exit status."""
    trouble: KnownError | None = None
    try:
        config = demonstration_settings() if demostracion else load_settings()
    except KnownError as error:
        # A clerk who clicks an icon sees no terminal: the window says it.
        config, trouble = settings.Settings(settings.data_folder()), error

    lock: QLockFile | None = None

    def prepare() -> Services:
        nonlocal lock
        if trouble is not None:
            raise trouble
        new = demostracion and not config.database.exists()
        if new:
            from agencia_app.services import demostracion as demonstration

            demonstration.prepare(config, now)
        check_folder(config)
        lock = lock or lock_folder(config)
        services = open_services(config)
        if new:  # a day behind it, so that there is something to supervise and to close
            from agencia_app.services import jornada_sintetica

            jornada_sintetica.write(services, jornada_sintetica.last_weekday(now()))
        return services

    shown = show_window(config, prepare)

    def tell(_kind: object, error: BaseException, _trace: object) -> None:
        # What a slot of Qt's raised: a bug, but nothing typed is lost over it.
        shown.window.show_failure(error if isinstance(error, Exception) else RuntimeError())

    sys.excepthook = tell
    status = shown.app.exec()
    if lock is not None:
        lock.unlock()
    return status


def run_kiosk(*, demostracion: bool, zoom: float | None) -> int:
    """Fill the screen with the kiosk until an administrador closes it; return the exit status.

    Without a zoom its print is as large as the screen allows.
    Raises what ``open_kiosk`` does, KnownError ``kiosco.unprepared`` and ``data.in_use``.
    """
    config = demonstration_settings() if demostracion else load_settings()
    if demostracion:
        from agencia_app.services import demostracion as demonstration

        if not config.database.exists():
            demonstration.prepare(config, now)
        demonstration.prepare_kiosk(config)
    QApplication = load_qt()  # noqa: N806 - a class

    from agencia_app.ui.kiosco.window import large_print
    from agencia_app.ui.spanish import speak
    from agencia_app.ui.tasks import Tasks
    from agencia_app.ui.theme import Theme

    app = QApplication(sys.argv[:1])
    app.setApplicationName(settings.APP_NAME)
    speak(app)
    Theme(app).set_zoom(zoom or large_print(app.primaryScreen().size()))
    check_folder(config)
    lock = lock_folder(config, _KIOSK_LOCK)
    window = kiosk_window(config, Tasks())

    def tell(_kind: object, error: BaseException, _trace: object) -> None:
        # A bug: whoever stands there starts anew, and the log says what it was.
        LOG.error("bug at the kiosk", exc_info=error)
        window.start()

    sys.excepthook = tell
    window.broke.connect(lambda error: LOG.error("bug at the kiosk", exc_info=error))
    window.left.connect(app.quit)
    window.fill_screen()
    status = app.exec()
    lock.unlock()
    return status


def kiosk_window(config: Settings, tasks: Tasks) -> KioscoWindow:
    """Return the kiosk's window, which is yet to be shown. Raises as ``run_kiosk``."""
    from agencia_app.services.kiosco_preparar import Salida
    from agencia_app.ui.kiosco.window import KioscoWindow

    kiosco, papeles = open_kiosk(config)
    window = KioscoWindow(tasks, kiosco, papeles, Salida(config.data))
    window.shutting.connect(kiosco.close)
    return window


@contextmanager
def folder_alone(config: Settings) -> Iterator[None]:
    """Keep every window and every kiosk off a data folder meanwhile. Raises KnownError ``data.in_use``."""
    with ExitStack() as held:
        for name in (_WINDOW_LOCK, _KIOSK_LOCK):
            held.callback(lock_folder(config, name).unlock)
        yield


def lock_folder(config: Settings, name: str = _WINDOW_LOCK) -> QLockFile:
    """Keep a second window, or a second kiosk, off a data folder as long as the lock lives.

    Two would hand the same papers to the printers. Raises KnownError ``data.in_use``.
    """
    from PySide6.QtCore import QLockFile

    lock = QLockFile(str(config.data / name))
    lock.setStaleLockTime(0)  # that of a window that died is known by its process, not by its age
    if not lock.tryLock(0):
        raise KnownError("data.in_use", path=config.data)
    return lock


def simulation_settings() -> Settings:
    """Return the settings of simulated windows: the demonstration's folder, and the server that is named."""
    folder = settings.data_folder()
    if settings.ENV_DATA not in os.environ:
        folder = folder.with_name(folder.name + "-demostracion")
    return replace(load_settings(folder), demostracion=True)


def demonstration_settings() -> Settings:
    """Return the settings of the demonstration: its own folder beside the real data."""
    # Beside an agency's server, never in it.
    return replace(simulation_settings(), base="", base_escrita=None)
