"""The change feed of a workspace: its outbox read in commit order from a cursor, in one guarded statement.

A cursor is a sequence and the moment of its event, in microseconds: the moment is the feed's epoch. Sequences are
gapless and moments only grow, so a database whose history is another one (a backup put back, a fork) has another moment
at the same sequence, or none, and the cursor is refused. Why: docs/decisions/0040-subscriptions.md.
"""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from core.database.database import guarded
from core.errors import BadRequest, Gone

CHANNEL: Final = "forge:changes"
"""Where the ids of workspaces with new changes are published."""
KEPT_DAYS: Final = 30
"""How long changes are kept."""
WINDOW: Final = 20_000
"""Sequences one statement looks through at most, however few of them are wanted."""
_CURSOR: Final = struct.Struct(">BQQ")
_FORMAT: Final = 1
_LETTERS: Final = 23
CURSOR_PATTERN: Final = f"^[A-Za-z0-9_-]{{{_LETTERS}}}$"
"""What a cursor of the feed looks like."""
_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)

Read = Callable[[str, Sequence[Any]], Awaitable[bytes | None]]
"""Runs a guarded statement, as `core.database.database.Reads.text` does."""


def _microseconds(column: str) -> str:
    return f"(extract(epoch from {column}) * 1000000)::bigint"


_OF_THIS = "from outbox o where o.workspace_id = $1 and o.sequence ="
_PAGE: Final = guarded(f"""
select json_build_array(
  $2::bigint is null or ($2 = c.tick and $3 = {_microseconds("c.clock")})
  or exists (select {_OF_THIS} $2 and {_microseconds("o.at")} = $3)
  or (not exists (select {_OF_THIS} $2) and exists (select {_OF_THIS} $2 + 1 and {_microseconds("o.at")} > $3)),
  array[c.tick, {_microseconds("c.clock")}],
  array[w.upto, case when w.upto = c.tick then {_microseconds("c.clock")} else
    (select {_microseconds("o.at")} {_OF_THIS} w.upto) end],
  (select json_agg(json_build_array(e.sequence, {_microseconds("e.at")}, e.type, e.record_type, e.record_id, e.data)
      order by e.sequence)
    from (
      select * from outbox o where o.workspace_id = $1 and o.sequence > b.sequence and o.sequence <= w.upto
        and ($4::text[] is null or o.record_type = any($4)) order by o.sequence limit $5
    ) e)
)::text
from clocks c
cross join lateral (
  select coalesce(
    $2::bigint, (select o.sequence - 1 from outbox o where o.workspace_id = $1 order by o.sequence limit 1), c.tick
  )
) b(sequence)
cross join lateral (select least(c.tick, b.sequence + {WINDOW})) w(upto)
where c.workspace_id = $1
""")


class Cursor(NamedTuple):
    """A place in the feed: after the event of this sequence, which happened `at` (microseconds since 1970)."""

    sequence: int
    at: int

    def __str__(self) -> str:
        """The cursor as callers keep it."""
        return urlsafe_b64encode(_CURSOR.pack(_FORMAT, *self)).decode().rstrip("=")


def read_cursor(text: str, field: str) -> Cursor:
    """Read a cursor; BadRequest, naming `field`, when it is none."""
    try:
        form, sequence, at = _CURSOR.unpack(urlsafe_b64decode(text + "="))
    except ValueError:
        form = 0
    except struct.error:
        form = 0
    if form != _FORMAT or len(text) != _LETTERS or max(sequence, at) >= 1 << 63:
        raise BadRequest(f"{field}: not a cursor of changes", field=field)
    return Cursor(sequence, at)


@dataclass(frozen=True)
class Event:
    """One committed change: `data` is JSON text of the row as REST showed it at the commit."""

    place: Cursor
    type: str
    table: str
    record: str
    data: str

    @cached_property
    def cursor(self) -> str:
        """The place after this event, as callers keep it."""
        return str(self.place)

    @cached_property
    def at(self) -> datetime:
        """When it was committed."""
        return _1970 + timedelta(microseconds=self.place.at)

    @cached_property
    def record_id(self) -> UUID:
        """The row that changed."""
        return UUID(self.record)


@dataclass(frozen=True, slots=True)
class Page:
    """Events of some tables in order; `reached` is the place to go on from, `head` where the feed ends now."""

    events: list[Event]
    reached: Cursor
    head: Cursor


async def read_page(
    read: Read, workspace_id: UUID, after: Cursor | None, tables: Sequence[str] | None, limit: int
) -> Page:
    """Read at most `limit` events after a cursor (None: from the oldest kept) of these tables (None: all).

    An empty page may still have moved on: `reached` is the head only when nothing more is there. Raises Gone when the
    feed does not know the cursor any more.
    """
    sequence, at = after or (None, None)
    text = await read(_PAGE, (workspace_id, sequence, at, None if tables is None else list(tables), limit))
    known, head, upto, rows = orjson.loads(text or b"null")
    top = Cursor(*head)
    if not known:
        message = "The cursor is older than what is kept, or of another history: read everything again, then go on from"
        raise Gone(f"{message} {top}", restart=str(top))
    events = [Event(Cursor(row[0], row[1]), *row[2:]) for row in rows or ()]
    reached = events[-1].place if events and len(events) == limit else Cursor(*upto)
    return Page(events, reached, top)
