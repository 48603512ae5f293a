"""Webhook endpoints as the graph shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry

import models
from access.scopes import Scope
from engine.declare.types import Connection, Node, field, type_for
from engine.graph.operations import operation
from resolvers import webhooks
from schema.actors import Actor, created_by

strawberry.enum(models.EndpointStatus, description="Whether events are sent to an endpoint.")


@type_for(models.Endpoint, Scope.SETTINGS_INTEGRATIONS, "Where a customer wants to be told of events.")
class WebhookEndpoint(Node):
    """Where a customer wants to be told of events."""

    created_at: datetime = field("When it was made.")
    updated_at: datetime = field("When it last changed.")
    version: int = field(
        "How often it was written. Sent with a command (REST: `If-Match`), only what you saw is changed."
    )
    deleted_at: datetime | None = field("When it was deleted, if it was.")
    url: str = field("Where events are sent, by POST.")
    events: list[str] = field("What it is told of: names of events, families such as `quote.*`, or `*`.")
    description: str | None = field("What it is for.")
    status: models.EndpointStatus = field("Whether events are sent.")
    secret: str = field(
        "The signing secret: whole in the answer that creates the endpoint, masked ever after.", column="secret_hint"
    )
    created_by: Actor | None = created_by()


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
    delete_webhook_endpoint: WebhookEndpoint = operation(webhooks.delete_webhook_endpoint, Scope.SETTINGS_INTEGRATIONS)
