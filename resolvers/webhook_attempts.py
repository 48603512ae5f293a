"""Deliveries of webhooks and their attempts: what was sent, and what came back."""

from __future__ import annotations

from uuid import UUID

from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Reading
from models import Attempt, Delivery


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
