"""The commands that every record has and no module names: they follow from its type, its aggregate and its scopes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import strawberry

from core.record import Record
from engine.declare.annotations import definition, is_connection, unwrap
from engine.declare.checks import connected
from engine.declare.names import kebab, snake
from engine.declare.types import DECLARED, Declaration
from engine.graph.operations import Operation, operation
from resolvers.aggregate import AGGREGATES
from resolvers.bulk import bulk_upsert_of
from resolvers.bulk_changes import Scopes
from schema.bulk import BulkUpsert

BULK_COST: Final = 100
"""Points of a bulk command."""
LARGEST_BULK: Final = 16_777_216
"""Bytes of its body in REST."""


def standard_commands(types: Sequence[type], query: type, mutation: type) -> type:
    """Make the root fields that no module names: `restoreQuote`, `bulkUpsertQuotes`.

    Who may delete a record may restore it; who may create records may send several, and those that change one need the
    scope to edit it, too.
    """
    marks = {each.python_name: each.metadata.get(DECLARED) for each in definition(mutation).fields}
    members: dict[str, Any] = {"__doc__": "What can be done to every record.", "__annotations__": {}}
    for name, origin, made in _restores(types, marks):
        members[name] = made
        members["__annotations__"][name] = origin
    for name, made in _bulks(types, query, marks):
        members[name] = made
        members["__annotations__"][name] = BulkUpsert
    return strawberry.type(type("StandardMutation", (), members))


def _bulks(types: Sequence[type], query: type, marks: dict[str, Operation | None]) -> Iterator[tuple[str, Any]]:
    lists = {connected(unwrap(each.type)[0]): each.python_name for each in definition(query).fields if _is_list(each)}
    for origin in types:
        declared: Declaration = getattr(origin, DECLARED)
        name = snake(origin.__name__)
        create, update = marks.get(f"create_{name}"), marks.get(f"update_{name}")
        if create is None or update is None or origin not in lists or not issubclass(declared.model, Record):
            continue
        if declared.model.of_company:
            continue  # a few rows, each of which decides what somebody may do
        plural, delete = lists[origin], marks.get(f"delete_{name}")
        scopes = Scopes(update.scope, None if delete is None else delete.scope)
        resolver = bulk_upsert_of(AGGREGATES[declared.model], plural.replace("_", " "), scopes)
        path = f"/{kebab(plural)}/bulk"
        made = operation(resolver, create.scope, cost=BULK_COST, largest=LARGEST_BULK, **_routed(create, path))
        yield f"bulk_upsert_{plural}", made


def _is_list(declared: Any) -> bool:
    mark: Operation | None = declared.metadata.get(DECLARED)
    inner, _ = unwrap(declared.type)
    return mark is not None and mark.path is None and is_connection(getattr(inner, "__strawberry_definition__", None))


def _restores(types: Sequence[type], marks: dict[str, Operation | None]) -> Iterator[tuple[str, type, Any]]:
    for origin in types:
        declared: Declaration = getattr(origin, DECLARED)
        name = snake(origin.__name__)
        delete = marks.get(f"delete_{name}")
        if issubclass(declared.model, Record) and delete is not None and f"restore_{name}" not in marks:
            words = name.replace("_", " ")
            resolver = AGGREGATES[declared.model].restore(
                f"Restore a deleted {words}; one that is not deleted is a conflict."
            )
            yield f"restore_{name}", origin, operation(resolver, delete.scope, **_routed(delete))


def _routed(mark: Operation, path: str | None = None) -> dict[str, Any]:
    """Where REST has the command beside another one of the same record: nowhere if a closed contract has that one."""
    return {"path": path} if mark.face is None else {"rest": False, "why": "its documented API has no such route"}
