"""The audit as the graph shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

import models
from access.scopes import Scope
from engine.declare.types import Connection, computed, field, type_for
from engine.graph.operations import operation
from engine.run.audit import shown
from engine.run.context import Reading
from resolvers import audit
from schema.actors import Actor, actor

_CHANGES = (
    'What changed, by field: `{"title": {"old": null, "new": "Bracket"}}`. Of a new record it has what is neither null'
    " nor the default. Rows inside the record stand in a list under the list's name, each with its `id`, its `change`"
    " (`added`, `changed`, `removed`), its `fields`, and the row it lies `in` where that is not the record itself. A"
    ' field that the key may not see, or that is never shown, is `{"hidden": true}`, with the `scope` that it takes.'
)


@type_for(models.AuditEntry, Scope.AUDIT_VIEW, "What one command did to one record.", by="at")
class AuditEntry:
    """What one command did to one record."""

    id: strawberry.ID = field("The entry's own id.")
    at: datetime = field("When it was committed: the record was last changed at this moment.")
    record_type: str = field("What kind of record it is, as its events are named: `quote`.")
    record_id: strawberry.ID = field("The record that it was done to.")
    action: str = field("What was done: `created`, `updated`, `deleted`, `restored`, or a move: `sent`.")
    actor_id: strawberry.ID | None = field("The API key that did it; null for Forge itself.")
    request_id: str | None = field("The request's id: the `X-Request-Id` of its answer.")
    address: str | None = field("The address it came from.")
    user_agent: str | None = field("What the caller's program called itself.")
    actor: Actor | None = actor("actor_id", "The API key that did it; null for Forge itself.", in_rest=True)

    @computed("record_type", "changes", description=_CHANGES, in_rest=True)
    def changes(self, ctx: Reading) -> JSON:
        """Show what the key may see of them."""
        stored: Any = self.changes
        return JSON(shown(ctx, self.record_type, stored))


@strawberry.type
class Query:
    """What can be read of the audit."""

    audit: Connection[AuditEntry] = operation(audit.audit, Scope.AUDIT_VIEW, path="/audit")
