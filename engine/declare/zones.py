"""Time zones by the names of the IANA database, as both Python and PostgreSQL know them."""

from __future__ import annotations

from functools import cache
from typing import Final
from zoneinfo import available_timezones

import asyncpg

from core.errors import Invalid

FIELD: Final = "bucket.timeZone"
_OF_THE_MACHINE: Final = frozenset({"localtime", "posixrules"})
"""Files beside the zones that name none."""


@cache
def zones() -> frozenset[str]:
    """The names that are taken. PostgreSQL alone would take `FOO+3`, Python alone `posix/UTC`."""
    return frozenset(available_timezones()) - _OF_THE_MACHINE


def no_zone() -> Invalid:
    """Refuse a name that is none."""
    return Invalid(f"{FIELD}: not a time zone of the IANA database, such as Europe/Berlin", field=FIELD)


def unknown_zone(error: asyncpg.InvalidParameterValueError, otherwise: Exception) -> Exception:
    """What an error of PostgreSQL means that may be about a zone: its database may be older than ours."""
    return no_zone() if "time zone" in str(error) else otherwise
