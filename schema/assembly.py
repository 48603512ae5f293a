"""The whole graph: every resource's types and root fields, in one place."""

from __future__ import annotations

from functools import cache

import strawberry

from engine.graph.graph import Graph
from schema import (
    access,
    activity,
    audit,
    changes,
    clients,
    custom_fields,
    intake,
    metrics,
    nodes,
    quotes,
    registered_documents,
    sandbox,
    tasks,
    webhooks,
)
from schema.standard import standard_commands

TYPES = (
    clients.Client,
    clients.Contact,
    quotes.Quote,
    quotes.QuotePart,
    custom_fields.CustomFieldDefinition,
    intake.Intake,
    webhooks.WebhookEndpoint,
    webhooks.WebhookAttempt,
    webhooks.WebhookDelivery,
    sandbox.SandboxRequest,
    registered_documents.RegisteredDocument,
    audit.AuditEntry,
    activity.ActivityEntry,
    tasks.Task,
)


@strawberry.type(description="What can be read.")
class Query(
    clients.Query,
    quotes.Query,
    custom_fields.Query,
    webhooks.Query,
    sandbox.Query,
    registered_documents.Query,
    tasks.Query,
    nodes.Query,
    metrics.Query,
    changes.Query,
    audit.Query,
    activity.Query,
    access.Query,
):
    """Every read."""


@strawberry.type
class _Named(
    clients.Mutation,
    quotes.Mutation,
    custom_fields.Mutation,
    intake.Mutation,
    webhooks.Mutation,
    sandbox.Mutation,
    registered_documents.Mutation,
    tasks.Mutation,
):
    """The commands that a module names."""


@strawberry.type(description="What can be done. One request is one transaction: if any field fails, none happened.")
class Mutation(_Named, standard_commands(TYPES, Query, _Named)):  # type: ignore[misc]  # made when the module is read
    """Every command."""


@cache
def graph() -> Graph:
    """The graph, built once."""
    return Graph(Query, Mutation, TYPES, changes.Subscription)
