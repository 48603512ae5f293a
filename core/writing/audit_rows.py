"""The entries of the audit as a part of the statement that writes their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.origin import FORGE_ITSELF, Origin
from core.writing.audit import Entries, Entry, written
from core.writing.writes import Insert, Source, Take, Update, moment

_TYPES: Final = {
    "id": "uuid",
    "record_id": "uuid",
    "back": "integer",
    "record_type": "text",
    "action": "text",
    "changes": "jsonb",
}


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts (a key, or None for Forge itself), and from where."""

    actor_id: UUID | None = None
    origin: Origin = FORGE_ITSELF


def audited(of: Insert | Update, entries: Entries, total: int, author: Author) -> list[AuditRows]:
    """The part that appends the entries of what another part writes."""
    found = entries.of(of.staged)
    return [AuditRows(of, found, total, author)] if found else []


class AuditRows:
    """Appends the entries of the records one CTE writes; a number that the clock gave is read from there."""

    def __init__(self, of: Insert | Update, entries: Sequence[Entry], total: int, author: Author) -> None:
        self.source, self.entries, self.total, self.author = of.name, entries, total, author
        self.one = len(entries) == 1
        self.numbered = isinstance(of, Insert) and of.series is not None

    @property
    def shape(self) -> tuple[object, ...]:
        """What the SQL depends on."""
        return ("audit", self.source, self.one)

    def sql(self, take: Take) -> str:
        """Return the CTE `a_<source>`."""
        values, join = Source(self.one, _TYPES).take(take)
        actor, *origin = (take("uuid"), take("text"), take("text"), take("text"))
        changes, source, only = values["changes"], "", "t.state = 'go'"
        if self.numbered:
            changes = f"jsonb_set({changes}, '{{new,number}}', to_jsonb(r.number))"
            source, only = f", {self.source} r", f"r.id = {values['record_id']}"
        return (
            f"a_{self.source} as (insert into audit (workspace_id, id, at, record_type, record_id, action, actor_id,"
            " request_id, address, user_agent, changes)"
            f" select $1, {values['id']}, {moment(values['back'])}, {values['record_type']}, {values['record_id']},"
            f" {values['action']}, {actor}, {', '.join(origin)}, {changes} from t{source}{join} where {only})"
        )

    def args(self) -> list[Any]:
        """Return the values of its parameters."""
        origin = self.author.origin
        who = [self.author.actor_id, origin.request_id, origin.address, origin.user_agent]
        if self.one:
            [only] = self.entries
            when = [self.total - only.event, only.record_type, only.action]
            return [only.id, only.record_id, *when, written(only.changes), *who]
        rows = [
            {
                "id": each.id,
                "record_id": each.record_id,
                "back": self.total - each.event,
                "record_type": each.record_type,
                "action": each.action,
                "changes": each.changes,
            }
            for each in self.entries
        ]
        return [written(rows), *who]
