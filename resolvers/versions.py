"""Versions: a caller who says which version it saw is refused when there is a newer one."""

from __future__ import annotations

from typing import Annotated

from core.errors import Conflict
from core.record import Record

ExpectedVersion = Annotated[
    int | tuple[int, ...] | None,
    "The `version` that you saw: it is a `conflict` if the record has another one now. Any will do if left out.",
]
"""The version that a caller saw; several when any of them will do (a list in `If-Match`), None when none was named."""


def check_version(row: Record, expected: ExpectedVersion) -> None:
    """Raise Conflict when the row has a version now that the caller did not expect."""
    wanted = (expected,) if isinstance(expected, int) else expected
    if wanted is not None and row.version not in wanted:
        told = f"not {' or '.join(map(str, wanted))}: read it again"
        if not wanted:
            told = "and the tag names none: the ETag of an answer that shows `version` does"
        stale = Conflict(f"{type(row).__name__} is at version {row.version}, {told}", field="expectedVersion")
        stale.is_stale = True
        raise stale
