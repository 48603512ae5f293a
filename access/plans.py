"""What a plan allows: the figures of each, and how a company's own figures take their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.errors import Invalid
from models import Plan

REQUESTS: Final[Mapping[str, int]] = {
    Plan.STARTER: 120,
    Plan.PRO: 300,
    Plan.TEAM: 600,
    Plan.BUSINESS: 1_200,
    Plan.ENTERPRISE: 6_000,
}
"""Requests a minute for each key (contracts.md §0)."""

ANONYMOUS: Final = 120
"""Requests a minute for each address that shows no good key."""

ENDPOINTS: Final[Mapping[str, int]] = {
    Plan.STARTER: 100,
    Plan.PRO: 200,
    Plan.TEAM: 300,
    Plan.BUSINESS: 500,
    Plan.ENTERPRISE: 1_000,
}
"""Webhook endpoints of a company, in its live and its test workspace together: every event is matched with each."""

AUDIT_DAYS: Final[Mapping[str, int]] = {
    Plan.STARTER: 365,
    Plan.PRO: 730,
    Plan.TEAM: 730,
    Plan.BUSINESS: 1_095,
    Plan.ENTERPRISE: 1_095,
}
"""Days that entries of the audit are kept."""

LIMITS: Final = ("requests", "points", "endpoints", "audit_days")
"""What a company may have figures of its own for."""

UNLIMITED: Final = 1_000_000_000
"""What 0 in `companies.limits` stands for: more than anybody can use up, told by the same headers."""


POINTS: Final = 100_000
"""Points that a key of the starter plan may save up (semantics.md §3); other plans in the ratio of their requests."""

FILLS_IN: Final = 20
"""Seconds in which an empty bucket of points is full again."""


def limits_of(plan: str, own: Mapping[str, Any]) -> dict[str, int]:
    """Return the figures that hold for a company, of the plan or its own."""
    points = POINTS * REQUESTS[plan] // REQUESTS[Plan.STARTER]
    of_plan = {
        "requests": REQUESTS[plan],
        "points": points,
        "endpoints": ENDPOINTS[plan],
        "audit_days": AUDIT_DAYS[plan],
    }
    return {name: figure if own.get(name) is None else own[name] or UNLIMITED for name, figure in of_plan.items()}


def check_limits(own: Mapping[str, Any]) -> None:
    """Raise Invalid for a figure that there is none of, or that is no count."""
    for name, figure in own.items():
        if name not in LIMITS:
            raise Invalid(f"limits.{name}: unknown limit", field=f"limits.{name}")
        if type(figure) is not int or not 0 <= figure <= UNLIMITED:
            raise Invalid(f"limits.{name}: a count from 0 (unlimited) to {UNLIMITED}", field=f"limits.{name}")
