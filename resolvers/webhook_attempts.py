"""Deliveries of webhooks and their attempts: what was sent, and what came back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from core.errors import Conflict, NotFound
from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Command, Reading
from models import Attempt, Delivery

_REFUSED: Final = {
    "deleted": "Its endpoint was deleted",
    "disabled": "Its endpoint is disabled: enable it first",
    "pending": "It is still to be sent, or to be sent again",
    "gone": "Its event is kept no more",
}
"""Why a delivery is not sent again, by what the database says."""


async def webhook_attempts(ctx: Reading, filter: Filter[Attempt] | None, page: Page) -> Rows[Attempt]:
    """List the attempts to deliver webhooks, the latest first: each request with its answer, for 90 days."""
    return ctx.rows(Attempt).filter(filter).page(page)


async def webhook_attempt(ctx: Reading, id: UUID) -> Rows[Attempt]:
    """One attempt to deliver a webhook by its id; null when there is none."""
    return ctx.rows(Attempt).by_id(id)


async def webhook_deliveries(ctx: Reading, filter: Filter[Delivery] | None, page: Page) -> Rows[Delivery]:
    """List the deliveries of webhooks, the latest first: each is one event for one endpoint.

    One that has ended is kept for 90 days.
    """
    return ctx.rows(Delivery).filter(filter).page(page)


async def webhook_delivery(ctx: Reading, id: UUID) -> Rows[Delivery]:
    """One delivery of a webhook by its id, which is its `webhook-id`; null when there is none."""
    return ctx.rows(Delivery).by_id(id)


async def resend_webhook_delivery(ctx: Command, id: UUID) -> Rows[Delivery]:
    """Send a delivery that has ended once more, within two seconds: the same body under the same `webhook-id`.

    It counts as a further attempt. To a paused endpoint it is sent when that is resumed. It is a conflict while the
    delivery is still to be sent, so commands at once send it once.
    """
    found = await ctx.unit.act("resend_delivery", id)
    if found == "missing":
        raise NotFound("WebhookDelivery not found", field="id")
    if found in _REFUSED:
        raise Conflict(_REFUSED[found], field="id")
    return ctx.rows(Delivery).by_id(id)
