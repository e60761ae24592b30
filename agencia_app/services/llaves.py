"""The keys that sign recibos: made, used, changed, and checked against.

The private part is one file per key in ``llaves/`` of the data folder, which only the account
that runs the application may read; it is in no database, backup or log. The public parts stay
in the database for good, so that a recibo verifies whichever key signed it.

Source: Ed25519 by RFC 8032, from ``cryptography``, which loads with the first key.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import LlaveRow
from agencia_app.models.domain import sello
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import bitacora

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# ruff: noqa: PLC0415 - cryptography loads when a key is needed, not with the services

FOLDER = "llaves"
_SUFFIX = ".pem"
_PARTIAL = ".nueva"


@dataclass(frozen=True, slots=True)
class Signer:
    """The key in use, ready to sign; ``llave`` is its id."""

    llave: str
    sign_bytes: Callable[[bytes], bytes]

    def sign(self, body: str) -> bytes:
        """Return the 64 bytes of the signature over a seal's body."""
        return self.sign_bytes(body.encode("ascii"))


class Llaves:
    """The signing keys of one machine."""

    def __init__(
        self, database: Database, data: Path, clock: Callable[[], datetime], equipo: str = ""
    ) -> None:
        """Take the database of the public parts, the data folder, the clock (aware) and the machine's name.

        An agency of one window has one machine, without a name.
        """
        self._database = database
        self._equipo = equipo
        self._folder = data / FOLDER
        self._clock = clock
        self._loaded: tuple[str, Ed25519PrivateKey] | None = None

    def ensure(self) -> None:
        """Make the first key of an agency that has none; where it has many machines, they join it first.

        Raises KnownError ``equipo.unknown`` for a machine that did not, or was taken out,
        ``llave.folder`` when its file cannot be written, and ``base.*``.
        """
        with self._database.reading() as session:
            if self._in_use(session) is not None:
                return
        if self._database.is_postgres:
            raise KnownError("equipo.unknown", equipo=self._equipo)
        with self._database.unit_of_work() as session:
            if self._in_use(session) is None:  # another process may have been quicker
                self.create(session)
                session.commit()

    def create(self, session: Session, sesion: Sesion | None = None) -> str:
        """Make a key inside the caller's transaction, where the machine has none in use; return its id.

        Its file is there, whole, before the row can be. Raises KnownError ``llave.folder``.
        """
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.generate()
        publica = key.public_key().public_bytes_raw()
        llave = key_id(publica)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        try:
            self._write(llave, pem)
        except OSError as error:
            raise KnownError("llave.folder", path=self._folder) from error
        now = self._clock()
        session.add(
            LlaveRow(id=llave, publica=publica.hex(), creada_en=now, retirada_en=None, equipo=self._equipo)
        )
        session.flush()
        bitacora.record(
            session,
            sesion,
            Evento.LLAVE_CREADA,
            en=now,
            llave=llave,
            publica=publica.hex(),
            **of_machine(self._equipo),
        )
        return llave

    def retire(self, session: Session, sesion: Sesion | None = None) -> None:
        """Retire the machine's key in the caller's transaction: it signs nothing more.

        Raises KnownError ``equipo.unknown`` for a machine that has none in use.
        """
        old = self._in_use(session)
        if old is None:
            raise KnownError("equipo.unknown", equipo=self._equipo)
        old.retirada_en = self._clock()
        session.flush()
        told = of_machine(self._equipo)
        bitacora.record(session, sesion, Evento.LLAVE_RETIRADA, en=old.retirada_en, llave=old.id, **told)

    def rotate(self) -> str:
        """Retire the key in use and make another; return its id.

        The recibos of the retired key stay good; its private file is deleted, so that nobody
        signs with it again. Raises KnownError ``llave.folder`` or ``base.*``: nothing changed.
        """
        with self._database.unit_of_work() as session:
            old = self._in_use(session)
            self._sweep(old.id if old else "")
            if old is not None:
                self.retire(session)  # the one in use must be gone before another is
            new = self.create(session)
            session.commit()
        if old is not None:
            with suppress(OSError):  # a file that stays is no reason to say it was not rotated
                self._path(old.id).unlink()
        return new

    def check(self) -> None:
        """Load the key in use, so that signing needs no reading. Raises KnownError ``llave.missing``."""
        with self._database.reading() as session:
            self.signer(session)

    def signer(self, session: Session) -> Signer:
        """Return the key that is in use in the caller's transaction.

        Another process may have changed it since the last one was loaded. Raises KnownError
        ``llave.missing`` when its private file is gone, unreadable, or of another key.
        """
        row = self._in_use(session)
        if row is None:
            raise KnownError("llave.missing", path=self._folder)
        loaded = self._loaded
        if loaded is None or loaded[0] != row.id:
            loaded = self._loaded = (row.id, self._load(row))
        return Signer(row.id, loaded[1].sign)

    def _in_use(self, session: Session) -> LlaveRow | None:
        return in_use(session, self._equipo)

    def _load(self, row: LlaveRow) -> Ed25519PrivateKey:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(self._path(row.id).read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KnownError("llave.missing", path=self._folder) from error
        if not isinstance(key, Ed25519PrivateKey) or key.public_key().public_bytes_raw().hex() != row.publica:
            raise KnownError("llave.missing", path=self._folder)
        return key

    def _path(self, llave: str) -> Path:
        return self._folder / (llave + _SUFFIX)

    def _write(self, llave: str, pem: bytes) -> None:
        """Write a private key for its owner's eyes, whole or not at all."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._folder.chmod(0o700)
        partial = self._folder / (llave + _PARTIAL)
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._path(llave))
            _sync(self._folder)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _sweep(self, current: str) -> None:
        """Delete what a rotation that was cut off left; only under the database's write lock."""
        for path in self._folder.glob("*"):
            if path.suffix in {_SUFFIX, _PARTIAL} and path.stem != current:
                with suppress(OSError):
                    path.unlink()


def key_id(publica: bytes) -> str:
    """Return the id of a public key: the first characters of its SHA-256 in base32."""
    return sello.base32(hashlib.sha256(publica).digest())[: sello.KEY_ID_LENGTH]


def signed_by(row: LlaveRow, body: str, firma: bytes) -> bool:
    """Tell whether a signature over a seal's body is of a recorded key, and that key's row whole."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        publica = bytes.fromhex(row.publica)
        if key_id(publica) != row.id:
            return False
        Ed25519PublicKey.from_public_bytes(publica).verify(firma, body.encode("ascii"))
    except (ValueError, InvalidSignature):
        return False
    return True


def in_use(session: Session, equipo: str) -> LlaveRow | None:
    """Return the key that a machine signs with, or None."""
    wanted = (LlaveRow.retirada_en.is_(None), LlaveRow.equipo == equipo)
    return session.scalars(select(LlaveRow).where(*wanted)).one_or_none()


def of_machine(equipo: str) -> dict[str, str]:
    """Return what an event of a key tells of its machine: nothing where there is but one."""
    return {"equipo": equipo} if equipo else {}


def _sync(folder: Path) -> None:
    """Make a file's name last through a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
