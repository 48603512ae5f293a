"""The sandbox as the graph shows it."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

import models
from access.scopes import Scope
from engine.declare.types import Connection, Node, computed, field, one, type_for
from engine.graph.operations import operation
from engine.run.context import Reading
from resolvers import sandbox
from schema.tasks import Task
from schema.webhooks import WebhookDelivery, may_see

_SCOPE = Scope.SETTINGS_INTEGRATIONS


@type_for(models.SandboxRequest, _SCOPE, "A request to a webhook endpoint of the sandbox, which a sink took.", by="at")
class SandboxRequest(Node):
    """A request to a webhook endpoint of the sandbox."""

    at: datetime = field("When the sink took it.")
    event_type: str = field("The event it tells of: `quote.sent`; or `ping`.")
    endpoint_id: strawberry.ID = field("The endpoint it was for.")
    url: str = field("The endpoint's URL, where a live endpoint would have been sent it.")
    headers: JSON = field("Its headers; what is secret is masked.")
    size: int = field("Bytes of its body.")
    delivery: WebhookDelivery | None = one("delivery_id", "The delivery it was a try of.")

    @computed(
        "event_type",
        "body",
        description="Its body, cut at 64 KiB; null where the key may not see all that the event tells.",
        in_rest=True,
    )
    def body(self, ctx: Reading) -> str | None:
        """Show it to a key that may see the record it is made of."""
        return self.body if may_see(ctx, self.event_type) else None


@strawberry.type
class Query:
    """What can be read of the sandbox."""

    sandbox_request: SandboxRequest | None = operation(sandbox.sandbox_request, _SCOPE)
    sandbox_requests: Connection[SandboxRequest] = operation(sandbox.sandbox_requests, _SCOPE)


@strawberry.type
class Mutation:
    """What can be done to the sandbox."""

    reset_sandbox: Task = operation(sandbox.reset_sandbox, _SCOPE, path="/sandbox/reset", status=202)
