"""Webhook endpoints: where a customer wants to be told of events."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from access.plans import PLANS
from core.errors import Conflict
from core.outbound import read_url
from core.problems import Problems
from core.signing import masked, new_secret, own_secret
from engine.declare.names import snake
from engine.run.context import Command
from models import Endpoint, EndpointStatus, EndpointStyle, Plan
from models.events import EVERYTHING, family, is_subscription
from models.webhook import OWN_SECRET, SEALED_FOR, SIGNED_WITH
from resolvers.aggregate import Aggregate


async def _examine(ctx: Command, endpoint: Endpoint, given: Mapping[str, Any], wrong: Problems) -> None:
    """Note what is wrong with what is to be set."""
    if "url" in given:
        _check_url(ctx, given["url"], wrong)
    if "events" in given:
        _check_events(ctx, given["events"], endpoint.events, wrong)
    if given.get("status") is EndpointStatus.PAUSED:
        wrong.note("status", "an endpoint is paused and resumed by commands of their own")
    if "style" in given:
        _check_secret(given.get("secret"), given["style"], wrong)


async def _prepare(ctx: Command, endpoint: Endpoint, given: dict[str, Any]) -> None:
    """Begin anew with an endpoint that is enabled again; give a new one its secret."""
    if given.get("status") is EndpointStatus.ENABLED and endpoint.status == EndpointStatus.PAUSED:
        await _begin_anew(ctx, endpoint)
    elif given.get("status") is EndpointStatus.ENABLED and endpoint.status == EndpointStatus.DISABLED:
        endpoint.failing_since = None
    if endpoint.secret is None:
        give_secret(ctx, endpoint, given.pop("secret", None), given.get("style") or endpoint.style)


def give_secret(ctx: Command, endpoint: Endpoint, own: str | None, style: str | None) -> None:
    """Give an endpoint a secret, sealed: a new one, which the command's answer alone shows, or its owner's `own`.

    Of an endpoint whose style is not forg, Invalid refuses a secret of its owner's.
    """
    wrong = Problems()
    _check_secret(own, style, wrong)
    wrong.check()
    secret = new_secret() if own is None else own_secret(own)
    endpoint.secret = ctx.installation.secrets.seal(SEALED_FOR, secret.encode(), endpoint.id.bytes)
    endpoint.secret_hint = masked(secret)
    if own is None:
        ctx.show_once(endpoint.secret_hint, secret)


async def _begin_anew(ctx: Command, endpoint: Endpoint) -> None:
    """Forget the failures of before; what waits for an endpoint that is paused is due at once, in order."""
    endpoint.failing_since = None
    endpoint.resumed_at = await ctx.unit.call("resume_deliveries", endpoint.id)


async def _check_number(ctx: Command) -> None:
    """Refuse one endpoint more than the company may have. Creations wait for each other here, so none passes by."""
    most = ctx.principal.limits.get("endpoints", PLANS[Plan.STARTER].endpoints)
    if await ctx.unit.call("endpoints_of_company") + ctx.counted(Endpoint) >= most:
        raise Conflict(f"Your plan allows {most:,} webhook endpoints, live and test ones together: delete one first")


def _check_secret(own: str | None, style: str | None, wrong: Problems) -> None:
    if own is not None and style != EndpointStyle.FORG:
        wrong.note("secret", "only an endpoint of the style forg takes a secret of your own")


def _check_url(ctx: Command, url: str, wrong: Problems) -> None:
    try:
        read_url(url, ctx.installation.webhook_allow)
    except ValueError as error:
        wrong.note("url", str(error))


def _check_events(ctx: Command, events: list[str], before: Collection[str], wrong: Problems) -> None:
    """Note what is no event, or stands twice; refuse what is new and named although this key may not see it."""
    scopes = {snake(spec.name): spec.scope for spec in ctx.catalogue.types.values()}
    for place, name in enumerate(events):
        field = f"events.{place}"
        if not is_subscription(name):
            wrong.note(field, f"there is no event {name!r}; docs/events.md lists them")
        elif name in events[:place]:
            wrong.note(field, f"{name!r} is named twice")
        elif name != EVERYTHING and name not in before:
            ctx.principal.require(scopes[family(name)], field=field)


WEBHOOKS = Aggregate(Endpoint, prepare=_prepare, examine=_examine, admit=_check_number, family="webhook_endpoint")

webhook_endpoints = WEBHOOKS.page("List webhook endpoints.")
webhook_endpoint = WEBHOOKS.get("One webhook endpoint by its id; null when there is none.")
create_webhook_endpoint = WEBHOOKS.create(
    "Add a webhook endpoint; this answer alone shows its signing secret whole.\n\n"
    "It is told of what happens from now on, as far as the key that made it may see it. An event or family that is\n"
    "named takes its view scope; `*` leaves out the families without theirs. Fields without their scope are left out.\n"
    "When the key is revoked, nothing is sent any more.",
    "Where to send events, and which: names, families such as `quote.*`, or `*` for all of them.",
    secret=(Annotated[str, OWN_SECRET, SIGNED_WITH] | None, None),
)
update_webhook_endpoint = WEBHOOKS.update(
    "Change what a webhook endpoint is told of, disable or enable it; its URL stays, for another make another.\n\n"
    "What happens while it is disabled is not sent later.",
    "What to change of an endpoint: null clears, what is left out stays; `events` is the whole list.\n\n"
    "Its URL stays: an endpoint sees what the key that made it may see, so another key must not lead that elsewhere.",
)
pause_webhook_endpoint = WEBHOOKS.move(
    "pause",
    (EndpointStatus.ENABLED,),
    EndpointStatus.PAUSED,
    "Pause a webhook endpoint: nothing is sent, and what it is told of meanwhile is kept for it.",
)
resume_webhook_endpoint = WEBHOOKS.move(
    "resume",
    (EndpointStatus.PAUSED,),
    EndpointStatus.ENABLED,
    "Resume a paused webhook endpoint: what was kept for it is sent, one after another in the order of the events."
    " What fails again is tried again later, and the next one is sent meanwhile.",
    arrange=_begin_anew,
    past="resumed",
)
delete_webhook_endpoint = WEBHOOKS.delete("Delete a webhook endpoint; what was not yet sent to it is not sent.")
