"""The file of a backup: a tar inside an age envelope, so that ``age`` and ``tar`` open it without us.

The envelope is encrypted to a recipient whose identity the machine does not have, and whoever changes
a byte of it, or cuts it short, is found out when it is read. Inside, each part is cut into members
``NAME.00000000``, ``NAME.00000001`` …, to be joined in order; the last member is the manifest. Both
ways it streams: neither the whole nor a part is ever in memory, and nothing in clear reaches the disk here.

Source: age-encryption.org/v1 by pyrage, which loads with the first backup.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, BinaryIO

from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

# ruff: noqa: PLC0415 - pyrage loads when a backup is made or read, not with the services

FORMATO = 1
CHUNK = 1 << 22  # bytes of a member
MANIFIESTO = "manifiesto.json"
_MOST = 1 << 26  # bytes of a member that is read: ours are smaller
_MEMBER = re.compile(r"([a-z]+\.[a-z]+)\.([0-9]{8})")


@dataclass(frozen=True, slots=True)
class Parte:
    """One part of a backup: its name, and its size in bytes and SHA-256 when its members are joined."""

    nombre: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifiesto:
    """What a backup says of itself.

    ``tomado_en`` (aware, UTC) is the moment of the database that it holds, ``filas`` the rows of each
    table then, ``cabeza_seq`` and ``cabeza`` the last row of the bitácora. ``motor`` is ``sqlite`` or
    ``postgres``, ``version`` the application's and ``revision`` the database's.
    """

    version: str
    agencia: str
    nombre: str
    motor: str
    revision: str
    tomado_en: datetime
    filas: dict[str, int]
    cabeza_seq: int
    cabeza: str
    partes: tuple[Parte, ...] = ()


def new_identity() -> tuple[str, str]:
    """Return an identity file's text, as ``age-keygen`` writes it, and its recipient."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    return f"# public key: {recipient}\n{identity}\n", recipient


def read_identity(text: str) -> Identity:
    """Return the identity of an identity file's text. Raises KnownError ``respaldo.identity``."""
    import pyrage

    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        (only,) = lines
        return pyrage.x25519.Identity.from_str(only)
    except (ValueError, pyrage.IdentityError) as error:
        raise KnownError("respaldo.identity") from error


def write(
    target: BinaryIO,
    recipient: str,
    parts: Iterable[tuple[str, Iterable[bytes]]],
    manifest: Callable[[Sequence[Parte]], Manifiesto],
) -> Manifiesto:
    """Write a backup of some parts, each a name (``base.db``) and its bytes in pieces of up to CHUNK.

    ``manifest`` is asked at the end, when the parts are known. Raises KnownError ``respaldo.recipient``, and
    whatever reading the parts or writing the target raises.
    """
    import pyrage

    try:
        to = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise KnownError("respaldo.recipient") from error
    made: list[Manifiesto] = []
    source = _Source(_members(parts, manifest, made))
    sink = _Sink(target.write)
    try:
        pyrage.encrypt_io(source, sink, [to])
    except (pyrage.EncryptError, OSError) as error:
        # It turns what its callbacks raise into words of its own.
        raise source.error or sink.error or error from None
    return made[0]


def _members(
    parts: Iterable[tuple[str, Iterable[bytes]]],
    manifest: Callable[[Sequence[Parte]], Manifiesto],
    made: list[Manifiesto],
) -> Iterator[bytes]:
    told = []
    for name, pieces in parts:
        digest, size = sha256(), 0
        for number, piece in enumerate(pieces):
            digest.update(piece)
            size += len(piece)
            yield from _member(f"{name}.{number:08}", piece)
        told.append(Parte(name, size, digest.hexdigest()))
    made.append(manifest(told))
    yield from _member(MANIFIESTO, _text(made[0]))
    yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, content: bytes) -> Iterator[bytes]:
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(content), 0o600
    yield header.tobuf(tarfile.USTAR_FORMAT)
    yield content
    yield bytes(-len(content) % tarfile.BLOCKSIZE)


def _text(manifest: Manifiesto) -> bytes:
    values = {"formato": FORMATO, **asdict(manifest), "tomado_en": manifest.tomado_en.isoformat()}
    return json.dumps(values, ensure_ascii=False, indent=1).encode()


def read(file: BinaryIO, identity: Identity, take: Callable[[str, bytes], object]) -> Manifiesto:
    """Read a backup to its end and return its manifest; ``take`` gets each part's name and bytes, piece by piece.

    What was taken is good only once this returns: each byte is authentic when it comes, but only the end
    says that nothing is missing. Raises KnownError ``respaldo.key`` when the identity opens nothing here,
    ``respaldo.damaged``, ``respaldo.later``, and whatever ``take`` raises.
    """
    import pyrage

    unpacked = _Unpacked(take)
    sink = _Sink(unpacked.write)
    try:
        pyrage.decrypt_io(file, sink, [identity])
    except pyrage.DecryptError as error:
        if sink.error is not None:
            raise sink.error from None
        raise KnownError("respaldo.key" if "matching keys" in str(error) else "respaldo.damaged") from error
    except OSError as error:
        if sink.error is not None:
            raise sink.error from None
        raise KnownError("respaldo.damaged") from error
    return unpacked.finished()


class _Source:
    """A file to read from, of pieces of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._piece:
                self._piece = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        taken = self._piece[:size] if size >= 0 else self._piece
        self._piece = self._piece[len(taken) :]
        return bytes(taken)


class _Sink:
    """A file to write to, that remembers what went wrong."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self._write(data)
        except BaseException as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """Do nothing: who opened the file flushes it."""


class _Unpacked:
    """Takes the tar as it comes and hands on its parts; the manifest must agree with them."""

    def __init__(self, take: Callable[[str, bytes], object]) -> None:
        self._take = take
        self._waiting = bytearray()
        self._name = ""
        self._size = -1  # of the member that is coming; negative: its header is
        self._next: dict[str, int] = {}
        self._seen: dict[str, tuple[int, Any]] = {}
        self._manifest: bytes | None = None

    def write(self, data: bytes) -> None:
        self._waiting += data
        while self._manifest is None and self._step():
            pass

    def _step(self) -> bool:
        if self._size < 0:
            if len(self._waiting) < tarfile.BLOCKSIZE:
                return False
            self._header(bytes(self._waiting[: tarfile.BLOCKSIZE]))
            del self._waiting[: tarfile.BLOCKSIZE]
        padded = self._size + -self._size % tarfile.BLOCKSIZE
        if len(self._waiting) < padded:
            return False
        content = bytes(self._waiting[: self._size])
        del self._waiting[:padded]
        self._size = -1
        self._member(content)
        return True

    def _header(self, block: bytes) -> None:
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise KnownError("respaldo.damaged") from error
        if not 0 <= header.size <= _MOST:
            raise KnownError("respaldo.damaged")
        self._name, self._size = header.name, header.size

    def _member(self, content: bytes) -> None:
        if self._name == MANIFIESTO:
            self._manifest = content
            return
        named = _MEMBER.fullmatch(self._name)
        if named is None or int(named[2]) != self._next.get(named[1], 0):
            raise KnownError("respaldo.damaged")
        self._next[named[1]] = int(named[2]) + 1
        size, digest = self._seen.get(named[1], (0, sha256()))
        digest.update(content)
        self._seen[named[1]] = (size + len(content), digest)
        self._take(named[1], content)

    def finished(self) -> Manifiesto:
        if self._manifest is None or self._waiting.strip(b"\0"):
            raise KnownError("respaldo.damaged")
        manifest = _manifest(self._manifest)
        found = tuple(Parte(name, size, digest.hexdigest()) for name, (size, digest) in self._seen.items())
        if set(found) != set(manifest.partes):
            raise KnownError("respaldo.damaged")
        return manifest


def _manifest(text: bytes) -> Manifiesto:
    try:
        values = json.loads(text)
        formato = values.pop("formato")
        if formato != FORMATO:
            raise KnownError("respaldo.later")
        partes = tuple(Parte(**each) for each in values.pop("partes"))
        return Manifiesto(
            **{
                each.name: values[each.name]
                for each in fields(Manifiesto)
                if each.name not in {"partes", "tomado_en"}
            },
            tomado_en=datetime.fromisoformat(values["tomado_en"]),
            partes=partes,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KnownError("respaldo.damaged") from error
