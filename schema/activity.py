"""The activity log as the graph shows it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

import models
from access.scopes import Scope
from engine.declare.types import Connection, field, type_for
from engine.graph.operations import operation
from resolvers import activity
from schema.actors import Actor, actor


@type_for(models.ActivityEntry, Scope.SETTINGS_INTEGRATIONS, "One request that a key made.", by="at")
class ActivityEntry:
    """One request that a key made."""

    id: strawberry.ID = field("The entry's own id.")
    at: datetime = field("When the request began.")
    key_id: strawberry.ID = field("The API key that it came with.")
    method: str = field("The request's method; `WS` for an operation on a WebSocket.")
    route: str = field("The template of its path, such as `/api/v1/quotes/{id}`; `(none)` where nothing is there.")
    operation: str | None = field("Of GraphQL: the kind and name of the operation, such as `query Dashboard`.")
    status: int = field("The status of the answer; 499 when the caller went away before it.")
    address: str | None = field("The address it came from.")
    request_id: str = field("The request's id: the `X-Request-Id` of its answer.")
    ms: Decimal = field("Milliseconds from the head of the request to the end of the answer.")
    points: int = field("Points that it cost.")
    dropped: int = field(
        "How many requests of this key before this one are missing, because more came than could be written."
    )
    key: Actor | None = actor("key_id", "The API key that it came with.", in_rest=True)


@strawberry.type
class Query:
    """What can be read of the activity log."""

    activity: Connection[ActivityEntry] = operation(activity.activity, Scope.SETTINGS_INTEGRATIONS, path="/activity")
