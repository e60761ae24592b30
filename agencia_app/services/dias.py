"""The business day that something counts to."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from agencia_app.models.db.tables import CierreRow, table
from agencia_app.models.domain.fechas import local_date

_CIERRE = table(CierreRow)
_CLOSED_SINCE = select(_CIERRE.c.dia).where(_CIERRE.c.dia >= bindparam("day"))


def business_day(session: Session, now: datetime) -> date:
    """Return the day that what happens now counts to: today, or the next one that is not closed."""
    day = local_date(now)
    closed = set(session.scalars(_CLOSED_SINCE, {"day": day}))
    while day in closed:
        day += timedelta(days=1)
    return day
