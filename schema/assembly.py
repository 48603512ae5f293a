"""The whole graph: every resource's types and root fields, in one place."""

from __future__ import annotations

from functools import cache

import strawberry

from engine.graph.graph import Graph
from schema import (
    access,
    activity,
    api_keys,
    audit,
    changes,
    clients,
    custom_fields,
    intake,
    inventory,
    jobs,
    json_documents,
    locations,
    metrics,
    nodes,
    parts,
    people,
    purchase_orders,
    quotes,
    receipts,
    registered_documents,
    requirements,
    rfqs,
    sandbox,
    stock_counts,
    suppliers,
    tasks,
    webhooks,
    work_centers,
    work_orders,
)
from schema.standard import standard_commands

TYPES = (
    clients.Client,
    clients.Contact,
    clients.ClientAddress,
    quotes.Quote,
    quotes.QuotePart,
    suppliers.Supplier,
    suppliers.SupplierContact,
    suppliers.SupplierAddress,
    suppliers.SupplierPart,
    suppliers.PriceBreak,
    requirements.Requirement,
    rfqs.Rfq,
    rfqs.RfqLine,
    rfqs.RfqQuantity,
    rfqs.RfqInvitation,
    rfqs.RfqResponse,
    purchase_orders.PurchaseOrder,
    purchase_orders.PurchaseOrderLine,
    receipts.Receipt,
    receipts.ReceiptLine,
    parts.Part,
    parts.BomLine,
    parts.RoutingOperation,
    work_centers.WorkCenter,
    jobs.Job,
    jobs.JobPart,
    work_orders.WorkOrder,
    custom_fields.CustomFieldDefinition,
    intake.Intake,
    inventory.InventoryItem,
    inventory.Reservation,
    inventory.StockMovement,
    locations.StockLocation,
    stock_counts.StockCount,
    stock_counts.StockCountLine,
    webhooks.WebhookEndpoint,
    webhooks.WebhookAttempt,
    webhooks.WebhookDelivery,
    sandbox.SandboxRequest,
    registered_documents.RegisteredDocument,
    json_documents.Document,
    json_documents.Folder,
    audit.AuditEntry,
    activity.ActivityEntry,
    tasks.Task,
    people.User,
    people.Role,
    people.Team,
    people.TeamMember,
    api_keys.ApiKey,
)


@strawberry.type(description="What can be read.")
class Query(
    clients.Query,
    quotes.Query,
    suppliers.Query,
    requirements.Query,
    rfqs.Query,
    purchase_orders.Query,
    receipts.Query,
    parts.Query,
    work_centers.Query,
    jobs.Query,
    work_orders.Query,
    custom_fields.Query,
    inventory.Query,
    locations.Query,
    stock_counts.Query,
    webhooks.Query,
    sandbox.Query,
    registered_documents.Query,
    json_documents.Query,
    tasks.Query,
    nodes.Query,
    metrics.Query,
    changes.Query,
    audit.Query,
    activity.Query,
    people.Query,
    api_keys.Query,
    access.Query,
):
    """Every read."""


@strawberry.type
class _Named(
    clients.Mutation,
    quotes.Mutation,
    suppliers.Mutation,
    requirements.Mutation,
    rfqs.Mutation,
    purchase_orders.Mutation,
    receipts.Mutation,
    parts.Mutation,
    work_centers.Mutation,
    jobs.Mutation,
    work_orders.Mutation,
    custom_fields.Mutation,
    inventory.Mutation,
    locations.Mutation,
    stock_counts.Mutation,
    intake.Mutation,
    webhooks.Mutation,
    sandbox.Mutation,
    registered_documents.Mutation,
    json_documents.Mutation,
    tasks.Mutation,
    people.Mutation,
    api_keys.Mutation,
):
    """The commands that a module names."""


@strawberry.type(description="What can be done. One request is one transaction: if any field fails, none happened.")
class Mutation(_Named, standard_commands(TYPES, Query, _Named)):  # type: ignore[misc]  # made when the module is read
    """Every command."""


REST_ONLY = (("query", webhooks.ForgQuery), ("mutation", webhooks.ForgMutation))
"""Routes of operations that GraphQL has in other words."""


@cache
def graph() -> Graph:
    """The graph, built once."""
    return Graph(Query, Mutation, TYPES, changes.Subscription, REST_ONLY)
