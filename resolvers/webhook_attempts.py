"""Deliveries of webhooks and their attempts: what was sent, and what came back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from core.errors import Conflict, NotFound
from core.values.ids import new_id
from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Command, Reading
from models import Attempt, Delivery
from resolvers.versions import ExpectedVersion
from resolvers.webhooks import WEBHOOKS

_REFUSED: Final = {
    "deleted": "Its endpoint was deleted",
    "disabled": "Its endpoint is disabled: enable it first",
    "ping": "A ping is not sent again: ping its endpoint once more",
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


async def ping_webhook_endpoint(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Delivery]:
    """Send a test event, `ping`, to a webhook endpoint, within two seconds: signed and sent as every event is.

    It is sent whatever the endpoint subscribes to, and to a paused or disabled one as well. It is tried once; the
    delivery that is answered ends with what came of it, and its attempt is listed.
    """
    endpoint = await WEBHOOKS.lock(ctx, id, expected_version)
    made = new_id(Delivery)
    await ctx.unit.act("ping_endpoint", endpoint.id, made)
    return ctx.rows(Delivery).by_id(made)


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
