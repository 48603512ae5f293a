"""What figures are grouped by: fields of the rows themselves, and of the rows that they refer to (`client.name`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from engine.declare.catalogue import Column, One, Through, TypeSpec
from engine.declare.checks import BadDeclaration
from engine.declare.kinds import ENUM, ID, TEXT

_OF_EDGES = frozenset({TEXT, ENUM, ID})


@dataclass(frozen=True, slots=True)
class Group:
    """A field to group by: of the rows, or (`edge`) of the row that each refers to, as `edge` shows it: deleted too."""

    column: Column
    edge: Through | None = None

    @property
    def name(self) -> str:
        """What it is called in Python and REST: `status`, `client.name`."""
        return self.column.name if self.edge is None else f"{self.edge.one.name}.{self.column.name}"

    @property
    def key(self) -> str:
        """What GraphQL calls the field: `client.name`."""
        return self.column.key if self.edge is None else f"{self.edge.one.key}.{self.column.key}"

    @property
    def word(self) -> str:
        """What the enum of GraphQL calls it, in lower case: `client_name`."""
        return self.name.replace(".", "_")

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that grouping by it needs."""
        needed = (self.column.scope, self.edge.one.scope if self.edge else None)
        return frozenset(each for each in needed if each)


def groupable(spec: TypeSpec) -> dict[str, Column]:
    """What of the rows can be grouped by, by Python name: what can be filtered by, enums, ids of rows referred to."""
    references = [each.reference for each in spec.fields.values() if isinstance(each, One)]
    choices = [each for each in spec.columns() if each.kind is ENUM]
    return {each.name: each for each in (*spec.filters().values(), *choices, *references)}


@cache
def groups_of(spec: TypeSpec) -> dict[str, Group]:
    """Everything that can be grouped by, by Python name; of a row referred to text, enums and ids.

    BadDeclaration when a field of the row is called as a field of an edge is in GraphQL.
    """
    found = [Group(each) for each in groupable(spec).values()]
    for edge in spec.edges.values():
        columns = groupable(edge.target).values()
        found += [Group(each, edge) for each in columns if each.kind in _OF_EDGES and each.name != "id"]
    words = [each.word for each in found]
    if twice := {word for word in words if words.count(word) > 1}:
        message = f"{spec.name}: {min(twice)} would stand twice among what metrics are grouped by"
        raise BadDeclaration(message)
    return {each.name: each for each in found}
