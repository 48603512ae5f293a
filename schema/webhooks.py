"""Webhook endpoints as the graph shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, type_for
from engine.graph.operations import operation
from resolvers import webhook_secrets, webhooks
from schema.records import Record

describe_enum(
    models.EndpointStatus,
    "Whether events are sent to an endpoint.",
    {
        "ENABLED": "Events are sent.",
        "DISABLED": "Nothing is sent: its owner said so, or the receiver answered 410.",
        "PAUSED": "Nothing is sent; events are kept for it. Its owner said so, or it failed for 5 days.",
    },
)


@type_for(models.Endpoint, Scope.SETTINGS_INTEGRATIONS, "Where a customer wants to be told of events.")
class WebhookEndpoint(Record):
    """Where a customer wants to be told of events."""

    url: str = field("Where events are sent, by POST.")
    events: list[str] = field("What it is told of: names of events, families such as `quote.*`, or `*`.")
    description: str | None = field("What it is for.")
    status: models.EndpointStatus = field("Whether events are sent.")
    secret: str = field(
        "The signing secret: whole in the answer that creates or rotates it, masked ever after.", column="secret_hint"
    )
    old_secret_until: datetime | None = field(
        "Until when the secret before the last rotation signs as well; null when there is none."
    )


@strawberry.type
class Query:
    """What can be read of webhook endpoints."""

    webhook_endpoint: WebhookEndpoint | None = operation(webhooks.webhook_endpoint, Scope.SETTINGS_INTEGRATIONS)
    webhook_endpoints: Connection[WebhookEndpoint] = operation(webhooks.webhook_endpoints, Scope.SETTINGS_INTEGRATIONS)


@strawberry.type
class Mutation:
    """What can be done to webhook endpoints."""

    create_webhook_endpoint: WebhookEndpoint = operation(webhooks.create_webhook_endpoint, Scope.SETTINGS_INTEGRATIONS)
    update_webhook_endpoint: WebhookEndpoint = operation(webhooks.update_webhook_endpoint, Scope.SETTINGS_INTEGRATIONS)
    pause_webhook_endpoint: WebhookEndpoint = operation(webhooks.pause_webhook_endpoint, Scope.SETTINGS_INTEGRATIONS)
    resume_webhook_endpoint: WebhookEndpoint = operation(webhooks.resume_webhook_endpoint, Scope.SETTINGS_INTEGRATIONS)
    rotate_webhook_endpoint: WebhookEndpoint = operation(
        webhook_secrets.rotate_webhook_endpoint, Scope.SETTINGS_INTEGRATIONS
    )
    promote_webhook_endpoint: WebhookEndpoint = operation(
        webhook_secrets.promote_webhook_endpoint, Scope.SETTINGS_INTEGRATIONS
    )
    delete_webhook_endpoint: WebhookEndpoint = operation(webhooks.delete_webhook_endpoint, Scope.SETTINGS_INTEGRATIONS)
