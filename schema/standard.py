"""The commands that every record has and no module names: they follow from its type, its aggregate and its scopes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import strawberry

from core.record import Record
from engine.declare.annotations import definition
from engine.declare.names import snake
from engine.declare.types import DECLARED, Declaration
from engine.graph.operations import Operation, operation
from resolvers.aggregate import AGGREGATES


def standard_commands(types: Sequence[type], mutation: type) -> type:
    """Make the root fields that are missing of every record that can be deleted: `restoreQuote`.

    Who may delete a record may restore it.
    """
    marks = {each.python_name: each.metadata.get(DECLARED) for each in definition(mutation).fields}
    members: dict[str, Any] = {"__doc__": "What can be done to every record.", "__annotations__": {}}
    for name, origin, made in _restores(types, marks):
        members[name] = made
        members["__annotations__"][name] = origin
    return strawberry.type(type("StandardMutation", (), members))


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
            yield f"restore_{name}", origin, operation(resolver, delete.scope)
