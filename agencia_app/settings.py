"""Frozen settings from the environment and ``ajustes.toml``, and where things are kept."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

APP_NAME = "agencia-app"
ENV_DATA = "AGENCIA_DATOS"
ENV_BASE = "AGENCIA_BASE"
FILE_NAME = "ajustes.toml"
DATABASE_NAME = "agencia.db"
OWNER_NAME = "propietario.toml"  # the address of the account that migrates, until it is put away
PAPERS = ("solicitud", "pendientes", "recibo", "hoja_clave", "correccion")  # what a printer is set for
_AS = {"correccion": "pendientes"}  # whose printer a paper goes to that none was set for: of later versions
CONNECTIONS = ("red", "usb", "serie")  # of a thermal printer
WIDTHS = (80, 58)  # millimetres of its roll
MAX_COPIES = 9
MAX_NAME = 60  # characters of a thermal printer's name, and of a machine's
RETENTION = {"bitacora": 3650, "documentos": 2555, "contacto": 2555, "impresiones": 1825}  # days, at first
OPENS, CLOSES = time(8), time(17)  # at first, agency time
MAX_MINUTOS_BLOQUEO = 120
FOLDER = "carpeta"  # the printer name that means: a PDF in the folder of papers

# The least and the most of each number.
_RANGES = {
    "vigencia_clave_dias": (1, 365),
    "ventanillas": (1, 99),
    "minutos_bloqueo": (1, MAX_MINUTOS_BLOQUEO),
    "dias_segunda_clave": (0, 365),
    "dias_solicitud": (1, 365),
    "muestra_por_ciento": (0, 100),
    "sustitutos_seguidos": (2, 100),
    "consultas_sin_tramite": (2, 1000),
    "respaldos_guardados": (1, 365),
}
# What is one agency's, whichever machine asks; its retention too.
_AGENCY = ("perfil", "admitir_conviviente", "hojas_numeradas", *_RANGES, "abre", "cierra", "respaldo_recibe")
MIN_RETENTION, _MAX_RETENTION = 365, 36_500  # days

_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")

_PACKAGE = Path(__file__).resolve().parent
# A wheel carries the resources inside the package; a checkout has them beside it.
RESOURCES = _PACKAGE / "resources" if (_PACKAGE / "resources").is_dir() else _PACKAGE.parent / "resources"


class SettingsError(Exception):
    """The settings file cannot be used: its path, and what is wrong with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Termica:
    """An ESC/POS printer that no spooler serves.

    ``conexion`` is ``red`` (``direccion`` is host:port), ``usb`` (vendor:product in hexadecimal)
    or ``serie`` (device:baud rate). ``ancho_mm`` is the roll's width, 80 or 58.
    """

    nombre: str
    conexion: str
    direccion: str
    ancho_mm: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What an agency decides about one installation.

    ``base`` is the ``postgresql://`` address of an agency of many windows, empty for the embedded database;
    ``base_escrita`` is what the file says of it where the environment says something else. ``equipo`` is
    this machine's name among those of such an agency. There, everything but the printers,
    ``respaldo_carpeta`` and ``pantalla_persona`` is the agency's own and in its database (``services.ajustes``).
    ``minutos_bloqueo`` lock an idle window. ``dias_segunda_clave`` is how long after a clave another
    one needs an autorización. ``dias_solicitud`` is how long a solicitud is good for. ``muestra_por_ciento`` of each operator's issuances are drawn for review;
    ``sustitutos_seguidos`` of the certificado at one window, and ``consultas_sin_tramite`` of one
    operator in a day, are put there too, as is what happens outside ``abre`` to ``cierra``.
    ``retencion`` maps each kind of data to the days it is kept.

    Backups are encrypted to ``respaldo_recibe``, an age recipient; without one none is made. The last
    ``respaldos_guardados`` of the daily ones are kept in ``respaldo_carpeta``, empty for the data folder's.

    ``pantalla_persona`` shows the person attended their step on this machine's second monitor.

    ``impresoras`` maps each kind of paper to a printer: a system queue's name, a thermal printer
    of ``termicas``, or ``carpeta``. ``copias`` maps it to how many copies, one where it is silent.
    """

    data: Path
    base: str = field(default="", repr=False)  # it carries a password
    base_escrita: str | None = field(default=None, repr=False)
    equipo: str = ""
    demostracion: bool = False
    perfil: str = "documento-fuente"
    admitir_conviviente: bool = False
    vigencia_clave_dias: int = 30
    ventanillas: int = 12
    minutos_bloqueo: int = 5
    dias_segunda_clave: int = 30
    dias_solicitud: int = 30
    hojas_numeradas: bool = False
    muestra_por_ciento: int = 2
    sustitutos_seguidos: int = 5
    consultas_sin_tramite: int = 10
    abre: time = OPENS
    cierra: time = CLOSES
    retencion: dict[str, int] = field(default_factory=lambda: dict(RETENTION))
    impresoras: dict[str, str] = field(default_factory=dict)
    copias: dict[str, int] = field(default_factory=dict)
    termicas: tuple[Termica, ...] = ()
    respaldo_recibe: str = ""
    respaldos_guardados: int = 14
    respaldo_carpeta: str = ""
    pantalla_persona: bool = False
    papers_folder: Path | None = None  # elsewhere than in the data folder: for one run, never written

    @property
    def database(self) -> Path:
        """The embedded database's file."""
        return self.data / DATABASE_NAME

    @property
    def place(self) -> Path | str:
        """Where the data is: the embedded database's file, or the address of the server's."""
        return self.base or self.database

    @property
    def papers(self) -> Path:
        """Where PDF papers and import reports go."""
        return self.papers_folder or self.data / "papeles"

    @property
    def backups(self) -> Path:
        """Where copies made before a migration go."""
        return self.data / "respaldos"

    @property
    def respaldos(self) -> Path:
        """Where the daily backups go."""
        return Path(self.respaldo_carpeta) if self.respaldo_carpeta else self.backups

    @property
    def logs(self) -> Path:
        """Where the log is."""
        return self.data / "registros"

    def printer(self, kind: str) -> str:
        """Return the printer set for a kind of paper, the folder when none is."""
        return self.impresoras.get(kind) or self.impresoras.get(_AS.get(kind, ""), FOLDER)

    def copies(self, kind: str) -> int:
        """Return how many copies of a kind of paper are printed."""
        return self.copias.get(kind, 1)


def data_folder(environ: dict[str, str] | None = None) -> Path:
    """Return the data folder: ``AGENCIA_DATOS``, or the user's own place for data."""
    named = (os.environ if environ is None else environ).get(ENV_DATA)
    if named:
        return Path(named).expanduser().resolve()
    import platformdirs  # noqa: PLC0415 - only where the environment names no folder

    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def load(data: Path) -> Settings:
    """Read the settings of a data folder; a missing file means the defaults.

    ``AGENCIA_BASE`` goes before the file's ``base``. Raises SettingsError when the file cannot be read or holds what it should not.
    """
    path = data / FILE_NAME
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raw = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(path, str(error)) from error
    known = {"base": str, "equipo": str, "demostracion": bool, "perfil": str, "admitir_conviviente": bool, "hojas_numeradas": bool,
             "respaldo_recibe": str, "respaldo_carpeta": str, "pantalla_persona": bool,
             **dict.fromkeys(_RANGES, int), "abre": time, "cierra": time, "retencion": dict,
             "impresoras": dict, "copias": dict, "termicas": dict}  # fmt: skip
    for name, value in raw.items():
        if name not in known:
            raise SettingsError(path, f"«{name}» no es un ajuste conocido")
        if type(value) is not known[name]:
            raise SettingsError(path, f"«{name}» tiene un valor que no corresponde")
    _check_agency(path, raw)
    written = raw.get("base", "")
    raw["base"] = os.environ.get(ENV_BASE) or written
    if raw["base"] != written:
        raw["base_escrita"] = written
    if raw["base"] and not raw["base"].startswith("postgresql://"):
        raise SettingsError(path, "«base» debe ser una dirección que empieza con postgresql://")
    if not base_is_plain(raw["base"]):
        raise SettingsError(path, "«base» solo lleva después de «?» opciones que empiezan con ssl")
    if raw.get("respaldo_carpeta") and not Path(raw["respaldo_carpeta"]).is_absolute():
        raise SettingsError(path, "«respaldo_carpeta» debe ser una ruta completa")
    _check_printing(path, raw)
    raw["termicas"] = tuple(_termica(path, *each) for each in raw.get("termicas", {}).items())
    return Settings(data, **raw)


def base_is_plain(address: str) -> bool:
    """Tell whether an address names its account, password and server in their own places.

    Said again as options they would stay in every address that is made of it: an administrator's among them.
    """
    options = urlsplit(address).query
    return all(name.startswith("ssl") for name, _ in parse_qsl(options, keep_blank_values=True))


def agency_values(settings: Settings) -> dict[str, str]:
    """Return what is the agency's own, by name, each value as TOML writes it."""
    plain = {name: _literal(getattr(settings, name)) for name in _AGENCY}
    return plain | {f"retencion.{name}": _literal(days) for name, days in settings.retencion.items()}


def with_agency(settings: Settings, values: Mapping[str, str], source: Path) -> Settings:
    """Return settings with the agency's own values, as ``agency_values`` gives them, in place of theirs.

    ``source`` is what a SettingsError names: a name that is none, or a value that will not do.
    """
    raw: dict[str, Any] = {name: getattr(settings, name) for name in _AGENCY}
    raw["retencion"] = dict(settings.retencion)
    for name, text in values.items():
        table, _, key = name.rpartition(".")
        into = raw["retencion"] if table == "retencion" else raw
        if table not in {"", "retencion"} or key not in into or into.get(key) is raw["retencion"]:
            raise SettingsError(source, f"«{name}» no es un ajuste de la agencia")
        try:
            value = tomllib.loads(f"x = {text}")["x"]
        except tomllib.TOMLDecodeError:
            value = text  # a word without its quotes
        if type(value) is not type(into[key]):
            raise SettingsError(source, f"«{name}» tiene un valor que no corresponde")
        into[key] = value
    _check_agency(source, raw)
    return replace(settings, **raw)


def _check_agency(path: Path, raw: dict[str, Any]) -> None:
    for name, (least, most) in _RANGES.items():
        if name in raw and not least <= raw[name] <= most:
            raise SettingsError(path, f"«{name}» debe estar entre {least} y {most}")
    if raw.get("abre", OPENS) >= raw.get("cierra", CLOSES):
        raise SettingsError(path, "«abre» debe ser una hora anterior a «cierra»")
    if raw.get("respaldo_recibe") and not _RECIPIENT.fullmatch(raw["respaldo_recibe"]):
        raise SettingsError(path, "«respaldo_recibe» debe ser una llave pública que empieza con age1")
    _check_retention(path, raw)


def _check_retention(path: Path, raw: dict[str, Any]) -> None:
    days = raw.get("retencion", {})
    for name, value in days.items():
        if name not in RETENTION:
            raise SettingsError(path, f"en [retencion], «{name}» no es un dato: {', '.join(RETENTION)}")
        if type(value) is not int or not MIN_RETENTION <= value <= _MAX_RETENTION:
            raise SettingsError(
                path, f"en [retencion], los días van de {MIN_RETENTION} a {_MAX_RETENTION}: «{name}»"
            )
    raw["retencion"] = RETENTION | days


def _check_printing(path: Path, raw: dict[str, Any]) -> None:
    for table in ("impresoras", "copias"):
        for name in raw.get(table, {}):
            if name not in PAPERS:
                raise SettingsError(path, f"en [{table}], «{name}» no es un papel: {', '.join(PAPERS)}")
    if not all(isinstance(value, str) for value in raw.get("impresoras", {}).values()):
        raise SettingsError(path, "cada impresora se escribe como texto")
    if not all(type(value) is int and 1 <= value <= MAX_COPIES for value in raw.get("copias", {}).values()):
        raise SettingsError(path, f"las copias van de 1 a {MAX_COPIES}")
    if raw.get("copias", {}).get("hoja_clave", 1) != 1:
        raise SettingsError(path, "de la hoja de clave no se imprimen copias")


def _termica(path: Path, nombre: str, raw: object) -> Termica:
    keys = {"conexion": str, "direccion": str, "ancho_mm": int}
    if not isinstance(raw, dict) or {name: type(value) for name, value in raw.items()} != keys:
        raise SettingsError(path, f"la térmica «{nombre}» lleva conexion, direccion y ancho_mm")
    if nombre == FOLDER:
        raise SettingsError(path, f"una térmica no puede llamarse «{FOLDER}»")
    termica = Termica(nombre, **raw)
    if termica.conexion not in CONNECTIONS or termica.ancho_mm not in WIDTHS:
        raise SettingsError(
            path, f"la térmica «{nombre}» se conecta por red, usb o serie, con papel de 80 o 58 mm"
        )
    return termica


def write(settings: Settings) -> None:
    """Write the settings of a data folder, whole or not at all, for its owner's eyes.

    An agency's database holds what is the agency's own, and a file says that no second time. An address
    that the environment gave for one run stays there.
    """
    base = settings.base if settings.base_escrita is None else settings.base_escrita
    lines = [
        "# Ajustes de esta instalación. Los cambios valen desde el próximo inicio.",
        f"base = {_quoted(base)}",
        "# Carpeta de los respaldos diarios; si está vacía, «respaldos» de la carpeta de datos.",
        f"respaldo_carpeta = {_quoted(settings.respaldo_carpeta)}",
        "# Mostrar a la persona su paso en un segundo monitor de este equipo.",
        f"pantalla_persona = {_literal(settings.pantalla_persona)}",
    ]
    if settings.base:
        lines += [
            "# Lo que es de toda la agencia está en su base de datos: véalo con «agencia ajustes».",
            f"equipo = {_quoted(settings.equipo)}",
        ]
    else:
        lines += _own_lines(settings)
    lines += [
        "",
        "# Impresora de cada papel: una cola del sistema, una térmica de abajo, o «carpeta» para PDF.",
        "[impresoras]",
        *(f"{kind} = {_quoted(name)}" for kind, name in settings.impresoras.items()),
        "",
        "[copias]",
        *(f"{kind} = {copies}" for kind, copies in settings.copias.items()),
        "",
    ]
    for each in settings.termicas:
        lines += [
            f"[termicas.{_quoted(each.nombre)}]",
            f"conexion = {_quoted(each.conexion)}",
            f"direccion = {_quoted(each.direccion)}",
            f"ancho_mm = {each.ancho_mm}",
            "",
        ]
    write_private(settings.data / FILE_NAME, "\n".join(lines))


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone reads, whole or not at all."""
    partial = path.with_name(path.name + ".nuevo")
    partial.unlink(missing_ok=True)
    with os.fdopen(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    partial.replace(path)


def _own_lines(settings: Settings) -> list[str]:
    return [
        f"demostracion = {_literal(settings.demostracion)}",
        f"perfil = {_literal(settings.perfil)}",
        f"admitir_conviviente = {_literal(settings.admitir_conviviente)}",
        f"vigencia_clave_dias = {settings.vigencia_clave_dias}",
        f"ventanillas = {settings.ventanillas}",
        f"minutos_bloqueo = {settings.minutos_bloqueo}",
        f"dias_segunda_clave = {settings.dias_segunda_clave}",
        f"dias_solicitud = {settings.dias_solicitud}",
        f"hojas_numeradas = {_literal(settings.hojas_numeradas)}",
        "",
        "# Lo que va a «Para revisar».",
        f"muestra_por_ciento = {settings.muestra_por_ciento}",
        f"sustitutos_seguidos = {settings.sustitutos_seguidos}",
        f"consultas_sin_tramite = {settings.consultas_sin_tramite}",
        f"abre = {_literal(settings.abre)}",
        f"cierra = {_literal(settings.cierra)}",
        "",
        "# Respaldos: a qué llave pública se cifran, y cuántos de los diarios se guardan.",
        f"respaldo_recibe = {_quoted(settings.respaldo_recibe)}",
        f"respaldos_guardados = {settings.respaldos_guardados}",
        "",
        "# Días que se guarda cada dato.",
        "[retencion]",
        *(f"{name} = {days}" for name, days in settings.retencion.items()),
    ]


def _literal(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, time):
        return value.isoformat()
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    # The same escapes as in JSON, and one character more.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
