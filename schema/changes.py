"""The change feed as the graph shows it: a page of it, and the subscription that follows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from engine.declare.types import Node
from engine.graph.operations import operation
from engine.run.context import Reading
from resolvers import changes

_WHY = "GET /changes answers it, waiting when asked to"


def _node(root: Any, info: strawberry.Info) -> Any:
    return cast("Reading", info.context).node(root.record_id)


@strawberry.type(description="A committed change of one record.")
class Change:
    """One event of the feed."""

    cursor: str = strawberry.field(description="The place after this change: pass it as `after` to go on from here.")
    type: str = strawberry.field(description="What happened, as events are named: `quote.sent`.")
    resource: str = strawberry.field(description="What kind of record changed: `quote`.")
    record_id: strawberry.ID = strawberry.field(description="The record that changed.")
    at: datetime = strawberry.field(description="When: the `updatedAt` that the change gave the record.")
    deleted: bool = strawberry.field(description="Whether the record was deleted by it: this is its tombstone.")
    data: JSON = strawberry.field(
        description="The record as REST showed it at the commit, without the fields whose scope the key lacks."
    )
    node: Node | None = strawberry.field(
        resolver=_node, description="The record as it is now; null when it is deleted since."
    )


@strawberry.type(description="A page of the change feed.")
class ChangePage:
    """Some changes, and where to go on."""

    nodes: list[Change] = strawberry.field(description="The changes, in the order they were committed.")
    next_cursor: str = strawberry.field(description="Where to go on; there even when the page is empty.")
    latest_cursor: str = strawberry.field(
        description="Where the feed ends now: take it before you read everything, then follow from it."
    )
    has_more: bool = strawberry.field(description="Whether there is more to read at once.")


@strawberry.type
class Query:
    """What can be read of changes."""

    changes: ChangePage = operation(changes.changes, None, rest=False, why=_WHY)


@strawberry.type(description="What can be followed.")
class Subscription:
    """Every subscription."""

    changes: Change = operation(changes.follow, None, rest=False, why="a subscription has no route")
