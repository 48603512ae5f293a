"""Versions: a caller who says which version it saw is refused when there is a newer one."""

from __future__ import annotations

from core.errors import Conflict
from core.record import Record


def check_version(row: Record, expected: int | None) -> None:
    """Raise Conflict when the caller expected another version than the row has now."""
    if expected is not None and row.version != expected:
        message = f"{type(row).__name__} is at version {row.version}, not {expected}: read it again"
        raise Conflict(message, field="expectedVersion")
