"""Changes: everything that was committed in a workspace, in order, to keep a copy by."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from core.errors import Invalid
from core.feed import Cursor, read_cursor, read_page
from engine.feed.changes import ChangePage, Followed, resources_of
from engine.run.context import Reading

DEFAULT: Final = 50
LARGEST: Final = 250
"""Changes on a page."""
_Resources = Annotated[
    list[str] | None,
    'Only changes of these kinds of records, `["quote", "client"]`; of all that the key may view if left out.',
]


async def changes(
    ctx: Reading,
    after: Annotated[str | None, "A `nextCursor` or `latestCursor`: only changes after it."],
    resources: _Resources,
    first: Annotated[int | None, f"At most this many changes; {DEFAULT} if left out, {LARGEST} at most."],
) -> ChangePage:
    """Committed changes in order, deletions too, after a cursor; without one from the oldest kept (30 days).

    To keep a copy: take `latestCursor`, read everything, then ask again and again with `nextCursor` as `after`. A
    cursor that is older than what is kept is `gone`, and the error's `restart` is the cursor to go on from once
    everything was read again. Resources whose view scope the key lacks are not told.
    """
    size = DEFAULT if first is None else first
    if not 1 <= size <= LARGEST:
        raise Invalid(f"first: from 1 to {LARGEST}", field="first")
    tables = resources_of(ctx.catalogue).tables(ctx.principal, resources)
    page = await read_page(ctx.read, ctx.principal.workspace_id, _cursor(after), sorted(tables), size)
    nodes = [resources_of(ctx.catalogue).change(event, ctx.principal.scopes) for event in page.events]
    return ChangePage(nodes, str(page.reached), str(page.head), page.reached.sequence < page.head.sequence)


async def follow(
    ctx: Reading,
    after: Annotated[str | None, "The `cursor` of the last change that was seen; without it, from now on."],
    resources: _Resources,
    record_id: Annotated[UUID | None, "Only changes of this record."],
) -> Followed:
    """Every change as it is committed, in order, each once; after a cursor when one is given, else from now on.

    Resume with the `cursor` of the last change you have seen (over SSE it is the event's `id`, and `Last-Event-ID`
    works): nothing is lost and nothing comes twice. With `recordId` only the changes of this record are told: of a
    task, say, until it has finished. The stream ends when the key loses a right.
    """
    return Followed(_cursor(after), resources_of(ctx.catalogue).tables(ctx.principal, resources), record_id)


def _cursor(text: str | None) -> Cursor | None:
    return None if text is None else read_cursor(text, "after")
