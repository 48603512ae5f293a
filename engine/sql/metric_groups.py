"""What figures are grouped by: fields of the rows, of rows they refer to (`client.name`), custom fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from core.values.custom import KEY_PATTERN
from engine.declare.catalogue import Column, One, Through, TypeSpec
from engine.declare.checks import BadDeclaration
from engine.declare.kinds import ENUM, ID, TEXT

CUSTOM: Final = "custom_fields."
"""What the name of a custom field begins with; its key follows."""
KEY: Final = re.compile(KEY_PATTERN, re.ASCII)
_OF_EDGES = frozenset({TEXT, ENUM, ID})


@dataclass(frozen=True, slots=True)
class Group:
    """A field to group by: of the rows, or (`edge`) of the row that each refers to, as `edge` shows it: deleted too."""

    column: Column
    edge: Through | None = None
    custom: str | None = None
    """The key of a custom field; the column holds all of them."""

    @property
    def sql(self) -> str:
        """SQL of its value, after the alias of a row."""
        return self.column.column if self.custom is None else f"{self.column.column}->>'{self.custom}'"

    @property
    def name(self) -> str:
        """What it is called in Python and REST: `status`, `client.name`, `custom_fields.material`."""
        if self.custom is not None:
            return f"{CUSTOM}{self.custom}"
        return self.column.name if self.edge is None else f"{self.edge.one.name}.{self.column.name}"

    @property
    def key(self) -> str:
        """What GraphQL calls the field: `client.name`."""
        if self.custom is not None:
            return f"{self.column.key}.{self.custom}"
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


def custom_group(spec: TypeSpec, key: str) -> Group | None:
    """A custom field to group by; None for what is no key of one, and for rows that have none."""
    if not spec.has_life or not KEY.fullmatch(key):
        return None
    return Group(spec.column("custom_fields"), custom=key)


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
        raise BadDeclaration(f"{spec.name}: {min(twice)} would stand twice among what metrics are grouped by")
    return {each.name: each for each in found}
