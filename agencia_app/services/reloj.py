"""The clock of the machine, against the moments already recorded: a recibo is never dated before another.

The bitácora keeps the latest moment it recorded. A clock that shows less went back, or was ahead before;
which of the two no program knows, so a supervisor looks at a watch and accepts the hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import BitacoraCabezaRow, table
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import moment

_LATEST = select(table(BitacoraCabezaRow).c.en)
TOLERANCE = timedelta(minutes=2)  # what setting a clock by the network may take back


def latest(session: Session) -> datetime | None:
    """Return the latest moment of the bitácora since a supervisor last accepted the hour."""
    en = session.scalar(_LATEST)
    return datetime.fromisoformat(en) if en else None


def behind(session: Session, now: datetime) -> datetime | None:
    """Return the latest moment recorded when ``now`` is before it, None when the clock is right."""
    recorded = latest(session)
    return recorded if recorded is not None and now < recorded - TOLERANCE else None


def check(session: Session, now: datetime) -> None:
    """Raise KnownError ``reloj.back``, with both moments, when ``now`` is before what is recorded."""
    recorded = behind(session, now)
    if recorded is not None:
        raise KnownError("reloj.back", ahora=moment(now), registrado=moment(recorded))
