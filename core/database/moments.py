"""Dates and moments as PostgreSQL keeps them, to the last one: asyncpg alone turns 9999-12-31 into infinity.

Business software writes 9999-12-31 for "until further notice", so it has to come back as it was sent.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from core.database.pool import Connection

_FIRST_DAY: Final = date(2000, 1, 1).toordinal()
_FIRST_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


async def exact_times(connection: Connection) -> None:
    """Make a connection send and read every date and timestamptz of Python exactly, none as infinity."""
    await connection.set_type_codec("date", schema="pg_catalog", encoder=_write_day, decoder=_read_day, format="tuple")
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", encoder=_write_moment, decoder=_read_moment, format="tuple"
    )


def _write_day(day: date) -> tuple[int]:
    return (day.toordinal() - _FIRST_DAY,)


def _read_day(sent: tuple[int]) -> date:
    return date.fromordinal(sent[0] + _FIRST_DAY)


def _write_moment(moment: datetime) -> tuple[int]:
    return ((moment - _FIRST_MOMENT) // _MICROSECOND,)


def _read_moment(sent: tuple[int]) -> datetime:
    return _FIRST_MOMENT + sent[0] * _MICROSECOND
