"""The key of the embedded database: made once, kept where only the account reads it, never shown.

``llaves/base.llave`` of the data folder holds the key itself, or says under which name the system's
keyring has it. The key is 32 random bytes and the 16 that the encrypted file begins with (its salt),
in hexadecimal: the file tells so, without being opened, whose it is.

Source: SQLCipher's raw keys, https://www.zetetic.net/sqlcipher/sqlcipher-api/#key
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from agencia_app.models.domain.errors import KnownError
from agencia_app.settings import APP_NAME

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

# ruff: noqa: PLC0415 - keyring loads only where it has the key

FOLDER = "llaves"
FILE = "base.llave"
_PARTIAL = ".parcial"
_PLAIN = b"SQLite format 3\0"  # what an unencrypted database begins with
_KEY_BYTES, _SALT_BYTES = 32, 16
_PAGE = 4096  # bytes of the file that are encrypted as one
_RANDOM = 240  # of the 256 values that a byte may have; an encrypted page has them all but by a rare chance
KEY = re.compile(rf"[0-9a-f]{{{2 * (_KEY_BYTES + _SALT_BYTES)}}}")
_IN_KEYRING = re.compile(r"llavero (?P<backend>[\w.]+) (?P<name>[\w-]+)")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Lugar(StrEnum):
    """Where a key is kept."""

    LLAVERO = "el llavero del sistema"
    ARCHIVO = "un archivo de la carpeta de datos"


def possible() -> bool:
    """Tell whether what encrypts is installed: there is no wheel of it for every system."""
    return find_spec("sqlcipher3") is not None


def is_plain(database: Path) -> bool:
    """Tell whether a file is an unencrypted database."""
    return _first_page(database).startswith(_PLAIN)


def key_of(database: Path) -> str:
    """Return the key that opens a database, empty for one that is not encrypted.

    A file that is yet to be filled is to be encrypted where its folder has a key. Raises
    KnownError ``base.key`` for a key that is missing or another's, ``base.key_open`` for one that
    others may read, ``base.no_cipher`` where what decrypts is not installed.
    """
    page = _first_page(database)
    encrypted = len(set(page)) > _RANDOM and not page.startswith(_PLAIN)
    if not encrypted and (page or lugar(database.parent) is None):
        return ""  # or a file that is no database at all
    if not possible():
        raise KnownError("base.no_cipher")
    key = read(database.parent)
    if encrypted and page[:_SALT_BYTES].hex() != key[2 * _KEY_BYTES :]:
        raise KnownError("base.key", path=_file(database.parent))
    return key


def lugar(data: Path) -> Lugar | None:
    """Return where a data folder's key is kept, None where it has none."""
    try:
        text = _file(data).read_text("ascii")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError):
        return Lugar.ARCHIVO
    return Lugar.LLAVERO if _IN_KEYRING.fullmatch(text.strip()) else Lugar.ARCHIVO


def ensure(data: Path, *, keyring: bool) -> Lugar:
    """Make the key of a data folder, unless it has one, and return where it is.

    It goes to the system's keyring where that is asked for and one answers. Raises OSError.
    """
    if (known := lugar(data)) is not None:
        return known  # a database that was put away may still need it
    key = secrets.token_hex(_KEY_BYTES + _SALT_BYTES)
    kept = _to_keyring(key) if keyring else None
    _file(data).parent.mkdir(mode=0o700, exist_ok=True)
    _write(_file(data), kept or key)
    return Lugar.ARCHIVO if kept is None else Lugar.LLAVERO


def forget(data: Path) -> None:
    """Delete a data folder's key, with which what it encrypted is lost."""
    with suppress(OSError, UnicodeDecodeError):
        found = _IN_KEYRING.fullmatch(_file(data).read_text("ascii").strip())
        if found is not None:
            with suppress(Exception):  # a backend raises what its library does
                _backend(found["backend"]).delete_password(APP_NAME, found["name"])
        _file(data).unlink()


def copy_to(data: Path, target: Path) -> None:
    """Write the key into a new file, to be put away; put back as ``llaves/base.llave`` it opens the database.

    Raises what ``key_of`` does, and OSError.
    """
    key = read(data)
    if target.exists():
        raise FileExistsError(target)
    _write(target, key)


def read(data: Path) -> str:
    """Return a data folder's key. Raises KnownError ``base.key`` or ``base.key_open``."""
    path = _file(data)
    missing = KnownError("base.key", path=path)
    try:
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            raise KnownError("base.key_open", path=path)
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise missing from error
    found = _IN_KEYRING.fullmatch(text)
    if found is not None:
        try:
            text = _backend(found["backend"]).get_password(APP_NAME, found["name"]) or ""
        except Exception as error:  # a backend raises what its library does
            raise missing from error
    if not KEY.fullmatch(text):
        raise missing
    return text


def _to_keyring(key: str) -> str | None:
    """Give the key to the system's keyring; return what the file says of it, None when none keeps it."""
    import keyring

    try:
        backend = keyring.get_keyring()
        if backend.priority < 1:  # none, or one that keeps nothing safe
            return None
        name = f"base-{secrets.token_hex(8)}"
        backend.set_password(APP_NAME, name, key)
        kind = f"{type(backend).__module__}.{type(backend).__qualname__}"
        if _backend(kind).get_password(APP_NAME, name) != key:
            return None
    except Exception:  # noqa: BLE001 - a backend raises what its library does, and the file will do
        return None
    return f"llavero {kind} {name}"


def _backend(kind: str) -> KeyringBackend:
    # By its name: looking for the best one at every start would take a tenth of a second.
    from keyring.core import load_keyring

    return load_keyring(kind)


def _first_page(database: Path) -> bytes:
    try:
        with database.open("rb") as file:
            return file.read(_PAGE)
    except OSError:
        return b""  # whoever opens it is told what is wrong


def _file(data: Path) -> Path:
    return data / FOLDER / FILE


def _write(path: Path, text: str) -> None:
    """Write a file for its owner's eyes, whole or not at all, to last through a power cut."""
    partial = path.with_name(path.name + _PARTIAL)
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    if os.name == "posix":
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
