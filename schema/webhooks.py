"""Webhook endpoints as the graph shows them, with what was sent to them and what came back."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import strawberry
from strawberry.scalars import JSON

import models
from access.scopes import Scope
from engine.declare.catalogue import Column, Computed
from engine.declare.enums import describe_enum
from engine.declare.faces import Face, Is
from engine.declare.names import snake
from engine.declare.types import Connection, Node, computed, field, many, one, type_for
from engine.graph.operations import operation
from engine.run.context import Reading
from models.events import family
from models.webhook import SIGNED_WITH
from resolvers import forg_webhooks, webhook_secrets, webhooks
from resolvers import webhook_attempts as tries
from schema.records import Record

_SCOPE: Final = Scope.SETTINGS_INTEGRATIONS

describe_enum(
    models.EndpointStyle,
    "Which of two documented contracts an endpoint is sent events by.",
    {
        "MRP": "Forge MRP's: `X-Forge-Signature`, and a body of `type`, `created_at` and `data`.",
        "FORG": "FORG's: `X-Forg-Signature`, and a body of `id`, `type`, `org_id`, `ts` and `data`.",
    },
)
describe_enum(
    models.EndpointStatus,
    "Whether events are sent to an endpoint.",
    {
        "ENABLED": "Events are sent.",
        "DISABLED": "Nothing is sent: its owner said so, or the receiver answered 410.",
        "PAUSED": "Nothing is sent; events are kept for it. Its owner said so, or it failed for 5 days.",
    },
)


describe_enum(
    models.DeliveryStatus,
    "What became of a delivery.",
    {
        "PENDING": "It is still to be sent, or to be sent again.",
        "DELIVERED": "The receiver took it.",
        "EXHAUSTED": "The receiver took it at none of its tries.",
        "CANCELLED": "It was given up: the endpoint was disabled or deleted, or answered 410.",
    },
)
describe_enum(
    models.AttemptStatus,
    "Whether a receiver took what it was sent.",
    {"SUCCEEDED": "It answered 2xx.", "FAILED": "It answered otherwise, too late, or not at all."},
)


def may_see(ctx: Reading, event: str) -> bool:
    """Whether the key may see everything that an event of this name can tell."""
    spec = next((each for each in ctx.catalogue.types.values() if snake(each.name) == family(event)), None)
    if spec is None:
        return True
    shown = [each.scope for each in spec.fields.values() if isinstance(each, Column | Computed)]
    return {spec.scope, *(each for each in shown if each is not None)} <= ctx.principal.scopes


@type_for(models.Attempt, _SCOPE, "One try of a delivery: the request and its answer.", by="at")
class WebhookAttempt(Node):
    """One try of a delivery."""

    at: datetime = field("When it was sent.")
    number: int = field("Counts the tries of its delivery, from 1.")
    status: models.AttemptStatus = field("Whether the receiver took it.")
    status_code: int | None = field("The HTTP status of the answer; null when there was none.")
    error: str | None = field("Why there was no answer, or none that could be read whole.")
    duration_ms: int = field("Milliseconds until the answer, or until it was given up.")
    address: str | None = field("The IP address it was sent to; null when it was sent to none, as in a sandbox.")
    event_type: str = field("The event it tells of: `quote.sent`; or `ping`.")
    request_headers: JSON = field("The headers that were sent; what is secret is masked.")
    response_headers: JSON = field("The headers of the answer; what is secret is masked.")
    delivery: WebhookDelivery | None = one("delivery_id", "The delivery it is a try of.")
    endpoint: WebhookEndpoint | None = one("endpoint_id", "The endpoint it was sent to.")

    @computed(
        "event_type",
        "request_body",
        description="What was sent, cut at 16 KiB; null where the key may not see all that the event tells.",
        in_rest=True,
    )
    def request_body(self, ctx: Reading) -> str | None:
        """Show it to a key that may see the record it is made of."""
        return self.request_body if may_see(ctx, self.event_type) else None

    @computed(
        "event_type",
        "response_body",
        description="What was answered, cut at 16 KiB; null where what was sent is not shown, for it may repeat that.",
        in_rest=True,
    )
    def response_body(self, ctx: Reading) -> str | None:
        """Show it to a key that may see what was sent."""
        return self.response_body if may_see(ctx, self.event_type) else None


@type_for(models.Delivery, _SCOPE, "One event that is told to one endpoint.")
class WebhookDelivery(Node):
    """One event that is told to one endpoint."""

    event_type: str = field("The event: `quote.sent`; or `ping`.")
    record_id: strawberry.ID = field("The record that the event is about; of a ping the endpoint.")
    status: models.DeliveryStatus = field("What became of it.")
    attempt_count: int = field("How often it was tried.", column="attempts")
    due_at: datetime | None = field("When it is tried next; null when it has ended.")
    created_at: datetime = field("When it was made of its event.")
    finished_at: datetime | None = field("When it ended, whichever way.")
    endpoint: WebhookEndpoint | None = one("endpoint_id", "Where it is sent.")
    attempts: Connection[WebhookAttempt] = many("delivery_id", "Its tries, the latest first.")


@type_for(models.Endpoint, _SCOPE, "Where a customer wants to be told of events.")
class WebhookEndpoint(Record):
    """Where a customer wants to be told of events."""

    url: str = field("Where events are sent, by POST.")
    style: models.EndpointStyle = field("By which contract events are sent.")
    events: list[str] = field("What it is told of: names of events, families such as `quote.*`, or `*`.")
    description: str | None = field("What it is for.")
    status: models.EndpointStatus = field("Whether events are sent.")
    secret: str = field(SIGNED_WITH, column="secret_hint")
    old_secret_until: datetime | None = field(
        "Until when the secret before the last rotation signs as well; null when there is none."
    )
    attempts: Connection[WebhookAttempt] = many("endpoint_id", "What was sent to it, the latest first.")
    deliveries: Connection[WebhookDelivery] = many("endpoint_id", "What it is told of, the latest first.")


_WEBHOOK: Final = Face(
    "webhook",
    (
        *("id", "url", "events"),
        Is("enabled", "status", models.EndpointStatus.ENABLED, "Whether events are sent."),
        "created_at",
    ),
)


@strawberry.type
class ForgQuery:
    """What can be read of webhooks by FORG's API."""

    webhook: WebhookEndpoint | None = operation(
        forg_webhooks.webhook, Scope.MANAGE_WEBHOOKS, path="/webhooks/{id}", face=_WEBHOOK
    )
    webhooks: Connection[WebhookEndpoint] = operation(
        forg_webhooks.webhooks, Scope.MANAGE_WEBHOOKS, path="/webhooks", face=_WEBHOOK
    )


@strawberry.type
class ForgMutation:
    """What can be done to webhooks by FORG's API."""

    create_webhook: WebhookEndpoint = operation(
        forg_webhooks.create_webhook, Scope.MANAGE_WEBHOOKS, path="/webhooks", face=_WEBHOOK
    )
    delete_webhook: WebhookEndpoint = operation(
        forg_webhooks.delete_webhook, Scope.MANAGE_WEBHOOKS, path="/webhooks/{id}", method="DELETE", face=_WEBHOOK
    )


@strawberry.type
class Query:
    """What can be read of webhook endpoints."""

    webhook_endpoint: WebhookEndpoint | None = operation(webhooks.webhook_endpoint, _SCOPE)
    webhook_endpoints: Connection[WebhookEndpoint] = operation(webhooks.webhook_endpoints, _SCOPE)
    webhook_attempt: WebhookAttempt | None = operation(tries.webhook_attempt, _SCOPE)
    webhook_attempts: Connection[WebhookAttempt] = operation(tries.webhook_attempts, _SCOPE)
    webhook_delivery: WebhookDelivery | None = operation(tries.webhook_delivery, _SCOPE)
    webhook_deliveries: Connection[WebhookDelivery] = operation(tries.webhook_deliveries, _SCOPE)


@strawberry.type
class Mutation:
    """What can be done to webhook endpoints."""

    create_webhook_endpoint: WebhookEndpoint = operation(webhooks.create_webhook_endpoint, _SCOPE)
    update_webhook_endpoint: WebhookEndpoint = operation(webhooks.update_webhook_endpoint, _SCOPE)
    pause_webhook_endpoint: WebhookEndpoint = operation(webhooks.pause_webhook_endpoint, _SCOPE)
    resume_webhook_endpoint: WebhookEndpoint = operation(webhooks.resume_webhook_endpoint, _SCOPE)
    rotate_webhook_endpoint: WebhookEndpoint = operation(webhook_secrets.rotate_webhook_endpoint, _SCOPE)
    promote_webhook_endpoint: WebhookEndpoint = operation(webhook_secrets.promote_webhook_endpoint, _SCOPE)
    ping_webhook_endpoint: WebhookDelivery = operation(
        tries.ping_webhook_endpoint, _SCOPE, path="/webhook-endpoints/{id}/ping", status=202
    )
    resend_webhook_delivery: WebhookDelivery = operation(tries.resend_webhook_delivery, _SCOPE)
    delete_webhook_endpoint: WebhookEndpoint = operation(webhooks.delete_webhook_endpoint, _SCOPE)
