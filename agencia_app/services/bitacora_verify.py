"""Verifying the bitácora: walking the chain and naming the first row that does not hold.

What is seen: a row changed, taken out (the last ones too, by the head that a trigger keeps), put in
or swapped; a detail that is gone without a purge; a closed day that knew another hash, or is not the one that was
recorded; who an event showed, missing or added. What is not:
a table written anew from its first row, with its head and its closed days. The head hash on a
printed certificate tells that one (docs/adr/0011).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from agencia_app import settings
from agencia_app.models.db.session import Database
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.rotura import Rotura
from agencia_app.services.bitacora_seal import commitment, seal
from agencia_app.services.sql_dialect import SqliteDialect, dialect_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

HASH_LENGTH = 64
MIN_HEAD = 16  # characters of a printed head: nobody makes another chain with the same ones
_CHUNK = 5_000  # rows between two looks at whether to go on
# What a purge never empties: it tells of purges, closed days, keys and the clock, and of no person.
KEPT = frozenset(
    {
        Evento.AGENCIA_INICIADA,
        Evento.RELOJ_ACEPTADO,
        Evento.DIA_CERRADO,
        Evento.LLAVE_CREADA,
        Evento.LLAVE_RETIRADA,
        Evento.EQUIPO_UNIDO,
        Evento.EQUIPO_RETIRADO,
        Evento.AJUSTE_CAMBIADO,
        Evento.AGENCIA_MIGRADA,
        Evento.BITACORA_VERIFICADA,
        Evento.RETENCION_DEPURADA,
    }
)
_CLOSING = Evento.DIA_CERRADO.value
_PEOPLE = '"cedulas": ['  # as a detail has them
_KEPT_VALUES = frozenset(each.value for each in KEPT)

# Plain SQL and the driver's own tuples: a mapped row takes ten times as long.
_ROWS = (
    "SELECT seq, en, actor, ventanilla, accion, tramite, detalle, sal, compromiso, hash_previo, hash "
    "FROM bitacora WHERE seq > ? ORDER BY seq LIMIT ?"
)
_HEAD = "SELECT seq, hash FROM bitacora_cabeza WHERE id = 1"
_KEPT = timedelta(days=settings.MIN_RETENTION)  # whatever the setting, no detail is purged before
_PURGES = "SELECT seq, en, detalle FROM bitacora WHERE accion = ? ORDER BY seq"
_BEFORE_ALL = -(2**63)


# SQL of our own names.
# ruff: noqa: S608


class _Statements:
    """What the engines say differently."""

    def __init__(self, dialect: SqliteDialect) -> None:
        # As bytes: what somebody wrote there behind the program need be no text.
        said = ", ".join(dialect.as_bytes(each) for each in ("cabeza", "dia", "contenido", "huella"))
        self.closed = f"SELECT cabeza_seq, {said} FROM cierre"
        # Of events and people that an event showed (JSON), the first that is not among the accesos.
        self.not_linked = (
            f"SELECT MIN(CAST(value ->> 0 AS BIGINT)) FROM {dialect.pairs_in('?')} WHERE NOT EXISTS (SELECT 1 "
            "FROM acceso WHERE acceso.seq = CAST(value ->> 0 AS BIGINT) AND acceso.cedula = value ->> 1)"
        )
        # A cédula that a detail does not hold as it is may be in it escaped: one that is no number.
        self.made_up = (
            "SELECT MIN(acceso.seq) FROM acceso LEFT JOIN bitacora ON bitacora.seq = acceso.seq WHERE "
            "bitacora.seq IS NULL OR (bitacora.detalle <> '' "
            "AND replace(bitacora.detalle, acceso.cedula, '') = bitacora.detalle AND NOT EXISTS "
            f"(SELECT 1 FROM {dialect.people_in('bitacora.detalle')} AS shown WHERE shown.value = acceso.cedula))"
        )


@dataclass(frozen=True, slots=True)
class Verification:
    """What walking the chain found.

    ``rows`` hold from the first on, and ``head`` is the hash of the last of them. ``broken`` is the
    sequence of the first row that does not hold and ``rotura`` what is wrong with it. ``compared``
    is the row whose hash begins as the printed one asked for; with one asked for and none found,
    ``foreign`` is true: the chain is not the one that was printed. ``stopped`` says that the walk was cancelled.
    """

    rows: int
    broken: int | None
    head: str
    rotura: Rotura | None = None
    compared: int | None = None
    foreign: bool = False
    stopped: bool = False

    @property
    def whole(self) -> bool:
        """Whether the whole chain was walked and nothing is wrong, as far as it can tell."""
        return self.broken is None and not self.foreign and not self.stopped


@dataclass(frozen=True, slots=True)
class _Purge:
    """A recorded purge of details: what happened before ``hasta``, but for some rows."""

    seq: int
    hasta: str
    exceptuadas: frozenset[int]

    def covers(self, seq: int, en: str) -> bool:
        return seq < self.seq and en < self.hasta and seq not in self.exceptuadas


@dataclass(slots=True)
class _Walk:
    """The chain so far, and what must be found on the way."""

    head: tuple[int, str] | None
    closed: dict[int, str]
    closes: dict[int, tuple[str, str]]
    purges: list[_Purge]
    wanted: str | None
    expected: int = 1
    previous: str = ""
    compared: int | None = None
    rotura: Rotura | None = None
    broken: int | None = None

    def take(self, row: Sequence[Any]) -> bool:
        """Add one row; False when it does not hold."""
        seq, en, actor, ventanilla, accion, tramite, detalle, sal, compromiso, before, sealed = row
        if seq != self.expected:
            return self._break(
                *((Rotura.FALTA, self.expected) if seq > self.expected else (Rotura.SOBRA, seq))
            )
        try:
            told = compromiso or detalle
            right = sealed == seal((seq, en, actor, ventanilla, accion, tramite, told, before))
            purged = compromiso and not detalle and not sal
            if right and compromiso and not purged:
                right = compromiso == commitment(sal, detalle)
            # A digest put in the place of the detail it stands for would give the same hash.
            right = right and told.startswith("{") != bool(compromiso)
        except TypeError:  # something that is no text
            right = False
        if not right:
            return self._break(Rotura.CAMBIADA, seq)
        if before != self.previous:
            return self._break(Rotura.ENLACE, seq)
        if purged and (accion in _KEPT_VALUES or not any(each.covers(seq, en) for each in self.purges)):
            return self._break(Rotura.DEPURADA, seq)
        if (rotura := self._of_a_close(seq, accion, detalle, sealed)) is not None:
            return self._break(rotura, seq)
        if self.wanted is not None and sealed.startswith(self.wanted):
            self.compared = seq
        self.expected += 1
        self.previous = sealed
        return True

    def end(self) -> bool:
        """Compare the end of the chain with the head, and with the closed days after it."""
        last = self.expected - 1
        seq, head = self.head or (last, None)
        if seq > last:
            self._break(Rotura.FALTA, last + 1)
        elif seq < last:
            self._break(Rotura.SOBRA, seq + 1)
        elif head != self.previous:
            self._break(Rotura.CABEZA, last)
        elif any(each >= last for each in self.closed):  # each has its event after it
            self._break(Rotura.FALTA, last + 1)
        return self.broken is None

    def _of_a_close(self, seq: int, accion: str, detalle: str, sealed: str) -> Rotura | None:
        """Tell what a closed day says against a row that was its head, or that recorded it."""
        if seq in self.closed and self.closed[seq] != sealed:
            return Rotura.CIERRE
        if accion == _CLOSING:
            told = json.loads(detalle)
            same = self.closes.get(seq) == (told.get("dia"), told.get("huella"))
            return None if same else Rotura.DIA
        return Rotura.DIA if seq in self.closes else None

    def show(self, shown: Iterable[int | None]) -> bool:
        """Take the first rows whose people are not those of their accesos; False when there is one."""
        wrong = [each for each in shown if each is not None]
        return not wrong or self._break(Rotura.ACCESO, min(wrong))

    def lose(self) -> None:
        """Say that the next row cannot be read."""
        self._break(Rotura.CAMBIADA, self.expected)

    def _break(self, rotura: Rotura, seq: int) -> bool:
        self.rotura, self.broken = rotura, seq
        return False

    def result(self, *, stopped: bool = False) -> Verification:
        foreign = self.wanted is not None and self.compared is None and self.broken is None and not stopped
        return Verification(
            self.expected - 1, self.broken, self.previous, self.rotura, self.compared, foreign, stopped
        )


def verify(
    database: Database,
    *,
    cabeza: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Verification:
    """Walk the whole chain, as it stands when the walk begins.

    ``cabeza`` is a head hash from a printed certificate, or its beginning, that must be in it.
    ``progress`` is told rows and total; ``cancelled`` is asked between some thousands. Raises KnownError ``bitacora.head`` for a hash that is
    none, and ``base.*``.
    """
    with database.snapshot() as connection:
        return verify_within(database, connection, cabeza=cabeza, progress=progress, cancelled=cancelled)


def verify_within(
    database: Database,
    connection: Connection,
    *,
    cabeza: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Verification:
    """Walk likewise the chain that a connection to the database sees, be it committed or not."""
    wanted = None if cabeza is None else clean_head(cabeza)
    sql = _Statements(dialect_of(database))
    head = connection.exec_driver_sql(_HEAD).first()
    closed = connection.exec_driver_sql(sql.closed).all()
    walk = _Walk(
        None if head is None else (head[0], head[1]),
        {seq: cabeza.decode(errors="replace") for seq, cabeza, *_ in closed},
        {seq + 1: _said(*said) for seq, _, *said in closed},
        list(_purges(connection, database.marked(_PURGES))),
        wanted,
    )
    total = 0 if head is None else head[0]
    rows_from, not_linked = database.marked(_ROWS), database.marked(sql.not_linked)
    for rows in _chunks(connection, walk, rows_from):
        if not all(map(walk.take, rows)) or not walk.show([_unlinked(connection, rows, not_linked)]):
            return walk.result()
        if progress is not None:
            progress(walk.expected - 1, max(total, walk.expected - 1))
        if cancelled is not None and cancelled():
            return walk.result(stopped=True)
    if walk.broken is None and walk.end():
        walk.show(connection.exec_driver_sql(sql.made_up).scalars())
    return walk.result()


def clean_head(text: str) -> str:
    """Return a hash as typed from a certificate, without its spaces.

    Raises KnownError ``bitacora.head`` for what is no hash, or too short a beginning of one.
    """
    typed = "".join(text.split()).lower()
    if not MIN_HEAD <= len(typed) <= HASH_LENGTH or set(typed) - set("0123456789abcdef"):
        raise KnownError("bitacora.head", minimum=MIN_HEAD, maximum=HASH_LENGTH)
    return typed


def _chunks(connection: Connection, walk: _Walk, statement: str) -> Iterator[Sequence[Sequence[Any]]]:
    at = _BEFORE_ALL
    while True:
        try:
            rows = connection.exec_driver_sql(statement, (at, _CHUNK)).cursor.fetchall()
        except (connection.dialect.loaded_dbapi.Error, OperationalError):
            # One by one, to name the row, and so that a trouble of the database says what it is.
            try:
                rows = connection.exec_driver_sql(statement, (at, 1)).all()
            except OperationalError:  # no text where some should be
                walk.lose()
                return
        if not rows:
            return
        at = rows[-1][0]
        yield rows


def _said(dia: bytes, contenido: bytes, huella: bytes) -> tuple[str, str]:
    """Return a closed day and the digest of what it says: nothing when it carries another."""
    digest = sha256(contenido).hexdigest()
    return dia.decode(errors="replace"), digest if digest.encode() == huella else ""


def _unlinked(connection: Connection, rows: Sequence[Sequence[Any]], statement: str) -> int | None:
    """Return the first of some rows that hold, whose people are not all among the accesos."""
    people = [
        (row[0], cedula) for row in rows if _PEOPLE in row[6] for cedula in json.loads(row[6])["cedulas"]
    ]
    if not people:
        return None
    found: int | None = connection.exec_driver_sql(statement, (json.dumps(people),)).scalar()
    return found


def _purges(connection: Connection, statement: str) -> Iterator[_Purge]:
    try:
        rows = connection.exec_driver_sql(statement, (Evento.RETENCION_DEPURADA.value,)).all()
    except OperationalError:
        return  # no text: the walk names the row
    for seq, en, detalle in rows:
        try:
            told = json.loads(detalle)
            kept = datetime.fromisoformat(en) - datetime.fromisoformat(told["hasta"])
            if told["clase"] == "bitacora" and kept >= _KEPT:  # or it was forged
                yield _Purge(seq, told["hasta"], frozenset(_numbers(told["exceptuadas"])))
        except (ValueError, TypeError, KeyError):
            continue  # changed: the walk names the row


def _numbers(ranges: str) -> Iterator[int]:
    for each in filter(None, ranges.split(",")):
        first, _, last = each.partition("-")
        yield from range(int(first), int(last or first) + 1)
