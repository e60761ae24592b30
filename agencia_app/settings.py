"""Frozen settings from the environment and ``ajustes.toml``, and where things are kept."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

APP_NAME = "agencia-app"
ENV_DATA = "AGENCIA_DATOS"
ENV_BASE = "AGENCIA_BASE"
FILE_NAME = "ajustes.toml"
DATABASE_NAME = "agencia.db"
PAPERS = ("solicitud", "pendientes", "recibo", "hoja_clave")  # what a printer is set for
CONNECTIONS = ("red", "usb", "serie")  # of a thermal printer
WIDTHS = (80, 58)  # millimetres of its roll
MAX_COPIES = 9
MAX_NAME = 60  # characters of a thermal printer's name
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
    "muestra_por_ciento": (0, 100),
    "sustitutos_seguidos": (2, 100),
    "consultas_sin_tramite": (2, 1000),
}
_MIN_RETENTION, _MAX_RETENTION = 365, 36_500  # days

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

    ``base`` is the ``postgresql://`` address of an agency of many windows, empty for the embedded database.
    ``minutos_bloqueo`` lock an idle window. ``dias_segunda_clave`` is how long after a clave another
    one needs an autorización. ``muestra_por_ciento`` of each operator's issuances are drawn for review;
    ``sustitutos_seguidos`` of the certificado at one window, and ``consultas_sin_tramite`` of one
    operator in a day, are put there too, as is what happens outside ``abre`` to ``cierra``.
    ``retencion`` maps each kind of data to the days it is kept.

    ``impresoras`` maps each kind of paper to a printer: a system queue's name, a thermal printer
    of ``termicas``, or ``carpeta``. ``copias`` maps it to how many copies, one where it is silent.
    """

    data: Path
    base: str = field(default="", repr=False)  # it carries a password
    demostracion: bool = False
    perfil: str = "documento-fuente"
    admitir_conviviente: bool = False
    vigencia_clave_dias: int = 30
    ventanillas: int = 12
    minutos_bloqueo: int = 5
    dias_segunda_clave: int = 30
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
    def logs(self) -> Path:
        """Where the log is."""
        return self.data / "registros"

    def printer(self, kind: str) -> str:
        """Return the printer set for a kind of paper, the folder when none is."""
        return self.impresoras.get(kind, FOLDER)

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
    known = {"base": str, "demostracion": bool, "perfil": str, "admitir_conviviente": bool, "hojas_numeradas": bool,
             **dict.fromkeys(_RANGES, int), "abre": time, "cierra": time, "retencion": dict,
             "impresoras": dict, "copias": dict, "termicas": dict}  # fmt: skip
    for name, value in raw.items():
        if name not in known:
            raise SettingsError(path, f"«{name}» no es un ajuste conocido")
        if type(value) is not known[name]:
            raise SettingsError(path, f"«{name}» tiene un valor que no corresponde")
    for name, (least, most) in _RANGES.items():
        if name in raw and not least <= raw[name] <= most:
            raise SettingsError(path, f"«{name}» debe estar entre {least} y {most}")
    if raw.get("abre", OPENS) >= raw.get("cierra", CLOSES):
        raise SettingsError(path, "«abre» debe ser una hora anterior a «cierra»")
    raw["base"] = os.environ.get(ENV_BASE) or raw.get("base", "")
    if raw["base"] and not raw["base"].startswith("postgresql://"):
        raise SettingsError(path, "«base» debe ser una dirección que empieza con postgresql://")
    _check_retention(path, raw)
    _check_printing(path, raw)
    raw["termicas"] = tuple(_termica(path, *each) for each in raw.get("termicas", {}).items())
    return Settings(data, **raw)


def _check_retention(path: Path, raw: dict[str, Any]) -> None:
    days = raw.get("retencion", {})
    for name, value in days.items():
        if name not in RETENTION:
            raise SettingsError(path, f"en [retencion], «{name}» no es un dato: {', '.join(RETENTION)}")
        if type(value) is not int or not _MIN_RETENTION <= value <= _MAX_RETENTION:
            raise SettingsError(
                path, f"en [retencion], los días van de {_MIN_RETENTION} a {_MAX_RETENTION}: «{name}»"
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
    """Write the settings of a data folder, whole or not at all."""
    lines = [
        "# Ajustes de esta instalación. Los cambios valen desde el próximo inicio.",
        f"base = {_quoted(settings.base)}",
        f"demostracion = {str(settings.demostracion).lower()}",
        f"perfil = {_quoted(settings.perfil)}",
        f"admitir_conviviente = {str(settings.admitir_conviviente).lower()}",
        f"vigencia_clave_dias = {settings.vigencia_clave_dias}",
        f"ventanillas = {settings.ventanillas}",
        f"minutos_bloqueo = {settings.minutos_bloqueo}",
        f"dias_segunda_clave = {settings.dias_segunda_clave}",
        f"hojas_numeradas = {str(settings.hojas_numeradas).lower()}",
        "",
        "# Lo que va a «Para revisar».",
        f"muestra_por_ciento = {settings.muestra_por_ciento}",
        f"sustitutos_seguidos = {settings.sustitutos_seguidos}",
        f"consultas_sin_tramite = {settings.consultas_sin_tramite}",
        f"abre = {settings.abre.isoformat()}",
        f"cierra = {settings.cierra.isoformat()}",
        "",
        "# Días que se guarda cada dato.",
        "[retencion]",
        *(f"{name} = {days}" for name, days in settings.retencion.items()),
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
    partial = settings.data / (FILE_NAME + ".nuevo")
    partial.write_text("\n".join(lines), "utf-8")
    partial.replace(settings.data / FILE_NAME)


def _quoted(text: str) -> str:
    # The same escapes as in JSON, and one character more.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
