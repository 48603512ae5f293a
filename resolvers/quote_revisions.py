"""Revisions of quotes: what was lost or expired is offered again under the same number."""

from __future__ import annotations

from uuid import UUID

from core.errors import Conflict
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Quote, QuoteStatus
from resolvers.quotes import QUOTES, REVISED, lock_revisions
from resolvers.revisions import copy_lines, copy_record
from resolvers.states import Move
from resolvers.versions import ExpectedVersion

_OWN = ("sent_at", "lost_reason", "expires_on", "bill_to", "ship_to")
"""Columns that a new revision begins without."""


async def revise_quote(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Quote]:
    """Write a new draft of a quote that was lost or has expired: the same number, the next revision, the same parts.

    The old one stays as it is. It has one successor at a time: a later revision that is not deleted is a conflict.
    """
    others = await lock_revisions(ctx, id)
    found = await QUOTES.lock(ctx, id, expected_version)
    QUOTES.check_state(found, REVISED, "only what was lost or has expired is revised; a sent quote can be reverted")
    for each in others:
        if each.deleted_at is None and each.revision > found.revision:
            raise Conflict(
                f"Quote {found.number} has a revision {each.revision}: that is the one to go on from", field="id"
            )
    revision = max(each.revision for each in others) + 1
    made = copy_record(found, without=_OWN, revision=revision, status=QuoteStatus.DRAFT)
    inside = await QUOTES.load(ctx, found, QUOTES.lines)
    copies = {name: copy_lines(rows, made.id) for name, rows in inside.items()}
    put = {row.id for rows in copies.values() for row in rows}
    return await QUOTES.stage(ctx, made, dict(copies), put, event=QUOTES.told("revised"))


QUOTES.moves.append(Move("revise", REVISED, QuoteStatus.DRAFT, "Write a new draft revision; the old one stays."))
QUOTES.told("revised")
