"""The activity log: what keys asked, and what they were answered."""

from __future__ import annotations

from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Reading
from models import ActivityEntry


async def activity(ctx: Reading, filter: Filter[ActivityEntry] | None, page: Page) -> Rows[ActivityEntry]:
    """List the requests that keys of this workspace made in the last 30 days, the latest first.

    A request is listed within about two seconds of its answer. Requests without a good key are nobody's: they are not
    listed.
    """
    rows = ctx.rows(ActivityEntry).where("@.at>=now()-interval '30 days'")
    return rows.filter(filter).page(page)
