"""Plans: one table of what each allows, and how a company's own figures take the place of its plan's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from core.errors import Conflict, Invalid
from models import Plan

ANONYMOUS: Final = 120
"""Requests a minute for each address that shows no good key."""
UNLIMITED: Final = 1_000_000_000
"""What 0 in `companies.limits` stands for: more than anybody can use up, told by the same headers."""
POINTS: Final = 100_000
"""Points that a key of the starter plan may save up (semantics.md §3); other plans in the ratio of their requests."""
FILLS_IN: Final = 20
"""Seconds in which an empty bucket of points is full again."""
_MEBI: Final = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a plan allows. A figure of `UNLIMITED` is no limit; `MEANING` says what each is."""

    requests: int
    points: int
    upload_bytes: int
    endpoints: int
    credits: int
    audit_days: int
    keys: int
    live_forg_keys: bool


MEANING: Final[Mapping[str, str]] = {
    "requests": "Requests a minute of each key",
    "points": "Points that the bucket of each key holds",
    "upload_bytes": "Bytes of one document that is uploaded",
    "endpoints": "Webhook endpoints, live and test ones together",
    "credits": "Credits a month, for runs of utilities and pipelines",
    "audit_days": "Days that entries of the audit are kept",
    "keys": "API keys that are good, live and test ones together",
    "live_forg_keys": "Whether live keys of the format `forg` may be made",
}
"""What each limit is, as callers and operators are told."""
PLANS: Final[Mapping[Plan, Terms]] = {
    Plan.STARTER: Terms(
        requests=120,
        points=POINTS,
        upload_bytes=5 * _MEBI,
        endpoints=100,
        credits=100,
        audit_days=365,
        keys=50,
        live_forg_keys=False,
    ),
    Plan.PRO: Terms(
        requests=300,
        points=250_000,
        upload_bytes=10 * _MEBI,
        endpoints=200,
        credits=10_000,
        audit_days=730,
        keys=100,
        live_forg_keys=False,
    ),
    Plan.TEAM: Terms(
        requests=600,
        points=500_000,
        upload_bytes=20 * _MEBI,
        endpoints=300,
        credits=100_000,
        audit_days=730,
        keys=250,
        live_forg_keys=True,
    ),
    Plan.BUSINESS: Terms(
        requests=1_200,
        points=1_000_000,
        upload_bytes=50 * _MEBI,
        endpoints=500,
        credits=1_000_000,
        audit_days=1_095,
        keys=500,
        live_forg_keys=True,
    ),
    Plan.ENTERPRISE: Terms(
        requests=6_000,
        points=5_000_000,
        upload_bytes=50 * _MEBI,
        endpoints=1_000,
        credits=UNLIMITED,
        audit_days=1_095,
        keys=2_000,
        live_forg_keys=True,
    ),
}

LIMITS: Final = tuple(each.name for each in fields(Terms))
"""What a company may have of its own instead of its plan's."""
FLAGS: Final = ("live_forg_keys",)
"""Those that are yes or no; all others are figures."""


def limits_of(plan: str, own: Mapping[str, Any]) -> dict[str, int]:
    """Return what holds for a company, of the plan or its own."""
    terms = PLANS[Plan(plan)]
    return {name: _held(name, getattr(terms, name), own.get(name)) for name in LIMITS}


def _held(name: str, of_plan: int, own: int | None) -> int:
    if own is None:
        return of_plan
    return bool(own) if name in FLAGS else own or UNLIMITED


def shown(name: str, value: int) -> int | None:
    """A limit as callers are told it: None is no limit."""
    return bool(value) if name in FLAGS else None if value >= UNLIMITED else value


def check_limits(own: Mapping[str, Any]) -> None:
    """Raise Invalid for a limit that there is none of, or whose value is not of its kind; None is the plan's."""
    for name, value in own.items():
        field = f"limits.{name}"
        if name not in LIMITS:
            raise Invalid(f"{field}: unknown limit", field=field)
        if value is None:
            continue
        if name in FLAGS:
            if type(value) is not bool:
                raise Invalid(f"{field}: true or false", field=field)
        elif type(value) is not int or not 0 <= value <= UNLIMITED:
            raise Invalid(f"{field}: a count from 0 (unlimited) to {UNLIMITED}", field=field)


def check_keys(limits: Mapping[str, int], good: int) -> None:
    """Raise Conflict when a company of these limits, which has so many good keys, may have no more."""
    if good >= limits["keys"]:
        raise Conflict(f"Your plan allows {limits['keys']:,} API keys, live and test ones together: revoke one first")
