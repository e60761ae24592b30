"""A new agency's PostgreSQL: its database, and its two accounts.

The owner's migrates; the application's, which every machine has, may do what ``grants`` says. Who
installs gives an administrator's address once, and it is kept nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from agencia_app.models.db import engine_postgres, grants, schema
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

OLDEST = 15  # of PostgreSQL's versions: before it everybody could make tables in a database
_SECRET_BYTES = 24
_NAME_LENGTH = 63  # bytes, what PostgreSQL keeps of a name
_MAINTENANCE = "postgres"
_OWNER, _APPLICATION, _KIOSK = "_propietario", "_aplicacion", "_kiosco"
_OWNER_OF = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass('public.agencia')"


@dataclass(frozen=True, slots=True)
class Accounts:
    """The addresses of the two accounts. They carry passwords."""

    owner: str = field(repr=False)
    application: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Installation:
    """A database that is being prepared: all of it is one transaction, its owner's."""

    database: Database
    connection: Connection
    accounts: Accounts


@contextmanager
def installing(address: str) -> Iterator[Installation]:
    """Yield the owner's transaction in an empty database, with the accounts that it makes.

    A database that is not there is made. Who installs ends it with ``finish`` and commits; what is not
    committed leaves nothing behind. Raises KnownError ``servidor.not_empty``, ``servidor.accounts``, ``servidor.admin`` when the
    account may not do it, ``servidor.version`` and ``base.*``.
    """
    url = make_url(address)
    try:
        made = _ensure_database(url)
    except KnownError as error:
        raise _as_admin(error) from error
    try:
        with closing(Database(address)) as database, database.engine.connect() as connection:
            try:
                accounts = _prepare(connection, url)
            except KnownError as error:
                raise _as_admin(error) from error
            yield Installation(database, connection, accounts)
    except BaseException:
        if made:
            _drop_database(url)
        raise


@contextmanager
def made(address: str) -> Iterator[Accounts]:
    """Yield the accounts of an empty database that more than one transaction is to fill, as its owner.

    Its tables are still to be granted (``grants.give``). What fails takes away the accounts and whatever
    the owner put there. Raises what ``installing`` does.
    """
    with installing(address) as new:
        finish(new)
        new.connection.commit()
        try:
            yield new.accounts
        except BaseException:
            with suppress(KnownError):  # or what failed would be told as another thing
                _take_away(new.connection, new.accounts)
            raise


def _take_away(connection: Connection, accounts: Accounts) -> None:
    names = [str(make_url(each).username) for each in (accounts.owner, accounts.application)]
    who = ", ".join(_quoted(connection, each) for each in names)
    place = _quoted(connection, str(make_url(accounts.owner).database))
    statements = [
        f"ALTER DATABASE {place} OWNER TO CURRENT_USER",
        f"DROP OWNED BY {who}",
        f"DROP ROLE {who}",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {place} TO PUBLIC",
        "GRANT USAGE ON SCHEMA public TO PUBLIC",
    ]
    if not _is_superuser(connection):
        statements.insert(0, f"GRANT {who} TO CURRENT_USER")
    for each in statements:
        connection.exec_driver_sql(each)
    connection.commit()


def finish(new: Installation) -> None:
    """Give the application's account its rights, and the transaction back to who installs."""
    connection = new.connection
    grants.give(connection, str(make_url(new.accounts.application).username))
    connection.execute(text("RESET ROLE"))
    if not _is_superuser(connection):
        owner = _quoted(connection, str(make_url(new.accounts.owner).username))
        connection.exec_driver_sql(f"REVOKE {owner} FROM CURRENT_USER")


@contextmanager
def preparing_kiosk(address: str) -> Iterator[tuple[Connection, str]]:
    """Yield the owner's transaction in an agency's database, and the address of its kiosks' account.

    The account is made, or given another password; who prepares commits. ``address`` is an
    administrator's. Raises KnownError ``base.empty`` for a database without an agency, ``base.older`` and
    ``base.newer`` for another version's, ``servidor.admin`` and ``base.*``.
    """
    url = make_url(address)
    with closing(Database(address)) as database:
        if schema.known_revision(database) != schema.REVISIONS[-1]:
            raise KnownError("base.older")
        try:
            with database.engine.connect() as connection:
                owner = _quoted(connection, str(connection.execute(text(_OWNER_OF)).scalar_one()))
                base = str(connection.execute(text("SELECT current_database()")).scalar_one())
                name = base[: _NAME_LENGTH - len(_KIOSK)] + _KIOSK
                known = connection.execute(
                    text("SELECT count(*) FROM pg_roles WHERE rolname = :name"), {"name": name}
                ).scalar()
                theirs = _make_account(connection, url, name, "ALTER" if known else "CREATE")
                if not _is_superuser(connection):
                    connection.exec_driver_sql(f"GRANT {owner} TO CURRENT_USER")
                place, who = (_quoted(connection, each) for each in (base, name))
                connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {place} TO {who}")
                connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {who}")
                connection.exec_driver_sql(f"SET LOCAL ROLE {owner}")
                grants.give_kiosk(connection, name)
                yield connection, theirs
                connection.execute(text("RESET ROLE"))
                if not _is_superuser(connection):
                    connection.exec_driver_sql(f"REVOKE {owner} FROM CURRENT_USER")
                connection.commit()
        except KnownError as error:
            raise _as_admin(error) from error


def _as_admin(error: KnownError) -> KnownError:
    return KnownError("servidor.admin") if error.code == "base.rights" else error


def _ensure_database(url: URL) -> bool:
    """Make the database where it is not there; tell whether it was made."""
    try:
        with closing(Database(url.render_as_string(hide_password=False))) as database:
            database.engine.connect().close()
    except KnownError:
        with _maintaining(url) as connection:
            there = connection.execute(
                text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": url.database}
            ).scalar()
            if there:
                raise
            # Ordered by letters as written, as the embedded database does.
            name = _quoted(connection, str(url.database))
            connection.exec_driver_sql(
                f"CREATE DATABASE {name} ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0"
            )
        return True
    return False


def _drop_database(url: URL) -> None:
    with _maintaining(url) as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {_quoted(connection, str(url.database))}")


@contextmanager
def _maintaining(url: URL) -> Iterator[Connection]:
    elsewhere = url.set(database=_MAINTENANCE).render_as_string(hide_password=False)
    with (
        closing(Database(elsewhere)) as database,
        database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        yield connection


def _prepare(connection: Connection, url: URL) -> Accounts:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    if version < OLDEST * 10_000:
        raise KnownError("servidor.version", minimum=OLDEST)
    engine_postgres.wait_long(connection)  # nobody else is there
    if grants.tables(connection):
        raise KnownError("servidor.not_empty")
    database = str(connection.execute(text("SELECT current_database()")).scalar_one())
    names = [database[: _NAME_LENGTH - len(each)] + each for each in (_OWNER, _APPLICATION)]
    taken = connection.execute(
        text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:names)"), {"names": names}
    ).scalars()
    if already := sorted(taken):
        raise KnownError("servidor.accounts", cuentas=", ".join(already))
    owner, application = (_make_account(connection, url, name) for name in names)
    who, place = _quoted(connection, names[0]), _quoted(connection, database)
    if not _is_superuser(connection):
        connection.exec_driver_sql(f"GRANT {who} TO CURRENT_USER")
    connection.exec_driver_sql(f"ALTER DATABASE {place} OWNER TO {who}")
    connection.exec_driver_sql(f"SET LOCAL ROLE {who}")
    return Accounts(owner, application)


def _make_account(connection: Connection, url: URL, name: str, how: str = "CREATE") -> str:
    """Make an account with a drawn password, or ``ALTER`` one, and return its address."""
    password = secrets.token_urlsafe(_SECRET_BYTES)
    driver = connection.connection.driver_connection
    # Made unreadable here: the server writes statements to its log.
    sealed = driver.pgconn.encrypt_password(  # type: ignore[union-attr]
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    connection.exec_driver_sql(
        f"{how} ROLE {_quoted(connection, name)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
        f"PASSWORD '{sealed}'"
    )
    return url.set(username=name, password=password).render_as_string(hide_password=False)


def _is_superuser(connection: Connection) -> bool:
    said = text("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")
    return bool(connection.execute(said).scalar())


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
