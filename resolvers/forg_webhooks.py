"""Webhooks of FORG: the webhook endpoints of that style, in the words of its API. They are the same records."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from core.errors import NotFound
from engine.declare.inputs import input_type
from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Command, Reading
from models import Endpoint, EndpointStyle
from models.webhook import ENDPOINT_URL, EVENT, OWN_SECRET
from resolvers.versions import ExpectedVersion
from resolvers.webhooks import WEBHOOKS

_OF_FORG: Final = "@.style='forg'"
_EVENTS: Final = Field(min_length=1, max_length=100, json_schema_extra={"uniqueItems": True})


@input_type
class CreateWebhook:
    """Where to send events, which, and the secret that signs them."""

    url: Annotated[str, ENDPOINT_URL]
    events: Annotated[
        list[Annotated[str, EVENT]], _EVENTS, "What it is told of: events, families such as `quote.*`, or `*` for all."
    ]
    secret: Annotated[str, OWN_SECRET, "A secret of your own, which signs what is sent. It is never shown."]


async def webhooks(ctx: Reading, filter: Filter[Endpoint] | None, page: Page) -> Rows[Endpoint]:
    """List webhooks."""
    return ctx.rows(Endpoint).where(_OF_FORG).filter(filter).page(page)


async def webhook(ctx: Reading, id: UUID) -> Rows[Endpoint]:
    """One webhook by its id."""
    return ctx.rows(Endpoint).where(_OF_FORG).by_id(id)


async def create_webhook(ctx: Command, input: CreateWebhook) -> Rows[Endpoint]:
    """Register a webhook. Its secret signs what is sent, and is never shown.

    It is told of what happens from now on, as far as the key that made it may see it. An event or family that is
    named takes its view scope; `*` leaves out the families without theirs.
    """
    return await WEBHOOKS.make(ctx, input, style=EndpointStyle.FORG)


async def delete_webhook(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Endpoint]:
    """Delete a webhook; what was not yet sent to it is not sent."""
    found = await WEBHOOKS.lock(ctx, id, expected_version)
    if found.style != EndpointStyle.FORG:
        raise NotFound("Webhook not found", field="id")
    return ctx.delete(found, event="webhook_endpoint.deleted")
