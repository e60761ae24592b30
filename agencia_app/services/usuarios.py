"""Users: made by an administrador, signed in at a window, locked after five wrong passwords.

Source: RFC 9106 (Argon2id, low-memory profile). The lock is kept in the database, so closing the
application does not shorten it, and measured by a clock that nobody sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import UsuarioRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import MIN_PASSWORD, Rol, Sesion, Usuario, folded
from agencia_app.services import bitacora, usuario_rows
from agencia_app.services.hashing import hasher
from agencia_app.services.steady import Steady, steady
from agencia_app.services.usuario_rows import acting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from agencia_app.services.enlace import Enlace

MAX_TRIES = 5
# Who attends at a window, one at each. The others have a desk of their own, and look in at any.
_AT_A_WINDOW = Rol.OPERADOR
_AT_NONE = 0  # the ventanilla of a command
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
# A password checked when the user does not exist, so that both answers take as long.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

# What is done once a password was right, in its transaction: an error to raise after the commit, or None.
_Act = Callable[["Session", UsuarioRow, Sesion], KnownError | None]


@dataclass(frozen=True, slots=True)
class Nuevo:
    """A user to be added: what was typed of them is checked, and their password hashed."""

    usuario: str
    nombre: str
    rol: Rol
    clave_hash: str
    debe_cambiar: bool

    @classmethod
    def checked(cls, usuario: str, nombre: str, rol: Rol, password: str, *, debe_cambiar: bool) -> Nuevo:
        """Check and hash. Raises KnownError ``usuario.name``, ``.password_short`` or ``.password_same``."""
        name = usuario.strip().lower()
        if not _NAME.fullmatch(name):
            raise KnownError("usuario.name")
        _check_password(name, password)
        return cls(name, nombre.strip() or name, rol, hasher().hash(password), debe_cambiar)

    def add(self, session: Session, sesion: Sesion | None, en: datetime) -> UsuarioRow:
        """Add them in the caller's transaction. Raises KnownError ``usuario.exists`` or ``usuario.similar``."""
        for other in session.scalars(select(UsuarioRow.usuario)):
            if other == self.usuario:
                raise KnownError("usuario.exists", usuario=self.usuario)
            if folded(other) == folded(self.usuario):
                raise KnownError("usuario.similar", usuario=other)
        row = UsuarioRow(
            usuario=self.usuario,
            nombre=self.nombre,
            rol=self.rol,
            clave_hash=self.clave_hash,
            intentos=0,
            debe_cambiar=self.debe_cambiar,
            creado_en=en,
        )
        session.add(row)
        bitacora.record(
            session, sesion, Evento.USUARIO_CREADO, en=en, usuario=self.usuario, rol=self.rol.value
        )
        return row


class Usuarios:
    """Creating users, signing them in, and what an administrador does about them.

    Where ``sesion`` may be None it is the command line: who runs that has the data folder.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        ventanillas: int,
        steady_clock: Callable[[], Steady] = steady,
        enlace: Enlace | None = None,
    ) -> None:
        """Take the database, the clocks (the first aware) and how many windows the agency has.

        ``enlace`` holds a window for this machine, where there are many.
        """
        self._database = database
        self._clock = clock
        self._ventanillas = ventanillas
        self._steady = steady_clock
        self._enlace = enlace
        self._equipo = enlace.equipo if enlace is not None else ""

    # -- who signs in ------------------------------------------------------------------

    def sign_in(self, usuario: str, password: str, ventanilla: int) -> Sesion:
        """Check a password and open a session at a window.

        Raises KnownError ``usuario.wrong`` (with how many tries lock), ``usuario.locked`` (with the
        moment the lock ends), ``usuario.ventanilla``, ``usuario.ventanilla_taken`` where another machine
        is at that window, ``usuario.inactive``, or ``usuario.must_change`` for a temporary password. An
        unknown name is answered like a wrong password.
        """

        def enter(session: Session, row: UsuarioRow, sesion: Sesion) -> KnownError | None:
            if row.debe_cambiar:
                return KnownError("usuario.must_change")
            bitacora.record(session, sesion, Evento.INGRESO, en=self._clock())
            return None

        return self._entered(usuario, password, ventanilla, enter)

    def change_password(self, usuario: str, password: str, new: str, ventanilla: int) -> Sesion:
        """Give oneself another password, and sign in with it.

        Raises KnownError ``usuario.password_short``, ``usuario.password_same`` or
        ``usuario.password_repeated`` for the new one, and what ``sign_in`` raises for the old one.
        """
        _check_password(usuario.strip().lower(), new)
        if new == password:
            raise KnownError("usuario.password_repeated")
        hashed = hasher().hash(new)

        def change(session: Session, row: UsuarioRow, sesion: Sesion) -> KnownError | None:
            now = self._clock()
            row.clave_hash = hashed
            row.debe_cambiar = False
            bitacora.record(session, sesion, Evento.CONTRASENA_CAMBIADA, en=now)
            bitacora.record(session, sesion, Evento.INGRESO, en=now)
            return None

        return self._entered(usuario, password, ventanilla, change)

    def authenticate(self, usuario: str, password: str, ventanilla: int | None, permiso: Permiso) -> Sesion:
        """Return the session of a second person over somebody else's screen, who may do something.

        Without a ``ventanilla`` it is at the command line. No entry is recorded: what they do then is. Raises what ``sign_in`` raises, and
        ``usuario.role``; a try that fails counts and is recorded alike.
        """

        def check(session: Session, row: UsuarioRow, sesion: Sesion) -> KnownError | None:
            if row.debe_cambiar:
                return KnownError("usuario.must_change")
            try:
                require(sesion, permiso)
            except KnownError as refused:
                self._record_failure(session, row, sesion.ventanilla, "rol")
                return refused
            return None

        return self._authenticated(usuario, password, ventanilla, check)

    def sign_out(self, sesion: Sesion, *, inactiva: bool = False) -> None:
        """Record that a session was locked or ended, or left with nobody at the keyboard; free its window."""
        if self._enlace is not None and sesion.rol is _AT_A_WINDOW:
            self._enlace.free(sesion.ventanilla)
        with self._database.unit_of_work(shared=True) as session:
            bitacora.record(session, sesion, Evento.SALIDA, en=self._clock(), inactiva=inactiva)
            session.commit()

    # -- what an administrador does ----------------------------------------------------

    def create(
        self,
        usuario: str,
        nombre: str,
        rol: Rol,
        password: str,
        *,
        sesion: Sesion | None = None,
        debe_cambiar: bool = True,
    ) -> None:
        """Add a user, whose password is temporary where ``debe_cambiar``.

        Raises KnownError ``usuario.name``, ``usuario.exists``, ``usuario.similar`` for a name that
        differs from another in points and hyphens alone, ``usuario.password_short``,
        ``usuario.password_same`` or ``usuario.role``.
        """
        _require(sesion)
        new = Nuevo.checked(usuario, nombre, rol, password, debe_cambiar=debe_cambiar)
        with acting(self._database, sesion, Permiso.ADMINISTRAR_USUARIOS) as session:
            new.add(session, sesion, self._clock())
            session.commit()

    def listed(self, sesion: Sesion | None) -> tuple[Usuario, ...]:
        """Return every user, by role and name. Raises KnownError ``usuario.role``."""
        _require(sesion)
        steady_now, now = self._steady(), self._clock()
        with self._database.reading() as session:
            rows = session.scalars(select(UsuarioRow).order_by(UsuarioRow.usuario)).all()
        roles = list(Rol)
        shown = [usuario_rows.shown(row, steady_now, now) for row in rows]
        return tuple(sorted(shown, key=lambda each: roles.index(each.rol)))

    def reset_password(self, sesion: Sesion | None, usuario: str, password: str) -> None:
        """Give somebody a temporary password, and lift their lock.

        Raises KnownError ``usuario.unknown``, ``usuario.self``, ``usuario.password_short``,
        ``usuario.password_same`` or ``usuario.role``.
        """
        _require(sesion)
        name = usuario.strip().lower()
        _check_password(name, password)
        hashed = hasher().hash(password)

        def reset(_session: Session, row: UsuarioRow) -> None:
            _not_self(sesion, row)
            row.clave_hash = hashed
            row.debe_cambiar = True
            usuario_rows.unlock(row)

        self._administer(sesion, name, Evento.CONTRASENA_RESTABLECIDA, reset)

    def deactivate(self, sesion: Sesion | None, usuario: str) -> None:
        """Keep somebody from signing in, and from acting where they are signed in.

        Raises KnownError ``usuario.unknown``, ``usuario.self``, ``usuario.last_admin``,
        ``usuario.already`` or ``usuario.role``.
        """

        def stop(session: Session, row: UsuarioRow) -> None:
            _not_self(sesion, row)
            if not row.activo:
                raise KnownError("usuario.already", estado="desactivado")
            if row.rol is Rol.ADMINISTRADOR and _active_admins(session) == 1:
                raise KnownError("usuario.last_admin")
            row.activo = False

        self._administer(sesion, usuario, Evento.USUARIO_DESACTIVADO, stop)

    def reactivate(self, sesion: Sesion | None, usuario: str) -> None:
        """Let somebody sign in again. Raises KnownError ``usuario.unknown``, ``.already`` or ``.role``."""

        def start(_session: Session, row: UsuarioRow) -> None:
            if row.activo:
                raise KnownError("usuario.already", estado="activo")
            row.activo = True

        self._administer(sesion, usuario, Evento.USUARIO_REACTIVADO, start)

    def unlock(self, sesion: Sesion | None, usuario: str) -> None:
        """Lift the lock of wrong passwords. Raises KnownError ``usuario.unknown``, ``.already`` or ``.role``."""

        def free(_session: Session, row: UsuarioRow) -> None:
            if not usuario_rows.left(row, self._steady()):
                raise KnownError("usuario.already", estado="sin bloqueo")
            usuario_rows.unlock(row)

        self._administer(sesion, usuario, Evento.USUARIO_DESBLOQUEADO, free)

    def _administer(
        self,
        sesion: Sesion | None,
        usuario: str,
        evento: Evento,
        act: Callable[[Session, UsuarioRow], None],
    ) -> None:
        name = usuario.strip().lower()
        with acting(self._database, sesion, Permiso.ADMINISTRAR_USUARIOS) as session:
            row = usuario_rows.find(session, name)
            if row is None:
                raise KnownError("usuario.unknown", usuario=name)
            act(session, row)
            bitacora.record(session, sesion, evento, en=self._clock(), usuario=name)
            session.commit()

    # -- checking a password -----------------------------------------------------------

    def _authenticated(self, usuario: str, password: str, at: int | None, act: _Act) -> Sesion:
        """Return the session of whoever gave the right password, once ``act`` went well."""
        ventanilla = _AT_NONE if at is None else at
        if at is not None and not 1 <= at <= self._ventanillas:
            raise KnownError("usuario.ventanilla", maximum=self._ventanillas)
        name = usuario.strip().lower()
        with self._database.reading() as session:
            row = usuario_rows.find(session, name)
        stored = row.clave_hash if row else _NOBODY
        # Before the hash is asked: a locked user's password cannot be tried out.
        locked = row is not None and bool(usuario_rows.left(row, self._steady()))
        right = not locked and _verify(stored, password) and row is not None
        with self._database.unit_of_work(shared=True) as session:
            row = usuario_rows.find(session, name, lock=True)
            if row is None:
                bitacora.record(
                    session, None, Evento.INGRESO_DESCONOCIDO, en=self._clock(), ventanilla_pedida=ventanilla
                )
                session.commit()
                raise KnownError("usuario.wrong", tries=MAX_TRIES)
            sesion = usuario_rows.sesion_of(row, ventanilla, self._equipo)
            if row.clave_hash != stored:  # changed since it was asked
                raise KnownError("usuario.wrong", tries=MAX_TRIES)
            error = self._settle(session, row, ventanilla, right=right)
            if error is None:
                error = act(session, row, sesion)
            session.commit()
        if error is not None:
            raise error
        return sesion

    def _entered(self, usuario: str, password: str, ventanilla: int, act: _Act) -> Sesion:
        """Likewise for who stays: nobody else works at their window, from another machine."""
        enlace = self._enlace
        taken = False

        def enter(session: Session, row: UsuarioRow, sesion: Sesion) -> KnownError | None:
            nonlocal taken
            if enlace is not None and row.rol is _AT_A_WINDOW:
                holder = enlace.take(ventanilla)
                if holder is not None:
                    return KnownError("usuario.ventanilla_taken", ventanilla=ventanilla, equipo=holder)
                taken = True
            return act(session, row, sesion)

        try:
            return self._authenticated(usuario, password, ventanilla, enter)
        except BaseException:
            if taken and enlace is not None:
                enlace.free(ventanilla)
            raise

    def _settle(
        self, session: Session, row: UsuarioRow, ventanilla: int, *, right: bool
    ) -> KnownError | None:
        """Count a try and tell what is wrong with it, whether the password was ``right`` or not."""
        now, steady_now = self._clock(), self._steady()
        left = usuario_rows.left(row, steady_now)
        if left:  # perhaps by another window's fifth try
            if usuario_rows.begun_elsewhere(row, steady_now):
                self._lock(session, row, reinicio=True)
            return KnownError("usuario.locked", until=now + left)
        if right:
            usuario_rows.unlock(row)
            if row.activo:
                return None
            self._record_failure(session, row, ventanilla, "desactivado")
            return KnownError("usuario.inactive")
        if row.bloqueado_hasta is not None:  # a lock that ended
            usuario_rows.unlock(row)
        row.intentos += 1
        self._record_failure(session, row, ventanilla, "contraseña")
        if row.intentos < MAX_TRIES:
            return KnownError("usuario.wrong", tries=MAX_TRIES)
        self._lock(session, row, reinicio=False)
        return KnownError("usuario.locked", until=row.bloqueado_hasta)

    def _lock(self, session: Session, row: UsuarioRow, *, reinicio: bool) -> None:
        now = self._clock()
        usuario_rows.lock(row, self._steady(), now)
        bitacora.record(
            session, None, Evento.USUARIO_BLOQUEADO, en=now, usuario=row.usuario, reinicio=reinicio
        )

    def _record_failure(self, session: Session, row: UsuarioRow, ventanilla: int, motivo: str) -> None:
        bitacora.record(
            session,
            None,
            Evento.INGRESO_FALLIDO,
            en=self._clock(),
            usuario=row.usuario,
            ventanilla_pedida=ventanilla,
            motivo=motivo,
        )


def _require(sesion: Sesion | None) -> None:
    if sesion is not None:
        require(sesion, Permiso.ADMINISTRAR_USUARIOS)


def _not_self(sesion: Sesion | None, row: UsuarioRow) -> None:
    if sesion is not None and row.id == sesion.usuario_id:
        raise KnownError("usuario.self")


def _active_admins(session: Session) -> int:
    wanted = (UsuarioRow.rol == Rol.ADMINISTRADOR, UsuarioRow.activo)
    return session.scalars(select(func.count()).select_from(UsuarioRow).where(*wanted)).one()


def _check_password(usuario: str, password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise KnownError("usuario.password_short", minimum=MIN_PASSWORD)
    if folded(password) == folded(usuario):
        raise KnownError("usuario.password_same")


def _verify(stored: str, password: str) -> bool:
    try:
        return hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
