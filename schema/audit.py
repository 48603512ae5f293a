"""The audit as the graph shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

import models
from access.gate import NamedKey
from access.scopes import Scope
from core.values.id_codecs import PREFIXED
from engine.declare.faces import Face, Renamed
from engine.declare.types import Connection, computed, field, type_for
from engine.graph.operations import operation
from engine.run.audit import RecordNames, shown
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

    @computed("record_type", "action", description="The action as FORG's audit log names it: `quote.sent`.")
    def event(self) -> str | None:
        """Put the kind of record before what was done."""
        return f"{self.record_type}.{self.action}"

    @computed("actor_id", description="Who did it, as FORG's audit log says: `id`, `email`, `name`, `type`.")
    async def performer(self, ctx: Reading) -> JSON:
        """Name the key and its person; Forge itself is the system."""
        if self.actor_id is None:
            return JSON({"id": None, "email": None, "name": "Forge", "type": "system"})
        found: NamedKey | None = await ctx.load(ctx.named_keys, self.actor_id)
        name, email = found or (None, None)
        may_see = Scope.READ_USERS in ctx.principal.scopes
        key_id = PREFIXED.write(UUID(str(self.actor_id)), "api_key")
        return JSON({"id": key_id, "email": email if may_see else None, "name": name, "type": "api_key"})

    @computed(
        "record_type",
        "record_id",
        description="What it was done to, as FORG's audit log says: `type`, `id`, and what it is called now.",
    )
    async def target(self, ctx: Reading) -> JSON:
        """Look up what the record is called."""
        record_id = UUID(str(self.record_id))

        name = await ctx.load(RecordNames(ctx).find, (self.record_type, record_id))
        spelled = PREFIXED.write(record_id, self.record_type)
        return JSON({"type": self.record_type, "id": spelled, "name": name})

    @computed("record_type", description="The company, as FORG spells its id: `org_…`.")
    def org_id(self, ctx: Reading) -> str | None:
        """Spell the id of the caller's company."""
        return PREFIXED.write(ctx.principal.company_id, "org")


_ENTRY: Final = Face(
    "audit_entry",
    (
        *("id", Renamed("ts", "at"), Renamed("action", "event"), Renamed("actor", "performer"), "target", "org_id"),
        *(Renamed("ip", "address"), "user_agent", Renamed("metadata", "changes"), "request_id"),
    ),
)


@strawberry.type
class Query:
    """What can be read of the audit."""

    audit_log: Connection[AuditEntry] = operation(audit.audit_log, Scope.ADMIN, path="/audit-log", face=_ENTRY)
    audit: Connection[AuditEntry] = operation(audit.audit, Scope.AUDIT_VIEW, path="/audit", label="Audit")
