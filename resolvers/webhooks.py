"""Webhook endpoints: where a customer wants to be told of events."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from access.plans import ENDPOINTS
from core.absent import absent, named
from core.errors import Conflict, Invalid
from core.ids import new_id
from core.outbound import LONGEST_URL, read_url
from core.signing import masked, new_secret
from core.values import Note, Text
from engine.context import Context
from engine.inputs import input_type
from engine.names import snake
from engine.rows import Filter, Page, Rows
from models import Endpoint, EndpointStatus, Plan
from models.events import EVERYTHING, family, is_subscription
from models.webhook import SEALED_FOR
from resolvers.versions import ExpectedVersion, check_version

MOST_SUBSCRIPTIONS: Final = 100

Url = Annotated[str, Text(LONGEST_URL, blank=False)]
Subscriptions = Annotated[
    list[Annotated[str, Text(100, blank=False)]], Field(min_length=1, max_length=MOST_SUBSCRIPTIONS)
]


@input_type
class CreateWebhookEndpoint:
    """Where to send events, and which: names, families such as `quote.*`, or `*` for all of them."""

    url: Url
    events: Subscriptions
    description: Note | None = None


@input_type
class UpdateWebhookEndpoint:
    """What to change of an endpoint: null clears, what is left out stays; `events` is the whole list.

    Its URL stays: an endpoint sees what the key that made it may see, so another key must not lead that elsewhere.
    """

    events: Subscriptions = absent()
    description: Note | None = absent()
    status: EndpointStatus = absent()


async def webhook_endpoints(ctx: Context, filter: Filter[Endpoint] | None, page: Page) -> Rows[Endpoint]:
    """List webhook endpoints."""
    return ctx.rows(Endpoint).filter(filter).page(page)


async def webhook_endpoint(ctx: Context, id: UUID) -> Rows[Endpoint]:
    """One webhook endpoint by its id; null when there is none."""
    return ctx.rows(Endpoint).by_id(id)


async def create_webhook_endpoint(ctx: Context, input: CreateWebhookEndpoint) -> Rows[Endpoint]:
    """Add a webhook endpoint; this answer alone shows its signing secret whole.

    It is told of what happens from now on, as far as the key that made it may see it. An event or family that is named
    takes its view scope; `*` leaves out the families without theirs. Fields without their scope are left out. When the
    key is revoked, nothing is sent any more.
    """
    _check_url(ctx, input.url)
    _check_events(ctx, input.events)
    await _check_number(ctx)
    made = Endpoint(id=new_id(Endpoint), **named(input))
    secret = new_secret()
    made.secret = ctx.installation.secrets.seal(SEALED_FOR, secret.encode(), made.id.bytes)
    made.secret_hint = masked(secret)
    ctx.show_once(made.secret_hint, secret)
    return ctx.save(made, event="webhook_endpoint.created")


async def update_webhook_endpoint(
    ctx: Context,
    id: UUID,
    input: UpdateWebhookEndpoint,
    expected_version: ExpectedVersion = None,
) -> Rows[Endpoint]:
    """Change what a webhook endpoint is told of, disable or enable it; its URL stays, for another make another.

    What happens while it is disabled is not sent later.
    """
    found = await ctx.lock(Endpoint, id)
    check_version(found, expected_version)
    changes = named(input)
    if "events" in changes:
        _check_events(ctx, input.events, found.events)
    if changes.get("status") is EndpointStatus.PAUSED:
        message = "status: only Forge itself pauses an endpoint; use disabled"
        raise Invalid(message, field="status")
    for name, value in changes.items():
        setattr(found, name, value)
    return ctx.save(found, event="webhook_endpoint.updated")


async def delete_webhook_endpoint(ctx: Context, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Endpoint]:
    """Delete a webhook endpoint; what was not yet sent to it is not sent."""
    found = await ctx.lock(Endpoint, id)
    check_version(found, expected_version)
    return ctx.delete(found, event="webhook_endpoint.deleted")


async def _check_number(ctx: Context) -> None:
    """Refuse one endpoint more than the company may have. Creations wait for each other here, so none passes by."""
    most = ctx.principal.limits.get("endpoints", ENDPOINTS[Plan.STARTER])
    if await ctx.unit.call("endpoints_of_company") >= most:
        message = f"Your plan allows {most:,} webhook endpoints, live and test ones together: delete one first"
        raise Conflict(message)


def _check_url(ctx: Context, url: str) -> None:
    try:
        read_url(url, ctx.installation.webhook_allow)
    except ValueError as error:
        message = f"url: {error}"
        raise Invalid(message, field="url") from error


def _check_events(ctx: Context, events: list[str], before: Collection[str] = ()) -> None:
    """Refuse what is no event, and what is new and named although this key may not see it."""
    scopes = {snake(spec.name): spec.scope for spec in ctx.catalogue.types.values()}
    for place, name in enumerate(events):
        field = f"events.{place}"
        if not is_subscription(name):
            message = f"{field}: there is no event {name!r}; docs/events.md lists them"
            raise Invalid(message, field=field)
        if name in events[:place]:
            message = f"{field}: {name!r} is named twice"
            raise Invalid(message, field=field)
        if name != EVERYTHING and name not in before:
            ctx.principal.require(scopes[family(name)], field=field)
