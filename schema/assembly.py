"""The whole graph: every resource's types and root fields, in one place."""

from __future__ import annotations

from functools import cache

import strawberry

from engine.graph.graph import Graph
from schema import access, changes, clients, intake, metrics, nodes, quotes, registered_documents, webhooks

TYPES = (
    clients.Client,
    clients.Contact,
    quotes.Quote,
    quotes.QuotePart,
    intake.Intake,
    webhooks.WebhookEndpoint,
    registered_documents.RegisteredDocument,
)


@strawberry.type(description="What can be read.")
class Query(
    clients.Query,
    quotes.Query,
    webhooks.Query,
    registered_documents.Query,
    nodes.Query,
    metrics.Query,
    changes.Query,
    access.Query,
):
    """Every read."""


@strawberry.type(description="What can be done. One request is one transaction: if any field fails, none happened.")
class Mutation(clients.Mutation, quotes.Mutation, intake.Mutation, webhooks.Mutation, registered_documents.Mutation):
    """Every command."""


@cache
def graph() -> Graph:
    """The graph, built once."""
    return Graph(Query, Mutation, TYPES, changes.Subscription)
